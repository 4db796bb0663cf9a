//! The one owner of every card's mixer: a thread that waits for orders, for hands at the switches, and for plugs.
//! Knows no preference of a device; performs orders and reports what it saw.

use super::bell::Bell;
use super::error::HardwareError;
use super::find::{Card, Pcm, Roots, cards};
use super::mixer::{CardMixer, State};
use crate::ports::{CardFact, CardOrder, CardSwitch, Cards, DeviceId, Found};
use alsa::poll::{Flags, poll, pollfd};
use core::time::Duration;
use room_core::failure::SoundFailure;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Write};
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;
use std::sync::mpsc as blocking;
use std::time::Instant;
use tokio::sync::mpsc;
use tracing::{debug, info, warn};

/// Facts on their way; the thread waits when nobody takes them.
const FACTS: usize = 64;
/// Between two tries at a card that cannot be opened.
const RETRY: Duration = Duration::from_secs(2);

/// The machine's cards through ALSA. The thread ends with this.
#[derive(Debug)]
pub struct AlsaCards {
    orders: blocking::Sender<CardOrder>,
    wake: UnixStream,
    facts: mpsc::Receiver<CardFact>,
}

impl AlsaCards {
    /// Begins to look after the cards.
    ///
    /// # Errors
    /// When the machine gives no thread or nothing to watch with.
    pub fn begin(roots: Roots) -> Result<AlsaCards, HardwareError> {
        let (wake, woken) = UnixStream::pair()?;
        wake.set_nonblocking(true)?;
        woken.set_nonblocking(true)?;
        let (orders, ordered) = blocking::channel();
        let (out, facts) = mpsc::channel(FACTS);
        let owner = Owner {
            bell: Bell::hang(&roots.dev, roots.links.as_deref())?,
            roots,
            woken,
            ordered,
            out,
            held: Vec::new(),
            listed: None,
            told: BTreeMap::new(),
            pulled: BTreeSet::new(),
            retry: None,
        };
        std::thread::Builder::new()
            .name("sound cards".to_owned())
            .spawn(move || owner.run())?;
        Ok(AlsaCards {
            orders,
            wake,
            facts,
        })
    }
}

impl Cards for AlsaCards {
    fn order(&mut self, order: CardOrder) {
        if self.orders.send(order).is_ok() {
            // A full line wakes as well.
            let _ = self.wake.write(&[0]);
        }
    }

    async fn next(&mut self) -> Option<CardFact> {
        self.facts.recv().await
    }
}

struct Held {
    card: Card,
    /// Or why it cannot be had.
    mixer: Result<CardMixer, SoundFailure>,
}

struct Owner {
    roots: Roots,
    bell: Bell,
    woken: UnixStream,
    ordered: blocking::Receiver<CardOrder>,
    out: mpsc::Sender<CardFact>,
    held: Vec<Held>,
    listed: Option<Vec<Found>>,
    told: BTreeMap<DeviceId, State>,
    /// Plugs of cards that said themselves that they are gone. The kernel takes their nodes away one by one.
    pulled: BTreeSet<u64>,
    retry: Option<Instant>,
}

/// Nobody listens any more.
struct Unneeded;

impl Owner {
    fn run(mut self) {
        let _ = self.serve();
    }

    fn serve(&mut self) -> Result<(), Unneeded> {
        self.look()?;
        loop {
            let stirred = self.wait();
            if self.orders_are_over() {
                return Ok(());
            }
            let now = Instant::now();
            self.bell.hear(now);
            for place in stirred {
                self.hear(place, now)?;
            }
            let retried = self.retry.is_some_and(|at| at <= now);
            if self.bell.has_rung(now) || retried {
                self.look()?;
            }
            while let Ok(order) = self.ordered.try_recv() {
                self.perform(order)?;
            }
        }
    }

    /// Waits for anything; gives the places of the cards that stirred.
    fn wait(&self) -> Vec<usize> {
        let one = |fd| pollfd {
            fd,
            events: Flags::IN.bits(),
            revents: 0,
        };
        let mut waits = vec![one(self.woken.as_raw_fd()), one(self.bell.waits_for())];
        let mut whose = vec![None, None];
        for (place, held) in self.held.iter().enumerate() {
            let own = held.mixer.as_ref().map(CardMixer::waits_for);
            for wait in own.unwrap_or_default() {
                waits.push(wait);
                whose.push(Some(place));
            }
        }
        let due = [self.bell.due(), self.retry].into_iter().flatten().min();
        let timeout = due.map_or(-1, |due| {
            let left = due.saturating_duration_since(Instant::now());
            // Rounded up: a wait that ends too early turns in a circle.
            i32::try_from(left.as_millis() + 1).unwrap_or(i32::MAX)
        });
        // A signal ends it early, which is as good as nothing.
        let _ = poll(&mut waits, timeout);
        let stirred = waits.iter().zip(&whose);
        let mut places: Vec<usize> = stirred
            .filter_map(|(wait, place)| place.filter(|_| wait.revents != 0))
            .collect();
        places.dedup();
        places
    }

    /// Empties the line that wakes; true when its other end is gone.
    fn orders_are_over(&mut self) -> bool {
        let mut waste = [0; 64];
        loop {
            match self.woken.read(&mut waste) {
                Ok(0) => return true,
                Ok(_) => {}
                Err(_) => return false,
            }
        }
    }

    /// Takes in what somebody did to a card.
    fn hear(&mut self, place: usize, now: Instant) -> Result<(), Unneeded> {
        let Some(held) = self.held.get_mut(place) else {
            return Ok(());
        };
        match held.mixer.as_mut().map(CardMixer::hear) {
            Ok(Ok(())) => self.tell_states(place),
            Ok(Err(error)) => {
                self.lose(place, &error, now);
                Ok(())
            }
            Err(_) => Ok(()),
        }
    }

    /// A card that was pulled is gone at once, and another one can take its place; any other is looked at again.
    fn lose(&mut self, place: usize, error: &HardwareError, now: Instant) {
        let held = &mut self.held[place];
        held.mixer = Err(error.failure());
        match error {
            HardwareError::Absent => {
                self.pulled.insert(held.card.plugged);
                self.bell.ring_at_once(now);
            }
            _ => self.bell.ring(now),
        }
    }

    /// What is plugged in now.
    fn look(&mut self) -> Result<(), Unneeded> {
        let mut before = core::mem::take(&mut self.held);
        let mut now = cards(&self.roots);
        self.pulled
            .retain(|plug| now.iter().any(|card| card.plugged == *plug));
        now.retain(|card| !self.pulled.contains(&card.plugged));
        // A card that went and came between two looks is told as gone: it forgot what it was set to.
        before.retain(|held| now.iter().any(|card| card.plugged == held.card.plugged));
        if self.listed.is_some() {
            self.list(before.iter().flat_map(|held| held.card.found()).collect())?;
        }
        for card in now {
            let place = before
                .iter()
                .position(|held| held.card.plugged == card.plugged);
            let mixer = place.map(|place| before.swap_remove(place).mixer);
            let mixer = mixer.unwrap_or(Err(SoundFailure::Absent));
            self.held.push(Held { card, mixer });
        }
        self.list(
            self.held
                .iter()
                .flat_map(|held| held.card.found())
                .collect(),
        )?;
        self.retry = None;
        for place in 0..self.held.len() {
            if self.held[place].mixer.is_err() {
                self.open(place)?;
            }
            self.tell_states(place)?;
        }
        Ok(())
    }

    fn list(&mut self, devices: Vec<Found>) -> Result<(), Unneeded> {
        if self.listed.as_ref() == Some(&devices) {
            return Ok(());
        }
        self.told
            .retain(|id, _| devices.iter().any(|device| device.id == *id));
        self.listed = Some(devices.clone());
        self.tell(CardFact::Devices(devices))
    }

    fn open(&mut self, place: usize) -> Result<(), Unneeded> {
        let held = &mut self.held[place];
        let number = held.card.number;
        match CardMixer::open(number, &self.roots.control(number)) {
            Ok(mixer) => {
                info!(
                    card = held.card.id,
                    name = held.card.name,
                    "sound card in hand"
                );
                held.mixer = Ok(mixer);
                Ok(())
            }
            Err(error) => {
                self.retry = Some(Instant::now() + RETRY);
                held.mixer = Err(error.failure());
                let ids: Vec<DeviceId> = held.card.found().into_iter().map(|f| f.id).collect();
                for id in ids {
                    // Said once, not at each try.
                    if !self.told.contains_key(&id) {
                        warn!(device = %id, "{error}; trying again");
                        self.tell(CardFact::Failed(id, error.failure()))?;
                    }
                }
                Ok(())
            }
        }
    }

    /// Tells what changed at a card.
    fn tell_states(&mut self, place: usize) -> Result<(), Unneeded> {
        let held = &self.held[place];
        let mut news = Vec::new();
        for pcm in &held.card.pcms {
            let state = match &held.mixer {
                Ok(mixer) => mixer.state(pcm.direction),
                Err(_) => State {
                    switch: CardSwitch::Unread,
                    gain: None,
                },
            };
            news.push((held.card.device_id(*pcm), state));
        }
        for (id, state) in news {
            let before = self.told.insert(id.clone(), state);
            for fact in facts(&id, before, state) {
                debug!(?fact, "seen at a card");
                self.tell(fact)?;
            }
        }
        Ok(())
    }

    fn perform(&mut self, order: CardOrder) -> Result<(), Unneeded> {
        let id = match &order {
            CardOrder::Look => {
                self.told.clear();
                self.listed = None;
                self.held.clear();
                return self.look();
            }
            CardOrder::Switch(id, _) | CardOrder::Gain(id, _) => id.clone(),
        };
        let Some((place, pcm)) = self.find(&id) else {
            return Ok(());
        };
        let done = match (&mut self.held[place].mixer, order) {
            (Ok(mixer), CardOrder::Switch(_, to)) => mixer.switch(pcm.direction, to),
            (Ok(mixer), CardOrder::Gain(_, to)) => mixer.gain(pcm.direction, to),
            (Ok(_), CardOrder::Look) => Ok(()),
            (Err(failure), _) => {
                let failure = *failure;
                return self.tell(CardFact::Failed(id, failure));
            }
        };
        if let Err(error) = done {
            debug!(device = %id, "{error}");
            if matches!(error, HardwareError::Absent) {
                self.lose(place, &error, Instant::now());
            }
            self.tell(CardFact::Failed(id, error.failure()))?;
        }
        self.tell_states(place)
    }

    fn find(&self, id: &DeviceId) -> Option<(usize, Pcm)> {
        self.held.iter().enumerate().find_map(|(place, held)| {
            let pcms = held.card.pcms.iter();
            let own = pcms.copied().find(|pcm| held.card.device_id(*pcm) == *id);
            own.map(|pcm| (place, pcm))
        })
    }

    fn tell(&self, fact: CardFact) -> Result<(), Unneeded> {
        self.out.blocking_send(fact).map_err(|_| Unneeded)
    }
}

/// What is to be said of a device after it was seen as `before`.
fn facts(id: &DeviceId, before: Option<State>, now: State) -> Vec<CardFact> {
    let mut facts = Vec::new();
    if before.is_none_or(|before| before.switch != now.switch) {
        facts.push(CardFact::Switch(id.clone(), now.switch));
    }
    if let Some(gain) = now.gain
        && before.is_none_or(|before| before.gain != Some(gain))
    {
        facts.push(CardFact::Gain(id.clone(), gain));
    }
    facts
}
