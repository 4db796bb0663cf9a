//! Lines of a board, whoever drives them. What is chosen here is chosen by the room's file, never by how this was built.

mod kernel;
mod pi;

use crate::engine::button::Contact;
use crate::error::GpioError;
use core::fmt;
use room_core::units::Percent;
use std::path::PathBuf;
use std::time::Duration;
use tokio::sync::mpsc;

pub use kernel::found_lines;

/// Which hand holds the lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Driver {
    /// The kernel's GPIO character device, on every board.
    #[default]
    Kernel,
    /// A Raspberry Pi's own registers: hardware PWM for lamps.
    RaspberryPi,
}

/// Where a line is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Place {
    /// By the name that the board gives it, such as `GPIO17`.
    Named(String),
    /// By its chip and its number there.
    At {
        /// Such as `/dev/gpiochip0`.
        chip: PathBuf,
        /// From 0.
        offset: u32,
    },
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Named(name) => write!(f, "`{name}`"),
            Place::At { chip, offset } => write!(f, "{offset} of {}", chip.display()),
        }
    }
}

/// At which voltage a line is active.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Active {
    /// At the supply's.
    #[default]
    High,
    /// At ground.
    Low,
}

/// What holds an open contact's line still.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Bias {
    /// As the board has it.
    #[default]
    AsIs,
    /// A resistor to the supply, inside the chip.
    PullUp,
    /// A resistor to ground, inside the chip.
    PullDown,
}

/// A contact's line, as it shall be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input {
    /// Where it is.
    pub line: Place,
    /// When the contact is closed.
    pub active: Active,
    /// What holds it when it is open.
    pub bias: Bias,
    /// What bounces for less is not told, when the hand can do that.
    pub debounce: Duration,
}

/// A lamp's line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// Where it is.
    pub line: Place,
    /// When the lamp is lit.
    pub active: Active,
}

/// What happened at a contact's line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edge {
    /// It changed.
    To {
        /// Since the machine started, by the kernel's clock.
        at: Duration,
        /// To this.
        contact: Contact,
    },
    /// The line is gone.
    Lost(GpioError),
}

/// More edges than this never wait: the kernel keeps a few more, and what is lost is made up by looking at the line.
pub(crate) const EDGES: usize = 64;

/// A contact's line in hand; let go when dropped.
pub trait Watched: Send {
    /// How the contact is now.
    ///
    /// # Errors
    /// When the line is gone.
    fn contact(&mut self) -> Result<Contact, GpioError>;

    /// Whether edges come after bouncing ended, so that nobody else needs to wait for that.
    fn debounced(&self) -> bool;
}

/// A lamp's line in hand. Dark when dropped.
pub trait Lit: Send {
    /// Makes the lamp so bright.
    ///
    /// # Errors
    /// When the line is gone.
    fn set(&mut self, duty: Percent) -> Result<(), GpioError>;

    /// Whether the line is driven as for a lit lamp, read back from it. Says nothing about the bulb.
    ///
    /// # Errors
    /// When the line is gone.
    fn seen(&mut self) -> Result<bool, GpioError>;

    /// Whether there is more than on and off.
    fn dims(&self) -> bool;
}

/// One board's lines.
pub trait Hand: Send + Sync {
    /// Takes a contact's line; its edges go to `edges` until the line is dropped.
    ///
    /// # Errors
    /// When the line cannot be had.
    fn watch(
        &self,
        input: &Input,
        edges: mpsc::Sender<Edge>,
    ) -> Result<Box<dyn Watched>, GpioError>;

    /// Takes a lamp's line; the lamp is dark.
    ///
    /// # Errors
    /// When the line cannot be had.
    fn lamp(&self, output: &Output) -> Result<Box<dyn Lit>, GpioError>;
}

/// The hand of this kind. Takes nothing yet.
pub fn of(driver: Driver) -> Box<dyn Hand> {
    match driver {
        Driver::Kernel => Box::new(kernel::Kernel),
        Driver::RaspberryPi => Box::new(pi::Pi),
    }
}

/// A line as the kernel knows it, for people who look for one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Used {
    /// Its chip.
    pub chip: PathBuf,
    /// Its number there.
    pub offset: u32,
    /// The board's name for it; empty when it has none.
    pub name: String,
    /// Who has it.
    pub by: Option<String>,
    /// Whether it is driven.
    pub output: bool,
}
