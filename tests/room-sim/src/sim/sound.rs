//! The room's own sound in the simulated world: a card with a switch and a key, a graph that is slow or deaf, a preflight.

use super::page::{Page, Place};
use super::{DAY, HOUR, Happening, MINUTE, Source, World};
use crate::story::right;
use room_core::event::{CallSeen, Event};
use room_core::failure::SoundFailure;
use room_core::ids::SoundId;
use room_core::preflight::{
    Coming, Evening, Hours, Light, MeetingJudged, PreflightCommand, PreflightSeen,
};
use room_core::sound::{CardSeen, MicSeen, SoundCommand, SoundRole, SoundSeen};
use room_core::units::{Mono, Percent, Seen, Switch, Wall};

/// An order gets lost so often in a thousand.
const LOST: u64 = 20;

/// What card and graph really are.
#[derive(Debug, Clone, Copy)]
pub struct SoundWorld {
    card: Switch,
    graph: Switch,
    volume: u8,
    up: bool,
    /// When the server came up last.
    since: u64,
    /// The browser keeps to a server that is gone.
    stale: bool,
}

impl Default for SoundWorld {
    fn default() -> Self {
        SoundWorld {
            card: Switch::Open,
            graph: Switch::Open,
            volume: 70,
            up: true,
            since: 0,
            stale: false,
        }
    }
}

impl SoundWorld {
    /// Whether anything is let through, as far as it can be known.
    pub fn open(self) -> bool {
        self.up && (self.card == Switch::Open || self.graph == Switch::Open)
    }

    /// Whether pages that begin now hang on nothing.
    pub fn keeps_to_a_dead_server(self) -> bool {
        self.stale
    }

    /// Since when the server runs, if it does.
    pub fn up_since(self) -> Option<u64> {
        self.up.then_some(self.since)
    }

    /// A new browser, or new sound for it, takes the server that there is.
    pub fn browser_begins(&mut self) {
        self.stale = !self.up;
    }
}

impl World {
    pub(super) fn command_sound(&mut self, command: SoundCommand) {
        if !self.sound.up || self.dice.mishap(LOST) {
            return;
        }
        match command {
            SoundCommand::Microphone(value) => {
                self.sound.graph = value;
                let deaf = self.dice.mishap(LOST);
                if !deaf {
                    self.sound.card = value;
                }
                self.tell_mic();
            }
            SoundCommand::Volume(value) => {
                self.sound.volume = value.get();
                self.tell_sound(SoundSeen::Volume(value));
            }
            SoundCommand::Echo(_) => {}
            SoundCommand::Reset => self.tell_sound(SoundSeen::Rebuilt),
        }
    }

    pub(super) fn command_preflight(&mut self, command: &PreflightCommand) {
        let (run, seen) = match command {
            PreflightCommand::Start { run, .. } => {
                self.proofs += 1;
                let light = *self.dice.one_of(&[Light::Green, Light::Yellow, Light::Red]);
                let seen = match self.dice.mishap(200) {
                    true => PreflightSeen::Occupied,
                    false => PreflightSeen::Judged(light, Vec::new()),
                };
                (*run, seen)
            }
            PreflightCommand::LookAhead { run, meetings } => {
                let judged = |meeting: &Coming| MeetingJudged {
                    start: meeting.start,
                    light: Light::Green,
                    codes: Vec::new(),
                };
                (
                    *run,
                    PreflightSeen::Ahead(meetings.iter().map(judged).collect()),
                )
            }
            PreflightCommand::Stop => return,
        };
        let after = self.dice.between(1000, 30_000);
        let told = Event::Preflight(run, seen);
        self.later(
            after,
            Happening::Told(self.life, Box::new(told), Source::Other),
        );
    }

    /// The operator's hours of this day and the next: a night at three, quiet from ten to six, a look ahead at six.
    pub(super) fn tell_hours(&mut self) {
        let today = i64::try_from(self.now / DAY).unwrap_or(0);
        let mut hours = Hours::default();
        for day in today - 1..=today + 1 {
            let at = |hour: i64| {
                let since = (day * 24 + hour) * i64::try_from(HOUR).unwrap_or(0);
                Wall(right(Mono(0)).0 + since)
            };
            hours.nights.push(at(3));
            hours.quiet.push((at(22), at(30)));
            hours.evenings.push(Evening {
                at: at(18),
                from: at(24),
                until: at(48),
            });
        }
        self.tell(Event::Hours(hours), Source::Other);
    }

    /// A hand at the device itself: the room follows when it closes, and closes again what it opens.
    pub(super) fn press_mic_key(&mut self) {
        self.sound.card = match self.sound.card {
            Switch::Open => Switch::Closed,
            Switch::Closed => Switch::Open,
        };
        self.tell_mic();
    }

    /// What a page captured ends; whether the room hears of that before or after the server's end is chance.
    pub(super) fn lose_sound(&mut self) {
        self.sound.up = false;
        self.sound.stale = true;
        let first = self.dice.chance(500);
        if first {
            self.end_capture();
        }
        self.tell_sound(SoundSeen::Down(SoundFailure::ServerGone));
        if !first {
            self.end_capture();
        }
        let after = self.dice.between(MINUTE, HOUR);
        self.later(after, Happening::SoundBack);
    }

    fn end_capture(&mut self) {
        let Some(page) = self.page.as_mut() else {
            return;
        };
        page.unheard = true;
        let open = page.mic == Switch::Open && page.place == Place::Inside && !page.frozen;
        if open && !self.dice.calm() {
            page.mic = Switch::Closed;
            let call = page.call;
            self.say(call, vec![CallSeen::Mic(Switch::Closed)]);
        }
    }

    /// Pages before the door have nothing yet that could hang on the old server.
    pub(super) fn begin_browser_sound(&mut self) {
        self.sound.browser_begins();
        let outside = |p: &&mut Page| p.place != Place::Inside;
        if let Some(page) = self.page.as_mut().filter(outside) {
            page.unheard = self.sound.stale;
        }
    }

    /// A daemon that did not see a sound server die does not mend what came of it, and is not blamed.
    pub(super) fn forget_dead_server(&mut self) {
        self.sound.stale = false;
        if let Some(page) = self.page.as_mut() {
            page.unheard = false;
        }
    }

    pub(super) fn greet_sound(&mut self) {
        self.sound.up = true;
        self.sound.since = self.now;
        self.tell_sound(SoundSeen::Up);
        for (role, id) in [
            (SoundRole::Microphone, "table"),
            (SoundRole::Loudspeaker, "front"),
            (SoundRole::Second, "foyer"),
        ] {
            self.tell_sound(SoundSeen::Using(role, Some(SoundId::new(id))));
        }
        self.tell_mic();
        self.tell_sound(SoundSeen::Volume(Percent::new(self.sound.volume)));
    }

    fn tell_mic(&mut self) {
        if self.sound.up {
            self.tell_sound(SoundSeen::Microphone(MicSeen {
                card: CardSeen::Is(self.sound.card),
                graph: Seen::Is(self.sound.graph),
            }));
        }
    }

    /// Keeps its order, as whatever comes from one owner does.
    fn tell_sound(&mut self, seen: SoundSeen) {
        if self.teller.room().view().sound.is_some() {
            self.tell(Event::Sound(seen), Source::Page);
        }
    }
}
