//! Sources against a real Radicale and against servers of our own that know other manners.

use std::sync::{
    Mutex,
    atomic::{AtomicUsize, Ordering},
};

use axum::{
    Router,
    body::Body,
    extract::Request,
    http::{HeaderMap, Response, StatusCode},
    routing::any,
};

use super::{caldav::Way, test_servers::*, *};

/// Monday 2026-01-05, 07:00 UTC.
const NOW: UnixMs = UnixMs(1_767_596_400_000);

fn titles(fetched: &Fetched) -> Vec<String> {
    let Fetched::Changed { calendar, .. } = fetched else {
        panic!("nothing changed");
    };
    let mut titles: Vec<String> = calendar
        .events
        .iter()
        .map(|e| e.title.reveal().to_owned())
        .collect();
    titles.sort();
    titles
}

async fn fetch(fetcher: &mut Fetcher, now: UnixMs) -> Result<Fetched, SourceError> {
    let fetched = fetcher.fetch(now).await?;
    if let Fetched::Changed { memory, .. } = &fetched {
        fetcher.accept(memory);
    }
    Ok(fetched)
}

fn way(fetcher: &Fetcher) -> Way {
    match &fetcher.kind {
        Kind::CalDav(dav) => dav.way(),
        _ => panic!("no CalDAV"),
    }
}

fn link(url: String, login: Option<Login>) -> Place {
    Place::Url {
        link: Link::new(url),
        login,
        limits: HttpLimits::default(),
    }
}

async fn error_of(place: &Place) -> SourceError {
    read_once(place, NOW).await.expect_err("an error")
}

#[tokio::test]
async fn a_calendar_is_found_from_every_address_of_an_account() {
    let Some(server) = Radicale::start() else {
        return;
    };
    server.make_calendar("raum", "VEVENT").await;
    server.make_calendar("aufgaben", "VTODO").await;
    server
        .put("raum/a.ics", &event("a", "20260105T080000Z", ""))
        .await;
    for path in [
        "",
        "raum12/",
        "raum12/raum/",
        ".well-known/caldav",
        "no/such/place/",
    ] {
        let mut fetcher = Fetcher::new(&server.place(path, PASSWORD, &[]), None).expect("a source");
        let fetched = fetch(&mut fetcher, NOW)
            .await
            .unwrap_or_else(|error| panic!("{path}: {error}"));
        assert_eq!(titles(&fetched), ["a"], "{path}");
    }
}

#[tokio::test]
async fn only_the_chosen_calendars_are_read() {
    let Some(server) = Radicale::start() else {
        return;
    };
    for name in ["eins", "zwei"] {
        server.make_calendar(name, "VEVENT").await;
        server
            .put(
                &format!("{name}/x.ics"),
                &event(name, "20260105T080000Z", ""),
            )
            .await;
    }
    for (only, want) in [
        (vec![], vec!["eins", "zwei"]),
        (vec!["zwei"], vec!["zwei"]),
        (vec!["Kalender eins"], vec!["eins"]),
    ] {
        let mut fetcher = Fetcher::new(&server.place("", PASSWORD, &only), None).expect("a source");
        assert_eq!(
            titles(&fetch(&mut fetcher, NOW).await.expect("a calendar")),
            want
        );
    }
    assert_eq!(
        error_of(&server.place("", PASSWORD, &["drei"])).await,
        SourceError::NoCalendar
    );
}

#[tokio::test]
async fn only_what_changed_is_asked_for_also_after_a_deletion_and_a_restart() {
    let Some(server) = Radicale::start() else {
        return;
    };
    server.make_calendar("raum", "VEVENT").await;
    server
        .put("raum/a.ics", &event("a", "20260105T080000Z", ""))
        .await;
    server
        .put(
            "raum/b.ics",
            &event("b", "20260106T080000Z", "RRULE:FREQ=WEEKLY\r\n"),
        )
        .await;
    let place = server.place("", PASSWORD, &[]);
    let mut fetcher = Fetcher::new(&place, None).expect("a source");
    assert_eq!(
        titles(&fetch(&mut fetcher, NOW).await.expect("a calendar")),
        ["a", "b"]
    );
    assert_eq!(way(&fetcher), Way::Whole);
    assert!(matches!(
        fetch(&mut fetcher, NOW).await,
        Ok(Fetched::Unchanged)
    ));

    server.delete("raum/a.ics").await;
    let fetched = fetch(&mut fetcher, NOW).await.expect("a calendar");
    assert_eq!(
        (titles(&fetched), way(&fetcher)),
        (vec!["b".to_owned()], Way::Delta)
    );

    server
        .put("raum/c.ics", &event("c", "20260107T080000Z", ""))
        .await;
    let fetched = fetch(&mut fetcher, NOW).await.expect("a calendar");
    assert_eq!(
        (titles(&fetched), way(&fetcher)),
        (vec!["b".to_owned(), "c".to_owned()], Way::Delta)
    );

    let Fetched::Changed { memory, .. } = &fetched else {
        panic!("nothing changed")
    };
    let text = serde_json::to_string(memory.as_ref()).expect("JSON");
    let memory: Memory = serde_json::from_str(&text).expect("a memory");
    let mut restarted = Fetcher::new(&place, Some(&memory)).expect("a source");
    assert!(matches!(
        fetch(&mut restarted, NOW).await,
        Ok(Fetched::Unchanged)
    ));

    let tomorrow = NOW.plus(UnixMs::DAY);
    fetch(&mut restarted, tomorrow).await.expect("a calendar");
    assert_eq!(way(&restarted), Way::Whole, "the span moves on once a day");
}

#[tokio::test]
async fn items_far_from_the_window_are_not_fetched() {
    let Some(server) = Radicale::start() else {
        return;
    };
    server.make_calendar("raum", "VEVENT").await;
    server
        .put("raum/old.ics", &event("old", "20200105T080000Z", ""))
        .await;
    server
        .put("raum/far.ics", &event("far", "20270105T080000Z", ""))
        .await;
    server
        .put(
            "raum/series.ics",
            &event("series", "20200106T080000Z", "RRULE:FREQ=WEEKLY\r\n"),
        )
        .await;
    let mut fetcher = Fetcher::new(&server.place("", PASSWORD, &[]), None).expect("a source");
    assert_eq!(
        titles(&fetch(&mut fetcher, NOW).await.expect("a calendar")),
        ["series"]
    );
}

#[tokio::test]
async fn a_wrong_password_is_named_and_waits_for_people() {
    let Some(server) = Radicale::start() else {
        return;
    };
    server.make_calendar("raum", "VEVENT").await;
    let error = error_of(&server.place("", "falsch", &[])).await;
    assert_eq!(error, SourceError::Denied { status: 401 });
    assert!(error.needs_people());
}

#[tokio::test]
async fn a_server_that_is_gone_is_named() {
    let Some(mut server) = Radicale::start() else {
        return;
    };
    let place = server.place("", PASSWORD, &[]);
    server.stop();
    assert_eq!(
        error_of(&place).await,
        SourceError::Unreachable {
            host: "127.0.0.1".into()
        }
    );
}

const CALENDAR: &str = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:u\r\nSUMMARY:u\r\nDTSTART:20260105T080000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

fn answer(status: u16, headers: &[(&str, &str)], body: impl Into<Body>) -> Response<Body> {
    let mut builder = Response::builder().status(status);
    for (name, value) in headers {
        builder = builder.header(*name, *value);
    }
    builder.body(body.into()).expect("an answer")
}

fn said<'h>(headers: &'h HeaderMap, name: &str) -> &'h str {
    headers
        .get(name)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
}

#[tokio::test]
async fn a_link_is_read_again_only_when_it_has_changed() {
    let sent = Arc::new(AtomicUsize::new(0));
    let counter = sent.clone();
    let router = Router::new().fallback(any(move |headers: HeaderMap| async move {
        if said(&headers, "if-none-match") == "\"1\""
            && !said(&headers, "if-modified-since").is_empty()
        {
            return answer(304, &[], "");
        }
        counter.fetch_add(1, Ordering::SeqCst);
        answer(
            200,
            &[
                ("etag", "\"1\""),
                ("last-modified", "Mon, 05 Jan 2026 06:00:00 GMT"),
            ],
            CALENDAR,
        )
    }));
    let place = link(format!("{}room.ics", serve(router).await), None);
    let mut fetcher = Fetcher::new(&place, None).expect("a source");
    assert_eq!(
        titles(&fetch(&mut fetcher, NOW).await.expect("a calendar")),
        ["u"]
    );
    assert!(matches!(
        fetch(&mut fetcher, NOW).await,
        Ok(Fetched::Unchanged)
    ));
    assert_eq!(sent.load(Ordering::SeqCst), 1);
    assert!(
        fetcher.clock_offset_ms().is_some(),
        "the server's Date tells how far the clocks are apart"
    );
}

#[tokio::test]
async fn what_is_no_calendar_is_refused_and_not_remembered() {
    let router = Router::new().fallback(any(|headers: HeaderMap| async move {
        assert_eq!(
            said(&headers, "if-none-match"),
            "",
            "the etag of a log-in page was remembered"
        );
        answer(
            200,
            &[("etag", "\"login\"")],
            "<!DOCTYPE html><html>Bitte anmelden</html>",
        )
    }));
    let place = link(serve(router).await, None);
    let mut fetcher = Fetcher::new(&place, None).expect("a source");
    for _ in 0..2 {
        let error = fetch(&mut fetcher, NOW).await.err().expect("an error");
        assert_eq!(
            error.sentence().en,
            "The calendar address does not deliver a calendar."
        );
    }
}

#[tokio::test]
async fn an_endless_answer_is_cut_off_and_a_silent_server_given_up() {
    let endless = || async {
        let chunks =
            futures_util::stream::repeat_with(|| Ok::<_, std::io::Error>(vec![b'X'; 65_536]));
        answer(200, &[], Body::from_stream(chunks))
    };
    let place = link(serve(Router::new().fallback(any(endless))).await, None);
    assert_eq!(
        error_of(&place).await,
        SourceError::TooLarge {
            limit: crate::parse::MAX_TEXT_BYTES
        }
    );

    let silent = Router::new().fallback(any(|| async {
        std::future::pending::<()>().await;
        StatusCode::OK
    }));
    let limits = HttpLimits {
        timeout: Duration::from_millis(200),
        ..HttpLimits::default()
    };
    let place = Place::Url {
        link: Link::new(serve(silent).await),
        login: None,
        limits,
    };
    assert_eq!(
        error_of(&place).await,
        SourceError::TimedOut {
            host: "127.0.0.1".into()
        }
    );
}

#[tokio::test]
async fn a_server_s_own_errors_have_names() {
    for (status, want) in [
        (404, SourceError::NotFound),
        (410, SourceError::NotFound),
        (403, SourceError::Denied { status: 403 }),
        (401, SourceError::Denied { status: 401 }),
        (500, SourceError::Server { status: 500 }),
        (503, SourceError::Server { status: 503 }),
    ] {
        let router = Router::new().fallback(any(move || async move { answer(status, &[], "x") }));
        assert_eq!(error_of(&link(serve(router).await, None)).await, want);
    }
}

#[tokio::test]
async fn redirects_are_followed_a_few_times_and_never_to_another_server_in_the_clear() {
    let router = Router::new().fallback(any(|request: Request| async move {
        match request.uri().path() {
            "/moved" => answer(301, &[("location", "/here")], ""),
            "/here" => answer(200, &[], CALENDAR),
            "/away" => answer(302, &[("location", "http://calendar.example/x.ics")], ""),
            "/script" => answer(302, &[("location", "file:///etc/passwd")], ""),
            _ => answer(302, &[("location", "/loop")], ""),
        }
    }));
    let base = serve(router).await;
    let at = |path: &str| link(format!("{base}{path}"), None);
    assert_eq!(
        read_once(&at("moved"), NOW)
            .await
            .expect("a calendar")
            .events
            .len(),
        1
    );
    for (path, host) in [
        ("away", "calendar.example"),
        ("script", ""),
        ("loop", "127.0.0.1"),
    ] {
        let error = error_of(&at(path)).await;
        assert!(
            matches!(&error, SourceError::Redirected { host: named, .. } if named == host),
            "{path}: {error:?}"
        );
    }
}

#[tokio::test]
async fn a_password_does_not_follow_a_redirect_to_another_server() {
    let stranger = Router::new().fallback(any(|headers: HeaderMap| async move {
        assert_eq!(
            said(&headers, "authorization"),
            "",
            "the password went to a stranger"
        );
        answer(200, &[], CALENDAR)
    }));
    let stranger = serve(stranger).await;
    let router = Router::new().fallback(any(move |headers: HeaderMap| {
        let stranger = stranger.clone();
        async move {
            match said(&headers, "authorization") {
                "" => answer(401, &[("www-authenticate", "Basic realm=\"x\"")], ""),
                _ => answer(302, &[("location", stranger.as_str())], ""),
            }
        }
    }));
    let calendar = read_once(&link(serve(router).await, login(PASSWORD)), NOW).await;
    assert_eq!(calendar.expect("a calendar").events.len(), 1);
}

#[test]
fn addresses_are_checked_before_anything_is_sent() {
    for (text, want) in [
        (
            "webcal://calendar.example/x.ics",
            Some("https://calendar.example/x.ics"),
        ),
        (
            "WEBCAL://calendar.example/x.ics",
            Some("https://calendar.example/x.ics"),
        ),
        (
            " https://calendar.example/x.ics ",
            Some("https://calendar.example/x.ics"),
        ),
        (
            "http://calendar.intern/x.ics",
            Some("http://calendar.intern/x.ics"),
        ),
        ("ftp://calendar.example/x.ics", None),
        ("file:///etc/passwd", None),
        ("calendar.example", None),
        ("https://user:pass@calendar.example/", None),
        ("", None),
    ] {
        assert_eq!(
            http::address(text)
                .ok()
                .map(|url| url.to_string())
                .as_deref(),
            want,
            "{text}"
        );
    }
}

/// A server that asks for Digest and checks every answer by the book (RFC 7616, MD5, qop=auth).
fn digest_server(nonces: &'static [&'static str], seen: Arc<Mutex<Vec<String>>>) -> Router {
    let used = Arc::new(AtomicUsize::new(0));
    Router::new().fallback(any(move |request: Request| {
        let (used, seen) = (used.clone(), seen.clone());
        async move {
            let given = said(request.headers(), "authorization").to_owned();
            let turn = used.load(Ordering::SeqCst);
            let nonce = nonces[turn.min(nonces.len() - 1)];
            let ask = |stale: &str| {
                let header = format!(
                    "Digest realm=\"Amt 50\", qop=\"auth\", algorithm=MD5, nonce=\"{nonce}\"{stale}"
                );
                answer(401, &[("www-authenticate", header.as_str())], "")
            };
            let Ok(mut told) = digest_auth::AuthorizationHeader::parse(&given) else {
                return ask("");
            };
            seen.lock()
                .expect("a list")
                .push(format!("{} {}", told.nonce, told.nc));
            if told.nonce != nonce {
                return ask(", stale=true");
            }
            let response = told.response.clone();
            let path = request.uri().to_string();
            let context = digest_auth::AuthContext::new_with_method(
                USER,
                PASSWORD,
                path.as_str(),
                Option::<&[u8]>::None,
                digest_auth::HttpMethod::from(request.method().as_str()),
            );
            told.digest(&context);
            if told.response != response || told.uri != path {
                return ask("");
            }
            used.fetch_add(1, Ordering::SeqCst);
            answer(200, &[], CALENDAR)
        }
    }))
}

#[tokio::test]
async fn digest_is_answered_and_a_nonce_is_used_again_until_it_is_stale() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let base = serve(digest_server(&["n1", "n1", "n2"], seen.clone())).await;
    let mut fetcher =
        Fetcher::new(&link(format!("{base}a.ics?x=1"), login(PASSWORD)), None).expect("a source");
    for _ in 0..3 {
        fetch(&mut fetcher, NOW).await.expect("a calendar");
    }
    assert_eq!(
        *seen.lock().expect("a list"),
        ["n1 1", "n1 2", "n1 3", "n2 1"]
    );
}

#[tokio::test]
async fn a_wrong_password_is_told_to_a_digest_server_once() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let base = serve(digest_server(&["n1"], seen.clone())).await;
    assert_eq!(
        error_of(&link(base, login("falsch"))).await,
        SourceError::Denied { status: 401 }
    );
    assert_eq!(seen.lock().expect("a list").len(), 1);
}

/// A CalDAV server with as few abilities as wanted; it counts what it is asked.
struct Modest {
    /// Answers to the property question about the collection.
    offer: &'static str,
    /// Whether it can list and fetch items.
    can_report: bool,
    asked: Mutex<Vec<String>>,
    /// Answers to sync-collection, one after the other.
    pages: Mutex<Vec<(u16, String)>>,
}

impl Modest {
    fn new(offer: &'static str, can_report: bool, pages: &[(u16, &str)]) -> Arc<Self> {
        let pages = pages
            .iter()
            .rev()
            .map(|(status, page)| (*status, (*page).to_owned()))
            .collect();
        Arc::new(Self {
            offer,
            can_report,
            asked: Mutex::default(),
            pages: Mutex::new(pages),
        })
    }

    fn answer(&self, method: &str, body: &str) -> Response<Body> {
        let name = match body {
            "" => method,
            body if body.contains("resourcetype/><d:displayname") => "look",
            body if body.contains("getctag") => "offer",
            body if body.contains("sync-collection") => "sync",
            body if body.contains("calendar-query") => "query",
            body if body.contains("multiget") => "multiget",
            _ => "list",
        };
        self.asked.lock().expect("a list").push(name.to_owned());
        let multi = |inside: &str| {
            answer(
                207,
                &[],
                format!(
                    r#"<d:multistatus xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav" xmlns:s="http://calendarserver.org/ns/">{inside}</d:multistatus>"#
                ),
            )
        };
        let own = |props: &str| {
            multi(&format!(
                "<d:response><d:href>/cal/</d:href><d:propstat><d:prop>{props}</d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>"
            ))
        };
        match name {
            "look" => own("<d:resourcetype><d:collection/><c:calendar/></d:resourcetype>"),
            "offer" => own(self.offer),
            "sync" => {
                let (status, page) = self
                    .pages
                    .lock()
                    .expect("pages")
                    .pop()
                    .expect("one more page");
                if status == 207 {
                    multi(&page)
                } else {
                    answer(status, &[], page)
                }
            }
            "query" | "list" if self.can_report => multi(&item("a", "")),
            "multiget" if self.can_report => {
                let found: String = ["a", "b"]
                    .into_iter()
                    .filter(|name| body.contains(&format!("/cal/{name}.ics")))
                    .map(|name| {
                        let text = format!(
                            "<c:calendar-data>BEGIN:VCALENDAR\n{}END:VCALENDAR</c:calendar-data>",
                            event(name, "20260105T080000Z", "")
                        );
                        item(name, &text)
                    })
                    .collect();
                multi(&found)
            }
            "GET" => answer(200, &[], CALENDAR),
            _ => answer(501, &[], ""),
        }
    }

    async fn serve(self: &Arc<Self>) -> Fetcher {
        let server = self.clone();
        let router = Router::new().fallback(any(move |request: Request| {
            let server = server.clone();
            async move {
                let method = request.method().as_str().to_owned();
                let body = axum::body::to_bytes(request.into_body(), 1 << 20)
                    .await
                    .expect("a body");
                server.answer(&method, &String::from_utf8_lossy(&body))
            }
        }));
        let base = Link::new(format!("{}cal/", serve(router).await));
        let place = Place::CalDav {
            base,
            login: None,
            only: Vec::new(),
            limits: HttpLimits::default(),
        };
        Fetcher::new(&place, None).expect("a source")
    }

    fn asked(&self) -> String {
        std::mem::take(&mut *self.asked.lock().expect("a list")).join(" ")
    }
}

fn item(name: &str, more: &str) -> String {
    format!(
        "<d:response><d:href>/cal/{name}.ics</d:href><d:propstat><d:prop><d:getetag>\"{name}1\"</d:getetag>{more}</d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>"
    )
}

const SYNC: &str = "<d:sync-token>t0</d:sync-token><d:supported-report-set><d:supported-report><d:report><d:sync-collection/></d:report></d:supported-report></d:supported-report-set>";

#[tokio::test]
async fn a_server_with_nothing_but_a_ctag_is_listed_when_it_changes() {
    let server = Modest::new("<s:getctag>c1</s:getctag>", true, &[]);
    let mut fetcher = server.serve().await;
    assert_eq!(
        titles(&fetch(&mut fetcher, NOW).await.expect("a calendar")),
        ["a"]
    );
    assert_eq!(server.asked(), "look offer query multiget");
    assert!(matches!(
        fetch(&mut fetcher, NOW).await,
        Ok(Fetched::Unchanged)
    ));
    assert_eq!(server.asked(), "offer");
    assert!(matches!(
        fetch(&mut fetcher, NOW.plus(UnixMs::DAY)).await,
        Ok(Fetched::Changed { .. })
    ));
    assert_eq!(
        server.asked(),
        "look offer query",
        "what is known by its etag is not fetched again"
    );
}

#[tokio::test]
async fn a_server_without_any_report_is_read_whole() {
    let server = Modest::new("", false, &[]);
    let mut fetcher = server.serve().await;
    assert_eq!(
        titles(&fetch(&mut fetcher, NOW).await.expect("a calendar")),
        ["u"]
    );
    assert_eq!(server.asked(), "look offer query list GET");
    assert!(matches!(
        fetch(&mut fetcher, NOW).await,
        Ok(Fetched::Unchanged)
    ));
}

#[tokio::test]
async fn a_long_list_of_changes_is_read_page_by_page_and_a_forgotten_token_means_reading_anew() {
    let more = "<d:response><d:href>/cal/</d:href><d:status>HTTP/1.1 507 Insufficient Storage</d:status></d:response><d:sync-token>t1</d:sync-token>";
    let gone = "<d:response><d:href>/cal/a.ics</d:href><d:status>HTTP/1.1 404 Not Found</d:status></d:response><d:sync-token>t2</d:sync-token>";
    let first = format!("{}{more}", item("b", ""));
    let bad = r#"<d:error xmlns:d="DAV:"><d:valid-sync-token/></d:error>"#;
    let server = Modest::new(SYNC, true, &[(207, &first), (207, gone), (403, bad)]);
    let mut fetcher = server.serve().await;
    assert_eq!(
        titles(&fetch(&mut fetcher, NOW).await.expect("a calendar")),
        ["a"]
    );
    assert_eq!(server.asked(), "look offer query multiget");
    assert!(matches!(
        fetch(&mut fetcher, NOW).await,
        Ok(Fetched::Unchanged)
    ));
    server.asked();
    // The token on offer stays t0, the one that is known becomes t2: changes are asked for.
    let Kind::CalDav(dav) = &mut fetcher.kind else {
        panic!("no CalDAV")
    };
    dav.forget_offer();
    assert_eq!(
        titles(&fetch(&mut fetcher, NOW).await.expect("a calendar")),
        ["b"]
    );
    assert_eq!(server.asked(), "offer sync sync multiget");
    assert_eq!(
        titles(&fetch(&mut fetcher, NOW).await.expect("a calendar")),
        ["a"]
    );
    assert_eq!(server.asked(), "offer sync query multiget");
}

#[tokio::test]
async fn a_web_page_in_place_of_caldav_is_named() {
    let router = Router::new().fallback(any(|| async { answer(200, &[], "<html>hello</html>") }));
    let place = Place::CalDav {
        base: Link::new(serve(router).await),
        login: None,
        only: Vec::new(),
        limits: HttpLimits::default(),
    };
    assert_eq!(error_of(&place).await, SourceError::NoCalendar);
}

#[tokio::test]
async fn nothing_secret_is_printed_by_a_source() {
    let place = link(
        "https://calendar.example/feed/s3cret-token/room.ics".into(),
        login("hunter2"),
    );
    let fetcher = Fetcher::new(&place, None);
    let shown = format!("{place:?}");
    assert!(fetcher.is_ok());
    for secret in ["s3cret", "hunter2", USER] {
        assert!(!shown.contains(secret), "{shown}");
    }
}
