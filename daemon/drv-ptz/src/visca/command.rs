//! What a camera can be told, as bytes and back.
//! Bytes follow the command tables shared by Sony's and the compatible makers' manuals.

use super::frame::{Address, Frame};
use super::{nibbles, signed, unsigned};

/// One motor of the head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Motor {
    /// Does not run.
    Still,
    /// Left or down, at this speed from 1.
    Minus(u8),
    /// Right or up, at this speed from 1.
    Plus(u8),
}

/// Speeds of a move to a place, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PanTiltSpeed {
    /// Of the pan motor.
    pub pan: u8,
    /// Of the tilt motor; `None` for models that take one speed for both and want a zero here.
    pub tilt: Option<u8>,
}

/// How many nibbles the numbers of a place have, pan and tilt; each model knows one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// Sixteen bits each: most models.
    FourFour,
    /// Twenty and sixteen bits: BRC-H700 and its line up to BRC-X1000.
    FiveFour,
    /// Twenty bits each: SRG-360SHE, ILME-FR7. The longest frame there is.
    FiveFive,
}

impl Layout {
    /// Nibbles of pan and of tilt.
    fn widths(self) -> (usize, usize) {
        match self {
            Layout::FourFour => (4, 4),
            Layout::FiveFour => (5, 4),
            Layout::FiveFive => (5, 5),
        }
    }

    /// The layout of so many nibbles together.
    pub(super) fn of(nibbles: usize) -> Option<Layout> {
        [Layout::FourFour, Layout::FiveFour, Layout::FiveFive]
            .into_iter()
            .find(|layout| {
                let (pan, tilt) = layout.widths();
                pan + tilt == nibbles
            })
    }

    /// Pan and tilt as nibbles, each kept within what its width can say.
    pub(super) fn write(self, pan: i32, tilt: i32) -> Vec<u8> {
        let (p, t) = self.widths();
        let mut all = place(pan, p);
        all.extend(place(tilt, t));
        all
    }

    /// Pan and tilt from nibbles; the layout is told by their number.
    pub(super) fn read(bytes: &[u8]) -> Option<(Layout, i32, i32)> {
        let layout = Layout::of(bytes.len())?;
        let (pan, tilt) = bytes.split_at(layout.widths().0);
        Some((layout, signed(pan)?, signed(tilt)?))
    }
}

/// A number as so many nibbles, in two's complement.
fn place(value: i32, width: usize) -> Vec<u8> {
    let most = (1 << (4 * width - 1)) - 1;
    let kept = value.clamp(-most - 1, most);
    nibbles::<8>(kept)[8 - width..].to_vec()
}

/// The zoom motor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ZoomMove {
    /// Does not run.
    Stop,
    /// Longer, at a speed of 0 to 7.
    Tele(u8),
    /// Wider, at a speed of 0 to 7.
    Wide(u8),
}

/// A command; answered by ACK and completion, or by a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// Wake up.
    PowerOn,
    /// Sleep.
    Standby,
    /// Run the motors until told otherwise.
    PanTilt {
        /// Right is plus.
        pan: Motor,
        /// Up is plus.
        tilt: Motor,
    },
    /// Turn to a place, in the model's own steps.
    PanTiltTo {
        /// How fast.
        speed: PanTiltSpeed,
        /// How the model writes places.
        layout: Layout,
        /// Steps from the middle, right positive.
        pan: i32,
        /// Steps from the horizon, up positive.
        tilt: i32,
    },
    /// Turn to the home position.
    Home,
    /// Run the zoom until told otherwise.
    Zoom(ZoomMove),
    /// Zoom to a place; 0 is widest, 4000 hex mostly the longest optical.
    ZoomTo(u16),
    /// Forget a stored place, 0 to 254.
    PresetClear(u8),
    /// Store the present place, 0 to 254.
    PresetStore(u8),
    /// Turn to a stored place, 0 to 254.
    PresetRecall(u8),
    /// Give up what runs in this socket, 0 to 15.
    Cancel(u8),
}

/// No motor may be told a speed of 0: the BRC-300 answers a syntax error even to a stop.
const SLOWEST: u8 = 1;
const FASTEST: u8 = 0x7F;
const PAN_LEFT_RIGHT: (u8, u8) = (0x01, 0x02);
const TILT_DOWN_UP: (u8, u8) = (0x02, 0x01);
const STILL: u8 = 0x03;

impl Command {
    /// The bytes for this camera. Values outside their range are brought into it.
    pub fn to(self, address: Address) -> Frame {
        let send = |message: &[u8]| Frame::to(address, message);
        match self {
            Command::PowerOn => send(&[0x01, 0x04, 0x00, 0x02]),
            Command::Standby => send(&[0x01, 0x04, 0x00, 0x03]),
            Command::PanTilt { pan, tilt } => {
                let (vv, pp) = motor_bytes(pan, PAN_LEFT_RIGHT);
                let (ww, tt) = motor_bytes(tilt, TILT_DOWN_UP);
                send(&[0x01, 0x06, 0x01, vv, ww, pp, tt])
            }
            Command::PanTiltTo {
                speed,
                layout,
                pan,
                tilt,
            } => {
                let (vv, ww) = (within(speed.pan), speed.tilt.map_or(0, within));
                let head = [0x01, 0x06, 0x02, vv, ww];
                send(&[&head[..], &layout.write(pan, tilt)].concat())
            }
            Command::Home => send(&[0x01, 0x06, 0x04]),
            Command::Zoom(ZoomMove::Stop) => send(&[0x01, 0x04, 0x07, 0x00]),
            Command::Zoom(ZoomMove::Tele(p)) => send(&[0x01, 0x04, 0x07, 0x20 | p.min(7)]),
            Command::Zoom(ZoomMove::Wide(p)) => send(&[0x01, 0x04, 0x07, 0x30 | p.min(7)]),
            Command::ZoomTo(place) => {
                let [a, b, c, d] = nibbles(i32::from(place));
                send(&[0x01, 0x04, 0x47, a, b, c, d])
            }
            Command::PresetClear(n) => send(&[0x01, 0x04, 0x3F, 0x00, n.min(0xFE)]),
            Command::PresetStore(n) => send(&[0x01, 0x04, 0x3F, 0x01, n.min(0xFE)]),
            Command::PresetRecall(n) => send(&[0x01, 0x04, 0x3F, 0x02, n.min(0xFE)]),
            Command::Cancel(socket) => send(&[0x20 | (socket & 0x0F)]),
        }
    }

    /// What a frame tells a camera; `None` for anything that this type cannot say.
    pub fn parse(frame: &Frame) -> Option<Command> {
        Some(match *frame.message() {
            [0x01, 0x04, 0x00, 0x02] => Command::PowerOn,
            [0x01, 0x04, 0x00, 0x03] => Command::Standby,
            [0x01, 0x06, 0x01, vv, ww, pp, tt] => Command::PanTilt {
                pan: motor(vv, pp, PAN_LEFT_RIGHT)?,
                tilt: motor(ww, tt, TILT_DOWN_UP)?,
            },
            [0x01, 0x06, 0x02, vv, ww, ref place @ ..] => {
                let (layout, pan, tilt) = Layout::read(place)?;
                let tilt_speed = (ww != 0).then_some(ww);
                Command::PanTiltTo {
                    speed: PanTiltSpeed {
                        pan: vv,
                        tilt: tilt_speed,
                    },
                    layout,
                    pan,
                    tilt,
                }
            }
            [0x01, 0x06, 0x04] => Command::Home,
            [0x01, 0x04, 0x07, 0x00] => Command::Zoom(ZoomMove::Stop),
            [0x01, 0x04, 0x07, v @ 0x20..=0x27] => Command::Zoom(ZoomMove::Tele(v & 0x0F)),
            [0x01, 0x04, 0x07, v @ 0x30..=0x37] => Command::Zoom(ZoomMove::Wide(v & 0x0F)),
            [0x01, 0x04, 0x47, ref place @ ..] if place.len() == 4 => {
                Command::ZoomTo(u16::try_from(unsigned(place)?).ok()?)
            }
            [0x01, 0x04, 0x3F, 0x00, n] => Command::PresetClear(n),
            [0x01, 0x04, 0x3F, 0x01, n] => Command::PresetStore(n),
            [0x01, 0x04, 0x3F, 0x02, n] => Command::PresetRecall(n),
            [v @ 0x20..=0x2F] => Command::Cancel(v & 0x0F),
            _ => return None,
        })
    }
}

fn within(speed: u8) -> u8 {
    speed.clamp(SLOWEST, FASTEST)
}

/// Speed and direction byte of a motor whose minus and plus directions are these.
fn motor_bytes(motor: Motor, (minus, plus): (u8, u8)) -> (u8, u8) {
    match motor {
        Motor::Still => (SLOWEST, STILL),
        Motor::Minus(speed) => (within(speed), minus),
        Motor::Plus(speed) => (within(speed), plus),
    }
}

fn motor(speed: u8, direction: u8, (minus, plus): (u8, u8)) -> Option<Motor> {
    match direction {
        STILL => Some(Motor::Still),
        d if d == minus => Some(Motor::Minus(speed)),
        d if d == plus => Some(Motor::Plus(speed)),
        _ => None,
    }
}
