//! A room's working day: which meeting when, what fails when, when its building is cut off. Pure: the same seed, room and day make the
//! same day.

use super::cast::OF_BUILDING;
use fleet_proto::{Phase, SwitchNow};
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};

/// A moment of a day, in seconds since midnight.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct OfDay(pub u32);

impl OfDay {
    /// Behind the last one.
    pub const END: OfDay = OfDay(24 * 3600);

    fn plus(self, seconds: u32) -> OfDay {
        OfDay(self.0 + seconds)
    }

    fn minus(self, seconds: u32) -> OfDay {
        OfDay(self.0.saturating_sub(seconds))
    }
}

impl core::fmt::Display for OfDay {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 3600, self.0 / 60 % 60)
    }
}

impl core::str::FromStr for OfDay {
    type Err = String;

    fn from_str(text: &str) -> Result<OfDay, String> {
        let parts = text.split_once(':');
        let parts = parts.and_then(|(h, m)| Some((h.parse().ok()?, m.parse().ok()?)));
        match parts {
            Some((hour @ 0_u32..24, minute @ 0_u32..60)) => Ok(OfDay(hour * 3600 + minute * 60)),
            _ => Err(format!("{text:?} is no time of a day, such as 07:30")),
        }
    }
}

/// A room's whole day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Day {
    turns: Vec<Turn>,
    meetings: Vec<Meeting>,
    spells: Vec<Spell>,
    away: Option<(OfDay, OfDay)>,
    /// Meetings of the next day, of these such as will not work, and such as will, but.
    pub tomorrow: (u32, u32, u32),
}

/// From then on the room does this.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Turn {
    at: OfDay,
    phase: Phase,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Meeting {
    begins: OfDay,
    ends: OfDay,
    /// Whether people open microphone and camera, and when they do.
    opened: Option<OfDay>,
}

/// Something does not work for a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spell {
    /// What.
    pub code: &'static str,
    /// Which device.
    pub about: Option<&'static str>,
    /// From then.
    pub begins: OfDay,
    /// Until then.
    pub ends: OfDay,
}

/// A room at one moment of its day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moment {
    /// What it does.
    pub phase: Phase,
    /// Since when.
    pub since: OfDay,
    /// Since when it is in a conference.
    pub inside: Option<OfDay>,
    /// Microphone and camera.
    pub switches: (SwitchNow, SwitchNow),
    /// When the next meeting begins.
    pub next: Option<OfDay>,
    /// What is wrong.
    pub faults: Vec<Spell>,
    /// Whether its building is cut off from the network.
    pub away: bool,
}

const OPENS: OfDay = OfDay(8 * 3600);
const CLOSES: OfDay = OfDay(18 * 3600);
const FAULTS: [(&str, Option<&str>); 6] = [
    ("mic-gone", None),
    ("camera-another", Some("front")),
    ("speaker-gone", None),
    ("sound-dead", None),
    ("browser-gone", None),
    ("canceller-gone", None),
];

fn chance(seed: u64, kind: u64, number: u32, day: u32) -> SmallRng {
    let mixed = (kind << 56) ^ (u64::from(day) << 40) ^ u64::from(number);
    SmallRng::seed_from_u64(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ mixed)
}

impl Day {
    /// The day of a room.
    #[must_use]
    pub fn of(seed: u64, room: u32, day: u32) -> Day {
        let mut dice = chance(seed, 1, room, day);
        let mut turns = Vec::new();
        let mut meetings = Vec::new();
        let mut free = OPENS.plus(15 * 60 * dice.random_range(0..6));
        while free < CLOSES {
            let lasts = 60 * [30, 45, 60, 90][dice.random_range(0..4)];
            let meeting = Meeting {
                begins: free,
                ends: free.plus(lasts),
                opened: dice
                    .random_bool(0.8)
                    .then(|| free.plus(60 + dice.random_range(0..180))),
            };
            let fails = dice.random_bool(0.01);
            turns.extend(play(meeting, fails));
            if !fails {
                meetings.push(meeting);
            } else {
                meetings.push(Meeting {
                    opened: None,
                    ..meeting
                });
            }
            free = meeting
                .ends
                .plus(60 * [15, 15, 30, 60, 120][dice.random_range(0..5)]);
        }
        let planned = dice.random_range(0..7);
        let red = u32::from(planned > 0 && dice.random_bool(0.03));
        let yellow = u32::from(planned > red && dice.random_bool(0.06));
        Day {
            turns,
            meetings,
            spells: spells(&mut dice),
            away: outage(seed, room / OF_BUILDING, day),
            tomorrow: (planned, red, yellow),
        }
    }

    /// How the room is at a moment.
    #[must_use]
    pub fn at(&self, now: OfDay) -> Moment {
        let turn = self.turns.iter().rev().find(|turn| turn.at <= now);
        let turn = turn.copied().unwrap_or(Turn {
            at: OfDay(0),
            phase: Phase::Standby,
        });
        let inside = turn.phase == Phase::InCall;
        let meeting = self
            .meetings
            .iter()
            .find(|m| inside && (m.begins..m.ends.plus(1)).contains(&now));
        let open = meeting.and_then(|m| m.opened).is_some_and(|at| at <= now);
        let switch = match open {
            true => SwitchNow::Open,
            false => SwitchNow::Closed,
        };
        let faults = self.spells.iter();
        Moment {
            phase: turn.phase,
            since: turn.at,
            inside: inside.then_some(turn.at),
            switches: (switch, switch),
            next: self.meetings.iter().map(|m| m.begins).find(|at| *at > now),
            faults: faults
                .filter(|spell| (spell.begins..spell.ends).contains(&now))
                .copied()
                .collect(),
            away: self
                .away
                .is_some_and(|(begins, ends)| (begins..ends).contains(&now)),
        }
    }

    /// The next moment at which anything is otherwise.
    #[must_use]
    pub fn next_change(&self, now: OfDay) -> Option<OfDay> {
        let turns = self.turns.iter().map(|turn| turn.at);
        let opened = self.meetings.iter().filter_map(|m| m.opened);
        let begun = self.meetings.iter().map(|m| m.begins);
        let spells = self.spells.iter().flat_map(|s| [s.begins, s.ends]);
        let away = self.away.into_iter().flat_map(|(from, to)| [from, to]);
        let all = turns.chain(opened).chain(begun).chain(spells).chain(away);
        all.filter(|at| *at > now).min()
    }
}

/// What a meeting has the room do. A meeting is announced a few minutes before; the one before it has ended by then.
fn play(meeting: Meeting, fails: bool) -> Vec<Turn> {
    let turn = |at, phase| Turn { at, phase };
    let begins = meeting.begins;
    let mut turns = vec![
        turn(begins.minus(300), Phase::Announced),
        turn(begins.minus(8), Phase::Joining),
    ];
    match fails {
        true => {
            turns.push(turn(begins.plus(20), Phase::Failed));
            turns.push(turn(begins.plus(320), Phase::Standby));
        }
        false => {
            turns.push(turn(begins.plus(2), Phase::InCall));
            turns.push(turn(meeting.ends, Phase::Leaving));
            turns.push(turn(meeting.ends.plus(4), Phase::Standby));
        }
    }
    turns
}

fn spells(dice: &mut SmallRng) -> Vec<Spell> {
    if !dice.random_bool(0.04) {
        return Vec::new();
    }
    let (code, about) = FAULTS[dice.random_range(0..FAULTS.len())];
    let begins = OPENS.plus(dice.random_range(0..8 * 3600));
    vec![Spell {
        code,
        about,
        begins,
        ends: begins.plus(dice.random_range(600..5400)),
    }]
}

/// Once in a while a building's switch fails, and all of its rooms are cut off in the same moment.
fn outage(seed: u64, building: u32, day: u32) -> Option<(OfDay, OfDay)> {
    let mut dice = chance(seed, 2, building, day);
    // The first building of a fleet has one each day, so that it is seen in a small fleet, too.
    let fails = building == 0 || dice.random_bool(0.02);
    let begins = OPENS.plus(3600 + dice.random_range(0..6 * 3600));
    fails.then(|| (begins, begins.plus(1500 + dice.random_range(0..1200))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// All moments at which something changes.
    fn changes(day: &Day) -> Vec<OfDay> {
        let mut all = Vec::new();
        let mut now = OfDay(0);
        while let Some(next) = day.next_change(now) {
            all.push(next);
            now = next;
        }
        all
    }

    proptest! {
        #[test]
        fn a_day_is_the_same_each_time_and_nothing_changes_between_its_changes(
            seed in any::<u64>(), room in 0_u32..20_000, day in 0_u32..30, at in 0_u32..86_400,
        ) {
            let today = Day::of(seed, room, day);
            prop_assert_eq!(&today, &Day::of(seed, room, day));
            let now = OfDay(at);
            let next = today.next_change(now).unwrap_or(OfDay::END);
            prop_assert!(next > now);
            let (here, before) = (today.at(now), today.at(OfDay(next.0 - 1)));
            prop_assert_eq!(here, before);
        }

        #[test]
        fn microphone_and_camera_are_open_in_calls_only_and_phases_follow_each_other(
            seed in any::<u64>(), room in 0_u32..20_000,
        ) {
            let day = Day::of(seed, room, 0);
            let mut before = Phase::Standby;
            for at in changes(&day) {
                let moment = day.at(at);
                if moment.switches != (SwitchNow::Closed, SwitchNow::Closed) {
                    prop_assert_eq!(moment.phase, Phase::InCall);
                }
                let follows = match moment.phase {
                    Phase::Announced => [Phase::Standby, Phase::Announced].contains(&before),
                    Phase::Joining => [Phase::Announced, Phase::Joining].contains(&before),
                    Phase::InCall | Phase::Failed => [Phase::Joining, moment.phase].contains(&before),
                    Phase::Leaving => [Phase::InCall, Phase::Leaving].contains(&before),
                    Phase::Standby => true,
                    _ => false,
                };
                prop_assert!(follows, "{:?} after {:?} at {}", moment.phase, before, at);
                before = moment.phase;
            }
            prop_assert_eq!(before, Phase::Standby, "the day ends quietly");
        }

        #[test]
        fn the_rooms_of_a_building_are_cut_off_in_the_same_moment(seed in any::<u64>(), day in 0_u32..30) {
            let first = Day::of(seed, 0, day);
            prop_assert!(first.away.is_some());
            for room in 1..OF_BUILDING {
                prop_assert_eq!(Day::of(seed, room, day).away, first.away);
            }
        }
    }

    #[test]
    fn a_fleet_has_meetings_faults_and_risks_in_their_measure() {
        let days: Vec<Day> = (0..2_000).map(|room| Day::of(1, room, 0)).collect();
        let meetings: usize = days.iter().map(|day| day.meetings.len()).sum();
        assert!((8_000..16_000).contains(&meetings), "{meetings}");
        let faulty = days.iter().filter(|day| !day.spells.is_empty()).count();
        assert!((40..140).contains(&faulty), "{faulty}");
        let red = days.iter().filter(|day| day.tomorrow.1 > 0).count();
        assert!((20..110).contains(&red), "{red}");
    }

    #[test]
    fn the_demos_building_is_cut_off_when_the_demo_looks() {
        // `daemon/demo --fleet --once` begins its simulated day 52 minutes before this.
        let (begins, ends) = Day::of(1, 0, 0).away.unwrap();
        assert_eq!(
            (begins.to_string().as_str(), ends > begins),
            ("11:12", true)
        );
    }

    #[test]
    fn times_of_a_day_are_read_and_written() {
        assert_eq!("07:30".parse(), Ok(OfDay(27_000)));
        assert_eq!(OfDay(27_000).to_string(), "07:30");
        for bad in ["", "7", "24:00", "07:60", "a:b", "-1:00"] {
            assert!(bad.parse::<OfDay>().is_err(), "{bad}");
        }
    }
}
