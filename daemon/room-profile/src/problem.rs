//! What is wrong with a file and where. Messages never quote values that may be secret.

use crate::text::Place;
use miette::{
    Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, NamedSource, SourceCode,
};
use std::fmt;
use std::sync::Arc;

/// One thing that is wrong.
#[derive(Debug)]
pub struct Problem {
    /// Where.
    pub place: Place,
    /// What, in a sentence's form without the full stop.
    pub message: String,
    /// What would be right.
    pub help: Option<String>,
    /// What kind of problem it is.
    pub(crate) kind: Kind,
    source: NamedSource<Arc<str>>,
}

/// Kinds of problems, as far as one hides another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The text is not TOML.
    Syntax,
    /// A key is missing; not worth saying of a text that could be read only in part.
    Missing,
    /// Anything else.
    Value,
}

impl Problem {
    /// A problem at this place.
    pub fn new(place: Place, message: impl Into<String>, help: Option<String>) -> Self {
        let source =
            NamedSource::new(&*place.file.name, Arc::clone(&place.file.text)).with_language("toml");
        Self {
            place,
            message: message.into(),
            help,
            kind: Kind::Value,
            source,
        }
    }

    /// The same, of another kind.
    pub(crate) fn of(self, kind: Kind) -> Self {
        Self { kind, ..self }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Problem {}

impl Diagnostic for Problem {
    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help
            .as_ref()
            .map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.source)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let (line, column) = self.place.line_column();
        let label = format!("here (line {line}, column {column})");
        let span = self.place.span.clone();
        Some(Box::new(std::iter::once(LabeledSpan::new(
            Some(label),
            span.start,
            span.len(),
        ))))
    }
}

/// Everything that is wrong, in the order of the files. Never empty.
#[derive(Debug)]
pub struct Problems(Vec<Problem>);

impl Problems {
    /// `Err` with all problems, sorted by place; `Ok` when there are none.
    pub(crate) fn none_or(mut problems: Vec<Problem>) -> Result<(), Problems> {
        if problems.iter().any(|p| p.kind == Kind::Syntax) {
            problems.retain(|p| p.kind != Kind::Missing);
        }
        if problems.is_empty() {
            return Ok(());
        }
        problems.sort_by_key(|p| (Arc::clone(&p.place.file.name), p.place.span.start));
        Err(Problems(problems))
    }

    /// All of them for people, each with its place in the text; with colours for a terminal.
    pub fn drawn(&self, colours: bool) -> String {
        let theme = match colours {
            true => GraphicalTheme::unicode(),
            false => GraphicalTheme::unicode_nocolor(),
        };
        let handler = GraphicalReportHandler::new_themed(theme)
            .with_width(120)
            .with_context_lines(1);
        let mut text = String::new();
        match handler.render_report(&mut text, self) {
            Ok(()) => text.trim_end().to_owned(),
            Err(_) => self.lines().join("\n"),
        }
    }

    /// Each problem.
    pub fn iter(&self) -> impl Iterator<Item = &Problem> {
        self.0.iter()
    }

    /// One line for each: `file:line:column: message; help`. Fit for a log.
    pub fn lines(&self) -> Vec<String> {
        self.0.iter().map(line).collect()
    }
}

fn line(problem: &Problem) -> String {
    let (line, column) = problem.place.line_column();
    let file = &problem.place.file.name;
    let help = problem
        .help
        .as_ref()
        .map(|h| format!("; {h}"))
        .unwrap_or_default();
    format!("{file}:{line}:{column}: {}{help}", problem.message)
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.len() {
            1 => f.write_str("1 problem in the room's configuration"),
            n => write!(f, "{n} problems in the room's configuration"),
        }
    }
}

impl std::error::Error for Problems {}

impl Diagnostic for Problems {
    fn related<'a>(&'a self) -> Option<Box<dyn Iterator<Item = &'a dyn Diagnostic> + 'a>> {
        Some(Box::new(self.0.iter().map(|p| p as &dyn Diagnostic)))
    }
}
