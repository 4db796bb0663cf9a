//! Whole stories of each service that is joined by its pages, played to the real driver in the real Chromium, in German and
//! English, under the services' own host names: door, lobby, call, end, and everything that stands in between.
//! Also measures how long the room takes from a button's being ready to its being pressed.
#![allow(
    clippy::unwrap_used,
    reason = "a test says what went wrong by panicking"
)]

mod common;

use axum::Router;
use axum::extract::{Query, State};
use axum::response::Html;
use axum::routing::get;
use call_browser::policy::{Authority, Table, managed};
use call_browser::{Allowed, Packs};
use common::rig::{Rig, SOON, request, room_page};
use common::{Keeper, can_run, fixtures, within};
use room_core::effect::CallCommand;
use room_core::event::CallSeen::{
    self, Entering, Failed, Inside, Over, PasscodeAsked, Recovered, Waiting,
};
use room_core::event::JoinStep::{FillingIn, Knocking, Opening};
use room_core::event::WaitingFor::{Host, Lobby};
use room_core::event::{EndReason, Event, PersonNeeded, Trouble};
use room_core::failure::CallFailure;
use room_core::hand::Consent::Recording;
use room_core::ids::{CallId, Private};
use room_core::units::Switch;
use serde_json::json;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Every host that the stories are told at.
const HOSTS: &[&str] = &[
    "stadt.zoom.us",
    "app.zoom.us",
    "stadt.webex.com",
    "web.webex.com",
    "teams.microsoft.com",
    "login.microsoftonline.com",
    "app.goto.com",
    "meet.google.com",
    "accounts.google.com",
];

/// How a story goes on when its last scene is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Then {
    /// The page ends it.
    Ends,
    /// The room leaves, and the page's own way out is taken.
    Leave,
    /// Nobody does anything: a person is needed.
    Drop,
    /// Somebody gives the right passcode.
    Code,
}

struct Story {
    service: &'static str,
    /// Where the invitation leads.
    link: &'static str,
    /// The passcode in the invitation.
    code: Option<&'static str>,
    scenes: &'static str,
    /// What is said, microphone, camera, people and media apart.
    said: &'static [CallSeen],
    then: Then,
}

const ZOOM: &str = "https://stadt.zoom.us/j/91234567890?pwd=abc#success";
const WEBEX: &str = "https://stadt.webex.com/stadt/j.php?MTID=m0123456789abcdef";
const TEAMS: &str = "https://teams.microsoft.com/meet/2345678901234?p=abc";
const GOTO: &str = "https://app.goto.com/meeting/123456789";
const MEET: &str = "https://meet.google.com/abc-defg-hij";

const fn story(
    service: &'static str,
    link: &'static str,
    scenes: &'static str,
    said: &'static [CallSeen],
) -> Story {
    Story {
        service,
        link,
        code: None,
        scenes,
        said,
        then: Then::Ends,
    }
}

const REMOVED: CallSeen = Over(EndReason::Removed);
const ENDED: CallSeen = Over(EndReason::EndedByHost);
const DENIED: CallSeen = Over(EndReason::Denied);
const LEFT: CallSeen = Over(EndReason::Left);
const LOST: CallSeen = CallSeen::Trouble(Trouble::Network);
const fn needs(who: PersonNeeded) -> CallSeen {
    CallSeen::PersonNeeded(who)
}

/// Told in both languages: from the first page to the end, with both devices opened and closed in the call.
const LIVES: &[Story] = &[
    story(
        "zoom",
        ZOOM,
        "prejoin+cookies+no-devices connecting waiting-host lobby lobby-asked call reconnecting call-without-bar removed",
        &[
            Entering(Opening),
            Entering(FillingIn),
            Entering(Knocking),
            Waiting(Host),
            Waiting(Lobby),
            Inside,
            LOST,
            Recovered,
            REMOVED,
        ],
    ),
    story(
        "webex",
        WEBEX,
        "chooser+cookies frame prejoin connecting waiting-host lobby call reconnecting ended",
        &[
            Entering(Opening),
            Entering(FillingIn),
            Entering(Knocking),
            Waiting(Host),
            Waiting(Lobby),
            Inside,
            LOST,
            ENDED,
        ],
    ),
    story(
        "webex",
        WEBEX,
        "frame-older guest-older prejoin-older call-older removed",
        &[Entering(Opening), Entering(FillingIn), Inside, REMOVED],
    ),
    story(
        "teams",
        TEAMS,
        "chooser prejoin+no-devices connecting waiting-host lobby call reconnecting call-without-bar removed",
        &[
            Entering(Opening),
            Entering(FillingIn),
            Entering(Knocking),
            Waiting(Host),
            Waiting(Lobby),
            Inside,
            LOST,
            Recovered,
            REMOVED,
        ],
    ),
    story(
        "goto",
        GOTO,
        "chooser+cookies prejoin waiting-host lobby call ended",
        &[
            Entering(Opening),
            Entering(FillingIn),
            Waiting(Host),
            Waiting(Lobby),
            Inside,
            ENDED,
        ],
    ),
    story(
        "meet",
        MEET,
        "prejoin+no-devices+advice connecting waiting-host lobby call reconnecting ended",
        &[
            Entering(Opening),
            Entering(FillingIn),
            Entering(Knocking),
            Waiting(Host),
            Waiting(Lobby),
            Inside,
            LOST,
            ENDED,
        ],
    ),
];

const fn ends(self_: Story, then: Then) -> Story {
    Story { then, ..self_ }
}

const fn with_code(self_: Story, code: &'static str) -> Story {
    Story {
        code: Some(code),
        ..self_
    }
}

/// Told in one language each, in turn: all the ways in which it does not end as it should.
const TURNS: &[Story] = &[
    story(
        "zoom",
        ZOOM,
        "prejoin lobby removed",
        &[
            Entering(Opening),
            Entering(FillingIn),
            Waiting(Lobby),
            DENIED,
        ],
    ),
    story(
        "zoom",
        ZOOM,
        "prejoin locked",
        &[
            Entering(Opening),
            Entering(FillingIn),
            Failed(CallFailure::Locked),
        ],
    ),
    story(
        "zoom",
        ZOOM,
        "prejoin full",
        &[
            Entering(Opening),
            Entering(FillingIn),
            Failed(CallFailure::Full),
        ],
    ),
    story(
        "zoom",
        ZOOM,
        "not-found",
        &[Entering(Opening), Failed(CallFailure::NotFound)],
    ),
    story(
        "zoom",
        ZOOM,
        "prejoin call-without-bar time-limit",
        &[
            Entering(Opening),
            Entering(FillingIn),
            Inside,
            Over(EndReason::TimeLimit),
        ],
    ),
    story(
        "zoom",
        ZOOM,
        "prejoin call-without-bar ended",
        &[Entering(Opening), Entering(FillingIn), Inside, ENDED],
    ),
    ends(
        story(
            "zoom",
            ZOOM,
            "prejoin bot-wall",
            &[
                Entering(Opening),
                Entering(FillingIn),
                needs(PersonNeeded::BotWall),
            ],
        ),
        Then::Drop,
    ),
    ends(
        story(
            "zoom",
            ZOOM,
            "prejoin captcha",
            &[
                Entering(Opening),
                Entering(FillingIn),
                needs(PersonNeeded::Captcha),
            ],
        ),
        Then::Drop,
    ),
    ends(
        story(
            "zoom",
            ZOOM,
            "login",
            &[Entering(Opening), needs(PersonNeeded::Login)],
        ),
        Then::Drop,
    ),
    ends(
        story(
            "zoom",
            ZOOM,
            "registration",
            &[Entering(Opening), needs(PersonNeeded::Registration)],
        ),
        Then::Drop,
    ),
    ends(
        story(
            "zoom",
            ZOOM,
            "prejoin call-without-bar consent",
            &[
                Entering(Opening),
                Entering(FillingIn),
                Inside,
                needs(PersonNeeded::Consent(Some(Recording))),
            ],
        ),
        Then::Drop,
    ),
    ends(
        story(
            "zoom",
            ZOOM,
            "prejoin call confirm gone",
            &[Entering(Opening), Entering(FillingIn), Inside, LEFT],
        ),
        Then::Leave,
    ),
    with_code(
        ends(
            story(
                "zoom",
                "https://stadt.zoom.us/s/91234567890",
                "chooser prejoin-passcode passcode-wrong call-without-bar ended",
                &[
                    Entering(Opening),
                    Entering(FillingIn),
                    PasscodeAsked { rejected: true },
                    Inside,
                    ENDED,
                ],
            ),
            Then::Code,
        ),
        "9999",
    ),
    story(
        "zoom",
        "https://stadt.zoom.us/wc/join/91234567890",
        "prejoin-older lobby call-without-bar ended",
        &[
            Entering(Opening),
            Entering(FillingIn),
            Waiting(Lobby),
            Inside,
            ENDED,
        ],
    ),
    story(
        "webex",
        WEBEX,
        "chooser-words prejoin lobby denied",
        &[
            Entering(Opening),
            Entering(FillingIn),
            Waiting(Lobby),
            DENIED,
        ],
    ),
    story(
        "webex",
        WEBEX,
        "locked",
        &[Entering(Opening), Failed(CallFailure::Locked)],
    ),
    story(
        "webex",
        WEBEX,
        "not-found",
        &[Entering(Opening), Failed(CallFailure::NotFound)],
    ),
    ends(
        story(
            "webex",
            WEBEX,
            "login",
            &[Entering(Opening), needs(PersonNeeded::Login)],
        ),
        Then::Drop,
    ),
    with_code(
        ends(
            story(
                "webex",
                WEBEX,
                "frame passcode passcode-wrong captcha",
                &[
                    Entering(Opening),
                    PasscodeAsked { rejected: true },
                    needs(PersonNeeded::Captcha),
                ],
            ),
            Then::Code,
        ),
        "9999",
    ),
    ends(
        story(
            "webex",
            WEBEX,
            "prejoin call gone",
            &[Entering(Opening), Entering(FillingIn), Inside, LEFT],
        ),
        Then::Leave,
    ),
    story(
        "teams",
        TEAMS,
        "chooser-words frame prejoin lobby denied",
        &[
            Entering(Opening),
            Entering(FillingIn),
            Waiting(Lobby),
            DENIED,
        ],
    ),
    story(
        "teams",
        TEAMS,
        "prejoin-boxes lobby lobby-timeout",
        &[
            Entering(Opening),
            Entering(FillingIn),
            Waiting(Lobby),
            Failed(CallFailure::LobbyTimeout),
        ],
    ),
    story(
        "teams",
        TEAMS,
        "prejoin call-without-bar ended",
        &[Entering(Opening), Entering(FillingIn), Inside, ENDED],
    ),
    story(
        "teams",
        TEAMS,
        "not-found",
        &[Entering(Opening), Failed(CallFailure::NotFound)],
    ),
    ends(
        story(
            "teams",
            TEAMS,
            "prejoin captcha",
            &[
                Entering(Opening),
                Entering(FillingIn),
                needs(PersonNeeded::Captcha),
            ],
        ),
        Then::Drop,
    ),
    ends(
        story(
            "teams",
            TEAMS,
            "login login-form",
            &[Entering(Opening), needs(PersonNeeded::Login)],
        ),
        Then::Drop,
    ),
    ends(
        story(
            "teams",
            TEAMS,
            "prejoin call gone",
            &[Entering(Opening), Entering(FillingIn), Inside, LEFT],
        ),
        Then::Leave,
    ),
    story(
        "goto",
        GOTO,
        "full",
        &[Entering(Opening), Failed(CallFailure::Full)],
    ),
    story(
        "goto",
        GOTO,
        "time-limit",
        &[Entering(Opening), Over(EndReason::TimeLimit)],
    ),
    with_code(
        story(
            "goto",
            GOTO,
            "passcode prejoin lobby removed",
            &[
                Entering(Opening),
                Entering(FillingIn),
                Waiting(Lobby),
                DENIED,
            ],
        ),
        "4711",
    ),
    ends(
        story(
            "goto",
            GOTO,
            "prejoin call confirm gone",
            &[Entering(Opening), Entering(FillingIn), Inside, LEFT],
        ),
        Then::Leave,
    ),
    story(
        "meet",
        MEET,
        "prejoin lobby denied",
        &[
            Entering(Opening),
            Entering(FillingIn),
            Waiting(Lobby),
            DENIED,
        ],
    ),
    story(
        "meet",
        MEET,
        "prejoin lobby lobby-timeout",
        &[
            Entering(Opening),
            Entering(FillingIn),
            Waiting(Lobby),
            Failed(CallFailure::LobbyTimeout),
        ],
    ),
    story(
        "meet",
        MEET,
        "locked",
        &[Entering(Opening), Failed(CallFailure::Locked)],
    ),
    story(
        "meet",
        MEET,
        "not-found",
        &[Entering(Opening), Failed(CallFailure::NotFound)],
    ),
    story(
        "meet",
        MEET,
        "prejoin reconnecting removed",
        &[
            Entering(Opening),
            Entering(FillingIn),
            Inside,
            LOST,
            REMOVED,
        ],
    ),
    ends(
        story(
            "meet",
            MEET,
            "bot-wall",
            &[Entering(Opening), needs(PersonNeeded::BotWall)],
        ),
        Then::Drop,
    ),
    ends(
        story(
            "meet",
            MEET,
            "login login-form",
            &[Entering(Opening), needs(PersonNeeded::Login)],
        ),
        Then::Drop,
    ),
    ends(
        story(
            "meet",
            MEET,
            "prejoin call gone",
            &[Entering(Opening), Entering(FillingIn), Inside, LEFT],
        ),
        Then::Leave,
    ),
];

/// What the server tells now, and what its pages measured.
#[derive(Default)]
struct Told {
    page: Mutex<String>,
    script: Mutex<serde_json::Value>,
    asked: Mutex<Vec<String>>,
    measured: Mutex<Vec<f64>>,
}

fn pages(told: Arc<Told>) -> Router {
    let measured = async |State(told): State<Arc<Told>>,
                          Query(q): Query<HashMap<String, String>>| {
        told.measured.lock().unwrap().push(q["ms"].parse().unwrap());
    };
    let stumbled =
        async |Query(q): Query<HashMap<String, String>>| eprintln!("the story stumbled: {q:?}");
    let page = async |State(told): State<Arc<Told>>,
                      headers: axum::http::HeaderMap,
                      uri: axum::http::Uri| {
        let host = headers
            .get("host")
            .map_or("", |host| host.to_str().unwrap());
        let name = host.split(':').next().unwrap_or_default();
        told.asked
            .lock()
            .unwrap()
            .push(format!("https://{name}{uri}"));
        let query: HashMap<String, String> =
            url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes())
                .into_owned()
                .collect();
        let mut script = told.script.lock().unwrap().clone();
        let at = if uri.path() == "/frame" {
            query["at"].parse().unwrap()
        } else {
            0u64
        };
        script["at"] = json!(at);
        let player = std::fs::read_to_string(fixtures::folder("story.js")).unwrap();
        Html(format!(
            "{}<script>const STORY = {script};</script><script>{player}</script>",
            told.page.lock().unwrap()
        ))
    };
    Router::new()
        .route("/measured", get(measured))
        .route("/stumbled", get(stumbled))
        .fallback(get(page))
        .with_state(told)
}

struct Theatre {
    rig: Rig,
    told: Arc<Told>,
    port: u16,
    calls: u64,
    _keeper: Keeper,
    _serving: practice::Serving,
    _folder: tempfile::TempDir,
}

impl Theatre {
    async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let own = practice::tls::own_certificate(folder.path(), HOSTS).unwrap();
        let told = Arc::new(Told::default());
        let transport = practice::Transport::Tls(own.listener_config());
        let serving = practice::serve(
            "127.0.0.1:0".parse().unwrap(),
            transport,
            pages(Arc::clone(&told)),
        )
        .unwrap();

        // Nothing but what the packs themselves name is allowed.
        let packs = Packs::built_in();
        let of =
            |list: fn(&call_browser::Pack) -> &[call_browser::pack::NamePattern]| -> Vec<Allowed> {
                let names = packs.iter().flat_map(list);
                names
                    .map(|name| Allowed::parse(&format!("https://{name}")).unwrap())
                    .collect()
            };
        let (rooms, passage) = (of(|pack| &pack.hosts.rooms), of(|pack| &pack.hosts.passage));
        let policy = managed(&Table {
            own: vec![Allowed::parse("http://127.0.0.1").unwrap()],
            services: rooms.clone(),
            passage: passage.clone(),
            authorities: vec![Authority {
                der: own.ca_der().to_vec(),
                names: vec![],
                networks: vec![],
            }],
        });
        let keeper = Keeper::start_knowing(&policy, HOSTS).await;
        let allowed = [rooms, passage].concat();
        let rig =
            Rig::start_allowing(&keeper.socket, &room_page().await, packs, (allowed, None)).await;
        Self {
            rig,
            told,
            port: serving.addr().port(),
            calls: 0,
            _keeper: keeper,
            _serving: serving,
            _folder: folder,
        }
    }

    /// Plays a story in a language and compares what is said with what should be.
    async fn play(&mut self, story: &Story, lang: &str) {
        self.calls += 1;
        let call = CallId(self.calls);
        *self.told.page.lock().unwrap() = fixtures::story(story.service, "guest");
        let scenes: Vec<&str> = story.scenes.split(' ').collect();
        *self.told.script.lock().unwrap() = json!({ "scenes": scenes, "lang": lang });
        let mark = self.rig.seen.len();
        let began = std::time::Instant::now();
        let link = story.link.replacen('/', "", 0);
        let mut link = url::Url::parse(&link).unwrap();
        link.set_port(Some(self.port)).unwrap();
        self.rig
            .join(call, request(story.service, link.as_str(), story.code));
        let what = format!("{} {lang}: {}", story.service, story.scenes);
        eprintln!("{what}");
        let exercised = story.scenes.contains("call ")
            && !story.scenes.contains("call confirm")
            && !story.scenes.contains("call gone");
        if exercised || story.scenes.contains("call-older") {
            self.exercise(call).await;
        }
        self.end(call, story, &what).await;
        eprintln!("  {:?}", began.elapsed());
        let said = self.said(call, mark);
        assert_eq!(said, story.said, "{what}");
        if story.said.contains(&Inside) {
            let opened = self.rig.seen[mark..]
                .iter()
                .position(|e| matches!(e, Event::Call(_, CallSeen::Mic(Switch::Open))));
            let closed = self.rig.seen[mark..]
                .iter()
                .position(|e| matches!(e, Event::Call(_, CallSeen::Mic(Switch::Closed))));
            assert!(
                opened.is_none() || closed < opened,
                "{what}: the microphone was open before anybody opened it"
            );
        }
    }

    /// Opens and closes both devices, and reads each back.
    async fn exercise(&mut self, call: CallId) {
        use Switch::{Closed, Open};
        self.rig.call(call, Inside).await;
        self.rig.handle.command(call, CallCommand::Mic(Open));
        self.rig.call(call, CallSeen::Mic(Open)).await;
        self.rig.handle.command(call, CallCommand::Mic(Closed));
        self.rig.call(call, CallSeen::Mic(Closed)).await;
        self.rig.handle.command(call, CallCommand::Camera(Open));
        self.rig.call(call, CallSeen::Camera(Open)).await;
        self.rig.handle.command(call, CallCommand::Camera(Closed));
        self.rig.call(call, CallSeen::Camera(Closed)).await;
    }

    async fn end(&mut self, call: CallId, story: &Story, what: &str) {
        let last = story.said.last().unwrap().clone();
        match story.then {
            Then::Ends => {}
            Then::Leave => {
                self.rig.call(call, Inside).await;
                self.rig.handle.command(call, CallCommand::Leave);
            }
            Then::Drop => {
                self.rig.call(call, last).await;
                self.rig.handle.command(call, CallCommand::Drop);
                return;
            }
            Then::Code => {
                self.rig.call(call, PasscodeAsked { rejected: true }).await;
                self.rig
                    .handle
                    .command(call, CallCommand::Passcode(Private::new("4711")));
            }
        }
        if matches!(last, CallSeen::PersonNeeded(_)) {
            self.rig.call(call, last).await;
            self.rig.handle.command(call, CallCommand::Drop);
            return;
        }
        assert_eq!(self.rig.end_of(call, SOON).await, last, "{what}");
    }

    /// How long it took from a button's being ready to its being pressed.
    async fn report(&self, services: &[&str]) {
        let measured = &self.told.measured;
        within(
            "what the pages measured",
            Duration::from_secs(5),
            || async { (measured.lock().unwrap().len() >= 15).then_some(()) },
        )
        .await;
        let mut measured = measured.lock().unwrap().clone();
        measured.sort_by(f64::total_cmp);
        let at = |share: usize| measured[(measured.len() - 1) * share / 100];
        println!(
            "{services:?}, from ready to pressed: {} presses, median {:.0} ms, p95 {:.0} ms, longest {:.0} ms",
            measured.len(),
            at(50),
            at(95),
            measured[measured.len() - 1]
        );
    }

    /// What was said of a call, devices, people and media apart.
    fn said(&self, call: CallId, mark: usize) -> Vec<CallSeen> {
        let of_call = self.rig.seen[mark..]
            .iter()
            .filter_map(|event| match event {
                Event::Call(c, seen) if *c == call => Some(seen.clone()),
                _ => None,
            });
        of_call
            .filter(|seen| {
                !matches!(
                    seen,
                    CallSeen::Mic(_)
                        | CallSeen::Camera(_)
                        | CallSeen::People(_)
                        | CallSeen::Media(_)
                        | CallSeen::Volume(_)
                )
            })
            .collect()
    }
}

/// Plays everything that is told of some services, in a browser of their own: the stories of one browser stand and wait
/// for the most part, so several side by side take little longer than one.
async fn tell(services: &[&str], others: &[u16], opened: &[&str]) {
    if !can_run() {
        return;
    }
    let mut theatre = Theatre::open().await;
    let told = |story: &Story| services.contains(&story.service);
    for story in LIVES.iter().filter(|story| told(story)) {
        theatre.play(story, "de").await;
        theatre.play(story, "en").await;
    }
    let turns = TURNS.iter().zip(["de", "en"].iter().cycle());
    for (story, lang) in turns.filter(|(story, _)| told(story)) {
        theatre.play(story, lang).await;
    }
    for people in others {
        let seen =
            |event: &Event| matches!(event, Event::Call(_, CallSeen::People(n)) if n == people);
        let found = theatre.rig.seen.iter().any(seen);
        assert!(found, "{services:?}: {people} others");
    }
    let asked = theatre.told.asked.lock().unwrap().clone();
    for address in opened {
        let found = asked.iter().any(|a| a == address);
        assert!(found, "{address} in {asked:#?}");
    }
    theatre.report(services).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn zoom_is_joined_operated_and_left_in_both_languages() {
    let opened = [
        "https://app.zoom.us/wc/91234567890/join?pwd=abc",
        "https://stadt.zoom.us/s/91234567890",
    ];
    tell(&["zoom"], &[2], &opened).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn webex_and_goto_are_joined_operated_and_left_in_both_languages() {
    tell(&["webex", "goto"], &[1], &[]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn teams_and_meet_are_joined_operated_and_left_in_both_languages() {
    let opened = ["https://login.microsoftonline.com/frame?at=1"];
    tell(&["teams", "meet"], &[2, 1], &opened).await;
}

#[test]
fn no_story_is_left_untold() {
    let told = ["zoom", "webex", "goto", "teams", "meet"];
    for story in LIVES.iter().chain(TURNS) {
        assert!(told.contains(&story.service), "{}", story.service);
    }
}
