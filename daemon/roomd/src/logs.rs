//! Where the log goes and how much of it. Knows no event.

use std::io::IsTerminal;
use tracing_subscriber::EnvFilter;

/// Begins logging to the standard error stream; `RUST_LOG` says how much, "info" when it is not set.
/// Under systemd the journal adds the time.
pub fn start() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let colours = std::io::stderr().is_terminal();
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(colours);
    let journal = std::env::var_os("JOURNAL_STREAM").is_some();
    let begun = if journal {
        log.without_time().try_init()
    } else {
        log.try_init()
    };
    if let Err(error) = begun {
        eprintln!("roomd: cannot begin logging: {error}");
    }
}
