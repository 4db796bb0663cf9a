//! Reads service packs from TOML, strictly: unknown keys, unknown steps and dead entries are problems, and all of them
//! are reported at once. Knows nothing of pages.

use super::door::{LINK, NONCE};
use super::file::*;
use super::*;
use std::collections::BTreeSet;
use std::fmt;

/// A pack that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PackError {
    /// It is not TOML, or has a key that no pack has; the text names line and column.
    #[error("{0}")]
    Text(String),
    /// It reads well and makes no sense.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Sense(Vec<Problem>),
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where, such as `rule "lobby"`.
    pub at: String,
    /// What.
    pub what: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.at, self.what)
    }
}

pub(super) const LONGEST_MS: u64 = 120_000;

pub(super) fn parse(
    text: &str,
    beside: &dyn Fn(&str) -> Option<String>,
) -> Result<Pack, PackError> {
    let file: PackFile =
        toml::from_str(text).map_err(|error| PackError::Text(error.to_string()))?;
    let mut reader = Reader {
        problems: Vec::new(),
    };
    let pack = reader.pack(file, beside);
    if reader.problems.is_empty() {
        Ok(pack)
    } else {
        Err(PackError::Sense(reader.problems))
    }
}

pub(super) struct Reader {
    problems: Vec<Problem>,
}

impl Reader {
    pub(super) fn wrong(&mut self, at: &str, what: impl Into<String>) {
        self.problems.push(Problem {
            at: at.to_owned(),
            what: what.into(),
        });
    }

    fn pack(&mut self, file: PackFile, beside: &dyn Fn(&str) -> Option<String>) -> Pack {
        let slug = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if file.service.is_empty() || !file.service.chars().all(slug) {
            self.wrong("service", "a slug has small letters, digits and hyphens");
        }
        let steps: BTreeMap<_, _> = file
            .step
            .into_iter()
            .map(|(id, step)| (id.clone(), self.step(id, step)))
            .collect();
        let rules: Vec<Rule> = file
            .rule
            .into_iter()
            .map(|rule| self.rule(rule, file.certainty, &steps))
            .collect();
        self.used("leave", &file.leave, &steps);
        self.rules_as_a_whole(&rules, &steps, &file.leave);
        let own_page = file.own_page.map(|page| self.own_page(page, beside));
        let seen = self.seen(file.seen.as_deref());
        if file.sources.iter().any(|source| source.trim().is_empty()) {
            self.wrong("sources", "one of them is empty");
        }
        let people = file.people.and_then(|people| self.people(people));
        let hosts = self.hosts(file.hosts);
        let openings = file
            .open
            .into_iter()
            .filter_map(|open| self.opening(open, &hosts))
            .collect();
        Pack {
            service: ServiceId::new(file.service),
            version: file.version,
            name: TextPair {
                de: file.name.de,
                en: file.name.en,
            },
            certainty: file.certainty,
            seen,
            sources: file.sources,
            link_query: file.link.query,
            own_page,
            hosts,
            openings,
            media: file.media,
            controls_hide: file.controls_hide,
            rules,
            steps,
            microphone: file
                .control
                .microphone
                .map(|control| self.control("control microphone", control)),
            camera: file
                .control
                .camera
                .map(|control| self.control("control camera", control)),
            leave: file.leave,
            people,
            limits: self.limits(&file.limits),
        }
    }

    fn own_page(&mut self, page: OwnPageFile, beside: &dyn Fn(&str) -> Option<String>) -> OwnPage {
        let at = "own-page";
        let OwnPageFile {
            file,
            at: path,
            speaks,
        } = page;
        if !path.starts_with('/') {
            self.wrong(at, "its place on the host starts with /");
        }
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        let name = file.strip_suffix(".html").unwrap_or_default();
        if name.is_empty() || !name.chars().all(plain) {
            self.wrong(
                at,
                "a file's name has small letters, digits, hyphens and .html",
            );
        }
        let html = beside(&file).unwrap_or_else(|| {
            self.wrong(at, format!("there is no file {file:?} beside the pack"));
            format!("{LINK}{NONCE}")
        });
        for place in [LINK, NONCE] {
            if !html.contains(place) {
                self.wrong(at, format!("{file:?} keeps no place for {place}"));
            }
        }
        for word in speaks.iter().filter(|word| !html.contains(word.as_str())) {
            self.wrong(at, format!("{file:?} does not use {word:?}"));
        }
        OwnPage {
            at: path,
            html,
            speaks,
        }
    }

    fn seen(&mut self, text: Option<&str>) -> Option<Month> {
        let month = text.and_then(Month::parse);
        if month.is_none() && text.is_some() {
            self.wrong("seen", "a month is written as 2026-07");
        }
        month
    }

    fn limits(&mut self, file: &LimitsFile) -> Limits {
        let normal = Limits::default();
        let mut ms = |given: Option<u64>, normal: Duration, name: &str| match given {
            None => normal,
            Some(ms @ 100..=LONGEST_MS) => Duration::from_millis(ms),
            Some(_) => {
                self.wrong(
                    "limits",
                    format!("{name} is from 100 to {LONGEST_MS} milliseconds"),
                );
                normal
            }
        };
        let mut limits = Limits {
            first_screen: ms(file.first_screen_ms, normal.first_screen, "first-screen-ms"),
            unknown: ms(file.unknown_ms, normal.unknown, "unknown-ms"),
            lost: ms(file.lost_ms, normal.lost, "lost-ms"),
            effect: ms(file.effect_ms, normal.effect, "effect-ms"),
            alone: ms(file.alone_ms, normal.alone, "alone-ms"),
            still: ms(file.still_ms, normal.still, "still-ms"),
            leave: ms(file.leave_ms, normal.leave, "leave-ms"),
            tries: normal.tries,
        };
        match file.tries {
            None => {}
            Some(tries @ 1..=5) => limits.tries = tries,
            Some(_) => self.wrong("limits", "tries is from 1 to 5"),
        }
        limits
    }

    fn rule(
        &mut self,
        file: RuleFile,
        certainty: Certainty,
        steps: &BTreeMap<String, Step>,
    ) -> Rule {
        use PageState::*;
        let at = format!("rule {:?}", file.id);
        self.consent(&at, &file);
        let when = self.signs(&at, file.when);
        let dark = file
            .dark
            .map(|dark| self.signs(&format!("{at}, dark"), dark));
        self.used(&at, &file.prepare, steps);
        self.used(&at, &file.enter, steps);
        self.used(&at, &file.agree, steps);
        match file.state {
            Prejoin if file.enter.is_empty() => self.wrong(&at, "a prejoin rule says how to enter"),
            Prejoin if dark.is_none() => self.wrong(
                &at,
                "a prejoin rule says by which signs entering is dark and silent",
            ),
            Dialog | Passcode | PasscodeRejected if file.prepare.is_empty() => {
                self.wrong(&at, "a rule of this state says in prepare what to do");
            }
            Prejoin | Dialog | Passcode | PasscodeRejected => {}
            _ if !file.prepare.is_empty() || !file.enter.is_empty() => {
                self.wrong(&at, "nothing is done in this state, so it has no steps");
            }
            _ => {}
        }
        let after = file.after_ms.unwrap_or(0);
        if after > LONGEST_MS || (after > 0 && file.state != Dialog) {
            self.wrong(
                &at,
                format!("after-ms belongs to dialog and is at most {LONGEST_MS}"),
            );
        }
        if file.state != Prejoin && (dark.is_some() || !file.enter.is_empty()) {
            self.wrong(&at, "only prejoin has enter and dark");
        }
        Rule {
            id: file.id,
            state: file.state,
            certainty: file.certainty.unwrap_or(certainty),
            until_inside: file.until_inside,
            after: Duration::from_millis(after),
            when,
            prepare: file.prepare,
            enter: file.enter,
            consent: file.consent.map(Into::into),
            agree: file.agree,
            dark,
        }
    }

    fn consent(&mut self, at: &str, file: &RuleFile) {
        if file.state != PageState::Consent && (file.consent.is_some() || !file.agree.is_empty()) {
            self.wrong(at, "only consent has `consent` and `agree`");
        }
        if file.consent.is_none() && !file.agree.is_empty() {
            self.wrong(at, "`agree` needs `consent`, which says what is agreed to");
        }
    }

    fn rules_as_a_whole(
        &mut self,
        rules: &[Rule],
        steps: &BTreeMap<String, Step>,
        leave: &[String],
    ) {
        let mut ids = BTreeSet::new();
        for rule in rules {
            if !ids.insert(&rule.id) {
                self.wrong(&format!("rule {:?}", rule.id), "there are two of this name");
            }
        }
        if !rules.iter().any(|rule| rule.state == PageState::Inside) {
            self.wrong("rules", "none says how the inside of a call is known");
        }
        let lists = rules
            .iter()
            .flat_map(|rule| rule.prepare.iter().chain(&rule.enter).chain(&rule.agree));
        let used: BTreeSet<&String> = lists.chain(leave).collect();
        for id in steps.keys().filter(|id| !used.contains(id)) {
            self.wrong(&format!("step {id:?}"), "nothing uses it");
        }
    }

    fn used(&mut self, at: &str, list: &[String], steps: &BTreeMap<String, Step>) {
        for id in list.iter().filter(|id| !steps.contains_key(*id)) {
            self.wrong(at, format!("there is no step {id:?}"));
        }
    }

    pub(super) fn signs(&mut self, at: &str, file: SignsFile) -> Signs {
        let mut group = |signs: Vec<SignFile>| -> Vec<Sign> {
            signs.into_iter().map(|sign| self.sign(at, sign)).collect()
        };
        let signs = Signs {
            all: group(file.all),
            any: group(file.any),
            none: group(file.none),
            text: file
                .text
                .into_iter()
                .map(|text| self.text(at, text))
                .collect(),
            sealed: file
                .sealed
                .into_iter()
                .map(|words| self.words(at, words))
                .collect(),
            host: file
                .host
                .iter()
                .filter_map(|name| self.name(at, name))
                .collect(),
            path: file.path,
        };
        if signs == Signs::default() {
            self.wrong(at, "has no signs and would always match");
        }
        if signs.path.iter().any(|path| !path.starts_with('/')) {
            self.wrong(at, "a path starts with /");
        }
        signs
    }

    fn sign(&mut self, at: &str, file: SignFile) -> Sign {
        let sign = match file {
            SignFile::Css(css) => Sign {
                css,
                visible: true,
                enabled: false,
            },
            SignFile::Full(FullSignFile {
                css,
                visible,
                enabled,
            }) => Sign {
                css,
                visible,
                enabled,
            },
        };
        self.css(at, &sign.css);
        sign
    }

    fn text(&mut self, at: &str, file: TextFile) -> TextSign {
        self.css(at, &file.within);
        let words = WordsFile {
            de: file.de,
            en: file.en,
        };
        TextSign {
            within: file.within,
            words: self.words(at, words),
        }
    }

    fn words(&mut self, at: &str, file: WordsFile) -> Words {
        let blank =
            |texts: &[String]| texts.is_empty() || texts.iter().any(|text| text.trim().is_empty());
        if blank(&file.de) || blank(&file.en) {
            self.wrong(at, "a text needs wordings in both languages");
        }
        Words {
            de: file.de,
            en: file.en,
        }
    }

    fn step(&mut self, id: String, file: StepFile) -> Step {
        let at = format!("step {id:?}");
        self.css(&at, &file.at);
        let fills = matches!(file.r#do, DoFile::Fill | DoFile::Type);
        if fills != file.with.is_some() {
            self.wrong(&at, "`with` belongs to fill and type, and they need it");
        }
        if (file.r#do == DoFile::Key) != file.key.is_some() {
            self.wrong(&at, "`key` belongs to key, and it needs it");
        }
        if file.by.is_some() && file.r#do != DoFile::Click {
            self.wrong(&at, "`by` belongs to click");
        }
        let within = file.within_ms.unwrap_or(5_000);
        if !(100..=LONGEST_MS).contains(&within) {
            self.wrong(&at, format!("within-ms is from 100 to {LONGEST_MS}"));
        }
        if let Some(css) = &file.unless {
            self.css(&at, css);
        }
        let says = file.says.map(|words| self.words(&at, words));
        let with = file.with.unwrap_or(Text::DisplayName);
        let act = match file.r#do {
            DoFile::Click => Act::Click {
                at: file.at,
                by: file.by.unwrap_or_default(),
            },
            DoFile::Fill => Act::Fill {
                at: file.at,
                with,
                how: FillHow::Whole,
            },
            DoFile::Type => Act::Fill {
                at: file.at,
                with,
                how: FillHow::Keys,
            },
            DoFile::Check => Act::Check {
                at: file.at,
                checked: true,
            },
            DoFile::Uncheck => Act::Check {
                at: file.at,
                checked: false,
            },
            DoFile::Wait => Act::Wait { at: file.at },
            DoFile::Key => Act::Key {
                at: file.at,
                key: file.key.unwrap_or_default(),
            },
        };
        Step {
            id,
            act,
            says,
            unless: file.unless,
            within: Duration::from_millis(within),
            optional: file.optional,
        }
    }

    /// Finds what is surely no CSS selector; whether the rest is one, only a browser can say, and the tests ask one.
    pub(super) fn css(&mut self, at: &str, css: &str) {
        let mut brackets = Vec::new();
        let mut quote = None;
        let mut even = true;
        for c in css.chars() {
            match (quote, c) {
                (Some(open), c) if c == open => quote = None,
                (Some(_), _) => {}
                (None, '"' | '\'') => quote = Some(c),
                (None, '[' | '(') => brackets.push(c),
                (None, ']') => even &= brackets.pop() == Some('['),
                (None, ')') => even &= brackets.pop() == Some('('),
                (None, _) => {}
            }
        }
        let foreign = [":contains(", ":has-text(", "text=", "xpath=", "//"]
            .iter()
            .any(|word| css.contains(word));
        if css.trim().is_empty() || !even || !brackets.is_empty() || quote.is_some() || foreign {
            self.wrong(at, format!("{css:?} is not a CSS selector"));
        }
    }
}
