//! Writes frames to one reader in their order, without ever letting that reader hold up the rest of the keeper.
//! Knows nothing of what the frames say.

use call_browser::frames::frame;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::io::{AsyncWrite, AsyncWriteExt as _};
use tokio::sync::mpsc;

/// A reader that leaves more bytes than this waiting counts as broken.
pub const WAITING_MAX: usize = 96 << 20;

/// Takes frames for one reader.
#[derive(Debug)]
pub struct Outbox {
    queue: mpsc::UnboundedSender<Vec<u8>>,
    waiting: Arc<AtomicUsize>,
}

/// The reader is gone, or does not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stuck;

impl Outbox {
    /// Writes to `sink` in a task of its own, until the sink fails or the outbox is dropped and empty.
    pub fn new(mut sink: impl AsyncWrite + Unpin + Send + 'static) -> Self {
        let (queue, mut frames) = mpsc::unbounded_channel::<Vec<u8>>();
        let waiting = Arc::new(AtomicUsize::new(0));
        let still = Arc::clone(&waiting);
        tokio::spawn(async move {
            while let Some(frame) = frames.recv().await {
                if sink.write_all(&frame).await.is_err() {
                    break;
                }
                still.fetch_sub(frame.len(), Ordering::Relaxed);
            }
            let _ = sink.shutdown().await;
        });
        Self { queue, waiting }
    }

    /// Puts a text into the queue.
    ///
    /// # Errors
    /// [`Stuck`] when the reader is gone or too much is waiting.
    pub fn send(&self, text: Vec<u8>) -> Result<(), Stuck> {
        let bytes = frame(text);
        let before = self.waiting.fetch_add(bytes.len(), Ordering::Relaxed);
        if before > WAITING_MAX {
            return Err(Stuck);
        }
        self.queue.send(bytes).map_err(|_| Stuck)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::AsyncReadExt as _;

    #[tokio::test]
    async fn a_reader_that_does_not_read_is_found_out_and_never_waited_for() {
        let (mut reader, writer) = tokio::io::duplex(16);
        let outbox = Outbox::new(writer);
        let big = vec![b'x'; 8 << 20];
        let sent = (0..64)
            .take_while(|_| outbox.send(big.clone()).is_ok())
            .count();
        assert!((11..=14).contains(&sent), "{sent}");
        let mut first = [0; 4];
        reader.read_exact(&mut first).await.unwrap();
        assert_eq!(&first, b"xxxx");
    }

    #[tokio::test]
    async fn what_was_queued_is_written_before_the_end() {
        let (mut reader, writer) = tokio::io::duplex(4);
        let outbox = Outbox::new(writer);
        outbox.send(b"last words".to_vec()).unwrap();
        drop(outbox);
        let mut all = Vec::new();
        reader.read_to_end(&mut all).await.unwrap();
        assert_eq!(all, b"last words\0");
    }
}
