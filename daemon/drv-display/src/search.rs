//! Finding projectors that nobody has written down: PJLink's search, a question to everybody over UDP.
//! Source: JBMIA "PJLink Specifications" 2.10, section 3.2.

use core::time::Duration;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use tokio::net::UdpSocket;
use tokio::time::{Instant, timeout_at};

/// PJLink's port, for TCP and UDP.
pub const PORT: u16 = 4352;
const QUESTION: &[u8] = b"%2SRCH\r";
const ANSWER: &str = "%2ACKN=";

/// A projector that answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Its address.
    pub address: IpAddr,
    /// Its hardware address, as it says it.
    pub mac: String,
}

/// Asks everybody behind this address, usually a broadcast one, and listens for so long. Only class 2 answers.
///
/// # Errors
/// When the question cannot be sent.
pub async fn search(target: SocketAddr, wait: Duration) -> io::Result<Vec<Found>> {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).await?;
    socket.set_broadcast(true)?;
    socket.send_to(QUESTION, target).await?;
    let deadline = Instant::now() + wait;
    let mut found: Vec<Found> = Vec::new();
    let mut buffer = [0; 256];
    // A projector whose packet is broken is not heard; the others are.
    while let Ok(received) = timeout_at(deadline, socket.recv_from(&mut buffer)).await {
        let Ok((count, from)) = received else {
            continue;
        };
        if let Some(mac) = answer(&buffer[..count]) {
            let projector = Found {
                address: from.ip(),
                mac,
            };
            if !found.contains(&projector) {
                found.push(projector);
            }
        }
    }
    Ok(found)
}

/// The hardware address in an answer.
fn answer(packet: &[u8]) -> Option<String> {
    let text = core::str::from_utf8(packet).ok()?;
    let mac = text.trim_end_matches(['\r', '\n']).strip_prefix(ANSWER)?;
    let good = mac.len() == 17 && mac.chars().all(|c| c.is_ascii_hexdigit() || c == ':');
    good.then(|| mac.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_answer_is_one() {
        let mac = Some("00:1B:2C:3D:4E:5F".to_owned());
        assert_eq!(answer(b"%2ACKN=00:1B:2C:3D:4E:5F\r"), mac);
        for packet in [
            &b""[..],
            b"%2SRCH\r",
            b"%2ACKN=\r",
            b"%2ACKN=0\xFF",
            b"%2ACKN=<script>alert(1)\r",
        ] {
            assert_eq!(answer(packet), None);
        }
    }

    #[tokio::test]
    async fn a_projector_is_found_once() {
        let projector = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let target = projector.local_addr().unwrap();
        let answers = tokio::spawn(async move {
            let mut buffer = [0; 64];
            let (count, from) = projector.recv_from(&mut buffer).await.unwrap();
            assert_eq!(&buffer[..count], QUESTION);
            for packet in [
                &b"noise"[..],
                b"%2ACKN=00:1B:2C:3D:4E:5F\r",
                b"%2ACKN=00:1B:2C:3D:4E:5F\r",
            ] {
                projector.send_to(packet, from).await.unwrap();
            }
        });
        let found = search(target, Duration::from_millis(500)).await.unwrap();
        answers.await.unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].mac, "00:1B:2C:3D:4E:5F");
    }
}
