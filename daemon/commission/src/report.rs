//! The installation's report as one page that needs nothing else: for the installer's folder, on the screen and on paper.
//! Knows no file; times come written already, and pictures as links that hold them.

use crate::facts::Unit;
use crate::proof::{Finding, Proof, Proven};
use crate::roles;
use crate::state::Record;
use crate::words::{Language, Says, Values};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use preflight::report::{STYLE, sign};
use preflight::sound::{Loop, Verdict};
use preflight::{Check, Checked, Run};
use std::collections::BTreeMap;

/// What the page is made of.
#[derive(Debug, Clone, Copy)]
pub struct Report<'a> {
    /// The installation.
    pub record: &'a Record,
    /// When it was finished, as people write it.
    pub when: &'a str,
    /// In which language.
    pub language: Language,
    /// Pictures by their names, each as a `data:` link.
    pub pictures: &'a BTreeMap<String, String>,
}

impl Report<'_> {
    /// The page.
    pub fn html(&self) -> String {
        let title = self.say("report-title");
        let page = html! {
            (DOCTYPE)
            html lang=(self.language.tag()) {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    title { (title) " – " (self.record.room) }
                    style { (PreEscaped(STYLE)) (PreEscaped(include_str!("../assets/report.css"))) }
                }
                body {
                    main {
                        header {
                            div {
                                p.kind { (title) }
                                h1 { (self.record.room) }
                            }
                            p.when { (self.when) }
                        }
                        (self.verdict())
                        (self.summary())
                        (self.open())
                        (self.pictures())
                        (self.cables())
                        (self.checks())
                        (self.sound())
                        (self.limits())
                        (self.explained())
                        (self.handover())
                    }
                }
            }
        };
        page.into_string()
    }

    /// What is left to be done: what was found, what was not tried, and devices without a task.
    pub fn open_points(&self) -> usize {
        self.findings().len() + self.loose().len() + self.left().len()
    }

    fn say(&self, key: &str) -> String {
        self.language.plain(key)
    }

    fn worst(&self) -> Option<Verdict> {
        self.record.proofs.iter().filter_map(Proven::verdict).max()
    }

    /// Each finding once for each proof, the worst first.
    fn findings(&self) -> Vec<(&Proven, &Finding)> {
        let all = self.record.proofs.iter();
        let mut all: Vec<(&Proven, &Finding)> = all
            .flat_map(|proven| proven.findings.iter().map(move |finding| (proven, finding)))
            .collect();
        all.sort_by_key(|(_, finding)| core::cmp::Reverse(finding.verdict()));
        all
    }

    fn verdict(&self) -> Markup {
        let worst = self.worst();
        let text = match self.open_points() {
            0 => self.say("report-all-good"),
            count => {
                let values = Values::default().counting("by", count as u64);
                self.language.say("report-open-count", &values)
            }
        };
        html! {
            section.verdict.(worst.map_or("none", Verdict::word)) aria-label=(self.say("report-result")) {
                (sign(worst))
                div {
                    p.word { (worst.map_or_else(|| self.say("report-not-tried"), |v| v.title(self.language))) }
                    p { (text) }
                }
            }
        }
    }

    fn summary(&self) -> Markup {
        let Record {
            facts, given, took, ..
        } = self.record;
        let board = facts
            .board
            .as_ref()
            .map_or("–", |board| board.title.as_str());
        let minutes = format!("{}:{:02}\u{a0}min", took / 60, took % 60);
        let machine = match facts.code.is_empty() {
            true => facts.machine.clone(),
            false => format!("{} · {}", facts.machine, facts.code),
        };
        let rows = [
            ("report-commissioned", self.when.to_owned()),
            ("report-machine", machine),
            ("report-board", board.to_owned()),
            ("report-answers", given.to_string()),
            ("report-duration", minutes),
        ];
        html! {
            section.summary {
                dl { @for (key, value) in rows { div { dt { (self.say(key)) } dd { (value) } } } }
            }
        }
    }

    /// What was found and has no task.
    fn loose(&self) -> Vec<String> {
        let facts = &self.record.facts;
        let used: Vec<String> = self
            .record
            .roles
            .iter()
            .filter_map(|role| roles::unit(facts, role))
            .map(Unit::key)
            .collect();
        let language = self.language;
        let refused = self.record.refused.iter();
        let refused =
            refused.map(|title| language.say("report-not-described", &Values::of("device", title)));
        let unused = facts
            .units()
            .into_iter()
            .filter(|unit| !used.contains(&unit.key()));
        let unused = unused
            .filter(|unit| !self.record.refused.contains(&unit.title))
            .map(|unit| {
                let values = Values::of("device", &unit.title).and("place", unit.key());
                language.say("report-not-used", &values)
            });
        let silent = facts.silent.iter();
        let silent = silent.map(|line| language.say("report-no-answer", &Values::of("line", line)));
        refused.chain(unused).chain(silent).collect()
    }

    fn left(&self) -> Vec<String> {
        let left = self.record.proofs.iter().filter_map(|proven| {
            let why = proven.left?.sentence(self.language);
            Some(format!("{}: {why}", proven.proof.title(self.language)))
        });
        left.collect()
    }

    fn open(&self) -> Markup {
        let (findings, loose, left) = (self.findings(), self.loose(), self.left());
        if findings.is_empty() && loose.is_empty() && left.is_empty() {
            return html! {};
        }
        html! {
            section {
                h2 { (self.say("report-open")) }
                ul.findings {
                    @for (proven, finding) in findings {
                        li.(finding.verdict().word()) {
                            (sign(Some(finding.verdict())))
                            div {
                                p.what { (finding.sentence(self.language)) }
                                p { (finding.suggestion(self.language)) }
                                p.code { (proven.proof.to_string()) " · " (codes::link(finding.code())) }
                            }
                        }
                    }
                    @for sentence in left.iter().chain(&loose) {
                        li { (sign(None)) div { p { (sentence) } } }
                    }
                }
            }
        }
    }

    /// A report on paper leads nowhere: what its codes mean stands in it.
    fn explained(&self) -> Markup {
        let findings = self.findings().into_iter();
        let named = findings.map(|(_, finding)| finding.code());
        codes::explained(codes::Page::of(self.language.tag()), named)
    }

    fn pictures(&self) -> Markup {
        let taken = self.record.proofs.iter().filter_map(|proven| {
            let name = proven.proof.about()?;
            let link = self.pictures.get(proven.picture.as_ref()?)?;
            Some((name, link))
        });
        let taken: Vec<(&str, &String)> = taken.collect();
        if taken.is_empty() {
            return html! {};
        }
        html! {
            section.pictures {
                h2 { (self.say("report-pictures")) }
                div.grid-of-pictures {
                    @for (name, link) in taken {
                        @let of = self.language.say("report-picture-of", &Values::of("name", name));
                        figure { img src=(link) alt=(of); figcaption { (of) } }
                    }
                }
                p.legend { (self.say("report-picture-note")) }
            }
        }
    }

    fn cables(&self) -> Markup {
        let facts = &self.record.facts;
        let mut units = facts.units();
        units.sort_by_key(|unit| unit.key());
        let task = |unit: &Unit| {
            let roles = self.record.roles.iter();
            let has = roles
                .filter(|role| roles::unit(facts, role).is_some_and(|u| u.key() == unit.key()));
            let labels: Vec<String> = has.map(roles::Role::label).collect();
            match labels.is_empty() {
                true => "–".to_owned(),
                false => labels.join(", "),
            }
        };
        let or_dash = |text: &Option<String>| text.clone().unwrap_or_else(|| "–".to_owned());
        let heads = [
            "report-place",
            "report-device",
            "report-role",
            "report-serial",
            "report-firmware",
        ];
        html! {
            // On a phone it is wider than the page: whoever has no finger on it moves it by keys.
            section.cables tabindex="0" aria-labelledby="cables" {
                h2 #cables { (self.say("report-cables")) }
                table {
                    thead { tr { @for key in heads { th scope="col" { (self.say(key)) } } } }
                    tbody {
                        @for unit in units {
                            tr {
                                th scope="row" { code { (unit.key()) } }
                                td { (unit.title) @if let Some(model) = &unit.model { br; code { (model) } } }
                                td { (task(unit)) }
                                td { code { (or_dash(&unit.serial)) } }
                                td { (or_dash(&unit.firmware)) }
                            }
                        }
                    }
                }
            }
        }
    }

    fn checks(&self) -> Markup {
        let heads = ["report-check", "report-result", "report-figures"];
        html! {
            section {
                h2 { (self.say("report-checks")) }
                table {
                    thead { tr { @for key in heads { th scope="col" { (self.say(key)) } } } }
                    tbody { @for proven in &self.record.proofs { (self.row(proven)) } }
                }
            }
        }
    }

    fn row(&self, proven: &Proven) -> Markup {
        let language = self.language;
        html! {
            tr {
                th scope="row" { (proven.proof.title(language)) }
                td.result {
                    (sign(proven.verdict())) " "
                    @match proven.verdict() {
                        Some(verdict) => { (verdict.title(language)) },
                        None => { (self.say("report-not-tried")) },
                    }
                }
                td {
                    @if let Some(why) = proven.left { (why.sentence(language)) }
                    ul.figures {
                        @for figure in &proven.figures {
                            li { (figure.title(language)) ": " b { (figure.show(language)) } }
                        }
                    }
                }
            }
        }
    }

    fn loops(&self) -> &[Loop] {
        let sound = self
            .record
            .proofs
            .iter()
            .find(|proven| proven.proof == Proof::Sound);
        sound.map_or(&[], |proven| &proven.loops)
    }

    /// The preflight's own drawing of it.
    fn sound(&self) -> Markup {
        let checked = Checked {
            loops: self.loops().to_vec(),
            ..Checked::of(Check::Sound)
        };
        let run = Run {
            checks: vec![checked],
            stopped: None,
        };
        let page = preflight::report::Report {
            room: &self.record.room,
            when: self.when,
            language: self.language,
            run: &run,
            baseline: None,
            history: &[],
            tomorrow: &[],
        };
        page.sound()
    }

    fn limits(&self) -> Markup {
        html! {
            section {
                h2 { (self.say("report-limits")) }
                table {
                    thead { tr { @for key in ["report-key", "report-value"] { th scope="col" { (self.say(key)) } } } }
                    tbody {
                        @for (key, value) in &self.record.limits {
                            tr {
                                th scope="row" { code { (key) } }
                                td { @if value.is_empty() { (self.say("report-none")) } @else { (value) } }
                            }
                        }
                    }
                }
            }
        }
    }

    fn handover(&self) -> Markup {
        html! {
            section.handover {
                h2 { (self.say("report-signed")) }
                @for who in ["report-installer", "report-operator"] {
                    div.lines {
                        @for key in [who, "report-date", "report-signature"] { p { (self.say(key)) } }
                    }
                }
            }
        }
    }
}
