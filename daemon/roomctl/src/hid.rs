//! `roomctl hid`: speakerphones by hand, without a daemon. Owns words; the driver does the rest.

use crate::print;
use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand};
use drv_hid::{Config, Found, HookKey, Roots, Shows, Which, all, channel, find, supervise};
use room_core::event::{Event, FittingSeen, Press};
use room_core::ids::FittingId;
use room_core::units::{Seen, Switch};
use serde_json::{Value, json};
use tokio::sync::mpsc;

const HELP: &str = "\
Looks at speakerphones and tries their keys and lamps, without a daemon.

Examples:
  roomctl hid list                       what is plugged in, its numbers and plug, its keys and lamps
  roomctl hid list --json                the same for other programs
  roomctl hid watch --plug 1-3.2         off-hook and mute lamps are lit; press the mute key
  roomctl hid watch --usb 0b0e:245d --live   the same with the mute lamp dark

The daemon has the device while it runs: `systemctl stop roomd` first.";

/// Looks at speakerphones, and tries their keys and lamps without a daemon.
#[derive(Debug, Args)]
#[command(long_about = HELP)]
pub struct HidArgs {
    /// As JSON; of `watch`, one line for each key.
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Shows every HID device: node, USB numbers, plug, name, and what of a phone it has.
    List,
    /// Lights the lamps of a call and says each key, until Ctrl-C.
    Watch {
        /// Its maker and model, as `roomctl hid list` shows them.
        #[arg(long, value_name = "ID", conflicts_with = "plug")]
        usb: Option<String>,
        /// The plug it sits in, as `roomctl hid list` shows it.
        #[arg(long)]
        plug: Option<String>,
        /// Show an open microphone: the mute lamp stays dark.
        #[arg(long)]
        live: bool,
    },
}

/// Does what was asked.
///
/// # Errors
/// What stands in the way, by name.
pub async fn run(args: HidArgs) -> Result<()> {
    match args.what {
        What::List => list(args.json),
        What::Watch { usb, plug, live } => watch(which(usb, plug)?, live, args.json).await,
    }
}

fn list(json: bool) -> Result<()> {
    let found = all(&Roots::default());
    if json {
        let all: Value = found.iter().map(as_json).collect();
        return print(&format!("{all:#}"));
    }
    if found.is_empty() {
        bail!("no HID device is plugged in");
    }
    let row = |found: &Found| {
        let controls = found.layout.inputs.iter().chain(&found.layout.outputs);
        let names: Vec<&str> = controls
            .filter_map(|control| control.usage.name())
            .collect();
        let phone = match (found.layout.is_phone(), names.is_empty()) {
            (true, _) => format!("a phone: {}", names.join(", ")),
            (false, true) => "no phone".to_owned(),
            (false, false) => format!("no phone: {}", names.join(", ")),
        };
        let plug = found.plug.as_deref().unwrap_or("-");
        let id = format!("{:04x}:{:04x}", found.vendor, found.product);
        format!(
            "{:<16} {id}  {plug:<8} {}\n    {phone}",
            found.node.display(),
            found.name
        )
    };
    print(&found.iter().map(row).collect::<Vec<_>>().join("\n"))
}

fn as_json(found: &Found) -> Value {
    let controls = found.layout.inputs.iter().chain(&found.layout.outputs);
    let names = controls.filter_map(|control| control.usage.name());
    json!({
        "node": found.node,
        "id": format!("{:04x}:{:04x}", found.vendor, found.product),
        "plug": found.plug,
        "name": found.name,
        "phone": found.layout.is_phone(),
        "controls": names.collect::<Vec<_>>(),
    })
}

fn which(usb: Option<String>, plug: Option<String>) -> Result<Which> {
    if let Some(plug) = plug {
        return Ok(Which::Plug(plug));
    }
    let Some(usb) = usb else {
        return Ok(Which::First);
    };
    let help =
        || format!("`{usb}` is not maker and model; write them as `lsusb` does, such as 0b0e:245d");
    let (vendor, product) = usb.split_once(':').with_context(help)?;
    Ok(Which::Usb {
        vendor: u16::from_str_radix(vendor, 16).with_context(help)?,
        product: u16::from_str_radix(product, 16).with_context(help)?,
        serial: None,
    })
}

async fn watch(which: Which, live: bool, json: bool) -> Result<()> {
    // Asked once here, so that what stands in the way is said at once and not waited for.
    let found = find(&Roots::default(), &which)?;
    eprintln!(
        "watching {} at {}; Ctrl-C ends",
        found.name,
        found.node.display()
    );
    let (handle, inbox) = channel();
    let mic = if live { Switch::Open } else { Switch::Closed };
    handle.show(Shows {
        in_call: true,
        mic: Seen::Is(mic),
    });
    let (out, mut events) = mpsc::channel(8);
    let config = Config {
        id: FittingId::new("speakerphone"),
        which,
        hook_key: HookKey::Calls,
        roots: Roots::default(),
    };
    let driver = tokio::spawn(supervise(config, inbox, out));
    loop {
        tokio::select! {
            event = events.recv() => match event {
                Some(event) => if let Some((words, value)) = news(&event) {
                    print(&if json { value.to_string() } else { words })?;
                },
                None => break,
            },
            _ = tokio::signal::ctrl_c() => break,
        }
    }
    // The lamps go dark with the last handle.
    drop(handle);
    driver.await.context("the speakerphone's driver broke")
}

/// News of a speakerphone, for people and for programs.
fn news(event: &Event) -> Option<(String, Value)> {
    Some(match event {
        Event::Pressed { press, .. } => {
            let key = said(press);
            (key.to_owned(), json!({ "key": key }))
        }
        Event::Fitting(_, FittingSeen::Here) => (
            "the speakerphone is in hand".to_owned(),
            json!({ "state": "here" }),
        ),
        Event::Fitting(_, FittingSeen::Gone(why)) => (
            format!("trouble: {}", why.code()),
            json!({ "state": "gone", "failure": why.code() }),
        ),
        _ => return None,
    })
}

fn said(press: &Press) -> &'static str {
    match press {
        Press::Key(..) => "mute key",
        Press::Mic(Switch::Closed) => "mute switch: closed",
        Press::Mic(Switch::Open) => "mute switch: open",
        Press::Join(_) => "hook key: join",
        Press::Leave => "hook key: leave",
        _ => "another key",
    }
}
