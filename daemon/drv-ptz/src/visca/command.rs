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
    /// Of the tilt motor.
    pub tilt: u8,
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
    /// Turn to a place, in the model's own steps of 16 bits.
    PanTiltTo {
        /// How fast.
        speed: PanTiltSpeed,
        /// Steps from the middle, right positive.
        pan: i16,
        /// Steps from the horizon, up positive.
        tilt: i16,
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
            Command::PanTiltTo { speed, pan, tilt } => {
                let [p1, p2, p3, p4] = nibbles(i32::from(pan));
                let [t1, t2, t3, t4] = nibbles(i32::from(tilt));
                let (vv, ww) = (within(speed.pan), within(speed.tilt));
                send(&[0x01, 0x06, 0x02, vv, ww, p1, p2, p3, p4, t1, t2, t3, t4])
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
            [0x01, 0x06, 0x02, pan, tilt, ref place @ ..] if place.len() == 8 => {
                Command::PanTiltTo {
                    speed: PanTiltSpeed { pan, tilt },
                    pan: i16::try_from(signed(&place[..4])?).ok()?,
                    tilt: i16::try_from(signed(&place[4..])?).ok()?,
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
