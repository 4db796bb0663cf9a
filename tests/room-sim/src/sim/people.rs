//! What people press, looking at the panel as people do; and what machines press from afar.

use super::dice::Dice;
use room_core::event::{Drive, Event, HeadPress, Key, KeyPress, Origin, Press};
use room_core::hand::{Hand, PageKey, Spot, Typed};
use room_core::ids::{HeadId, Private};
use room_core::units::{Percent, PresetNumber, Speed, Switch};
use room_core::view::{Offer, Phase, View};

/// What somebody presses now, if anybody does. `code` is the right passcode, when there is one.
pub fn press(dice: &mut Dice, view: &View, code: Option<&str>) -> Option<Event> {
    let origin = *dice.one_of(&[Origin::Panel, Origin::Panel, Origin::Puck]);
    let press = match &view.phase {
        Phase::AsksPasscode { .. } => passcode(dice, code),
        Phase::Announced { joins_at: None, .. } if dice.chance(150) => press_join(dice, view),
        Phase::PersonNeeded(_) if dice.chance(200) => Press::Hand(hand(dice)),
        Phase::InCall { .. } if dice.chance(120) => in_call(dice),
        Phase::Failed { retry: true, .. } if dice.chance(100) => Press::Retry,
        Phase::Failed { .. } | Phase::Ended(_) if dice.chance(100) => Press::Dismiss,
        _ if dice.chance(4) => anything(dice, view),
        _ if dice.chance(4) => return Some(from_afar(dice)),
        _ => return None,
    };
    Some(Event::Pressed { press, origin })
}

fn passcode(dice: &mut Dice, code: Option<&str>) -> Press {
    let right = code.filter(|_| dice.chance(800)).unwrap_or("0000");
    Press::Passcode(Private::new(right))
}

fn hand(dice: &mut Dice) -> Hand {
    let at = Spot::new(5_000, 5_000);
    match dice.between(0, 4) {
        0 => Hand::Scroll { at, by: 50 },
        1 => Hand::Type(Typed::new("Huddle")),
        2 => Hand::Key(PageKey::Enter),
        _ => Hand::Tap(at),
    }
}

fn press_join(dice: &mut Dice, view: &View) -> Press {
    match view.offers.first() {
        Some(Offer::Join(id)) if dice.chance(500) => Press::Join(Some(id.clone())),
        _ => Press::Key(Key::Main, KeyPress::Short),
    }
}

fn in_call(dice: &mut Dice) -> Press {
    let switch = *dice.one_of(&[Switch::Open, Switch::Open, Switch::Closed]);
    let head = |press| Press::Head(HeadId::new("front"), press);
    match dice.between(0, 10) {
        0..=3 => Press::Mic(switch),
        4 => Press::Camera(switch),
        5 => Press::Key(Key::Mute, KeyPress::Short),
        6 => head(HeadPress::Preset(PresetNumber(
            1 + u8::try_from(dice.between(0, 3)).unwrap_or(0),
        ))),
        7 => head(HeadPress::Drive(Drive {
            pan: Speed::new(30),
            ..Drive::default()
        })),
        8 => head(HeadPress::Stop),
        _ => Press::Volume(Percent::new(
            u8::try_from(dice.between(0, 101)).unwrap_or(50),
        )),
    }
}

fn anything(dice: &mut Dice, view: &View) -> Press {
    match dice.between(0, 6) {
        0 => Press::Leave,
        1 => Press::Extend,
        2 => Press::JoinStanding,
        3 => Press::Key(Key::Main, KeyPress::Long),
        4 => Press::Mic(Switch::Open),
        _ => press_join(dice, view),
    }
}

fn from_afar(dice: &mut Dice) -> Event {
    let presses = [
        Press::Mic(Switch::Open),
        Press::Camera(Switch::Open),
        Press::Mic(Switch::Closed),
        Press::Key(Key::Mute, KeyPress::Short),
        Press::Hand(Hand::Key(PageKey::Enter)),
    ];
    Event::Pressed {
        press: dice.one_of(&presses).clone(),
        origin: *dice.one_of(&[Origin::Fleet, Origin::Console]),
    }
}
