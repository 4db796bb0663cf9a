//! The one owner of the room's sound: hears both ports and the room, does what the engine orders, and reports. Decides nothing.

use crate::engine::{Action, Engine, Input, SoundConfig};
use crate::ports::{Cards, Graph, Level};
use core::time::Duration;
use room_core::event::Event;
use room_core::sound::SoundCommand;
use room_core::units::Mono;
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

/// The room's end of the sound.
#[derive(Debug, Clone)]
pub struct Handle(mpsc::UnboundedSender<SoundCommand>);

impl Handle {
    /// Asks for something and never waits. After the owner has ended nothing comes of it.
    pub fn command(&self, command: SoundCommand) {
        // Commands are few: the room tells at most three in as many seconds.
        let _ = self.0.send(command);
    }
}

/// The owner's end.
#[derive(Debug)]
pub struct Inbox(mpsc::UnboundedReceiver<SoundCommand>);

/// Both ends.
pub fn channel() -> (Handle, Inbox) {
    let (handle, inbox) = mpsc::unbounded_channel();
    (Handle(handle), Inbox(inbox))
}

/// Where facts and levels go.
#[derive(Debug, Clone)]
pub struct Told {
    /// To the room.
    pub events: mpsc::Sender<Event>,
    /// The newest level of each role; figures only, and never through the room.
    pub levels: watch::Sender<Option<Level>>,
}

/// Owns the sound until nobody listens to its facts, or one of the ports has nothing to say any more.
pub async fn supervise<C: Cards, G: Graph>(
    config: SoundConfig,
    (mut cards, mut graph): (C, G),
    inbox: &mut Inbox,
    told: Told,
) {
    let began = Instant::now();
    let mut engine = Engine::new(config);
    loop {
        let deadline = engine.next_deadline();
        let deadline = deadline.map(|at| began + Duration::from_millis(at.0));
        let input = tokio::select! {
            // What the room asks comes first: a microphone is closed before anything else is looked at.
            biased;
            Some(command) = inbox.0.recv() => Input::Command(command),
            fact = graph.next() => match fact {
                Some(fact) => Input::Graph(fact),
                None => return,
            },
            fact = cards.next() => match fact {
                Some(fact) => Input::Card(fact),
                None => return,
            },
            () = until(deadline) => Input::Tick,
            () = told.events.closed() => return,
        };
        let now = Mono(u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX));
        for action in engine.step(now, input) {
            match action {
                Action::Card(order) => cards.order(order),
                Action::Graph(order) => graph.order(order),
                Action::Show(level) => {
                    told.levels.send_replace(Some(level));
                }
                Action::Tell(seen) => {
                    tracing::debug!(?seen, "sound");
                    if told.events.send(Event::Sound(seen)).await.is_err() {
                        return;
                    }
                }
            }
        }
    }
}

async fn until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline).await,
        None => core::future::pending().await,
    }
}
