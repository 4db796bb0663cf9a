//! What is asked and seen of the room's sound and of preflight as words, both ways: `sound mic absent open`,
//! `sound using microphone table`, `preflight 1 red sound-hum`.

use super::times::{read_wall, wall};
use super::words::{Doubt, SWITCH, Words, read_percent, value_of, word_of};
use room_core::event::Event;
use room_core::failure::{SoundFailure, SoundFinding};
use room_core::ids::{CheckCode, SoundId};
use room_core::preflight::{
    EchoProof, Evening, Hearing, Hours, Light, MeetingJudged, PreflightCommand, PreflightPlan,
    PreflightSeen, RunId,
};
use room_core::sound::{CancellerSeen, CardSeen, ClientsSeen, EchoBy, MicSeen, OwnCanceller};
use room_core::sound::{SoundCommand, SoundDevicePlan, SoundPlan, SoundRole, SoundSeen};
use room_core::units::{Seen, Switch, Wall};
use room_core::view::{PreflightView, SoundUseView, SoundView};
use std::time::Duration;

const ROLE: &[(&str, SoundRole)] = &[
    ("microphone", SoundRole::Microphone),
    ("loudspeaker", SoundRole::Loudspeaker),
    ("second", SoundRole::Second),
];
const ECHO: &[(&str, EchoBy)] = &[
    ("device", EchoBy::Device),
    ("browser", EchoBy::Browser),
    ("room", EchoBy::Room),
    ("nobody", EchoBy::Nobody),
];
const LIGHT: &[(&str, Light)] = &[
    ("green", Light::Green),
    ("yellow", Light::Yellow),
    ("red", Light::Red),
];
const PROOF: &[(&str, EchoProof)] = &[("holds", EchoProof::Holds), ("fails", EchoProof::Fails)];
const HEARING: &[(&str, Hearing)] = &[("bare", Hearing::Bare), ("cancelled", Hearing::Cancelled)];
const CANCELLER: &[(&str, CancellerSeen)] = &[
    ("in-the-way", CancellerSeen::InTheWay),
    ("aside", CancellerSeen::Aside),
];
const CLIENTS: &[(&str, ClientsSeen)] =
    &[("served", ClientsSeen::Served), ("cut", ClientsSeen::Cut)];
const HOLDS: &[(&str, bool)] = &[("begins", true), ("ends", false)];

/// A room with two microphones, a loudspeaker and a foyer.
pub fn usual_sound() -> SoundPlan {
    let device = |id: &str, cancels| SoundDevicePlan {
        id: SoundId::new(id),
        name: id.to_owned(),
        cancels,
    };
    SoundPlan {
        microphones: vec![
            device("table", OwnCanceller::Yes),
            device("spare", OwnCanceller::No),
        ],
        loudspeakers: vec![
            device("front", OwnCanceller::No),
            device("screen", OwnCanceller::No),
        ],
        second: Some(device("foyer", OwnCanceller::No)),
        ..SoundPlan::default()
    }
}

/// 15 and 5 minutes before.
pub fn usual_preflight() -> PreflightPlan {
    PreflightPlan {
        before: vec![Duration::from_secs(900), Duration::from_secs(300)],
    }
}

/// Reads what was seen of the sound.
pub fn read(words: &mut Words) -> Result<Event, Doubt> {
    let failure = |word: &str| SoundFailure::ALL.iter().copied().find(|f| f.code() == word);
    let found = |word: &str| SoundFinding::ALL.iter().copied().find(|f| f.code() == word);
    let device = |word: &str| SoundId::new(word);
    Ok(Event::Sound(match words.next("state of the sound")? {
        "up" => SoundSeen::Up,
        "down" => SoundSeen::Down(words.read("failure", failure)?),
        "here" => SoundSeen::Here(device(words.next("device")?)),
        "gone" => {
            let device = device(words.next("device")?);
            SoundSeen::Gone(device, words.read("failure", failure)?)
        }
        "using" => {
            let role = words.pick("role", ROLE)?;
            let name = words.next("device")?;
            SoundSeen::Using(role, (name != "nothing").then(|| device(name)))
        }
        "mic" => SoundSeen::Microphone(MicSeen {
            card: words.read("switch of a card", read_card)?,
            graph: words.read("switch of the graph", read_switch)?,
        }),
        "volume" => SoundSeen::Volume(words.read("volume", read_percent)?),
        "finding" => SoundSeen::Finding {
            finding: words.read("finding", found)?,
            holds: words.pick("course", HOLDS)?,
        },
        "canceller" => SoundSeen::Canceller(words.pick("place", CANCELLER)?),
        "clients" => SoundSeen::Clients(words.pick("state of clients", CLIENTS)?),
        "rebuilt" => SoundSeen::Rebuilt,
        word => return Err(format!("no sound is {word:?}")),
    }))
}

fn read_card(word: &str) -> Option<CardSeen> {
    match word {
        "absent" => Some(CardSeen::Absent),
        "unknown" => Some(CardSeen::Unknown),
        _ => value_of(SWITCH, word).map(CardSeen::Is),
    }
}

fn read_switch(word: &str) -> Option<Seen<Switch>> {
    match word {
        "unknown" => Some(Seen::Unknown),
        _ => value_of(SWITCH, word).map(Seen::Is),
    }
}

fn print_mic(mic: MicSeen) -> String {
    let card = match mic.card {
        CardSeen::Absent => "absent",
        CardSeen::Unknown => "unknown",
        CardSeen::Is(value) => word_of(SWITCH, &value),
    };
    let graph = mic
        .graph
        .known()
        .map_or("unknown", |value| word_of(SWITCH, &value));
    format!("{card} {graph}")
}

/// Prints what was seen of the sound.
pub fn print(seen: &SoundSeen) -> String {
    let words = match seen {
        SoundSeen::Up => "up".to_owned(),
        SoundSeen::Down(why) => format!("down {}", why.code()),
        SoundSeen::Here(device) => format!("here {device}"),
        SoundSeen::Gone(device, why) => format!("gone {device} {}", why.code()),
        SoundSeen::Using(role, device) => {
            let device = device.as_ref().map_or("nothing", SoundId::as_str);
            format!("using {} {device}", word_of(ROLE, role))
        }
        SoundSeen::Microphone(mic) => format!("mic {}", print_mic(*mic)),
        SoundSeen::Volume(value) => format!("volume {}", value.get()),
        SoundSeen::Finding { finding, holds } => {
            format!("finding {} {}", finding.code(), word_of(HOLDS, holds))
        }
        SoundSeen::Clients(seen) => format!("clients {}", word_of(CLIENTS, seen)),
        SoundSeen::Canceller(seen) => format!("canceller {}", word_of(CANCELLER, seen)),
        SoundSeen::Rebuilt => "rebuilt".to_owned(),
    };
    format!("sound {words}")
}

/// Prints what the owner of the sound shall do.
pub fn print_command(command: SoundCommand) -> String {
    match command {
        SoundCommand::Microphone(value) => format!("sound mic {}", word_of(SWITCH, &value)),
        SoundCommand::Volume(value) => format!("sound volume {}", value.get()),
        SoundCommand::Echo(by) => format!("sound echo {}", word_of(ECHO, &by)),
        SoundCommand::Reset => "sound reset".to_owned(),
    }
}

/// Prints the sound on a face.
pub fn phrases(view: &SoundView) -> Vec<String> {
    let uses = [
        ("microphone", &view.microphone),
        ("loudspeaker", &view.loudspeaker),
        ("second", &view.second),
    ];
    let mut all: Vec<String> = uses
        .into_iter()
        .filter_map(|(role, used)| Some(format!("{role} {}", print_use(used.as_ref()?))))
        .collect();
    all.push(format!("below {}", print_mic(view.mic)));
    all.push(format!("echo by {}", word_of(ECHO, &view.echo.by)));
    if view.resetting {
        all.push("resetting".to_owned());
    }
    all
}

fn print_use(used: &SoundUseView) -> String {
    let name = |device: &Option<room_core::view::SoundDeviceView>| {
        device
            .as_ref()
            .map_or("nothing".to_owned(), |d| d.id.to_string())
    };
    match (used.known, &used.instead_of) {
        (false, _) => "unknown".to_owned(),
        (true, None) => name(&used.device),
        (true, Some(best)) => format!("{} instead of {}", name(&used.device), best.id),
    }
}

// ---- preflight ----

/// Reads how a preflight ended.
pub fn read_preflight(words: &mut Words) -> Result<Event, Doubt> {
    let run = RunId(words.read("number", |word| word.parse().ok())?);
    let seen = match words.next("end of a preflight")? {
        "occupied" => PreflightSeen::Occupied,
        "unable" => PreflightSeen::Unable,
        "echo" => PreflightSeen::Echo(words.pick("proof", PROOF)?),
        "hears" => PreflightSeen::Hears(words.pick("hearing", HEARING)?),
        "ahead" => {
            let mut meetings = Vec::new();
            while words.peek().is_some_and(|word| word != "->") {
                meetings.push(MeetingJudged {
                    start: words.read("time", read_wall)?,
                    light: words.pick("light", LIGHT)?,
                    codes: Vec::new(),
                });
            }
            PreflightSeen::Ahead(meetings)
        }
        word => {
            let light = value_of(LIGHT, word).ok_or(format!("no preflight is {word:?}"))?;
            let mut codes = Vec::new();
            while words.peek().is_some_and(|word| word != "->") {
                codes.push(CheckCode::new(words.next("code")?));
            }
            PreflightSeen::Judged(light, codes)
        }
    };
    Ok(Event::Preflight(run, seen))
}

/// Prints how a preflight ended.
pub fn print_preflight(run: RunId, seen: &PreflightSeen) -> String {
    let seen = match seen {
        PreflightSeen::Occupied => "occupied".to_owned(),
        PreflightSeen::Unable => "unable".to_owned(),
        PreflightSeen::Echo(proof) => format!("echo {}", word_of(PROOF, proof)),
        PreflightSeen::Hears(hearing) => format!("hears {}", word_of(HEARING, hearing)),
        PreflightSeen::Judged(light, codes) => {
            let codes: String = codes.iter().map(|code| format!(" {code}")).collect();
            format!("{}{codes}", word_of(LIGHT, light))
        }
        PreflightSeen::Ahead(meetings) => {
            let meeting =
                |m: &MeetingJudged| format!(" {} {}", wall(m.start), word_of(LIGHT, &m.light));
            format!("ahead{}", meetings.iter().map(meeting).collect::<String>())
        }
    };
    format!("preflight {} {seen}", run.0)
}

/// Prints what whoever runs the checks shall do.
pub fn print_preflight_command(command: &PreflightCommand) -> String {
    match command {
        PreflightCommand::Start {
            run,
            aloud,
            meeting,
        } => {
            let how = if *aloud { "aloud" } else { "silent" };
            let meeting = meeting.as_ref().map(|m| format!(" for {}", m.id));
            format!("preflight {} {how}{}", run.0, meeting.unwrap_or_default())
        }
        PreflightCommand::LookAhead { run, meetings } => {
            let meetings: String = meetings.iter().map(|m| format!(" {}", m.id)).collect();
            format!("preflight {} ahead{meetings}", run.0)
        }
        PreflightCommand::Stop => "preflight stop".to_owned(),
    }
}

/// Prints preflight on a face.
pub fn preflight_phrase(view: &PreflightView) -> String {
    if let Some(seen) = view.tomorrow.as_ref().filter(|_| !view.runs) {
        let worst = seen.meetings.iter().map(|m| m.light).max();
        let worst = worst.map_or("empty", |light| word_of(LIGHT, &light));
        let last = view
            .last
            .as_ref()
            .map_or("none", |l| word_of(LIGHT, &l.light));
        return format!("preflight {last} tomorrow {worst}");
    }
    match (&view.last, view.runs) {
        (_, true) if !view.aloud => "preflight runs silently".to_owned(),
        (_, true) => "preflight runs".to_owned(),
        (None, false) => "preflight none".to_owned(),
        (Some(judged), false) => format!("preflight {}", word_of(LIGHT, &judged.light)),
    }
}

/// Reads `night 03:00`, `quiet 22:00 06:00`, `evening 18:00 00:00 24:00` with the day that is looked at.
pub fn read_hours(words: &mut Words) -> Result<Event, Doubt> {
    let mut hours = Hours::default();
    while let Some(word) = words.peek().filter(|word| *word != "->") {
        words.next("hours")?;
        match word {
            "night" => hours.nights.push(words.read("time", read_wall)?),
            "quiet" => {
                let from: Wall = words.read("time", read_wall)?;
                hours.quiet.push((from, words.read("time", read_wall)?));
            }
            "evening" => hours.evenings.push(Evening {
                at: words.read("time", read_wall)?,
                from: words.read("time", read_wall)?,
                until: words.read("time", read_wall)?,
            }),
            word => return Err(format!("no hours are {word:?}")),
        }
    }
    Ok(Event::Hours(hours))
}

/// Prints hours.
pub fn print_hours(hours: &Hours) -> String {
    let nights = hours
        .nights
        .iter()
        .map(|at| format!(" night {}", wall(*at)));
    let quiet = hours.quiet.iter();
    let quiet = quiet.map(|(from, to)| format!(" quiet {} {}", wall(*from), wall(*to)));
    let evenings = hours.evenings.iter();
    let evenings = evenings.map(|e| {
        let (at, from, until) = (wall(e.at), wall(e.from), wall(e.until));
        format!(" evening {at} {from} {until}")
    });
    let all: String = nights.chain(quiet).chain(evenings).collect();
    format!("hours{all}")
}
