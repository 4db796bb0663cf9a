//! A call with words: a person in a room, its echo, the canceller in the graph, and a far end that is called by SIP, from speech to
//! speech. What arrives there is compared with what was said. Counts a skip where a program for it is not installed.

use drv_audio::graph::{PipewireGraph, conf};
use drv_audio::ports::{Canceller, Direction, Found, Graph, GraphFact, GraphOrder, Role};
use emulators::ports;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use voices::{
    ENGLISH_ANSWER, GERMAN, RATE, answer, can_run, intelligibility, later, level, read, speech, wav,
};

const SOON: Duration = Duration::from_secs(20);

/// Where the far end plays what it hears: in the same graph, so that one clock says how late it is.
const FAR_EAR: &str = "far-wall";

/// Streams get their ports without a session manager when they say which they want.
const PORTS: &str = "adapter.auto-port-config = { mode = dsp monitor = false position = preserve }";

/// Two microphones and a loudspeaker on a server of the test's own, in a room that sends the loudspeaker back to them.
struct World {
    folder: TempDir,
    running: Vec<Child>,
}

impl World {
    fn begin() -> World {
        let null = |name: &str, direction| conf::NullDevice {
            name: name.into(),
            title: name.to_uppercase(),
            direction,
        };
        let nulls = [
            null("table", Direction::Capture),
            null("ceiling", Direction::Capture),
            null("wall", Direction::Playback),
            null(FAR_EAR, Direction::Playback),
        ];
        let mut world = World {
            folder: tempfile::tempdir().expect("a folder"),
            running: Vec::new(),
        };
        let server = conf::server(&nulls, world.folder.path());
        world.write("server.conf", server.as_bytes());
        world.runs("pipewire", &["-c", &world.path("server.conf")]);
        let echo: Vec<f32> = answer(480, 1).iter().map(|x| x * 0.5).collect();
        world.write("echo.wav", &wav(&echo));
        world.write("room.conf", air(&world.path("echo.wav")).as_bytes());
        world
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    fn socket(&self) -> PathBuf {
        self.folder.path().join("pipewire-0")
    }

    fn write(&self, name: &str, bytes: &[u8]) {
        let path = self.folder.path().join(name);
        std::fs::create_dir_all(path.parent().expect("in the folder")).expect("made");
        std::fs::write(path, bytes).expect("written");
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .env("PIPEWIRE_RUNTIME_DIR", self.folder.path())
            .env("XDG_RUNTIME_DIR", self.folder.path())
            .env("PIPEWIRE_ALSA", format!("{{ {PORTS} }}"))
            .stdin(Stdio::null())
            .stderr(Stdio::null());
        command
    }

    /// Starts a program that ends with the world; what it says is in the file `log`, the program's own name, in the folder.
    /// Sound comes before whatever else the machine does, where that is allowed: as on a room's board, where a turn that is lost
    /// is heard.
    fn runs(&mut self, program: &str, words: &[&str]) -> usize {
        let log = std::fs::File::create(self.path(&format!("log-{}", self.running.len())));
        let first = ["-f", "20"];
        let allowed = Command::new("chrt").args(first).arg("true").status();
        let mut command = match allowed.is_ok_and(|done| done.success()) {
            true => self.command("chrt"),
            false => self.command(program),
        };
        if command.get_program() == "chrt" {
            command.args(first).arg(program);
        }
        let child = command.args(words).stdout(log.expect("a file")).spawn();
        self.running
            .push(child.unwrap_or_else(|error| panic!("{program}: {error}")));
        self.running.len() - 1
    }

    fn logs(&self, which: usize, part: &str) {
        let until = Instant::now() + SOON;
        let log = || std::fs::read_to_string(self.path(&format!("log-{which}"))).expect("a log");
        while !log().contains(part) {
            assert!(Instant::now() < until, "no {part} in {}", log());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Links two ports as soon as both are there.
    fn link(&self, out: &str, into: &str) {
        let until = Instant::now() + SOON;
        let done = || {
            self.command("pw-link")
                .args([out, into])
                .status()
                .expect("runs")
                .success()
        };
        while !done() {
            assert!(Instant::now() < until, "{out} to {into}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Takes a device away, as a hand does that pulls its plug.
    fn pull(&self, name: &str) {
        let list = self
            .command("pw-cli")
            .args(["ls", "Node"])
            .output()
            .expect("runs")
            .stdout;
        let list = String::from_utf8_lossy(&list).into_owned();
        let before = list
            .split(&format!("node.name = \"{name}\""))
            .next()
            .expect("some");
        let id = before
            .rsplit("\tid ")
            .next()
            .and_then(|text| text.split(',').next());
        let id = id.expect("the node is there");
        let done = self
            .command("pw-cli")
            .args(["destroy", id])
            .status()
            .expect("runs");
        assert!(done.success(), "{name} stays");
    }

    /// Records a node's stream in two channels until it is told to end.
    fn tape(&mut self, file: &str) -> usize {
        let properties = format!(
            "{{ node.name = tape media.class = Room/Tape node.autoconnect = false {PORTS} }}"
        );
        let file = self.path(file);
        let words = [
            "-r",
            "--target",
            "0",
            "--rate",
            "48000",
            "--channels",
            "2",
            "--channel-map",
            "AUX0,AUX1",
            "-P",
            &properties,
            &file,
        ];
        self.runs("pw-cat", &words)
    }

    /// A SIP client that takes any call, and calls `whom` at once.
    fn client(&mut self, name: &str, sound: [&str; 2], (port, whom): (u16, Option<u16>)) -> usize {
        let [source, player] = sound;
        let folder = self.path(name);
        let config = format!(
            "sip_listen 127.0.0.1:{port}\nnet_interface 127.0.0.1\naudio_source {source}\naudio_player {player}\n\
             audio_alert aubridge,alert\nausrc_srate 48000\nauplay_srate 48000\nausrc_channels 1\nauplay_channels 1\n\
             audio_level no\naudio_buffer 20-160\njitter_buffer_delay 5-10\nrtp_timeout 0\nopus_stereo no\n\
             opus_sprop_stereo no\nmodule_path /usr/lib/baresip/modules\nmodule opus.so\nmodule alsa.so\n\
             module aubridge.so\nmodule aufile.so\nmodule sndfile.so\nmodule_tmp account.so\nmodule_app menu.so\n\
             snd_path {folder}\n"
        );
        let account = format!(
            "<sip:{name}@127.0.0.1:{port};transport=udp>;regint=0;answermode=auto;audio_codecs=opus/48000/2\n"
        );
        self.write(&format!("{name}/config"), config.as_bytes());
        self.write(&format!("{name}/accounts"), account.as_bytes());
        let call = whom.map(|port| format!("d sip:far@127.0.0.1:{port}"));
        let mut words = vec!["-f", &folder, "-v"];
        words.extend(call.iter().flat_map(|call| ["-e", call]));
        self.runs("baresip", &words)
    }

    /// Ends a program in order, so that its recording is whole.
    fn ends(&mut self, which: usize) {
        let child = &mut self.running[which];
        let pid = nix::unistd::Pid::from_raw(i32::try_from(child.id()).expect("a pid"));
        nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGTERM).expect("it runs");
        child.wait().expect("it ends");
    }

    /// Ends a client, and reads what it heard.
    fn recording(&mut self, which: usize, name: &str) -> Vec<f32> {
        self.ends(which);
        let files = std::fs::read_dir(self.path(name)).expect("a folder");
        let mut files = files.map(|file| file.expect("a file").path());
        let heard = files.find(|file| file.to_string_lossy().ends_with("-dec.wav"));
        read(&heard.expect("it heard something"))
    }
}

impl Drop for World {
    fn drop(&mut self) {
        for child in self.running.iter_mut().rev() {
            // One that ended already is ended.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Where the loudspeaker comes back: PipeWire's own convolver, which shares nothing with what it is to prove.
fn air(answer: &str) -> String {
    let stream = |name: &str| {
        format!(
            "{{ node.name = {name} media.class = Room/Air node.group = air node.autoconnect = false {PORTS} }}"
        )
    };
    format!(
        "context.spa-libs = {{ audio.convert.* = audioconvert/libspa-audioconvert support.* = support/libspa-support }}\n\
         stream.properties = {{ {PORTS} }}\n\
         context.modules = [\n{{ name = libpipewire-module-rt flags = [ ifexists nofail ] }}\n\
         {{ name = libpipewire-module-protocol-native }}\n{{ name = libpipewire-module-client-node }}\n\
         {{ name = libpipewire-module-adapter }}\n{{ name = libpipewire-module-filter-chain args = {{\n\
         filter.graph = {{ nodes = [ {{ type = builtin label = convolver name = air config = {{ filename = \"{answer}\" }} }} ] }}\n\
         audio.rate = 48000 audio.channels = 1 audio.position = [ MONO ]\n\
         capture.props = {}\nplayback.props = {} }} }}\n]\n",
        stream("air-in"),
        stream("air-out")
    )
}

async fn until(graph: &mut PipewireGraph, wanted: impl Fn(&GraphFact) -> bool) -> GraphFact {
    loop {
        match tokio::time::timeout(SOON, graph.next()).await {
            Ok(Some(fact)) if wanted(&fact) => return fact,
            Ok(Some(_)) => {}
            other => panic!("{other:?}"),
        }
    }
}

fn silence(seconds: usize) -> Vec<f32> {
    vec![0.0; seconds * RATE]
}

#[tokio::test(flavor = "multi_thread")]
async fn the_far_end_understands_the_room_and_does_not_hear_itself() {
    let programs = [
        "pipewire",
        "pw-cat",
        "pw-link",
        "pw-cli",
        "baresip",
        "espeak-ng",
    ];
    if !can_run("voice", &programs) {
        return;
    }
    let far: Vec<f32> = speech("de", GERMAN)[..9 * RATE].to_vec();
    let said: Vec<f32> = speech("en+f3", ENGLISH_ANSWER)
        .iter()
        .map(|x| x * 0.5)
        .collect();
    let mut world = World::begin();
    world.write(
        "far.wav",
        &wav(&[silence(1), far.clone(), silence(20)].concat()),
    );
    world.write(
        "said.wav",
        &wav(&[silence(6), said.clone(), silence(1)].concat()),
    );
    let mut graph = PipewireGraph::open(world.socket()).expect("a thread");
    let there = |fact: &GraphFact| matches!(fact, GraphFact::Nodes(nodes) if nodes.len() == 4);
    let GraphFact::Nodes(nodes) = until(&mut graph, there).await else {
        panic!("nodes")
    };
    let device = |name: &str| {
        nodes
            .iter()
            .find(|found: &&Found| found.id.as_str() == name)
            .cloned()
    };
    graph.order(GraphOrder::Cancel(Canceller::On));
    graph.order(GraphOrder::Use(Role::Loudspeaker, device("wall")));
    graph.order(GraphOrder::Use(Role::Microphone, device("table")));
    world.runs("pipewire", &["-c", &world.path("room.conf")]);
    let socket = world.socket().display().to_string();
    world.runs(env!("CARGO_BIN_EXE_room-canceller"), &["--socket", &socket]);
    world.link("wall:monitor_FL", "air-in:input_MONO");
    world.link("air-out:output_MONO", "table:input_MONO");
    world.link("air-out:output_MONO", "ceiling:input_MONO");
    until(&mut graph, |fact| {
        *fact == GraphFact::Cancels(Canceller::On)
    })
    .await;

    let file = format!("aufile,{}", world.path("far.wav"));
    let (far_port, room_port) = (ports::free(), ports::free());
    let player = ["alsa,pipewire:NODE=", FAR_EAR].concat();
    let other = world.client("far", [&file, &player], (far_port, None));
    world.logs(other, "baresip is ready");
    let sound = ["alsa,pipewire", "alsa,pipewire"];
    world.client("room", sound, (room_port, Some(far_port)));
    world.logs(other, "Call established");
    let file = world.path("said.wav");
    let properties = format!(
        "{{ node.name = person media.class = Room/Person node.autoconnect = false {PORTS} }}"
    );
    let words = [
        "-p",
        "--target",
        "0",
        "--rate",
        "48000",
        "--channels",
        "1",
        "--channel-map",
        "AUX0",
        "-P",
    ];
    let words = [&words[..], &[&properties, &file]].concat();
    let person = world.runs("pw-cat", &words);
    world.link("person:output_AUX0", "table:input_MONO");
    world.link("person:output_AUX0", "ceiling:input_MONO");
    let tape = world.tape("tape.wav");
    world.link("person:output_AUX0", "tape:input_AUX0");
    world.link(&format!("{FAR_EAR}:monitor_FL"), "tape:input_AUX1");
    let began = Instant::now();

    // In the middle of a sentence that is spoken from the seventh second on.
    tokio::time::sleep_until((began + Duration::from_secs(13)).into()).await;
    world.pull("table");
    let begin = Instant::now();
    let absent = |fact: &GraphFact| matches!(fact, GraphFact::Nodes(nodes) if nodes.len() == 3);
    until(&mut graph, absent).await;
    let ceiling = device("ceiling").expect("it was there");
    let wanted = GraphFact::Using(Role::Microphone, Some(ceiling.id.clone()));
    graph.order(GraphOrder::Use(Role::Microphone, Some(ceiling)));
    until(&mut graph, |fact| *fact == wanted).await;
    let took = begin.elapsed();
    println!("another microphone {took:?} after the first was pulled");
    assert!(took < Duration::from_secs(1), "{took:?}");
    let spoken = tokio::task::spawn_blocking(move || {
        world.running[person].wait().expect("it ends");
        world.ends(tape);
        let both = read(world.path("tape.wav").as_ref());
        (world.recording(other, "far"), both)
    });
    let (heard, both) = tokio::time::timeout(SOON, spoken)
        .await
        .expect("in time")
        .expect("heard");
    judge(&far, &said, &heard);
    let late = lateness(&said, &both);
    println!("from mouth to ear {late:.3} s");
    // As between two rooms in a page's conference.
    assert!((0.02..0.5).contains(&late), "{late} s");
}

/// By how many seconds what was said came later to the far end's loudspeaker, of both in one recording.
fn lateness(said: &[f32], both: &[f32]) -> f64 {
    let channel = |n: usize| -> Vec<f32> { both.iter().skip(n).step_by(2).copied().collect() };
    // While nobody else speaks.
    let words = &said[4 * RATE..6 * RATE];
    let [mouth, ear] = [0, 1].map(|n| later(words, &channel(n)).0);
    (ear as f64 - mouth as f64) / RATE as f64
}

/// Compares what the far end heard with what was said to it.
fn judge(far: &[f32], said: &[f32], heard: &[f32]) {
    let part = |from: usize, to: usize| &said[from * RATE..to * RATE];
    let find = |words: &[f32]| {
        let (at, alike) = later(words, heard);
        let there = &heard[at..(at + words.len()).min(heard.len())];
        let words = &words[..there.len()];
        (
            at,
            alike,
            level(there) - level(words),
            intelligibility(words, there),
        )
    };
    // While both speak; alone; and after the microphone was changed.
    let (at, _, _, together) = find(part(1, 3));
    let (_, alike, change, alone) = find(part(4, 6));
    let (_, _, after_change, after) = find(part(8, 10));
    // Two seconds after the far end began, until the person did: the person's first word stands one second before `at`.
    let begin = at - RATE;
    let echo = &heard[begin - 2 * RATE..begin - RATE / 5];
    let loss = level(far) - level(echo);
    let silent = voices::silence(&heard[at..at + 9 * RATE], -70.0);
    println!(
        "echo {loss:.1} dB down; alone {change:.1} dB, STOI {alone:.2} (alike {alike:.2}); with both STOI {together:.2}; another \
         microphone {after_change:.1} dB, STOI {after:.2}; longest silence {silent:.2} s"
    );
    // The room alone takes 12 dB. The canceller makes 50 and more of it, but a machine so busy that sound loses turns moves the
    // echo in time with each of them, and it is learnt anew for a second.
    assert!(
        loss >= 20.0,
        "the far end hears itself, only {loss:.1} dB softer"
    );
    assert!(
        change.abs() <= 6.0 && after_change.abs() <= 6.0,
        "{change} dB, {after_change} dB"
    );
    assert!(alone >= 0.7 && after >= 0.7, "{alone}, {after}");
    assert!(together >= 0.6, "{together}");
    assert!(silent <= 1.0, "{silent} s of silence");
}
