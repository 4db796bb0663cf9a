//! Reading the place of a Pelco head that knows the extended queries; one that does not answer is not asked for long.
//! Must not know the line.

use crate::model::HeadModel;
use crate::pelco::{Answer, Query};
use core::time::Duration;
use room_core::units::{Mono, Position};

/// Between two questions while something may turn.
const FAST: Duration = Duration::from_millis(150);
/// Between two looks at a head that rests.
const SLOW: Duration = Duration::from_secs(3);
/// So long after a request a head may turn.
const LIVELY: Duration = Duration::from_secs(2);
/// So many questions without any answer, and the model does not know them.
const MISSES: u8 = 6;
/// A whole turn, in hundredths of a degree.
const TURN: i32 = 36_000;

/// What is asked and what was read.
#[derive(Debug, Default)]
pub(super) struct Queries {
    at: usize,
    due: Mono,
    lively_until: Mono,
    misses: u8,
    pan: Option<i32>,
    tilt: Option<i32>,
    shown: Option<Position>,
    moving: bool,
}

impl Queries {
    /// When the next question is due; never for a head that does not answer.
    pub(super) fn due(&self) -> Option<Mono> {
        (self.misses < MISSES).then_some(self.due)
    }

    /// Something was asked of the head.
    pub(super) fn hurry(&mut self, now: Mono) {
        self.lively_until = now.plus(LIVELY);
        self.due = self.due.min(now.plus(FAST));
    }

    pub(super) fn next(&mut self, now: Mono) -> Option<Query> {
        if self.due()? > now {
            return None;
        }
        self.misses = self.misses.saturating_add(1);
        let query = Query::ALL[self.at];
        self.at = (self.at + 1) % Query::ALL.len();
        let rests = self.at == 0 && now >= self.lively_until;
        self.due = now.plus(if rests { SLOW } else { FAST });
        Some(query)
    }

    /// A place and whether it changes, once all of it was read and when it is news.
    pub(super) fn on_answer(
        &mut self,
        now: Mono,
        answer: Answer,
        model: &HeadModel,
    ) -> Option<(Position, bool)> {
        self.misses = 0;
        let angle = |value: u16| {
            let value = i32::from(value) % TURN;
            if value > TURN / 2 {
                value - TURN
            } else {
                value
            }
        };
        match answer.query {
            Query::Pan => self.pan = Some(angle(answer.value)),
            // The wire counts downwards.
            Query::Tilt => self.tilt = Some(-angle(answer.value)),
            Query::Zoom => {
                let zoom = model.position(0, 0, answer.value).zoom;
                let (Some(pan), Some(tilt)) = (self.pan, self.tilt) else {
                    return None;
                };
                let place = Position { pan, tilt, zoom };
                let was = self.shown.replace(place);
                let was_moving = self.moving;
                self.moving = was.is_some_and(|was| was != place);
                if self.moving {
                    self.lively_until = self.lively_until.max(now.plus(LIVELY));
                }
                // The same place twice: it stands, which is said once.
                let is_news = was != Some(place) || was_moving;
                return is_news.then_some((place, self.moving));
            }
        }
        None
    }
}
