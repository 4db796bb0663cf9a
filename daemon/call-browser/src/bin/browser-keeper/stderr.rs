//! Owns the last lines that Chromium printed, for the report of a start that failed; addresses are taken out first.
//! Knows nothing of what the lines mean.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, BufReader};
use tokio::sync::watch;

const LINES: usize = 12;
const LINE_LENGTH: u64 = 400;

/// The last lines, still growing.
#[derive(Debug, Clone)]
pub struct LastLines {
    lines: Arc<Mutex<VecDeque<String>>>,
    ended: watch::Receiver<bool>,
}

impl LastLines {
    /// Reads to the end in a task of its own.
    pub fn of(output: impl AsyncRead + Unpin + Send + 'static) -> Self {
        let (end, ended) = watch::channel(false);
        let lines = Self {
            lines: Arc::default(),
            ended,
        };
        let mine = lines.clone();
        tokio::spawn(async move {
            let mut reader = BufReader::new(output);
            let mut line = Vec::new();
            while matches!(
                (&mut reader)
                    .take(LINE_LENGTH)
                    .read_until(b'\n', &mut line)
                    .await,
                Ok(1..)
            ) {
                mine.keep(&String::from_utf8_lossy(&line));
                line.clear();
            }
            let _ = end.send(true);
        });
        lines
    }

    /// What there is, once the output ended or after this long.
    pub async fn text(&self, patience: Duration) -> String {
        let _ = tokio::time::timeout(patience, self.ended.clone().wait_for(|ended| *ended)).await;
        let lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        lines.iter().cloned().collect::<Vec<_>>().join(" | ")
    }

    fn keep(&self, line: &str) {
        let line = without_addresses(line.trim());
        if line.is_empty() {
            return;
        }
        tracing::trace!(%line, "chromium prints");
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.len() == LINES {
            lines.pop_front();
        }
        lines.push_back(line);
    }
}

fn without_addresses(line: &str) -> String {
    let word = |word: &str| {
        if word.contains("://") {
            "<address>".to_owned()
        } else {
            word.to_owned()
        }
    };
    line.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn addresses_are_taken_out_and_lines_bounded() {
        let lines = LastLines::of(tokio::io::empty());
        for number in 0..40 {
            lines.keep(&format!(
                "{number} console says \"https://a.example/j/123?pwd=geheim\" here"
            ));
        }
        let text = lines.text(Duration::from_secs(5)).await;
        assert!(!text.contains("geheim") && text.contains("<address>"));
        assert!(text.starts_with("28 ") && text.contains("39 "));
    }
}
