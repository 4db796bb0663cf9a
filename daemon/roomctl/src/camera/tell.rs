//! Words for cameras, their formats and controls. Asks a camera only where a list must say what it is.

use drv_camera::control::{Control, Takes};
use drv_camera::health::{Measures, Sight, judge};
use drv_camera::mode::{Mode, Offer, Rate, Sizes, fits_usb2};
use drv_camera::{CameraError, Found, Machine, Probe, Taken};
use room_core::event::{CameraSeen, PictureSeen};
use std::fmt::Write;
use std::path::Path;

/// What is plugged in.
pub fn list(machine: &impl Machine, all: bool) -> String {
    let mut text = String::new();
    for found in machine.find() {
        let state = match machine.probe(&found.node) {
            Ok(_) => match machine.taken(&found.node) {
                Ok(Taken::No) => "free".to_owned(),
                Ok(Taken::Yes) => "in use by another program, usually the conference".to_owned(),
                Err(error) => error.to_string(),
            },
            Err(CameraError::NoCamera { .. }) if !all => continue,
            Err(CameraError::NoCamera { what, .. }) => format!("no camera: {what}"),
            Err(error) => error.to_string(),
        };
        let serial = found.usb.as_ref().and_then(|usb| usb.serial.as_deref());
        let _ = writeln!(text, "{}  {}", place(&found), printable(&found.label));
        let _ = writeln!(
            text,
            "    serial {}  node {}",
            printable(serial.unwrap_or("none")),
            found.node.display()
        );
        let _ = writeln!(text, "    {state}");
    }
    if text.is_empty() {
        return "no camera is plugged in".to_owned();
    }
    text
}

/// Where a camera is, as the room's file may say it.
pub fn place(found: &Found) -> String {
    match &found.usb {
        Some(usb) => format!("{} ({})", usb.place, usb.socket),
        None => found.device.clone(),
    }
}

/// Formats, sizes and rates.
pub fn info(node: &Path, found: Option<&Found>, probe: &Probe) -> String {
    let mut text = format!(
        "{}  {}  driver {}\n",
        node.display(),
        printable(&probe.card),
        probe.driver
    );
    if let Some(found) = found {
        let _ = writeln!(text, "label in pages  {}", printable(&found.label));
        let _ = writeln!(text, "place           {}", place(found));
        if let Some(speed) = found.usb.as_ref().and_then(|usb| usb.speed) {
            let _ = writeln!(text, "USB             {speed} Mbit/s");
        }
    }
    let narrow = found
        .and_then(|found| found.usb.as_ref()?.speed)
        .is_some_and(|speed| speed <= 480);
    let mut format = None;
    for offer in &probe.offers {
        if format.replace(offer.format) != Some(offer.format) {
            let read = if offer.format.readable() {
                ""
            } else {
                "  (not read here; the conference may)"
            };
            let _ = writeln!(text, "{}{read}", offer.format);
        }
        let _ = writeln!(text, "  {}", one(offer, narrow));
    }
    text
}

fn one(offer: &Offer, narrow: bool) -> String {
    let size = match offer.sizes {
        Sizes::One(size) => size,
        Sizes::Between(least, most) => {
            return format!(
                "{least} to {most}  (the browser does not list cameras with sizes like this)"
            );
        }
    };
    let rates: Vec<String> = offer.rates.iter().map(Rate::to_string).collect();
    let mode = Mode {
        format: offer.format,
        size,
    };
    let fastest = offer.rates.first().filter(|_| narrow);
    let fits = fastest
        .and_then(|rate| fits_usb2(mode, *rate))
        .unwrap_or(true);
    let note = if fits {
        ""
    } else {
        "  (the fastest does not fit through USB 2)"
    };
    format!("{size:<10}  {} a second{note}", rates.join(", "))
}

/// What can be set.
pub fn controls(controls: &[Control]) -> String {
    let mut text = String::new();
    for control in controls
        .iter()
        .filter(|control| control.takes != Takes::Other)
    {
        let mut notes = Vec::new();
        if !control.writable {
            notes.push("can only be read");
        }
        if !control.active {
            notes.push("has no effect now");
        }
        let notes = if notes.is_empty() {
            String::new()
        } else {
            format!("  ({})", notes.join(", "))
        };
        let _ = writeln!(text, "{:<32} {}{notes}", control.name, control.show());
        let _ = writeln!(
            text,
            "    takes {}; from the factory {}",
            control.takes, control.default
        );
    }
    if text.is_empty() {
        return "nothing can be set at this camera".to_owned();
    }
    text
}

/// A control after it was set.
pub fn was_set(control: &Control, wanted: i64, seen: Option<i64>) -> String {
    let now = Control {
        value: seen,
        ..control.clone()
    };
    match seen {
        Some(seen) if seen != wanted => {
            format!("{}: the camera made {} of it", control.name, now.show())
        }
        Some(_) => format!("{}: {}", control.name, now.show()),
        None => format!("{}: done", control.name),
    }
}

/// What a picture looks like.
pub fn judged(seen: Option<&Measures>) -> String {
    let Some(seen) = seen else {
        return "too small to be judged".to_owned();
    };
    let looks = match judge(seen) {
        Sight::Room => "a picture",
        Sight::Dark => "dark: are the lights off?",
        Sight::Black => "black: not even the sensor's noise",
        Sight::Flat => "nothing to see in it: a blank wall, or something before the lens",
        Sight::Soft => "out of focus",
    };
    format!(
        "{looks} (mean {:.0} of 255, noise {:.1})",
        seen.mean, seen.noise
    )
}

/// News of a camera.
pub fn seen(seen: CameraSeen) -> String {
    match seen {
        CameraSeen::Here => "plugged in and usable".to_owned(),
        CameraSeen::Gone(failure) => format!("cannot be used: {}", failure.code()),
        CameraSeen::InUse => "in use by another program, usually the conference".to_owned(),
        CameraSeen::Free => "free".to_owned(),
        CameraSeen::Picture(picture) => {
            let word = match picture {
                PictureSeen::Good => "good",
                PictureSeen::Dark => "dark",
                PictureSeen::Black => "black",
                PictureSeen::Frozen => "frozen",
                PictureSeen::Covered => "covered",
                PictureSeen::Blurred => "out of focus",
            };
            format!("picture: {word}")
        }
    }
}

/// Text from outside without what would steer a terminal.
fn printable(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}
