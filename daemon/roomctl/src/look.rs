//! `roomctl join --dry-run`: what the room would do with an invitation, as it is seen. Owns words and exit codes; the
//! daemon looks, and decides whether it may.

use crate::client::Client;
use crate::{Found, print, room_file};
use anyhow::{Context, Result};
use calendar::UnixMs;
use room_api::{
    By, Certainty, Fills, LookLine, LookOutcome, LookRequest, PageSeen, PersonNeed, Private,
    WaitingFor,
};
use std::io::Read;
use std::path::Path;

/// What is asked.
#[derive(Debug)]
pub struct Look<'a> {
    /// A link, a file with an invitation or a calendar entry, or `-`.
    pub what: &'a str,
    /// Recognise by this room's file, and open nothing.
    pub room: Option<&'a Path>,
    /// One JSON text a line.
    pub json: bool,
}

/// Looks and prints.
///
/// # Errors
/// No daemon, a refusal, or [`Found`] when the room would not get in.
pub fn run(client: &Client, look: &Look<'_>) -> Result<()> {
    let text = text(look.what)?;
    if let Some(room) = look.room {
        return offline(&text, room, look.json);
    }
    let request = LookRequest {
        invitation: Private::new(text),
    };
    let mut gets_in = false;
    client.lines("/api/v1/look", &request, |line: LookLine| {
        gets_in = matches!(&line, LookLine::End { outcome, .. } if would_get_in(outcome));
        show(&line, look.json)
    })?;
    if gets_in { Ok(()) } else { Err(Found.into()) }
}

fn text(what: &str) -> Result<String> {
    let mut text = String::new();
    match what {
        "-" => std::io::stdin()
            .read_to_string(&mut text)
            .context("standard input cannot be read")?,
        link if link.contains("://") => return Ok(link.to_owned()),
        file => std::fs::File::open(file)
            .with_context(|| format!("cannot read {file}; a link begins with https://"))?
            .read_to_string(&mut text)
            .with_context(|| format!("{file} is no text"))?,
    };
    Ok(text)
}

fn offline(text: &str, room: &Path, json: bool) -> Result<()> {
    let hosts = room_file::hosts(room)?;
    let now = UnixMs(chrono::Utc::now().timestamp_millis());
    let (target, why) = calendar::pasted(text, &hosts, now);
    let line = LookLine::Recognised {
        service: target.as_ref().map(|t| t.service.as_str().to_owned()),
        host: None,
        way: target.as_ref().map(|t| match t.url {
            Some(_) => By::Page,
            None => By::Sip,
        }),
        allowed: target.as_ref().is_some_and(|t| t.listed),
        passcode: target.as_ref().is_some_and(|t| t.passcode.is_some()),
        why: why.sentence().en,
        code: why.code().to_owned(),
        hosts_line: why.hosts_line(),
        version: None,
        certainty: None,
    };
    show(&line, json)?;
    match target {
        Some(target) if target.listed => Ok(()),
        Some(_) | None => Err(Found.into()),
    }
}

fn would_get_in(outcome: &LookOutcome) -> bool {
    match outcome {
        LookOutcome::Ready {} | LookOutcome::PasscodeAsked {} | LookOutcome::Waiting { .. } => true,
        LookOutcome::NotOpened {}
        | LookOutcome::PersonNeeded { .. }
        | LookOutcome::EntersByItself {}
        | LookOutcome::Failed { .. }
        | LookOutcome::Over {}
        | LookOutcome::TimeUp {}
        | LookOutcome::RoomNeeded {}
        | LookOutcome::BrowserGone {} => false,
    }
}

fn show(line: &LookLine, json: bool) -> Result<()> {
    match json {
        true => print(&serde_json::to_string(line).context("cannot write the answer")?),
        false => print(&words(line)),
    }
}

fn words(line: &LookLine) -> String {
    match line {
        LookLine::Recognised { .. } => recognised(line),
        LookLine::Saw { ms, seen } => format!("{}  {}", seconds(*ms), saw(seen)),
        LookLine::End { ms, outcome } => format!("{}  {}", seconds(*ms), ended(outcome)),
    }
}

fn recognised(line: &LookLine) -> String {
    let LookLine::Recognised {
        service,
        host,
        way,
        allowed,
        passcode,
        why,
        code,
        hosts_line,
        version,
        certainty,
    } = line
    else {
        return String::new();
    };
    let or = |text: &Option<String>, none: &str| text.clone().unwrap_or_else(|| none.to_owned());
    let way = match way {
        Some(By::Page) => "browser",
        Some(By::Sip) => "SIP",
        None => "none",
    };
    let pack = match (version, certainty) {
        (Some(version), Some(certainty)) => format!("version {version}, {}", sure(*certainty)),
        (Some(version), None) => format!("version {version}"),
        (None, _) => "none".to_owned(),
    };
    let to_allow = hosts_line.as_ref().map_or(String::new(), |line| {
        format!(
            "\nto allow  add under [hosts] in the room's file: {}",
            printable(line)
        )
    });
    let yes = |is: bool| if is { "yes" } else { "no" };
    format!(
        "service   {}\nhost      {}\nway       {way}\npack      {pack}\nallowed   {}\npasscode  {}\nwhy       {} ({code}){to_allow}",
        or(service, "none"),
        or(host, "-"),
        yes(*allowed),
        if *passcode {
            "in the invitation"
        } else {
            "none"
        },
        printable(why),
    )
}

pub(crate) fn sure(certainty: Certainty) -> &'static str {
    match certainty {
        Certainty::Contract => "contract",
        Certainty::VendorTestIds => "vendor-test-ids",
        Certainty::SeenInPublicCode => "seen-in-public-code",
        Certainty::Unverified => "unverified",
    }
}

fn seconds(ms: u32) -> String {
    format!("{:>5}.{} s", ms / 1000, ms % 1000 / 100)
}

fn saw(seen: &PageSeen) -> String {
    match seen {
        PageSeen::Opening {} => "the page is being opened".to_owned(),
        PageSeen::Screen { rule, state } => format!("screen: {state} (rule {rule})"),
        PageSeen::Step { step, fills } => match fills {
            Some(Fills::DisplayName) => format!("the name is asked for (step {step})"),
            Some(Fills::Passcode) => format!("a place for a passcode is looked for (step {step})"),
            Some(Fills::Mail) => format!("a mail address is asked for (step {step})"),
            None => format!("step {step}"),
        },
        PageSeen::NotDone { step, optional } => match optional {
            true => format!("step {step} is left out"),
            false => format!("step {step} cannot be done"),
        },
        PageSeen::Kept { file } => format!("an unknown screen; its outline is in {file}"),
    }
}

fn ended(outcome: &LookOutcome) -> String {
    let text = match outcome {
        LookOutcome::NotOpened {} => "not opened: see why above",
        LookOutcome::Ready {} => "the next press would enter; nothing was pressed",
        LookOutcome::PasscodeAsked {} => "a passcode is asked for; none was given",
        LookOutcome::Waiting { whom } => match whom {
            WaitingFor::Host => "the page waits for the host",
            WaitingFor::Lobby => "the page waits to be let in",
            WaitingFor::Hold => "the far end has put the call on hold",
        },
        LookOutcome::PersonNeeded { need } => match need {
            PersonNeed::Captcha => "a captcha: a person is needed",
            PersonNeed::Login => "a sign-in: a person is needed",
            PersonNeed::Registration => "a registration: a person is needed",
            PersonNeed::Consent => "consent is asked for: a person is needed",
            PersonNeed::ConsentRecording => {
                "consent to a recording is asked for: a person is needed"
            }
            PersonNeed::ConsentTranscript => {
                "consent to a transcript is asked for: a person is needed"
            }
            PersonNeed::ConsentTerms => "consent to terms is asked for: a person is needed",
            PersonNeed::BotWall => "a wall against robots: a person is needed",
            PersonNeed::Breakout | PersonNeed::Presence => {
                "a question to somebody in the call: a person is needed"
            }
        },
        LookOutcome::EntersByItself {} => "the page enters by itself; it was closed at once",
        LookOutcome::Failed { failure } => return format!("the room would not get in: {failure}"),
        LookOutcome::Over {} => "the conference is over, or refuses the room",
        LookOutcome::TimeUp {} => "nothing more was seen in time",
        LookOutcome::RoomNeeded {} => "the room was needed; the page was closed",
        LookOutcome::BrowserGone {} => "the room's browser is not there",
    };
    text.to_owned()
}

/// Text from outside without what would steer a terminal.
fn printable(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}
