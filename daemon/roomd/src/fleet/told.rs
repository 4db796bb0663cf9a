//! What a room does that its fleet told it: presses as from afar, and proofs that they took effect. Nothing here opens anything:
//! the room itself refuses that to every press that comes from outside of it.

use super::{Ask, bundle, sent};
use crate::faces::Metrics;
use crate::trials::Trials;
use crate::watchers::Views;
use fleet_agent::link::Dialler;
use fleet_proto::{Code, Failure, Outcome, Part, Refusal, RoomState, Upload, Verb};
use room_api::{CanaryResult, ErrorCode, Verdict};
use room_core::event::{Origin, Press};
use room_core::limits;
use room_core::units::{Seen, Switch};
use room_core::view::{AfarView, Ahead, BrowserView, Offer, Phase, PreflightView, View};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::{sleep, timeout};

/// The conference's page takes a second at most; a busy board a few.
const CLOSED: Duration = Duration::from_secs(10);
/// A page that does not leave by itself is destroyed within this.
const LEFT: Duration = Duration::from_secs(30);
/// The sound is made anew within two seconds, and looked for again for a while.
const SOUND_BACK: Duration = Duration::from_secs(15);
/// The longest check of a room.
const PROVEN: Duration = Duration::from_secs(300);
/// The longest look at a day; the room gives it up before.
const FORESEEN: Duration = Duration::from_secs(130);
/// Until then a browser that the room itself has not given up either is not back.
const BROWSER_BACK: Duration = limits::BROWSER.saturating_sub(Duration::from_secs(5));
/// The room's own answer to a press.
const ANSWERED: Duration = Duration::from_secs(5);
/// So long people can read that a picture is taken before it is.
const NOTICE: Duration = Duration::from_secs(3);
/// The page draws within a second; a browser that is busy takes longer.
const PICTURED: Duration = Duration::from_secs(15);
/// Entering, and a page that does not leave.
const TRIED: Duration = Duration::from_secs(150);

/// True on the room's page once it has drawn that a picture is taken: from then on nothing of meetings stands on it, and no code.
const SHOWS_PICTURE: &str = "document.body?.dataset.afar === 'picture'";

/// What this room does when it is told, beside test meetings; everything else is answered as unknown.
const KNOWS: [&str; 9] = [
    "mute",
    "leave",
    "reset-sound",
    "preflight",
    "tomorrow",
    "identify",
    "log-bundle",
    "restart-browser",
    "restart-daemon",
];

/// Does it. Cheap to clone.
#[derive(Clone)]
pub struct Hands {
    /// The room.
    pub views: Views,
    /// Presses into it.
    pub presses: mpsc::Sender<(Press, Origin)>,
    /// Asks the daemon as a whole.
    pub asks: mpsc::Sender<Ask>,
    /// The room's browser.
    pub browser: call_browser::Handle,
    /// Test meetings.
    pub trials: Trials,
    /// Counts for IT.
    pub metrics: Metrics,
}

/// What is given to one command.
pub struct Given {
    /// The way to the server.
    pub dialler: Dialler,
    /// The room as the fleet sees it.
    pub state: Box<RoomState>,
}

impl Hands {
    /// What this room can be told. What shows the room is among it only where the room's file says whose grants count.
    /// Releases that it takes are among it.
    pub fn knows(&self, grants: bool, releases: Vec<String>) -> Vec<Code> {
        let canaries = self.trials.names().into_iter();
        let canaries = canaries.map(|name| format!("canary-{name}"));
        let picture = grants.then(|| "screenshot".to_owned());
        let all = KNOWS.iter().map(|verb| (*verb).to_owned());
        let all = all.chain(picture).chain(releases).chain(canaries);
        all.filter_map(|verb| verb.parse().ok()).collect()
    }

    /// Does it, and says how it ended.
    pub async fn perform(&self, verb: &Verb, given: &Given) -> Outcome {
        match verb {
            Verb::Mute {} => self.mute().await,
            Verb::Leave {} => self.leave().await,
            Verb::ResetSound {} => self.reset_sound().await,
            Verb::Preflight {} => self.prove().await,
            Verb::Tomorrow {} => self.look_ahead().await,
            Verb::Identify { seconds } => self.identify(*seconds).await,
            Verb::Canary { name } => self.canary(name).await,
            Verb::LogBundle { to } => self.log_bundle(to, given).await,
            Verb::Screenshot { to } => self.screenshot(to, given).await,
            Verb::Restart {
                part: Part::Browser,
            } => self.restart_browser().await,
            Verb::Restart { part: Part::Daemon } => {
                // The next start says that it is done.
                let _ = self.asks.send(Ask::Anew).await;
                Outcome::Begun {}
            }
            Verb::Unknown => refused(Refusal::UnknownVerb),
        }
    }

    async fn mute(&self) -> Outcome {
        self.press(Press::Mic(Switch::Closed)).await;
        let closed = |view: &View| view.mic.seen == Seen::Is(Switch::Closed);
        self.seen(CLOSED, closed, Failure::MicrophoneNotClosed)
            .await
    }

    async fn leave(&self) -> Outcome {
        if is_out(&self.views.borrow()) {
            return refused(Refusal::NothingThere);
        }
        self.press(Press::Leave).await;
        self.seen(LEFT, is_out, Failure::CallNotLeft).await
    }

    async fn reset_sound(&self) -> Outcome {
        if !self.offers(&Offer::ResetSound) {
            return refused(Refusal::NothingThere);
        }
        self.press(Press::ResetSound).await;
        let back = |view: &View| view.sound.as_ref().is_some_and(|s| !s.resetting);
        self.seen(SOUND_BACK, back, Failure::SoundNotBack).await
    }

    /// The room's own check, as the verb does it.
    pub(super) async fn prove(&self) -> Outcome {
        if !self.offers(&Offer::Preflight) {
            return refused(Refusal::InUse);
        }
        let last = |view: &View| view.preflight.as_ref().and_then(|p| p.last.clone());
        let runs = |view: &View| view.preflight.as_ref().is_some_and(|p| p.runs);
        let before = last(&self.views.borrow());
        self.press(Press::Preflight).await;
        let fresh = |view: &View| last(view) != before;
        self.until(ANSWERED, |view| runs(view) || fresh(view)).await;
        self.until(PROVEN, |view| !runs(view)).await;
        // A check that somebody ended, or of a room with nothing to check, has ended and judged nothing.
        self.seen(Duration::ZERO, fresh, Failure::PreflightNotDone)
            .await
    }

    async fn look_ahead(&self) -> Outcome {
        let preflight = self.views.borrow().preflight.clone();
        let before = match preflight {
            None => return refused(Refusal::NothingThere),
            Some(preflight) => match preflight.ahead {
                Ahead::Never => return refused(Refusal::NothingThere),
                Ahead::Looks => return refused(Refusal::Busy),
                Ahead::NotNow => return refused(Refusal::InUse),
                Ahead::MayBeAsked => preflight.tomorrow,
            },
        };
        let looks = |p: &PreflightView| p.ahead == Ahead::Looks;
        self.press(Press::LookAhead).await;
        let proof = |view: &View| view.preflight.clone();
        let fresh = |p: &PreflightView| p.tomorrow != before;
        let begun = |view: &View| proof(view).is_some_and(|p| looks(&p) || fresh(&p));
        self.until(ANSWERED, begun).await;
        let ended = |view: &View| proof(view).is_some_and(|p| !looks(&p));
        self.until(FORESEEN, ended).await;
        let seen = |view: &View| proof(view).is_some_and(|p| fresh(&p));
        self.seen(Duration::ZERO, seen, Failure::TomorrowNotDone)
            .await
    }

    async fn identify(&self, seconds: u16) -> Outcome {
        let lasts = Duration::from_secs(u64::from(seconds));
        self.press(Press::Identify(lasts)).await;
        // A picture that is taken just now is said first.
        let shown = |view: &View| view.afar.is_some();
        self.seen(ANSWERED, shown, Failure::NotShown).await
    }

    async fn restart_browser(&self) -> Outcome {
        let browser = self.views.borrow().browser;
        match browser {
            BrowserView::Here => {}
            BrowserView::BeginsAnew => return refused(Refusal::Busy),
            BrowserView::Gone | BrowserView::Unknown => return refused(Refusal::NothingThere),
        }
        self.press(Press::RestartBrowser).await;
        let begun = |view: &View| view.browser == BrowserView::BeginsAnew;
        if !self.until(ANSWERED, begun).await {
            return failed(Failure::BrowserNotBack);
        }
        let back = |view: &View| view.browser == BrowserView::Here;
        self.seen(BROWSER_BACK, back, Failure::BrowserNotBack).await
    }

    /// A test meeting, as the verb does it.
    pub(super) async fn canary(&self, name: &Code) -> Outcome {
        let mut results = match self.trials.canary_named(name) {
            Ok(results) => results,
            Err(ErrorCode::RoomBusy) => return refused(Refusal::InUse),
            Err(_) => return refused(Refusal::NothingThere),
        };
        match timeout(TRIED, results.recv()).await {
            Ok(Some(result)) => judged(&result),
            Ok(None) | Err(_) => failed(Failure::CanaryNotEntered),
        }
    }

    async fn log_bundle(&self, to: &Upload, given: &Given) -> Outcome {
        let bundle = bundle::Parts {
            state: &given.state,
            metrics: self.metrics.text(),
            log: crate::logs::kept(),
        };
        let most = usize::try_from(to.most).unwrap_or(usize::MAX);
        put(to, given, bundle::write(&bundle, most)).await
    }

    async fn screenshot(&self, to: &Upload, given: &Given) -> Outcome {
        if !is_out(&self.views.borrow()) {
            return refused(Refusal::InUse);
        }
        self.press(Press::Picture).await;
        let said = |view: &View| view.afar == Some(AfarView::Picture);
        if !self.until(ANSWERED, said).await {
            return refused(Refusal::InUse);
        }
        sleep(NOTICE).await;
        let picture = timeout(PICTURED, self.browser.room_page(SHOWS_PICTURE)).await;
        self.press(Press::PictureTaken).await;
        match picture {
            Ok(Some(picture)) => put(to, given, picture).await,
            Ok(None) | Err(_) => failed(Failure::PictureNotTaken),
        }
    }

    fn offers(&self, offer: &Offer) -> bool {
        self.views.borrow().offers.contains(offer)
    }

    async fn press(&self, press: Press) {
        // Without a loop nothing is seen to have happened, and that is what is answered.
        let _ = self.presses.send((press, Origin::Fleet)).await;
    }

    /// Whether it is so within the limit.
    async fn until(&self, limit: Duration, wanted: impl Fn(&View) -> bool) -> bool {
        let mut views = self.views.clone();
        let seen = timeout(limit, views.wait_for(|view| wanted(view))).await;
        matches!(seen, Ok(Ok(_)))
    }

    async fn seen(&self, limit: Duration, wanted: impl Fn(&View) -> bool, or: Failure) -> Outcome {
        match self.until(limit, wanted).await {
            true => Outcome::Done {},
            false => failed(or),
        }
    }
}

async fn put(to: &Upload, given: &Given, what: Vec<u8>) -> Outcome {
    match sent(&given.dialler, to, what).await {
        true => Outcome::Done {},
        false => failed(Failure::NotUploaded),
    }
}

fn refused(why: Refusal) -> Outcome {
    Outcome::Refused { why }
}

fn failed(failure: Failure) -> Outcome {
    coded(failure.code())
}

fn coded(code: &str) -> Outcome {
    match code.parse() {
        Ok(code) => Outcome::Failed { code },
        Err(_) => refused(Refusal::NothingThere),
    }
}

/// What a test meeting's result says to IT. What kept the room out has a name of its own where it is a call's failure.
fn judged(result: &CanaryResult) -> Outcome {
    match (result.verdict, result.why.as_str()) {
        (Verdict::Valid, _) => Outcome::Done {},
        (Verdict::Drifted, "not-dark") => failed(Failure::CanaryNotDark),
        (Verdict::Drifted, _) => failed(Failure::CanaryDrifted),
        (Verdict::Unknown, "room-needed") => refused(Refusal::InUse),
        (Verdict::Unknown, why) if why.starts_with("call-") => coded(why),
        (Verdict::Unknown, _) => failed(Failure::CanaryNotEntered),
    }
}

fn is_out(view: &View) -> bool {
    match view.phase {
        Phase::Standby | Phase::Announced { .. } | Phase::Failed { .. } | Phase::Ended(_) => true,
        Phase::Joining(_)
        | Phase::Waiting { .. }
        | Phase::AsksPasscode { .. }
        | Phase::PersonNeeded(_)
        | Phase::InCall { .. }
        | Phase::Reconnecting { .. }
        | Phase::Leaving => false,
    }
}
