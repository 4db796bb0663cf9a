//! What each code means and what to check, from the very pages of `daemon/docs`: for terminals, for the room's own pages and for
//! reports on paper. Knows no code by itself, and no room.
//!
//! Invariant: every entry has a sentence and at least one step, in either language.

use maud::{Markup, html};

/// The page of a language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Page {
    /// The German one.
    German,
    /// The English one.
    English,
}

/// What stands of one code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The heading that it stands under.
    pub section: &'static str,
    /// The code.
    pub code: &'static str,
    /// What it means, a paragraph each.
    pub about: Vec<&'static str>,
    /// What to check, in this order.
    pub steps: Vec<&'static str>,
}

impl Page {
    /// Of `de` or `en`; everything else is English.
    pub fn of(tag: &str) -> Page {
        match tag {
            "de" => Page::German,
            _ => Page::English,
        }
    }

    /// `de` or `en`.
    pub fn tag(self) -> &'static str {
        match self {
            Page::German => "de",
            Page::English => "en",
        }
    }

    /// The page as people write it.
    pub fn text(self) -> &'static str {
        match self {
            Page::German => include_str!("../../docs/codes.de.md"),
            Page::English => include_str!("../../docs/codes.en.md"),
        }
    }

    /// Its title.
    pub fn title(self) -> &'static str {
        let first = self.text().lines().next().unwrap_or_default();
        first.trim_start_matches('#').trim()
    }

    /// All entries, in the page's order.
    pub fn entries(self) -> impl Iterator<Item = Entry> {
        let sections = self.text().split("\n## ").skip(1);
        sections.flat_map(|part| {
            let (section, rest) = part.split_once('\n').unwrap_or((part, ""));
            let entries = rest.split("\n### `").skip(1);
            entries.filter_map(move |part| entry(section, part))
        })
    }

    /// The entry of a code.
    pub fn entry(self, code: &str) -> Option<Entry> {
        self.entries().find(|entry| entry.code == code)
    }
}

fn entry(section: &'static str, part: &'static str) -> Option<Entry> {
    let (code, text) = part.split_once("`\n")?;
    let lines = text.lines().filter(|line| !line.is_empty());
    // The anchor is the next entry's.
    let lines: Vec<&str> = lines.filter(|line| !line.starts_with("<a id=")).collect();
    let step = |line: &&'static str| {
        let (number, step) = line.split_once(". ")?;
        number.parse::<u8>().ok().map(|_| step)
    };
    Some(Entry {
        section,
        code,
        about: lines
            .iter()
            .filter(|line| step(line).is_none())
            .copied()
            .collect(),
        steps: lines.iter().filter_map(step).collect(),
    })
}

impl Entry {
    /// As plain lines.
    pub fn plain(&self) -> String {
        let steps = self.steps.iter().enumerate();
        let steps = steps.map(|(n, step)| format!("{}. {step}", n + 1));
        let about = self.about.iter().map(|line| (*line).to_owned());
        let about: Vec<String> = about.collect();
        let steps: Vec<String> = steps.collect();
        let text = format!("{}\n\n{}", about.join("\n"), steps.join("\n"));
        text.replace('`', "")
    }

    /// What it means and what to check, without a heading.
    pub fn html(&self) -> Markup {
        html! {
            @for line in &self.about { p { (inline(line)) } }
            ol { @for step in &self.steps { li { (inline(step)) } } }
        }
    }
}

/// What stands between backticks is typed, or shown, as it is.
fn inline(text: &str) -> Markup {
    html! {
        @for (n, part) in text.split('`').enumerate() {
            @if n % 2 == 1 { code { (part) } } @else { (part) }
        }
    }
}

/// The place of a code within a page that has all that it names.
pub fn anchor(code: &str) -> String {
    format!("code-{code}")
}

/// A code as a link to its place in the same page: to that of a list of [`explained`], where the page has one.
pub fn link(code: &str) -> Markup {
    html! { a href={ "#" (anchor(code)) } { (code) } }
}

/// All that a page names, each code once, in the order in which it is first named: so that it needs no other page, on paper too.
pub fn explained<'a>(page: Page, named: impl Iterator<Item = &'a str>) -> Markup {
    let mut once: Vec<&str> = Vec::new();
    for code in named {
        if !once.contains(&code) {
            once.push(code);
        }
    }
    let entries: Vec<Entry> = once.iter().filter_map(|code| page.entry(code)).collect();
    html! {
        @if !entries.is_empty() {
            section.explained aria-labelledby="explained" {
                h2 #explained { (heading(page)) }
                @for entry in &entries {
                    div.entry id=(anchor(entry.code)) {
                        h3 { (entry.code) }
                        (entry.html())
                    }
                }
            }
        }
    }
}

fn heading(page: Page) -> &'static str {
    match page {
        Page::German => "Was die Codes bedeuten und was zu prüfen ist",
        Page::English => "What the codes mean, and what to check",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOTH: [Page; 2] = [Page::German, Page::English];

    #[test]
    fn every_entry_has_a_sentence_and_steps_and_nothing_of_the_next_one() {
        for page in BOTH {
            assert!(page.entries().count() > 150);
            for entry in page.entries() {
                let Entry {
                    code, about, steps, ..
                } = &entry;
                assert!(!about.is_empty() && !steps.is_empty(), "{code}");
                let text = entry.plain();
                for foreign in ["<a id", "###", "\n## ", "](", "**"] {
                    assert!(!text.contains(foreign), "{code}: {foreign}");
                }
                let ticks = about
                    .iter()
                    .chain(steps)
                    .all(|line| line.matches('`').count() % 2 == 0);
                assert!(ticks, "{code}: a backtick without its other");
            }
        }
    }

    #[test]
    fn both_pages_have_the_same_codes() {
        let codes = |page: Page| page.entries().map(|entry| entry.code).collect::<Vec<_>>();
        assert_eq!(codes(Page::German), codes(Page::English));
    }

    #[test]
    fn what_is_named_is_explained_once_and_what_nobody_knows_is_left_out() {
        let named = ["mic-gone", "no-such-code", "camera-gone", "mic-gone"];
        let page = explained(Page::English, named.into_iter()).into_string();
        assert_eq!(page.matches("id=\"code-mic-gone\"").count(), 1);
        assert!(!page.contains("no-such-code"));
        assert!(page.contains("<code>roomctl"), "{page}");
        let nothing = explained(Page::German, ["no-such-code"].into_iter());
        assert_eq!(nothing.into_string(), "");
        assert!(
            link("mic-gone")
                .into_string()
                .contains("href=\"#code-mic-gone\"")
        );
    }
}
