//! IT's fleet server beside the kit: started, the demo's room taken in by its code, and 200 simulated rooms that live a working day.
//! Looks at the server as a program with a token does; holds no part of it.

use crate::folder::Language;
use crate::kit::{Options, Stage, built};
use crate::process::Pulse;
use crate::report::Scribe;
use crate::wait::until;
use anyhow::{Context, Result, ensure};
use reqwest::{Certificate, Client, Method};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::process::Command;

const SERVER: &str = "fleet-server";
const ROOMS: &str = "simulated-rooms";
const COUNT: usize = 200;
/// The demo's room among them.
const ROOM: &str = "sitzungssaal-2";
const SOON: Duration = Duration::from_secs(120);
/// A room that is cut off for some seconds is cut off for a quarter of an hour of its own.
const OFFLINE_AFTER_S: u32 = 8;

/// How fast the simulated rooms live, and from when on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// A day in ten minutes.
    Day,
    /// So that within a minute meetings begin and a building's switch fails.
    Once,
}

/// A running server.
#[derive(Debug)]
pub struct Fleet {
    client: Client,
    base: String,
    /// For the first administrator, once.
    link: String,
    token: String,
    folder: PathBuf,
    runs: Pulse,
}

impl Fleet {
    /// Starts it.
    ///
    /// # Errors
    /// It does not come in time; says how its log ends.
    pub async fn start(stage: &mut Stage) -> Result<Fleet> {
        let folder = stage.folder().join("fleet");
        let words = [
            "serve".into(),
            "--listen".into(),
            "127.0.0.1:0".into(),
            "--name".into(),
            "127.0.0.1".into(),
            "--name".into(),
            "localhost".into(),
            "--state".into(),
            folder.clone().into(),
        ];
        let runs = stage.start(SERVER, "fleetd", words.into())?;
        let log = stage.folder().log(SERVER);
        let told = async {
            let told = until("the fleet server's address", SOON, async || {
                let text = fs::read_to_string(&log).unwrap_or_default();
                Option::zip(
                    after(&text, "fleetd serves "),
                    after(&text, "first administrator, once: "),
                )
                .ok_or(text)
            });
            Ok(told.await?)
        };
        let (base, link) = runs.while_it_runs(told).await?;
        let authority = said(&["authority", "--state"], &folder).await?;
        let token = said(&["token", "demo", "--role", "admin", "--state"], &folder).await?;
        fs::write(folder.join("authority.pem"), &authority).context("keeping the authority")?;
        fs::write(folder.join("token"), &token).context("keeping the token")?;
        let authority = Certificate::from_pem(authority.as_bytes())?;
        // The default of one crate could be another's; the same choice twice is none.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder().tls_certs_only([authority]).build()?;
        Ok(Fleet {
            client,
            base: base.trim_end_matches('/').to_owned(),
            link,
            token: token.trim().to_owned(),
            folder,
            runs,
        })
    }

    /// The kit's options with this server.
    pub fn of(&self, options: Options) -> Options {
        Options {
            fleet: Some(self.base.clone()),
            ..options
        }
    }

    async fn ask(&self, method: Method, path: &str, body: Option<Value>) -> Result<Value> {
        let mut request = self
            .client
            .request(method, format!("{}{path}", self.base))
            .bearer_auth(&self.token);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await?;
        let status = answer.status();
        let text = answer.text().await?;
        ensure!(status.is_success(), "{path}: {status}: {text}");
        serde_json::from_str(&text).with_context(|| format!("{path}: {text}"))
    }

    async fn get(&self, path: &str) -> Result<Value> {
        self.ask(Method::GET, path, None).await
    }

    /// Takes the demo's room in: its code is compared as an administrator compares it. The answer is the code.
    ///
    /// # Errors
    /// The room does not ask, or shows another code than the server.
    pub async fn take_in(&self, stage: &Stage) -> Result<String> {
        let socket = stage.folder().join("run/control.sock");
        let shown = until("a code in the room", SOON, async || {
            let said = standing(&socket).await.map_err(|error| error.to_string())?;
            let code = said["standing"]["code"].as_str();
            code.map(str::to_owned).ok_or(said.to_string())
        })
        .await?;
        let waiting = self.get("/api/v1/enrolment").await?;
        let all = waiting["requests"].as_array();
        let same = all.and_then(|all| all.iter().find(|one| one["code"] == *shown));
        let same = same.with_context(|| format!("no request with the code {shown}: {waiting}"))?;
        let request = same["request"].as_str().unwrap_or_default();
        let body = json!({
            "code": shown,
            "room": ROOM,
            "name": same["name"],
            "place": { "site": "rathaus", "building": "haus-a", "floor": "2", "kind": "sitzungssaal" },
        });
        let path = format!("/api/v1/enrolment/{request}/approve");
        self.ask(Method::POST, &path, Some(body)).await?;
        Ok(shown)
    }

    /// Has 200 more rooms live their day.
    ///
    /// # Errors
    /// The program is not built.
    pub fn populate(&self, stage: &mut Stage, pace: Pace) -> Result<Pulse> {
        let (speed, from) = match pace {
            Pace::Day => ("60", "08:50"),
            // The first building's switch fails at 11:12 of this seed's first day, when all rooms have long been connected.
            Pace::Once => ("60", "10:20"),
        };
        let file = |name| self.folder.join(name).into();
        let words = vec![
            "simulate".into(),
            "--server".into(),
            self.base.clone().into(),
            "--authority".into(),
            file("authority.pem"),
            "--token".into(),
            file("token"),
            "--rooms".into(),
            COUNT.to_string().into(),
            "--speed".into(),
            speed.into(),
            "--from".into(),
            from.into(),
        ];
        stage.start(ROOMS, "fleetd", words)
    }

    /// What is to be seen of a fleet, step by step.
    ///
    /// # Errors
    /// The first step that was not seen.
    pub async fn play(&self, stage: &mut Stage, scribe: &mut Scribe) -> Result<()> {
        scribe.next("room-enrolled");
        let code = self.take_in(stage).await?;
        let room = format!("/api/v1/rooms/{ROOM}");
        self.until("the room's own state", &room, |said| {
            said["state"]["phase"].is_string()
        })
        .await?;
        scribe.seen(format!(
            "room and server showed {code}; the room says how it is"
        ));

        scribe.next("alert-rule");
        let rule = json!({ "on": "offline", "severity": "warning", "after_s": OFFLINE_AFTER_S });
        let path = "/api/v1/alerts/rules/offline";
        self.ask(Method::PUT, path, Some(rule)).await?;
        scribe.seen("rooms that are cut off for eight seconds make an alert");

        scribe.next("rooms-live");
        let lives = self.populate(stage, Pace::Once)?;
        let seen = async {
            self.until("200 rooms", "/api/v1/rooms?limit=1", |said| {
                said["found"] == COUNT + 1
            })
            .await?;
            self.until(
                "rooms that are well",
                "/api/v1/rooms?light=green&limit=1",
                |said| said["found"].as_u64() > Some(COUNT as u64 / 2),
            )
            .await
        };
        lives.while_it_runs(seen).await?;
        scribe.seen("200 simulated rooms are taken in, connected and well");

        scribe.next("meeting");
        self.until(
            "a meeting in a simulated room",
            "/api/v1/rooms/sim-00040",
            |said| said["state"]["call"]["since_ms"].is_i64(),
        )
        .await?;
        scribe.seen("a simulated room is in a meeting");

        scribe.next("one-alert");
        let many = |alert: &Value| {
            let rooms = alert["members"].as_object().map_or(0, |rooms| rooms.len());
            alert["cause"] == "offline" && rooms >= 20
        };
        let alerts = self
            .until("one alert of a whole building", "/api/v1/alerts", |said| {
                let all = said["alerts"].as_array();
                all.is_some_and(|all| all.iter().any(many))
            })
            .await?;
        let count = alerts["alerts"].as_array().map_or(0, |all| {
            all.iter()
                .filter(|alert| alert["cause"] == "offline")
                .count()
        });
        ensure!(count == 1, "one switch is one alert, not {count}: {alerts}");
        scribe.seen("a building's switch failed, and that is one alert");

        scribe.next("told");
        let body = json!({ "verb": { "do": "mute" }, "wait_s": 20 });
        let path = format!("{room}/commands");
        let said = self.ask(Method::POST, &path, Some(body)).await?;
        ensure!(said["standing"]["is"] == "done", "{said}");
        scribe.seen("told to be silent, the demo's room is");
        self.runs.pid().map(drop)
    }

    async fn until(&self, wanted: &str, path: &str, is: impl Fn(&Value) -> bool) -> Result<Value> {
        let seen = until(wanted, SOON, async || {
            let said = self.get(path).await.map_err(|error| format!("{error:#}"))?;
            match is(&said) {
                true => Ok(said),
                false => Err(said.to_string().chars().take(400).collect()),
            }
        });
        Ok(seen.await?)
    }

    /// Where to look, for people.
    pub fn places(&self, language: Language) -> String {
        let Fleet {
            base, link, folder, ..
        } = self;
        let authority = folder.join("authority.pem");
        let authority = authority.display();
        match language {
            Language::De => format!(
                "  Flottenserver                {base}/   (200 simulierte Räume: ein Arbeitstag in zehn Minuten)\n  \
                 erste Verwaltung, einmalig   {link}\n  \
                 Der Browser warnt, bis er {authority} vertraut.\n"
            ),
            Language::En => format!(
                "  fleet server                 {base}/   (200 simulated rooms: a working day in ten minutes)\n  \
                 first administrator, once    {link}\n  \
                 The browser warns until it trusts {authority}.\n"
            ),
        }
    }
}

/// What stands behind these words in a line.
fn after(text: &str, words: &str) -> Option<String> {
    let line = text.lines().find_map(|line| line.strip_prefix(words))?;
    Some(line.trim().to_owned())
}

/// What the server's program prints.
async fn said(words: &[&str], folder: &Path) -> Result<String> {
    let asked = Command::new(built("fleetd")?)
        .args(words)
        .arg(folder)
        .output();
    let asked = asked.await.context("asking fleetd")?;
    let told = String::from_utf8_lossy(&asked.stderr).into_owned();
    ensure!(asked.status.success(), "fleetd {}: {told}", words.join(" "));
    String::from_utf8(asked.stdout).context("reading what fleetd printed")
}

/// How the room stands with its fleet, as `roomctl` says it.
async fn standing(socket: &Path) -> Result<Value> {
    let asked = Command::new(built("roomctl")?)
        .arg("--socket")
        .arg(socket)
        .args(["fleet", "--json"])
        .output();
    Ok(serde_json::from_slice(&asked.await?.stdout)?)
}

#[cfg(test)]
mod tests {
    use super::after;

    #[test]
    fn addresses_are_read_from_what_the_server_prints() {
        let log = "fleetd serves https://127.0.0.1:1/\nfirst administrator, once: https://127.0.0.1:1/welcome?link=a\n";
        assert_eq!(
            after(log, "fleetd serves ").as_deref(),
            Some("https://127.0.0.1:1/")
        );
        assert_eq!(after(log, "nothing "), None);
    }
}
