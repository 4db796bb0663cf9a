//! The frame of each page, the page of a refusal, style and script.

use crate::acts::Done;
use crate::people::Right;
use crate::web::{Ask, Refused};
use crate::words::{count, say};
use axum::http::header;
use axum::response::IntoResponse;
use maud::{DOCTYPE, Markup, html};
use texts::Language;

const ASSETS: [(&str, &str, &str); 3] = [
    (
        "page.css",
        "text/css; charset=utf-8",
        include_str!("../../assets/page.css"),
    ),
    (
        "page.js",
        "text/javascript; charset=utf-8",
        include_str!("../../assets/page.js"),
    ),
    (
        "icon.svg",
        "image/svg+xml",
        include_str!("../../assets/icon.svg"),
    ),
];

pub(crate) fn asset(name: &str) -> Done {
    let found = ASSETS.iter().find(|(known, ..)| *known == name);
    let (_, kind, text) = found.ok_or(Refused::NotFound)?;
    Ok(([(header::CONTENT_TYPE, *kind)], *text).into_response())
}

/// Pages and the right that shows them in the menu.
const MENU: [(&str, &str, Right); 8] = [
    ("/", "overview", Right::Look),
    ("/rooms", "rooms", Right::Look),
    ("/enrolment", "enrolment", Right::Install),
    ("/settings", "settings", Right::Set),
    ("/rollouts", "rollouts", Right::Look),
    ("/alerts", "alerts", Right::Look),
    ("/audit", "audit", Right::Audit),
    ("/people", "people", Right::Rule),
];

fn document(language: Language, title: &str, bar: Markup, body: Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang=(language.tag()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) " – " (say(language, "title")) }
                link rel="icon" href="/assets/icon.svg" type="image/svg+xml";
                link rel="stylesheet" href="/assets/page.css";
                script type="module" src="/assets/page.js" {}
            }
            body {
                a.skip href="#main" { (say(language, "skip")) }
                header.bar { p.brand { (say(language, "title")) } (bar) }
                p #lost.lost role="alert" hidden { (say(language, "lost")) }
                (body)
            }
        }
    }
}

/// A page of somebody who is signed in. `live` names what the page follows: its query for the events, or none.
pub(super) fn page(ask: &Ask, title: &str, live: Option<&str>, body: Markup) -> Markup {
    let l = ask.language;
    let here = ask.parts.uri.path();
    let bar = html! {
        nav aria-label=(say(l, "menu")) { ul {
            @for (path, word, right) in MENU {
                @if ask.who.caller().is_some_and(|caller| caller.may_somewhere(right)) {
                    @let inside = if path == "/" { here == "/" } else { here.starts_with(path) };
                    li { a href=(path) aria-current=[inside.then_some("page")] { (say(l, &format!("menu-{word}"))) } }
                }
            }
        } }
        div.me {
            (other_language(ask))
            form method="post" action="/sign-out" {
                (token(ask))
                span.name { (ask.name()) }
                button.tool type="submit" { (say(l, "sign-out")) }
            }
        }
    };
    let body = html! {
        main #main tabindex="-1" data-live=[live] {
            h1 { (title) }
            (body)
        }
    };
    document(l, title, bar, body)
}

/// A page for whoever comes.
pub(super) fn bare(ask: &Ask, title: &str, body: Markup) -> Markup {
    let bar = html! { div.me { (other_language(ask)) } };
    let body = html! { main #main.narrow tabindex="-1" { h1 { (title) } (body) } };
    document(ask.language, title, bar, body)
}

fn other_language(ask: &Ask) -> Markup {
    let other = ask.language.other();
    let back = ask.parts.uri.path_and_query();
    let back = back.map_or("/", |path| path.as_str());
    // What a form was answered with has no address of its own.
    let back = match ask.parts.method == axum::http::Method::GET {
        true => back,
        false => ask.parts.uri.path(),
    };
    let quoted = percent_encoding::utf8_percent_encode(back, percent_encoding::NON_ALPHANUMERIC);
    html! {
        a.tool lang=(other.tag()) hreflang=(other.tag())
            href={ "/language?to=" (other.tag()) "&back=" (quoted.to_string()) } {
            (say(ask.language, "language-other"))
        }
    }
}

/// The token that a form carries.
pub(super) fn token(ask: &Ask) -> Markup {
    html! { input type="hidden" name="token" value=(ask.form_token()); }
}

/// What a refusal says.
pub(super) fn sentence(language: Language, refused: &Refused) -> String {
    match refused {
        Refused::TooMany(seconds) => count(language, "refused-too-many", *seconds),
        other => say(language, other.code()),
    }
}

/// The page of a refusal.
pub(crate) fn refused(language: Language, refused: &Refused) -> Markup {
    let title = say(language, "refused");
    let body = html! {
        main #main.narrow tabindex="-1" {
            h1 { (title) }
            div.card {
                p { (sentence(language, refused)) }
                @if let Refused::Bad(more) = refused { p.code { (more) } }
                p.code { (refused.code()) }
                p { a.button href="/" { (say(language, "refused-back")) } }
            }
        }
    };
    document(language, &title, html! {}, body)
}
