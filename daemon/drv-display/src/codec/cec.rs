//! HDMI-CEC: whole messages of up to 16 bytes, initiator and destination in the first.
//! Source: HDMI 1.4b, supplement 1 (CEC), tables 7 to 28. The kernel's CEC core answers what concerns the adapter itself.

use super::{Codec, Place};
use crate::words::{Answer, Heard, InputCode, Power, Refusal, Request, Turn};

const TV: u8 = 0;
const BROADCAST: u8 = 15;
const FEATURE_ABORT: u8 = 0x00;
const IMAGE_VIEW_ON: u8 = 0x04;
const TEXT_VIEW_ON: u8 = 0x0D;
const STANDBY: u8 = 0x36;
const ROUTING_CHANGE: u8 = 0x80;
const ROUTING_INFORMATION: u8 = 0x81;
const ACTIVE_SOURCE: u8 = 0x82;
const REQUEST_ACTIVE_SOURCE: u8 = 0x85;
const SET_STREAM_PATH: u8 = 0x86;
const GIVE_POWER: u8 = 0x8F;
const REPORT_POWER: u8 = 0x90;
const ABORT: u8 = 0xFF;
/// The reason "unrecognised opcode" of an abort.
const UNKNOWN: u8 = 0x00;

/// The only input that can be chosen: the socket that the board hangs on, whichever it is.
pub(crate) const ROOM: &str = "room";

#[derive(Debug)]
pub(super) struct Cec {
    place: Place,
    /// The source that the bus last named.
    source: Option<u16>,
    /// How often it was told to wake since it was last seen awake.
    wakes: u8,
}

impl Cec {
    pub(super) fn new() -> Cec {
        Cec {
            place: Place {
                logical: BROADCAST,
                physical: 0xFFFF,
            },
            source: None,
            wakes: 0,
        }
    }

    fn to(&self, destination: u8, message: &[u8]) -> Vec<u8> {
        let mut frame = vec![self.place.logical << 4 | destination];
        frame.extend_from_slice(message);
        frame
    }

    fn active_source(&self) -> Vec<u8> {
        let [high, low] = self.place.physical.to_be_bytes();
        self.to(BROADCAST, &[ACTIVE_SOURCE, high, low])
    }

    /// The bus says which source the display shows from now on.
    fn shows(&mut self, high: u8, low: u8) -> Heard {
        self.source = Some(u16::from_be_bytes([high, low]));
        let code = match self.is_shown() {
            true => InputCode::new(ROOM),
            false => InputCode::of_bytes(&[high, low]),
        };
        Heard::Notice(Answer::Input(code))
    }

    fn is_shown(&self) -> bool {
        self.place.physical != 0xFFFF && self.source == Some(self.place.physical)
    }
}

impl Codec for Cec {
    fn say(&mut self, request: &Request) -> Option<Vec<u8>> {
        match request {
            Request::AskPower => Some(self.to(TV, &[GIVE_POWER])),
            Request::Power(Turn::On) => {
                // Some televisions wake by the one, some by the other (Samsung Frame: by text only).
                let opcode = [IMAGE_VIEW_ON, TEXT_VIEW_ON][usize::from(self.wakes % 2)];
                self.wakes = self.wakes.wrapping_add(1);
                Some(self.to(TV, &[opcode]))
            }
            Request::Power(Turn::Standby) => Some(self.to(TV, &[STANDBY])),
            // A display shows what calls itself the source; only the board's own socket can be chosen.
            Request::Input(_) if self.place.physical == 0xFFFF => None,
            Request::Input(_) => {
                self.source = Some(self.place.physical);
                Some(self.active_source())
            }
            // Nobody answers for a display that shows its own tuner, so that silence would look like a fault.
            Request::AskInput
            | Request::AskVolume
            | Request::AskMuted
            | Request::AskTroubles
            | Request::Volume(_)
            | Request::Muted(_) => None,
        }
    }

    /// The kernel hands over whole messages.
    fn take(&mut self, bytes: &[u8]) -> Vec<Vec<u8>> {
        if (2..=16).contains(&bytes.len()) {
            vec![bytes.to_vec()]
        } else {
            Vec::new()
        }
    }

    fn hear(&mut self, frame: &[u8], under_way: Option<&Request>) -> Heard {
        let [header, message @ ..] = frame else {
            return Heard::Nothing;
        };
        let (from, to) = (header >> 4, header & 0x0F);
        let asked = under_way == Some(&Request::AskPower);
        match *message {
            [REPORT_POWER, state] if from == TV => {
                if state == 0 {
                    self.wakes = 0;
                }
                let power = match state {
                    0 => Power::On,
                    1 => Power::Standby,
                    2 => Power::Warming,
                    3 => Power::Cooling,
                    _ => return Heard::Nothing,
                };
                match asked {
                    true => Heard::Answer(Answer::Power(power)),
                    false => Heard::Notice(Answer::Power(power)),
                }
            }
            [FEATURE_ABORT, GIVE_POWER, ..] if from == TV && asked => {
                Heard::Answer(Answer::Refused(Refusal::NotSupported))
            }
            [STANDBY] if from == TV => Heard::Notice(Answer::Power(Power::Standby)),
            [ACTIVE_SOURCE, high, low] | [ROUTING_INFORMATION, high, low] => self.shows(high, low),
            [ROUTING_CHANGE, _, _, high, low] => self.shows(high, low),
            [SET_STREAM_PATH, high, low] => {
                let notice = self.shows(high, low);
                // Who is chosen must call itself the source; the answer to that tells the rest of the bus.
                if self.is_shown() {
                    return Heard::Reply(self.active_source());
                }
                notice
            }
            [REQUEST_ACTIVE_SOURCE] if self.is_shown() => Heard::Reply(self.active_source()),
            [GIVE_POWER] if to == self.place.logical => {
                Heard::Reply(self.to(from, &[REPORT_POWER, 0]))
            }
            // Messages to everybody are never refused.
            [FEATURE_ABORT, ..] | [ABORT] => Heard::Nothing,
            [opcode, ..] if to == self.place.logical && to != BROADCAST && is_request(opcode) => {
                Heard::Reply(self.to(from, &[FEATURE_ABORT, opcode, UNKNOWN]))
            }
            _ => Heard::Nothing,
        }
    }

    /// Commands are acknowledged by the bus alone.
    fn is_answered(&self, request: &Request) -> bool {
        request.is_question()
    }

    fn placed(&mut self, place: Place) {
        self.place = place;
    }
}

/// Messages that ask for something which this board does not do: deck, tuner, menu, timers, audio system.
fn is_request(opcode: u8) -> bool {
    matches!(
        opcode,
        0x08 | 0x09 | 0x0B | 0x0F | 0x1A | 0x33 | 0x34 | 0x41..=0x43 | 0x70 | 0x71 | 0x7D | 0x8D | 0x93 | 0x97 | 0x99
            | 0xA2..=0xA4 | 0xC0..=0xC5
    )
}
