//! A display as the room knows it: one task for each link, one that chooses among them, commands in, what is seen out.
//! Decides nothing itself; knows no protocol.

use crate::chain::{Chain, Step};
use crate::link::{LinkCommand, LinkEvent, LinkSetup, talk};
use crate::words::InputCode;
use room_core::effect::DisplayCommand;
use room_core::event::Event;
use room_core::ids::DisplayId;
use room_core::units::Mono;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::Instant;

/// Events of all links that wait for the chooser.
const KEPT: usize = 64;

/// One link of a display.
#[derive(Debug, Clone, PartialEq)]
pub struct LinkConfig {
    /// The line and what is behind it.
    pub setup: LinkSetup,
    /// The code of the input that the board hangs on, where it is known.
    pub room_input: Option<InputCode>,
}

/// A display, as values that were checked before.
#[derive(Debug, Clone, PartialEq)]
pub struct DisplayConfig {
    /// Its role in the room; stands in every event.
    pub id: DisplayId,
    /// Its links, the one to be preferred first.
    pub links: Vec<LinkConfig>,
}

/// The room's end. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Handle(watch::Sender<Option<DisplayCommand>>);

impl Handle {
    /// Hands over a command; returns at once. Only the newest counts.
    pub fn send(&self, command: DisplayCommand) {
        self.0.send_replace(Some(command));
    }
}

/// The driver's end.
#[derive(Debug)]
pub struct Inbox(watch::Receiver<Option<DisplayCommand>>);

/// Ends of a display's inbox: one for the room, one for the driver.
pub fn channel() -> (Handle, Inbox) {
    let (handle, inbox) = watch::channel(None);
    (Handle(handle), Inbox(inbox))
}

/// Drives the display for ever; returns when nobody commands it or listens to its events any more.
pub async fn supervise(config: DisplayConfig, mut inbox: Inbox, out: mpsc::Sender<Event>) {
    let inputs = config.links.iter().map(|link| link.room_input.clone());
    let mut chain = Chain::new(inputs.collect());
    let mut tasks = JoinSet::new();
    let (say, mut events) = mpsc::channel(KEPT);
    let mut links = Vec::new();
    let names: Vec<String> = config
        .links
        .iter()
        .map(|link| link.setup.address.to_string())
        .collect();
    for (index, link) in config.links.into_iter().enumerate() {
        links.push(start(&mut tasks, index, link.setup, say.clone()));
    }
    let began = Instant::now();
    loop {
        let steps = tokio::select! {
            changed = inbox.0.changed() => {
                let command = *inbox.0.borrow_and_update();
                match (changed, command) {
                    (Ok(()), Some(command)) => chain.command(now(began), command),
                    (Ok(()), None) => continue,
                    (Err(_), _) => return,
                }
            }
            event = events.recv() => match event {
                Some((index, event)) => chain.heard(now(began), index, event),
                None => return,
            },
            () = out.closed() => return,
        };
        for step in steps {
            let (link, command) = match step {
                Step::Want(link, goal) => (link, LinkCommand::Want(goal)),
                Step::Forget(link, kind) => (link, LinkCommand::Forget(kind)),
                Step::Uses(link) => {
                    let name = names.get(link).map_or("", String::as_str);
                    tracing::info!(display = %config.id, link = name, "link in use");
                    continue;
                }
                Step::Say(seen) => {
                    let event = Event::Display(config.id.clone(), seen);
                    if out.send(event).await.is_err() {
                        return;
                    }
                    continue;
                }
            };
            if let Some(link) = links.get(link) {
                // A link's task ends only with this one.
                let _ = link.send(command);
            }
        }
    }
}

fn now(began: Instant) -> Mono {
    Mono(u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX))
}

/// Starts a link and a task that marks its events as its own.
fn start(
    tasks: &mut JoinSet<()>,
    index: usize,
    setup: LinkSetup,
    say: mpsc::Sender<(usize, LinkEvent)>,
) -> mpsc::UnboundedSender<LinkCommand> {
    // Unbounded: the chooser must never wait for a link that waits for the chooser. A room commands seldom.
    let (commands, to_link) = mpsc::unbounded_channel();
    let (out, mut events) = mpsc::channel(KEPT);
    tasks.spawn(talk(setup, to_link, out));
    tasks.spawn(async move {
        while let Some(event) = events.recv().await {
            if say.send((index, event)).await.is_err() {
                return;
            }
        }
    });
    commands
}
