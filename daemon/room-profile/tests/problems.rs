//! What people get wrong, and what they are told: all of it, with places.

mod common;

use common::{problems, right, sources};
use expect_test::expect;
use room_core::hand::Consent;
use room_core::ids::ServiceId;
use room_profile::{
    ChecksumChoice, Door, FirstWay, FrontEnd, HeadPort, PhonePlace, SourceFile, check,
};
use std::path::PathBuf;
use std::time::Duration;

const COMMON: &str = include_str!("../../../boards/devices/ptz/common.toml");

#[test]
fn mistakes_about_sip_are_all_shown() {
    problems(
        r#"
[room]
name = "Saal 2"
[ways]
zoom = "telephone"
skype = "sip"
[sip]
domains = ["conf.example", "not a domain"]
account = "saal2"
control = "0.0.0.0:4444"
microphone = "ausine,440"
camera = "video0"
"#,
        expect![[r#"
            room.toml:5:8: `telephone` is not known here; known here: `browser`, `sip`, `sip-when-printed`
            room.toml:6:1: there is no service `skype`; known here: `bbb`, `jitsi`, `practice`, `zoom`
            room.toml:8:11: `not a domain` is not a domain
            room.toml:9:11: `saal2` is not an account; write `USER@DOMAIN`
            room.toml:9:11: `account` without `password_file`; name the file that holds the password
            room.toml:10:11: `0.0.0.0` is not an address of this machine alone; use 127.0.0.1 here and `lan` for the network
            room.toml:11:14: the microphone cannot be a generator; choose `alsa,...`; a closed microphone is silence from `ausine`, and both could not be told apart
            room.toml:12:10: `video0` names no device; write `DRIVER,DEVICE`, such as `alsa,default`"#]],
    );
}

#[test]
fn sip_domains_are_an_allow_list() {
    let profile = right(
        "[room]\nname = \"Saal 2\"\n[ways]\nzoom = \"sip\"\n[sip]\ndomains = [\"conf.example\", \"*.webex.example\"]",
    );
    assert_eq!(profile.ways, [(ServiceId::new("zoom"), FirstWay::Sip)]);
    let sip = profile.sip.unwrap();
    let table = [
        ("conf.example", true),
        ("CONF.example", true),
        ("stadt.webex.example", true),
        ("webex.example", false),
        ("evil-conf.example", false),
        ("conf.example.evil.example", false),
        ("", false),
    ];
    for (domain, allowed) in table {
        assert_eq!(sip.allows(domain), allowed, "{domain}");
    }
}

#[test]
fn ten_mistakes_are_all_shown() {
    problems(
        r#"board = "smal"

[room]
nmae = "Saal 2"
zone = "Europe/Berln"
language = "deutsch"

[policy]
announce_before = 15
alone_after = "10 minutes"
rejoin_tries = "3"
volume_at_start = 90
volume_limit = 80

[hosts]
"https://meet.example.org/" = "jitsi"
"meet.example.org" = "jitsy"

[calendars.bookings]
url = "http://calendar.example.org/saal2.ics"
user = "saal2"
"#,
        expect![[r#"
            room.toml:1:9: there is no board `smal`; did you mean `small`?
            room.toml:3:1: `name` is missing in `[room]`; add `name = …`: a text of 1 to 60 characters
            room.toml:4:1: unknown key `nmae` in `[room]`; did you mean `name`?
            room.toml:5:8: `Europe/Berln` is not a time zone; did you mean `Europe/Berlin`?
            room.toml:6:12: `deutsch` is not known here; known here: `de`, `en`
            room.toml:9:19: expected a time from "0 s" to "1 d", found a bare number; say the unit: "15 s" or "15 min"
            room.toml:10:15: `10 minutes` is not a time; write a number and a unit: "90 s", "15 min", "2 h", "1 h 30 min", "1 d"
            room.toml:11:16: expected a whole number from 0 to 20, found a text; write it without quotes
            room.toml:12:19: a call would begin at 90 %, above `volume_limit` (80 %); lower it, or raise `volume_limit`
            room.toml:16:1: `https://meet.example.org/` is not a host name; write a name such as "meet.example.org", without https:// and path; "*.example.org" means every host below it, "meet.example.org:8443" another port than usual
            room.toml:17:22: there is no service `jitsy`; did you mean `jitsi`?
            room.toml:20:7: an unencrypted link is refused; expected a link that begins with https:// (http:// only to this machine)
            room.toml:21:8: `user` without `password_file`; name the file that holds the password"#]],
    );
}

#[test]
fn text_that_is_not_toml_is_shown_with_its_places() {
    problems(
        "[room\nname = \"Saal\"\n[policy]\njoin = by-itself\n",
        expect![[r#"
            room.toml:1:6: not TOML: unclosed table, expected `]`
            room.toml:4:8: not TOML: string values must be quoted, expected literal string"#]],
    );
}

#[test]
fn things_that_do_not_fit_together_are_found() {
    problems(
        r#"
[room]
name = "Saal"
[standing]
link = "https://other.example.org/room?pwd=geheim"
[heads.front]
serial = "/dev/a"
presets = [{ number = 1, name = "A" }, { number = 1, name = "B" }]
at_start = 7
[heads.back]
serial = "/dev/a"
[heads."Rück"]
serial = "/dev/b"
[faces]
listen = "0.0.0.0:8090"
[practice.conferences.x]
lobby = true
[calendars.two]
file = "a.ics"
url = "https://example.org/"
[policy]
join_before = "20 min"
"#,
        expect![[r#"
            room.toml:5:8: the host `other.example.org` is not in the allow-list; add `"other.example.org" = "<service>"` to `[hosts]`
            room.toml:8:51: preset 1 stands here twice; give each preset of a head its own number
            room.toml:9:12: preset 7 is not among `presets`; add it to `presets` or name another
            room.toml:10:8: another head has address 1 on this line; give each camera on a line its own `address`
            room.toml:12:8: `Rück` cannot be a name here; use small letters, digits and hyphens, at most 32
            room.toml:15:10: `0.0.0.0` is not an address of this machine alone; use 127.0.0.1 here and `lan` for the network
            room.toml:16:2: 127.0.0.1:8090 is taken by 0.0.0.0:8090 already; choose another port
            room.toml:17:9: `lobby` without `host_code`: nobody could ever enter; add `host_code = "…"`
            room.toml:18:12: calendar `two` needs exactly one of `file`, `url` and `caldav`; keep the one that says where the calendar is
            room.toml:22:15: the room would join before the meeting is announced; make `join_before` at most `announce_before`"#]],
    );
}

#[test]
fn mistakes_about_heads_are_all_shown() {
    problems(
        r#"
[room]
name = "Saal"
[heads.a]
port = "tpc://camera"
[heads.b]
port = "tcp://camera:99999"
[heads.c]
port = "/dev/a"
serial = "/dev/a"
[heads.d]
port = "/dev/video0"
protocol = "visca"
[heads.e]
port = "tcp://e"
protocol = "uvc"
[heads.f]
port = "sony://f"
protocol = "pelco-d"
[heads.g]
port = "udp://g"
baud = 9600
[heads.h]
port = "/dev/h"
address = 9
[heads.i]
port = "/dev/i"
protocol = "pelco"
[heads.j]
port = "sony://j"
model = "ptzoptics-g2"
[heads.k]
port = "tcp://k"
model = "ptzoptics-g2"
presets = [{ number = 95, name = "Menü" }, { number = 200, name = "Saal" }]
[heads.l]
port = "/dev/l"
protocol = "pelco-p"
model = "sony-evi-d70"
[heads.m]
port = "tcp://k"
address = 2
[heads.n]
port = "/dev/h"
protocol = "pelco-d"
[heads.o]
port = "/dev/h"
baud = 38400
[heads.p]
port = 7
"#,
        expect![[r#"
            room.toml:5:8: `tpc://` leads to no head; did you mean `tcp`?
            room.toml:7:8: `camera:99999` is not a host, perhaps with `:PORT` behind it; write `tcp://HOST` or `tcp://HOST:PORT`
            room.toml:9:8: `port` and `serial` both say where the head is; keep the one that is right
            room.toml:12:8: `visca` is not spoken by a camera of the kernel; write `protocol = "uvc"`, or the serial line that the head hangs on
            room.toml:15:8: `uvc` does not go over tcp; name a camera of this machine, such as "/dev/video2"
            room.toml:18:8: `pelco-d` does not go over sony; write `tcp://` or `udp://`
            room.toml:22:8: `baud` matters on a serial line only; leave it out
            room.toml:25:11: a VISCA line has no address 9; write a number from 1 to 7
            room.toml:28:12: `pelco` is not known here; did you mean `pelco-d`?
            room.toml:30:8: `ptzoptics-g2` is not reached over sony; it is reached over serial, tcp, udp
            room.toml:35:23: `ptzoptics-g2` has no preset 95; this number means something else to the model; take another
            room.toml:35:55: `ptzoptics-g2` has no preset 200; its presets are 0 to 127
            room.toml:38:12: `sony-evi-d70` does not speak `pelco-p`; it speaks `visca`
            room.toml:41:8: head `k` is there already; name another machine or camera
            room.toml:44:8: head `h` speaks `visca` on this line; let all heads of a line speak the same
            room.toml:47:8: head `h` has another `baud` on this line; give all heads of a line the same `baud`
            room.toml:50:8: expected a path such as "/dev/roomd/ptz-front" or "/dev/video2", or "tcp://HOST", "udp://HOST", "sony://HOST", found a number"#]],
    );
}

#[test]
fn heads_are_reached_as_their_models_are() {
    let profile = right(
        r#"
[room]
name = "Saal"
[heads.net]
port = "tcp://camera.example.org"
model = "ptzoptics-g2"
[heads.sony]
port = "sony://[2001:db8::7]:52400"
model = "sony-brc-x400"
[heads.usb]
port = "/dev/video2"
[heads.dome]
port = "/dev/dome"
protocol = "pelco-d"
address = 200
[heads.other-dome]
port = "/dev/dome"
protocol = "pelco-d"
address = 7
"#,
    );
    let ports: Vec<String> = profile
        .heads
        .iter()
        .map(|head| format!("{:?}", head.port))
        .collect();
    expect![[r#"
        Tcp(HeadPeer { host: "camera.example.org", port: 5678 })
        Sony(HeadPeer { host: "2001:db8::7", port: 52400 })
        Video("/dev/video2")
        Serial { path: "/dev/dome", baud: 2400 }
        Serial { path: "/dev/dome", baud: 2400 }"#]]
    .assert_eq(&ports.join("\n"));
    assert_eq!(profile.heads[2].protocol.word(), "uvc");
    assert_eq!(
        profile.heads[2].model.title,
        "USB cameras with motors or digital pan and zoom"
    );
}

#[test]
fn a_board_with_a_problem_is_named() {
    problems(
        "board = \"broken\"\n[room]\nname = \"Saal\"\n",
        expect![[r#"
            boards/broken.toml:1:8: head `front` does not say where it is; add `port = …`: a path such as "/dev/roomd/ptz-front" or "/dev/video2", or "tcp://HOST", "udp://HOST", "sony://HOST"; or `usb = …`
            boards/broken.toml:2:1: unknown key `serail` in `[heads.front]`; did you mean `serial`?"#]],
    );
    problems(
        "board = \"snake\"\n[room]\nname = \"Saal\"\n",
        expect!["boards/snake.toml:1:11: this board inherits itself"],
    );
}

#[test]
fn an_empty_file_says_what_is_needed() {
    problems(
        "",
        expect![
            "room.toml:1:1: `name` is missing in `[room]`; add `name = …`: a text of 1 to 60 characters"
        ],
    );
}

#[test]
fn messages_never_quote_secrets() {
    let room = r#"
[room]
name = "Saal"
[standing]
link = "http://meet.example.org/room?pwd=GEHEIM"
passcode = ["GEHEIM"]
[calendars.a]
url = "ftp://user:GEHEIM@example.org/"
[practice.conferences.x]
host_code = ""
passcode = 123456
"#;
    let problems = check(&sources(room)).expect_err("this is wrong in many ways");
    let said = problems.lines().join("\n");
    assert!(problems.iter().count() >= 5, "{said}");
    assert!(
        !said.contains("GEHEIM") && !said.contains("123456"),
        "{said}"
    );
}

#[test]
fn a_room_lies_over_its_board_and_what_that_inherits() {
    let profile =
        right("board = \"small\"\n[room]\nname = \"Saal\"\n[heads.front]\nname = \"Podium\"\n");
    assert_eq!(profile.zone.name(), "Europe/Vienna");
    assert_eq!(profile.faces.listen.port(), 9000);
    let line = HeadPort::Serial {
        path: "/dev/ttyS0".into(),
        baud: 38400,
    };
    assert_eq!(profile.heads[0].port, line);
    assert_eq!(profile.plan.heads[0].name, "Podium");
}

#[test]
fn heads_keep_the_order_of_the_file() {
    let room = "[room]\nname = \"S\"\n[heads.zebra]\nserial = \"/dev/a\"\n[heads.ape]\nserial = \"/dev/b\"\n";
    let profile = right(room);
    let names: Vec<_> = profile.plan.heads.iter().map(|h| h.id.as_str()).collect();
    assert_eq!(names, ["zebra", "ape"]);
}

#[test]
fn times_are_read_with_their_units() {
    let room = "[room]\nname = \"S\"\n[policy]\nannounce_before = \"1 h 30min\"\nalone_after = \"never\"\nleave_after_end = \"5 min\"\n";
    let policy = right(room).plan.policy;
    assert_eq!(policy.announce_before, Duration::from_secs(5400));
    assert_eq!(policy.alone_after, None);
    assert_eq!(
        policy.at_end,
        room_core::plan::AtEnd::LeaveAfter(Duration::from_secs(300))
    );
}

#[test]
fn the_nearest_entry_of_the_allow_list_counts() {
    let profile = right(
        "[room]\nname = \"S\"\n[hosts]\n\"*.example.org\" = \"jitsi\"\n\"bbb.example.org\" = \"bbb\"\n\"*.eu.example.org\" = \"zoom\"\n",
    );
    let service = |host| profile.service_of(host, 443).map(|s| s.as_str());
    assert_eq!(service("bbb.example.org"), Some("bbb"));
    assert_eq!(service("a.example.org"), Some("jitsi"));
    assert_eq!(service("a.eu.example.org"), Some("zoom"));
    assert_eq!(service("example.org"), None);
    assert_eq!(service("evilexample.org"), None);
    assert_eq!(service("example.org.evil.test"), None);
    assert_eq!(profile.service_of("bbb.example.org", 8443), None);
}

#[test]
fn every_default_can_be_read() {
    let profile = right("[room]\nname = \"S\"\n");
    assert_eq!(profile.plan.display_name, "S");
    assert_eq!(profile.faces.listen.to_string(), "127.0.0.1:8080");
}

#[test]
fn the_reference_names_every_table_and_default() {
    let reference = room_profile::reference();
    for part in [
        "`[room]`",
        "`[heads.ROLE]`",
        "Each of `heads.ROLE.presets`",
        "`[practice.conferences.NAME]`",
        "`[hosts]`",
    ] {
        assert!(reference.contains(part), "{part} is missing:\n{reference}");
    }
    assert!(
        reference
            .contains("- `announce_before`: How long before its start a meeting is announced.")
    );
    assert!(reference.contains("default: `\"15 min\"`"));
}

#[test]
fn a_camera_model_is_read_from_its_own_file() {
    let room = "[room]\nname = \"S\"\n[heads.front]\nserial = \"/dev/a\"\n";
    let model = right(room).heads[0].model.clone();
    assert_eq!((model.pan.steps, model.pan.centidegrees), (144, 1000));
    let mut sources = sources(&format!("{room}model = \"comon\"\n"));
    let said = check(&sources)
        .expect_err("there is no such model")
        .lines()
        .join("\n");
    assert_eq!(
        said,
        "room.toml:5:9: there is no model `comon`; did you mean `common`?"
    );
    sources = self::sources(room);
    let common = sources
        .ptz_models
        .iter_mut()
        .find(|(name, _)| name == "common");
    let wrong = COMMON.replace("most = 2448", "most = 999999");
    common.expect("it comes with the project").1 = SourceFile::new("common.toml", wrong);
    let said = check(&sources)
        .expect_err("the model is wrong")
        .lines()
        .join("\n");
    assert!(said.starts_with("common.toml:6:"), "{said}");
}

#[test]
fn no_piece_of_a_file_is_too_odd_to_be_judged() {
    let whole = include_str!("../../../boards/room.example.toml");
    let mut refused = 0;
    for (end, _) in whole.char_indices().step_by(3) {
        for piece in [&whole[..end], &whole[end..]] {
            if let Err(problems) = check(&sources(piece)) {
                refused += 1;
                assert!(problems.lines().iter().all(|line| line.contains(".toml:")));
            }
        }
    }
    assert!(refused > 500, "{refused}");
}

#[test]
fn a_host_may_say_what_stands_before_it() {
    let profile = right(
        r#"
[room]
name = "Saal 2"
[hosts]
"meet.example.org" = "jitsi"
"*.example.org" = { service = "bbb", front_end = "greenlight-3" }
"bbb.example.org" = { service = "bbb", front_end = "bbb-api", secret_file = "bbb", checksum = "sha512" }
"#,
    );
    let door = |host: &str| {
        profile
            .host_entry(host, 443)
            .map(|entry| entry.door.clone())
    };
    assert_eq!(door("meet.example.org"), Some(Door::default()));
    let greenlight = door("gl.example.org").expect("an entry");
    assert_eq!(greenlight.front, FrontEnd::Greenlight3);
    let signed = door("bbb.example.org").expect("an entry");
    assert_eq!(signed.secret_file, Some(PathBuf::from("/etc/roomd/bbb")));
    assert_eq!(signed.checksum, ChecksumChoice::Sha512);
}

#[test]
fn what_is_said_of_a_host_must_fit_together() {
    problems(
        r#"
[room]
name = "Saal 2"
[hosts]
"a.example.org" = { service = "bbb", front_end = "bbb-api" }
"b.example.org" = { service = "bbb", front_end = "greenlight", checksum = "sha1" }
"c.example.org" = { secret = "x" }
"d.example.org" = 4
"#,
        expect![[r#"
            room.toml:5:50: `bbb-api` without `secret_file`; add `secret_file = "…"`: a file with the server's shared secret
            room.toml:6:50: `greenlight` is not known here; did you mean `greenlight-3`?
            room.toml:6:75: `checksum` goes with `secret_file`; remove it
            room.toml:7:1: `service` is missing in `[hosts.c.example.org]`; add `service = …`: a short name of small letters, digits and hyphens, at most 32
            room.toml:7:21: unknown key `secret` in `[hosts.c.example.org]`; known here: `service`, `front_end`, `secret_file`, `checksum`
            room.toml:8:19: expected a short name of small letters, digits and hyphens, at most 32, found a number"#]],
    );
}

const KEY: &str = "RWTbksMMIIMbzlHyYx8DCkUybS4mf+bs0oFf16TirE8Jh3tRam/rRSMU";

#[test]
fn keys_of_packs_are_keys_and_test_meetings_need_an_allowed_host() {
    problems(
        r#"
[room]
name = "Saal"
[hosts]
"bbb.example.org" = "bbb"
[[canary]]
service = "bbb"
link = "https://other.example.org/rooms/x"
[[canary]]
service = "jitsi"
link = "https://bbb.example.org/rooms/x"
"#,
        expect![[r#"
            room.toml:8:8: the host `other.example.org` is not in the allow-list; add `"other.example.org" = "bbb"` to `[hosts]`
            room.toml:10:11: `bbb.example.org` is a host of `bbb` in the allow-list; name that service"#]],
    );
    problems(
        "[room]\nname = \"Saal\"\n[packs]\nfolder = \"packs\"\nkeys = [\"untrusted comment: minisign\", 7]\n",
        expect![[r#"
            room.toml:5:9: not a public key of minisign; expected the second line of a minisign .pub file, which begins with RW
            room.toml:5:40: expected the second line of a minisign .pub file, which begins with RW, found a number"#]],
    );
    problems(
        "[room]\nname = \"Saal\"\n[packs]\nkeys = \"RW\"\n",
        expect![
            "room.toml:4:8: expected a list, found a text; write it in brackets: each is the second line of a minisign .pub file, which begins with RW"
        ],
    );
    let good = format!(
        "[room]\nname = \"Saal\"\n[hosts]\n\"b.example.org\" = \"bbb\"\n[packs]\nfolder = \"p\"\nkeys = [\"{KEY}\"]\n\
         [[canary]]\nservice = \"bbb\"\nlink = \"https://b.example.org/x\"\npasscode_file = \"code\"\n"
    );
    let profile = right(&good);
    assert_eq!(profile.packs.keys, [KEY]);
    assert_eq!(profile.canaries.len(), 1);
    assert_eq!(profile.canaries[0].name, "b.example.org");
    let twice =
        good.clone() + "[[canary]]\nservice = \"bbb\"\nlink = \"https://b.example.org/y\"\n";
    problems(
        &twice,
        expect![
            "room.toml:14:8: two test meetings are called `b.example.org`; give each a `name` of its own"
        ],
    );
    right(&twice.replace("/y\"\n", "/y\"\nname = \"with a lobby\"\n"));
    assert_eq!(profile.canaries[0].target.service.as_str(), "bbb");
}

#[test]
fn consent_is_given_for_what_stands_there_and_nothing_else() {
    let room = "[room]\nname = \"R\"\n";
    assert_eq!(right(room).plan.consents, []);
    let given = right(&format!(
        "{room}[consent]\nzoom = [\"recording\", \"terms\"]\nbbb = []\n"
    ));
    let zoom = ServiceId::new("zoom");
    let expected = [(zoom.clone(), Consent::Recording), (zoom, Consent::Terms)];
    assert_eq!(given.plan.consents, expected);
    problems(
        &format!(
            "{room}[consent]\nzom = [\"terms\"]\nbbb = \"terms\"\njitsi = [\"everything\", true]\n"
        ),
        expect![[r#"
            room.toml:4:1: there is no service `zom`; did you mean `zoom`?
            room.toml:5:7: expected a list such as `["terms"]`, found a text
            room.toml:6:10: `everything` is not known here; known here: `recording`, `transcript`, `terms`
            room.toml:6:24: expected one of `"recording"`, `"transcript"`, `"terms"`, found true or false"#]],
    );
}

fn path(port: &HeadPort) -> String {
    match port {
        HeadPort::Serial { path, .. } | HeadPort::Video(path) => path.display().to_string(),
        HeadPort::Tcp(peer) | HeadPort::Udp(peer) | HeadPort::Sony(peer) => peer.host.clone(),
    }
}

const PLACES: &str =
    "[places]\nCAM-FRONT = \"0000:00:14.0/3.1\"\nPTZ-FRONT = \"0000:00:14.0/3.2\"\n";

#[test]
fn devices_are_bound_by_label_socket_and_serial_number() {
    let room = format!(
        r#"
[room]
name = "S"
{PLACES}
[heads.front]
usb = "PTZ-FRONT"
[heads.rear]
usb = "1-4"
usb_model = "0403:6011"
usb_interface = 2
[heads.beside]
serial = "/dev/ttyS0"
[pucks.table]
usb_model = "1209:0001"
usb_serial = "E6614104"
"#
    );
    let profile = right(&room);
    let roles: Vec<String> = profile
        .roles
        .iter()
        .map(|role| format!("{}: {}", role.label(), role.binding))
        .collect();
    assert_eq!(
        roles,
        [
            "ptz-front: at 0000:00:14.0/3.2",
            "ptz-rear: 0403:6011 at 1-4",
            "puck-table: 1209:0001 with serial number E6614104",
        ]
    );
    assert_eq!(profile.roles[1].interface, Some(2));
    let lines: Vec<_> = profile.heads.iter().map(|head| path(&head.port)).collect();
    assert_eq!(
        lines,
        [
            "/run/roomd/devices/ptz-front",
            "/run/roomd/devices/ptz-rear",
            "/dev/ttyS0"
        ]
    );
    assert_eq!(
        profile.pucks[0].serial,
        PathBuf::from("/run/roomd/devices/puck-table")
    );
}

#[test]
fn a_speakerphone_is_bound_as_every_device_is() {
    let phone = |keys: &str| {
        let room = format!("[room]\nname = \"S\"\n{PLACES}[speakerphone]\n{keys}\n");
        let profile = right(&room);
        let [role] = &profile.roles[..] else {
            panic!("one role");
        };
        let phone = profile.fittings.speakerphone.expect("it is there");
        (format!("{}: {}", role.label(), role.binding), phone.place)
    };
    let link = PathBuf::from("/run/roomd/devices/keys-speakerphone");
    for (keys, said) in [
        ("usb = \"CAM-FRONT\"", "at 0000:00:14.0/3.1"),
        ("usb_model = \"0b0e:245d\"", "0b0e:245d"),
        (
            "usb_model = \"0b0e:245d\"\nusb_serial = \"4711\"",
            "0b0e:245d with serial number 4711",
        ),
    ] {
        let role = format!("keys-speakerphone: {said}");
        assert_eq!(phone(keys), (role, PhonePlace::DeviceOf(link.clone())));
    }
    let (_, place) = phone("usb = \"1-3\"\nusb_interface = 3");
    assert_eq!(place, PhonePlace::Node(link), "what is named is kept to");
}

#[test]
fn cameras_on_one_adapter_share_its_line() {
    let room = r#"
[room]
name = "S"
[heads.front]
usb = "1-2"
[heads.rear]
usb = "1-2"
address = 2
"#;
    let profile = right(room);
    assert_eq!(profile.roles.len(), 1);
    assert_eq!(path(&profile.heads[0].port), path(&profile.heads[1].port));
    let same_address = room.replace("address = 2", "");
    problems(
        &same_address,
        expect![
            "room.toml:6:8: another head has address 1 on this line; give each camera on a line its own `address`"
        ],
    );
}

#[test]
fn mistakes_about_usb_devices_are_all_shown() {
    problems(
        &format!(
            r#"
[room]
name = "S"
{PLACES}BAD = "port 3"
WORSE = 3
[heads.a]
usb = "CAM-FRNT"
[heads.b]
usb = "left rear"
[heads.c]
usb_serial = "A1"
[heads.d]
usb_model = "0403:6001"
[heads.e]
usb_model = "ftdi"
usb = "1-1"
[heads.f]
usb = "1-5"
serial = "/dev/a"
[heads.g]
usb_interface = 1
[heads.h]
[heads.i]
usb = "1-7"
usb_interface = 40
usb_modle = "x"
[pucks.one]
usb = "PTZ-FRONT"
[pucks.two]
usb = "0000:00:14.0/3.2"
[heads.j]
usb = "PTZ-FRONT"
usb_interface = 0
"#
        ),
        expect![[r#"
            room.toml:7:7: `port 3` is not a USB socket; expected a socket as `roomctl devices` shows it, such as "0000:00:14.0/3.2"
            room.toml:8:9: expected a socket as `roomctl devices` shows it, such as "0000:00:14.0/3.2", found a number
            room.toml:10:7: `CAM-FRNT` is neither a label nor a USB socket; did you mean `CAM-FRONT`?
            room.toml:12:7: `left rear` is neither a label nor a USB socket; expected a socket as `roomctl devices` shows it, such as "0000:00:14.0/3.2", or one of `CAM-FRONT`, `PTZ-FRONT`, `BAD`, `WORSE`
            room.toml:14:14: `usb_serial` without `usb_model`: makers use the same numbers; add `usb_model = "…"`, as `roomctl devices` shows it
            room.toml:16:13: `usb_model` alone fits every device of this model; add `usb = "…"` or `usb_serial = "…"`
            room.toml:18:13: `ftdi` is not a USB model such as "0403:6001"; `roomctl devices` and `lsusb` show it
            room.toml:22:10: `serial` and `usb` both say where the line is; keep the one that is right
            room.toml:24:17: `usb_interface` does not say which device; add `usb = "…"`
            room.toml:25:8: head `h` does not say where it is; add `port = …`: a path such as "/dev/roomd/ptz-front" or "/dev/video2", or "tcp://HOST", "udp://HOST", "sony://HOST"; or `usb = …`
            room.toml:28:17: expected a whole number from 0 to 31, found 40
            room.toml:29:1: unknown key `usb_modle` in `[heads.i]`; did you mean `usb_model`?
            room.toml:31:7: `ptz-j` is bound to the same device; give each its own socket, or name their `usb_interface`
            room.toml:33:7: `ptz-j` is bound to the same device; give each its own socket, or name their `usb_interface`"#]],
    );
    problems(
        "[room]\nname = \"S\"\n[pucks.one]\nusb = \"CAM-FRONT\"\n",
        expect![[
            r#"room.toml:4:7: `CAM-FRONT` is neither a label nor a USB socket; expected a socket as `roomctl devices` shows it, such as "0000:00:14.0/3.2"; this board has no `[places]`"#
        ]],
    );
}

#[test]
fn displays_have_links_in_their_order() {
    let room = r#"
[room]
name = "S"
[displays.people]
name = "Leinwand"
input = "hdmi1"
output = "HDMI-A-2"
links = [
    { line = "serial:/dev/roomd/people", model = "samsung-signage" },
    { line = "tcp://192.0.2.7:1515", model = "samsung-signage", wake = "00:1b:2c:3d:4e:5f", password_file = "secret" },
]
[displays.content]
links = [{ line = "tcp://[2001:db8::7]", model = "samsung-signage", number = 2 }]
"#;
    let profile = right(room);
    let names: Vec<&str> = profile
        .plan
        .displays
        .iter()
        .map(|d| d.name.as_str())
        .collect();
    assert_eq!(names, ["Leinwand", "content"]);
    let lines: Vec<&str> = profile.displays[0]
        .lines
        .iter()
        .map(|l| l.line.as_str())
        .collect();
    assert_eq!(lines, ["serial:/dev/roomd/people", "tcp://192.0.2.7:1515"]);
    assert_eq!(profile.displays[1].lines[0].number, 2);
    let outputs = profile.displays.iter().map(|d| d.output.as_deref());
    assert_eq!(outputs.collect::<Vec<_>>(), [Some("HDMI-A-2"), None]);
}

#[test]
fn what_is_wrong_with_a_display_is_named_with_its_place() {
    let room = r#"
[room]
name = "S"
[displays.main]
input = "hdmi9"
links = [
    { line = "ttyUSB0", model = "samsung-signage" },
    { line = "tcp://a:b", model = "samsung" },
    { line = "cec:/dev/cec0", model = "samsung-signage", wake = "1:2:3" },
    { line = "cec:/dev/cec0", model = "samsung-signage", number = 99 },
]
[displays.other]
output = "HDMI A"
links = []
[displays.left]
output = "HDMI-A-1"
links = [{ line = "cec:/dev/cec1", model = "cec" }]
[displays.right]
output = "HDMI-A-1"
links = [{ line = "cec:/dev/cec2", model = "cec" }]
"#;
    let said = check(&sources(room))
        .expect_err("much is wrong")
        .lines()
        .join("\n");
    for part in [
        "`ttyUSB0` is no line to a display",
        "`tcp://a:b` is no line to a display",
        "there is no model `samsung`; known here: `samsung-signage`",
        "model `samsung-signage` has no input `hdmi9`",
        "`1:2:3` is not a hardware address",
        "`cec:/dev/cec0` is used by another link already",
        "display `other` has no `links`",
        "`HDMI A` is not an output of the board",
        "`HDMI-A-1` is another display's output already",
    ] {
        assert!(said.contains(part), "{part} is missing:\n{said}");
    }
}

#[test]
fn fittings_are_read_with_their_usual_settings() {
    let profile = right(
        r#"
[room]
name = "S"
[gpio]
driver = "raspberry-pi"
[lamps.door]
line = "GPIO18"
brightness = 40
[buttons.wall]
line = "GPIO4"
key = "mute"
[buttons.table]
line = "GPIO5"
key = "main"
[speakerphone]
[panels.door]
kind = "ssd1306"
bus = "/dev/i2c-1"
"#,
    );
    let fittings = &profile.fittings;
    let ids: Vec<_> = profile.plan.fittings.iter().map(|id| id.as_str()).collect();
    let all = [
        "lamp.door",
        "button.wall",
        "button.table",
        "speakerphone",
        "panel.door",
    ];
    assert_eq!(ids, all);
    assert_eq!(fittings.lamps[0].brightness.get(), 40);
    assert_eq!(fittings.buttons[0].hold, None, "a mute key acts at once");
    assert_eq!(fittings.buttons[1].hold, Some(Duration::from_secs(2)));
    assert_eq!(fittings.panels[0].address, 0x3C);
    assert!(!fittings.panels[0].subjects);
    let phone = fittings.speakerphone.as_ref().expect("it is there");
    assert_eq!(phone.place, PhonePlace::First);
    assert!(profile.roles.is_empty(), "the first one needs no link");
}

#[test]
fn mistakes_about_fittings_are_all_shown() {
    problems(
        r#"
[room]
name = "S"
[lamps.door]
line = "GPIO17"
shows = "busi"
brightness = 50
[lamps.Door]
line = "GPIO17"
[buttons.wall]
line = "/dev/gpiochip0"
key = "main"
hold = "never"
debounce_ms = 900
[speakerphone]
usb = "0b0e:245d"
usb_serial = "4711"
plug = "here"
[panels.door]
kind = "st7789"
bus = "/dev/spidev0.0"
reset = "GPIO17"
address = 0x3C
[panels.desk]
kind = "ssd1306"
bus = "/dev/i2c-1"
data = "GPIO9"
"#,
        expect![[r#"
            room.toml:6:9: `busi` is not known here; did you mean `busy`?
            room.toml:7:14: this line knows only on and off; leave `brightness` out, or use `gpio.driver = "raspberry-pi"` and one of GPIO12, GPIO13, GPIO18 and GPIO19
            room.toml:8:8: `Door` cannot be a name here; use small letters, digits and hyphens, at most 32
            room.toml:9:8: this line is taken already; give each its own line
            room.toml:11:8: `/dev/gpiochip0` is no line; expected the board's name for a line such as "GPIO17", or chip and number such as "/dev/gpiochip0:17"
            room.toml:13:8: nobody could leave a call with this button; give a time: held for that long, it leaves
            room.toml:14:15: expected a whole number from 1 to 50, found 900
            room.toml:16:7: `0b0e:245d` is neither a label nor a USB socket; a model is written as `usb_model = "0b0e:245d"`
            room.toml:18:1: unknown key `plug` in `[speakerphone]`; known here: `usb`, `usb_model`, `usb_serial`, `usb_interface`, `hook_key`
            room.toml:20:8: this kind of panel needs the line `data`; add `data = "GPIO…"`
            room.toml:22:9: this line is taken already; give each its own line
            room.toml:23:11: only a panel on I2C has an address; remove it
            room.toml:27:8: this kind of panel has no line `data`; remove it"#]],
    );
}

#[test]
fn a_raspberry_pis_own_lines_have_its_names() {
    problems(
        r#"
[room]
name = "S"
[gpio]
driver = "raspberry-pi"
[lamps.door]
line = "PA7"
[buttons.wall]
line = "/dev/gpiochip0:4"
key = "mute"
"#,
        expect![[r#"
            room.toml:7:8: this is no line of a Raspberry Pi's header; write "GPIO0" to "GPIO27", or use `gpio.driver = "kernel"`
            room.toml:9:8: this is no line of a Raspberry Pi's header; write "GPIO0" to "GPIO27", or use `gpio.driver = "kernel"`"#]],
    );
}

#[test]
fn mistakes_about_cameras_are_all_shown() {
    problems(
        r#"
[room]
name = "Saal"
[cameras.a]
[cameras.b]
label = "C920"
anti_flicker = "50"
preset = "offise"
[cameras.c]
label = "C920"
model = "commen"
[cameras.d]
usb = "front"
"#,
        expect![[r#"
            room.toml:4:10: nothing says which camera `a` is; add `usb = "…"` with the socket that `roomctl camera list` shows, or `label = "…"` with its name
            room.toml:7:16: `50` is not known here; known here: `50-hz`, `60-hz`, `auto`, `off`
            room.toml:8:10: `offise` is not known here; did you mean `office`?
            room.toml:10:9: camera `b` has the same label; bind both by `usb`, so that they never change places
            room.toml:11:9: there is no camera model `commen`; did you mean `common`?
            room.toml:13:7: `front` is neither a label nor a USB socket; expected a socket as `roomctl devices` shows it, such as "0000:00:14.0/3.2"; this board has no `[places]`"#]],
    );
}
