//! A room's daemon without a browser, in a folder of its own that holds its file: started, asked, started again, ended. Knows no room.

use crate::program;
use serde_json::Value;
use std::fs;
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;

/// Of each room's file: its page on a port of its own, its socket where `roomctl` asks, no checks by itself, no browser.
pub const QUIET: &str = r#"[faces]
listen = "127.0.0.1:0"
socket = "control.sock"
[preflight]
enabled = false
[browser]
socket = "browser.sock"
"#;

/// Runs until it is dropped.
pub struct Daemon {
    child: Child,
    pub folder: TempDir,
    /// What else it is told when it is started.
    words: Vec<String>,
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // A daemon that has ended already is what is wanted.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Daemon {
    /// The folder holds `room.toml`, which puts the daemon's socket at `control.sock` there.
    pub fn start(folder: TempDir) -> Daemon {
        Daemon::start_with(folder, &[])
    }

    pub fn start_with(folder: TempDir, words: &[&str]) -> Daemon {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        Daemon {
            child: run(&folder, &words),
            folder,
            words,
        }
    }

    /// Killed and started.
    pub fn again(&mut self) {
        self.end();
        self.child = run(&self.folder, &self.words);
    }

    /// Killed, and started with other words.
    pub fn again_with(&mut self, words: &[&str]) {
        self.words = words.iter().map(|word| (*word).to_owned()).collect();
        self.again();
    }

    pub fn end(&mut self) {
        // One that has ended already is what is wanted.
        let _ = self.child.kill();
        self.child.wait().unwrap();
    }

    pub fn runs(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// What it has logged since it was started the first time.
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap()
    }

    /// What `roomctl` prints as JSON; nothing before the daemon answers.
    pub async fn roomctl(&self, words: &'static [&'static str]) -> Option<Value> {
        let socket = self.folder.path().join("control.sock");
        let asked = tokio::task::spawn_blocking(move || {
            Command::new(program("roomctl"))
                .arg("--socket")
                .arg(socket)
                .args(words)
                .output()
                .unwrap()
        });
        serde_json::from_slice(&asked.await.unwrap().stdout).ok()
    }
}

fn run(folder: &TempDir, words: &[String]) -> Child {
    let log = fs::OpenOptions::new()
        .append(true)
        .create(true)
        .open(folder.path().join("log"));
    Command::new(program("roomd"))
        .arg("run")
        .arg("--room")
        .arg(folder.path().join("room.toml"))
        .args(words)
        .stdout(Stdio::null())
        .stderr(log.unwrap())
        .spawn()
        .unwrap()
}
