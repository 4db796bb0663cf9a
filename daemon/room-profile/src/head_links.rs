//! What the file says about where a PTZ head is and what it speaks, checked against its model and its neighbours.
//! Knows no line.

use crate::assemble::Build;
use crate::heads::{HeadLink, HeadPeer, HeadPort, LinkKind, Protocol, PtzModel};
use crate::problem::{Kind as ProblemKind, Problem};
use crate::scalars::Slug;
use crate::section::{At, Scalar, Wrong};
use crate::sections::HeadSection;
use crate::tree::Value;
use crate::usb::{Bindings, Wanted};
use crate::{ptz, suggest};
use identity::Kind;
use room_core::ids::HeadId;
use room_core::units::PresetNumber;
use std::path::{Path, PathBuf};

/// Where Sony's datagrams are taken.
const SONY_PORT: u16 = 52381;
/// What most cameras come with.
const USUAL_BAUD: u32 = 9600;
const SCHEMES: [&str; 3] = ["tcp", "udp", "sony"];
/// Numbers on a VISCA line.
const VISCA_ADDRESSES: core::ops::RangeInclusive<i64> = 1..=7;

/// Where a head is, as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HeadAt {
    /// A device of this machine.
    Path(PathBuf),
    /// A machine on the network.
    Net {
        /// What carries the frames.
        kind: LinkKind,
        /// Name or address.
        host: String,
        /// Its port, when it is not the model's own.
        port: Option<u16>,
    },
}

impl HeadAt {
    /// Reads a path or an address.
    ///
    /// # Errors
    /// What is wrong, and what to write.
    pub fn parse(written: &str) -> Result<HeadAt, (String, String)> {
        let Some((scheme, rest)) = written.split_once("://") else {
            return if written.is_empty() || written.contains('\0') {
                let message = "expected where the head is, found an empty text".to_owned();
                Err((message, EXPECTED.to_owned()))
            } else {
                Ok(HeadAt::Path(PathBuf::from(written)))
            };
        };
        let kind = match scheme {
            "tcp" => LinkKind::Tcp,
            "udp" => LinkKind::Udp,
            "sony" => LinkKind::Sony,
            other => {
                let message = format!("`{other}://` leads to no head");
                return Err((message, suggest::among(other, SCHEMES.into_iter())));
            }
        };
        let (host, port) = host_and_port(rest).ok_or_else(|| {
            let message = format!("`{rest}` is not a host, perhaps with `:PORT` behind it");
            (
                message,
                format!("write `{scheme}://HOST` or `{scheme}://HOST:PORT`"),
            )
        })?;
        Ok(HeadAt::Net { kind, host, port })
    }

    /// Whether this is a camera of the kernel by its name.
    fn is_video(path: &Path) -> bool {
        ["/dev/video", "/dev/v4l/", "/dev/roomd/cam"]
            .iter()
            .any(|start| path.to_string_lossy().starts_with(start))
    }

    /// What is spoken there when nobody says.
    pub fn usual_protocol(&self) -> Protocol {
        match self {
            HeadAt::Path(path) if HeadAt::is_video(path) => Protocol::Uvc,
            HeadAt::Path(_) | HeadAt::Net { .. } => Protocol::Visca,
        }
    }

    /// The port as a whole: with the model's own numbers where nothing is said.
    pub fn port(&self, protocol: Protocol, model: &PtzModel, baud: Option<u32>) -> HeadPort {
        let usual = model.bauds.first().copied().unwrap_or(USUAL_BAUD);
        match self {
            HeadAt::Path(path) if protocol == Protocol::Uvc => HeadPort::Video(path.clone()),
            HeadAt::Path(path) => HeadPort::Serial {
                path: path.clone(),
                baud: baud.unwrap_or(usual),
            },
            HeadAt::Net { kind, host, port } => {
                let peer = |own| HeadPeer {
                    host: host.clone(),
                    port: port.unwrap_or(own),
                };
                match kind {
                    LinkKind::Udp => HeadPort::Udp(peer(model.udp_port)),
                    LinkKind::Sony => HeadPort::Sony(peer(SONY_PORT)),
                    LinkKind::Tcp | LinkKind::Serial | LinkKind::Usb => {
                        HeadPort::Tcp(peer(model.tcp_port))
                    }
                }
            }
        }
    }
}

const EXPECTED: &str = "a path such as \"/dev/roomd/ptz-front\" or \"/dev/video2\", or \"tcp://HOST\", \"udp://HOST\", \"sony://HOST\"";

fn host_and_port(text: &str) -> Option<(String, Option<u16>)> {
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => {
            let (host, after) = rest.split_once(']')?;
            host.parse::<std::net::Ipv6Addr>().ok()?;
            (
                host,
                after.strip_prefix(':').or(after.is_empty().then_some("")),
            )
        }
        None => match text.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (text, Some("")),
        },
    };
    let port = match port? {
        "" if !text.ends_with(':') => None,
        digits => Some(digits.parse().ok().filter(|port| *port > 0)?),
    };
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':');
    let good = !host.is_empty() && host.len() <= 253 && host.chars().all(fits);
    good.then(|| (host.to_owned(), port))
}

impl Scalar for HeadAt {
    fn expected() -> String {
        EXPECTED.to_owned()
    }

    fn read(value: &Value) -> Result<Self, Wrong> {
        let Value::Text(text) = value else {
            let message = format!("expected {EXPECTED}, found {}", value.kind());
            return Err(Wrong::new(message));
        };
        HeadAt::parse(text).map_err(|(message, help)| Wrong::new(message).help(help))
    }

    fn fallback() -> Self {
        HeadAt::Path(PathBuf::new())
    }
}

impl HeadPort {
    /// Its kind.
    pub fn kind(&self) -> LinkKind {
        match self {
            HeadPort::Serial { .. } => LinkKind::Serial,
            HeadPort::Tcp(_) => LinkKind::Tcp,
            HeadPort::Udp(_) => LinkKind::Udp,
            HeadPort::Sony(_) => LinkKind::Sony,
            HeadPort::Video(_) => LinkKind::Usb,
        }
    }

    /// Whether both are the same line or machine.
    pub fn is_same(&self, other: &HeadPort) -> bool {
        match (self, other) {
            (HeadPort::Serial { path: a, .. }, HeadPort::Serial { path: b, .. }) => a == b,
            _ => self == other,
        }
    }

    /// Whether several heads may hang there, each with a number.
    fn takes_several(&self, protocol: Protocol) -> bool {
        match (self, protocol) {
            (HeadPort::Video(_), _) | (_, Protocol::Uvc) => false,
            (HeadPort::Serial { .. }, _) => true,
            // A server of serial lines; a VISCA camera on the network is alone.
            (_, Protocol::PelcoD | Protocol::PelcoP) => true,
            (_, Protocol::Visca) => false,
        }
    }
}

/// A head as the file has it.
struct Written<'a> {
    head: &'a HeadSection,
    at: &'a At<HeadAt>,
    model: &'a str,
}

impl Build<'_> {
    pub fn head_links(
        &mut self,
        bindings: &mut Bindings<'_>,
        heads: &[(At<String>, HeadSection)],
    ) -> Vec<HeadLink> {
        let mut links: Vec<HeadLink> = Vec::new();
        for (role, head) in heads {
            let Some(at) = self.head_at(bindings, role, head) else {
                continue;
            };
            let protocol = head
                .protocol
                .as_ref()
                .map_or_else(|| at.value.usual_protocol(), |p| p.value.0);
            let name = head.model.clone().unwrap_or_else(|| At {
                value: Slug(protocol.usual_model().to_owned()),
                place: at.place.clone(),
                bad: false,
            });
            let model = self.ptz_model(&name);
            let baud = head.baud.as_ref();
            let speed = baud.and_then(|b| u32::try_from(b.value.0).ok());
            let port = at.value.port(protocol, &model, speed);
            let link = HeadLink {
                head: HeadId::new(&*role.value),
                protocol,
                port,
                address: u8::try_from(head.address.value.0).unwrap_or(1),
                model,
            };
            let written = Written {
                head,
                at: &at,
                model: &name.value.0,
            };
            if !at.bad {
                if self.fits_its_port(&written, &link) {
                    self.fits_its_model(&written, &link);
                }
                self.fits_its_neighbours(&written, &link, &links);
            }
            links.push(link);
        }
        links
    }

    /// `port`, its older name, or the USB device that is bound.
    fn head_at(
        &mut self,
        bindings: &mut Bindings<'_>,
        role: &At<String>,
        head: &HeadSection,
    ) -> Option<At<HeadAt>> {
        let usb = Bindings::says(&head.usb);
        if let Some(at) = head.port.as_ref().filter(|_| usb || head.serial.is_some()) {
            let other = if usb { "usb" } else { "serial" };
            let message = format!("`port` and `{other}` both say where the head is");
            self.wrong(at, message, "keep the one that is right");
            return None;
        }
        let at = match (&head.port, usb, &head.serial) {
            (Some(port), _, _) => port.clone(),
            (None, true, _) => self.bound_head(bindings, role, head),
            (None, false, Some(serial)) => At {
                value: HeadAt::Path(serial.value.0.clone()),
                place: serial.place.clone(),
                bad: serial.bad,
            },
            (None, false, None) => {
                let message = format!("head `{}` does not say where it is", role.value);
                let help = format!("add `port = …`: {EXPECTED}; or `usb = …`");
                let problem = Problem::new(role.place.clone(), message, Some(help));
                self.problems.push(problem.of(ProblemKind::Missing));
                return None;
            }
        };
        let value = match at.value {
            HeadAt::Path(path) => HeadAt::Path(self.sources.folder.join(path)),
            net @ HeadAt::Net { .. } => net,
        };
        Some(At { value, ..at })
    }

    /// The link that leads to the adapter of its line, or to the camera whose motors it is.
    fn bound_head(
        &mut self,
        bindings: &mut Bindings<'_>,
        role: &At<String>,
        head: &HeadSection,
    ) -> At<HeadAt> {
        let protocol = head.protocol.as_ref().map(|p| p.value.0);
        let kind = match protocol {
            Some(Protocol::Uvc) => Kind::Camera,
            Some(Protocol::Visca | Protocol::PelcoD | Protocol::PelcoP) | None => Kind::Head,
        };
        let wanted = Wanted {
            kind,
            role,
            path: head.serial.as_ref(),
            usb: &head.usb,
        };
        let before = self.problems.len();
        let path = bindings.line(self, &wanted);
        At {
            value: HeadAt::Path(path),
            place: role.place.clone(),
            bad: self.problems.len() > before,
        }
    }

    /// Whether the protocol goes over such a port at all.
    fn fits_its_port(&mut self, written: &Written<'_>, link: &HeadLink) -> bool {
        let Written { head, at, .. } = *written;
        match (link.protocol, link.port.kind()) {
            (Protocol::Uvc, LinkKind::Usb) => {}
            (Protocol::Uvc, kind) => {
                let message = format!("`uvc` does not go over {}", kind.word());
                let help = "name a camera of this machine, such as \"/dev/video2\"";
                self.wrong(at, message, help);
                return false;
            }
            (protocol, LinkKind::Sony) if protocol != Protocol::Visca => {
                let message = format!("`{}` does not go over sony", protocol.word());
                self.wrong(at, message, "write `tcp://` or `udp://`");
                return false;
            }
            _ => {}
        }
        if let (HeadAt::Path(path), false) = (&at.value, link.protocol == Protocol::Uvc)
            && HeadAt::is_video(path)
        {
            let message = format!(
                "`{}` is not spoken by a camera of the kernel",
                link.protocol.word()
            );
            let help = "write `protocol = \"uvc\"`, or the serial line that the head hangs on";
            self.wrong(at, message, help);
            return false;
        }
        if let Some(baud) = head
            .baud
            .as_ref()
            .filter(|_| link.port.kind() != LinkKind::Serial)
        {
            self.wrong(baud, "`baud` matters on a serial line only", "leave it out");
        }
        if link.protocol == Protocol::Visca && !VISCA_ADDRESSES.contains(&head.address.value.0) {
            let message = format!("a VISCA line has no address {}", head.address.value.0);
            self.wrong(&head.address, message, "write a number from 1 to 7");
        }
        true
    }

    fn fits_its_model(&mut self, written: &Written<'_>, link: &HeadLink) {
        let Written {
            head,
            at,
            model: name,
        } = *written;
        let model = &link.model;
        if model.protocols.is_empty() {
            return;
        }
        if !model.protocols.contains(&link.protocol) {
            let known: Vec<_> = model
                .protocols
                .iter()
                .map(|p| format!("`{}`", p.word()))
                .collect();
            let message = format!("`{name}` does not speak `{}`", link.protocol.word());
            let help = format!("it speaks {}", known.join(", "));
            return match &head.protocol {
                Some(protocol) => self.wrong(protocol, message, help),
                None => self.wrong(at, message, help),
            };
        }
        if !model.links.contains(&link.port.kind()) {
            let known: Vec<_> = model.links.iter().map(|l| l.word()).collect();
            let message = format!("`{name}` is not reached over {}", link.port.kind().word());
            self.wrong(
                at,
                message,
                format!("it is reached over {}", known.join(", ")),
            );
        }
        for preset in &head.presets.0 {
            let number = PresetNumber(u8::try_from(preset.number.value.0).unwrap_or(u8::MAX));
            if !model.presets.has(number) {
                let (first, last) = (model.presets.first, model.presets.last);
                let message = format!("`{name}` has no preset {}", number.0);
                let help = match model.presets.forbidden.contains(&number.0) {
                    true => {
                        "this number means something else to the model; take another".to_owned()
                    }
                    false => format!("its presets are {first} to {last}"),
                };
                self.wrong(&preset.number, message, help);
            }
        }
    }

    fn fits_its_neighbours(&mut self, written: &Written<'_>, link: &HeadLink, others: &[HeadLink]) {
        let Written { head, at, .. } = *written;
        let Some(twin) = others.iter().find(|other| other.port.is_same(&link.port)) else {
            return;
        };
        let other = twin.head.as_str();
        if twin.protocol != link.protocol {
            let message = format!(
                "head `{other}` speaks `{}` on this line",
                twin.protocol.word()
            );
            return self.wrong(at, message, "let all heads of a line speak the same");
        }
        if twin.port != link.port {
            let message = format!("head `{other}` has another `baud` on this line");
            return self.wrong(at, message, "give all heads of a line the same `baud`");
        }
        if !link.port.takes_several(link.protocol) {
            let message = format!("head `{other}` is there already");
            return self.wrong(at, message, "name another machine or camera");
        }
        let same = |l: &&HeadLink| l.port.is_same(&link.port) && l.address == link.address;
        if others.iter().any(|other| same(&other)) {
            let message = format!("another head has address {} on this line", link.address);
            let help = "give each camera on a line its own `address`";
            self.wrong(&head.address, message, help);
        }
    }

    fn ptz_model(&mut self, name: &At<Slug>) -> PtzModel {
        let models = &self.sources.ptz_models;
        let file = models
            .iter()
            .find(|(known, _)| *known == name.value.0)
            .map(|(_, file)| file);
        let Some(file) = file else {
            let message = format!("there is no model `{}`", name.value.0);
            let known = models.iter().map(|(known, _)| known.as_str());
            self.wrong(name, message, suggest::among(&name.value.0, known));
            return ptz::unknown();
        };
        ptz::read(file, self.problems)
    }
}
