//! Lamps, buttons, a speakerphone and status panels, checked: what the daemon wires, and what must fit together.
//! Knows no device.

use crate::assemble::Build;
use crate::fitting_sections::{
    ButtonSection, LampSection, LineName, PanelSection, SpeakerphoneSection,
};
use crate::section::At;
use crate::sections::WholeFile;
use crate::usb::Bindings;
use room_core::ids::FittingId;
use room_core::units::Percent;
use std::path::PathBuf;
use std::time::Duration;

/// The room's small fittings.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Fittings {
    /// Who holds their lines and buses.
    pub driver: GpioDriver,
    /// Lamps, in the order of the file.
    pub lamps: Vec<Lamp>,
    /// Buttons on wires.
    pub buttons: Vec<Button>,
    /// The speakerphone's keys.
    pub speakerphone: Option<Speakerphone>,
    /// Status panels.
    pub panels: Vec<Panel>,
}

impl Fittings {
    /// Every fitting, as the core knows it.
    pub fn ids(&self) -> Vec<FittingId> {
        let lamps = self.lamps.iter().map(|lamp| &lamp.id);
        let buttons = self.buttons.iter().map(|button| &button.id);
        let phone = self.speakerphone.iter().map(|phone| &phone.id);
        let panels = self.panels.iter().map(|panel| &panel.id);
        lamps
            .chain(buttons)
            .chain(phone)
            .chain(panels)
            .cloned()
            .collect()
    }
}

/// Who holds lines and buses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum GpioDriver {
    /// The kernel.
    #[default]
    Kernel,
    /// A Raspberry Pi's own registers.
    RaspberryPi,
}

/// Where a line is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LinePlace {
    /// By the board's name.
    Named(String),
    /// By chip and number.
    At {
        /// The chip's device.
        chip: PathBuf,
        /// The line's number there.
        offset: u32,
    },
}

/// At which voltage a line is active.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineActive {
    /// At the supply's.
    High,
    /// At ground.
    Low,
}

/// What holds an open contact's line still.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinePull {
    /// To the supply.
    Up,
    /// To ground.
    Down,
    /// Nothing in the chip.
    None,
}

/// What a lamp shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LampShows {
    /// That the room is in use.
    Busy,
    /// That the microphone is open.
    MicOpen,
    /// That the microphone is closed.
    MicClosed,
    /// That a person is needed.
    Attention,
}

/// A lamp.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lamp {
    /// Such as `lamp.door`.
    pub id: FittingId,
    /// Its line.
    pub line: LinePlace,
    /// When it is lit.
    pub active: LineActive,
    /// What it shows.
    pub shows: LampShows,
    /// How bright it is when lit.
    pub brightness: Percent,
}

/// What a button means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ButtonKey {
    /// The big one.
    Main,
    /// The microphone's.
    Mute,
}

/// A button on a wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Button {
    /// Such as `button.wall`.
    pub id: FittingId,
    /// Its line.
    pub line: LinePlace,
    /// When it is pressed.
    pub active: LineActive,
    /// What holds its line.
    pub pull: LinePull,
    /// What it means.
    pub key: ButtonKey,
    /// What bounces for less is no press.
    pub debounce: Duration,
    /// When a press is a long one; `None`: never.
    pub hold: Option<Duration>,
    /// When a press is none any more.
    pub stuck_after: Duration,
}

/// What a speakerphone's hook key is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HookKey {
    /// Nothing.
    Ignored,
    /// Joining and leaving.
    Calls,
}

/// Which speakerphone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PhonePlace {
    /// The device that this link leads to, whichever of its nodes has a phone's keys.
    DeviceOf(PathBuf),
    /// The very node that this link leads to.
    Node(PathBuf),
    /// The first that is found.
    First,
}

/// A speakerphone's keys and lamps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Speakerphone {
    /// `speakerphone`.
    pub id: FittingId,
    /// Which one.
    pub place: PhonePlace,
    /// What its hook key is for.
    pub hook_key: HookKey,
}

/// Kinds of panel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PanelKind {
    /// On I2C.
    Ssd1306,
    /// On SPI, square.
    St7789,
    /// On SPI.
    Ili9341,
    /// Electronic paper of 2.9 inch.
    Paper29,
    /// Electronic paper of 4.2 inch.
    Paper42,
    /// The kernel's.
    Framebuffer,
}

/// A status panel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Panel {
    /// Such as `panel.door`.
    pub id: FittingId,
    /// What it is.
    pub kind: PanelKind,
    /// Its bus.
    pub bus: PathBuf,
    /// On I2C.
    pub address: u8,
    /// On SPI.
    pub data: Option<LinePlace>,
    /// On SPI.
    pub reset: Option<LinePlace>,
    /// Of electronic paper.
    pub busy: Option<LinePlace>,
    /// Its light.
    pub light: Option<LinePlace>,
    /// Whether subjects of meetings may stand there.
    pub subjects: bool,
}

/// A main button that is held this long leaves.
const HOLD: Duration = Duration::from_secs(2);
const USUAL_ADDRESS: u8 = 0x3C;
/// Lines of a Raspberry Pi that its PWM reaches.
const DIMMABLE: [&str; 4] = ["GPIO12", "GPIO13", "GPIO18", "GPIO19"];

impl Build<'_> {
    pub fn fittings(&mut self, bindings: &mut Bindings<'_>, file: &WholeFile) -> Fittings {
        let driver = file.gpio.0.driver.value.0;
        let fittings = Fittings {
            driver,
            lamps: file
                .lamps
                .0
                .iter()
                .map(|(role, lamp)| self.lamp(role, lamp, driver))
                .collect(),
            buttons: file
                .buttons
                .0
                .iter()
                .map(|(role, button)| self.button(role, button, driver))
                .collect(),
            speakerphone: file
                .speakerphone
                .as_ref()
                .map(|phone| self.speakerphone(bindings, &phone.0)),
            panels: file
                .panels
                .0
                .iter()
                .map(|(role, panel)| self.panel(role, panel))
                .collect(),
        };
        self.no_line_twice(file);
        fittings
    }

    fn lamp(&mut self, role: &At<String>, lamp: &LampSection, driver: GpioDriver) -> Lamp {
        let line = self.pi_line(&lamp.line, driver);
        let brightness = Percent::new(u8::try_from(lamp.brightness.value.0).unwrap_or(100));
        let dims = match &line {
            LinePlace::Named(name) => {
                driver == GpioDriver::RaspberryPi && DIMMABLE.contains(&name.as_str())
            }
            LinePlace::At { .. } => false,
        };
        if brightness.get() < 100 && !dims && !lamp.line.bad {
            let help = "leave `brightness` out, or use `gpio.driver = \"raspberry-pi\"` and one of GPIO12, GPIO13, GPIO18 and GPIO19";
            self.wrong(&lamp.brightness, "this line knows only on and off", help);
        }
        Lamp {
            id: self.fitting("lamp", role),
            line,
            active: lamp.active.value.0,
            shows: lamp.shows.value.0,
            brightness,
        }
    }

    fn button(&mut self, role: &At<String>, button: &ButtonSection, driver: GpioDriver) -> Button {
        let key = button.key.value.0;
        let usual = match key {
            ButtonKey::Main => Some(HOLD),
            ButtonKey::Mute => None,
        };
        let hold = button.hold.as_ref().map_or(usual, |hold| hold.value.0);
        if key == ButtonKey::Main && hold.is_none() {
            let at = button.hold.as_ref();
            let message = "nobody could leave a call with this button";
            if let Some(at) = at {
                self.wrong(at, message, "give a time: held for that long, it leaves");
            }
        }
        Button {
            id: self.fitting("button", role),
            line: self.pi_line(&button.line, driver),
            active: button.active.value.0,
            pull: button.pull.value.0,
            key,
            debounce: Duration::from_millis(
                u64::try_from(button.debounce_ms.value.0).unwrap_or(10),
            ),
            hold,
            stuck_after: button.stuck_after.value.0,
        }
    }

    fn speakerphone(
        &mut self,
        bindings: &mut Bindings<'_>,
        phone: &SpeakerphoneSection,
    ) -> Speakerphone {
        Speakerphone {
            id: FittingId::new("speakerphone"),
            place: bindings.speakerphone(self, &phone.usb),
            hook_key: phone.hook_key.value.0,
        }
    }

    fn panel(&mut self, role: &At<String>, panel: &PanelSection) -> Panel {
        let kind = panel.kind.value.0;
        let on_spi = !matches!(kind, PanelKind::Ssd1306 | PanelKind::Framebuffer);
        let is_paper = matches!(kind, PanelKind::Paper29 | PanelKind::Paper42);
        let lines = [
            ("data", &panel.data, on_spi),
            ("reset", &panel.reset, on_spi),
            ("busy", &panel.busy, is_paper),
        ];
        for (name, line, needed) in lines {
            match (line, needed) {
                (None, true) if !panel.kind.bad => {
                    let help = format!("add `{name} = \"GPIO…\"`");
                    self.wrong(
                        &panel.kind,
                        format!("this kind of panel needs the line `{name}`"),
                        help,
                    );
                }
                (Some(line), false) if !panel.kind.bad => {
                    self.wrong(
                        line,
                        format!("this kind of panel has no line `{name}`"),
                        "remove it",
                    );
                }
                _ => {}
            }
        }
        if let (Some(address), true) = (
            &panel.address,
            kind != PanelKind::Ssd1306 && !panel.kind.bad,
        ) {
            self.wrong(address, "only a panel on I2C has an address", "remove it");
        }
        let place = |line: &Option<At<LineName>>| line.as_ref().map(|line| line.value.0.clone());
        let address = panel
            .address
            .as_ref()
            .and_then(|at| u8::try_from(at.value.0).ok());
        Panel {
            id: self.fitting("panel", role),
            kind,
            bus: self.path(&panel.bus),
            address: address.unwrap_or(USUAL_ADDRESS),
            data: place(&panel.data),
            reset: place(&panel.reset),
            busy: place(&panel.busy),
            light: place(&panel.light),
            subjects: panel.subjects.value,
        }
    }

    fn fitting(&mut self, kind: &str, role: &At<String>) -> FittingId {
        let role = self.role(role);
        FittingId::new(format!("{kind}.{role}"))
    }

    /// A Raspberry Pi's registers know its lines by their names only.
    fn pi_line(&mut self, line: &At<LineName>, driver: GpioDriver) -> LinePlace {
        let place = line.value.0.clone();
        let number = match &place {
            LinePlace::Named(name) => name.strip_prefix("GPIO").and_then(|n| n.parse::<u8>().ok()),
            LinePlace::At { .. } => None,
        };
        if driver == GpioDriver::RaspberryPi && number.is_none_or(|number| number > 27) {
            let message = "this is no line of a Raspberry Pi's header";
            self.wrong(
                line,
                message,
                "write \"GPIO0\" to \"GPIO27\", or use `gpio.driver = \"kernel\"`",
            );
        }
        place
    }

    fn no_line_twice(&mut self, file: &WholeFile) {
        let lamps = file.lamps.0.iter().map(|(_, lamp)| &lamp.line);
        let buttons = file.buttons.0.iter().map(|(_, button)| &button.line);
        let panels = file.panels.0.iter().flat_map(|(_, panel)| {
            let lines = [&panel.data, &panel.reset, &panel.busy, &panel.light];
            lines.into_iter().filter_map(Option::as_ref)
        });
        let mut used: Vec<&At<LineName>> = Vec::new();
        for line in lamps.chain(buttons).chain(panels) {
            if used
                .iter()
                .any(|other| other.value.0 == line.value.0 && !other.bad)
            {
                self.wrong(line, "this line is taken already", "give each its own line");
            }
            used.push(line);
        }
    }
}
