//! Which command of a broker is one: three verbs, each absolute and harmless, at a pace. Pure; the clock is an argument.
//!
//! Invariant: nothing but these three verbs ever comes out of here, whatever comes in.

use super::topics::Topics;
use fleet_proto::{RoomId, Verb};
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::time::Instant;

/// What a room can be told. There is none that opens anything.
pub const VERBS: [&str; 3] = ["identify", "preflight", "mute"];

/// How long a room blinks.
const BLINK_S: u16 = 60;
/// The same verb said again within this is the same command: a broker may deliver twice.
const AGAIN: Duration = Duration::from_secs(5);
/// A room is told so many in a burst,
const ROOM_BURST: f64 = 5.0;
/// and then one in this time.
const ROOM_EACH: Duration = Duration::from_secs(10);
/// All rooms together are told so many in a burst: one for each of a large building.
const ALL_BURST: f64 = 200.0;
/// And then one in this time.
const ALL_EACH: Duration = Duration::from_millis(200);

/// What came on a topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incoming {
    /// Which one.
    pub topic: String,
    /// What it says.
    pub payload: Vec<u8>,
    /// Whether it was kept by the broker, said by whoever it was at whatever time.
    pub retained: bool,
}

/// Why a command is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// Verbs are switched off.
    Off,
    /// The topic is no room's.
    Topic,
    /// The broker kept it from before.
    Retained,
    /// It is none of the three.
    Verb,
    /// There is no such room, or it is of a site that is not shown.
    Room,
    /// The room's line is down.
    Away,
    /// The same was said a moment ago.
    Again,
    /// Too many.
    Pace,
}

impl Refusal {
    /// All of them.
    pub const ALL: [Refusal; 8] = [
        Refusal::Off,
        Refusal::Topic,
        Refusal::Retained,
        Refusal::Verb,
        Refusal::Room,
        Refusal::Away,
        Refusal::Again,
        Refusal::Pace,
    ];

    /// As a word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Refusal::Off => "off",
            Refusal::Topic => "topic",
            Refusal::Retained => "retained",
            Refusal::Verb => "verb",
            Refusal::Room => "room",
            Refusal::Away => "away",
            Refusal::Again => "again",
            Refusal::Pace => "pace",
        }
    }
}

/// Which room shall do what, by what came in alone.
///
/// # Errors
/// When it is no command.
pub fn read(topics: &Topics, incoming: &Incoming) -> Result<(RoomId, Verb), Refusal> {
    let room = topics.commanded(&incoming.topic).ok_or(Refusal::Topic)?;
    if incoming.retained {
        return Err(Refusal::Retained);
    }
    let verb = match incoming.payload.as_slice() {
        b"identify" => Verb::Identify { seconds: BLINK_S },
        b"preflight" => Verb::Preflight {},
        b"mute" => Verb::Mute {},
        _ => return Err(Refusal::Verb),
    };
    Ok((room, verb))
}

/// Lets through a burst, and then at a walk.
#[derive(Debug, Clone)]
struct Bucket {
    left: f64,
    at: Instant,
}

impl Bucket {
    fn full(burst: f64, now: Instant) -> Bucket {
        Bucket {
            left: burst,
            at: now,
        }
    }

    fn fill(&mut self, (burst, each): (f64, Duration), now: Instant) {
        let gone = now.saturating_duration_since(self.at);
        self.at = now;
        self.left = (self.left + gone.as_secs_f64() / each.as_secs_f64()).min(burst);
    }
}

/// How fast rooms are told anything from a broker. Holds something only of rooms that there are.
#[derive(Debug)]
pub struct Pace {
    all: Bucket,
    rooms: BTreeMap<RoomId, (Bucket, BTreeMap<&'static str, Instant>)>,
}

impl Pace {
    /// Nothing was said yet.
    #[must_use]
    pub fn new(now: Instant) -> Pace {
        Pace {
            all: Bucket::full(ALL_BURST, now),
            rooms: BTreeMap::new(),
        }
    }

    /// Whether a room may be told this now.
    ///
    /// # Errors
    /// When it was told a moment ago, or it is one too many.
    pub fn take(&mut self, room: &RoomId, verb: &Verb, now: Instant) -> Result<(), Refusal> {
        let fresh = || (Bucket::full(ROOM_BURST, now), BTreeMap::new());
        let (own, said) = self.rooms.entry(room.clone()).or_insert_with(fresh);
        let last = said.get(verb.name());
        if last.is_some_and(|last| now.saturating_duration_since(*last) < AGAIN) {
            return Err(Refusal::Again);
        }
        own.fill((ROOM_BURST, ROOM_EACH), now);
        self.all.fill((ALL_BURST, ALL_EACH), now);
        if own.left < 1.0 || self.all.left < 1.0 {
            return Err(Refusal::Pace);
        }
        own.left -= 1.0;
        self.all.left -= 1.0;
        said.insert(verb.name(), now);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bridge::Ground;
    use fleet_proto::Danger;
    use proptest::prelude::*;

    fn topics() -> Topics {
        let ground = Ground {
            broker: "mqtt://b".to_owned(),
            topics: "roomd".to_owned(),
            discovery: "homeassistant".to_owned(),
        };
        Topics::of(&"own".parse().unwrap(), &ground)
    }

    fn said(topic: &str, payload: &[u8]) -> Incoming {
        Incoming {
            topic: topic.to_owned(),
            payload: payload.to_vec(),
            retained: false,
        }
    }

    #[test]
    fn three_words_are_commands_and_nothing_else_is() {
        let topics = topics();
        let to = "roomd/own/saal-2/command";
        for verb in VERBS {
            let (room, told) = read(&topics, &said(to, verb.as_bytes())).unwrap();
            assert_eq!((room.as_str(), told.name()), ("saal-2", verb));
            assert_eq!(told.danger(), Danger::Harmless);
            let kept = Incoming {
                retained: true,
                ..said(to, verb.as_bytes())
            };
            assert_eq!(read(&topics, &kept), Err(Refusal::Retained));
        }
        for none in [
            &b"unmute"[..],
            b"MUTE",
            b" mute",
            b"mute\n",
            b"mute\0",
            b"",
            b"leave",
            b"screenshot",
            b"log-bundle",
            b"canary",
            b"{\"do\":\"mute\"}",
            b"\xff\xfe",
            &[b'a'; 100_000],
        ] {
            assert_eq!(read(&topics, &said(to, none)), Err(Refusal::Verb));
        }
        for other in [
            "roomd/jena/saal-2/command",
            "roomd/own/saal-2/state",
            "roomd/own/../command",
        ] {
            assert_eq!(read(&topics, &said(other, b"mute")), Err(Refusal::Topic));
        }
    }

    proptest! {
        #[test]
        fn nothing_but_the_three_verbs_comes_out(
            topic in "(roomd/own|roomd/jena|[a-z/+#]{0,12})/[a-z0-9-]{0,6}/(command|state)",
            payload in prop_oneof![
                proptest::collection::vec(any::<u8>(), 0..40),
                "(un)?mute|identify|preflight|leave|restart|open|[a-z-]{0,9}".prop_map(String::into_bytes),
            ],
            retained: bool,
        ) {
            let word = payload.clone();
            if let Ok((room, verb)) = read(&topics(), &Incoming { topic: topic.clone(), payload, retained }) {
                prop_assert!(!retained);
                prop_assert_eq!(topic, topics().command(&room));
                prop_assert_eq!(verb.name().as_bytes(), &word);
                prop_assert!(VERBS.contains(&verb.name()));
            }
        }
    }

    #[test]
    fn a_room_is_told_at_a_pace_and_the_same_only_once() {
        let mut now = Instant::now();
        let mut pace = Pace::new(now);
        let (one, other) = ("saal-1".parse().unwrap(), "saal-2".parse().unwrap());
        assert_eq!(pace.take(&one, &Verb::Mute {}, now), Ok(()));
        assert_eq!(pace.take(&one, &Verb::Mute {}, now), Err(Refusal::Again));
        assert_eq!(pace.take(&one, &Verb::Preflight {}, now), Ok(()));
        assert_eq!(
            pace.take(&other, &Verb::Mute {}, now),
            Ok(()),
            "another room"
        );
        let mut told = 0;
        for _ in 0..20 {
            now += AGAIN;
            told += usize::from(pace.take(&one, &Verb::Mute {}, now).is_ok());
        }
        assert!((10..=14).contains(&told), "one in ten seconds: {told}");
        now += Duration::from_secs(60);
        let rooms = (0..1_000).map(|n| format!("raum-{n}").parse().unwrap());
        let told = rooms
            .filter(|room| pace.take(room, &Verb::Mute {}, now).is_ok())
            .count();
        assert_eq!(told, 200, "and a house at once");
    }
}
