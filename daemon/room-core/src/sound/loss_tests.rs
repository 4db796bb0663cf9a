//! Tables of when a page that lost its sound is opened anew, and what is said and shown until then.

use crate::effect::{CallCommand, Effect};
use crate::event::{
    BrowserSeen, CallSeen, ClockHealth, Event, Flow, MediaSeen, Origin, Press, Trouble,
};
use crate::failure::{FaultCode, SoundFailure};
use crate::ids::{CallId, SoundId};
use crate::meeting::{By, CalendarHealth, CalendarSeen};
use crate::plan::{AfterCrash, JoinPolicy};
use crate::room::Room;
use crate::sample;
use crate::sound::{ClientsSeen, OwnCanceller, SoundDevicePlan, SoundPlan, SoundSeen};
use crate::units::{Mono, Seen, Switch, Wall};
use crate::view::Phase;

const GONE: Event = Event::Sound(SoundSeen::Down(SoundFailure::ServerGone));
const UP: Event = Event::Sound(SoundSeen::Up);

fn seen(call: u64, seen: CallSeen) -> Event {
    Event::Call(CallId(call), seen)
}

fn enter(room: &mut Room, call: u64, now: u64) {
    for fact in [
        CallSeen::Mic(Switch::Closed),
        CallSeen::Camera(Switch::Closed),
        CallSeen::Inside,
    ] {
        room.step(Mono(now), seen(call, fact));
    }
}

/// In a call with an open microphone, at its second 1.
fn heard(tries: u8) -> Room {
    let mut plan = sample::plan();
    plan.policy.join = JoinPolicy::ByItself;
    plan.policy.rejoin_tries = tries;
    plan.policy.after_crash = AfterCrash::RestoreWhatTheRoomOpened;
    plan.sound = Some(SoundPlan {
        microphones: vec![SoundDevicePlan {
            id: SoundId::new("table"),
            name: "table".to_owned(),
            cancels: OwnCanceller::Unknown,
        }],
        ..SoundPlan::default()
    });
    let mut room = Room::new(plan, Mono(0));
    for event in [
        Event::Clock {
            wall: Wall(0),
            health: ClockHealth::Good,
        },
        Event::Browser(BrowserSeen::Ready),
        UP,
        Event::Calendar(CalendarSeen {
            meetings: vec![sample::meeting("a", 0, 60)],
            health: CalendarHealth::Fresh,
        }),
    ] {
        room.step(Mono(0), event);
    }
    enter(&mut room, 1, 0);
    let open = Event::Pressed {
        press: Press::Mic(Switch::Open),
        origin: Origin::Panel,
    };
    room.step(Mono(500), open);
    room.step(Mono(1000), seen(1, CallSeen::Mic(Switch::Open)));
    let flows = MediaSeen {
        audio_in: Flow::Runs,
        video_in: Flow::Runs,
        audio_out: Flow::Runs,
        video_out: Flow::Stands,
    };
    room.step(Mono(1000), seen(1, CallSeen::Media(flows)));
    room
}

/// Steps through its deadlines up to then; when the browser's sound began anew, and when a page was opened.
fn run(room: &mut Room, until: u64) -> (Vec<u64>, Vec<u64>) {
    let (mut sounds, mut pages) = (Vec::new(), Vec::new());
    while let Some((at, _)) = room.next_deadline().filter(|(at, _)| at.0 <= until) {
        for effect in room.step(at, Event::Deadline) {
            if effect == Effect::BrowserSound {
                sounds.push(at.0);
            } else if matches!(effect, Effect::Call(_, CallCommand::Join(_))) {
                pages.push(at.0);
            }
        }
    }
    (sounds, pages)
}

fn fault(room: &Room) -> Vec<FaultCode> {
    let about = [FaultCode::SoundServerGone, FaultCode::CallWithoutSound];
    let faults = room.view().faults.into_iter().map(|f| f.code);
    faults.filter(|code| about.contains(code)).collect()
}

#[test]
fn a_page_is_opened_anew_as_often_as_there_are_tries_and_then_when_it_has_held() {
    for (tries, attempt, opened) in [
        (0, 0, vec![]),
        (3, 0, vec![62_000]),
        (3, 2, vec![72_000]),
        (3, 3, vec![120_000]),
        (1, 1, vec![120_000]),
    ] {
        let mut room = heard(tries);
        if let Some(visit) = room.visit.as_mut() {
            visit.attempt = attempt;
        }
        room.step(Mono(59_000), GONE);
        room.step(Mono(60_000), UP);
        assert_eq!(fault(&room), [FaultCode::CallWithoutSound]);
        let (sounds, pages) = run(&mut room, 121_000);
        assert_eq!((sounds, pages), (vec![62_000], opened), "{tries} {attempt}");
        assert!(room.visit.is_some(), "the call goes on");
    }
}

#[test]
fn the_microphone_comes_back_closed_whatever_else_may_be_restored() {
    for mic_first in [true, false] {
        let mut room = heard(3);
        let closed = seen(1, CallSeen::Mic(Switch::Closed));
        let (first, second) = match mic_first {
            true => (closed, GONE),
            false => (GONE, closed),
        };
        room.step(Mono(60_000), first);
        room.step(Mono(60_000), second);
        assert_eq!(room.view().mic_note, None, "nobody muted the room");
        assert_eq!(fault(&room), [FaultCode::SoundServerGone]);
        room.step(Mono(60_100), UP);
        run(&mut room, 62_100);
        let lost = Phase::Reconnecting {
            trouble: Trouble::SoundLost,
            attempt: 1,
        };
        assert_eq!(room.view().phase, lost);
        enter(&mut room, 2, 63_000);
        assert_eq!(room.mic.wanted(), Switch::Closed);
        assert_eq!(fault(&room), []);
    }
}

#[test]
fn nobody_is_told_that_the_room_is_heard() {
    let mut room = heard(3);
    let flows = |room: &Room| room.view().media.map(|m| (m.audio_in, m.audio_out));
    assert_eq!(room.view().mic.seen, Seen::Is(Switch::Open));
    assert_eq!(flows(&room), Some((Flow::Runs, Flow::Runs)));
    let effects = room.step(Mono(60_000), GONE);
    let close = Effect::Call(CallId(1), CallCommand::Mic(Switch::Closed));
    assert!(effects.contains(&close), "{effects:?}");
    assert_eq!(room.view().mic.seen, Seen::Unknown);
    assert_eq!(flows(&room), Some((Flow::Stands, Flow::Stands)));
    let open = Event::Pressed {
        press: Press::Mic(Switch::Open),
        origin: Origin::Panel,
    };
    let effects = room.step(Mono(60_500), open);
    let opens = Effect::Call(CallId(1), CallCommand::Mic(Switch::Open));
    assert!(!effects.contains(&opens), "{effects:?}");
    assert_eq!(room.mic.wanted(), Switch::Closed);
}

#[test]
fn a_server_that_dies_again_before_it_was_answered_is_answered_once() {
    let mut room = heard(3);
    room.step(Mono(60_000), GONE);
    room.step(Mono(60_100), UP);
    room.step(Mono(61_000), GONE);
    // Our own view of the server may be lost meanwhile, too.
    room.step(
        Mono(61_500),
        Event::Sound(SoundSeen::Down(SoundFailure::Broken)),
    );
    assert_eq!(run(&mut room, 64_000), (vec![], vec![]));
    room.step(Mono(64_000), UP);
    room.step(Mono(64_500), UP);
    assert_eq!(run(&mut room, 90_000), (vec![66_000], vec![66_000]));
}

const CUT: Event = Event::Sound(SoundSeen::Clients(ClientsSeen::Cut));
const SERVED: Event = Event::Sound(SoundSeen::Clients(ClientsSeen::Served));

/// What clients are connected to may die while the graph goes on.
#[test]
fn a_face_for_clients_that_dies_alone_is_answered_as_a_server_is() {
    let mut room = heard(3);
    let effects = room.step(Mono(60_000), CUT);
    let close = Effect::Call(CallId(1), CallCommand::Mic(Switch::Closed));
    assert!(effects.contains(&close), "{effects:?}");
    assert_eq!(fault(&room), [FaultCode::SoundServerGone]);
    // It counts for nothing that the graph says that it is there.
    room.step(Mono(60_050), UP);
    assert_eq!(run(&mut room, 63_000), (vec![], vec![]));
    room.step(Mono(63_000), SERVED);
    assert_eq!(fault(&room), [FaultCode::CallWithoutSound]);
    assert_eq!(run(&mut room, 90_000), (vec![65_000], vec![65_000]));
    enter(&mut room, 2, 91_000);
    assert_eq!(fault(&room), []);
}

#[test]
fn of_graph_and_face_the_one_that_comes_back_last_counts() {
    for last in [UP, SERVED] {
        let mut room = heard(3);
        room.step(Mono(60_000), GONE);
        room.step(Mono(60_010), CUT);
        let first = if last == UP { SERVED } else { UP };
        room.step(Mono(61_000), first);
        assert_eq!(fault(&room), [FaultCode::SoundServerGone], "{last:?}");
        room.step(Mono(62_000), last.clone());
        assert_eq!(run(&mut room, 90_000), (vec![64_000], vec![64_000]));
    }
}

/// Its client opens its devices anew, and the microphone is as the person left it.
#[test]
fn a_call_by_sip_goes_on_as_it_was() {
    let anew = Effect::Call(CallId(1), CallCommand::SoundAnew);
    for (dies, back) in [(GONE, UP), (CUT, SERVED)] {
        let mut room = heard(3);
        if let Some(visit) = room.visit.as_mut() {
            visit.by = By::Sip;
        }
        room.step(Mono(60_000), dies);
        assert_eq!(room.mic.wanted(), Switch::Open);
        assert!(!room.step(Mono(61_000), back).contains(&anew), "too early");
        let mut when = Vec::new();
        while let Some((at, _)) = room.next_deadline().filter(|(at, _)| at.0 < 70_000) {
            let effects = room.step(at, Event::Deadline);
            when.extend(effects.contains(&anew).then_some(at.0));
        }
        assert_eq!(when, [63_000]);
        assert_eq!(room.mic.wanted(), Switch::Open);
        assert!(room.visit.is_some());
    }
}

/// The browser that ends meanwhile takes nothing from the call, and one that begins on the new server needs nothing itself.
#[test]
fn a_call_by_sip_waits_for_its_sound_without_a_browser_too() {
    let anew = Effect::Call(CallId(1), CallCommand::SoundAnew);
    for comes_back in [false, true] {
        let mut room = heard(3);
        if let Some(visit) = room.visit.as_mut() {
            visit.by = By::Sip;
        }
        room.step(Mono(59_000), Event::Browser(BrowserSeen::Gone));
        room.step(Mono(60_000), GONE);
        assert!(!room.step(Mono(61_000), UP).contains(&anew), "too early");
        assert_eq!(room.step(Mono(61_000), Event::Deadline), []);
        if comes_back {
            let effects = room.step(Mono(62_000), Event::Browser(BrowserSeen::Ready));
            assert!(!effects.contains(&anew), "too early");
        }
        let due = room.next_deadline().map(|(at, _)| at);
        assert_eq!(due, Some(Mono(63_000)));
        let effects = room.step(Mono(63_000), Event::Deadline);
        assert_eq!(effects, std::slice::from_ref(&anew), "{comes_back}");
        assert_eq!(room.step(Mono(63_000), Event::Deadline), []);
    }
}
