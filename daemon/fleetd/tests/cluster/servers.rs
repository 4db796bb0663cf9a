//! Fleet servers as processes over one cluster, and programs that speak with them. Knows no story.

use crate::common::{Browser, TestRoom, administrator};
use crate::rig::{Cluster, LIMIT};
use fleetd::people::PeopleDesk;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use reqwest::Method;
use serde_json::{Value, json};
use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// One fleetd; killed when dropped.
pub struct Server {
    state: PathBuf,
    store: String,
    child: Option<Child>,
    pub at: SocketAddr,
}

impl Server {
    pub fn start(cluster: &Cluster, name: &str) -> Server {
        let mut server = Server {
            state: cluster.state(name),
            store: cluster.address.clone(),
            child: None,
            at: SocketAddr::from(([127, 0, 0, 1], 0)),
        };
        server.begin();
        server
    }

    /// Begins, at the same place as before.
    pub fn begin(&mut self) {
        let log = self.state.join("log");
        let log = File::options().create(true).append(true).open(log).unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_fleetd"))
            .args(["serve", "--name", "localhost", "--store", &self.store])
            .args(["--listen", &self.at.to_string(), "--state"])
            .arg(&self.state)
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap()).lines();
        let serves = out.next().expect("it serves").unwrap();
        let port = serves.trim_end_matches('/').rsplit(':').next().unwrap();
        self.at.set_port(port.parse().unwrap());
        self.child = Some(child);
    }

    fn signal(&self, signal: Signal) {
        let child = self.child.as_ref().unwrap();
        kill(Pid::from_raw(child.id() as i32), signal).unwrap();
    }

    pub fn kill(&mut self) {
        self.signal(Signal::SIGKILL);
        self.child.take().unwrap().wait().unwrap();
    }

    pub fn stop(&self) {
        self.signal(Signal::SIGSTOP);
    }

    pub fn go_on(&self) {
        self.signal(Signal::SIGCONT);
    }

    pub fn program(&self, token: &str) -> Program {
        Server::program_at(self.at, token)
    }

    pub fn program_at(at: SocketAddr, token: &str) -> Program {
        Program {
            browser: Browser::with(&format!("https://{at}"), None),
            token: token.to_owned(),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if self.child.is_some() {
            self.kill();
        }
    }
}

/// An administrator's token, made before the first server begins.
pub async fn token(cluster: &Cluster) -> String {
    let store = cluster.store().await;
    administrator(&PeopleDesk::new(&store)).await
}

/// A program at one server.
pub struct Program {
    browser: Browser,
    token: String,
}

impl Program {
    /// The answer, or none when the server is gone or does not answer in time.
    pub async fn ask(&self, method: Method, path: &str, body: Option<Value>) -> Option<Value> {
        let asked = self.browser.request(method, path).bearer_auth(&self.token);
        let asked = asked.timeout(LIMIT / 2);
        let asked = match body {
            Some(body) => asked.json(&body),
            None => asked,
        };
        let answer = asked.send().await.ok()?;
        match answer.status().is_success() {
            true => answer.json().await.ok(),
            false => None,
        }
    }

    pub async fn get(&self, path: &str) -> Value {
        self.ask(Method::GET, path, None).await.expect("an answer")
    }

    pub async fn light(&self, room: &str) -> String {
        let room = self.get(&format!("/api/v1/rooms/{room}")).await;
        room["light"].as_str().unwrap().to_owned()
    }

    /// Tells a room to close its microphone; how that stands after a while.
    pub async fn mute(&self, room: &str, id: &str) -> Option<String> {
        let body = json!({ "id": id, "verb": { "do": "mute" }, "lasts_s": 20, "wait_s": 20 });
        let path = format!("/api/v1/rooms/{room}/commands");
        let told = self.ask(Method::POST, &path, Some(body)).await?;
        Some(told["standing"]["is"].as_str().unwrap().to_owned())
    }

    /// Takes a room in that asked at another server.
    pub async fn approve(&self, room: &mut TestRoom) {
        let ticket = room.ask().await;
        let open = self.get("/api/v1/enrolment").await;
        let shown = open["requests"].as_array().unwrap().iter();
        let code = &room.code;
        let same = shown
            .into_iter()
            .any(|one| one["request"] == json!(ticket.request) && one["code"] == json!(code));
        assert!(same, "every server shows the same code: {open}");
        let approving = json!({ "code": code, "room": room.id, "name": room.id });
        let path = format!("/api/v1/enrolment/{}/approve", ticket.request);
        let done = self.ask(Method::POST, &path, Some(approving)).await;
        assert!(done.is_some(), "it is taken in");
        assert!(room.fetch(&ticket).await);
    }
}

/// Until something is so.
pub async fn until<F: Future<Output = bool>>(what: &str, mut is: impl FnMut() -> F) {
    let end = tokio::time::Instant::now() + LIMIT;
    while !is().await {
        assert!(tokio::time::Instant::now() < end, "never: {what}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
