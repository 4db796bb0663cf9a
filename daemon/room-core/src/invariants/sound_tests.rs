//! The sound's invariants can be broken, and what the room makes of a microphone that is closed in three places.

use super::tests::{Pair, pressed, seen};
use crate::effect::{CallCommand, Effect};
use crate::event::{CallSeen, Event, Origin, Press};
use crate::failure::{FaultCode, SoundFailure, SoundFinding};
use crate::ids::{CallId, SoundId};
use crate::preflight::{
    Begun, EchoProof, Evening, Hearing, Hours, Light, MeetingJudged, PreflightCommand,
    PreflightPlan, PreflightSeen, RunId,
};
use crate::sound::{
    CancellerSeen, CardSeen, EchoBy, EchoPolicy, EchoWhy, MicSeen, OwnCanceller, SoundCommand,
    SoundDevicePlan,
};
use crate::sound::{SoundPlan, SoundRole, SoundSeen};
use crate::units::{Mono, Percent, Seen, Switch, Wall};
use crate::view::{Ahead, Offer};
use Switch::{Closed, Open};
use core::time::Duration;

fn device(id: &str, cancels: OwnCanceller) -> SoundDevicePlan {
    SoundDevicePlan {
        id: SoundId::new(id),
        name: id.to_owned(),
        cancels,
    }
}

fn sounding(pair: &mut Pair) {
    let mut plan = pair.room.plan.clone();
    plan.sound = Some(SoundPlan {
        microphones: vec![
            device("table", OwnCanceller::Yes),
            device("spare", OwnCanceller::No),
        ],
        loudspeakers: vec![device("front", OwnCanceller::Unknown)],
        ..SoundPlan::default()
    });
    plan.preflight = Some(PreflightPlan {
        before: vec![Duration::from_secs(900), Duration::from_secs(300)],
    });
    pair.tell(Event::PlanChanged(Box::new(plan)));
    pair.tell(sound(SoundSeen::Up));
    for (role, id) in [
        (SoundRole::Microphone, "table"),
        (SoundRole::Loudspeaker, "front"),
    ] {
        pair.tell(sound(SoundSeen::Using(role, Some(SoundId::new(id)))));
    }
    pair.tell(mic(CardSeen::Is(Closed), Closed));
}

/// In a call, with a room that has its own sound.
fn inside() -> Pair {
    let mut pair = Pair::inside();
    sounding(&mut pair);
    pair
}

fn sound(seen: SoundSeen) -> Event {
    Event::Sound(seen)
}

fn mic(card: CardSeen, graph: Switch) -> Event {
    sound(SoundSeen::Microphone(MicSeen {
        card,
        graph: Seen::Is(graph),
    }))
}

fn below(value: Switch) -> Effect {
    Effect::Sound(SoundCommand::Microphone(value))
}

fn open(pair: &mut Pair) {
    pair.tell(pressed(Press::Mic(Open), Origin::Panel));
    pair.tell(mic(CardSeen::Is(Open), Open));
    pair.tell(seen(CallSeen::Mic(Open)));
    let shown = pair.room.view().mic;
    assert_eq!((shown.seen, shown.becoming), (Seen::Is(Open), None));
}

fn faults(pair: &Pair) -> Vec<FaultCode> {
    pair.room.view().faults.iter().map(|f| f.code).collect()
}

#[test]
fn what_differs_is_open() {
    let mut pair = inside();
    pair.behind_its_back(mic(CardSeen::Is(Closed), Closed));
    pair.watcher.source.graph = Seen::Is(Open);
    let found = pair.check(&Event::Deadline, &[]);
    assert_eq!(found, Some("what_differs_is_open"));
    for (card, graph) in [(Open, Closed), (Closed, Open)] {
        let mut pair = inside();
        pair.tell(mic(CardSeen::Is(card), graph));
        assert_eq!(pair.room.view().mic.seen, Seen::Is(Open), "never red");
        assert!(!faults(&pair).contains(&FaultCode::MicUnclear));
        pair.room.step(Mono(2_000), Event::Deadline);
        assert!(faults(&pair).contains(&FaultCode::MicUnclear));
        pair.room
            .step(Mono(2_001), mic(CardSeen::Is(Closed), Closed));
        assert!(!faults(&pair).contains(&FaultCode::MicUnclear));
    }
}

#[test]
fn a_microphone_that_is_opened_past_the_room_is_closed_again_and_said() {
    let mut pair = inside();
    let asked = pair.behind_its_back(mic(CardSeen::Is(Closed), Open));
    assert!(asked.contains(&below(Closed)), "{asked:?}");
    assert_eq!(pair.room.view().mic.seen, Seen::Is(Open), "not muted");
    pair.tell(mic(CardSeen::Is(Closed), Closed));
    assert!(faults(&pair).contains(&FaultCode::MicForced));
    pair.room.step(Mono(30_000), Event::Deadline);
    assert!(!faults(&pair).contains(&FaultCode::MicForced));

    // A hand at the device is in the room, and so is a press.
    let mut pair = inside();
    pair.tell(mic(CardSeen::Is(Open), Closed));
    pair.tell(mic(CardSeen::Is(Closed), Closed));
    open(&mut pair);
    assert!(!faults(&pair).contains(&FaultCode::MicForced));
}

#[test]
fn whoever_closes_closes_all() {
    let mut pair = inside();
    open(&mut pair);
    let press = pressed(Press::Mic(Closed), Origin::Fleet);
    let effects = pair.behind_its_back(press.clone());
    let call = Effect::Call(CallId(1), CallCommand::Mic(Closed));
    assert!(effects.contains(&call) && effects.contains(&below(Closed)));
    assert_eq!(pair.check(&press, &effects), None);
    let mut pair = inside();
    open(&mut pair);
    let found = pair.check(&pressed(Press::Mic(Closed), Origin::Fleet), &[]);
    assert_eq!(found, Some("whoever_closes_closes_all"));
}

#[test]
fn a_host_who_mutes_and_a_hand_at_the_device_close_all_of_it() {
    let mut pair = inside();
    open(&mut pair);
    let effects = pair.behind_its_back(seen(CallSeen::Mic(Closed)));
    assert!(effects.contains(&below(Closed)), "{effects:?}");
    for closed in [
        mic(CardSeen::Is(Closed), Open),
        mic(CardSeen::Absent, Closed),
    ] {
        let mut pair = inside();
        open(&mut pair);
        let effects = pair.behind_its_back(closed);
        let call = Effect::Call(CallId(1), CallCommand::Mic(Closed));
        assert!(effects.contains(&call), "{effects:?}");
    }
}

#[test]
fn sound_opens_only_for_the_room() {
    let mut pair = inside();
    let found = pair.check(&Event::Deadline, &[below(Open)]);
    assert_eq!(found, Some("sound_opens_only_for_the_room"));
    let mut pair = inside();
    for from in [Origin::Fleet, Origin::Console] {
        let effects = pair.behind_its_back(pressed(Press::Mic(Open), from));
        assert_eq!(effects, [], "{from:?}");
    }
    // Neither the conference nor the device opens it: what they open is closed again.
    let effects = pair.behind_its_back(seen(CallSeen::Mic(Open)));
    assert!(!effects.contains(&below(Open)), "{effects:?}");
    let effects = pair.behind_its_back(mic(CardSeen::Is(Open), Closed));
    assert!(effects.contains(&below(Closed)), "{effects:?}");
}

#[test]
fn a_card_without_a_switch_leaves_it_to_the_graph() {
    let mut pair = inside();
    pair.tell(mic(CardSeen::Absent, Closed));
    assert_eq!(pair.room.view().mic.seen, Seen::Is(Closed));
    pair.tell(pressed(Press::Mic(Open), Origin::Panel));
    pair.tell(mic(CardSeen::Absent, Open));
    pair.tell(seen(CallSeen::Mic(Open)));
    assert_eq!(pair.room.view().mic.seen, Seen::Is(Open));
}

#[test]
fn a_device_that_does_not_close_is_told_three_times_and_is_never_shown_closed() {
    let mut pair = inside();
    open(&mut pair);
    let mut told = pair.behind_its_back(pressed(Press::Mic(Closed), Origin::Panel));
    told.extend(pair.behind_its_back(seen(CallSeen::Mic(Closed))));
    for at in [3_000, 6_000, 9_000] {
        told.extend(pair.room.step(Mono(at), Event::Deadline));
    }
    let times = told.iter().filter(|e| **e == below(Closed)).count();
    assert_eq!(times, 3);
    assert_eq!(pair.room.view().mic.seen, Seen::Is(Open));
    let now = faults(&pair);
    assert!(now.contains(&FaultCode::MicDisobeys) && now.contains(&FaultCode::MicUnclear));
    let again = pressed(Press::Mic(Closed), Origin::Panel);
    assert!(pair.room.step(Mono(9_001), again).contains(&below(Closed)));
}

#[test]
fn the_rooms_own_loudness_is_kept_within_its_limit() {
    let mut pair = inside();
    let loud = [Effect::Sound(SoundCommand::Volume(Percent::new(100)))];
    let found = pair.check(&Event::Deadline, &loud);
    assert_eq!(found, Some("volume_within_its_limit"));
    let mut pair = inside();
    let louder = pressed(Press::Volume(Percent::new(100)), Origin::Panel);
    let effects = pair.behind_its_back(louder);
    let limit = Effect::Sound(SoundCommand::Volume(Percent::new(80)));
    assert!(effects.contains(&limit), "{effects:?}");
}

#[test]
fn a_server_that_is_down_is_told_nothing_and_nothing_is_known() {
    let mut pair = inside();
    open(&mut pair);
    pair.tell(sound(SoundSeen::Down(SoundFailure::ServerGone)));
    assert!(faults(&pair).contains(&FaultCode::SoundServerGone));
    let found = pair.check(&Event::Deadline, &[below(Closed)]);
    assert_eq!(found, Some("gone_devices_are_left_alone"));
    let mut pair = inside();
    pair.tell(sound(SoundSeen::Down(SoundFailure::ServerGone)));
    pair.tell(pressed(Press::Volume(Percent::new(20)), Origin::Panel));
    let effects = pair.behind_its_back(sound(SoundSeen::Up));
    assert!(effects.contains(&Effect::Sound(SoundCommand::Volume(Percent::new(20)))));
    assert!(effects.contains(&below(Closed)), "{effects:?}");
}

#[test]
fn without_sound_nothing_is_open() {
    let gone = || sound(SoundSeen::Down(SoundFailure::ServerGone));
    let mut pair = inside();
    open(&mut pair);
    pair.tell(gone());
    assert_eq!(pair.room.view().mic.seen, Seen::Unknown);
    pair.room.mic.ask(Open);
    let found = pair.check(&Event::Deadline, &[]);
    assert_eq!(found, Some("without_sound_nothing_is_open"));
    let mut pair = inside();
    open(&mut pair);
    pair.tell(gone());
    if let Some(visit) = pair.room.visit.as_mut() {
        visit.unheard = None;
    }
    let found = pair.check(&Event::Deadline, &[]);
    assert_eq!(found, Some("without_sound_nothing_is_open"));
}

#[test]
fn a_sound_server_that_died_is_answered_once() {
    let anew = [Effect::BrowserSound];
    let unasked = Some("a_sound_server_that_died_is_answered_once");
    let mut pair = inside();
    assert_eq!(pair.check(&Event::Deadline, &anew), unasked);
    let mut pair = inside();
    pair.tell(sound(SoundSeen::Down(SoundFailure::ServerGone)));
    assert_eq!(pair.check(&Event::Deadline, &anew), unasked);
    let mut pair = inside();
    pair.tell(sound(SoundSeen::Down(SoundFailure::ServerGone)));
    pair.tell(sound(SoundSeen::Up));
    assert_eq!(pair.check(&Event::Deadline, &anew), None);
    assert_eq!(pair.check(&Event::Deadline, &anew), unasked);
}

#[test]
fn falling_back_is_said_with_the_device_that_is_missed() {
    let mut pair = inside();
    let spare = SoundSeen::Using(SoundRole::Microphone, Some(SoundId::new("spare")));
    pair.tell(sound(spare));
    let view = pair.room.view();
    let fault = view
        .faults
        .iter()
        .find(|f| f.code == FaultCode::MicFallback);
    assert_eq!(
        fault.and_then(|f| f.subject.clone()),
        Some("table".to_owned())
    );
    let used = view.sound.and_then(|s| s.microphone);
    assert_eq!(
        used.and_then(|u| u.device).map(|d| d.name),
        Some("spare".to_owned())
    );
    pair.tell(sound(SoundSeen::Using(SoundRole::Microphone, None)));
    assert!(!faults(&pair).contains(&FaultCode::MicGone), "for a moment");
    pair.room.step(Mono(1_000), Event::Deadline);
    assert!(faults(&pair).contains(&FaultCode::MicGone));
}

#[test]
fn echo_is_cancelled_once_and_by_another_when_the_device_fails() {
    let mut pair = inside();
    let choice = |pair: &Pair| pair.room.echo_choice();
    assert_eq!(choice(&pair).why, EchoWhy::DeviceUnproven);
    let proven = (SoundId::new("table"), EchoProof::Holds);
    pair.room.memory.proofs.echo = vec![proven];
    let effects = pair.behind_its_back(Event::Deadline);
    let told = Effect::Sound(SoundCommand::Echo(EchoBy::Device));
    assert!(effects.contains(&told), "{effects:?}");
    let finding = SoundSeen::Finding {
        finding: SoundFinding::Echo,
        holds: true,
    };
    let effects = pair.behind_its_back(sound(finding));
    assert_eq!(
        effects,
        [Effect::Sound(SoundCommand::Echo(EchoBy::Browser))]
    );
    assert_eq!(choice(&pair).why, EchoWhy::DeviceFails);
    assert!(faults(&pair).contains(&FaultCode::SoundEcho));
    pair.behind_its_back(sound(SoundSeen::Finding {
        finding: SoundFinding::Echo,
        holds: false,
    }));
    assert_eq!(choice(&pair).by, EchoBy::Browser, "it does not swing back");
}

#[test]
fn a_reset_is_done_in_time_or_named() {
    let mut pair = inside();
    let press = pressed(Press::ResetSound, Origin::Panel);
    let effects = pair.behind_its_back(press.clone());
    assert_eq!(effects, [Effect::Sound(SoundCommand::Reset)]);
    assert!(pair.room.view().sound.is_some_and(|s| s.resetting));
    pair.room.step(Mono(4_000), Event::Deadline);
    assert!(faults(&pair).contains(&FaultCode::SoundResetFailed));
    pair.room.step(Mono(4_100), sound(SoundSeen::Rebuilt));
    assert!(!faults(&pair).contains(&FaultCode::SoundResetFailed));
}

// ---- preflight ----

/// With whichever meeting.
fn begun(effects: &[Effect]) -> Option<(u64, bool)> {
    effects.iter().find_map(|effect| match effect {
        Effect::Preflight(PreflightCommand::Start { run, aloud, .. }) => Some((run.0, *aloud)),
        _ => None,
    })
}

fn start(number: u64, aloud: bool) -> Effect {
    Effect::Preflight(PreflightCommand::Start {
        run: RunId(number),
        aloud,
        meeting: None,
    })
}

/// An idle room, 16 minutes before its meeting.
fn before_a_meeting() -> Pair {
    let mut pair = Pair::begin();
    sounding(&mut pair);
    pair.tell(Pair::calendar_at(16, 76));
    pair
}

fn at(minutes: u64) -> Mono {
    Mono(minutes * 60_000)
}

#[test]
fn preflight_leaves_calls_alone() {
    let mut pair = inside();
    let found = pair.check(&Event::Deadline, &[start(1, true)]);
    assert_eq!(found, Some("preflight_leaves_calls_alone"));
    let press = pressed(Press::Preflight, Origin::Panel);
    assert_eq!(pair.behind_its_back(press), []);
    assert!(!pair.room.view().offers.contains(&Offer::Preflight));
}

#[test]
fn it_runs_fifteen_and_five_minutes_before_and_any_press_ends_it() {
    let mut pair = before_a_meeting();
    assert_eq!(pair.room.preflight_at(), Some(at(1)));
    let effects = pair.room.step(at(1), Event::Deadline);
    assert!(
        begun(&effects) == Some((1, true)) && effects.contains(&below(Open)),
        "{effects:?}"
    );
    let louder = pressed(Press::Volume(Percent::new(20)), Origin::Fleet);
    let effects = pair.room.step(at(1), louder);
    assert!(
        effects.contains(&Effect::Preflight(PreflightCommand::Stop)),
        "{effects:?}"
    );
    assert!(effects.contains(&below(Closed)));
    let late = PreflightSeen::Judged(Light::Red, Vec::new());
    pair.room.step(at(1), Event::Preflight(RunId(1), late));
    assert_eq!(
        pair.room.view().preflight.and_then(|p| p.last),
        None,
        "it was ended"
    );
    let effects = pair.room.step(at(11), Event::Deadline);
    assert_eq!(begun(&effects), Some((2, true)));
    let red = PreflightSeen::Judged(Light::Red, Vec::new());
    pair.room.step(at(11), Event::Preflight(RunId(2), red));
    assert!(faults(&pair).contains(&FaultCode::PreflightFailed));
    let effects = pair.room.step(at(12), Event::Deadline);
    assert_eq!(begun(&effects), None, "once is enough");
}

#[test]
fn the_rooms_own_canceller_rests_while_the_room_is_measured() {
    let mut pair = before_a_meeting();
    let mut plan = pair.room.plan.clone();
    plan.sound.as_mut().expect("it has sound").echo = EchoPolicy::Room;
    pair.tell(Event::PlanChanged(Box::new(plan)));
    let echo = |by| Effect::Sound(SoundCommand::Echo(by));
    let effects = pair.room.step(at(1), Event::Deadline);
    assert_eq!(begun(&effects), Some((1, true)));
    assert!(effects.contains(&echo(EchoBy::Nobody)), "{effects:?}");
    let green = PreflightSeen::Judged(Light::Green, Vec::new());
    let effects = pair.room.step(at(1), Event::Preflight(RunId(1), green));
    assert!(effects.contains(&echo(EchoBy::Room)), "{effects:?}");
}

/// Also where calls by SIP alone have it, and whatever ends the check.
#[test]
fn a_check_that_asks_for_it_hears_the_rooms_own_canceller() {
    let mut pair = before_a_meeting();
    let echo = |by| Effect::Sound(SoundCommand::Echo(by));
    let hears = |hearing| Event::Preflight(RunId(1), PreflightSeen::Hears(hearing));
    let before = pair.room.step(at(0), hears(Hearing::Cancelled));
    assert_eq!(before, [], "nothing runs");
    pair.room.step(at(1), Event::Deadline);
    let effects = pair.room.step(at(1), hears(Hearing::Cancelled));
    assert_eq!(effects, [echo(EchoBy::Room)]);
    let other = Event::Preflight(RunId(7), PreflightSeen::Hears(Hearing::Bare));
    assert_eq!(pair.room.step(at(1), other), [], "another one's");
    assert_eq!(
        pair.room.step(at(1), hears(Hearing::Bare)),
        [echo(EchoBy::Browser)]
    );
    pair.room.step(at(1), hears(Hearing::Cancelled));
    let press = pressed(Press::Volume(Percent::new(20)), Origin::Panel);
    let effects = pair.room.step(at(1), press);
    assert!(effects.contains(&echo(EchoBy::Browser)), "{effects:?}");
}

#[test]
fn the_rooms_own_canceller_is_missed_after_two_seconds_where_it_is_wanted() {
    let mut pair = inside();
    let seen = |seen| sound(SoundSeen::Canceller(seen));
    let gone = |pair: &Pair| faults(pair).contains(&FaultCode::CancellerGone);
    pair.tell(seen(CancellerSeen::Aside));
    pair.room.step(Mono(9_000), Event::Deadline);
    assert!(!gone(&pair), "the page cancels");

    let mut plan = pair.room.plan.clone();
    plan.sound.as_mut().expect("it has sound").echo = EchoPolicy::Room;
    let told = pair
        .room
        .step(Mono(10_000), Event::PlanChanged(Box::new(plan)));
    let wanted = Effect::Sound(SoundCommand::Echo(EchoBy::Room));
    assert!(told.contains(&wanted), "{told:?}");
    pair.room.step(Mono(10_100), seen(CancellerSeen::InTheWay));
    assert!(pair.room.view().sound.is_some_and(|s| s.cancels));

    // One that ended and is back at once is no fault; one that stays away is.
    pair.room.step(Mono(20_000), seen(CancellerSeen::Aside));
    pair.room.step(Mono(21_000), seen(CancellerSeen::InTheWay));
    pair.room.step(Mono(30_000), seen(CancellerSeen::Aside));
    assert!(!gone(&pair));
    let (at, _) = pair.room.next_deadline().expect("its time runs");
    assert!(at <= Mono(32_000), "{at:?}");
    pair.room.step(Mono(32_000), Event::Deadline);
    assert!(gone(&pair));
    // Without a microphone it has nothing to do.
    let none = SoundSeen::Using(SoundRole::Microphone, None);
    pair.room.step(Mono(33_000), sound(none));
    assert!(!gone(&pair));
    let table = SoundSeen::Using(SoundRole::Microphone, Some(SoundId::new("table")));
    pair.room.step(Mono(34_000), sound(table));
    pair.room.step(Mono(36_000), Event::Deadline);
    assert!(gone(&pair));
    pair.room.step(Mono(37_000), seen(CancellerSeen::InTheWay));
    assert!(!gone(&pair));
}

#[test]
fn a_devices_own_canceller_is_believed_when_a_check_heard_it_work_and_only_then() {
    let mut pair = before_a_meeting();
    let echo = |by| Effect::Sound(SoundCommand::Echo(by));
    let heard = |run, proof| Event::Preflight(RunId(run), PreflightSeen::Echo(proof));
    pair.room.step(at(1), Event::Deadline);
    pair.room.step(at(1), heard(7, EchoProof::Holds));
    assert_eq!(
        pair.room.echo_choice().why,
        EchoWhy::DeviceUnproven,
        "another one's"
    );
    let effects = pair.room.step(at(1), heard(1, EchoProof::Holds));
    assert!(effects.contains(&echo(EchoBy::Device)), "{effects:?}");
    assert_eq!(pair.room.echo_choice().why, EchoWhy::DeviceHasOne);
    let green = PreflightSeen::Judged(Light::Green, Vec::new());
    pair.room.step(at(2), Event::Preflight(RunId(1), green));
    assert!(
        pair.room.view().preflight.is_some_and(|p| p.last.is_some()),
        "it went on to its end"
    );

    let memory = pair.room.memory.clone();
    assert_eq!(
        memory.proofs.echo_of(&SoundId::new("table")),
        Some(EchoProof::Holds)
    );
    let effects = pair.room.step(at(11), Event::Deadline);
    assert_eq!(begun(&effects), Some((2, true)));
    let effects = pair.room.step(at(11), heard(2, EchoProof::Fails));
    assert!(effects.contains(&echo(EchoBy::Browser)), "{effects:?}");
    assert_eq!(pair.room.echo_choice().why, EchoWhy::DeviceFails);
}

#[test]
fn it_is_silent_in_quiet_hours_and_ends_when_it_lasts_too_long() {
    let mut pair = before_a_meeting();
    pair.tell(Event::Hours(Hours {
        quiet: vec![(Wall(0), Wall(10 * 60_000))],
        ..Hours::default()
    }));
    let effects = pair.room.step(at(1), Event::Deadline);
    assert_eq!(begun(&effects), Some((1, false)));
    let effects = pair.room.step(at(3), Event::Deadline);
    assert!(effects.contains(&Effect::Preflight(PreflightCommand::Stop)));
}

#[test]
fn it_runs_at_night_and_gives_way_to_a_call() {
    let mut pair = Pair::begin();
    sounding(&mut pair);
    pair.tell(Event::Hours(Hours {
        nights: vec![Wall(180 * 60_000)],
        ..Hours::default()
    }));
    let effects = pair.room.step(at(180), Event::Deadline);
    assert_eq!(begun(&effects), Some((1, true)));
    let effects = pair.room.step(at(180), Pair::calendar_at(180, 240));
    assert!(
        effects.contains(&Effect::Preflight(PreflightCommand::Stop)),
        "{effects:?}"
    );
    assert!(effects.contains(&below(Closed)));
}

#[test]
fn each_preflight_comes_once() {
    let mut pair = before_a_meeting();
    let effects = pair.room.step(at(1), Event::Deadline);
    assert_eq!(begun(&effects), Some((1, true)));
    assert_eq!(pair.check(&Event::Deadline, &effects), None);
    let twice = pair.check(&Event::Deadline, &[start(1, true), start(2, true)]);
    assert_eq!(twice, Some("each_preflight_comes_once"));
    let red = PreflightSeen::Judged(Light::Red, Vec::new());
    pair.room.step(at(2), Event::Preflight(RunId(1), red));

    // The daemon is killed and comes back within the time that was due.
    let memory = pair.room.memory.clone();
    let mut later = before_a_meeting();
    later.room.step(Mono(0), Event::Restored(Box::new(memory)));
    let effects = later.room.step(at(3), Event::Deadline);
    assert_eq!(begun(&effects), None);
    assert!(faults(&later).contains(&FaultCode::PreflightFailed));

    // The clock is set back and runs over it again, then leaps over half of what was left.
    let clock = |minutes: i64| Event::Clock {
        wall: Wall(minutes * 60_000),
        health: crate::event::ClockHealth::Good,
    };
    let effects = later.room.step(at(4), clock(0));
    assert_eq!(begun(&effects), None);
    let effects = later.room.step(at(5), clock(1));
    assert_eq!(begun(&effects), None);
    let effects = later.room.step(at(6), clock(12));
    assert_eq!(begun(&effects), Some((1, true)), "five minutes before");
}

#[test]
fn preflight_is_silent_in_quiet_hours() {
    let mut pair = before_a_meeting();
    pair.tell(Event::Hours(Hours {
        quiet: vec![(Wall(0), Wall(10 * 60_000))],
        ..Hours::default()
    }));
    pair.room.memory.proofs.begun = vec![Begun::Room(Wall(0))];
    let kept = Effect::Persist(pair.room.memory.clone());
    let found = pair.check(&Event::Deadline, &[kept.clone(), start(1, true)]);
    assert_eq!(found, Some("preflight_is_silent_in_quiet_hours"));
    pair.room.memory.proofs.begun.push(Begun::Room(Wall(1)));
    let kept = Effect::Persist(pair.room.memory.clone());
    assert_eq!(pair.check(&Event::Deadline, &[kept, start(2, false)]), None);
    let press = pressed(Press::Preflight, Origin::Panel);
    pair.tell(press);
    let view = pair.room.view().preflight.unwrap();
    assert!(view.runs && view.aloud, "whoever asks wants to hear it");
}

fn ahead(effects: &[Effect]) -> Option<(RunId, usize)> {
    effects.iter().find_map(|effect| match effect {
        Effect::Preflight(PreflightCommand::LookAhead { run, meetings }) => {
            Some((*run, meetings.len()))
        }
        _ => None,
    })
}

fn may(pair: &Pair) -> Option<Ahead> {
    pair.room.view().preflight.map(|p| p.ahead)
}

#[test]
fn in_the_evening_it_looks_at_the_next_day_and_makes_way_for_a_call() {
    let mut pair = Pair::begin();
    sounding(&mut pair);
    assert_eq!(may(&pair), Some(Ahead::Never), "without hours for it");
    let day = |hours: i64| Wall(hours * 3_600_000);
    pair.tell(Event::Hours(Hours {
        evenings: vec![Evening {
            at: day(18),
            from: day(24),
            until: day(48),
        }],
        ..Hours::default()
    }));
    assert_eq!(may(&pair), Some(Ahead::MayBeAsked));
    pair.tell(Pair::calendar_at(33 * 60, 34 * 60));
    let evening = at(18 * 60);
    let effects = pair.room.step(evening, Event::Deadline);
    assert_eq!(ahead(&effects), Some((RunId(1), 1)));
    assert_eq!(may(&pair), Some(Ahead::Looks));
    assert!(!effects.contains(&below(Open)), "nothing is listened to");
    let view = pair.room.view();
    assert!(!view.preflight.is_some_and(|p| p.runs));
    assert!(view.offers.contains(&Offer::Preflight));

    // A press in the room disturbs nothing; a check that somebody asks for comes first, and the look is begun anew.
    let effects = pair.room.step(
        evening,
        pressed(Press::Volume(Percent::new(20)), Origin::Panel),
    );
    assert!(!effects.contains(&Effect::Preflight(PreflightCommand::Stop)));
    let effects = pair
        .room
        .step(evening, pressed(Press::Preflight, Origin::Panel));
    assert!(effects.contains(&Effect::Preflight(PreflightCommand::Stop)));
    assert_eq!(begun(&effects), Some((2, true)));
    assert_eq!(may(&pair), Some(Ahead::NotNow));
    let effects = pair
        .room
        .step(evening, Event::Preflight(RunId(2), PreflightSeen::Occupied));
    assert_eq!(ahead(&effects), Some((RunId(3), 1)));

    let red = MeetingJudged {
        start: day(33),
        light: Light::Red,
        codes: Vec::new(),
    };
    let seen = PreflightSeen::Ahead(vec![red.clone()]);
    let effects = pair
        .room
        .step(at(18 * 60 + 1), Event::Preflight(RunId(3), seen));
    assert_eq!(ahead(&effects), None);
    let shown = |room: &crate::Room| room.view().preflight.and_then(|p| p.tomorrow);
    assert_eq!(shown(&pair.room).map(|t| t.meetings), Some(vec![red]));
    pair.room.step(at(48 * 60), Event::Deadline);
    assert_eq!(shown(&pair.room), None, "that day is over");
}

#[test]
fn a_night_and_an_evening_at_the_same_time_are_two_and_two_nights_are_one() {
    let mut pair = Pair::begin();
    sounding(&mut pair);
    let hour = |hours: i64| Wall(hours * 3_600_000);
    pair.tell(Event::Hours(Hours {
        nights: vec![hour(3), hour(3)],
        evenings: vec![Evening {
            at: hour(3),
            from: hour(24),
            until: hour(48),
        }],
        ..Hours::default()
    }));
    pair.tell(Pair::calendar_at(33 * 60, 34 * 60));
    let effects = pair.room.step(at(180), Event::Deadline);
    assert_eq!(begun(&effects), Some((1, true)));
    let seen = Event::Preflight(RunId(1), PreflightSeen::Unable);
    let effects = pair.room.step(at(181), seen);
    assert_eq!(
        (begun(&effects), ahead(&effects)),
        (None, Some((RunId(2), 1)))
    );
}
