//! The one owner of the room's sound: hears both ports and the room, does what the engine orders, and reports. Decides nothing.

use crate::engine::{Action, Engine, Input, SoundConfig};
use crate::ports::{Cards, Graph, Level, Role};
use core::time::Duration;
use room_core::event::Event;
use room_core::sound::{SoundCommand, SoundSeen};
use room_core::units::Mono;
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

/// What the owner is asked.
#[derive(Debug)]
enum Asked {
    Command(SoundCommand),
    Config(SoundConfig),
}

/// The room's end of the sound.
#[derive(Debug, Clone)]
pub struct Handle(mpsc::UnboundedSender<Asked>);

impl Handle {
    /// Asks for something and never waits. After the owner has ended nothing comes of it.
    pub fn command(&self, command: SoundCommand) {
        // Commands are few: the room tells at most three in as many seconds.
        let _ = self.0.send(Asked::Command(command));
    }

    /// From now on the room's devices are these; one that stays in use plays on.
    pub fn renew(&self, config: SoundConfig) {
        let _ = self.0.send(Asked::Config(config));
    }
}

/// The owner's end.
#[derive(Debug)]
pub struct Inbox {
    asked: mpsc::UnboundedReceiver<Asked>,
    /// The newest configuration, for an owner that begins again.
    renewed: Option<SoundConfig>,
}

/// Both ends.
pub fn channel() -> (Handle, Inbox) {
    let (handle, asked) = mpsc::unbounded_channel();
    let inbox = Inbox {
        asked,
        renewed: None,
    };
    (Handle(handle), inbox)
}

/// What is heard at each role, as far as it is known. Figures, never sound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Levels {
    /// At the room's microphone.
    pub microphone: Option<Level>,
    /// At its loudspeaker.
    pub loudspeaker: Option<Level>,
    /// At the second output.
    pub second: Option<Level>,
}

impl Levels {
    /// Takes the place of what was known of the same role.
    pub fn set(&mut self, level: Level) {
        let place = match level.role {
            Role::Microphone => &mut self.microphone,
            Role::Loudspeaker => &mut self.loudspeaker,
            Role::Second => &mut self.second,
        };
        *place = Some(level);
    }
}

/// Where facts and levels go.
#[derive(Debug, Clone)]
pub struct Told {
    /// To the room.
    pub events: mpsc::Sender<Event>,
    /// The newest level of each role; figures only, and never through the room.
    pub levels: watch::Sender<Levels>,
}

/// Owns the sound until nobody listens to its facts, or one of the ports has nothing to say any more. A configuration that was
/// renewed before counts in place of `config`.
pub async fn supervise<C: Cards, G: Graph>(
    config: SoundConfig,
    (mut cards, mut graph): (C, G),
    inbox: &mut Inbox,
    told: Told,
) {
    let began = Instant::now();
    let mut engine = Engine::new(inbox.renewed.clone().unwrap_or(config));
    loop {
        let deadline = engine.next_deadline();
        let deadline = deadline.map(|at| began + Duration::from_millis(at.0));
        let input = tokio::select! {
            // What the room asks comes first: a microphone is closed before anything else is looked at.
            biased;
            Some(asked) = inbox.asked.recv() => match asked {
                Asked::Command(command) => Input::Command(command),
                Asked::Config(config) => {
                    inbox.renewed = Some(config.clone());
                    Input::Config(config)
                }
            },
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
                    told.levels.send_modify(|levels| levels.set(level));
                }
                Action::Tell(seen) => {
                    if let SoundSeen::Down(_) = seen {
                        told.levels.send_replace(Levels::default());
                    }
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
