//! What a device of a card takes, asked before anybody uses it: it is opened for a moment and let go. Plays and hears nothing.

use super::error::HardwareError;
use super::find::{Pcm, Roots};
use super::listen::refused;
use crate::ports::Direction;
use alsa::Direction as Way;
use alsa::pcm::{HwParams, PCM};

/// What a device was found to take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Offer {
    /// How many channels to use: two, or what comes nearest.
    pub channels: u32,
}

/// Asks a device. Never waits for another program to let it go.
///
/// # Errors
/// When the device cannot be had now; another program that has it is named.
pub fn offer(roots: &Roots, card: u32, pcm: Pcm) -> Result<Offer, HardwareError> {
    let node = roots.pcm(card, pcm);
    let way = match pcm.direction {
        Direction::Capture => Way::Capture,
        Direction::Playback => Way::Playback,
    };
    let name = format!("hw:{card},{}", pcm.device);
    let opened = PCM::new(&name, way, true).map_err(|error| refused(error, roots, &node))?;
    let hw = HwParams::any(&opened).map_err(HardwareError::NoFormat)?;
    let least = hw.get_channels_min().map_err(HardwareError::NoFormat)?;
    let most = hw.get_channels_max().map_err(HardwareError::NoFormat)?;
    Ok(Offer {
        channels: nearest(least, most),
    })
}

/// Two where the device has them: of microphone arrays that offer both, the makers put what they made of all into the two.
fn nearest(least: u32, most: u32) -> u32 {
    2.min(most).max(least)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_channels_are_taken_where_there_are_two() {
        let ranges = [(1, 32), (2, 2), (1, 1), (4, 4), (6, 8)];
        assert_eq!(ranges.map(|(l, m)| nearest(l, m)), [2, 2, 1, 4, 6]);
    }
}
