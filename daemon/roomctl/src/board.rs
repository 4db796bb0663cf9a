//! `roomctl board`: which board this is, why, and what of it is there. Owns the words and columns; boards' files know the rest.

use crate::client::Client;
use anyhow::{Context as _, Result, anyhow};
use clap::Args;
use config_files::Released;
use identity::{Sign, Signs};
use room_api::{BoardAnswer, BoardFrom};
use room_profile::{Board, LinePlace};
use serde::Serialize;
use std::fmt::Write;
use std::path::{Path, PathBuf};

const ABOUT: &str = "\
Says which board this machine is and why, what it brings out where, and what of that is not there.

Examples:
  roomctl board                  this machine
  roomctl board --list           every board that is known
  roomctl board rock-5b          hold this machine against that board
  roomctl board --json           for programs

Says which file that is from as well: the operator's own before all others, else the higher revision of what came with the package
and what the fleet released; while the daemon runs with this board, it is asked.

The name goes into the room's file: board = \"raspberry-pi-5\". A pin is named as it is shown: line = \"pin 11\".
Exit code 1 when the board is not known or something of it is missing.";

/// Says which board this is, and what of it is there.
#[derive(Args)]
#[command(long_about = ABOUT)]
pub struct BoardArgs {
    /// Hold this machine against that board, whatever it is.
    #[arg(value_name = "BOARD", conflicts_with = "list")]
    name: Option<String>,
    /// Show every board that is known.
    #[arg(long)]
    list: bool,
    /// As JSON.
    #[arg(long)]
    json: bool,
    /// Where the kernel shows the machine.
    #[arg(long, value_name = "FOLDER", default_value = "/", hide = true)]
    root: PathBuf,
}

/// A part of a board, and whether this machine has it.
#[derive(Debug, Serialize)]
struct Part {
    what: String,
    device: String,
    there: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<String>,
}

/// What is said about a board.
#[derive(Debug, Serialize)]
struct Report {
    board: String,
    title: String,
    file: Origin,
    #[serde(skip_serializing_if = "Option::is_none")]
    because: Option<String>,
    parts: Vec<Part>,
    pins: Vec<(String, String)>,
    notes: Vec<String>,
    unverified: Vec<String>,
}

/// Which file all this is from.
#[derive(Debug, Serialize)]
struct Origin {
    from: BoardFrom,
    /// Where somebody has put it.
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<String>,
    revision: u32,
    on_trial: bool,
}

/// Prints what is known; true when the board is known and all of it is there.
///
/// # Errors
/// When a board's file cannot be read or is wrong, or there is no board of that name.
pub fn run(client: &Client, args: &BoardArgs, print: fn(&str) -> Result<()>) -> Result<bool> {
    let boards = known()?;
    if args.list {
        print(&list(&boards, args.json))?;
        return Ok(true);
    }
    let signs = Signs::read(&args.root);
    let found = match &args.name {
        Some(name) => Some((named(&boards, name)?, None)),
        None => recognised(&boards, &signs).map(|(board, sign)| (board, Some(because(&sign)))),
    };
    let Some(((name, board), because)) = found else {
        print(&unknown(&signs))?;
        return Ok(false);
    };
    let (file, released) = file_of(client, name)?;
    let board = released.as_ref().unwrap_or(board);
    let report = Report {
        board: name.clone(),
        file,
        title: board.title.clone(),
        because,
        parts: parts(board, &args.root),
        pins: board
            .lines
            .iter()
            .map(|(pin, line)| (pin.clone(), written(line)))
            .collect(),
        notes: board.notes.clone(),
        unverified: board.unverified.clone(),
    };
    let text = match args.json {
        true => serde_json::to_string_pretty(&report)?,
        false => report.to_string(),
    };
    print(&text)?;
    Ok(report.parts.iter().all(|part| part.there))
}

/// Which file of the board counts, as the daemon says where it runs with this board; of a release also what the board is by it.
fn file_of(client: &Client, name: &str) -> Result<(Origin, Option<Board>)> {
    let answer: Option<BoardAnswer> = client.get("/api/v1/board").ok();
    if let Some(answer) = answer.filter(|answer| answer.board == name) {
        let released = answer.text.as_deref();
        let released = released.map(|text| board_of(&Released::new(name, text)));
        let origin = Origin {
            from: answer.from,
            path: answer.path,
            revision: answer.revision,
            on_trial: answer.on_trial,
        };
        return Ok((origin, released.transpose()?.flatten()));
    }
    let file = config_files::board_file(name)?;
    let file = file.with_context(|| format!("there is no file of the board `{name}`"))?;
    let path = file.file.name.to_string();
    let (from, path) = match file.from {
        config_files::BoardFrom::Machine => (BoardFrom::Machine, Some(path)),
        config_files::BoardFrom::Package => (BoardFrom::Package, None),
        config_files::BoardFrom::Release => (BoardFrom::Release, None),
    };
    let origin = Origin {
        from,
        path,
        revision: file.revision(),
        on_trial: false,
    };
    Ok((origin, None))
}

fn board_of(released: &Released) -> Result<Option<Board>> {
    let files = config_files::boards()?;
    Ok(room_profile::board(
        &released.board,
        &released.file,
        &files,
    )?)
}

pub(crate) fn known() -> Result<Vec<(String, Board)>> {
    let files = config_files::boards()?;
    let mut boards: Vec<(String, Board)> = Vec::new();
    for (name, file) in &files {
        let first = boards.iter().all(|(known, _)| known != name);
        if let (true, Some(board)) = (first, room_profile::board(name, file, &files)?) {
            boards.push((name.clone(), board));
        }
    }
    Ok(boards)
}

pub(crate) fn named<'a>(boards: &'a [(String, Board)], name: &str) -> Result<&'a (String, Board)> {
    boards
        .iter()
        .find(|(known, _)| known == name)
        .ok_or_else(|| {
            let names: Vec<&str> = boards.iter().map(|(name, _)| name.as_str()).collect();
            anyhow!("there is no board `{name}`; known are {}", names.join(", "))
        })
}

pub(crate) fn recognised<'a>(
    boards: &'a [(String, Board)],
    signs: &Signs,
) -> Option<(&'a (String, Board), Sign)> {
    signs.recognise(boards.iter().map(|board| (board, &board.1.marks)))
}

fn because(sign: &Sign) -> String {
    match sign {
        Sign::DeviceTree(name) => format!("the device tree says \"{name}\""),
        Sign::Product(name) => format!("the firmware calls it \"{name}\""),
        Sign::Processor(name) => format!("its processor is \"{name}\""),
        Sign::Architecture(name) => format!("it is an {name} machine and nothing tells more"),
    }
}

fn parts(board: &Board, root: &Path) -> Vec<Part> {
    let there = |device: &Path| {
        root.join(device.strip_prefix("/").unwrap_or(device))
            .exists()
    };
    let part = |what: String, device: &Path, help: Option<String>| Part {
        what,
        device: device.display().to_string(),
        there: there(device),
        help,
    };
    let buses = board
        .buses
        .iter()
        .map(|bus| part(bus.name.clone(), &bus.device, bus.enable.clone()));
    let cec = board.outputs.iter().filter_map(|output| {
        let printed = output.printed.as_ref().unwrap_or(&output.connector);
        let help = "CEC of this output is off in the kernel or its driver".to_owned();
        let device = output.cec.as_ref()?;
        Some(part(
            format!("CEC of {printed} ({})", output.connector),
            device,
            Some(help),
        ))
    });
    let watchdog = board.watchdog.iter().map(|(device, longest)| {
        let help = "load its driver; without it a machine that hangs stays so".to_owned();
        part(
            format!("watchdog, waits up to {} s", longest.as_secs()),
            device,
            Some(help),
        )
    });
    let mut chips: Vec<&Path> = board
        .lines
        .iter()
        .filter_map(|(_, line)| chip(line))
        .collect();
    chips.sort();
    chips.dedup();
    let chips = chips
        .into_iter()
        .map(|chip| part("lines of the header".to_owned(), chip, None));
    buses.chain(cec).chain(watchdog).chain(chips).collect()
}

fn chip(line: &LinePlace) -> Option<&Path> {
    match line {
        LinePlace::At { chip, .. } => Some(chip),
        LinePlace::Named(_) => None,
    }
}

fn written(line: &LinePlace) -> String {
    match line {
        LinePlace::Named(name) => name.clone(),
        LinePlace::At { chip, offset } => format!("{}:{offset}", chip.display()),
    }
}

fn list(boards: &[(String, Board)], json: bool) -> String {
    if json {
        let names: Vec<_> = boards
            .iter()
            .map(|(name, board)| serde_json::json!({"board": name, "title": board.title}))
            .collect();
        return format!("{:#}", serde_json::Value::from(names));
    }
    let width = boards
        .iter()
        .map(|(name, _)| name.len())
        .max()
        .unwrap_or_default();
    let lines: Vec<String> = boards
        .iter()
        .map(|(name, board)| format!("{name:width$}  {}", board.title))
        .collect();
    lines.join("\n")
}

fn unknown(signs: &Signs) -> String {
    let mut said = format!(
        "This board is not known. It is an {} machine",
        signs.architecture
    );
    let names = signs
        .compatible
        .iter()
        .chain(&signs.products)
        .chain(&signs.processor);
    let names: Vec<String> = names.map(|name| format!("\"{name}\"")).collect();
    if !names.is_empty() {
        let _ = write!(said, " that calls itself {}", names.join(", "));
    }
    said + ".\nWrite a file for it in /etc/roomd/boards; boards/README.md says how. `roomctl board --list` shows the known ones."
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let revision = self.revision;
        match (self.from, &self.path) {
            (BoardFrom::Machine, Some(path)) => {
                write!(f, "{path}, the operator's own, revision {revision}")
            }
            (BoardFrom::Machine, None) => write!(f, "the operator's own, revision {revision}"),
            (BoardFrom::Package, _) => {
                write!(f, "as it came with the package, revision {revision}")
            }
            (BoardFrom::Release, _) => write!(f, "as the fleet released it, revision {revision}"),
        }?;
        match self.on_trial {
            true => f.write_str(", on trial"),
            false => Ok(()),
        }
    }
}

impl std::fmt::Display for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} (board = \"{}\")", self.title, self.board)?;
        if let Some(because) = &self.because {
            write!(f, ", because {because}")?;
        }
        let widest = |text: fn(&Part) -> &str| {
            self.parts
                .iter()
                .map(|part| text(part).chars().count())
                .max()
        };
        write!(f, "\nfile     {}", self.file)?;
        let (what, device) = (widest(|part| &part.what), widest(|part| &part.device));
        let (what, device) = (what.unwrap_or_default(), device.unwrap_or_default());
        for part in &self.parts {
            let state = if part.there { "there  " } else { "missing" };
            let line = format!("{state}  {:device$}  {:what$}", part.device, part.what);
            write!(f, "\n{}", line.trim_end())?;
            if let (false, Some(help)) = (part.there, &part.help) {
                write!(f, "\n         {help}")?;
            }
        }
        if !self.pins.is_empty() {
            let pins: Vec<String> = self
                .pins
                .iter()
                .map(|(pin, line)| format!("{pin} = {line}"))
                .collect();
            for (index, row) in pins.chunks(4).enumerate() {
                let head = if index == 0 { "header   " } else { "         " };
                write!(f, "\n{head}{}", row.join("   "))?;
            }
        }
        for note in &self.notes {
            write!(f, "\nnote     {note}")?;
        }
        if !self.unverified.is_empty() {
            write!(
                f,
                "\nNobody has held these against the board itself: {}",
                self.unverified.join(", ")
            )?;
        }
        Ok(())
    }
}
