//! A conference of our own behind pages with BigBlueButton's markers: Janus mixes nothing and forwards everything, as
//! BigBlueButton's own media servers do.

use super::{open_folder, within};
use axum::Router;
use axum::extract::Request;
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use call_browser::Allowed;
use call_browser::policy::{Authority, Table, managed};
use practice::tls::OwnCertificate;
use practice::{Serving, Transport};
use std::fmt::Write as _;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// A folder of Debian's package, where its parts lie.
const PARTS: &str = "/usr/lib/x86_64-linux-gnu/janus";

/// Janus, and the pages that lead to it.
pub struct Server {
    /// Where the pages are, such as `https://10.213.0.1:4711`.
    pub origin: String,
    janus: Child,
    port: u16,
    own: OwnCertificate,
    folder: tempfile::TempDir,
    _serving: Serving,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.janus.kill();
        let _ = self.janus.wait();
    }
}

impl Server {
    /// Serves both at this address, with TLS: no page elsewhere gets a microphone.
    pub async fn start(at: Ipv4Addr) -> Self {
        let folder = open_folder();
        let free = TcpListener::bind((at, 0)).unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);
        let own = practice::tls::own_certificate(folder.path(), &[&at.to_string()]).unwrap();
        write_certificate(folder.path(), &own);
        write_configuration(folder.path(), at, port);
        let log = std::fs::File::create(folder.path().join("log")).unwrap();
        let janus = Command::new("janus")
            .arg("-F")
            .arg(folder.path())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .stdin(Stdio::null())
            .spawn()
            .expect("start janus");
        let transport = Transport::Tls(own.listener_config());
        let address = SocketAddr::from((at, 0));
        let serving = practice::serve(address, transport, Router::new().fallback(pages)).unwrap();
        let server = Self {
            origin: format!("https://{}", serving.addr()),
            janus,
            port,
            own,
            folder,
            _serving: serving,
        };
        within("janus", Duration::from_secs(30), || async {
            TcpStream::connect((at, port)).is_ok().then_some(())
        })
        .await;
        server
    }

    /// The policy of a browser that may come here.
    pub fn policy(&self) -> String {
        managed(&Table {
            services: vec![Allowed::parse(&self.origin).unwrap()],
            authorities: vec![Authority {
                der: self.own.ca_der().to_vec(),
                names: Vec::new(),
                networks: Vec::new(),
            }],
            ..Table::default()
        })
    }

    /// The link in the invitation to a conference: the door's page.
    pub fn invitation(&self, room: u32, scene: &str) -> String {
        let Self { origin, port, .. } = self;
        format!("{origin}/rooms/rat-haus-abc/join?janus={port}&room={room}&scene={scene}")
    }

    /// The client's own page, under a name.
    pub fn client(&self, room: u32, name: &str) -> String {
        let Self { origin, port, .. } = self;
        format!("{origin}/html5client/join?janus={port}&room={room}&name={name}")
    }

    /// What Janus said, for people who read a failure.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }
}

/// As files, which is how Janus takes them.
fn write_certificate(folder: &Path, own: &OwnCertificate) {
    let kept = std::fs::read(folder.join("practice-tls.json")).unwrap();
    let kept: serde_json::Value = serde_json::from_slice(&kept).unwrap();
    let mut certificate = String::from("-----BEGIN CERTIFICATE-----\n");
    for line in STANDARD.encode(own.leaf_der()).as_bytes().chunks(64) {
        writeln!(certificate, "{}", std::str::from_utf8(line).unwrap()).unwrap();
    }
    certificate += "-----END CERTIFICATE-----\n";
    std::fs::write(folder.join("cert.pem"), certificate).unwrap();
    std::fs::write(
        folder.join("key.pem"),
        kept["leaf_key_pem"].as_str().unwrap(),
    )
    .unwrap();
}

fn write_configuration(folder: &Path, at: Ipv4Addr, port: u16) {
    let part = |kind: &str, name: &str| {
        let place = folder.join(kind);
        std::fs::create_dir(&place).unwrap();
        if !name.is_empty() {
            let from = format!("{PARTS}/{kind}/{name}");
            std::os::unix::fs::symlink(from, place.join(name)).unwrap();
        }
    };
    part("plugins", "libjanus_videoroom.so");
    part("transports", "libjanus_websockets.so");
    part("events", "");
    part("loggers", "");
    let mut general = String::from("general: {\n");
    for kind in ["plugins", "transports", "events", "loggers"] {
        let place = folder.join(kind);
        writeln!(general, "  {kind}_folder = \"{}\"", place.display()).unwrap();
    }
    let me = folder.display();
    // Longer than a network may be away without a new call, shorter than Janus' own minute.
    write!(
        general,
        "  configs_folder = \"{me}\"\n  debug_level = 4\n  session_timeout = 30\n}}\nnat: {{ ice_enforce_list = \"{at}\" }}\n"
    )
    .unwrap();
    let sockets = format!(
        "general: {{ ws = false, wss = true, wss_ip = \"{at}\", wss_port = {port} }}\n\
         certificates: {{ cert_pem = \"{me}/cert.pem\", cert_key = \"{me}/key.pem\" }}\n"
    );
    std::fs::write(folder.join("janus.jcfg"), general).unwrap();
    std::fs::write(folder.join("janus.transport.websockets.jcfg"), sockets).unwrap();
    std::fs::write(folder.join("janus.plugin.videoroom.jcfg"), "general: {}\n").unwrap();
}

async fn pages(request: Request) -> Response {
    let script = |text: &'static str| ([(header::CONTENT_TYPE, "text/javascript")], text);
    match request.uri().path() {
        "/room" => Html("<!doctype html><title>room</title><h1>Raum</h1>").into_response(),
        "/html5client/join" => Html(include_str!("../bbb/client.html")).into_response(),
        "/client.js" => script(include_str!("../bbb/client.js")).into_response(),
        "/janus.js" => script(include_str!("../bbb/janus.js")).into_response(),
        path if path.starts_with("/rooms/") => {
            Html(include_str!("../bbb/door.html")).into_response()
        }
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}
