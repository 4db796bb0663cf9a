//! A private sound server with a virtual room in it: null sinks for loudspeakers, null sources for microphones, and between them
//! the made-up room of `preflight`'s own tests, whose impulse responses the server's own convolver plays in real time.

use preflight::sound::Sweep;
use preflight_probe::studio::Studio;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

#[path = "../../../preflight/tests/common/mod.rs"]
pub mod rooms;

pub use rooms::{LOUDSPEAKERS, MICROPHONES, RATE, Room};

/// Whether a private server can run here. Never silent; fails when all tests were asked for.
pub fn can_run() -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let on_path =
        |program: &str| std::env::split_paths(&path).any(|place| place.join(program).is_file());
    if ["pipewire", "pw-cat", "pw-cli", "pw-link"]
        .into_iter()
        .all(on_path)
    {
        return true;
    }
    let why = "needs pipewire and its programs";
    assert!(
        std::env::var("ROOMD_TESTS").as_deref() != Ok("all"),
        "all tests were asked for, but this one {why}"
    );
    eprintln!("SKIPPED: the virtual room: {why}");
    false
}

/// Samples of one turn of the server. The filter's two ends run in either order, so that a way may be later by one.
pub const QUANTUM: u32 = 128;

const PORTS: &str = "adapter.auto-port-config = { mode = dsp monitor = true position = preserve }";

/// What of the room is heard at the server.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wiring {
    /// A microphone whose socket is empty.
    pub dead: Option<usize>,
    /// A mains tone at a microphone, in decibels of full scale.
    pub hum: Option<(usize, f64)>,
}

/// A server with a room in it.
pub struct VirtualRoom {
    folder: TempDir,
    programs: Vec<Child>,
}

impl Drop for VirtualRoom {
    fn drop(&mut self) {
        for program in self.programs.iter_mut().rev() {
            let _ = program.kill();
            let _ = program.wait();
        }
    }
}

impl VirtualRoom {
    pub fn open(room: &Room, wiring: Wiring) -> VirtualRoom {
        let mut this = VirtualRoom {
            folder: TempDir::new().unwrap(),
            programs: Vec::new(),
        };
        let config = this.config(room);
        this.start("pipewire", &["-c", &config]);
        this.give_ports("in", "Input");
        this.give_ports("out", "Output");
        let mut links = Vec::new();
        for (l, loudspeaker) in LOUDSPEAKERS.iter().enumerate() {
            links.push((
                format!("{loudspeaker}:monitor_MONO"),
                format!("in:input_{}", aux(l)),
            ));
        }
        for (m, microphone) in MICROPHONES.iter().enumerate() {
            if wiring.dead != Some(m) {
                links.push((
                    format!("out:output_{}", aux(m)),
                    format!("{microphone}:input_MONO"),
                ));
            }
        }
        for (from, to) in links {
            this.link(&from, &to);
        }
        let noise = |m: usize| {
            let hum = wiring
                .hum
                .filter(|(which, _)| *which == m)
                .map(|(_, level)| level);
            noise_of(room.noise[m], hum, m as u64)
        };
        for (m, microphone) in MICROPHONES.iter().enumerate() {
            if wiring.dead == Some(m) {
                continue;
            }
            let file = this.folder.path().join(format!("noise-{m}.wav"));
            wav(&file, &noise(m));
            let name = format!("noise{m}");
            let properties = format!(
                "{{ node.name = {name} node.autoconnect = false adapter.auto-port-config = {{ mode = dsp position = preserve }} }}"
            );
            let file = file.to_string_lossy().into_owned();
            let rate = RATE.to_string();
            let words = [
                "-p",
                "--target",
                "0",
                "--rate",
                &rate,
                "--channel-map",
                "AUX0",
                "--channels",
                "1",
                "-P",
                &properties,
                &file,
            ];
            this.start("pw-cat", &words);
            this.link(
                &format!("{name}:output_AUX0"),
                &format!("{microphone}:input_MONO"),
            );
        }
        this
    }

    pub fn studio(&self) -> Studio {
        Studio::at(self.folder.path().to_path_buf())
    }

    pub fn runtime(&self) -> PathBuf {
        self.folder.path().to_path_buf()
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .env("PIPEWIRE_RUNTIME_DIR", self.folder.path())
            .env("XDG_RUNTIME_DIR", self.folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command
    }

    fn start(&mut self, program: &str, words: &[&str]) {
        let child = self.command(program).args(words).spawn().unwrap();
        self.programs.push(child);
    }

    /// What a session manager does to the server's own filter, which cannot say by itself which ports it wants.
    fn give_ports(&self, node: &str, direction: &str) {
        let until = Instant::now() + Duration::from_secs(20);
        let id = loop {
            if let Some(id) = self.node(node) {
                break id;
            }
            assert!(Instant::now() < until, "no node {node}");
            std::thread::sleep(Duration::from_millis(30));
        };
        let wish = format!(
            "{{ direction = {direction} mode = dsp format = {{ mediaType = audio mediaSubtype = raw format = F32P \
             rate = {RATE} channels = 2 position = [ AUX0 AUX1 ] }} }}"
        );
        let words = ["set-param", &id, "PortConfig", &wish];
        assert!(
            self.command("pw-cli")
                .args(words)
                .status()
                .unwrap()
                .success()
        );
    }

    fn node(&self, name: &str) -> Option<String> {
        let all = self
            .command("pw-cli")
            .args(["ls", "Node"])
            .stdout(Stdio::piped())
            .output()
            .ok()?;
        let text = String::from_utf8_lossy(&all.stdout).into_owned();
        let (before, _) = text.split_once(&format!("node.name = \"{name}\""))?;
        let (_, id) = before.rsplit_once("\tid ")?;
        Some(id.split_once(',')?.0.to_owned())
    }

    /// Ports come when they come.
    fn link(&self, from: &str, to: &str) {
        let until = Instant::now() + Duration::from_secs(20);
        while !self
            .command("pw-link")
            .args([from, to])
            .status()
            .unwrap()
            .success()
        {
            assert!(Instant::now() < until, "no link from {from} to {to}");
            std::thread::sleep(Duration::from_millis(30));
        }
    }

    /// The server's own file: nothing of the system's, no session manager, no bus.
    fn config(&self, room: &Room) -> String {
        let mut objects = String::from(
            "{ factory = spa-node-factory args = { factory.name = support.node.driver node.name = Driver \
             node.group = pipewire.dummy priority.driver = 20000 } }\n",
        );
        let mut node = |name: &str, class: &str| {
            writeln!(
                objects,
                "{{ factory = adapter args = {{ factory.name = support.null-audio-sink node.name = {name} \
                 media.class = {class} object.linger = true audio.position = [ MONO ] {PORTS} }} }}"
            )
            .unwrap();
        };
        LOUDSPEAKERS
            .iter()
            .for_each(|name| node(name, "Audio/Sink"));
        MICROPHONES
            .iter()
            .for_each(|name| node(name, "Audio/Source/Virtual"));
        let text = format!(
            "context.properties = {{ core.daemon = true core.name = pipewire-0 support.dbus = false \
             default.clock.rate = {RATE} default.clock.allowed-rates = [ {RATE} ] default.clock.quantum = {QUANTUM} }}\n\
             context.spa-libs = {{ audio.convert.* = audioconvert/libspa-audioconvert support.* = support/libspa-support }}\n\
             context.modules = [\n\
             {{ name = libpipewire-module-protocol-native }}\n\
             {{ name = libpipewire-module-metadata }}\n\
             {{ name = libpipewire-module-spa-node-factory }}\n\
             {{ name = libpipewire-module-client-node }}\n\
             {{ name = libpipewire-module-adapter }}\n\
             {{ name = libpipewire-module-link-factory }}\n\
             {{ name = libpipewire-module-access }}\n\
             {}\n]\ncontext.objects = [\n{objects}]\n",
            self.air(room)
        );
        let file = self.folder.path().join("server.conf");
        fs::write(&file, text).unwrap();
        file.to_string_lossy().into_owned()
    }

    /// The air of the room: one convolver for each way, mixed at each microphone.
    fn air(&self, room: &Room) -> String {
        let (mut nodes, mut links) = (String::new(), String::new());
        for l in 0..LOUDSPEAKERS.len() {
            writeln!(nodes, "{{ type = builtin name = split{l} label = copy }}").unwrap();
            for m in 0..MICROPHONES.len() {
                let file = self.folder.path().join(format!("air-{l}-{m}.wav"));
                let path = &room.paths[l][m];
                let mut impulse = vec![0.0; path.delay];
                impulse.extend(path.impulse.iter().map(|s| *s as f32));
                wav(&file, &impulse);
                let file = file.display();
                writeln!(
                    nodes,
                    "{{ type = builtin name = air{l}{m} label = convolver config = {{ filename = \"{file}\" gain = 1.0 }} }}"
                )
                .unwrap();
                writeln!(
                    links,
                    "{{ output = \"split{l}:Out\" input = \"air{l}{m}:In\" }}"
                )
                .unwrap();
                writeln!(
                    links,
                    "{{ output = \"air{l}{m}:Out\" input = \"sum{m}:In {}\" }}",
                    l + 1
                )
                .unwrap();
            }
        }
        for m in 0..MICROPHONES.len() {
            writeln!(nodes, "{{ type = builtin name = sum{m} label = mixer }}").unwrap();
        }
        let end = |name: &str| {
            format!(
                "{{ node.name = {name} node.autoconnect = false audio.position = [ AUX0 AUX1 ] audio.channels = 2 \
                     adapter.auto-port-config = {{ mode = dsp position = preserve }} }}"
            )
        };
        format!(
            "{{ name = libpipewire-module-filter-chain args = {{ node.description = air\n\
             filter.graph = {{ nodes = [\n{nodes}]\nlinks = [\n{links}]\n\
             inputs = [ \"split0:In\" \"split1:In\" ] outputs = [ \"sum0:Out\" \"sum1:Out\" ] }}\n\
             capture.props = {} playback.props = {} }} }}",
            end("in"),
            end("out")
        )
    }
}

fn aux(n: usize) -> String {
    format!("AUX{n}")
}

/// Two seconds of a room's noise, again and again for longer than a test lasts; whole turns of the mains fit into them.
fn noise_of(amplitude: f64, hum: Option<f64>, seed: u64) -> Vec<f32> {
    use rand::rngs::StdRng;
    use rand::{RngExt, SeedableRng};
    let mut dice = StdRng::seed_from_u64(seed);
    let tone = hum.map_or(0.0, rooms::db);
    let two: Vec<f32> = (0..RATE * 2)
        .map(|n| {
            // A sum of evens is near enough to the normal distribution, and has its power.
            let even: f64 = (0..4).map(|_| dice.random_range(-1.0..1.0)).sum();
            let noise = amplitude * even * 3f64.sqrt() / 2.0 / 2f64.sqrt();
            let turn = std::f64::consts::TAU * 50.0 * f64::from(n) / f64::from(RATE);
            (noise + tone * turn.sin()) as f32
        })
        .collect();
    two.repeat(20)
}

fn wav(file: &Path, samples: &[f32]) {
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: RATE,
        bits_per_sample: 32,
        sample_format: hound::SampleFormat::Float,
    };
    let mut writer = hound::WavWriter::create(file, spec).unwrap();
    samples
        .iter()
        .for_each(|sample| writer.write_sample(*sample).unwrap());
    writer.finalize().unwrap();
}

/// The ear of all tests here.
pub fn ear() -> preflight::sound::Ear {
    preflight::sound::Ear::of(Sweep::at(RATE).take())
}
