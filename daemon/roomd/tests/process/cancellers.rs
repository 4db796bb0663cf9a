//! The room's own canceller as its unit starts it, and one in its place that takes out exactly as much as is known. Knows no room.

use crate::kit::{Folder, until};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use sound_line::{Line, Next, Strand, Turn, Way, hold};
use std::collections::VecDeque;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;
use voices::RATE;

/// Ends when dropped.
pub struct Canceller(Child);

impl Canceller {
    fn program() -> PathBuf {
        Path::new(env!("CARGO_BIN_EXE_roomd")).with_file_name("room-canceller")
    }

    /// Whether it was built. Never silent.
    pub fn can_run(test: &str) -> bool {
        let there = Canceller::program().is_file();
        let all = std::env::var("ROOMD_TESTS").is_ok_and(|what| what == "all");
        assert!(
            there || !all,
            "all tests were asked for, but this one needs the canceller"
        );
        if !there {
            eprintln!("SKIPPED: {test}: needs the canceller: cargo build -p drv-audio");
        }
        there
    }

    pub fn start(folder: &Folder) -> Canceller {
        Canceller::with(folder, &[])
    }

    /// As systemd does that ends it when it gives no sign of life for so long; and where it gives them.
    pub fn watched(folder: &Folder, patience: Duration) -> (Canceller, UnixDatagram) {
        let socket = folder.path("canceller.sock");
        let _ = std::fs::remove_file(&socket);
        let systemd = UnixDatagram::bind(&socket).unwrap();
        let (socket, patience) = (
            socket.display().to_string(),
            patience.as_micros().to_string(),
        );
        let settings = [("NOTIFY_SOCKET", &socket), ("WATCHDOG_USEC", &patience)];
        (Canceller::with(folder, &settings), systemd)
    }

    fn with(folder: &Folder, settings: &[(&str, &String)]) -> Canceller {
        let mut command = Command::new(Canceller::program());
        command
            .arg("--socket")
            .arg(folder.path("run/sound/pipewire-0"))
            .envs(settings.iter().copied());
        Canceller(command.stdin(Stdio::null()).spawn().unwrap())
    }

    pub fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(i32::try_from(self.0.id()).unwrap()), signal).unwrap();
    }

    /// Waits for its own end.
    pub fn ended(&mut self) -> ExitStatus {
        until("the canceller's end", || self.0.try_wait().unwrap())
    }
}

impl Drop for Canceller {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// In the canceller's place by its nodes' names: passes the microphone on, softer by what it is told and by nothing else.
pub struct Known {
    end: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Known {
    /// `takes`: decibels.
    pub fn start(folder: &Folder, takes: f32) -> Known {
        let end = Arc::new(AtomicBool::new(false));
        let gain = 10f32.powf(-takes / 20.0);
        let waiting = Arc::new(Mutex::new(VecDeque::new()));
        let line = Line {
            socket: Some(folder.path("run/sound/pipewire-0")),
            rate: RATE as u32,
            latency: RATE as u32 / 100,
            nodes: Duration::from_secs(20),
            links: Duration::from_secs(20),
        };
        let into = waiting.clone();
        let hears = move |turn: Turn<'_>| into.lock().unwrap().extend(turn.samples[0].iter());
        let says = move |turn: Turn<'_>| {
            let mut waiting = waiting.lock().unwrap();
            for place in &mut turn.samples[0] {
                *place = gain * waiting.pop_front().unwrap_or(0.0);
            }
            // As much as one turn may wait, as with the real one.
            let late = waiting.len().saturating_sub(RATE / 50);
            waiting.drain(..late);
        };
        let strands = vec![
            Strand {
                name: "room-canceller-ear".to_owned(),
                way: Way::Hears,
                channels: 2,
                takt: Box::new(hears),
            },
            Strand {
                name: "room-canceller".to_owned(),
                way: Way::Plays,
                channels: 1,
                takt: Box::new(says),
            },
        ];
        let ends = end.clone();
        let thread = std::thread::spawn(move || {
            let over = ends.clone();
            let watch = move || match ends.load(Ordering::Relaxed) {
                true => Next::End,
                false => Next::On,
            };
            let ended = hold(
                &line,
                strands,
                &[],
                (move || over.load(Ordering::Relaxed), watch),
            );
            ended.unwrap();
        });
        Known {
            end,
            thread: Some(thread),
        }
    }
}

impl Drop for Known {
    fn drop(&mut self) {
        self.end.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
