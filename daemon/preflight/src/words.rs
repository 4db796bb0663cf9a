//! What people read of a run, German and English, from the Fluent files of this crate. Knows no layout.

use crate::check::{Check, Measure, Note, Skipped, Stop};
use crate::sound::{Finding, Part, Verdict};
use crate::trouble::{Repair, Trouble};
use std::sync::LazyLock;
use texts::{FluentArgs, FluentValue, Texts};

pub use texts::Language;

const DE: &str = include_str!("../assets/i18n/de.ftl");
const EN: &str = include_str!("../assets/i18n/en.ftl");
static TEXTS: LazyLock<Texts> = LazyLock::new(|| Texts::of(DE, EN));

/// Says texts of this crate.
pub(crate) trait Says {
    /// The text of a key, or of `KEY.ATTRIBUTE`.
    fn say(self, key: &str, values: FluentArgs<'_>) -> String;

    /// The text of a key without places.
    fn plain(self, key: &str) -> String;
}

impl Says for Language {
    fn say(self, key: &str, values: FluentArgs<'_>) -> String {
        TEXTS.say(self, key, &values)
    }

    fn plain(self, key: &str) -> String {
        self.say(key, FluentArgs::new())
    }
}

fn place(language: Language, part: &Part) -> String {
    match part {
        Part::Room => language.plain("place-room"),
        Part::Loudspeaker(name) => language.say("place-loudspeaker", named(language, name)),
        Part::Microphone(name) => language.say("place-microphone", named(language, name)),
    }
}

fn named(language: Language, name: &str) -> FluentArgs<'static> {
    FluentArgs::from_iter([("name", FluentValue::from(role(language, name)))])
}

/// What people call a device. The room's own two are called as conferences see them; others have names of their own.
pub(crate) fn role(language: Language, name: &str) -> String {
    match name {
        "loudspeaker" | "microphone" => language.plain(&format!("role-{name}")),
        other => other.to_owned(),
    }
}

impl Trouble {
    /// What is wrong.
    pub fn sentence(&self, language: Language) -> String {
        let counted = |count: u32| FluentArgs::from_iter([("by", FluentValue::from(count))]);
        let values = match self {
            Trouble::Sound(finding) => return finding.sentence(language),
            Trouble::SoundUnreachable(name)
            | Trouble::SoundDisturbed(name)
            | Trouble::CameraMissing(name)
            | Trouble::CameraSilent(name)
            | Trouble::CameraTaken(name)
            | Trouble::PictureFrozen(name)
            | Trouble::PictureCovered(name)
            | Trouble::PictureBlurred(name)
            | Trouble::HeadSilent(name)
            | Trouble::HeadAstray(name)
            | Trouble::DisplaySilent(name)
            | Trouble::DisplayDark(name)
            | Trouble::DisplayWrongInput(name)
            | Trouble::NoPack(name)
            | Trouble::FittingSilent(name) => named(language, name),
            Trouble::CertificateEnds(count)
            | Trouble::ClockWrong(count)
            | Trouble::PathSlow(count)
            | Trouble::PathUneven(count)
            | Trouble::PathLossy(count)
            | Trouble::PathNarrow(count) => counted(*count),
            Trouble::Late(check) => {
                FluentArgs::from_iter([("name", FluentValue::from(check.title(language)))])
            }
            Trouble::SoundBusy
            | Trouble::NameUnknown
            | Trouble::PathClosed(_)
            | Trouble::PathSilent(_)
            | Trouble::CertificateUntrusted
            | Trouble::CertificateOver
            | Trouble::TlsFails
            | Trouble::SipSilent
            | Trouble::SipUntrusted
            | Trouble::MeetingUnknown
            | Trouble::MeetingNotAllowed
            | Trouble::BrowserGone => FluentArgs::new(),
        };
        language.say(self.code(), values)
    }

    /// What a person may do about it.
    pub fn suggestion(&self, language: Language) -> String {
        let attribute = match self {
            Trouble::Sound(Finding::Quieter(Part::Room, _)) => "fix-room",
            _ => "fix",
        };
        let values = match self {
            // As text: no language groups the digits of a port.
            Trouble::PathClosed(port) | Trouble::PathSilent(port) => {
                FluentArgs::from_iter([("port", FluentValue::from(port.to_string()))])
            }
            _ => FluentArgs::new(),
        };
        language.say(&format!("{}.{attribute}", self.code()), values)
    }
}

impl Finding {
    /// What is wrong with the sound.
    pub fn sentence(&self, language: Language) -> String {
        let number = |value: f64| FluentValue::from(language.number(value, 0));
        let at = |part: &Part, by| {
            let place = FluentValue::from(place(language, part));
            FluentArgs::from_iter([("where", place), ("by", by)])
        };
        let values = match self {
            Finding::CutOff(name)
            | Finding::DeadMicrophone(name)
            | Finding::DeafMicrophone(name)
            | Finding::SilentLoudspeaker(name)
            | Finding::Clipped(name) => named(language, name),
            Finding::NothingHeard | Finding::CancellerAway => FluentArgs::new(),
            Finding::EchoRemains(loss) => FluentArgs::from_iter([("by", number(loss.0))]),
            Finding::LoudspeakersSwapped(a, b) | Finding::MicrophonesSwapped(a, b) => {
                let mut values = named(language, a);
                values.set("other", role(language, b));
                values
            }
            Finding::Quieter(part, by)
            | Finding::Louder(part, by)
            | Finding::Muffled(part, by)
            | Finding::Thin(part, by) => at(part, number(by.0)),
            Finding::Later(part, by) => at(part, number(by.0)),
            Finding::Distorted(part, share) => at(part, number(share.0 * 100.0)),
            Finding::Reversed(part) => at(part, FluentValue::None),
            Finding::Gaps(part, count) => at(part, number(f64::from(*count))),
            Finding::Hum(name, mains, level) => {
                let mut values = named(language, name);
                values.set("hertz", number(mains.hertz()));
                values.set("by", number(level.0));
                values
            }
            Finding::Noisy(name, level) | Finding::EchoReturns(name, level) => {
                let mut values = named(language, name);
                values.set("by", number(level.0));
                values
            }
            Finding::Reverberant(seconds) => {
                let seconds = FluentValue::from(language.number(*seconds, 1));
                FluentArgs::from_iter([("by", seconds)])
            }
        };
        language.say(self.code(), values)
    }
}

impl Check {
    /// Its heading.
    pub fn title(self, language: Language) -> String {
        language.plain(&format!("check-{}", self.word()))
    }
}

impl Measure {
    /// Its name.
    pub fn title(self, language: Language) -> String {
        language.plain(&format!("measure-{}", self.word()))
    }

    /// Its value with its unit, as people write it.
    pub fn show(self, value: f64, language: Language) -> String {
        let (value, digits, unit) = match self {
            Measure::Name | Measure::RoundTrip | Measure::Jitter | Measure::Tls => (value, 1, "ms"),
            Measure::Loss => (value * 100.0, 0, "%"),
            Measure::Rate => (value, 0, "kbit/s"),
            Measure::ClockAhead => (value, 0, "s"),
            Measure::CertificateDays | Measure::Brightness => (value, 0, ""),
            Measure::Sharpness => (value, 2, ""),
            Measure::EchoLoss | Measure::EchoLossByRoom => (value, 0, "dB"),
        };
        let number = language.number(value, digits);
        format!("{number}\u{a0}{unit}").trim_end().to_owned()
    }
}

impl Verdict {
    /// The word of its colour, for records and style.
    pub fn word(self) -> &'static str {
        match self {
            Verdict::Green => "green",
            Verdict::Yellow => "yellow",
            Verdict::Red => "red",
        }
    }

    /// In a word or two.
    pub fn title(self, language: Language) -> String {
        language.plain(&format!("verdict-{}", self.word()))
    }

    /// What it means for whoever wants to meet here.
    pub fn sentence(self, language: Language) -> String {
        language.plain(&format!("verdict-means-{}", self.word()))
    }
}

impl Skipped {
    /// Why.
    pub fn sentence(self, language: Language) -> String {
        language.plain(match self {
            Skipped::NothingThere => "skipped-nothing-there",
            Skipped::Stopped => "skipped-stopped",
            Skipped::DaemonOnly => "skipped-daemon-only",
            Skipped::Quiet => "skipped-quiet",
        })
    }
}

impl Note {
    /// What is missing, and why.
    pub fn sentence(self, language: Language) -> String {
        language.plain(&format!("note-{}", self.word()))
    }
}

impl Stop {
    /// What ended the run.
    pub fn sentence(self, language: Language) -> String {
        language.plain(match self {
            Stop::Press => "stop-press",
            Stop::Occupied => "stop-occupied",
            Stop::Call => "stop-call",
        })
    }
}

impl Repair {
    /// What is being done.
    pub fn sentence(self, language: Language) -> String {
        language.plain(&format!("repair-{}", self.word()))
    }

    /// What was tried, as the part of a list.
    pub fn title(self, language: Language) -> String {
        language.plain(&format!("tried-{}", self.word()))
    }
}

#[cfg(test)]
#[path = "words_tests.rs"]
mod tests;
