//! The page of a machine that has no room yet: what it says, the invitation to a phone, and the wish of a person at the display
//! to set it up that way. Opens no listener: whoever commissions serves the page, and tells this one to show where.

use super::api::read;
use super::gate::{Face, Refusal};
use super::texts::{Lang, texts};
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::StatusCode;
use maud::{Markup, html};
use qrcodegen::{QrCode, QrCodeEcc};
use room_api::{ErrorCode, InvitationAnswer, InvitationRequest};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

const BODY_LIMIT: usize = 4096;
/// Whoever serves the page says so each two seconds.
const SHOWN: Duration = Duration::from_secs(8);
/// From a press at the display until the page is served: the start of one program.
const BEGINS: Duration = Duration::from_secs(15);

/// A machine without a room.
#[derive(Debug, Clone)]
pub struct Setup {
    /// Its code, empty where it has none.
    pub code: String,
    /// The file by which the system learns that a person at the display wants to set it up from a phone.
    pub wish: PathBuf,
}

/// What is going on at a machine without a room.
#[derive(Debug, Default)]
pub(super) struct Invitations(Mutex<Going>);

#[derive(Debug, Default)]
struct Going {
    invited: Option<(InvitationRequest, Instant)>,
    wished: Option<Instant>,
}

/// What the page shows of it.
enum Now {
    Nothing,
    Begins,
    Invited(InvitationRequest),
}

impl Invitations {
    fn now(&self) -> Now {
        let going = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match (&going.invited, going.wished) {
            (Some((invitation, at)), _) if at.elapsed() < SHOWN => Now::Invited(invitation.clone()),
            (_, Some(at)) if at.elapsed() < BEGINS => Now::Begins,
            _ => Now::Nothing,
        }
    }

    fn change(&self, change: impl FnOnce(&mut Going)) {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

/// Shows an invitation for some seconds.
pub(super) async fn invite(
    State(face): State<Face>,
    body: Body,
) -> Result<Json<InvitationAnswer>, Refusal> {
    let invitation: InvitationRequest = read(body, BODY_LIMIT).await?;
    let shown = face.shared.config.setup.is_some();
    if shown {
        let at = Instant::now();
        let invitations = &face.shared.invitations;
        invitations.change(|going| going.invited = Some((invitation, at)));
    }
    Ok(Json(InvitationAnswer { shown }))
}

/// Somebody at the display wants to set this machine up from a phone.
pub(super) async fn begin(State(face): State<Face>) -> Result<StatusCode, Refusal> {
    let setup = face.shared.config.setup.as_ref();
    let setup = setup.ok_or(ErrorCode::NotFound)?;
    if let Err(error) = std::fs::write(&setup.wish, "") {
        tracing::warn!(%error, wish = %setup.wish.display(), "the wish to set up the room cannot be passed on");
        return Err(ErrorCode::NotAnswered.into());
    }
    let at = Instant::now();
    face.shared
        .invitations
        .change(|going| going.wished = Some(at));
    Ok(StatusCode::ACCEPTED)
}

/// Nobody has chosen a language yet, so both are there.
pub(super) fn body(setup: &Setup, invitations: &Invitations) -> Markup {
    let now = invitations.now();
    html! {
        main #setup.setup {
            @if let Now::Invited(invitation) = &now { (qr(&invitation.url)) }
            div.both {
                @for lang in [Lang::De, Lang::En] {
                    section lang=(lang.code()) { (section(lang, &now)) }
                }
                @if !setup.code.is_empty() {
                    p.kit {
                        span lang="de" { (texts(Lang::De).get("setup-code")) } " · "
                        span lang="en" { (texts(Lang::En).get("setup-code")) } ": "
                        strong { (setup.code) }
                    }
                }
            }
        }
    }
}

fn section(lang: Lang, now: &Now) -> Markup {
    let texts = texts(lang);
    html! {
        h1 { (texts.get("setup-title")) }
        @match now {
            Now::Nothing => {
                button type="button" data-begin autofocus[lang == Lang::De] { (texts.get("setup-phone")) }
                p { (texts.get("setup-do")) }
            },
            Now::Begins => p role="status" { (texts.get("setup-begins")) },
            Now::Invited(invitation) => {
                p { (texts.get("setup-open")) " " strong.url { (invitation.url) } }
                @match &invitation.code {
                    Some(code) => p { (texts.get("setup-pair")) " " strong.digits { (spaced(code.reveal())) } },
                    None => p role="status" { (texts.get("setup-locked")) },
                }
            },
        }
    }
}

/// Six digits are read in two halves.
fn spaced(code: &str) -> String {
    match code.split_at_checked(3) {
        Some((first, rest)) => format!("{first} {rest}"),
        None => code.to_owned(),
    }
}

/// The address for a phone's camera: dark on light whatever the page's colours, with the margin of four that readers need
/// (ISO/IEC 18004).
pub(super) fn qr(url: &str) -> Markup {
    let Ok(code) = QrCode::encode_text(url, QrCodeEcc::Medium) else {
        return html! {};
    };
    let size = code.size();
    let dark = |x: i32, y: i32| code.get_module(x, y).then(|| format!("M{x} {y}h1v1h-1z"));
    let cells = (0..size).flat_map(|y| (0..size).map(move |x| (x, y)));
    let path: String = cells.filter_map(|(x, y)| dark(x, y)).collect();
    let whole = size + 8;
    html! {
        svg.qr xmlns="http://www.w3.org/2000/svg" viewBox=(format!("-4 -4 {whole} {whole}")) aria-hidden="true" shape-rendering="crispEdges" {
            rect x="-4" y="-4" width=(whole) height=(whole) fill="#fff" {}
            path d=(path) fill="#000" {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use room_api::Private;

    fn page(invitations: &Invitations) -> String {
        let setup = Setup {
            code: "654321".to_owned(),
            wish: PathBuf::new(),
        };
        body(&setup, invitations).into_string()
    }

    #[tokio::test(start_paused = true)]
    async fn an_invitation_is_shown_and_gone_with_whoever_serves_the_page() {
        let invitations = Invitations::default();
        assert!(page(&invitations).contains("data-begin"));
        let invitation = InvitationRequest {
            url: "https://192.0.2.7:8443/".to_owned(),
            code: Some(Private::new("123456")),
        };
        let at = Instant::now();
        invitations.change(|going| going.invited = Some((invitation, at)));
        let shown = page(&invitations);
        for part in [
            "https://192.0.2.7:8443/",
            "123 456",
            "654321",
            "class=\"qr\"",
        ] {
            assert!(shown.contains(part), "{part}: {shown}");
        }
        tokio::time::advance(SHOWN).await;
        assert!(!page(&invitations).contains("123 456"));
    }

    #[tokio::test(start_paused = true)]
    async fn a_wish_that_nobody_hears_can_be_said_again() {
        let invitations = Invitations::default();
        let at = Instant::now();
        invitations.change(|going| going.wished = Some(at));
        assert!(!page(&invitations).contains("data-begin"));
        tokio::time::advance(BEGINS).await;
        assert!(page(&invitations).contains("data-begin"));
    }
}
