//! One call by SIP: how far it is, what was read of its sources, what flows. Answers questions; decides nothing.

use super::{ASK, ASK_AT_FIRST, CLIENT, FIRST_PACKET, REGISTERED};
use crate::media::{Direction, Report};
use core::time::Duration;
use room_core::event::{Flow, MediaSeen};
use room_core::ids::{CallId, Private};
use room_core::units::{Mono, Switch};

/// The far end is asked whether it still knows the call when nothing arrived for this long.
const DOUBT: Duration = Duration::from_secs(2);
/// It is asked no more often than this: some far ends send nothing whenever nobody speaks.
const DOUBT_AGAIN: Duration = Duration::from_secs(60);
/// There is trouble on the line when nothing arrived for this long: neither sound nor picture.
const STANDS: Duration = Duration::from_secs(3);
/// The line is given up when nothing arrived for this long.
const LOST: Duration = Duration::from_secs(10);
/// Reports come each five seconds (RFC 3550 section 6.2). One that comes so long after the last packet says that the far end
/// is there and sends nothing, as some do while they are muted.
const SILENT_FAR_END: Duration = Duration::from_secs(2);
/// Then there is trouble when two reports stay away,
const REPORTS_STAND: Duration = Duration::from_secs(12);
/// and the line is given up when so many do.
const REPORTS_LOST: Duration = Duration::from_secs(20);
/// A far end takes this long to say that it likes a code; one that hangs up before did not.
const CODE: Duration = Duration::from_secs(10);
/// Keys are sent one after the other, each a quarter of a second; after this the room counts as inside.
const KEYS: Duration = Duration::from_secs(3);
/// The level meter looks back over this long.
const METER: Duration = Duration::from_secs(2);
/// As the level meter calls digital silence.
const SILENT: i16 = -96;
/// So many readings in a row with packets make a silence one that is sent.
const SENT_SILENCE: u8 = 2;

/// What a call is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Goal {
    /// The client is there and registered; nothing goes over the wire.
    Ready,
    Inside,
    /// A call that an earlier daemon began.
    Found,
}

/// How far a call is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// The client is not there yet, or was asked something.
    Client,
    Ready,
    /// Ordered, and the order not yet answered: what is said about calls is about an earlier one.
    Dialling,
    Calling,
    /// The far end took it.
    Taken,
    /// A passcode is waited for.
    Coding,
    /// The passcode is on its way.
    Coded,
    Inside,
    /// The far end put the room on hold.
    Held,
    Leaving,
}

#[derive(Debug)]
pub(super) struct Call {
    pub id: CallId,
    pub goal: Goal,
    pub stage: Stage,
    pub since: Mono,
    /// The client is there, and its account is waited for.
    pub registering: bool,
    pub address: Option<Private>,
    /// A passcode is known and was not given in this call.
    pub coded: bool,
    /// What the room was told of the microphone.
    pub mic: Option<Switch>,
    /// Whether the microphone is the source.
    pub source: Option<Switch>,
    /// Whether what is sent is muted; `None` in a call that was found.
    pub muted: Option<bool>,
    pub mute_wanted: bool,
    /// The meter hears nothing of a microphone that shall be heard, and in so many readings since then packets left all the same.
    silent: Option<u8>,
    /// When the microphone's source was last changed.
    pub mic_moved: Mono,
    pub camera: Option<Switch>,
    /// Sound has arrived.
    pub heard: bool,
    /// Which way sound may go, as last agreed.
    pub direction: Option<Direction>,
    /// Inside, sound went both ways.
    pub both_ways: bool,
    pub sound: Track,
    pub picture: Track,
    /// Nothing arrives; the room was told.
    pub lost: bool,
    /// The client does not answer; the room was told.
    pub frozen: bool,
    pub asked_state: Option<Mono>,
    arrived: Mono,
    reported: Option<Mono>,
    doubted: Option<Mono>,
    code_at: Option<Mono>,
    told: Option<MediaSeen>,
}

impl Call {
    pub fn new(id: CallId, now: Mono) -> Self {
        Call {
            id,
            goal: Goal::Ready,
            stage: Stage::Client,
            since: now,
            registering: false,
            address: None,
            coded: false,
            mic: None,
            source: None,
            muted: None,
            mute_wanted: true,
            silent: None,
            mic_moved: now,
            camera: None,
            heard: false,
            direction: None,
            both_ways: false,
            sound: Track::default(),
            picture: Track::default(),
            lost: false,
            frozen: false,
            asked_state: None,
            arrived: now,
            reported: None,
            doubted: None,
            code_at: None,
            told: None,
        }
    }

    pub fn enter(&mut self, stage: Stage, now: Mono) {
        self.stage = stage;
        self.since = now;
        self.arrived = self.arrived.max(now);
    }

    /// The client has a call for it.
    pub fn on_the_line(&self) -> bool {
        matches!(self.stage, Stage::Calling | Stage::Leaving) || self.connected()
    }

    /// The far end took it.
    pub fn connected(&self) -> bool {
        matches!(
            self.stage,
            Stage::Taken | Stage::Coding | Stage::Coded | Stage::Inside | Stage::Held
        )
    }

    /// When the stage ends by itself.
    pub fn limit(&self) -> Option<Mono> {
        match self.stage {
            Stage::Client if self.registering => Some(self.since.plus(REGISTERED)),
            Stage::Client => Some(self.since.plus(CLIENT)),
            Stage::Taken => Some(self.since.plus(FIRST_PACKET)),
            Stage::Coded => Some(self.since.plus(KEYS)),
            Stage::Ready | Stage::Dialling | Stage::Calling => None,
            Stage::Coding | Stage::Inside | Stage::Held | Stage::Leaving => None,
        }
    }

    /// When the client is asked again.
    pub fn asks_at(&self) -> Option<Mono> {
        let pause = match self.stage {
            Stage::Taken => ASK_AT_FIRST,
            Stage::Coding | Stage::Coded | Stage::Inside | Stage::Held => ASK,
            Stage::Client if self.goal == Goal::Ready => ASK,
            _ => return None,
        };
        Some(self.asked_state.unwrap_or(self.since).plus(pause))
    }

    pub fn code_sent(&mut self, now: Mono) {
        self.code_at = Some(now);
        self.enter(Stage::Coded, now);
    }

    /// The far end hung up soon after a code.
    pub fn refused_code(&self, now: Mono) -> bool {
        self.code_at.is_some_and(|at| now.since(at) < CODE)
    }

    /// What the level meter says of the mute, once it looks back at nothing older. A source that is muted is silent to the
    /// last bit; the generator and a microphone never are. One that gives nothing at all is as silent to the meter: of a
    /// microphone that shall be heard, silence alone is no proof.
    pub fn meter(&mut self, level: i16, now: Mono) {
        if now.since(self.mic_moved) < METER {
            self.silent = None;
        } else if level > SILENT {
            (self.muted, self.silent) = (Some(false), None);
        } else if self.mute_wanted {
            self.muted = Some(true);
        } else {
            self.silent = self.silent.or(Some(0));
        }
    }

    /// What is muted is sent, as silence; of what gives nothing no packets leave. The first reading looks back at what came before
    /// the silence.
    pub fn judge_silence(&mut self) {
        let Some(readings) = &mut self.silent else {
            return;
        };
        *readings = match self.sound.leaves {
            true => readings.saturating_add(1),
            false => 0,
        };
        if *readings >= SENT_SILENCE {
            self.muted = Some(true);
        }
    }

    pub fn note_flow(&mut self, now: Mono) {
        if self.sound.arrives || self.picture.arrives {
            self.arrived = now;
        }
    }

    /// The far end reported what it receives.
    pub fn report(&mut self, now: Mono) {
        self.reported = Some(now);
    }

    /// A hold is over: what came before it says nothing any more.
    pub fn resumed(&mut self, now: Mono) {
        self.arrived = now;
        self.reported = None;
    }

    /// Whether the far end is to be asked if it still knows the call; then it counts as asked.
    pub fn doubts(&mut self, now: Mono) -> bool {
        let again = |at: Mono| now.since(at) >= DOUBT_AGAIN;
        let doubts = self.doubted.is_none_or(again) && self.nothing_for(now, DOUBT, REPORTS_STAND);
        if doubts {
            self.doubted = Some(now);
        }
        doubts
    }

    pub fn stands(&self, now: Mono) -> bool {
        self.nothing_for(now, STANDS, REPORTS_STAND)
    }

    pub fn given_up(&self, now: Mono) -> bool {
        self.nothing_for(now, LOST, REPORTS_LOST)
    }

    /// Whether nothing came for so long: packets, or reports of a far end that sends none. Where nothing is to come, only
    /// reports that stay away say something.
    fn nothing_for(&self, now: Mono, packets: Duration, reports: Duration) -> bool {
        let silent = |at: &Mono| at.since(self.arrived) >= SILENT_FAR_END;
        let nothing_is_due = matches!(self.direction, Some(Direction::Out | Direction::None));
        match self.reported.filter(silent) {
            Some(at) => now.since(at) >= reports,
            None if nothing_is_due || self.stage == Stage::Held => false,
            None => now.since(self.arrived) >= packets,
        }
    }

    /// What flows, when that is news.
    pub fn media_changed(&mut self) -> Option<MediaSeen> {
        let flow = |runs| if runs { Flow::Runs } else { Flow::Stands };
        let media = MediaSeen {
            audio_in: flow(self.sound.arrives),
            video_in: flow(self.picture.arrives),
            audio_out: flow(self.sound.leaves),
            video_out: flow(self.picture.leaves),
        };
        let news = self.told.replace(media) != Some(media);
        news.then_some(media)
    }
}

/// Packets of sound or of pictures, from one report to the next.
#[derive(Debug, Default)]
pub(super) struct Track {
    sent: Option<u64>,
    received: Option<u64>,
    pub leaves: bool,
    pub arrives: bool,
}

impl Track {
    pub fn count(&mut self, report: &Report) {
        let grows = |last: Option<u64>, now: Option<u64>| now > last && now != Some(0);
        if let Some(sent) = report.sent {
            self.leaves = grows(self.sent.replace(sent), Some(sent));
        }
        if let Some(received) = report.received {
            self.arrives = grows(self.received.replace(received), Some(received));
        }
    }
}
