//! What the browser says: each event goes to the room's page or to the call it concerns.

use super::BrowserError;
use super::desk::Desk;
use super::room::RoomPage;
use super::sight::Changed;
use super::visit::Visit;
use crate::call::Input;
use crate::cdp::{Ask, Cdp, Event as Seen, Nothing, SessionId, TargetId, TargetInfo};
use room_core::ids::CallId;
use serde_json::{Value, json};
use std::collections::BTreeSet;

impl Desk {
    pub(super) async fn happened(
        &mut self,
        session: Option<SessionId>,
        event: Seen,
    ) -> Result<(), BrowserError> {
        match (session, event) {
            (None, Seen::TargetDestroyed(target)) => {
                self.target_gone(&target, Input::Vanished).await
            }
            (None, Seen::TargetCrashed(target)) => self.target_gone(&target, Input::Crashed).await,
            (None, Seen::TargetCreated(info)) => {
                self.close_surplus(&info);
                Ok(())
            }
            (None, _) => Ok(()),
            (Some(session), event) => match self.owners.get(&session).copied() {
                Some(call) => self.in_call(call, session, event).await,
                None => {
                    self.in_room(&session, &event);
                    Ok(())
                }
            },
        }
    }

    pub(super) async fn target_gone(
        &mut self,
        target: &TargetId,
        input: Input,
    ) -> Result<(), BrowserError> {
        if self
            .room
            .as_ref()
            .is_some_and(|room| room.page.target == *target)
        {
            tracing::warn!("the room's page is gone; it is opened again");
            return self.reopen_room(matches!(input, Input::Vanished)).await;
        }
        let of = |visit: &Visit| {
            visit
                .page
                .as_ref()
                .is_some_and(|page| page.target == *target)
        };
        match self
            .visits
            .iter()
            .find(|(_, visit)| of(visit))
            .map(|(call, _)| *call)
        {
            Some(call) => self.feed(call, input).await,
            None => Ok(()),
        }
    }

    pub(super) async fn reopen_room(&mut self, vanished: bool) -> Result<(), BrowserError> {
        if !vanished {
            if let Some(room) = self.room.as_mut() {
                room.failed();
            }
            return Ok(());
        }
        let contexts: Vec<String> = self
            .visits
            .values()
            .filter_map(|v| v.home.as_ref())
            .map(|home| home.context.as_str().to_owned())
            .collect();
        let calls: BTreeSet<&str> = contexts.iter().map(String::as_str).collect();
        self.room = RoomPage::open(&self.cdp, &self.config.room_page, &calls)
            .await
            .ok();
        self.show_front();
        Ok(())
    }

    /// A page that a page opened: nothing in a room should, and nobody could close it.
    pub(super) fn close_surplus(&self, info: &TargetInfo) {
        if info.r#type == "page" && info.opener_id.is_some() {
            let (cdp, target) = (self.cdp.clone(), info.target_id.clone());
            tokio::spawn(async move {
                let params = json!({ "targetId": target.as_str() });
                let _ = cdp
                    .ask::<Value>(Ask::browser("Target.closeTarget", params))
                    .await;
            });
        }
    }

    pub(super) fn in_room(&mut self, session: &SessionId, event: &Seen) {
        let Some(room) = self
            .room
            .as_mut()
            .filter(|room| room.page.session == *session)
        else {
            return;
        };
        match event {
            Seen::Navigated {
                top: true,
                unreachable: Some(_),
                ..
            }
            | Seen::PageCrashed => room.failed(),
            Seen::Dialog { kind } => answer_dialog(&self.cdp, session, kind),
            _ => {}
        }
    }

    pub(super) async fn in_call(
        &mut self,
        call: CallId,
        session: SessionId,
        event: Seen,
    ) -> Result<(), BrowserError> {
        let Some(visit) = self.visits.get_mut(&call) else {
            return Ok(());
        };
        let mine = visit
            .page
            .as_ref()
            .is_some_and(|page| page.session == session);
        let input = match event {
            Seen::Attached {
                session: child,
                waiting,
                ..
            } => {
                self.owners.insert(child.clone(), call);
                visit.equip_child(child, waiting);
                None
            }
            Seen::Detached(child) => {
                self.owners.remove(&child);
                visit.sight.died(&child, None);
                Some(visit.view())
            }
            Seen::Navigated {
                top,
                url,
                unreachable,
                ..
            } if mine && top => visit.navigated(&url, unreachable.as_ref(), &self.config.allowed),
            Seen::World { world, name, frame } => {
                visit.world_born((session, world), (&name, frame), self.notice.as_deref());
                None
            }
            Seen::WorldGone(world) => {
                visit.sight.died(&session, Some(world));
                Some(visit.view())
            }
            Seen::WorldsGone => {
                visit.sight.died(&session, None);
                Some(visit.view())
            }
            Seen::FrameGone(frame) => {
                visit.sight.frame_gone(&session, &frame);
                Some(visit.view())
            }
            Seen::Called {
                name,
                payload,
                world,
            } => match visit.sight.heard(&(session, world), &name, &payload) {
                Changed::View => Some(visit.view()),
                Changed::Media => visit.sight.sample().map(Input::Media),
                Changed::Volume(level) => Some(Input::Volume(level)),
                Changed::Lens(lens) => Some(Input::Lens(lens)),
                Changed::Sound(end, seen) => Some(Input::Sound(end, seen)),
                Changed::Nothing => None,
            },
            Seen::Paused { request } if mine => {
                visit.serve(request);
                None
            }
            Seen::PageCrashed if mine => Some(Input::Crashed),
            Seen::Dialog { kind } => {
                answer_dialog(&self.cdp, &session, &kind);
                None
            }
            _ => None,
        };
        match input {
            Some(input) => self.feed(call, input).await,
            None => Ok(()),
        }
    }
}

/// A page that asks a question would wait for ever. Leaving is granted, everything else declined.
fn answer_dialog(cdp: &Cdp, session: &SessionId, kind: &str) {
    tracing::debug!(kind, "a page shows a dialog");
    let (cdp, session) = (cdp.clone(), session.clone());
    let accept = matches!(kind, "beforeunload" | "alert");
    tokio::spawn(async move {
        let params = json!({ "accept": accept });
        let _ = cdp
            .ask::<Nothing>(Ask::page(&session, "Page.handleJavaScriptDialog", params))
            .await;
    });
}
