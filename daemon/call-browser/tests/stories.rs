//! Whole stories of services in the real Chromium: stand-ins that move from screen to screen as the service does, joined
//! through the built-in packs.
#![allow(
    clippy::unwrap_used,
    reason = "a test says what went wrong by panicking"
)]

mod common;

use axum::Router;
use axum::response::Html;
use call_browser::Packs;
use common::rig::{Rig, SOON, loopback_policy, request, room_page, serve};
use common::{Keeper, can_run, fixtures};
use room_core::effect::CallCommand;
use room_core::event::{CallSeen, EndReason, WaitingFor};
use room_core::ids::{CallId, Private};
use room_core::units::Switch;

struct Story {
    rig: Rig,
    base: String,
    call: CallId,
    service: &'static str,
    _keeper: Keeper,
}

impl Story {
    async fn of(service: &'static str, name: &str) -> Self {
        let page = fixtures::story(service, name);
        let base = serve(Router::new().fallback(async move || Html(page))).await;
        let keeper = Keeper::start(&loopback_policy()).await;
        let rig = Rig::start(&keeper.socket, &room_page().await, Packs::built_in(), None).await;
        Self {
            rig,
            base,
            call: CallId(0),
            service,
            _keeper: keeper,
        }
    }

    fn join(&mut self, path: &str, code: &str) {
        self.call = CallId(self.call.0 + 1);
        let link = format!("{}{path}", self.base);
        self.rig
            .join(self.call, request(self.service, &link, Some(code)));
    }

    async fn sees(&mut self, wanted: CallSeen) {
        self.rig.call(self.call, wanted).await;
    }

    fn command(&self, command: CallCommand) {
        self.rig.handle.command(self.call, command);
    }

    /// Dark and silent on entering, then each device once open and closed again, then out.
    async fn plays_and_leaves(&mut self) {
        self.sees(CallSeen::Inside).await;
        assert!(!self.rig.saw(self.call, &CallSeen::Mic(Switch::Open)));
        assert!(!self.rig.saw(self.call, &CallSeen::Camera(Switch::Open)));
        for to in [Switch::Open, Switch::Closed] {
            self.command(CallCommand::Mic(to));
            self.sees(CallSeen::Mic(to)).await;
            self.command(CallCommand::Camera(to));
            self.sees(CallSeen::Camera(to)).await;
        }
        self.command(CallCommand::Leave);
        let end = self.rig.end_of(self.call, SOON).await;
        assert_eq!(end, CallSeen::Over(EndReason::Left));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pexip_meeting_is_entered_dark_with_a_pin_after_the_host_and_left() {
    if !can_run() {
        return;
    }
    let mut story = Story::of("pexip", "webapp3").await;
    story.join("/webapp3/m/979123", "0000");
    story.sees(CallSeen::PasscodeAsked { rejected: true }).await;
    story.command(CallCommand::Passcode(Private::new("4711")));
    story.sees(CallSeen::Waiting(WaitingFor::Host)).await;
    story.plays_and_leaves().await;

    story.join("/webapp3/m/removed", "4711");
    story.sees(CallSeen::Inside).await;
    let end = story.rig.end_of(story.call, SOON).await;
    assert_eq!(end, CallSeen::Over(EndReason::Removed));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_meeting_of_cisco_meeting_server_is_entered_dark_with_a_passcode_through_the_lobby_and_left()
 {
    if !can_run() {
        return;
    }
    let mut story = Story::of("cms", "app").await;
    story.join("/meeting/4711?secret=x", "falsch");
    story.sees(CallSeen::PasscodeAsked { rejected: true }).await;
    story.command(CallCommand::Passcode(Private::new("geheim")));
    story.sees(CallSeen::Waiting(WaitingFor::Host)).await;
    story.plays_and_leaves().await;
}
