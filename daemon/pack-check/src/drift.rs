//! Holds a pack against an unpacked package or a checkout of the vendor: which of its markers still occur there. Reads
//! files and judges occurrence only; whether a marker still means the same, only people can tell.

use crate::check::place;
use crate::markers::{Kind, Marker, of_selector};
use aho_corasick::{AhoCorasick, AhoCorasickBuilder, MatchKind};
use call_browser::pack::{Certainty, Control, Pack, Signs, TextSign};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::{fs, io};

/// Larger files are data and hold no markers.
const LARGEST: u64 = 64 << 20;

/// What became of a pack's markers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Drift {
    /// The service's slug.
    pub service: String,
    /// How many files were read.
    pub files: usize,
    /// Each rule, step and control.
    pub parts: Vec<PartDrift>,
}

/// What became of the markers of one rule, step or control.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PartDrift {
    /// Its name, such as `rule "lobby"`.
    pub part: String,
    /// How sure the pack says it is.
    pub certainty: &'static str,
    /// The short of it.
    pub verdict: Verdict,
    /// Each of its markers.
    pub markers: Vec<MarkerSeen>,
}

/// How many of a part's markers occur.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// As many as it needs: all that must be there, and one of each choice.
    Found,
    /// Some are missing that it needs.
    Missing,
    /// None occurs: it is in the pack alone.
    OnlyInPack,
    /// It has none that could be looked for.
    Nothing,
}

/// One marker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MarkerSeen {
    /// Its kind.
    pub kind: Kind,
    /// Itself.
    pub text: String,
    /// In how many files it occurs.
    pub files: usize,
}

impl Drift {
    /// Parts that the vendor's package should hold, by the pack's own word, and does not.
    pub fn lost(&self) -> impl Iterator<Item = &PartDrift> {
        let vouched = [Certainty::Contract.code(), Certainty::VendorTestIds.code()];
        self.parts.iter().filter(move |part| {
            let gone = matches!(part.verdict, Verdict::Missing | Verdict::OnlyInPack);
            gone && vouched.contains(&part.certainty)
        })
    }
}

/// Looks for each marker of a pack below a folder.
///
/// # Errors
/// The folder cannot be read.
pub fn against(pack: &Pack, folder: &Path) -> io::Result<Drift> {
    let parts = parts(pack);
    let wanted: BTreeSet<Marker> = parts.iter().flat_map(Part::markers).cloned().collect();
    let wanted: Vec<Marker> = wanted.into_iter().collect();
    let mut files = Vec::new();
    gather(folder, &mut files)?;
    let seen = search(&wanted, &files);
    let parts = parts.into_iter().map(|part| part.judge(&seen)).collect();
    Ok(Drift {
        service: pack.service.as_str().to_owned(),
        files: files.len(),
        parts,
    })
}

/// A rule, step or control: groups of choices. Each group needs one of its choices, a choice all of its markers.
struct Part {
    name: String,
    certainty: Certainty,
    needs: Vec<Vec<Vec<Marker>>>,
}

impl Part {
    fn new(name: String, certainty: Certainty) -> Self {
        Self {
            name,
            certainty,
            needs: Vec::new(),
        }
    }

    fn must(&mut self, css: &str) {
        self.needs.push(choices(css));
    }

    fn signs(&mut self, signs: &Signs) {
        for sign in &signs.all {
            self.must(&sign.css);
        }
        let any: Vec<_> = signs
            .any
            .iter()
            .flat_map(|sign| choices(&sign.css))
            .collect();
        self.needs.push(any);
        for text in &signs.text {
            self.must(&text.within);
        }
        for language in [Kind::German, Kind::English] {
            let wordings = |text: &TextSign| match language {
                Kind::German => text.words.de.clone(),
                _ => text.words.en.clone(),
            };
            let texts = signs.text.iter().flat_map(wordings);
            let marker = |text| {
                vec![Marker {
                    kind: language,
                    text,
                }]
            };
            self.needs.push(texts.map(marker).collect());
        }
    }

    fn markers(&self) -> impl Iterator<Item = &Marker> {
        self.needs.iter().flatten().flatten()
    }

    fn judge(self, seen: &BTreeMap<Marker, usize>) -> PartDrift {
        let files = |marker: &Marker| seen.get(marker).copied().unwrap_or_default();
        let unique: BTreeSet<&Marker> = self.markers().collect();
        let there = unique.iter().any(|marker| files(marker) > 0);
        let held = self.needs.iter().all(|choices| {
            let whole = |choice: &Vec<Marker>| choice.iter().all(|marker| files(marker) > 0);
            choices.is_empty() || choices.iter().any(whole)
        });
        let verdict = match (unique.is_empty(), held, there) {
            (true, ..) => Verdict::Nothing,
            (_, true, _) => Verdict::Found,
            (_, false, true) => Verdict::Missing,
            (_, false, false) => Verdict::OnlyInPack,
        };
        let markers = unique.into_iter().map(|marker| MarkerSeen {
            kind: marker.kind,
            text: marker.text.clone(),
            files: files(marker),
        });
        PartDrift {
            markers: markers.collect(),
            part: self.name,
            certainty: self.certainty.code(),
            verdict,
        }
    }
}

/// The choices of a list of selectors.
fn choices(css: &str) -> Vec<Vec<Marker>> {
    split_list(css).into_iter().map(of_selector).collect()
}

/// Splits at commas that stand outside of brackets and quotes.
fn split_list(css: &str) -> Vec<&str> {
    let (mut depth, mut quote, mut from) = (0_u32, None, 0);
    let mut parts = Vec::new();
    for (at, c) in css.char_indices() {
        match (quote, c) {
            (Some(q), c) if c == q => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(c),
            (None, '[' | '(') => depth += 1,
            (None, ']' | ')') => depth = depth.saturating_sub(1),
            (None, ',') if depth == 0 => {
                parts.push(&css[from..at]);
                from = at + 1;
            }
            (None, _) => {}
        }
    }
    parts.push(&css[from..]);
    parts
}

fn parts(pack: &Pack) -> Vec<Part> {
    let mut parts = Vec::new();
    for rule in &pack.rules {
        let mut part = Part::new(format!("rule {:?}", rule.id), rule.certainty);
        part.signs(&rule.when);
        parts.push(part);
    }
    for (id, step) in &pack.steps {
        let mut part = Part::new(format!("step {id:?}"), pack.certainty);
        part.must(place(step));
        parts.push(part);
    }
    for (name, control) in [("microphone", &pack.microphone), ("camera", &pack.camera)] {
        let Some(Control {
            open,
            closed,
            to_open,
            to_close,
            give_up,
            within: _,
        }) = control
        else {
            continue;
        };
        let mut part = Part::new(format!("control {name}"), pack.certainty);
        part.signs(open);
        part.signs(closed);
        for css in to_open.iter().chain(to_close).chain(give_up) {
            part.must(css);
        }
        parts.push(part);
    }
    let Some(own) = &pack.own_page else {
        return parts;
    };
    // What is sure by contract is read from our own page; of the vendor's code it needs the words.
    parts.retain(|part| part.certainty != Certainty::Contract);
    for word in &own.speaks {
        let mut part = Part::new(format!("word {word:?}"), Certainty::Contract);
        part.needs.push(vec![vec![Marker {
            kind: Kind::Word,
            text: word.clone(),
        }]]);
        parts.push(part);
    }
    parts
}

fn gather(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        if kind.is_dir() {
            gather(&entry.path(), files)?;
        } else if kind.is_file() && entry.metadata()?.len() <= LARGEST {
            files.push(entry.path());
        }
    }
    Ok(())
}

/// In how many files each marker occurs.
fn search(wanted: &[Marker], files: &[PathBuf]) -> BTreeMap<Marker, usize> {
    let mut patterns = Vec::new();
    for (index, marker) in wanted.iter().enumerate() {
        patterns.push((index, marker.text.clone()));
        let escaped = escaped(&marker.text);
        if escaped != marker.text {
            patterns.push((index, escaped));
        }
    }
    let finder: AhoCorasick = AhoCorasickBuilder::new()
        .ascii_case_insensitive(true)
        .match_kind(MatchKind::Standard)
        .build(patterns.iter().map(|(_, text)| text))
        .expect("a pack has far fewer markers than the finder can hold");
    let mut seen: BTreeMap<Marker, usize> = BTreeMap::new();
    for file in files {
        // A file that vanished meanwhile or may not be read holds nothing.
        let Ok(bytes) = fs::read(file) else { continue };
        let mut here = BTreeSet::new();
        for found in finder.find_overlapping_iter(&bytes) {
            let (index, _) = patterns[found.pattern().as_usize()];
            if !wanted[index].kind.is_whole() || alone(&bytes, found.start(), found.end()) {
                here.insert(index);
            }
        }
        for index in here {
            *seen.entry(wanted[index].clone()).or_default() += 1;
        }
    }
    seen
}

/// As JavaScript and JSON write letters beyond ASCII.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        if c.is_ascii() {
            out.push(c);
        } else {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    out
}

fn alone(bytes: &[u8], start: usize, end: usize) -> bool {
    let part =
        |at: Option<&u8>| at.is_some_and(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'));
    let before = start.checked_sub(1).and_then(|at| bytes.get(at));
    !part(before) && !part(bytes.get(end))
}
