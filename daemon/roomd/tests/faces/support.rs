//! A room of cardboard for the tests: real faces on ephemeral ports, canned views in, presses out.
//! Knows no browser.

use super::views;
use reqwest::{Client, Method, RequestBuilder, Response};
use room_core::event::{Origin, Press};
use room_core::view::View;
use roomd::faces::{self, FacesConfig, FacesError, LanFace, Metrics};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Once};
use std::time::Duration;
use tempfile::TempDir;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

/// No test waits longer for anything.
pub const LIMIT: Duration = Duration::from_secs(10);

/// Served faces and the ends that the event loop would hold.
pub struct Rig {
    pub loopback: SocketAddr,
    pub lan: Option<SocketAddr>,
    pub socket: PathBuf,
    pub views: watch::Sender<Arc<View>>,
    pub presses: mpsc::UnboundedReceiver<(Press, Origin)>,
    pub metrics: Metrics,
    pub stop: CancellationToken,
    pub served: JoinHandle<Result<(), FacesError>>,
    _folder: TempDir,
}

impl Rig {
    /// A room that shows this view and only takes note of presses.
    pub fn start(view: View) -> Rig {
        Rig::with(view, FacesConfig::default())
    }

    /// The same with a listener for the network.
    pub fn start_with_lan(view: View) -> Rig {
        Rig::with_lan(view, FacesConfig::default())
    }

    /// The same with a listener for the network and this configuration.
    pub fn with_lan(view: View, config: FacesConfig) -> Rig {
        let lan = Some(lan_face());
        Rig::with(view, FacesConfig { lan, ..config })
    }

    /// The same with this configuration; addresses are replaced by ephemeral ones where they are the default.
    pub fn with(view: View, mut config: FacesConfig) -> Rig {
        if config.loopback.port() == 8080 {
            config.loopback.set_port(0);
        }
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("control.sock");
        config.socket = Some(socket.clone());
        config.help = Some("4711".to_owned());
        let (views, seen) = watch::channel(Arc::new(view));
        let (press, mut pressed) = mpsc::channel(16);
        let (note, presses) = mpsc::unbounded_channel();
        let metrics = Metrics::new();
        let stop = CancellationToken::new();
        let bound = faces::bind(config, seen, press, metrics.clone(), stop.clone()).unwrap();
        let (loopback, lan) = (bound.loopback_addr(), bound.lan_addr());
        let served = tokio::spawn(bound.run());
        let counted = metrics.clone();
        tokio::spawn(async move {
            while let Some(press) = pressed.recv().await {
                counted.stepped(Duration::ZERO);
                let _ = note.send(press);
                counted.press_seen();
            }
        });
        Rig {
            loopback,
            lan,
            socket,
            views,
            presses,
            metrics,
            stop,
            served,
            _folder: folder,
        }
    }

    /// Shows another view.
    pub fn show(&self, view: View) {
        self.views.send_replace(Arc::new(view));
    }

    /// The next press, which must come soon.
    pub async fn pressed(&mut self) -> (Press, Origin) {
        let next = timeout(LIMIT, self.presses.recv()).await;
        next.expect("no press came").unwrap()
    }

    /// Asserts that nothing was pressed so far.
    pub fn nothing_pressed(&mut self) {
        assert!(self.presses.try_recv().is_err(), "something was pressed");
    }

    /// The address of a path on loopback.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.loopback)
    }

    /// The address of a path on the network's listener.
    pub fn lan_url(&self, path: &str) -> String {
        format!("https://{}{path}", self.lan.unwrap())
    }

    /// What the board's own browser knows after it opened the panel.
    pub async fn own_page(&self) -> Page {
        Page::of(client().get(self.url("/panel")).send().await.unwrap()).await
    }

    /// A request through the control socket.
    pub fn console(&self, method: Method, path: &str) -> RequestBuilder {
        let client = Client::builder().unix_socket(self.socket.as_path());
        let url = format!("http://room{path}");
        client.build().unwrap().request(method, url)
    }

    /// Stops the faces and waits until their ports are free.
    pub async fn end(self) {
        self.stop.cancel();
        timeout(LIMIT, self.served).await.unwrap().unwrap().unwrap();
    }
}

/// Token and cookie of an opened page.
pub struct Page {
    pub token: String,
    pub cookie: Option<String>,
}

impl Page {
    pub async fn of(response: Response) -> Page {
        let cookie = response.headers().get("set-cookie").map(|line| {
            let line = line.to_str().unwrap();
            line.split(';').next().unwrap().to_owned()
        });
        let text = response.text().await.unwrap();
        let mark = "name=\"roomd-token\" content=\"";
        let start = text.find(mark).unwrap() + mark.len();
        let token = text[start..].split('"').next().unwrap().to_owned();
        Page { token, cookie }
    }
}

/// A client that takes every certificate and follows no redirect, as the tests look at each answer.
pub fn client() -> Client {
    provider();
    let builder = Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .tls_danger_accept_invalid_certs(true);
    builder.build().unwrap()
}

/// A press as the panel page sends it.
pub fn press(url: String, page: &Page, body: &str) -> RequestBuilder {
    client()
        .post(url)
        .header("content-type", "application/json")
        .header("x-roomd-token", &page.token)
        .body(body.to_owned())
}

/// The code of a refusal.
pub async fn code(response: Response) -> String {
    let failure: room_api::Failure = response.json().await.unwrap();
    failure.code.code().to_owned()
}

/// A plain view for tests of the doors.
pub fn view() -> View {
    views::in_call()
}

fn provider() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // Another test may have been first.
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
}

fn lan_face() -> LanFace {
    provider();
    let names = vec!["saal2.test".to_owned(), "127.0.0.1".to_owned()];
    let made = rcgen::generate_simple_self_signed(names).unwrap();
    let key = rustls::pki_types::PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let tls = rustls::ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    LanFace {
        addr: SocketAddr::from(([127, 0, 0, 1], 0)),
        tls: http_listen::Tls::new(Arc::new(tls)),
        names: vec!["saal2.test".to_owned()],
        url: "https://saal2.test:8443".to_owned(),
    }
}
