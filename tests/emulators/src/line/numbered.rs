//! The camera's side of Sony's numbered datagrams: which number is taken, and under which one an answer goes out.
//! Written from the makers' lists alone.

use std::collections::VecDeque;

/// Ways of being odd about numbers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct NumberQuirks {
    /// Has lost its count: takes nothing before a reset.
    pub lost_count: bool,
    /// Never answers a reset.
    pub no_reset: bool,
    /// Writes 9 as the length of every answer.
    pub wrong_length: bool,
    /// Writes the upper half of a number as zero.
    pub half: bool,
    /// Answers everything under 1.
    pub always_one: bool,
    /// Loses so many of its next answers on the way.
    pub loses_answers: u32,
}

#[derive(Debug, Default)]
pub(super) struct Numbered {
    pub quirks: NumberQuirks,
    /// Since the quirk began, nobody has sent a reset.
    was_lost: bool,
    healed: bool,
    last: Option<u32>,
    /// Frames without any answer yet.
    open: VecDeque<u32>,
    /// What runs in a socket, by the number that began it.
    sockets: [u32; 16],
    lost_answers: u32,
}

impl Numbered {
    /// What a datagram carries, or the control answer to it.
    pub fn unwrap(&mut self, datagram: &[u8]) -> Result<Vec<u8>, Vec<u8>> {
        let Some((header, payload)) = datagram.split_at_checked(8) else {
            return Ok(Vec::new());
        };
        let number = u32::from_be_bytes([header[4], header[5], header[6], header[7]]);
        if self.quirks.lost_count && !self.was_lost {
            self.healed = false;
        }
        self.was_lost = self.quirks.lost_count;
        match [header[0], header[1]] {
            [0x02, 0x00] if self.quirks.no_reset => Ok(Vec::new()),
            [0x02, 0x00] => {
                (self.last, self.healed) = (None, true);
                self.open.clear();
                Err(vec![0x02, 0x01, 0x00, 0x01, 0, 0, 0, 0, 0x01])
            }
            [0x01, 0x00 | 0x10 | 0x20] => {
                let lost = self.quirks.lost_count && !self.healed;
                let old = self.last.is_some_and(|last| number <= last) && number != 0;
                if lost || old && !self.quirks.always_one {
                    return Err(control(number, 0x01));
                }
                self.last = Some(number);
                self.open.push_back(number);
                Ok(payload.to_vec())
            }
            _ => Err(control(number, 0x02)),
        }
    }

    /// An answer under the number of what it answers.
    pub fn wrap(&mut self, frame: &[u8]) -> Vec<u8> {
        let kind = frame.get(1).copied().unwrap_or(0);
        let socket = usize::from(kind & 0x0F);
        let number = match kind & 0xF0 {
            0x50 if socket != 0 && frame.len() == 3 => self.sockets[socket],
            0x40 => {
                let number = self.open.pop_front().unwrap_or(0);
                self.sockets[socket] = number;
                number
            }
            _ => self.open.pop_front().unwrap_or(0),
        };
        let number = match self.quirks {
            NumberQuirks {
                always_one: true, ..
            } => 1,
            NumberQuirks { half: true, .. } => number & 0xFFFF,
            _ => number,
        };
        let length = if self.quirks.wrong_length {
            9
        } else {
            u16::try_from(frame.len()).unwrap_or(0)
        };
        if self.lost_answers < self.quirks.loses_answers {
            self.lost_answers += 1;
            return Vec::new();
        }
        let head = [0x01, 0x11];
        [
            &head[..],
            &length.to_be_bytes(),
            &number.to_be_bytes(),
            frame,
        ]
        .concat()
    }
}

fn control(number: u32, why: u8) -> Vec<u8> {
    let head = [0x02, 0x01, 0x00, 0x02];
    [&head[..], &number.to_be_bytes(), &[0x0F, why]].concat()
}
