//! A Pelco head without hardware: on a pty behind a stable link or on loopback; prints each frame that was for it.

use anyhow::{Context, Result};
use clap::{Parser, ValueEnum};
use emulators::line::Site;
use emulators::pelco::{Dialect, PelcoHead, PelcoLine};
use std::path::PathBuf;
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};

/// Between two looks whether frames came.
const LOOK: Duration = Duration::from_secs(3600);

/// A Pelco head that exists only as a line; for trying a room out and for tests.
#[derive(Parser)]
#[command(version)]
struct Args {
    /// Link that leads to the head's serial line; made as needed, removed at the end.
    #[arg(long, value_name = "PATH", required_unless_present = "port")]
    link: Option<PathBuf>,
    /// Bits a second that the line really takes; 0 for a line without delay.
    #[arg(long, default_value_t = 2400)]
    baud: u32,
    /// Take frames at this TCP port of loopback instead, as servers of serial lines do; 0 takes a free one.
    #[arg(long, conflicts_with = "link")]
    port: Option<u16>,
    /// Which frames it takes.
    #[arg(long, default_value = "d")]
    dialect: Word,
    /// Its number on the line.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..))]
    address: u8,
    /// Answer the extended queries.
    #[arg(long)]
    tells: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Word {
    D,
    P,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let args = Args::parse();
    let mut interrupt = signal(SignalKind::interrupt()).context("waiting for signals")?;
    let mut terminate = signal(SignalKind::terminate()).context("waiting for signals")?;
    let dialect = match args.dialect {
        Word::D => Dialect::D,
        Word::P => Dialect::P,
    };
    let site = match (args.port, &args.link) {
        (Some(port), _) => Site::Tcp { port },
        (None, link) => Site::Pty {
            link: link.clone().context("where shall it sit?")?,
            baud: (args.baud > 0).then_some(args.baud),
        },
    };
    let head = PelcoHead::new(dialect, args.address, args.tells);
    let line = PelcoLine::new(vec![head]).start(site)?;
    match (line.address(), &args.link) {
        (Some(address), _) => println!("line tcp://{address}"),
        (None, link) => println!("line {}", link.clone().unwrap_or_default().display()),
    }
    let mut told = 0;
    let frames = |skip: usize| {
        line.look(|line| {
            let new = line.head(0).seen().skip(skip);
            new.map(|frame| frame.bytes.clone()).collect::<Vec<_>>()
        })
    };
    loop {
        tokio::select! {
            _ = interrupt.recv() => return Ok(()),
            _ = terminate.recv() => return Ok(()),
            _ = line.wait_until(LOOK, || !frames(told).is_empty()) => {}
        }
        for bytes in frames(told) {
            told += 1;
            let text: Vec<String> = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
            println!("heard {}", text.join(" "));
        }
    }
}
