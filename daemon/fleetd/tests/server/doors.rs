//! Every address of the table, asked by everybody, over the wire.

use crate::common::{Browser, Rig};
use fleetd::people::Role;
use fleetd::web::{Door, ROUTES, Route, Side, Way};
use reqwest::{Method, StatusCode};

fn method(way: Way) -> Method {
    match way {
        Way::Get => Method::GET,
        Way::Post => Method::POST,
        Way::Put => Method::PUT,
        Way::Delete => Method::DELETE,
    }
}

/// A path with parts that are nobody's.
fn path(route: &Route) -> String {
    let parts = route.path.split('/').map(|part| match part {
        "{name}" if route.path.starts_with("/assets") => "page.css",
        part if part.starts_with('{') => "nobodys",
        part => part,
    });
    parts.collect::<Vec<_>>().join("/")
}

async fn asked(who: &Browser, route: &Route, token: &str) -> StatusCode {
    let request = who
        .request(method(route.way), &path(route))
        .header("origin", &who.base)
        .header("sec-fetch-site", "same-origin")
        .header("content-type", "application/x-www-form-urlencoded");
    let request = match route.way {
        Way::Get => request,
        _ => request.body(format!("token={token}")),
    };
    request.send().await.unwrap().status()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_address_opens_to_those_of_its_door_only() {
    let rig = Rig::start().await;
    let stranger = rig.stranger();
    let mut people = Vec::new();
    for role in Role::ALL {
        let person = rig.person(role.word(), role, None).await;
        let token = person.token().await;
        people.push((role, person, token));
    }
    for route in ROUTES {
        let open = route.door == Door::Anyone;
        let status = asked(&stranger, route, "").await;
        let shut = match route.side {
            Side::Page => StatusCode::SEE_OTHER,
            Side::Api => StatusCode::UNAUTHORIZED,
            Side::Room => StatusCode::FORBIDDEN,
        };
        match route.side == Side::Page && open {
            true => assert_ne!(status, StatusCode::UNAUTHORIZED, "{route:?}"),
            false => assert_eq!(status == shut, !open, "{route:?}: {status}"),
        }
        let Door::Person(right) = route.door else {
            continue;
        };
        // A cookie changes nothing through the API; tokens have a test of their own.
        if matches!(route.path, "/events") || route.side == Side::Api && route.way != Way::Get {
            continue;
        }
        for (role, person, token) in &people {
            let status = asked(person, route, token).await;
            let may = role.rights().contains(&right);
            assert_eq!(
                status == StatusCode::FORBIDDEN,
                !may,
                "{role:?} {route:?}: {status}"
            );
        }
    }
}

#[tokio::test]
async fn another_sites_page_and_another_name_reach_nothing() {
    let rig = Rig::start().await;
    let anna = rig.person("anna", Role::Admin, None).await;
    let token = anna.token().await;
    let post = |origin: Option<&str>, site: Option<&str>| {
        let mut post = anna.request(Method::POST, "/people/anna/close");
        for (name, value) in [("origin", origin), ("sec-fetch-site", site)] {
            if let Some(value) = value {
                post = post.header(name, value);
            }
        }
        post.header("content-type", "application/x-www-form-urlencoded")
            .body(format!("token={token}&closed=yes"))
    };
    for (origin, site) in [
        (None, None),
        (Some("null"), None),
        (Some("https://evil.example"), None),
        (None, Some("cross-site")),
        (None, Some("same-site")),
    ] {
        let status = post(origin, site).send().await.unwrap().status();
        assert_eq!(status, StatusCode::FORBIDDEN, "{origin:?} {site:?}");
    }
    let renamed = anna
        .request(Method::GET, "/")
        .header("host", "evil.example");
    assert_eq!(
        renamed.send().await.unwrap().status(),
        StatusCode::FORBIDDEN
    );
    let forged = anna.post("/people/anna/close", &[("token", "00"), ("closed", "yes")]);
    assert_eq!(
        forged.await.status(),
        StatusCode::CONFLICT,
        "without the form's token"
    );
    assert_eq!(anna.get("/").await.status(), StatusCode::OK);
}

#[tokio::test]
async fn every_answer_carries_the_strict_headers() {
    let rig = Rig::start().await;
    let anna = rig.person("anna", Role::Admin, None).await;
    for path in [
        "/",
        "/rooms",
        "/sign-in",
        "/assets/page.js",
        "/nowhere",
        "/rooms/nobodys",
        "/api/v1/rooms",
    ] {
        let answer = anna.get(path).await;
        let policy = answer.headers()["content-security-policy"]
            .to_str()
            .unwrap();
        assert!(policy.starts_with("default-src 'none'"), "{path}");
        assert!(!policy.contains("unsafe"), "{path}");
        assert_eq!(answer.headers()["cache-control"], "no-store", "{path}");
        assert_eq!(answer.headers()["x-frame-options"], "DENY", "{path}");
    }
}
