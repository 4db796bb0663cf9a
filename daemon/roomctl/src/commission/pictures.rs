//! Pictures of cameras, for the proof and for the report. Knows no order.

use anyhow::{Context, Result};
use commission::facts::CameraFound;
use commission::{Figure, Finding, Measure, Proof, Proven};
use drv_camera::frame::Frame;
use drv_camera::health::{self, Sight};
use drv_camera::mode::{Purpose, choose};
use drv_camera::{Kernel, Machine as _, Shot, Wanted};
use preflight::Trouble;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A camera's first pictures are dark.
const SETTLE: u32 = 8;
const WITHIN: Duration = Duration::from_secs(10);

/// Where a camera's picture is to be had now.
pub fn camera_node(kernel: &Kernel, camera: &CameraFound) -> Option<PathBuf> {
    let wanted = match (&camera.unit.place, &camera.unit.model) {
        (Some(place), Some(_)) => Wanted {
            usb: Some(place.clone()),
            ..Wanted::default()
        },
        _ => Wanted {
            label: Some(camera.label.clone()),
            ..Wanted::default()
        },
    };
    let fits = kernel.find().into_iter().filter(|found| wanted.fits(found));
    fits.map(|found| found.node)
        .find(|node| kernel.probe(node).is_ok())
}

/// One picture, up to this width.
pub fn shot(kernel: &Kernel, node: &Path, width: u32) -> Result<Frame> {
    let offers = kernel.probe(node)?.offers;
    let mode = choose(&offers, Purpose::Show(width));
    let mode = mode.with_context(|| format!("{} gives no readable picture", node.display()))?;
    let shot = Shot {
        mode,
        settle: SETTLE,
        within: WITHIN,
    };
    Ok(kernel.take(node, shot)?)
}

/// What a picture is good for.
pub fn seen(proof: &Proof, name: &str, frame: &Frame) -> Proven {
    let size = (f64::from(frame.size.width), f64::from(frame.size.height));
    let proven = Proven::of(proof.clone()).with(Measure::Width, size.0);
    let mut proven = proven.with(Measure::Height, size.1);
    let measures = frame.grey().ok().and_then(|grey| health::measure(&grey));
    let Some(measures) = measures else {
        return proven;
    };
    let figure = |measure, value: f32| {
        Figure::Known(preflight::Figure {
            measure,
            of: name.to_owned(),
            value: f64::from(value),
        })
    };
    proven
        .figures
        .push(figure(preflight::Measure::Brightness, measures.mean));
    if let Some(sharpness) = measures.sharpness {
        proven
            .figures
            .push(figure(preflight::Measure::Sharpness, sharpness));
    }
    let trouble = match health::judge(&measures) {
        Sight::Black | Sight::Flat => Some(Trouble::PictureCovered(name.to_owned())),
        Sight::Soft => Some(Trouble::PictureBlurred(name.to_owned())),
        // An empty room is dark at night, and no fault.
        Sight::Dark | Sight::Room => None,
    };
    proven.findings.extend(trouble.map(Finding::Known));
    proven
}
