//! What stands in front of the main display: the room's page or a call's, brought there, read back and pictured.

use super::desk::{Desk, Finished};
use super::page::{self, Page};
use super::room::{self, bring_to_front, has_front};
use crate::handle::Picture;
use room_core::effect::Screen;
use tokio::sync::oneshot;

impl Desk {
    pub(super) fn stage_page(&self) -> Option<&Page> {
        self.on_stage
            .and_then(|call| self.visits.get(&call))
            .and_then(|visit| visit.page.as_ref())
    }

    pub(super) fn show_front(&self) {
        let of_call = self.stage_page().filter(|_| self.front == Screen::Call);
        let (screen, page) = match (of_call, &self.room) {
            (Some(page), _) => (Screen::Call, page.clone()),
            (None, Some(room)) => (Screen::Room, room.page.clone()),
            (None, None) => return,
        };
        let (cdp, results) = (self.cdp.clone(), self.results.clone());
        tokio::spawn(async move {
            match bring_to_front(&cdp, &page.target, &page.session).await {
                Ok(true) => drop(results.send(Finished::Front(screen))),
                Ok(false) => tracing::debug!(?screen, "the page does not have the front"),
                Err(problem) => tracing::debug!(%problem, ?screen, "the front was not changed"),
            }
        });
    }

    /// Reports what stands in front without changing it: after a restart the call's page may be there, and stays.
    pub(super) fn read_front(&self) {
        let room = self
            .room
            .as_ref()
            .map(|room| (Screen::Room, room.page.session.clone()));
        let call = self
            .stage_page()
            .map(|page| (Screen::Call, page.session.clone()));
        let (cdp, results) = (self.cdp.clone(), self.results.clone());
        tokio::spawn(async move {
            for (screen, session) in room.into_iter().chain(call) {
                if has_front(&cdp, &session).await.unwrap_or(false) {
                    let _ = results.send(Finished::Front(screen));
                }
            }
        });
    }

    /// Gives nothing when the page that is on stage needs nobody.
    pub(super) fn page_to_act_on(&self, answer: oneshot::Sender<Picture>) {
        let visit = self.on_stage.and_then(|call| self.visits.get(&call));
        let page = visit.filter(|visit| visit.needs_a_person());
        let Some(page) = page.and_then(|visit| visit.page.clone()) else {
            return;
        };
        let cdp = self.cdp.clone();
        tokio::spawn(async move {
            let _ = answer.send(page::picture_for_hands(&cdp, &page.session).await);
        });
    }

    /// A picture of the room's page while it shows this.
    pub(super) fn room_page(&self, shows: &'static str, answer: oneshot::Sender<Picture>) {
        let Some(page) = self.room.as_ref().map(|room| room.page.clone()) else {
            return;
        };
        let cdp = self.cdp.clone();
        tokio::spawn(async move {
            let _ = answer.send(room::picture_while(&cdp, &page.session, shows).await);
        });
    }

    pub(super) fn mirror(&self, answer: oneshot::Sender<Picture>) {
        let of_call = self.stage_page().filter(|_| self.front == Screen::Call);
        let Some(page) = of_call
            .or(self.room.as_ref().map(|room| &room.page))
            .cloned()
        else {
            return;
        };
        let cdp = self.cdp.clone();
        tokio::spawn(async move {
            let _ = answer.send(page::picture(&cdp, &page.session, page::MIRRORED_WITHIN).await);
        });
    }
}
