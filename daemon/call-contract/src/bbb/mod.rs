//! BigBlueButton's own API with the operator's shared secret: whether the meeting runs, and a join link signed by us.
//! Pure; knows no HTTP.
//!
//! Invariant: only `getMeetingInfo` is asked, which starts nothing; the signed link is opened by the page alone.
//! Invariant: what we sign lets nothing out of the room at entry (see [`ROOM`]).

mod answer;
mod ended;
mod sign;

pub use answer::{ApiError, Info, Reply};
pub use ended::{BbbEnd, Ending};
pub use sign::{Checksum, Key};

use crate::contract::{ASK_AGAIN, Answer, Contract, Input, Output, Request, Visitor, XML};
use room_core::event::{CallSeen, WaitingFor};
use room_core::failure::CallFailure;
use room_core::ids::Private;
use room_core::units::Mono;
use url::Url;

/// Parameters of the client that a room wants, as `userdata-` of the link.
///
/// Skipping the audio check makes the client join with an open microphone at once, whatever else is set, and there is
/// no parameter that mutes a single visitor; forced listening would take the microphone away for the whole call. So the
/// dialog with the choice stays, as everywhere else: the room enters listening, and the microphone is opened by a press.
/// Defaults of a server that would send sound or picture by themselves are switched off in so many words.
pub const ROOM: &[(&str, &str)] = &[
    ("bbb_auto_join_audio", "true"),
    ("bbb_listen_only_mode", "true"),
    ("bbb_force_listen_only", "false"),
    ("bbb_skip_check_audio", "false"),
    ("bbb_skip_check_audio_on_first_join", "false"),
    ("bbb_skip_echotest_if_previous_device", "false"),
    ("bbb_auto_share_webcam", "false"),
    ("bbb_skip_video_preview", "true"),
    ("bbb_show_participants_on_login", "false"),
    ("bbb_show_public_chat_on_login", "false"),
    ("bbb_show_session_details_on_join", "false"),
    ("bbb_ask_for_feedback_on_logout", "false"),
];

/// While waiting for the host the server may be silent so often in a row.
const MAY_MISS: u8 = 4;

/// A conversation.
#[derive(Debug)]
pub(crate) struct BbbApi {
    visitor: Visitor,
    api: Url,
    meeting: Private,
    key: Option<Key>,
    enters: bool,
    stage: Stage,
    waited: bool,
    missed: u8,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Idle,
    Asking,
    Resting(Mono),
    Over,
}

impl BbbApi {
    /// `None` when the link names no meeting.
    pub fn new(visitor: Visitor, key: Option<Key>) -> Option<Self> {
        let meeting = Private::new(visitor.parameter("meetingID")?);
        let mut api = visitor.link.clone();
        api.set_query(None);
        api.set_fragment(None);
        api.set_path(
            visitor
                .link
                .path()
                .trim_end_matches('/')
                .strip_suffix("join")?,
        );
        Some(Self {
            visitor,
            api,
            meeting,
            key,
            enters: false,
            stage: Stage::Idle,
            waited: false,
            missed: 0,
        })
    }

    fn ask(&mut self) -> Vec<Output> {
        let Some(key) = &self.key else {
            return self.over(vec![failed(CallFailure::KeyRefused)]);
        };
        let url = key.sign(
            &self.api,
            "getMeetingInfo",
            &[("meetingID", self.meeting.reveal())],
        );
        self.stage = Stage::Asking;
        vec![Output::Ask(Request::get(url, XML))]
    }

    fn answered(&mut self, now: Mono, answer: &Answer) -> Vec<Output> {
        self.missed = 0;
        match Reply::read(answer.text.reveal()) {
            Some(Reply::Meeting(info)) => self.seen(&info),
            Some(Reply::Refused(ApiError::NotFound)) => self.rest(now),
            Some(Reply::Refused(error)) => self.over(vec![Output::Say(error.seen())]),
            None if answer.status >= 500 => self.over(vec![failed(CallFailure::Unreachable)]),
            None => self.over(vec![Output::NotSpoken]),
        }
    }

    fn seen(&mut self, info: &Info) -> Vec<Output> {
        if info.forcibly_ended {
            return self.over(vec![Output::Say(BbbEnd::EndedFromApi.seen())]);
        }
        if info.full() {
            return self.over(vec![failed(CallFailure::Full)]);
        }
        if !self.enters {
            self.stage = Stage::Idle;
            return vec![Output::Say(CallSeen::Warm)];
        }
        let Some(key) = &self.key else {
            return self.over(vec![failed(CallFailure::KeyRefused)]);
        };
        let userdata: Vec<(String, &str)> = ROOM
            .iter()
            .map(|(name, value)| (format!("userdata-{name}"), *value))
            .collect();
        let mut parameters = vec![
            ("fullName", self.visitor.name.as_str()),
            ("meetingID", self.meeting.reveal()),
            ("role", "VIEWER"),
        ];
        // Were another meeting of this name begun in between, the link would be refused instead of leading there.
        if let Some(created) = &info.create_time {
            parameters.push(("createTime", created));
        }
        let userdata = userdata.iter().map(|(name, value)| (name.as_str(), *value));
        parameters.extend(userdata);
        let link = key.sign(&self.api, "join", &parameters);
        self.over(vec![Output::Open(Private::new(link))])
    }

    /// There is no meeting of this name yet. Nobody but the host's portal creates it.
    fn rest(&mut self, now: Mono) -> Vec<Output> {
        if !self.enters {
            self.stage = Stage::Idle;
            return vec![Output::Say(CallSeen::Warm)];
        }
        self.waited = true;
        self.stage = Stage::Resting(now.plus(ASK_AGAIN));
        vec![Output::Say(CallSeen::Waiting(WaitingFor::Host))]
    }

    fn unanswered(&mut self, now: Mono) -> Vec<Output> {
        self.missed += 1;
        if self.waited && self.missed < MAY_MISS {
            self.stage = Stage::Resting(now.plus(ASK_AGAIN));
            return Vec::new();
        }
        self.over(vec![failed(CallFailure::Unreachable)])
    }

    fn over(&mut self, outputs: Vec<Output>) -> Vec<Output> {
        self.stage = Stage::Over;
        outputs
    }
}

impl Contract for BbbApi {
    fn step(&mut self, now: Mono, input: Input) -> Vec<Output> {
        match (self.stage, input) {
            (Stage::Over, _) => Vec::new(),
            (_, Input::Prepare) => self.ask(),
            (_, Input::Enter) => {
                self.enters = true;
                self.ask()
            }
            (Stage::Asking, Input::Answered(answer)) => self.answered(now, &answer),
            (_, Input::Unanswered) => self.unanswered(now),
            (Stage::Resting(at), Input::Tick) if now >= at => self.ask(),
            _ => Vec::new(),
        }
    }

    fn deadline(&self) -> Option<Mono> {
        match self.stage {
            Stage::Resting(at) => Some(at),
            _ => None,
        }
    }
}

fn failed(failure: CallFailure) -> Output {
    Output::Say(CallSeen::Failed(failure))
}

#[cfg(test)]
mod tests;
