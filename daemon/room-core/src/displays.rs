//! One display: what the room wants of it, what it was seen to do, and when somebody's own hand is respected.
//! Knows no link and no call; `room.rs` says how much the room needs it. How long a display may take is its driver's business.
//!
//! Invariant: a display that did what was wanted and was then switched by hand is left alone until the room needs more than before.
//! Invariant: a display that is away is told nothing; when it returns, it is told what is wanted now.

use crate::effect::DisplayCommand;
use crate::event::{DisplayInput, DisplayPower, DisplaySeen};
use crate::failure::DisplayFailure;
use crate::ids::DisplayId;
use crate::plan::DisplayPlan;
use crate::presence::Presence;
use crate::units::{Mono, Seen};
use crate::view::{DisplayState, DisplayView};
use serde::{Deserialize, Serialize};

/// How much the room needs its displays; more comes later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Need {
    /// Not at all.
    None,
    /// To announce a meeting, or to show how the last one ended.
    Notice,
    /// For a call.
    Call,
}

/// A display.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Display {
    plan: DisplayPlan,
    presence: Presence<DisplayFailure>,
    power: Seen<DisplayPower>,
    input: Seen<DisplayInput>,
    wanted: Option<DisplayCommand>,
    due: bool,
    /// It was seen to do what is wanted.
    agreed: bool,
    /// It did, and then somebody switched it.
    by_hand: bool,
    refused: Option<(DisplayFailure, Mono)>,
}

impl Display {
    pub fn new(plan: DisplayPlan) -> Display {
        Display {
            plan,
            presence: Presence::Unknown,
            power: Seen::Unknown,
            input: Seen::Unknown,
            wanted: None,
            due: false,
            agreed: false,
            by_hand: false,
            refused: None,
        }
    }

    pub fn id(&self) -> &DisplayId {
        &self.plan.id
    }

    pub fn take_plan(&mut self, plan: DisplayPlan) {
        self.plan = plan;
    }

    /// The room needs its displays as much as this, and more than before.
    pub fn show(&mut self, need: Need) {
        let borrowed = self.input == Seen::Is(DisplayInput::Other) && self.lit();
        if need < Need::Call && borrowed {
            return;
        }
        self.want(DisplayCommand::Show);
    }

    /// Nobody has needed the displays for long. Somebody's own device on the screen is left there.
    pub fn rest(&mut self) {
        let borrowed = self.input == Seen::Is(DisplayInput::Other) && self.lit();
        self.want(DisplayCommand::Standby);
        if borrowed {
            self.due = false;
            self.by_hand = true;
        }
    }

    fn want(&mut self, command: DisplayCommand) {
        self.wanted = Some(command);
        self.agreed = self.agrees();
        self.due = !self.agreed;
        self.by_hand = false;
        self.refused = None;
    }

    fn lit(&self) -> bool {
        matches!(
            self.power,
            Seen::Is(DisplayPower::On | DisplayPower::Warming)
        )
    }

    fn agrees(&self) -> bool {
        match self.wanted {
            None => false,
            Some(DisplayCommand::Show) => {
                let elsewhere = self.input == Seen::Is(DisplayInput::Other);
                self.power == Seen::Is(DisplayPower::On) && !elsewhere
            }
            Some(DisplayCommand::Standby) => self.power == Seen::Is(DisplayPower::Standby),
        }
    }

    pub fn read(&mut self, seen: DisplaySeen, now: Mono) {
        match seen {
            DisplaySeen::Here => {
                if matches!(self.presence, Presence::Gone { .. }) {
                    self.due = self.wanted.is_some() && !self.by_hand;
                }
                self.presence = Presence::Here;
            }
            DisplaySeen::Gone(why) => {
                self.presence = self.presence.lost(why, now);
                self.power = Seen::Unknown;
                self.input = Seen::Unknown;
                self.agreed = false;
                self.refused = None;
            }
            DisplaySeen::Power(power) => {
                self.power = Seen::Is(power);
                self.judge();
            }
            DisplaySeen::Input(input) => {
                self.input = Seen::Is(input);
                self.judge();
            }
            DisplaySeen::Refused(why) => self.refused = Some((why, now)),
        }
    }

    fn judge(&mut self) {
        if self.agrees() {
            self.agreed = true;
            self.by_hand = false;
            self.due = false;
            self.refused = None;
        } else if self.agreed {
            self.agreed = false;
            self.by_hand = true;
        }
    }

    /// What must be sent now, if anything.
    pub fn due(&mut self) -> Option<DisplayCommand> {
        if self.presence != Presence::Here || !core::mem::take(&mut self.due) {
            return None;
        }
        self.wanted
    }

    /// Why it is away and since when.
    pub fn gone(&self) -> Option<(DisplayFailure, Mono)> {
        self.presence.gone()
    }

    /// Why and since when it does not do what was asked, while it is there.
    pub fn refused(&self) -> Option<(DisplayFailure, Mono)> {
        self.refused
    }

    pub fn view(&self) -> DisplayView {
        let state = match (self.presence, self.power) {
            (Presence::Gone { why, .. }, _) => DisplayState::Gone(why),
            (Presence::Unknown, _) | (Presence::Here, Seen::Unknown) => DisplayState::Unknown,
            (Presence::Here, Seen::Is(DisplayPower::Standby)) => DisplayState::Asleep,
            (Presence::Here, Seen::Is(DisplayPower::Warming)) => DisplayState::Warming,
            (Presence::Here, Seen::Is(DisplayPower::Cooling)) => DisplayState::Cooling,
            (Presence::Here, Seen::Is(DisplayPower::On)) => match self.input {
                Seen::Is(DisplayInput::Other) => DisplayState::OtherInput,
                Seen::Is(DisplayInput::Room) | Seen::Unknown => DisplayState::On,
            },
        };
        DisplayView {
            id: self.plan.id.clone(),
            name: self.plan.name.clone(),
            state,
            by_hand: self.by_hand,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn display() -> Display {
        let mut display = Display::new(DisplayPlan {
            id: DisplayId::new("main"),
            name: "Main".to_owned(),
        });
        display.read(DisplaySeen::Here, Mono(0));
        display
    }

    fn power(display: &mut Display, power: DisplayPower) {
        display.read(DisplaySeen::Power(power), Mono(0));
    }

    #[test]
    fn is_told_once_and_then_waited_for() {
        let mut display = display();
        power(&mut display, DisplayPower::Standby);
        display.show(Need::Notice);
        assert_eq!(display.due(), Some(DisplayCommand::Show));
        power(&mut display, DisplayPower::Warming);
        assert_eq!(display.due(), None);
        power(&mut display, DisplayPower::On);
        assert!(!display.view().by_hand);
        assert_eq!(display.view().state, DisplayState::On);
    }

    #[test]
    fn one_that_is_as_wanted_is_told_nothing() {
        let mut display = display();
        power(&mut display, DisplayPower::On);
        display.show(Need::Call);
        assert_eq!(display.due(), None);
    }

    #[test]
    fn switched_by_hand_it_is_left_alone_until_more_is_needed() {
        let mut display = display();
        display.show(Need::Notice);
        assert_eq!(display.due(), Some(DisplayCommand::Show));
        power(&mut display, DisplayPower::On);
        power(&mut display, DisplayPower::Standby);
        assert_eq!(display.due(), None);
        assert!(display.view().by_hand);
        display.show(Need::Call);
        assert_eq!(display.due(), Some(DisplayCommand::Show));
    }

    #[test]
    fn somebodys_own_device_is_taken_off_the_screen_only_for_a_call() {
        let mut display = display();
        power(&mut display, DisplayPower::On);
        display.read(DisplaySeen::Input(DisplayInput::Other), Mono(0));
        display.show(Need::Notice);
        assert_eq!(display.due(), None);
        display.rest();
        assert_eq!(display.due(), None);
        display.show(Need::Call);
        assert_eq!(display.due(), Some(DisplayCommand::Show));
    }

    #[test]
    fn one_that_returns_is_told_what_is_wanted_now() {
        let mut display = display();
        display.show(Need::Call);
        assert_eq!(display.due(), Some(DisplayCommand::Show));
        display.read(DisplaySeen::Gone(DisplayFailure::NoAnswer), Mono(5));
        assert_eq!(display.gone(), Some((DisplayFailure::NoAnswer, Mono(5))));
        display.rest();
        assert_eq!(display.due(), None);
        display.read(DisplaySeen::Here, Mono(9));
        assert_eq!(display.due(), Some(DisplayCommand::Standby));
        assert_eq!(display.gone(), None);
    }

    #[test]
    fn one_that_refuses_is_a_fault_until_it_obeys() {
        let mut display = display();
        display.show(Need::Call);
        assert_eq!(display.due(), Some(DisplayCommand::Show));
        display.read(DisplaySeen::Refused(DisplayFailure::Disobeys), Mono(7));
        assert_eq!(display.refused(), Some((DisplayFailure::Disobeys, Mono(7))));
        power(&mut display, DisplayPower::On);
        assert_eq!(display.refused(), None);
    }
}
