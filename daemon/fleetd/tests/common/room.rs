//! A room at the other end: its key, its request, its certificate, its line. Speaks the protocol and nothing else.

use super::LIMIT;
use fleet_proto::*;
use futures_util::{SinkExt as _, StreamExt as _};
use rcgen::{CertificateParams, KeyPair, PublicKeyData as _};
use reqwest::tls::TlsInfo;
use reqwest::{Client, StatusCode};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::{Error as SocketError, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

pub struct TestRoom {
    at: SocketAddr,
    pub host: String,
    pub id: String,
    key: KeyPair,
    /// What it would show.
    pub code: String,
    pub papers: Option<Approved>,
}

impl TestRoom {
    pub fn new(at: SocketAddr, id: &str) -> TestRoom {
        TestRoom {
            at,
            host: "localhost".to_owned(),
            id: id.to_owned(),
            key: KeyPair::generate().unwrap(),
            code: String::new(),
            papers: None,
        }
    }

    fn client() -> Client {
        super::client().tls_info(true).build().unwrap()
    }

    fn base(&self) -> String {
        match self.host.as_str() {
            "localhost" => format!("https://{}", self.at),
            host => format!("https://{host}:{}", self.at.port()),
        }
    }

    pub fn csr(&self) -> String {
        let csr = CertificateParams::default().serialize_request(&self.key);
        csr.unwrap().pem().unwrap()
    }

    pub async fn ask_as(&self, csr_pem: String) -> reqwest::Response {
        let request = EnrolRequest {
            csr_pem,
            name: self.id.as_str().into(),
            software: "0.1.0".into(),
            board: None,
        };
        let post = TestRoom::client().post(format!("{}{ENROL_PATH}", self.base()));
        post.json(&request).send().await.unwrap()
    }

    /// Asks to be taken in; the code is made of what it saw.
    pub async fn ask(&mut self) -> EnrolTicket {
        let answer = self.ask_as(self.csr()).await;
        let shown = answer.extensions().get::<TlsInfo>().unwrap();
        let shown = shown.peer_certificate().unwrap();
        self.code = code(&self.key.subject_public_key_info(), shown);
        assert_eq!(answer.status(), StatusCode::OK);
        answer.json().await.unwrap()
    }

    pub async fn standing(&self, ticket: &EnrolTicket) -> EnrolAnswer {
        let path = format!("{}{ENROL_PATH}/{}", self.base(), ticket.request);
        let get = TestRoom::client().get(path).bearer_auth(&ticket.secret);
        get.send().await.unwrap().json().await.unwrap()
    }

    /// Fetches its papers; whether it was taken in.
    pub async fn fetch(&mut self, ticket: &EnrolTicket) -> bool {
        match self.standing(ticket).await {
            EnrolAnswer::Approved(papers) => {
                self.papers = Some(*papers);
                true
            }
            _ => false,
        }
    }

    fn tls(&self) -> ClientConfig {
        self.tls_with(self)
    }

    /// With another's key.
    pub fn tls_with(&self, other: &TestRoom) -> ClientConfig {
        let papers = self.papers.as_ref().unwrap();
        let mut roots = RootCertStore::empty();
        let authority = papers.authority_pem.as_bytes();
        roots
            .add(CertificateDer::from_pem_slice(authority).unwrap())
            .unwrap();
        let own = CertificateDer::from_pem_slice(papers.certificate_pem.as_bytes()).unwrap();
        let key = PrivatePkcs8KeyDer::from(other.key.serialize_der());
        ClientConfig::builder()
            .with_root_certificates(roots)
            .with_client_auth_cert(vec![own], key.into())
            .unwrap()
    }

    async fn stream(&self, at: SocketAddr) -> TlsStream<TcpStream> {
        let tcp = TcpStream::connect(at).await.unwrap();
        let name = ServerName::try_from(self.host.clone()).unwrap();
        let tls = TlsConnector::from(Arc::new(self.tls()));
        tls.connect(name, tcp).await.unwrap()
    }

    /// The WebSocket, or the status that it was refused with.
    pub async fn socket(
        &self,
        at: SocketAddr,
    ) -> Result<WebSocketStream<TlsStream<TcpStream>>, u16> {
        let stream = self.stream(at).await;
        let uri = format!("wss://{}:{}{SOCKET_PATH}", self.host, at.port());
        let mut request = uri.into_client_request().unwrap();
        let protocol = SUBPROTOCOL.parse().unwrap();
        request
            .headers_mut()
            .insert("sec-websocket-protocol", protocol);
        match client_async(request, stream).await {
            Ok((socket, _)) => Ok(socket),
            Err(SocketError::Http(answer)) => Err(answer.status().as_u16()),
            Err(error) => panic!("{error}"),
        }
    }

    /// A line on which hello and welcome were said.
    pub async fn line(&self) -> Line {
        self.line_at(self.at, None).await
    }

    /// A line of a room that can be told this.
    pub async fn line_that_knows(&self, verbs: &[&str]) -> Line {
        self.begin(self.at, None, verbs).await
    }

    pub async fn line_at(&self, at: SocketAddr, applied: Option<u64>) -> Line {
        let verbs = ["mute", "log-bundle", "leave"];
        self.begin(at, applied, &verbs).await
    }

    async fn begin(&self, at: SocketAddr, applied: Option<u64>, verbs: &[&str]) -> Line {
        let mut line = Line(self.socket(at).await.unwrap());
        line.say(&FromRoom::Hello(Hello {
            software: "0.1.0".into(),
            boot: "boot-1".parse().unwrap(),
            applied: applied.map(Revision),
            refused: None,
            now_ms: fleetd::fleet::now_ms(),
            verbs: verbs.iter().map(|verb| verb.parse().unwrap()).collect(),
        }))
        .await;
        let welcome = line.hear().await;
        assert!(matches!(welcome, FromFleet::Welcome(_)), "{welcome:?}");
        line
    }

    /// Something else than a line, with its certificate.
    pub fn http(&self) -> Client {
        let tls = self.tls();
        Client::builder()
            .tls_backend_preconfigured(tls)
            .build()
            .unwrap()
    }
}

pub struct Line(pub WebSocketStream<TlsStream<TcpStream>>);

impl Line {
    pub async fn say(&mut self, message: &FromRoom) {
        self.text(&write(message).unwrap()).await;
    }

    pub async fn text(&mut self, text: &str) {
        let _ = self.0.send(Message::text(text)).await;
    }

    pub async fn ping(&mut self) {
        let _ = self.0.send(Message::Ping(Vec::new().into())).await;
    }

    /// The next message; pings are answered below.
    pub async fn hear(&mut self) -> FromFleet {
        self.next().await.expect("the line goes on")
    }

    /// The next message; `None` at the line's end.
    pub async fn next(&mut self) -> Option<FromFleet> {
        loop {
            let message = timeout(LIMIT, self.0.next())
                .await
                .expect("in time")?
                .ok()?;
            match message {
                Message::Text(text) => return Some(read(&text).unwrap()),
                Message::Close(_) => return None,
                _ => {}
            }
        }
    }

    /// Why the server ends the line.
    pub async fn goodbye(&mut self) -> GoodbyeWhy {
        loop {
            match self.next().await {
                Some(FromFleet::Goodbye(goodbye)) => return goodbye.why,
                Some(_) => {}
                None => panic!("the line ended without a word"),
            }
        }
    }
}

/// A healthy room, but for these faults.
pub fn state(seq: u64, faults: &[&str]) -> FromRoom {
    let fault = |code: &&str| Fault {
        code: code.parse().unwrap(),
        about: None,
        since_ms: fleetd::fleet::now_ms() - 300_000,
        cause: None,
    };
    FromRoom::State(Box::new(Stamped {
        seq: Sequence(seq),
        at_ms: fleetd::fleet::now_ms(),
        of: RoomState {
            name: "Saal 2".into(),
            software: "0.1.0".into(),
            board: None,
            zone: "Europe/Berlin".into(),
            boot: "boot-1".parse().unwrap(),
            started_ms: 0,
            phase: Phase::Standby,
            phase_since_ms: fleetd::fleet::now_ms() - 60_000,
            call: None,
            microphone: SwitchNow::Closed,
            camera: SwitchNow::Closed,
            next_meeting_ms: None,
            faults: faults.iter().map(fault).collect(),
            devices: Vec::new(),
            proof: None,
            tomorrow: None,
            calendar: CalendarNow::None {},
            clock: ClockNow::Right,
            packs: Vec::new(),
        },
    }))
}
