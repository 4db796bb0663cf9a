//! The board's own output: told by the compositor's command, read back from the kernel.
//! Sources: kernel documentation of `/sys/class/drm`; manual page of wlopm(1).

use super::{Arrived, Ends, Line};
use crate::codec::output::{ASK, DONE, FAILED, OFF, ON};
use crate::error::LineError;
use std::fs;
use std::path::{Path, PathBuf};
use tokio::process::Command;

/// Where the kernel shows its connectors.
const CONNECTORS: &str = "/sys/class/drm";
/// Darkens and lights an output under Wayland, for every compositor with wlr-output-power-management.
const COMMAND: &str = "wlopm";

/// A connector's name, such as `HDMI-A-1` or `DP-2`.
pub(super) fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
}

pub(super) fn open(name: &str) -> Result<Line, LineError> {
    let line_name = format!("output:{name}");
    let connector = connector(Path::new(CONNECTORS), name).ok_or(LineError::Absent(line_name))?;
    let (line, ends) = Line::pair();
    tokio::spawn(serve(connector, name.to_owned(), ends));
    Ok(line)
}

/// `card0-HDMI-A-1` for `HDMI-A-1`: the card's number is the kernel's choice.
fn connector(folder: &Path, name: &str) -> Option<PathBuf> {
    let entries = fs::read_dir(folder).ok()?;
    let mut found: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| {
            let file = path.file_name().unwrap_or_default().to_string_lossy();
            let card = file
                .strip_suffix(name)
                .and_then(|rest| rest.strip_suffix('-'));
            card.is_some_and(|card| card.starts_with("card") && !card.contains('-'))
        })
        .collect();
    found.sort();
    found.into_iter().next()
}

async fn serve(connector: PathBuf, name: String, mut ends: Ends) {
    while let Some(bytes) = ends.out.recv().await {
        let said: &[u8] = match bytes.as_slice() {
            ASK => state(&connector),
            ON => turn("--on", &name).await,
            OFF => turn("--off", &name).await,
            _ => FAILED,
        };
        let arrived = Arrived::Bytes(said.to_vec());
        if ends.arrived.send(arrived).await.is_err() {
            return;
        }
    }
}

/// What the kernel says of the connector: `On`, `Off`, and two states in between that nobody uses any more.
fn state(connector: &Path) -> &'static [u8] {
    match fs::read_to_string(connector.join("dpms"))
        .as_deref()
        .map(str::trim)
    {
        Ok("On") => ON,
        Ok("Off" | "Standby" | "Suspend") => OFF,
        Ok(_) | Err(_) => FAILED,
    }
}

async fn turn(how: &str, name: &str) -> &'static [u8] {
    match Command::new(COMMAND).arg(how).arg(name).output().await {
        Ok(ended) if ended.status.success() => DONE,
        Ok(ended) => {
            tracing::warn!(output = name, status = %ended.status, "{COMMAND} failed");
            FAILED
        }
        Err(error) => {
            tracing::warn!(output = name, %error, "{COMMAND} cannot be started");
            FAILED
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connector_is_found_whatever_its_card_is_called() {
        let folder = tempfile::tempdir().unwrap();
        for name in [
            "card1",
            "card1-HDMI-A-1",
            "card1-HDMI-A-12",
            "card1-eDP-1",
            "card1-Writeback-A-1",
        ] {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        let found = |name: &str| {
            let path = connector(folder.path(), name)?;
            Some(path.file_name()?.to_string_lossy().into_owned())
        };
        assert_eq!(found("HDMI-A-1").as_deref(), Some("card1-HDMI-A-1"));
        assert_eq!(found("eDP-1").as_deref(), Some("card1-eDP-1"));
        assert_eq!(found("A-1"), None);
        assert_eq!(found("DP-1"), None);
    }

    #[test]
    fn the_kernels_word_is_read_as_it_stands() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(state(folder.path()), FAILED);
        for (word, meaning) in [
            ("On\n", ON),
            ("Off\n", OFF),
            ("Suspend\n", OFF),
            ("?\n", FAILED),
        ] {
            fs::write(folder.path().join("dpms"), word).unwrap();
            assert_eq!(state(folder.path()), meaning, "{word}");
        }
    }
}
