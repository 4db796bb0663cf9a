//! A conference page as it really is: what it does when told, and what it does by itself. The call adapter's stand-in.
//! Knows the world only by what it returns.

use super::diary::{Booking, Door, MINUTE};
use super::dice::Dice;
use room_core::event::{CallSeen, EndReason, JoinStep, PersonNeeded, Trouble, WaitingFor};
use room_core::failure::CallFailure;
use room_core::hand::Consent;
use room_core::ids::CallId;
use room_core::units::{Percent, Switch};

/// A page.
#[derive(Debug, Clone)]
pub struct Page {
    pub call: CallId,
    pub booking: Option<Booking>,
    pub name: String,
    pub wanted: Wanted,
    pub place: Place,
    pub mic: Switch,
    pub camera: Switch,
    pub volume: Percent,
    pub others: u16,
    pub frozen: bool,
    pub coded: bool,
    pub inside_since: Option<u64>,
    /// What it plays and captures hangs on a sound server that is gone.
    pub unheard: bool,
    losses: u8,
}

/// What the room wants of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    Warm,
    Join,
    Leave,
}

/// Where the page is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    Loading,
    AtTheDoor,
    Asking,
    Waiting(WaitingFor),
    Inside,
}

/// What the page will do by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    Loaded,
    Enter,
    ComeIn,
    Deny,
    Obey(Order),
    Gone,
    Everyone,
    Kick,
    Stumble(Trouble),
    GetUp,
    Crash,
    HostSwitches(Switch),
    Ask(PersonNeeded),
    WantConsent(Consent),
    AskToUnmute,
}

/// What the page was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    Mic(Switch),
    Camera(Switch),
    Volume(Percent),
    Agree(Consent),
    /// A person's hand on the page; now and then it touches the page's own microphone button.
    Hand,
}

/// What comes of an act: facts for the room, and further acts after so many milliseconds.
#[derive(Debug, Default)]
pub struct Outcome {
    pub facts: Vec<CallSeen>,
    pub later: Vec<(u64, Act)>,
    /// The page does not exist any more.
    pub gone: bool,
    /// It ended in a way that the room must respect.
    pub shut: bool,
}

impl Outcome {
    fn say(facts: impl Into<Vec<CallSeen>>) -> Outcome {
        Outcome {
            facts: facts.into(),
            ..Outcome::default()
        }
    }

    fn then(mut self, after: u64, act: Act) -> Outcome {
        self.later.push((after, act));
        self
    }

    fn over(fact: CallSeen, shut: bool) -> Outcome {
        Outcome {
            facts: vec![fact],
            gone: true,
            shut,
            ..Outcome::default()
        }
    }
}

impl Page {
    /// A page that begins to load.
    pub fn open(call: CallId, name: String, booking: Option<Booking>, wanted: Wanted) -> Page {
        Page {
            call,
            booking,
            name,
            wanted,
            place: Place::Loading,
            mic: Switch::Closed,
            camera: Switch::Closed,
            volume: Percent::new(100),
            others: 0,
            frozen: false,
            coded: false,
            inside_since: None,
            unheard: false,
            losses: 0,
        }
    }

    /// Whether this order gets lost; never three times in a row.
    pub fn loses(&mut self, dice: &mut Dice, chance: u64) -> bool {
        let lost = self.losses < 2 && dice.mishap(chance);
        self.losses = if lost { self.losses + 1 } else { 0 };
        lost
    }

    /// Does what was due.
    pub fn act(&mut self, act: Act, now: u64, dice: &mut Dice) -> Outcome {
        let inside = self.place == Place::Inside;
        match act {
            Act::Loaded => self.loaded(dice),
            Act::Enter => self.enter(now, dice),
            Act::ComeIn if !inside => self.come_in(now, dice),
            Act::Deny => Outcome::over(CallSeen::Over(EndReason::Denied), true),
            Act::Obey(Order::Hand) if !self.frozen => self.touched(dice),
            Act::Obey(order) if !self.frozen => self.obey(order),
            Act::Gone => Outcome::over(CallSeen::Over(EndReason::Left), false),
            Act::Crash => Outcome::over(CallSeen::Trouble(Trouble::PageCrashed), false),
            Act::Kick if inside => Outcome::over(CallSeen::Over(EndReason::Removed), true),
            Act::Everyone if inside => self.everyone_goes(),
            Act::Stumble(trouble) if inside && self.wanted == Wanted::Join => {
                self.frozen = trouble == Trouble::Frozen;
                let after = *dice.one_of(&[2_000, 5_000, 20_000, 90_000]);
                Outcome::say([CallSeen::Trouble(trouble)]).then(after, Act::GetUp)
            }
            Act::GetUp if inside => {
                self.frozen = false;
                Outcome::say([
                    CallSeen::Recovered,
                    CallSeen::Inside,
                    CallSeen::Mic(self.mic),
                    CallSeen::Camera(self.camera),
                ])
            }
            Act::HostSwitches(value) if inside && !self.frozen => {
                self.mic = value;
                Outcome::say([CallSeen::Mic(value)])
            }
            Act::Ask(need) if inside => {
                Outcome::say([CallSeen::PersonNeeded(need)]).then(20_000, Act::GetUp)
            }
            Act::WantConsent(kind) if inside => {
                Outcome::say([CallSeen::ConsentAsked(kind)]).then(90_000, Act::GetUp)
            }
            Act::AskToUnmute if inside => Outcome::say([CallSeen::UnmuteAsked]),
            Act::ComeIn | Act::Obey(_) | Act::Kick | Act::Everyone => Outcome::default(),
            Act::Stumble(_) | Act::GetUp | Act::HostSwitches(_) | Act::Ask(_) => Outcome::default(),
            Act::WantConsent(_) | Act::AskToUnmute => Outcome::default(),
        }
    }

    fn loaded(&mut self, dice: &mut Dice) -> Outcome {
        if dice.mishap(15) {
            return Outcome::over(CallSeen::Failed(CallFailure::Unreachable), false);
        }
        self.place = Place::AtTheDoor;
        match self.wanted {
            Wanted::Join => Outcome::say([]).then(100, Act::Enter),
            Wanted::Warm | Wanted::Leave => Outcome::say([CallSeen::Warm]),
        }
    }

    fn enter(&mut self, now: u64, dice: &mut Dice) -> Outcome {
        if self.wanted != Wanted::Join || self.place == Place::Inside {
            return Outcome::default();
        }
        let code = self.booking.as_ref().and_then(|b| b.code.as_ref());
        if code.is_some() && !self.coded {
            self.place = Place::Asking;
            return Outcome::say([CallSeen::PasscodeAsked { rejected: false }]);
        }
        let begun = [CallSeen::Entering(JoinStep::FillingIn)];
        let wait = |whom| {
            [
                CallSeen::Entering(JoinStep::Knocking),
                CallSeen::Waiting(whom),
            ]
        };
        let door = self.booking.as_ref().map_or(Door::Open, |b| b.door);
        let (whom, next) = match door {
            Door::HostAt(at) if at > now => (WaitingFor::Host, Some((at - now, Act::ComeIn))),
            Door::Open | Door::HostAt(_) => {
                return Outcome::say(begun).then(dice.between(200, 2000), Act::ComeIn);
            }
            Door::AdmitAfter(after) => (WaitingFor::Lobby, Some((after, Act::ComeIn))),
            Door::DenyAfter(after) => (WaitingFor::Lobby, Some((after, Act::Deny))),
            Door::Nobody => (WaitingFor::Lobby, None),
        };
        self.place = Place::Waiting(whom);
        let mut outcome = Outcome::say(wait(whom));
        outcome.later.extend(next);
        outcome
    }

    /// Inside: now and then the service opens the microphone by itself, and says so before or after.
    fn come_in(&mut self, now: u64, dice: &mut Dice) -> Outcome {
        if self.wanted != Wanted::Join {
            return Outcome::default();
        }
        self.place = Place::Inside;
        self.inside_since = Some(now);
        self.others = u16::try_from(dice.between(1, 9)).unwrap_or(1);
        if dice.mishap(40) {
            self.mic = Switch::Open;
        }
        let empty_at = self
            .booking
            .as_ref()
            .map_or(now + 40 * MINUTE, |b| b.empty_at);
        let mut outcome =
            Outcome::say(self.state()).then(empty_at.saturating_sub(now), Act::Everyone);
        if dice.chance(500) {
            outcome.facts.rotate_left(1);
        }
        let kicked = self.booking.as_ref().and_then(|b| b.kicked_after);
        outcome.later.extend(kicked.map(|after| (after, Act::Kick)));
        if !dice.calm() {
            outcome.later.extend(incidents(dice));
        }
        outcome
    }

    /// Everything that is true inside.
    pub fn state(&self) -> Vec<CallSeen> {
        vec![
            CallSeen::Inside,
            CallSeen::Mic(self.mic),
            CallSeen::Camera(self.camera),
            CallSeen::Volume(self.volume),
            CallSeen::People(self.others),
        ]
    }

    fn obey(&mut self, order: Order) -> Outcome {
        Outcome::say([match order {
            // A capture that hangs on nothing ends as soon as it has begun.
            Order::Mic(Switch::Open) if self.unheard => {
                return Outcome::say([CallSeen::Mic(Switch::Open), CallSeen::Mic(self.mic)]);
            }
            Order::Mic(value) => {
                self.mic = value;
                CallSeen::Mic(value)
            }
            Order::Camera(value) => {
                self.camera = value;
                CallSeen::Camera(value)
            }
            Order::Volume(value) => {
                self.volume = value;
                CallSeen::Volume(value)
            }
            Order::Agree(kind) => return Outcome::say([CallSeen::Agreed(kind), CallSeen::Inside]),
            Order::Hand => return Outcome::default(),
        }])
    }

    fn touched(&mut self, dice: &mut Dice) -> Outcome {
        if self.place != Place::Inside || !dice.chance(300) {
            return Outcome::default();
        }
        self.mic = Switch::Open;
        Outcome::say([CallSeen::Mic(self.mic), CallSeen::Inside])
    }

    fn everyone_goes(&mut self) -> Outcome {
        if self.booking.as_ref().is_some_and(|b| b.host_ends) {
            return Outcome::over(CallSeen::Over(EndReason::EndedByHost), true);
        }
        self.others = 0;
        Outcome::say([CallSeen::People(0)])
    }
}

/// What may go wrong during a call, and when.
fn incidents(dice: &mut Dice) -> Vec<(u64, Act)> {
    let mut incidents = Vec::new();
    for (chance, act) in [
        (60, Act::Stumble(Trouble::Network)),
        (40, Act::Stumble(Trouble::Frozen)),
        (40, Act::Crash),
        (40, Act::HostSwitches(Switch::Closed)),
        (40, Act::HostSwitches(Switch::Open)),
        (20, Act::Ask(PersonNeeded::Consent(None))),
        (20, Act::WantConsent(Consent::Recording)),
        (20, Act::WantConsent(Consent::Terms)),
        (30, Act::AskToUnmute),
    ] {
        if dice.chance(chance) {
            incidents.push((dice.between(0, 30 * MINUTE), act));
        }
    }
    incidents
}
