//! A VISCA camera without hardware: on a pty behind a stable link or on loopback, with a picture for Chromium and a state page.

use anyhow::{Context, Result};
use clap::{Parser, ValueEnum};
use emulators::line::Site;
use emulators::picture::Film;
use emulators::visca::{CameraServer, Options, serve_state};
use std::net::SocketAddr;
use std::path::PathBuf;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

/// A VISCA camera that exists only as a serial line, a picture and a state page; for demos and tests.
#[derive(Parser)]
#[command(version)]
struct Args {
    /// Link that leads to the camera's serial line; made and moved as needed, removed at the end.
    #[arg(long, value_name = "PATH", required_unless_present = "network")]
    link: Option<PathBuf>,
    /// Sit on loopback instead of on a serial line.
    #[arg(long, conflicts_with = "link")]
    network: Option<Network>,
    /// The port on loopback; 0 takes a free one.
    #[arg(long, default_value_t = 0, requires = "network")]
    port: u16,
    /// So many cameras on the serial line, one behind the other; picture and state are the first one's.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=7))]
    chain: u8,
    /// Bits a second that the line really takes; 0 for a line without delay.
    #[arg(long, default_value_t = 9600)]
    baud: u32,
    /// Y4M file that is kept in step with what the camera sees; give it to Chromium as
    /// --use-file-for-fake-video-capture. Best in memory, such as /dev/shm.
    #[arg(long, value_name = "FILE.y4m")]
    picture: Option<PathBuf>,
    /// Serve the state as JSON there (GET /; POST /unplug, /plug, /power-cycle); port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS:PORT", visible_alias = "listen")]
    state_http: Option<SocketAddr>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Network {
    /// Bare frames over TCP.
    Tcp,
    /// Bare frames over UDP.
    Udp,
    /// Sony's numbered datagrams.
    Sony,
}

fn start(args: &Args) -> Result<CameraServer> {
    let port = args.port;
    let (scheme, site) = match args.network {
        Some(Network::Tcp) => ("tcp", Site::Tcp { port }),
        Some(Network::Udp) => ("udp", Site::Udp { port }),
        Some(Network::Sony) => ("sony", Site::Sony { port }),
        None => {
            let link = args.link.clone().context("where shall it sit?")?;
            let baud = (args.baud > 0).then_some(args.baud);
            let options = Options {
                link: link.clone(),
                baud,
            };
            let camera = CameraServer::chain(options, args.chain)?;
            println!("line {}", link.display());
            return Ok(camera);
        }
    };
    let camera = CameraServer::on_network(site)?;
    if let Some(address) = camera.address() {
        println!("line {scheme}://{address}");
    }
    Ok(camera)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    tracing_subscriber::fmt()
        .with_env_filter(
            EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info")),
        )
        .with_writer(std::io::stderr)
        .init();
    let args = Args::parse();
    let mut interrupt = signal(SignalKind::interrupt()).context("waiting for signals")?;
    let mut terminate = signal(SignalKind::terminate()).context("waiting for signals")?;
    let camera = start(&args)?;
    let _film = match &args.picture {
        Some(path) => {
            let film = Film::start(camera.handle(), path)?;
            println!("picture {}", path.display());
            Some(film)
        }
        None => None,
    };
    if let Some(wanted) = args.state_http {
        let address = serve_state(camera.handle(), wanted).await?;
        println!("state http://{address}/");
    }
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    Ok(())
}
