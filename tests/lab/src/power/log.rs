//! What a guest's disk was asked to do, in order: the log that QEMU's `blklogwrites` keeps, in the format of Linux's
//! dm-log-writes (`drivers/md/dm-log-writes.c`, version 1). Knows sectors, no file system.

use anyhow::{Context, Result, bail};
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;

/// The sector that the log is asked for, in bytes.
pub const SECTOR: u64 = 512;
const MAGIC: u64 = 0x006a_7366_7773_6872;
const VERSION: u64 = 1;
const FLUSH: u64 = 1;
const FUA: u64 = 2;
const DISCARD: u64 = 4;
const MARK: u64 = 8;

/// One thing that the disk was asked to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// Where on the disk, in bytes.
    pub at: u64,
    /// How much, in bytes; a flush alone has none.
    pub length: u64,
    /// Where its text stands in the log.
    pub text: u64,
    /// Everything before it is on the disk once this is through.
    pub flushes: bool,
    /// It is on the disk itself once it is through.
    pub durable: bool,
}

/// A log that is read as it grows.
#[derive(Debug)]
pub struct Log {
    file: File,
    /// In the order in which the disk was through with them.
    pub entries: Vec<Entry>,
    /// Where the next entry begins.
    next: u64,
}

impl Log {
    /// Of a guest that has flushed its disk at least once.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn open(path: &Path) -> Result<Log> {
        let file = File::open(path).with_context(|| format!("opening {}", path.display()))?;
        Ok(Log {
            file,
            entries: Vec::new(),
            next: SECTOR,
        })
    }

    /// Reads what has come since, as far as the last flush; so many entries there are now.
    ///
    /// # Errors
    /// This is no such log, or it asks for something that a replay would get wrong.
    pub fn read(&mut self) -> Result<usize> {
        let mut head = [0; 28];
        self.file
            .read_exact_at(&mut head, 0)
            .context("the head of the log of writes")?;
        let (magic, version, count) = (number(&head, 0), number(&head, 8), number(&head, 16));
        let sector = u32::from_le_bytes([head[24], head[25], head[26], head[27]]);
        if (magic, version, u64::from(sector)) != (MAGIC, VERSION, SECTOR) {
            bail!("a log of writes of another kind: {magic:x}, version {version}, {sector} bytes");
        }
        while (self.entries.len() as u64) < count {
            let mut words = [0; 32];
            self.file
                .read_exact_at(&mut words, self.next)
                .context("an entry of the log of writes")?;
            let flags = number(&words, 16);
            if flags & (DISCARD | MARK) != 0 {
                bail!(
                    "entry {} of the log has flags {flags:x}",
                    self.entries.len()
                );
            }
            let length = number(&words, 8) * SECTOR;
            let text = self.next + SECTOR;
            self.next = text + length;
            self.entries.push(Entry {
                at: number(&words, 0) * SECTOR,
                length,
                text,
                flushes: flags & FLUSH != 0,
                durable: flags & FUA != 0,
            });
        }
        Ok(self.entries.len())
    }

    /// What an entry writes, as far as `length` bytes of it.
    ///
    /// # Errors
    /// The log is shorter than it says.
    pub fn text(&self, entry: &Entry, length: u64) -> Result<Vec<u8>> {
        let mut text = vec![0; usize::try_from(length)?];
        self.file
            .read_exact_at(&mut text, entry.text)
            .context("the text of an entry of the log")?;
        Ok(text)
    }
}

fn number(bytes: &[u8], at: usize) -> u64 {
    let mut word = [0; 8];
    word.copy_from_slice(&bytes[at..at + 8]);
    u64::from_le_bytes(word)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail loudly")]
    use super::*;
    use std::io::Write;

    fn sector(words: &[u64]) -> Vec<u8> {
        let mut bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        bytes.resize(512, 0);
        bytes
    }

    fn log(entries: &[(u64, &[u8], u64)]) -> tempfile::NamedTempFile {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        let head = sector(&[MAGIC, VERSION, entries.len() as u64, SECTOR]);
        file.write_all(&head).unwrap();
        for (at, text, flags) in entries {
            let sectors = text.len() as u64 / SECTOR;
            file.write_all(&sector(&[*at, sectors, *flags, 0])).unwrap();
            file.write_all(text).unwrap();
        }
        file
    }

    #[test]
    fn writes_and_flushes_come_in_their_order_with_their_text() {
        let file = log(&[(8, &[7; 1024], 0), (0, &[], FLUSH), (2, &[9; 512], FUA)]);
        let mut log = Log::open(file.path()).unwrap();
        assert_eq!(log.read().unwrap(), 3);
        let first = log.entries[0];
        assert_eq!((first.at, first.length), (8 * SECTOR, 1024));
        assert_eq!(log.text(&first, 512).unwrap(), vec![7; 512]);
        assert!(log.entries[1].flushes && !log.entries[0].flushes);
        let last = log.entries[2];
        assert!(last.durable && !last.flushes);
        assert_eq!(log.text(&last, last.length).unwrap(), vec![9; 512]);
    }

    #[test]
    fn what_cannot_be_replayed_is_an_error() {
        let discarded = log(&[(8, &[], DISCARD)]);
        assert!(Log::open(discarded.path()).unwrap().read().is_err());
        let mut other = tempfile::NamedTempFile::new().unwrap();
        other.write_all(&[1; 512]).unwrap();
        assert!(Log::open(other.path()).unwrap().read().is_err());
    }
}
