//! The room's own echo canceller as a filter of the sound server: a process of its own, started as a unit, ended by its server's end.
//! Decides nothing: who links the graph decides whether sound goes through it.

use clap::Parser;
use drv_audio::canceller::Also;
use drv_audio::filter::{self, Sign};
use sd_notify::NotifyState;
use std::path::PathBuf;
use std::time::Duration;

/// Between two life signs that nobody waits for.
const BEAT: Duration = Duration::from_secs(1);

/// Takes the loudspeaker's echo out of the room's microphone, as a filter of the sound server.
///
/// Sound goes through it only while roomd has nobody else who cancels, as in calls by SIP. When it ends, the microphone
/// goes on without it; its unit starts it again.
#[derive(Parser)]
#[command(version)]
struct Options {
    /// The sound server's socket.
    #[arg(
        long,
        value_name = "PATH",
        default_value = "/run/roomd-sound/pipewire-0"
    )]
    socket: PathBuf,
    /// Leave steady noise as it is.
    #[arg(long)]
    keep_noise: bool,
    /// Bring speech to an even level.
    #[arg(long)]
    gain: bool,
}

fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .without_time()
        .init();
    let also = Also {
        noise: !options.keep_noise,
        gain: options.gain,
    };
    let beat = sd_notify::watchdog_enabled().map_or(BEAT, |patience| patience / 3);
    let tell = |sign| {
        let state = match sign {
            Sign::Offered => NotifyState::Ready,
            Sign::Alive => NotifyState::Watchdog,
        };
        // Without systemd nobody waits for a sign.
        let _ = sd_notify::notify(&[state]);
    };
    Err(filter::run(&options.socket, also, (beat, tell)).into())
}
