//! A display or projector without hardware: on a pty behind a stable link, or at a TCP port.

use anyhow::{Context, Result, bail};
use clap::Parser;
use emulators::display::{Emulator, Lies, serve_pty, serve_tcp};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};

/// A display that exists only as a line; for tests and for trying `roomctl display`.
#[derive(Parser)]
#[command(version)]
struct Args {
    /// What it speaks: samsung-mdc, lg, nec, sony-serial, sony-simple-ip, panasonic-display, panasonic-projector,
    /// philips-sicp, pjlink, or ascii (a Sharp).
    #[arg(long)]
    protocol: String,
    /// Link that leads to its serial line; made and moved as needed, removed at the end.
    #[arg(long, value_name = "PATH", conflicts_with = "listen")]
    link: Option<PathBuf>,
    /// Address and port to listen at.
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<SocketAddr>,
    /// Its password, where the protocol has one.
    #[arg(long)]
    password: Option<String>,
    /// How long it takes to show a picture, in milliseconds.
    #[arg(long, default_value_t = 2500, value_name = "MS")]
    warm_up: u64,
    /// Every answer comes so much later, in milliseconds.
    #[arg(long, default_value_t = 0, value_name = "MS")]
    late: u64,
    /// Says that it obeys, and does nothing.
    #[arg(long)]
    idle: bool,
    /// Never answers.
    #[arg(long)]
    mute: bool,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let args = Args::parse();
    let mut interrupt = signal(SignalKind::interrupt()).context("waiting for signals")?;
    let mut terminate = signal(SignalKind::terminate()).context("waiting for signals")?;
    let emulator = Emulator::new(&args.protocol, args.password.as_deref());
    let Some(mut emulator) = emulator else {
        bail!("there is no protocol `{}`; see --help", args.protocol);
    };
    emulator.body.warm_up = Duration::from_millis(args.warm_up);
    emulator.body.lies = Lies {
        late: Duration::from_millis(args.late),
        idle: args.idle,
        mute: args.mute,
        ..Lies::default()
    };
    let server = match (&args.link, args.listen) {
        (Some(link), None) => serve_pty(emulator, link)?,
        (None, Some(address)) => serve_tcp(emulator, address).await?,
        _ => bail!("say where: --link PATH for a serial line, or --listen ADDRESS:PORT"),
    };
    println!("line {}", server.place);
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    Ok(())
}
