//! Damages texts of the corpus by a seed: bytes changed, pieces cut out, doubled, swapped with those of other texts,
//! and strewn with what steers links, labels and markup.

/// What has a meaning to the recogniser.
const SALT: &[&str] = &[
    "https://",
    "http://",
    "//",
    "@",
    "\\",
    ":",
    ":443",
    "%",
    "%25",
    "%2F",
    "%3A",
    "xn--",
    ".",
    "..",
    "#",
    "?",
    "&",
    "&amp;",
    "&#x110000;",
    "&#0;",
    "<",
    ">",
    "<a href=\"",
    "\"",
    "'",
    "-- \n",
    "> ",
    "\n",
    "\r\n",
    "\t",
    "\u{a0}",
    "\u{200b}",
    "ä",
    "\u{1f600}",
    "zoommtg://",
    "msteams:",
    "sip:",
    "sips:",
    "tel:+49,,",
    ",,",
    "*",
    "Kenncode: ",
    "Passwort für Telefon- und Videosysteme: ",
    "PIN (",
    "lautet",
    "Von: A\nGesendet: B\n",
    "=3D",
    "=\n",
    "https://eur03.safelinks.protection.outlook.com/?url=",
    "https://urldefense.com/v3/__",
    "__;",
    "**A",
    "https://urldefense.proofpoint.com/v2/url?u=",
    "https://secure-web.cisco.com/1/",
    "zoom.us",
    "evil.example",
    "/j/91234567890",
    "teams.microsoft.com",
    "/l/meetup-join/",
    "\u{0}",
    "٣",
    "İ",
    "ſ",
    "\u{202e}",
];

/// Hosts to which a link of the corpus may lead: those of its table and of the vendors.
const KNOWN: &[&str] = &[
    "stadt.example",
    "uni.example",
    "xn--bro-hoa.example",
    "land.example",
    "landkreis.example",
    "raum12.local",
    "meet.jit.si",
    "zoom.us",
    "zoom.com",
    "zoomgov.com",
    "zoom-x.de",
    "zoom.com.cn",
    "webex.com",
    "goto.com",
    "gotomeeting.com",
    "gotomeet.me",
    "joingotomeeting.com",
    "conf.dfn.de",
    "meet.google.com",
    "teams.microsoft.com",
    "teams.live.com",
    "teams.cloud.microsoft",
    "teams.microsoft.us",
];

/// A source of damaged texts that gives the same ones for the same seed.
pub struct Mutator {
    texts: Vec<String>,
    state: u64,
}

impl Mutator {
    /// Begins with a seed.
    pub fn new(texts: Vec<String>, seed: u64) -> Self {
        Self { texts, state: seed }
    }

    /// SplitMix64.
    fn number(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        let bound = u64::try_from(bound.max(1)).unwrap_or(u64::MAX);
        usize::try_from(self.number() % bound).unwrap_or(0)
    }

    /// The next damaged text.
    pub fn next_text(&mut self) -> String {
        let which = self.below(self.texts.len());
        let unescaped = self.texts[which].replace("\r\n ", "").replace("\\n", "\n");
        let mut bytes = unescaped.into_bytes();
        for _ in 0..=self.below(8) {
            self.damage(&mut bytes);
        }
        bytes.truncate(20_000);
        String::from_utf8_lossy(&bytes).into_owned()
    }

    fn damage(&mut self, bytes: &mut Vec<u8>) {
        let at = self.below(bytes.len() + 1);
        let end = (at + self.below(40)).min(bytes.len());
        match self.below(6) {
            0 => drop(bytes.drain(at..end)),
            1 => {
                let piece = bytes[at..end].to_vec();
                bytes.splice(at..at, piece);
            }
            2 if at < bytes.len() => {
                let byte = self.number().to_le_bytes()[0];
                bytes[at] = byte;
            }
            3 => {
                let other = self.below(self.texts.len());
                let other = self.texts[other].as_bytes().to_vec();
                let from = self.below(other.len());
                let to = (from + self.below(200)).min(other.len());
                bytes.splice(at..end, other[from..to].iter().copied());
            }
            _ => {
                let salt = SALT[self.below(SALT.len())];
                bytes.splice(at..at, salt.bytes());
            }
        }
    }
}

/// Fails when a link is not https or leads to a host that nobody knows.
pub fn assert_known(link: &str, text: &str) {
    let rest = link.strip_prefix("https://");
    let rest = rest.unwrap_or_else(|| panic!("{link} from {text:?}"));
    let host = rest.split(['/', '?', '#', ':']).next().unwrap_or_default();
    assert!(is_known(host), "{link} from {text:?}");
}

/// Fails when a SIP address is on a domain that nobody knows.
pub fn assert_known_sip(address: &str, text: &str) {
    let domain = address.rsplit('@').next().unwrap_or_default();
    let known = is_known(domain) || domain.ends_with("zoomcrc.com");
    assert!(known, "{address} from {text:?}");
}

fn is_known(host: &str) -> bool {
    KNOWN.iter().any(|own| {
        host.strip_suffix(own)
            .is_some_and(|front| front.is_empty() || front.ends_with('.'))
    })
}
