//! Whether a call is well: media that flow, a page that answers, a connection the page itself complains of.

use super::{Call, Device, Evidence, Sample, Stage};
use crate::pack::{MediaSource, PageState};
use room_core::event::{CallSeen, EndReason, Flow, Trouble};
use room_core::failure::CallFailure;
use room_core::units::Mono;
use std::time::Duration;

/// How long a page may be frozen before it is given up.
const FROZEN_MAX: Duration = Duration::from_secs(20);

/// What is known about a call's health.
#[derive(Debug)]
pub(super) struct Health {
    sample: Option<Sample>,
    /// The last sign of life from a far end, or the last time there was nobody to give one.
    pulse_at: Mono,
    had_links: bool,
    frozen_since: Option<Mono>,
    said: Option<Trouble>,
}

impl Health {
    pub(super) fn new(now: Mono) -> Self {
        Self {
            sample: None,
            pulse_at: now,
            had_links: false,
            frozen_since: None,
            said: None,
        }
    }

    /// The call begins now: silence from before does not count.
    pub(super) fn begin(&mut self, now: Mono) {
        self.pulse_at = now;
    }

    /// The last sign of life.
    pub(super) fn alive_at(&self) -> Mono {
        self.pulse_at
    }

    /// Whether anything comes in.
    pub(super) fn flows(&self) -> bool {
        self.sample
            .is_some_and(|sample| sample.pulse || sample.up > 0)
    }

    /// Whether a device sends.
    pub(super) fn sends(&self, device: Device) -> Flow {
        match (self.sample, device) {
            (None, _) => Flow::Stands,
            (Some(sample), Device::Mic) => sample.seen.audio_out,
            (Some(sample), Device::Camera) => sample.seen.video_out,
        }
    }
}

impl Call {
    pub(super) fn measured(&mut self, sample: Sample) {
        if sample.pulse {
            self.health.pulse_at = self.now;
        }
        self.health.had_links |= sample.up > 0;
        self.health.sample = Some(sample);
        if self.inside_since.is_some() && self.said.media.replace(sample.seen) != Some(sample.seen)
        {
            self.say(CallSeen::Media(sample.seen));
        }
    }

    pub(super) fn settle_health(&mut self) {
        if self.stage != Stage::Open {
            return;
        }
        if let Some(since) = self.health.frozen_since
            && self.due(since.plus(FROZEN_MAX))
        {
            return self.give_up_frozen();
        }
        if !self.inside {
            return;
        }
        let trouble = self.trouble();
        if trouble == self.health.said {
            return;
        }
        self.health.said = trouble;
        self.say(trouble.map_or(CallSeen::Recovered, CallSeen::Trouble));
    }

    fn trouble(&mut self) -> Option<Trouble> {
        if self.health.frozen_since.is_some() {
            return Some(Trouble::Frozen);
        }
        let says_so = |rule: &usize| {
            self.pack
                .rules
                .get(*rule)
                .is_some_and(|r| r.state == PageState::Reconnecting)
        };
        if self.view.rules.iter().any(says_so) || self.silent() {
            return Some(Trouble::Network);
        }
        None
    }

    /// Somebody is there, and nothing at all has come for a while.
    fn silent(&mut self) -> bool {
        let alone = self.view.others == Some(0);
        if alone || !self.health.had_links || self.pack.media == MediaSource::Unseen {
            self.health.pulse_at = self.now;
            return false;
        }
        self.due(self.health.pulse_at.plus(self.pack.limits.still))
    }

    pub(super) fn froze(&mut self) {
        if self.stage == Stage::Open {
            self.health.frozen_since.get_or_insert(self.now);
        }
    }

    pub(super) fn thawed(&mut self) {
        if self.health.frozen_since.take().is_some() {
            // While the page stood still it could not count either.
            self.health.pulse_at = self.now;
            // The room forgot what the devices do when it was told; what is unchanged is news to it.
            (self.said.mic, self.said.camera) = (None, None);
        }
    }

    fn give_up_frozen(&mut self) {
        if self.inside {
            self.end(EndReason::PageGone);
        } else {
            self.fail(CallFailure::NoAnswer, Evidence::Nothing);
        }
    }

    pub(super) fn crashed(&mut self) {
        if matches!(self.stage, Stage::Closing { .. } | Stage::Over) {
            return;
        }
        if self.inside {
            self.say(CallSeen::Trouble(Trouble::PageCrashed));
        }
        self.end(EndReason::PageGone);
    }
}
