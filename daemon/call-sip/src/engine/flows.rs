//! What is read back while a call stands: sources, packets, hold. Tells the room, and when the line is given up.

use super::call::Stage;
use super::{Engine, For, SILENT_DRIVER};
use crate::media::{self, Direction};
use crate::message::Order;
use room_core::event::{CallSeen, Trouble, WaitingFor};
use room_core::failure::CallFailure;
use room_core::units::Switch;

impl Engine {
    pub(super) fn ask_state(&mut self) {
        let now = self.now;
        if let Some(call) = &mut self.call {
            call.asked_state = Some(now);
            let id = call.id;
            self.order(For::Sound(id), Order::SoundState);
            self.order(For::Picture(id), Order::PictureState);
        }
    }

    pub(super) fn sound(&mut self, report: &media::Report) {
        let now = self.now;
        let Some(call) = &mut self.call else { return };
        let seen = report.source.as_deref().map(|driver| match driver {
            SILENT_DRIVER | "none" => Switch::Closed,
            _ => Switch::Open,
        });
        call.source = seen.or(call.source);
        call.heard |= report.received.is_some_and(|count| count > 0);
        call.sound.count(report);
        call.judge_silence();
        call.note_flow(now);
        self.settle_mute();
        self.tell_mic();
        self.hold(report.direction);
        self.come_in();
    }

    /// The far end alone can put the room on hold: sound that went both ways goes no more from the room to it.
    fn hold(&mut self, direction: Option<Direction>) {
        let now = self.now;
        let (Some(call), Some(direction)) = (&mut self.call, direction) else {
            return;
        };
        let id = call.id;
        call.direction = Some(direction);
        let seen = match (call.stage, direction) {
            (Stage::Inside, Direction::Both) => {
                call.both_ways = true;
                return;
            }
            (Stage::Inside, Direction::In | Direction::None) if call.both_ways => {
                call.enter(Stage::Held, now);
                CallSeen::Waiting(WaitingFor::Hold)
            }
            (Stage::Held, Direction::Both | Direction::Out) => {
                call.enter(Stage::Inside, now);
                call.resumed(now);
                CallSeen::Inside
            }
            _ => return,
        };
        self.tell(id, seen);
    }

    /// Open is a microphone for a source, and no mute behind it.
    pub(super) fn tell_mic(&mut self) {
        let Some(call) = &mut self.call else { return };
        let id = call.id;
        let Some(source) = call.source else { return };
        let seen = match (source, call.muted) {
            (Switch::Closed, _) | (Switch::Open, Some(true)) => Switch::Closed,
            (Switch::Open, Some(false) | None) => Switch::Open,
        };
        if call.mic.replace(seen) != Some(seen) {
            self.tell(id, CallSeen::Mic(seen));
        }
    }

    /// The twin of [`Engine::sound`]; comes after it, so that one picture of all flows is told.
    pub(super) fn picture(&mut self, report: &media::Report) {
        let now = self.now;
        let Some(call) = &mut self.call else { return };
        let id = call.id;
        let seen = report.source.as_deref().map(|driver| match driver {
            "none" => Switch::Closed,
            _ => Switch::Open,
        });
        let changed = seen.filter(|seen| call.camera != Some(*seen));
        call.camera = seen.or(call.camera);
        call.picture.count(report);
        call.note_flow(now);
        let media = call.media_changed();
        if let Some(seen) = changed {
            self.tell(id, CallSeen::Camera(seen));
        }
        self.come_in();
        if let Some(media) = media {
            self.tell(id, CallSeen::Media(media));
        }
        self.judge_line();
    }

    /// Inside is: taken, sound arrives, both sources were read, and the code that is known was given.
    pub(super) fn come_in(&mut self) {
        let now = self.now;
        let Some(call) = &mut self.call else { return };
        if call.stage != Stage::Taken || !call.heard || call.mic.is_none() || call.camera.is_none()
        {
            return;
        }
        let id = call.id;
        if call.coded {
            call.coded = false;
            call.enter(Stage::Coding, now);
            self.tell(id, CallSeen::PasscodeAsked { rejected: false });
        } else {
            call.enter(Stage::Inside, now);
            self.tell(id, CallSeen::Inside);
        }
    }

    fn judge_line(&mut self) {
        let now = self.now;
        let Some(call) = self
            .call
            .as_mut()
            .filter(|call| matches!(call.stage, Stage::Inside | Stage::Held))
        else {
            return;
        };
        let id = call.id;
        if call.given_up(now) {
            self.order(For::Nothing, Order::HangUp);
            self.fail(CallFailure::ConnectionLost);
            return;
        }
        let stands = call.stands(now);
        // A far end that was begun anew knows nothing of the call and says so; then there is nothing to wait for.
        let doubts = call.doubts(now);
        if core::mem::replace(&mut call.lost, stands) != stands {
            let seen = match stands {
                true => CallSeen::Trouble(Trouble::Network),
                false => CallSeen::Recovered,
            };
            self.tell(id, seen);
        }
        if doubts {
            self.order(For::Nothing, Order::Renew);
        }
    }
}
