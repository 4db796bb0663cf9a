//! A panic is a broken invariant: it is said, the last steps are written down, and the daemon ends at once so that systemd
//! starts a fresh one. Calls go on meanwhile; the browser is a unit of its own.

use crate::recorder::Recorder;
use std::panic::PanicHookInfo;
use std::path::PathBuf;
use tracing::error;

/// From now on every panic, in whatever task or thread, ends the daemon.
pub fn end_the_daemon(recorder: Recorder, folder: PathBuf) {
    std::panic::set_hook(Box::new(move |panic| {
        let place = panic
            .location()
            .map_or_else(|| "an unknown place".to_owned(), ToString::to_string);
        error!(
            place,
            message = message(panic),
            "a bug: the daemon ends and is started again; calls go on"
        );
        match recorder.dump(&folder, "panic") {
            Ok(path) => error!(path = %path.display(), "the last steps were written down"),
            Err(error) => {
                error!(error = %format!("{error:#}"), "the last steps could not be written down")
            }
        }
        std::process::abort();
    }));
}

/// A message made from values may quote private text and is not printed; the place says enough.
fn message(panic: &PanicHookInfo<'_>) -> &'static str {
    panic
        .payload()
        .downcast_ref::<&str>()
        .copied()
        .unwrap_or("withheld")
}
