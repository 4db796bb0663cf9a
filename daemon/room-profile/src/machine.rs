//! What a board's file says about the board itself: how it is recognised, and what it brings out where.
//! Reads no hardware and knows no driver.

use crate::describe::{Docs, KeyDoc, Path as DocPath, TableDoc};
use crate::fitting_sections::{LineName, PanelSection};
use crate::fittings::LinePlace;
use crate::problem::Problem;
use crate::scalars::{FilePath, Line, Time, Whole};
use crate::section::{At, Each, Item, Many, Scalar, Section, Spot, Sub, scalar, section};
use crate::sections::WholeFile;
use crate::suggest;
use crate::tree::Node;
use identity::Marks;
use std::path::PathBuf;
use std::time::Duration;

/// A board, as its file describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Board {
    /// What people call it.
    pub title: String,
    /// What it is recognised by; none: it is only ever named.
    pub marks: Marks,
    /// Lines of its header, each under what is printed there or beside it.
    pub lines: Vec<(String, LinePlace)>,
    /// Buses and serial lines that it brings out.
    pub buses: Vec<Bus>,
    /// Its outputs for displays, under the kernel's name for the connector.
    pub outputs: Vec<Output>,
    /// From how many degrees Celsius on it is warm, and from how many it slows down.
    pub heat: Option<(u8, u8)>,
    /// Its watchdog, and the longest time that it can wait.
    pub watchdog: Option<(PathBuf, Duration)>,
    /// What it encodes and decodes without its processor.
    pub codecs: Vec<String>,
    /// What people should know about it.
    pub notes: Vec<String>,
    /// Where all that is from.
    pub sources: Vec<String>,
    /// Keys that nobody could hold against the maker's own document or the board itself.
    pub unverified: Vec<String>,
}

/// A bus or serial line of a board.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bus {
    /// What is printed there, or which pins it has.
    pub name: String,
    /// Its device.
    pub device: PathBuf,
    /// How it comes to be, where the system does not bring it by itself.
    pub enable: Option<String>,
}

/// An output for a display.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// The kernel's name, such as `HDMI-A-1`.
    pub connector: String,
    /// What is printed beside it.
    pub printed: Option<String>,
    /// The device that speaks CEC through it.
    pub cec: Option<PathBuf>,
}

section! {
    /// The board itself: what it is recognised by, and what it brings out where. Stands in a board's file; `roomctl board` holds it
    /// against the machine. The name of the file is the board's name everywhere.
    struct MachineSection {
        /// Which version of this file it is: raise it with every change. Of a file that came with the package and one that the fleet
        /// released the higher one counts. It is the file's own, and not inherited.
        revision: At<Whole<1, 999_999>> = 1,
        /// What people call it; without it, the file describes no board of its own.
        title: Option<At<Line<80>>>,
        /// Names in the device tree's `compatible` that only this board has.
        compatible: Many<Line<80>>,
        /// Names of the board or product in the firmware's tables (DMI).
        products: Many<Line<80>>,
        /// Beginnings of the processor's name in `/proc/cpuinfo`, where nothing else tells the board.
        processors: Many<Line<80>>,
        /// The architecture, for a board that stands for every other machine of its kind.
        architecture: Option<At<Line<20>>>,
        /// Lines of the header.
        lines: Each<HeaderLine>,
        /// Buses and serial lines.
        buses: Each<BusSection>,
        /// Outputs for displays.
        outputs: Each<OutputSection>,
        /// How warm it may become.
        heat: Option<Sub<HeatSection>>,
        /// Its watchdog.
        watchdog: Option<Sub<WatchdogSection>>,
        /// What it encodes and decodes without its processor, such as "decodes H.264 to 1080p60".
        codecs: Many<Line<120>>,
        /// What people should know about it.
        notes: Many<Line<240>>,
        /// Where all this is from.
        sources: Many<Line<200>>,
        /// Keys of this table that nobody could hold against the maker's own document or the board itself.
        unverified: Many<Line<80>>,
    }

    /// A bus or serial line of the board, under what is printed there or its pins.
    struct BusSection as "BUS" {
        /// Its device, such as `/dev/i2c-1`.
        device: At<FilePath>,
        /// How it comes to be, where the system does not bring it by itself.
        enable: Option<At<Line<160>>>,
    }

    /// An output for a display, under the kernel's name for the connector.
    struct OutputSection as "CONNECTOR" {
        /// What is printed beside it.
        printed: Option<At<Line<40>>>,
        /// The device that speaks CEC through it.
        cec: Option<At<FilePath>>,
    }

    /// How warm the board may become.
    struct HeatSection {
        /// From so many degrees Celsius on, somebody should look after its air.
        warm: At<Whole<30, 120>>,
        /// From so many on, it slows down.
        slows: At<Whole<30, 120>>,
    }

    /// The board's watchdog.
    struct WatchdogSection {
        /// Its device.
        device: At<FilePath>,
        /// The longest time that it can wait.
        longest: At<Time<1, 7200>>,
    }
}

/// Which line of the system a pin of the header is.
#[derive(Debug)]
pub(crate) struct HeaderLine(At<LineName>);

impl Item for HeaderLine {
    const KEY: &'static str = "PIN";

    fn item(node: &Node, _: Spot, problems: &mut Vec<Problem>) -> Self {
        HeaderLine(scalar(node, problems))
    }

    fn describe_item(_: &DocPath<'_>, docs: &mut Docs) {
        docs.tables.push(TableDoc {
            path: "machine.lines".to_owned(),
            doc: "Lines of the board's header under what is printed there, so that a room's file says `line = \"pin 11\"`."
                .to_owned(),
            keys: vec![KeyDoc {
                key: Self::KEY.to_owned(),
                expected: LineName::expected(),
                default: None,
                doc: "The line on this pin.".to_owned(),
            }],
        });
    }
}

/// The board that is described; nothing when the file describes none.
pub(crate) fn board(
    section: MachineSection,
    marks: Marks,
    problems: &mut Vec<Problem>,
) -> Option<Board> {
    let title = section.title?;
    let heat = section.heat.map(|heat| heat.0);
    if let Some(heat) = heat
        .as_ref()
        .filter(|heat| heat.warm.value.0 >= heat.slows.value.0)
    {
        let message = "the board slows down before it is warm".to_owned();
        let help = "let `warm` be lower than `slows`".to_owned();
        problems.push(Problem::new(heat.warm.place.clone(), message, Some(help)));
    }
    Some(Board {
        title: title.value.0,
        marks,
        lines: section
            .lines
            .0
            .into_iter()
            .map(|(pin, line)| (pin.value, line.0.value.0))
            .collect(),
        buses: section
            .buses
            .0
            .into_iter()
            .map(|(name, bus)| bus.named(name.value))
            .collect(),
        outputs: section
            .outputs
            .0
            .into_iter()
            .map(|(name, output)| output.named(name.value))
            .collect(),
        heat: heat.map(|heat| (degrees(&heat.warm), degrees(&heat.slows))),
        watchdog: section
            .watchdog
            .map(|dog| (dog.0.device.value.0, dog.0.longest.value.0)),
        codecs: lines(&section.codecs),
        notes: lines(&section.notes),
        sources: lines(&section.sources),
        unverified: lines(&section.unverified),
    })
}

/// What the file says of itself, without what it inherits. Problems are told where the layers are read.
fn own(table: &Node) -> MachineSection {
    let spot = Spot {
        path: String::new(),
        place: table.place.clone(),
    };
    MachineSection::read(Some(table), spot, &mut Vec::new())
}

/// The file's own version.
pub(crate) fn own_revision(table: Option<&Node>) -> u32 {
    let revision = table.map(|table| own(table).revision.value.0);
    revision
        .and_then(|number| u32::try_from(number).ok())
        .unwrap_or(1)
}

/// What the file itself says that the board is recognised by: a board that inherits another one is not that one.
pub(crate) fn own_marks(table: Option<&Node>) -> Marks {
    let Some(section) = table.map(own) else {
        return Marks::default();
    };
    Marks {
        compatible: lines(&section.compatible),
        products: lines(&section.products),
        processors: lines(&section.processors),
        architecture: section.architecture.map(|name| name.value.0),
    }
}

fn lines<const MAX: usize>(many: &Many<Line<MAX>>) -> Vec<String> {
    many.0.iter().map(|line| line.value.0.clone()).collect()
}

/// Bounds were checked by the reader.
fn degrees<const MIN: i64, const MAX: i64>(at: &At<Whole<MIN, MAX>>) -> u8 {
    u8::try_from(at.value.0).unwrap_or_default()
}

/// The lines that a panel on SPI has.
fn panel_lines(panel: &mut PanelSection) -> impl Iterator<Item = &mut At<LineName>> {
    let lines = [
        &mut panel.data,
        &mut panel.reset,
        &mut panel.busy,
        &mut panel.light,
    ];
    lines.into_iter().filter_map(Option::as_mut)
}

impl BusSection {
    fn named(self, name: String) -> Bus {
        Bus {
            name,
            device: self.device.value.0,
            enable: self.enable.map(|enable| enable.value.0),
        }
    }
}

impl OutputSection {
    fn named(self, connector: String) -> Output {
        Output {
            connector,
            printed: self.printed.map(|printed| printed.value.0),
            cec: self.cec.map(|cec| cec.value.0),
        }
    }
}

/// Puts the board's own line in the place of each pin that a room's file names.
pub(crate) fn resolve_pins(file: &mut WholeFile, problems: &mut Vec<Problem>) {
    let pins = std::mem::replace(&mut file.machine.0.lines, Each(Vec::new()));
    let lamps = file.lamps.0.iter_mut().map(|(_, lamp)| &mut lamp.line);
    let buttons = file
        .buttons
        .0
        .iter_mut()
        .map(|(_, button)| &mut button.line);
    let panels = file
        .panels
        .0
        .iter_mut()
        .flat_map(|(_, panel)| panel_lines(panel));
    for line in lamps.chain(buttons).chain(panels) {
        let LinePlace::Named(name) = &line.value.0 else {
            continue;
        };
        match pins.0.iter().find(|(pin, _)| pin.value == *name) {
            Some((_, known)) => line.value = known.0.value.clone(),
            // Other names are the kernel's, which only the machine knows.
            None if !name.starts_with("pin ") => {}
            None => {
                let message = format!("the board's header has no line on `{name}`");
                let known = pins.0.iter().map(|(pin, _)| pin.value.as_str());
                let help = suggest::among(name, known);
                problems.push(Problem::new(line.place.clone(), message, Some(help)));
                line.bad = true;
            }
        }
    }
    file.machine.0.lines = pins;
}
