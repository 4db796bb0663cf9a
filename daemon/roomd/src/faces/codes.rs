//! What a code means, as a page of the room's own: whoever reads a code on a panel, a display or a report comes here, by a link or by
//! a phone's camera. The same for everybody: nothing of the room stands here but its name.

use super::gate::{Face, Refusal};
use super::pages::{CODES, Shell, answer};
use super::setup::qr;
use axum::extract::{Path, Request, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use codes::{Entry, Page};
use maud::{Markup, html};
use room_api::ErrorCode;

/// Every code with its sentence.
pub(super) async fn all(State(face): State<Face>, request: Request) -> Response {
    answer(&face, &request, |shell| {
        let page = Page::of(shell.lang.code());
        shell.page(CODES, frame(shell, None, list(page)))
    })
}

/// One code.
pub(super) async fn one(
    State(face): State<Face>,
    Path(code): Path<String>,
    request: Request,
) -> Result<Response, Refusal> {
    known(&code)?;
    Ok(answer(&face, &request, |shell| {
        let entry = Page::of(shell.lang.code()).entry(&code);
        let body = html! { @if let Some(entry) = &entry { (explained(entry)) } };
        shell.page(CODES, frame(shell, Some(&code), body))
    }))
}

/// The address of a code's page for a phone's camera, where the room has a page for phones at all.
pub(super) async fn picture(
    State(face): State<Face>,
    Path(code): Path<String>,
) -> Result<Response, Refusal> {
    known(&code)?;
    let lan = face.shared.config.lan.as_ref();
    let lan = lan.ok_or(ErrorCode::NotFound)?;
    let picture = qr(&address(&lan.url, &code)).into_string();
    let kind = [(header::CONTENT_TYPE, "image/svg+xml")];
    Ok((kind, picture).into_response())
}

/// Where a code's page is for whoever is not at the room's own browser.
fn address(url: &str, code: &str) -> String {
    format!("{}/codes/{code}", url.trim_end_matches('/'))
}

fn known(code: &str) -> Result<(), Refusal> {
    match Page::English.entry(code) {
        Some(_) => Ok(()),
        None => Err(ErrorCode::NotFound.into()),
    }
}

fn frame(shell: &Shell<'_>, code: Option<&str>, body: Markup) -> Markup {
    let other = match shell.lang.code() {
        "de" => "en",
        _ => "de",
    };
    let here = code.map_or_else(|| "/codes".to_owned(), |code| format!("/codes/{code}"));
    html! {
        header.bar {
            h1 { (shell.room) }
            div.tools {
                a.tool href={ (here) "?lang=" (other) } lang=(other) hreflang=(other) { (shell.texts.get("lang-other")) }
            }
        }
        main.single.codes {
            (body)
            nav.ways {
                a.back href="/panel" { (shell.texts.get("codes-back")) }
                @if code.is_some() { a.back href="/codes" { (shell.texts.get("codes-all")) } }
            }
        }
    }
}

fn explained(entry: &Entry) -> Markup {
    html! {
        article.card {
            p.fine { (entry.section) }
            h2 { code { (entry.code) } }
            (entry.html())
        }
    }
}

/// By the page's own headings.
fn list(page: Page) -> Markup {
    let entries: Vec<Entry> = page.entries().collect();
    html! {
        h2 { (page.title()) }
        @for part in entries.chunk_by(|one, next| one.section == next.section) {
            section.card {
                h3 { (part.first().map_or("", |entry| entry.section)) }
                dl {
                    @for entry in part {
                        dt { a href={ "/codes/" (entry.code) } { (entry.code) } }
                        dd { (entry.about.first().copied().unwrap_or_default()) }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phone_comes_to_the_page_of_the_very_code() {
        for url in ["https://saal2.example:8443", "https://saal2.example:8443/"] {
            assert_eq!(
                address(url, "mic-gone"),
                "https://saal2.example:8443/codes/mic-gone"
            );
        }
    }
}
