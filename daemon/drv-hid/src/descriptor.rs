//! A device's report descriptor to where its keys and lamps are: report, bit, kind. Never a hard-coded offset.
//! Bytes in, layout out; total on any bytes. Knows no device.
//!
//! Source: "Device Class Definition for HID 1.11", section 6.2.2; "HID Usage Tables 1.5", pages 08 (LED) and 0B (Telephony),
//! section 3.4.1.2 for what a bit of an on/off control means.

use std::collections::BTreeMap;

/// A page and a number on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Usage {
    /// The page.
    pub page: u16,
    /// The number.
    pub id: u16,
}

impl Usage {
    /// Telephony: the hook switch.
    pub const HOOK_SWITCH: Usage = Usage {
        page: 0x0B,
        id: 0x20,
    };
    /// Telephony: the mute key.
    pub const PHONE_MUTE: Usage = Usage {
        page: 0x0B,
        id: 0x2F,
    };
    /// Lamp: muted.
    pub const LED_MUTE: Usage = Usage {
        page: 0x08,
        id: 0x09,
    };
    /// Lamp: in a call. Many speakerphones are deaf to their own keys until it is lit.
    pub const LED_OFF_HOOK: Usage = Usage {
        page: 0x08,
        id: 0x17,
    };
    /// Lamp: ringing.
    pub const LED_RING: Usage = Usage {
        page: 0x08,
        id: 0x18,
    };

    /// What people call it; `None` for what no speakerphone needs.
    pub fn name(self) -> Option<&'static str> {
        Some(match self {
            Usage::HOOK_SWITCH => "hook switch",
            Usage::PHONE_MUTE => "mute key",
            Usage::LED_MUTE => "mute lamp",
            Usage::LED_OFF_HOOK => "off-hook lamp",
            Usage::LED_RING => "ring lamp",
            Usage {
                page: 0x08,
                id: 0x1E,
            } => "speaker lamp",
            Usage {
                page: 0x08,
                id: 0x20,
            } => "hold lamp",
            Usage {
                page: 0x08,
                id: 0x21,
            } => "microphone lamp",
            Usage {
                page: 0x0B,
                id: 0x21,
            } => "flash key",
            Usage {
                page: 0x0B,
                id: 0x24,
            } => "redial key",
            Usage {
                page: 0x0B,
                id: 0x97,
            } => "line busy tone",
            Usage {
                page: 0x0C,
                id: 0xE2,
            } => "sound mute key",
            Usage {
                page: 0x0C,
                id: 0xE9,
            } => "volume up key",
            Usage {
                page: 0x0C,
                id: 0xEA,
            } => "volume down key",
            _ => return None,
        })
    }
}

/// How a control's bit is to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A button that returns by itself: from 0 to 1 is a press.
    Button,
    /// A switch that stays: 1 is on, 0 is off.
    Switch,
    /// Two directions: 1 is on, -1 is off, 0 says nothing.
    UpDown,
}

/// One control of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Control {
    /// What it is.
    pub usage: Usage,
    /// The report's number; 0 when the device numbers none.
    pub report: u8,
    /// Its first bit, counted behind the number.
    pub bit: u16,
    /// So many bits.
    pub bits: u8,
    /// How it is read; means nothing for lamps.
    pub kind: Kind,
    /// `Some`: a slot that holds the number of the pressed key; the key is pressed when this stands in it.
    pub chosen_by: Option<i32>,
}

/// All controls of a device, and how long its reports to it are.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Layout {
    /// What the device says.
    pub inputs: Vec<Control>,
    /// What it is told.
    pub outputs: Vec<Control>,
    /// Bytes of each report to the device, behind its number.
    pub output_bytes: BTreeMap<u8, usize>,
    /// Whether each report begins with its number.
    pub numbered: bool,
}

/// The kernel takes no longer report (HID_MAX_BUFFER_SIZE is 16 KiB; no speakerphone needs a tenth).
const MOST_BITS: u32 = 8 * 1024;
/// More controls or names than this are no phone's.
const MOST_CONTROLS: usize = 1024;
/// The kernel takes no longer descriptor (HID_MAX_DESCRIPTOR_SIZE).
const LONGEST: usize = 4096;

impl Layout {
    /// Reads a descriptor. What makes no sense is passed over: devices in the field have such parts beside good ones.
    pub fn parse(descriptor: &[u8]) -> Layout {
        let mut parser = Parser::default();
        let mut rest = &descriptor[..descriptor.len().min(LONGEST)];
        while let Some((item, left)) = Item::take(rest) {
            parser.item(item);
            rest = left;
        }
        parser.finish()
    }

    /// The control of this usage among those of one direction.
    pub fn input(&self, usage: Usage) -> Option<&Control> {
        self.inputs.iter().find(|control| control.usage == usage)
    }

    /// The lamp of this usage.
    pub fn output(&self, usage: Usage) -> Option<&Control> {
        self.outputs.iter().find(|control| control.usage == usage)
    }

    /// Whether this is a device whose keys or lamps belong to a call.
    pub fn is_phone(&self) -> bool {
        self.input(Usage::PHONE_MUTE).is_some() || self.output(Usage::LED_MUTE).is_some()
    }

    /// What a control says in a report; `None` when it is not in that report.
    pub fn read(&self, control: &Control, report: &[u8]) -> Option<i32> {
        let body = match (self.numbered, report) {
            (true, [number, body @ ..]) if *number == control.report => body,
            (false, body) => body,
            _ => return None,
        };
        let mut value = 0_u32;
        for index in 0..u16::from(control.bits) {
            let bit = control.bit + index;
            let byte = body.get(usize::from(bit / 8))?;
            value |= u32::from(byte >> (bit % 8) & 1) << index;
        }
        let signed = match control.kind {
            Kind::UpDown => extend(value, control.bits),
            Kind::Button | Kind::Switch => i32::try_from(value).unwrap_or(i32::MAX),
        };
        Some(match control.chosen_by {
            Some(number) => i32::from(signed == number),
            None => signed,
        })
    }

    /// Reports that light exactly these of the device's lamps, each with its number in front (0 when there are none,
    /// as hidraw wants it).
    pub fn lamps(&self, lit: &[Usage]) -> Vec<Vec<u8>> {
        let mut reports: BTreeMap<u8, Vec<u8>> = BTreeMap::new();
        for lamp in self.outputs.iter().filter(|lamp| lamp.usage.page == 0x08) {
            let bytes = self.output_bytes.get(&lamp.report).copied().unwrap_or(0);
            let report = reports.entry(lamp.report).or_insert_with(|| {
                let mut report = vec![0; 1 + bytes];
                report[0] = lamp.report;
                report
            });
            let byte = 1 + usize::from(lamp.bit / 8);
            if let Some(byte) = report.get_mut(byte).filter(|_| lit.contains(&lamp.usage)) {
                *byte |= 1 << (lamp.bit % 8);
            }
        }
        reports.into_values().collect()
    }
}

fn extend(value: u32, bits: u8) -> i32 {
    let shift = 32 - u32::from(bits.clamp(1, 32));
    ((value << shift) as i32) >> shift
}

/// One item of a descriptor.
#[derive(Debug, Clone, Copy)]
struct Item<'a> {
    kind: u8,
    tag: u8,
    data: &'a [u8],
}

impl<'a> Item<'a> {
    fn take(bytes: &'a [u8]) -> Option<(Item<'a>, &'a [u8])> {
        let [prefix, rest @ ..] = bytes else {
            return None;
        };
        // A long item: its own size byte and tag follow. Nothing in use has one; it is passed over.
        if *prefix == 0xFE {
            let [size, _tag, rest @ ..] = rest else {
                return None;
            };
            let left = rest.get(usize::from(*size)..)?;
            return Some((
                Item {
                    kind: 3,
                    tag: 15,
                    data: &[],
                },
                left,
            ));
        }
        let size = match prefix & 3 {
            3 => 4,
            size => usize::from(size),
        };
        let (data, left) = rest.split_at_checked(size)?;
        let item = Item {
            kind: prefix >> 2 & 3,
            tag: prefix >> 4,
            data,
        };
        Some((item, left))
    }

    fn unsigned(self) -> u32 {
        let mut value = [0; 4];
        value[..self.data.len()].copy_from_slice(self.data);
        u32::from_le_bytes(value)
    }

    fn signed(self) -> i32 {
        match self.data.len() {
            0 => 0,
            size => extend(self.unsigned(), u8::try_from(size * 8).unwrap_or(32)),
        }
    }
}

#[derive(Debug, Clone, Default)]
struct Globals {
    page: u16,
    least: i32,
    size: u32,
    count: u32,
    report: u8,
}

#[derive(Debug, Default)]
struct Parser {
    layout: Layout,
    globals: Globals,
    saved: Vec<Globals>,
    usages: Vec<Usage>,
    first: Option<Usage>,
    /// Bits used so far, by direction and report.
    used: BTreeMap<(Direction, u8), u32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Direction {
    In,
    Out,
    Feature,
}

const CONSTANT: u32 = 1;
const VARIABLE: u32 = 1 << 1;
const RELATIVE: u32 = 1 << 2;
const NO_PREFERRED: u32 = 1 << 5;
/// More push items than this are a mistake or worse.
const DEEPEST: usize = 16;

impl Parser {
    fn item(&mut self, item: Item<'_>) {
        match (item.kind, item.tag) {
            (0, 8) => self.main(Direction::In, item.unsigned()),
            (0, 9) => self.main(Direction::Out, item.unsigned()),
            (0, 11) => self.main(Direction::Feature, item.unsigned()),
            // Collections change nothing here, but end what was said locally.
            (0, _) => self.forget(),
            (1, 0) => self.globals.page = low(item.unsigned()),
            (1, 1) => self.globals.least = item.signed(),
            (1, 7) => self.globals.size = item.unsigned(),
            (1, 8) => {
                self.globals.report = u8::try_from(item.unsigned()).unwrap_or(0);
                self.layout.numbered = true;
            }
            (1, 9) => self.globals.count = item.unsigned(),
            (1, 10) if self.saved.len() < DEEPEST => self.saved.push(self.globals.clone()),
            (1, 11) => self.globals = self.saved.pop().unwrap_or_default(),
            (2, 0) => {
                let usage = self.usage(item);
                self.name(usage);
            }
            (2, 1) => self.first = Some(self.usage(item)),
            (2, 2) => self.range(item),
            _ => {}
        }
    }

    /// A usage of four bytes carries its page with it.
    fn usage(&self, item: Item<'_>) -> Usage {
        let value = item.unsigned();
        let page = match item.data.len() {
            4 => low(value >> 16),
            _ => self.globals.page,
        };
        Usage {
            page,
            id: low(value),
        }
    }

    fn name(&mut self, usage: Usage) {
        if self.usages.len() < MOST_CONTROLS {
            self.usages.push(usage);
        }
    }

    fn range(&mut self, item: Item<'_>) {
        let last = self.usage(item);
        if let Some(first) = self.first.take().filter(|first| first.page == last.page) {
            for id in (first.id..=last.id).take(MOST_CONTROLS) {
                self.name(Usage { id, ..first });
            }
        }
    }

    fn forget(&mut self) {
        self.usages.clear();
        self.first = None;
    }

    fn main(&mut self, direction: Direction, flags: u32) {
        let Globals {
            size,
            count,
            report,
            ..
        } = self.globals;
        let start = self.used.entry((direction, report)).or_insert(0);
        let bits = size.saturating_mul(count);
        let begin = *start;
        // A report that long is nobody's: everything after it in this report would be at a wrong place.
        *start = start.saturating_add(bits).min(MOST_BITS + 1);
        let fits = *start <= MOST_BITS;
        if fits && flags & CONSTANT == 0 && (1..=32).contains(&size) {
            match flags & VARIABLE {
                0 => self.slots(direction, begin),
                _ => self.variables(direction, begin, flags),
            }
        }
        self.forget();
    }

    fn variables(&mut self, direction: Direction, begin: u32, flags: u32) {
        let kind = match (flags & RELATIVE != 0, flags & NO_PREFERRED != 0) {
            (true, _) if self.globals.least < 0 => Kind::UpDown,
            (true, _) | (false, false) => Kind::Button,
            (false, true) => Kind::Switch,
        };
        for index in 0..self.globals.count {
            // The last usage stands for all that follow (6.2.2.8).
            let at = usize::try_from(index).unwrap_or(usize::MAX);
            let Some(usage) = self.usages.get(at).or(self.usages.last()).copied() else {
                return;
            };
            let bit = begin + index * self.globals.size;
            self.add(direction, self.control(usage, bit, kind));
        }
    }

    /// A slot says which key is pressed by its number; each key may stand in each slot.
    fn slots(&mut self, direction: Direction, begin: u32) {
        let least = self.globals.least;
        let numbered = (0..).map(|index| least.wrapping_add(index));
        let named = numbered.zip(core::mem::take(&mut self.usages));
        let keys: Vec<_> = named.filter(|(_, usage)| usage.name().is_some()).collect();
        for index in 0..self.globals.count {
            let bit = begin + index * self.globals.size;
            for (number, usage) in &keys {
                let chosen_by = Some(*number);
                let control = self.control(*usage, bit, Kind::Button);
                self.add(
                    direction,
                    Control {
                        chosen_by,
                        ..control
                    },
                );
            }
        }
    }

    fn control(&self, usage: Usage, bit: u32, kind: Kind) -> Control {
        Control {
            usage,
            report: self.globals.report,
            bit: low(bit),
            bits: u8::try_from(self.globals.size).unwrap_or(32),
            kind,
            chosen_by: None,
        }
    }

    fn add(&mut self, direction: Direction, control: Control) {
        let controls = match direction {
            Direction::In => &mut self.layout.inputs,
            Direction::Out => &mut self.layout.outputs,
            Direction::Feature => return,
        };
        if controls.len() < MOST_CONTROLS {
            controls.push(control);
        }
    }

    fn finish(mut self) -> Layout {
        for ((direction, report), bits) in self.used {
            if direction == Direction::Out && bits <= MOST_BITS {
                let bytes = usize::try_from(bits.div_ceil(8)).unwrap_or(0);
                self.layout.output_bytes.insert(report, bytes);
            }
        }
        self.layout
    }
}

/// The low half, as the standard cuts it.
fn low(value: u32) -> u16 {
    (value & 0xFFFF) as u16
}

#[cfg(test)]
#[path = "descriptor_tests.rs"]
pub(crate) mod tests;
