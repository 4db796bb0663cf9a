//! Which request waits for which steps: every request ends exactly once.

use room_core::ids::RequestId;
use std::collections::BTreeMap;

/// One request's number inside the engine; dead once the request has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Ticket(u64);

impl Ticket {
    /// Belongs to no request.
    pub(super) const NONE: Ticket = Ticket(0);
}

#[derive(Debug)]
struct Open {
    request: RequestId,
    steps: usize,
}

/// The requests that have not ended.
#[derive(Debug, Default)]
pub(super) struct Tickets {
    given: u64,
    open: BTreeMap<Ticket, Open>,
}

impl Tickets {
    /// A ticket for a request of so many steps.
    pub(super) fn open(&mut self, request: RequestId, steps: usize) -> Ticket {
        self.given += 1;
        let ticket = Ticket(self.given);
        self.open.insert(ticket, Open { request, steps });
        ticket
    }

    /// Whether somebody still waits.
    pub(super) fn is_open(&self, ticket: Ticket) -> bool {
        self.open.contains_key(&ticket)
    }

    /// One step is done; the request comes out with its last one.
    pub(super) fn step_done(&mut self, ticket: Ticket) -> Option<RequestId> {
        let open = self.open.get_mut(&ticket)?;
        open.steps = open.steps.saturating_sub(1);
        if open.steps == 0 {
            self.close(ticket)
        } else {
            None
        }
    }

    /// Ends the request, whatever is left of it.
    pub(super) fn close(&mut self, ticket: Ticket) -> Option<RequestId> {
        self.open.remove(&ticket).map(|open| open.request)
    }

    /// Ends all.
    pub(super) fn close_all(&mut self) -> Vec<RequestId> {
        core::mem::take(&mut self.open)
            .into_values()
            .map(|open| open.request)
            .collect()
    }
}
