//! A moment of what a device hears, as figures. The sound stays in memory for that moment and is not given away.

use super::error::HardwareError;
use super::find::{Pcm, Roots};
use super::holders::holders;
use super::mixer::why;
use crate::ports::{Db, Direction};
use alsa::pcm::{Access, Format, HwParams, PCM};
use alsa::{Direction as Way, ValueOr};
use nix::errno::Errno;
use std::path::Path;

/// What was heard at one channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Heard {
    /// The highest sample; `None`: every sample was nothing at all.
    pub peak: Option<Db>,
    /// Root mean square, a full sine being 0 (AES17); `None`: nothing at all.
    pub rms: Option<Db>,
}

/// Samples in a second.
const RATE: u32 = 48_000;
/// At a time.
const PERIOD: usize = 480;

/// Listens for one second; each channel by itself, of at most two.
///
/// # Errors
/// When the device cannot be had; another program that has it is named.
pub fn listen(roots: &Roots, card: u32, device: u32) -> Result<Vec<Heard>, HardwareError> {
    listen_for(roots, (card, device), RATE as usize)
}

/// Listens for a fifth of a second, for a level that follows a voice; the loudest channel's root mean square.
///
/// # Errors
/// As [`listen`].
pub fn level(roots: &Roots, card: u32, device: u32) -> Result<Option<Db>, HardwareError> {
    let heard = listen_for(roots, (card, device), RATE as usize / 5)?;
    Ok(heard.into_iter().filter_map(|one| one.rms).max())
}

fn listen_for(
    roots: &Roots,
    (card, device): (u32, u32),
    frames: usize,
) -> Result<Vec<Heard>, HardwareError> {
    let direction = Direction::Capture;
    let node = roots.pcm(card, Pcm { device, direction });
    let failed = |error: alsa::Error| refused(error, roots, &node);
    // `plughw` converts: devices of 16 and 24 bits and other rates are measured alike.
    let open = |kind: &str| {
        PCM::new(&format!("{kind}:{card},{device}"), Way::Capture, false).map_err(&failed)
    };
    let channels = {
        let pcm = open("hw")?;
        let hw = HwParams::any(&pcm).map_err(HardwareError::NoFormat)?;
        let (least, most) = (hw.get_channels_min(), hw.get_channels_max());
        let most = most.map_err(HardwareError::NoFormat)?.min(2);
        most.max(least.map_err(HardwareError::NoFormat)?)
    };
    let pcm = open("plughw")?;
    set(&pcm, channels).map_err(HardwareError::NoFormat)?;
    let io = pcm.io_i32().map_err(HardwareError::NoFormat)?;
    let width = channels as usize;
    let wanted = frames * width;
    let mut all = Vec::with_capacity(wanted + PERIOD * width);
    let mut part = vec![0; PERIOD * width];
    pcm.start().map_err(&failed)?;
    while all.len() < wanted {
        match io.readi(&mut part) {
            Ok(frames) => all.extend_from_slice(&part[..frames * width]),
            // A busy machine loses some; the rest is as good.
            Err(error) => pcm.try_recover(error, true).map_err(&failed)?,
        }
    }
    Ok(measure(&all, width))
}

fn set(pcm: &PCM, channels: u32) -> Result<(), alsa::Error> {
    let hw = HwParams::any(pcm)?;
    hw.set_access(Access::RWInterleaved)?;
    hw.set_format(Format::s32())?;
    hw.set_channels(channels)?;
    hw.set_rate(RATE, ValueOr::Nearest)?;
    hw.set_period_size_near(PERIOD as i64, ValueOr::Nearest)?;
    hw.set_buffer_size_near(PERIOD as i64 * 4)?;
    pcm.hw_params(&hw)
}

/// Why a device cannot be had.
pub(super) fn refused(error: alsa::Error, roots: &Roots, node: &Path) -> HardwareError {
    match Errno::from_raw(error.errno().abs()) {
        Errno::EBUSY => HardwareError::Busy {
            node: node.to_owned(),
            by: named(holders(&roots.proc, node)),
        },
        _ => why(error, node),
    }
}

fn named(holders: Vec<String>) -> String {
    match holders.is_empty() {
        true => "another account's program (root sees which)".to_owned(),
        false => holders.join(", "),
    }
}

/// Figures of interleaved samples.
pub fn measure(samples: &[i32], channels: usize) -> Vec<Heard> {
    (0..channels)
        .map(|channel| {
            let own = samples.iter().skip(channel).step_by(channels);
            let own: Vec<f64> = own.map(|s| f64::from(*s) / 2_147_483_648.0).collect();
            let peak = own.iter().fold(0.0, |most: f64, s| most.max(s.abs()));
            let power = own.iter().map(|s| s * s).sum::<f64>() / own.len().max(1) as f64;
            Heard {
                peak: db(peak),
                rms: db((2.0 * power).sqrt()),
            }
        })
        .collect()
}

fn db(amplitude: f64) -> Option<Db> {
    (amplitude > 0.0).then(|| Db((2_000.0 * amplitude.log10()).round() as i32))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_sine_is_nothing_below_full_scale_and_silence_is_no_figure() {
        let sine = |n: i32| (f64::from(n) * core::f64::consts::TAU / 48.0).sin();
        let of = |scale: f64| {
            let both = (0..48_000).flat_map(|n| [(sine(n) * scale * 2_147_483_647.0) as i32, 0]);
            measure(&both.collect::<Vec<_>>(), 2)
        };
        let near = |db: Option<Db>, figure: i32| (db.unwrap().0 - figure).abs() <= 1;
        let full = of(1.0);
        assert!(near(full[0].rms, 0) && near(full[0].peak, 0), "{full:?}");
        let tenth = of(0.1);
        assert!(
            near(tenth[0].rms, -2_000) && near(tenth[0].peak, -2_000),
            "{tenth:?}"
        );
        assert_eq!((full[1].rms, full[1].peak), (None, None));
    }
}
