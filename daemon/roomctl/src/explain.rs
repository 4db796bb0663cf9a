//! `roomctl explain`: the page of each code at a terminal, from the very pages that the package brings. Knows no code by itself.

use crate::preflight::Spoken;
use anyhow::{Result, bail};
use clap::Args;
use codes::Page;
use std::fmt::Write as _;

/// Where the pages lie on a machine that has the package.
const PAGE: &str = "/usr/share/doc/roomd/codes";

/// What a code means, and what to check in which order.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  roomctl explain mic-gone
  roomctl explain path-closed --language de
  roomctl explain                           every code with its sentence")]
pub struct ExplainArgs {
    /// The code, as panel, report, log and this program show it; without it, all of them.
    code: Option<String>,
    /// The language; without it, that of this terminal.
    #[arg(long, value_enum)]
    language: Option<Spoken>,
}

/// What stands below a list of findings.
pub const HINT: &str = "what a code means and what to check: roomctl explain CODE, or the page /codes of the room's panel";

/// Shows it.
///
/// # Errors
/// When there is no such code; what is near is named.
pub fn run(args: &ExplainArgs) -> Result<String> {
    let language = crate::commission::language(args.language);
    let page = Page::of(language.tag());
    let Some(code) = &args.code else {
        return Ok(all(page));
    };
    match page.entry(code) {
        Some(entry) => Ok(format!(
            "{}\n\n{PAGE}.{}.md#{code}",
            entry.plain(),
            page.tag()
        )),
        None => bail!(
            "there is no code `{code}`{}; `roomctl explain` lists them",
            near(page, code)
        ),
    }
}

fn all(page: Page) -> String {
    let mut text = String::new();
    for entry in page.entries() {
        let about = entry.about.first().copied().unwrap_or_default();
        let _ = writeln!(text, "{:<32} {about}", entry.code);
    }
    text
}

fn near(page: Page, code: &str) -> String {
    let shared = |known: &str| {
        let mut both = known
            .split('-')
            .filter(|word| code.split('-').any(|own| own == *word));
        both.next().is_some()
    };
    let some: Vec<&str> = page
        .entries()
        .map(|entry| entry.code)
        .filter(|known| shared(known))
        .take(6)
        .collect();
    match some.is_empty() {
        true => String::new(),
        false => format!("; some like it: {}", some.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(code: &str, language: Spoken) -> Result<String> {
        run(&ExplainArgs {
            code: Some(code.to_owned()),
            language: Some(language),
        })
    }

    #[test]
    fn a_code_is_explained_in_either_language_and_nothing_of_the_next_one_is() {
        let german = asked("mic-gone", Spoken::De).unwrap();
        assert!(
            german.starts_with("Kein Mikrofon ist angeschlossen"),
            "{german}"
        );
        assert!(
            german.contains("\n1. ") && !german.contains("mic-fallback"),
            "{german}"
        );
        assert!(german.ends_with("/codes.de.md#mic-gone"), "{german}");
        let english = asked("commission-clock-free", Spoken::En).unwrap();
        assert!(english.contains("timedatectl"), "{english}");
    }

    #[test]
    fn an_unknown_code_names_some_that_are_like_it() {
        let error = asked("mic-lost", Spoken::En).unwrap_err().to_string();
        assert!(error.contains("mic-gone"), "{error}");
        let error = asked("xyz", Spoken::En).unwrap_err().to_string();
        assert!(error.ends_with("`roomctl explain` lists them"), "{error}");
    }
}
