//! The checks themselves: evidence, selectors, pages, ways out, languages. Reads nothing from disk.

use crate::look::{Page, selector};
use crate::pages::{Case, Lang, Pages};
use call_browser::pack::{Act, Control, Count, Pack, PageState, Rule, Signs, Step};
use serde::Serialize;

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// Must be mended.
    Wrong,
    /// Not shown by any page; may be right.
    Unproven,
}

/// One thing that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// How bad it is.
    pub level: Level,
    /// Where, such as `rule "lobby"`.
    pub at: String,
    /// What.
    pub what: String,
}

/// What was found about one pack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The service's slug.
    pub service: String,
    /// The pack's version.
    pub version: u32,
    /// How many rules it has.
    pub rules: usize,
    /// On how many pages they were tried; `None` when no pages were given.
    pub pages: Option<usize>,
    /// What was found, in the order of the pack.
    pub findings: Vec<Finding>,
}

impl Report {
    /// How many findings of a level there are.
    pub fn count(&self, level: Level) -> usize {
        let of_level = |finding: &&Finding| finding.level == level;
        self.findings.iter().filter(of_level).count()
    }
}

/// Checks a pack; without pages only what the pack itself shows.
pub fn check(pack: &Pack, pages: Option<&Pages>) -> Report {
    let mut checker = Checker {
        pack,
        findings: Vec::new(),
    };
    checker.evidence();
    checker.understood();
    checker.ways_out_of_the_call();
    if let Some(pages) = pages {
        checker.tried_on(pages);
    }
    Report {
        service: pack.service.as_str().to_owned(),
        version: pack.version,
        rules: pack.rules.len(),
        pages: pages.map(|pages| pages.cases.len()),
        findings: checker.findings,
    }
}

struct Checker<'a> {
    pack: &'a Pack,
    findings: Vec<Finding>,
}

/// A page for a rule, ready to be looked at.
struct Tried<'a> {
    case: &'a Case,
    page: Page,
}

impl Checker<'_> {
    fn say(&mut self, level: Level, at: impl Into<String>, what: impl Into<String>) {
        self.findings.push(Finding {
            level,
            at: at.into(),
            what: what.into(),
        });
    }

    fn evidence(&mut self) {
        if self.pack.seen.is_none() {
            self.say(
                Level::Wrong,
                "seen",
                "does not say when its signs were last seen",
            );
        }
        if self.pack.sources.is_empty() {
            self.say(
                Level::Wrong,
                "sources",
                "does not say what it was learned from",
            );
        }
    }

    /// Every selector is one.
    fn understood(&mut self) {
        for (at, css) in every_selector(self.pack) {
            if selector(&css).is_none() {
                self.say(Level::Wrong, at, format!("{css:?} is no selector"));
            }
        }
    }

    fn ways_out_of_the_call(&mut self) {
        let states = [
            PageState::Inside,
            PageState::WaitingLobby,
            PageState::WaitingHost,
        ];
        let stays = |rule: &&Rule| states.contains(&rule.state);
        if self.pack.leave.is_empty()
            && let Some(rule) = self.pack.rules.iter().find(stays)
        {
            let at = at(rule);
            self.say(Level::Wrong, at, "there is no way to leave from here");
        }
        for (name, control) in [
            ("microphone", &self.pack.microphone),
            ("camera", &self.pack.camera),
        ] {
            if control.is_none() {
                self.say(
                    Level::Wrong,
                    format!("control {name}"),
                    "cannot be turned in the call",
                );
            }
        }
        let has = |state| self.pack.rules.iter().any(|rule| rule.state == state);
        if has(PageState::Passcode) && !has(PageState::PasscodeRejected) {
            self.say(
                Level::Unproven,
                "rules",
                "a refused passcode is not told from a first question",
            );
        }
    }

    fn tried_on(&mut self, pages: &Pages) {
        let tried: Vec<Tried<'_>> = pages
            .cases
            .iter()
            .map(|case| Tried {
                case,
                page: Page::at(case.address.as_ref(), &case.body),
            })
            .collect();
        let others: Vec<Page> = pages.others.iter().map(|text| Page::new(text)).collect();
        for case in &pages.cases {
            if !self.pack.rules.iter().any(|rule| rule.id == case.rule) {
                self.say(
                    Level::Wrong,
                    format!("pages of {:?}", case.rule),
                    "there is no such rule",
                );
            }
        }
        let pack = self.pack;
        for rule in &pack.rules {
            self.has_its_pages(rule, &tried);
            self.matches_as_told(rule, &tried);
            self.offers_its_steps(rule, &tried);
        }
        let all: Vec<&Page> = tried.iter().map(|t| &t.page).chain(&others).collect();
        for (at, css) in every_selector(pack) {
            if !all.iter().any(|page| page.finds(&css)) {
                let level = if at.starts_with("rule") && !at.ends_with("none") {
                    Level::Wrong
                } else {
                    Level::Unproven
                };
                self.say(level, at, format!("{css:?} matches on no page"));
            }
        }
    }

    fn has_its_pages(&mut self, rule: &Rule, tried: &[Tried<'_>]) {
        for matches in [true, false] {
            for lang in [Lang::De, Lang::En] {
                let fits = |t: &Tried<'_>| {
                    t.case.rule == rule.id && t.case.matches == matches && t.case.lang == lang
                };
                if !tried.iter().any(fits) {
                    let kind = if matches {
                        "on which it matches"
                    } else {
                        "on which it must not match"
                    };
                    let what = format!("there is no page {kind}, lang {:?}", lang.code());
                    self.say(Level::Wrong, at(rule), what);
                }
            }
        }
    }

    fn matches_as_told(&mut self, rule: &Rule, tried: &[Tried<'_>]) {
        for t in tried.iter().filter(|t| t.case.rule == rule.id) {
            let (lang, body) = (t.case.lang, shortened(&t.case.body));
            match (t.case.matches, t.page.holds(&rule.when, None)) {
                (true, false) => {
                    self.say(Level::Wrong, at(rule), format!("does not match on {body}"));
                }
                // What a style sheet hides cannot be seen here.
                (false, true) => {
                    self.say(Level::Unproven, at(rule), format!("matches on {body}"));
                }
                (true, true) if !t.page.holds(&rule.when, Some(lang)) => {
                    let what = format!(
                        "matches by the other language's text only, lang {:?}: {body}",
                        lang.code()
                    );
                    self.say(Level::Wrong, at(rule), what);
                }
                _ => {}
            }
        }
    }

    /// On the pages of a rule there is what its steps need.
    fn offers_its_steps(&mut self, rule: &Rule, tried: &[Tried<'_>]) {
        let positive: Vec<&Tried<'_>> = tried
            .iter()
            .filter(|t| t.case.rule == rule.id && t.case.matches)
            .collect();
        if positive.is_empty() {
            return;
        }
        for id in rule.prepare.iter().chain(&rule.enter) {
            let Some(step) = self.pack.steps.get(id) else {
                continue;
            };
            let css = place(step);
            let there = positive.iter().any(|t| t.page.finds(css));
            let usable = positive.iter().any(|t| t.page.offers(css));
            if !there && !step.optional {
                self.say(
                    Level::Wrong,
                    at(rule),
                    format!("no page of it has what step {id:?} needs: {css}"),
                );
            } else if there && !usable {
                self.say(
                    Level::Unproven,
                    at(rule),
                    format!("no page of it lets step {id:?} press {css}"),
                );
            }
        }
    }
}

fn at(rule: &Rule) -> String {
    format!("rule {:?}", rule.id)
}

fn shortened(body: &str) -> String {
    let line: Vec<&str> = body.split_whitespace().collect();
    let mut text: String = line.join(" ").chars().take(120).collect();
    if text.len() < body.trim().len() {
        text.push('…');
    }
    text
}

/// Where a step acts.
pub(crate) fn place(step: &Step) -> &str {
    match &step.act {
        Act::Click { at, .. }
        | Act::Fill { at, .. }
        | Act::Check { at, .. }
        | Act::Wait { at }
        | Act::Key { at, .. } => at,
    }
}

/// Every selector of a pack, and where it stands.
fn every_selector(pack: &Pack) -> Vec<(String, String)> {
    let mut all = Vec::new();
    for rule in &pack.rules {
        of_signs(&at(rule), &rule.when, &mut all);
        if let Some(dark) = &rule.dark {
            of_signs(&format!("dark of {}", at(rule)), dark, &mut all);
        }
    }
    for (id, step) in &pack.steps {
        all.push((format!("step {id:?}"), place(step).to_owned()));
        if let Some(unless) = &step.unless {
            all.push((format!("step {id:?}, unless"), unless.clone()));
        }
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
        let at = format!("control {name}");
        of_signs(&at, open, &mut all);
        of_signs(&at, closed, &mut all);
        let pressed = to_open.iter().chain(to_close).chain(give_up);
        all.extend(pressed.map(|css| (at.clone(), css.clone())));
    }
    if let Some(people) = &pack.people {
        let (Count::Each(css) | Count::Number(css)) = &people.by;
        all.push(("people".to_owned(), css.clone()));
    }
    all
}

fn of_signs(at: &str, signs: &Signs, all: &mut Vec<(String, String)>) {
    let there = signs
        .all
        .iter()
        .chain(&signs.any)
        .map(|sign| (at.to_owned(), sign.css.clone()));
    let within = signs
        .text
        .iter()
        .map(|text| (at.to_owned(), text.within.clone()));
    let none = signs
        .none
        .iter()
        .map(|sign| (format!("{at}, none"), sign.css.clone()));
    all.extend(there.chain(within).chain(none));
}
