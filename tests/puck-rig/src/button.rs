//! The chip's port as a serial line on this machine, in everybody's time, with fingers and eyes.
//! Looks at pixels and lights; reads frames only to count presses.

use crate::place::Kit;
use crate::rig::{Build, Pace, Rig};
use crate::said::{Colour, Order, Said, Why};
use anyhow::{Context, Result, bail};
use emulators::puck::Pty;
use std::collections::VecDeque;
use std::path::Path;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout};
use wire::{Decoder, HostToPuck, Key, KeyKind, PuckToHost, Received};

/// A tap; and a hold that outlasts the two seconds of a long press.
const TAP: Duration = Duration::from_millis(90);
const HOLD: Duration = Duration::from_millis(2150);
/// No machine is so busy that a hold takes longer.
const SLOWEST: Duration = Duration::from_secs(15);
/// A host that says nothing for this long is no host.
const SILENT: Duration = Duration::from_millis(1500);

/// What can be seen of it, and what went over its line.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    /// The ring, clockwise from the top.
    pub ring: Vec<Colour>,
    /// The display (PNG).
    pub screen: Vec<u8>,
    /// How many pictures there were.
    pub drawn: u32,
    /// Why it started anew since it was plugged in.
    pub resets: Vec<Why>,
    /// Whether it is in the ROM's loader.
    pub loader: bool,
    /// Its own time, at the last thing that happened to it. On a busy machine it passes more slowly than everybody's.
    pub time: Duration,
    /// Count of the last press that it sent.
    pub count: u16,
    /// Count of the last press that the host took.
    pub heard: Option<u16>,
    /// When the host said something last.
    pub host_at: Option<Instant>,
}

impl Seen {
    /// Whether a host speaks to it.
    pub fn connected(&self) -> bool {
        self.host_at.is_some_and(|at| at.elapsed() < SILENT)
    }

    /// The ring in a word, by its brightest light.
    pub fn ring_word(&self) -> &'static str {
        let brightest = self.ring.iter().max_by_key(|c| c.iter().max());
        let Some([red, green, blue]) = brightest else {
            return "off";
        };
        match [red, green, blue].map(|part| u16::from(*part)).into() {
            (0, 0, 0) => "off",
            (r, g, 0) if r > 4 * g => "red",
            (r, g, b) if g > 2 * r && g > 2 * b => "green",
            (r, g, b) if r >= g && g > 2 * b => "amber",
            _ if self.ring.iter().all(|c| c == &self.ring[0]) => "breathing",
            _ => "sweep",
        }
    }
}

/// The real image on a pseudo terminal. Dropping it unplugs it.
#[derive(Debug)]
pub struct ChipButton {
    orders: mpsc::Sender<Order>,
    seen: watch::Receiver<Seen>,
    task: JoinHandle<Result<()>>,
}

impl ChipButton {
    /// Plugs one in at `link`.
    ///
    /// # Errors
    /// The rig or the line cannot be made.
    pub fn start(kit: &Kit, link: &Path) -> Result<ChipButton> {
        ChipButton::built(kit, Build::Oled, 1.0, link)
    }

    /// Plugs one of another build in, or one whose clock runs at `rate` times of everybody's.
    ///
    /// # Errors
    /// The rig or the line cannot be made.
    pub fn built(kit: &Kit, build: Build, rate: f64, link: &Path) -> Result<ChipButton> {
        ChipButton::around(Rig::skewed(kit, build, Pace::Real, rate)?, link)
    }

    /// Plugs in what runs in this rig, which is paced.
    ///
    /// # Errors
    /// The line cannot be made.
    pub fn around(rig: Rig, link: &Path) -> Result<ChipButton> {
        let (orders, inbox) = mpsc::channel(16);
        let (seeing, seen) = watch::channel(Seen::default());
        let body = Body {
            rig,
            pty: Some(Pty::open(link)?),
            link: link.to_owned(),
            seeing,
            to_host: Decoder::new(),
            to_puck: Decoder::new(),
            waiting: VecDeque::new(),
        };
        Ok(ChipButton {
            orders,
            seen,
            task: tokio::spawn(body.live(inbox)),
        })
    }

    /// What can be seen now.
    pub fn seen(&self) -> Seen {
        self.seen.borrow().clone()
    }

    /// To follow it.
    pub fn watch(&self) -> watch::Receiver<Seen> {
        self.seen.clone()
    }

    /// Waits until something fits.
    ///
    /// # Errors
    /// Not in time; says what is seen instead.
    pub async fn until(&self, limit: Duration, fits: impl Fn(&Seen) -> bool) -> Result<Seen> {
        let mut seen = self.seen.clone();
        match timeout(limit, seen.wait_for(|seen| fits(seen))).await {
            Ok(Ok(seen)) => Ok(seen.clone()),
            Ok(Err(_)) => bail!("the table button is gone"),
            Err(_) => bail!(
                "after {limit:?} the ring is {} ({:?})",
                self.seen().ring_word(),
                self.seen().ring
            ),
        }
    }

    /// A finger on a key, for as long as this takes; the contact bounces.
    ///
    /// # Errors
    /// The rig has ended.
    pub async fn press(&self, key: Key, kind: KeyKind) -> Result<()> {
        let bounce = [300, 150, 700, 90].map(Duration::from_micros).to_vec();
        let contact = |down| Order::Key {
            key,
            down,
            bounce: bounce.clone(),
        };
        let began = self.seen().time;
        self.order(contact(true)).await?;
        let held = match kind {
            KeyKind::Long => HOLD,
            KeyKind::Short | KeyKind::Other(_) => TAP,
        };
        sleep(held).await;
        // A finger is on it for as long in the chip's time, too, or a hold would be a tap.
        let mut seen = self.seen.clone();
        let through = seen.wait_for(|seen| seen.time >= began + held);
        let _ = timeout(SLOWEST, through).await;
        self.order(contact(false)).await
    }

    /// Anything else that the rig can do.
    ///
    /// # Errors
    /// The rig has ended.
    pub async fn order(&self, order: Order) -> Result<()> {
        self.orders.send(order).await.context("the rig has ended")
    }
}

impl Drop for ChipButton {
    fn drop(&mut self) {
        self.task.abort();
    }
}

struct Body {
    rig: Rig,
    pty: Option<Pty>,
    link: std::path::PathBuf,
    seeing: watch::Sender<Seen>,
    to_host: Decoder<PuckToHost>,
    to_puck: Decoder<HostToPuck>,
    waiting: VecDeque<Order>,
}

impl Body {
    async fn live(mut self, mut inbox: mpsc::Receiver<Order>) -> Result<()> {
        let mut buffer = [0; 256];
        loop {
            while let Some(order) = self.waiting.pop_front() {
                self.rig.order(&order).await?;
            }
            tokio::select! {
                order = inbox.recv() => match order {
                    Some(order) => self.obey(order)?,
                    None => return Ok(()),
                },
                len = read(self.pty.as_ref(), &mut buffer) => self.host_said(&buffer[..len]),
                said = self.rig.next() => {
                    let (at, said) = said?;
                    self.take(said);
                    self.seeing.send_modify(|seen| seen.time = at);
                }
            }
        }
    }

    fn obey(&mut self, order: Order) -> Result<()> {
        match order {
            Order::Plug(false) => self.pty = None,
            Order::Plug(true) => {
                self.pty = Some(Pty::open(&self.link)?);
                self.seeing.send_replace(Seen::default());
            }
            _ => {}
        }
        self.waiting.push_back(order);
        Ok(())
    }

    fn host_said(&mut self, bytes: &[u8]) {
        self.waiting.push_back(Order::Send(bytes.to_vec()));
        for byte in bytes {
            if let Some(Ok(Received::Message(message))) = self.to_puck.push(*byte) {
                self.seeing.send_modify(|seen| {
                    seen.host_at = Some(Instant::now());
                    if let HostToPuck::Heard { count } = message {
                        seen.heard = Some(count);
                    }
                });
            }
        }
    }

    fn take(&mut self, said: Said) {
        match said {
            Said::Bytes(bytes) => self.chip_said(&bytes),
            Said::Ring(ring) => self.seeing.send_modify(|seen| seen.ring = ring),
            Said::Drawn(..) => self.waiting.push_back(Order::Screen),
            Said::Screen(screen) => self.seeing.send_modify(|seen| {
                seen.screen = screen;
                seen.drawn += 1;
            }),
            Said::Reset(why) => self.seeing.send_modify(|seen| {
                seen.ring.clear();
                seen.resets.push(why);
            }),
            Said::Loader => {
                // The serial line goes with the program that offered it.
                self.pty = None;
                self.seeing.send_modify(|seen| seen.loader = true);
            }
            Said::Usb(..) | Said::Shine(_) | Said::Edge | Said::Ran | Said::Off => {}
        }
    }

    fn chip_said(&mut self, bytes: &[u8]) {
        if let Some(pty) = &self.pty {
            pty.write(bytes);
        }
        for byte in bytes {
            if let Some(Ok(Received::Message(PuckToHost::Key { count, .. }))) =
                self.to_host.push(*byte)
            {
                self.seeing.send_modify(|seen| seen.count = count);
            }
        }
    }
}

async fn read(pty: Option<&Pty>, buffer: &mut [u8]) -> usize {
    let Some(pty) = pty else {
        return std::future::pending().await;
    };
    match pty.read(buffer).await {
        Ok(len) => len,
        Err(_) => std::future::pending().await,
    }
}
