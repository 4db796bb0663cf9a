//! The board's own output as the last link: words between the engine and the port that darkens it.
//! A display without any signal goes to sleep by itself; what is read back is the output, not the display.

use super::Codec;
use crate::words::{Answer, Heard, Power, Refusal, Request, Turn};

/// Let the picture out.
pub(crate) const ON: &[u8] = b"on";
/// Keep it in.
pub(crate) const OFF: &[u8] = b"off";
/// Is it out?
pub(crate) const ASK: &[u8] = b"?";
/// It was tried and did not work.
pub(crate) const FAILED: &[u8] = b"failed";
/// It was tried, and it is not known whether it worked.
pub(crate) const DONE: &[u8] = b"done";

#[derive(Debug)]
pub(super) struct Output;

impl Codec for Output {
    fn say(&mut self, request: &Request) -> Option<Vec<u8>> {
        match request {
            Request::AskPower => Some(ASK.to_vec()),
            Request::Power(Turn::On) => Some(ON.to_vec()),
            Request::Power(Turn::Standby) => Some(OFF.to_vec()),
            _ => None,
        }
    }

    fn take(&mut self, bytes: &[u8]) -> Vec<Vec<u8>> {
        vec![bytes.to_vec()]
    }

    fn hear(&mut self, frame: &[u8], under_way: Option<&Request>) -> Heard {
        let Some(request) = under_way else {
            return Heard::Nothing;
        };
        match (frame, request.is_question()) {
            (FAILED, _) => Heard::Answer(Answer::Refused(Refusal::Failed)),
            (DONE, false) => Heard::Answer(Answer::Done),
            (ON, true) => Heard::Answer(Answer::Power(Power::On)),
            (OFF, true) => Heard::Answer(Answer::Power(Power::Standby)),
            _ => Heard::Nothing,
        }
    }
}
