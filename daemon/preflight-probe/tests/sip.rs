//! The server that calls by SIP go through: a real one over UDP and TCP, one of TLS, one that stays silent, one that nobody trusts.

#![allow(clippy::unwrap_used, reason = "a test may end where it stands")]

use preflight::path::NoTls;
use preflight_probe::sip::{Server, Transport, Unanswered, ask};
use rcgen::{CertificateParams, KeyPair};
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::{RootCertStore, ServerConfig};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, UdpSocket};
use tokio_rustls::TlsAcceptor;

const EACH: Duration = Duration::from_secs(5);

fn at(port: u16, transport: Transport) -> Server {
    Server {
        name: "localhost".to_owned(),
        port,
        transport,
    }
}

/// Ends with all that it began.
struct Kamailio(Child);

impl Drop for Kamailio {
    fn drop(&mut self) {
        let group = format!("-{}", self.0.id());
        let _ = Command::new("kill").args(["-KILL", "--", &group]).status();
        let _ = self.0.wait();
    }
}

impl Kamailio {
    /// Answers "not found" to whatever is asked.
    fn start(folder: &Path, port: u16) -> Option<Kamailio> {
        use std::os::unix::process::CommandExt as _;
        let program = ["/usr/sbin/kamailio", "/usr/bin/kamailio"];
        let Some(program) = program.into_iter().find(|path| Path::new(path).is_file()) else {
            assert!(
                std::env::var("ROOMD_TESTS").as_deref() != Ok("all"),
                "all tests were asked for, but this one needs kamailio"
            );
            println!("SKIPPED: a real SIP server: kamailio is not installed");
            return None;
        };
        let text = format!(
            "debug=1\nlog_stderror=yes\nfork=yes\nchildren=1\ntcp_children=1\nlisten=udp:127.0.0.1:{port}\nlisten=tcp:127.0.0.1:{port}\n\
             mpath=\"/usr/lib/x86_64-linux-gnu/kamailio/modules/:/usr/lib/aarch64-linux-gnu/kamailio/modules/\"\n\
             loadmodule \"sl.so\"\nrequest_route {{ sl_send_reply(\"404\", \"Not here\"); exit; }}\n"
        );
        let config = folder.join("kamailio.cfg");
        std::fs::write(&config, text).unwrap();
        let log = std::fs::File::create(folder.join("log")).unwrap();
        let child = Command::new(program)
            .args(["-f", config.to_str().unwrap(), "-DD", "-E", "-m", "32"])
            .args(["-M", "4", "-Y", folder.to_str().unwrap()])
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .process_group(0)
            .spawn();
        Some(Kamailio(child.unwrap()))
    }
}

#[tokio::test]
async fn a_real_server_answers_over_udp_and_tcp() {
    let folder = tempfile::tempdir().unwrap();
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = free.local_addr().unwrap().port();
    drop(free);
    let Some(_server) = Kamailio::start(folder.path(), port) else {
        return;
    };
    for transport in [Transport::Udp, Transport::Tcp] {
        let until = tokio::time::Instant::now() + Duration::from_secs(20);
        let asked = at(port, transport);
        while let Err(why) = ask(&asked, RootCertStore::empty(), EACH).await {
            let log = std::fs::read_to_string(folder.path().join("log"));
            let late = tokio::time::Instant::now() > until;
            assert!(!late, "{transport:?}: {why:?}\n{log:?}");
        }
    }
}

#[tokio::test]
async fn a_lost_question_is_asked_again_and_a_stray_answer_is_none() {
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let port = socket.local_addr().unwrap().port();
    let server = tokio::spawn(async move {
        let mut bytes = vec![0; 4096];
        let (first, _) = socket.recv_from(&mut bytes).await.unwrap();
        let (count, from) = socket.recv_from(&mut bytes).await.unwrap();
        assert_eq!(count, first, "another question");
        let text = String::from_utf8_lossy(&bytes[..count]).into_owned();
        let call = text
            .lines()
            .find(|line| line.starts_with("Call-ID"))
            .unwrap();
        for answer in [
            "SIP/2.0 200 OK\r\nCall-ID: another\r\n\r\n".to_owned(),
            format!("SIP/2.0 100 Trying\r\n{call}\r\n\r\n"),
            format!("SIP/2.0 405 No\r\n{call}\r\n\r\n"),
        ] {
            socket.send_to(answer.as_bytes(), from).await.unwrap();
        }
    });
    let took = ask(&at(port, Transport::Udp), RootCertStore::empty(), EACH).await;
    assert!(
        took.unwrap() >= Duration::from_millis(500),
        "asked once only"
    );
    server.await.unwrap();
}

#[tokio::test]
async fn nobody_a_line_without_words_and_a_name_without_an_address_are_silent() {
    let mute = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = mute.local_addr().unwrap().port();
    let short = Duration::from_millis(300);
    let nowhere = Server {
        name: "sip.invalid".to_owned(),
        ..at(5060, Transport::Udp)
    };
    for server in [
        at(port, Transport::Tcp),
        at(1, Transport::Tcp),
        at(1, Transport::Udp),
        nowhere,
    ] {
        let said = ask(&server, RootCertStore::empty(), short).await;
        assert_eq!(said, Err(Unanswered::Silent), "{server:?}");
    }
}

#[tokio::test]
async fn a_secret_line_is_held_against_those_whom_the_room_trusts() {
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let signed = params.self_signed(&key).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![signed.der().clone()],
            PrivatePkcs8KeyDer::from(key.serialize_der()).into(),
        )
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(mut stream) = acceptor.accept(stream).await else {
                continue;
            };
            let mut bytes = vec![0; 4096];
            let count = stream.read(&mut bytes).await.unwrap();
            let text = String::from_utf8_lossy(&bytes[..count]).into_owned();
            let call = text
                .lines()
                .find(|line| line.starts_with("Call-ID"))
                .unwrap();
            let answer = format!("SIP/2.0 200 OK\r\n{call}\r\n\r\n");
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
    });
    let server = at(port, Transport::Tls);
    let said = ask(&server, RootCertStore::empty(), EACH).await;
    assert_eq!(said, Err(Unanswered::Tls(NoTls::Untrusted)));
    let mut trust = RootCertStore::empty();
    trust.add(signed.der().clone()).unwrap();
    assert!(ask(&server, trust, EACH).await.is_ok());
}
