//! `virtual-room`: keeps a made-up room between the devices of a sound server until it is ended. Owns words and the exit code.

use anyhow::{Context, Result, bail};
use clap::Parser;
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use virtual_room::{Devices, PrivateServer, Settings, VirtualRoom};

const HELP: &str = "\
Joins devices of a PipeWire server by a made-up room: what its loudspeakers play comes to its microphones late, quieter, with the
room's own sound and noise, and with what is wrong. Prints one line when it sounds; ends with the server, or when it is ended.

Examples:
  virtual-room --loudspeaker wall --microphone table --microphone ceiling
                         a good room with one loudspeaker
  virtual-room --seed 5 --loudspeaker left --loudspeaker right --microphone table --fault reversed:1 --fault hum:0:-40
                         a room with two faults
  virtual-room --room room.toml --socket /run/roomd-sound/pipewire-0
                         all of it from a file, which has the same names:
                           seed = 5
                           loudspeakers = [\"wall\"]
                           microphones = [\"table\"]
                           reverberation = 0.4
                           faults = [\"amplifier-down:6\"]
  virtual-room --serve --loudspeaker wall --microphone table
                         with a server of its own that has these devices; it prints where, and ends with its standard input";

/// A made-up room between the devices of a sound server.
#[derive(Parser)]
#[command(name = "virtual-room", long_about = HELP)]
struct Words {
    /// A file that says it all.
    #[arg(long, value_name = "FILE.toml")]
    room: Option<PathBuf>,
    /// The server's socket; without it, that of this machine's user.
    #[arg(long, value_name = "SOCKET")]
    socket: Option<PathBuf>,
    /// Start a server with these devices, instead of joining one.
    #[arg(long, conflicts_with = "socket")]
    serve: bool,
    #[command(flatten)]
    settings: Settings,
}

fn main() -> Result<()> {
    let words = Words::parse();
    let settings = match &words.room {
        None => words.settings,
        Some(_) if words.settings != Settings::default() => {
            bail!("--room FILE says it all; leave the other settings away")
        }
        Some(file) => {
            let text = std::fs::read_to_string(file);
            let text = text.with_context(|| format!("cannot read {}", file.display()))?;
            Settings::parse(&text).with_context(|| format!("cannot use {}", file.display()))?
        }
    };
    let room = settings.room()?;
    let server = words.serve.then(|| serve(&settings)).transpose()?;
    let devices = Devices {
        socket: server.as_ref().map(PrivateServer::socket).or(words.socket),
        loudspeakers: settings.loudspeakers,
        microphones: settings.microphones,
    };
    let open = VirtualRoom::open(&room, devices)?;
    match &server {
        Some(server) => println!("PIPEWIRE_RUNTIME_DIR={}", server.folder().display()),
        None => println!("the room sounds"),
    }
    std::io::stdout().flush()?;
    let ended = Arc::new(AtomicBool::new(false));
    if server.is_some() {
        end_with_input(ended.clone());
    }
    let mut missed = 0;
    while open.sounds() && !ended.load(Ordering::Relaxed) {
        std::thread::sleep(Duration::from_millis(200));
        let now = open.missed();
        if now > missed {
            eprintln!("virtual-room: missed {} turns of the server", now - missed);
        }
        missed = now;
    }
    match ended.load(Ordering::Relaxed) {
        true => Ok(()),
        false => bail!("the sound server went away"),
    }
}

fn serve(settings: &Settings) -> Result<PrivateServer> {
    let rate = settings.rate.unwrap_or(48_000);
    PrivateServer::start(
        (rate, rate / 100),
        &settings.loudspeakers,
        &settings.microphones,
    )
    .context("cannot start pipewire; on Debian, it is in the packages pipewire and pipewire-bin")
}

/// Whoever holds the other end of standard input may end at any moment, however it does.
fn end_with_input(ended: Arc<AtomicBool>) {
    std::thread::spawn(move || {
        // An input that cannot be read has ended.
        let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
        ended.store(true, Ordering::Relaxed);
    });
}
