//! The table button's real image as a program: a serial line at a stable link, and a page to press it.
//! Only wires; the chip is `puck_rig`.

use anyhow::{Context, Result, anyhow};
use clap::Parser;
use puck_rig::{Build, ChipButton, Kit, router};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

/// A table button's real firmware, in an emulated chip.
#[derive(Parser)]
struct Options {
    /// Where the serial line shall appear.
    #[arg(long)]
    link: PathBuf,
    /// Where to serve the page; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// The display that is built in: oled or tft.
    #[arg(long, default_value = "oled")]
    display: String,
    /// The line to the host: usb or uart.
    #[arg(long, default_value = "usb")]
    line: String,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::from_default_env())
        .with_writer(std::io::stderr)
        .init();
    let options = Options::parse();
    let asked = (options.display.as_str(), options.line.as_str());
    let build = Build::ALL.into_iter().find(|build| build.names() == asked);
    let build =
        build.with_context(|| format!("there is no image for {} and {}", asked.0, asked.1))?;
    let kit = Kit::find(build).map_err(|lacks| anyhow!(lacks.0))?;
    let button = Arc::new(ChipButton::built(&kit, build, 1.0, &options.link)?);
    let listener = TcpListener::bind(options.listen)
        .await
        .with_context(|| format!("listening on {}", options.listen))?;
    println!("table button: http://{}/", listener.local_addr()?);
    println!("serial line: {}", options.link.display());
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        served = axum::serve(listener, router(button)) => served?,
        _ = terminate.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
    Ok(())
}
