//! Tells the conference stories event by event, then lets random ones loose on its invariants.

use super::*;
use crate::messages::{CodeAnswer, CodeKind, Line, Sending};

mod random;

const ADDRESS: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

fn id(n: u8) -> ParticipantId {
    ParticipantId::from_bytes([n; 8])
}

fn code(text: &str) -> Code {
    Code::new(text).unwrap()
}

fn now(ms: u64) -> Now {
    Now {
        mono: Mono(ms),
        wall: Wall(1_000_000_000 + ms),
    }
}

/// A conference and the time; participant `n` speaks on socket `n` unless said otherwise.
struct Story {
    conference: Conference,
    ms: u64,
    tokens: BTreeMap<SocketId, Claim>,
}

impl Story {
    fn new(rules: Rules) -> Self {
        let id = ConferenceId::new("raum").unwrap();
        let conference = Conference::new(id, rules, Revocations::default(), Mono(0));
        Self {
            conference,
            ms: 0,
            tokens: BTreeMap::new(),
        }
    }

    fn guarded() -> Self {
        Self::new(Rules {
            host_code: Some(code("host")),
            lobby: true,
            ..Rules::default()
        })
    }

    /// The process died and came back with what was kept.
    fn restarted(&mut self) {
        let (rules, revoked) = (
            self.conference.rules.clone(),
            self.conference.revoked.clone(),
        );
        let id = self.conference.id.clone();
        let kept = serde_json::to_string(&revoked).unwrap();
        let revoked = serde_json::from_str(&kept).unwrap();
        self.conference = Conference::new(id, rules, revoked, Mono(0));
        self.ms = 10_000;
    }

    fn step(&mut self, event: Event) -> Vec<Out> {
        self.ms += 1;
        let outs = self.conference.step(now(self.ms), event);
        for out in &outs {
            if let Out::Issue(socket, claim) = out {
                self.tokens.insert(*socket, claim.clone());
            }
        }
        outs
    }

    fn arrive(&mut self, n: u8, passcode: Option<&str>, host_code: Option<&str>) -> Vec<Out> {
        let name = DisplayName::new(&format!("P{n}")).unwrap();
        let join = Join {
            name,
            passcode: passcode.map(code),
            host_code: host_code.map(code),
        };
        let socket = SocketId(n.into());
        self.step(Event::Arrived {
            socket,
            source: ADDRESS,
            participant: id(n),
            join,
        })
    }

    fn guest(&mut self, n: u8) -> Vec<Out> {
        self.arrive(n, None, None)
    }

    fn host(&mut self, n: u8) -> Vec<Out> {
        self.arrive(n, None, Some("host"))
    }

    fn say(&mut self, n: u8, message: FromPage) -> Vec<Out> {
        self.step(Event::Said {
            socket: SocketId(n.into()),
            message,
        })
    }

    fn resume(&mut self, n: u8, socket: u64) -> Vec<Out> {
        let claim = self.tokens[&SocketId(n.into())].clone();
        let socket = SocketId(socket);
        self.step(Event::Resumed {
            socket,
            claim,
            media: Media::default(),
        })
    }

    fn pass(&mut self, ms: u64) -> Vec<Out> {
        self.ms += ms;
        self.step(Event::Deadline)
    }

    fn in_call(&self) -> Vec<ParticipantId> {
        let inside = |(_, person): &(_, &Person)| person.place == Place::InCall;
        self.conference
            .people
            .iter()
            .filter(inside)
            .map(|(id, _)| id.clone())
            .collect()
    }
}

fn sent(outs: &[Out], socket: u64) -> Vec<&ToPage> {
    let to = SocketId(socket);
    let sends = |out| match out {
        &Out::Send(socket, ref message) if socket == to => Some(message),
        _ => None,
    };
    outs.iter().filter_map(sends).collect()
}

fn over(outs: &[Out], socket: u64) -> Option<Over> {
    sent(outs, socket)
        .into_iter()
        .find_map(|message| match message {
            ToPage::Over { why } => Some(*why),
            _ => None,
        })
}

fn waiting(outs: &[Out], socket: u64) -> Option<Waiting> {
    sent(outs, socket)
        .into_iter()
        .find_map(|message| match message {
            ToPage::Wait { waiting } => Some(*waiting),
            _ => None,
        })
}

fn joined(outs: &[Out], socket: u64) -> bool {
    sent(outs, socket)
        .iter()
        .any(|message| matches!(message, ToPage::Joined { .. }))
}

fn roster(outs: &[Out], socket: u64) -> Option<(Vec<Seat>, Vec<Knock>, bool)> {
    sent(outs, socket)
        .into_iter()
        .rev()
        .find_map(|message| match message {
            ToPage::Roster {
                people,
                lobby,
                settling,
            } => Some((people.clone(), lobby.clone(), *settling)),
            _ => None,
        })
}

fn code_answer(outs: &[Out], socket: u64) -> Option<(CodeKind, CodeAnswer, u64)> {
    sent(outs, socket)
        .into_iter()
        .find_map(|message| match message {
            ToPage::Code {
                code,
                answer,
                wait_ms,
            } => Some((*code, *answer, *wait_ms)),
            _ => None,
        })
}

const OPEN: Media = Media {
    mic: Sending::Open,
    camera: Sending::Closed,
};

#[test]
fn an_open_conference_takes_whoever_comes_and_shows_them_to_each_other() {
    let mut story = Story::new(Rules::default());
    assert!(joined(&story.guest(1), 1));
    let outs = story.guest(2);
    assert!(joined(&outs, 2));
    for socket in [1, 2] {
        let (people, lobby, settling) = roster(&outs, socket).unwrap();
        assert_eq!(
            people
                .iter()
                .map(|seat| seat.id.clone())
                .collect::<Vec<_>>(),
            [id(1), id(2)]
        );
        assert_eq!((lobby.len(), settling), (0, false));
        assert!(
            people.iter().all(|seat| seat.media == Media::default()),
            "arrive dark and silent"
        );
    }
}

#[test]
fn never_more_than_four_in_the_call() {
    let mut story = Story::new(Rules::default());
    (1..=4).for_each(|n| assert!(joined(&story.guest(n), n.into())));
    let outs = story.guest(5);
    assert_eq!(over(&outs, 5), Some(Over::Full));
    assert!(outs.contains(&Out::Close(SocketId(5))));
    story.say(2, FromPage::Leave);
    assert!(joined(&story.guest(6), 6));
}

#[test]
fn a_passcode_is_asked_for_refused_and_taken() {
    let rules = Rules {
        passcode: Some(code("1234")),
        ..Rules::default()
    };
    let mut story = Story::new(rules);
    let asked = code_answer(&story.guest(1), 1);
    assert_eq!(asked, Some((CodeKind::Passcode, CodeAnswer::Wanted, 0)));
    let wrong = code_answer(&story.arrive(1, Some("9999"), None), 1);
    assert_eq!(wrong, Some((CodeKind::Passcode, CodeAnswer::Wrong, 0)));
    assert!(joined(&story.arrive(1, Some("1234"), None), 1));
}

#[test]
fn after_five_wrong_codes_even_the_right_one_waits() {
    let rules = Rules {
        passcode: Some(code("1234")),
        ..Rules::default()
    };
    let mut story = Story::new(rules);
    (0..5).for_each(|_| drop(story.arrive(1, Some("0"), None)));
    let (_, answer, wait) = code_answer(&story.arrive(1, Some("1234"), None), 1).unwrap();
    assert_eq!(answer, CodeAnswer::TooMany);
    assert!((9_000..=10_000).contains(&wait), "{wait}");
    story.pass(wait);
    assert!(joined(&story.arrive(1, Some("1234"), None), 1));
}

#[test]
fn the_host_code_is_enough_and_a_wrong_one_is_said() {
    let rules = Rules {
        passcode: Some(code("1234")),
        host_code: Some(code("host")),
        lobby: true,
        needs_host: true,
    };
    let mut story = Story::new(rules);
    let wrong = code_answer(&story.arrive(1, Some("1234"), Some("guess")), 1).unwrap();
    assert_eq!((wrong.0, wrong.1), (CodeKind::HostCode, CodeAnswer::Wrong));
    assert!(joined(&story.host(1), 1));
    let mut none = Story::new(Rules::default());
    let wrong = code_answer(&none.host(1), 1).unwrap();
    assert_eq!((wrong.0, wrong.1), (CodeKind::HostCode, CodeAnswer::Wrong));
}

#[test]
fn guests_wait_for_the_host_then_in_the_lobby_then_are_let_in() {
    let rules = Rules {
        needs_host: true,
        ..Story::guarded().conference.rules
    };
    let mut story = Story::new(rules);
    assert_eq!(waiting(&story.guest(1), 1), Some(Waiting::Host));
    let outs = story.host(2);
    assert_eq!(waiting(&outs, 1), Some(Waiting::Lobby));
    let (people, lobby, _) = roster(&outs, 2).unwrap();
    assert_eq!((people.len(), lobby[0].id.clone()), (1, id(1)));
    let outs = story.say(2, FromPage::Admit { who: id(1) });
    assert!(joined(&outs, 1));
    let (people, lobby, _) = roster(&outs, 1).unwrap();
    assert_eq!(
        (people.len(), lobby.len()),
        (2, 0),
        "a guest does not see the door"
    );
}

#[test]
fn without_a_lobby_guests_enter_when_the_host_comes_as_far_as_there_are_seats() {
    let rules = Rules {
        host_code: Some(code("host")),
        needs_host: true,
        ..Rules::default()
    };
    let mut story = Story::new(rules);
    (1..=5).for_each(|n| assert_eq!(waiting(&story.guest(n), n.into()), Some(Waiting::Host)));
    let outs = story.host(9);
    assert!((1..=3).chain([9]).all(|n| joined(&outs, n)), "{outs:?}");
    assert_eq!(
        (over(&outs, 4), over(&outs, 5)),
        (Some(Over::Full), Some(Over::Full))
    );
}

#[test]
fn a_denied_guest_is_told_and_does_not_come_back_with_the_token() {
    let mut story = Story::guarded();
    story.host(1);
    assert_eq!(waiting(&story.guest(2), 2), Some(Waiting::Lobby));
    assert_eq!(
        over(&story.say(1, FromPage::Deny { who: id(2) }), 2),
        Some(Over::Denied)
    );
    assert_eq!(over(&story.resume(2, 20), 20), Some(Over::Denied));
}

#[test]
fn nobody_in_the_call_who_was_not_admitted() {
    let mut story = Story::guarded();
    story.host(1);
    story.guest(2);
    for message in [
        FromPage::Media { media: OPEN },
        FromPage::Admit { who: id(2) },
        FromPage::Pulse,
    ] {
        story.say(2, message);
        assert_eq!(story.in_call(), [id(1)]);
    }
    assert_eq!(waiting(&story.resume(2, 20), 20), Some(Waiting::Lobby));
    story.restarted();
    assert_eq!(waiting(&story.resume(2, 21), 21), Some(Waiting::Lobby));
    assert_eq!(story.in_call(), []);
}

#[test]
fn nobody_is_admitted_into_a_full_call() {
    let mut story = Story::guarded();
    (1..=4).for_each(|n| drop(story.host(n)));
    assert_eq!(over(&story.guest(5), 5), Some(Over::Full));
    story.say(4, FromPage::Leave);
    story.guest(6);
    story.host(7);
    let outs = story.say(1, FromPage::Admit { who: id(6) });
    assert_eq!(sent(&outs, 1), [&ToPage::CannotAdmit]);
    story.say(7, FromPage::Leave);
    assert!(joined(&story.say(1, FromPage::Admit { who: id(6) }), 6));
}

#[test]
fn what_a_host_may_do_a_guest_may_not() {
    let mut story = Story::guarded();
    story.host(1);
    for n in [2, 3] {
        story.guest(n);
        story.say(1, FromPage::Admit { who: id(n) });
    }
    story.guest(4);
    for message in [
        FromPage::Admit { who: id(4) },
        FromPage::Deny { who: id(4) },
        FromPage::Mute { who: id(1) },
        FromPage::Remove { who: id(1) },
        FromPage::EndForAll,
    ] {
        assert_eq!(story.say(2, message.clone()), [], "{message:?}");
        assert_eq!(story.say(4, message.clone()), [], "{message:?}");
    }
    assert_eq!(
        sent(&story.say(1, FromPage::Mute { who: id(2) }), 2),
        [&ToPage::MuteAsked]
    );
    let outs = story.say(1, FromPage::Remove { who: id(2) });
    assert_eq!(over(&outs, 2), Some(Over::Removed));
    let gone = ToPage::Gone {
        who: id(2),
        why: Gone::Removed,
    };
    assert!(sent(&outs, 3).contains(&&gone));
    let outs = story.say(1, FromPage::EndForAll);
    assert!(
        [1, 3, 4]
            .into_iter()
            .all(|n| over(&outs, n) == Some(Over::Ended))
    );
}

#[test]
fn removed_never_returns_with_the_old_token() {
    let mut story = Story::guarded();
    story.host(1);
    story.host(2);
    let outs = story.say(1, FromPage::Remove { who: id(2) });
    assert!(outs.contains(&Out::Keep), "a restart must find it");
    assert_eq!(over(&story.resume(2, 20), 20), Some(Over::Removed));
    story.restarted();
    assert_eq!(over(&story.resume(2, 21), 21), Some(Over::Removed));
    assert!(joined(&story.resume(1, 10), 10));
}

#[test]
fn after_the_end_old_tokens_are_no_good_and_new_people_come_in() {
    let mut story = Story::new(Rules {
        host_code: Some(code("host")),
        ..Rules::default()
    });
    story.host(1);
    story.guest(2);
    story.say(1, FromPage::EndForAll);
    assert_eq!(over(&story.resume(2, 20), 20), Some(Over::Ended));
    story.restarted();
    assert_eq!(over(&story.resume(2, 21), 21), Some(Over::Ended));
    assert!(joined(&story.guest(3), 3));
    assert!(joined(&story.resume(3, 30), 30), "the new token is good");
}

#[test]
fn mute_by_others_never_unmutes() {
    let mut story = Story::new(Rules {
        host_code: Some(code("host")),
        ..Rules::default()
    });
    story.host(1);
    story.guest(2);
    let media = |outs: &[Out]| roster(outs, 1).map(|(people, ..)| people[1].media.mic);
    assert_eq!(
        media(&story.say(2, FromPage::Media { media: OPEN })),
        Some(Sending::Open)
    );
    let outs = story.say(1, FromPage::Mute { who: id(2) });
    assert_eq!(
        media(&outs),
        None,
        "shown closed only when its own page says so"
    );
    let closed = FromPage::Media {
        media: Media::default(),
    };
    assert_eq!(media(&story.say(2, closed)), Some(Sending::Closed));
    assert_eq!(media(&story.say(1, FromPage::Mute { who: id(2) })), None);
}

#[test]
fn a_lost_page_keeps_its_seat_for_a_while_and_returns_as_the_same() {
    let mut story = Story::new(Rules::default());
    story.guest(1);
    story.guest(2);
    let outs = story.step(Event::Lost(SocketId(2)));
    assert_eq!(roster(&outs, 1).unwrap().0[1].line, Line::Away);
    story.pass(10_000);
    let outs = story.resume(2, 20);
    assert!(joined(&outs, 20));
    assert!(
        !sent(&outs, 1)
            .iter()
            .any(|message| matches!(message, ToPage::Gone { .. }))
    );
    assert_eq!(roster(&outs, 1).unwrap().0[1].line, Line::Here);
    story.step(Event::Lost(SocketId(20)));
    let outs = story.pass(15_001);
    assert!(sent(&outs, 1).contains(&&ToPage::Gone {
        who: id(2),
        why: Gone::Lost
    }));
    assert!(
        joined(&story.resume(2, 21), 21),
        "late, but the token is good"
    );
}

#[test]
fn a_page_that_was_closed_is_gone_at_once() {
    let mut story = Story::new(Rules::default());
    story.guest(1);
    story.guest(2);
    let outs = story.step(Event::Closed(SocketId(2)));
    assert!(sent(&outs, 1).contains(&&ToPage::Gone {
        who: id(2),
        why: Gone::Left
    }));
    assert_eq!(story.in_call(), [id(1)]);
}

#[test]
fn after_a_restart_everybody_has_their_place_again() {
    let rules = Rules {
        passcode: Some(code("1")),
        needs_host: true,
        ..Story::guarded().conference.rules
    };
    let mut story = Story::new(rules);
    story.host(1);
    story.arrive(2, Some("1"), None);
    story.say(1, FromPage::Admit { who: id(2) });
    story.arrive(3, Some("1"), None);
    story.restarted();
    let outs = story.resume(2, 20);
    assert!(joined(&outs, 20), "no lobby, no passcode, no host again");
    assert!(roster(&outs, 20).unwrap().2, "others are expected");
    assert_eq!(
        waiting(&story.resume(3, 30), 30),
        Some(Waiting::Host),
        "still waiting"
    );
    let outs = story.resume(1, 10);
    assert_eq!(waiting(&outs, 30), Some(Waiting::Lobby));
    let (people, lobby, _) = roster(&outs, 10).unwrap();
    assert_eq!((people.len(), lobby.len()), (2, 1));
    assert_eq!(
        people.iter().find(|seat| seat.id == id(1)).unwrap().role,
        Role::Host
    );
    let outs = story.pass(10_000);
    assert!(!roster(&outs, 10).unwrap().2, "settled");
}

#[test]
fn after_a_restart_newcomers_do_not_take_the_seats_of_those_who_return() {
    let mut story = Story::new(Rules::default());
    (1..=4).for_each(|n| drop(story.guest(n)));
    story.restarted();
    story.conference.newcomers_from = Mono(story.ms + 2_000);
    assert_eq!(waiting(&story.guest(9), 9), Some(Waiting::Moment));
    (1..=4).for_each(|n| {
        assert!(joined(
            &story.resume(n, u64::from(n) + 10),
            u64::from(n) + 10
        ))
    });
    assert_eq!(over(&story.pass(2_000), 9), Some(Over::Full));
}

#[test]
fn the_same_token_on_a_second_connection_closes_the_first() {
    let mut story = Story::new(Rules::default());
    story.guest(1);
    let outs = story.resume(1, 10);
    assert_eq!(over(&outs, 1), Some(Over::Replaced));
    assert!(joined(&outs, 10));
    assert_eq!(
        story.step(Event::Lost(SocketId(1))),
        [],
        "the old one's end means nothing"
    );
    assert_eq!(story.in_call(), [id(1)]);
}

#[test]
fn signals_pass_only_between_people_in_the_call() {
    let mut story = Story::guarded();
    story.host(1);
    story.host(2);
    story.guest(3);
    let say = |to| FromPage::Signal {
        to: id(to),
        signal: Signal::Ready,
    };
    let forwarded = Out::Forward {
        source: SocketId(1),
        from: id(1),
        to: SocketId(2),
        signal: Signal::Ready,
    };
    assert_eq!(story.say(1, say(2)), [forwarded]);
    assert_eq!(story.say(1, say(3)), [], "not into the lobby");
    assert_eq!(story.say(3, say(1)), [], "not out of the lobby");
    assert_eq!(story.say(1, say(1)), [], "not to oneself");
    let huge = Signal::Offer {
        pc: "a".into(),
        sdp: "x".repeat(crate::messages::SDP_MAX + 1),
    };
    assert_eq!(
        story.say(
            1,
            FromPage::Signal {
                to: id(2),
                signal: huge
            }
        ),
        []
    );
}

#[test]
fn too_many_at_the_door_are_turned_away() {
    let mut story = Story::guarded();
    (1..=16).for_each(|n| assert_eq!(waiting(&story.guest(n), n.into()), Some(Waiting::Lobby)));
    assert_eq!(over(&story.guest(17), 17), Some(Over::LobbyFull));
}

#[test]
fn tokens_are_renewed_before_they_are_too_old() {
    let mut story = Story::new(Rules::default());
    story.guest(1);
    let first = story.tokens[&SocketId(1)].issued;
    story.pass(5 * 60 * 1_000);
    assert!(story.tokens[&SocketId(1)].issued > first);
}

#[test]
fn revocations_are_forgotten_when_no_token_can_be_that_old() {
    let mut story = Story::new(Rules {
        host_code: Some(code("host")),
        ..Rules::default()
    });
    story.host(1);
    story.guest(2);
    story.say(1, FromPage::Remove { who: id(2) });
    story.say(1, FromPage::EndForAll);
    assert!(!story.conference.is_idle());
    let outs = story.pass(u64::try_from(TOKEN_LIFE.as_millis()).unwrap());
    assert!(outs.contains(&Out::Keep));
    assert!(story.conference.is_idle());
}

#[test]
fn the_owner_can_end_it() {
    let mut story = Story::new(Rules::default());
    story.guest(1);
    let outs = story.step(Event::EndedByOwner);
    assert_eq!(over(&outs, 1), Some(Over::Ended));
    assert!(outs.contains(&Out::Notice(Notice::Ended)));
}
