//! A room's configuration, checked: what the daemon wires. Knows no file format and no way to open anything.

use crate::fittings::Fittings;
use crate::heads::HeadLink;
use room_core::ids::{DisplayId, Private, PuckId, ServiceId};
use room_core::meeting::Target;
use room_core::plan::RoomPlan;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// Everything that the files say, with all paths absolute or relative to the daemon's own folder.
#[derive(Debug, Clone, PartialEq)]
pub struct Profile {
    /// What the core needs.
    pub plan: RoomPlan,
    /// The board whose file lies under the room's.
    pub board: Option<String>,
    /// The language that faces begin with.
    pub language: Language,
    /// The room's time zone.
    pub zone: chrono_tz::Tz,
    /// Whom to call.
    pub help: Option<String>,
    /// Where what must survive is kept.
    pub state_dir: PathBuf,
    /// The allow-list, in the order of the file.
    pub hosts: Vec<AllowedHost>,
    /// Which way is tried first, for services that the file names.
    pub ways: Vec<(ServiceId, FirstWay)>,
    /// Calls by SIP; `None`: none are made.
    pub sip: Option<Sip>,
    /// Where bookings are read.
    pub calendars: Vec<CalendarSource>,
    /// USB sockets by their labels, in the order of the file.
    pub places: Vec<(String, identity::UsbSpot)>,
    /// Roles that are bound to USB devices, in the order of the file.
    pub roles: Vec<identity::Role>,
    /// The folder where the daemon keeps a link for each of them, under its label; their lines below name it.
    pub links: PathBuf,
    /// Lines of the heads in `plan.heads`, in its order.
    pub heads: Vec<HeadLink>,
    /// Links of the displays in `plan.displays`, in its order.
    pub displays: Vec<DisplayLink>,
    /// Lines of the buttons in `plan.pucks`, in its order.
    pub pucks: Vec<PuckLink>,
    /// Lamps, buttons, the speakerphone's keys and status panels.
    pub fittings: Fittings,
    /// The devices of `plan.sound`, and where the sound server is.
    pub sound: Option<crate::sound::SoundLinks>,
    /// The hours of `plan.preflight` in the room's zone, and the limits of its checks.
    pub preflight: crate::preflight::PreflightHours,
    /// The cameras of `plan.cameras`, in its order.
    pub cameras: Vec<crate::camera::CameraLink>,
    /// The browser.
    pub browser: Browser,
    /// Panel, display and control.
    pub faces: Faces,
    /// The room's own conference; `None`: not served.
    pub practice: Option<Practice>,
    /// Packs that are newer than those that come with the daemon.
    pub packs: RenewedPacks,
    /// The operator's test meetings.
    pub canaries: Vec<Canary>,
    /// Where the room belongs; `None`: nowhere.
    pub fleet: Option<FleetLink>,
}

/// IT's fleet server, as the room reaches it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FleetLink {
    /// `https://`, its name, and perhaps a port.
    pub server: String,
    /// The way out of the building's network.
    pub proxy: Option<url::Url>,
    /// A file with the proxy's name and password.
    pub proxy_account: Option<PathBuf>,
    /// Whose grants are believed.
    pub grant_key: Option<String>,
    /// The file with the root of signed releases; `None`: none is ever taken.
    pub release_root: Option<PathBuf>,
}

/// Languages of the faces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// German.
    German,
    /// English.
    English,
}

/// One entry of the allow-list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AllowedHost {
    /// The host's name in lower case (punycode) or its address; for `below`, the domain.
    pub host: String,
    /// The entry means every host below the domain, not the domain itself.
    pub below: bool,
    /// The only port; `None`: the usual one of https, on this machine any.
    pub port: Option<u16>,
    /// Which service pack joins it.
    pub service: ServiceId,
    /// What stands before its conferences.
    pub door: Door,
}

/// What the operator says of a conference server beside its service.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Door {
    /// What is asked before a page is opened.
    pub front: FrontEnd,
    /// The file whose first line is the shared secret of the server.
    pub secret_file: Option<PathBuf>,
    /// The algorithm that goes with it.
    pub checksum: ChecksumChoice,
}

/// What stands before a conference server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FrontEnd {
    /// Found out.
    #[default]
    Auto,
    /// Greenlight 3.
    Greenlight3,
    /// Greenlight 2.
    Greenlight2,
    /// PILOS.
    Pilos,
    /// Nothing: conferences are entered with the shared secret.
    BbbApi,
    /// Nothing is asked; the page is opened.
    Page,
}

/// How calls of BigBlueButton's API are signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ChecksumChoice {
    /// As the secret's length says.
    #[default]
    BySecret,
    /// SHA-1.
    Sha1,
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

impl AllowedHost {
    /// Reads `name`, `name:port` or `*.domain`; `None` when it is none of them, or a whole top-level domain.
    pub fn parse(text: &str, service: ServiceId) -> Option<Self> {
        let (below, rest) = match text.trim().strip_prefix("*.") {
            Some(rest) => (true, rest),
            None => (false, text.trim()),
        };
        let (name, port) = match rest.rsplit_once(':') {
            Some((name, port)) if !name.contains(':') || name.ends_with(']') => {
                (name, Some(port.parse().ok()?))
            }
            _ => (rest, None),
        };
        let host = url::Host::parse(name).ok()?;
        let is_name = matches!(&host, url::Host::Domain(name) if name.split('.').all(is_label));
        let is_address = !matches!(host, url::Host::Domain(_));
        let host = host.to_string();
        let wide = below && (!is_name || !host.contains('.'));
        let fit = (is_name || is_address) && !wide;
        fit.then_some(Self {
            host,
            below,
            port,
            service,
            door: Door::default(),
        })
    }

    /// As it would be written in a file.
    pub fn written(&self) -> String {
        let star = if self.below { "*." } else { "" };
        let port = self.port.map(|port| format!(":{port}")).unwrap_or_default();
        format!("{star}{}{port}", self.host)
    }

    /// Whether this entry allows the host, given in lower case, at this port.
    pub fn allows(&self, host: &str, port: u16) -> bool {
        let named = match self.below {
            false => host == self.host,
            true => host
                .strip_suffix(&self.host)
                .is_some_and(|rest| rest.len() > 1 && rest.ends_with('.')),
        };
        named
            && self
                .port
                .map_or_else(|| port == 443 || is_this_machine(host), |own| own == port)
    }
}

fn is_label(label: &str) -> bool {
    (1..=63).contains(&label.len())
        && label
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

fn is_this_machine(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || address
            .parse::<std::net::IpAddr>()
            .is_ok_and(|ip| ip.is_loopback())
}

/// Which way into a conference is tried first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FirstWay {
    /// The page.
    Browser,
    /// SIP, wherever the address is known.
    Sip,
    /// SIP when the invitation prints its address.
    SipWhenPrinted,
}

/// What carries the signalling of a call by SIP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SipTransport {
    /// Encrypted.
    Tls,
    /// In the clear, reliable.
    Tcp,
    /// In the clear.
    Udp,
}

/// How sound and picture of a call by SIP are encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SipEncryption {
    /// Encrypted, or no call.
    Required,
    /// Encrypted when the far end takes it.
    Offered,
    /// In the clear.
    None,
}

/// Calls by SIP.
#[derive(Debug, Clone, PartialEq)]
pub struct Sip {
    /// The allow-list; its ports and services mean nothing.
    pub domains: Vec<AllowedHost>,
    /// What carries the signalling.
    pub transport: SipTransport,
    /// How sound and picture are encrypted.
    pub encryption: SipEncryption,
    /// The server that all calls go through.
    pub proxy: Option<String>,
    /// The room's account, `user@domain`; `None`: calls are made as a guest.
    pub account: Option<Account>,
    /// Authorities that servers' certificates are held against.
    pub authorities: PathBuf,
    /// Where the client is told what to do.
    pub control: SocketAddr,
    /// Where signalling arrives.
    pub listen: Option<SocketAddr>,
    /// As the client names it.
    pub microphone: String,
    /// As the client names it.
    pub camera: String,
    /// As the client names it.
    pub speaker: String,
    /// As the client names it.
    pub screen: String,
}

impl Sip {
    /// Whether the room may call this domain; ports and letters' case mean nothing.
    pub fn allows(&self, domain: &str) -> bool {
        let domain = domain.to_lowercase();
        self.domains
            .iter()
            .any(|allowed| allowed.allows(&domain, allowed.port.unwrap_or(443)))
    }
}

/// A calendar.
#[derive(Debug, Clone, PartialEq)]
pub struct CalendarSource {
    /// Its name in the file.
    pub name: String,
    /// Where it is.
    pub place: CalendarPlace,
    /// The account.
    pub account: Option<Account>,
    /// The room's own mail address.
    pub address: Option<String>,
    /// How often it is read.
    pub every: Duration,
}

/// Where a calendar is. Links are private: many carry a secret.
#[derive(Debug, Clone, PartialEq)]
pub enum CalendarPlace {
    /// A file.
    File(PathBuf),
    /// A link to a text.
    Link(Private),
    /// A CalDAV server.
    Caldav {
        /// Where it is.
        base: Private,
        /// Which of its calendars; `None`: all.
        only: Option<String>,
    },
}

/// An account at a calendar server.
#[derive(Debug, Clone, PartialEq)]
pub struct Account {
    /// Its name.
    pub user: String,
    /// The file whose first line is the password.
    pub password_file: PathBuf,
}

/// Where renewed service packs are, and whose are trusted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RenewedPacks {
    /// The folder; `None`: only the built-in packs are used.
    pub folder: Option<PathBuf>,
    /// Public keys as minisign writes them, in the order of the file.
    pub keys: Vec<String>,
}

/// A test meeting of the operator.
#[derive(Debug, Clone, PartialEq)]
pub struct Canary {
    /// What its results are called.
    pub name: String,
    /// Where it is; its passcode is not in here.
    pub target: Target,
    /// The file whose first line is the passcode.
    pub passcode_file: Option<PathBuf>,
}

/// The links of a display, the one to be preferred first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DisplayLink {
    /// Which display.
    pub display: DisplayId,
    /// The name of the input that the board hangs on, where it is known.
    pub input: Option<String>,
    /// The board's output that it hangs on, by the kernel's name of the connector.
    pub output: Option<String>,
    /// Its lines.
    pub lines: Vec<DisplayLine>,
}

/// One line to a display.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DisplayLine {
    /// Where: `serial:`, `tcp://`, `cec:`, `i2c:` or `output:` and what belongs to it.
    pub line: String,
    /// The name of its model.
    pub model: String,
    /// Its number among several on the line, from 1.
    pub number: u8,
    /// The account, where the display has accounts.
    pub user: String,
    /// The file whose first line is its password.
    pub password_file: Option<PathBuf>,
    /// The hardware address that wakes it.
    pub wake: Option<String>,
}

/// The line of a table button.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PuckLink {
    /// Which button.
    pub puck: PuckId,
    /// The serial line.
    pub serial: PathBuf,
    /// Its display.
    pub display: PuckDisplay,
}

/// The display of a table button.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PuckDisplay {
    /// 128 x 64, SSD1306.
    Oled,
    /// 240 x 240, ST7789.
    Tft,
}

/// The browser on the main display.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Browser {
    /// The Chromium to run; `None`: the first that is found.
    pub program: Option<PathBuf>,
    /// The keeper's socket.
    pub socket: PathBuf,
    /// The account Chromium runs under when started as root; `None`: the keeper's default.
    pub user: Option<String>,
    /// What the room gives where a mail address is asked for.
    pub guest_mail: Option<String>,
    /// The folder for Chromium's managed policy.
    pub policy_dir: PathBuf,
    /// No window at all.
    pub headless: bool,
    /// A file instead of a camera.
    pub fake_camera: Option<PathBuf>,
    /// A file instead of a microphone.
    pub fake_microphone: Option<PathBuf>,
    /// Pixels of the display.
    pub width: u32,
    /// Pixels of the display.
    pub height: u32,
}

/// Panel, display and control.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Faces {
    /// For this machine.
    pub listen: SocketAddr,
    /// For the network, with TLS.
    pub lan: Option<SocketAddr>,
    /// For `roomctl`.
    pub socket: PathBuf,
    /// Whether the panel may show the main display's picture.
    pub mirror: bool,
}

/// The room's own conferences.
#[derive(Debug, Clone, PartialEq)]
pub struct Practice {
    /// For this machine, in the clear.
    pub listen: SocketAddr,
    /// For the network, with TLS.
    pub lan: Option<SocketAddr>,
    /// Any address opens a conference.
    pub on_demand: bool,
    /// Those with a name.
    pub conferences: Vec<PracticeConference>,
}

/// One practice conference.
#[derive(Debug, Clone, PartialEq)]
pub struct PracticeConference {
    /// The last part of its address.
    pub id: String,
    /// Asked of guests.
    pub passcode: Option<Private>,
    /// Makes a host.
    pub host_code: Option<Private>,
    /// Newcomers wait for the host's nod.
    pub lobby: bool,
    /// Newcomers wait for a host.
    pub needs_host: bool,
}

impl Profile {
    /// Which service joins this host (lower case) at this port; `None`: not allowed.
    pub fn service_of(&self, host: &str, port: u16) -> Option<&ServiceId> {
        service_of(&self.hosts, host, port)
    }

    /// The entry of the allow-list that decides about this host (lower case) at this port.
    pub fn host_entry(&self, host: &str, port: u16) -> Option<&AllowedHost> {
        host_entry(&self.hosts, host, port)
    }
}

pub(crate) fn service_of<'a>(
    hosts: &'a [AllowedHost],
    host: &str,
    port: u16,
) -> Option<&'a ServiceId> {
    host_entry(hosts, host, port).map(|allowed| &allowed.service)
}

/// Exact names before domains, longer domains before shorter ones.
fn host_entry<'a>(hosts: &'a [AllowedHost], host: &str, port: u16) -> Option<&'a AllowedHost> {
    hosts
        .iter()
        .filter(|allowed| allowed.allows(host, port))
        .max_by_key(|allowed| (!allowed.below, allowed.port.is_some(), allowed.host.len()))
}
