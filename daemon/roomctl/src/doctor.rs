//! `roomctl doctor`: the room now against its installation's report. Owns words and exit codes; what counts as a change is the
//! crate's `commission`.

use crate::client::Client;
use crate::commission::keep::{Keeper, read_record};
use crate::commission::{Place, Tools, facts, when};
use crate::preflight::{Spoken, in_call};
use crate::{Found, in_runtime, print};
use anyhow::{Result, bail};
use clap::Args;
use commission::doctor::{Change, Now, compare, same_as_then, title};
use commission::{Interview, Proof, Proven, Record, State, limits};
use preflight::Language;
use preflight_probe::stage::Seat;
use std::path::PathBuf;

const HELP: &str = "\
Compares the room with its installation's report and says what changed since: devices that are missing, moved to another
socket, exchanged or new, other firmware, a display's input, limits of the room's file, and whatever a check finds now and did
not find then. Looking alone disturbs nobody.

Examples:
  roomctl doctor                         what is plugged in, and the room's file
  roomctl doctor --check path --check calendar --check clock
                                         and the ways to the services, bookings, the clock
  roomctl doctor --check all             everything that needs no person; pictures are taken, heads turn, sound is played
  roomctl doctor --json                  for programs
  roomctl doctor --record saal-1.json    against another record

Lines that were named at the commissioning (--try, --display, --microphone, --loudspeaker, --board) are named here again.
A room that runs holds its devices: those of its heads and buttons are compared by their adapters only, unless
`systemctl stop roomd` came first.

Exit code 0: nothing that matters changed. 1: something did, or could not be compared.";

/// Compares the room with its installation's report.
#[derive(Args)]
#[command(long_about = HELP)]
pub struct DoctorArgs {
    /// The record to compare with; without it, that of this room.
    #[arg(long, value_name = "record.json")]
    record: Option<PathBuf>,
    /// Also try these again: a kind of check such as `path`, `picture`, `head`, `display`, `calendar`, `clock`, `sound`, or `all`.
    #[arg(long, value_name = "CHECK")]
    check: Vec<String>,
    /// As JSON.
    #[arg(long)]
    json: bool,
    /// The language; without it, that of the report.
    #[arg(long, value_enum)]
    language: Option<Spoken>,
    #[command(flatten)]
    place: Place,
}

/// Checks that need nobody beside the devices.
const ALONE: [&str; 7] = [
    "picture", "head", "display", "path", "calendar", "clock", "sound",
];

/// Compares and prints.
///
/// # Errors
/// A record that cannot be used, or [`Found`] when something changed that matters.
pub fn run(client: &Client, args: DoctorArgs) -> Result<()> {
    let unknown = args
        .check
        .iter()
        .find(|word| *word != "all" && !ALONE.contains(&word.as_str()));
    if let Some(word) = unknown {
        bail!(
            "there is no check `{word}`; there are all, {}",
            ALONE.join(", ")
        );
    }
    if !args.check.is_empty() && in_call(client) {
        bail!(
            "the room is in a call; nothing is checked beside it. Without --check looking disturbs nobody"
        );
    }
    let file = args.record.clone();
    let record = read_record(&file.unwrap_or_else(|| args.place.state.join("record.json")))?;
    let language = match args.language {
        Some(Spoken::De) => Language::De,
        Some(Spoken::En) => Language::En,
        None => record.language(),
    };
    let mut changes = None;
    in_runtime(async {
        changes = Some(changed(&args, &record).await?);
        Ok(())
    })?;
    let changes = changes.unwrap_or_default();
    print(&match args.json {
        true => json(&record, &changes),
        false => text(&record, &changes, language),
    })?;
    match changes.iter().any(Change::matters) {
        true => Err(Found.into()),
        false => Ok(()),
    }
}

async fn changed(args: &DoctorArgs, record: &Record) -> Result<Vec<Change>> {
    let mut named = args.place.named()?;
    // Lines are asked only when the record has an answer from them.
    let answered = |line: &String| {
        let heads = record.facts.heads.iter().filter_map(|head| head.at.line());
        let pucks = record.facts.pucks.iter().filter_map(|puck| puck.at.line());
        heads.chain(pucks).any(|known| known == line)
    };
    named.lines.retain(answered);
    let facts = facts(&named).await?;
    let profile = args.place.files().profile().ok();
    let limits = profile.as_ref().map(limits::of);
    let proofs = again(args, record).await?;
    let now = Now {
        facts: &facts,
        proofs: &proofs,
        limits: limits.as_ref(),
    };
    Ok(compare(record, now))
}

/// What was proven then and is asked for now.
async fn again(args: &DoctorArgs, record: &Record) -> Result<Vec<Proven>> {
    let all = args.check.iter().any(|word| word == "all");
    let asked = |proof: &Proof| {
        let word = proof.word();
        ALONE.contains(&word) && (all || args.check.iter().any(|asked| asked == word))
    };
    let proofs: Vec<Proof> = record
        .proofs
        .iter()
        .map(|proven| proven.proof.clone())
        .filter(asked)
        .collect();
    if proofs.is_empty() {
        return Ok(Vec::new());
    }
    let keeper = Keeper::open(args.place.state.join("doctor"))?;
    let files = args.place.files();
    let loops = record
        .proofs
        .iter()
        .find(|proven| proven.proof == Proof::Sound);
    let seats = |given: &[Seat]| given.to_vec();
    let (microphones, loudspeakers) = (
        seats(&args.place.microphone),
        seats(&args.place.loudspeaker),
    );
    let tools = Tools {
        keeper: &keeper,
        files: &files,
        microphones: &microphones,
        loudspeakers: &loudspeakers,
        baseline: loops
            .map(|proven| proven.loops.as_slice())
            .filter(|loops| !loops.is_empty()),
    };
    let state = State::new(record.language(), record.facts.clone(), None);
    let interview = Interview::new(state, files.around("")?)?;
    let profile = files.profile().ok();
    let mut proven = Vec::new();
    for proof in &proofs {
        eprintln!("{} ...", proof.title(record.language()));
        proven.push(match &profile {
            Some(profile) => tools.prove(proof, &interview, profile).await,
            None => Proven::left(proof.clone(), commission::Left::NothingThere),
        });
    }
    Ok(proven)
}

fn text(record: &Record, changes: &[Change], language: Language) -> String {
    let mut lines = vec![title(record, &when(record.at, language), language)];
    if changes.is_empty() {
        lines.push(same_as_then(language));
    }
    for change in changes {
        let sign = if change.matters() { "!" } else { "-" };
        // What a check found has a code of its own.
        let found = match change {
            Change::Worse(found) => format!(", {}", found.finding),
            _ => String::new(),
        };
        lines.push(format!(
            "{sign} {} (doctor-{}{found})",
            change.sentence(language),
            change.word()
        ));
        lines.push(format!("  {}", change.suggestion(language)));
    }
    if !changes.is_empty() {
        lines.push(crate::explain::HINT.to_owned());
    }
    lines.join("\n")
}

fn json(record: &Record, changes: &[Change]) -> String {
    let one = |change: &Change| {
        let mut value = serde_json::json!(change);
        value["matters"] = change.matters().into();
        value["de"] = change.sentence(Language::De).into();
        value["en"] = change.sentence(Language::En).into();
        value
    };
    let changes: Vec<_> = changes.iter().map(one).collect();
    format!(
        "{:#}",
        serde_json::json!({ "room": record.room, "at": record.at, "changes": changes })
    )
}
