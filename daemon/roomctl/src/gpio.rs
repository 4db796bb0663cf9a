//! `roomctl gpio` and `roomctl lamp`: lines, buttons and lamps by hand, without a daemon. Owns words; the driver does the rest.

use crate::gpio_line::GpioLine;
use crate::print;
use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand, ValueEnum};
use drv_gpio::hand::{Input, Output, of};
use drv_gpio::{
    Active, Bias, ButtonConfig, Driver, LampConfig, Light, Pattern, Used, channel, found_lines,
    serve_button, serve_lamp,
};
use room_core::event::{Event, FittingSeen, Key, KeyPress, Press};
use room_core::ids::FittingId;
use room_core::units::Percent;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::sync::mpsc;

const GPIO_HELP: &str = "\
Looks at lines of GPIO and tries buttons and lamps, without a daemon.

Examples:
  roomctl gpio list                            which lines there are, and who has them
  roomctl gpio list --json                     the same for other programs
  roomctl gpio watch GPIO27 --pull up          press the button: each press is said once
  roomctl gpio watch /dev/gpiochip0:27         the same by chip and number
  roomctl gpio set GPIO17 on                   the lamp burns until Ctrl-C

A line that the daemon has is in use: `systemctl stop roomd` first.";

/// Looks at lines of GPIO, and tries buttons and lamps without a daemon.
#[derive(Debug, Args)]
#[command(long_about = GPIO_HELP)]
pub struct GpioArgs {
    /// As JSON; of `watch`, one line for each press. Nothing of `set`.
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Shows every line: chip, number, name, and who has it.
    List,
    /// Watches a button and says each press, until Ctrl-C.
    Watch {
        /// The line's name, or CHIP:NUMBER.
        line: GpioLine,
        /// At which voltage it is pressed.
        #[arg(long, default_value = "low")]
        active: Level,
        /// What holds the line while nobody presses.
        #[arg(long, default_value = "up")]
        pull: Pull,
        /// Seconds after which a press is a long one; without it, every press is told at once.
        #[arg(long, value_name = "SECONDS")]
        hold: Option<u64>,
        #[command(flatten)]
        hand: Hand,
    },
    /// Drives a line until Ctrl-C.
    Set {
        /// The line's name, or CHIP:NUMBER.
        line: GpioLine,
        /// What it shall be.
        to: OnOff,
        #[command(flatten)]
        output: LampOutput,
    },
}

/// Lights a lamp in a pattern until Ctrl-C, without a daemon: `roomctl lamp GPIO17 blink-slow`.
#[derive(Debug, Args)]
pub struct LampArgs {
    /// The line's name, or CHIP:NUMBER.
    line: GpioLine,
    /// What it does.
    pattern: LampPattern,
    /// How bright it is when lit, in percent, where the line can be dimmed.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u8).range(1..=100))]
    brightness: u8,
    #[command(flatten)]
    output: LampOutput,
}

#[derive(Debug, Args)]
struct LampOutput {
    /// At which voltage it is lit.
    #[arg(long, default_value = "high")]
    active: Level,
    #[command(flatten)]
    hand: Hand,
}

#[derive(Debug, Args)]
struct Hand {
    /// Who holds the line: the kernel, or a Raspberry Pi's own registers.
    #[arg(long, default_value = "kernel")]
    driver: DriverWord,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum DriverWord {
    Kernel,
    RaspberryPi,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Level {
    High,
    Low,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Pull {
    Up,
    Down,
    None,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum OnOff {
    On,
    Off,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum LampPattern {
    On,
    Off,
    BlinkSlow,
    BlinkFast,
}

impl From<Level> for Active {
    fn from(level: Level) -> Active {
        match level {
            Level::High => Active::High,
            Level::Low => Active::Low,
        }
    }
}

impl From<&Hand> for Driver {
    fn from(hand: &Hand) -> Driver {
        match hand.driver {
            DriverWord::Kernel => Driver::Kernel,
            DriverWord::RaspberryPi => Driver::RaspberryPi,
        }
    }
}

/// Does what was asked.
///
/// # Errors
/// What stands in the way, by name.
pub async fn run(args: GpioArgs) -> Result<()> {
    match args.what {
        What::List => list(args.json),
        What::Watch {
            line,
            active,
            pull,
            hold,
            hand,
        } => {
            let input = Input {
                line: line.into(),
                active: active.into(),
                bias: match pull {
                    Pull::Up => Bias::PullUp,
                    Pull::Down => Bias::PullDown,
                    Pull::None => Bias::AsIs,
                },
                debounce: Duration::from_millis(10),
            };
            let hold = hold.map(Duration::from_secs);
            watch(input, hold, (&hand).into(), args.json).await
        }
        What::Set { line, to, output } => {
            let pattern = match to {
                OnOff::On => Pattern::On,
                OnOff::Off => Pattern::Off,
            };
            light(line, &output, (pattern, 100)).await
        }
    }
}

/// Lights a lamp.
///
/// # Errors
/// What stands in the way, by name.
pub async fn lamp(args: LampArgs) -> Result<()> {
    let pattern = match args.pattern {
        LampPattern::On => Pattern::On,
        LampPattern::Off => Pattern::Off,
        LampPattern::BlinkSlow => Pattern::BlinkSlow,
        LampPattern::BlinkFast => Pattern::BlinkFast,
    };
    light(args.line, &args.output, (pattern, args.brightness)).await
}

fn list(json: bool) -> Result<()> {
    let (lines, problems) = found_lines();
    for problem in &problems {
        eprintln!("roomctl: {problem}");
    }
    if json {
        let all: Value = lines.iter().map(as_json).collect();
        return print(&format!("{all:#}"));
    }
    if lines.is_empty() {
        bail!("no line of GPIO can be seen on this machine");
    }
    let row = |line: &Used| {
        let direction = if line.output { "output" } else { "input" };
        let by = match &line.by {
            Some(by) if by.is_empty() => "used by the kernel".to_owned(),
            Some(by) => format!("used by {by}"),
            None => "free".to_owned(),
        };
        let at = format!("{}:{}", line.chip.display(), line.offset);
        format!("{at:<24} {:<24} {direction:<8} {by}", line.name)
    };
    print(&lines.iter().map(row).collect::<Vec<_>>().join("\n"))
}

fn as_json(line: &Used) -> Value {
    json!({
        "chip": line.chip,
        "offset": line.offset,
        "name": line.name,
        "direction": if line.output { "output" } else { "input" },
        "used": line.by.is_some(),
        "by": line.by.as_deref().filter(|by| !by.is_empty()),
    })
}

async fn watch(input: Input, hold: Option<Duration>, driver: Driver, json: bool) -> Result<()> {
    let hand = of(driver);
    // Asked once here, so that what stands in the way is said at once and not waited for.
    let (edges, _kept) = mpsc::channel(1);
    drop(hand.watch(&input, edges)?);
    eprintln!("watching line {}; Ctrl-C ends", input.line);
    let (out, mut events) = mpsc::channel(8);
    let config = ButtonConfig {
        id: FittingId::new("button"),
        input,
        key: Key::Main,
        hold,
        stuck_after: Duration::from_secs(30),
    };
    let driver = tokio::spawn(serve_button(config, hand, out));
    loop {
        tokio::select! {
            event = events.recv() => match event {
                Some(event) => if let Some((words, value)) = said(&event) {
                    print(&if json { value.to_string() } else { words })?;
                },
                None => break,
            },
            _ = tokio::signal::ctrl_c() => break,
        }
    }
    driver.abort();
    Ok(())
}

/// News of a button, for people and for programs.
fn said(event: &Event) -> Option<(String, Value)> {
    let (words, value) = match event {
        Event::Pressed { press, .. } => match press {
            Press::Key(_, KeyPress::Short) => ("pressed".to_owned(), json!({ "press": "short" })),
            Press::Key(_, KeyPress::Long) => ("held".to_owned(), json!({ "press": "long" })),
            _ => return None,
        },
        Event::Fitting(_, FittingSeen::Here) => {
            ("the line is in hand".to_owned(), json!({ "state": "here" }))
        }
        Event::Fitting(_, FittingSeen::Gone(why)) => (
            format!("trouble: {}", why.code()),
            json!({ "state": "gone", "failure": why.code() }),
        ),
        _ => return None,
    };
    Some((words, value))
}

async fn light(
    line: GpioLine,
    output: &LampOutput,
    (pattern, brightness): (Pattern, u8),
) -> Result<()> {
    let hand = of((&output.hand).into());
    let output = Output {
        line: line.into(),
        active: output.active.into(),
    };
    let dims = hand.lamp(&output)?.dims();
    if brightness < 100 && !dims {
        eprintln!("roomctl: this line knows only on and off; it is on or off");
    }
    eprintln!("line {} is driven; Ctrl-C ends", output.line);
    let (handle, inbox) = channel();
    handle.show(Light {
        pattern,
        brightness: Percent::new(brightness),
    });
    let (out, mut events) = mpsc::channel(8);
    let config = LampConfig {
        id: FittingId::new("lamp"),
        output,
    };
    let driver = tokio::spawn(serve_lamp(config, hand, inbox, out));
    loop {
        tokio::select! {
            event = events.recv() => match event {
                Some(Event::Fitting(_, FittingSeen::Gone(why))) => print(&format!("trouble: {}", why.code()))?,
                Some(_) => {}
                None => break,
            },
            _ = tokio::signal::ctrl_c() => break,
        }
    }
    // The lamp goes dark with its last handle.
    drop(handle);
    driver.await.context("the lamp's driver broke")
}

/// The hand that a room's file chooses.
pub(crate) fn hand(driver: room_profile::GpioDriver) -> Box<dyn drv_gpio::hand::Hand> {
    of(match driver {
        room_profile::GpioDriver::Kernel => Driver::Kernel,
        room_profile::GpioDriver::RaspberryPi => Driver::RaspberryPi,
    })
}

fn place(line: &room_profile::LinePlace) -> drv_gpio::Place {
    match line {
        room_profile::LinePlace::Named(name) => drv_gpio::Place::Named(name.clone()),
        room_profile::LinePlace::At { chip, offset } => drv_gpio::Place::At {
            chip: chip.clone(),
            offset: *offset,
        },
    }
}

fn level(active: room_profile::LineActive) -> Active {
    match active {
        room_profile::LineActive::High => Active::High,
        room_profile::LineActive::Low => Active::Low,
    }
}

/// A button as a room's file describes it.
pub(crate) fn button(button: &room_profile::Button) -> ButtonConfig {
    ButtonConfig {
        id: button.id.clone(),
        input: Input {
            line: place(&button.line),
            active: level(button.active),
            bias: match button.pull {
                room_profile::LinePull::Up => Bias::PullUp,
                room_profile::LinePull::Down => Bias::PullDown,
                room_profile::LinePull::None => Bias::AsIs,
            },
            debounce: button.debounce,
        },
        key: Key::Main,
        hold: button.hold,
        stuck_after: button.stuck_after,
    }
}

/// Lights a lamp of a room's file for so long.
///
/// # Errors
/// When its line cannot be had.
pub(crate) async fn lit(
    lamp: &room_profile::Lamp,
    hand: Box<dyn drv_gpio::hand::Hand>,
    time: Duration,
) -> Result<()> {
    let output = Output {
        line: place(&lamp.line),
        active: level(lamp.active),
    };
    // Asked once here, so that what stands in the way is said.
    drop(hand.lamp(&output)?);
    let (handle, inbox) = channel();
    handle.show(Light {
        pattern: Pattern::On,
        brightness: lamp.brightness,
    });
    let (out, _events) = mpsc::channel(8);
    let config = LampConfig {
        id: lamp.id.clone(),
        output,
    };
    let driver = tokio::spawn(serve_lamp(config, hand, inbox, out));
    tokio::time::sleep(time).await;
    // The lamp goes dark with its last handle.
    drop(handle);
    driver.await.context("the lamp's driver broke")
}
