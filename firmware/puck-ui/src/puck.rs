//! The button as a whole: edges, bytes and times in; frames, lights and what to draw out.
//! Owns when it is awake and what a finger is answered at once. Decides nothing about the room.

use crate::draw::{Glass, Ink, Paint, draw, paints};
use crate::keys::{Did, Finger, LONG_AFTER, Level, Manner};
use crate::link::{Connection, Identity, Link, NotSent, Unconfirmed};
use crate::ring::{LIGHTS, Pattern};
use crate::screen::{Moment, Note, Screen};
use core::time::Duration;
use embedded_graphics::draw_target::DrawTarget;
use embedded_graphics::pixelcolor::Rgb888;
use embedded_graphics::primitives::Rectangle;
use heapless::Vec;
use wire::{Display, Frame, HostToPuck, Key, KeyKind, Light, Line, Mic, Ring, Text, Tongue};

/// A touched button stays bright for this long.
const AWAKE_FOR: Duration = Duration::from_secs(10);
/// What a finger is told stays for this long.
const NOTE_FOR: Duration = Duration::from_secs(3);
/// The ring tells of a press that found no host for at least this long; then it is left to a host that came back.
const LIT_FOR: Duration = Duration::from_millis(500);
/// The ring answers the mute key for this long.
const FELT_FOR: Duration = Duration::from_millis(150);
/// Without a host it glows less after this, so that a switched-off room is dark at night.
const ALONE_FOR: Duration = Duration::from_secs(60);
/// The ring moves in steps of this.
const FRAME: Duration = Duration::from_millis(20);

/// What is built in.
#[derive(Debug, Clone, Copy)]
pub struct Config {
    /// Name and version of the firmware.
    pub firmware: Text,
    /// Serial number of the chip.
    pub serial: Text,
    /// Language until a host names one.
    pub tongue: Tongue,
    /// The display.
    pub glass: Glass,
    /// The line to the host.
    pub line: Line,
    /// Why the firmware ended before this start, if it did.
    pub trouble: Option<Text>,
}

/// Areas of the display, at most one for each of its lines.
pub type Areas = Vec<Rectangle, { Screen::SLOTS }>;

/// What to show now.
#[derive(Debug, Clone)]
pub struct Output {
    /// The ring, clockwise from the top.
    pub ring: [Rgb888; LIGHTS],
    /// The display's brightness.
    pub light: Light,
    /// What of the display must be drawn again. Told once.
    pub dirty: Areas,
}

/// A table button.
#[derive(Debug, Clone)]
pub struct Puck {
    glass: Glass,
    main: Finger,
    mute: Finger,
    link: Link,
    touched: Option<Duration>,
    felt: Option<Duration>,
    note: Option<(Note, Duration)>,
    found_nobody: bool,
    alone_since: Duration,
    screen: Screen,
    drawn: Option<Screen>,
}

impl Puck {
    /// Power has just been given.
    pub fn new(config: Config) -> Puck {
        Puck {
            glass: config.glass,
            main: Finger::new(Manner::TapOrHold),
            mute: Finger::new(Manner::AtTouch),
            link: Link::new(identity(&config), config.tongue, config.trouble),
            touched: None,
            felt: None,
            note: None,
            found_nobody: false,
            alone_since: Duration::ZERO,
            screen: Screen::default(),
            drawn: None,
        }
    }

    /// A key's level changed. `at` must not go back between calls of any kind.
    pub fn edge(&mut self, key: Key, level: Level, at: Duration) {
        self.fingers(at);
        match key {
            Key::Main => self.main.edge(level, at),
            Key::Mute => self.mute.edge(level, at),
            Key::Other(_) => {}
        }
    }

    /// Bytes came from the host, split in any way.
    pub fn hear(&mut self, bytes: &[u8], at: Duration) {
        for byte in bytes {
            let unconfirmed = self.link.hear(at, *byte);
            self.note_unconfirmed(unconfirmed, at);
        }
    }

    /// A whole message came from the host.
    pub fn heard(&mut self, message: HostToPuck, at: Duration) {
        let unconfirmed = self.link.take(at, message);
        self.note_unconfirmed(unconfirmed, at);
    }

    /// A press by other means than the keys; answers its count.
    ///
    /// # Errors
    /// When it cannot be sent, which the button shows, too.
    pub fn press(&mut self, key: Key, kind: KeyKind, at: Duration) -> Result<u16, NotSent> {
        let sent = self.link.press(at, key, kind);
        if sent.is_err() {
            self.note_not_sent(at);
        }
        sent
    }

    /// Lets time pass, and tells what to show. To be called after anything else, and when [`Puck::due`] says.
    pub fn tick(&mut self, at: Duration) -> Output {
        self.fingers(at);
        let unconfirmed = self.link.tick(at);
        self.note_unconfirmed(unconfirmed, at);
        if self.link.connection(at) == Connection::Host {
            self.alone_since = at;
        }
        self.screen = Screen::of(&self.moment(at));
        let dirty = self.screen.differences(self.drawn.as_ref(), self.glass);
        self.drawn = Some(self.screen);
        Output {
            ring: self.pattern(at).colours(at, self.ring_light(at)),
            light: self.light(at),
            dirty,
        }
    }

    /// The next frame to send, until there is none.
    pub fn say(&mut self, at: Duration) -> Option<Frame> {
        self.link.say(at)
    }

    /// When [`Puck::tick`] is due next.
    pub fn due(&self, at: Duration) -> Duration {
        let fingers = self.main.due().into_iter().chain(self.mute.due());
        let sooner = fingers.chain(self.link.due(at)).min();
        sooner.map_or(at + FRAME, |due| due.min(at + FRAME))
    }

    /// Draws what the last [`Puck::tick`] found. A clipped target is drawn as far as it reaches.
    ///
    /// # Errors
    /// The target's.
    pub fn draw<D>(&self, target: &mut D) -> Result<(), D::Error>
    where
        D: DrawTarget,
        D::Color: Ink,
    {
        draw(target, &self.screen)
    }

    /// The two colours of one of the parts that [`Puck::tick`] names: its ground, and its words or sign.
    pub fn inks<C: Ink>(&self, area: &Rectangle) -> [C; 2] {
        let slot = Screen::ALL
            .into_iter()
            .find(|slot| self.glass.place(*slot) == *area);
        slot.map_or([Paint::Ground, Paint::Words], |slot| {
            paints(&self.screen, slot)
        })
        .map(C::of)
    }

    /// Everything is to be drawn again, as after the display was switched on.
    pub fn redraw(&mut self) {
        self.drawn = None;
    }

    /// Whether the host wants the chip's own loader to run.
    pub fn wants_loader(&self) -> bool {
        self.link.loader()
    }

    /// Whether there is a host.
    pub fn connection(&self, at: Duration) -> Connection {
        self.link.connection(at)
    }

    /// What the host wants shown; nothing without a host.
    pub fn face(&self, at: Duration) -> Option<wire::Face> {
        self.link.face(at).copied()
    }

    /// Count of the last press, and of the last one that the host took.
    pub fn counts(&self) -> (u16, Option<u16>) {
        (self.link.count(), self.link.taken())
    }

    /// How many frames were damaged.
    pub fn damaged(&self) -> u32 {
        self.link.damaged()
    }

    fn fingers(&mut self, at: Duration) {
        while let Some(did) = self.main.next(at) {
            self.answer(Key::Main, did, at);
        }
        while let Some(did) = self.mute.next(at) {
            self.answer(Key::Mute, did, at);
        }
    }

    fn answer(&mut self, key: Key, did: Did, at: Duration) {
        self.touched = Some(at);
        match (key, did) {
            (_, Did::Press(kind)) => {
                // A refused press is noted, and a finger has nobody else to tell.
                let _ = self.press(key, kind, at);
            }
            (Key::Main, Did::Touch) => {
                if self.link.connection(at) != Connection::Host {
                    self.note_not_sent(at);
                }
            }
            (_, Did::Touch) => {
                self.felt = Some(at);
                let _ = self.press(key, KeyKind::Short, at);
            }
        }
    }

    fn note_unconfirmed(&mut self, unconfirmed: Unconfirmed, at: Duration) {
        if unconfirmed.0 {
            self.note = Some((Note::Unconfirmed, at));
            self.found_nobody = false;
        }
    }

    fn note_not_sent(&mut self, at: Duration) {
        self.note = Some((Note::NotSent, at));
        self.found_nobody = self.link.connection(at) != Connection::Host;
    }

    /// Whether the ring tells a finger that its press failed. The display does so for longer, beside what the room shows.
    fn lights_note(&self, at: Duration) -> bool {
        let Some((_, since)) = self.note.filter(|_| self.note(at).is_some()) else {
            return false;
        };
        let is_back = self.found_nobody && self.link.face(at).is_some();
        !is_back || at < since + LIT_FOR
    }

    fn note(&self, at: Duration) -> Option<Note> {
        let (note, since) = self.note?;
        (at < since + NOTE_FOR).then_some(note)
    }

    fn moment(&self, at: Duration) -> Moment<'_> {
        Moment {
            connection: self.link.connection(at),
            face: self.link.face(at),
            tongue: self.link.tongue(),
            note: self.note(at),
            held: self.main.held(at),
            light: self.light(at),
            glass: self.glass,
        }
    }

    fn pattern(&self, at: Duration) -> Pattern {
        if self.lights_note(at) {
            return Pattern::AmberHeld;
        }
        if self.link.connection(at) != Connection::Host {
            return Pattern::Amber;
        }
        if let Some(held) = self.main.held(at) {
            let share = held.as_millis() * 1000 / LONG_AFTER.as_millis();
            return Pattern::Filling(share.min(1000) as u16);
        }
        if self.felt.is_some_and(|since| at < since + FELT_FOR) {
            return Pattern::Felt;
        }
        let Some(face) = self.link.face(at) else {
            return Pattern::Off;
        };
        match (face.ring, face.mic) {
            (Ring::Off, _) => Pattern::Off,
            (Ring::Breathing, _) => Pattern::Breathing,
            (Ring::Sweep, _) => Pattern::Sweep,
            (Ring::WhiteDouble, _) => Pattern::WhiteDouble,
            (Ring::Red, Mic::Closed) => Pattern::Red,
            (Ring::Green, Mic::Open) => Pattern::Green,
            // A ring that contradicts the microphone is a fault, not a promise.
            (Ring::Red | Ring::Green | Ring::Amber | Ring::Other(_), _) => Pattern::Amber,
        }
    }

    fn light(&self, at: Duration) -> Light {
        if self.touched.is_some_and(|since| at < since + AWAKE_FOR) {
            return Light::Full;
        }
        match self.link.face(at) {
            Some(face) => face.light,
            None if at < self.alone_since + ALONE_FOR => Light::Full,
            None => Light::Dim,
        }
    }

    /// A ring in call colours is never hidden by dimming: it tells whether people are heard.
    fn ring_light(&self, at: Duration) -> Light {
        match (self.pattern(at), self.light(at)) {
            (Pattern::Red | Pattern::Green, Light::Dark) => Light::Dim,
            (_, light) => light,
        }
    }
}

fn identity(config: &Config) -> Identity {
    Identity {
        firmware: config.firmware,
        serial: config.serial,
        display: match config.glass {
            Glass::Ssd1306 => Display::Oled,
            Glass::St7789 => Display::Tft,
        },
        line: config.line,
    }
}
