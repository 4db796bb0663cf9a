//! The button around `puck-ui`: what one turn of the loop takes and gives, frames that wait for the line, areas that
//! wait for the display. Everything runs on one core in one loop; nothing here keeps it for long but drawing a part of a
//! screen into memory.

use core::cell::RefCell;
use core::time::Duration;
use embassy_futures::select::Either4;
use embassy_sync::blocking_mutex::raw::NoopRawMutex;
use embassy_sync::channel::Channel;
use embassy_sync::signal::Signal;
use embedded_graphics::pixelcolor::RgbColor;
use embedded_graphics::primitives::Rectangle;
use puck_ui::{Areas, Config, Key, LIGHTS, Level, Output, Puck};
use wire::{Frame, Light};

/// A display that screens are drawn on. One that is not there, or came off its wires, is no reason to stop: keys and ring
/// go on. So errors end in here.
#[allow(async_fn_in_trait, reason = "one core, one loop: nothing is sent")]
pub trait Panel {
    /// Switches it on.
    async fn begin(&mut self);

    /// Draws a part of the screen into memory.
    fn draw(&mut self, puck: &Puck, area: &Rectangle);

    /// Makes what was drawn seen, while keys and line have their turns.
    async fn show(&mut self);

    /// Sets its brightness.
    async fn shine(&mut self, light: Light);
}

/// What one turn of the loop asks of the chip.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Turn {
    /// Red, green and blue of each light, clockwise from the top; nothing when they stay as they are.
    pub ring: Option<[[u8; 3]; LIGHTS]>,
    /// When the next turn is due, if nothing else happens.
    pub due: Duration,
    /// The chip's own loader is wanted.
    pub loader: bool,
}

/// How a wait has ended: the big key moved, the mute key moved, bytes came, or [`still`] did.
pub type Happened = Either4<(), (), (), ()>;

/// Until the next turn is due, or at once when the keys no longer stand as they were felt. To be polled after the waits for their
/// edges, which begin with their first poll: so no move is lost between two waits.
pub async fn still(stand: impl FnOnce() -> bool, due: impl Future<Output = ()>) {
    if stand() {
        due.await;
    }
}

struct Inside {
    puck: Puck,
    levels: [Level; 2],
    ring: Option<[[u8; 3]; LIGHTS]>,
    areas: Areas,
    light: Option<Light>,
}

/// The button without its chip's lines.
pub struct Body {
    inside: RefCell<Inside>,
    heard: Signal<NoopRawMutex, ()>,
    to_draw: Signal<NoopRawMutex, ()>,
    /// More frames wait inside the button, where they stay fresh.
    to_say: Channel<NoopRawMutex, Frame, 2>,
}

const KEYS: [Key; 2] = [Key::Main, Key::Mute];

impl Body {
    /// Power has just been given.
    pub fn new(config: Config) -> Body {
        Body {
            inside: RefCell::new(Inside {
                puck: Puck::new(config),
                levels: [Level::Up; 2],
                ring: None,
                areas: Areas::new(),
                light: None,
            }),
            heard: Signal::new(),
            to_draw: Signal::new(),
            to_say: Channel::new(),
        }
    }

    /// Bytes came over the line; a turn is due.
    pub fn hear(&self, bytes: &[u8], at: Duration) {
        self.inside.borrow_mut().puck.hear(bytes, at);
        self.heard.signal(());
    }

    /// Until bytes came.
    pub async fn heard(&self) {
        self.heard.wait().await;
    }

    /// The next frame for the line.
    pub async fn frame(&self) -> Frame {
        self.to_say.receive().await
    }

    /// How the big key and the mute key stand now, and how the wait before has ended. A key that moved and stands as before has
    /// bounced; one that stands otherwise has moved between two looks.
    pub fn feel(&self, levels: [Level; 2], happened: Happened, at: Duration) {
        let moved = match happened {
            Either4::First(()) => Some(Key::Main),
            Either4::Second(()) => Some(Key::Mute),
            Either4::Third(()) | Either4::Fourth(()) => None,
        };
        let inside = &mut *self.inside.borrow_mut();
        for ((key, level), last) in KEYS.into_iter().zip(levels).zip(&mut inside.levels) {
            if moved == Some(key) || *last != level {
                *last = level;
                inside.puck.edge(key, level, at);
            }
        }
    }

    /// One turn: to be made after anything that happened, and when the last one says.
    pub fn turn(&self, at: Duration) -> Turn {
        let inside = &mut *self.inside.borrow_mut();
        let Output { ring, light, dirty } = inside.puck.tick(at);
        while !self.to_say.is_full() {
            let Some(frame) = inside.puck.say(at) else {
                break;
            };
            // There is room: nobody else puts frames in.
            let _ = self.to_say.try_send(frame);
        }
        for area in &dirty {
            if !inside.areas.contains(area) {
                // There is room for every area of a display, and each is kept once.
                let _ = inside.areas.push(*area);
            }
        }
        if !dirty.is_empty() || inside.light != Some(light) {
            inside.light = Some(light);
            self.to_draw.signal(());
        }
        let ring = ring.map(|c| [c.r(), c.g(), c.b()]);
        Turn {
            ring: (inside.ring.replace(ring) != Some(ring)).then_some(ring),
            due: inside.puck.due(at),
            loader: inside.puck.wants_loader(),
        }
    }

    /// Keeps a display in step, for ever.
    pub async fn paint(&self, mut panel: impl Panel) {
        panel.begin().await;
        self.inside.borrow_mut().puck.redraw();
        loop {
            self.to_draw.wait().await;
            self.paint_once(&mut panel).await;
        }
    }

    async fn paint_once(&self, panel: &mut impl Panel) {
        let (areas, light) = {
            let inside = &mut *self.inside.borrow_mut();
            (core::mem::take(&mut inside.areas), inside.light)
        };
        for area in &areas {
            panel.draw(&self.inside.borrow().puck, area);
            panel.show().await;
        }
        if let Some(light) = light {
            panel.shine(light).await;
        }
    }
}
