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

/// Writes the policy where Chromium reads it, then becomes the keeper of the room's browser, with `more` of its options.
/// Returns only when that fails.
///
/// # Errors
/// When the policy cannot be made, or the keeper cannot be started.
pub fn become_keeper(profile: &Profile, more: &[OsString]) -> Result<()> {
    let names = OwnNames::read();
    let packs = Renewal::would_use(&profile.state_dir, &profile.packs);
    let authority = known_authority(profile, &names);
    let policy = browsing::policy(profile, &names, authority, &packs)?;
    let folder = &profile.browser.policy_dir;
    if let Err(error) = install(folder, &policy) {
        let folder = folder.display();
        warn!(%folder, %error, "cannot write the browser's policy: pages may get neither microphone nor camera");
    }
    begin(profile, &profile.browser.socket, more)
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
