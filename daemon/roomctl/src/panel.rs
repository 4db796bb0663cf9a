//! `roomctl panel`: small status panels by hand, without a daemon and even without a panel. Owns words; the driver draws.

use crate::gpio_line::GpioLine;
use crate::print;
use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};
use drv_panel::{Driver, Kind, Place, Sample, Show, Tongue, Wiring, open, picture, sample};
use std::path::PathBuf;

const HELP: &str = "\
Shows a sample screen on a small panel, without a daemon; with --png, in a picture without any panel.

Examples:
  roomctl panel --kind ssd1306 --show live --bus /dev/i2c-1
  roomctl panel --kind st7789 --show free --bus /dev/spidev0.0 --data GPIO25 --reset GPIO27
  roomctl panel --kind paper-2in9 --show failed --lang en --png screen.png

The daemon has the panel while it runs: `systemctl stop roomd` first.";

/// Shows a sample screen on a small panel, or draws it as a picture.
#[derive(Debug, Args)]
#[command(long_about = HELP)]
pub struct PanelArgs {
    /// What the panel is.
    #[arg(long)]
    kind: KindWord,
    /// Which screen.
    #[arg(long, default_value = "free")]
    show: SampleWord,
    /// In which language.
    #[arg(long, default_value = "de")]
    lang: LangWord,
    /// Draw into this file instead of a panel.
    #[arg(long, value_name = "FILE", conflicts_with = "bus")]
    png: Option<PathBuf>,
    /// Its bus, such as /dev/i2c-1, /dev/spidev0.0 or /dev/fb0.
    #[arg(long)]
    bus: Option<PathBuf>,
    /// Its address on I2C.
    #[arg(long, default_value_t = 0x3C)]
    address: u8,
    /// On SPI: the line that tells commands from pictures.
    #[arg(long, value_name = "LINE")]
    data: Option<GpioLine>,
    /// On SPI: the line that begins anew.
    #[arg(long, value_name = "LINE")]
    reset: Option<GpioLine>,
    /// Of electronic paper: the line that says when it is done.
    #[arg(long, value_name = "LINE")]
    busy: Option<GpioLine>,
    /// The line of its light.
    #[arg(long, value_name = "LINE")]
    light: Option<GpioLine>,
    /// Use a Raspberry Pi's own buses instead of the kernel's.
    #[arg(long)]
    raspberry_pi: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum KindWord {
    Ssd1306,
    St7789,
    Ili9341,
    #[value(name = "paper-2in9")]
    Paper29,
    #[value(name = "paper-4in2")]
    Paper42,
    Framebuffer,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum SampleWord {
    Free,
    Soon,
    Muted,
    Live,
    Unknown,
    Failed,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum LangWord {
    De,
    En,
}

/// Shows or draws.
///
/// # Errors
/// What stands in the way, by name.
pub fn run(args: &PanelArgs) -> Result<()> {
    let (kind, show) = (kind(args.kind), screen(args));
    if let Some(file) = &args.png {
        let png = picture(kind, &show)?;
        std::fs::write(file, png).with_context(|| format!("cannot write {}", file.display()))?;
        return print(&format!("drawn into {}", file.display()));
    }
    let Some(bus) = &args.bus else {
        bail!("name the panel's bus with --bus, such as /dev/i2c-1, or a file with --png");
    };
    let place = |line: &Option<GpioLine>| line.clone().map(Place::from);
    let wiring = Wiring {
        driver: match args.raspberry_pi {
            true => Driver::RaspberryPi,
            false => Driver::Kernel,
        },
        bus: bus.clone(),
        address: args.address,
        data: place(&args.data),
        reset: place(&args.reset),
        busy: place(&args.busy),
        light: place(&args.light),
    };
    eprintln!("waking the panel up; electronic paper takes some seconds");
    let mut glass = open(kind, &wiring)?;
    glass.show(&show)?;
    print("shown; Enter ends")?;
    std::io::stdin()
        .read_line(&mut String::new())
        .context("cannot read the keyboard")?;
    glass.blank().context("the panel does not go blank")
}

fn kind(word: KindWord) -> Kind {
    match word {
        KindWord::Ssd1306 => Kind::Ssd1306,
        KindWord::St7789 => Kind::St7789,
        KindWord::Ili9341 => Kind::Ili9341,
        KindWord::Paper29 => Kind::Paper29,
        KindWord::Paper42 => Kind::Paper42,
        KindWord::Framebuffer => Kind::Framebuffer,
    }
}

fn screen(args: &PanelArgs) -> Show {
    let which = match args.show {
        SampleWord::Free => Sample::Free,
        SampleWord::Soon => Sample::Soon,
        SampleWord::Muted => Sample::Muted,
        SampleWord::Live => Sample::Live,
        SampleWord::Unknown => Sample::Unknown,
        SampleWord::Failed => Sample::Failed,
    };
    let tongue = match args.lang {
        LangWord::De => Tongue::German,
        LangWord::En => Tongue::English,
    };
    sample(which, tongue)
}
