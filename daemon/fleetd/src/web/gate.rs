//! Before every act: whose page a request comes from, who asks, in which language, and whether the door opens. Draws nothing.
//!
//! Invariant: a request that another site's page sent, or whose host is not this server's, reaches no act.

use super::ask::{Ask, Who};
use super::refused::Refused;
use super::routes::{ROUTES, Route, Side, Way};
use crate::acts;
use crate::authority::peer_of;
use crate::fleet::Fleet;
use crate::secrets::same;
use axum::Router;
use axum::body::{Bytes, to_bytes};
use axum::extract::{ConnectInfo, FromRequestParts, RawPathParams, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{MethodFilter, on};
use http_listen::PeerCertificate;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use texts::Language;

/// Sent by browsers to this host's pages only, and never in the clear: the prefix makes them hold that.
pub const COOKIE: &str = "__Host-fleetd";
pub(crate) const LANGUAGE: &str = "__Host-fleetd-language";

const CSP: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
    base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// Texts of settings and certificate requests are the longest.
const LONGEST_BODY: usize = 256 << 10;
const LONGEST_UPLOAD: usize = 16 << 20;

/// The whole table as a service.
pub fn router(fleet: Arc<Fleet>) -> Router {
    let mut router = Router::new();
    for route in ROUTES {
        let filter = match route.way {
            Way::Get => MethodFilter::GET,
            Way::Post => MethodFilter::POST,
            Way::Put => MethodFilter::PUT,
            Way::Delete => MethodFilter::DELETE,
        };
        let fleet = Arc::clone(&fleet);
        let handler = move |request: Request| serve(route, Arc::clone(&fleet), request);
        router = router.route(route.path, on(filter, handler));
    }
    router.fallback(async || {
        let mut response = StatusCode::NOT_FOUND.into_response();
        http_listen::keep_to_itself(response.headers_mut(), CSP);
        response
    })
}

async fn serve(route: &'static Route, fleet: Arc<Fleet>, request: Request) -> Response {
    let (mut parts, body) = request.into_parts();
    let limit = match route.side == Side::Room && route.way == Way::Put {
        true => LONGEST_UPLOAD,
        false => LONGEST_BODY,
    };
    let language = language(&parts.headers);
    let passed = async {
        let who = pass(route, &fleet, &parts).await?;
        let path = RawPathParams::from_request_parts(&mut parts, &())
            .await
            .map_err(|_| Refused::NotFound)?;
        let path = path.iter().map(|(k, v)| (k.to_owned(), v.to_owned()));
        let path = path.collect();
        // Only those whom the door lets through may send a body.
        let body = to_bytes(body, limit).await;
        let body = body.map_err(|_| Refused::TooLarge)?;
        let fields = fields(&parts, &body);
        Ok(Ask {
            from: address(&parts),
            fleet: Arc::clone(&fleet),
            who,
            language,
            parts,
            body,
            path,
            fields,
        })
    };
    let answered = match passed.await {
        Ok(ask) => acts::act(route, ask).await,
        Err(refused) => Err(refused),
    };
    let mut response = match answered {
        Ok(response) => response,
        Err(refused) => refuse(route, language, &refused),
    };
    let headers = response.headers_mut();
    // Without a referrer browsers would say `null` as the origin of this server's own forms (Fetch, "append a request Origin header").
    headers.insert(
        header::REFERRER_POLICY,
        HeaderValue::from_static("same-origin"),
    );
    http_listen::keep_to_itself(headers, CSP);
    response
}

/// Who asks, if the door opens for them.
async fn pass(route: &Route, fleet: &Fleet, parts: &Parts) -> Result<Who, Refused> {
    let headers = &parts.headers;
    if route.side != Side::Room
        && !(http_listen::known_host(&fleet.names, headers) && of_own_pages(route, headers))
    {
        return Err(Refused::Elsewhere);
    }
    let who = who(route, fleet, parts).await?;
    route.door.open(&who)?;
    Ok(who)
}

async fn who(route: &Route, fleet: &Fleet, parts: &Parts) -> Result<Who, Refused> {
    let now_ms = fleet.now_ms();
    match route.side {
        Side::Room => {
            let shown = parts.extensions.get::<PeerCertificate>();
            let peer = shown.and_then(|shown| peer_of(&shown.0));
            let Some(peer) = peer else {
                return Ok(Who::Nobody);
            };
            let whose = (peer.tenant.clone(), peer.room.clone());
            Ok(match fleet.welcomes(&whose, &peer.serial).await? {
                true => Who::Room(peer),
                false => Who::Nobody,
            })
        }
        Side::Api if bearer(&parts.headers).is_some() => {
            let word = bearer(&parts.headers).unwrap_or_default();
            let caller = fleet.people.bearer(&fleet.tenant, word, now_ms).await?;
            Ok(caller.map_or(Who::Nobody, Who::Program))
        }
        // A page's cookie may look through the API, too; what changes something wants a token.
        Side::Api if route.way != Way::Get => Ok(Who::Nobody),
        Side::Api | Side::Page => {
            for cookie in cookies(&parts.headers, COOKIE) {
                let found = fleet.people.session(&fleet.tenant, cookie, now_ms).await?;
                if let Some(session) = found {
                    return Ok(Who::Person(session));
                }
            }
            Ok(Who::Nobody)
        }
    }
}

/// The word after `Authorization: Bearer`.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    value.strip_prefix("Bearer ")
}

/// Each value of a cookie of this name.
pub(crate) fn cookies<'a>(
    headers: &'a HeaderMap,
    wanted: &'static str,
) -> impl Iterator<Item = &'a str> {
    let lines = headers.get_all(header::COOKIE).into_iter();
    lines
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(move |(name, _)| *name == wanted)
        .map(|(_, value)| value)
}

/// The form of a person who is signed in carries their token.
pub(crate) fn of_own_form(ask: &Ask) -> Result<(), Refused> {
    let (sent, own) = (ask.field("token"), ask.form_token());
    match !own.is_empty() && same(sent.as_bytes(), own.as_bytes()) {
        true => Ok(()),
        false => Err(Refused::Stale),
    }
}

fn language(headers: &HeaderMap) -> Language {
    let chosen = cookies(headers, LANGUAGE).find_map(Language::of_tag);
    let prefers = || {
        let header = headers.get(header::ACCEPT_LANGUAGE)?.to_str().ok()?;
        Language::accepted(header)
    };
    chosen.or_else(prefers).unwrap_or(Language::De)
}

fn address(parts: &Parts) -> IpAddr {
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
    peer.map_or(Ipv4Addr::UNSPECIFIED.into(), |peer| peer.0.ip())
}

fn fields(parts: &Parts, body: &Bytes) -> Vec<(String, String)> {
    let form = parts.headers.get(header::CONTENT_TYPE).is_some_and(|kind| {
        kind.as_bytes()
            .starts_with(b"application/x-www-form-urlencoded")
    });
    let body = if form { body.as_ref() } else { b"" };
    let query = parts.uri.query().unwrap_or_default().as_bytes();
    url::form_urlencoded::parse(body)
        .chain(url::form_urlencoded::parse(query))
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect()
}

/// Opening a page by a link from elsewhere is no harm; whatever changes something comes from a page of this host. Programs with a
/// token are no pages.
fn of_own_pages(route: &Route, headers: &HeaderMap) -> bool {
    if route.side == Side::Api && bearer(headers).is_some() {
        return true;
    }
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let host = text(header::HOST).unwrap_or_default();
    let origin = text(header::ORIGIN);
    let own_origin =
        origin.is_none_or(|origin| origin.strip_prefix("https://").is_some_and(|o| o == host));
    let site = text(HeaderName::from_static("sec-fetch-site"));
    let own_site = matches!(site, None | Some("same-origin" | "none"));
    let opens_page = route.way == Way::Get
        && text(HeaderName::from_static("sec-fetch-mode")) == Some("navigate")
        && text(HeaderName::from_static("sec-fetch-dest")) == Some("document");
    match route.way {
        Way::Get => own_origin && (own_site || opens_page),
        _ => own_site && own_origin && (origin.is_some() || site.is_some()),
    }
}

fn refuse(route: &Route, language: Language, refused: &Refused) -> Response {
    let status = refused.status();
    match (route.side, refused) {
        (Side::Page, Refused::SignIn) => Redirect::to("/sign-in").into_response(),
        (Side::Page, _) => (status, crate::pages::refused(language, refused)).into_response(),
        (Side::Api | Side::Room, _) => {
            let more = match refused {
                Refused::Bad(more) => Some(more),
                _ => None,
            };
            let said = serde_json::json!({ "error": refused.code(), "more": more });
            let mut response = (status, axum::Json(said)).into_response();
            if let Refused::TooMany(seconds) = refused {
                response
                    .headers_mut()
                    .insert(header::RETRY_AFTER, (*seconds).into());
            }
            response
        }
    }
}
