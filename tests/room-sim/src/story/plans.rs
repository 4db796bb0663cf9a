//! A room's plan as a line: `plan join=self alone=10m heads=front`. What is not said is as in a usual room.

use super::sound::{usual_preflight, usual_sound};
use super::times::{duration, read_duration};
use super::words::{CONSENT, Doubt, Words, read_percent, value_of, word_of};
use room_core::hand::Consent;
use room_core::ids::{
    CameraId, DisplayId, FittingId, HeadId, HostName, Private, PuckId, ServiceId,
};
use room_core::meeting::Target;
use room_core::plan::{
    AfterCrash, AtEnd, CameraPlan, DisplayPlan, HeadPlan, JoinPolicy, Policy, PresetPlan, RoomPlan,
};
use room_core::units::{Percent, PresetNumber};
use std::time::Duration;

const JOIN: &[(&str, JoinPolicy)] = &[
    ("press", JoinPolicy::OnPress),
    ("self", JoinPolicy::ByItself),
];
const CRASH: &[(&str, AfterCrash)] = &[
    ("dark", AfterCrash::DarkAndSilent),
    ("restore", AfterCrash::RestoreWhatTheRoomOpened),
];

const UPDATES: &[(&str, bool)] = &[("by-themselves", true), ("asked-for", false)];

/// The room that a story starts from: waits for a press, one hour of patience nowhere.
pub fn usual() -> RoomPlan {
    RoomPlan {
        name: "Huddle".to_owned(),
        display_name: "Huddle room".to_owned(),
        standing: None,
        heads: Vec::new(),
        pucks: Vec::new(),
        displays: Vec::new(),
        cameras: Vec::new(),
        fittings: Vec::new(),
        sound: None,
        preflight: None,
        consents: Vec::new(),
        policy: Policy {
            join: JoinPolicy::OnPress,
            announce_before: Duration::from_secs(900),
            warm_before: Duration::from_secs(120),
            join_before: Duration::from_secs(60),
            join_late_limit: Duration::from_secs(600),
            alone_after: Some(Duration::from_secs(600)),
            at_end: AtEnd::Stay,
            extend_by: Duration::from_secs(900),
            join_limit: Duration::from_secs(45),
            wait_limit: Duration::from_secs(900),
            reconnect_limit: Duration::from_secs(30),
            rejoin_tries: 3,
            after_crash: AfterCrash::DarkAndSilent,
            display_off_after: Some(Duration::from_secs(900)),
            update_buttons: true,
            volume_at_start: Percent::new(50),
            volume_limit: Percent::new(80),
        },
    }
}

/// The operator's standing conference at this service.
pub fn target(service: &str, name: &str) -> Target {
    Target::page(
        ServiceId::new(service),
        HostName::new(format!("{service}.example")),
        Private::new(format!("https://{service}.example/{name}")),
        None,
    )
}

/// A head with presets 1 to 3, at 1 when a call begins.
pub fn head(id: &str) -> HeadPlan {
    let presets = [(1, "all"), (2, "speaker"), (3, "board")];
    HeadPlan {
        id: HeadId::new(id),
        name: id.to_owned(),
        presets: presets
            .map(|(number, name)| PresetPlan {
                number: PresetNumber(number),
                name: name.to_owned(),
            })
            .to_vec(),
        at_start: Some(PresetNumber(1)),
    }
}

/// A display.
pub fn display(id: &str) -> DisplayPlan {
    DisplayPlan {
        id: DisplayId::new(id),
        name: id.to_owned(),
    }
}

/// A camera.
pub fn camera(id: &str) -> CameraPlan {
    CameraPlan {
        id: CameraId::new(id),
        name: id.to_owned(),
    }
}

/// Reads the words after `plan`.
pub fn read(words: &mut Words) -> Result<RoomPlan, Doubt> {
    let mut plan = usual();
    while let Some(word) = words.peek() {
        if word == "->" {
            break;
        }
        let option = words.next("option")?;
        let (key, value) = option
            .split_once('=')
            .ok_or(format!("{option:?} is no option"))?;
        set(&mut plan, key, value).ok_or(format!("{option:?} is no option of a plan"))?;
    }
    Ok(plan)
}

fn set(plan: &mut RoomPlan, key: &str, value: &str) -> Option<()> {
    let policy = &mut plan.policy;
    match key {
        "join" => policy.join = value_of(JOIN, value)?,
        "announce" => policy.announce_before = read_duration(value)?,
        "warm" => policy.warm_before = read_duration(value)?,
        "early" => policy.join_before = read_duration(value)?,
        "late" => policy.join_late_limit = read_duration(value)?,
        "alone" if value == "never" => policy.alone_after = None,
        "alone" => policy.alone_after = Some(read_duration(value)?),
        "end" if value == "stay" => policy.at_end = AtEnd::Stay,
        "end" => policy.at_end = AtEnd::LeaveAfter(read_duration(value)?),
        "extend" => policy.extend_by = read_duration(value)?,
        "limit" => policy.join_limit = read_duration(value)?,
        "wait" => policy.wait_limit = read_duration(value)?,
        "reconnect" => policy.reconnect_limit = read_duration(value)?,
        "tries" => policy.rejoin_tries = value.parse().ok()?,
        "crash" => policy.after_crash = value_of(CRASH, value)?,
        "volume" => policy.volume_at_start = read_percent(value)?,
        "loudest" => policy.volume_limit = read_percent(value)?,
        "standing" => plan.standing = Some(target(value, "standing")),
        "heads" => plan.heads = value.split(',').map(head).collect(),
        "agrees" => plan.consents = read_consents(value)?,
        "displays" => plan.displays = value.split(',').map(display).collect(),
        "cameras" => plan.cameras = value.split(',').map(camera).collect(),
        "fittings" => plan.fittings = value.split(',').map(FittingId::new).collect(),
        "dark" if value == "never" => policy.display_off_after = None,
        "dark" => policy.display_off_after = Some(read_duration(value)?),
        "sound" if value == "usual" => plan.sound = Some(usual_sound()),
        "preflight" if value == "usual" => plan.preflight = Some(usual_preflight()),
        "updates" => policy.update_buttons = value_of(UPDATES, value)?,
        "pucks" => plan.pucks = value.split(',').map(PuckId::new).collect(),
        _ => return None,
    }
    Some(())
}

/// `practice:terms,practice:recording`.
fn read_consents(value: &str) -> Option<Vec<(ServiceId, Consent)>> {
    let one = |word: &str| {
        let (service, kind) = word.split_once(':')?;
        Some((ServiceId::new(service), value_of(CONSENT, kind)?))
    };
    value.split(',').map(one).collect()
}

fn print_consents(consents: &[(ServiceId, Consent)]) -> String {
    let one =
        |(service, kind): &(ServiceId, Consent)| format!("{service}:{}", word_of(CONSENT, kind));
    consents.iter().map(one).collect::<Vec<_>>().join(",")
}

fn usual_word(there: bool) -> String {
    if there { "usual" } else { "" }.to_owned()
}

/// Prints what differs from the usual.
pub fn print(plan: &RoomPlan) -> String {
    let usual = usual();
    let lines = |p: &RoomPlan| {
        let policy = &p.policy;
        let names = |ids: Vec<&str>| ids.join(",");
        [
            ("join", word_of(JOIN, &policy.join).to_owned()),
            ("announce", duration(policy.announce_before)),
            ("warm", duration(policy.warm_before)),
            ("early", duration(policy.join_before)),
            ("late", duration(policy.join_late_limit)),
            (
                "alone",
                policy.alone_after.map_or("never".to_owned(), duration),
            ),
            (
                "end",
                match policy.at_end {
                    AtEnd::Stay => "stay".to_owned(),
                    AtEnd::LeaveAfter(after) => duration(after),
                },
            ),
            ("extend", duration(policy.extend_by)),
            ("limit", duration(policy.join_limit)),
            ("wait", duration(policy.wait_limit)),
            ("reconnect", duration(policy.reconnect_limit)),
            ("tries", policy.rejoin_tries.to_string()),
            ("crash", word_of(CRASH, &policy.after_crash).to_owned()),
            ("volume", policy.volume_at_start.get().to_string()),
            ("loudest", policy.volume_limit.get().to_string()),
            (
                "standing",
                p.standing
                    .as_ref()
                    .map_or(String::new(), |t| t.service.to_string()),
            ),
            (
                "heads",
                names(p.heads.iter().map(|h| h.id.as_str()).collect()),
            ),
            (
                "updates",
                word_of(UPDATES, &policy.update_buttons).to_owned(),
            ),
            ("pucks", names(p.pucks.iter().map(PuckId::as_str).collect())),
            (
                "displays",
                names(p.displays.iter().map(|d| d.id.as_str()).collect()),
            ),
            (
                "cameras",
                names(p.cameras.iter().map(|c| c.id.as_str()).collect()),
            ),
            (
                "fittings",
                names(p.fittings.iter().map(FittingId::as_str).collect()),
            ),
            (
                "dark",
                policy
                    .display_off_after
                    .map_or("never".to_owned(), duration),
            ),
            ("agrees", print_consents(&p.consents)),
            ("sound", usual_word(p.sound.is_some())),
            ("preflight", usual_word(p.preflight.is_some())),
        ]
    };
    let differing = lines(plan).into_iter().zip(lines(&usual));
    differing
        .filter(|(ours, theirs)| ours != theirs)
        .map(|((key, value), _)| format!(" {key}={value}"))
        .collect()
}
