//! One card's mixer: its switches and amplifications, set and read back. Knows ALSA's simple elements, and no policy.

use super::error::HardwareError;
use super::rules::{Chosen, Element, Has, choose, is_believable, joined, share};
use crate::ports::{CardGain, CardSwitch, Db, Direction};
use alsa::Round;
use alsa::ctl::Ctl;
use alsa::mixer::{MilliBel, Mixer, Selem, SelemChannelId};
use alsa::poll::{Descriptors, pollfd};
use nix::errno::Errno;
use room_core::units::Switch;
use std::path::{Path, PathBuf};

/// A card's mixer, open.
pub struct CardMixer {
    mixer: Mixer,
    /// Says when anything at the card changes; the mixer is then read anew.
    news: Ctl,
    card: u32,
    node: PathBuf,
}

/// What a card's mixer says for one direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct State {
    /// Its switch.
    pub switch: CardSwitch,
    /// Its amplification, when it has one.
    pub gain: Option<CardGain>,
}

impl CardMixer {
    /// Opens the mixer of a card by its number; `node` is its control node, for what is said of it.
    ///
    /// # Errors
    /// When it is not there or may not be opened.
    pub fn open(card: u32, node: &Path) -> Result<CardMixer, HardwareError> {
        let failed = |error| why(error, node);
        let news = Ctl::new(&format!("hw:{card}"), true).map_err(failed)?;
        // Before the mixer is read, so that nothing is missed between the two.
        news.subscribe_events(true).map_err(failed)?;
        Ok(CardMixer {
            mixer: read(card, node)?,
            news,
            card,
            node: node.to_owned(),
        })
    }

    /// Reads everything from the kernel. The library keeps what it wrote as if it had been taken; only a mixer that is opened
    /// anew has what the kernel says.
    ///
    /// # Errors
    /// When the card is gone.
    pub fn refresh(&mut self) -> Result<(), HardwareError> {
        self.mixer = read(self.card, &self.node)?;
        Ok(())
    }

    /// Takes in what somebody changed.
    ///
    /// # Errors
    /// When the card is gone.
    pub fn hear(&mut self) -> Result<(), HardwareError> {
        loop {
            match self.news.read() {
                Ok(Some(_)) => {}
                Ok(None) => return self.refresh(),
                Err(error) if error.errno().abs() == Errno::EAGAIN as i32 => return self.refresh(),
                Err(error) => return Err(why(error, &self.node)),
            }
        }
    }

    /// What to wait for before [`CardMixer::hear`].
    pub fn waits_for(&self) -> Vec<pollfd> {
        self.news.get().unwrap_or_default()
    }

    /// Every element, in the card's order.
    pub fn elements(&self) -> Vec<Element> {
        self.selems().iter().map(element).collect()
    }

    /// What it says for one direction.
    pub fn state(&self, direction: Direction) -> State {
        let (selems, chosen) = self.chosen(direction);
        let switch = match chosen.switch.is_empty() {
            true => CardSwitch::Absent,
            false => {
                let of = |place: &usize| switches(&selems[*place], direction);
                let all: Option<Vec<_>> = chosen.switch.iter().map(of).collect();
                joined(&all.unwrap_or_default().concat())
            }
        };
        let gains = chosen.volume.iter();
        let gain = gains
            .filter_map(|place| loudest(&selems[*place], direction))
            .max_by_key(|gain| (gain.db, gain.share.get()));
        State { switch, gain }
    }

    /// Sets every channel of a direction's switch and reads everything back.
    ///
    /// # Errors
    /// When there is none, or it is not taken.
    pub fn switch(&mut self, direction: Direction, to: Switch) -> Result<(), HardwareError> {
        let on = i32::from(to == Switch::Open);
        let (selems, chosen) = self.chosen(direction);
        if chosen.switch.is_empty() {
            return Err(HardwareError::Lacks("switch"));
        }
        for place in &chosen.switch {
            let selem = &selems[*place];
            let set = match direction {
                Direction::Capture => selem.set_capture_switch_all(on),
                Direction::Playback => selem.set_playback_switch_all(on),
            };
            set.map_err(|error| why(error, &self.node))?;
        }
        drop(selems);
        self.refresh()
    }

    /// Sets every channel of a direction's amplification, to the nearest step that is not louder, and reads everything back.
    ///
    /// # Errors
    /// When there is none, it is not taken, or the card does not count in decibels.
    pub fn gain(&mut self, direction: Direction, to: Db) -> Result<(), HardwareError> {
        let (selems, chosen) = self.chosen(direction);
        if chosen.volume.is_empty() {
            return Err(HardwareError::Lacks("amplification"));
        }
        for place in &chosen.volume {
            let selem = &selems[*place];
            let raw = step(selem, direction, to).ok_or(HardwareError::NoDecibels)?;
            let set = match direction {
                Direction::Capture => selem.set_capture_volume_all(raw),
                Direction::Playback => selem.set_playback_volume_all(raw),
            };
            set.map_err(|error| why(error, &self.node))?;
        }
        drop(selems);
        self.refresh()
    }

    fn selems(&self) -> Vec<Selem<'_>> {
        self.mixer.iter().filter_map(Selem::new).collect()
    }

    fn chosen(&self, direction: Direction) -> (Vec<Selem<'_>>, Chosen) {
        let selems = self.selems();
        let elements: Vec<Element> = selems.iter().map(element).collect();
        let chosen = choose(&elements, direction);
        (selems, chosen)
    }
}

fn read(card: u32, node: &Path) -> Result<Mixer, HardwareError> {
    Mixer::new(&format!("hw:{card}"), true).map_err(|error| why(error, node))
}

/// What an error of the library means for a node.
pub(super) fn why(error: alsa::Error, node: &Path) -> HardwareError {
    match Errno::from_raw(error.errno().abs()) {
        Errno::ENODEV | Errno::ENOENT | Errno::ENXIO => HardwareError::Absent,
        Errno::EACCES | Errno::EPERM => HardwareError::Denied(node.to_owned()),
        _ => HardwareError::Broken(error),
    }
}

fn element(selem: &Selem<'_>) -> Element {
    let id = selem.get_id();
    Element {
        name: id.get_name().unwrap_or_default().to_owned(),
        index: id.get_index(),
        capture: Has {
            switch: selem.has_capture_switch(),
            volume: selem.has_capture_volume(),
        },
        playback: Has {
            switch: selem.has_playback_switch(),
            volume: selem.has_playback_volume(),
        },
    }
}

fn channels(selem: &Selem<'_>, direction: Direction) -> Vec<SelemChannelId> {
    let has = |channel: &SelemChannelId| match direction {
        Direction::Capture => selem.has_capture_channel(*channel),
        Direction::Playback => selem.has_playback_channel(*channel),
    };
    // "Unknown" is no channel.
    let all = SelemChannelId::all().iter().copied();
    all.filter(|channel| *channel as i32 >= 0)
        .filter(has)
        .collect()
}

/// Each channel's switch; `None` when one cannot be read.
fn switches(selem: &Selem<'_>, direction: Direction) -> Option<Vec<bool>> {
    let read = |channel| match direction {
        Direction::Capture => selem.get_capture_switch(channel),
        Direction::Playback => selem.get_playback_switch(channel),
    };
    let channels = channels(selem, direction).into_iter();
    channels
        .map(|channel| read(channel).ok().map(|on| on != 0))
        .collect()
}

fn decibels(selem: &Selem<'_>, direction: Direction) -> bool {
    let (lowest, highest) = match direction {
        Direction::Capture => selem.get_capture_db_range(),
        Direction::Playback => selem.get_playback_db_range(),
    };
    is_believable((lowest.0, highest.0))
}

fn range(selem: &Selem<'_>, direction: Direction) -> (i64, i64) {
    match direction {
        Direction::Capture => selem.get_capture_volume_range(),
        Direction::Playback => selem.get_playback_volume_range(),
    }
}

/// The decibels of a step.
fn of_step(selem: &Selem<'_>, direction: Direction, raw: i64) -> Option<Db> {
    let asked = match direction {
        Direction::Capture => selem.ask_capture_vol_db(raw),
        Direction::Playback => selem.ask_playback_vol_db(raw),
    };
    i32::try_from(asked.ok()?.0).ok().map(Db)
}

/// The loudest channel.
fn loudest(selem: &Selem<'_>, direction: Direction) -> Option<CardGain> {
    let read = |channel| match direction {
        Direction::Capture => selem.get_capture_volume(channel),
        Direction::Playback => selem.get_playback_volume(channel),
    };
    let channels = channels(selem, direction).into_iter();
    let raw = channels.filter_map(|channel| read(channel).ok()).max()?;
    let db = decibels(selem, direction).then(|| of_step(selem, direction, raw));
    Some(CardGain {
        db: db.flatten(),
        share: share(raw, range(selem, direction)),
    })
}

/// The loudest step that is not louder than this; the lowest, when all are. `None`: the card does not count in decibels.
fn step(selem: &Selem<'_>, direction: Direction, to: Db) -> Option<i64> {
    if !decibels(selem, direction) {
        return None;
    }
    let wanted = MilliBel(i64::from(to.0));
    let asked = match direction {
        Direction::Capture => selem.ask_capture_db_vol(wanted, Round::Floor),
        Direction::Playback => selem.ask_playback_db_vol(wanted, Round::Floor),
    };
    let (lowest, highest) = range(selem, direction);
    let mut raw = asked.ok()?.clamp(lowest, highest);
    // Tables of linear steps are rounded to the nearest by the library.
    while raw > lowest && of_step(selem, direction, raw)? > to {
        raw -= 1;
    }
    Some(raw)
}
