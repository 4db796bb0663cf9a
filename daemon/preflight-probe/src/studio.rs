//! The stage on PipeWire: its own programs play and record, unlinked by any policy, and are linked here, port by port. Beside the
//! microphones, the loudspeaker's own monitor is recorded; by it recordings are brought to the take's first sample, so that how
//! long programs take to start does not count. Knows no meaning of what it records.

use crate::stage::Stage;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use preflight::sound::Take;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tempfile::TempDir;
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep, timeout};

/// Why nothing was played or recorded.
#[derive(Debug, thiserror::Error)]
pub enum StudioError {
    /// PipeWire's programs are not installed.
    #[error("the program {0} is not installed; on Debian, it is in pipewire-bin")]
    NoProgram(&'static str),
    /// No sound server answers.
    #[error("the sound server does not answer: {0}")]
    NoServer(String),
    /// No such microphone or loudspeaker.
    #[error(
        "there is no {what} named \"{name}\" at the sound server; `pw-link -io` shows what there is"
    )]
    NoNode {
        /// Microphone or loudspeaker.
        what: &'static str,
        /// As it was asked for.
        name: String,
    },
    /// The server made no ports, links or sound of it in time.
    #[error("the sound server did not {0} in time")]
    Overdue(&'static str),
    /// A program of PipeWire failed.
    #[error("{program} failed: {said}")]
    Failed {
        /// Which one.
        program: &'static str,
        /// What it said.
        said: String,
    },
    /// What was played never came to the loudspeaker's node.
    #[error("what was played did not arrive at the loudspeaker \"{0}\"")]
    NotPlayed(String),
    /// A sound file could not be written or read.
    #[error("a sound file cannot be used")]
    File(#[from] hound::Error),
    /// A program could not be run.
    #[error("a program cannot be run")]
    Run(#[from] io::Error),
}

/// PipeWire's own stage.
#[derive(Debug, Clone, Default)]
pub struct Studio {
    runtime: Option<PathBuf>,
}

/// Ports come within one turn of the server's loop; a loaded board is given more.
const PORTS: Duration = Duration::from_secs(3);
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// What was played last is still on its way through the buffers of both programs.
const LATE: Duration = Duration::from_millis(350);
/// Beyond the take itself.
const SPARE: Duration = Duration::from_secs(4);
/// Part of the take's own peak at which the sweep is taken to have begun, in what was sent and in what came.
const BEGUN: f32 = 0.02;

impl Studio {
    /// At the server of this machine's user.
    pub fn here() -> Studio {
        Studio::default()
    }

    /// At the server whose socket is in this folder.
    pub fn at(runtime: PathBuf) -> Studio {
        Studio {
            runtime: Some(runtime),
        }
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.kill_on_drop(true).stdin(Stdio::null());
        if let Some(runtime) = &self.runtime {
            command.env("PIPEWIRE_RUNTIME_DIR", runtime);
            command.env("XDG_RUNTIME_DIR", runtime);
        }
        command
    }

    async fn link(&self, words: &[&str]) -> Result<String, StudioError> {
        let done = self.command("pw-link").args(words).output();
        let done = timeout(PORTS, done)
            .await
            .map_err(|_| StudioError::Overdue("answer"))?
            .map_err(|error| missing("pw-link", error))?;
        let said = String::from_utf8_lossy(&done.stderr).trim().to_owned();
        match done.status.success() {
            true => Ok(String::from_utf8_lossy(&done.stdout).into_owned()),
            false if said.contains("connect") => Err(StudioError::NoServer(said)),
            false => Err(StudioError::Failed {
                program: "pw-link",
                said,
            }),
        }
    }

    /// Ports of a node whose own name begins so.
    async fn ports(&self, side: &str, node: &str, kind: &str) -> Result<Vec<String>, StudioError> {
        let all = self.link(&[side]).await?;
        let ours = |port: &&str| {
            port.rsplit_once(':')
                .is_some_and(|(of, port)| of == node && port.starts_with(kind))
        };
        Ok(all
            .lines()
            .map(str::trim)
            .filter(ours)
            .map(str::to_owned)
            .collect())
    }

    async fn some_ports(
        &self,
        side: &str,
        node: &str,
        kind: &str,
    ) -> Result<Vec<String>, StudioError> {
        let until = Instant::now() + PORTS;
        loop {
            let found = self.ports(side, node, kind).await?;
            if !found.is_empty() {
                return Ok(found);
            }
            if Instant::now() >= until {
                return Err(StudioError::Overdue("make ports"));
            }
            sleep(LOOK_EVERY).await;
        }
    }

    /// A program that plays or records, under a name of its own and linked by nobody else.
    fn cat(
        &self,
        (mode, node): (&str, &str),
        (channels, rate): (usize, u32),
        file: &Path,
    ) -> Result<Child, StudioError> {
        let names: Vec<String> = (0..channels).map(|n| format!("AUX{n}")).collect();
        // Without a session manager nobody gives the node its ports; so it says by itself which it wants.
        let properties = format!(
            "{{ node.name = \"{node}\" node.autoconnect = false node.dont-reconnect = true \
             adapter.auto-port-config = {{ mode = dsp position = preserve }} }}"
        );
        self.command("pw-cat")
            .args([
                mode,
                "--target",
                "0",
                "--format",
                "f32",
                "--latency",
                "20ms",
            ])
            .args([
                "--rate",
                &rate.to_string(),
                "--channels",
                &channels.to_string(),
            ])
            .args(["--channel-map", &names.join(","), "-P", &properties])
            .arg(file)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| missing("pw-cat", error))
    }

    /// What each microphone hears while nothing is played, 48000 samples a second.
    ///
    /// # Errors
    /// As for a recording.
    pub async fn listen(
        &self,
        microphones: &[&str],
        how_long: Duration,
    ) -> Result<Vec<Vec<f32>>, StudioError> {
        let folder = TempDir::new()?;
        let file = folder.path().join("heard.wav");
        let (ear, _) = names();
        let mut recorder = self.cat(("-r", &ear), (microphones.len(), 48_000), &file)?;
        self.some_ports("-i", &ear, "input_").await?;
        for (name, n) in microphones.iter().zip(0..) {
            let ports = self.ports("-o", name, "capture_").await?;
            let port = ports.first().ok_or_else(|| StudioError::NoNode {
                what: "microphone",
                name: (*name).to_owned(),
            })?;
            self.link(&[port, &format!("{ear}:input_AUX{n}")]).await?;
        }
        sleep(how_long).await;
        stop(&mut recorder)?;
        // Interrupted, it calls its end a failure; whether it is one, its file tells.
        let _ = timeout(SPARE, recorder.wait()).await;
        Ok(read(&file, microphones.len())?)
    }
}

fn missing(program: &'static str, error: io::Error) -> StudioError {
    match error.kind() {
        io::ErrorKind::NotFound => StudioError::NoProgram(program),
        _ => StudioError::Run(error),
    }
}

impl Stage for Studio {
    type Error = StudioError;

    async fn record(
        &mut self,
        loudspeaker: &str,
        microphones: &[&str],
        take: &Take,
    ) -> Result<Vec<Vec<f32>>, StudioError> {
        let inputs = self.ports("-i", loudspeaker, "playback_").await?;
        let monitor = self.ports("-o", loudspeaker, "monitor_").await?;
        let absent = |what, name: &str| StudioError::NoNode {
            what,
            name: name.to_owned(),
        };
        let reference = monitor
            .first()
            .ok_or_else(|| absent("loudspeaker", loudspeaker))?;
        let mut sources = vec![reference.clone()];
        for name in microphones {
            let ports = self.ports("-o", name, "capture_").await?;
            sources.push(
                ports
                    .into_iter()
                    .next()
                    .ok_or_else(|| absent("microphone", name))?,
            );
        }
        let folder = TempDir::new()?;
        let (sent, came) = (
            folder.path().join("sent.wav"),
            folder.path().join("came.wav"),
        );
        write(&sent, take)?;
        let rate = take.sweep.rate;
        let (ear, mouth) = names();
        let mut recorder = self.cat(("-r", &ear), (sources.len(), rate), &came)?;
        let taps = self.some_ports("-i", &ear, "input_").await?;
        for (source, n) in sources.iter().zip(0..) {
            let tap = format!("{ear}:input_AUX{n}");
            if !taps.contains(&tap) {
                return Err(StudioError::Overdue("make ports"));
            }
            self.link(&[source, &tap]).await?;
        }
        let player = self.cat(("-p", &mouth), (1, rate), &sent)?;
        let outlet = self.some_ports("-o", &mouth, "output_").await?;
        for input in &inputs {
            self.link(&[&outlet[0], input]).await?;
        }
        let length = Duration::from_secs_f64(take.seconds());
        ended("pw-cat", player, length + SPARE).await?;
        sleep(LATE).await;
        stop(&mut recorder)?;
        // Interrupted, it calls its end a failure; whether it is one, its file tells.
        let _ = timeout(SPARE, recorder.wait()).await;
        let all = read(&came, sources.len())?;
        let start =
            aligned(&all[0], take).ok_or_else(|| StudioError::NotPlayed(loudspeaker.to_owned()))?;
        Ok(all[1..]
            .iter()
            .map(|channel| cut(channel, start, take))
            .collect())
    }
}

/// Names that no other run has at the same time.
fn names() -> (String, String) {
    static RUNS: AtomicU32 = AtomicU32::new(0);
    let run = RUNS.fetch_add(1, Ordering::Relaxed);
    let process = std::process::id();
    (
        format!("roomd-preflight-ear-{process}-{run}"),
        format!("roomd-preflight-mouth-{process}-{run}"),
    )
}

/// The recorder closes its file when it is interrupted; killed, it would leave it without its length.
fn stop(child: &mut Child) -> Result<(), StudioError> {
    if let Some(id) = child.id().and_then(|id| i32::try_from(id).ok()) {
        kill(Pid::from_raw(id), Signal::SIGINT).map_err(io::Error::from)?;
    }
    Ok(())
}

async fn ended(program: &'static str, child: Child, within: Duration) -> Result<(), StudioError> {
    let output = timeout(within, child.wait_with_output())
        .await
        .map_err(|_| StudioError::Overdue("finish"))??;
    match output.status.success() {
        true => Ok(()),
        false => Err(StudioError::Failed {
            program,
            said: String::from_utf8_lossy(&output.stderr).trim().to_owned(),
        }),
    }
}

fn write(file: &Path, take: &Take) -> Result<(), hound::Error> {
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: take.sweep.rate,
        bits_per_sample: 32,
        sample_format: hound::SampleFormat::Float,
    };
    let mut writer = hound::WavWriter::create(file, spec)?;
    for sample in &take.samples {
        writer.write_sample(*sample)?;
    }
    writer.finalize()
}

fn read(file: &Path, channels: usize) -> Result<Vec<Vec<f32>>, hound::Error> {
    let reader = hound::WavReader::open(file)?;
    let mut all = vec![Vec::new(); channels];
    for (n, sample) in reader.into_samples::<f32>().enumerate() {
        all[n % channels].push(sample?);
    }
    Ok(all)
}

fn begun(samples: &[f32], peak: f32) -> Option<usize> {
    samples
        .iter()
        .position(|sample| sample.abs() >= peak * BEGUN)
}

/// The place of the take's first sample; negative when the recording began after it.
fn aligned(reference: &[f32], take: &Take) -> Option<isize> {
    let loudest = |samples: &[f32]| samples.iter().fold(0f32, |most, s| most.max(s.abs()));
    let peak = loudest(reference);
    if peak < 1e-4 {
        return None;
    }
    let came = isize::try_from(begun(reference, peak)?).ok()?;
    let sent = isize::try_from(begun(&take.samples, loudest(&take.samples))?).ok()?;
    Some(came - sent)
}

/// So long as the take, or shorter when the recording ended early.
fn cut(channel: &[f32], start: isize, take: &Take) -> Vec<f32> {
    let before = usize::try_from(-start).unwrap_or(0);
    let from = usize::try_from(start).unwrap_or(0).min(channel.len());
    let mut samples = vec![0.0; before];
    samples.extend_from_slice(&channel[from..]);
    samples.truncate(take.samples.len());
    samples
}
