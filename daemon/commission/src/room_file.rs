//! The text of the room's file, with comments that say what was found and why it was chosen. Writes no file; whether the daemon
//! takes the text is judged elsewhere.

use crate::facts::{At, DisplayFound, Facts, Unit};
use crate::roles::{self, Kind, Role};
use crate::state::State;
use crate::topic::Topic;
use crate::words::{Language, Says, Values};
use std::fmt::Write;

/// Where the calendar's password is expected. It is asked by whoever can hide what is typed, and is never in any answer.
pub const CALENDAR_SECRET: &str = "/etc/roomd/secrets/calendar";

/// How fully a role is described.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Detail {
    /// With serial number and input.
    Full,
    /// By its place alone.
    Plain,
}

/// A line of lamps or buttons.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fitting {
    /// Its name.
    pub name: &'static str,
    /// Its line on the board.
    pub line: String,
    /// What it is for.
    pub is: FittingKind,
}

/// What a line of the board leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FittingKind {
    /// A lamp, and what it shows.
    Lamp(&'static str),
    /// A button, and its key.
    Button(&'static str),
}

/// Words of the answer, each once in a room.
const FITTINGS: [(&str, &str, FittingKind); 4] = [
    ("lamp", "door", FittingKind::Lamp("busy")),
    (
        "mic-lamp",
        "microphone",
        FittingKind::Lamp("microphone-open"),
    ),
    ("button", "mute", FittingKind::Button("mute")),
    ("main-button", "main", FittingKind::Button("main")),
];

/// Reads `lamp=pin 11, button=pin 13`; `Err` with the part that is none of it.
pub(crate) fn fittings(answer: &str) -> Result<Vec<Fitting>, String> {
    let mut found: Vec<Fitting> = Vec::new();
    for part in parts(answer) {
        let known = part.split_once('=').and_then(|(word, line)| {
            let word = word.trim();
            let (_, name, is) = FITTINGS.iter().find(|(known, ..)| *known == word)?;
            let line = line.trim().to_owned();
            (!line.is_empty()).then_some(Fitting {
                name,
                line,
                is: *is,
            })
        });
        match known {
            Some(fitting) if found.iter().all(|other| other.name != fitting.name) => {
                found.push(fitting);
            }
            _ => return Err(part.to_owned()),
        }
    }
    Ok(found)
}

/// Reads `meet.example.de=jitsi, *.example.de=bbb`; `Err` with the part that is none of it.
pub(crate) fn hosts(answer: &str) -> Result<Vec<(String, String)>, String> {
    let mut found: Vec<(String, String)> = Vec::new();
    for part in parts(answer) {
        match part.split_once('=') {
            Some((host, service)) if !host.trim().is_empty() && !service.trim().is_empty() => {
                let host = host.trim().to_lowercase();
                if found.iter().any(|(other, _)| *other == host) {
                    return Err(part.to_owned());
                }
                found.push((host, service.trim().to_owned()));
            }
            _ => return Err(part.to_owned()),
        }
    }
    Ok(found)
}

/// What stands between commas.
pub(crate) fn parts(answer: &str) -> impl Iterator<Item = &str> {
    answer
        .split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty())
}

/// Names of a head's presets, numbered from 0 as their makers do; those that nobody aimed are left out.
pub(crate) fn presets(state: &State, head: &str) -> Vec<(u8, String)> {
    let names = state.answer(&Topic::Presets(head.to_owned()));
    let numbered = parts(names.unwrap_or_default()).map(str::to_owned);
    (0..=u8::MAX).zip(numbered).collect()
}

/// Everything that the text is made of.
pub(crate) struct Draft<'a> {
    pub state: &'a State,
    pub roles: &'a [(Role, Detail)],
}

impl Draft<'_> {
    /// The whole text.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        self.head(&mut text);
        self.services(&mut text);
        self.bookings(&mut text);
        for (role, detail) in self.roles {
            self.role(&mut text, role, *detail);
        }
        self.fittings(&mut text);
        text
    }

    fn language(&self) -> Language {
        self.state.language()
    }

    fn answer(&self, topic: &Topic) -> &str {
        self.state.answer(topic).unwrap_or_default()
    }

    fn facts(&self) -> &Facts {
        &self.state.facts
    }

    fn head(&self, text: &mut String) {
        let language = self.language();
        comment(text, &language.plain("file-head"));
        text.push('\n');
        if let Some(board) = &self.facts().board {
            comment(
                text,
                &language.say("file-board", &Values::of("board", &board.title)),
            );
            entry(text, "board", &board.name);
            text.push('\n');
        }
        text.push_str("[room]\n");
        let name = match self.answer(&Topic::Name) {
            // A room without a name cannot be judged; the name is the first thing that is asked.
            "" => "roomd",
            name => name,
        };
        entry(text, "name", name);
        entry(text, "language", language.tag());
        said(text, "help", self.answer(&Topic::Help));
        if let Some(join) = self.state.answer(&Topic::Join) {
            text.push('\n');
            comment(text, &language.plain(&format!("file-join-{join}")));
            text.push_str("[policy]\n");
            entry(text, "join", join);
        }
    }

    fn services(&self, text: &mut String) {
        let hosts = hosts(self.answer(&Topic::Hosts)).unwrap_or_default();
        text.push('\n');
        if hosts.is_empty() {
            return comment(text, &self.language().plain("file-no-hosts"));
        }
        comment(text, &self.language().plain("file-hosts"));
        text.push_str("[hosts]\n");
        for (host, service) in hosts {
            let _ = writeln!(text, "{} = {}", quoted(&host), quoted(&service));
        }
    }

    fn bookings(&self, text: &mut String) {
        let place = self.answer(&Topic::Calendar);
        text.push('\n');
        if place.is_empty() {
            return comment(text, &self.language().plain("file-no-calendar"));
        }
        text.push_str("[calendars.bookings]\n");
        match place.strip_prefix("caldav:") {
            Some(link) => entry(text, "caldav", link),
            None if place.starts_with('/') => entry(text, "file", place),
            None => entry(text, "url", place),
        }
        let user = self.answer(&Topic::CalendarUser);
        if !user.is_empty() {
            entry(text, "user", user);
            entry(text, "password_file", CALENDAR_SECRET);
        }
    }

    fn role(&self, text: &mut String, role: &Role, detail: Detail) {
        let unit = roles::unit(self.facts(), role);
        text.push('\n');
        if let Some(unit) = unit {
            self.because(text, unit, role);
        }
        match role.kind {
            Kind::Camera => self.camera(text, role, detail),
            Kind::Head => self.moving(text, role, detail),
            Kind::Display => self.display(text, role, detail),
            Kind::Puck => {
                let _ = writeln!(text, "[pucks.{}]", role.name);
                if let Some(found) = roles::puck(self.facts(), role) {
                    place(text, &found.unit, &found.at, detail);
                }
            }
            Kind::Speakerphone => {
                text.push_str("[speakerphone]\n");
                if let Some(unit) = unit {
                    place(text, unit, &At::Usb, detail);
                }
            }
            Kind::Microphone | Kind::Loudspeaker => self.sound(text, role),
        }
    }

    /// What was found, and why it was chosen.
    fn because(&self, text: &mut String, unit: &Unit, role: &Role) {
        let language = self.language();
        let at = unit.place.as_deref().or(Some(role.device.as_str()));
        let values = Values::of("device", &unit.title)
            .and("place", at.unwrap_or_default())
            .and("serial", unit.serial.as_deref().unwrap_or("–"));
        comment(text, &language.say("file-found", &values));
        let why = language.plain(role.reason.key());
        comment(text, &language.say("file-chosen", &Values::of("why", why)));
    }

    fn camera(&self, text: &mut String, role: &Role, detail: Detail) {
        let _ = writeln!(text, "[cameras.{}]", role.name);
        let mut cameras = self.facts().cameras.iter();
        let Some(found) = cameras.find(|found| found.unit.key() == role.device) else {
            return;
        };
        match found.unit.place.is_some() && found.unit.model.is_some() {
            true => place(text, &found.unit, &At::Usb, detail),
            false => entry(text, "label", &found.label),
        }
        if found.in_phone {
            comment(text, &self.language().plain("file-not-in-calls"));
            text.push_str("in_calls = false\n");
        }
    }

    fn moving(&self, text: &mut String, role: &Role, detail: Detail) {
        let _ = writeln!(text, "[heads.{}]", role.name);
        let Some(found) = roles::head(self.facts(), role) else {
            return;
        };
        match &found.at {
            At::Line(line) if line.contains("://") => entry(text, "port", line),
            at => place(text, &found.unit, at, detail),
        }
        entry(text, "protocol", &found.protocol);
        entry(text, "model", &found.model);
        if let Some(baud) = found.baud {
            let _ = writeln!(text, "baud = {baud}");
        }
        if found.address != 1 {
            let _ = writeln!(text, "address = {}", found.address);
        }
        let aimed = |number: u8| {
            let topic = Topic::Aimed(role.name.clone(), number);
            self.state.answer(&topic) != Some("no")
        };
        let mut presets = presets(self.state, &role.name);
        presets.retain(|(number, _)| aimed(*number));
        if presets.is_empty() {
            return;
        }
        text.push_str("presets = [\n");
        for (number, name) in &presets {
            let _ = writeln!(
                text,
                "    {{ number = {number}, name = {} }},",
                quoted(name)
            );
        }
        text.push_str("]\n");
    }

    fn display(&self, text: &mut String, role: &Role, detail: Detail) {
        let _ = writeln!(text, "[displays.{}]", role.name);
        let mut displays = self.facts().displays.iter();
        let Some(found) = displays.find(|found| found.unit.key() == role.device) else {
            return;
        };
        self.link(text, found, detail);
    }

    fn link(&self, text: &mut String, found: &DisplayFound, detail: Detail) {
        if let (Some(input), Detail::Full) = (found.input, detail) {
            entry(text, "input", &format!("hdmi{input}"));
        }
        if let (Some(output), Detail::Full) = (found.output(), detail) {
            entry(text, "output", output);
        }
        text.push_str("links = [\n");
        for line in &found.lines {
            let (at, model) = (quoted(&line.line), quoted(&line.model));
            let _ = writeln!(text, "    {{ line = {at}, model = {model} }},");
        }
        text.push_str("]\n");
    }

    fn sound(&self, text: &mut String, role: &Role) {
        let mut sounds = self.facts().sounds.iter();
        let Some(found) = sounds.find(|found| found.unit.key() == role.device) else {
            return;
        };
        let (table, device) = match role.kind {
            Kind::Microphone => ("microphones", &found.hears),
            _ => ("loudspeakers", &found.plays),
        };
        let _ = writeln!(text, "[{table}.{}]", role.name);
        said(text, "name", &short(&found.unit.title, 40));
        said(text, "device", device.as_deref().unwrap_or_default());
    }

    fn fittings(&self, text: &mut String) {
        for fitting in fittings(self.answer(&Topic::Fittings)).unwrap_or_default() {
            text.push('\n');
            match fitting.is {
                FittingKind::Lamp(shows) => {
                    let _ = writeln!(text, "[lamps.{}]", fitting.name);
                    entry(text, "line", &fitting.line);
                    entry(text, "shows", shows);
                }
                FittingKind::Button(key) => {
                    let _ = writeln!(text, "[buttons.{}]", fitting.name);
                    entry(text, "line", &fitting.line);
                    entry(text, "key", key);
                }
            }
        }
    }
}

fn place(text: &mut String, unit: &Unit, at: &At, detail: Detail) {
    if let At::Line(line) = at {
        return entry(text, "serial", line);
    }
    said(text, "usb", unit.place.as_deref().unwrap_or_default());
    said(text, "usb_model", unit.model.as_deref().unwrap_or_default());
    if let (Some(serial), Detail::Full) = (&unit.serial, detail) {
        entry(text, "usb_serial", serial);
    }
}

/// Devices may call themselves anything; a comment is one line.
fn comment(text: &mut String, words: &str) {
    for line in words.lines() {
        let line: String = line.chars().filter(|c| !c.is_control()).collect();
        let _ = writeln!(text, "# {}", line.trim_end());
    }
}

fn entry(text: &mut String, key: &str, value: &str) {
    let _ = writeln!(text, "{key} = {}", quoted(value));
}

/// An entry that is left out when there is nothing to say.
fn said(text: &mut String, key: &str, value: &str) {
    if !value.is_empty() {
        entry(text, key, value);
    }
}

fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}

fn short(text: &str, most: usize) -> String {
    let plain = text.chars().filter(|c| !c.is_control());
    plain.take(most).collect::<String>().trim().to_owned()
}
