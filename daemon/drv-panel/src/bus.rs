//! Buses and lines of a panel: the kernel's devices (crates `linux-embedded-hal`, `gpiocdev`), or a Raspberry Pi's own (`rppal`).
//! What is chosen here is chosen by the room's file. Knows no picture.

use crate::error::PanelError;
use crate::glass::{Frame, Geometry, Glass, Oled, OnSpi, Paper, Pieces, ili9341, st7789};
use crate::kind::Kind;
use embedded_hal::digital::{ErrorType, InputPin, OutputPin};
use embedded_hal::i2c::I2c;
use embedded_hal::spi::SpiDevice;
use epd_waveshare::epd2in9_v2::Epd2in9;
use epd_waveshare::epd4in2::Epd4in2;
use epd_waveshare::prelude::WaveshareDisplay;
use gpiocdev::Request;
use gpiocdev::line::Value;
use linux_embedded_hal::spidev::{SpiModeFlags, SpidevOptions};
use linux_embedded_hal::{Delay, I2cdev, SpidevDevice};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Which hand holds the bus.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Driver {
    /// The kernel's bus devices, on every board.
    #[default]
    Kernel,
    /// A Raspberry Pi's own buses.
    RaspberryPi,
}

/// Where a line is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// By the name that the board gives it, such as `GPIO25`.
    Named(String),
    /// By its chip and its number there.
    At {
        /// Such as `/dev/gpiochip0`.
        chip: PathBuf,
        /// From 0.
        offset: u32,
    },
}

/// How a panel is connected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wiring {
    /// Which hand.
    pub driver: Driver,
    /// `/dev/i2c-1`, `/dev/spidev0.0`, `/dev/fb0`.
    pub bus: PathBuf,
    /// On I2C.
    pub address: u8,
    /// On SPI: tells commands from pictures.
    pub data: Option<Place>,
    /// On SPI: begins anew.
    pub reset: Option<Place>,
    /// Of electronic paper: when it is done.
    pub busy: Option<Place>,
    /// Switched on with the panel.
    pub light: Option<Place>,
}

/// Within the reach of all three controllers (ILI9341 datasheet, 8.1: 10 MHz for writing; most take four times that).
const COLOUR_HERTZ: u32 = 32_000_000;
/// Waveshare's own examples use 4 MHz.
const PAPER_HERTZ: u32 = 4_000_000;
/// The slowest whole refresh takes four seconds, in the cold some more. Busy for longer is broken, not busy.
const BUSY_LIMIT: Duration = Duration::from_secs(20);

/// Takes a panel in hand. Blocks while the panel wakes up.
///
/// # Errors
/// What stands in the way, by name.
pub fn open(kind: Kind, wiring: &Wiring) -> Result<Box<dyn Glass>, PanelError> {
    if let Err(error) = File::open(&wiring.bus) {
        return Err(PanelError::of(&wiring.bus, &error));
    }
    // Held as long as the panel, and let go with it.
    let light = wiring
        .light
        .as_ref()
        .map(|place| Line::output(place, Value::Active))
        .transpose()?;
    let glass = match kind {
        Kind::Framebuffer => framebuffer(&wiring.bus)?,
        Kind::Ssd1306 => match wiring.driver {
            Driver::Kernel => oled(
                I2cdev::new(&wiring.bus).map_err(PanelError::broken)?,
                wiring.address,
            )?,
            Driver::RaspberryPi => {
                let bus = rppal::i2c::I2c::with_bus(number(&wiring.bus, "i2c-")?);
                oled(bus.map_err(PanelError::broken)?, wiring.address)?
            }
        },
        Kind::St7789 | Kind::Ili9341 | Kind::Paper29 | Kind::Paper42 => match wiring.driver {
            Driver::Kernel => on_spi(kind, wiring, kernel_spi(&wiring.bus, hertz(kind))?)?,
            Driver::RaspberryPi => on_spi(kind, wiring, pi_spi(&wiring.bus, hertz(kind))?)?,
        },
    };
    Ok(Box::new(Lit {
        glass,
        _light: light,
    }))
}

fn hertz(kind: Kind) -> u32 {
    match kind {
        Kind::Paper29 | Kind::Paper42 => PAPER_HERTZ,
        Kind::Ssd1306 | Kind::St7789 | Kind::Ili9341 | Kind::Framebuffer => COLOUR_HERTZ,
    }
}

/// A panel whose light burns while it is in hand.
struct Lit {
    glass: Box<dyn Glass>,
    _light: Option<Line>,
}

impl Glass for Lit {
    fn show(&mut self, show: &crate::show::Show) -> Result<(), PanelError> {
        self.glass.show(show)
    }

    fn blank(&mut self) -> Result<(), PanelError> {
        self.glass.blank()
    }
}

fn framebuffer(path: &Path) -> Result<Box<dyn Glass>, PanelError> {
    let name = path.file_name().unwrap_or_default();
    let geometry = Geometry::read(&Path::new("/sys/class/graphics").join(name))?;
    Ok(Box::new(Frame::open(path, geometry)?))
}

fn oled<I: I2c + 'static>(bus: I, address: u8) -> Result<Box<dyn Glass>, PanelError> {
    Ok(Box::new(Oled::open(bus, address)?))
}

fn on_spi<S: SpiDevice + 'static>(
    kind: Kind,
    wiring: &Wiring,
    mut spi: S,
) -> Result<Box<dyn Glass>, PanelError> {
    let data = Line::needed(wiring.data.as_ref(), "data")?;
    let reset = Line::needed(wiring.reset.as_ref(), "reset")?;
    let mut delay = Delay;
    if let Kind::St7789 | Kind::Ili9341 = kind {
        let interface = Pieces::new(spi, data);
        return Ok(match kind {
            Kind::St7789 => Box::new(st7789(interface, reset, &mut delay)?),
            _ => Box::new(ili9341(interface, reset, &mut delay)?),
        });
    }
    let busy = Busy::new(wiring.busy.as_ref(), kind)?;
    Ok(match kind {
        Kind::Paper29 => {
            let epd = Epd2in9::new(&mut spi, busy, data, reset, &mut delay, None)
                .map_err(PanelError::broken)?;
            Box::new(Paper::new(OnSpi::new(epd, spi, delay), kind))
        }
        _ => {
            let epd = Epd4in2::new(&mut spi, busy, data, reset, &mut delay, None)
                .map_err(PanelError::broken)?;
            Box::new(Paper::new(OnSpi::new(epd, spi, delay), kind))
        }
    })
}

fn kernel_spi(path: &Path, hertz: u32) -> Result<SpidevDevice, PanelError> {
    let mut spi = SpidevDevice::open(path).map_err(PanelError::broken)?;
    let options = SpidevOptions::new()
        .max_speed_hz(hertz)
        .mode(SpiModeFlags::SPI_MODE_0)
        .build();
    spi.configure(&options)
        .map_err(|e| PanelError::of(path, &e))?;
    Ok(spi)
}

/// `/dev/spidev0.1` is bus 0, select 1.
fn pi_spi(path: &Path, hertz: u32) -> Result<rppal::spi::SimpleHalSpiDevice, PanelError> {
    use rppal::spi::{Bus, Mode, SimpleHalSpiDevice, SlaveSelect, Spi};
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let (bus, select) = match name.as_ref() {
        "spidev0.0" => (Bus::Spi0, SlaveSelect::Ss0),
        "spidev0.1" => (Bus::Spi0, SlaveSelect::Ss1),
        "spidev1.0" => (Bus::Spi1, SlaveSelect::Ss0),
        "spidev1.1" => (Bus::Spi1, SlaveSelect::Ss1),
        "spidev1.2" => (Bus::Spi1, SlaveSelect::Ss2),
        _ => return Err(PanelError::Absent(path.to_owned())),
    };
    let spi = Spi::new(bus, select, hertz, Mode::Mode0).map_err(PanelError::broken)?;
    Ok(SimpleHalSpiDevice::new(spi))
}

fn number(path: &Path, prefix: &str) -> Result<u8, PanelError> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let number = name
        .strip_prefix(prefix)
        .and_then(|number| number.parse().ok());
    number.ok_or_else(|| PanelError::Absent(path.to_owned()))
}

/// A line of the kernel's, as `embedded-hal` wants it.
struct Line(Request);

impl Line {
    fn needed(place: Option<&Place>, name: &'static str) -> Result<Line, PanelError> {
        let place = place.ok_or(PanelError::NeedsLine(name))?;
        Line::output(place, Value::Active)
    }

    fn output(place: &Place, value: Value) -> Result<Line, PanelError> {
        let mut builder = Line::builder(place)?;
        builder.as_output(value);
        builder.request().map(Line).map_err(PanelError::broken)
    }

    fn input(place: &Place) -> Result<Line, PanelError> {
        let mut builder = Line::builder(place)?;
        builder.as_input();
        builder.request().map(Line).map_err(PanelError::broken)
    }

    fn builder(place: &Place) -> Result<gpiocdev::request::Builder, PanelError> {
        let mut builder = Request::builder();
        builder.with_consumer("roomd panel");
        match place {
            Place::At { chip, offset } => {
                File::open(chip).map_err(|e| PanelError::of(chip, &e))?;
                builder.on_chip(chip).with_line(*offset);
            }
            Place::Named(name) => {
                let found = gpiocdev::find_named_line(name);
                let found = found.ok_or_else(|| PanelError::NoLine(name.clone()))?;
                builder.with_found_line(&found);
            }
        }
        Ok(builder)
    }
}

/// A line that cannot be driven or read.
#[derive(Debug)]
struct LineError;

impl embedded_hal::digital::Error for LineError {
    fn kind(&self) -> embedded_hal::digital::ErrorKind {
        embedded_hal::digital::ErrorKind::Other
    }
}

impl ErrorType for Line {
    type Error = LineError;
}

impl OutputPin for Line {
    fn set_low(&mut self) -> Result<(), LineError> {
        self.0
            .set_lone_value(Value::Inactive)
            .map_err(|_| LineError)
    }

    fn set_high(&mut self) -> Result<(), LineError> {
        self.0.set_lone_value(Value::Active).map_err(|_| LineError)
    }
}

/// The busy line of electronic paper. The crate waits for it without a limit; this one stops being busy after a while.
struct Busy {
    line: Line,
    /// The level that means busy.
    busy: Value,
    since: Option<Instant>,
}

impl Busy {
    fn new(place: Option<&Place>, kind: Kind) -> Result<Busy, PanelError> {
        let place = place.ok_or(PanelError::NeedsLine("busy"))?;
        Ok(Busy {
            line: Line::input(place)?,
            // The 2.9 inch controller (SSD1680) says busy by high, the 4.2 inch one (UC8176) by low.
            busy: match kind {
                Kind::Paper29 => Value::Active,
                _ => Value::Inactive,
            },
            since: None,
        })
    }

    fn level(&mut self) -> Result<Value, LineError> {
        let value = self.line.0.lone_value().map_err(|_| LineError)?;
        if value != self.busy {
            self.since = None;
            return Ok(value);
        }
        let since = *self.since.get_or_insert_with(Instant::now);
        match since.elapsed() > BUSY_LIMIT {
            true => Err(LineError),
            false => Ok(value),
        }
    }
}

impl ErrorType for Busy {
    type Error = LineError;
}

impl InputPin for Busy {
    fn is_high(&mut self) -> Result<bool, LineError> {
        self.level().map(|value| value == Value::Active)
    }

    fn is_low(&mut self) -> Result<bool, LineError> {
        self.level().map(|value| value == Value::Inactive)
    }
}
