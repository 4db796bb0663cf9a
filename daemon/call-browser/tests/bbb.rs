//! A real call through the BigBlueButton pack: pages with its markers, real media through Janus, a far end in a browser
//! of its own, and the core that decides. What the far end hears and sees is counted there.
#![allow(
    clippy::unwrap_used,
    reason = "a test says what went wrong by panicking"
)]

mod common;

use common::far::{Browser, Page};
use common::janus::Server;
use common::lane::Lane;
use common::living::LivingRoom;
use common::rig::SOON;
use common::{Keeper, can_run, on_path};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use room_core::event::{CallSeen, Flow, Press, Trouble};
use room_core::units::{Seen, Switch};
use room_core::view::{EndedWhy, MicNote, Phase, View};
use std::time::Duration;
use tokio::time::Instant;

const ROOM: u32 = 1234;
/// From nothing to inside, with a browser that just started.
const ENTERS_WITHIN: Duration = Duration::from_secs(60);
/// The same as measured on two quiet cores.
const ENTERS_IN: Duration = Duration::from_secs(4);

/// A conference with somebody in it, and a room that is invited. The order is that of taking down.
struct World {
    room: LivingRoom,
    far: Far,
    keeper: Keeper,
    /// When the network was taken away last.
    cut: Instant,
    lane: Lane,
    _server: Server,
}

/// The far end: a moderator in a browser of their own.
struct Far {
    page: Page,
    _browser: Browser,
    _keeper: Keeper,
}

fn can_meet() -> bool {
    can_run() && on_path("janus") && on_path("ip")
}

async fn world(scene: &str) -> World {
    let lane = Lane::lay();
    let server = Server::start(lane.here).await;
    let (policy, starter) = (server.policy(), lane.starter());
    let (keeper, far_keeper) = tokio::join!(
        Keeper::start_under(&starter, &policy, &[], &[]),
        Keeper::start(&policy),
    );
    let browser = Browser::at(&far_keeper).await;
    let page = browser.open(&server.client(ROOM, "Anna")).await;
    for marker in ["microphoneBtn", "joinEchoTestButton", "closeModal"] {
        page.press(marker).await;
    }
    let link = server.invitation(ROOM, scene);
    let room_page = format!("{}/room", server.origin);
    let room = LivingRoom::start(&keeper.socket, &room_page, &link, &server.origin).await;
    World {
        room,
        far: Far {
            page,
            _browser: browser,
            _keeper: far_keeper,
        },
        keeper,
        cut: Instant::now(),
        lane,
        _server: server,
    }
}

/// What came from the room at the far end.
#[derive(Debug, Clone, Copy)]
struct Heard {
    audio: u64,
    energy: f64,
    frames: u64,
}

impl Far {
    async fn heard(&self) -> Heard {
        let all = self.page.eval("conference.stats()").await;
        let of = &all["Raum 2.07"];
        Heard {
            audio: of["audio"].as_u64().unwrap_or_default(),
            energy: of["energy"].as_f64().unwrap_or_default(),
            frames: of["frames"].as_u64().unwrap_or_default(),
        }
    }

    async fn until(&self, what: &str, test: impl Fn(Heard) -> bool) -> Heard {
        common::within(what, SOON, || async {
            let heard = self.heard().await;
            test(heard).then_some(heard)
        })
        .await
    }

    /// Waits until nothing can be heard, also not what a receiver makes up for packets that do not come.
    async fn silence(&self) -> Heard {
        common::within("silence", SOON, || async {
            let before = self.heard().await;
            tokio::time::sleep(Duration::from_millis(500)).await;
            let now = self.heard().await;
            (now.energy - before.energy < AUDIBLE / 10.0).then_some(now)
        })
        .await
    }

    /// Presses something in the line of the room.
    async fn press_at_room(&self, marker: &str) {
        let at =
            format!("document.querySelector('[data-name=\"Raum 2.07\"] [data-test={marker}]')");
        self.page.until(&at).await;
        self.page.eval(&format!("{at}.click()")).await;
    }
}

/// The tone of the room's microphone, as energy at the far end, is far above this; silence is far below.
const AUDIBLE: f64 = 1e-4;

fn mic(view: &View) -> Seen<Switch> {
    view.mic.seen
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_real_call_is_silent_until_a_press_and_again_when_the_far_end_says_so() {
    if !can_meet() {
        return;
    }
    let mut w = world("moderators-unmute,slow-server").await;
    w.room.inside(ENTERS_WITHIN).await;
    assert!(
        !w.room
            .saw_since(w.room.began(), &CallSeen::Mic(Switch::Open))
    );
    w.room.live(Duration::from_secs(2)).await;
    let heard = w
        .far
        .until("packets of silence", |heard| heard.audio > 50)
        .await;
    assert!(heard.energy < AUDIBLE && heard.frames == 0, "{heard:?}");

    let pressed = Instant::now();
    w.room.press(Press::Mic(Switch::Open));
    w.room
        .until(
            "microphone open",
            |v| mic(v) == Seen::Is(Switch::Open),
            SOON,
        )
        .await;
    eprintln!("microphone open {:?} after the press", pressed.elapsed());
    w.far
        .until("the room's tone", |now| now.energy > heard.energy + AUDIBLE)
        .await;
    w.room.press(Press::Camera(Switch::Open));
    let camera = |v: &View| v.camera.seen == Seen::Is(Switch::Open);
    w.room.until("camera open", camera, SOON).await;
    w.far
        .until("the room's picture", |now| now.frames > 10)
        .await;
    let both = |v: &View| {
        v.media.is_some_and(|m| {
            m.audio_in == Flow::Runs && m.audio_out == Flow::Runs && m.video_out == Flow::Runs
        })
    };
    w.room.until("sound both ways", both, SOON).await;

    w.far.press_at_room("mute-person").await;
    w.room
        .until(
            "muted from afar",
            |v| mic(v) == Seen::Is(Switch::Closed),
            SOON,
        )
        .await;
    let muted = w.far.silence().await;
    w.far.press_at_room("unmute-person").await;
    w.room.live(Duration::from_secs(4)).await;
    let (shown, story) = (mic(&w.room.view()), w.room.story());
    assert_eq!(shown, Seen::Is(Switch::Closed), "{story}");
    let now = w.far.heard().await;
    assert!(
        now.audio > muted.audio + 50 && now.energy - muted.energy < AUDIBLE,
        "opened from afar: {muted:?} {now:?}"
    );

    w.room.press(Press::Camera(Switch::Closed));
    w.room
        .until(
            "camera closed",
            |v| v.camera.seen == Seen::Is(Switch::Closed),
            SOON,
        )
        .await;
    w.far.press_at_room("remove-person").await;
    w.over(EndedWhy::Removed).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_to_speak_waits_for_a_press_and_an_ended_meeting_is_not_entered_again() {
    if !can_meet() {
        return;
    }
    let mut w = world("muted-newcomers").await;
    w.room.inside(ENTERS_WITHIN).await;
    let asked = |v: &View| v.mic_note == Some(MicNote::AskedToUnmute);
    let open = |v: &View| mic(v) == Seen::Is(Switch::Open);

    // Somebody else's mute comes first, so that there is something to take back.
    w.far.press_at_room("mute-person").await;
    w.far.press_at_room("unmute-person").await;
    w.room.until("asked to speak", asked, SOON).await;
    w.room.live(Duration::from_secs(3)).await;
    assert!(asked(&w.room.view()) && !open(&w.room.view()));
    let before = w.far.silence().await;
    w.room.press(Press::Mic(Switch::Open));
    w.room.until("opened by a press", open, SOON).await;
    w.room.inside(SOON).await;
    w.far
        .until("the room", |now| now.energy > before.energy + AUDIBLE)
        .await;

    w.far.page.press("leaveMeetingDropdown").await;
    w.far.page.press("end-for-all").await;
    w.over(EndedWhy::ByHost).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_network_that_comes_back_in_time_costs_no_new_call() {
    if !can_meet() {
        return;
    }
    let mut w = world("").await;
    w.room.inside(ENTERS_WITHIN).await;
    w.room.press(Press::Mic(Switch::Open));
    w.far.until("the room", |now| now.energy > AUDIBLE).await;
    for (seconds, troubled) in [(5, false), (20, true)] {
        let before = w.away(Duration::from_secs(seconds)).await;
        w.room.inside(SOON).await;
        let back =
            |now: Heard| now.audio > before.audio + 20 && now.energy > before.energy + AUDIBLE;
        w.far.until("the room again", back).await;
        let said = w
            .room
            .saw_since(w.cut, &CallSeen::Trouble(Trouble::Network));
        let story = w.room.story();
        assert_eq!(
            (said, w.room.calls()),
            (troubled, 1),
            "{seconds} s: {story}"
        );
    }
    assert_eq!(
        mic(&w.room.view()),
        Seen::Is(Switch::Open),
        "nobody closed it"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_network_that_stays_away_for_a_minute_ends_in_a_new_dark_call() {
    if !can_meet() {
        return;
    }
    let mut w = world("").await;
    w.room.inside(ENTERS_WITHIN).await;
    w.room.press(Press::Mic(Switch::Open));
    w.far.until("the room", |now| now.energy > AUDIBLE).await;
    w.away(Duration::from_secs(60)).await;
    let back = Instant::now();
    w.room.inside(Duration::from_secs(45)).await;
    eprintln!("in the call again {:?} after the network", back.elapsed());
    assert!(w.room.calls() > 1, "{}", w.room.story());
    w.stays_dark().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_that_dies_or_freezes_is_entered_again_dark_within_eight_seconds() {
    if !can_meet() {
        return;
    }
    let mut w = world("").await;
    w.room.inside(ENTERS_WITHIN).await;
    let allowed = common::way_back(w.room.began().elapsed(), ENTERS_IN);
    w.room.press(Press::Mic(Switch::Open));
    w.far.until("the room", |now| now.energy > AUDIBLE).await;

    let died = Instant::now();
    w.to_renderers(Signal::SIGKILL);
    w.until_call(2).await;
    w.room.inside(ENTERS_WITHIN).await;
    eprintln!(
        "in the call again {:?} of {allowed:?} after the page died",
        died.elapsed()
    );
    assert!(died.elapsed() <= allowed, "{allowed:?}: {}", w.room.story());
    w.stays_dark().await;

    let froze = Instant::now();
    w.to_renderers(Signal::SIGSTOP);
    w.until_call(3).await;
    let given_up = Instant::now();
    w.room.inside(ENTERS_WITHIN).await;
    let (noticed, again) = (given_up - froze, given_up.elapsed());
    eprintln!("given up {noticed:?} after the page froze, in the call again {again:?} later");
    assert!(w.room.saw_since(froze, &CallSeen::Trouble(Trouble::Frozen)));
    assert!(again <= allowed, "{allowed:?}: {}", w.room.story());
    w.stays_dark().await;
}

impl World {
    /// Takes the network away for a while, in which nothing may reach the far end; gives what had come before.
    async fn away(&mut self, how_long: Duration) -> Heard {
        self.cut = Instant::now();
        self.lane.carry(false);
        self.room.live(Duration::from_secs(2)).await;
        let before = self.far.heard().await;
        self.room.live(how_long - Duration::from_secs(2)).await;
        let late = self.far.heard().await;
        self.lane.carry(true);
        assert!(late.audio <= before.audio, "something came through");
        late
    }

    /// The room says why the call is over, and leaves it at that.
    async fn over(&mut self, why: EndedWhy) {
        let over = |v: &View| v.phase == Phase::Ended(why);
        self.room.until("the end", over, SOON).await;
        let calls = self.room.calls();
        self.room.live(Duration::from_secs(8)).await;
        assert_eq!(
            self.room.calls(),
            calls,
            "it came back: {}",
            self.room.story()
        );
    }

    async fn until_call(&mut self, number: usize) {
        let end = Instant::now() + ENTERS_WITHIN;
        while self.room.calls() < number {
            self.room.live(Duration::from_millis(20)).await;
            assert!(Instant::now() < end, "no new call: {}", self.room.story());
        }
    }

    /// In a new call the far end gets packets, and silence in them.
    async fn stays_dark(&mut self) {
        let new = self.far.heard().await;
        let heard = self
            .far
            .until("packets of silence", |now| now.audio > new.audio + 50);
        let heard = heard.await;
        assert!(heard.energy - new.energy < AUDIBLE, "{new:?} {heard:?}");
        let closed = |v: &View| mic(v) == Seen::Is(Switch::Closed);
        self.room.until("closed", closed, SOON).await;
    }

    /// Every page of the room's browser.
    fn to_renderers(&self, signal: Signal) {
        for pid in common::descendants(self.keeper.pid()) {
            let line = std::fs::read_to_string(format!("/proc/{pid}/cmdline")).unwrap_or_default();
            if line.contains("--type=renderer") {
                let _ = kill(Pid::from_raw(i32::try_from(pid).unwrap()), signal);
            }
        }
    }
}
