//! The frame of each page, the pairing page, style and script. Holds no text of its own; the screens stand in `screens`.

use crate::desk::{Line, Sheet};
use crate::devices;
use crate::screens;
use crate::serve::Shared;
use crate::words::{fill, say};
use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use commission::Proven;
use maud::{DOCTYPE, Markup, html};
use pairing::Refused;
use preflight::Language;
use preflight::report::sign;

const ASSETS: [(&str, &str, &str); 3] = [
    (
        "page.css",
        "text/css; charset=utf-8",
        include_str!("../assets/page.css"),
    ),
    (
        "page.js",
        "text/javascript; charset=utf-8",
        include_str!("../assets/page.js"),
    ),
    (
        "icon.svg",
        "image/svg+xml",
        include_str!("../assets/icon.svg"),
    ),
];

pub(crate) async fn asset(Path(name): Path<String>) -> Response {
    let found = ASSETS.iter().find(|(known, ..)| *known == name);
    match found {
        Some((_, kind, text)) => ([(header::CONTENT_TYPE, *kind)], *text).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

fn frame(language: Language, bar: Markup, body: Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang=(language.tag()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (say(language, "title")) }
                link rel="icon" href="/assets/icon.svg" type="image/svg+xml";
                link rel="stylesheet" href="/assets/page.css";
                script type="module" src="/assets/page.js" {}
            }
            body {
                header.bar { h1 { (say(language, "title")) } (bar) }
                p #lost.lost role="alert" hidden { (say(language, "lost")) }
                (body)
            }
        }
    }
}

/// The page of a paired device.
pub(crate) fn page(shared: &Shared, language: Language) -> Markup {
    let sheet = shared.desk.sheet();
    let sign = screens::Form {
        token: &shared.token,
        step: sheet.step,
    };
    let turned = language.other();
    let bar = html! {
        form method="post" action="/language" {
            (sign.hidden())
            input type="hidden" name="lang" value=(turned.tag());
            button.tool lang=(turned.tag()) type="submit" { (say(language, "language-other")) }
        }
    };
    let body = html! {
        main #main data-step=(sheet.step) data-screen=(screens::name(&sheet.screen)) {
            (progress(&sheet, language))
            (screens::screen(&sheet, &sign, language))
            @if screens::takes_devices(&sheet.screen) { (devices::form(&sheet, &sign, language)) }
            (tried(&sheet.proofs, language))
            @if !sheet.code.is_empty() { p.kit { (fill(language, "kit", &[("code", sheet.code.clone())])) } }
        }
    };
    frame(language, bar, body)
}

fn progress(sheet: &Sheet, language: Language) -> Markup {
    let now = sheet.progress;
    if now.all == 0 {
        return html! {};
    }
    let text = fill(
        language,
        "progress",
        &[("done", now.done.to_string()), ("all", now.all.to_string())],
    );
    html! {
        div.progress {
            progress max=(now.all) value=(now.done) aria-label=(text) {}
            p aria-hidden="true" { (text) }
        }
    }
}

/// What was tried, the newest first; what was found wrong is open at once.
fn tried(proofs: &[Proven], language: Language) -> Markup {
    if proofs.is_empty() {
        return html! {};
    }
    let lines = proofs.iter().rev().map(|proven| Line::of(proven, language));
    html! {
        section.tried aria-labelledby="tried" {
            h2 #tried { (say(language, "tried")) }
            ol reversed {
                @for line in lines {
                    li {
                        div.line { (sign(line.verdict)) p { (line.title) ": " strong { (line.result) } } }
                        @for [sentence, suggestion, code] in &line.findings {
                            div.finding { p { strong { (sentence) } } p { (suggestion) } (what_to_check(code, language)) }
                        }
                    }
                }
            }
        }
    }
}

/// What its page says, under the code.
fn what_to_check(code: &str, language: Language) -> Markup {
    match codes::Page::of(language.tag()).entry(code) {
        Some(entry) => {
            html! { details.check { summary { span { (say(language, "what-to-check")) " (" code { (code) } ")" } } (entry.html()) } }
        }
        None => html! { p.code { (code) } },
    }
}

/// The page on which a device is paired.
pub(crate) fn pairing(language: Language, refused: Option<Refused>) -> Markup {
    let turned = language.other();
    let bar = html! {
        nav { a.tool lang=(turned.tag()) hreflang=(turned.tag()) href={ "/pair?lang=" (turned.tag()) } {
            (say(language, "language-other"))
        } }
    };
    let trouble = refused.map(|refused| match refused {
        Refused::Wrong => say(language, "pair-wrong"),
        Refused::Locked(rest) => {
            let seconds = (rest.as_secs() + 1).to_string();
            fill(language, "pair-locked", &[("seconds", seconds)])
        }
    });
    let body = html! {
        main #main data-screen="pair" {
            form.card method="post" action="/pair" {
                h2 { (say(language, "pair-title")) }
                p { (say(language, "pair-text")) }
                input type="hidden" name="lang" value=(language.tag());
                label.field for="code" { (say(language, "pair-code")) }
                input #code.code name="code" inputmode="numeric" autocomplete="one-time-code" maxlength="9" required
                    autofocus aria-describedby="trouble" aria-invalid=[trouble.as_ref().map(|_| "true")];
                p #trouble.trouble role="alert" { @if let Some(trouble) = trouble { (trouble) } }
                button.primary type="submit" { (say(language, "pair-submit")) }
            }
        }
    };
    frame(language, bar, body)
}
