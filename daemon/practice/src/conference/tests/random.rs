//! Random visits by many pages at once. A second, much simpler bookkeeping judges what comes out.

use super::*;
use crate::messages::Sending;
use proptest::prelude::*;
use proptest::sample::select;

/// One random act. People and sockets are few, so that they often meet.
#[derive(Debug, Clone)]
enum Act {
    Arrive {
        person: u8,
        host: bool,
        right_code: bool,
    },
    Resume {
        token: usize,
    },
    Say {
        speaker: u8,
        what: What,
        whom: u8,
    },
    Media {
        speaker: u8,
        open: bool,
    },
    Lose(u8),
    Close(u8),
    Wait(u64),
    Restart,
}

#[derive(Debug, Clone, Copy)]
enum What {
    Signal,
    Admit,
    Deny,
    Mute,
    Remove,
    End,
    Leave,
}

const PEOPLE: u8 = 9;

fn act() -> impl Strategy<Value = Act> {
    use What::{Admit, Deny, End, Leave, Mute, Remove, Signal};
    let what = select(vec![
        Signal, Signal, Admit, Admit, Admit, Admit, Deny, Mute, Remove, End, Leave,
    ]);
    prop_oneof![
        6 => (0..PEOPLE, any::<bool>(), prop::bool::weighted(0.8))
            .prop_map(|(person, host, right_code)| Act::Arrive { person, host, right_code }),
        3 => (0..64_usize).prop_map(|token| Act::Resume { token }),
        10 => (0..PEOPLE, what, 0..PEOPLE)
            .prop_map(|(speaker, what, whom)| Act::Say { speaker, what, whom }),
        3 => (0..PEOPLE, any::<bool>()).prop_map(|(speaker, open)| Act::Media { speaker, open }),
        2 => (0..PEOPLE).prop_map(Act::Lose),
        1 => (0..PEOPLE).prop_map(Act::Close),
        2 => select(vec![1, 500, 2_000, 16_000, 400_000, 1_000_000]).prop_map(Act::Wait),
        1 => Just(Act::Restart),
    ]
}

fn rules() -> impl Strategy<Value = Rules> {
    (any::<bool>(), any::<bool>(), any::<bool>()).prop_map(|(passcode, lobby, needs_host)| Rules {
        passcode: passcode.then(|| code("pass")),
        host_code: Some(code("host")),
        lobby,
        needs_host,
    })
}

/// The judge: what must be true of a person by the simplest reading of what happened.
#[derive(Default)]
struct Judge {
    may_be_inside: BTreeSet<ParticipantId>,
    put_out: BTreeSet<ParticipantId>,
    says_open: BTreeSet<ParticipantId>,
}

struct World {
    conference: Conference,
    rules: Rules,
    now: Now,
    next: u64,
    /// The socket and id of each person's latest visit.
    visit: Vec<Option<(SocketId, ParticipantId)>>,
    open_sockets: BTreeSet<SocketId>,
    claims: Vec<Claim>,
    judge: Judge,
}

impl World {
    fn new(rules: Rules) -> Self {
        let now = now(0);
        let conference = Conference::new(
            conference_id(),
            rules.clone(),
            Revocations::default(),
            now.mono,
        );
        let visit = vec![None; PEOPLE.into()];
        let (open_sockets, claims, judge) = (BTreeSet::new(), Vec::new(), Judge::default());
        Self {
            conference,
            rules,
            now,
            next: 0,
            visit,
            open_sockets,
            claims,
            judge,
        }
    }

    fn pass(&mut self, ms: u64) {
        self.now = Now {
            mono: Mono(self.now.mono.0 + ms),
            wall: Wall(self.now.wall.0 + ms),
        };
    }

    fn new_socket(&mut self) -> SocketId {
        self.next += 1;
        self.open_sockets.insert(SocketId(self.next));
        SocketId(self.next)
    }

    fn role(&self, who: &ParticipantId) -> Option<(Role, Place)> {
        self.conference
            .people
            .get(who)
            .map(|person| (person.role, person.place))
    }

    fn act(&mut self, act: Act) {
        self.pass(7);
        match act {
            Act::Arrive {
                person,
                host,
                right_code,
            } => self.arrive(person, host, right_code),
            Act::Resume { token } => self.resume(token),
            Act::Say {
                speaker,
                what,
                whom,
            } => self.say(speaker, what, whom),
            Act::Media { speaker, open } => self.media(speaker, open),
            Act::Lose(person) | Act::Close(person) => {
                let Some((socket, who)) = self.visit[usize::from(person)].clone() else {
                    return;
                };
                if self.open_sockets.remove(&socket) {
                    let closes = matches!(act, Act::Close(_));
                    if closes && self.conference.who(socket).is_some() {
                        self.judge.put_out.insert(who);
                    }
                    let event = if closes {
                        Event::Closed(socket)
                    } else {
                        Event::Lost(socket)
                    };
                    self.step(event);
                }
            }
            Act::Wait(ms) => {
                self.pass(ms);
                self.step(Event::Deadline);
            }
            Act::Restart => self.restart(),
        }
    }

    fn arrive(&mut self, person: u8, host: bool, right_code: bool) {
        let participant = ParticipantId::from_bytes(self.next.to_be_bytes());
        let socket = self.new_socket();
        self.visit[usize::from(person)] = Some((socket, participant.clone()));
        let given = |right: &str| Some(code(if right_code { right } else { "wrong" }));
        let join = Join {
            name: DisplayName::new("N").unwrap(),
            passcode: given("pass"),
            host_code: if host { given("host") } else { None },
        };
        let passes = right_code || (!host && self.rules.passcode.is_none());
        if passes && (host || !self.rules.lobby) {
            self.judge.may_be_inside.insert(participant.clone());
        }
        self.step(Event::Arrived {
            socket,
            source: ADDRESS,
            participant,
            join,
        });
    }

    fn resume(&mut self, token: usize) {
        let fresh = |claim: &&Claim| self.now.wall <= claim.issued.plus(TOKEN_LIFE);
        let good: Vec<_> = self
            .claims
            .iter()
            .rev()
            .filter(fresh)
            .take(64)
            .cloned()
            .collect();
        if good.is_empty() {
            return;
        }
        let claim = good[token % good.len()].clone();
        let socket = self.new_socket();
        let who = claim.participant.clone();
        if let Some(visit) = self.visit.iter_mut().flatten().find(|(_, id)| *id == who) {
            visit.0 = socket;
        }
        self.judge.says_open.remove(&who);
        self.step(Event::Resumed {
            socket,
            claim,
            media: Media::default(),
        });
    }

    fn say(&mut self, speaker: u8, what: What, whom: u8) {
        let Some((socket, by)) = self.visit[usize::from(speaker)].clone() else {
            return;
        };
        let Some((_, who)) = self.visit[usize::from(whom)].clone() else {
            return;
        };
        if !self.open_sockets.contains(&socket) {
            return;
        }
        let speaks = self.conference.who(socket) == Some(by.clone());
        let host = speaks && self.role(&by) == Some((Role::Host, Place::InCall));
        let inside = self.role(&who).map(|(_, place)| place == Place::InCall);
        match what {
            What::Admit if host => {
                self.judge.may_be_inside.insert(who.clone());
            }
            What::Deny if host && inside == Some(false) => {
                self.judge.put_out.insert(who.clone());
            }
            What::Remove if host && inside.is_some() && who != by => {
                self.judge.put_out.insert(who.clone());
            }
            What::Leave if speaks => {
                self.judge.put_out.insert(by);
            }
            What::End if host => {
                let all = self.claims.iter().map(|claim| claim.participant.clone());
                self.judge.put_out.extend(all);
            }
            _ => {}
        }
        let message = match what {
            What::Signal => FromPage::Signal {
                to: who,
                signal: Signal::Ready,
            },
            What::Admit => FromPage::Admit { who },
            What::Deny => FromPage::Deny { who },
            What::Mute => FromPage::Mute { who },
            What::Remove => FromPage::Remove { who },
            What::End => FromPage::EndForAll,
            What::Leave => FromPage::Leave,
        };
        self.step(Event::Said { socket, message });
    }

    fn media(&mut self, speaker: u8, open: bool) {
        let Some((socket, who)) = self.visit[usize::from(speaker)].clone() else {
            return;
        };
        if !self.open_sockets.contains(&socket) || self.conference.who(socket).is_none() {
            return;
        }
        if self
            .role(&who)
            .is_some_and(|(_, place)| place == Place::InCall)
        {
            if open {
                self.judge.says_open.insert(who);
            } else {
                self.judge.says_open.remove(&who);
            }
        }
        let mic = if open { Sending::Open } else { Sending::Closed };
        let media = Media {
            mic,
            camera: Sending::Closed,
        };
        self.step(Event::Said {
            socket,
            message: FromPage::Media { media },
        });
    }

    fn restart(&mut self) {
        let kept = self.conference.revocations().clone();
        self.conference = Conference::new(conference_id(), self.rules.clone(), kept, self.now.mono);
        self.open_sockets.clear();
        self.judge.says_open.clear();
    }

    fn step(&mut self, event: Event) {
        let revoked_before = self.conference.revocations().clone();
        let outs = self.conference.step(self.now, event);
        let kept = outs.contains(&Out::Keep);
        assert!(
            kept || revoked_before == *self.conference.revocations(),
            "unkept revocation"
        );
        for out in outs {
            match out {
                Out::Send(socket, message) => {
                    assert!(
                        self.open_sockets.contains(&socket),
                        "said to a closed socket: {message:?}"
                    );
                    self.check_message(&message);
                    self.check_over(socket, &message);
                }
                Out::Forward { from, to, .. } => {
                    let to = self.conference.who(to).expect("forwarded to nobody");
                    for end in [from, to] {
                        assert!(matches!(self.role(&end), Some((_, Place::InCall))));
                    }
                }
                Out::Issue(socket, claim) => {
                    assert!(self.open_sockets.contains(&socket));
                    self.claims.push(claim);
                }
                Out::Close(socket) => assert!(self.open_sockets.remove(&socket), "closed twice"),
                Out::Keep | Out::Notice(_) => {}
            }
        }
        self.check_people();
    }

    fn check_message(&self, message: &ToPage) {
        let ToPage::Roster { people, .. } = message else {
            return;
        };
        assert!(people.len() <= SEATS);
        for seat in people {
            let open = seat.media.mic == Sending::Open;
            assert!(
                !open || self.judge.says_open.contains(&seat.id),
                "shown open against its word"
            );
        }
    }

    /// Nobody is put out by one who may not.
    fn check_over(&self, socket: SocketId, message: &ToPage) {
        let ToPage::Over { why } = message else {
            return;
        };
        let by_others = matches!(why, Over::Removed | Over::Denied | Over::Ended);
        let mut visits = self.visit.iter().flatten();
        if let Some((_, who)) = visits.find(|(on, _)| by_others && *on == socket) {
            assert!(
                self.judge.put_out.contains(who),
                "{why:?} without a host's word"
            );
        }
    }

    fn check_people(&self) {
        let inside = self
            .conference
            .people
            .iter()
            .filter(|(_, p)| p.place == Place::InCall);
        let inside: Vec<_> = inside.map(|(id, _)| id).collect();
        assert!(inside.len() <= SEATS, "more than four");
        for who in inside {
            assert!(
                self.judge.may_be_inside.contains(who),
                "in the call without admission"
            );
        }
        for who in self.conference.people.keys() {
            assert!(!self.judge.put_out.contains(who), "put out and here again");
        }
        let sockets: Vec<_> = self
            .conference
            .people
            .values()
            .filter_map(|person| match person.link {
                Link::On(socket) => Some(socket),
                Link::Away(_) => None,
            })
            .collect();
        let distinct: BTreeSet<_> = sockets.iter().copied().collect();
        assert_eq!(distinct.len(), sockets.len(), "two people on one socket");
        assert!(
            distinct.is_subset(&self.open_sockets),
            "somebody on a closed socket"
        );
    }
}

fn conference_id() -> ConferenceId {
    ConferenceId::new("raum").unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_the_invariants_hold(
        rules in rules(),
        acts in prop::collection::vec(act(), 1..140),
    ) {
        let mut world = World::new(rules);
        for act in acts {
            world.act(act);
        }
    }
}
