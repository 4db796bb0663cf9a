//! The camera's sockets as this side knows them: accepted commands that have not been completed.
//! A list, because some firmware puts several commands into one socket and completes them in order.

use super::step::Step;
use crate::visca::Socket;
use room_core::units::Mono;
use std::collections::VecDeque;

/// More than any camera keeps; a list that grows beyond has lost its completions.
const KEPT: usize = 8;

/// An accepted command.
#[derive(Debug, Clone, Copy)]
pub(super) struct Running {
    pub(super) socket: Socket,
    pub(super) step: Step,
    /// When its completion is overdue.
    pub(super) until: Mono,
}

/// Everything accepted and not completed, oldest first.
#[derive(Debug, Default)]
pub(super) struct Sockets(VecDeque<Running>);

impl Sockets {
    /// Adds an accepted command; the oldest falls out when there are too many.
    pub(super) fn add(&mut self, running: Running) -> Option<Running> {
        self.0.push_back(running);
        if self.0.len() > KEPT {
            self.0.pop_front()
        } else {
            None
        }
    }

    /// Takes out the oldest command of this socket.
    pub(super) fn finish(&mut self, socket: Socket) -> Option<Running> {
        let at = self.0.iter().position(|running| running.socket == socket)?;
        self.0.remove(at)
    }

    /// Takes out one command whose completion is overdue.
    pub(super) fn overdue(&mut self, now: Mono) -> Option<Running> {
        let at = self.0.iter().position(|running| running.until <= now)?;
        self.0.remove(at)
    }

    /// Everything accepted.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Running> {
        self.0.iter()
    }

    /// When the first completion is overdue.
    pub(super) fn next_deadline(&self) -> Option<Mono> {
        self.0.iter().map(|running| running.until).min()
    }

    /// Forgets all.
    pub(super) fn clear(&mut self) -> VecDeque<Running> {
        core::mem::take(&mut self.0)
    }
}
