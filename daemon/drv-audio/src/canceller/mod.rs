//! The room's own canceller: echo, noise and gain of the microphone, ten milliseconds at a time; and where a room's echo is
//! cancelled at all, which is once. Pure: knows no server and no device.

mod choice;

pub use choice::{Ability, Case, Choice, Echo, Heard, Reason, choose};

use sonora::config::{EchoCanceller, GainController2, HighPassFilter, NoiseSuppression};
use sonora::{AudioProcessing, Config, StreamConfig};

/// Samples of one channel in a second.
pub const RATE: u32 = 48_000;

/// Samples in one frame: ten milliseconds.
pub const FRAME: usize = RATE as usize / 100;

/// What is done besides taking the echo away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Also {
    /// Steady noise is made softer.
    pub noise: bool,
    /// Speech is brought to an even level.
    pub gain: bool,
}

/// Takes what the loudspeaker plays out of what the microphone hears. One owner.
pub struct Canceller {
    inner: AudioProcessing,
    dropped: [f32; FRAME],
}

impl Canceller {
    /// For one channel each way. Begins knowing nothing of the room and learns within two seconds of speech.
    pub fn new(also: Also) -> Canceller {
        let config = Config {
            high_pass_filter: Some(HighPassFilter::default()),
            echo_canceller: Some(EchoCanceller::default()),
            noise_suppression: also.noise.then(NoiseSuppression::default),
            gain_controller2: also.gain.then(GainController2::default),
            ..Config::default()
        };
        let stream = StreamConfig::new(RATE, 1);
        let inner = AudioProcessing::builder()
            .config(config)
            .capture_config(stream)
            .render_config(stream)
            .build();
        Canceller {
            inner,
            dropped: [0.0; FRAME],
        }
    }

    /// One frame of the far end on its way to the loudspeaker, then one frame of the microphone, which is cleaned in place.
    pub fn clean(&mut self, far: &[f32; FRAME], near: &mut [f32; FRAME]) {
        let heard = *near;
        // Both refuse only frames of another length than was set at the beginning, which the types rule out. A frame that was not
        // cleaned goes out silent, not as an echo.
        let far = self
            .inner
            .process_render_f32(&[far], &mut [&mut self.dropped]);
        let near_done = self
            .inner
            .process_capture_f32(&[&heard], &mut [&mut near[..]]);
        if far.is_err() || near_done.is_err() {
            near.fill(0.0);
        }
    }
}
