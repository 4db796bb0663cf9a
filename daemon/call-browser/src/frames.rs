//! Splits and joins what travels on Chromium's debugging pipe: JSON texts, each ended by a zero byte.
//! Knows nothing of what the texts say.

/// The largest frame that Chromium may send (a screenshot of a large display fits many times).
pub const FROM_CHROMIUM: usize = 64 << 20;
/// The largest frame that a client may send.
pub const FROM_CLIENT: usize = 4 << 20;

/// Cuts a stream of bytes into whole frames, whatever the pieces it arrives in.
///
/// Invariant: a frame comes out exactly as it was sent, or not at all.
#[derive(Debug)]
pub struct Splitter {
    partial: Vec<u8>,
    limit: usize,
    skipping: bool,
    skipped: u64,
}

impl Splitter {
    /// Frames longer than `limit` bytes are left out and counted.
    pub fn new(limit: usize) -> Self {
        Self {
            partial: Vec::new(),
            limit,
            skipping: false,
            skipped: 0,
        }
    }

    /// Takes bytes and hands out the frames they complete, without their zero bytes. Empty frames are left out.
    pub fn push(&mut self, mut bytes: &[u8]) -> Vec<Vec<u8>> {
        let mut whole = Vec::new();
        while let Some(end) = bytes.iter().position(|byte| *byte == 0) {
            self.take(&bytes[..end]);
            bytes = &bytes[end + 1..];
            if std::mem::take(&mut self.skipping) {
                self.skipped += 1;
            } else if !self.partial.is_empty() {
                whole.push(std::mem::take(&mut self.partial));
            }
        }
        self.take(bytes);
        whole
    }

    /// How many frames were too long and left out so far.
    pub fn skipped(&self) -> u64 {
        self.skipped
    }

    /// Whether a frame that is too long is running just now.
    pub fn overrun(&self) -> bool {
        self.skipping
    }

    fn take(&mut self, bytes: &[u8]) {
        if self.skipping {
            return;
        }
        if self.partial.len() + bytes.len() > self.limit {
            self.skipping = true;
            self.partial = Vec::new();
        } else {
            self.partial.extend_from_slice(bytes);
        }
    }
}

/// Ends a text with its zero byte, ready to be written.
///
/// JSON has no zero byte of its own: serialisers write it as `\u0000`.
pub fn frame(mut text: Vec<u8>) -> Vec<u8> {
    debug_assert!(!text.contains(&0), "a frame may not contain its own end");
    text.push(0);
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn split_at(stream: &[u8], cuts: &[usize], limit: usize) -> (Vec<Vec<u8>>, u64) {
        let mut splitter = Splitter::new(limit);
        let mut frames = Vec::new();
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut % (stream.len() + 1)).collect();
        cuts.extend([0, stream.len()]);
        cuts.sort_unstable();
        for pair in cuts.windows(2) {
            frames.extend(splitter.push(&stream[pair[0]..pair[1]]));
        }
        (frames, splitter.skipped())
    }

    fn texts() -> impl Strategy<Value = Vec<Vec<u8>>> {
        prop::collection::vec(prop::collection::vec(1u8..=255, 1..40), 0..12)
    }

    proptest! {
        #[test]
        fn every_split_gives_the_frames_that_were_sent(texts in texts(), cuts in prop::collection::vec(any::<usize>(), 0..40)) {
            let stream: Vec<u8> = texts.iter().cloned().flat_map(frame).collect();
            prop_assert_eq!(split_at(&stream, &cuts, 64), (texts, 0));
        }

        #[test]
        fn corruption_harms_only_the_frames_it_touches(texts in texts(), at in any::<usize>(), bit in 0u8..8) {
            let stream: Vec<u8> = texts.iter().cloned().flat_map(frame).collect();
            prop_assume!(!stream.is_empty());
            let at = at % stream.len();
            let mut broken = stream.clone();
            broken[at] ^= 1 << bit;
            let (frames, _) = split_at(&broken, &[], 4096);
            let touched = stream[..at].iter().filter(|byte| **byte == 0).count();
            for (place, text) in texts.iter().enumerate() {
                let neighbour = stream[at] == 0 && place == touched + 1;
                if place != touched && !neighbour {
                    prop_assert!(frames.contains(text), "frame {} was lost", place);
                }
            }
        }

        #[test]
        fn a_frame_that_is_too_long_is_left_out_whole(before in texts(), long in 65usize..400, after in texts(), cuts in prop::collection::vec(any::<usize>(), 0..40)) {
            let mut all = before.clone();
            all.push(vec![b'x'; long]);
            all.extend(after.clone());
            let stream: Vec<u8> = all.into_iter().flat_map(frame).collect();
            let kept: Vec<Vec<u8>> = before.into_iter().chain(after).collect();
            prop_assert_eq!(split_at(&stream, &cuts, 64), (kept, 1));
        }
    }

    #[test]
    fn memory_is_bounded_while_a_long_frame_runs() {
        let mut splitter = Splitter::new(100);
        for _ in 0..1_000 {
            assert!(splitter.push(&[b'x'; 99]).is_empty());
            assert!(splitter.partial.capacity() <= 256);
        }
        assert!(splitter.overrun());
        assert_eq!(splitter.push(b"\0{}\0"), vec![b"{}".to_vec()]);
    }

    #[test]
    fn empty_frames_are_left_out() {
        assert_eq!(
            Splitter::new(9).push(b"\0\0a\0\0b\0"),
            vec![b"a".to_vec(), b"b".to_vec()]
        );
    }
}
