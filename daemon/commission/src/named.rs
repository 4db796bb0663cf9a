//! Devices that nothing finds by itself, because they are on the network: how a person names one. Opens nothing.

use crate::facts::DisplayLine;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Longer than any name of a host, with its port.
const LONGEST: usize = 260;

/// How a camera's head is spoken to over the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Carrier {
    /// VISCA over TCP.
    Tcp,
    /// VISCA over UDP.
    Udp,
    /// VISCA over UDP with Sony's own head before each message.
    Sony,
}

impl Carrier {
    /// All, the commonest first.
    pub const ALL: [Carrier; 3] = [Carrier::Tcp, Carrier::Udp, Carrier::Sony];

    /// The word of lines.
    pub fn word(self) -> &'static str {
        match self {
            Carrier::Tcp => "tcp",
            Carrier::Udp => "udp",
            Carrier::Sony => "sony",
        }
    }
}

/// What is at an address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Named {
    /// A camera's head, by its line.
    Head(String),
    /// A display, by its line and model.
    Display(DisplayLine),
}

impl Named {
    /// What a person says: what it is (`tcp`, `udp` or `sony` for a camera's head, `display:MODEL`), and its address with or without a
    /// port. `None` when that is no address, or nothing that there is.
    pub fn read(what: &str, address: &str) -> Option<Named> {
        // Whoever copies an address may bring along what stands before it.
        let place = address.trim().rsplit("://").next().unwrap_or_default();
        let place = place.trim_end_matches('/');
        if !is_place(place) {
            return None;
        }
        if let Some(model) = what.strip_prefix("display:") {
            let good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
            return (!model.is_empty() && model.chars().all(good)).then(|| {
                Named::Display(DisplayLine {
                    line: format!("tcp://{place}"),
                    model: model.to_owned(),
                })
            });
        }
        let carrier = Carrier::ALL.into_iter().find(|one| one.word() == what)?;
        Some(Named::Head(format!("{}://{place}", carrier.word())))
    }

    /// Its line, as a room's file takes it.
    pub fn line(&self) -> &str {
        match self {
            Named::Head(line) => line,
            Named::Display(display) => &display.line,
        }
    }
}

/// As the command line takes it.
impl fmt::Display for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Named::Head(line) => f.write_str(line),
            Named::Display(DisplayLine { line, model }) => write!(f, "{line}={model}"),
        }
    }
}

/// A host's name or address, and perhaps a port. Whoever opens it knows better; here is what no line may hold.
fn is_place(text: &str) -> bool {
    let good =
        |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '[' | ']' | '%');
    let name = |c: char| c.is_ascii_alphanumeric();
    text.len() <= LONGEST && text.chars().all(good) && text.contains(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(what: &str, address: &str) -> Option<String> {
        Named::read(what, address).map(|named| named.to_string())
    }

    #[test]
    fn what_people_type_becomes_what_the_command_line_takes() {
        for (what, address, line) in [
            ("tcp", "192.0.2.7", "tcp://192.0.2.7"),
            ("tcp", " 192.0.2.7:5678 ", "tcp://192.0.2.7:5678"),
            (
                "udp",
                "kamera.rathaus.example",
                "udp://kamera.rathaus.example",
            ),
            (
                "sony",
                "tcp://[2001:db8::7]:52381/",
                "sony://[2001:db8::7]:52381",
            ),
            (
                "display:samsung-signage",
                "192.0.2.20",
                "tcp://192.0.2.20=samsung-signage",
            ),
        ] {
            assert_eq!(read(what, address).as_deref(), Some(line));
        }
    }

    #[test]
    fn what_is_no_address_is_none() {
        for address in [
            "",
            "  ",
            "://",
            "der Beamer",
            "192.0.2.7=x",
            "a/b",
            "a\nb",
            "\"",
            "…",
            ":::",
        ] {
            assert_eq!(read("tcp", address), None, "{address:?}");
        }
        assert_eq!(read("tcp", &"a".repeat(LONGEST + 1)), None);
        for what in [
            "",
            "http",
            "display",
            "display:",
            "display:a b",
            "display:../x",
        ] {
            assert_eq!(read(what, "192.0.2.7"), None, "{what}");
        }
    }
}
