//! Calls on difficult pages in the real Chromium: frames of another site, shadow roots, late and re-drawn buttons,
//! several dialogs in a row, pages that stray, hang, crash, ask or never answer.
#![allow(
    clippy::unwrap_used,
    reason = "a test says what went wrong by panicking"
)]

mod common;

use axum::Router;
use axum::http::{StatusCode, Uri};
use axum::response::{Html, IntoResponse as _, Response};
use call_browser::{Pack, Packs};
use common::rig::{Rig, SOON, loopback_policy, pages_left, request, room_page, serve};
use common::{Keeper, can_run};
use room_core::effect::{CallCommand, Screen};
use room_core::event::{CallSeen, EndReason, Event, PersonNeeded, Trouble, WaitingFor};
use room_core::failure::CallFailure;
use room_core::hand::{Consent, Hand, PageKey, Spot, Typed};
use room_core::ids::CallId;
use room_core::units::{Percent, Switch};
use std::time::Duration;

const PACK: &str = include_str!("pages/stage.toml");
const STAGE: &str = include_str!("pages/stage.html");
const INNER: &str = include_str!("pages/inner.html");

async fn pages(uri: Uri) -> Response {
    match uri.path() {
        "/stage" => Html(STAGE).into_response(),
        "/inner" => Html(INNER).into_response(),
        "/missing" => (StatusCode::NOT_FOUND, Html("<h1>nothing here</h1>")).into_response(),
        "/broken" => (StatusCode::BAD_GATEWAY, Html("<h1>oops</h1>")).into_response(),
        "/odd" => Html("<main data-secret-name='x'><h1>Erika Mustermann</h1><input type=password value=geheim></main>").into_response(),
        "/never" => std::future::pending().await,
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}

struct Stage {
    rig: Rig,
    base: String,
    keeper: Keeper,
    folder: tempfile::TempDir,
    calls: u64,
}

impl Stage {
    async fn set() -> Self {
        let policy = loopback_policy().replace(
            "\"http://127.0.0.1\"",
            "\"http://127.0.0.1\", \"http://localhost\"",
        );
        let keeper = Keeper::start(&policy).await;
        let mut packs = Packs::default();
        packs.add(Pack::parse(PACK).unwrap());
        let folder = tempfile::tempdir().unwrap();
        let base = serve(Router::new().fallback(pages)).await;
        let rig = Rig::start(
            &keeper.socket,
            &room_page().await,
            packs,
            Some(&folder.path().join("screens")),
        )
        .await;
        Self {
            rig,
            base,
            keeper,
            folder,
            calls: 0,
        }
    }

    /// Begins to join a page that plays this scene.
    fn join(&mut self, place: &str) -> CallId {
        self.calls += 1;
        let call = CallId(self.calls);
        self.rig.join(
            call,
            request("stage", &format!("{}{place}", self.base), Some("4711")),
        );
        call
    }

    async fn inside(&mut self, place: &str) -> CallId {
        let call = self.join(place);
        self.rig.call(call, CallSeen::Inside).await;
        call
    }

    /// Until the room's page has the display again: that is said a moment after the end.
    async fn leave(&mut self, call: CallId) {
        let mark = self.rig.seen.len();
        self.rig.handle.command(call, CallCommand::Leave);
        assert_eq!(
            self.rig.end_of(call, SOON).await,
            CallSeen::Over(EndReason::Left)
        );
        self.rig.after(mark, Event::Screen(Screen::Room)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn difficult_pages_are_only_data() {
    if !can_run() {
        return;
    }
    let mut s = Stage::set().await;
    for scene in [
        "plain",
        "shadow",
        "shadow-late",
        "frame",
        "foreign-frame",
        "late-button",
        "redrawn-button",
        "mouse-only",
        "controlled-input",
        "two-dialogs",
        "code-at-the-door",
        "link-to-a-program",
        "opens-a-window",
        "asks-questions",
        "shy-controls",
        "slow-mic",
        "two-ways-in",
    ] {
        eprintln!("scene {scene}");
        let call = s.inside(&format!("/stage?scene={scene}")).await;
        s.rig.call(call, CallSeen::Mic(Switch::Closed)).await;
        s.rig.handle.command(call, CallCommand::Mic(Switch::Open));
        s.rig.call(call, CallSeen::Mic(Switch::Open)).await;
        s.rig.handle.command(call, CallCommand::Mic(Switch::Closed));
        s.rig.call(call, CallSeen::Mic(Switch::Closed)).await;
        s.leave(call).await;
    }
    pages_left_after(s).await;
}

async fn pages_left_after(s: Stage) {
    let Stage { rig, keeper, .. } = s;
    rig.task.abort();
    let _ = rig.task.await;
    pages_left(&keeper, 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn failures_have_names_and_evidence_without_content() {
    if !can_run() {
        return;
    }
    let mut s = Stage::set().await;
    let table = [
        ("/missing", CallSeen::Failed(CallFailure::NotFound)),
        ("/broken", CallSeen::Failed(CallFailure::Unreachable)),
        ("/odd", CallSeen::Failed(CallFailure::UnknownScreen)),
        (
            "/stage?scene=stray",
            CallSeen::Failed(CallFailure::StrayHost),
        ),
        (
            "/stage?scene=dead-button",
            CallSeen::Failed(CallFailure::ActionFailed),
        ),
        (
            "/stage?scene=always-open",
            CallSeen::Failed(CallFailure::ActionFailed),
        ),
        ("/stage?scene=removed", CallSeen::Over(EndReason::Removed)),
        (
            "/stage?scene=removed-by-text",
            CallSeen::Over(EndReason::Removed),
        ),
        ("/stage?scene=entfernt", CallSeen::Over(EndReason::Removed)),
    ];
    for (place, outcome) in table {
        let call = s.join(place);
        assert_eq!(
            s.rig.end_of(call, Duration::from_secs(40)).await,
            outcome,
            "{place}"
        );
    }
    for (link, failure) in [
        ("http://127.0.0.1:9/", CallFailure::Unreachable),
        ("http://other.example/", CallFailure::StrayHost),
        ("nonsense", CallFailure::Unreachable),
    ] {
        s.calls += 1;
        s.rig.join(CallId(s.calls), request("stage", link, None));
        assert_eq!(
            s.rig.end_of(CallId(s.calls), SOON).await,
            CallSeen::Failed(failure),
            "{link}"
        );
    }
    s.rig.join(
        CallId(99),
        request("nobody-knows-it", "http://127.0.0.1/", None),
    );
    assert_eq!(
        s.rig.end_of(CallId(99), SOON).await,
        CallSeen::Failed(CallFailure::NoPack)
    );

    let screens = s.folder.path().join("screens");
    common::within("evidence of the odd page", SOON, || async {
        let files = std::fs::read_dir(&screens).ok()?.filter_map(Result::ok);
        files
            .filter(|f| f.path().extension().is_some_and(|e| e == "png"))
            .count()
            .ge(&3)
            .then_some(())
    })
    .await;
    let mut outlines = String::new();
    for file in std::fs::read_dir(&screens)
        .unwrap()
        .filter_map(Result::ok)
        .filter(|f| f.path().extension().is_some_and(|e| e == "json"))
    {
        outlines += &std::fs::read_to_string(file.path()).unwrap();
    }
    assert!(
        outlines.contains("data-secret-name") && outlines.contains("\"type\":\"password\""),
        "{outlines}"
    );
    for private in ["Erika", "geheim", "4711", "http:"] {
        assert!(!outlines.contains(private), "{private} in {outlines}");
    }
    pages_left_after(s).await;
}

/// The colour in the middle of a picture's first rows, and its size.
fn look(png: &[u8]) -> ([u8; 3], u32, u32) {
    let mut reader = png::Decoder::new(std::io::Cursor::new(png))
        .read_info()
        .unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut pixels).unwrap();
    let samples = info.color_type.samples();
    let at = (info.width as usize * 4 + info.width as usize / 8) * samples;
    (
        [pixels[at], pixels[at + 1], pixels[at + 2]],
        info.width,
        info.height,
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_front_the_notice_and_the_loudness_are_what_was_asked_for() {
    if !can_run() {
        return;
    }
    let mut s = Stage::set().await;
    let shows = async |rig: &Rig, colour: [u8; 3]| {
        common::within(&format!("{colour:?} in front"), SOON, || async {
            let picture = rig.handle.mirror().await?;
            (look(&picture).0 == colour).then_some(look(&picture))
        })
        .await
    };
    // As the daemon does when a browser is ready: a page that was asked to the front fills the screen.
    s.rig.handle.screen(Screen::Room);
    s.rig
        .until(
            "the room in front at first",
            |e| *e == Event::Screen(Screen::Room),
            SOON,
        )
        .await;
    let room = shows(&s.rig, [0x11, 0x22, 0x33]).await;

    let call = s.inside("/stage?scene=plain").await;
    shows(&s.rig, [0x11, 0x22, 0x33]).await;
    let of_room = s.rig.handle.room_page("document.body !== null").await;
    assert_eq!(look(&of_room.unwrap()).0, [0x11, 0x22, 0x33]);
    let never = s.rig.handle.room_page("document.hidden === 'never'").await;
    assert_eq!(never, None, "the page does not show what it shall");
    s.rig.handle.screen(Screen::Call);
    s.rig
        .until(
            "the call in front",
            |e| *e == Event::Screen(Screen::Call),
            SOON,
        )
        .await;
    let of_call = shows(&s.rig, [0xff, 0xff, 0xff]).await;
    assert_eq!(
        (of_call.1, of_call.2),
        (room.1, room.2),
        "the call fills the display as the room's page does"
    );
    s.rig.handle.notice(Some("Noch 5 Minuten".to_owned()));
    shows(&s.rig, [0x10, 0x13, 0x1a]).await;
    s.rig.handle.notice(None);
    shows(&s.rig, [0xff, 0xff, 0xff]).await;
    s.rig.handle.screen(Screen::Room);
    s.rig
        .until(
            "the room in front",
            |e| *e == Event::Screen(Screen::Room),
            SOON,
        )
        .await;
    shows(&s.rig, [0x11, 0x22, 0x33]).await;
    s.leave(call).await;

    let mark = s.rig.seen.len();
    s.rig.handle.screen(Screen::Call);
    let call = s.inside("/stage?scene=loud").await;
    s.rig.after(mark, Event::Screen(Screen::Call)).await;

    s.rig
        .handle
        .command(call, CallCommand::Volume(Percent::new(30)));
    s.rig.call(call, CallSeen::Volume(Percent::new(30))).await;
    // The page shows its banner when every element it has, seen or unseen, old or new, is at 30.
    s.rig.call(call, CallSeen::Trouble(Trouble::Network)).await;
    let mark = s.rig.seen.len();
    s.leave(call).await;
    s.rig.after(mark, Event::Screen(Screen::Room)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_are_asked_for_and_waiting_is_told() {
    if !can_run() {
        return;
    }
    let mut s = Stage::set().await;
    let call = s.join("/stage?scene=captcha");
    s.rig
        .call(call, CallSeen::PersonNeeded(PersonNeeded::Captcha))
        .await;
    s.rig.handle.command(call, CallCommand::Drop);
    let call = s.join("/stage?scene=sealed");
    s.rig
        .call(call, CallSeen::PersonNeeded(PersonNeeded::BotWall))
        .await;
    s.rig.handle.command(call, CallCommand::Drop);
    let call = s.join("/stage?scene=lobby");
    s.rig.call(call, CallSeen::Waiting(WaitingFor::Lobby)).await;
    s.leave(call).await;
    // A page that never answers, left while it loads.
    let call = s.join("/never");
    s.rig
        .call(
            call,
            CallSeen::Entering(room_core::event::JoinStep::Opening),
        )
        .await;
    s.leave(call).await;
    pages_left_after(s).await;
}

fn tap(x: u16, y: u16) -> CallCommand {
    CallCommand::Hand(Hand::Tap(Spot::new(x, y)))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_sees_the_page_and_acts_on_it_while_it_needs_one() {
    if !can_run() {
        return;
    }
    let mut s = Stage::set().await;
    s.rig.handle.screen(Screen::Call);
    let call = s.join("/stage?scene=sign-in");
    s.rig
        .call(call, CallSeen::PersonNeeded(PersonNeeded::Login))
        .await;
    s.rig.after(0, Event::Screen(Screen::Call)).await;
    let picture = s.rig.handle.page_to_act_on().await.unwrap();
    assert_eq!(picture[..3], [0xff, 0xd8, 0xff], "a JPEG");
    let typed = |text: &str| Hand::Type(Typed::new(text));
    for hand in [
        typed("erikaX"),
        Hand::Key(PageKey::Backspace),
        Hand::Key(PageKey::Tab),
        typed("geheim"),
        Hand::Scroll {
            at: Spot::new(2_000, 8_000),
            by: 20,
        },
    ] {
        s.rig.handle.command(call, CallCommand::Hand(hand));
    }
    // The button is where it is tapped once the page has come to rest.
    let handle = s.rig.handle.clone();
    let taps = tokio::spawn(async move {
        for _ in 0..40 {
            handle.command(call, tap(7_000, 3_500));
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    });
    s.rig.call(call, CallSeen::Inside).await;
    taps.abort();
    assert_eq!(
        s.rig.handle.page_to_act_on().await,
        None,
        "the page needs nobody now"
    );
    s.leave(call).await;

    let call = s.inside("/stage?scene=plain").await;
    assert_eq!(s.rig.handle.page_to_act_on().await, None, "it never did");
    s.leave(call).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hand_drags_a_slider_and_ticks_a_box_and_a_blank_onto_nothing_opens_nothing() {
    if !can_run() {
        return;
    }
    let mut s = Stage::set().await;
    let call = s.join("/stage?scene=slider");
    let person = CallSeen::PersonNeeded(PersonNeeded::Login);
    s.rig.call(call, person).await;
    s.rig.call(call, CallSeen::Mic(Switch::Closed)).await;
    let space = || CallCommand::Hand(Hand::Key(PageKey::Space));
    s.rig.handle.command(call, space());
    s.rig.quiet(Duration::from_millis(800)).await;
    let drag = Hand::Drag {
        from: Spot::new(1_030, 5_080),
        to: Spot::new(8_000, 5_080),
    };
    s.rig.handle.command(call, CallCommand::Hand(drag));
    // From the knob to the box; the blank then finds something to tick.
    s.rig
        .handle
        .command(call, CallCommand::Hand(Hand::Key(PageKey::BackTab)));
    s.rig.handle.command(call, space());
    s.rig.call(call, CallSeen::Inside).await;
    assert!(!s.rig.saw(call, &CallSeen::Mic(Switch::Open)));
    s.leave(call).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_hand_opens_a_microphone_and_nobody_agrees_without_the_operator() {
    if !can_run() {
        return;
    }
    const STILL: Duration = Duration::from_millis(800);
    let mut s = Stage::set().await;
    let call = s.join("/stage?scene=recording");
    s.rig
        .call(call, CallSeen::ConsentAsked(Consent::Recording))
        .await;
    s.rig.call(call, CallSeen::Mic(Switch::Closed)).await;
    // The page's own button takes no hand; what another one opens is closed at once.
    s.rig.handle.command(call, tap(2_000, 1_500));
    s.rig.quiet(STILL).await;
    s.rig.handle.command(call, tap(2_000, 7_500));
    s.rig.call(call, CallSeen::Mic(Switch::Open)).await;
    s.rig.call(call, CallSeen::Mic(Switch::Closed)).await;
    s.rig.handle.command(call, tap(8_000, 1_500));
    s.rig.call(call, CallSeen::Inside).await;
    assert!(
        !s.rig.saw(call, &CallSeen::Agreed(Consent::Recording)),
        "a person did"
    );
    s.leave(call).await;

    let call = s.join("/stage?scene=terms");
    s.rig
        .call(call, CallSeen::ConsentAsked(Consent::Terms))
        .await;
    s.rig
        .handle
        .command(call, CallCommand::Agree(Consent::Recording));
    s.rig.quiet(STILL).await;
    s.rig
        .handle
        .command(call, CallCommand::Agree(Consent::Terms));
    s.rig.call(call, CallSeen::Agreed(Consent::Terms)).await;
    s.rig.call(call, CallSeen::Inside).await;
    s.leave(call).await;

    let call = s.join("/stage?scene=speak-up");
    s.rig.call(call, CallSeen::UnmuteAsked).await;
    s.leave(call).await;
    assert!(!s.rig.saw(call, &CallSeen::Mic(Switch::Open)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn trouble_of_the_page_is_noticed_and_named() {
    if !can_run() {
        return;
    }
    let mut s = Stage::set().await;
    let call = s.inside("/stage?scene=plain&then=hang").await;
    s.rig.call(call, CallSeen::Trouble(Trouble::Frozen)).await;
    assert_eq!(
        s.rig.end_of(call, Duration::from_secs(40)).await,
        CallSeen::Over(EndReason::PageGone)
    );

    let call = s.inside("/stage?scene=plain&then=hang-a-while").await;
    s.rig.call(call, CallSeen::Trouble(Trouble::Frozen)).await;
    s.rig.call(call, CallSeen::Recovered).await;
    s.rig.handle.command(call, CallCommand::Drop);

    let call = s.inside("/stage?scene=plain").await;
    crash(&s.keeper);
    s.rig
        .call(call, CallSeen::Trouble(Trouble::PageCrashed))
        .await;
    assert_eq!(
        s.rig.end_of(call, SOON).await,
        CallSeen::Over(EndReason::PageGone)
    );

    let back = common::within("the room's page after its renderer died", SOON, || async {
        let picture = s.rig.handle.mirror().await?;
        (look(&picture).0 == [0x11, 0x22, 0x33]).then_some(())
    });
    back.await;

    let call = s.inside("/stage?scene=plain&then=banner").await;
    s.rig.call(call, CallSeen::Trouble(Trouble::Network)).await;
    s.rig.call(call, CallSeen::Recovered).await;
    let call_ended = s.inside("/stage?scene=plain&then=prejoin").await;
    assert_eq!(
        s.rig.end_of(call_ended, SOON).await,
        CallSeen::Over(EndReason::EndedByHost),
        "a page that starts over is not entered again"
    );
    s.leave(call).await;
}

/// Kills every renderer below a keeper, as running out of memory would.
fn crash(keeper: &Keeper) {
    use nix::sys::signal::{Signal, kill};
    for pid in common::descendants(keeper.pid()) {
        let line = std::fs::read_to_string(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        if line.contains("--type=renderer") {
            let _ = kill(
                nix::unistd::Pid::from_raw(i32::try_from(pid).unwrap()),
                Signal::SIGKILL,
            );
        }
    }
}
