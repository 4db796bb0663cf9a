//! Servers for the tests: a real Radicale, and small HTTP servers of our own on loopback.

use emulators::ports;
use std::{
    fs,
    net::{Ipv4Addr, SocketAddr},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use axum::Router;
use tempfile::TempDir;

use super::{HttpLimits, Login, Place};
use crate::private::Secret;

pub(crate) const USER: &str = "raum12";
pub(crate) const PASSWORD: &str = "geheim-9";

pub(crate) fn login(password: &str) -> Option<Login> {
    Some(Login {
        user: USER.into(),
        password: Secret::new(password),
    })
}

/// A Radicale of its own; it ends with this value.
pub(crate) struct Radicale {
    child: Child,
    pub base: String,
    folder: TempDir,
    port: u16,
}

impl Radicale {
    /// `None`, and a word about it, where Radicale is not installed.
    pub(crate) fn start() -> Option<Self> {
        const PROGRAM: &str = "/usr/bin/radicale";
        if !std::path::Path::new(PROGRAM).exists() {
            let all = std::env::var("ROOMD_TESTS").is_ok_and(|what| what == "all");
            assert!(!all, "{PROGRAM} is missing and ROOMD_TESTS=all is set");
            eprintln!("SKIPPED: {PROGRAM} is not installed");
            return None;
        }
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("users"), format!("{USER}:{PASSWORD}\n")).expect("users");
        let port = ports::free();
        let child = Self::spawn(&folder, port);
        let server = Self {
            child,
            base: format!("http://127.0.0.1:{port}/"),
            folder,
            port,
        };
        server.wait();
        Some(server)
    }

    fn spawn(folder: &TempDir, port: u16) -> Child {
        let at = folder.path().display();
        let config = format!(
            "[server]\nhosts = 127.0.0.1:{port}\n[auth]\ntype = htpasswd\nhtpasswd_filename = {at}/users\nhtpasswd_encryption = plain\ndelay = 0\n[storage]\nfilesystem_folder = {at}/data\n"
        );
        fs::write(folder.path().join("config"), config).expect("a configuration");
        Command::new("/usr/bin/radicale")
            .arg("--config")
            .arg(folder.path().join("config"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("radicale starts")
    }

    fn wait(&self) {
        let deadline = Instant::now() + Duration::from_secs(30);
        let at = SocketAddr::from((Ipv4Addr::LOCALHOST, self.port));
        while std::net::TcpStream::connect_timeout(&at, Duration::from_secs(1)).is_err() {
            assert!(Instant::now() < deadline, "radicale did not come up");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    pub(crate) fn stop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    pub(crate) fn restart(&mut self) {
        self.child = Self::spawn(&self.folder, self.port);
        self.wait();
    }

    pub(crate) fn place(&self, path: &str, password: &str, only: &[&str]) -> Place {
        Place::CalDav {
            base: format!("{}{path}", self.base).as_str().into(),
            login: login(password),
            only: only.iter().map(|name| (*name).to_owned()).collect(),
            limits: HttpLimits::default(),
        }
    }

    pub(crate) async fn make_calendar(&self, name: &str, component: &str) {
        let body = format!(
            r#"<c:mkcalendar xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"><d:set><d:prop><d:displayname>Kalender {name}</d:displayname><c:supported-calendar-component-set><c:comp name="{component}"/></c:supported-calendar-component-set></d:prop></d:set></c:mkcalendar>"#
        );
        self.call("MKCALENDAR", &format!("{USER}/{name}/"), (&body, 201))
            .await;
    }

    pub(crate) async fn put(&self, path: &str, event: &str) {
        let text = format!(
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//t//t//EN\r\n{event}END:VCALENDAR\r\n"
        );
        self.call("PUT", &format!("{USER}/{path}"), (&text, 201))
            .await;
    }

    pub(crate) async fn delete(&self, path: &str) {
        self.call("DELETE", &format!("{USER}/{path}"), ("", 200))
            .await;
    }

    async fn call(&self, method: &str, path: &str, (body, want): (&str, u16)) {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .no_proxy()
            .build()
            .expect("a client");
        let method = reqwest::Method::from_bytes(method.as_bytes()).expect("a method");
        let answer = client
            .request(method, format!("{}{path}", self.base))
            .basic_auth(USER, Some(PASSWORD))
            .header(
                "Content-Type",
                if body.starts_with('<') {
                    "application/xml"
                } else {
                    "text/calendar"
                },
            )
            .body(body.to_owned())
            .timeout(Duration::from_secs(20))
            .send()
            .await
            .expect("an answer");
        assert_eq!(answer.status().as_u16(), want, "{path}");
    }
}

impl Drop for Radicale {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Serves a router on loopback until the test ends; gives its address with a slash at the end.
pub(crate) async fn serve(router: Router) -> String {
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .await
        .expect("a port");
    let at = listener.local_addr().expect("an address");
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{at}/")
}

/// One event at a UTC time, titled like its UID.
pub(crate) fn event(uid: &str, start: &str, more: &str) -> String {
    format!(
        "BEGIN:VEVENT\r\nUID:{uid}\r\nDTSTAMP:20260101T000000Z\r\nSUMMARY:{uid}\r\nDTSTART:{start}\r\nDURATION:PT1H\r\n{more}END:VEVENT\r\n"
    )
}
