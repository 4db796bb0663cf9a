//! A facility person's whole way with a phone, from the machine's first display to the report: the real daemon without a room, its
//! display, the real command that serves the page, an emulated kit of which one part hangs on the network, a conference seen and
//! heard both ways. What systemd would start or begin anew is started here.

use super::axe::{axe, broken};
use super::chrome::{Chrome, Tab};
use super::contract::{Browser, can_run, free_port, later, media};
use super::kit::{Daemon, Folder, until};
use super::practice_call::finger;
use emulators::display::{DisplayServer, Emulator, serve_tcp};
use emulators::puck::Puck;
use emulators::visca::{CameraServer, Options};
use serde_json::{Value, json};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use wire::{Key, KeyKind};

const PHONE: (u32, u32) = (360, 740);
const TABLET: (u32, u32) = (820, 1180);

/// A camera's head and a table button on lines of their own, and a display on the network. Somebody presses the button again and
/// again.
struct Kit {
    display: DisplayServer,
    _camera: CameraServer,
}

impl Kit {
    async fn laid(folder: &Folder) -> Kit {
        let link = folder.path("kit/front");
        let camera = CameraServer::start(Options { link, baud: None }).unwrap();
        let link = folder.path("kit/table");
        let puck = Puck::start(&link).unwrap();
        tokio::spawn(async move {
            let mut again = tokio::time::interval(Duration::from_millis(200));
            loop {
                again.tick().await;
                // Nobody listens before the button has been asked for.
                let _ = puck.press(Key::Main, KeyKind::Short).await;
            }
        });
        let mut emulator = Emulator::new("samsung-mdc", None).unwrap();
        emulator.body.warm_up = Duration::from_millis(500);
        let at = "127.0.0.1:0".parse().unwrap();
        Kit {
            display: serve_tcp(emulator, at).await.unwrap(),
            _camera: camera,
        }
    }
}

/// The board's file, in place of the demo's own: its ports are free ones.
fn board(panel: u16) -> String {
    format!(
        "inherit = \"generic-pc\"\n[machine]\ntitle = \"The simulated kit\"\n[room]\nstate_dir = \"state\"\n\
         [browser]\nheadless = true\nuser = \"nobody\"\nfake_camera = \"kit/camera.y4m\"\nfake_microphone = \"kit/microphone.wav\"\n\
         [faces]\nlisten = \"127.0.0.1:{panel}\"\nsocket = \"run/control.sock\"\n\
         [practice]\nlisten = \"127.0.0.1:{}\"\n[preflight]\nnight = \"never\"\ntomorrow = \"never\"\n",
        free_port()
    )
}

/// A meeting tomorrow with a link that the room knows.
fn calendar() -> String {
    let tomorrow = chrono::Utc::now() + chrono::Duration::days(1);
    let at = tomorrow.format("%Y%m%dT%H%M%SZ");
    format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\nBEGIN:VEVENT\r\nUID:1@test\r\nDTSTAMP:{at}\r\nDTSTART:{at}\r\n\
         DURATION:PT1H\r\nSUMMARY:Rat\r\nDESCRIPTION:https://127.0.0.1/rooms/rat-haus-tel-efon/join\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
}

/// The command that systemd starts when somebody at the display wishes for it; killed when dropped.
struct Page(Child);

impl Page {
    fn start(folder: &Folder) -> Page {
        let program = Path::new(env!("CARGO_BIN_EXE_roomd")).with_file_name("roomctl");
        let log = fs::File::create(folder.path("page.log")).unwrap();
        let child = Command::new(&program)
            .current_dir(folder.path("."))
            .args("commission --page 127.0.0.1:0 --room room.toml --state state/commission --board demo".split(' '))
            .args("--try kit/front --try kit/table --socket run/control.sock".split(' '))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn();
        Page(child.unwrap_or_else(|error| {
            panic!("{}: {error}; cargo build -p roomctl", program.display())
        }))
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Whoever walks: a phone that is paired, and for people who ask for pictures (`SCREENS=walk`) the folder for them.
struct Walk {
    phone: Tab,
    axe: &'static str,
    pictures: Option<PathBuf>,
    number: usize,
    _kit: Kit,
    _chrome: Chrome,
}

impl Walk {
    /// This screen as a phone shows it in the light and a tablet in the dark, in both languages.
    async fn look(&mut self, name: &str) {
        let screen = format!("globalThis.axe ?? {}; undefined", self.axe);
        self.phone.eval(&screen).await;
        assert_eq!(broken(&self.phone).await, json!([]), "{name}");
        let wide = self
            .phone
            .eval("document.documentElement.scrollWidth")
            .await;
        assert!(wide.as_u64().unwrap() <= 360, "{name} is {wide} wide");
        self.number += 1;
        let Some(folder) = self.pictures.clone() else {
            return;
        };
        for _ in 0..2 {
            let language = self.phone.eval("document.documentElement.lang").await;
            for (size, device) in [(PHONE, "phone"), (TABLET, "tablet")] {
                for scheme in ["light", "dark"] {
                    self.phone.shape(size, 1.0, scheme).await;
                    let file = format!(
                        "walk-{:02}-{name}-{}-{device}-{scheme}.png",
                        self.number,
                        language.as_str().unwrap()
                    );
                    fs::write(folder.join(file), self.phone.picture().await).unwrap();
                }
            }
            self.phone.shape(PHONE, 1.0, "light").await;
            if self
                .phone
                .eval("!document.querySelector('.bar form')")
                .await
                == json!(true)
            {
                return;
            }
            self.phone.click(".bar form button").await;
            let other = format!("document.documentElement.lang !== {language}");
            self.phone.until(&other).await;
        }
    }

    /// Answers the question of this topic, or takes what is proposed, and goes on.
    async fn say(&mut self, topic: &str, words: Option<&str>) {
        let asked = format!("document.querySelector('[data-topic={topic}]')");
        self.phone.until(&asked).await;
        self.look(topic).await;
        if let Some(words) = words {
            let typed = format!("answer.value = {}; undefined", json!(words));
            self.phone.eval(&typed).await;
        }
        self.phone.click("[data-topic] button").await;
        self.phone.until(&format!("!{asked}")).await;
    }

    /// Names a device on the network, and waits for what came of it.
    async fn name(&mut self, what: &str, address: &str, came: &str) {
        self.phone
            .eval(&format!(
                "document.querySelector('details.network').open = true; what.value = {}; address.value = {}; undefined",
                json!(what),
                json!(address)
            ))
            .await;
        self.phone.click("details.network button").await;
        self.phone
            .until(&format!(
                "document.querySelector('details.network li:last-child')?.dataset.came === '{came}'"
            ))
            .await;
    }
}

/// A device in the building's network: it does not know the room's authority yet.
async fn open(tab: &Tab, url: &str) {
    let ignore = json!({ "ignore": true });
    tab.call("Security.setIgnoreCertificateErrors", ignore)
        .await;
    tab.call("Page.navigate", json!({ "url": url })).await;
    tab.until("document.documentElement.dataset.ready === ''")
        .await;
}

/// The phone joins the practice conference with picture and sound.
async fn join(tab: &Tab, link: &str) {
    let ignore = json!({ "ignore": true });
    tab.call("Security.setIgnoreCertificateErrors", ignore)
        .await;
    let url = format!("{link}?name=Telefon");
    tab.call("Page.navigate", json!({ "url": url })).await;
    tab.until("document.querySelector('[data-test=submit-join]')")
        .await;
    for choice in ["choice-mic", "choice-camera", "submit-join"] {
        let press = format!("document.querySelector('[data-test={choice}]').click()");
        tab.eval(&press).await;
    }
    tab.until("document.body.dataset.screen === 'call'").await;
}

async fn text(tab: &Tab, selector: &str) -> String {
    let code = format!("document.querySelector({}).textContent", json!(selector));
    tab.eval(&code).await.as_str().unwrap().to_owned()
}

#[test]
fn a_facility_person_walks_from_the_first_display_to_the_report() {
    if !can_run() {
        return;
    }
    let Some(axe) = axe() else { return };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let panel = free_port();
    let folder = Folder::with("# Nothing yet.\n");
    // The browser's account reads picture and sound; what is secret lies in folders that the daemon closes.
    fs::set_permissions(folder.path("."), fs::Permissions::from_mode(0o755)).unwrap();
    media(&folder);
    folder.write("room.ics", &calendar());
    fs::create_dir(folder.path("boards")).unwrap();
    folder.write("boards/demo.toml", &board(panel));
    let board = folder.path("boards/demo.toml");
    let board = ["--board", board.to_str().unwrap()];
    let daemon = folder.start_with(&board, &[]);
    let browser = Browser::start_with(&folder, &board);
    let walked = runtime.block_on(walk(axe, &folder, &daemon, panel));
    let (mut page, walk, display) = walked;
    // As `roomd-described.service` does it: until now the browser knew no room, and none of its conferences.
    drop(browser);
    let _browser = Browser::start_with(&folder, &board);
    let phone = runtime.block_on(call(&walk, &daemon, panel));
    runtime.block_on(report(walk, &folder, &display));
    drop(phone);
    let ended = until("the command's end", || page.0.try_wait().unwrap());
    assert!(ended.success(), "{ended}");
    assert_eq!(daemon.state().room, "Sitzungssaal 2");
}

/// From the display to the room's file.
async fn walk(
    axe: &'static str,
    folder: &Folder,
    daemon: &Daemon,
    panel: u16,
) -> (Page, Walk, Tab) {
    let kit = Kit::laid(folder).await;
    let chrome = Chrome::start().await.unwrap();
    let display = chrome.tab().await;
    display.shape((1920, 1080), 1.0, "dark").await;
    open(&display, &format!("http://127.0.0.1:{panel}/display")).await;
    display.key("rawKeyDown", "Enter").await;
    display.key("keyUp", "Enter").await;
    let wish = folder.path("run/commission-wanted");
    until("the wish", || wish.exists().then_some(()));
    fs::remove_file(wish).unwrap();
    let page = Page::start(folder);
    // What a person reads there and types on the phone.
    display.until("document.querySelector('.digits')").await;
    let code = text(&display, ".digits").await.replace(' ', "");
    let url = text(&display, ".url").await;
    let port = url.rsplit(':').next().unwrap();
    let phone = chrome.tab().await;
    phone.shape(PHONE, 1.0, "light").await;
    open(&phone, &format!("https://127.0.0.1:{port}pair?lang=de")).await;
    let pictures = std::env::var("SCREENS").is_ok_and(|list| list == "walk");
    let pictures = pictures.then(|| {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("../screens");
        fs::create_dir_all(&folder).unwrap();
        folder
    });
    let address = kit.display.place.clone();
    let mut walk = Walk {
        phone,
        axe,
        pictures,
        number: 0,
        _kit: kit,
        _chrome: chrome,
    };
    if let Some(folder) = &walk.pictures {
        fs::write(folder.join("walk-00-display.png"), display.picture().await).unwrap();
    }
    walk.look("pair").await;
    walk.phone
        .eval(&format!("code.value = {}; undefined", json!(code)))
        .await;
    walk.phone.click("[type=submit]").await;
    walk.say("name", Some("Sitzungssaal 2")).await;
    walk.say("help", Some("2 47 11")).await;
    walk.say("join", None).await;
    walk.say("hosts", Some("127.0.0.1=bbb")).await;
    let calendar = folder.path("room.ics").display().to_string();
    walk.say("calendar", Some(&calendar)).await;
    walk.phone
        .until("document.querySelector('[data-topic=roles]')")
        .await;
    walk.name("tcp", "der Beamer", "device-no-address").await;
    walk.name(
        "tcp",
        &format!("127.0.0.1:{}", free_port()),
        "device-silent",
    )
    .await;
    walk.look("silent").await;
    walk.name("display:samsung-signage", &address, "device-taken")
        .await;
    walk.phone
        .until("document.querySelector('[name=keep][value=display-main]')")
        .await;
    walk.say("roles", None).await;
    walk.say("presets-front", Some("Podium")).await;
    walk.say("aimed-front-0", None).await;
    let room = folder.path("room.toml");
    later("the room's file", daemon, || {
        fs::read_to_string(&room)
            .unwrap()
            .contains("Sitzungssaal 2")
            .then_some(())
    });
    (page, walk, display)
}

/// The trial call: the phone joins by its page, a finger in the room opens the rest. What is held here stays until dropped.
async fn call(walk: &Walk, daemon: &Daemon, panel: u16) -> (Chrome, Tab) {
    walk.phone.until("main.dataset.screen === 'call'").await;
    let link = walk
        .phone
        .eval("document.querySelector('a.primary').href")
        .await;
    let flags = [
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
    ];
    let chrome = Chrome::start_with(&flags).await.unwrap();
    let conference = chrome.tab().await;
    join(&conference, link.as_str().unwrap()).await;
    later("the room in the conference", daemon, || {
        matches!(daemon.state().phase, room_api::Phase::InCall { .. }).then_some(())
    });
    let shut = Some(room_api::Switch::Closed);
    let state = daemon.state();
    assert_eq!((state.mic.seen, state.camera.seen), (shut, shut));
    if let Some(folder) = &walk.pictures {
        fs::write(folder.join("walk-50-call.png"), walk.phone.picture().await).unwrap();
    }
    finger(daemon, panel, r#"{"press":"mic","to":"open"}"#);
    finger(daemon, panel, r#"{"press":"camera","to":"open"}"#);
    later("the end of the call", daemon, || {
        matches!(daemon.state().phase, room_api::Phase::Standby {}).then_some(())
    });
    (chrome, conference)
}

/// The last screen, the report behind it, and the room on its display.
async fn report(mut walk: Walk, folder: &Folder, display: &Tab) {
    walk.phone.until("main.dataset.screen === 'finished'").await;
    walk.number = 60;
    walk.look("finished").await;
    let base = walk.phone.eval("location.origin").await;
    let base = base.as_str().unwrap().to_owned();
    let record = fs::read_to_string(folder.path("state/commission/record.json")).unwrap();
    let record: Value = serde_json::from_str(&record).unwrap();
    let proofs = record["proofs"].as_array().unwrap();
    let came = |kind: &str| {
        let of = |proven: &&Value| proven["proof"].to_string().contains(kind);
        let proven = proofs
            .iter()
            .find(of)
            .unwrap_or_else(|| panic!("{kind}: {proofs:?}"));
        (
            proven["findings"].as_array().unwrap().len(),
            proven["left"].clone(),
        )
    };
    for kind in ["call", "display", "puck", "head", "calendar"] {
        assert_eq!(came(kind), (0, Value::Null), "{kind}: {record}");
    }
    let tell = json!({ "url": format!("{base}/report") });
    walk.phone.call("Page.navigate", tell).await;
    walk.phone
        .until("document.querySelector('.handover')")
        .await;
    let said = walk.phone.eval("document.body.innerText").await;
    for part in ["Sitzungssaal 2", "Podium", "samsung-signage"] {
        assert!(said.as_str().unwrap().contains(part), "{part}: {said}");
    }
    if let Some(folder) = &walk.pictures {
        walk.phone.shape(TABLET, 1.0, "light").await;
        fs::write(
            folder.join("walk-70-report.png"),
            walk.phone.picture().await,
        )
        .unwrap();
        walk.phone.shape(PHONE, 1.0, "light").await;
    }
    open(&walk.phone, &base).await;
    walk.phone.click("button[name=enough]").await;
    display
        .until(
            "!document.querySelector('#setup') && document.body.dataset.room === 'Sitzungssaal 2'",
        )
        .await;
    if let Some(folder) = &walk.pictures {
        fs::write(folder.join("walk-99-display.png"), display.picture().await).unwrap();
    }
}
