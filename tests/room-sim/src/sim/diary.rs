//! What is booked, and what the people who booked it will really do.

use super::dice::Dice;
use crate::story::{MIDNIGHT, target};
use room_core::ids::{MeetingId, Private};
use room_core::meeting::{Conference, Meeting, MeetingStatus, NoTarget, Way};
use room_core::plan::JoinPolicy;
use room_core::units::Wall;

/// A minute in milliseconds.
pub const MINUTE: u64 = 60_000;
/// An hour.
pub const HOUR: u64 = 60 * MINUTE;
/// A day.
pub const DAY: u64 = 24 * HOUR;

/// A meeting in the world; times count from midnight of day 0.
#[derive(Debug, Clone)]
pub struct Booking {
    pub name: String,
    pub start: u64,
    pub end: u64,
    pub join: Option<JoinPolicy>,
    pub cancelled: bool,
    pub exempt: bool,
    pub linkless: bool,
    pub code: Option<String>,
    pub door: Door,
    /// When everybody has gone.
    pub empty_at: u64,
    /// The host then ends it for all, instead of leaving the room alone.
    pub host_ends: bool,
    /// The room is thrown out so long after it came in.
    pub kicked_after: Option<u64>,
}

/// Who opens the door.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Door {
    Open,
    /// The host comes at this time.
    HostAt(u64),
    /// Somebody lets the room in after so long.
    AdmitAfter(u64),
    DenyAfter(u64),
    Nobody,
}

impl Booking {
    /// What the calendar says about it.
    pub fn meeting(&self) -> Meeting {
        let wall = |ms: u64| Wall(MIDNIGHT + i64::try_from(ms).unwrap_or(i64::MAX / 2));
        let mut target = target("practice", &self.name);
        if let Way::Page { passcode, .. } = &mut target.best {
            *passcode = self.code.clone().map(Private::new);
        }
        Meeting {
            id: MeetingId::new(&self.name),
            title: Private::new(&self.name),
            organizer: None,
            start: wall(self.start),
            end: wall(self.end),
            all_day: false,
            private: false,
            status: match self.cancelled {
                true => MeetingStatus::Cancelled,
                false => MeetingStatus::Confirmed,
            },
            exempt: self.exempt,
            join: self.join,
            conference: match self.linkless {
                true => Conference::Nowhere(NoTarget::NoLink),
                false => Conference::At(target),
            },
        }
    }

    /// Whether the room should go there by itself, when nothing else happens.
    pub fn calls_the_room(&self) -> bool {
        self.join == Some(JoinPolicy::ByItself) && !self.cancelled && !self.exempt && !self.linkless
    }

    pub fn overlaps(&self, other: &Booking) -> bool {
        self.start < other.end && other.start < self.end
    }
}

/// The bookings of one working day, in order. Calm people are on time, overlap with nobody and throw nobody out.
pub fn plan_day(dice: &mut Dice, day: u64) -> Vec<Booking> {
    let mut bookings = Vec::new();
    let mut at = day * DAY + 8 * HOUR;
    while at < day * DAY + 17 * HOUR {
        at += *dice.one_of(&[0, 0, 15, 30, 60, 120]) * MINUTE;
        let length = *dice.one_of(&[15, 30, 45, 60, 90]) * MINUTE;
        let name = format!("m{day}-{}", bookings.len());
        let booking = book(dice, name, at, at + length);
        let overlap = dice.mishap(60);
        at = if overlap {
            at + length / 2
        } else {
            booking.end
        };
        bookings.push(booking);
    }
    bookings
}

fn book(dice: &mut Dice, name: String, start: u64, end: u64) -> Booking {
    let calm = dice.calm();
    let mut rarely = |chance| dice.mishap(chance);
    let (cancelled, exempt, linkless) = (rarely(30), rarely(30), rarely(50));
    let (coded, kicked, nobody, host_ends) = (rarely(150), rarely(30), rarely(20), rarely(400));
    let door = match dice.between(0, 10) {
        _ if nobody => Door::Nobody,
        0 | 1 if !calm => Door::HostAt(start + dice.between(0, 12) * MINUTE),
        2 | 3 if !calm => Door::AdmitAfter(dice.between(1, 300) * 1000),
        4 if dice.mishap(300) => Door::DenyAfter(dice.between(1, 60) * 1000),
        _ => Door::Open,
    };
    let overrun = if calm {
        0
    } else {
        dice.between(0, 25) * MINUTE
    };
    let join = match calm {
        true => JoinPolicy::ByItself,
        false => *dice.one_of(&[
            JoinPolicy::ByItself,
            JoinPolicy::ByItself,
            JoinPolicy::OnPress,
        ]),
    };
    Booking {
        name,
        start,
        end,
        join: Some(join),
        cancelled,
        exempt,
        linkless,
        code: coded.then(|| format!("{}", dice.between(1000, 9999))),
        door,
        empty_at: end + overrun,
        host_ends,
        kicked_after: kicked.then(|| dice.between(1, 20) * MINUTE),
    }
}
