//! Each screen of the interview as it stands on a page, and what its form means. Knows no order of questions.

use crate::desk::{Heard, Said, Screen, Sheet};
use crate::words::{fill, say};
use commission::{Choice, Form as Asked, Proof, Question, Topic};
use maud::{Markup, html};
use preflight::Language;

/// What each form carries beside its answer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Form<'a> {
    /// That it was drawn for a paired device.
    pub token: &'a str,
    /// For which screen.
    pub step: u64,
}

impl Form<'_> {
    pub(crate) fn hidden(&self) -> Markup {
        html! {
            input type="hidden" name="token" value=(self.token);
            input type="hidden" name="step" value=(self.step);
        }
    }
}

/// The screen's name, for the script and for tests.
pub(crate) fn name(screen: &Screen) -> &'static str {
    match screen {
        Screen::Looking => "looking",
        Screen::Ask { .. } => "ask",
        Screen::Secret => "secret",
        Screen::Prove(_) => "prove",
        Screen::Call { .. } => "call",
        Screen::Writing => "writing",
        Screen::Finished { .. } => "finished",
        Screen::Stopped { .. } => "stopped",
    }
}

/// Whether devices on the network may be named here: where it is asked who does what.
pub(crate) fn takes_devices(screen: &Screen) -> bool {
    matches!(screen, Screen::Ask { question, .. } if question.topic == Topic::Roles)
}

/// What a filled form says to this screen; `None` when it is no answer to it.
pub(crate) fn answer_of(screen: &Screen, fields: &[(String, String)]) -> Option<Said> {
    let all = |name: &'static str| {
        let named = fields.iter().filter(move |(known, _)| known == name);
        named.map(|(_, value)| value.as_str())
    };
    match screen {
        Screen::Ask { question, .. } => match &question.form {
            Asked::LeaveOut(choices) => {
                all("kept").next()?;
                let kept: Vec<&str> = all("keep").collect();
                let out = choices.iter().map(|choice| choice.word.as_str());
                let out: Vec<&str> = out.filter(|word| !kept.contains(word)).collect();
                Some(Said::Words(out.join(", ")))
            }
            _ => Some(Said::Words(all("answer").next()?.trim().to_owned())),
        },
        Screen::Secret => {
            let secret = all("secret").next()?;
            Some(match secret.is_empty() {
                true => Said::Enough,
                false => Said::Words(secret.to_owned()),
            })
        }
        Screen::Call { .. } | Screen::Finished { .. } | Screen::Stopped { .. } => {
            all("enough").next().map(|_| Said::Enough)
        }
        Screen::Looking | Screen::Prove(_) | Screen::Writing => None,
    }
}

/// The screen.
pub(crate) fn screen(sheet: &Sheet, form: &Form<'_>, language: Language) -> Markup {
    let t = |key: &str| say(language, key);
    match &sheet.screen {
        Screen::Looking => busy(&t("looking"), None),
        Screen::Ask { question, refused } => ask(question, refused.as_ref(), form, language),
        Screen::Secret => secret(form, language),
        Screen::Prove(proof) => {
            // The call has a screen of its own as soon as there is one.
            let please = proof.please(language).filter(|_| *proof != Proof::Call);
            busy(&proof.title(language), please.as_deref())
        }
        Screen::Call { link, heard } => call(link, *heard, form, language),
        Screen::Writing => busy(&t("writing"), None),
        Screen::Finished { room, open } => finished((room, *open), sheet.report, form, language),
        Screen::Stopped { stop, why } => html! {
            section.card role="alert" {
                h2 tabindex="-1" { (t("stopped")) }
                p { (t(stop.key())) }
                p.hint lang="en" { code { (why) } }
            }
        },
    }
}

/// Something goes on; what the person has to do stands largest.
fn busy(title: &str, please: Option<&str>) -> Markup {
    html! {
        section.card.busy role="status" {
            h2 tabindex="-1" { (please.unwrap_or(title)) }
            @if please.is_some() { p { (title) } }
            div.turning aria-hidden="true" {}
        }
    }
}

fn ask(
    question: &Question,
    refused: Option<&(String, String)>,
    form: &Form<'_>,
    language: Language,
) -> Markup {
    let typed = refused.map(|(said, _)| said.as_str());
    html! {
        form.card method="post" action="/answer" data-topic=(question.topic) novalidate {
            (form.hidden())
            (trouble(refused.map(|(_, why)| why.as_str())))
            @match &question.form {
                Asked::Choice(choices) => (choice(question, choices, language)),
                Asked::LeaveOut(choices) => (leave_out(question, choices, language)),
                Asked::YesNo => (yes_no(question, language)),
                Asked::Text | Asked::MayBeEmpty => (text(question, typed, language)),
            }
        }
    }
}

fn trouble(why: Option<&str>) -> Markup {
    html! { p #trouble.trouble role="alert" { @if let Some(why) = why { (why) } } }
}

fn hint(question: &Question) -> Markup {
    html! { div #hint.hint { @for line in question.page.lines() { p { (line) } } } }
}

fn go_on(language: Language) -> Markup {
    html! { button.primary type="submit" { (say(language, "go-on")) } }
}

fn text(question: &Question, typed: Option<&str>, language: Language) -> Markup {
    let proposal = question.proposal.as_deref().unwrap_or_default();
    // Names begin large; hosts, addresses and lines are no words, and a phone must not mend them.
    let is_words = matches!(
        question.topic,
        Topic::Name | Topic::Help | Topic::Presets(_)
    );
    html! {
        h2 { label for="answer" { (question.text) } }
        (hint(question))
        input #answer name="answer" type="text" autocomplete="off" aria-describedby="hint trouble"
            value=(typed.unwrap_or(proposal)) required[question.form == Asked::Text]
            autocapitalize=(if is_words { "sentences" } else { "none" }) autocorrect=(if is_words { "on" } else { "off" })
            spellcheck=(if is_words { "true" } else { "false" })
            aria-invalid=[typed.map(|_| "true")] autofocus;
        (go_on(language))
    }
}

fn choice(question: &Question, choices: &[Choice], language: Language) -> Markup {
    let with_pictures = question.topic == Topic::Front;
    let by_ear = matches!(question.topic, Topic::Loudspeaker | Topic::Microphone);
    let with_places = with_pictures || matches!(question.topic, Topic::Main | Topic::Microphone);
    html! {
        fieldset aria-describedby="hint trouble" {
            legend { h2 tabindex="-1" { (question.text) } }
            (hint(question))
            div.choices.pictures[with_pictures] {
                @for (number, choice) in choices.iter().enumerate() {
                    @let chosen = question.proposal.as_deref() == Some(choice.word.as_str());
                    @let pick = html! {
                        input type="radio" name="answer" value=(choice.word) checked[chosen];
                        span { (choice.label) @if with_places { br; small { (choice.word) } } }
                    };
                    @if by_ear {
                        // A label may hold no second control.
                        div.choice { label.pick { (pick) } (tried_by_ear(question, number, choice, language)) }
                    } @else {
                        label.choice {
                            @if with_pictures {
                                img src={ "/picture/" (number) } alt="" data-live width="320" height="180";
                            }
                            span.pick { (pick) }
                        }
                    }
                }
            }
        }
        (go_on(language))
    }
}

/// What lets a person point by ear: a loudspeaker sounds, a microphone shows how loud it hears.
fn tried_by_ear(question: &Question, number: usize, choice: &Choice, language: Language) -> Markup {
    match question.topic {
        // The last choice is that none of them was heard.
        Topic::Loudspeaker if !choice.is_device() => html! {},
        Topic::Loudspeaker => html! {
            button type="submit" formaction={ "/play/" (number) } data-trouble=(say(language, "plays-not"))
                aria-label={ (say(language, "play")) ": " (choice.label) } { (say(language, "play")) }
        },
        Topic::Microphone => html! {
            meter min="0" max="100" value="0" data-level=(number) aria-label={ (say(language, "level")) ": " (choice.label) } {}
        },
        _ => html! {},
    }
}

fn leave_out(question: &Question, choices: &[Choice], language: Language) -> Markup {
    html! {
        fieldset aria-describedby="hint trouble" {
            legend { h2 tabindex="-1" { (question.text) } }
            (hint(question))
            input type="hidden" name="kept" value="yes";
            div.choices {
                @for choice in choices {
                    label.choice { span.pick {
                        input type="checkbox" name="keep" value=(choice.word) checked;
                        span { (choice.label) }
                    } }
                }
            }
        }
        (go_on(language))
    }
}

fn yes_no(question: &Question, language: Language) -> Markup {
    html! {
        h2 tabindex="-1" { (question.text) }
        (hint(question))
        div.pair {
            button.primary type="submit" name="answer" value="yes" { (say(language, "yes")) }
            button type="submit" name="answer" value="no" { (say(language, "no")) }
        }
    }
}

fn secret(form: &Form<'_>, language: Language) -> Markup {
    html! {
        form.card method="post" action="/answer" data-topic="password" {
            (form.hidden())
            h2 { label for="secret" { (say(language, "secret")) } }
            div #hint.hint { p { (say(language, "secret-hint")) } }
            input #secret name="secret" type="password" autocomplete="off" aria-describedby="hint" autofocus;
            (go_on(language))
        }
    }
}

/// The four ways of a call, each seen or not yet; words say it, and not the sign alone.
fn call(link: &str, heard: Heard, form: &Form<'_>, language: Language) -> Markup {
    let t = |key: &str| say(language, key);
    let ways = [
        ("call-inside", heard.inside),
        ("call-audio-in", heard.audio_in),
        ("call-audio-out", heard.audio_out),
        ("call-video-in", heard.video_in),
        ("call-video-out", heard.video_out),
    ];
    html! {
        section.card {
            h2 tabindex="-1" { (t("call-title")) }
            ol.todo {
                li { p { (t("call-open")) } a.button.primary href=(link) target="_blank" rel="noreferrer" { (t("call-join")) } }
                li { (t("call-open-both")) }
                li { (t("call-room")) }
            }
            ul.ways aria-live="polite" {
                @for (key, seen) in ways {
                    li.seen[seen] { span { (t(key)) } strong { (t(if seen { "seen" } else { "not-yet" })) } }
                }
            }
            form method="post" action="/answer" {
                (form.hidden())
                button type="submit" name="enough" value="yes" { (t("call-later")) }
            }
        }
    }
}

fn finished(
    (room, open): (&str, usize),
    report: bool,
    form: &Form<'_>,
    language: Language,
) -> Markup {
    let t = |key: &str| say(language, key);
    let text = match open {
        0 => t("finished-good"),
        1 => t("finished-one"),
        _ => fill(language, "finished-open", &[("by", open.to_string())]),
    };
    html! {
        section.card {
            h2 tabindex="-1" { (fill(language, "finished", &[("room", room.to_owned())])) }
            p { (text) }
            @if report {
                p { a.button.primary href="/report" target="_blank" { (t("report-open")) } }
                p.hint { (t("report-print")) }
            }
            form method="post" action="/answer" {
                (form.hidden())
                button type="submit" name="enough" value="yes" { (t("finish")) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn roles() -> Screen {
        let choice = |word: &str| Choice {
            word: word.to_owned(),
            label: String::new(),
        };
        Screen::Ask {
            question: Question {
                topic: Topic::Roles,
                text: String::new(),
                hint: String::new(),
                page: String::new(),
                form: Asked::LeaveOut(vec![choice("camera-front"), choice("puck-table")]),
                proposal: Some(String::new()),
            },
            refused: None,
        }
    }

    fn sent(fields: &[(&str, &str)]) -> Vec<(String, String)> {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        fields.iter().map(owned).collect()
    }

    #[test]
    fn what_is_not_kept_is_left_out() {
        let words = |fields: &[(&str, &str)]| match answer_of(&roles(), &sent(fields)) {
            Some(Said::Words(words)) => Some(words),
            _ => None,
        };
        let all = [
            ("kept", "yes"),
            ("keep", "camera-front"),
            ("keep", "puck-table"),
        ];
        assert_eq!(words(&all).as_deref(), Some(""));
        assert_eq!(words(&all[..2]).as_deref(), Some("puck-table"));
        assert_eq!(
            words(&all[..1]).as_deref(),
            Some("camera-front, puck-table")
        );
        assert_eq!(words(&[]), None, "no form of this screen");
    }

    #[test]
    fn nothing_that_goes_on_by_itself_takes_an_answer() {
        let fields = sent(&[("answer", "x"), ("enough", "yes"), ("secret", "x")]);
        for screen in [Screen::Looking, Screen::Writing] {
            assert!(answer_of(&screen, &fields).is_none());
        }
    }
}
