//! What is known about a model of a microphone or speakerphone: a file in `boards/devices/audio/`. Knows no room.

use crate::assemble::Build;
use crate::problem::Problem;
use crate::scalars::{Line, Slug, choice};
use crate::section::{At, Many, Section, Spot, section};
use crate::suggest;
use crate::text::{Place, SourceFile};
use crate::tree;
use crate::usb::ModelWord;
use identity::UsbModel;
use room_core::sound::OwnCanceller;

/// A model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SoundModel {
    /// What it is sold as.
    pub title: String,
    /// What kind of device it is.
    pub kind: SoundKind,
    /// How it shows itself on USB; empty: not at all, or nobody has looked.
    pub usb: Vec<UsbModel>,
    /// Whether it cancels echo by itself.
    pub cancels: OwnCanceller,
    /// What its mute key does.
    pub mute_key: MuteKey,
    /// What is odd about it, in sentences.
    pub quirks: Vec<String>,
    /// Where all this is from.
    pub sources: Vec<String>,
    /// Keys that could not be held against the maker's own document or a real device.
    pub unverified: Vec<String>,
}

/// What kind of device a microphone is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SoundKind {
    /// Microphone and loudspeaker on the table.
    Speakerphone,
    /// Microphones, loudspeakers and mostly a camera below the display.
    Bar,
    /// Microphones in the ceiling or on the wall.
    Array,
    /// A box with inputs for microphones and outputs for loudspeakers.
    Interface,
}

/// What a device's mute key does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MuteKey {
    /// It asks the host by HID, which answers with the lamp.
    Hid,
    /// It closes the microphone inside the device, and the host is told nothing.
    Inside,
    /// It has none.
    None,
    /// Nobody knows.
    Unknown,
}

choice! {
    /// Whether a model cancels echo.
    enum ModelCancelsWord: OwnCanceller {
        "yes" => OwnCanceller::Yes,
        "no" => OwnCanceller::No,
        "unknown" => OwnCanceller::Unknown,
    }

    /// What kind of device it is.
    enum KindWord: SoundKind {
        "speakerphone" => SoundKind::Speakerphone,
        "bar" => SoundKind::Bar,
        "array" => SoundKind::Array,
        "interface" => SoundKind::Interface,
    }

    /// What its mute key does.
    enum MuteKeyWord: MuteKey {
        "hid" => MuteKey::Hid,
        "inside" => MuteKey::Inside,
        "none" => MuteKey::None,
        "unknown" => MuteKey::Unknown,
    }
}

section! {
    /// What is known about a model of a microphone or speakerphone beyond what it says itself.
    struct SoundModelSection {
        /// What it is sold as.
        title: At<Line<80>>,
        /// What kind of device it is.
        kind: At<KindWord>,
        /// How it shows itself on USB: vendor and product.
        usb: Many<ModelWord>,
        /// Whether it cancels echo by itself.
        cancels_echo: At<ModelCancelsWord> = "unknown",
        /// What its mute key does.
        mute_key: At<MuteKeyWord> = "unknown",
        /// What is odd about it.
        quirks: Many<Line<300>>,
        /// Where all this is from.
        sources: Many<Line<200>>,
        /// Keys that could not be held against the maker's own document or a real device.
        unverified: Many<Line<40>>,
    }
}

/// Reads a model's file.
pub(crate) fn read(file: &SourceFile, problems: &mut Vec<Problem>) -> SoundModel {
    let tree = tree::parse(file, problems);
    let spot = Spot {
        path: String::new(),
        place: Place::start_of(file),
    };
    let section = SoundModelSection::read(Some(&tree), spot, problems);
    if section.sources.0.is_empty() {
        let help = Some("add `sources = […]`".to_owned());
        let place = Place::start_of(file);
        problems.push(Problem::new(place, "`sources` is missing or empty", help));
    }
    let lines = |lines: &Many<Line<200>>| lines.0.iter().map(|l| l.value.0.clone()).collect();
    SoundModel {
        title: section.title.value.0,
        kind: section.kind.value.0,
        usb: section.usb.0.iter().map(|word| word.value.0).collect(),
        cancels: section.cancels_echo.value.0,
        mute_key: section.mute_key.value.0,
        quirks: section.quirks.0.into_iter().map(|q| q.value.0).collect(),
        sources: lines(&section.sources),
        unverified: section
            .unverified
            .0
            .into_iter()
            .map(|key| key.value.0)
            .collect(),
    }
}

impl Build<'_> {
    /// The model that is named, else the one that is known to show itself so.
    pub(crate) fn sound_model(
        &mut self,
        name: Option<&At<Slug>>,
        usb: Option<UsbModel>,
    ) -> Option<SoundModel> {
        let models = &self.sources.audio_models;
        if let Some(name) = name {
            let Some((_, file)) = models.iter().find(|(known, _)| *known == name.value.0) else {
                let message = format!("there is no model `{}`", name.value.0);
                let known = models.iter().map(|(known, _)| known.as_str());
                self.wrong(name, message, suggest::among(&name.value.0, known));
                return None;
            };
            return Some(read(file, self.problems));
        }
        let usb = usb?;
        // A broken file that nobody named is nobody's problem here.
        let all = models.iter().map(|(_, file)| read(file, &mut Vec::new()));
        all.into_iter().find(|model| model.usb.contains(&usb))
    }
}
