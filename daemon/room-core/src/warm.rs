//! The page of the next meeting, prepared up to the point before entering.
//! Its failures are no one's business: a join then starts from nothing.
//! Knows no meeting, only the request it was made for.

use crate::effect::CallRequest;
use crate::ids::{CallId, MeetingId};
use crate::limits;
use crate::units::Mono;
use serde::{Deserialize, Serialize};

/// The one page that may be prepared.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Warm {
    pub meeting: MeetingId,
    pub request: CallRequest,
    pub tries: u8,
    pub state: WarmState,
}

/// How far it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) enum WarmState {
    Loading {
        call: CallId,
        until: Mono,
    },
    Ready {
        call: CallId,
    },
    /// Did not work; `None` when it is not tried again for this request.
    Failed {
        again: Option<Mono>,
    },
}

impl Warm {
    /// The page's call, when there is a page.
    pub fn call(&self) -> Option<CallId> {
        match self.state {
            WarmState::Loading { call, .. } | WarmState::Ready { call } => Some(call),
            WarmState::Failed { .. } => None,
        }
    }

    /// Ready to enter.
    pub fn ready(&self) -> bool {
        matches!(self.state, WarmState::Ready { .. })
    }

    /// Did not work; tried again after a pause that doubles, a bounded number of times.
    pub fn fail(&mut self, now: Mono) {
        let pause = limits::WARM_PAUSE.saturating_mul(1 << u32::from(self.tries.min(8)));
        self.tries = self.tries.saturating_add(1);
        let again = (self.tries < limits::WARM_TRIES).then(|| now.plus(pause));
        self.state = WarmState::Failed { again };
    }

    /// Did something it must not: never tried again for this request.
    pub fn give_up(&mut self) {
        self.state = WarmState::Failed { again: None };
    }

    pub fn deadline(&self) -> Option<Mono> {
        match self.state {
            WarmState::Loading { until, .. } => Some(until),
            WarmState::Ready { .. } => None,
            WarmState::Failed { again } => again,
        }
    }
}
