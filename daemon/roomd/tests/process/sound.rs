//! The real daemon and a real sound server with devices that it invents: the microphone stays as the room says whoever turns it,
//! and devices, server and daemon go and come back.

use crate::contract::{Browser, can_run, later};
use crate::kit::{Daemon, Folder, ROOM, SOON, until};
use crate::phone::Phone;
use emulators::ports;
use emulators::puck::Puck;
use futures_util::{SinkExt as _, StreamExt as _};
use nix::sys::signal::Signal;
use room_api::{Fault, Phase, Sound, Switch};
use serde_json::{Value, json};
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};
use wire::{Key, KeyKind, Ring};

/// A microphone that is told something is there by then, on a machine that does ten other things.
const SETTLED: Duration = Duration::from_secs(60);

/// What stands in a room's file about its sound.
pub const SOUND: &str = r#"
[microphones.table]
name = "Tischmikrofon"
stand_in = true
[microphones.ceiling]
name = "Deckenmikrofon"
stand_in = true
[loudspeakers.front]
name = "Saal"
stand_in = true
[sound]
server = "run/sound"
clients = "sound-clients"
"#;

/// Whether this machine has a sound server. Never silent.
pub fn can_sound() -> bool {
    let there = |program: &str| Command::new(program).arg("--version").output().is_ok();
    if ["pipewire", "pipewire-pulse", "pw-cli", "pw-dump"]
        .iter()
        .all(|program| there(program))
    {
        return true;
    }
    let all = std::env::var("ROOMD_TESTS").is_ok_and(|what| what == "all");
    assert!(
        !all,
        "all tests were asked for, but this one needs PipeWire"
    );
    eprintln!("SKIPPED: needs pipewire, pipewire-pulse and pipewire-bin");
    false
}

/// A part of the room's sound server, as its unit starts it; gone when dropped.
pub struct Server(Child);

impl Server {
    pub fn start(folder: &Folder, words: &[&str]) -> Self {
        let log = fs::File::create(folder.path("sound-server.log")).unwrap();
        let child = Command::new(env!("CARGO_BIN_EXE_roomd"))
            .args(["sound-server", "--room"])
            .arg(folder.path("room.toml"))
            .args(words)
            .current_dir("/")
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        Server(child)
    }

    pub fn pid(&self) -> u32 {
        self.0.id()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The graph as PipeWire's own tools see it.
pub struct Graph<'a>(pub &'a Folder);

impl Graph<'_> {
    fn tool(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .env("PIPEWIRE_RUNTIME_DIR", self.0.path("run/sound"))
            .stdin(Stdio::null())
            .stderr(Stdio::null());
        command
    }

    fn dump(&self) -> Vec<Value> {
        let output = self.tool("pw-dump").output().unwrap().stdout;
        serde_json::from_slice(&output).unwrap_or_default()
    }

    fn node(&self, name: &str) -> Option<Value> {
        let all = self.dump();
        all.into_iter()
            .find(|object| object["info"]["props"]["node.name"] == name)
    }

    /// Whether the room's microphone lets anything through.
    pub fn is_muted(&self) -> bool {
        let node = self.node("room-microphone");
        node.is_some_and(|node| node["info"]["params"]["Props"][0]["mute"] == true)
    }

    /// As somebody would who wants to listen in.
    pub fn open_from_outside(&self) {
        self.set("room-microphone", "{ mute: false }");
    }

    fn set(&self, name: &str, props: &str) {
        let node = self.node(name).unwrap()["id"].to_string();
        let mut tool = self.tool("pw-cli");
        let set = tool.args(["set-param", &node, "Props", props]);
        assert!(set.stdout(Stdio::null()).status().unwrap().success());
    }

    /// As if its plug were pulled.
    pub fn pull(&self, name: &str) {
        let node = self.node(name).unwrap()["id"].to_string();
        let mut tool = self.tool("pw-cli");
        let pulled = tool.args(["destroy", &node]).stdout(Stdio::null());
        assert!(pulled.status().unwrap().success());
    }

    /// As if it were plugged in.
    pub fn plug(&self, name: &str) {
        let props = format!(
            "{{ factory.name=support.null-audio-sink node.name={name} node.description=again media.class=Room/Device \
             audio.position=MONO room.device=capture object.linger=true priority.driver=1000 \
             adapter.auto-port-config={{ mode=dsp monitor=true position=preserve }} }}"
        );
        let mut tool = self.tool("pw-cli");
        let plugged = tool.args(["create-node", "adapter", &props]);
        assert!(plugged.stdout(Stdio::null()).status().unwrap().success());
    }

    /// Lets a port's sound go to another as soon as both are there.
    pub fn link(&self, out: &str, into: &str) {
        until("two ports", || {
            let made = self.tool("pw-link").args([out, into]).status();
            made.unwrap().success().then_some(())
        });
    }

    /// The page's own stream that the room's microphone goes to: another number is another capture.
    pub fn captures(&self) -> Vec<u64> {
        let all = self.dump();
        let ours = all.iter().filter(|object| {
            let class = &object["info"]["props"]["media.class"];
            let name = object["info"]["props"]["node.name"].as_str();
            class == "Stream/Input/Audio" && name.is_some_and(|n| n.starts_with("Chromium"))
        });
        ours.filter_map(|node| node["id"].as_u64()).collect()
    }

    /// Names of the nodes that a node's sound comes from.
    pub fn sources(&self, name: &str) -> Vec<String> {
        self.beyond(name, ("input-node-id", "output-node-id"))
    }

    /// Names of the nodes that a node's sound goes to.
    pub fn ears(&self, name: &str) -> Vec<String> {
        self.beyond(name, ("output-node-id", "input-node-id"))
    }

    fn beyond(&self, name: &str, (here, there): (&str, &str)) -> Vec<String> {
        let all = self.dump();
        let id = |name: &str| {
            let node = all
                .iter()
                .find(|object| object["info"]["props"]["node.name"] == name);
            node.and_then(|node| node["id"].as_u64())
        };
        let called = |id: u64| {
            let node = all.iter().find(|object| object["id"] == id);
            node.and_then(|node| node["info"]["props"]["node.name"].as_str())
                .map(str::to_owned)
        };
        let links = all
            .iter()
            .filter(|object| object["type"] == "PipeWire:Interface:Link");
        let own = links.filter(|link| link["info"][here].as_u64() == id(name));
        own.filter_map(|link| called(link["info"][there].as_u64()?))
            .collect()
    }
}

pub fn sound(daemon: &Daemon) -> Sound {
    daemon.state().sound.expect("the room has sound")
}

/// What is used, and for which better device it stands in.
fn microphone(daemon: &Daemon) -> (Option<String>, Option<String>) {
    let used = sound(daemon).microphone.expect("one is planned");
    (used.device, used.instead_of)
}

pub fn uses(daemon: &Daemon, name: &str) -> Option<()> {
    let (device, _) = microphone(daemon);
    (device.as_deref() == Some(name)).then_some(())
}

fn fault(daemon: &Daemon, code: &str) -> Option<Fault> {
    let faults = daemon.state().faults;
    faults.into_iter().find(|fault| fault.code == code)
}

#[test]
fn the_rooms_sound_is_the_rooms_whoever_turns_pulls_or_kills() {
    if !can_sound() {
        return;
    }
    let folder = Folder::with(&format!("{ROOM}{SOUND}"));
    let graph = Graph(&folder);
    let server = Server::start(&folder, &[]);
    let daemon = folder.start(&[]);
    until("the best microphone", || uses(&daemon, "Tischmikrofon"));
    until("a closed microphone", || graph.is_muted().then_some(()));
    until("the loudspeaker's loudness", || daemon.state().volume.seen);
    assert_eq!(graph.sources("room-microphone"), ["stand-in-table"]);
    assert!(!graph.sources("stand-in-front").is_empty());

    until("figures for IT", || {
        let (_, figures) = daemon.ask("GET", "/metrics", "");
        let loudness = "roomd_sound_decibels{role=\"loudspeaker\",figure=\"rms\"}";
        figures.contains(loudness).then_some(())
    });

    // Somebody at the machine opens it: it is closed again, and said.
    graph.open_from_outside();
    until("the alarm", || fault(&daemon, "mic-forced"));
    until("the microphone closed again", || {
        graph.is_muted().then_some(())
    });

    // Made anew at a press.
    assert_eq!(daemon.press(r#"{"press":"reset-sound"}"#), 202);
    let began = Instant::now();
    until("the sound made anew", || {
        (!sound(&daemon).resetting && uses(&daemon, "Tischmikrofon").is_some()).then_some(())
    });
    let took = began.elapsed();
    eprintln!("sound made anew in {took:?}");
    assert!(took < Duration::from_secs(2), "{took:?}");
    assert!(graph.is_muted());

    // Pulled and plugged.
    graph.pull("stand-in-table");
    let began = Instant::now();
    until("another microphone", || uses(&daemon, "Deckenmikrofon"));
    eprintln!("another microphone in {:?}", began.elapsed());
    assert_eq!(microphone(&daemon).1.as_deref(), Some("Tischmikrofon"));
    until("the sentence about it", || fault(&daemon, "mic-fallback"));
    assert!(graph.is_muted());
    graph.plug("stand-in-table");
    until("the best microphone again", || {
        uses(&daemon, "Tischmikrofon")
    });
    until("nothing to say", || {
        fault(&daemon, "mic-fallback").is_none().then_some(())
    });

    // The server dies.
    drop(server);
    until("the server's absence", || sound(&daemon).server);
    until("the sentence about it", || {
        fault(&daemon, "sound-server-gone")
    });
    let _server = Server::start(&folder, &[]);
    until("everything back", || uses(&daemon, "Tischmikrofon"));
    until("a closed microphone", || graph.is_muted().then_some(()));
    assert_eq!(sound(&daemon).server, None);

    // Other devices by a new file; the daemon dies, and links stay.
    let other = SOUND.replace("Tischmikrofon", "Pult");
    folder.write("room.toml", &format!("{ROOM}{other}"));
    daemon.signal(Signal::SIGHUP);
    until("the new name", || uses(&daemon, "Pult"));
    drop(daemon);
    assert_eq!(graph.sources("room-microphone"), ["stand-in-table"]);
    assert!(graph.is_muted());
}

#[test]
fn a_sound_server_that_is_not_there_is_named() {
    let folder = Folder::with(&format!("{ROOM}{SOUND}"));
    let daemon = folder.start(&[]);
    until("the fault", || fault(&daemon, "sound-server-gone"));
    assert!(uses(&daemon, "Tischmikrofon").is_none());
}

/// The panel in the room: presses there may open what presses from elsewhere may not.
pub struct Panel {
    port: u16,
    token: String,
}

impl Panel {
    pub fn open(port: u16) -> Self {
        let page = said(
            port,
            &format!("GET /panel HTTP/1.0\r\nHost: 127.0.0.1:{port}\r\n\r\n"),
        );
        let mark = "name=\"roomd-token\" content=\"";
        let token = page.split_once(mark).expect("the page has a token").1;
        let token = token.split('"').next().unwrap().to_owned();
        Panel { port, token }
    }

    pub fn press(&self, press: &str) {
        let Panel { port, token } = self;
        let length = press.len();
        let answer = said(
            *port,
            &format!(
                "POST /api/v1/press HTTP/1.0\r\nHost: 127.0.0.1:{port}\r\nX-Roomd-Token: {token}\r\n\
                 Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{press}"
            ),
        );
        assert!(answer.contains(" 202 "), "{answer}");
    }
}

fn said(port: u16, request: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.set_read_timeout(Some(SOON)).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

pub fn in_call(daemon: &Daemon) -> bool {
    matches!(daemon.state().phase, Phase::InCall { .. })
}

/// What whoever leads the conference knows.
const CHAIR: &str = "vorsitz-0815";

/// A room that is called to the practice conference and whose pages have its own sound, its panel's port, and the conference's.
fn callable() -> (Folder, u16, u16) {
    let practice = ports::free();
    let own = format!(
        "[practice]\nlisten = \"127.0.0.1:{practice}\"\non_demand = true\n\
         [practice.conferences.ratsrunde]\nhost_code = \"{CHAIR}\"\n"
    );
    let (folder, port) = callable_to(practice, &format!("{own}{SOUND}"));
    (folder, port, practice)
}

/// A room that is called to the conference at this port; what else stands in its file, and its panel's port.
pub fn callable_to(practice: u16, more: &str) -> (Folder, u16) {
    let port = ports::free();
    let folder = Folder::with(&format!(
        "board = \"generic-pc\"\n[room]\nname = \"Testsaal\"\nstate_dir = \"state\"\n\
         [faces]\nlisten = \"127.0.0.1:{port}\"\nsocket = \"run/control.sock\"\n\
         [hosts]\n\"127.0.0.1:{practice}\" = \"practice\"\n\
         [standing]\nlink = \"http://127.0.0.1:{practice}/practice/ratsrunde\"\n\
         [browser]\nuser = \"nobody\"\nheadless = true\n{more}"
    ));
    // The browser's account reaches the folder of the socket for clients; that of the graph lies below one that is closed to it.
    fs::set_permissions(folder.path("."), fs::Permissions::from_mode(0o755)).unwrap();
    (folder, port)
}

/// The graph; a new one takes the place of the old one's socket.
pub fn graph_of(folder: &Folder) -> Server {
    let socket = folder.path("run/sound/pipewire-0");
    let _ = fs::remove_file(&socket);
    let server = Server::start(folder, &[]);
    until("the graph's socket", || socket.exists().then_some(()));
    server
}

/// In a call, dark and silent.
fn enter(folder: &Folder, port: u16) -> (Daemon, Browser, Panel) {
    enter_with(folder, port, |_| ())
}

/// The same; something is done with the browser as soon as it runs.
pub fn enter_with(folder: &Folder, port: u16, runs: impl Fn(&Browser)) -> (Daemon, Browser, Panel) {
    enter_by(folder.start(&[]), folder, port, runs)
}

fn enter_by(
    daemon: Daemon,
    folder: &Folder,
    port: u16,
    runs: impl Fn(&Browser),
) -> (Daemon, Browser, Panel) {
    let browser = Browser::start(folder);
    later("the browser", &daemon, || {
        daemon.log().contains("the browser obeys").then_some(())
    });
    runs(&browser);
    let panel = Panel::open(port);
    panel.press(r#"{"press":"join-standing"}"#);
    later("the conference", &daemon, || in_call(&daemon).then_some(()));
    settled(&daemon, &Graph(folder), Switch::Closed);
    (daemon, browser, panel)
}

/// A table button of the room, and what it runs on.
struct Button {
    runtime: Runtime,
    puck: Puck,
}

impl Button {
    /// On the table before the daemon starts.
    fn laid(folder: &Folder) -> Button {
        let line = folder.path("button");
        let room = fs::read_to_string(folder.path("room.toml")).unwrap();
        let table = format!("[pucks.table]\nserial = \"{}\"\n", line.display());
        folder.write("room.toml", &format!("{room}{table}"));
        let mut threads = tokio::runtime::Builder::new_multi_thread();
        let runtime = threads.worker_threads(1).enable_all().build().unwrap();
        let inside = runtime.enter();
        let puck = Puck::start(&line).unwrap();
        drop(inside);
        Button { runtime, puck }
    }

    fn mute(&self) {
        let pressed = self.puck.press(Key::Mute, KeyKind::Short);
        self.runtime.block_on(pressed).unwrap();
    }

    fn shows(&self, ring: Ring) {
        let is = self
            .puck
            .until(SOON, |seen| seen.face.is_some_and(|face| face.ring == ring));
        let shown = self.runtime.block_on(is);
        shown.unwrap_or_else(|error| panic!("{ring:?}: {error}"));
    }
}

/// Whoever leads the conference, without a browser: a page that only talks to the server.
struct Chair(WebSocketStream<MaybeTlsStream<tokio::net::TcpStream>>);

impl Chair {
    async fn takes_place(practice: u16) -> Chair {
        let place = format!("ws://127.0.0.1:{practice}/practice/ratsrunde/ws");
        let (socket, _) = tokio_tungstenite::connect_async(place).await.unwrap();
        let mut chair = Chair(socket);
        chair
            .says(
                json!({ "type": "join", "name": "Vorsitz", "passcode": null, "host_code": CHAIR }),
            )
            .await;
        chair
    }

    async fn says(&mut self, message: Value) {
        let text = Message::Text(message.to_string().into());
        self.0.send(text).await.unwrap();
    }

    /// The other participant, as the conference calls them.
    async fn other(&mut self) -> Value {
        let seek = async {
            loop {
                let Some(Ok(Message::Text(text))) = self.0.next().await else {
                    continue;
                };
                let said: Value = serde_json::from_str(&text).unwrap();
                let people = said["people"].as_array().cloned().unwrap_or_default();
                let mut others = people.iter().filter(|person| person["role"] == "guest");
                if let Some(other) = others.next() {
                    return other["id"].clone();
                }
            }
        };
        tokio::time::timeout(SOON, seek).await.unwrap()
    }
}

/// The microphone as everybody says it is: the lamp, what is under way, whether the graph lets it through, and to the page.
fn microphone_now(daemon: &Daemon, graph: &Graph) -> (Option<Switch>, Option<Switch>, bool, bool) {
    let mic = daemon.state().mic;
    (mic.seen, mic.becoming, !graph.is_muted(), page_hears(graph))
}

/// Waits until all of them say this, and nothing is under way any more.
fn settled(daemon: &Daemon, graph: &Graph, wanted: Switch) {
    settled_or(daemon, graph, wanted, || ());
}

fn settled_or(daemon: &Daemon, graph: &Graph, wanted: Switch, refused: impl Fn()) {
    let began = Instant::now();
    let open = wanted == Switch::Open;
    loop {
        let now = microphone_now(daemon, graph);
        if now == (Some(wanted), None, open, open) {
            return;
        }
        if fault(daemon, "mic-disobeys").is_some() {
            refused();
        }
        let rest = SETTLED.saturating_sub(began.elapsed());
        assert!(!rest.is_zero(), "{now:?} and not {wanted:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Longer than a microphone takes that a person opens.
fn stays_closed(daemon: &Daemon, graph: &Graph) {
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(2) {
        let (seen, _, lets_through, _) = microphone_now(daemon, graph);
        assert_eq!((seen, lets_through), (Some(Switch::Closed), false));
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Whether the room's microphone is linked to the page, by what the graph says.
fn page_hears(graph: &Graph) -> bool {
    let ears = graph.ears("room-microphone");
    ears.iter().any(|ear| ear.starts_with("Chromium"))
}

/// As a person does: on a machine that is too busy the room gives an opening up after nine seconds, and is asked again.
pub fn open(daemon: &Daemon, panel: &Panel, graph: &Graph) {
    let press = || panel.press(r#"{"press":"mic","to":"open"}"#);
    press();
    settled_or(daemon, graph, Switch::Open, press);
}

#[test]
fn a_page_in_a_call_has_the_rooms_own_sound_and_each_way_to_close_the_microphone_closes_all_of_it()
{
    if !can_run() || !can_sound() {
        return;
    }
    let (folder, port, practice) = callable();
    let button = Button::laid(&folder);
    let phone = Phone::laid(&folder);
    let graph = Graph(&folder);
    let _server = graph_of(&folder);
    let _clients = Server::start(&folder, &["--clients"]);
    let daemon = folder.start_behind(&phone.mounts());
    let (daemon, _browser, panel) = enter_by(daemon, &folder, port, |_| ());

    open(&daemon, &panel, &graph);
    assert!(fault(&daemon, "mic-forced").is_none());

    // The table button's key: its ring shows what was seen.
    button.shows(Ring::Green);
    button.mute();
    settled(&daemon, &graph, Switch::Closed);
    button.shows(Ring::Red);
    open(&daemon, &panel, &graph);
    button.shows(Ring::Green);

    // The speakerphone's own key: its lamp, too.
    phone.shows(false);
    phone.mute();
    settled(&daemon, &graph, Switch::Closed);
    phone.shows(true);
    open(&daemon, &panel, &graph);

    // Whoever leads the conference closes it; that nobody there opens it, they may try.
    let mut chair = button.runtime.block_on(Chair::takes_place(practice));
    let room = button.runtime.block_on(chair.other());
    let says = |chair: &mut Chair, what| {
        let message = json!({ "type": what, "who": room });
        button.runtime.block_on(chair.says(message));
    };
    says(&mut chair, "mute");
    settled(&daemon, &graph, Switch::Closed);
    says(&mut chair, "unmute");
    stays_closed(&daemon, &graph);
    drop(chair);
    open(&daemon, &panel, &graph);

    // IT closes it from afar.
    assert_eq!(daemon.press(r#"{"press":"mic","to":"closed"}"#), 202);
    settled(&daemon, &graph, Switch::Closed);

    // Closed in the graph: closed in the conference.
    open(&daemon, &panel, &graph);
    graph.set("room-microphone", "{ mute: true }");
    settled(&daemon, &graph, Switch::Closed);

    // Made anew, and pulled: the call stays, and so does its microphone.
    open(&daemon, &panel, &graph);
    panel.press(r#"{"press":"reset-sound"}"#);
    let began = Instant::now();
    until("the sound made anew", || {
        (!sound(&daemon).resetting).then_some(())
    });
    assert!(began.elapsed() < Duration::from_secs(2));
    graph.pull("stand-in-table");
    until("another microphone", || uses(&daemon, "Deckenmikrofon"));
    settled(&daemon, &graph, Switch::Open);
    assert_eq!(daemon.press(r#"{"press":"leave"}"#), 202);
    until("the end", || (!in_call(&daemon)).then_some(()));
    until("a closed microphone", || graph.is_muted().then_some(()));
}

#[test]
fn a_sound_server_that_dies_in_a_call_whole_or_in_part_is_back_in_it_and_a_person_opens_the_microphone_again()
 {
    if !can_run() || !can_sound() {
        return;
    }
    let (folder, port, _) = callable();
    let graph = Graph(&folder);
    let mut server = Some(graph_of(&folder));
    let mut clients = Some(Server::start(&folder, &["--clients"]));
    let (daemon, _browser, panel) = enter(&folder, port);
    open(&daemon, &panel, &graph);

    // The graph, the graph and its face for clients, the face alone.
    for (dies, with_its_face) in [(true, false), (true, true), (false, true)] {
        server = server.filter(|_| !dies);
        clients = clients.filter(|_| !with_its_face);
        until("the sentence about it", || {
            fault(&daemon, "sound-server-gone")
        });
        assert!(in_call(&daemon), "the call goes on");
        // A graph that lives is closed in the next moment.
        until("a microphone that is not open", || {
            (daemon.state().mic.seen != Some(Switch::Open)).then_some(())
        });
        panel.press(r#"{"press":"mic","to":"open"}"#);
        assert_ne!(daemon.state().mic.seen, Some(Switch::Open));

        server = server.or_else(|| Some(graph_of(&folder)));
        clients = clients.or_else(|| Some(Server::start(&folder, &["--clients"])));
        let began = Instant::now();
        later("the call anew", &daemon, || {
            let faults = ["sound-server-gone", "call-without-sound"];
            let lost = faults.iter().any(|code| fault(&daemon, code).is_some());
            (in_call(&daemon) && !lost).then_some(())
        });
        eprintln!("in the call again after {:?}", began.elapsed());
        settled(&daemon, &graph, Switch::Closed);
        open(&daemon, &panel, &graph);
    }
    assert_eq!(daemon.press(r#"{"press":"mic","to":"closed"}"#), 202);
    settled(&daemon, &graph, Switch::Closed);
    drop((server, clients));
}
