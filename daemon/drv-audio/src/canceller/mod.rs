//! The room's own canceller: echo, noise and gain of the microphone, ten milliseconds at a time. Pure: knows no server and no
//! device, and not who cancels echo in a room (`room_core::sound::choose_echo`).

mod linear;
mod residual;
mod waves;

use linear::Linear;
use residual::Residual;
use sonora::config::{AdaptiveDigital, GainController2, HighPassFilter, NoiseSuppression};
use sonora::{AudioProcessing, Config, StreamConfig};
use waves::{BINS_ALL, Waves};

/// Samples of one channel in a second.
pub const RATE: u32 = 48_000;

/// Samples in one frame: ten milliseconds.
pub const FRAME: usize = RATE as usize / 100;

/// What is done besides taking the echo away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Also {
    /// Steady noise is made softer.
    pub noise: bool,
    /// Speech is brought to an even level, by no more than 12 dB: what is left of an echo would come up with it.
    pub gain: bool,
}

/// Takes what the loudspeaker plays out of what the microphone hears. One owner.
///
/// What it comes to is counted as a hands-free terminal's echo loss is (ITU-T P.340, with G.122 annex B.4 for the weighting): from
/// the signal that goes to the loudspeaker to the signal that leaves for the far end, loss of the room included. What the
/// canceller alone does is that less the room's own. sonora's echo canceller in its place takes out about as much and loses
/// half of what a person says meanwhile.
pub struct Canceller {
    linear: Linear,
    residual: Residual,
    /// Rumble, noise, gain.
    then: AudioProcessing,
}

impl Canceller {
    /// For one channel each way. Begins knowing nothing of the room; within two seconds of speech the whole loss is 40 dB or more
    /// in rooms of 0.4 s. Costs 0.7 % of an x86 core (2026) with noise, 0.9 % with gain as well.
    pub fn new(also: Also) -> Canceller {
        let gain = || GainController2 {
            adaptive_digital: Some(AdaptiveDigital {
                initial_gain_db: 0.0,
                max_gain_db: 12.0,
                ..AdaptiveDigital::default()
            }),
            ..GainController2::default()
        };
        let config = Config {
            high_pass_filter: Some(HighPassFilter::default()),
            noise_suppression: also.noise.then(NoiseSuppression::default),
            gain_controller2: also.gain.then(gain),
            ..Config::default()
        };
        let then = AudioProcessing::builder()
            .config(config)
            .capture_config(StreamConfig::new(RATE, 1))
            .build();
        Canceller {
            linear: Linear::new(),
            residual: Residual::new(),
            then,
        }
    }

    /// One frame of the far end on its way to the loudspeaker, then one frame of the microphone, which is cleaned in place. What
    /// comes out was heard some 20 ms before.
    pub fn clean(&mut self, far: &[f32; FRAME], near: &mut [f32; FRAME]) {
        let parted = self.linear.part(far, near);
        let soft = self.residual.soften(&parted.rest, &parted.echo);
        // Refuses only frames of another length than was set at the beginning, which the types rule out. A frame that was not
        // cleaned goes out silent, not as an echo.
        let done = self
            .then
            .process_capture_f32(&[&soft], &mut [&mut near[..]]);
        if done.is_err() {
            near.fill(0.0);
        }
    }
}
