//! IT's server with thousands of simulated rooms: memory, share of a core, a storm of reconnects, commands there and back, one setting
//! for all, pages, and what lines carry beside a bare echo. Server and rooms are the program `fleetd`; the server's figures are the
//! kernel's.

use anyhow::{Context, Result, bail, ensure};
use fleetd::authority::Authority;
use fleetd::fleet::now_ms;
use fleetd::people::{Grant, Invite, PeopleDesk, Role, Second, Signing};
use fleetd::serve::{listen, raise_open_files};
use fleetd::simulate::echo;
use fleetd::store::{Sqlite, Store};
use serde_json::{Value, json};
use std::fs::{self, File};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};
use tokio_util::sync::CancellationToken;

pub const HERE: &str = "127.0.0.1";
const SERVES: &str = "fleetd serves ";
const SOON: Duration = Duration::from_secs(60);

/// A program that serves; ends when dropped.
pub struct Server(Child);

impl Server {
    /// Its process.
    pub fn id(&self) -> u32 {
        self.0.id()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The promised numbers beside what came.
pub async fn measure(
    program: Option<PathBuf>,
    (rooms, seconds): (u32, u64),
    peer: Option<&Path>,
) -> Result<Value> {
    let program = match program {
        Some(program) => program,
        None => std::env::current_exe()?.with_file_name("fleetd"),
    };
    let folder = tempfile::tempdir()?;
    let state = folder.path().join("state");
    let mut serve = Command::new(&program);
    serve.args(["serve", "--listen", "127.0.0.1:0", "--name", HERE]);
    serve.arg("--state").arg(&state);
    let (server, base) = start(&mut serve, &folder.path().join("out"))?;
    // Built as the server is: both are optimised alike.
    let mut bare = Command::new(program.with_file_name("bench"));
    bare.arg("--echo").arg(&state);
    let (_bare, echo) = start(&mut bare, &folder.path().join("echo"))?;
    let file = |name: &str, words: &[&str]| -> Result<PathBuf> {
        let file = folder.path().join(name);
        fs::write(&file, said(Command::new(&program).args(words).arg(&state))?)?;
        Ok(file)
    };
    let authority = file("authority.pem", &["authority", "--state"])?;
    let token = file("token", &["token", "bench", "--role", "admin", "--state"])?;
    let cookie = folder.path().join("cookie");
    fs::write(&cookie, viewer(&state).await.context("a viewer")?)?;
    let played = Command::new(&program)
        .args(["simulate", "--story", "numbers", "--server", &base])
        .arg("--authority")
        .arg(&authority)
        .arg("--token")
        .arg(&token)
        .arg("--cookie")
        .arg(&cookie)
        .args(["--echo", &echo])
        .args(["--rooms", &rooms.to_string(), "--for", &seconds.to_string()])
        .args(["--watch", &server.id().to_string()])
        .stderr(Stdio::inherit())
        .output()?;
    let line = String::from_utf8(played.stdout)?;
    let came: Value = serde_json::from_str(&line).with_context(|| format!("no result: {line}"))?;
    let usable = match peer {
        Some(peer) => in_chromium(peer, &base, &cookie)?,
        None => Value::Null,
    };
    let promised = json!({
        "rooms": 10_000, "memory_mb": 256, "core_percent": 25, "storm_seconds": 60, "storm_errors": 0,
        "commands_per_s": 1_000, "command_p99_ms": 50, "settings_seconds": 30, "overview_ms": 300,
        "share_of_bare_echo": 0.7, "overview_in_chromium_ms": 1500,
    });
    Ok(json!({ "promised": promised, "came": came, "overview_in_chromium_ms": usable }))
}

/// The overview of all these rooms in a real Chromium, by a script; the rooms are gone by then, and known.
fn in_chromium(peer: &Path, base: &str, cookie: &Path) -> Result<Value> {
    let cookie = fs::read_to_string(cookie)?;
    let mut script = match nix::unistd::geteuid().is_root() {
        true => {
            let mut command = Command::new("runuser");
            command.args(["-u", "roomd-browser", "--", "node"]);
            command
        }
        false => Command::new("node"),
    };
    script
        .arg(peer.join("overview.mjs"))
        .args([base, cookie.trim(), "/usr/bin/chromium", "9"])
        .env("HOME", "/tmp");
    let times: Vec<f64> = serde_json::from_slice(&said(&mut script)?)?;
    Ok(super::spread(&times))
}

/// The bare echo, in a process of its own, until it is ended.
pub async fn echo_for(state: &Path) -> Result<()> {
    raise_open_files().context("asking for more open files")?;
    let authority = Authority::open(state, &[HERE.to_owned()], SystemTime::now())?;
    let listener = listen(SocketAddr::from(([127, 0, 0, 1], 0)))?;
    println!("{SERVES}https://{}/", listener.local_addr()?);
    Ok(echo(&authority, listener, CancellationToken::new()).await?)
}

/// Somebody who may look; the answer is the cookie of their browser.
async fn viewer(state: &Path) -> Result<String> {
    let store: Arc<dyn Store> = Arc::new(Sqlite::open(&state.join("fleet.db"))?);
    let (people, tenant, now_ms) = (PeopleDesk::new(&store), "own".parse()?, now_ms());
    let invite = Invite {
        name: "viewer".to_owned(),
        grants: vec![Grant {
            role: Role::Viewer,
            site: None,
        }],
    };
    let link = people.invite(&tenant, invite, now_ms).await?;
    let invited = people.invitation(&tenant, &link, now_ms).await?;
    let second = Second::of(&invited.second).context("a second factor")?;
    let signing = Signing {
        name: "viewer",
        password: "four words for looking",
        digits: &second.digits(now_ms),
        from: HERE.parse()?,
        now_ms,
    };
    Ok(people.accept(&tenant, &link, signing).await?)
}

/// Starts a program that says where it serves.
pub fn start(program: &mut Command, out: &Path) -> Result<(Server, String)> {
    let child = program
        .env("RUST_LOG", "warn")
        .stdout(File::create(out)?)
        .spawn()
        .with_context(|| format!("starting {program:?}"))?;
    let mut server = Server(child);
    let began = Instant::now();
    loop {
        let text = fs::read_to_string(out)?;
        let line = text.lines().find_map(|line| line.strip_prefix(SERVES));
        if let Some(base) = line.filter(|_| text.ends_with('\n')) {
            return Ok((server, base.trim_end_matches('/').to_owned()));
        }
        if began.elapsed() > SOON || server.0.try_wait()?.is_some() {
            bail!("{program:?} did not come: {text}");
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// What a program prints that goes well.
pub fn said(command: &mut Command) -> Result<Vec<u8>> {
    let said = command.output()?;
    ensure!(
        said.status.success(),
        "{command:?}: {}",
        String::from_utf8_lossy(&said.stderr)
    );
    Ok(said.stdout)
}
