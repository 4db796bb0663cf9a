//! A model's file: its keys, and how the model counts. Knows no room.

use crate::heads::{LinkKind, PlaceLayout, PresetRange, PtzAxis, PtzModel};
use crate::problem::Problem;
use crate::scalars::{Line, Time, Whole, choice};
use crate::section::{At, Many, Section, Spot, Sub, section};
use crate::sections::ProtocolWord;
use crate::text::{Place, SourceFile};
use crate::tree;
use room_core::units::PresetNumber;

choice! {
    /// A kind of line.
    enum LinkWord: LinkKind {
        "serial" => LinkKind::Serial,
        "tcp" => LinkKind::Tcp,
        "udp" => LinkKind::Udp,
        "sony" => LinkKind::Sony,
        "usb" => LinkKind::Usb,
    }

    /// How many nibbles places have.
    enum LayoutWord: PlaceLayout {
        "4+4" => PlaceLayout::FourFour,
        "5+4" => PlaceLayout::FiveFour,
        "5+5" => PlaceLayout::FiveFive,
    }

    /// How datagrams of Sony's kind are numbered.
    enum NumberingWord: bool {
        "counted" => true,
        "zero" => false,
    }
}

section! {
    /// A model of a camera with a motor: how it counts, and what is odd about it. Stands in a file of its own in `boards/devices/ptz/`.
    struct PtzModelSection {
        /// What it is sold as.
        title: At<Line<80>>,
        /// What it speaks.
        protocols: Many<ProtocolWord>,
        /// How it is reached.
        links: Many<LinkWord>,
        /// The speeds of its serial line in bits per second, the one it comes with first; without it, 9600.
        bauds: Many<Whole<1200, 230_400>>,
        /// The port at which it takes bare frames over TCP.
        tcp_port: At<Whole<1, 65535>> = 5678,
        /// The port at which it takes bare frames over UDP.
        udp_port: At<Whole<1, 65535>> = 1259,
        /// Left and right; without it, as common models count.
        pan: Option<Sub<AxisSection>>,
        /// Down and up; without it, as common models count.
        tilt: Option<Sub<AxisSection>>,
        /// The zoom step at the longest optical focal length.
        zoom_most: At<Whole<1, 65535>> = 16384,
        /// The fastest pan speed of a move, as the camera counts.
        pan_speed: At<Whole<1, 127>> = 24,
        /// The fastest tilt speed of a move, as the camera counts.
        tilt_speed: At<Whole<1, 127>> = 20,
        /// Whether a move to a place takes one speed for both axes.
        one_speed: At<bool> = false,
        /// How many nibbles the numbers of a place have, pan and tilt.
        layout: At<LayoutWord> = "4+4",
        /// The first preset.
        first_preset: At<Whole<0, 255>> = 0,
        /// The last preset.
        last_preset: At<Whole<0, 255>> = 254,
        /// Added to a preset's number on the wire, for models whose list begins with another number than their wire.
        preset_offset: At<Whole<-1, 1>> = 0,
        /// Numbers between that are no views but open a menu or restart the camera: never sent.
        forbidden_presets: Many<Whole<0, 255>>,
        /// The preset that is its home, for protocols without one.
        home_preset: Option<At<Whole<0, 255>>>,
        /// Whether pan counts the other way round.
        inverted_pan: At<bool> = false,
        /// Whether tilt counts the other way round.
        inverted_tilt: At<bool> = false,
        /// Whether it answers at all; one that does not gets spaced commands and each stop twice.
        answers: At<bool> = true,
        /// The least time between two commands, such as "40 ms".
        spacing: At<Time<0, 5>> = "0 s",
        /// Whether it tells its position by Pelco's extended queries.
        queries: At<bool> = false,
        /// How it numbers Sony's datagrams.
        numbering: At<NumberingWord> = "counted",
        /// Where all this is from.
        sources: Many<Line<200>>,
        /// Keys that could not be held against the maker's own document.
        unverified: Many<Line<40>>,
    }

    /// One axis of a model: so many steps are so many hundredths of a degree.
    struct AxisSection {
        /// So many steps ...
        steps: At<Whole<1, 1_000_000>>,
        /// ... are so many hundredths of a degree.
        centidegrees: At<Whole<1, 36000>>,
        /// The step at the left or lower end.
        least: At<Whole<-524_288, 0>>,
        /// The step at the right or upper end.
        most: At<Whole<0, 524_287>>,
    }
}

/// As the EVI-D70 and most models count.
const PAN: PtzAxis = PtzAxis {
    steps: 144,
    centidegrees: 1000,
    least: -2448,
    most: 2448,
};
const TILT: PtzAxis = PtzAxis {
    least: -432,
    most: 1296,
    ..PAN
};

/// Reads a model's file; the result counts only when no problem was found.
pub(crate) fn read(file: &SourceFile, problems: &mut Vec<Problem>) -> PtzModel {
    let tree = tree::parse(file, problems);
    let spot = Spot {
        path: String::new(),
        place: Place::start_of(file),
    };
    let section = PtzModelSection::read(Some(&tree), spot, problems);
    let mut must_say = |what: &str, is_empty: bool| {
        if is_empty {
            let message = format!("`{what}` is missing or empty");
            let help = Some(format!("add `{what} = […]`"));
            problems.push(Problem::new(Place::start_of(file), message, help));
        }
    };
    must_say("protocols", section.protocols.0.is_empty());
    must_say("links", section.links.0.is_empty());
    must_say("sources", section.sources.0.is_empty());
    if section.first_preset.value.0 > section.last_preset.value.0 {
        let place = section.last_preset.place.clone();
        let message = "the last preset is before the first";
        problems.push(Problem::new(place, message, None));
    }
    model(&section)
}

fn model(section: &PtzModelSection) -> PtzModel {
    let lines = |lines: &Many<Line<200>>| lines.0.iter().map(|l| l.value.0.clone()).collect();
    let numbers = &section.forbidden_presets.0;
    PtzModel {
        title: section.title.value.0.clone(),
        protocols: section.protocols.0.iter().map(|p| p.value.0).collect(),
        links: section.links.0.iter().map(|l| l.value.0).collect(),
        bauds: section.bauds.0.iter().map(|b| narrow(b.value.0)).collect(),
        tcp_port: narrow(section.tcp_port.value.0),
        udp_port: narrow(section.udp_port.value.0),
        pan: section.pan.as_ref().map_or(PAN, |pan| axis(&pan.0)),
        tilt: section.tilt.as_ref().map_or(TILT, |tilt| axis(&tilt.0)),
        zoom_most: narrow(section.zoom_most.value.0),
        pan_speed: narrow(section.pan_speed.value.0),
        tilt_speed: narrow(section.tilt_speed.value.0),
        one_speed: section.one_speed.value,
        layout: section.layout.value.0,
        presets: PresetRange {
            first: narrow(section.first_preset.value.0),
            last: narrow(section.last_preset.value.0),
            offset: narrow(section.preset_offset.value.0),
            forbidden: numbers.iter().map(|n| narrow(n.value.0)).collect(),
        },
        home_preset: section
            .home_preset
            .as_ref()
            .map(|n| PresetNumber(narrow(n.value.0))),
        inverted_pan: section.inverted_pan.value,
        inverted_tilt: section.inverted_tilt.value,
        answers: section.answers.value,
        spacing: section.spacing.value.0,
        queries: section.queries.value,
        counted: section.numbering.value.0,
        sources: lines(&section.sources),
        unverified: section
            .unverified
            .0
            .iter()
            .map(|key| key.value.0.clone())
            .collect(),
    }
}

/// Stands in for a model that there is not.
pub(crate) fn unknown() -> PtzModel {
    PtzModel {
        title: String::new(),
        protocols: Vec::new(),
        links: Vec::new(),
        bauds: Vec::new(),
        tcp_port: 5678,
        udp_port: 1259,
        pan: PAN,
        tilt: TILT,
        zoom_most: 1,
        pan_speed: 1,
        tilt_speed: 1,
        one_speed: false,
        layout: PlaceLayout::FourFour,
        presets: PresetRange {
            first: 0,
            last: 255,
            offset: 0,
            forbidden: Vec::new(),
        },
        home_preset: None,
        inverted_pan: false,
        inverted_tilt: false,
        answers: true,
        spacing: std::time::Duration::ZERO,
        queries: false,
        counted: true,
        sources: Vec::new(),
        unverified: Vec::new(),
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
