//! What baresip's reports about sound and picture say: where each comes from, and how many packets ran. Reads prose that
//! is made for people, so anything that is not found is `None` and never a guess.

/// One report.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Report {
    /// The driver that sound or picture comes from; `None` when the report names none.
    pub source: Option<String>,
    /// Packets sent since the call began.
    pub sent: Option<u64>,
    /// Packets received since the call began.
    pub received: Option<u64>,
}

/// Reads the answer to [`Order::SoundState`](crate::message::Order) or its twin for pictures.
pub fn read(text: &str) -> Report {
    Report {
        source: after(text, "source: ", |c| c.is_ascii_alphanumeric() || c == '_')
            .map(str::to_owned),
        sent: number(text, "TX: packets="),
        // Until the first packet has come nobody is listed.
        received: number(text, " rcvd=").or_else(|| text.contains("RTCP Session").then_some(0)),
    }
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
        menc: srtp-mand (secure=yes)\n----- RTCP Session: -----\n  cname=sip:room@roomd.invalid SSRC=0xc4005777/3288356727 rx=48000Hz\n  \
        member 0xbfa75f06: lost=0 Jitter=0.0ms RTT=0.0ms\n                 IP=192.0.2.2:12106 psent=0 rcvd=82\n  TX: packets=17, octets=51\n";
    const DARK: &str = "\n--- Video stream ---\n started: yes\n tx: encode: H264 ???\n     source: none 640 x 360, fps=15.00 frames=0\n\
        ----- RTCP Session: -----\n  TX: packets=0, octets=0\n";

    #[test]
    fn source_and_packets_are_found() {
        let expected = Report {
            source: Some("avformat".to_owned()),
            sent: Some(17),
            received: Some(82),
        };
        assert_eq!(read(SOUND), expected);
        let expected = Report {
            source: Some("none".to_owned()),
            sent: Some(0),
            received: Some(0),
        };
        assert_eq!(read(DARK), expected);
    }

    #[test]
    fn what_is_no_report_says_nothing() {
        for text in ["", "command not found", "source: ", "TX: packets=, rcvd=x"] {
            assert_eq!(read(text), Report::default(), "{text}");
        }
    }
}
