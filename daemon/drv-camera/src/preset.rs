//! What a room wants of a camera's exposure, colour and anti-flicker, as settings that this camera takes. Pure.

use crate::control::{Control, ControlId, Takes};

/// The mains frequency that lamps flicker with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AntiFlicker {
    /// 50 Hz: Europe, and most of the world.
    Hz50,
    /// 60 Hz: North America, parts of Japan.
    Hz60,
    /// The camera finds out.
    Auto,
    /// Not at all: daylight alone.
    Off,
    /// As the camera has it.
    AsFound,
}

/// What the camera looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Preset {
    /// Nothing is set but against flicker.
    AsFound,
    /// An office: the camera chooses everything, and keeps its pictures a second.
    Office,
    /// People before a window.
    BrightWindow,
    /// A room that is never bright: longer exposure counts more than pictures a second.
    DimRoom,
    /// Lamps of one kind: a fixed white balance, so that colours do not drift when somebody in red stands up.
    SteadyColour,
}

/// What is known about a model beyond what it says itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CameraModel {
    /// Backlight compensation for people before a window; without it, the most that the camera has.
    pub window_backlight: Option<i64>,
    /// Colour temperature of the lamps of an office, in kelvin.
    pub office_kelvin: i64,
    /// So many first pictures are thrown away, until the exposure has settled.
    pub settle: u32,
}

impl Default for CameraModel {
    fn default() -> CameraModel {
        CameraModel {
            window_backlight: None,
            // Neutral white, as office lamps are by EN 12464-1.
            office_kelvin: 4000,
            settle: 8,
        }
    }
}

/// One control and its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Setting {
    /// Which.
    pub control: ControlId,
    /// What to.
    pub value: i64,
}

/// What is to be set, in this order, and what the camera has not.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Settings {
    /// To be set.
    pub set: Vec<Setting>,
    /// Wanted and not to be had.
    pub lacking: Vec<&'static str>,
}

/// Plans the settings. What stands right already is not set again: some cameras begin their exposure anew with each write.
pub fn plan(
    preset: Preset,
    flicker: AntiFlicker,
    model: &CameraModel,
    controls: &[Control],
) -> Settings {
    let mut plan = Planner {
        controls,
        settings: Settings::default(),
    };
    plan.flicker(flicker);
    if preset != Preset::AsFound {
        plan.exposure_by_camera();
        let rate = i64::from(preset == Preset::DimRoom);
        plan.set(ControlId::EXPOSURE_DYNAMIC_RATE, rate);
        plan.backlight(preset, model);
        plan.colour(preset, model);
        plan.set(ControlId::FOCUS_AUTO, 1);
    }
    plan.settings
}

struct Planner<'a> {
    controls: &'a [Control],
    settings: Settings,
}

impl Planner<'_> {
    fn find(&self, id: ControlId) -> Option<&Control> {
        self.controls
            .iter()
            .find(|control| control.id == id && control.writable)
    }

    /// Says whether the camera has it.
    fn set(&mut self, id: ControlId, wanted: i64) -> bool {
        let Some((control, value)) = self
            .find(id)
            .and_then(|control| Some((control, control.nearest(wanted)?)))
        else {
            return false;
        };
        if control.value != Some(value) {
            self.settings.set.push(Setting { control: id, value });
        }
        true
    }

    fn flicker(&mut self, flicker: AntiFlicker) {
        // V4L2_CID_POWER_LINE_FREQUENCY: 0 off, 1 50 Hz, 2 60 Hz, 3 automatic.
        let (value, else_value) = match flicker {
            AntiFlicker::AsFound => return,
            AntiFlicker::Off => (0, 0),
            AntiFlicker::Hz50 => (1, 1),
            AntiFlicker::Hz60 => (2, 2),
            // Cameras that cannot find out are left in Europe.
            AntiFlicker::Auto => (3, 1),
        };
        if !self.set(ControlId::POWER_LINE_FREQUENCY, value)
            && !self.set(ControlId::POWER_LINE_FREQUENCY, else_value)
        {
            self.settings.lacking.push("anti-flicker");
        }
    }

    fn exposure_by_camera(&mut self) {
        // V4L2_CID_EXPOSURE_AUTO: 0 automatic, 3 automatic with a fixed iris, which is what webcams have.
        let _ = self.set(ControlId::EXPOSURE_AUTO, 3) || self.set(ControlId::EXPOSURE_AUTO, 0);
    }

    fn backlight(&mut self, preset: Preset, model: &CameraModel) {
        let Some(control) = self.find(ControlId::BACKLIGHT) else {
            if preset == Preset::BrightWindow {
                self.settings.lacking.push("backlight compensation");
            }
            return;
        };
        let value = match preset {
            Preset::BrightWindow => model
                .window_backlight
                .or(control.most())
                .unwrap_or(control.default),
            _ => control.default,
        };
        self.set(ControlId::BACKLIGHT, value);
    }

    fn colour(&mut self, preset: Preset, model: &CameraModel) {
        if preset != Preset::SteadyColour {
            self.set(ControlId::WHITE_BALANCE_AUTO, 1);
            return;
        }
        // By hand first: while the camera chooses, a temperature is refused or ignored.
        self.set(ControlId::WHITE_BALANCE_AUTO, 0);
        if !self.set(ControlId::WHITE_BALANCE_KELVIN, model.office_kelvin) {
            self.settings.lacking.push("white balance");
        }
    }
}

/// Whether the camera itself says that its lens is shut.
pub fn shuttered(controls: &[Control]) -> bool {
    let shut =
        |control: &Control| control.id == ControlId::PRIVACY && control.takes == Takes::Switch;
    controls
        .iter()
        .any(|control| shut(control) && control.value == Some(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::control::tests::{control, whole};

    fn flicker(choices: &[i64]) -> Control {
        let choices = choices
            .iter()
            .map(|value| (*value, value.to_string()))
            .collect();
        control(
            ControlId::POWER_LINE_FREQUENCY,
            "power_line_frequency",
            Takes::Choice(choices),
        )
    }

    fn webcam() -> Vec<Control> {
        let mut exposure = control(
            ControlId::EXPOSURE_AUTO,
            "auto_exposure",
            Takes::Choice(vec![(1, "Manual".into()), (3, "Aperture".into())]),
        );
        exposure.value = Some(1);
        let mut american = flicker(&[0, 1, 2]);
        american.value = Some(2);
        vec![
            american,
            exposure,
            control(
                ControlId::EXPOSURE_DYNAMIC_RATE,
                "exposure_dynamic_framerate",
                Takes::Switch,
            ),
            control(
                ControlId::WHITE_BALANCE_AUTO,
                "white_balance_automatic",
                Takes::Switch,
            ),
            whole(ControlId::WHITE_BALANCE_KELVIN, 2000, 6500, 10),
            whole(ControlId::BACKLIGHT, 0, 2, 1),
        ]
    }

    fn planned(preset: Preset, flicker: AntiFlicker, controls: &[Control]) -> String {
        let settings = plan(preset, flicker, &CameraModel::default(), controls);
        let set = settings
            .set
            .iter()
            .map(|set| format!("{:08x}={}", set.control.0, set.value));
        let lacking = settings.lacking.iter().map(|what| format!("no {what}"));
        set.chain(lacking).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn european_lamps_do_not_flicker_on_a_camera_from_elsewhere() {
        assert_eq!(
            planned(Preset::AsFound, AntiFlicker::Hz50, &webcam()),
            "00980918=1"
        );
        assert_eq!(planned(Preset::AsFound, AntiFlicker::Hz60, &webcam()), "");
        assert_eq!(
            planned(Preset::AsFound, AntiFlicker::Auto, &webcam()),
            "00980918=1"
        );
        assert_eq!(
            planned(
                Preset::AsFound,
                AntiFlicker::Auto,
                &[flicker(&[0, 1, 2, 3])]
            ),
            "00980918=3"
        );
        assert_eq!(
            planned(Preset::AsFound, AntiFlicker::Hz50, &[]),
            "no anti-flicker"
        );
    }

    #[test]
    fn each_preset_sets_what_it_says_and_leaves_what_stands_right() {
        let office = "00980918=1 009a0901=3 0098090c=1";
        assert_eq!(
            planned(Preset::Office, AntiFlicker::Hz50, &webcam()),
            office
        );
        let window = "00980918=1 009a0901=3 0098091c=2 0098090c=1";
        assert_eq!(
            planned(Preset::BrightWindow, AntiFlicker::Hz50, &webcam()),
            window
        );
        let dim = "00980918=1 009a0901=3 009a0903=1 0098090c=1";
        assert_eq!(planned(Preset::DimRoom, AntiFlicker::Hz50, &webcam()), dim);
        let steady = "00980918=1 009a0901=3 0098091a=4000";
        assert_eq!(
            planned(Preset::SteadyColour, AntiFlicker::Hz50, &webcam()),
            steady
        );
    }

    #[test]
    fn what_a_camera_has_not_is_said() {
        let bare = [flicker(&[1])];
        assert_eq!(
            planned(Preset::BrightWindow, AntiFlicker::Hz50, &bare),
            "00980918=1 no backlight compensation"
        );
        assert_eq!(
            planned(Preset::SteadyColour, AntiFlicker::Hz50, &bare),
            "00980918=1 no white balance"
        );
    }

    #[test]
    fn a_shutter_counts_only_when_it_is_shut() {
        let mut shutter = control(ControlId::PRIVACY, "privacy", Takes::Switch);
        assert!(!shuttered(std::slice::from_ref(&shutter)));
        shutter.value = Some(1);
        assert!(shuttered(&[shutter]));
    }
}
