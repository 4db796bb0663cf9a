//! Starting the browser's keeper as this room's file says. Knows the keeper's options; becomes it and is gone.

use crate::practice_room::{OwnNames, known_authority};
use crate::renewal::Renewal;
use crate::{browsing, screens, sound};
use anyhow::{Context, Result};
use call_browser::policy::install;
use room_profile::{Browser, Language, Profile};
use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use tracing::warn;

/// What the second display's browser keeps while it runs.
const SECOND_FOLDER: &str = "/run/roomd-second";

/// How often a room's file is read until it holds still; a person writes it, or a script, and not all the time.
const READS: usize = 5;

/// Writes the policy where Chromium reads it, then becomes the keeper of the room's browser, with `more` of its options. `read` says
/// what the room's file says by now, if it is right.
/// Returns only when that fails.
///
/// # Errors
/// When the policy cannot be made, or the keeper cannot be started.
pub fn become_keeper(
    profile: Profile,
    read: impl FnMut() -> Option<Profile>,
    more: &[OsString],
) -> Result<()> {
    let profile = written_for(profile, read, write_policy)?;
    begin(&profile, &profile.browser.socket, more)
}

/// Writes for what was read, and once more if that is not what can be read afterwards: the daemon writes too, as soon as the file has
/// changed, and what it wrote must not give way to what was read before.
fn written_for<T: PartialEq>(
    mut known: T,
    mut read: impl FnMut() -> Option<T>,
    mut write: impl FnMut(&T) -> Result<()>,
) -> Result<T> {
    for _ in 0..READS {
        write(&known)?;
        match read() {
            Some(now) if now != known => known = now,
            Some(_) | None => break,
        }
    }
    Ok(known)
}

fn write_policy(profile: &Profile) -> Result<()> {
    let names = OwnNames::read();
    let packs = Renewal::would_use(&profile.state_dir, &profile.packs);
    let authority = known_authority(profile, &names);
    let policy = browsing::policy(profile, &names, authority, &packs)?;
    let folder = &profile.browser.policy_dir;
    if let Err(error) = install(folder, &policy) {
        let folder = folder.display();
        warn!(%folder, %error, "cannot write the browser's policy: pages may get neither microphone nor camera");
    }
    Ok(())
}

/// Becomes the keeper of the second display's browser: the same page, in a browser that no call ever reaches. Nobody drives it, so
/// the page stands in its first window, and comes again with the browser.
/// Returns only when that fails.
///
/// # Errors
/// When the keeper cannot be started.
pub fn become_second(profile: &Profile, more: &[OsString]) -> Result<()> {
    let page = browsing::room_page(profile);
    let own = [
        "--class",
        screens::SECOND,
        "--start-url",
        &page,
        "--profile-dir",
        SECOND_FOLDER,
    ];
    let mut options: Vec<OsString> = own.map(OsString::from).into();
    options.extend_from_slice(more);
    begin(
        profile,
        &Path::new(SECOND_FOLDER).join("browser.sock"),
        &options,
    )
}

fn begin(profile: &Profile, socket: &Path, more: &[OsString]) -> Result<()> {
    let keeper = beside_this_program("browser-keeper");
    let mut command = Command::new(&keeper);
    command.args(options(profile, socket)).args(more);
    if let Some(sound) = &profile.sound {
        command.env("PULSE_SERVER", sound::for_clients(sound));
    }
    let error = command.exec();
    Err(error).with_context(|| format!("cannot start {}", keeper.display()))
}

/// The one that was installed with this daemon, else the one that the system knows.
fn beside_this_program(name: &str) -> PathBuf {
    let beside = std::env::current_exe()
        .ok()
        .map(|own| own.with_file_name(name));
    beside
        .filter(|path| path.is_file())
        .unwrap_or_else(|| PathBuf::from(name))
}

fn options(profile: &Profile, socket: &Path) -> Vec<OsString> {
    let Browser {
        program,
        socket: _,
        user,
        headless,
        fake_camera,
        fake_microphone,
        width,
        height,
        policy_dir: _,
        guest_mail: _,
    } = &profile.browser;
    let language = match profile.language {
        Language::German => "de-DE",
        Language::English => "en-GB",
    };
    let window = if *headless { "headless" } else { "kiosk" };
    let mut options: Vec<OsString> = vec!["--socket".into(), socket.into()];
    let mut add = |name: &str, value: OsString| options.extend([OsString::from(name), value]);
    add("--window", window.into());
    add("--size", format!("{width}x{height}").into());
    add("--language", language.into());
    let paths = [
        ("--chromium", program),
        ("--fake-camera", fake_camera),
        ("--fake-microphone", fake_microphone),
    ];
    for (name, path) in paths {
        if let Some(path) = path {
            add(name, path.into());
        }
    }
    if let Some(user) = user {
        add("--user", user.into());
    }
    options
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is written when the file says these one after the other, and what the browser begins with.
    fn written(said: &[Option<u8>]) -> (Vec<u8>, u8) {
        let mut said = said.iter().copied().chain(std::iter::repeat(None));
        let mut written = Vec::new();
        let known = said.next().flatten().unwrap();
        let write = |known: &u8| {
            written.push(*known);
            Ok(())
        };
        let known = written_for(known, || said.next().flatten(), write).unwrap();
        (written, known)
    }

    #[test]
    fn a_file_that_changes_while_the_policy_is_written_is_read_again() {
        assert_eq!(written(&[Some(1), Some(1)]), (vec![1], 1));
        assert_eq!(written(&[Some(1), Some(2), Some(2)]), (vec![1, 2], 2));
        // One that has problems by now changes nothing, as with the daemon.
        assert_eq!(written(&[Some(1), None]), (vec![1], 1));
    }

    #[test]
    fn a_file_that_never_holds_still_keeps_no_room_without_a_browser() {
        let restless: Vec<Option<u8>> = (0..100).map(Some).collect();
        assert_eq!(written(&restless).0.len(), READS);
    }
}
