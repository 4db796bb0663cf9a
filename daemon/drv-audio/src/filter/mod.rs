//! The room's own canceller as nodes of the graph, in a process of its own: neither the daemon's end nor a fault of the filter takes
//! the microphone from a call, because who links the graph goes around a filter that is not there.
//! Knows the server and the canceller; must not know roles, devices or when it is wanted.
//!
//! Microphone and loudspeaker come in as two channels of one stream, so that the server itself keeps them in step.

mod line;

use crate::canceller::{Also, Canceller, RATE};
use line::{Line, Waiting};
use pipewire::context::ContextRc;
use pipewire::core::{CoreRc, PW_ID_CORE};
use pipewire::main_loop::MainLoopRc;
use pipewire::properties::{PropertiesBox, properties};
use pipewire::spa::param::ParamType;
use pipewire::spa::param::audio::{AudioFormat, AudioInfoRaw, MAX_CHANNELS};
use pipewire::spa::pod::serialize::PodSerializer;
use pipewire::spa::pod::{Object, Pod, Value};
use pipewire::spa::utils::{Direction, SpaTypes};
use pipewire::stream::{Stream, StreamFlags, StreamListener, StreamRc};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// The node that hears. Its ports end in [`NEAR`] and [`FAR`].
pub const EAR: &str = "room-canceller-ear";
/// The node that gives the cleaned microphone.
pub const MOUTH: &str = "room-canceller";
/// How the name of the microphone's port ends.
pub const NEAR: &str = "AUX0";
/// How the name of the loudspeaker's port ends.
pub const FAR: &str = "AUX1";

/// The class of both nodes: keeps them out of the lists that clients see.
pub const CLASS: &str = "Room/Filter";

// spa/param/audio/raw.h: SPA_AUDIO_CHANNEL_MONO, and SPA_AUDIO_CHANNEL_AUX0 with the one after it.
const MONO: u32 = 2;
const AUX: [u32; 2] = [0x1000, 0x1001];

/// Why the filter ended. It never ends by itself while its server runs.
#[derive(Debug, thiserror::Error)]
pub enum FilterError {
    /// The server does not run, or refuses.
    #[error("the sound server at {0} cannot be reached")]
    NoServer(String, #[source] pipewire::Error),
    /// The server takes no stream of this kind.
    #[error("the sound server takes no filter")]
    Refused(#[source] pipewire::Error),
    /// The connection broke.
    #[error("the sound server is gone")]
    Gone,
}

/// What whoever started the filter is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// It is offered; once, before all others.
    Offered,
    /// Its loop turns.
    Alive,
}

/// Offers the filter until the server ends. `socket`: the server's, such as `/run/roomd-sound/pipewire-0`; `signs`: how often it shall
/// say that it lives, and whom it tells.
pub fn run(socket: &Path, also: Also, signs: (Duration, impl Fn(Sign) + 'static)) -> FilterError {
    match offer(socket, also, signs) {
        Ok(()) => FilterError::Gone,
        Err(error) => error,
    }
}

fn offer(
    socket: &Path,
    also: Also,
    (each, tell): (Duration, impl Fn(Sign) + 'static),
) -> Result<(), FilterError> {
    let place = || socket.display().to_string();
    let no_server = |error| FilterError::NoServer(place(), error);
    pipewire::init();
    let main = MainLoopRc::new(None).map_err(FilterError::Refused)?;
    // The file by which streams run in a thread that the system prefers.
    let with = properties! { "config.name" => "client-rt.conf" };
    let context = ContextRc::new(&main, Some(with)).map_err(FilterError::Refused)?;
    let remote = properties! { "remote.name" => place() };
    let core = context.connect_rc(Some(remote)).map_err(no_server)?;
    let _gone = core
        .add_listener_local()
        .error({
            let main = main.clone();
            move |id, _, _, _| {
                if id == PW_ID_CORE {
                    main.quit();
                }
            }
        })
        .register();
    let waiting = Arc::new(Mutex::new(Waiting::default()));
    let line = Line::new(Canceller::new(also));
    let _ear = ear(&core, line, waiting.clone()).map_err(FilterError::Refused)?;
    let _mouth = mouth(&core, waiting).map_err(FilterError::Refused)?;
    tell(Sign::Offered);
    let beats = main.loop_().add_timer(move |_| tell(Sign::Alive));
    beats.update_timer(Some(each), Some(each));
    main.run();
    Ok(())
}

type Shared = Arc<Mutex<Waiting>>;

/// A stream with what listens to it.
type Connected = (StreamListener<()>, StreamRc);

fn ear(core: &CoreRc, mut line: Line, waiting: Shared) -> Result<Connected, pipewire::Error> {
    let stream = StreamRc::new(core.clone(), EAR, node(EAR))?;
    let hear = move |stream: &Stream, (): &mut ()| {
        let Some(mut buffer) = stream.dequeue_buffer() else {
            return;
        };
        let Some(data) = buffer.datas_mut().first_mut() else {
            return;
        };
        let (offset, size) = (data.chunk().offset() as usize, data.chunk().size() as usize);
        let bytes = data
            .data()
            .and_then(|bytes| bytes.get(offset..offset + size));
        let pairs = bytes.unwrap_or_default().chunks_exact(2 * SAMPLE);
        let pairs = pairs.map(|pair| (sample(&pair[..SAMPLE]), sample(&pair[SAMPLE..])));
        line.hear(pairs, |frame| open(&waiting).put(frame));
    };
    let listener = stream.add_local_listener().process(hear).register()?;
    connect(&stream, Direction::Input, &AUX)?;
    Ok((listener, stream))
}

fn mouth(core: &CoreRc, waiting: Shared) -> Result<Connected, pipewire::Error> {
    let stream = StreamRc::new(core.clone(), MOUTH, node(MOUTH))?;
    let say = move |stream: &Stream, (): &mut ()| {
        let Some(mut buffer) = stream.dequeue_buffer() else {
            return;
        };
        let wanted = usize::try_from(buffer.requested()).unwrap_or(usize::MAX);
        let Some(data) = buffer.datas_mut().first_mut() else {
            return;
        };
        let mut count = 0;
        if let Some(bytes) = data.data() {
            let mut waiting = open(&waiting);
            for place in bytes.chunks_exact_mut(SAMPLE).take(wanted) {
                place.copy_from_slice(&waiting.next().to_le_bytes());
                count += 1;
            }
            waiting.fetched();
        }
        let chunk = data.chunk_mut();
        *chunk.offset_mut() = 0;
        *chunk.stride_mut() = SAMPLE as i32;
        *chunk.size_mut() = (count * SAMPLE) as u32;
    };
    let listener = stream.add_local_listener().process(say).register()?;
    connect(&stream, Direction::Output, &[MONO])?;
    Ok((listener, stream))
}

const SAMPLE: usize = size_of::<f32>();

fn sample(bytes: &[u8]) -> f32 {
    bytes.try_into().map_or(0.0, f32::from_le_bytes)
}

/// A frame is put or fetched whole or not at all, so a lock that a panic left behind guards nothing that is broken.
fn open(waiting: &Shared) -> std::sync::MutexGuard<'_, Waiting> {
    waiting.lock().unwrap_or_else(PoisonError::into_inner)
}

fn node(name: &str) -> PropertiesBox {
    properties! {
        "node.name" => name,
        "node.description" => "Room canceller",
        "media.class" => CLASS,
        // Both streams keep one beat, whichever of them is linked first.
        "node.group" => MOUTH,
        "node.autoconnect" => "false",
        "node.latency" => "480/48000",
        // Without a session manager nobody gives a node its ports.
        "adapter.auto-port-config" => "{ mode = dsp monitor = false position = preserve }",
    }
}

fn connect(stream: &Stream, way: Direction, channels: &[u32]) -> Result<(), pipewire::Error> {
    let mut position = [0; MAX_CHANNELS];
    position[..channels.len()].copy_from_slice(channels);
    let mut info = AudioInfoRaw::new();
    info.set_format(AudioFormat::F32LE);
    info.set_rate(RATE);
    info.set_channels(channels.len() as u32);
    info.set_position(position);
    let format = Value::Object(Object {
        type_: SpaTypes::ObjectParamFormat.as_raw(),
        id: ParamType::EnumFormat.as_raw(),
        properties: info.into(),
    });
    let bytes = PodSerializer::serialize(std::io::Cursor::new(Vec::new()), &format)
        .map_err(|_| pipewire::Error::CreationFailed)?
        .0
        .into_inner();
    let pod = Pod::from_bytes(&bytes).ok_or(pipewire::Error::CreationFailed)?;
    let flags = StreamFlags::MAP_BUFFERS | StreamFlags::RT_PROCESS;
    stream.connect(way, None, flags, &mut [pod])
}
