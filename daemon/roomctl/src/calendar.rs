//! `roomctl calendar`: shows what a room makes of a calendar, and why a meeting has no button.
//! Owns words and columns; reading and deciding belong to the calendar crate.

use std::{fmt::Write as _, io::Write as _, path::PathBuf};

use ::calendar::{
    HostTable, HttpLimits, Link, Login, Meeting, ParseError, Place, RoomView, Secret, SourceError,
    Status, UnixMs, Window, Zone, meetings, source::read_once,
};
use anyhow::{Context as _, anyhow, bail};
use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime};
use serde_json::{Value, json};

/// Environment variable that holds the password for `--user`.
const PASSWORD: &str = "ROOMCTL_CALENDAR_PASSWORD";

/// Shows what a room makes of a calendar, and why a meeting has no button; needs no daemon.
///
/// Titles, links and passcodes are printed in full, because you asked for them: mind who sees your screen and where
/// you paste the output. The daemon itself never writes them into a log.
#[derive(Debug, clap::Args)]
pub struct CalendarArgs {
    /// A calendar file, `-` for standard input, or an https, http or webcal address.
    #[arg(value_name = "FILE|URL")]
    source: String,
    /// First day or moment, as 2026-01-31 or 2026-01-31T09:00; a day ago when left out.
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// Last moment, or the first day that is no longer shown; two weeks after --from when left out.
    #[arg(long, value_name = "TIME")]
    to: Option<String>,
    /// The room's time zone; this machine's own when left out.
    #[arg(long, value_name = "ZONE")]
    tz: Option<String>,
    /// Says which service runs on a host, as meet.example.de=jitsi or *.example.de=bbb. May be repeated.
    #[arg(long = "host", value_name = "HOST=SERVICE")]
    hosts: Vec<String>,
    /// A mail address of the room: what it has declined is not shown. May be repeated.
    #[arg(long = "address", value_name = "MAIL")]
    addresses: Vec<String>,
    /// The user for the address; the password is taken from ROOMCTL_CALENDAR_PASSWORD.
    #[arg(long, value_name = "USER")]
    user: Option<String>,
    /// The address is that of a CalDAV account; all its calendars are read.
    #[arg(long)]
    caldav: bool,
    /// Prints JSON instead of a table.
    #[arg(long)]
    json: bool,
}

/// Reads the calendar and prints it.
///
/// # Errors
/// With what happened, where, and what to do, when the calendar cannot be read or an option makes no sense.
pub async fn run(args: CalendarArgs) -> anyhow::Result<()> {
    let zone = zone(args.tz.as_deref())?;
    let window = window(&args, &zone)?;
    let view = RoomView {
        hosts: host_table(&args.hosts)?,
        addresses: args.addresses.clone(),
        zone: zone.clone(),
    };
    let calendar = if args.source == "-" {
        let mut text = Vec::new();
        std::io::Read::read_to_end(&mut std::io::stdin(), &mut text)
            .context("standard input cannot be read")?;
        ::calendar::parse_bytes(&text).map_err(SourceError::from)
    } else {
        read_once(&place(&args)?, now()).await
    };
    let calendar = calendar.map_err(|error| explained(&args.source, &error))?;
    let found = meetings(&calendar, "calendar", &view, window);
    for problem in &found.problems {
        eprintln!("warning: {}", problem.sentence().en);
    }
    let text = if args.json {
        let list: Vec<Value> = found
            .meetings
            .iter()
            .map(|meeting| as_json(meeting, &zone))
            .collect();
        serde_json::to_string_pretty(&list)? + "\n"
    } else {
        table(&found.meetings, &zone)
    };
    match std::io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        other => other.context("the result cannot be written"),
    }
}

fn now() -> UnixMs {
    UnixMs(chrono::Utc::now().timestamp_millis())
}

fn zone(named: Option<&str>) -> anyhow::Result<Zone> {
    if let Some(name) = named {
        return Zone::by_name(name).ok_or_else(|| {
            anyhow!("--tz: \"{name}\" is no known time zone; write for example Europe/Berlin")
        });
    }
    let of_machine = std::fs::read_link("/etc/localtime").ok().and_then(|path| {
        let path = path.to_string_lossy().into_owned();
        Zone::by_name(path.split_once("zoneinfo/")?.1)
    });
    Ok(of_machine.unwrap_or(Zone::UTC))
}

fn window(args: &CalendarArgs, zone: &Zone) -> anyhow::Result<Window> {
    const FORTNIGHT: i64 = 14 * UnixMs::DAY;
    let moment = |option: &str, text: &Option<String>| {
        text.as_deref()
            .map(|text| moment(option, text, zone))
            .transpose()
    };
    let from = moment("--from", &args.from)?;
    let to = moment("--to", &args.to)?;
    let from = from.unwrap_or_else(|| match to {
        Some(to) if to < now() => to.plus(-FORTNIGHT),
        _ => now().plus(-UnixMs::DAY),
    });
    let to = to.unwrap_or(from.plus(FORTNIGHT + UnixMs::DAY));
    if to <= from {
        bail!("--to is not after --from; give a later --to");
    }
    Ok(Window { from, to })
}

fn moment(option: &str, text: &str, zone: &Zone) -> anyhow::Result<UnixMs> {
    if let Ok(instant) = DateTime::parse_from_rfc3339(text) {
        return Ok(UnixMs(instant.timestamp_millis()));
    }
    let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").map(|day| day.and_time(NaiveTime::MIN));
    day.or_else(|_| NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M"))
        .or_else(|_| NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S"))
        .map(|local| zone.instant(local))
        .map_err(|_| {
            anyhow!("{option}: \"{text}\" is no time; write 2026-01-31 or 2026-01-31T09:00")
        })
}

fn host_table(lines: &[String]) -> anyhow::Result<HostTable> {
    let mut table = HostTable::new();
    for line in lines {
        let (host, service) = line.split_once('=').ok_or_else(|| {
            anyhow!(
                "--host: \"{line}\" has no service; write HOST=SERVICE, as meet.example.de=jitsi"
            )
        })?;
        table
            .add(host, service)
            .map_err(|error| anyhow!("--host {line}: {error}"))?;
    }
    Ok(table)
}

fn place(args: &CalendarArgs) -> anyhow::Result<Place> {
    let scheme = args
        .source
        .split_once("://")
        .map(|(scheme, _)| scheme.to_ascii_lowercase());
    let is_link = matches!(
        scheme.as_deref(),
        Some("http" | "https" | "webcal" | "webcals")
    );
    if !is_link {
        if args.caldav || args.user.is_some() {
            bail!("--caldav and --user need an address that begins with https://");
        }
        return Ok(Place::File {
            path: PathBuf::from(&args.source),
        });
    }
    let login = match &args.user {
        Some(user) => Some(Login {
            user: user.clone(),
            password: Secret::new(
                std::env::var(PASSWORD)
                    .map_err(|_| anyhow!("--user: set {PASSWORD} to the password first"))?,
            ),
        }),
        None => None,
    };
    let (link, limits) = (Link::new(&args.source), HttpLimits::default());
    Ok(if args.caldav {
        Place::CalDav {
            base: link,
            login,
            only: Vec::new(),
            limits,
        }
    } else {
        Place::Url {
            link,
            login,
            limits,
        }
    })
}

/// What happened, where, and what to do.
fn explained(source: &str, error: &SourceError) -> anyhow::Error {
    let shown = source.split(['?', '#']).next().unwrap_or(source);
    let place = match shown.rsplit_once('@') {
        Some((_, behind)) if shown.contains("://") => behind,
        _ => shown,
    };
    let advice = match error {
        SourceError::TooLarge { .. } | SourceError::NotCalendar(ParseError::TooLarge { .. }) => {
            "Export a shorter period, or leave out attachments and old entries."
        }
        SourceError::BadAddress { .. } => {
            "Write it as https://calendar.example.de/room.ics; give the user with --user."
        }
        SourceError::NotCalendar(_) => {
            "Check the address: it must deliver text that begins with BEGIN:VCALENDAR."
        }
        SourceError::NotFound => "Check the spelling, and that the file or calendar still exists.",
        SourceError::Denied { .. } => {
            "Check --user and ROOMCTL_CALENDAR_PASSWORD, and the rights of that account."
        }
        SourceError::NoCalendar => "Give the address of the account or of one of its calendars.",
        SourceError::Unreachable { .. } | SourceError::TimedOut { .. } => {
            "Check the network and the name of the server."
        }
        _ => "See the room's log for more, or try the address in a browser.",
    };
    anyhow!(
        "{place}: {error}.
{advice}"
    )
}

fn as_json(meeting: &Meeting, zone: &Zone) -> Value {
    let why = meeting.why.sentence();
    json!({
        "key": meeting.key.as_str(),
        "uid": meeting.uid,
        "start": rfc3339(meeting.start, zone),
        "end": rfc3339(meeting.end, zone),
        "all_day": meeting.all_day,
        "zone": meeting.zone,
        "title": meeting.title.reveal(),
        "organizer": meeting.organizer.reveal(),
        "status": status(meeting.status),
        "private": meeting.private,
        "exempt": meeting.exempt,
        "target": meeting.target.as_ref().map(|target| json!({
            "service": target.service.as_str(),
            "url": target.url.as_ref().map(|url| url.reveal()),
            "sip": target.sip.as_ref().map(|sip| sip.reveal()),
            "id": target.id.as_ref().map(|id| id.reveal()),
            "passcode": target.passcode.as_ref().map(|secret| secret.reveal()),
            "sip_passcode": target.sip_passcode.as_ref().map(|secret| secret.reveal()),
            "listed": target.listed,
            "sip_listed": target.sip_listed,
        })),
        "service": meeting.target.as_ref().map(|target| &target.service)
            .or(meeting.why.service()).map(|service| service.as_str()),
        "why": why.en,
        "why_de": why.de,
        "why_code": meeting.why.code(),
        "hosts_line": meeting.why.hosts_line(),
    })
}

fn rfc3339(at: UnixMs, zone: &Zone) -> String {
    let minutes = zone.offset_ms(at) / UnixMs::MINUTE;
    let sign = if minutes < 0 { '-' } else { '+' };
    let local = zone.local(at).format("%Y-%m-%dT%H:%M:%S");
    format!(
        "{local}{sign}{:02}:{:02}",
        minutes.abs() / 60,
        minutes.abs() % 60
    )
}

fn status(status: Status) -> &'static str {
    match status {
        Status::Confirmed => "confirmed",
        Status::Tentative => "tentative",
        Status::Cancelled => "cancelled",
    }
}

fn table(meetings: &[Meeting], zone: &Zone) -> String {
    if meetings.is_empty() {
        return format!("No meetings in this time ({}).\n", zone.name());
    }
    let mut text = format!("Times in {}.\n", zone.name());
    let mut day = None;
    for meeting in meetings {
        let start = zone.local(meeting.start);
        if day != Some(start.date()) {
            day = Some(start.date());
            let _ = writeln!(text, "\n{}", start.format("%a %Y-%m-%d"));
        }
        let _ = writeln!(text, "  {}  {}", times(meeting, zone), title(meeting));
        for line in details(meeting) {
            let _ = writeln!(text, "               {line}");
        }
    }
    text
}

fn times(meeting: &Meeting, zone: &Zone) -> String {
    if meeting.all_day {
        return "all day    ".into();
    }
    let clock = |at| zone.local(at).format("%H:%M");
    format!("{}-{}", clock(meeting.start), clock(meeting.end))
}

fn title(meeting: &Meeting) -> String {
    let name = if meeting.private {
        "(private meeting)"
    } else {
        meeting.title.reveal()
    };
    let mut marks = Vec::new();
    if meeting.status != Status::Confirmed {
        marks.push(status(meeting.status));
    }
    if meeting.exempt {
        marks.push("exempt");
    }
    let marks = if marks.is_empty() {
        String::new()
    } else {
        format!("  [{}]", marks.join(", "))
    };
    format!("{}{marks}", printable(name))
}

fn details(meeting: &Meeting) -> Vec<String> {
    let Some(target) = &meeting.target else {
        let why = printable(&meeting.why.sentence().en);
        let line = meeting.why.hosts_line();
        let to_allow = line.map(|line| {
            let line = printable(&line);
            format!("to allow it, add under [hosts] in the room's file: {line}")
        });
        return [format!("no button: {why}")]
            .into_iter()
            .chain(to_allow)
            .collect();
    };
    let way = |way: &str, address: &str, code: Option<&Secret>| {
        let code = code.map_or(String::new(), |code| {
            format!("  passcode {}", printable(code.reveal()))
        });
        format!("{way}: {}{code}", printable(address))
    };
    let mut lines = Vec::new();
    if let Some(url) = &target.url {
        let service = target.service.as_str();
        lines.push(way(service, url.reveal(), target.passcode.as_ref()));
    }
    if let Some(sip) = &target.sip {
        let name = match target.url {
            Some(_) => "sip".to_owned(),
            None => format!("{} (sip)", target.service),
        };
        let code = target.sip_passcode.as_ref().or(target.passcode.as_ref());
        lines.push(way(&name, sip.reveal(), code));
    }
    if let Some(id) = &target.id {
        lines.push(format!("id {}", printable(id.reveal())));
    }
    lines.push(printable(&meeting.why.sentence().en));
    if !target.listed && !target.sip_listed {
        lines.push(format!(
            "no button: not on the operator's table; try --host HOST={}",
            target.service
        ));
    }
    lines
}

/// Text from outside without the control characters that would steer a terminal.
fn printable(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(events: &str, hosts: &[&str]) -> (String, Value) {
        let calendar = ::calendar::parse(&format!("BEGIN:VCALENDAR\n{events}END:VCALENDAR\n"))
            .expect("a calendar");
        let zone = Zone::by_name("Europe/Berlin").expect("a zone");
        let hosts: Vec<String> = hosts.iter().map(|host| (*host).to_owned()).collect();
        let view = RoomView {
            zone: zone.clone(),
            addresses: Vec::new(),
            hosts: host_table(&hosts).expect("hosts"),
        };
        let from = moment("--from", "2026-01-05", &zone).expect("a time");
        let window = Window {
            from,
            to: from.plus(UnixMs::DAY),
        };
        let found = meetings(&calendar, "x", &view, window).meetings;
        let json = found
            .iter()
            .map(|meeting| as_json(meeting, &zone))
            .collect();
        (table(&found, &zone), json)
    }

    const EVENT: &str = "BEGIN:VEVENT\nUID:u\nSUMMARY:Rat\nDTSTART:20260105T080000Z\nDURATION:PT1H\nURL:https://bbb.stadt.example/b/mei-x4k-9qz\nDESCRIPTION:Zugangscode: 123456\nEND:VEVENT\n";

    #[test]
    fn a_meeting_is_shown_with_its_link_or_with_the_reason_why_there_is_none() {
        let (text, json) = shown(EVENT, &["bbb.stadt.example=bbb"]);
        assert!(text.contains("09:00-10:00  Rat"), "{text}");
        assert!(
            text.contains("bbb: https://bbb.stadt.example/b/mei-x4k-9qz  passcode 123456"),
            "{text}"
        );
        assert_eq!(json[0]["start"], "2026-01-05T09:00:00+01:00");
        assert_eq!(json[0]["target"]["passcode"], "123456");
        assert_eq!(json[0]["service"], "bbb");
        let (text, json) = shown(EVENT, &[]);
        assert!(
            text.contains(
                "no button: The link looks like BigBlueButton, but bbb.stadt.example is not on"
            ),
            "{text}"
        );
        let line = "\"bbb.stadt.example\" = \"bbb\"";
        assert!(
            text.contains(&format!("under [hosts] in the room's file: {line}")),
            "{text}"
        );
        assert_eq!(json[0]["hosts_line"], line);
        assert_eq!(
            (&json[0]["target"], &json[0]["why_code"]),
            (&Value::Null, &json!("unknown-host"))
        );
    }

    #[test]
    fn a_video_system_gets_its_own_line_and_passcode() {
        let event = EVENT
            .replace(
                "https://bbb.stadt.example/b/mei-x4k-9qz",
                "https://zoom.us/j/91234567890",
            )
            .replace(
                "Zugangscode: 123456",
                "Kenncode: Rat7\\nSIP: 91234567890@zoomcrc.com\\nNumerisches Kennwort: 4711",
            );
        let (text, json) = shown(&event, &["zoom.us=zoom"]);
        for line in [
            "zoom: https://zoom.us/j/91234567890  passcode Rat7",
            "sip: 91234567890@zoomcrc.com  passcode 4711",
            "id 91234567890",
        ] {
            assert!(text.contains(line), "{text}");
        }
        assert_eq!(json[0]["target"]["sip_passcode"], "4711");
        let (text, _) = shown(&event, &[]);
        assert!(
            text.contains("no button: not on the operator's table"),
            "{text}"
        );
    }

    #[test]
    fn text_from_outside_cannot_steer_the_terminal() {
        let (text, _) = shown(&EVENT.replace("Rat", "\u{1b}[2JRat"), &[]);
        assert!(!text.contains('\u{1b}'), "{text}");
    }

    #[test]
    fn wrong_options_say_what_to_write_instead() {
        let wrong = |result: anyhow::Result<HostTable>| result.expect_err("an error").to_string();
        assert!(wrong(host_table(&["x".into()])).contains("write HOST=SERVICE"));
        assert!(
            wrong(host_table(&["x.de=skype".into()])).contains("known are bbb, cms, goto, jitsi,")
        );
        assert!(moment("--from", "morgen", &Zone::UTC).is_err());
        assert!(zone(Some("Mars/Olympus")).is_err());
    }
}
