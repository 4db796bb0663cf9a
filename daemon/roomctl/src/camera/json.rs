//! Cameras, their formats and controls for other programs. Names and units are part of the command's promise.

use drv_camera::control::{Control, Takes, Unit};
use drv_camera::health::{Measures, Sight, judge};
use drv_camera::mode::{Offer, Size, Sizes};
use drv_camera::{CameraError, Found, Machine, Probe, Taken};
use room_core::event::{CameraSeen, PictureSeen};
use serde_json::{Value, json};
use std::path::Path;

/// What is plugged in.
pub fn list(machine: &impl Machine, all: bool) -> Value {
    let one = |found: Found| {
        let (state, why) = match machine.probe(&found.node) {
            Ok(_) => match machine.taken(&found.node) {
                Ok(Taken::No) => ("free", None),
                Ok(Taken::Yes) => ("in-use", None),
                Err(error) => ("unusable", Some(error.to_string())),
            },
            Err(CameraError::NoCamera { .. }) if !all => return None,
            Err(CameraError::NoCamera { what, .. }) => ("no-camera", Some(what.to_owned())),
            Err(error) => ("unusable", Some(error.to_string())),
        };
        let mut value = place(&found);
        value["state"] = state.into();
        value["why"] = json!(why);
        Some(value)
    };
    machine.find().into_iter().filter_map(one).collect()
}

fn place(found: &Found) -> Value {
    let usb = found.usb.as_ref();
    json!({
        "node": found.node,
        "label": found.label,
        "device": found.device,
        "usb": usb.map(|usb| json!({
            "place": usb.place,
            "socket": usb.socket,
            "model": format!("{:04x}:{:04x}", usb.model.0, usb.model.1),
            "serial": usb.serial,
            "mbit_per_s": usb.speed,
        })),
    })
}

/// Formats, sizes and rates.
pub fn info(node: &Path, found: Option<&Found>, probe: &Probe) -> Value {
    json!({
        "node": node,
        "name": probe.card,
        "driver": probe.driver,
        "found": found.map(place),
        "offers": probe.offers.iter().map(offer).collect::<Vec<_>>(),
    })
}

fn offer(offer: &Offer) -> Value {
    let size = |size: Size| json!({ "width": size.width, "height": size.height });
    let (least, most) = match offer.sizes {
        Sizes::One(one) => (one, one),
        Sizes::Between(least, most) => (least, most),
    };
    let rates = offer
        .rates
        .iter()
        .map(|rate| f64::from(rate.centi()) / 100.0);
    json!({
        "format": offer.format.to_string(),
        "readable": offer.format.readable(),
        "least": size(least),
        "most": size(most),
        "pictures_per_s": rates.collect::<Vec<_>>(),
    })
}

/// What can be set.
pub fn controls(controls: &[Control]) -> Value {
    let settable = |control: &&Control| control.takes != Takes::Other;
    controls.iter().filter(settable).map(control).collect()
}

/// One control as it is.
pub fn control(control: &Control) -> Value {
    let takes = match &control.takes {
        Takes::Switch => json!({ "kind": "switch" }),
        Takes::Whole { least, most, step } => {
            json!({ "kind": "whole", "least": least, "most": most, "step": step })
        }
        Takes::Choice(choices) => {
            let choice = |(value, name): &(i64, String)| json!({ "value": value, "name": name });
            json!({ "kind": "choice", "choices": choices.iter().map(choice).collect::<Vec<_>>() })
        }
        Takes::Press => json!({ "kind": "press" }),
        Takes::Other => json!({ "kind": "other" }),
    };
    let unit = match control.id.unit() {
        Unit::Bare => None,
        Unit::Kelvin => Some("K"),
        Unit::TenthMillisecond => Some("100 us"),
        Unit::ArcSecond => Some("arcsec"),
    };
    json!({
        "name": control.name,
        "value": control.value,
        "default": control.default,
        "unit": unit,
        "takes": takes,
        "writable": control.writable,
        "active": control.active,
    })
}

/// A picture that was written.
pub fn snapshot(file: &Path, size: Size, seen: Option<&Measures>) -> Value {
    let looks = seen.map(|seen| match judge(seen) {
        Sight::Room => "room",
        Sight::Dark => "dark",
        Sight::Black => "black",
        Sight::Flat => "flat",
        Sight::Soft => "out-of-focus",
    });
    json!({
        "file": file,
        "width": size.width,
        "height": size.height,
        "looks": looks,
        "mean": seen.map(|seen| seen.mean),
        "noise": seen.map(|seen| seen.noise),
    })
}

/// News of a camera.
pub fn seen(at_ms: u128, seen: CameraSeen) -> Value {
    let (state, failure, picture) = match seen {
        CameraSeen::Here => ("here", None, None),
        CameraSeen::Gone(failure) => ("gone", Some(failure.code()), None),
        CameraSeen::InUse => ("in-use", None, None),
        CameraSeen::Free => ("free", None, None),
        CameraSeen::Picture(picture) => {
            let word = match picture {
                PictureSeen::Good => "good",
                PictureSeen::Dark => "dark",
                PictureSeen::Black => "black",
                PictureSeen::Frozen => "frozen",
                PictureSeen::Covered => "covered",
                PictureSeen::Blurred => "blurred",
            };
            ("picture", None, Some(word))
        }
    };
    json!({
        "at_ms": u64::try_from(at_ms).unwrap_or(u64::MAX),
        "state": state,
        "failure": failure,
        "picture": picture,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use drv_camera::control::ControlId;
    use room_core::failure::CameraFailure;

    #[test]
    fn a_control_carries_its_unit_and_range() {
        let takes = Takes::Whole {
            least: 2800,
            most: 6500,
            step: 10,
        };
        let kelvin = Control {
            id: ControlId::WHITE_BALANCE_KELVIN,
            name: "white_balance_temperature".to_owned(),
            takes,
            default: 4000,
            value: Some(4600),
            writable: true,
            active: false,
        };
        let other = Control {
            takes: Takes::Other,
            ..kelvin.clone()
        };
        assert_eq!(
            controls(&[kelvin, other]),
            json!([{
                "name": "white_balance_temperature", "value": 4600, "default": 4000, "unit": "K",
                "takes": { "kind": "whole", "least": 2800, "most": 6500, "step": 10 },
                "writable": true, "active": false,
            }])
        );
    }

    #[test]
    fn news_carry_the_codes_of_the_room() {
        let gone = seen(1500, CameraSeen::Gone(CameraFailure::NoBandwidth));
        assert_eq!(gone["failure"], "camera-no-bandwidth");
        assert_eq!(
            (&gone["at_ms"], &gone["state"]),
            (&json!(1500), &json!("gone"))
        );
    }
}
