//! Reads the files of `tests/invitations/`: invitations and what a room must make of each. Hands each to the real
//! parser as a calendar would carry it, escaped and folded.

#![allow(
    dead_code,
    reason = "tests, bench and fuzzer share this file, and each needs a part of it"
)]

use std::{collections::BTreeMap, fs, path::Path};

use calendar::{Event, HostTable, Invitation, recognise};

/// What the operator of the corpus has allowed.
const HOSTS: &[(&str, &str)] = &[
    ("bbb.stadt.example", "bbb"),
    ("*.uni.example", "bbb"),
    ("meet.stadt.example", "jitsi"),
    ("konferenz.büro.example", "jitsi"),
    ("raum12.local:8443", "practice"),
    ("zoom.stadt.example", "zoom"),
    ("webex.land.example", "webex"),
    ("conf.landkreis.example", "pexip"),
    ("cms.land.example", "cms"),
    ("vc.land.example", "sip"),
    ("teamsvc.stadt.example", "teams"),
];

/// One invitation and what is expected of it.
pub struct Case {
    /// File and line.
    pub place: String,
    /// Its name.
    pub name: String,
    /// What must come out, by key.
    pub expected: BTreeMap<String, String>,
    /// The calendar.
    pub text: String,
}

/// The operator's table.
pub fn table() -> HostTable {
    HOSTS
        .iter()
        .try_fold(HostTable::new(), |table, (host, service)| {
            table.with(host, service)
        })
        .expect("a table")
}

/// All cases of a folder below `tests/invitations/`, its own files only.
pub fn cases(folder: &str) -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/invitations")
        .join(folder);
    let mut files: Vec<_> = fs::read_dir(&folder)
        .expect("the folder of invitations")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|end| end == "txt"))
        .collect();
    files.sort();
    files.iter().flat_map(|path| read(path)).collect()
}

fn read(path: &Path) -> Vec<Case> {
    let text = fs::read_to_string(path).expect("a file of invitations");
    let file = path.file_name().expect("a name").to_string_lossy();
    let lines: Vec<&str> = text.lines().collect();
    let heads: Vec<usize> = (0..lines.len())
        .filter(|at| lines[*at].starts_with("== "))
        .collect();
    let ends = heads.iter().skip(1).copied().chain([lines.len()]);
    heads
        .iter()
        .zip(ends)
        .map(|(head, end)| {
            let body = &lines[head + 1..end];
            let blank = body.iter().position(|line| line.is_empty());
            let blank = blank.unwrap_or_else(|| panic!("{file}:{}: no invitation", head + 1));
            Case {
                place: format!("{file}:{}", head + 1),
                name: lines[*head][3..].to_owned(),
                expected: body[..blank].iter().map(|line| pair(line)).collect(),
                text: calendar(&body[blank..]),
            }
        })
        .collect()
}

fn pair(line: &str) -> (String, String) {
    let (key, value) = line.split_once(": ").expect("a line `key: value`");
    (key.to_owned(), value.to_owned())
}

fn calendar(lines: &[&str]) -> String {
    let mut properties: Vec<String> = Vec::new();
    for line in lines {
        match line.strip_prefix("  ") {
            Some(text) => {
                let property = properties.last_mut().expect("a property above its text");
                if !property.ends_with(':') {
                    property.push_str("\\n");
                }
                property.push_str(&escaped(text));
            }
            None if line.is_empty() => {}
            None => properties.push((*line).to_owned()),
        }
    }
    let folded: String = properties.iter().map(|property| folded(property)).collect();
    format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:case\r\nDTSTART:20260105T080000Z\r\n\
         DURATION:PT1H\r\n{folded}END:VEVENT\r\nEND:VCALENDAR\r\n"
    )
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace(';', "\\;")
        .replace(',', "\\,")
}

/// At 75 bytes, as RFC 5545 asks, and never inside a character.
fn folded(line: &str) -> String {
    let mut out = String::new();
    let mut width = 0;
    for c in line.chars() {
        if width + c.len_utf8() > 75 {
            out.push_str("\r\n ");
            width = 1;
        }
        out.push(c);
        width += c.len_utf8();
    }
    out + "\r\n"
}

impl Case {
    /// The invitation, as the real parser reads it.
    pub fn invitation(&self) -> Invitation {
        let calendar = calendar::parse(&self.text)
            .unwrap_or_else(|error| panic!("{}: {error}\n{}", self.place, self.text));
        let event: &Event = calendar.events.first().expect("an event");
        event.invitation.clone()
    }

    /// What the recogniser makes of it, in the words of the file.
    pub fn seen(&self, table: &HostTable) -> BTreeMap<String, String> {
        let (target, why) = recognise(&self.invitation(), table);
        let mut seen = BTreeMap::new();
        let mut put = |key: &str, value: Option<&str>| {
            seen.extend(value.map(|value| (key.to_owned(), value.to_owned())));
        };
        put("why", Some(why.code()));
        let service = target
            .as_ref()
            .map_or("none", |target| target.service.as_str());
        put("service", Some(service));
        if let Some(target) = &target {
            put("url", target.url.as_ref().map(|url| url.reveal()));
            put("sip", target.sip.as_ref().map(|sip| sip.reveal()));
            put("id", target.id.as_ref().map(|id| id.reveal()));
            put(
                "passcode",
                target.passcode.as_ref().map(|code| code.reveal()),
            );
            let code = target.sip_passcode.as_ref();
            put("sip_passcode", code.map(|code| code.reveal()));
        }
        if let calendar::Why::Recognised { others, .. } = &why
            && *others > 0
        {
            put("others", Some(&others.to_string()));
        }
        if let Some(names) = self.expected.get("names") {
            let said = format!("{:?} {}", why, why.sentence().de).to_lowercase();
            put(
                "names",
                said.contains(&names.to_lowercase()).then_some(names),
            );
        }
        seen
    }
}
