//! A sound server of a test's own: null devices and nothing else. Knows no room.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// A server in a folder of its own, ended with this.
#[derive(Debug)]
pub struct PrivateServer {
    folder: TempDir,
    child: Child,
}

impl Drop for PrivateServer {
    fn drop(&mut self) {
        // One that has ended by itself is no harm.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl PrivateServer {
    /// Whether one can run here. Never silent; fails when all tests were asked for.
    pub fn can_run(test: &str) -> bool {
        let path = std::env::var_os("PATH").unwrap_or_default();
        if std::env::split_paths(&path).any(|place| place.join("pipewire").is_file()) {
            return true;
        }
        assert!(
            std::env::var("ROOMD_TESTS").as_deref() != Ok("all"),
            "all tests were asked for, but {test} needs pipewire"
        );
        println!("SKIPPED: {test}: needs pipewire");
        false
    }

    /// Begins one with these devices, each of one channel, at this rate, in turns of so many samples.
    ///
    /// # Errors
    /// When it does not start, or not within twenty seconds.
    pub fn start(
        (rate, turn): (u32, u32),
        loudspeakers: &[impl AsRef<str>],
        microphones: &[impl AsRef<str>],
    ) -> std::io::Result<PrivateServer> {
        let folder = TempDir::new()?;
        let file = folder.path().join("server.conf");
        std::fs::write(&file, config((rate, turn), loudspeakers, microphones))?;
        let child = Command::new("pipewire")
            .arg("-c")
            .arg(&file)
            .env("PIPEWIRE_RUNTIME_DIR", folder.path())
            .env("XDG_RUNTIME_DIR", folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let server = PrivateServer { folder, child };
        let until = Instant::now() + Duration::from_secs(20);
        while !server.socket().exists() {
            if Instant::now() > until {
                return Err(std::io::Error::other("pipewire makes no socket"));
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        Ok(server)
    }

    /// Its socket.
    pub fn socket(&self) -> PathBuf {
        self.folder.path().join("pipewire-0")
    }

    /// The folder of its socket, as `PIPEWIRE_RUNTIME_DIR` wants it.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }
}

const PORTS: &str = "adapter.auto-port-config = { mode = dsp monitor = true position = preserve }";

/// The server's own file: nothing of the system's, no session manager, no bus.
fn config(
    (rate, turn): (u32, u32),
    loudspeakers: &[impl AsRef<str>],
    microphones: &[impl AsRef<str>],
) -> String {
    let mut objects = String::from(
        "{ factory = spa-node-factory args = { factory.name = support.node.driver node.name = beat \
         node.group = room priority.driver = 20000 } }\n",
    );
    let mut device = |name: &str, class: &str| {
        // Writing to a String never fails.
        let _ = writeln!(
            objects,
            "{{ factory = adapter args = {{ factory.name = support.null-audio-sink node.name = {name} \
             node.group = room media.class = {class} object.linger = true audio.position = [ MONO ] {PORTS} }} }}"
        );
    };
    loudspeakers
        .iter()
        .for_each(|name| device(name.as_ref(), "Audio/Sink"));
    microphones
        .iter()
        .for_each(|name| device(name.as_ref(), "Audio/Source/Virtual"));
    format!(
        "context.properties = {{ core.daemon = true core.name = pipewire-0 support.dbus = false \
         default.clock.rate = {rate} default.clock.allowed-rates = [ {rate} ] clock.power-of-two-quantum = false \
         default.clock.quantum = {turn} default.clock.min-quantum = {turn} default.clock.max-quantum = {turn} }}\n\
         context.spa-libs = {{ audio.convert.* = audioconvert/libspa-audioconvert \
         support.* = support/libspa-support }}\n\
         context.modules = [\n\
         {{ name = libpipewire-module-rt flags = [ ifexists nofail ] }}\n\
         {{ name = libpipewire-module-protocol-native }}\n\
         {{ name = libpipewire-module-metadata }}\n\
         {{ name = libpipewire-module-spa-node-factory }}\n\
         {{ name = libpipewire-module-client-node }}\n\
         {{ name = libpipewire-module-adapter }}\n\
         {{ name = libpipewire-module-link-factory }}\n\
         {{ name = libpipewire-module-access }}\n\
         ]\ncontext.objects = [\n{objects}]\n"
    )
}
