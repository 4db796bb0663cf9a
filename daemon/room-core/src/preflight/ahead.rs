//! Looking at the next day's meetings: when somebody asks for it, and as it is begun. When it is due by itself stands above.

use super::{Coming, Evening, Foreseen, PreflightCommand, What};
use crate::effect::Effect;
use crate::limits;
use crate::room::Room;
use crate::view::Ahead;

impl Room {
    pub(super) fn begin_look_ahead(&mut self, evening: Evening) {
        let meetings: Vec<Coming> = self
            .coming(|m| evening.from <= m.start && m.start < evening.until)
            .take(limits::PREFLIGHT_MEETINGS)
            .collect();
        if meetings.is_empty() {
            self.memory.proofs.foreseen = Some(Foreseen {
                at: self.now_wall(),
                until: evening.until,
                meetings: Vec::new(),
            });
            return;
        }
        let run = self.next_run(What::Ahead(evening));
        let look = PreflightCommand::LookAhead { run, meetings };
        self.out.push(Effect::Preflight(look));
    }

    /// The day to come that is the next one, where the operator's hours have one.
    fn next_day(&self) -> Option<Evening> {
        let wall = self.wall().filter(|_| self.clock.trusted())?;
        let coming = self.preflight.hours.evenings.iter();
        let coming = coming.filter(|evening| wall < evening.from);
        coming.min_by_key(|evening| evening.from).copied()
    }

    pub(super) fn ahead(&self) -> Ahead {
        match self.preflight.run.map(|run| run.what) {
            Some(What::Ahead(_)) => Ahead::Looks,
            _ if self.preflight.hours.evenings.is_empty() => Ahead::Never,
            None if self.idle() && self.next_day().is_some() => Ahead::MayBeAsked,
            Some(What::Room { .. }) | None => Ahead::NotNow,
        }
    }

    /// Its own time comes all the same: what is seen in the morning is not yet what the evening will see.
    pub(crate) fn press_look_ahead(&mut self) {
        let may = self.plan.preflight.is_some() && self.ahead() == Ahead::MayBeAsked;
        if let Some(day) = self.next_day().filter(|_| may) {
            self.begin_look_ahead(day);
        }
    }
}
