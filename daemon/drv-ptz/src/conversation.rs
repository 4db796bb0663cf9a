//! What is said on a line, whichever protocol it is: bytes, requests and moments in; bytes and facts out. Pure.
//! Must not know sockets, files or timers.

use crate::config::{HeadConfig, LineConfig, Port, Protocol};
use crate::engine::HeadSetup;
use crate::line::{Line, Order, Output};
use crate::link::Link;
use crate::model::Answers;
use crate::open_loop::{OpenLoop, OpenSetup, Speech};
use crate::pelco::{self, Dialect};
use crate::visca;
use room_core::failure::HeadFailure;
use room_core::units::Mono;

/// A conversation.
#[derive(Debug)]
pub(crate) enum Conversation {
    Answered(Line),
    Unanswered(OpenLoop),
}

impl Conversation {
    /// The one that this line needs.
    pub fn new(config: &LineConfig) -> Conversation {
        let dialect = match config.protocol {
            Protocol::PelcoD => Some(Dialect::D),
            Protocol::PelcoP => Some(Dialect::P),
            Protocol::Visca | Protocol::Uvc => None,
        };
        let silent = |head: &HeadConfig| head.model.answers == Answers::Nothing;
        if dialect.is_some() || config.heads.iter().all(silent) {
            let open = config.heads.iter().map(|head| OpenSetup {
                id: head.id.clone(),
                speech: match dialect {
                    Some(dialect) => Speech::Pelco(dialect, pelco_address(head)),
                    None => Speech::Visca(visca_address(head)),
                },
                model: head.model,
            });
            return Conversation::Unanswered(OpenLoop::new(open.collect()));
        }
        let (link, numbering) = match &config.port {
            Port::Serial { baud, .. } if config.heads.len() > 1 => {
                (Link::Chain { baud: *baud }, None)
            }
            Port::Serial { baud, .. } => (Link::Serial { baud: *baud }, None),
            Port::Sony(_, numbering) => (Link::Network, Some(*numbering)),
            Port::Tcp(_) | Port::Udp(_) | Port::Video { .. } => (Link::Network, None),
        };
        let heads = config.heads.iter().map(|head| HeadSetup {
            id: head.id.clone(),
            address: visca_address(head),
            link,
            model: head.model,
        });
        Conversation::Answered(Line::new(heads.collect(), numbering))
    }

    pub fn on_bytes(&mut self, now: Mono, bytes: &[u8]) -> Vec<Output> {
        match self {
            Conversation::Answered(line) => line.on_bytes(now, bytes),
            Conversation::Unanswered(heads) => heads.on_bytes(now, bytes),
        }
    }

    pub fn on_datagram(&mut self, now: Mono, bytes: &[u8]) -> Vec<Output> {
        match self {
            Conversation::Answered(line) => line.on_datagram(now, bytes),
            Conversation::Unanswered(heads) => heads.on_bytes(now, bytes),
        }
    }

    pub fn on_tick(&mut self, now: Mono) -> Vec<Output> {
        match self {
            Conversation::Answered(line) => line.on_tick(now),
            Conversation::Unanswered(heads) => heads.on_tick(now),
        }
    }

    pub fn submit(&mut self, now: Mono, order: Order) -> Vec<Output> {
        match self {
            Conversation::Answered(line) => line.submit(now, order),
            Conversation::Unanswered(heads) => heads.submit(now, order),
        }
    }

    pub fn next_deadline(&self) -> Option<Mono> {
        match self {
            Conversation::Answered(line) => line.next_deadline(),
            Conversation::Unanswered(heads) => heads.next_deadline(),
        }
    }

    pub fn abandon(&mut self, failure: HeadFailure) -> Vec<Output> {
        match self {
            Conversation::Answered(line) => line.abandon(failure),
            Conversation::Unanswered(heads) => heads.abandon(failure),
        }
    }

    /// Whether cameras that should answer do not.
    pub fn is_silent(&self) -> bool {
        match self {
            Conversation::Answered(line) => line.is_silent(),
            Conversation::Unanswered(_) => false,
        }
    }
}

/// Numbers were checked before.
fn visca_address(head: &HeadConfig) -> visca::Address {
    visca::Address::new(head.address).unwrap_or(visca::Address::FIRST)
}

fn pelco_address(head: &HeadConfig) -> pelco::Address {
    pelco::Address::new(head.address).unwrap_or(pelco::Address::FIRST)
}
