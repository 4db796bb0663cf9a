//! A second, simpler judge: looks at what really happened in the world, never at how the room came to it.

use super::diary::MINUTE;
use super::page::{Page, Place, Wanted};
use room_core::event::{Event, Key, KeyPress, Press};
use room_core::units::{Seen, Switch};
use room_core::view::{Phase, View};
use std::collections::BTreeMap;

/// A call that lost its sound has it again by then, also one that must hold for two minutes before it may be joined anew.
const HEARD_WITHIN: u64 = 4 * MINUTE;

/// What the judge remembers.
#[derive(Debug, Default)]
pub struct Judge {
    /// Meetings that somebody ended for the room, and when.
    shut: BTreeMap<String, u64>,
    /// When a person last asked to join anything.
    asked: Option<u64>,
    mic: ByTheRoom,
    camera: ByTheRoom,
    last_name: Option<String>,
    /// Whether a crash may be followed by what was open before.
    restores: bool,
    /// Meetings that were attended.
    pub attended: u64,
}

/// Whether somebody in the room opened it, in this very stay.
#[derive(Debug, Default, Clone, Copy)]
struct ByTheRoom {
    opened: bool,
}

/// What is wrong.
pub type Verdict = Result<(), String>;

impl Judge {
    /// A judge of a room that does or does not restore what was open.
    pub fn new(restores: bool) -> Judge {
        Judge {
            restores,
            ..Judge::default()
        }
    }

    /// A person or a machine pressed something.
    pub fn pressed(&mut self, event: &Event, now: u64) {
        let Event::Pressed { press, origin } = event else {
            return;
        };
        let (gate, value) = match press {
            Press::Mic(value) => (&mut self.mic, *value),
            Press::Camera(value) => (&mut self.camera, *value),
            Press::Key(Key::Mute, KeyPress::Short) => (&mut self.mic, Switch::Open),
            Press::Join(_) | Press::JoinStanding | Press::Retry | Press::Key(Key::Main, _) => {
                self.asked = Some(now);
                return;
            }
            _ => return,
        };
        match value {
            Switch::Open => gate.opened |= origin.in_room(),
            Switch::Closed => gate.opened = false,
        }
    }

    /// A page is opened or entered.
    pub fn goes_to(&mut self, name: &str, existing: Option<&Page>, enters: bool) -> Verdict {
        if let Some(page) = existing {
            return Err(format!(
                "{name} is opened while {} is there ({:?})",
                page.name, page.place
            ));
        }
        if self.last_name.as_deref() != Some(name) || !self.restores {
            self.mic = ByTheRoom::default();
            self.camera = ByTheRoom::default();
        }
        self.last_name = Some(name.to_owned());
        if enters { self.enters(name) } else { Ok(()) }
    }

    /// The room enters a page.
    pub fn enters(&mut self, name: &str) -> Verdict {
        match self.shut.get(name) {
            Some(at) if self.asked.is_none_or(|asked| asked <= *at) => Err(format!(
                "{name} was ended for the room, and nobody asked to go back"
            )),
            _ => Ok(()),
        }
    }

    /// Somebody ended it for the room.
    pub fn ended(&mut self, name: &str, now: u64) {
        self.shut.insert(name.to_owned(), now);
    }

    /// The page is told to open its microphone or camera.
    pub fn opens(&self, what: &str) -> Verdict {
        let gate = if what == "mic" { self.mic } else { self.camera };
        match gate.opened {
            true => Ok(()),
            false => Err(format!("{what} is opened, and nobody in the room did it")),
        }
    }

    /// Some time after the room came in.
    pub fn looks_in(&self, page: &Page) -> Verdict {
        let inside = page.place == Place::Inside && !page.frozen;
        if inside && page.mic == Switch::Open && !self.mic.opened {
            return Err(format!("the microphone of {} is live by itself", page.name));
        }
        Ok(())
    }

    /// Nothing is on its way between page and room: the lamp must be right, or say that it does not know. `below`: whether
    /// the room's own sound lets anything through; then a closed page alone is not closed.
    pub fn reads_the_lamp(&self, page: Option<&Page>, view: &View, below: bool) -> Verdict {
        let live = page.filter(|p| !p.frozen && p.place == Place::Inside);
        let Some(page) = live else {
            return Ok(());
        };
        match view.mic.seen {
            Seen::Is(Switch::Open) if below && view.sound.is_some() => Ok(()),
            Seen::Is(Switch::Closed) if below && view.sound.is_some() => {
                Err("the lamp says closed, and the sound below is open".to_owned())
            }
            Seen::Is(shown) if shown != page.mic => Err(format!(
                "the lamp says {shown:?}, the page {:?}, in {:?}",
                page.mic, view.phase
            )),
            Seen::Is(_) | Seen::Unknown => Ok(()),
        }
    }

    /// The sound server is there for a while, and so is the room: then the conference hears it, if it opens its microphone.
    pub fn is_heard(&self, page: Option<&Page>, server_since: Option<u64>, now: u64) -> Verdict {
        let inside = page.filter(|p| p.place == Place::Inside && p.wanted == Wanted::Join);
        let Some((page, server)) = inside.zip(server_since) else {
            return Ok(());
        };
        let since = server.max(page.inside_since.unwrap_or(now));
        match page.unheard && now >= since + HEARD_WITHIN {
            true => Err(format!("nobody hears the room in {}", page.name)),
            false => Ok(()),
        }
    }

    /// In the small hours everything must have come to rest.
    pub fn at_night(&self, page: Option<&Page>, view: &View) -> Verdict {
        match page {
            Some(page) => Err(format!(
                "{} is still open in the night: {:?}",
                page.name, view.phase
            )),
            None if view.phase != Phase::Standby => Err(format!("in the night: {:?}", view.phase)),
            None => Ok(()),
        }
    }

    /// When all is calm, the room is where it is booked, some minutes after the begin.
    pub fn attends(&mut self, name: &str, page: Option<&Page>) -> Verdict {
        let there = page.is_some_and(|p| p.name == name && p.place == Place::Inside);
        self.attended += u64::from(there);
        match there {
            true => Ok(()),
            false => Err(format!(
                "{name} has begun and the room is at {:?}",
                page.map(|p| (&p.name, p.place))
            )),
        }
    }
}
