//! Pointing at loudspeakers and microphones by ear: at a terminal one after another, on a page as its person asks. Opens a card for
//! that moment alone, and keeps no sound.

use super::on_page::Pointing;
use commission::Choice;
use commission::Topic;
use commission::facts::Facts;
use commission_page::Ears;
use drv_audio::hardware::mixer::CardMixer;
use drv_audio::hardware::{Roots, cards, chime, listen};
use drv_audio::ports::{Db, Direction, Place};
use room_core::units::Switch;
use std::sync::Arc;

/// Has each loudspeaker sound, and says which one it is.
pub fn play_each(facts: &Facts, choices: &[Choice]) {
    for (number, choice) in choices
        .iter()
        .enumerate()
        .filter(|(_, choice)| choice.is_device())
    {
        eprintln!("  {}  {} ...", number + 1, choice.label);
        if !play(facts, &choice.word) {
            eprintln!(
                "     it gives no sound now: look at its plug, or another program has it (`roomctl sound list`)"
            );
        }
    }
}

/// Listens to each microphone for a moment, and names the loudest.
pub fn hear_each(facts: &Facts, choices: &[Choice]) {
    eprintln!("speak now ...");
    let heard = choices
        .iter()
        .filter_map(|choice| Some((level(facts, &choice.word)?, choice)));
    match heard.max_by(|(one, _), (other, _)| one.total_cmp(other)) {
        Some((decibels, choice)) => eprintln!(
            "loudest at {} ({}), {decibels:.0} dB",
            choice.label, choice.word
        ),
        None => eprintln!(
            "no microphone can be heard now; another program may have them (`roomctl sound list`)"
        ),
    }
}

/// The same for a page, while it is asked for.
#[derive(Debug)]
pub struct OnCards(pub Arc<Pointing>);

impl Ears for OnCards {
    fn play(&self, key: &str) -> bool {
        self.0
            .at(&Topic::Loudspeaker, |facts| play(facts, key))
            .unwrap_or(false)
    }

    fn level(&self, key: &str) -> Option<f64> {
        self.0
            .at(&Topic::Microphone, |facts| level(facts, key))
            .flatten()
    }
}

/// The number of the card and of its device that has this lasting name.
fn seat(roots: &Roots, id: &str) -> Option<(u32, u32)> {
    let all = cards(roots);
    let mut found = all.iter().flat_map(drv_audio::hardware::Card::found);
    match found.find(|found| found.id.as_str() == id)?.place {
        Place::Pcm { card, device } => Some((card, device)),
        _ => None,
    }
}

fn play(facts: &Facts, key: &str) -> bool {
    let roots = Roots::default();
    let found = facts.sounds.iter().find(|found| found.unit.key() == key);
    let id = found.and_then(|found| found.plays.as_deref());
    let Some((card, device)) = id.and_then(|id| seat(&roots, id)) else {
        return false;
    };
    // Many cards come switched off; one without a switch is on.
    if let Ok(mut mixer) = CardMixer::open(card, &roots.control(card)) {
        let _ = mixer.switch(Direction::Playback, Switch::Open);
    }
    let played = chime::play(&roots, card, device);
    if let Err(error) = &played {
        eprintln!("roomctl: {error}");
    }
    played.is_ok()
}

fn level(facts: &Facts, key: &str) -> Option<f64> {
    let roots = Roots::default();
    let found = facts.sounds.iter().find(|found| found.unit.key() == key);
    let (card, device) = seat(&roots, found?.hears.as_deref()?)?;
    match listen::level(&roots, card, device) {
        // Nothing at all is a level too, below every other.
        Ok(level) => Some(level.map_or(-120.0, |Db(hundredths)| f64::from(hundredths) / 100.0)),
        Err(error) => {
            eprintln!("roomctl: {error}");
            None
        }
    }
}
