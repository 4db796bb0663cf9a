//! One stream in the graph on a thread of its own: plays a tone or a click, or listens for one, and says when, by one clock.

use pipewire::channel;
use pipewire::context::ContextRc;
use pipewire::main_loop::MainLoopRc;
use pipewire::properties::properties;
use pipewire::spa::param::ParamType;
use pipewire::spa::param::audio::{AudioFormat, AudioInfoRaw};
use pipewire::spa::pod::serialize::PodSerializer;
use pipewire::spa::pod::{Object, Pod, Value};
use pipewire::spa::utils::{Direction, SpaTypes};
use pipewire::stream::{Stream, StreamFlags, StreamRc};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, OnceLock};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// What is quieter is nothing.
const NOTHING: f32 = 1e-3;

fn began() -> Instant {
    static BEGAN: OnceLock<Instant> = OnceLock::new();
    *BEGAN.get_or_init(Instant::now)
}

/// Nanoseconds since the first question.
pub fn now() -> u64 {
    u64::try_from(began().elapsed().as_nanos()).unwrap_or(u64::MAX)
}

#[derive(Default)]
struct State {
    amplitude: AtomicU32,
    click: AtomicBool,
    clicked: AtomicU64,
    first: AtomicU64,
    last: AtomicU64,
    peak: AtomicU32,
    beats: AtomicU64,
    loud: AtomicU64,
}

/// The stream; ends with this.
pub struct Probe {
    state: Arc<State>,
    end: channel::Sender<()>,
    thread: Option<JoinHandle<()>>,
}

impl Probe {
    /// Plays into a node, by its name; silent at first.
    pub fn mouth(socket: &Path, target: &str) -> Probe {
        Probe::open(socket, target, Direction::Output)
    }

    /// Listens to a node, by its name: to a source, or to what a sink plays.
    pub fn ear(socket: &Path, target: &str) -> Probe {
        Probe::open(socket, target, Direction::Input)
    }

    fn open(socket: &Path, target: &str, direction: Direction) -> Probe {
        let _ = now();
        let state = Arc::new(State::default());
        let (end, ends) = channel::channel();
        let (socket, target) = (socket.display().to_string(), target.to_owned());
        let shared = state.clone();
        let thread = std::thread::spawn(move || run((&socket, &target), direction, shared, ends));
        Probe {
            state,
            end,
            thread: Some(thread),
        }
    }

    /// A tone of 1 kHz from the next turn on; 0 is silence.
    pub fn tone(&self, amplitude: f32) {
        self.state.amplitude.store(amplitude.to_bits(), SeqCst);
    }

    /// One click of one sample, in the next turn; when it was.
    pub fn click(&self) -> Option<u64> {
        self.state.clicked.store(0, SeqCst);
        self.state.click.store(true, SeqCst);
        wait(|| Some(self.state.clicked.load(SeqCst)).filter(|at| *at > 0))
    }

    /// Forgets what was heard.
    pub fn reset(&self) {
        self.state.first.store(0, SeqCst);
        self.state.peak.store(0, SeqCst);
    }

    /// When something was heard first since then.
    pub fn first(&self) -> Option<u64> {
        wait(|| Some(self.state.first.load(SeqCst)).filter(|at| *at > 0))
    }

    /// The same, of what comes in so much time.
    pub fn first_within(&self, time: Duration) -> Option<u64> {
        wait_for(time, || {
            Some(self.state.first.load(SeqCst)).filter(|at| *at > 0)
        })
    }

    /// Whether something was heard since then.
    pub fn has_heard(&self) -> bool {
        self.state.first.load(SeqCst) > 0
    }

    /// When something was heard last.
    pub fn last(&self) -> u64 {
        self.state.last.load(SeqCst)
    }

    /// The highest sample since then.
    pub fn peak(&self) -> f32 {
        f32::from_bits(self.state.peak.load(SeqCst))
    }

    /// Waits until something was heard in so many more turns; when that was.
    pub fn hears(&self, turns: u64) -> Option<u64> {
        let until = self.state.loud.load(SeqCst) + turns;
        wait(|| (self.state.loud.load(SeqCst) >= until).then(now))
    }

    /// Waits until so many turns of the server have passed here; whether they did.
    pub fn beats(&self, count: u64) -> bool {
        let until = self.state.beats.load(SeqCst) + count;
        wait(|| (self.state.beats.load(SeqCst) >= until).then_some(())).is_some()
    }
}

impl Drop for Probe {
    fn drop(&mut self) {
        let _ = self.end.send(());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Asks every half millisecond, for ten seconds at most.
pub fn wait<T>(is: impl Fn() -> Option<T>) -> Option<T> {
    wait_for(Duration::from_secs(10), is)
}

fn wait_for<T>(time: Duration, is: impl Fn() -> Option<T>) -> Option<T> {
    let start = Instant::now();
    loop {
        if let Some(value) = is() {
            return Some(value);
        }
        if start.elapsed() > time {
            return None;
        }
        std::thread::sleep(Duration::from_micros(500));
    }
}

fn run(
    (socket, target): (&str, &str),
    direction: Direction,
    state: Arc<State>,
    ends: channel::Receiver<()>,
) {
    pipewire::init();
    let main = MainLoopRc::new(None).expect("a loop");
    let context = ContextRc::new(&main, None).expect("a context");
    let remote = properties! { "remote.name" => socket };
    let core = wait(|| context.connect_rc(Some(remote.clone())).ok()).expect("a server");
    let mouth = direction == Direction::Output;
    let properties = properties! {
        "node.name" => if mouth { "probe-mouth" } else { "probe-ear" },
        "media.class" => if mouth { "Stream/Output/Audio" } else { "Stream/Input/Audio" },
        "target.object" => target,
        "adapter.auto-port-config" => "{ mode = dsp monitor = false position = preserve }"
    };
    let stream = StreamRc::new(core, "probe", properties).expect("a stream");
    let mut phase = 0_u32;
    let listener = stream
        .add_local_listener_with_user_data(())
        .process(move |stream, ()| match mouth {
            true => play(stream, &state, &mut phase),
            false => hear(stream, &state),
        })
        .register()
        .expect("a listener");
    let bytes = format();
    let mut params = [Pod::from_bytes(&bytes).expect("a format")];
    let flags = StreamFlags::AUTOCONNECT | StreamFlags::MAP_BUFFERS | StreamFlags::RT_PROCESS;
    stream
        .connect(direction, None, flags, &mut params)
        .expect("connects");
    let _ends = ends.attach(main.loop_(), {
        let main = main.clone();
        move |()| main.quit()
    });
    main.run();
    // The server's beat calls into the listener until then.
    let _ = stream.disconnect();
    drop(listener);
}

fn format() -> Vec<u8> {
    let mut info = AudioInfoRaw::new();
    info.set_format(AudioFormat::F32LE);
    info.set_rate(48_000);
    info.set_channels(2);
    let mut position = info.position();
    // SPA_AUDIO_CHANNEL_FL and _FR.
    (position[0], position[1]) = (3, 4);
    info.set_position(position);
    let object = Object {
        type_: SpaTypes::ObjectParamFormat.as_raw(),
        id: ParamType::EnumFormat.as_raw(),
        properties: info.into(),
    };
    let bytes = PodSerializer::serialize(std::io::Cursor::new(Vec::new()), &Value::Object(object));
    bytes.expect("a pod").0.into_inner()
}

fn play(stream: &Stream, state: &State, phase: &mut u32) {
    let Some(mut buffer) = stream.dequeue_buffer() else {
        return;
    };
    let frames = match buffer.requested() {
        0 => 480,
        some => some as usize,
    };
    let Some(data) = buffer.datas_mut().first_mut() else {
        return;
    };
    let amplitude = f32::from_bits(state.amplitude.load(SeqCst));
    let mut size = 0;
    if let Some(bytes) = data.data() {
        let click = state.click.swap(false, SeqCst);
        for (n, frame) in bytes
            .as_chunks_mut::<8>()
            .0
            .iter_mut()
            .take(frames)
            .enumerate()
        {
            *phase = (*phase + 1) % 48;
            let tone = amplitude * (*phase as f32 / 48.0 * std::f32::consts::TAU).sin();
            let sample = if click && n == 0 { 0.5 } else { tone };
            frame[..4].copy_from_slice(&sample.to_ne_bytes());
            frame[4..].copy_from_slice(&sample.to_ne_bytes());
            size += 8;
        }
        if click {
            state.clicked.store(now(), SeqCst);
        }
    }
    let chunk = data.chunk_mut();
    *chunk.offset_mut() = 0;
    *chunk.stride_mut() = 8;
    *chunk.size_mut() = size;
    state.beats.fetch_add(1, SeqCst);
}

fn hear(stream: &Stream, state: &State) {
    let Some(mut buffer) = stream.dequeue_buffer() else {
        return;
    };
    let Some(data) = buffer.datas_mut().first_mut() else {
        return;
    };
    let (from, size) = (data.chunk().offset() as usize, data.chunk().size() as usize);
    let bytes = data.data().and_then(|bytes| bytes.get(from..from + size));
    let samples = bytes.unwrap_or_default().as_chunks::<4>().0.iter();
    let peak = samples.fold(0.0, |peak: f32, bytes| {
        peak.max(f32::from_ne_bytes(*bytes).abs())
    });
    if peak > NOTHING {
        let now = now();
        state.last.store(now, SeqCst);
        state.loud.fetch_add(1, SeqCst);
        let _ = state.first.compare_exchange(0, now, SeqCst, SeqCst);
        state.peak.fetch_max(peak.to_bits(), SeqCst);
    }
    state.beats.fetch_add(1, SeqCst);
}
