//! A served conference and its pages without a browser, for tests.

#![allow(dead_code, reason = "each test binary uses its part")]

use futures_util::{SinkExt as _, StreamExt as _};
use practice::{
    Code, ConferenceConfig, ConferenceId, Config, Practice, ResumeKey, Rules, Serving, Transport,
};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

pub const BY_WHEN: Duration = Duration::from_secs(10);
pub const PASSCODE: &str = "geheim-4711";
pub const HOST_CODE: &str = "vorsitz-0815";
pub const ID: &str = "ratssitzung-nichtoeffentlich";

pub struct Room {
    pub practice: Practice,
    pub serving: Serving,
}

impl Room {
    pub fn open(key: &ResumeKey, rules: Rules) -> Self {
        let mut config = Config::new(key.clone());
        config.newcomers_wait = Duration::ZERO;
        config.conferences = vec![ConferenceConfig {
            id: ConferenceId::new(ID).unwrap(),
            rules,
        }];
        let practice = Practice::new(config).unwrap();
        let router = practice::router(practice.clone());
        let addr = ([127, 0, 0, 1], 0).into();
        let serving = practice::serve(addr, Transport::Plain, router).unwrap();
        Self { practice, serving }
    }

    pub fn addr(&self) -> SocketAddr {
        self.serving.addr()
    }

    pub async fn page(&self) -> Page {
        let url = format!("ws://{}/practice/{ID}/ws", self.addr());
        let (socket, _) = timeout(BY_WHEN, connect_async(url)).await.unwrap().unwrap();
        Page { socket }
    }

    pub async fn joined(&self, name: &str) -> Page {
        let mut page = self.page().await;
        page.say(json!({ "type": "join", "name": name, "passcode": PASSCODE, "host_code": null }))
            .await;
        page.hear("joined").await;
        page
    }
}

pub fn guarded() -> Rules {
    let code = |text| Some(Code::new(text).unwrap());
    Rules {
        passcode: code(PASSCODE),
        host_code: code(HOST_CODE),
        ..Rules::default()
    }
}

pub struct Page {
    pub socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

impl Page {
    pub async fn say(&mut self, message: Value) {
        self.raw(Message::Text(message.to_string().into())).await;
    }

    pub async fn raw(&mut self, message: Message) {
        timeout(BY_WHEN, self.socket.send(message))
            .await
            .unwrap()
            .unwrap();
    }

    /// The next message, pulses and pings aside; `None` when the server has closed.
    pub async fn next(&mut self) -> Option<Value> {
        loop {
            match timeout(BY_WHEN, self.socket.next()).await.expect("silence") {
                Some(Ok(Message::Text(text))) => {
                    let message: Value = serde_json::from_str(&text).unwrap();
                    if message["type"] != "pulse" {
                        return Some(message);
                    }
                }
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                Some(Ok(_) | Err(_)) | None => return None,
            }
        }
    }

    /// The next message of this type, others aside.
    pub async fn hear(&mut self, kind: &str) -> Value {
        loop {
            let message = self
                .next()
                .await
                .unwrap_or_else(|| panic!("closed before {kind}"));
            if message["type"] == kind {
                return message;
            }
        }
    }

    pub async fn hear_roster_of(&mut self, people: usize) -> Value {
        loop {
            let roster = self.hear("roster").await;
            if roster["people"].as_array().unwrap().len() == people {
                return roster;
            }
        }
    }
}
