//! Lamps, buttons, the speakerphone's keys and small panels: each gets a task, and faces that follow the room's view.

use super::Wiring;
use crate::panel_face::Subjects;
use crate::puck_face::Voice;
use crate::watchers;
use drv_gpio::hand;
use room_core::event::Key;
use room_profile::{
    Button, ButtonKey, GpioDriver, HookKey, Lamp, LineActive, LinePlace, LinePull, Panel,
    PanelKind, PhonePlace,
};

impl Wiring {
    pub(super) fn fittings(&mut self) {
        let fittings = self.profile.fittings.clone();
        let driver = gpio_driver(fittings.driver);
        for button in &fittings.buttons {
            let presses = drv_gpio::serve_button(
                button_config(button),
                hand::of(driver),
                self.doors.events.clone(),
            );
            self.tasks.run("button", presses);
        }
        let mut lamps = Vec::new();
        for lamp in fittings.lamps {
            let (handle, inbox) = drv_gpio::channel();
            let events = self.doors.events.clone();
            let serve = drv_gpio::serve_lamp(lamp_config(&lamp), hand::of(driver), inbox, events);
            self.tasks.run("lamp", serve);
            lamps.push((handle, lamp));
        }
        if !lamps.is_empty() {
            self.tasks
                .run("lamp faces", watchers::lamps(self.views.clone(), lamps));
        }
        if let Some(phone) = fittings.speakerphone {
            let (handle, inbox) = drv_hid::channel();
            let config = drv_hid::Config {
                id: phone.id,
                which: which(phone.place),
                hook_key: match phone.hook_key {
                    HookKey::Ignored => drv_hid::HookKey::Ignored,
                    HookKey::Calls => drv_hid::HookKey::Calls,
                },
                roots: drv_hid::Roots::default(),
            };
            let serve = drv_hid::supervise(config, inbox, self.doors.events.clone());
            self.tasks.run("speakerphone", serve);
            self.tasks.run(
                "speakerphone face",
                watchers::phone(self.views.clone(), handle),
            );
        }
        self.panels(&fittings.panels, fittings.driver);
    }

    fn panels(&mut self, panels: &[Panel], driver: GpioDriver) {
        let mut handles = Vec::new();
        for panel in panels {
            let (handle, inbox) = drv_panel::channel();
            let config = panel_config(panel, driver);
            let serve = drv_panel::supervise(config, inbox, self.doors.events.clone());
            self.tasks.run("small panel", serve);
            let subjects = match panel.subjects {
                true => Subjects::Shown,
                false => Subjects::Hidden,
            };
            handles.push((handle, subjects));
        }
        if !handles.is_empty() {
            let voice = Voice {
                lang: self.lang(),
                zone: self.profile.zone,
            };
            let faces = watchers::panels(self.views.clone(), handles, voice);
            self.tasks.run("small panel faces", faces);
        }
    }
}

fn gpio_driver(driver: GpioDriver) -> drv_gpio::Driver {
    match driver {
        GpioDriver::Kernel => drv_gpio::Driver::Kernel,
        GpioDriver::RaspberryPi => drv_gpio::Driver::RaspberryPi,
    }
}

fn line(place: &LinePlace) -> drv_gpio::Place {
    match place {
        LinePlace::Named(name) => drv_gpio::Place::Named(name.clone()),
        LinePlace::At { chip, offset } => drv_gpio::Place::At {
            chip: chip.clone(),
            offset: *offset,
        },
    }
}

fn active(active: LineActive) -> drv_gpio::Active {
    match active {
        LineActive::High => drv_gpio::Active::High,
        LineActive::Low => drv_gpio::Active::Low,
    }
}

fn button_config(button: &Button) -> drv_gpio::ButtonConfig {
    drv_gpio::ButtonConfig {
        id: button.id.clone(),
        input: hand::Input {
            line: line(&button.line),
            active: active(button.active),
            bias: match button.pull {
                LinePull::Up => drv_gpio::Bias::PullUp,
                LinePull::Down => drv_gpio::Bias::PullDown,
                LinePull::None => drv_gpio::Bias::AsIs,
            },
            debounce: button.debounce,
        },
        key: match button.key {
            ButtonKey::Main => Key::Main,
            ButtonKey::Mute => Key::Mute,
        },
        hold: button.hold,
        stuck_after: button.stuck_after,
    }
}

fn lamp_config(lamp: &Lamp) -> drv_gpio::LampConfig {
    drv_gpio::LampConfig {
        id: lamp.id.clone(),
        output: hand::Output {
            line: line(&lamp.line),
            active: active(lamp.active),
        },
    }
}

fn which(place: PhonePlace) -> drv_hid::Which {
    match place {
        PhonePlace::DeviceOf(link) => drv_hid::Which::DeviceOf(link),
        PhonePlace::Node(link) => drv_hid::Which::Node(link),
        PhonePlace::First => drv_hid::Which::First,
    }
}

fn panel_config(panel: &Panel, driver: GpioDriver) -> drv_panel::Config {
    let place = |line: &Option<LinePlace>| {
        line.as_ref().map(|line| match line {
            LinePlace::Named(name) => drv_panel::Place::Named(name.clone()),
            LinePlace::At { chip, offset } => drv_panel::Place::At {
                chip: chip.clone(),
                offset: *offset,
            },
        })
    };
    drv_panel::Config {
        id: panel.id.clone(),
        kind: match panel.kind {
            PanelKind::Ssd1306 => drv_panel::Kind::Ssd1306,
            PanelKind::St7789 => drv_panel::Kind::St7789,
            PanelKind::Ili9341 => drv_panel::Kind::Ili9341,
            PanelKind::Paper29 => drv_panel::Kind::Paper29,
            PanelKind::Paper42 => drv_panel::Kind::Paper42,
            PanelKind::Framebuffer => drv_panel::Kind::Framebuffer,
        },
        wiring: drv_panel::Wiring {
            driver: match driver {
                GpioDriver::Kernel => drv_panel::Driver::Kernel,
                GpioDriver::RaspberryPi => drv_panel::Driver::RaspberryPi,
            },
            bus: panel.bus.clone(),
            address: panel.address,
            data: place(&panel.data),
            reset: place(&panel.reset),
            busy: place(&panel.busy),
            light: place(&panel.light),
        },
    }
}
