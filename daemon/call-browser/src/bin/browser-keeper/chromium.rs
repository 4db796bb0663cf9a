//! Owns one running Chromium: its process, the two ends of its pipe, and what it printed last.
//! Knows nothing of clients; frames go through untouched.

use crate::kin;
use crate::launch::{Account, Launched, launch};
use crate::outbox::{Outbox, Stuck};
use crate::profile::Profiles;
use crate::stderr::LastLines;
use anyhow::Context as _;
use call_browser::flags::{Looks, banned_in, command_line};
use call_browser::frames::{FROM_CHROMIUM, Splitter};
use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::Pid;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::ExitStatus;
use std::time::Duration;
use tokio::io::AsyncReadExt as _;
use tokio::net::unix::pipe;
use tokio::process::Child;
use tokio::sync::mpsc;
use tokio::time::Instant;

/// One running Chromium.
pub struct Chromium {
    /// Its process id.
    pub pid: u32,
    /// Its product name, once it answered.
    pub product: Option<String>,
    /// When it was started.
    pub started: Instant,
    child: Child,
    requests: Outbox,
    frames: mpsc::Receiver<Vec<u8>>,
    printed: LastLines,
    profile: tempfile::TempDir,
}

/// What a running Chromium brings.
pub enum Next {
    /// A frame.
    Frame(Vec<u8>),
    /// It ended, in these words.
    Ended(String),
}

impl Chromium {
    /// Starts one in a fresh profile.
    ///
    /// # Errors
    /// No profile, no pipe, no process.
    pub fn start(
        program: &Path,
        account: &Account,
        profiles: &Profiles,
        looks: &Looks,
    ) -> anyhow::Result<Self> {
        let profile = profiles.fresh(account).context("make a profile")?;
        let line = command_line(looks, profile.path().as_os_str());
        let launched =
            launch(program, account, profile.path(), &line).context("start a process")?;
        let Launched {
            mut child,
            requests,
            answers,
        } = launched;
        let pid = child.id().context("the process ended at once")?;
        let printed = LastLines::of(child.stderr.take().context("the process has no output")?);
        let requests =
            Outbox::new(pipe::Sender::from_owned_fd(requests.into()).context("take the pipe")?);
        let answers = pipe::Receiver::from_owned_fd(answers.into()).context("take the pipe")?;
        let frames = read_frames(answers);
        Ok(Self {
            pid,
            product: None,
            started: Instant::now(),
            child,
            requests,
            frames,
            printed,
            profile,
        })
    }

    /// Sends a frame.
    ///
    /// # Errors
    /// [`Stuck`] when Chromium does not read.
    pub fn send(&self, text: Vec<u8>) -> Result<(), Stuck> {
        self.requests.send(text)
    }

    /// The next frame, or the end. May be dropped and called again.
    pub async fn next(&mut self) -> Next {
        tokio::select! {
            biased;
            Some(frame) = self.frames.recv() => Next::Frame(frame),
            status = self.child.wait() => Next::Ended(match status {
                Ok(status) => self.last_words(status).await,
                Err(problem) => problem.to_string(),
            }),
        }
    }

    /// The banned flag it was started with, if any: wrappers and their settings may add flags behind our back.
    pub fn banned_flag(&self) -> Option<&'static str> {
        banned_in(&std::fs::read(format!("/proc/{}/cmdline", self.pid)).unwrap_or_default())
    }

    /// How much its processes have worked.
    pub fn worked(&self) -> Duration {
        kin::worked(self.pid)
    }

    async fn last_words(&self, status: ExitStatus) -> String {
        let how = match (status.code(), status.signal()) {
            (Some(code), _) => format!("ended with code {code}"),
            (None, Some(signal)) => format!("killed by signal {signal}"),
            (None, None) => "ended".to_owned(),
        };
        if self.product.is_some() {
            return how;
        }
        format!(
            "{how} before it answered; it printed: {}",
            self.printed.text(Duration::from_millis(500)).await
        )
    }

    /// Ends its process for sound. Nothing milder does: it takes no word, and went on when no page was left, even where it was
    /// told to quit a second later (seen with 156).
    pub fn begin_sound_anew(&self) {
        for process in kin::for_sound(self.pid) {
            tracing::info!(%process, "Chromium's process for sound is ended; the next one finds the sound server anew");
            // One that is gone by now has its successor already.
            let _ = kill(process, Signal::SIGKILL);
        }
    }

    /// Ends it and everything it started. That it ended is heard like any other end, and the next one is started.
    pub fn begin_anew(&self) {
        tracing::info!("Chromium is ended as asked; the next one is started");
        self.kill_all();
    }

    fn kill_all(&self) {
        let group = i32::try_from(self.pid).map(Pid::from_raw);
        if let Ok(group) = group {
            // One that is gone by now is what is wanted.
            let _ = killpg(group, Signal::SIGKILL);
        }
    }

    /// Ends it and everything it started, and deletes its profile.
    pub async fn end(mut self, grace: Duration) {
        if !grace.is_zero() {
            let _ = tokio::time::timeout(grace, self.child.wait()).await;
        }
        self.kill_all();
        let _ = tokio::time::timeout(Duration::from_secs(5), self.child.wait()).await;
        if let Err(problem) = self.profile.close() {
            tracing::warn!(%problem, "a browser profile could not be deleted");
        }
    }
}

fn read_frames(mut answers: pipe::Receiver) -> mpsc::Receiver<Vec<u8>> {
    let (out, frames) = mpsc::channel(256);
    tokio::spawn(async move {
        let mut splitter = Splitter::new(FROM_CHROMIUM);
        let mut bytes = vec![0; 256 << 10];
        while let Ok(length @ 1..) = answers.read(&mut bytes).await {
            let skipped = splitter.skipped();
            for frame in splitter.push(&bytes[..length]) {
                if out.send(frame).await.is_err() {
                    return;
                }
            }
            if splitter.skipped() > skipped {
                tracing::warn!("Chromium sent a frame that is too long; it was left out");
            }
        }
    });
    frames
}
