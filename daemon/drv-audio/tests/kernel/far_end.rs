//! The other end of a card of the kernel's loop: somebody who speaks into it, somebody who hears what it plays and says when, by the
//! probes' clock.

use super::rig::probe::{now, wait};
use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

// The loop's both ends have one format, and the server opened the other one with this.
const FORMAT: [&str; 9] = [
    "-q", "-t", "raw", "-f", "FLOAT_LE", "-r", "48000", "-c", "2",
];
/// Ten milliseconds of it.
const TURN: usize = 480 * 8;
/// What is quieter is nothing.
const NOTHING: f32 = 1e-3;

/// Speaks into a card's microphone or hears its loudspeaker; ends with this.
pub struct FarEnd {
    program: Child,
    loud: Arc<AtomicU64>,
}

impl FarEnd {
    /// A tone for half a minute, to be heard at the card's first device.
    pub fn speaks(card: u32, amplitude: f64) -> FarEnd {
        let sine = (0..48_000 * 30).flat_map(|n| {
            let value = (f64::from(n) * core::f64::consts::TAU / 48.0).sin() * amplitude;
            [(value as f32).to_le_bytes(); 2].concat()
        });
        let voice = format!("/tmp/voice-{card}.raw");
        std::fs::write(&voice, sine.collect::<Vec<_>>()).unwrap();
        let mut program = Command::new("aplay");
        program
            .args(FORMAT)
            .args(["-D", &format!("hw:{card},1"), &voice]);
        FarEnd {
            program: program.stdout(Stdio::null()).spawn().unwrap(),
            loud: Arc::default(),
        }
    }

    /// Hears what is played at one of the card's two devices, being at the other one.
    pub fn hears(card: u32, played: u32) -> FarEnd {
        let mut program = Command::new("arecord");
        program
            .args(FORMAT)
            .args(["-D", &format!("hw:{card},{}", 1 - played)]);
        // The kernel gives up a read after the time of the buffer, and an emulated machine stands longer than a short one.
        program.args(["--period-size=480", "--buffer-size=48000"]);
        let mut program = program.stdout(Stdio::piped()).spawn().unwrap();
        let (mut heard, loud) = (program.stdout.take().unwrap(), Arc::<AtomicU64>::default());
        let count = loud.clone();
        std::thread::spawn(move || {
            let mut turn = [0; TURN];
            while heard.read_exact(&mut turn).is_ok() {
                let samples = turn.as_chunks::<4>().0.iter();
                let mut samples = samples.map(|bytes| f32::from_le_bytes(*bytes).abs());
                if samples.any(|sample| sample > NOTHING) {
                    count.fetch_add(1, SeqCst);
                }
            }
        });
        FarEnd { program, loud }
    }

    /// Waits until something was heard in so many more turns of ten milliseconds; when that was.
    pub fn heard(&self, turns: u64) -> Option<u64> {
        let until = self.loud.load(SeqCst) + turns;
        wait(|| (self.loud.load(SeqCst) >= until).then(now))
    }
}

impl Drop for FarEnd {
    fn drop(&mut self) {
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}
