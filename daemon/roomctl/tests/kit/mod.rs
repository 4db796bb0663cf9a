//! An emulated kit for commissioning, and who answers for it by script.
#![allow(dead_code, reason = "each test file uses its part")]

use config_files::Files;
use emulators::puck::Puck;
use emulators::visca::{CameraServer, Options};
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};
use wire::{Key, KeyKind};

/// An emulated kit, somebody who presses its button again and again, and a folder for everything.
pub struct Kit {
    folder: tempfile::TempDir,
    pub camera: Option<CameraServer>,
    room: Option<Runtime>,
}

/// Also within a runtime of somebody else's.
impl Drop for Kit {
    fn drop(&mut self) {
        if let Some(room) = self.room.take() {
            room.shutdown_background();
        }
    }
}

impl Kit {
    pub fn new() -> Kit {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("kit")).unwrap();
        let room = Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let link = folder.path().join("kit/table");
        room.spawn(async move {
            let puck = Puck::start(&link).unwrap();
            let mut again = tokio::time::interval(Duration::from_millis(200));
            loop {
                again.tick().await;
                // Nobody listens before the button has been asked for.
                let _ = puck.press(Key::Main, KeyKind::Short).await;
            }
        });
        let mut kit = Kit {
            folder,
            camera: None,
            room: Some(room),
        };
        kit.plug();
        kit.write("room.ics", &calendar());
        kit.write("answers.toml", &kit.answers("Sitzungssaal 2"));
        kit
    }

    pub fn plug(&mut self) {
        let options = Options {
            link: self.file("kit/front"),
            baud: None,
        };
        self.camera = Some(CameraServer::start(options).unwrap());
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, text: &str) {
        fs::write(self.file(name), text).unwrap();
    }

    pub fn answers(&self, name: &str) -> String {
        let calendar = self.file("room.ics");
        format!(
            "name = \"{name}\"\nhelp = \"2 47 11\"\nhosts = \"127.0.0.1=bbb\"\ncalendar = \"{}\"\n\
             presets-front = \"Übersicht, Podium\"\n",
            calendar.display()
        )
    }

    pub fn command(&self, words: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_roomctl"));
        command
            .current_dir(self.folder.path())
            .args(words.split_whitespace())
            .args(
                "--room room.toml --state state --board demo --try kit/front --try kit/table"
                    .split(' '),
            )
            .env("ROOMD_SOCKET", "run/none.sock");
        command
    }

    pub fn run(&self, words: &str) -> Output {
        self.command(words).output().unwrap()
    }

    pub fn room(&self) -> room_profile::Profile {
        let files = Files::new(self.file("room.toml"), None);
        files.profile().unwrap_or_else(|error| panic!("{error}"))
    }
}

/// A meeting tomorrow with a link that the room knows.
fn calendar() -> String {
    let tomorrow = chrono::Utc::now() + chrono::Duration::days(1);
    let at = tomorrow.format("%Y%m%dT%H%M%SZ");
    format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\nBEGIN:VEVENT\r\nUID:1@test\r\nDTSTAMP:{at}\r\nDTSTART:{at}\r\n\
         DURATION:PT1H\r\nSUMMARY:Rat\r\nDESCRIPTION:https://127.0.0.1/rooms/rat-tag-amt-neu/join\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
}

pub fn said(output: &Output) -> String {
    let (out, err) = (&output.stdout, &output.stderr);
    format!(
        "{}{}",
        String::from_utf8_lossy(out),
        String::from_utf8_lossy(err)
    )
}
