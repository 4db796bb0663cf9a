//! A look at a conference's page up to the point before entering, told line by line to whoever asked.

use super::recognise::Found;
use super::{Inner, Seat, farewell, millis};
use crate::faces::person_need;
use call_browser::pack::{PageState, Text};
use call_browser::{Sighting, Watch};
use room_api::{Fills, LookLine, LookOutcome, PageSeen, WaitingFor};
use room_core::event::{CallSeen, JoinStep, PersonNeeded};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};
use tracing::info;

/// Longer than a pack's own patience for a page.
const LIMIT: Duration = Duration::from_secs(60);

/// Looks, and holds the seat until the page is destroyed. Ends early when nobody reads any more.
pub(super) async fn look(
    inner: Arc<Inner>,
    found: Found,
    seat: Option<Seat>,
    lines: mpsc::Sender<LookLine>,
) {
    let Found { target, line } = found;
    let began = Instant::now();
    let _ = lines.send(line).await;
    let Some(target) = target else {
        let outcome = LookOutcome::NotOpened {};
        let _ = lines.send(LookLine::End { ms: 0, outcome }).await;
        return;
    };
    info!(service = %target.service, "IT looks at a conference, without entering");
    let mut watch = inner.parts.browser.look(inner.parts.request(target));
    let outcome = tokio::select! {
        outcome = follow(&mut watch, began, &lines) => outcome,
        () = sleep_until(began + LIMIT) => LookOutcome::TimeUp {},
        () = inner.parts.needed() => LookOutcome::RoomNeeded {},
        () = lines.closed() => return,
    };
    let ms = millis(began);
    watch.drop_page();
    if let (_, Some(file)) = farewell(&mut watch).await {
        let seen = PageSeen::Kept { file };
        let _ = lines.send(LookLine::Saw { ms, seen }).await;
    }
    drop(seat);
    let _ = lines.send(LookLine::End { ms, outcome }).await;
}

async fn follow(watch: &mut Watch, began: Instant, lines: &mpsc::Sender<LookLine>) -> LookOutcome {
    while let Some(sighting) = watch.next().await {
        if let Some(seen) = page_seen(&sighting) {
            let ms = millis(began);
            let _ = lines.send(LookLine::Saw { ms, seen }).await;
        }
        if let Sighting::Call(seen) = &sighting
            && let Some(outcome) = outcome(seen)
        {
            return outcome;
        }
    }
    LookOutcome::BrowserGone {}
}

fn page_seen(sighting: &Sighting) -> Option<PageSeen> {
    Some(match sighting {
        Sighting::Call(CallSeen::Entering(JoinStep::Opening)) => PageSeen::Opening {},
        Sighting::Call(_) => return None,
        Sighting::Screen { rule, state } => PageSeen::Screen {
            rule: rule.clone(),
            state: state_name(*state),
        },
        Sighting::Step { step, fills } => PageSeen::Step {
            step: step.clone(),
            fills: fills.map(|text| match text {
                Text::DisplayName => Fills::DisplayName,
                Text::Passcode => Fills::Passcode,
                Text::Mail => Fills::Mail,
            }),
        },
        Sighting::NotDone { step, optional, .. } => PageSeen::NotDone {
            step: step.clone(),
            optional: *optional,
        },
        Sighting::Kept(path) => PageSeen::Kept {
            file: path.display().to_string(),
        },
    })
}

/// As packs write it.
fn state_name(state: PageState) -> String {
    let written = serde_json::to_value(state).ok();
    let name = written.as_ref().and_then(serde_json::Value::as_str);
    name.unwrap_or_default().to_owned()
}

/// What ends a look. Whatever lies behind the door ends it too: it was never meant to be opened.
fn outcome(seen: &CallSeen) -> Option<LookOutcome> {
    use room_core::event::WaitingFor as W;
    Some(match seen {
        CallSeen::Warm => LookOutcome::Ready {},
        CallSeen::PasscodeAsked { .. } => LookOutcome::PasscodeAsked {},
        CallSeen::Waiting(whom) => LookOutcome::Waiting {
            whom: match whom {
                W::Host => WaitingFor::Host,
                W::Lobby => WaitingFor::Lobby,
                W::Hold => WaitingFor::Hold,
            },
        },
        CallSeen::PersonNeeded(need) => LookOutcome::PersonNeeded {
            need: person_need(*need),
        },
        CallSeen::ConsentAsked(kind) => LookOutcome::PersonNeeded {
            need: person_need(PersonNeeded::Consent(Some(*kind))),
        },
        CallSeen::Entering(JoinStep::Knocking) | CallSeen::Inside => LookOutcome::EntersByItself {},
        CallSeen::Failed(failure) => LookOutcome::Failed {
            failure: failure.code().to_owned(),
        },
        CallSeen::Over(_) => LookOutcome::Over {},
        CallSeen::Entering(JoinStep::Asking | JoinStep::Opening | JoinStep::FillingIn)
        | CallSeen::Mic(_)
        | CallSeen::Camera(_)
        | CallSeen::Lens(_)
        | CallSeen::Sound(..)
        | CallSeen::Volume(_)
        | CallSeen::People(_)
        | CallSeen::Media(_)
        | CallSeen::Trouble(_)
        | CallSeen::Agreed(_)
        | CallSeen::UnmuteAsked
        | CallSeen::Recovered => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_screen_is_named_as_its_pack_names_it() {
        assert_eq!(state_name(PageState::WaitingLobby), "waiting-lobby");
        assert_eq!(state_name(PageState::BotWall), "bot-wall");
    }

    #[test]
    fn whatever_is_behind_the_door_ends_a_look() {
        let inside = [CallSeen::Inside, CallSeen::Entering(JoinStep::Knocking)];
        for seen in inside {
            assert_eq!(outcome(&seen), Some(LookOutcome::EntersByItself {}));
        }
        assert_eq!(outcome(&CallSeen::Entering(JoinStep::FillingIn)), None);
    }
}
