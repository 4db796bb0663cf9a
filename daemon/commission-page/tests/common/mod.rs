//! A desk with its page on an address of its own, and people who come to it. Knows no browser.
#![allow(dead_code, reason = "each test file uses its part")]

use commission::{Choice, Form, Question, Topic};
use commission_page::{Desk, Ears, Eyes, Screen, Setting, serve};
use reqwest::redirect::Policy;
use reqwest::{Client, Response, StatusCode};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

pub struct Rig {
    pub desk: Desk,
    pub at: SocketAddr,
    pub served: JoinHandle<()>,
    folder: TempDir,
}

/// Two cameras: one sees a bright wall, one a dark one.
struct Walls;

impl Eyes for Walls {
    fn picture(&self, key: &str) -> Option<Vec<u8>> {
        let shade = if key == "usb-1" { 200 } else { 60 };
        let mut bytes = Vec::new();
        let mut image = png::Encoder::new(&mut bytes, 64, 36);
        image.set_color(png::ColorType::Grayscale);
        let mut writer = image.write_header().ok()?;
        writer.write_image_data(&[shade; 64 * 36]).ok()?;
        writer.finish().ok()?;
        Some(bytes)
    }
}

/// A loudspeaker that sounds and one that does not; a microphone at which somebody speaks, and one that is not there.
struct Table;

impl Ears for Table {
    fn play(&self, key: &str) -> bool {
        key == "usb-1"
    }

    fn level(&self, key: &str) -> Option<f64> {
        (key == "usb-1").then_some(-35.0)
    }
}

impl Rig {
    pub fn start() -> Rig {
        // Several crates speak TLS; a second choice could only be the same one.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let folder = tempfile::tempdir().unwrap();
        let own = practice::tls::own_certificate(folder.path(), &["saal2.test"]).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let at = listener.local_addr().unwrap();
        let desk = Desk::new(Some(folder.path().join("pairings.json")));
        let setting = Setting {
            desk: desk.clone(),
            eyes: Arc::new(Walls),
            ears: Arc::new(Table),
            listener,
            tls: own.listener_config(),
            names: vec!["saal2.test".to_owned()],
        };
        let served = tokio::spawn(async move {
            serve(setting, CancellationToken::new()).await.unwrap();
        });
        Rig {
            desk,
            at,
            served,
            folder,
        }
    }

    pub fn url(&self, path: &str) -> String {
        format!("https://{}{path}", self.at)
    }

    /// A phone that is paired.
    pub async fn paired(&self) -> Phone {
        let phone = Phone::new(self);
        let code = self.desk.code().unwrap();
        let answer = phone.pair(&code).await;
        assert_eq!(answer.status(), StatusCode::SEE_OTHER);
        // Whoever runs the interview hears first that it is asked in the phone's language.
        let _ = self.desk.heard();
        phone
    }
}

/// A device with a browser's headers and its cookies.
pub struct Phone {
    pub client: Client,
    pub base: String,
    pub origin: String,
}

impl Phone {
    pub fn new(rig: &Rig) -> Phone {
        let client = Client::builder()
            .redirect(Policy::none())
            .cookie_store(true)
            .tls_danger_accept_invalid_certs(true);
        let origin = format!("https://{}", rig.at);
        Phone {
            client: client.build().unwrap(),
            base: origin.clone(),
            origin,
        }
    }

    pub async fn get(&self, path: &str) -> Response {
        let get = self.client.get(format!("{}{path}", self.base));
        get.send().await.unwrap()
    }

    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Response {
        let encoded = |text: &str| text.replace('&', "%26").replace(' ', "+");
        let body: Vec<String> = fields
            .iter()
            .map(|(name, value)| format!("{name}={}", encoded(value)))
            .collect();
        self.client
            .post(format!("{}{path}", self.base))
            .header("origin", &self.origin)
            .header("sec-fetch-site", "same-origin")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body.join("&"))
            .send()
            .await
            .unwrap()
    }

    pub async fn pair(&self, code: &str) -> Response {
        self.post("/pair", &[("code", code), ("lang", "de")]).await
    }

    /// The token and the step of the form on the page now.
    pub async fn form(&self) -> (String, String) {
        let page = self.get("/").await.text().await.unwrap();
        let field = |name: &str| {
            let after = page.split(&format!("name=\"{name}\" value=\"")).nth(1)?;
            after.split('"').next().map(str::to_owned)
        };
        (field("token").unwrap(), field("step").unwrap())
    }
}

pub fn question(topic: Topic, form: Form) -> Question {
    Question {
        topic,
        text: "Wie heißt der Raum?".to_owned(),
        hint: "Am Terminal".to_owned(),
        page: "So steht er auf allen Anzeigen, zum Beispiel: Sitzungssaal 2".to_owned(),
        form,
        proposal: Some(String::new()),
    }
}

pub fn asks(topic: Topic, form: Form) -> Screen {
    Screen::Ask {
        question: question(topic, form),
        refused: None,
    }
}

pub fn choices(words: &[(&str, &str)]) -> Vec<Choice> {
    let choice = |(word, label): &(&str, &str)| Choice {
        word: (*word).to_owned(),
        label: (*label).to_owned(),
    };
    words.iter().map(choice).collect()
}
