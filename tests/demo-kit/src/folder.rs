//! The folder of one run: the room's file, its calendar, picture and sound, sockets and logs.
//! Knows the forms of these files; starts nothing.

use crate::media::{self, Voice};
use crate::ports::Ports;
use anyhow::{Context, Result};
use chrono::{DateTime, Duration, Utc};
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// The name that the room carries in a conference.
pub const ROOM: &str = "Rathaus, Sitzungssaal 2";
/// The practice conference that the meetings are in.
pub const CONFERENCE: &str = "jour-fixe";
const PASSCODE: &str = "4711";
/// What makes the far end the host.
pub const HOST_CODE: &str = "demo-host";

/// The language of the story.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Language {
    /// German.
    De,
    /// English.
    En,
}

impl Language {
    /// As files and pages name it.
    pub fn code(self) -> &'static str {
        match self {
            Language::De => "de",
            Language::En => "en",
        }
    }
}

/// The folder. Gone at the end, unless the person named it.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    temporary: Option<tempfile::TempDir>,
}

impl Folder {
    /// Makes it: at `keep`, which must be new or empty, or anywhere and only for now.
    ///
    /// # Errors
    /// It cannot be made, or something is in it already.
    pub fn make(keep: Option<&Path>) -> Result<Folder> {
        let folder = match keep {
            Some(path) => Folder::kept(path)?,
            None => Folder::passing()?,
        };
        for part in ["kit", "run", "logs", "state", "profiles"] {
            fs::create_dir(folder.path.join(part))?;
        }
        // The browser's own user reads picture and sound; what is secret lies in folders that the daemon closes.
        fs::set_permissions(&folder.path, Permissions::from_mode(0o755))?;
        Ok(folder)
    }

    fn kept(path: &Path) -> Result<Folder> {
        fs::create_dir_all(path).with_context(|| format!("making {}", path.display()))?;
        anyhow::ensure!(
            fs::read_dir(path)?.next().is_none(),
            "{} is not empty; --keep wants a new or empty folder",
            path.display()
        );
        let path = fs::canonicalize(path)?;
        let temporary = None;
        Ok(Folder { path, temporary })
    }

    /// Not below the home folder, which the browser's own user often cannot enter.
    fn passing() -> Result<Folder> {
        let temporary = tempfile::Builder::new()
            .prefix("roomd-demo-")
            .tempdir()
            .context("making a temporary folder")?;
        let path = temporary.path().to_owned();
        let temporary = Some(temporary);
        Ok(Folder { path, temporary })
    }

    /// A file or folder in it.
    pub fn join(&self, part: impl AsRef<Path>) -> PathBuf {
        self.path.join(part)
    }

    /// A log in it.
    pub fn log(&self, name: &str) -> PathBuf {
        self.path.join("logs").join(format!("{name}.log"))
    }

    /// Where the logs are.
    pub fn logs(&self) -> PathBuf {
        self.path.join("logs")
    }

    /// Keeps it after the end, for whoever wants to know why something failed.
    pub fn keep(mut self) -> PathBuf {
        if let Some(temporary) = self.temporary.take() {
            let _ = temporary.keep();
        }
        self.path.clone()
    }

    /// Writes the far end's picture and voice, and the room's voice; the room's picture is the camera's.
    ///
    /// # Errors
    /// A file cannot be written.
    pub fn write_media(&self, language: Language) -> Result<()> {
        media::picture(&self.join("kit/remote.y4m"), crate::remote::NAME, 215.0)?;
        let (room, remote) = match language {
            Language::De => (
                Voice {
                    name: "de",
                    words: ROOM_SAYS_DE,
                    chirp: 300.0,
                },
                Voice {
                    name: "de+f3",
                    words: REMOTE_SAYS_DE,
                    chirp: 700.0,
                },
            ),
            Language::En => (
                Voice {
                    name: "en",
                    words: ROOM_SAYS_EN,
                    chirp: 300.0,
                },
                Voice {
                    name: "en+f3",
                    words: REMOTE_SAYS_EN,
                    chirp: 700.0,
                },
            ),
        };
        media::voice(&self.join("kit/microphone.wav"), room)?;
        media::voice(&self.join("kit/remote.wav"), remote)
    }

    /// Writes the room's file, over the board `demo`; with a fleet's server where it belongs to one.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn write_room(
        &self,
        ports: Ports,
        language: Language,
        fleet: Option<&str>,
    ) -> Result<PathBuf> {
        let file = self.join("room.toml");
        let mut text = room_file(ports, language);
        if let Some(server) = fleet {
            text.push_str(&format!("\n[fleet]\nserver = \"{server}\"\n"));
        }
        fs::write(&file, text).context("writing the room's file")?;
        Ok(file)
    }

    /// Writes the calendar with these [`meetings`], in place of those from before.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn write_calendar(&self, meetings: &str) -> Result<()> {
        let text = format!(
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//roomd//demo//EN\r\n{meetings}END:VCALENDAR\r\n"
        );
        // Never half a calendar, should the daemon be reading just now.
        let draft = self.join("calendar.draft");
        fs::write(&draft, text)?;
        fs::rename(&draft, self.join("calendar.ics")).context("writing the calendar")
    }
}

/// The address of the conference.
pub fn conference(ports: Ports) -> String {
    format!("http://{}/practice/{CONFERENCE}", ports.practice())
}

const ROOM_SAYS_DE: &str =
    "Hier spricht der Sitzungssaal zwei. Wenn Sie uns hören, ist unser Mikrofon offen.";
const REMOTE_SAYS_DE: &str =
    "Guten Tag aus der Ferne. Ich sehe und höre den Saal. Können Sie mich auch hören?";
const ROOM_SAYS_EN: &str =
    "This is meeting room two. When you can hear us, our microphone is open.";
const REMOTE_SAYS_EN: &str =
    "Hello from far away. I can see and hear the room. Can you hear me, too?";

fn room_file(ports: Ports, language: Language) -> String {
    let (overview, desk, table) = match language {
        Language::De => ("Übersicht", "Rednerpult", "Tisch"),
        Language::En => ("Overview", "Lectern", "Table"),
    };
    format!(
        r#"# The room of the demo. Written anew at each run.
board = "demo"

[room]
name = "Sitzungssaal 2"
display_name = "{ROOM}"
language = "{language}"
help = "Haustechnik 2 47 11"

[policy]
join = "by-itself"
announce_before = "15 min"
warm_before = "15 s"
join_before = "0 s"
leave_after_end = "0 s"

[calendars.bookings]
file = "calendar.ics"
every = "10 s"

[heads.front]
name = "Podium"
presets = [
    {{ number = 0, name = "{overview}" }},
    {{ number = 1, name = "{desk}" }},
    {{ number = 2, name = "{table}" }},
]

[browser]
width = 1280
height = 720

[faces]
listen = "{panel}"

[practice]
listen = "{practice}"

[practice.conferences.{CONFERENCE}]
passcode = "{PASSCODE}"
host_code = "{HOST_CODE}"
lobby = true
"#,
        language = language.code(),
        panel = ports.panel(),
        practice = ports.practice(),
    )
}

/// Two meetings as calendar text: one at `start`, and one right after it.
pub fn meetings(ports: Ports, start: DateTime<Utc>, language: Language) -> String {
    let (first, second) = match language {
        Language::De => ("Jour fixe Rathausumbau", "Haushaltsrunde"),
        Language::En => ("Town hall project, weekly", "Budget round"),
    };
    let middle = start + Duration::minutes(20);
    let end = middle + Duration::minutes(30);
    let mut lines = meeting("demo-1", first, ports, (start, middle));
    lines.extend(meeting("demo-2", second, ports, (middle, end)));
    lines.iter().map(|line| fold(line)).collect()
}

fn meeting(
    uid: &str,
    title: &str,
    ports: Ports,
    (from, to): (DateTime<Utc>, DateTime<Utc>),
) -> Vec<String> {
    let stamp = |time: DateTime<Utc>| time.format("%Y%m%dT%H%M%SZ").to_string();
    let link = conference(ports);
    vec![
        "BEGIN:VEVENT".into(),
        format!("UID:{uid}@demo.invalid"),
        format!("DTSTAMP:{}", stamp(Utc::now())),
        format!("DTSTART:{}", stamp(from)),
        format!("DTEND:{}", stamp(to)),
        format!("SUMMARY:{title}"),
        "ORGANIZER;CN=Anna Beispiel:mailto:anna@demo.invalid".into(),
        format!("LOCATION:{link}"),
        format!("DESCRIPTION:{link}\\nKenncode: {PASSCODE}"),
        "END:VEVENT".into(),
    ]
}

/// Lines of a calendar are at most 75 bytes long and end with CR LF (RFC 5545, 3.1).
fn fold(line: &str) -> String {
    let mut out = String::new();
    let mut used = 0;
    for c in line.chars() {
        if used + c.len_utf8() > 75 {
            out.push_str("\r\n ");
            used = 1;
        }
        out.push(c);
        used += c.len_utf8();
    }
    out.push_str("\r\n");
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_is_not_empty_is_refused_and_a_kept_one_stays() {
        let outer = tempfile::tempdir().unwrap();
        let path = outer.path().join("mine");
        drop(Folder::make(Some(&path)).unwrap());
        assert!(path.join("logs").is_dir());
        let error = Folder::make(Some(&path)).unwrap_err().to_string();
        assert!(error.contains("not empty"), "{error}");
    }

    #[test]
    fn a_passing_folder_goes_unless_it_is_needed() {
        let folder = Folder::make(None).unwrap();
        let path = folder.join("");
        drop(folder);
        assert!(!path.exists());
        let kept = Folder::make(None).unwrap().keep();
        assert!(kept.join("logs").is_dir());
        fs::remove_dir_all(kept).unwrap();
    }

    #[test]
    fn calendar_lines_are_short_and_whole() {
        let ports = Ports::free().unwrap();
        let text = meetings(ports, Utc::now(), Language::De);
        assert!(text.split("\r\n").all(|line| line.len() <= 75));
        assert_eq!(text.matches("BEGIN:VEVENT").count(), 2);
        let long = fold(&"ä".repeat(80));
        assert_eq!(long.replace("\r\n ", "").trim_end(), "ä".repeat(80));
    }
}
