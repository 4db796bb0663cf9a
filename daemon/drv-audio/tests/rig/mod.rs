//! A private sound server for tests and measurements, and streams of their own in it: a mouth that plays a tone, an ear that says when
//! it heard something last and first. Needs PipeWire's programs, no session manager.
#![allow(dead_code, reason = "each program uses its part")]
#![allow(clippy::expect_used, reason = "a test may end where it stands")]

pub mod probe;

use drv_audio::graph::conf;
use drv_audio::ports::Direction;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;

/// A server of one's own, in a folder of its own; ends with this.
pub struct Server {
    folder: TempDir,
    child: Option<Child>,
}

/// A null device by its name, called by the same in capitals.
pub fn null(name: &str, direction: Direction) -> conf::NullDevice {
    conf::NullDevice {
        name: name.into(),
        title: name.to_uppercase(),
        direction,
    }
}

/// A folder in memory, as /run is: a disk would be told the time of each write to a pipe.
fn memory() -> std::io::Result<TempDir> {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir())
}

impl Server {
    /// A running server with these devices; `None` where PipeWire is not installed, which is said.
    pub fn start(test: &str, nulls: &[conf::NullDevice]) -> Option<Server> {
        if Command::new("pipewire").arg("--version").output().is_err() {
            assert!(
                std::env::var_os("ROOMD_TESTS").is_none_or(|v| v != "all"),
                "pipewire is not installed"
            );
            println!("SKIPPED: {test}: pipewire is not installed");
            return None;
        }
        let folder = memory().expect("a folder");
        let text = conf::server(nulls, folder.path());
        std::fs::write(folder.path().join("server.conf"), text).expect("written");
        let mut server = Server {
            folder,
            child: None,
        };
        server.run();
        Some(server)
    }

    /// Starts it, again after [`Server::kill`].
    pub fn run(&mut self) {
        let mut command = self.command("pipewire");
        command
            .arg("-c")
            .arg(self.folder.path().join("server.conf"));
        self.child = Some(command.spawn().expect("pipewire starts"));
    }

    /// A program that means this server.
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        let path = self.folder.path();
        command
            .env("PIPEWIRE_RUNTIME_DIR", path)
            .env("XDG_RUNTIME_DIR", path)
            .stderr(Stdio::null());
        command
    }

    /// Ends it at once.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().expect("it ran");
            child.wait().expect("it ends");
        }
    }

    /// Its process.
    pub fn id(&self) -> u32 {
        self.child.as_ref().map_or(0, Child::id)
    }

    /// Its socket.
    pub fn socket(&self) -> PathBuf {
        self.folder.path().join("pipewire-0")
    }

    /// Takes a node out of the graph, as when its device is pulled.
    pub fn destroy(&self, node: &str) {
        let mut command = self.command("pw-cli");
        let status = command
            .args(["destroy", node])
            .stdout(Stdio::null())
            .status();
        assert!(status.expect("pw-cli runs").success(), "{node} stays");
    }

    /// The server's number of the node whose name ends so.
    pub fn node(&self, end: &str) -> Option<u32> {
        self.nodes(end).first().copied()
    }

    /// The same of every node whose name ends so.
    pub fn nodes(&self, end: &str) -> Vec<u32> {
        let listed = self.command("pw-cli").args(["ls", "Node"]).output();
        let text = String::from_utf8_lossy(&listed.expect("pw-cli runs").stdout).into_owned();
        let (mut id, mut all) = (None::<u32>, Vec::new());
        for line in text.lines().map(str::trim) {
            if let Some(rest) = line.strip_prefix("id ") {
                id = rest.split(',').next().and_then(|id| id.parse().ok());
            }
            if line.starts_with("node.name") && line.trim_end_matches('"').ends_with(end) {
                all.extend(id);
            }
        }
        all
    }

    /// Whether `pw-link` shows a link between two ports.
    pub fn linked(&self, out: &str, into: &str) -> bool {
        let output = self
            .command("pw-link")
            .args(["-l", "-o"])
            .output()
            .expect("pw-link runs")
            .stdout;
        let text = String::from_utf8_lossy(&output).into_owned();
        let from = text.lines().skip_while(|line| *line != out).skip(1);
        from.take_while(|line| line.starts_with(' '))
            .any(|line| line.ends_with(into))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}
