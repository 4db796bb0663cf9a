//! The button on its line: a task that moves bytes and time, and a handle for fingers and eyes.
//! Decides nothing about the wire; misbehaves when told to.

use super::model::{Model, NotSent, Shown};
use super::pty::Pty;
use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};
use wire::{Frame, Key, KeyKind, PuckHello, PuckToHost, Text};

const TICK: Duration = Duration::from_millis(25);

/// What can go wrong with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Pulled out of the socket: the line ends, the link goes.
    Unplug,
    /// Put back, freshly started.
    Plug,
    /// Restarts without the line ending.
    Reboot,
    /// Says nothing any more, though the line is there.
    Hang,
    /// Speaks again.
    Recover,
    /// Answers in another version of the wire, until it recovers.
    Foreign(u8),
    /// The next so many things it says are damaged on the way.
    Damage(u32),
}

enum Order {
    Press(Key, KeyKind, oneshot::Sender<Result<u16, NotSent>>),
    Fault(Fault, oneshot::Sender<Result<()>>),
}

/// A table button on a pseudo terminal. Dropping it unplugs it.
pub struct Puck {
    link: PathBuf,
    orders: mpsc::Sender<Order>,
    shown: watch::Receiver<Shown>,
    picture: watch::Receiver<Arc<[u8]>>,
    task: JoinHandle<()>,
}

impl Puck {
    /// Plugs one in at `link`, a path that a host can open as a serial line.
    pub fn start(link: &Path) -> Result<Puck> {
        let (orders, inbox) = mpsc::channel(16);
        let (model, first) = Model::start("EMULATED0001");
        let (showing, shown) = watch::channel(model.shown());
        let (painting, picture) = watch::channel(model.picture());
        let mut body = Body {
            link: link.to_owned(),
            pty: Some(Pty::open(link)?),
            model,
            started: Instant::now(),
            showing,
            painting,
            hung: false,
            foreign: None,
            damage: 0,
        };
        body.send(first);
        let task = tokio::spawn(body.live(inbox));
        Ok(Puck {
            link: link.to_owned(),
            orders,
            shown,
            picture,
            task,
        })
    }

    /// Where the host finds it.
    pub fn link(&self) -> &Path {
        &self.link
    }

    /// What it shows now.
    pub fn shown(&self) -> Shown {
        *self.shown.borrow()
    }

    /// Its display as PNG.
    pub fn picture(&self) -> Arc<[u8]> {
        self.picture.borrow().clone()
    }

    /// To follow what it shows.
    pub fn watch(&self) -> watch::Receiver<Shown> {
        self.shown.clone()
    }

    /// Waits until it shows something that fits; fails after `limit` with what it shows instead.
    pub async fn until(&self, limit: Duration, fits: impl Fn(&Shown) -> bool) -> Result<Shown> {
        let mut shown = self.shown.clone();
        let found = timeout(limit, shown.wait_for(|s| fits(s))).await;
        match found {
            Ok(Ok(shown)) => Ok(*shown),
            Ok(Err(_)) => bail!("the table button is gone"),
            Err(_) => bail!(
                "after {limit:?} the table button still shows {:?}",
                self.shown()
            ),
        }
    }

    /// A finger on a key; answers the press's count, or why it went nowhere.
    pub async fn press(&self, key: Key, kind: KeyKind) -> Result<u16, NotSent> {
        let (answer, answered) = oneshot::channel();
        let order = Order::Press(key, kind, answer);
        if self.orders.send(order).await.is_err() {
            return Err(NotSent::NoConnection);
        }
        answered.await.unwrap_or(Err(NotSent::NoConnection))
    }

    /// Makes it misbehave, or behave again.
    pub async fn fault(&self, fault: Fault) -> Result<()> {
        let (answer, answered) = oneshot::channel();
        let order = Order::Fault(fault, answer);
        self.orders
            .send(order)
            .await
            .context("the button is gone")?;
        answered.await.context("the button is gone")?
    }
}

impl Drop for Puck {
    fn drop(&mut self) {
        self.task.abort();
    }
}

struct Body {
    link: PathBuf,
    pty: Option<Pty>,
    model: Model,
    started: Instant,
    showing: watch::Sender<Shown>,
    painting: watch::Sender<Arc<[u8]>>,
    hung: bool,
    foreign: Option<u8>,
    damage: u32,
}

impl Body {
    async fn live(mut self, mut inbox: mpsc::Receiver<Order>) {
        let mut ticks = interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut buffer = [0; 256];
        loop {
            tokio::select! {
                order = inbox.recv() => match order {
                    Some(order) => self.obey(order),
                    None => return,
                },
                n = read(self.pty.as_ref(), &mut buffer) => {
                    let answer = self.model.hear(self.now(), &buffer[..n]);
                    self.send(answer);
                }
                _ = ticks.tick() => {
                    let bytes = self.model.tick(self.now());
                    self.send(bytes);
                }
            }
            let shown = self.model.shown();
            if self.showing.borrow().screen != shown.screen {
                // Before its number, so that whoever sees the number finds the picture.
                self.painting.send_replace(self.model.picture());
            }
            self.showing.send_if_modified(|old| {
                let changed = *old != shown;
                *old = shown;
                changed
            });
        }
    }

    fn now(&self) -> Duration {
        self.started.elapsed()
    }

    fn obey(&mut self, order: Order) {
        match order {
            Order::Press(key, kind, answer) => {
                let pressed = self.model.press(self.now(), key, kind).map(|bytes| {
                    self.send(bytes);
                    self.model.shown().count
                });
                let _ = answer.send(pressed);
            }
            Order::Fault(fault, answer) => {
                let _ = answer.send(self.misbehave(fault));
            }
        }
    }

    fn misbehave(&mut self, fault: Fault) -> Result<()> {
        match fault {
            Fault::Unplug => self.pty = None,
            Fault::Plug => {
                self.pty = Some(Pty::open(&self.link)?);
                self.restart();
            }
            Fault::Reboot => self.restart(),
            Fault::Hang => self.hung = true,
            Fault::Recover => (self.hung, self.foreign) = (false, None),
            Fault::Foreign(version) => self.foreign = Some(version),
            Fault::Damage(frames) => self.damage = frames,
        }
        Ok(())
    }

    fn restart(&mut self) {
        let (model, first) = Model::start("EMULATED0001");
        self.model = model;
        self.started = Instant::now();
        self.send(first);
    }

    fn send(&mut self, mut bytes: Vec<u8>) {
        if self.hung || bytes.is_empty() {
            return;
        }
        if let Some(version) = self.foreign {
            bytes = hello_of(version);
        }
        if self.damage > 0 {
            self.damage -= 1;
            let middle = bytes.len() / 2;
            bytes[middle] ^= 0x55;
        }
        if let Some(pty) = &self.pty {
            pty.write(&bytes);
        }
    }
}

async fn read(pty: Option<&Pty>, buffer: &mut [u8]) -> usize {
    match pty {
        Some(pty) => match pty.read(buffer).await {
            Ok(n) => n,
            Err(_) => std::future::pending().await,
        },
        None => std::future::pending().await,
    }
}

fn hello_of(wire_version: u8) -> Vec<u8> {
    let hello = PuckToHost::Hello(PuckHello {
        wire_version,
        schema: 0,
        hash: 0,
        session: 0,
        count: 0,
        firmware: Text::EMPTY,
        serial: Text::EMPTY,
    });
    Frame::of(&hello).map_or_else(|_| Vec::new(), |frame| frame.bytes().to_vec())
}
