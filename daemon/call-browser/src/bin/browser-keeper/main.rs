//! browser-keeper: owns Chromium and its debugging pipe, so that the daemon may die and come back while a call goes on.
//! Reads its options and starts the pieces; knows nothing of calls.

mod backoff;
mod chromium;
mod kin;
mod launch;
mod ledger;
mod newborn;
mod outbox;
mod profile;
mod seat;
mod serve;
mod stderr;

use anyhow::Context as _;
use call_browser::flags::{Looks, Size, Surface, Window};
use clap::Parser;
use std::ffi::OsString;
use std::path::PathBuf;

/// Keeps a kiosk Chromium running and lets one program at a time drive it.
///
/// The keeper starts Chromium with its sandbox on, restarts it when it dies, and offers its debugging pipe on a Unix
/// socket: JSON texts of the Chrome DevTools protocol, each ended by a zero byte. There is no TCP port. One client is
/// served at a time; when it dies, its sessions are ended, while pages and calls go on for the next client.
///
/// Which pages may be opened, and which may use microphone and camera, is not decided here but by Chromium's managed
/// policy file (/etc/chromium/policies/managed/roomd.json), which roomd writes.
///
/// Started as root (the usual way, by systemd), Chromium runs under an account of its own:
///   useradd --system --groups audio,video --shell /usr/sbin/nologin roomd-browser
#[derive(Debug, Parser)]
#[command(name = "browser-keeper", version, after_help = EXAMPLES)]
struct Options {
    /// The Unix socket to offer; its folder must exist. Mode 0600, for the keeper's own account or --owner.
    #[arg(long, default_value = "/run/roomd/browser.sock")]
    socket: PathBuf,
    /// The account that may use the socket, when it is not the keeper's own (only as root).
    #[arg(long)]
    owner: Option<String>,
    /// The account to run Chromium under when started as root [default: roomd-browser].
    #[arg(long)]
    user: Option<String>,
    /// Chromium's program [default: the first of chromium, chromium-browser, google-chrome in PATH].
    #[arg(long)]
    chromium: Option<PathBuf>,
    /// The folder below which a fresh profile is made for each start; best in memory, as nothing in it is kept.
    #[arg(long, default_value = "/run/roomd-browser")]
    profile_dir: PathBuf,
    /// What stands in the first window until a client drives it.
    #[arg(long, default_value = "about:blank")]
    start_url: String,
    /// Fill the display, or do without one.
    #[arg(long, value_enum, default_value_t = Window::Kiosk)]
    window: Window,
    /// The name by which a compositor knows the window, and so puts it onto its display.
    #[arg(long, default_value = "roomd-main")]
    class: String,
    /// The window's size in pixels.
    #[arg(long, default_value = "1920x1080")]
    size: Size,
    /// The language pages are asked for (Chromium's own --lang does not do that).
    #[arg(long, default_value = "de-DE")]
    language: String,
    /// So many invented cameras in place of all, labelled `fake_device_0` and so on; a picture in place of them is left out.
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u8).range(1..=10))]
    fake_cameras: Option<u8>,
    /// A picture (uncompressed .y4m or .mjpeg) in place of every camera: for demonstrations and tests.
    #[arg(long, value_name = "FILE")]
    fake_camera: Option<PathBuf>,
    /// A sound (.wav) in place of every microphone: for demonstrations and tests.
    #[arg(long, value_name = "FILE")]
    fake_microphone: Option<PathBuf>,
}

const EXAMPLES: &str = "\
Examples:
  browser-keeper                                        on a room's board, under systemd
  browser-keeper --window headless --socket /tmp/b.sock --profile-dir /tmp/p
                                                        on a desk, as an ordinary user
Logs go to standard error; RUST_LOG=debug shows decisions, RUST_LOG=trace what Chromium itself prints.";

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args_os().skip(1);
    if arguments
        .next()
        .is_some_and(|first| first == launch::LAUNCHER)
    {
        return Err(launch::become_chromium(
            &arguments.collect::<Vec<OsString>>(),
        ));
    }
    let options = Options::parse();
    tracing_subscriber::fmt()
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| "info".into()),
        )
        .with_writer(std::io::stderr)
        .init();
    // One thread: the kernel ends Chromium when the thread that started it ends.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("start the runtime")?;
    runtime.block_on(serve::serve(plan(options)?))
}

fn plan(options: Options) -> anyhow::Result<serve::Plan> {
    let account = launch::account(
        options.user.as_deref().unwrap_or("roomd-browser"),
        options.user.is_some(),
    )?;
    let looks = Looks {
        window: options.window,
        surface: Surface::of(|name| std::env::var_os(name)),
        class: options.class,
        size: options.size,
        language: options.language,
        start_url: options.start_url,
        fake_cameras: options.fake_cameras,
        fake_camera: readable(options.fake_camera)?,
        fake_microphone: readable(options.fake_microphone)?,
    };
    Ok(serve::Plan {
        socket: options.socket,
        owner: options.owner,
        account,
        program: launch::wait_for_chromium(options.chromium.as_deref())?,
        profiles: profile::Profiles::below(&options.profile_dir)
            .with_context(|| format!("prepare {} for profiles", options.profile_dir.display()))?,
        looks,
    })
}

fn readable(file: Option<PathBuf>) -> anyhow::Result<Option<PathBuf>> {
    let Some(file) = file else { return Ok(None) };
    std::fs::File::open(&file).with_context(|| format!("open {}", file.display()))?;
    Ok(Some(std::path::absolute(&file)?))
}
