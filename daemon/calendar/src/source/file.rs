//! Owns a calendar in a file: noticed as soon as its time or size changes.

use std::{io, path::PathBuf, sync::Arc, time::SystemTime};

use super::{Fetched, SourceError, parse_aside, store::Memory};
use crate::{error::ParseError, parse::MAX_TEXT_BYTES};

/// What tells one version of a file from another.
type Stamp = (Option<SystemTime>, u64);

#[derive(Debug)]
pub(super) struct FileSource {
    path: PathBuf,
    /// The version that was read last, and why it was refused if it was.
    last: Option<(Stamp, Option<SourceError>)>,
}

impl FileSource {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path, last: None }
    }

    pub(super) async fn fetch(&mut self) -> Result<Fetched, SourceError> {
        let meta = tokio::fs::metadata(&self.path)
            .await
            .map_err(|error| fault(&error))?;
        if !meta.is_file() {
            let detail = "it is no file".into();
            return Err(SourceError::Unreadable { detail });
        }
        let stamp = (meta.modified().ok(), meta.len());
        if let Some((_, refused)) = self.last.as_ref().filter(|(last, _)| *last == stamp) {
            return refused.clone().map_or(Ok(Fetched::Unchanged), Err);
        }
        let read = self.read(meta.len()).await;
        self.last = Some((stamp, read.as_ref().err().cloned()));
        read
    }

    async fn read(&self, bytes: u64) -> Result<Fetched, SourceError> {
        if bytes > MAX_TEXT_BYTES as u64 {
            let bytes = usize::try_from(bytes).unwrap_or(usize::MAX);
            let limit = MAX_TEXT_BYTES;
            return Err(ParseError::TooLarge { bytes, limit }.into());
        }
        let bytes = tokio::fs::read(&self.path)
            .await
            .map_err(|error| fault(&error))?;
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let calendar = parse_aside(bytes).await?;
        Ok(Fetched::Changed {
            calendar: Arc::new(calendar),
            memory: Box::new(Memory::Text {
                text,
                etag: None,
                last_modified: None,
            }),
        })
    }
}

fn fault(error: &io::Error) -> SourceError {
    match error.kind() {
        io::ErrorKind::NotFound => SourceError::NotFound,
        _ => SourceError::Unreadable {
            detail: error.to_string(),
        },
    }
}
