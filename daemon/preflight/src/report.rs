//! The report of a run as one page that needs nothing else: for the installer's folder, on the screen and on paper.
//! Knows no file; times come written already, because time zones are not its business.

use crate::check::{Checked, Run};
use crate::history::Past;
use crate::plot;
use crate::sound::{Heard, Loop, Unheard, Verdict};
use crate::trouble::Trouble;
use crate::words::{Language, Says, role};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use texts::{FluentArgs, FluentValue};

/// What the page is made of.
#[derive(Debug, Clone, Copy)]
pub struct Report<'a> {
    /// The room's name.
    pub room: &'a str,
    /// When the run began, as people write it.
    pub when: &'a str,
    /// In which language.
    pub language: Language,
    /// The run.
    pub run: &'a Run,
    /// The sound at the installation.
    pub baseline: Option<&'a [Loop]>,
    /// Earlier runs and this one, the oldest first.
    pub history: &'a [Past],
    /// The next day's meetings, when somebody looked at them.
    pub tomorrow: &'a [Tomorrow],
}

/// A meeting of the next day.
#[derive(Debug, Clone, PartialEq)]
pub struct Tomorrow {
    /// When it begins, as people write it.
    pub begin: String,
    /// What was found on the way to it.
    pub troubles: Vec<Trouble>,
}

/// How these pages look, for pages of the same kind.
pub const STYLE: &str = include_str!("../assets/report.css");

/// So many runs are drawn.
const DRAWN: usize = 60;

impl Report<'_> {
    /// The page.
    pub fn html(&self) -> String {
        let say = |key: &str| self.language.plain(key);
        let page = html! {
            (DOCTYPE)
            html lang=(self.language.tag()) {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    title { (say("report-title")) " – " (self.room) }
                    style { (PreEscaped(STYLE)) }
                }
                body {
                    main {
                        header {
                            div {
                                p.kind { (say("report-title")) }
                                h1 { (self.room) }
                            }
                            p.when { (self.when) }
                        }
                        (self.verdict())
                        (self.findings())
                        (self.checks())
                        (self.tomorrow())
                        (self.sound())
                        (self.past())
                        (codes::explained(codes::Page::of(self.language.tag()), self.named()))
                        (self.sheet())
                    }
                }
            }
        };
        page.into_string()
    }

    fn verdict(&self) -> Markup {
        let language = self.language;
        let (class, title, text) = match self.run.verdict() {
            Some(verdict) => (
                verdict.word(),
                verdict.title(language),
                verdict.sentence(language),
            ),
            None => (
                "none",
                language.plain("verdict-none"),
                language.plain("verdict-means-none"),
            ),
        };
        html! {
            section.verdict.(class) aria-label=(language.plain("report-result")) {
                (sign(self.run.verdict()))
                div {
                    p.word { (title) }
                    p { (text) }
                    @if let Some(stop) = self.run.stopped { p { (stop.sentence(language)) } }
                }
            }
        }
    }

    fn findings(&self) -> Markup {
        let troubles = self.run.troubles();
        html! {
            @if !troubles.is_empty() {
                section {
                    h2 { (self.language.plain("report-findings")) }
                    ul.findings { @for trouble in troubles { (self.finding(trouble)) } }
                }
            }
        }
    }

    fn finding(&self, trouble: &Trouble) -> Markup {
        let verdict = trouble.verdict();
        html! {
            li.(verdict.word()) {
                (sign(Some(verdict)))
                div {
                    p.what { (trouble.sentence(self.language)) }
                    p { (trouble.suggestion(self.language)) }
                    p.code { (codes::link(trouble.code())) }
                }
            }
        }
    }

    /// Codes of all that is found on this page.
    fn named(&self) -> impl Iterator<Item = &'static str> {
        let found = self.run.troubles().into_iter();
        let tomorrow = self.tomorrow.iter().flat_map(|meeting| &meeting.troubles);
        found.chain(tomorrow).map(Trouble::code)
    }

    fn checks(&self) -> Markup {
        let language = self.language;
        html! {
            section {
                h2 { (language.plain("report-checks")) }
                table {
                    (heads(language, ["report-check", "report-result", "report-figures"]))
                    tbody { @for checked in &self.run.checks { (self.row(checked)) } }
                }
            }
        }
    }

    fn row(&self, checked: &Checked) -> Markup {
        let language = self.language;
        html! {
            tr {
                th scope="row" { (checked.check.title(language)) }
                td.result {
                    @match checked.verdict() {
                        Some(verdict) => { (sign(Some(verdict))) " " (verdict.title(language)) },
                        None => { (sign(None)) " " (language.plain("report-not-checked")) },
                    }
                    @if !checked.tried.is_empty() { p.tried { (self.tried(checked)) } }
                }
                td {
                    @if let Some(why) = checked.skipped { (why.sentence(language)) }
                    ul.figures {
                        @for figure in &checked.figures {
                            li {
                                (figure.measure.title(language))
                                @if !figure.of.is_empty() { " " (figure.of) }
                                ": " b { (figure.measure.show(figure.value, language)) }
                            }
                        }
                        @for note in &checked.notes { li.note { (note.sentence(language)) } }
                        @if !checked.loops.is_empty() {
                            li { (language.plain("report-ways")) ": " b { (checked.loops.len()) } }
                        }
                    }
                }
            }
        }
    }

    fn tried(&self, checked: &Checked) -> String {
        let tried = checked.tried.iter().map(|one| one.title(self.language));
        let what = tried.collect::<Vec<_>>().join(", ");
        let values = FluentArgs::from_iter([("what", FluentValue::from(what))]);
        self.language.say("report-tried", values)
    }

    /// The next day's meetings, by their begin: a subject is nobody's business here.
    fn tomorrow(&self) -> Markup {
        let language = self.language;
        html! {
            @if !self.tomorrow.is_empty() {
                section {
                    h2 { (language.plain("report-tomorrow")) }
                    table {
                        (heads(language, ["report-begin", "report-result", "report-findings"]))
                        tbody { @for meeting in self.tomorrow { (self.meeting(meeting)) } }
                    }
                }
            }
        }
    }

    fn meeting(&self, meeting: &Tomorrow) -> Markup {
        let language = self.language;
        let worst = meeting.troubles.iter().map(Trouble::verdict).max();
        let verdict = worst.unwrap_or(Verdict::Green);
        html! {
            tr {
                th scope="row" { (meeting.begin) }
                td.result { (sign(Some(verdict))) " " (verdict.title(language)) }
                td {
                    @if meeting.troubles.is_empty() { (language.plain("report-nothing-found")) }
                    @for trouble in &meeting.troubles {
                        p { (trouble.sentence(language)) " " (trouble.suggestion(language)) }
                        p.code { (codes::link(trouble.code())) }
                    }
                }
            }
        }
    }

    /// The ways of sound alone, for pages that say more than a run.
    pub fn sound(&self) -> Markup {
        let loops = self.run.loops();
        let language = self.language;
        html! {
            @if !loops.is_empty() {
                section.sound {
                    h2 { (language.plain("check-sound")) }
                    @if self.baseline.is_some() {
                        p.legend {
                            span.key.now {} (language.plain("report-now")) " "
                            span.key.then {} (language.plain("report-installation")) " "
                            span.key.band {} (language.plain("report-tolerance"))
                        }
                    }
                    @for one in loops { (self.way(one)) }
                }
            }
        }
    }

    fn way(&self, one: &Loop) -> Markup {
        let language = self.language;
        let [from, to] = [&one.loudspeaker, &one.microphone].map(|name| role(language, name));
        let title = format!("{from} → {to}");
        let then = self.baseline.and_then(|all| {
            all.iter()
                .find(|b| b.loudspeaker == one.loudspeaker && b.microphone == one.microphone)
        });
        let before = then.and_then(|then| then.heard.sweep.as_ref().ok());
        let described = format!("{}: {title}", language.plain("report-response"));
        html! {
            article {
                h3 { (title) }
                @match &one.heard.sweep {
                    Ok(measured) => {
                        (plot::response(
                            &measured.response,
                            before.map(|m| m.response.as_slice()),
                            &described,
                            language,
                        ))
                    },
                    Err(why) => p.unheard { (sign(Some(Verdict::Red))) " " (language.plain(unheard(*why))) },
                }
                (self.levels(&one.heard, then.map(|then| &then.heard)))
            }
        }
    }

    fn levels(&self, now: &Heard, then: Option<&Heard>) -> Markup {
        let language = self.language;
        let rows = rows(now, language);
        let before = then.map(|then| self::rows(then, language));
        html! {
            table.levels {
                thead {
                    tr {
                        th scope="col" { (language.plain("report-figures")) }
                        th scope="col" { (language.plain("report-now")) }
                        @if before.is_some() { th scope="col" { (language.plain("report-installation")) } }
                    }
                }
                tbody {
                    @for (n, (key, value)) in rows.iter().enumerate() {
                        tr {
                            th scope="row" { (language.plain(key)) }
                            td { (value) }
                            @if let Some(before) = &before { td { (before[n].1) } }
                        }
                    }
                }
            }
        }
    }

    fn past(&self) -> Markup {
        let language = self.language;
        let from = self.history.len().saturating_sub(DRAWN);
        let drawn = &self.history[from..];
        html! {
            @if drawn.len() > 1 {
                section {
                    h2 { (language.plain("report-history")) }
                    p { (language.plain("report-history-is")) }
                    (plot::history(drawn, &language.plain("report-history"), language))
                    p.legend {
                        @for verdict in [Verdict::Green, Verdict::Yellow, Verdict::Red] {
                            (sign(Some(verdict))) " " (verdict.title(language)) " \u{2003}"
                        }
                    }
                }
            }
        }
    }

    /// The lines that are filled in by hand, on paper alone.
    fn sheet(&self) -> Markup {
        let language = self.language;
        html! {
            section.sheet {
                h2 { (language.plain("report-signed")) }
                div.lines {
                    @for key in ["report-date", "report-name", "report-signature"] {
                        p { (language.plain(key)) }
                    }
                }
            }
        }
    }
}

/// Each figure of a way, in the same order for every way.
fn rows(heard: &Heard, language: Language) -> Vec<(&'static str, String)> {
    let number =
        |value: f64, digits, unit: &str| format!("{}\u{a0}{unit}", language.number(value, digits));
    let measured = heard.sweep.as_ref().ok();
    let of = |text: Option<String>| text.unwrap_or_else(|| "–".to_owned());
    let decay = measured.and_then(|m| m.reverberation);
    let distortion = measured.and_then(|m| m.distortion);
    vec![
        (
            "report-gain",
            of(measured.map(|m| number(m.gain.0, 1, "dB"))),
        ),
        (
            "report-delay",
            of(measured.map(|m| number(m.delay.0, 1, "ms"))),
        ),
        (
            "report-decay",
            of(decay.map(|seconds| number(seconds, 2, "s"))),
        ),
        (
            "report-distortion",
            of(distortion.map(|share| number(share.0 * 100.0, 1, "%"))),
        ),
        ("report-noise", number(heard.noise.0, 1, "dBFS")),
    ]
}

fn unheard(why: Unheard) -> &'static str {
    match why {
        Unheard::CutOff => "unheard-cut-off",
        Unheard::Dead => "unheard-dead",
        Unheard::Silence => "unheard-silence",
    }
}

fn heads(language: Language, keys: [&str; 3]) -> Markup {
    html! {
        thead { tr { @for key in keys { th scope="col" { (language.plain(key)) } } } }
    }
}

/// A shape of its own for each verdict, so that nobody needs to tell colours apart.
pub fn sign(verdict: Option<Verdict>) -> Markup {
    let shape = match verdict {
        Some(Verdict::Green) => {
            r#"<circle class="green" cx="12" cy="12" r="11"/><path class="on" d="M6.5 12.5l4 4 7-8"/>"#
        }
        Some(Verdict::Yellow) => {
            r#"<path class="yellow" d="M12 1.5L23 22H1Z"/><path class="on" d="M12 9v6M12 18v1.5"/>"#
        }
        Some(Verdict::Red) => {
            r#"<rect class="red" x="1.5" y="1.5" width="21" height="21" rx="3"/><path class="on" d="M7 7l10 10M17 7L7 17"/>"#
        }
        None => r#"<circle class="none" cx="12" cy="12" r="10"/><path class="off" d="M7 12h10"/>"#,
    };
    html! { svg.sign viewBox="0 0 24 24" aria-hidden="true" { (PreEscaped(shape)) } }
}
