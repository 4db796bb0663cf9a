//! Tables and keys of lamps, buttons, a speakerphone and status panels: type, default, bounds and sentence, once.
//! Knows nothing of how they fit together; `fittings` checks that.

use crate::fittings::{
    ButtonKey, GpioDriver, HookKey, LampShows, LineActive, LinePlace, LinePull, PanelKind,
};
use crate::scalars::{FilePath, Time, TimeOrNever, Whole, choice};
use crate::section::{At, Scalar, Wrong, section};
use crate::tree::Value;
use crate::usb::UsbKeys;
use std::path::PathBuf;

choice! {
    /// Who holds lines and buses.
    enum DriverWord: GpioDriver {
        "kernel" => GpioDriver::Kernel,
        "raspberry-pi" => GpioDriver::RaspberryPi,
    }

    /// At which voltage a line is active.
    enum ActiveWord: LineActive {
        "high" => LineActive::High,
        "low" => LineActive::Low,
    }

    /// What holds an open contact's line still.
    enum PullWord: LinePull {
        "up" => LinePull::Up,
        "down" => LinePull::Down,
        "none" => LinePull::None,
    }

    /// What a lamp shows.
    enum LampWord: LampShows {
        "busy" => LampShows::Busy,
        "microphone-open" => LampShows::MicOpen,
        "microphone-closed" => LampShows::MicClosed,
        "attention" => LampShows::Attention,
    }

    /// What a button means.
    enum KeyWord: ButtonKey {
        "main" => ButtonKey::Main,
        "mute" => ButtonKey::Mute,
    }

    /// What a speakerphone's hook key is for.
    enum HookWord: HookKey {
        "ignored" => HookKey::Ignored,
        "calls" => HookKey::Calls,
    }

    /// Kinds of panel.
    enum PanelWord: PanelKind {
        "ssd1306" => PanelKind::Ssd1306,
        "st7789" => PanelKind::St7789,
        "ili9341" => PanelKind::Ili9341,
        "paper-2in9" => PanelKind::Paper29,
        "paper-4in2" => PanelKind::Paper42,
        "framebuffer" => PanelKind::Framebuffer,
    }
}

section! {
    /// Lines of lamps and buttons, and buses of panels.
    struct GpioSection {
        /// Who holds them: the kernel, on every board; or a Raspberry Pi's own registers, which can dim lamps on GPIO12, 13, 18 and 19.
        driver: At<DriverWord> = "kernel",
    }

    /// A lamp, under the name of its role. It shows what was seen, never what was merely asked for.
    struct LampSection as "ROLE" {
        /// Its line: the board's name for it, or a chip and a number.
        line: At<LineName>,
        /// At which voltage it is lit.
        active: At<ActiveWord> = "high",
        /// What it shows. `"busy"`: lit in a call, blinking slowly on the way in and out.
        /// `"microphone-open"`: lit when people outside hear the room, blinking fast when nobody knows.
        /// `"microphone-closed"`: lit in a call that hears nothing. `"attention"`: blinks when a person is needed or something fails.
        shows: At<LampWord> = "busy",
        /// How bright it is when lit, in percent; needs a line that can be dimmed.
        brightness: At<Whole<1, 100>> = 100,
    }

    /// A button on a wire, under the name of its role. Its finger is in the room, so it may open the microphone.
    struct ButtonSection as "ROLE" {
        /// Its line: the board's name for it, or a chip and a number.
        line: At<LineName>,
        /// At which voltage it is pressed; `"low"` for a button between line and ground.
        active: At<ActiveWord> = "low",
        /// What holds the line while nobody presses; `"none"` when the board has a resistor of its own.
        pull: At<PullWord> = "up",
        /// What it is: the big one that joins and, held, leaves; or the one of the microphone.
        key: At<KeyWord>,
        /// What bounces for less than so many milliseconds is no press.
        debounce_ms: At<Whole<1, 50>> = 10,
        /// Held for this long is a long press, and a short one counts when it is let go; with `"never"` a press counts at once.
        /// Without it, two seconds for the main button and never for the microphone's.
        hold: Option<At<TimeOrNever<1, 10>>>,
        /// Held for this long is no finger any more, and the room says so.
        stuck_after: At<Time<5, 600>> = "30 s",
    }

    /// A speakerphone whose mute key and lamp are kept in step with the room, over HID. Its sound is chosen elsewhere.
    /// Without any `usb…` key: the first that is found.
    struct SpeakerphoneSection {
        /// Which device.
        usb: UsbKeys,
        /// What its hook key is for: nothing, or joining what is due and leaving.
        hook_key: At<HookWord> = "ignored",
    }

    /// A small status panel, under the name of its role.
    struct PanelSection as "ROLE" {
        /// What it is: its controller, and for electronic paper its size.
        kind: At<PanelWord>,
        /// Its bus: such as `/dev/i2c-1`, `/dev/spidev0.0` or `/dev/fb0`.
        bus: At<FilePath>,
        /// Its address on I2C; `0x3C` is usual.
        address: Option<At<Whole<8, 119>>>,
        /// On SPI: the line that tells commands from pictures.
        data: Option<At<LineName>>,
        /// On SPI: the line that begins anew.
        reset: Option<At<LineName>>,
        /// Of electronic paper: the line that says when it is done.
        busy: Option<At<LineName>>,
        /// The line of its light, lit while the panel works.
        light: Option<At<LineName>>,
        /// Whether the subject of a meeting may stand there, for everybody who passes by; private ones never do.
        subjects: At<bool> = false,
    }
}

/// A line of GPIO: `GPIO17`, or `/dev/gpiochip0:17`.
#[derive(Debug, Clone)]
pub(crate) struct LineName(pub LinePlace);

impl Scalar for LineName {
    fn expected() -> String {
        "the board's name for a line such as \"GPIO17\", or chip and number such as \"/dev/gpiochip0:17\"".to_owned()
    }

    fn read(value: &Value) -> Result<Self, Wrong> {
        let Value::Text(written) = value else {
            let message = format!("expected {}, found {}", Self::expected(), value.kind());
            return Err(Wrong::new(message));
        };
        let wrong = || {
            Wrong::new(format!("`{written}` is no line"))
                .help(format!("expected {}", Self::expected()))
        };
        if !written.starts_with('/') {
            let fits = (1..=32).contains(&written.len()) && !written.chars().any(char::is_control);
            return match fits {
                true => Ok(LineName(LinePlace::Named(written.clone()))),
                false => Err(wrong()),
            };
        }
        let (chip, offset) = written.rsplit_once(':').ok_or_else(wrong)?;
        let offset = offset.parse().map_err(|_| wrong())?;
        let chip = PathBuf::from(chip);
        Ok(LineName(LinePlace::At { chip, offset }))
    }

    fn fallback() -> Self {
        LineName(LinePlace::Named(String::new()))
    }
}
