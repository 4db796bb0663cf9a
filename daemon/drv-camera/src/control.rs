//! What can be set at a camera: names, units, ranges. Pure; the numbers are those of linux/v4l2-controls.h.

use crate::error::CameraError;
use core::fmt;

/// The kernel's number of a control.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ControlId(pub u32);

impl ControlId {
    /// Whether white balance is the camera's business.
    pub const WHITE_BALANCE_AUTO: ControlId = ControlId(0x0098_090c);
    /// Anti-flicker: a choice of mains frequencies.
    pub const POWER_LINE_FREQUENCY: ControlId = ControlId(0x0098_0918);
    /// White balance by hand.
    pub const WHITE_BALANCE_KELVIN: ControlId = ControlId(0x0098_091a);
    /// How much brighter a person before a window is made.
    pub const BACKLIGHT: ControlId = ControlId(0x0098_091c);
    /// Who chooses exposure time and iris.
    pub const EXPOSURE_AUTO: ControlId = ControlId(0x009a_0901);
    /// Exposure time by hand.
    pub const EXPOSURE_TIME: ControlId = ControlId(0x009a_0902);
    /// Whether fewer pictures a second may be given for a longer exposure.
    pub const EXPOSURE_DYNAMIC_RATE: ControlId = ControlId(0x009a_0903);
    /// Where it looks across.
    pub const PAN: ControlId = ControlId(0x009a_0908);
    /// Where it looks up and down.
    pub const TILT: ControlId = ControlId(0x009a_0909);
    /// Whether focus is the camera's business.
    pub const FOCUS_AUTO: ControlId = ControlId(0x009a_090c);
    /// How near it looks.
    pub const ZOOM: ControlId = ControlId(0x009a_090d);
    /// A shutter before the lens that the camera knows of.
    pub const PRIVACY: ControlId = ControlId(0x009a_0910);

    /// What a value counts.
    pub fn unit(self) -> Unit {
        match self {
            ControlId::WHITE_BALANCE_KELVIN => Unit::Kelvin,
            ControlId::EXPOSURE_TIME => Unit::TenthMillisecond,
            ControlId::PAN | ControlId::TILT => Unit::ArcSecond,
            _ => Unit::Bare,
        }
    }
}

/// What a value counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// The vendor's own steps.
    Bare,
    /// Colour temperature.
    Kelvin,
    /// 100 µs.
    TenthMillisecond,
    /// 1/3600 of a degree; right and up are positive.
    ArcSecond,
}

impl Unit {
    /// A value as people read it.
    pub fn show(self, value: i64) -> String {
        match self {
            Unit::Bare => value.to_string(),
            Unit::Kelvin => format!("{value} K"),
            Unit::TenthMillisecond => format!("{}.{} ms", value / 10, (value % 10).abs()),
            Unit::ArcSecond => {
                let sign = if value < 0 { "-" } else { "" };
                let tenths = value.unsigned_abs() / 360;
                format!("{sign}{}.{}°", tenths / 10, tenths % 10)
            }
        }
    }
}

/// What a control takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Takes {
    /// On or off.
    Switch,
    /// A whole number.
    Whole {
        /// The least.
        least: i64,
        /// The most.
        most: i64,
        /// The distance of two values; never 0.
        step: u64,
    },
    /// One of these.
    Choice(Vec<(i64, String)>),
    /// Nothing: it is pressed.
    Press,
    /// A text, a picture or a table, which nobody sets here.
    Other,
}

impl fmt::Display for Takes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Takes::Switch => f.write_str("0 (off) or 1 (on)"),
            Takes::Whole {
                least,
                most,
                step: 1,
            } => write!(f, "{least} to {most}"),
            Takes::Whole { least, most, step } => write!(f, "{least} to {most} in steps of {step}"),
            Takes::Choice(choices) => {
                let choices: Vec<String> = choices
                    .iter()
                    .map(|(value, name)| format!("{value} ({name})"))
                    .collect();
                f.write_str(&choices.join(", "))
            }
            Takes::Press => f.write_str("no value (it is pressed)"),
            Takes::Other => f.write_str("nothing that can be given here"),
        }
    }
}

/// One control of a camera as it is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Control {
    /// Its number.
    pub id: ControlId,
    /// Its name, written like `power_line_frequency`.
    pub name: String,
    /// What it takes.
    pub takes: Takes,
    /// As it left the factory.
    pub default: i64,
    /// As it is; `None` where there is nothing to read.
    pub value: Option<i64>,
    /// Whether it can be set at all.
    pub writable: bool,
    /// Whether setting it has an effect now; exposure by hand has none while the camera chooses.
    pub active: bool,
}

impl Control {
    /// The value that stands for this text.
    ///
    /// # Errors
    /// When the control does not take it.
    pub fn parse(&self, text: &str) -> Result<i64, CameraError> {
        let number = text.parse::<i64>().ok();
        let value = match &self.takes {
            Takes::Switch => match text {
                "on" | "1" => Some(1),
                "off" | "0" => Some(0),
                _ => None,
            },
            Takes::Whole { least, most, step } => number.filter(|value| {
                let whole = value
                    .checked_sub(*least)
                    .is_some_and(|above| above.unsigned_abs() % (*step).max(1) == 0);
                (*least..=*most).contains(value) && whole
            }),
            Takes::Choice(choices) => {
                let named = |(value, name): &&(i64, String)| {
                    Some(*value) == number || name.eq_ignore_ascii_case(text)
                };
                choices.iter().find(named).map(|(value, _)| *value)
            }
            Takes::Press | Takes::Other => None,
        };
        value.ok_or_else(|| CameraError::OutOfRange {
            control: self.name.clone(),
            takes: self.takes.to_string(),
            given: text.to_owned(),
        })
    }

    /// The nearest value that it takes; `None` when there is none.
    pub fn nearest(&self, wanted: i64) -> Option<i64> {
        match &self.takes {
            Takes::Switch => Some(i64::from(wanted != 0)),
            Takes::Whole { least, most, step } => {
                let step = i64::try_from(*step).unwrap_or(i64::MAX).max(1);
                let inside = wanted.clamp(*least, (*most).max(*least));
                let steps = inside.saturating_sub(*least).saturating_add(step / 2) / step;
                let value = least.saturating_add(steps.saturating_mul(step));
                Some(if value > *most { value - step } else { value })
            }
            Takes::Choice(choices) => choices
                .iter()
                .any(|(value, _)| *value == wanted)
                .then_some(wanted),
            Takes::Press | Takes::Other => None,
        }
    }

    /// The largest value; `None` for what has no order.
    pub fn most(&self) -> Option<i64> {
        match self.takes {
            Takes::Switch => Some(1),
            Takes::Whole { most, .. } => Some(most),
            Takes::Choice(_) | Takes::Press | Takes::Other => None,
        }
    }

    /// Its value as people read it.
    pub fn show(&self) -> String {
        let Some(value) = self.value else {
            return "-".to_owned();
        };
        match &self.takes {
            Takes::Switch => if value == 0 { "off" } else { "on" }.to_owned(),
            Takes::Choice(choices) => {
                let name = choices
                    .iter()
                    .find(|(number, _)| *number == value)
                    .map(|(_, name)| name.as_str());
                format!("{value} ({})", name.unwrap_or("unknown"))
            }
            Takes::Whole { .. } => match self.id.unit() {
                Unit::Bare => value.to_string(),
                unit => format!("{value} ({})", unit.show(value)),
            },
            Takes::Press | Takes::Other => "-".to_owned(),
        }
    }
}

/// A driver's words for a control as one word: `White Balance, Automatic` is `white_balance_automatic`.
pub fn word(name: &str) -> String {
    let parts = name
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join("_").to_ascii_lowercase()
}

/// The control of that name or number.
///
/// # Errors
/// When there is none.
pub fn named<'a>(controls: &'a [Control], name: &str) -> Result<&'a Control, CameraError> {
    let wanted = word(name);
    controls
        .iter()
        .find(|control| control.name == wanted)
        .ok_or_else(|| CameraError::NoControl(name.to_owned()))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub fn control(id: ControlId, name: &str, takes: Takes) -> Control {
        Control {
            id,
            name: name.to_owned(),
            takes,
            default: 0,
            value: Some(0),
            writable: true,
            active: true,
        }
    }

    pub fn whole(id: ControlId, least: i64, most: i64, step: u64) -> Control {
        control(id, "number", Takes::Whole { least, most, step })
    }

    #[test]
    fn only_what_a_control_takes_is_taken_and_the_error_teaches() {
        let zoom = whole(ControlId::ZOOM, 100, 500, 5);
        assert_eq!(zoom.parse("105").unwrap(), 105);
        let said = zoom.parse("101").unwrap_err().to_string();
        assert_eq!(said, "number takes 100 to 500 in steps of 5, not 101");
        assert!(
            zoom.parse("95").is_err() && zoom.parse("505").is_err() && zoom.parse("near").is_err()
        );
        let choices = Takes::Choice(vec![(0, "Disabled".into()), (1, "50 Hz".into())]);
        let flicker = control(ControlId::POWER_LINE_FREQUENCY, "flicker", choices);
        assert_eq!(flicker.parse("50 hz").unwrap(), 1);
        let said = flicker.parse("2").unwrap_err().to_string();
        assert_eq!(said, "flicker takes 0 (Disabled), 1 (50 Hz), not 2");
        let switch = control(ControlId::PRIVACY, "privacy", Takes::Switch);
        assert_eq!(
            (switch.parse("on").unwrap(), switch.parse("0").unwrap()),
            (1, 0)
        );
    }

    #[test]
    fn the_nearest_value_is_always_one_that_is_taken() {
        for (least, most, step) in [
            (0, 10, 3),
            (-36000, 36000, 3600),
            (i64::MIN, i64::MAX, 1),
            (5, 5, 1),
            (0, 1, 0),
        ] {
            let control = whole(ControlId::PAN, least, most, step);
            for wanted in [i64::MIN, -1, 0, 4, 7, 3599, i64::MAX] {
                let value = control.nearest(wanted).unwrap();
                assert!(
                    control.parse(&value.to_string()).is_ok(),
                    "{wanted} in {least}..{most} by {step} gave {value}"
                );
            }
        }
    }

    #[test]
    fn values_carry_their_unit() {
        assert_eq!(Unit::ArcSecond.show(-5400), "-1.5°");
        assert_eq!(Unit::TenthMillisecond.show(333), "33.3 ms");
        let mut white = whole(ControlId::WHITE_BALANCE_KELVIN, 2800, 6500, 10);
        white.value = Some(4000);
        assert_eq!(white.show(), "4000 (4000 K)");
    }

    #[test]
    fn names_of_all_kernels_become_words() {
        assert_eq!(word("White Balance, Automatic"), "white_balance_automatic");
        assert_eq!(word("Power Line Frequency"), "power_line_frequency");
        assert!(named(&[whole(ControlId::ZOOM, 0, 1, 1)], "Number").is_ok());
        assert!(named(&[], "number").is_err());
    }
}
