//! Owns the reading of server-sent events from pieces of bytes. Pure; bounded; knows no server.

use crate::contract::Heard;
use room_core::ids::Private;

/// Longest line and longest event, in bytes; what is longer is dropped.
const MAX_BYTES: usize = 256 * 1024;

/// A stream being read.
#[derive(Debug, Default)]
pub(crate) struct Sse {
    line: Vec<u8>,
    name: String,
    data: String,
    has_data: bool,
    /// The line, or an event that it belongs to, is too long.
    skips: bool,
    after_return: bool,
}

impl Sse {
    /// Takes a piece and gives the events that are complete with it.
    pub fn feed(&mut self, piece: &[u8]) -> Vec<Heard> {
        let mut heard = Vec::new();
        for byte in piece {
            let second = std::mem::take(&mut self.after_return) && *byte == b'\n';
            match byte {
                b'\n' if second => {}
                b'\n' | b'\r' => {
                    self.after_return = *byte == b'\r';
                    let line = std::mem::take(&mut self.line);
                    heard.extend(self.end_of_line(&String::from_utf8_lossy(&line)));
                }
                _ if self.line.len() < MAX_BYTES => self.line.push(*byte),
                _ => self.skips = true,
            }
        }
        heard
    }

    fn end_of_line(&mut self, line: &str) -> Option<Heard> {
        if line.is_empty() {
            let event = std::mem::take(self);
            self.after_return = event.after_return;
            let name = if event.name.is_empty() {
                "message".to_owned()
            } else {
                event.name
            };
            let whole = event.has_data && !event.skips;
            return whole.then(|| Heard {
                name,
                data: Private::new(event.data),
            });
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => self.name = value.to_owned(),
            "data" => {
                if self.has_data {
                    self.data.push('\n');
                }
                self.has_data = true;
                self.data.push_str(value);
                self.skips |= self.data.len() > MAX_BYTES;
            }
            // Comments keep the line alive; ids matter only to those who ask for what they missed.
            _ => {}
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STREAM: &str = ": hello\n\nevent: a\ndata: {\"x\":1}\n\nevent: b\r\ndata: one\r\ndata:two\r\n\r\ndata: c\n\nevent: none\n\n";

    fn all(pieces: &[&[u8]]) -> Vec<(String, String)> {
        let mut sse = Sse::default();
        let heard = pieces.iter().flat_map(|piece| sse.feed(piece));
        let plain = |heard: Heard| (heard.name, heard.data.reveal().to_owned());
        heard.map(plain).collect()
    }

    #[test]
    fn events_are_read_however_they_are_cut() {
        let text = |name: &str, data: &str| (name.to_owned(), data.to_owned());
        let want = [
            text("a", "{\"x\":1}"),
            text("b", "one\ntwo"),
            text("message", "c"),
        ];
        let bytes = STREAM.as_bytes();
        for cut in 0..bytes.len() {
            let (first, second) = bytes.split_at(cut);
            assert_eq!(all(&[first, second]), want, "cut at {cut}");
        }
    }

    #[test]
    fn what_is_too_long_is_dropped_and_the_next_event_read() {
        let long = "x".repeat(MAX_BYTES + 1);
        let stream = format!("data: {long}\n\nevent: next\ndata: 1\n\n");
        assert_eq!(
            all(&[stream.as_bytes()]),
            [("next".to_owned(), "1".to_owned())]
        );
    }
}
