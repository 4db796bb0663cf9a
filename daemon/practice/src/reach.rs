//! Owns the way round hidden addresses. A browser whose page has no open device offers its addresses only
//! as `<random>.local` names, which the other side has to resolve by multicast. Where multicast does not
//! pass (many office networks, containers), two dark and silent participants would never connect. The
//! server sees the address each page comes from, so it adds a plain candidate beside each hidden one.
//! Knows nothing of conferences.

use crate::messages::Signal;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};

/// Where the page behind `from` can be reached by the page behind `to`: both as the server sees them.
/// A page on the server's own machine is reached at the address this machine uses toward the other.
#[must_use]
pub fn address(from: IpAddr, to: IpAddr) -> Option<IpAddr> {
    let from = from.to_canonical();
    if from.is_loopback() {
        own_address(to.to_canonical())
    } else {
        Some(from)
    }
}

/// The address this machine sends from toward `other`; toward anywhere when that is this machine too.
/// Connecting a UDP socket sends nothing.
fn own_address(other: IpAddr) -> Option<IpAddr> {
    let anywhere = [
        IpAddr::V4(Ipv4Addr::new(198, 51, 100, 1)),
        IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1)),
    ];
    let toward = |other: IpAddr| {
        let any: SocketAddr = match other {
            IpAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
            IpAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
        };
        let socket = UdpSocket::bind(any).ok()?;
        socket.connect((other, 9)).ok()?;
        let own = socket.local_addr().ok()?.ip();
        (!own.is_loopback() && !own.is_unspecified()).then_some(own)
    };
    if other.is_loopback() {
        anywhere.into_iter().find_map(toward)
    } else {
        toward(other)
    }
}

/// The same candidate with a plain address, if this one hides its own.
#[must_use]
pub fn plain_candidate(signal: &Signal, address: IpAddr) -> Option<Signal> {
    let Signal::Candidate {
        pc,
        candidate,
        mid,
        line,
    } = signal
    else {
        return None;
    };
    let mut words: Vec<&str> = candidate.split_ascii_whitespace().collect();
    let hidden = words.get(4).is_some_and(|word| word.ends_with(".local"));
    let is_host = words.get(6) == Some(&"typ") && words.get(7) == Some(&"host");
    if !hidden || !is_host {
        return None;
    }
    let (shown, foundation) = (address.to_string(), format!("{}7", words[0]));
    words[0] = &foundation;
    words[4] = &shown;
    Some(Signal::Candidate {
        pc: pc.clone(),
        candidate: words.join(" "),
        mid: mid.clone(),
        line: *line,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidate(line: &str) -> Signal {
        Signal::Candidate {
            pc: "p".into(),
            candidate: line.into(),
            mid: Some("0".into()),
            line: Some(0),
        }
    }

    #[test]
    fn a_hidden_address_gets_a_plain_one_beside_it() {
        let hidden = candidate(
            "candidate:12 1 udp 2113937151 0f3c-1.local 51472 typ host generation 0 ufrag aB network-cost 999",
        );
        let plain = plain_candidate(&hidden, "192.168.7.9".parse().unwrap());
        let wanted = "candidate:127 1 udp 2113937151 192.168.7.9 51472 typ host generation 0 ufrag aB network-cost 999";
        assert_eq!(plain, Some(candidate(wanted)));
    }

    #[test]
    fn other_candidates_are_left_alone() {
        let address = "192.168.7.9".parse().unwrap();
        for line in [
            "candidate:1 1 udp 2113937151 192.168.1.5 5 typ host",
            "candidate:1 1 udp 1 x.local 5 typ srflx raddr 0.0.0.0 rport 0",
            "candidate:1 1 udp 1 x.local",
            "",
        ] {
            assert_eq!(plain_candidate(&candidate(line), address), None, "{line}");
        }
        assert_eq!(plain_candidate(&Signal::Ready, address), None);
    }

    #[test]
    fn a_page_from_elsewhere_is_reached_where_it_comes_from() {
        let far = "10.1.2.3".parse().unwrap();
        assert_eq!(address(far, "127.0.0.1".parse().unwrap()), Some(far));
        assert_eq!(address("::ffff:10.1.2.3".parse().unwrap(), far), Some(far));
    }
}
