//! What is said to the rig and what it says, as lines of JSON.

use anyhow::{Context, Result};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};
use std::time::Duration;

/// A light of the ring: red, green, blue.
pub type Colour = [u8; 3];

/// What the rig is told to do.
#[derive(Debug, Clone)]
pub enum Order {
    /// A key's contact closes or opens, after bouncing with these pauses.
    Key {
        /// Which.
        key: wire::Key,
        /// Pressed or released.
        down: bool,
        /// Times between the edges.
        bounce: Vec<Duration>,
    },
    /// Bytes to the chip's port.
    Send(Vec<u8>),
    /// The host sets this speed.
    Speed(u32),
    /// Lets the chip's time pass.
    Run(Duration),
    /// Gives power or takes it.
    Plug(bool),
    /// Stops the processor in the middle of what it does.
    Stall,
    /// The program enters its panic with this text.
    Panic(String),
    /// A picture of the display.
    Screen,
}

impl Order {
    pub(crate) fn line(&self) -> String {
        let order = match self {
            Order::Key { key, down, bounce } => {
                let name = match key {
                    wire::Key::Mute => "mute",
                    wire::Key::Main | wire::Key::Other(_) => "main",
                };
                let pauses: Vec<u128> = bounce.iter().map(Duration::as_micros).collect();
                json!({"key": name, "down": down, "bounce": pauses})
            }
            Order::Send(bytes) => json!({"send": hex::encode(bytes)}),
            Order::Speed(baud) => json!({"speed": baud}),
            Order::Run(time) => json!({"run": time.as_micros()}),
            Order::Plug(plugged) => json!({"plug": plugged}),
            Order::Stall => json!({"stall": true}),
            Order::Panic(text) => json!({"panic": text}),
            Order::Screen => json!({"screen": true}),
        };
        format!("{order}\n")
    }
}

/// Why the chip started anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// The watchdog was not fed.
    Timer,
    /// The program asked for it.
    Forced,
}

/// What happened at the chip.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// The host found it: vendor, product, name, serial number.
    Usb(u16, u16, String, String),
    /// It said something over its line.
    Bytes(Vec<u8>),
    /// The ring shows this.
    Ring(Vec<Colour>),
    /// So many bytes of picture went to the display, from then to then.
    Drawn(Duration, Duration, u32),
    /// The display is so bright now, in hundredths.
    Shine(u8),
    /// A key's contact moved.
    Edge,
    /// It started anew.
    Reset(Why),
    /// It entered the ROM's loader.
    Loader,
    /// The display shows this (PNG).
    Screen(Vec<u8>),
    /// The time asked for has passed.
    Ran,
    /// It has no power.
    Off,
}

#[derive(Deserialize)]
struct Line {
    at: f64,
    ev: String,
    #[serde(flatten)]
    rest: Value,
}

/// When, in the chip's own time, and what.
pub(crate) fn read(line: &str) -> Result<(Duration, Said)> {
    let Line { at, ev, rest } =
        serde_json::from_str(line).with_context(|| format!("the rig said {line:?}"))?;
    let text = |name: &str| rest[name].as_str().unwrap_or_default().to_owned();
    let number = |name: &str| rest[name].as_f64().unwrap_or_default();
    let said = match ev.as_str() {
        "usb" => Said::Usb(
            number("vendor") as u16,
            number("product") as u16,
            text("name"),
            text("serial"),
        ),
        "bytes" => Said::Bytes(hex::decode(text("hex"))?),
        "ring" => Said::Ring(colours(&rest["colours"])?),
        "drawn" => Said::Drawn(
            nanos(number("from")),
            nanos(number("to")),
            number("bytes") as u32,
        ),
        "shine" => Said::Shine(number("percent") as u8),
        "edge" => Said::Edge,
        "reset" if rest["why"] == "timer" => Said::Reset(Why::Timer),
        "reset" => Said::Reset(Why::Forced),
        "loader" => Said::Loader,
        "screen" => Said::Screen(STANDARD.decode(text("png"))?),
        "ran" => Said::Ran,
        "off" => Said::Off,
        other => anyhow::bail!("the rig said something unknown: {other}"),
    };
    Ok((nanos(at), said))
}

fn nanos(n: f64) -> Duration {
    Duration::from_nanos(n as u64)
}

fn colours(list: &Value) -> Result<Vec<Colour>> {
    let all = list.as_array().context("colours are a list")?;
    all.iter()
        .map(|colour| {
            let mut parts = [0; 3];
            hex::decode_to_slice(colour.as_str().unwrap_or_default(), &mut parts)?;
            Ok(parts)
        })
        .collect()
}
