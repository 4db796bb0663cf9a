//! `roomctl sound`: sound cards by hand, without a daemon. Owns words; the driver does the work.

use crate::{OnOff, print};
use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand, ValueEnum};
use drv_audio::hardware::holders::holders;
use drv_audio::hardware::listen::{Heard, listen};
use drv_audio::hardware::mixer::{CardMixer, State};
use drv_audio::hardware::{AlsaCards, Card, Pcm, Roots, cards};
use drv_audio::ports::{CardFact, CardGain, CardSwitch, Cards, Db, Direction};
use room_core::units::Switch;
use serde_json::{Value, json};
use std::os::unix::net::UnixStream;
use std::path::Path;

const EXAMPLES: &str = "\
CARD is a USB socket such as 0000:00:14.0/3.2, a name, the kernel's short name or number: `roomctl sound list` shows them.
Only a card's own switch and amplification are set here; the room's microphone is also closed in the sound server and in the call.

Examples:
  roomctl sound list                            what is plugged in, its switches, and who has it
  roomctl sound switch 'Jabra SPEAK 750' capture off
  roomctl sound volume 0000:00:14.0/3.2 playback -12dB
  roomctl sound levels Loopback                 listens for a second and shows figures; nothing is stored
  roomctl sound watch                           press the device's own mute key, pull its plug";

/// Finds and tries sound cards: their switches, amplifications and levels, without a daemon.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub struct SoundArgs {
    #[command(subcommand)]
    command: SoundCommand,
}

#[derive(Debug, Subcommand)]
enum SoundCommand {
    /// Lists cards by their place, with what they hear and play, their switches, and who has them.
    List {
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// Sets every channel of a card's own switch, and shows what the card then says. A microphone is opened only while no
    /// daemon looks after the room.
    Switch {
        /// Which card.
        card: String,
        /// Its microphone or its loudspeaker.
        way: Way,
        /// What it shall be.
        to: OnOff,
    },
    /// Sets every channel of a card's own amplification, to the nearest step that is not louder, and shows what was reached.
    Volume {
        /// Which card.
        card: String,
        /// Its microphone or its loudspeaker.
        way: Way,
        /// Decibels, such as -12dB or 0.
        #[arg(allow_negative_numbers = true, allow_hyphen_values = true, value_parser = decibels)]
        to: Db,
    },
    /// Listens for a second, and shows peak and root mean square in dB of full scale. The sound is not kept.
    Levels {
        /// Which card.
        card: String,
        /// Which of its devices; without it, the first one that hears.
        #[arg(long)]
        device: Option<u32>,
    },
    /// Says each change at every card, until Ctrl-C.
    Watch,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Way {
    /// The microphone.
    Capture,
    /// The loudspeaker.
    Playback,
}

impl Way {
    fn direction(self) -> Direction {
        match self {
            Way::Capture => Direction::Capture,
            Way::Playback => Direction::Playback,
        }
    }
}

/// Does what was asked; `socket` is the daemon's.
///
/// # Errors
/// No such card, or it does not do it.
pub fn run(args: SoundArgs, socket: &Path) -> Result<()> {
    let roots = Roots::default();
    match args.command {
        SoundCommand::List { json } => list(&roots, json),
        SoundCommand::Switch { card, way, to } => {
            let opens = way == Way::Capture && matches!(to, OnOff::On);
            if opens && UnixStream::connect(socket).is_ok() {
                bail!(
                    "a daemon looks after this room, and its microphone is opened only by a person in the room; to try the card, \
                     `systemctl stop roomd` first"
                );
            }
            let to = match to {
                OnOff::On => Switch::Open,
                OnOff::Off => Switch::Closed,
            };
            set(&roots, &card, way, |mixer, way| mixer.switch(way, to))
        }
        SoundCommand::Volume { card, way, to } => {
            set(&roots, &card, way, |mixer, way| mixer.gain(way, to))
        }
        SoundCommand::Levels { card, device } => levels(&roots, &card, device),
        SoundCommand::Watch => crate::in_runtime(watch(roots)),
    }
}

fn decibels(text: &str) -> Result<Db, String> {
    let lower = text.trim().to_ascii_lowercase();
    let figure = lower.strip_suffix("db").unwrap_or(&lower).trim();
    let value: f64 = figure
        .parse()
        .map_err(|_| format!("`{text}` is no level; write decibels, such as -12dB"))?;
    if !(-200.0..=60.0).contains(&value) {
        return Err(format!(
            "{value} dB is beyond any card; -200 to 60 is possible"
        ));
    }
    Ok(Db((value * 100.0).round() as i32))
}

fn chosen(roots: &Roots, word: &str) -> Result<Card> {
    let all = cards(roots);
    let mut fits: Vec<&Card> = all.iter().filter(|card| card.is_called(word)).collect();
    match (fits.pop(), fits.is_empty(), all.is_empty()) {
        (Some(card), true, _) => Ok(card.clone()),
        (Some(_), false, _) => bail!(
            "several cards are called `{word}`; name one by its place: {}",
            places(&all)
        ),
        (None, _, true) => bail!(
            "no sound card is plugged in; if there should be one, the kernel's log says why (`dmesg`), and a USB device may need \
             the module snd-usb-audio"
        ),
        (None, _, false) => bail!(
            "no sound card is called `{word}`; there is {}",
            places(&all)
        ),
    }
}

fn places(all: &[Card]) -> String {
    let place = |card: &Card| format!("{} ({})", card.place, card.name);
    all.iter().map(place).collect::<Vec<_>>().join(", ")
}

fn open(roots: &Roots, card: &Card) -> Result<CardMixer> {
    let mixer = CardMixer::open(card.number, &roots.control(card.number));
    mixer.with_context(|| format!("the card {}", card.name))
}

fn set(
    roots: &Roots,
    word: &str,
    way: Way,
    change: impl Fn(&mut CardMixer, Direction) -> Result<(), drv_audio::hardware::HardwareError>,
) -> Result<()> {
    let card = chosen(roots, word)?;
    let mut mixer = open(roots, &card)?;
    change(&mut mixer, way.direction()).with_context(|| format!("the card {}", card.name))?;
    print(&said(mixer.state(way.direction())))
}

fn said(state: State) -> String {
    let switch = match state.switch {
        CardSwitch::Absent => "no switch of its own".to_owned(),
        CardSwitch::Unread => "switch unknown".to_owned(),
        CardSwitch::Is(Switch::Open) => "switch on".to_owned(),
        CardSwitch::Is(Switch::Closed) => "switch off".to_owned(),
    };
    match state.gain {
        Some(gain) => format!("{switch}, {}", loudness(gain)),
        None => format!("{switch}, no amplification of its own"),
    }
}

fn loudness(gain: CardGain) -> String {
    match gain.db {
        Some(db) => format!("{db} ({} of its range)", gain.share),
        None => format!("{} of its range (it does not say how many dB)", gain.share),
    }
}

fn word(direction: Direction) -> &'static str {
    match direction {
        Direction::Capture => "capture",
        Direction::Playback => "playback",
    }
}

fn list(roots: &Roots, as_json: bool) -> Result<()> {
    let all = cards(roots);
    if as_json {
        let all: Vec<Value> = all.iter().map(|card| described(roots, card)).collect();
        return print(&serde_json::to_string_pretty(&all)?);
    }
    if all.is_empty() {
        return print("no sound card is plugged in");
    }
    let blocks: Vec<String> = all.iter().map(|card| block(roots, card)).collect();
    print(&blocks.join("\n"))
}

fn block(roots: &Roots, card: &Card) -> String {
    let mut lines = vec![format!(
        "{:<22} {}  [{}, {}]",
        card.place, card.name, card.id, card.driver
    )];
    let mixer = open(roots, card);
    let mut told: Vec<Direction> = Vec::new();
    for pcm in &card.pcms {
        let had = holders(&roots.proc, &roots.pcm(card.number, *pcm));
        let had = match had.is_empty() {
            true => String::new(),
            false => format!("; in use by {}", had.join(", ")),
        };
        let state = match (&mixer, told.contains(&pcm.direction)) {
            (Ok(mixer), false) => said(mixer.state(pcm.direction)),
            (Ok(_), true) => "as above".to_owned(),
            (Err(error), _) => format!("{error:#}"),
        };
        told.push(pcm.direction);
        lines.push(format!(
            "    {:<8} {}: {state}{had}",
            word(pcm.direction),
            pcm.device
        ));
    }
    lines.join("\n")
}

fn described(roots: &Roots, card: &Card) -> Value {
    let mixer = open(roots, card);
    let device = |pcm: &Pcm| {
        let state = mixer.as_ref().ok().map(|mixer| mixer.state(pcm.direction));
        let gain = state.and_then(|state| state.gain);
        json!({
            "id": card.device_id(*pcm).as_str(),
            "device": pcm.device,
            "direction": word(pcm.direction),
            "switch": match state.map(|state| state.switch) {
                None | Some(CardSwitch::Unread) => "unknown",
                Some(CardSwitch::Absent) => "absent",
                Some(CardSwitch::Is(Switch::Open)) => "on",
                Some(CardSwitch::Is(Switch::Closed)) => "off",
            },
            "db": gain.and_then(|gain| gain.db).map(|db| f64::from(db.0) / 100.0),
            "percent": gain.map(|gain| gain.share.get()),
            "in_use_by": holders(&roots.proc, &roots.pcm(card.number, *pcm)),
        })
    };
    json!({
        "place": card.place,
        "name": card.name,
        "id": card.id,
        "number": card.number,
        "driver": card.driver,
        "usb": card.usb.as_ref().map(|usb| format!("{:04x}:{:04x}", usb.model.0, usb.model.1)),
        "serial": card.usb.as_ref().and_then(|usb| usb.serial.clone()),
        "problem": mixer.as_ref().err().map(|error| format!("{error:#}")),
        "devices": card.pcms.iter().map(device).collect::<Vec<_>>(),
    })
}

fn levels(roots: &Roots, word: &str, device: Option<u32>) -> Result<()> {
    let card = chosen(roots, word)?;
    let hears = card
        .pcms
        .iter()
        .filter(|pcm| pcm.direction == Direction::Capture);
    let fits = hears
        .into_iter()
        .find(|pcm| device.is_none_or(|device| pcm.device == device));
    let Some(pcm) = fits else {
        bail!(
            "{} has no such device that hears; `roomctl sound list` shows what it has",
            card.name
        );
    };
    eprintln!("listening to {} for a second", card.name);
    let heard = listen(roots, card.number, pcm.device)?;
    let lines: Vec<String> = heard
        .iter()
        .enumerate()
        .map(|(n, one)| level(n + 1, *one))
        .collect();
    print(&lines.join("\n"))
}

fn level(channel: usize, heard: Heard) -> String {
    match (heard.peak, heard.rms) {
        (Some(peak), Some(rms)) => format!("channel {channel}: peak {peak}FS, RMS {rms}FS"),
        _ => format!(
            "channel {channel}: nothing at all, not even noise: it is switched off, or its microphone is dead"
        ),
    }
}

async fn watch(roots: Roots) -> Result<()> {
    let mut owner = AlsaCards::begin(roots)?;
    eprintln!("watching every sound card; Ctrl-C ends");
    loop {
        tokio::select! {
            fact = owner.next() => match fact {
                Some(fact) => print(&change(&fact))?,
                None => bail!("the owner of the sound cards ended"),
            },
            _ = tokio::signal::ctrl_c() => return Ok(()),
        }
    }
}

fn change(fact: &CardFact) -> String {
    match fact {
        CardFact::Devices(found) if found.is_empty() => "no sound card is plugged in".to_owned(),
        CardFact::Devices(found) => {
            let one = |found: &drv_audio::ports::Found| format!("{} ({})", found.id, found.name);
            format!(
                "plugged in: {}",
                found.iter().map(one).collect::<Vec<_>>().join(", ")
            )
        }
        CardFact::Switch(id, switch) => {
            let word = match switch {
                CardSwitch::Absent => "no switch of its own",
                CardSwitch::Unread => "switch unknown",
                CardSwitch::Is(Switch::Open) => "switch on",
                CardSwitch::Is(Switch::Closed) => "switch off",
            };
            format!("{id}: {word}")
        }
        CardFact::Gain(id, gain) => format!("{id}: {}", loudness(*gain)),
        CardFact::Failed(id, failure) => format!("{id}: trouble: {}", failure.code()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decibels_are_read_as_people_write_them() {
        let table = [
            ("-12dB", -1_200),
            ("-12 dB", -1_200),
            ("0", 0),
            ("-7.5db", -750),
            ("3", 300),
        ];
        for (text, db) in table {
            assert_eq!(decibels(text), Ok(Db(db)), "{text}");
        }
        for text in ["", "loud", "12%", "nan", "inf", "-1000"] {
            assert!(decibels(text).is_err(), "{text}");
        }
    }

    #[test]
    fn what_a_card_does_not_have_or_say_is_said() {
        let gain = CardGain {
            db: None,
            share: room_core::units::Percent::new(40),
        };
        let state = State {
            switch: CardSwitch::Absent,
            gain: Some(gain),
        };
        assert_eq!(
            said(state),
            "no switch of its own, 40 % of its range (it does not say how many dB)"
        );
    }
}
