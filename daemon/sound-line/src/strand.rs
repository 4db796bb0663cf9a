//! One stream of ours: its format, its buffers, and its turns on the server's own thread. Knows no other stream.

use crate::{Line, Strand, Takt, Turn, Way};
use pipewire::buffer::Buffer;
use pipewire::core::CoreRc;
use pipewire::properties::properties;
use pipewire::spa::param::ParamType;
use pipewire::spa::param::audio::{AudioFormat, AudioInfoRaw, MAX_CHANNELS};
use pipewire::spa::pod::serialize::PodSerializer;
use pipewire::spa::pod::{Object, Pod, Value};
use pipewire::spa::utils::{Direction, SpaTypes};
use pipewire::stream::{Stream, StreamFlags, StreamListener, StreamRc};

/// spa/param/audio/raw.h: SPA_AUDIO_CHANNEL_AUX0. Channels that stand for no place in a room.
const AUX: u32 = 0x1000;
const SAMPLE: usize = size_of::<f32>();
/// The longest turn that PipeWire gives, in samples.
const LONGEST: usize = 8192;

/// A stream that runs.
pub(crate) struct Running {
    // The listener before what it listens to.
    _listener: StreamListener<()>,
    stream: StreamRc,
    way: Way,
}

impl Running {
    pub(crate) fn begin(
        core: &CoreRc,
        line: &Line,
        strand: Strand,
    ) -> Result<Running, pipewire::Error> {
        let Strand {
            name,
            way,
            channels,
            takt,
        } = strand;
        let properties = properties! {
            "media.type" => "Audio",
            "media.category" => if way == Way::Hears { "Capture" } else { "Playback" },
            "node.name" => name.as_str(),
            "node.autoconnect" => "false",
            "node.dont-reconnect" => "true",
            "node.latency" => format!("{}/{}", line.latency, line.rate),
            // All streams of this process have the same turns, whatever they are linked to.
            "node.group" => format!("sound-line-{}", std::process::id()),
            // Without a session manager nobody gives the node its ports; so it says by itself which it wants.
            "adapter.auto-port-config" => "{ mode = dsp position = preserve }"
        };
        let stream = StreamRc::new(core.clone(), &name, properties)?;
        let mut turns = Turns {
            takt,
            samples: vec![Vec::with_capacity(LONGEST); channels],
        };
        let listener = stream
            .add_local_listener::<()>()
            .process(move |stream, ()| turns.one(stream, way))
            .register()?;
        let format = format(line.rate, channels);
        let mut formats: Vec<&Pod> = format
            .as_deref()
            .and_then(Pod::from_bytes)
            .into_iter()
            .collect();
        let direction = match way {
            Way::Hears => Direction::Input,
            Way::Plays => Direction::Output,
        };
        let flags = StreamFlags::MAP_BUFFERS | StreamFlags::RT_PROCESS;
        stream.connect(direction, None, flags, &mut formats)?;
        Ok(Running {
            _listener: listener,
            stream,
            way,
        })
    }

    /// Its node at the server.
    pub(crate) fn node(&self) -> u32 {
        self.stream.node_id()
    }

    pub(crate) fn way(&self) -> Way {
        self.way
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It ends with the connection in any case; this one waits until its last turn is over.
        let _ = self.stream.disconnect();
    }
}

fn format(rate: u32, channels: usize) -> Option<Vec<u8>> {
    let mut info = AudioInfoRaw::new();
    info.set_format(AudioFormat::F32P);
    info.set_rate(rate);
    info.set_channels(u32::try_from(channels).ok()?);
    let mut position = [0; MAX_CHANNELS];
    for (place, n) in position.iter_mut().zip(0..).take(channels) {
        *place = AUX + n;
    }
    info.set_position(position);
    let object = Object {
        type_: SpaTypes::ObjectParamFormat.as_raw(),
        id: ParamType::EnumFormat.as_raw(),
        properties: info.into(),
    };
    let bytes = PodSerializer::serialize(std::io::Cursor::new(Vec::new()), &Value::Object(object));
    bytes.ok().map(|(cursor, _)| cursor.into_inner())
}

struct Turns {
    takt: Takt,
    samples: Vec<Vec<f32>>,
}

impl Turns {
    fn one(&mut self, stream: &Stream, way: Way) {
        let Ok(time) = stream.time() else { return };
        while let Some(mut buffer) = stream.dequeue_buffer() {
            if way == Way::Hears {
                self.read(&mut buffer);
            } else {
                self.silence(&mut buffer);
            }
            (self.takt)(Turn {
                now: time.now(),
                place: time.ticks(),
                samples: &mut self.samples,
            });
            if way == Way::Plays {
                self.write(&mut buffer);
                break;
            }
        }
    }

    fn read(&mut self, buffer: &mut Buffer<'_>) {
        for (samples, data) in self.samples.iter_mut().zip(buffer.datas_mut()) {
            samples.clear();
            let (from, size) = (data.chunk().offset() as usize, data.chunk().size() as usize);
            let bytes = data.data().and_then(|bytes| bytes.get(from..from + size));
            let numbers = bytes.unwrap_or(&[]).chunks_exact(SAMPLE);
            let number = |b: &[u8]| f32::from_le_bytes([b[0], b[1], b[2], b[3]]);
            samples.extend(numbers.map(number));
        }
    }

    /// As many samples as the server asks for: more would wait in the buffer, and come late.
    fn silence(&mut self, buffer: &mut Buffer<'_>) {
        let asked = usize::try_from(buffer.requested()).unwrap_or(0);
        let first = buffer.datas_mut().first_mut();
        let room = first
            .and_then(|data| data.data())
            .map_or(0, |bytes| bytes.len() / SAMPLE);
        let count = if asked == 0 { room } else { asked.min(room) };
        for samples in &mut self.samples {
            samples.clear();
            samples.resize(count, 0.0);
        }
    }

    fn write(&mut self, buffer: &mut Buffer<'_>) {
        for (samples, data) in self.samples.iter().zip(buffer.datas_mut()) {
            if let Some(bytes) = data.data() {
                for (bytes, sample) in bytes.chunks_exact_mut(SAMPLE).zip(samples) {
                    bytes.copy_from_slice(&sample.to_le_bytes());
                }
            }
            let chunk = data.chunk_mut();
            *chunk.offset_mut() = 0;
            *chunk.stride_mut() = SAMPLE as i32;
            *chunk.size_mut() = u32::try_from(samples.len() * SAMPLE).unwrap_or(0);
        }
    }
}
