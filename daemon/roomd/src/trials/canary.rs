//! The operator's test meetings: joined one after the other, dark and silent, to see whether each pack still fits.
//! `Judge` decides from what was seen; the rest asks the browser and keeps the results.

use super::{Inner, Seat, farewell, millis};
use crate::clock;
use crate::renewal::certainty;
use crate::state_dir::write_whole;
use call_browser::pack::Pack;
use call_browser::{Sighting, Watch};
use room_api::{CanaryAnswer, CanaryResult, Verdict};
use room_core::event::{CallSeen, EndReason, PersonNeeded, WaitingFor};
use room_core::failure::CallFailure;
use room_core::ids::Private;
use room_core::meeting::Target;
use room_core::units::Switch;
use room_profile::Canary;
use std::fs;
use std::path::Path;
use std::sync::{Arc, PoisonError};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until, timeout};
use tracing::{info, warn};

/// Entering may take so long.
const LIMIT: Duration = Duration::from_secs(90);
/// Once inside, microphone and camera must be read within this.
const CONTROLS: Duration = Duration::from_secs(6);

/// Runs them all, telling each result; stops when nobody reads any more.
pub(super) async fn run(
    inner: Arc<Inner>,
    canaries: Vec<Canary>,
    seat: Seat,
    lines: mpsc::Sender<CanaryResult>,
) {
    for canary in canaries {
        let result = tokio::select! {
            result = one(&inner, &canary) => result,
            () = lines.closed() => return,
        };
        info!(service = result.service, verdict = ?result.verdict, why = result.why, "a test meeting was tried");
        inner.parts.metrics.canary(&result);
        // The operator's are remembered; the room's own conference has no pack to watch over.
        if inner.still_wanted(&result) {
            inner.keep(result.clone());
        }
        let _ = lines.send(result).await;
    }
    drop(seat);
}

async fn one(inner: &Inner, canary: &Canary) -> CanaryResult {
    let (began, at) = (Instant::now(), clock::wall());
    let target = canary.target.clone();
    let pack = inner.parts.renewal.shelf().of(&target.service);
    let mut judge = Judge::new(pack.as_deref());
    let mut outline = None;
    match passcode(canary) {
        Err(()) => judge.unknown("passcode-file"),
        Ok(code) => {
            let link = target.best.place().clone();
            let target = Target::page(target.service, target.host, link, code);
            let mut watch = inner.parts.browser.enter(inner.parts.request(target));
            outline = attend(inner, &mut watch, &mut judge, began).await;
        }
    }
    let (verdict, why, step) = judge.verdict();
    CanaryResult {
        service: canary.target.service.as_str().to_owned(),
        name: canary.name.clone(),
        version: pack.as_ref().map(|pack| pack.version),
        certainty: pack.as_ref().map(|pack| certainty(pack.certainty)),
        verdict,
        why,
        screen: judge.screen,
        step,
        outline,
        at_ms: at.0,
        took_ms: millis(began),
    }
}

/// Watches one meeting to its end; says where an outline was kept.
async fn attend(
    inner: &Inner,
    watch: &mut Watch,
    judge: &mut Judge,
    began: Instant,
) -> Option<String> {
    let mut outline = None;
    tokio::select! {
        () = enter(watch, judge, &mut outline) => {}
        () = sleep_until(began + LIMIT) => judge.unknown("time-up"),
        () = inner.parts.needed() => {
            judge.unknown("room-needed");
            watch.drop_page();
        }
    }
    watch.leave();
    let (rest, kept) = farewell(watch).await;
    rest.iter().for_each(|sighting| judge.saw(sighting));
    outline.or(kept)
}

/// Until there is nothing more to learn.
async fn enter(watch: &mut Watch, judge: &mut Judge, outline: &mut Option<String>) {
    while !judge.done() {
        let next = match judge.inside_since {
            Some(since) => {
                let rest = CONTROLS.saturating_sub(since.elapsed());
                let Ok(next) = timeout(rest, watch.next()).await else {
                    return;
                };
                next
            }
            None => watch.next().await,
        };
        match next {
            Some(Sighting::Kept(path)) => *outline = Some(path.display().to_string()),
            Some(sighting) => judge.saw(&sighting),
            None => return judge.unknown("browser-gone"),
        }
    }
}

/// What was seen so far, and what follows for the pack.
#[derive(Debug, Default)]
struct Judge {
    wants: Controls,
    read: Controls,
    inside_since: Option<Instant>,
    screen: Option<String>,
    /// The last step that the pack cannot do without and that could not be done.
    stuck: Option<String>,
    opened: bool,
    drifted: Option<&'static str>,
    unknown: Option<String>,
    left: bool,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Controls {
    microphone: bool,
    camera: bool,
}

impl Judge {
    fn new(pack: Option<&Pack>) -> Self {
        let wants = Controls {
            microphone: pack.is_some_and(|pack| pack.microphone.is_some()),
            camera: pack.is_some_and(|pack| pack.camera.is_some()),
        };
        Self {
            wants,
            ..Self::default()
        }
    }

    fn unknown(&mut self, why: impl Into<String>) {
        self.unknown.get_or_insert(why.into());
    }

    fn saw(&mut self, sighting: &Sighting) {
        match sighting {
            Sighting::Screen { rule, .. } => self.screen = Some(rule.clone()),
            Sighting::NotDone {
                step,
                optional: false,
                ..
            } => self.stuck = Some(step.clone()),
            Sighting::NotDone { .. } | Sighting::Step { .. } | Sighting::Kept(_) => {}
            Sighting::Call(seen) => self.heard(seen),
        }
    }

    fn heard(&mut self, seen: &CallSeen) {
        match seen {
            CallSeen::Inside => {
                self.inside_since.get_or_insert_with(Instant::now);
                self.stuck = None;
            }
            CallSeen::Mic(switch) => {
                self.read.microphone = true;
                self.opened |= *switch == Switch::Open;
            }
            CallSeen::Camera(switch) => {
                self.read.camera = true;
                self.opened |= *switch == Switch::Open;
            }
            CallSeen::Waiting(WaitingFor::Host) => self.unknown("waiting-host"),
            CallSeen::Waiting(WaitingFor::Lobby) => self.unknown("waiting-lobby"),
            CallSeen::Waiting(WaitingFor::Hold) => self.unknown("waiting-hold"),
            CallSeen::PasscodeAsked { rejected: true } => self.unknown("call-wrong-passcode"),
            CallSeen::PasscodeAsked { rejected: false } => self.unknown("passcode-asked"),
            CallSeen::PersonNeeded(need) => self.asks(*need),
            CallSeen::ConsentAsked(kind) => self.asks(PersonNeeded::Consent(Some(*kind))),
            CallSeen::Failed(CallFailure::UnknownScreen) => self.drifted = Some("screen"),
            CallSeen::Failed(CallFailure::ActionFailed) => self.drifted = Some("step"),
            CallSeen::Failed(failure) => self.unknown(failure.code()),
            CallSeen::Over(EndReason::Left) => self.left = true,
            CallSeen::Over(reason) => self.unknown(over(*reason)),
            CallSeen::Warm
            | CallSeen::Entering(_)
            | CallSeen::Lens(_)
            | CallSeen::Sound(..)
            | CallSeen::Volume(_)
            | CallSeen::People(_)
            | CallSeen::Media(_)
            | CallSeen::Trouble(_)
            | CallSeen::Agreed(_)
            | CallSeen::UnmuteAsked
            | CallSeen::Recovered => {}
        }
    }

    fn asks(&mut self, need: PersonNeeded) {
        self.unknown(match need {
            PersonNeeded::Captcha => CallFailure::CaptchaNeeded.code(),
            PersonNeeded::Login => CallFailure::LoginNeeded.code(),
            PersonNeeded::Registration => CallFailure::RegistrationNeeded.code(),
            PersonNeeded::Consent(_) => CallFailure::ConsentMissing.code(),
            PersonNeeded::BotWall => CallFailure::BotWall.code(),
            // Inside a test meeting nobody is asked; nothing is learned of the pack by it.
            PersonNeeded::Breakout | PersonNeeded::Presence => return,
        });
    }

    /// Whether there is nothing more to learn by staying.
    fn done(&self) -> bool {
        let known = self.drifted.is_some() || self.unknown.is_some() || self.left;
        known || (self.inside_since.is_some() && self.read == self.wants)
    }

    fn verdict(&self) -> (Verdict, String, Option<String>) {
        let drifted = |why: &str, step| (Verdict::Drifted, why.to_owned(), step);
        if self.opened {
            return drifted("not-dark", None);
        }
        if let Some(why) = self.drifted {
            return drifted(why, self.stuck.clone());
        }
        if let Some(why) = &self.unknown {
            return (Verdict::Unknown, why.clone(), None);
        }
        if self.inside_since.is_none() {
            return (Verdict::Unknown, "not-entered".to_owned(), None);
        }
        if self.read != self.wants {
            let control = if self.read.microphone == self.wants.microphone {
                "camera"
            } else {
                "microphone"
            };
            return drifted("control", Some(control.to_owned()));
        }
        match &self.stuck {
            Some(step) => drifted("step", Some(step.clone())),
            None => (Verdict::Valid, "entered".to_owned(), None),
        }
    }
}

fn over(reason: EndReason) -> &'static str {
    match reason {
        EndReason::Left => "left",
        EndReason::EndedByHost => "ended-by-host",
        EndReason::Removed => "removed",
        EndReason::Denied => "call-denied",
        EndReason::TimeLimit => "time-limit",
        EndReason::PageGone => "browser-gone",
    }
}

fn passcode(canary: &Canary) -> Result<Option<Private>, ()> {
    let Some(path) = &canary.passcode_file else {
        return Ok(None);
    };
    let service = canary.target.service.as_str();
    let text = fs::read_to_string(path).map_err(|error| {
        warn!(service, path = %path.display(), %error, "the passcode of a test meeting cannot be read");
    })?;
    let code = text.lines().next().unwrap_or_default().trim();
    Ok((!code.is_empty()).then(|| Private::new(code)))
}

impl Inner {
    /// The newest result of each meeting, in the order of the room's file.
    fn keep(&self, result: CanaryResult) {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let same = |old: &CanaryResult| old.name == result.name;
        last.results
            .retain(|old| !same(old) && self.still_wanted(old));
        last.results.push(result);
        let place = |result: &CanaryResult| {
            let mut canaries = self.parts.canaries.iter();
            canaries.position(|canary| is_of(result, canary))
        };
        last.results.sort_by_key(place);
        let text = serde_json::to_vec(&*last).unwrap_or_default();
        if let Err(error) = write_whole(&self.parts.results, &text) {
            let error = format!("{error:#}");
            warn!(error, "the results of test meetings could not be kept");
        }
    }

    fn still_wanted(&self, result: &CanaryResult) -> bool {
        self.parts
            .canaries
            .iter()
            .any(|canary| is_of(result, canary))
    }
}

fn is_of(result: &CanaryResult, canary: &Canary) -> bool {
    canary.name == result.name && canary.target.service.as_str() == result.service
}

/// The results of before the restart; none when they cannot be read.
pub(super) fn remembered(path: &Path) -> CanaryAnswer {
    let text = fs::read(path).unwrap_or_default();
    serde_json::from_slice(&text).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use call_browser::Packs;
    use call_browser::call::Did;
    use call_browser::pack::PageState;
    use room_core::ids::ServiceId;

    fn judged(sightings: &[Sighting]) -> (Verdict, String, Option<String>) {
        let pack = Packs::built_in().of(&ServiceId::new("practice"));
        let mut judge = Judge::new(pack.as_deref());
        sightings.iter().for_each(|sighting| judge.saw(sighting));
        judge.verdict()
    }

    fn screen(rule: &str, state: PageState) -> Sighting {
        let rule = rule.to_owned();
        Sighting::Screen { rule, state }
    }

    fn not_done(step: &str, optional: bool) -> Sighting {
        Sighting::NotDone {
            step: step.to_owned(),
            did: Did::Absent,
            optional,
        }
    }

    const MIC: Sighting = Sighting::Call(CallSeen::Mic(Switch::Closed));
    const CAMERA: Sighting = Sighting::Call(CallSeen::Camera(Switch::Closed));
    const INSIDE: Sighting = Sighting::Call(CallSeen::Inside);
    const LEFT: Sighting = Sighting::Call(CallSeen::Over(EndReason::Left));

    #[test]
    fn a_pack_is_judged_by_what_was_seen_and_not_by_what_was_hoped() {
        let failed = |failure| Sighting::Call(CallSeen::Failed(failure));
        let open = Sighting::Call(CallSeen::Mic(Switch::Open));
        let table = [
            (vec![INSIDE, MIC, CAMERA, LEFT], "Valid entered None"),
            (
                vec![not_done("code", true), INSIDE, MIC, CAMERA, LEFT],
                "Valid entered None",
            ),
            (vec![INSIDE, MIC, LEFT], "Drifted control Some(\"camera\")"),
            (vec![INSIDE, LEFT], "Drifted control Some(\"microphone\")"),
            (vec![INSIDE, open, CAMERA, LEFT], "Drifted not-dark None"),
            (
                vec![INSIDE, MIC, CAMERA, not_done("leave", false), LEFT],
                "Drifted step Some(\"leave\")",
            ),
            (
                vec![not_done("join", false), failed(CallFailure::ActionFailed)],
                "Drifted step Some(\"join\")",
            ),
            (
                vec![failed(CallFailure::UnknownScreen)],
                "Drifted screen None",
            ),
            (
                vec![failed(CallFailure::Unreachable)],
                "Unknown call-unreachable None",
            ),
            (
                vec![failed(CallFailure::NoPack)],
                "Unknown call-no-pack None",
            ),
            (
                vec![Sighting::Call(CallSeen::Waiting(WaitingFor::Lobby)), LEFT],
                "Unknown waiting-lobby None",
            ),
            (vec![LEFT], "Unknown not-entered None"),
        ];
        for (sightings, expected) in table {
            let (verdict, why, step) = judged(&sightings);
            assert_eq!(
                format!("{verdict:?} {why} {step:?}"),
                expected,
                "{sightings:?}"
            );
        }
    }

    #[test]
    fn the_last_known_screen_is_told() {
        let mut judge = Judge::new(None);
        judge.saw(&screen("prejoin", PageState::Prejoin));
        judge.saw(&Sighting::Call(CallSeen::Failed(
            CallFailure::UnknownScreen,
        )));
        assert!(judge.done());
        assert_eq!(judge.screen.as_deref(), Some("prejoin"));
    }
}
