//! Calls by SIP as this room's file says: what the daemon's task needs, and becoming the client.
//! Knows the shapes of both sides; decides nothing.

use crate::sound;
use anyhow::{Context, Result};
use call_sip::{Account, Client, Encryption, Setup, SipConfig, Sources, Transport};
use room_core::ids::Private;
use room_profile::{Profile, Sip, SipEncryption, SipTransport, SoundLinks};
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// In the state folder: what the client reads at its start.
const FOLDER: &str = "sip";

/// What the client's task needs.
pub fn config(sip: &Sip, sound: Option<&SoundLinks>) -> SipConfig {
    SipConfig {
        control: sip.control,
        setup: Setup {
            sources: Sources {
                mic: device(&sip.microphone, sound),
                camera: sip.camera.clone(),
                speaker: device(&sip.speaker, sound),
            },
            registers: sip.account.is_some(),
            transport: transport(sip.transport),
        },
    }
}

/// Writes the client's files, then becomes the client. Returns only when that fails.
///
/// # Errors
/// When the room's file has no `[sip]`, the files cannot be written, or the client cannot be started.
pub fn become_client(profile: &Profile, program: &Path) -> Result<()> {
    let sip = profile
        .sip
        .as_ref()
        .context("the room's file has no `[sip]`")?;
    let folder = profile.state_dir.join(FOLDER);
    let client = client(sip, profile, modules(program))?;
    write(&folder, &client)?;
    let mut command = Command::new(program);
    command.arg("-f").arg(&folder);
    if let Some(sound) = &profile.sound {
        command.env("PULSE_SERVER", sound::for_clients(sound));
    }
    let error = command.exec();
    Err(error).with_context(|| format!("cannot start {}", program.display()))
}

/// A device as the client names it. In a room with a sound server of its own the default is that one's face, over ALSA's plug-in for
/// PulseAudio; the machine's default would be the first card, past the room.
fn device(named: &str, sound: Option<&SoundLinks>) -> String {
    match (named, sound) {
        ("alsa,default", Some(_)) => "alsa,pulse".to_owned(),
        (named, _) => named.to_owned(),
    }
}

fn client(sip: &Sip, profile: &Profile, modules: PathBuf) -> Result<Client> {
    let sound = profile.sound.as_ref();
    let account = sip.account.as_ref().map(|account| {
        let file = &account.password_file;
        let text = fs::read_to_string(file)
            .with_context(|| format!("cannot read the password in {}", file.display()))?;
        let password = text.lines().next().unwrap_or_default().trim();
        anyhow::ensure!(
            !password.is_empty(),
            "there is no password in {}",
            file.display()
        );
        Ok(Account {
            address: account.user.clone(),
            password: Private::new(password),
        })
    });
    let devices = [&sip.microphone, &sip.camera, &sip.speaker, &sip.screen];
    Ok(Client {
        control: sip.control,
        listen: sip.listen,
        transport: transport(sip.transport),
        encryption: match sip.encryption {
            SipEncryption::Required => Encryption::Required,
            SipEncryption::Offered => Encryption::Offered,
            SipEncryption::None => Encryption::None,
        },
        proxy: sip.proxy.clone(),
        account: account.transpose()?,
        display_name: profile.plan.display_name.clone(),
        authorities: sip.authorities.clone(),
        modules,
        player: device(&sip.speaker, sound),
        display: sip.screen.clone(),
        more_modules: drivers(devices),
    })
}

fn transport(named: SipTransport) -> Transport {
    match named {
        SipTransport::Tls => Transport::Tls,
        SipTransport::Tcp => Transport::Tcp,
        SipTransport::Udp => Transport::Udp,
    }
}

/// The modules of the devices' drivers, each once.
fn drivers(devices: [&String; 4]) -> Vec<String> {
    let mut names: Vec<String> = devices
        .iter()
        .filter_map(|device| device.split(',').next())
        .map(str::to_owned)
        .collect();
    names.sort();
    names.dedup();
    names
}

/// Where this baresip has its modules: beside the program, as each version needs its own.
fn modules(program: &Path) -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut places = std::env::split_paths(&path).map(|place| place.join(program));
    let found = places.find(|place| place.is_file());
    let prefix = found
        .as_deref()
        .and_then(Path::parent)
        .and_then(Path::parent);
    let beside = prefix.map(|prefix| prefix.join("lib/baresip/modules"));
    beside
        .filter(|folder| folder.is_dir())
        .unwrap_or_else(|| PathBuf::from("/usr/lib/baresip/modules"))
}

/// The files are the client's alone: one of them holds a password.
fn write(folder: &Path, client: &Client) -> Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true).mode(0o700);
    builder
        .create(folder)
        .with_context(|| format!("cannot make {}", folder.display()))?;
    for (name, text) in client.files()? {
        let path = folder.join(name);
        let doing = || format!("cannot write {}", path.display());
        let mut options = fs::OpenOptions::new();
        options.write(true).create(true).truncate(true).mode(0o600);
        let mut file = options.open(&path).with_context(doing)?;
        file.write_all(text.as_bytes()).with_context(doing)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_driver_is_loaded_once() {
        let devices = ["alsa,default", "v4l2,/dev/video0", "alsa,hw:1", "x11,"].map(str::to_owned);
        let [a, b, c, d] = &devices;
        assert_eq!(drivers([a, b, c, d]), ["alsa", "v4l2", "x11"]);
    }

    #[test]
    fn modules_are_those_of_the_program() {
        let prefix = tempfile::tempdir().unwrap();
        let [programs, own] = ["bin", "lib/baresip/modules"].map(|name| prefix.path().join(name));
        fs::create_dir_all(&own).unwrap();
        fs::create_dir(&programs).unwrap();
        let program = programs.join("baresip");
        assert_eq!(modules(&program), Path::new("/usr/lib/baresip/modules"));
        fs::write(&program, "").unwrap();
        assert_eq!(modules(&program), own);
    }
}
