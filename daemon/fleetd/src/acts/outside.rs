//! Signing in by a provider: the way there, the way back, and who is let in. Each end of it is in the log of who did what, once it is known
//! to be the end of a sign-in that was begun here.

use super::{Done, to};
use crate::oidc::{BadToken, Identity, OidcError, Provider, Returned, Start, WireError};
use crate::pages;
use crate::people::{Comer, PeopleError};
use crate::web::{Ask, Refused, cookies};
use axum::http::{HeaderMap, HeaderValue, Uri, header};
use axum::response::{IntoResponse, Redirect, Response};
use texts::Language;

/// Comes back with the browser from another site, which the session's cookie does not.
const ON_THE_WAY: &str = "__Host-fleetd-oidc";
const WAY_S: u32 = 600;
const BACK: &str = "/sign-in/back";

/// Where providers send people back to.
pub(crate) fn redirect(ask: &Ask) -> String {
    format!("{}{BACK}", ask.fleet.base())
}

/// What the button to the provider is called, if there is one.
pub(super) async fn label(ask: &Ask) -> Result<Option<String>, Refused> {
    let provider = ask.fleet.oidc.provider(&ask.fleet.tenant).await?;
    Ok(provider.map(|provider| provider.label))
}

pub(super) async fn sign_in_page(ask: Ask) -> Done {
    let label = label(&ask).await?;
    Ok(pages::sign_in(&ask, label.as_deref(), None).into_response())
}

/// Nobody is sent to the provider by a link on somebody else's page, and nobody from a name to which they will not come back.
fn begins_here(ask: &Ask) -> bool {
    let text = |name: &str| ask.parts.headers.get(name)?.to_str().ok();
    let host = text("host").unwrap_or_default();
    let own = format!("https://{host}").eq_ignore_ascii_case(&ask.fleet.base());
    own && matches!(text("sec-fetch-site"), None | Some("same-origin" | "none"))
}

pub(super) async fn go(ask: Ask) -> Done {
    if !begins_here(&ask) {
        return Ok(to(&format!("{}/sign-in", ask.fleet.base())));
    }
    let (fleet, now_ms) = (&ask.fleet, ask.fleet.now_ms());
    let redirect = redirect(&ask);
    let begun = async {
        fleet
            .people
            .may_come(ask.from, now_ms)
            .map_err(PeopleError::from)?;
        let start = Start {
            from: ask.from,
            cookie: cookies(&ask.parts.headers, ON_THE_WAY).next(),
            language: ask.language.tag(),
            now_ms,
        };
        let begun = fleet.oidc.begin(&fleet.tenant, start, &redirect).await;
        begun.map_err(|error| said(&ask, error))
    };
    match begun.await {
        Ok(beginning) => {
            let cookie = format!(
                "{ON_THE_WAY}={}; Path=/; Max-Age={WAY_S}; Secure; HttpOnly; SameSite=Lax",
                beginning.cookie
            );
            let away = Redirect::to(beginning.url.as_str());
            Ok(([(header::SET_COOKIE, cookie)], away).into_response())
        }
        Err(refused) => failed(ask, refused).await,
    }
}

pub(super) async fn back(mut ask: Ask) -> Done {
    let come = come_back(&mut ask).await;
    // What the browser brought stands in no address that a page names.
    ask.parts.uri = Uri::from_static("/");
    match come {
        Ok(cookie) => Ok(arrived(&ask, &cookie)),
        Err(refused) => failed(ask, refused).await,
    }
}

async fn come_back(ask: &mut Ask) -> Result<String, Refused> {
    let fleet = std::sync::Arc::clone(&ask.fleet);
    let (tenant, now_ms) = (&fleet.tenant, fleet.now_ms());
    fleet
        .people
        .may_come(ask.from, now_ms)
        .map_err(PeopleError::from)?;
    let headers = ask.parts.headers.clone();
    let brought: Vec<&str> = cookies(&headers, ON_THE_WAY).collect();
    let field = |name| ask.field(name).to_owned();
    let (state, code, error, issuer) =
        (field("state"), field("code"), field("error"), field("iss"));
    let returned = Returned {
        state: &state,
        code: &code,
        error: &error,
        issuer: &issuer,
        cookies: &brought,
    };
    let come = fleet.oidc.come(tenant, returned, now_ms).await;
    let come = come.map_err(|error| said(ask, error))?;
    ask.language = Language::of_tag(come.language()).unwrap_or(ask.language);
    let redirect = redirect(ask);
    let redeemed = fleet
        .oidc
        .redeem(tenant, (come, returned), (&redirect, now_ms))
        .await;
    match redeemed {
        Ok((identity, provider)) => let_in(ask, &identity, &provider).await,
        Err(error) => {
            note_refusal(ask, "", &[("why", &why(&error)), ("by", "oidc")]).await?;
            Err(said(ask, error))
        }
    }
}

async fn let_in(ask: &Ask, identity: &Identity, provider: &Provider) -> Result<String, Refused> {
    let (fleet, tenant) = (&ask.fleet, &ask.fleet.tenant);
    let groups = identity.groups.as_deref().unwrap_or_default();
    let comer = Comer {
        issuer: identity.issuer.clone(),
        subject: identity.subject.clone(),
        shown: identity.shown.clone(),
        grants: provider.grants(groups),
    };
    let from = ask.from.to_string();
    let known = [
        ("by", "oidc"),
        ("issuer", &*identity.issuer),
        ("subject", &*identity.subject),
        ("shown", &*identity.shown),
    ];
    let come = fleet.people.come_in(tenant, &comer, fleet.now_ms()).await;
    match come {
        Ok((cookie, name)) => {
            let more = [known.as_slice(), &[("from", &from)]].concat();
            let who = name.as_str();
            fleet.note(tenant, (who, "signed-in", ""), &more).await?;
            Ok(cookie)
        }
        Err(PeopleError::Store(error)) => Err(error.into()),
        Err(error) => {
            let refused = match (&error, &identity.groups) {
                (PeopleError::Nothing, Err(crate::oidc::NoGroups::Missing)) => {
                    Refused::Wrong("oidc-groups-missing")
                }
                (PeopleError::Nothing, Err(crate::oidc::NoGroups::TooMany)) => {
                    Refused::Wrong("oidc-groups-many")
                }
                _ => Refused::from(error),
            };
            let more = [known.as_slice(), &[("why", refused.code())]].concat();
            note_refusal(ask, &identity.shown, &more).await?;
            Err(refused)
        }
    }
}

async fn note_refusal(ask: &Ask, who: &str, more: &[(&str, &str)]) -> Result<(), Refused> {
    let (fleet, from) = (&ask.fleet, ask.from.to_string());
    let more = [more, &[("from", &from)]].concat();
    let act = (who, "sign-in-refused", "");
    Ok(fleet.note(&fleet.tenant, act, &more).await?)
}

/// Why, in a word for the log of who did what.
fn why(error: &OidcError) -> String {
    match error {
        OidcError::Token(bad) => format!("token-{}", bad.word()),
        OidcError::Denied(word) => format!("denied-{word}"),
        OidcError::Wire(WireError::Code) => "code".to_owned(),
        OidcError::Wire(WireError::Client(_)) => "client".to_owned(),
        OidcError::Wire(_) => "provider".to_owned(),
        _ => "unknown".to_owned(),
    }
}

/// What people are told. What only the server's keeper can mend is in its log as a whole.
fn said(ask: &Ask, error: OidcError) -> Refused {
    let from = ask.from;
    // What the provider does wrong, or whoever reloads a page, brakes nobody.
    if matches!(error, OidcError::Unknown | OidcError::Wire(WireError::Code)) {
        ask.fleet.people.came_wrong(from, ask.fleet.now_ms());
    }
    match &error {
        OidcError::Wire(_) | OidcError::Token(_) => {
            tracing::warn!(%from, %error, "signing in by the provider failed");
        }
        _ => tracing::info!(%from, %error, "somebody was not signed in by the provider"),
    }
    error.into()
}

impl From<OidcError> for Refused {
    fn from(error: OidcError) -> Self {
        Refused::Wrong(match error {
            OidcError::Off => "oidc-off",
            OidcError::Full => return Refused::TooMany(60),
            OidcError::Unknown | OidcError::Spent | OidcError::OtherBrowser => "oidc-state",
            OidcError::Denied(_) => "oidc-denied",
            OidcError::Wire(WireError::Unreachable { .. }) => "oidc-unreachable",
            OidcError::Wire(WireError::Client(_)) => "oidc-client",
            OidcError::Wire(WireError::Code) => "oidc-code",
            OidcError::Wire(_) => "oidc-answer",
            OidcError::Token(BadToken::Expired | BadToken::Early) => "oidc-clock",
            OidcError::Token(_) => "oidc-token",
            OidcError::Provider(bad) => return Refused::Bad(bad.to_string()),
            OidcError::Store(error) => return error.into(),
        })
    }
}

/// The page to sign in on, which says what went wrong.
async fn failed(mut ask: Ask, refused: Refused) -> Done {
    ask.parts.uri = Uri::from_static("/sign-in");
    let label = label(&ask).await?;
    let page = pages::sign_in(&ask, label.as_deref(), Some(&refused));
    Ok((refused.status(), page).into_response())
}

/// A redirect would still be the other site's doing, and the session's cookie would stay behind: the page goes on by itself.
fn arrived(ask: &Ask, cookie: &str) -> Response {
    let mut headers = HeaderMap::new();
    let session = super::people::session_cookie(cookie);
    let spent = format!("{ON_THE_WAY}=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Lax");
    for cookie in [session, spent] {
        if let Ok(value) = HeaderValue::from_str(&cookie) {
            headers.append(header::SET_COOKIE, value);
        }
    }
    headers.insert(header::REFRESH, HeaderValue::from_static("0; url=/"));
    (headers, pages::arrived(ask)).into_response()
}
