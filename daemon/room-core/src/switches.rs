//! Wanted against seen for what a page can be told: microphone, camera, volume, the main display.
//! Decides when to ask, when to ask again, and when it is a fault. Knows no call and no press.

use crate::limits::{OBEY, OBEY_TRIES, REFUSAL_SHOWN, UNREAD};
use crate::units::{Mono, Seen, Switch};
use serde::{Deserialize, Serialize};

/// A value that shall follow a wish: asked, read back, asked again, and after bounded tries a fault.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Follow<T> {
    wanted: T,
    seen: Seen<T>,
    flight: Option<Flight>,
    again: bool,
    disobeys: Option<Mono>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Flight {
    tries: u8,
    until: Mono,
}

impl<T: Copy + Eq> Follow<T> {
    /// Wants this, has seen nothing.
    pub fn new(wanted: T) -> Self {
        Follow {
            wanted,
            seen: Seen::Unknown,
            flight: None,
            again: false,
            disobeys: None,
        }
    }

    pub fn wanted(&self) -> T {
        self.wanted
    }

    pub fn seen(&self) -> Seen<T> {
        self.seen
    }

    pub fn in_flight(&self) -> bool {
        self.flight.is_some()
    }

    pub fn disobeys_since(&self) -> Option<Mono> {
        self.disobeys
    }

    pub fn agrees(&self) -> bool {
        self.seen == Seen::Is(self.wanted)
    }

    /// Wants this from now on. A command under way the other way is overtaken by a new one, even when the old state is still seen.
    pub fn want(&mut self, value: T) {
        self.disobeys = None;
        if value != self.wanted {
            self.again |= self.flight.take().is_some();
            self.wanted = value;
        }
    }

    /// Takes what was read back.
    pub fn read(&mut self, value: T) {
        self.seen = Seen::Is(value);
        if self.agrees() && !self.again {
            self.flight = None;
            self.disobeys = None;
        }
    }

    /// Whatever was seen cannot be relied on any more, and nobody will answer.
    pub fn lose(&mut self) {
        self.seen = Seen::Unknown;
        self.flight = None;
        self.again = false;
        self.disobeys = None;
    }

    /// Nothing under way is waited for.
    pub fn rest(&mut self) {
        self.flight = None;
        self.again = false;
    }

    /// What was seen cannot be relied on, but somebody may still answer.
    pub fn doubt(&mut self) {
        self.seen = Seen::Unknown;
    }

    /// What must be asked now, if anything.
    pub fn due(&mut self, now: Mono) -> Option<T> {
        let tries = match self.flight {
            Some(flight) if now < flight.until => return None,
            Some(_) if self.agrees() => {
                self.flight = None;
                return None;
            }
            Some(flight) if flight.tries >= OBEY_TRIES => {
                self.flight = None;
                self.disobeys = Some(now);
                return None;
            }
            Some(flight) => flight.tries,
            None if self.again => 0,
            None if self.agrees() || self.disobeys.is_some() => return None,
            None => 0,
        };
        self.again = false;
        self.flight = Some(Flight {
            tries: tries + 1,
            until: now.plus(OBEY),
        });
        Some(self.wanted)
    }

    pub fn deadline(&self) -> Option<Mono> {
        self.flight.map(|f| f.until)
    }
}

/// How far a page may be told to switch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// No page.
    Nothing,
    /// A page that is going away: only what a person asked for just now.
    Asked,
    /// A page before the door: only closed when it is seen open.
    Guard,
    /// Inside.
    Full,
}

/// A microphone or camera. Closing is insisted on; opening needs somebody who asks, and is forgotten when it does not succeed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Gate {
    follow: Follow<Switch>,
    asked: bool,
    unread: Option<Mono>,
    refused: Option<Mono>,
}

impl Gate {
    pub fn closed() -> Self {
        Gate {
            follow: Follow::new(Switch::Closed),
            asked: false,
            unread: None,
            refused: None,
        }
    }

    /// The gate of a call that goes on from an earlier daemon: nothing is commanded to open, but what is seen open may stay.
    pub fn adopted(wanted: Switch) -> Self {
        Gate {
            follow: Follow::new(wanted),
            ..Gate::closed()
        }
    }

    pub fn wanted(&self) -> Switch {
        self.follow.wanted
    }

    pub fn seen(&self) -> Seen<Switch> {
        self.follow.seen
    }

    /// What was asked for and is not seen yet.
    pub fn becoming(&self) -> Option<Switch> {
        let under_way = self.asked || self.follow.in_flight();
        (under_way && !self.follow.agrees()).then_some(self.follow.wanted)
    }

    /// Since when it does not do what was asked.
    pub fn disobeys_since(&self) -> Option<Mono> {
        self.follow.disobeys.or(self.refused)
    }

    /// Somebody who may asks for it.
    pub fn ask(&mut self, value: Switch) {
        self.refused = None;
        self.unread = None;
        self.follow.want(value);
        self.asked = !self.follow.agrees() || self.follow.again;
    }

    /// Closed from now on, without anybody who asked.
    pub fn close(&mut self) {
        self.follow.want(Switch::Closed);
        self.asked = false;
        self.unread = None;
    }

    /// The page is about to go: nothing is wanted, and nothing under way is waited for.
    pub fn release(&mut self) {
        self.close();
        self.follow.rest();
    }

    /// Takes what was read back. Closed by somebody else (a host who mutes) is final until somebody in the room asks.
    pub fn read(&mut self, value: Switch) {
        self.unread = None;
        self.follow.read(value);
        if self.follow.agrees() {
            self.asked &= self.follow.in_flight() || self.follow.again;
        } else if value == Switch::Closed && !self.asked {
            self.follow.want(Switch::Closed);
            self.follow.read(value);
        }
    }

    /// The page is gone and nothing is wanted of the next one.
    pub fn lose(&mut self) {
        *self = Gate::closed();
    }

    /// The page does not answer: nobody knows.
    pub fn doubt(&mut self) {
        self.follow.doubt();
    }

    /// What must be commanded now, if anything.
    pub fn due(&mut self, now: Mono, reach: Reach) -> Option<Switch> {
        if self.refused.is_some_and(|t| now >= t.plus(REFUSAL_SHOWN)) {
            self.refused = None;
        }
        match reach {
            Reach::Nothing => return None,
            Reach::Asked if !self.asked => {
                self.follow.rest();
                return None;
            }
            Reach::Guard if self.seen() != Seen::Is(Switch::Open) && !self.follow.in_flight() => {
                return None;
            }
            Reach::Asked | Reach::Guard | Reach::Full => {}
        }
        if self.waits_for_reading(now) {
            return None;
        }
        let due = self.follow.due(now);
        if self.follow.disobeys.is_some() && self.wanted() == Switch::Open {
            self.close();
            self.asked = !self.follow.agrees();
            self.refused = Some(now);
            return self.follow.due(now);
        }
        self.asked &= self.follow.disobeys.is_none();
        due
    }

    /// Open, unread and not asked for: never commanded open; closed when it stays unread.
    fn waits_for_reading(&mut self, now: Mono) -> bool {
        let unclear = self.seen() == Seen::Unknown && self.wanted() == Switch::Open && !self.asked;
        if !unclear {
            return false;
        }
        let since = *self.unread.get_or_insert(now);
        if now < since.plus(UNREAD) {
            return true;
        }
        self.unread = None;
        self.close();
        false
    }

    pub fn deadline(&self) -> Option<Mono> {
        let unread = self.unread.map(|t| t.plus(UNREAD));
        let refused = self.refused.map(|t| t.plus(REFUSAL_SHOWN));
        [self.follow.deadline(), unread, refused]
            .into_iter()
            .flatten()
            .min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Switch::{Closed, Open};

    /// Runs the deadlines up to then; what was asked, with its time in seconds.
    fn run<T: Copy>(mut due: impl FnMut(Mono) -> (Option<T>, Option<Mono>)) -> Vec<(u64, T)> {
        let mut asked = Vec::new();
        let mut now = Mono(0);
        for _ in 0..50 {
            let (value, next) = due(now);
            asked.extend(value.map(|v| (now.0 / 1000, v)));
            match next {
                Some(at) => now = at,
                None => break,
            }
        }
        asked
    }

    #[test]
    fn asks_three_times_and_then_it_is_a_fault() {
        let mut follow = Follow::new(1);
        let asked = run(|now| (follow.due(now), follow.deadline()));
        assert_eq!(asked, [(0, 1), (3, 1), (6, 1)]);
        assert_eq!(follow.disobeys_since(), Some(Mono(9000)));
        follow.want(1);
        assert_eq!(follow.disobeys_since(), None);
        assert_eq!(follow.due(Mono(10_000)), Some(1));
        follow.read(1);
        assert_eq!((follow.due(Mono(99_000)), follow.deadline()), (None, None));
    }

    #[test]
    fn a_command_under_way_is_overtaken() {
        let mut follow = Follow::new(Closed);
        follow.read(Closed);
        follow.want(Open);
        assert_eq!(follow.due(Mono(0)), Some(Open));
        follow.want(Closed);
        assert_eq!(
            follow.due(Mono(1)),
            Some(Closed),
            "although closed is still seen"
        );
        assert_eq!(follow.due(Mono(2)), None);
        assert_eq!(follow.due(Mono(60_000)), None, "and it is seen closed");
    }

    #[test]
    fn a_gate_that_does_not_open_stays_closed() {
        let mut gate = Gate::closed();
        gate.read(Closed);
        gate.ask(Open);
        let asked = run(|now| (gate.due(now, Reach::Full), gate.deadline()));
        assert_eq!(asked, [(0, Open), (3, Open), (6, Open)]);
        assert_eq!((gate.wanted(), gate.becoming()), (Closed, None));
    }

    #[test]
    fn a_refusal_is_shown_for_a_while() {
        let mut gate = Gate::closed();
        gate.read(Closed);
        gate.ask(Open);
        for second in [0, 3, 6, 9] {
            gate.due(Mono(second * 1000), Reach::Full);
        }
        assert_eq!(gate.disobeys_since(), Some(Mono(9000)));
        assert_eq!(gate.deadline(), Some(Mono(29_000)));
        gate.due(Mono(29_000), Reach::Full);
        assert_eq!(gate.disobeys_since(), None);
    }

    #[test]
    fn closed_by_somebody_else_is_final_and_opened_is_not() {
        let mut gate = Gate::closed();
        gate.read(Closed);
        gate.ask(Open);
        gate.due(Mono(0), Reach::Full);
        gate.read(Open);
        assert_eq!(gate.wanted(), Open);
        gate.read(Closed);
        assert_eq!(
            (gate.wanted(), gate.due(Mono(1), Reach::Full)),
            (Closed, None)
        );
        gate.read(Open);
        assert_eq!(gate.due(Mono(2), Reach::Full), Some(Closed));
    }

    #[test]
    fn adopted_and_open_is_kept_when_it_is_seen_and_closed_when_it_is_not() {
        let mut gate = Gate::adopted(Open);
        assert_eq!(gate.due(Mono(0), Reach::Full), None);
        gate.read(Open);
        assert_eq!(
            (gate.due(Mono(1), Reach::Full), gate.deadline()),
            (None, None)
        );
        let mut gate = Gate::adopted(Open);
        let asked = run(|now| (gate.due(now, Reach::Full), gate.deadline()));
        assert_eq!(asked, [(5, Closed), (8, Closed), (11, Closed)]);
    }

    #[test]
    fn before_the_door_only_what_is_open_is_closed() {
        let mut gate = Gate::closed();
        assert_eq!(gate.due(Mono(0), Reach::Guard), None);
        gate.read(Open);
        assert_eq!(gate.due(Mono(1), Reach::Guard), Some(Closed));
        let mut gate = Gate::closed();
        gate.read(Open);
        assert_eq!(gate.due(Mono(0), Reach::Asked), None, "nobody asked");
        gate.ask(Closed);
        assert_eq!(gate.due(Mono(1), Reach::Asked), Some(Closed));
    }
}
