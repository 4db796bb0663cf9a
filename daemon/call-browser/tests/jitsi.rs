//! Jitsi by its contract, in the real Chromium: the page of our own in front of a stand-in that speaks the documented
//! events and commands, with a real microphone, a real camera and a real connection whose far side counts packets.
#![allow(
    clippy::unwrap_used,
    reason = "a test says what went wrong by panicking"
)]

mod common;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{Html, IntoResponse as _};
use axum::routing::{get, post};
use call_browser::policy::{Authority, Table, managed};
use call_browser::{Allowed, Packs};
use common::rig::{Rig, SOON, loopback_policy, request, room_page, serve};
use common::{Keeper, can_run, fixtures, within};
use room_core::effect::{CallCommand, CallRequest};
use room_core::event::{CallSeen, EndReason, Event, PersonNeeded, Trouble, WaitingFor};
use room_core::failure::CallFailure;
use room_core::hand::Consent::Recording;
use room_core::ids::{CallId, Private};
use room_core::units::Switch;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use tokio::sync::mpsc;

/// What the server and the far end know.
struct Far {
    said: Mutex<Vec<Value>>,
    orders: tokio::sync::Mutex<mpsc::UnboundedReceiver<&'static str>>,
}

/// Which API the server hands out, and the other end of its line for the page in the frame.
struct Api {
    script: String,
    transport: String,
}

impl Api {
    fn stand_in() -> Self {
        let script = fixtures::folder("jitsi").join("external_api.js");
        Self {
            script: std::fs::read_to_string(script).unwrap(),
            transport: String::new(),
        }
    }

    /// Jitsi's own, as `tests/setup` put it together; `None` when it could not.
    fn vendors() -> Option<Self> {
        let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("../vendor/jitsi-api");
        let read = |name: &str| std::fs::read_to_string(folder.join(name)).ok();
        let there = read("external_api.js").zip(read("transport.js"));
        let all = std::env::var("ROOMD_TESTS").as_deref() == Ok("all");
        assert!(
            !all || there.is_some(),
            "Jitsi's own API could not be built"
        );
        if there.is_none() {
            eprintln!("SKIPPED: Jitsi's own API is not there; tests/setup builds it from npm");
        }
        there.map(|(script, transport)| Self { script, transport })
    }
}

/// A server over TLS, as every real one.
fn jitsi(far: Arc<Far>, api: Api) -> (practice::Serving, Authority) {
    let client = fixtures::story("jitsi", "client");
    let said = async |State(far): State<Arc<Far>>, body: String| {
        far.said
            .lock()
            .unwrap()
            .push(serde_json::from_str(&body).unwrap());
    };
    let orders = async |State(far): State<Arc<Far>>| {
        far.orders.lock().await.recv().await.unwrap_or_default()
    };
    let client = move || async move {
        // As many servers do: nobody but themselves may frame them.
        ([(header::X_FRAME_OPTIONS, "SAMEORIGIN")], Html(client)).into_response()
    };
    let script =
        |text: String| move || async move { ([(header::CONTENT_TYPE, "text/javascript")], text) };
    let router = Router::new()
        .route("/external_api.js", get(script(api.script)))
        .route("/transport.js", get(script(api.transport)))
        .route("/said", post(said))
        .route("/far", get(orders))
        .fallback(get(client))
        .with_state(far);
    let folder = tempfile::tempdir().unwrap();
    let own = practice::tls::own_certificate(folder.path(), &["127.0.0.1"]).unwrap();
    let authority = Authority {
        der: own.ca_der().to_vec(),
        names: Vec::new(),
        networks: Vec::new(),
    };
    let transport = practice::Transport::Tls(own.listener_config());
    let serving = practice::serve("127.0.0.1:0".parse().unwrap(), transport, router).unwrap();
    (serving, authority)
}

struct Call {
    rig: Rig,
    far: Arc<Far>,
    tell: mpsc::UnboundedSender<&'static str>,
    call: CallId,
    base: String,
    _serving: practice::Serving,
    keeper: Keeper,
}

impl Call {
    async fn ready(api: Api) -> Self {
        let (tell, orders) = mpsc::unbounded_channel();
        let far = Arc::new(Far {
            said: Mutex::default(),
            orders: tokio::sync::Mutex::new(orders),
        });
        let (serving, authority) = jitsi(Arc::clone(&far), api);
        let keeper = Keeper::start(&managed(&Table {
            own: vec![Allowed::parse("http://127.0.0.1").unwrap()],
            services: vec![Allowed::parse("https://127.0.0.1").unwrap()],
            authorities: vec![authority],
            ..Table::default()
        }))
        .await;
        let rig = Rig::start(&keeper.socket, &room_page().await, Packs::built_in(), None).await;
        Self {
            rig,
            far,
            tell,
            call: CallId(0),
            base: format!("https://{}", serving.addr()),
            _serving: serving,
            keeper,
        }
    }

    fn join(&mut self, room: &str, code: Option<&str>) {
        self.call = CallId(self.call.0 + 1);
        self.far.said.lock().unwrap().clear();
        let link = format!("{}/{room}", self.base);
        self.rig.join(self.call, request("jitsi", &link, code));
    }

    async fn sees(&mut self, wanted: CallSeen) {
        self.rig.call(self.call, wanted).await;
    }

    fn command(&self, command: CallCommand) {
        self.rig.handle.command(self.call, command);
    }

    fn far(&self, order: &'static str) {
        self.tell.send(order).unwrap();
    }

    async fn ends(&mut self, wanted: CallSeen) {
        assert_eq!(self.rig.end_of(self.call, SOON).await, wanted);
    }

    /// What the far end said last of this.
    fn last(&self, key: &str) -> Value {
        let said = self.far.said.lock().unwrap();
        let found = said.iter().rev().find_map(|line| line.get(key).cloned());
        found.unwrap_or_default()
    }

    async fn arrives(&self, kind: &str) {
        let before = self.last(kind).as_u64().unwrap_or_default();
        within(&format!("{kind} at the far end"), SOON, || async {
            (self.last(kind).as_u64()? > before + 5).then_some(())
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_jitsi_call_arrives_dark_and_silent_and_is_driven_by_the_contract() {
    if !can_run() {
        return;
    }
    let mut c = Call::ready(Api::stand_in()).await;
    c.join("amt-50?jwt=a.b.c#config.startWithAudioMuted=false", None);
    c.sees(CallSeen::Inside).await;
    c.sees(CallSeen::People(1)).await;
    within("the far end knows us", SOON, || async {
        c.last("joined").as_str().map(drop)
    })
    .await;
    assert_eq!(
        (c.last("joined"), c.last("jwt")),
        (json!("Raum 2.07"), json!("a.b.c"))
    );
    assert_eq!(c.last("lang"), json!("de"));
    within("the far end counts", SOON, || async {
        c.last("audio").as_u64()
    })
    .await;
    assert_eq!((c.last("audio"), c.last("video")), (json!(0), json!(0)));

    c.command(CallCommand::Mic(Switch::Open));
    c.sees(CallSeen::Mic(Switch::Open)).await;
    c.arrives("audio").await;
    c.command(CallCommand::Camera(Switch::Open));
    c.sees(CallSeen::Camera(Switch::Open)).await;
    c.arrives("video").await;
    assert_eq!(c.last("error"), Value::Null);

    c.far("mute");
    c.sees(CallSeen::Mic(Switch::Closed)).await;
    c.far("person-comes");
    c.sees(CallSeen::People(2)).await;
    c.far("person-goes");
    c.sees(CallSeen::People(1)).await;
    c.far("interrupt");
    c.sees(CallSeen::Trouble(Trouble::Network)).await;
    c.far("restore");
    c.sees(CallSeen::Recovered).await;
    c.far("kick-other");
    c.command(CallCommand::Camera(Switch::Closed));
    c.sees(CallSeen::Camera(Switch::Closed)).await;

    c.command(CallCommand::Leave);
    c.ends(CallSeen::Over(EndReason::Left)).await;
    assert_eq!(c.last("left"), json!(true));

    // A server that does not obey the wish to start closed is closed at once.
    c.join("disobedient", None);
    c.sees(CallSeen::Inside).await;
    within("the room closes its microphone", SOON, || async {
        (c.last("turned") == json!("audio closed")).then_some(())
    })
    .await;
    c.far("asks-consent");
    c.sees(CallSeen::PersonNeeded(PersonNeeded::Consent(Some(
        Recording,
    ))))
    .await;
    c.far("consent-given");
    c.sees(CallSeen::Inside).await;
    c.far("kick");
    c.ends(CallSeen::Over(EndReason::Removed)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_door_of_a_jitsi_call_is_told_apart() {
    if !can_run() {
        return;
    }
    let mut c = Call::ready(Api::stand_in()).await;
    c.join("lobby", None);
    c.sees(CallSeen::Waiting(WaitingFor::Lobby)).await;
    c.far("admit");
    c.sees(CallSeen::Inside).await;
    c.far("end");
    c.ends(CallSeen::Over(EndReason::EndedByHost)).await;

    c.join("lobby", None);
    c.sees(CallSeen::Waiting(WaitingFor::Lobby)).await;
    c.far("deny");
    c.ends(CallSeen::Over(EndReason::Denied)).await;

    c.join("old-lobby", None);
    c.sees(CallSeen::Waiting(WaitingFor::Lobby)).await;
    c.far("close");
    c.ends(CallSeen::Over(EndReason::EndedByHost)).await;

    c.join("secret", Some("falsch"));
    c.sees(CallSeen::PasscodeAsked { rejected: true }).await;
    assert_eq!(c.last("code"), json!("falsch"));
    c.command(CallCommand::Passcode(Private::new("geheim")));
    c.sees(CallSeen::Inside).await;
    c.far("close");
    c.ends(CallSeen::Over(EndReason::EndedByHost)).await;

    let login = CallSeen::PersonNeeded(PersonNeeded::Login);
    let table = [
        ("conference.max_users", CallSeen::Failed(CallFailure::Full)),
        (
            "conference.reservationError",
            CallSeen::Failed(CallFailure::NotFound),
        ),
        (
            "conference.incompatible_server_versions",
            CallSeen::Failed(CallFailure::BrowserRefused),
        ),
        (
            "conference.authenticationRequired",
            CallSeen::Waiting(WaitingFor::Host),
        ),
        ("connection.passwordRequired", login),
    ];
    for (error, wanted) in table {
        eprintln!("error {error}");
        c.join(&format!("error-{error}"), None);
        c.sees(wanted.clone()).await;
        if !matches!(wanted, CallSeen::Failed(_)) {
            c.command(CallCommand::Leave);
            c.ends(CallSeen::Over(EndReason::Left)).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_prepared_page_enters_only_when_told_and_its_call_outlives_the_daemon() {
    if !can_run() {
        return;
    }
    let mut c = Call::ready(Api::stand_in()).await;
    c.call = CallId(1);
    let asked = request("jitsi", &format!("{}/amt-50", c.base), None);
    c.command(CallCommand::Warm(asked.clone()));
    c.sees(CallSeen::Warm).await;
    assert_eq!(c.last("joined"), Value::Null, "it entered by itself");
    c.command(CallCommand::Join(asked));
    c.sees(CallSeen::Inside).await;
    c.command(CallCommand::Mic(Switch::Open));
    c.sees(CallSeen::Mic(Switch::Open)).await;

    c.rig.task.abort();
    c.arrives("audio").await;
    let room = room_page().await;
    c.rig = Rig::start(&c.keeper.socket, &room, Packs::built_in(), None).await;
    c.command(CallCommand::Adopt(CallRequest {
        by: room_core::meeting::By::Page,
        target: None,
        display_name: "Raum 2.07".to_owned(),
    }));
    let mark = c.rig.seen.len();
    c.sees(CallSeen::Inside).await;
    let open = Event::Call(c.call, CallSeen::Mic(Switch::Open));
    c.rig.after(mark, open).await;
    c.arrives("audio").await;
    c.command(CallCommand::Mic(Switch::Closed));
    c.sees(CallSeen::Mic(Switch::Closed)).await;
    c.command(CallCommand::Leave);
    c.ends(CallSeen::Over(EndReason::Left)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn jitsis_own_api_understands_the_rooms_page_and_is_understood() {
    let Some(api) = Api::vendors().filter(|_| can_run()) else {
        return;
    };
    let mut c = Call::ready(api).await;
    c.join("amt-50/Sitzung", None);
    c.sees(CallSeen::Inside).await;
    c.sees(CallSeen::People(1)).await;
    within("the far end knows us", SOON, || async {
        c.last("joined").as_str().map(drop)
    })
    .await;
    assert_eq!(
        (c.last("joined"), c.last("lang")),
        (json!("Raum 2.07"), json!("de"))
    );
    within("the far end counts", SOON, || async {
        c.last("audio").as_u64()
    })
    .await;
    assert_eq!((c.last("audio"), c.last("video")), (json!(0), json!(0)));
    c.command(CallCommand::Mic(Switch::Open));
    c.sees(CallSeen::Mic(Switch::Open)).await;
    c.arrives("audio").await;
    c.far("mute");
    c.sees(CallSeen::Mic(Switch::Closed)).await;
    c.far("person-comes");
    c.sees(CallSeen::People(2)).await;
    c.far("asks-consent");
    c.sees(CallSeen::PersonNeeded(PersonNeeded::Consent(Some(
        Recording,
    ))))
    .await;
    c.far("consent-given");
    c.far("kick");
    c.ends(CallSeen::Over(EndReason::Removed)).await;

    c.join("secret", Some("geheim"));
    c.sees(CallSeen::Inside).await;
    c.command(CallCommand::Leave);
    c.ends(CallSeen::Over(EndReason::Left)).await;
    assert_eq!(c.last("left"), json!(true));

    c.join("lobby", None);
    c.sees(CallSeen::Waiting(WaitingFor::Lobby)).await;
    c.far("deny");
    c.ends(CallSeen::Over(EndReason::Denied)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_host_that_has_no_jitsi_is_named_and_our_page_is_never_asked_of_it() {
    if !can_run() {
        return;
    }
    let asked = Arc::new(Mutex::new(Vec::new()));
    let note = Arc::clone(&asked);
    let nothing = move |uri: Uri, _: HeaderMap| {
        note.lock().unwrap().push(uri.path().to_owned());
        async { (StatusCode::NOT_FOUND, "nothing here") }
    };
    let base = serve(Router::new().fallback(nothing)).await;
    let keeper = Keeper::start(&loopback_policy()).await;
    let mut rig = Rig::start(&keeper.socket, &room_page().await, Packs::built_in(), None).await;
    rig.join(CallId(1), request("jitsi", &format!("{base}/room"), None));
    let end = rig.end_of(CallId(1), SOON).await;
    assert_eq!(end, CallSeen::Failed(CallFailure::NotFound));
    // Nobody listens there at all.
    let dead = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let link = format!("http://{}/room", dead.local_addr().unwrap());
    drop(dead);
    rig.join(CallId(2), request("jitsi", &link, None));
    let end = rig.end_of(CallId(2), SOON).await;
    assert_eq!(end, CallSeen::Failed(CallFailure::Unreachable));
    // Somebody listens and never answers.
    let silent = serve(Router::new().fallback(std::future::pending::<StatusCode>)).await;
    rig.join(CallId(3), request("jitsi", &format!("{silent}/room"), None));
    let end = rig.end_of(CallId(3), SOON).await;
    assert_eq!(end, CallSeen::Failed(CallFailure::NoAnswer));
    let asked = asked.lock().unwrap();
    assert!(
        asked
            .iter()
            .all(|path| path == "/external_api.js" || path == "/favicon.ico"),
        "{asked:?}"
    );
}
