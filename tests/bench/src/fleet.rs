//! IT's server with thousands of simulated rooms: memory, share of a core, a storm of reconnects, commands there and back, one setting
//! for all. Both are the program `fleetd`; the server's figures are the kernel's.

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const SOON: Duration = Duration::from_secs(60);

/// Ends when dropped.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The promised numbers beside what came.
pub fn measure(program: Option<PathBuf>, rooms: u32, seconds: u64) -> Result<Value> {
    let program = match program {
        Some(program) => program,
        None => std::env::current_exe()?.with_file_name("fleetd"),
    };
    let folder = tempfile::tempdir()?;
    let (server, base) = start(&program, folder.path())?;
    let state = folder.path().join("state");
    let file = |name: &str, words: &[&str]| -> Result<PathBuf> {
        let file = folder.path().join(name);
        fs::write(&file, said(Command::new(&program).args(words).arg(&state))?)?;
        Ok(file)
    };
    let authority = file("authority.pem", &["authority", "--state"])?;
    let token = file("token", &["token", "bench", "--role", "admin", "--state"])?;
    let played = Command::new(&program)
        .args(["simulate", "--story", "numbers", "--server", &base])
        .arg("--authority")
        .arg(&authority)
        .arg("--token")
        .arg(&token)
        .args(["--rooms", &rooms.to_string(), "--for", &seconds.to_string()])
        .args(["--watch", &server.0.id().to_string()])
        .stderr(Stdio::inherit())
        .output()?;
    let line = String::from_utf8(played.stdout)?;
    let came: Value = serde_json::from_str(&line).with_context(|| format!("no result: {line}"))?;
    let promised = json!({
        "rooms": 10_000, "memory_mb": 256, "core_percent": 25, "storm_seconds": 60, "storm_errors": 0,
        "commands_per_s": 1_000, "command_p99_ms": 50, "settings_seconds": 30,
    });
    Ok(json!({ "promised": promised, "came": came }))
}

fn start(program: &Path, folder: &Path) -> Result<(Server, String)> {
    let out = folder.join("out");
    let child = Command::new(program)
        .args([
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--name",
            "127.0.0.1",
            "--state",
        ])
        .arg(folder.join("state"))
        .env("RUST_LOG", "warn")
        .stdout(File::create(&out)?)
        .spawn()
        .with_context(|| format!("starting {}", program.display()))?;
    let mut server = Server(child);
    let began = Instant::now();
    loop {
        let text = fs::read_to_string(&out)?;
        let line = text
            .lines()
            .find_map(|line| line.strip_prefix("fleetd serves "));
        if let Some(base) = line.filter(|_| text.contains("first administrator")) {
            return Ok((server, base.trim_end_matches('/').to_owned()));
        }
        if began.elapsed() > SOON || server.0.try_wait()?.is_some() {
            bail!("the fleet server did not come: {text}");
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn said(command: &mut Command) -> Result<Vec<u8>> {
    let said = command.output()?;
    ensure!(
        said.status.success(),
        "{command:?}: {}",
        String::from_utf8_lossy(&said.stderr)
    );
    Ok(said.stdout)
}
