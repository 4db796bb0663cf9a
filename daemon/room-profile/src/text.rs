//! A file's text and places in it. Knows no format.

use std::ops::Range;
use std::sync::Arc;

/// A file as it was read.
#[derive(Debug, Clone)]
pub struct SourceFile {
    /// Its name as people know it, for messages.
    pub name: Arc<str>,
    /// Its text.
    pub text: Arc<str>,
}

impl SourceFile {
    /// A file with this name and text.
    pub fn new(name: impl Into<Arc<str>>, text: impl Into<Arc<str>>) -> Self {
        Self {
            name: name.into(),
            text: text.into(),
        }
    }
}

/// A piece of a file.
#[derive(Debug, Clone)]
pub struct Place {
    /// In which file.
    pub file: SourceFile,
    /// Which bytes.
    pub span: Range<usize>,
}

impl Place {
    /// The whole beginning of a file, for problems that have no better place.
    pub fn start_of(file: &SourceFile) -> Self {
        Self {
            file: file.clone(),
            span: 0..0,
        }
    }

    /// Line and column, both from 1; the column counts characters.
    pub fn line_column(&self) -> (usize, usize) {
        let end = floor_boundary(&self.file.text, self.span.start);
        let before = &self.file.text[..end];
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
        (line, column)
    }
}

fn floor_boundary(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}
