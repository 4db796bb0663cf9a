//! Whether the server that calls by SIP go through answers, asked the way the room's client would ask. Places no call.

use preflight::path::NoTls;
use preflight::{Check, Checked, Figure, Measure, Trouble};
use preflight_probe::sip::{Server, Transport, Unanswered, ask};
use room_profile::{Sip, SipTransport};
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use std::path::PathBuf;
use std::time::Duration;
use tracing::warn;

/// The server, and whom the client holds its certificate against.
pub struct SipServer {
    server: Server,
    authorities: PathBuf,
}

impl SipServer {
    /// When the room's file names one. Domains are found by the client alone, which looks for their servers' records first.
    pub fn of(sip: &Sip) -> Option<SipServer> {
        let link = url::Url::parse(&format!("https://{}/", sip.proxy.as_deref()?)).ok()?;
        let (transport, usual) = match sip.transport {
            SipTransport::Tls => (Transport::Tls, 5061),
            SipTransport::Tcp => (Transport::Tcp, 5060),
            SipTransport::Udp => (Transport::Udp, 5060),
        };
        let server = Server {
            name: link.host_str()?.trim_matches(['[', ']']).to_owned(),
            port: link.port().unwrap_or(usual),
            transport,
        };
        Some(SipServer {
            server,
            authorities: sip.authorities.clone(),
        })
    }

    pub(super) async fn check(&self, each: Duration) -> Checked {
        let mut checked = Checked::of(Check::Sip);
        match ask(&self.server, self.trust(), each).await {
            Ok(took) => checked.figures.push(Figure {
                measure: Measure::RoundTrip,
                of: String::new(),
                value: took.as_secs_f64() * 1000.0,
            }),
            Err(Unanswered::Tls(NoTls::Untrusted | NoTls::Over)) => {
                checked.troubles.push(Trouble::SipUntrusted);
            }
            Err(Unanswered::Silent | Unanswered::Tls(NoTls::Fails)) => {
                checked.troubles.push(Trouble::SipSilent);
            }
        }
        checked
    }

    /// Without a list nobody is trusted, which is what is found then.
    fn trust(&self) -> RootCertStore {
        let mut store = RootCertStore::empty();
        if self.server.transport == Transport::Tls {
            match CertificateDer::pem_file_iter(&self.authorities) {
                Ok(found) => {
                    store.add_parsable_certificates(found.flatten());
                }
                Err(error) => warn!(%error, "no authorities are known for SIP"),
            }
        }
        store
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use room_profile::SipEncryption;

    fn sip(proxy: &str, transport: SipTransport) -> Sip {
        Sip {
            domains: Vec::new(),
            transport,
            encryption: SipEncryption::Required,
            proxy: Some(proxy.to_owned()),
            account: None,
            authorities: "/nowhere".into(),
            control: ([127, 0, 0, 1], 1).into(),
            listen: None,
            microphone: String::new(),
            camera: String::new(),
            speaker: String::new(),
            screen: String::new(),
        }
    }

    #[test]
    fn a_server_is_asked_at_its_usual_port_unless_it_names_another() {
        for (proxy, transport, name, port) in [
            (
                "sip.example.org",
                SipTransport::Tls,
                "sip.example.org",
                5061,
            ),
            (
                "sip.example.org",
                SipTransport::Udp,
                "sip.example.org",
                5060,
            ),
            ("[2001:db8::1]:5080", SipTransport::Tcp, "2001:db8::1", 5080),
        ] {
            let server = SipServer::of(&sip(proxy, transport)).unwrap().server;
            assert_eq!((server.name.as_str(), server.port), (name, port));
        }
        let direct = Sip {
            proxy: None,
            ..sip("", SipTransport::Tls)
        };
        assert!(SipServer::of(&direct).is_none());
    }

    #[tokio::test]
    async fn a_line_without_a_word_is_silence() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let checked = async |transport| {
            let server = SipServer::of(&sip(&format!("127.0.0.1:{port}"), transport));
            server.unwrap().check(Duration::from_millis(200)).await
        };
        for transport in [SipTransport::Tcp, SipTransport::Tls] {
            assert_eq!(checked(transport).await.troubles, [Trouble::SipSilent]);
        }
    }

    #[tokio::test]
    async fn a_server_that_wants_a_password_is_there_and_its_time_is_a_figure() {
        use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            let (mut line, _) = listener.accept().await.unwrap();
            let mut bytes = vec![0; 4096];
            let count = line.read(&mut bytes).await.unwrap();
            let asked = String::from_utf8_lossy(&bytes[..count]).into_owned();
            let call = asked.lines().find(|line| line.starts_with("Call-ID"));
            let answer = format!("SIP/2.0 401 Unauthorized\r\n{}\r\n\r\n", call.unwrap());
            line.write_all(answer.as_bytes()).await.unwrap();
        });
        let server = SipServer::of(&sip(&format!("127.0.0.1:{port}"), SipTransport::Tcp));
        let checked = server.unwrap().check(Duration::from_secs(20)).await;
        assert_eq!(checked.troubles, []);
        let measures: Vec<_> = checked.figures.iter().map(|f| f.measure).collect();
        assert_eq!(measures, [Measure::RoundTrip]);
    }
}
