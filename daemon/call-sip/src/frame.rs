//! Netstrings: a length in decimal, a colon, so many bytes, a comma. Owns the cutting of the control line's bytes; knows
//! nothing of what they mean.

/// Longer messages are no messages: baresip's longest answer has a few thousand bytes.
const LONGEST: usize = 256 * 1024;
/// So many digits are enough for that.
const DIGITS: usize = 6;

/// What came is not netstrings; the line cannot be used any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// No length where one must stand.
    #[error("a length is expected")]
    NoLength,
    /// A length beyond all bounds.
    #[error("a message longer than {LONGEST} bytes")]
    TooLong,
    /// The comma at the end is missing.
    #[error("a comma is expected")]
    NoComma,
}

/// One message as it goes over the line.
pub fn encode(message: &[u8]) -> Vec<u8> {
    let mut bytes = message.len().to_string().into_bytes();
    bytes.push(b':');
    bytes.extend_from_slice(message);
    bytes.push(b',');
    bytes
}

/// Cuts what arrives into messages, however it is split.
#[derive(Debug, Default)]
pub struct Decoder {
    kept: Vec<u8>,
}

impl Decoder {
    /// Takes more bytes.
    pub fn push(&mut self, bytes: &[u8]) {
        self.kept.extend_from_slice(bytes);
    }

    /// The next whole message; `None` until more has come.
    ///
    /// # Errors
    /// When the bytes are no netstring.
    pub fn take(&mut self) -> Result<Option<Vec<u8>>, FrameError> {
        let Some(colon) = self.kept.iter().position(|byte| !byte.is_ascii_digit()) else {
            let endless = self.kept.len() > DIGITS;
            return if endless {
                Err(FrameError::TooLong)
            } else {
                Ok(None)
            };
        };
        if colon == 0 || self.kept.get(colon) != Some(&b':') {
            return Err(FrameError::NoLength);
        }
        let length = self.length(colon)?;
        let (start, end) = (colon + 1, colon + 1 + length);
        match self.kept.get(end) {
            None => Ok(None),
            Some(b',') => {
                let message = self.kept.get(start..end).unwrap_or_default().to_vec();
                self.kept.drain(..=end);
                Ok(Some(message))
            }
            Some(_) => Err(FrameError::NoComma),
        }
    }

    fn length(&self, colon: usize) -> Result<usize, FrameError> {
        let digits = self.kept.get(..colon).unwrap_or_default();
        let length = digits.iter().take(DIGITS + 1).fold(0_usize, |sum, digit| {
            sum * 10 + usize::from(digit.saturating_sub(b'0'))
        });
        let fits = digits.len() <= DIGITS && length <= LONGEST;
        if fits {
            Ok(length)
        } else {
            Err(FrameError::TooLong)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn all(decoder: &mut Decoder) -> Result<Vec<Vec<u8>>, FrameError> {
        let mut messages = Vec::new();
        while let Some(message) = decoder.take()? {
            messages.push(message);
        }
        Ok(messages)
    }

    #[test]
    fn every_split_of_a_stream_gives_the_same_messages() {
        let messages: [&[u8]; 4] = [b"{}", b"", b"12:34,", br#"{"event":true}"#];
        let stream: Vec<u8> = messages.iter().flat_map(|m| encode(m)).collect();
        for cut in 0..=stream.len() {
            let mut decoder = Decoder::default();
            decoder.push(&stream[..cut]);
            let mut seen = all(&mut decoder).unwrap();
            decoder.push(&stream[cut..]);
            seen.extend(all(&mut decoder).unwrap());
            assert_eq!(seen, messages, "cut at {cut}");
        }
        let mut decoder = Decoder::default();
        let mut seen = Vec::new();
        for byte in stream {
            decoder.push(&[byte]);
            seen.extend(all(&mut decoder).unwrap());
        }
        assert_eq!(seen, messages);
    }

    #[test]
    fn what_is_no_netstring_is_refused() {
        let table: [(&[u8], FrameError); 6] = [
            (b":", FrameError::NoLength),
            (b"POST / HTTP/1.1", FrameError::NoLength),
            (b"3x", FrameError::NoLength),
            (b"2:abc", FrameError::NoComma),
            (b"999999:", FrameError::TooLong),
            (b"12345678", FrameError::TooLong),
        ];
        for (bytes, error) in table {
            let mut decoder = Decoder::default();
            decoder.push(bytes);
            assert_eq!(decoder.take(), Err(error), "{}", bytes.escape_ascii());
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

        #[test]
        fn random_bytes_neither_panic_nor_grow(chunks in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 0..20)) {
            let mut decoder = Decoder::default();
            for chunk in chunks {
                decoder.push(&chunk);
                if all(&mut decoder).is_err() {
                    break;
                }
            }
        }
    }
}
