//! Wires that carry whole messages: DDC/CI on I2C, HDMI-CEC. Each call of `hear` brings one message.

use super::body::{Outcome, PowerState, Request};
use super::wire::Wire;

/// A monitor behind address 37. Its volume goes to 50. What is read is always eleven bytes long.
pub(super) struct Ddc;

const LOUDEST: u16 = 50;

impl Wire for Ddc {
    fn hear(&mut self, message: &[u8]) -> Vec<Request> {
        let Some((check, rest)) = message.split_last() else {
            return Vec::new();
        };
        if rest.iter().fold(0x6E, |mixed, byte| mixed ^ byte) != *check {
            return Vec::new();
        }
        let value = |high: u8, low: u8| u16::from_be_bytes([high, low]);
        vec![match *rest {
            [0x51, 0x82, 0x01, 0xD6] => Request::AskPower,
            [0x51, 0x82, 0x01, 0x60] => Request::AskInput,
            [0x51, 0x82, 0x01, 0x62] => Request::AskVolume,
            [0x51, 0x82, 0x01, 0x8D] => Request::AskMuted,
            [0x51, 0x84, 0x03, 0xD6, 0, mode] => Request::Power(mode == 1),
            [0x51, 0x84, 0x03, 0x60, 0, code] => Request::Input(format!("{code:02X}")),
            [0x51, 0x84, 0x03, 0x62, high, low] => {
                let percent = value(high, low).saturating_mul(100) / LOUDEST;
                Request::Volume(u8::try_from(percent).unwrap_or(100))
            }
            [0x51, 0x84, 0x03, 0x8D, 0, code] => Request::Muted(code == 1),
            _ => Request::Unknown,
        }]
    }

    fn answer(&mut self, request: &Request, outcome: &Outcome) -> Option<Vec<u8>> {
        if !request.is_question() {
            return None;
        }
        let (code, most, value) = match outcome {
            Outcome::Power(PowerState::On) => (0xD6, 5, 1),
            Outcome::Power(_) => (0xD6, 5, 4),
            Outcome::Input(code) => (0x60, 0x20, u16::from_str_radix(code, 16).ok()?),
            Outcome::Volume(percent) => (0x62, LOUDEST, u16::from(*percent) * LOUDEST / 100),
            Outcome::Muted(muted) => (0x8D, 2, if *muted { 1 } else { 2 }),
            _ => return Some(b"\x6E\x80\xBE\0\0\0\0\0\0\0\0".to_vec()),
        };
        let [most_high, most_low] = most.to_be_bytes();
        let [high, low] = u16::to_be_bytes(value);
        let mut frame = vec![
            0x6E, 0x88, 0x02, 0x00, code, 0x00, most_high, most_low, high, low,
        ];
        frame.push(frame.iter().fold(0x50, |mixed, byte| mixed ^ byte));
        Some(frame)
    }
}

/// A television at address 0.
#[derive(Default)]
pub(super) struct Cec {
    asked_by: u8,
}

impl Wire for Cec {
    fn hear(&mut self, message: &[u8]) -> Vec<Request> {
        let [header, opcode, data @ ..] = message else {
            return Vec::new();
        };
        self.asked_by = header >> 4;
        vec![match (*opcode, data) {
            (0x8F, []) => Request::AskPower,
            (0x04 | 0x0D, []) => Request::Power(true),
            (0x36, []) => Request::Power(false),
            (0x82, [high, low]) => Request::Input(format!("{high:02X}{low:02X}")),
            _ => Request::Unknown,
        }]
    }

    fn answer(&mut self, request: &Request, outcome: &Outcome) -> Option<Vec<u8>> {
        match (request, outcome) {
            (Request::AskPower, Outcome::Power(power)) => {
                let state = match power {
                    PowerState::On => 0,
                    PowerState::Standby => 1,
                    PowerState::Warming => 2,
                    PowerState::Cooling => 3,
                };
                Some(vec![self.asked_by, 0x90, state])
            }
            _ => None,
        }
    }
}
