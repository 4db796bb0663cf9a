//! Reads the pages of a pack from a folder: `rules*.html` holds pages for single rules as `template` elements with
//! `data-rule`, `data-is`, `lang` and, where it matters, `data-address`; a template without `data-rule` only shows parts;
//! `story-*.html` are whole documents. Judges nothing.

use scraper::{Html, Selector};
use std::path::{Path, PathBuf};
use std::{fs, io};
use url::Url;

/// The pages of one pack.
#[derive(Debug, Clone, Default)]
pub struct Pages {
    /// Pages for single rules.
    pub cases: Vec<Case>,
    /// Other pages and whole documents, in which parts may be found.
    pub others: Vec<String>,
}

/// A page on which one rule must match, or must not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// The rule's name.
    pub rule: String,
    /// Whether it must match.
    pub matches: bool,
    /// The page's language.
    pub lang: Lang,
    /// Where it is, for rules that go by the address.
    pub address: Option<Url>,
    /// What stands in its body.
    pub body: String,
}

/// A language of pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lang {
    /// German.
    De,
    /// English.
    En,
}

impl Lang {
    /// As in `lang="de"`.
    pub fn code(self) -> &'static str {
        match self {
            Lang::De => "de",
            Lang::En => "en",
        }
    }
}

/// Pages that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum PagesError {
    /// A file or folder cannot be read.
    #[error("{path}: {source}")]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A template says neither yes nor no, is in no language that packs speak, or at no address.
    #[error(
        "{path}: template {number} needs data-is=\"yes\" or \"no\", lang=\"de\" or \"en\", and a whole data-address or none"
    )]
    Template {
        /// In which file.
        path: PathBuf,
        /// Which template, from 1.
        number: usize,
    },
}

impl Pages {
    /// Reads a folder.
    ///
    /// # Errors
    /// A file cannot be read, or a template does not say what it is.
    pub fn read(folder: &Path) -> Result<Self, PagesError> {
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |source| PagesError::Read { path, source }
        };
        let mut paths: Vec<PathBuf> = fs::read_dir(folder)
            .and_then(|list| list.map(|entry| entry.map(|e| e.path())).collect())
            .map_err(failed(folder))?;
        paths.sort();
        let mut pages = Self::default();
        for path in paths {
            let name = path
                .file_name()
                .and_then(|name| name.to_str())
                .unwrap_or_default();
            if !name.ends_with(".html") {
                continue;
            }
            let text = fs::read_to_string(&path).map_err(failed(&path))?;
            if name.starts_with("rules") {
                pages.templates(&path, &text)?;
            } else if name.starts_with("story-") {
                pages.others.push(text);
            }
        }
        Ok(pages)
    }

    fn templates(&mut self, path: &Path, text: &str) -> Result<(), PagesError> {
        let html = Html::parse_document(text);
        let templates = Selector::parse("template").expect("a fixed selector");
        for (index, template) in html.select(&templates).enumerate() {
            let body = template.inner_html();
            let Some(rule) = template.attr("data-rule") else {
                self.others.push(body);
                continue;
            };
            let wrong = || PagesError::Template {
                path: path.to_owned(),
                number: index + 1,
            };
            let matches = match template.attr("data-is") {
                Some("yes") => true,
                Some("no") => false,
                _ => return Err(wrong()),
            };
            let lang = match template.attr("lang") {
                Some("de") => Lang::De,
                Some("en") => Lang::En,
                _ => return Err(wrong()),
            };
            let address = match template.attr("data-address").map(Url::parse) {
                Some(Ok(address)) => Some(address),
                Some(Err(_)) => return Err(wrong()),
                None => None,
            };
            self.cases.push(Case {
                rule: rule.to_owned(),
                matches,
                lang,
                address,
                body,
            });
        }
        Ok(())
    }
}
