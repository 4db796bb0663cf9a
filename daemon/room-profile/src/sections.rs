//! Every table and key that a room's or board's file can hold: type, default, bounds and sentence, once.
//! Knows nothing of how they fit together; `assemble` checks that.

use crate::camera::CameraSection;
use crate::displays::{LineText, MacText, OutputText};
use crate::fitting_sections::{
    ButtonSection, GpioSection, LampSection, PanelSection, SpeakerphoneSection,
};
use crate::fleet::FleetSection;
use crate::head_links::HeadAt;
use crate::heads::Protocol;
use crate::hosts::HostEntry;
use crate::machine::MachineSection;
use crate::per_service::{ConsentKinds, ServiceWay};
use crate::preflight::PreflightSection;
use crate::profile::{FirstWay, Language, PuckDisplay, SipEncryption, SipTransport};
use crate::scalars::{
    Domains, FilePath, Line, Link, Listen, PackKey, Passcode, Slug, Time, TimeOrNever, Whole, Zone,
    choice,
};
use crate::section::{At, Each, List, Many, Sub, section};
use crate::sound::{LoudspeakerSection, MicrophoneSection, SoundSection};
use crate::usb::{Labelled, UsbKeys};
use room_core::hand::Consent;
use room_core::plan::{AfterCrash, JoinPolicy};

const HOUR: u64 = 3600;
const DAY: u64 = 24 * HOUR;

choice! {
    /// Displays of table buttons.
    enum PuckDisplayWord: PuckDisplay {
        "oled" => PuckDisplay::Oled,
        "tft" => PuckDisplay::Tft,
    }

    /// The language of the room.
    enum LanguageWord: Language {
        "de" => Language::German,
        "en" => Language::English,
    }

    /// Who starts a call.
    enum JoinWord: JoinPolicy {
        "on-press" => JoinPolicy::OnPress,
        "by-itself" => JoinPolicy::ByItself,
    }

    /// What a rejoin may open.
    enum CrashWord: AfterCrash {
        "dark-and-silent" => AfterCrash::DarkAndSilent,
        "restore" => AfterCrash::RestoreWhatTheRoomOpened,
    }

    /// Which way into a conference is tried first.
    enum WayWord: FirstWay {
        "browser" => FirstWay::Browser,
        "sip" => FirstWay::Sip,
        "sip-when-printed" => FirstWay::SipWhenPrinted,
    }

    /// What carries the signalling of a call by SIP.
    enum TransportWord: SipTransport {
        "tls" => SipTransport::Tls,
        "tcp" => SipTransport::Tcp,
        "udp" => SipTransport::Udp,
    }

    /// How sound and picture of a call by SIP are encrypted.
    enum EncryptionWord: SipEncryption {
        "required" => SipEncryption::Required,
        "offered" => SipEncryption::Offered,
        "none" => SipEncryption::None,
    }

    /// What consent is given for.
    enum ConsentWord: Consent {
        "recording" => Consent::Recording,
        "transcript" => Consent::Transcript,
        "terms" => Consent::Terms,
    }

    /// What a head speaks.
    enum ProtocolWord: Protocol {
        "visca" => Protocol::Visca,
        "pelco-d" => Protocol::PelcoD,
        "pelco-p" => Protocol::PelcoP,
        "uvc" => Protocol::Uvc,
    }
}

section! {
    /// A room's file says what this room is; it lies over the file of its board, key by key.
    struct WholeFile {
        /// The board this file lies over: the name of a file in `boards/`, without `.toml`.
        board: Option<At<Slug>>,
        /// What the room is called and where it is.
        room: Sub<RoomSection>,
        /// How the room behaves around a meeting.
        policy: Sub<PolicySection>,
        /// The conference for calls without a booking; leave it out when there is none.
        standing: Option<Sub<StandingSection>>,
        /// The allow-list.
        hosts: Each<HostEntry>,
        /// What the operator agrees to on behalf of the people in the room.
        consent: Each<ConsentKinds>,
        /// Which way into a conference is tried first.
        ways: Each<ServiceWay>,
        /// Calls by SIP; without it the room makes none.
        sip: Option<Sub<SipSection>>,
        /// Where bookings are read.
        calendars: Each<CalendarSection>,
        /// The board itself.
        machine: Sub<MachineSection>,
        /// Sockets by their labels.
        places: Each<Labelled>,
        /// Cameras with a motor.
        heads: Each<HeadSection>,
        /// Displays that the room switches.
        displays: Each<DisplaySection>,
        /// Cameras: the picture itself.
        cameras: Each<CameraSection>,
        /// Microphones, best first.
        microphones: Each<MicrophoneSection>,
        /// Loudspeakers, best first.
        loudspeakers: Each<LoudspeakerSection>,
        /// The room's sound as a whole.
        sound: Sub<SoundSection>,
        /// When the room proves itself.
        preflight: Sub<PreflightSection>,
        /// Table buttons.
        pucks: Each<PuckSection>,
        /// Lines and buses of the board.
        gpio: Sub<GpioSection>,
        /// Lamps.
        lamps: Each<LampSection>,
        /// Buttons on wires.
        buttons: Each<ButtonSection>,
        /// A speakerphone's keys and lamps.
        speakerphone: Option<Sub<SpeakerphoneSection>>,
        /// Small status panels.
        panels: Each<PanelSection>,
        /// The browser.
        browser: Sub<BrowserSection>,
        /// Panel, display and control.
        faces: Sub<FacesSection>,
        /// The room's own conference.
        practice: Sub<PracticeSection>,
        /// Renewed service packs.
        packs: Sub<PacksSection>,
        /// Where the room belongs.
        fleet: Option<Sub<FleetSection>>,
        /// The operator's own test meetings, joined by `roomctl canary` and by nothing else.
        canary: List<CanarySection>,
    }

    /// What the room is called and where it is.
    struct RoomSection {
        /// The room's name on the panel and the main display.
        name: At<Line<60>>,
        /// The name the room carries in a conference; without it, `name`.
        display_name: Option<At<Line<60>>>,
        /// The language that panel and display begin with; a person can change it at the panel. German or English.
        language: At<LanguageWord> = "de",
        /// The room's time zone: for the times on its faces and for calendar entries that name none.
        zone: At<Zone> = "Europe/Berlin",
        /// Whom to call when something does not work, shown with every failure: a number or a short sentence.
        help: Option<At<Line<80>>>,
        /// The folder where the daemon keeps what must survive a restart; it holds keys and must be private to the daemon.
        state_dir: At<FilePath> = "/var/lib/roomd",
    }

    /// How the room behaves around a meeting.
    /// Whatever is set here: a call begins with microphone and camera closed, and only a person in the room opens them.
    struct PolicySection {
        /// Who starts a call: a press of a person in the room, or the room by itself at the meeting's time.
        join: At<JoinWord> = "on-press",
        /// How long before its start a meeting is announced.
        announce_before: At<Time<0, DAY>> = "15 min",
        /// How long before its start the conference's page is prepared, so that joining is quick.
        warm_before: At<Time<0, HOUR>> = "2 min",
        /// How long before its start the room joins by itself; matters with `join = "by-itself"` only.
        join_before: At<Time<0, HOUR>> = "30 s",
        /// How long after its start a meeting is still joined by itself, after a power cut for example.
        join_late_limit: At<Time<0, { 4 * HOUR }>> = "10 min",
        /// Leave when nobody else has been in the call for this long.
        alone_after: At<TimeOrNever<30, { 4 * HOUR }>> = "10 min",
        /// Leave this long after the booked end; with "never" the room stays until the call ends or the next meeting needs the room.
        leave_after_end: At<TimeOrNever<0, { 4 * HOUR }>> = "never",
        /// By how much one press of *extend* moves the booked end.
        extend_by: At<Time<60, { 4 * HOUR }>> = "15 min",
        /// How long entering a conference may take before it is called failed.
        join_limit: At<Time<10, 600>> = "90 s",
        /// How long to wait for a host or in a lobby beyond the meeting's start; the booked end ends it in any case.
        wait_limit: At<Time<60, { 4 * HOUR }>> = "15 min",
        /// How long a lost connection may take to return before the room joins anew.
        reconnect_limit: At<Time<5, 600>> = "20 s",
        /// How often the room rejoins by itself after a crash or loss before it says that it failed.
        rejoin_tries: At<Whole<0, 20>> = 3,
        /// What a rejoin after a crash opens: nothing, or what a person in the room had opened in this very meeting.
        after_crash: At<CrashWord> = "dark-and-silent",
        /// How long after the last meeting or message the displays are switched off. A display that somebody uses stays on.
        display_off_after: At<TimeOrNever<60, { 12 * HOUR }>> = "15 min",
        /// Whether table buttons get new firmware by themselves while no meeting is on or near; else by `roomctl puck update` only.
        update_buttons: At<bool> = true,
        /// The volume a call begins with, in percent.
        volume_at_start: At<Whole<0, 100>> = 50,
        /// The volume never passes this, in percent.
        volume_limit: At<Whole<1, 100>> = 100,
    }

    /// The operator's standing conference: joined by a press when nothing is booked.
    /// Its host must be in `[hosts]`.
    struct StandingSection {
        /// The link to open.
        link: At<Link>,
        /// Its passcode.
        passcode: Option<At<Passcode>>,
    }

    /// A calendar. Exactly one of `file`, `url` and `caldav` says where it is.
    struct CalendarSection as "NAME" {
        /// An iCalendar file, such as one that another program writes.
        file: Option<At<FilePath>>,
        /// An address that delivers an iCalendar text.
        url: Option<At<Link>>,
        /// The address of a CalDAV server or of one calendar on it.
        caldav: Option<At<Link>>,
        /// Which of the server's calendars: a part of its name or address; without it, all that the account can read. With `caldav` only.
        only: Option<At<Line<200>>>,
        /// The account's name.
        user: Option<At<Line<120>>>,
        /// A file with the account's password in its first line, readable to the daemon alone. Passwords do not stand in this file.
        password_file: Option<At<FilePath>>,
        /// The room's own mail address: its answers tell whether an invitation was declined.
        address: Option<At<Line<200>>>,
        /// How often the calendar is read.
        every: At<Time<10, DAY>> = "2 min",
    }

    /// A camera with a motor, under the name of its role.
    struct HeadSection as "ROLE" {
        /// What people call it; without it, its role.
        name: Option<At<Line<40>>>,
        /// Where it is: a serial line's path, a camera's such as `/dev/video2`, or `tcp://HOST`, `udp://HOST`, `sony://HOST`, each
        /// with `:PORT` when it is not the model's own.
        port: Option<At<HeadAt>>,
        /// The serial line it hangs on; another way to write `port`.
        serial: Option<At<FilePath>>,
        /// The USB adapter of its line; with `protocol = "uvc"`, the camera itself.
        usb: UsbKeys,
        /// What it speaks; without it, `"uvc"` for a camera of the kernel, else `"visca"`.
        protocol: Option<At<ProtocolWord>>,
        /// Its model: the name of a file in `boards/devices/ptz/`, without `.toml`; without it, `"common"` for VISCA, `"pelco"` for
        /// Pelco and `"uvc"` for a camera of the kernel.
        model: Option<At<Slug>>,
        /// The serial line's speed in bits per second, as set at the camera; without it, the one that the model comes with.
        baud: Option<At<Whole<1200, 230_400>>>,
        /// Its number on a line with several cameras: 1 to 7 for VISCA, 1 to 255 for Pelco.
        address: At<Whole<1, 255>> = 1,
        /// Presets that people may choose, in this order.
        presets: List<PresetSection>,
        /// The number of the preset to go to when a call begins; it must be one of `presets`.
        at_start: Option<At<Whole<0, 254>>>,
    }

    /// A stored position.
    struct PresetSection {
        /// The camera's own number, from 0.
        number: At<Whole<0, 254>>,
        /// What people call it.
        name: At<Line<30>>,
    }

    /// A display or projector, under the name of its role: `main`, or `people` and `content` where there are two.
    struct DisplaySection as "ROLE" {
        /// What people call it; without it, its role.
        name: Option<At<Line<40>>>,
        /// The input that the board hangs on, by its name in the model's file; without it, inputs are left alone.
        input: Option<At<Slug>>,
        /// The board's output that it hangs on, by the kernel's name of the connector, such as "HDMI-A-1"; `roomctl board` lists them.
        /// Without it, the displays that are connected have their places in the order of these names.
        output: Option<At<OutputText>>,
        /// The ways to it, the one to be preferred first. The first that proves itself is used; the next when it fails.
        links: List<DisplayLinkSection>,
    }

    /// One way to a display.
    struct DisplayLinkSection {
        /// Where it is.
        line: At<LineText>,
        /// What it is: the name of a file in `boards/devices/display/`, without `.toml`; `roomctl display --models` lists them.
        model: At<Slug>,
        /// Its number among several on one line, as set in its menu.
        number: At<Whole<1, 26>> = 1,
        /// The account, where the display has accounts.
        user: At<Line<60>> = "admin1",
        /// A file with the display's password in its first line, readable to the daemon alone.
        password_file: Option<At<FilePath>>,
        /// Its hardware address, where its network sleeps with it: a magic packet then goes before each "on".
        wake: Option<At<MacText>>,
    }

    /// A table button, under the name of its role.
    struct PuckSection as "ROLE" {
        /// The serial line it hangs on, when no USB socket says so.
        serial: Option<At<FilePath>>,
        /// The button itself.
        usb: UsbKeys,
        /// Its display, which decides which firmware it gets: the small one of 128 x 64, or the coloured one of 240 x 240. Only asked of
        /// a button that cannot say it: one in its loader, or with firmware older than 0.2.0.
        display: At<PuckDisplayWord> = "oled",
    }

    /// The browser that shows the conference on the main display. A change takes effect when the browser is started anew.
    struct BrowserSection {
        /// The Chromium to run; without it, the first that is found.
        program: Option<At<FilePath>>,
        /// The Unix socket of its keeper; without it, `browser.sock` in the folder of `faces.socket`.
        socket: Option<At<FilePath>>,
        /// The account that Chromium runs under when the keeper is started as root; without it, `roomd-browser`.
        user: Option<At<Line<32>>>,
        /// The mail address that the room gives where a service lets nobody in without one; without it, a person is asked to.
        guest_mail: Option<At<Line<254>>>,
        /// Where Chromium looks for its managed policy file.
        policy_dir: At<FilePath> = "/etc/chromium/policies/managed",
        /// Show the main display in no window at all: for tests and machines without a display.
        headless: At<bool> = false,
        /// A picture file (.y4m or .mjpeg) instead of a camera: for the demo and tests.
        fake_camera: Option<At<FilePath>>,
        /// A sound file (.wav) instead of a microphone: for the demo and tests.
        fake_microphone: Option<At<FilePath>>,
        /// Width of the main display in pixels, when it is not taken from the screen.
        width: At<Whole<320, 7680>> = 1920,
        /// Height of the main display in pixels, when it is not taken from the screen.
        height: At<Whole<240, 4320>> = 1080,
    }

    /// Calls by SIP, for conferences whose page does not take a room or whose invitation prints a SIP address.
    /// `roomd sip-client` starts the client with these settings.
    struct SipSection {
        /// The allow-list: domains that the room calls. No other one is ever called.
        domains: At<Domains>,
        /// What carries the signalling; `"tcp"` and `"udp"` are not encrypted.
        transport: At<TransportWord> = "tls",
        /// Whether sound and picture are encrypted.
        encryption: At<EncryptionWord> = "required",
        /// The server that all calls go through, `HOST` or `HOST:PORT`.
        proxy: Option<At<Line<253>>>,
        /// The room's account, `USER@DOMAIN`, when calls are not made as a guest; needs `password_file`.
        account: Option<At<Line<253>>>,
        /// The file whose first line is the account's password.
        password_file: Option<At<FilePath>>,
        /// Authorities that servers' certificates are held against.
        authorities: At<FilePath> = "/etc/ssl/certs/ca-certificates.crt",
        /// Where the client is told what to do. Must be a loopback address.
        control: At<Listen> = "127.0.0.1:8095",
        /// Where signalling arrives; without it the system chooses a port, and nobody can call the room at a known one.
        listen: Option<At<Listen>>,
        /// The microphone as the client names it, `DRIVER,DEVICE`. In a room with sound of its own the default is the room's.
        microphone: At<Line<120>> = "alsa,default",
        /// The camera as the client names it.
        camera: At<Line<120>> = "v4l2,/dev/video0",
        /// The loudspeaker as the client names it, likewise.
        speaker: At<Line<120>> = "alsa,default",
        /// Where the conference's picture is shown, as the client names it.
        screen: At<Line<120>> = "x11,default",
    }

    /// Panel page, display page and control API.
    struct FacesSection {
        /// Where they are served to this machine. Must be a loopback address.
        listen: At<Listen> = "127.0.0.1:8080",
        /// Where they are served to the network, for devices paired by the code on the room's display; without it, not at all.
        lan: Option<At<Listen>>,
        /// The Unix socket for `roomctl`; whoever may open it may control the room.
        socket: At<FilePath> = "/run/roomd/control.sock",
        /// Show the picture of the main display on the panel: for the demo and for installers, off in a room at work.
        mirror: At<bool> = false,
    }

    /// Service packs that are newer than those that come with the daemon. Each is a file `NAME.toml` with its signature
    /// beside it, `NAME.toml.minisig`. They are read at the start and when the daemon is told to reload; what is not signed
    /// by a trusted key, or is older than what the room knows, is refused, and the built-in packs always remain.
    struct PacksSection {
        /// The folder with the packs; without it, only the built-in ones are used.
        folder: Option<At<FilePath>>,
        /// The public keys whose packs are trusted; without any, the folder is not read.
        keys: Many<PackKey>,
    }

    /// A test meeting of the operator's own, to see whether a service's pages still look as its pack knows them.
    struct CanarySection {
        /// What its results are called; without it, its host. Each has a name of its own.
        name: Option<At<Line<60>>>,
        /// The service that runs there.
        service: At<Slug>,
        /// The link to open. Its host must be in `[hosts]`.
        link: At<Link>,
        /// A file with the passcode in its first line, readable to the daemon alone.
        passcode_file: Option<At<FilePath>>,
    }

    /// The room's own small conference, for proving a room with a phone.
    struct PracticeSection {
        /// Whether it is served.
        enabled: At<bool> = true,
        /// Where it is served to this machine. Must be a loopback address.
        listen: At<Listen> = "127.0.0.1:8090",
        /// Where it is served to the network, with TLS; without it, not at all.
        lan: Option<At<Listen>>,
        /// Whether an address that is not configured opens a conference.
        on_demand: At<bool> = false,
        /// Its conferences.
        conferences: Each<ConferenceSection>,
    }

    /// A practice conference, under the last part of its address.
    struct ConferenceSection as "NAME" {
        /// What one needs to enter.
        passcode: Option<At<Passcode>>,
        /// What makes one the host; needed with `lobby` or `needs_host`.
        host_code: Option<At<Passcode>>,
        /// Whether newcomers wait until the host admits them.
        lobby: At<bool> = false,
        /// Whether newcomers wait until a host is there.
        needs_host: At<bool> = false,
    }
}
