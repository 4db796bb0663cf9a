//! Where the power goes, and what of the disk's own memory goes with it. A disk keeps what it was told to flush; of what came
//! after that it may have kept nothing, all, or any of it in any order, and the last write in part. Pure: no disk is touched.

use super::log::{Entry, SECTOR};
use rand::RngExt;
use rand::rngs::StdRng;
use std::ops::Range;

/// One way in which the power may go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cut {
    /// So many entries of the log had been asked for.
    pub at: usize,
    /// So many of them were flushed.
    pub flushed: usize,
    /// Which of the others reached the disk, and so many bytes of each.
    pub kept: Vec<(usize, u64)>,
}

impl Cut {
    /// Within this range of the log, as the dice say.
    pub fn random(entries: &[Entry], within: Range<usize>, dice: &mut StdRng) -> Cut {
        let at = dice.random_range(within);
        // An even disk, a forgetful one, and one that does as it likes.
        let loses = [0.0, 1.0, 0.5][dice.random_range(0..3_usize)];
        Cut::with(entries, at, |_| !dice.random_bool(loses)).torn(entries, dice)
    }

    fn with(entries: &[Entry], at: usize, mut keeps: impl FnMut(usize) -> bool) -> Cut {
        let flushed = flushed(entries, at);
        let kept = (flushed..at)
            .filter(|&entry| entries[entry].durable || keeps(entry))
            .map(|entry| (entry, entries[entry].length))
            .collect();
        Cut { at, flushed, kept }
    }

    /// A disk writes sectors whole, and longer writes as far as it comes.
    fn torn(mut self, entries: &[Entry], dice: &mut StdRng) -> Cut {
        if let Some((entry, length)) = self.kept.last_mut()
            && *entry + 1 == self.at
            && !entries[*entry].durable
        {
            *length = dice.random_range(0..=*length / SECTOR) * SECTOR;
        }
        self
    }
}

/// So many of the first `at` entries are on the disk whatever happens: all before the last flush.
fn flushed(entries: &[Entry], at: usize) -> usize {
    let mut before = entries[..at].iter();
    before
        .rposition(|entry| entry.flushes)
        .map_or(0, |last| last + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use std::collections::BTreeSet;

    const WRITE: Entry = Entry {
        at: 0,
        length: 4 * SECTOR,
        text: 0,
        flushes: false,
        durable: false,
    };
    const FLUSH: Entry = Entry {
        length: 0,
        flushes: true,
        ..WRITE
    };
    const DURABLE: Entry = Entry {
        durable: true,
        ..WRITE
    };

    #[test]
    fn what_was_flushed_and_what_was_written_through_is_never_lost() {
        let entries = [WRITE, FLUSH, WRITE, DURABLE, WRITE, WRITE];
        let mut dice = StdRng::seed_from_u64(1);
        let mut seen = BTreeSet::new();
        for _ in 0..500 {
            let cut = Cut::random(&entries, 2..7, &mut dice);
            assert_eq!(cut.flushed, 2);
            let kept: Vec<usize> = cut.kept.iter().map(|(entry, _)| *entry).collect();
            assert!(cut.at < 4 || kept.contains(&3), "{cut:?}");
            assert!(
                cut.kept
                    .iter()
                    .all(|(entry, _)| (2..cut.at).contains(entry))
            );
            seen.insert(format!("{cut:?}"));
        }
        assert!(seen.len() > 20, "{} ways only", seen.len());
    }

    #[test]
    fn only_the_last_write_is_torn_and_only_between_sectors() {
        let entries = [WRITE; 4];
        let mut dice = StdRng::seed_from_u64(2);
        let mut lengths = BTreeSet::new();
        for _ in 0..500 {
            let cut = Cut::random(&entries, 4..5, &mut dice);
            for (entry, length) in cut.kept {
                assert!(length == WRITE.length || entry == 3);
                lengths.insert(length);
            }
        }
        let all = (0..=4).map(|sectors| sectors * SECTOR);
        assert_eq!(lengths, all.collect());
    }

    #[test]
    fn before_the_first_flush_anything_may_be_lost() {
        assert_eq!(flushed(&[WRITE, WRITE], 2), 0);
        assert_eq!(flushed(&[WRITE, FLUSH, WRITE], 1), 0);
        assert_eq!(flushed(&[WRITE, FLUSH, WRITE], 2), 2);
    }
}
