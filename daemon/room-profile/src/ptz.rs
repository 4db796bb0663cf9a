//! A model's file to how the model counts. Knows no room.

use crate::problem::Problem;
use crate::profile::{PtzAxis, PtzModel};
use crate::section::{Section, Spot};
use crate::sections::{AxisSection, PtzModelSection};
use crate::text::{Place, SourceFile};
use crate::tree;

/// Reads a model's file; the result counts only when no problem was found.
pub(crate) fn read(file: &SourceFile, problems: &mut Vec<Problem>) -> PtzModel {
    let tree = tree::parse(file, problems);
    let spot = Spot {
        path: String::new(),
        place: Place::start_of(file),
    };
    let section = PtzModelSection::read(Some(&tree), spot, problems);
    PtzModel {
        pan: axis(&section.pan.0),
        tilt: axis(&section.tilt.0),
        zoom_most: narrow(section.zoom_most.value.0),
        pan_speed: narrow(section.pan_speed.value.0),
        tilt_speed: narrow(section.tilt_speed.value.0),
    }
}

/// Stands in for a model that there is not.
pub(crate) fn unknown() -> PtzModel {
    let axis = PtzAxis {
        steps: 1,
        centidegrees: 1,
        least: 0,
        most: 0,
    };
    PtzModel {
        pan: axis,
        tilt: axis,
        zoom_most: 1,
        pan_speed: 1,
        tilt_speed: 1,
    }
}

fn axis(section: &AxisSection) -> PtzAxis {
    PtzAxis {
        steps: narrow(section.steps.value.0),
        centidegrees: narrow(section.centidegrees.value.0),
        least: narrow(section.least.value.0),
        most: narrow(section.most.value.0),
    }
}

/// Bounds were checked by the reader, so nothing is ever cut here.
fn narrow<T: TryFrom<i64> + Default>(number: i64) -> T {
    T::try_from(number).unwrap_or_default()
}
