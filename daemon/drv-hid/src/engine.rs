//! A speakerphone's keys and lamps in step with the room, without I/O: reports and wishes in, reports and presses out.
//! Knows no node; times are on one clock that the caller chooses.
//!
//! Invariant: a key is a request. Nothing that the device says changes a lamp; only what the room saw does.
//! Invariant: the mute lamp is lit only while the room's microphone was seen closed in a call.

use crate::descriptor::{Control, Kind, Layout, Usage};
use room_core::event::{Key, KeyPress, Press};
use room_core::units::{Seen, Switch};
use std::time::Duration;

/// Many devices report a lamp that was just set as if somebody had pressed the key beside it.
const ECHO: Duration = Duration::from_millis(200);

/// What the room saw, as far as a speakerphone can show it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shows {
    /// In a call. Until this is lit, many devices say nothing about their keys.
    pub in_call: bool,
    /// The room's microphone.
    pub mic: Seen<Switch>,
}

impl Shows {
    /// No call.
    pub const IDLE: Shows = Shows {
        in_call: false,
        mic: Seen::Is(Switch::Closed),
    };

    fn lamps(self) -> Vec<Usage> {
        let mut lit = Vec::new();
        if self.in_call {
            lit.push(Usage::LED_OFF_HOOK);
            // Unknown is not shown as muted: nobody may rely on a lamp that guesses.
            if self.mic == Seen::Is(Switch::Closed) {
                lit.push(Usage::LED_MUTE);
            }
        }
        lit
    }
}

/// What the hook key is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum HookKey {
    /// Nothing.
    #[default]
    Ignored,
    /// Joins what is due; in a call, leaves it.
    Calls,
}

/// What follows.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// Write this report.
    Send(Vec<u8>),
    /// Somebody pressed this.
    Pressed(Press),
}

/// One device while it is plugged in.
#[derive(Debug)]
pub struct Phone {
    layout: Layout,
    hook_key: HookKey,
    shows: Shows,
    mute: Option<Watched>,
    hook: Option<Watched>,
}

#[derive(Debug)]
struct Watched {
    control: Control,
    last: i32,
    /// Changes before this are echoes.
    deaf_until: Duration,
}

impl Watched {
    fn of(control: Option<&Control>) -> Option<Watched> {
        control.map(|control| Watched {
            control: *control,
            last: 0,
            deaf_until: Duration::ZERO,
        })
    }

    /// The new value when it changed and is no echo.
    fn change(&mut self, now: Duration, value: Option<i32>) -> Option<i32> {
        let value = value.filter(|value| *value != self.last)?;
        self.last = value;
        (now >= self.deaf_until).then_some(value)
    }
}

impl Phone {
    /// Just plugged in, or found: all lamps are said once, whatever they were.
    pub fn begin(
        layout: Layout,
        hook_key: HookKey,
        now: Duration,
        shows: Shows,
    ) -> (Phone, Vec<Step>) {
        let mut phone = Phone {
            mute: Watched::of(layout.input(Usage::PHONE_MUTE)),
            hook: Watched::of(layout.input(Usage::HOOK_SWITCH)),
            layout,
            hook_key,
            shows,
        };
        let steps = phone.light(now, Shows::IDLE);
        (phone, steps)
    }

    /// The room saw something else.
    pub fn show(&mut self, now: Duration, shows: Shows) -> Vec<Step> {
        let before = core::mem::replace(&mut self.shows, shows);
        match before.lamps() == shows.lamps() {
            true => Vec::new(),
            false => self.light(now, before),
        }
    }

    fn light(&mut self, now: Duration, before: Shows) -> Vec<Step> {
        let (lit, was) = (self.shows.lamps(), before.lamps());
        let turned = |lamp: &Usage| lit.contains(lamp) != was.contains(lamp);
        // A new call touches both keys of many devices.
        let call = turned(&Usage::LED_OFF_HOOK);
        let deaf = |watched: &mut Option<Watched>, turned: bool| {
            if let Some(watched) = watched.as_mut().filter(|_| turned) {
                watched.deaf_until = now + ECHO;
            }
        };
        deaf(&mut self.mute, call || turned(&Usage::LED_MUTE));
        deaf(&mut self.hook, call);
        self.layout
            .lamps(&lit)
            .into_iter()
            .map(Step::Send)
            .collect()
    }

    /// The device said something.
    pub fn hear(&mut self, now: Duration, report: &[u8]) -> Vec<Step> {
        let mut steps = Vec::new();
        if let Some(mute) = &mut self.mute {
            let value = self.layout.read(&mute.control, report);
            let press = mute
                .change(now, value)
                .and_then(|v| mute_press(mute.control.kind, v));
            steps.extend(press.map(Step::Pressed));
        }
        if let Some(hook) = &mut self.hook {
            let value = self.layout.read(&hook.control, report);
            let press = hook
                .change(now, value)
                .and_then(|v| self.shows.hook_press(hook.control.kind, v));
            let press = press.filter(|_| self.hook_key == HookKey::Calls);
            steps.extend(press.map(Step::Pressed));
        }
        steps
    }
}

/// What a mute control asks for. A switch and a control with two directions say what they want; a button only that it was pressed.
fn mute_press(kind: Kind, value: i32) -> Option<Press> {
    match (kind, value) {
        (Kind::Button, 1) => Some(Press::Key(Key::Mute, KeyPress::Short)),
        (Kind::Switch | Kind::UpDown, 1) => Some(Press::Mic(Switch::Closed)),
        (Kind::Switch, 0) | (Kind::UpDown, -1) => Some(Press::Mic(Switch::Open)),
        _ => None,
    }
}

impl Shows {
    fn hook_press(self, kind: Kind, value: i32) -> Option<Press> {
        match (kind, value, self.in_call) {
            (Kind::Button, 1, true) | (Kind::Switch, 0, true) => Some(Press::Leave),
            (Kind::Button | Kind::Switch, 1, false) => Some(Press::Join(None)),
            _ => None,
        }
    }
}

#[cfg(test)]
#[path = "engine_tests.rs"]
mod tests;
