//! A keeper whose Chromium is a stand-in, and a client of it that speaks in bytes. Judges nothing.

use crate::SOON;
use crate::common::{open_folder, within};
use call_browser::frames::{Splitter, frame};
use nix::unistd::Pid;
use serde_json::Value;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::UnixStream;
use tokio::process::{Child, Command};

/// Speaks the pipe as Chromium does, writes down what it was asked, and obeys a few words of its own.
pub const STAND_IN: &str = r#"#!/bin/bash
say() { printf '%s\0' "$1" >&4; }
log="$(dirname "$0")/asked"
while IFS= read -r -d '' text <&3; do
  printf '%s\n' "$text" >>"$log"
  id=""; [[ $text =~ \"id\":([0-9]+) ]] && id=${BASH_REMATCH[1]}
  case "$text" in
    *Browser.getVersion*) say "{\"id\":$id,\"result\":{\"product\":\"StandIn/1\"}}" ;;
    *Test.end*) exit 7 ;;
    *Test.slow*) : ;;
    *Target.attachToTarget*)
      say "{\"method\":\"Target.attachedToTarget\",\"params\":{\"sessionId\":\"s$id\",\"targetInfo\":{}}}"
      say "{\"id\":$id,\"result\":{\"sessionId\":\"s$id\"}}" ;;
    *Test.event*) say "{\"method\":\"Test.happened\",\"params\":{}}"; say "{\"id\":$id,\"result\":{}}" ;;
    *) say "{\"id\":$id,\"result\":{}}" ;;
  esac
done
"#;

pub struct StandIn {
    pub folder: tempfile::TempDir,
    pub child: Child,
}

impl StandIn {
    pub async fn start(script: &str) -> Self {
        Self::start_from(script, |keeper| keeper).await
    }

    /// The same, by whoever starts this command.
    pub async fn start_from(script: &str, by: impl FnOnce(Command) -> Command) -> Self {
        let folder = open_folder();
        // The stand-in may run under another account, and writes beside itself.
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o1777)).unwrap();
        let program = folder.path().join("chromium");
        std::fs::write(&program, script).unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
        let child = by(keeper(folder.path(), &[])).spawn().unwrap();
        let socket = folder.path().join("s");
        within("the keeper's socket", SOON, || async {
            socket.exists().then_some(())
        })
        .await;
        Self { folder, child }
    }

    pub fn socket(&self) -> PathBuf {
        self.folder.path().join("s")
    }

    pub fn asked(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("asked")).unwrap_or_default()
    }

    pub fn profiles(&self) -> usize {
        std::fs::read_dir(self.folder.path().join("p")).map_or(0, Iterator::count)
    }

    pub fn pid(&self) -> Pid {
        Pid::from_raw(i32::try_from(self.child.id().unwrap()).unwrap())
    }
}

pub fn keeper(folder: &Path, more: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_browser-keeper"));
    command
        .args(["--window", "headless"])
        .arg("--chromium")
        .arg(folder.join("chromium"));
    command
        .arg("--socket")
        .arg(folder.join("s"))
        .arg("--profile-dir")
        .arg(folder.join("p"));
    if nix::unistd::Uid::effective().is_root() {
        command.args(["--user", "nobody"]);
    }
    command
        .args(more)
        .env("RUST_LOG", "warn")
        .stdin(Stdio::null())
        .kill_on_drop(true);
    command
}

pub async fn refused(folder: &Path, more: &[&str]) -> String {
    let Output { status, stderr, .. } =
        tokio::time::timeout(SOON, keeper(folder, more).stderr(Stdio::piped()).output())
            .await
            .unwrap()
            .unwrap();
    assert!(!status.success());
    String::from_utf8(stderr).unwrap()
}

/// A client that speaks in bytes.
pub struct Raw {
    pub stream: UnixStream,
    splitter: Splitter,
    ready: std::collections::VecDeque<Value>,
}

impl Raw {
    pub async fn at(socket: &Path) -> Self {
        // The file is there a moment before anybody listens.
        let connect = || async { UnixStream::connect(socket).await.ok() };
        Self {
            stream: within("somebody listens", SOON, connect).await,
            splitter: Splitter::new(1 << 20),
            ready: Default::default(),
        }
    }

    pub async fn say(&mut self, value: Value) {
        self.stream
            .write_all(&frame(value.to_string().into_bytes()))
            .await
            .unwrap();
    }

    /// The next frame, or `None` when the connection is over.
    pub async fn hear(&mut self) -> Option<Value> {
        tokio::time::timeout(SOON, async {
            loop {
                if let Some(value) = self.ready.pop_front() {
                    return Some(value);
                }
                let mut bytes = [0; 4096];
                let length = self.stream.read(&mut bytes).await.unwrap_or(0);
                if length == 0 {
                    return None;
                }
                let whole = self.splitter.push(&bytes[..length]);
                self.ready.extend(
                    whole
                        .iter()
                        .map(|text| serde_json::from_slice::<Value>(text).unwrap()),
                );
            }
        })
        .await
        .expect("a frame within 10 s")
    }

    pub async fn hear_until(&mut self, wanted: impl Fn(&Value) -> bool) -> Value {
        loop {
            let value = self.hear().await.expect("the connection stays");
            if wanted(&value) {
                return value;
            }
        }
    }

    pub async fn running(&mut self) -> Value {
        self.hear_until(|value| value["keeper"]["say"] == "running")
            .await["keeper"]
            .clone()
    }
}
