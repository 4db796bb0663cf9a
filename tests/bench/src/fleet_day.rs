//! A working day of thousands of simulated rooms at IT's server, once with its file and once over a cluster of NATS: which lines were lost,
//! what the server took, and whether its log is whole afterwards.

use crate::fleet::{HERE, said, start};
use crate::store::Cluster;
use anyhow::{Context, Result};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// How much of a day is played.
#[derive(Debug, Clone, Copy)]
pub struct Extent {
    /// How many rooms.
    pub rooms: u32,
    /// So many simulated seconds in a real one.
    pub speed: u32,
}

/// From before the first meeting until after the last.
const FROM: &str = "07:30";
const LASTS_S: u32 = 11 * 3600;

/// The same day on both stores.
pub async fn measure(program: Option<PathBuf>, extent: Extent) -> Result<Value> {
    let program = match program {
        Some(program) => program,
        None => std::env::current_exe()?.with_file_name("fleetd"),
    };
    let file = live(&program, extent, None).context("with the file")?;
    let cluster = Cluster::start(Path::new("target/nats/nats-server").to_owned())?;
    // A fleet server does not wait for a cluster that begins.
    drop(cluster.store().await?);
    let cluster = live(&program, extent, Some(&cluster)).context("over the cluster")?;
    Ok(json!({ "speed": extent.speed, "file": file, "cluster": cluster }))
}

fn live(program: &Path, extent: Extent, cluster: Option<&Cluster>) -> Result<Value> {
    let folder = tempfile::tempdir()?;
    let state = folder.path().join("state");
    fleetd::kept::folder(&state)?;
    let mut at = vec!["--state".to_owned(), state.display().to_string()];
    if let Some(cluster) = cluster {
        for name in ["store.key", "store-ca.pem"] {
            fs::copy(cluster.for_fleetd().join(name), state.join(name))?;
        }
        at.extend(["--store".to_owned(), cluster.address.clone()]);
    }
    let mut serve = Command::new(program);
    serve.args(["serve", "--listen", "127.0.0.1:0", "--name", HERE]);
    let (server, base) = start(serve.args(&at), &folder.path().join("out"))?;
    let file = |name: &str, words: &[&str]| -> Result<PathBuf> {
        let file = folder.path().join(name);
        fs::write(&file, said(Command::new(program).args(words).args(&at))?)?;
        Ok(file)
    };
    let authority = file("authority.pem", &["authority"])?;
    let token = file("token", &["token", "bench", "--role", "installer"])?;
    let seconds = LASTS_S.div_ceil(extent.speed);
    let played = Command::new(program)
        .args(["simulate", "--story", "day", "--from", FROM])
        .args(["--server", &base])
        .arg("--authority")
        .arg(&authority)
        .arg("--token")
        .arg(&token)
        .args(["--rooms", &extent.rooms.to_string()])
        .args(["--speed", &extent.speed.to_string()])
        .args(["--for", &seconds.to_string()])
        .args(["--watch", &server.id().to_string()])
        .stderr(Stdio::inherit())
        .output()?;
    let line = String::from_utf8(played.stdout)?;
    let came: Value = serde_json::from_str(&line).with_context(|| format!("no result: {line}"))?;
    drop(server);
    let log = file("log", &["audit", "export"])?;
    let whole = said(Command::new(program).args(["audit", "verify"]).arg(&log))?;
    let whole = String::from_utf8_lossy(&whole).trim().to_owned();
    let whole = whole.rsplit(": ").next().unwrap_or_default().to_owned();
    Ok(json!({ "came": came, "log": whole }))
}
