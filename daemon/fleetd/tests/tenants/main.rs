//! Tenants of a service provider behind one port: whatever one of them has opens nothing of the other's, at any address of the table.
#![allow(clippy::unwrap_used, reason = "a test may end where it stands")]

#[path = "../common/mod.rs"]
mod common;

use common::{Browser, Rig, TENANTS, state, until};
use fleetd::people::{Right, Role, Token};
use fleetd::web::{Door, ROUTES, Route, Side, Way};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, StatusCode};
use rustls::pki_types::ServerName;
use std::sync::Arc;
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// Stands in every name of the first tenant, so that it is found wherever it comes out.
const MARK: &str = "geheim";

/// Somebody's means to be let in.
struct Means {
    what: &'static str,
    headers: HeaderMap,
}

fn means(what: &'static str, name: HeaderName, value: &str) -> Means {
    let mut headers = HeaderMap::new();
    headers.insert(name, HeaderValue::from_str(value).unwrap());
    Means { what, headers }
}

/// All that people and programs of a tenant have.
async fn all_of(rig: &Rig) -> Vec<Means> {
    let name = format!("{MARK}-chefin");
    let chief = rig.person(&name, Role::Admin, None).await;
    let cookie = format!("__Host-fleetd={}", chief.cookie.as_ref().unwrap());
    let token = Token {
        name: "alles".to_owned(),
        of: name,
        scopes: Right::ALL.to_vec(),
        until_ms: i64::MAX,
    };
    let (people, tenant) = (&rig.fleet.people, &rig.fleet.tenant);
    let token = people.make_token(tenant, &token).await.unwrap();
    let bearer = format!("Bearer {token}");
    vec![
        means(
            "an administrator's cookie",
            reqwest::header::COOKIE,
            &cookie,
        ),
        means("a program's token", reqwest::header::AUTHORIZATION, &bearer),
    ]
}

/// A path with parts that are the first tenant's.
fn path(route: &Route) -> String {
    let parts = route.path.split('/').map(|part| match part {
        "{name}" if route.path.starts_with("/assets") => "page.css".to_owned(),
        part if part.starts_with('{') => format!("{MARK}-saal"),
        part => part.to_owned(),
    });
    parts.collect::<Vec<_>>().join("/")
}

async fn asked(at: &Browser, route: &Route, means: &Means) -> (StatusCode, String) {
    let method = match route.way {
        Way::Get => Method::GET,
        Way::Post => Method::POST,
        Way::Put => Method::PUT,
        Way::Delete => Method::DELETE,
    };
    let request = at
        .request(method, &path(route))
        .headers(means.headers.clone())
        .header("origin", &at.base)
        .header("sec-fetch-site", "same-origin")
        .header("content-type", "application/x-www-form-urlencoded");
    let answer = request.send().await.unwrap();
    let status = answer.status();
    (status, answer.text().await.unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn at_every_address_what_one_tenant_has_opens_nothing_of_the_others() {
    let [one, other] = Rig::tenants().await;
    let room = one.room(&format!("{MARK}-saal"), "nord").await;
    let mut line = room.line().await;
    line.say(&state(1, &["mic-gone"])).await;
    until("the first tenant sees its room", async || {
        let card = one
            .fleet
            .roster
            .card(&one.fleet.tenant, &room.id.parse().unwrap());
        card.is_some_and(|card| card.seen.state.is_some())
    })
    .await;
    let all = all_of(&one).await;
    let own = one.stranger();
    for means in &all {
        let (status, _) = asked(&own, route("/api/v1/rooms"), means).await;
        assert_eq!(status, StatusCode::OK, "{} opens its own", means.what);
    }

    let theirs = other.stranger();
    let nobody = Means {
        what: "nothing",
        headers: HeaderMap::new(),
    };
    for route in ROUTES {
        // What a stranger sees there is what everybody of another tenant sees.
        let (bare, _) = asked(&theirs, route, &nobody).await;
        for means in &all {
            let (status, text) = asked(&theirs, route, means).await;
            assert_eq!(status, bare, "{} at {route:?}", means.what);
            assert!(!text.contains(MARK), "{} at {route:?}: {text}", means.what);
            let open = route.door == Door::Anyone;
            assert!(open || !status.is_success(), "{} at {route:?}", means.what);
        }
    }
    assert_eq!(other.fleet.roster.count(&other.fleet.tenant), 0);
}

fn route(path: &str) -> &'static Route {
    let found = ROUTES
        .iter()
        .find(|route| route.path == path && route.way == Way::Get);
    found.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rooms_certificate_is_good_at_its_own_tenant_alone() {
    let [one, other] = Rig::tenants().await;
    let room = one.room("saal-1", "nord").await;
    assert!(room.socket(one.at).await.is_ok());

    // With the first tenant's key, and with trust in the other's certificate, so that only the other's judgement counts.
    let mut stranger = other.room("saal-9", "nord").await;
    let trusted = stranger.papers.as_ref().unwrap().authority_pem.clone();
    stranger.papers = room.papers.clone().map(|papers| fleet_proto::Approved {
        authority_pem: trusted,
        ..papers
    });
    let tls = stranger.tls_with(&room);
    let tcp = TcpStream::connect(other.at).await.unwrap();
    let name = ServerName::try_from(TENANTS[1]).unwrap();
    let connected = TlsConnector::from(Arc::new(tls)).connect(name, tcp).await;
    // In TLS 1.3 the refusal comes after the client thinks that it is in.
    let refused = match connected {
        Err(_) => true,
        Ok(mut stream) => stream.read_u8().await.is_err(),
    };
    assert!(
        refused,
        "the other tenant's server takes no certificate that it did not sign"
    );
    assert_eq!(other.fleet.hub.count(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_calls_one_tenant_and_asks_for_another_or_calls_nobody_gets_nothing() {
    let [one, other] = Rig::tenants().await;
    let chief = one.person("chefin", Role::Admin, None).await;
    let host = other.base().replace("https://", "");
    for (path, side) in [("/", Side::Page), ("/api/v1/rooms", Side::Api)] {
        let fronted = chief.request(Method::GET, path).header("host", &host);
        let status = fronted.send().await.unwrap().status();
        assert_eq!(status, StatusCode::FORBIDDEN, "{side:?}");
    }
    let by_address = Browser::with(&format!("https://{}", one.at), None);
    let asked = by_address.request(Method::GET, "/sign-in").send().await;
    assert!(asked.is_err(), "an address is no tenant's");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_tenants_authority_and_store_are_its_own() {
    let [one, other] = Rig::tenants().await;
    assert_ne!(one.fleet.authority.ca_pem(), other.fleet.authority.ca_pem());
    let room = one.room(&format!("{MARK}-saal"), "nord").await;
    let _line = room.line().await;
    one.person(&format!("{MARK}-person"), Role::Viewer, None)
        .await;
    let written = |rig: &Rig| {
        let files = std::fs::read_dir(rig.folder.path()).unwrap();
        files
            .map(|file| std::fs::read(file.unwrap().path()).unwrap())
            .any(|bytes| {
                bytes
                    .windows(MARK.len())
                    .any(|part| part == MARK.as_bytes())
            })
    };
    assert!(written(&one) && !written(&other));
}
