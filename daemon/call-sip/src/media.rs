//! What baresip's reports about sound and picture say: where each comes from, and how many packets ran. Reads prose that
//! is made for people, so anything that is not found is `None` and never a guess.

/// Which way sound or picture may go, by the last agreement (RFC 3264 section 5.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Both ways.
    Both,
    /// To the room alone.
    In,
    /// From the room alone.
    Out,
    /// Neither.
    None,
}

/// One report.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Report {
    /// The driver that sound or picture comes from; `None` when the report names none.
    pub source: Option<String>,
    /// Which way it may go.
    pub direction: Option<Direction>,
    /// Packets sent since the call began.
    pub sent: Option<u64>,
    /// Packets received since the call began.
    pub received: Option<u64>,
}

/// Reads the answer to [`Order::SoundState`](crate::message::Order) or its twin for pictures.
pub fn read(text: &str) -> Report {
    let driver = after(text, "source: ", |c| c.is_ascii_alphanumeric() || c == '_');
    // Newer clients name the driver that was asked for, whether or not it could be started.
    let closed = text.contains("source started: no");
    Report {
        source: driver.map(|driver| if closed { "none" } else { driver }.to_owned()),
        direction: after(text, " dir=", |c| c.is_ascii_lowercase()).and_then(direction),
        sent: number(text, "TX: packets=").map(|count| {
            // Newer clients open the way through a firewall with a packet or two that carry nothing.
            let empty = number(text, ", octets=") == Some(0);
            if empty { 0 } else { count }
        }),
        // Until the first packet has come nobody is listed.
        received: number(text, " rcvd=").or_else(|| text.contains("RTCP Session").then_some(0)),
    }
}

fn direction(word: &str) -> Option<Direction> {
    Some(match word {
        "sendrecv" => Direction::Both,
        "recvonly" => Direction::In,
        "sendonly" => Direction::Out,
        "inactive" => Direction::None,
        _ => return None,
    })
}

fn after<'t>(text: &'t str, mark: &str, fits: impl Fn(char) -> bool) -> Option<&'t str> {
    let rest = &text[text.find(mark)? + mark.len()..];
    let end = rest.find(|c: char| !fits(c)).unwrap_or(rest.len());
    let found = &rest[..end];
    (!found.is_empty()).then_some(found)
}

fn number(text: &str, mark: &str) -> Option<u64> {
    after(text, mark, |c| c.is_ascii_digit())?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As baresip 1.0.0 answers, shortened.
    const SOUND: &str = "\n--- Audio stream ---\n tx:   encode: opus 48000Hz/2ch ptime=20ms S16LE\n       source: avformat,closed S16LE\n \
        audio dir=sendrecv pt_enc=0\n menc: srtp-mand (secure=yes)\n----- RTCP Session: -----\n  cname=sip:room@roomd.invalid SSRC=0xc4005777/3288356727 rx=48000Hz\n  \
        member 0xbfa75f06: lost=0 Jitter=0.0ms RTT=0.0ms\n                 IP=192.0.2.2:12106 psent=0 rcvd=82\n  TX: packets=17, octets=51\n";
    const DARK: &str = "\n--- Video stream ---\n started: yes\n tx: encode: H264 ???\n     source: none 640 x 360, fps=15.00 frames=0\n\
        ----- RTCP Session: -----\n  TX: packets=0, octets=0\n";

    /// As baresip 1.1.0 answers, shortened.
    const NEWER_DARK: &str = "\n--- Video stream ---\n source started: no\n display started: yes\n tx: encode: H264 ???\n     \
        source: avformat 640 x 480, fps=30.00 frames=0\n video dir=recvonly pt_enc=96\n----- RTCP Session: -----\n  TX: packets=2, octets=0\n";

    #[test]
    fn source_and_packets_are_found() {
        let expected = Report {
            source: Some("avformat".to_owned()),
            direction: Some(Direction::Both),
            sent: Some(17),
            received: Some(82),
        };
        assert_eq!(read(SOUND), expected);
        let dark = Report {
            source: Some("none".to_owned()),
            direction: None,
            sent: Some(0),
            received: Some(0),
        };
        assert_eq!(read(DARK), dark);
        let held = Report {
            direction: Some(Direction::In),
            ..dark
        };
        assert_eq!(read(NEWER_DARK), held);
    }

    #[test]
    fn what_is_no_report_says_nothing() {
        for text in ["", "command not found", "source: ", "TX: packets=, rcvd=x"] {
            assert_eq!(read(text), Report::default(), "{text}");
        }
    }
}
