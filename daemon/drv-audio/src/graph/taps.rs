//! What listens to the roles: small streams of ours, their samples into meters, figures and findings out. Samples stay in memory
//! for a tenth of a second and go nowhere else. Must not know devices.

use super::conf;
use crate::meter::{Change, Ear, Echo, Meter, RATE, Reading};
use crate::ports::{GraphFact, Level, Role};
use pipewire::core::CoreRc;
use pipewire::properties::properties;
use pipewire::spa::param::ParamType;
use pipewire::spa::param::audio::{AudioFormat, AudioInfoRaw};
use pipewire::spa::pod::serialize::PodSerializer;
use pipewire::spa::pod::{Object, Pod, Value};
use pipewire::spa::sys::{
    SPA_AUDIO_CHANNEL_FL, SPA_AUDIO_CHANNEL_FR, SPA_AUDIO_CHANNEL_MONO, SPA_AUDIO_MAX_CHANNELS,
};
use pipewire::spa::utils::{Direction, SpaTypes};
use pipewire::stream::{Stream, StreamFlags, StreamListener, StreamRc};
use std::sync::{Arc, Mutex, PoisonError};

/// Roles that are listened to.
const ROLES: [Role; 2] = [Role::Microphone, Role::Loudspeaker];
/// Samples that wait at most; of what nobody takes in time nothing is kept.
const MOST: usize = RATE as usize;

type Heard = Arc<Mutex<Vec<f32>>>;

/// A stream that listens to one role.
struct Tap {
    role: Role,
    heard: Heard,
    stream: StreamRc,
    _listener: StreamListener<Vec<f32>>,
}

impl Drop for Tap {
    fn drop(&mut self) {
        // The server's beat calls into the listener from a thread of its own, until then.
        let _ = self.stream.disconnect();
    }
}

/// The streams of one connection.
pub(super) struct Taps(Vec<Tap>);

impl Taps {
    /// Offers them to the server; whoever makes links joins them with their roles. Roles that cannot be listened to are left out,
    /// and heard nowhere.
    pub(super) fn offer(core: &CoreRc) -> Taps {
        let one = |role| match tap(core, role) {
            Ok(tap) => tap,
            Err(error) => {
                tracing::warn!(?role, %error, "a role cannot be listened to");
                None
            }
        };
        Taps(ROLES.into_iter().filter_map(one).collect())
    }

    /// What each has heard since the last time.
    pub(super) fn take(&self) -> Vec<(Role, Vec<f32>)> {
        let one = |tap: &Tap| {
            let mut heard = tap.heard.lock().unwrap_or_else(PoisonError::into_inner);
            (
                tap.role,
                core::mem::replace(&mut *heard, Vec::with_capacity(MOST)),
            )
        };
        self.0.iter().map(one).collect()
    }
}

fn channels(role: Role) -> usize {
    match role {
        Role::Microphone => 1,
        Role::Loudspeaker | Role::Second => 2,
    }
}

fn tap(core: &CoreRc, role: Role) -> Result<Option<Tap>, pipewire::Error> {
    let Some(name) = conf::tap(role) else {
        return Ok(None);
    };
    let properties = properties! {
        "node.name" => name,
        // A class of our own keeps it out of the lists that clients see.
        "media.class" => "Room/Tap",
        "node.latency" => "480/48000",
        "adapter.auto-port-config" => "{ mode = dsp monitor = false position = preserve }"
    };
    let stream = StreamRc::new(core.clone(), name, properties)?;
    let heard: Heard = Arc::new(Mutex::new(Vec::with_capacity(MOST)));
    let into = heard.clone();
    let listener = stream
        .add_local_listener_with_user_data(Vec::with_capacity(MOST))
        .process(move |stream, waiting| pass(stream, waiting, &into))
        .register()?;
    let bytes = format(channels(role));
    let mut params: Vec<&Pod> = Pod::from_bytes(&bytes).into_iter().collect();
    let flags = StreamFlags::MAP_BUFFERS | StreamFlags::RT_PROCESS;
    stream.connect(Direction::Input, None, flags, &mut params)?;
    Ok(Some(Tap {
        role,
        heard,
        stream,
        _listener: listener,
    }))
}

/// Runs in the server's beat: neither waits nor takes memory. What cannot be handed over now waits for the next time.
fn pass(stream: &Stream, waiting: &mut Vec<f32>, into: &Heard) {
    let Some(mut buffer) = stream.dequeue_buffer() else {
        return;
    };
    let Some(data) = buffer.datas_mut().first_mut() else {
        return;
    };
    let (from, size) = (data.chunk().offset() as usize, data.chunk().size() as usize);
    let bytes = data.data().and_then(|bytes| bytes.get(from..from + size));
    let samples = bytes.unwrap_or_default().as_chunks::<4>().0;
    let room = MOST.saturating_sub(waiting.len());
    waiting.extend(
        samples
            .iter()
            .take(room)
            .map(|bytes| f32::from_ne_bytes(*bytes)),
    );
    if let Ok(mut heard) = into.try_lock() {
        match heard.len() + waiting.len() <= MOST {
            true => heard.append(waiting),
            false => waiting.clear(),
        }
    }
}

fn format(channels: usize) -> Vec<u8> {
    let mut info = AudioInfoRaw::new();
    info.set_format(AudioFormat::F32LE);
    info.set_rate(RATE);
    info.set_channels(channels as u32);
    let mut position = [0; SPA_AUDIO_MAX_CHANNELS as usize];
    let places: &[u32] = match channels {
        1 => &[SPA_AUDIO_CHANNEL_MONO],
        _ => &[SPA_AUDIO_CHANNEL_FL, SPA_AUDIO_CHANNEL_FR],
    };
    position[..places.len()].copy_from_slice(places);
    info.set_position(position);
    let object = Object {
        type_: SpaTypes::ObjectParamFormat.as_raw(),
        id: ParamType::EnumFormat.as_raw(),
        properties: info.into(),
    };
    let bytes = PodSerializer::serialize(std::io::Cursor::new(Vec::new()), &Value::Object(object));
    bytes
        .map(|(cursor, _)| cursor.into_inner())
        .unwrap_or_default()
}

/// The meters of both roles and what is between them.
pub(super) struct Meters {
    microphone: Meter,
    loudspeaker: Meter,
    echo: Echo,
}

impl Meters {
    pub(super) fn new() -> Meters {
        Meters {
            microphone: Meter::new(Ear::Microphone, channels(Role::Microphone)),
            loudspeaker: Meter::new(Ear::Loudspeaker, channels(Role::Loudspeaker)),
            echo: Echo::new(),
        }
    }

    /// What there is to say of what was heard at the same time. `factor`: what the loudspeaker's role multiplies by, so that a
    /// far end that is quiet is told from a room that is turned down.
    pub(super) fn hear(&mut self, heard: Vec<(Role, Vec<f32>)>, factor: f32) -> Vec<GraphFact> {
        let mut facts = Vec::new();
        let (mut near, mut far) = (Vec::new(), Vec::new());
        for (role, mut samples) in heard {
            let meter = match role {
                Role::Microphone => &mut self.microphone,
                Role::Loudspeaker | Role::Second => &mut self.loudspeaker,
            };
            if role != Role::Microphone && factor > 0.0 && factor != 1.0 {
                samples.iter_mut().for_each(|sample| *sample /= factor);
            }
            let blocks = meter.hear(&samples);
            facts.extend(blocks.last().map(|block| level(role, &block.reading)));
            let changes = blocks.into_iter().flat_map(|block| block.changes);
            facts.extend(changes.map(|change| finding(role, change)));
            match role {
                Role::Microphone => near = samples,
                Role::Loudspeaker | Role::Second => far = samples,
            }
        }
        let change = self.echo.hear(&near, &far, channels(Role::Loudspeaker));
        facts.extend(change.map(|change| finding(Role::Microphone, change)));
        facts
    }

    /// Something else is heard from now on: every finding of the role ceases.
    pub(super) fn forget(&mut self, role: Role) -> Vec<GraphFact> {
        let mut changes = match role {
            Role::Microphone => self.microphone.forget(),
            Role::Loudspeaker => self.loudspeaker.forget(),
            Role::Second => return Vec::new(),
        };
        if role == Role::Microphone {
            changes.extend(self.echo.forget());
        }
        changes
            .into_iter()
            .map(|change| finding(role, change))
            .collect()
    }
}

fn level(role: Role, reading: &Reading) -> GraphFact {
    GraphFact::Level(Level {
        role,
        rms: reading.rms,
        peak: reading.peak,
        loudness: reading.short_term,
    })
}

fn finding(role: Role, change: Change) -> GraphFact {
    GraphFact::Finding {
        role,
        finding: change.finding,
        holds: change.holds,
    }
}
