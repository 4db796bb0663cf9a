//! A room as people write it: a few lines of TOML or the flags of the command line, which have the same names.

use crate::fault::{BadFault, Fault};
use crate::room::{Room, Size};
use serde::Deserialize;

/// What is said of a room; what is not said comes from the seed.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, clap::Args)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// What the room is made up from: the same number, the same room.
    #[arg(long, default_value_t = 0, value_name = "NUMBER")]
    pub seed: u64,
    /// Nodes of the sound server that play in the room; may be given several times.
    #[arg(long = "loudspeaker", value_name = "NODE")]
    pub loudspeakers: Vec<String>,
    /// Nodes that hear the room; may be given several times.
    #[arg(long = "microphone", value_name = "NODE")]
    pub microphones: Vec<String>,
    /// Samples a second; the server's own.
    #[arg(long, value_name = "HERTZ")]
    pub rate: Option<u32>,
    /// Seconds in which the room falls by 60 dB.
    #[arg(long, value_name = "SECONDS")]
    pub reverberation: Option<f64>,
    /// Every way takes so many milliseconds, from the player to the recorder.
    #[arg(long, value_name = "MS")]
    pub delay_ms: Option<f64>,
    /// Every way is louder by so many decibels.
    #[arg(long, value_name = "DB", allow_negative_numbers = true)]
    pub gain_db: Option<f64>,
    /// The noise of every microphone, in decibels of full scale.
    #[arg(long, value_name = "DBFS", allow_negative_numbers = true)]
    pub noise_db: Option<f64>,
    /// What is wrong, such as amplifier-down:6, hum:0:-40, reversed:1; may be given several times.
    #[arg(long = "fault", value_name = "FAULT")]
    pub faults: Vec<String>,
}

/// Settings that make no room.
#[derive(Debug, PartialEq, thiserror::Error)]
pub enum BadSettings {
    /// Nobody plays, or nobody hears.
    #[error("a room needs at least one loudspeaker and one microphone, and has 64 of each at most")]
    Empty,
    /// A number that no room has.
    #[error("{what} = {value} is outside of what a room can have ({from} to {to})")]
    Outside {
        /// The setting.
        what: &'static str,
        /// As it was given.
        value: f64,
        /// At least.
        from: f64,
        /// At most.
        to: f64,
    },
    /// A fault that is none.
    #[error(transparent)]
    Fault(#[from] BadFault),
    /// A fault of a part that the room does not have.
    #[error("the room has no part that could have the fault \"{0}\"; parts are counted from 0")]
    NoPart(String),
    /// Not to be read at all.
    #[error("{0}")]
    Toml(String),
}

impl Settings {
    /// From a file's text.
    ///
    /// # Errors
    /// When it is no TOML of a room.
    pub fn parse(text: &str) -> Result<Settings, BadSettings> {
        toml::from_str(text).map_err(|error| BadSettings::Toml(error.to_string()))
    }

    /// The room that they make.
    ///
    /// # Errors
    /// When a number is out of bounds, or a fault is none of this room's.
    pub fn room(&self) -> Result<Room, BadSettings> {
        let many = |names: &[String]| (1..=64).contains(&names.len());
        if !many(&self.loudspeakers) || !many(&self.microphones) {
            return Err(BadSettings::Empty);
        }
        within("rate", self.rate.map(f64::from), (8000.0, 192_000.0))?;
        within("reverberation", self.reverberation, (0.05, 5.0))?;
        within("delay_ms", self.delay_ms, (25.0, 2000.0))?;
        within("gain_db", self.gain_db, (-100.0, 40.0))?;
        within("noise_db", self.noise_db, (-140.0, 0.0))?;
        let size = Size {
            rate: self.rate.unwrap_or(48_000),
            loudspeakers: self.loudspeakers.len(),
            microphones: self.microphones.len(),
        };
        let mut faults = Vec::new();
        for text in &self.faults {
            let fault: Fault = text.parse()?;
            if !fault.fits(size.loudspeakers, size.microphones) {
                return Err(BadSettings::NoPart(text.clone()));
            }
            faults.push(fault);
        }
        let bare = faults.contains(&Fault::Bare).then_some(1.3);
        let mut room = match self.reverberation.or(bare) {
            Some(rt60) => Room::with(size, self.seed, rt60),
            None => Room::installed(size, self.seed),
        };
        if let Some(millis) = self.delay_ms {
            room.delay(millis / 1000.0);
        }
        if let Some(by) = self.gain_db {
            room.louder(by);
        }
        if let Some(level) = self.noise_db {
            room.noisy(level);
        }
        faults.into_iter().for_each(|fault| room.suffer(fault));
        Ok(room)
    }
}

fn within(
    what: &'static str,
    value: Option<f64>,
    (from, to): (f64, f64),
) -> Result<(), BadSettings> {
    match value {
        Some(value) if !(from..=to).contains(&value) => Err(BadSettings::Outside {
            what,
            value,
            from,
            to,
        }),
        Some(_) | None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "seed = 7\nloudspeakers = [\"wall\"]\nmicrophones = [\"table\", \"ceiling\"]\nrate = 24000\n";

    #[test]
    fn a_file_makes_a_room_and_its_numbers_are_the_rooms() {
        let text =
            format!("{FILE}delay_ms = 60\nnoise_db = -60\nfaults = [\"amplifier-down:6\"]\n");
        let room = Settings::parse(&text)
            .expect("settings")
            .room()
            .expect("a room");
        assert_eq!(room.paths.len(), 1);
        assert!(room.paths[0].iter().all(|path| path.delay == 1440));
        let plain = Settings::parse(FILE)
            .expect("settings")
            .room()
            .expect("a room");
        let ratio = room.paths[0][1].impulse[0] / plain.paths[0][1].impulse[0];
        assert!((20.0 * ratio.log10() + 6.0).abs() < 0.01, "{ratio}");
        assert!((20.0 * room.microphones[1].noise.log10() + 60.0).abs() < 0.01);
    }

    #[test]
    fn what_makes_no_room_is_refused() {
        let room = |more: &str| Settings::parse(&format!("{FILE}{more}"))?.room();
        for bad in [
            "delay_ms = 3",
            "reverberation = 0",
            "noise_db = 3",
            "colour = 1",
            "faults = [\"reversed:1\"]",
            "faults = [\"loud\"]",
        ] {
            assert!(room(bad).is_err(), "{bad}");
        }
        assert_eq!(Settings::default().room().err(), Some(BadSettings::Empty));
    }
}
