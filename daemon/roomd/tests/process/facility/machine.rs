//! What stands in the room before anybody comes: a machine without a room, a kit on its lines and on the network, and what systemd
//! starts there at a wish or at a room's file. Knows no page.

use crate::contract::{Browser, media};
use crate::kit::{Daemon, Folder, until};
use emulators::display::{DisplayServer, Emulator, Request, serve_tcp};
use emulators::ports;
use emulators::puck::Puck;
use emulators::visca::{CameraServer, Options};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;
use wire::{Key, KeyKind};

/// A camera's head and a table button on lines of their own, and a display on the network that shows another input.
pub struct Kit {
    pub display: DisplayServer,
    pub button: Puck,
    _camera: CameraServer,
}

impl Kit {
    pub async fn laid(folder: &Folder) -> Kit {
        let link = folder.path("kit/front");
        let camera = CameraServer::start(Options { link, baud: None }).unwrap();
        let mut emulator = Emulator::new("samsung-mdc", None).unwrap();
        emulator.body.warm_up = Duration::from_millis(500);
        let at = "127.0.0.1:0".parse().unwrap();
        Kit {
            display: serve_tcp(emulator, at).await.unwrap(),
            button: Puck::start(&folder.path("kit/table")).unwrap(),
            _camera: camera,
        }
    }

    /// A person presses the table button; who asks for it may not listen yet.
    pub async fn press_the_button(&self) {
        let _ = self.button.press(Key::Main, KeyKind::Short).await;
    }

    /// A person takes the display's remote control and chooses the input of this code.
    pub fn choose_input(&self, code: &str) {
        let chosen = Request::Input(code.to_owned());
        self.display.with(|body, now| body.by_hand(now, &chosen));
    }
}

/// The machine and its folder.
pub struct Machine {
    pub folder: Folder,
    /// Where its panel is.
    pub panel: u16,
    /// Where the page for phones will be.
    pub page: u16,
    /// A conference service that does not answer today.
    pub service: String,
    board: PathBuf,
}

impl Machine {
    pub fn bare() -> Machine {
        let folder = Folder::with("# Nothing yet.\n");
        // The browser's account reads picture and sound; what is secret lies in folders that the daemon closes.
        fs::set_permissions(folder.path("."), fs::Permissions::from_mode(0o755)).unwrap();
        media(&folder);
        let service = format!("127.0.0.1:{}", ports::free());
        folder.write("room.ics", &calendar(&service));
        fs::create_dir(folder.path("boards")).unwrap();
        let panel = ports::free();
        folder.write("boards/demo.toml", &board(panel));
        // Whether this machine's clock is set by somebody is none of the walk's business.
        fs::create_dir(folder.path("bin")).unwrap();
        folder.write("bin/timedatectl", "#!/bin/sh\necho yes\n");
        let clock = folder.path("bin/timedatectl");
        fs::set_permissions(clock, fs::Permissions::from_mode(0o755)).unwrap();
        Machine {
            board: folder.path("boards/demo.toml"),
            page: ports::free(),
            folder,
            panel,
            service,
        }
    }

    pub fn daemon(&self) -> Daemon {
        self.folder
            .start_with(&["--board".as_ref(), self.board.as_os_str()], &[])
    }

    pub fn browser(&self) -> Browser {
        Browser::start_with(&self.folder, &["--board", self.board.to_str().unwrap()])
    }

    /// What `roomd-commission.path` waits for; its service takes it before it begins.
    pub fn commission(&self) -> Commission {
        let wish = self.folder.path("run/commission-wanted");
        until("the wish", || wish.exists().then_some(()));
        fs::remove_file(wish).unwrap();
        Commission::start(self)
    }

    /// This second as people in the room write it, whatever zone the machine is in.
    pub fn time_in_the_room(&self, at: i64) -> String {
        let said = Command::new("date")
            .args(["-d", &format!("@{at}"), "+%d.%m.%Y, %H:%M Uhr"])
            .env("TZ", "Europe/Berlin")
            .output()
            .unwrap();
        String::from_utf8(said.stdout).unwrap().trim().to_owned()
    }

    pub fn text(&self, name: &str) -> String {
        fs::read_to_string(self.folder.path(name)).unwrap_or_default()
    }
}

/// The board's file, in place of the demo's own: its ports are free ones.
fn board(panel: u16) -> String {
    format!(
        "inherit = \"generic-pc\"\n[machine]\ntitle = \"The simulated kit\"\n[room]\nstate_dir = \"state\"\n\
         [browser]\nheadless = true\nuser = \"nobody\"\nfake_camera = \"kit/camera.y4m\"\nfake_microphone = \"kit/microphone.wav\"\n\
         [faces]\nlisten = \"127.0.0.1:{panel}\"\nsocket = \"run/control.sock\"\n\
         [practice]\nlisten = \"127.0.0.1:{}\"\n[preflight]\nnight = \"never\"\ntomorrow = \"never\"\n",
        ports::free()
    )
}

/// A meeting tomorrow with a link to this service, and one without.
fn calendar(service: &str) -> String {
    let tomorrow = chrono::Utc::now() + chrono::Duration::days(1);
    let at = tomorrow.format("%Y%m%dT%H%M%SZ");
    let event = |uid: &str, text: &str| {
        format!(
            "BEGIN:VEVENT\r\nUID:{uid}@test\r\nDTSTAMP:{at}\r\nDTSTART:{at}\r\nDURATION:PT1H\r\nSUMMARY:Rat\r\n\
             DESCRIPTION:{text}\r\nEND:VEVENT\r\n"
        )
    };
    let linked = event(
        "1",
        &format!("https://{service}/rooms/rat-tag-amt-neu/join"),
    );
    let plain = event("2", "Im kleinen Kreis");
    format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\n{linked}{plain}END:VCALENDAR\r\n"
    )
}

/// The command of `roomd-commission.service`, with the paths and lines of this machine; killed when dropped.
pub struct Commission {
    child: Child,
    log: PathBuf,
}

impl Commission {
    fn start(machine: &Machine) -> Commission {
        let program = Path::new(env!("CARGO_BIN_EXE_roomd")).with_file_name("roomctl");
        let log = machine.folder.path("commission.log");
        let path = std::env::var("PATH").unwrap_or_default();
        let bin = machine.folder.path("bin");
        let child = Command::new(&program)
            .current_dir(machine.folder.path("."))
            .args([
                "commission",
                "--page",
                &format!("127.0.0.1:{}", machine.page),
            ])
            .args(
                "--room room.toml --state state/commission --board demo --pdf report.pdf"
                    .split(' '),
            )
            .args("--try kit/front --try kit/table --socket run/control.sock".split(' '))
            .env("PATH", format!("{}:{path}", bin.display()))
            .env("TZ", "Pacific/Kiritimati")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(
                fs::OpenOptions::new()
                    .create(true)
                    .append(true)
                    .open(&log)
                    .unwrap(),
            )
            .spawn();
        let child = child.unwrap_or_else(|error| {
            panic!("{}: {error}; cargo build -p roomctl", program.display())
        });
        Commission { child, log }
    }

    /// Waits for its end.
    pub fn ended(&mut self) -> ExitStatus {
        until("the command's end", || self.child.try_wait().unwrap())
    }

    pub fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }
}

impl Drop for Commission {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            eprintln!("the command's log:\n{}", self.log());
        }
    }
}
