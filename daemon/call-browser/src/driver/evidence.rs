//! Keeps what IT needs to teach a service pack a new screen: a picture and an outline without content, in a folder of
//! the room that nobody else can read. Nothing here is ever sent anywhere.

use super::act::evaluate;
use super::page::{SEEN_WITHIN, function, picture};
use super::sight::Place;
use crate::cdp::{Cdp, SessionId};
use serde_json::{Value, json};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// So many screens are kept; older ones give way.
const KEPT: usize = 20;

/// A page to look at.
pub(super) struct Scene<'a> {
    pub cdp: &'a Cdp,
    pub session: &'a SessionId,
    /// The watcher of its top frame.
    pub place: Option<Place>,
    /// What is known about it; nothing private.
    pub about: Value,
}

/// Looks at the page and keeps what is seen; says where.
pub(super) async fn keep(folder: &Path, scene: Scene<'_>) -> Option<PathBuf> {
    let Scene {
        cdp,
        session,
        place,
        about,
    } = scene;
    let shot = picture(cdp, session, SEEN_WITHIN).await;
    let outline = match place {
        Some(place) => {
            let text = format!("({})()", function(include_str!("../page/outline.js")));
            evaluate::<Value>(cdp, &place, text, Duration::from_secs(3))
                .await
                .unwrap_or(Value::Null)
        }
        None => Value::Null,
    };
    let text = json!({ "about": about, "outline": outline }).to_string();
    match store(folder, shot.as_deref(), &text) {
        Ok(path) => {
            tracing::info!(file = %path.display(), "a screen that no rule knows was kept");
            Some(path)
        }
        Err(problem) => {
            tracing::warn!(%problem, "a screen that no rule knows could not be kept");
            None
        }
    }
}

fn store(folder: &Path, shot: Option<&[u8]>, text: &str) -> io::Result<PathBuf> {
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)?;
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700))?;
    let at = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .as_millis();
    let path = folder.join(format!("screen-{at}.json"));
    write(&path, text.as_bytes())?;
    if let Some(shot) = shot {
        write(&path.with_extension("png"), shot)?;
    }
    forget_old(folder)?;
    Ok(path)
}

fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(bytes)
}

fn forget_old(folder: &Path) -> io::Result<()> {
    let ours = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with("screen-") && name.ends_with(".json")
    };
    let mut kept: Vec<PathBuf> = std::fs::read_dir(folder)?
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(ours)
        .collect();
    kept.sort();
    let surplus = kept.len().saturating_sub(KEPT);
    for old in &kept[..surplus] {
        std::fs::remove_file(old)?;
        let _ = std::fs::remove_file(old.with_extension("png"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_is_closed_to_others_and_never_grows_beyond_its_bound() {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("a/b");
        for number in 0..KEPT + 5 {
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(folder.join(format!("screen-{number:05}.json")), "{}").unwrap();
            std::fs::write(folder.join(format!("screen-{number:05}.png")), "x").unwrap();
        }
        let path = store(&folder, Some(b"png"), "{}").unwrap();
        assert_eq!(
            std::fs::metadata(&folder).unwrap().permissions().mode() & 0o777,
            0o700
        );
        assert_eq!(
            std::fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
        assert!(path.exists() && path.with_extension("png").exists());
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 2 * KEPT);
    }
}
