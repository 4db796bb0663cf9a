//! Owns the running conferences and their sockets: feeds events to the state machines and carries out
//! what they want. Knows nothing of HTTP; `socket` brings the frames, `page` the pages.

use crate::clock::{Clock, Mono, Now};
use crate::conference::{Conference, Event, Notice, Out, Revocations, Rules};
use crate::error::PracticeError;
use crate::ids::{ConferenceId, ParticipantId, SocketId};
use crate::keep::{self, AllRevocations};
use crate::messages::{FromPage, Over, ToPage};
use crate::reach;
use crate::token::ResumeKey;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{broadcast, mpsc};
use tracing::{debug, info, warn};

/// One conference the owner offers.
#[derive(Debug, Clone)]
pub struct ConferenceConfig {
    /// The last part of its address.
    pub id: ConferenceId,
    /// How people get in.
    pub rules: Rules,
}

/// Whether an address nobody configured opens a conference.
#[derive(Debug, Clone, Default)]
pub enum OnDemand {
    /// It does not: the page says there is no such conference.
    #[default]
    No,
    /// The first to join opens it, under these rules.
    Yes(Rules),
}

/// What the owner decides.
#[derive(Debug, Clone)]
pub struct Config {
    /// Signs resume tokens; keep it over restarts so that calls live on.
    pub key: ResumeKey,
    /// The conferences offered.
    pub conferences: Vec<ConferenceConfig>,
    /// What happens at other addresses.
    pub on_demand: OnDemand,
    /// Where removals and ends are kept over restarts. `None`: only in memory, so that a restart lets a
    /// removed page back in until its token is too old (15 minutes).
    pub revocations: Option<PathBuf>,
    /// How long after the start newcomers wait so that those who were in a call find their places.
    /// Default 2 seconds; pages come back within one.
    pub newcomers_wait: Duration,
    /// Offered for download as `/practice/room-ca.crt`, in DER form, so that phones can trust the room.
    pub ca_der: Option<Vec<u8>>,
}

impl Config {
    /// No conferences, nothing on demand, nothing kept.
    #[must_use]
    pub fn new(key: ResumeKey) -> Self {
        Self {
            key,
            conferences: Vec::new(),
            on_demand: OnDemand::No,
            revocations: None,
            newcomers_wait: Duration::from_secs(2),
            ca_der: None,
        }
    }
}

/// What is told to the owner: where it happened, and what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnerNotice {
    /// Where.
    pub conference: ConferenceId,
    /// What.
    pub notice: Notice,
}

/// The practice conferences of one room. Cheap to clone; all clones are the same.
#[derive(Debug, Clone)]
pub struct Practice(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    config: Config,
    clock: Clock,
    hall: Mutex<Hall>,
    keeping: Mutex<()>,
    notices: broadcast::Sender<OwnerNotice>,
}

#[derive(Debug, Default)]
struct Hall {
    /// Offered since the start.
    offered: BTreeMap<ConferenceId, Rules>,
    conferences: BTreeMap<ConferenceId, Conference>,
    sockets: BTreeMap<SocketId, Wire>,
    next_socket: u64,
    /// Kept from before, for conferences that have not been opened since.
    before: AllRevocations,
}

#[derive(Debug)]
struct Wire {
    outbox: mpsc::Sender<Frame>,
    conference: ConferenceId,
    address: IpAddr,
}

/// What a socket's task is to do.
#[derive(Debug)]
pub(crate) enum Frame {
    /// Send this text.
    Text(String),
    /// Close after what was sent.
    Close,
}

/// What a socket's task needs.
#[derive(Debug)]
pub(crate) struct OpenSocket {
    pub(crate) id: SocketId,
    pub(crate) inbox: mpsc::Receiver<Frame>,
}

/// Why a socket is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoSocket {
    UnknownConference,
    TooMany,
}

const SOCKETS_MAX: usize = 128;
const SOCKETS_PER_ADDRESS: usize = 24;
const CONFERENCES_ON_DEMAND_MAX: usize = 64;
/// Frames that may wait for one slow page; a roster is under 2 kB.
const OUTBOX: usize = 256;

impl Practice {
    /// Checks the configuration and reads what was kept.
    ///
    /// # Errors
    /// A conference that nobody could ever enter, a double id, or an unreadable revocation file.
    pub fn new(config: Config) -> Result<Self, PracticeError> {
        check(&config)?;
        let before = match &config.revocations {
            Some(path) => keep::load(path)?,
            None => AllRevocations::new(),
        };
        let hall = Hall {
            before,
            ..Hall::default()
        };
        let (notices, _) = broadcast::channel(64);
        let inner = Inner {
            config,
            clock: Clock::start(),
            hall: Mutex::new(hall),
            keeping: Mutex::new(()),
            notices,
        };
        Ok(Self(Arc::new(inner)))
    }

    /// What happens from now on, for the owner. A slow listener misses the oldest.
    #[must_use]
    pub fn notices(&self) -> broadcast::Receiver<OwnerNotice> {
        self.0.notices.subscribe()
    }

    /// How many are in the call of that conference.
    #[must_use]
    pub fn in_call(&self, id: &ConferenceId) -> usize {
        self.hall()
            .conferences
            .get(id)
            .map_or(0, Conference::in_call)
    }

    /// Offers one more conference from now on, until it is withdrawn or the server ends.
    pub fn offer(&self, id: ConferenceId, rules: Rules) {
        self.hall().offered.insert(id, rules);
    }

    /// Ends that conference for everybody in it and offers it no longer.
    pub fn withdraw(&self, id: &ConferenceId) {
        self.hall().offered.remove(id);
        self.end(id);
    }

    /// Ends that conference for everybody in it. Tokens given so far are spoilt.
    pub fn end(&self, id: &ConferenceId) {
        if self.hall().conferences.contains_key(id) {
            self.step(id, Event::EndedByOwner);
        }
    }

    /// Ends every conference for everybody. For a shutdown after which calls shall not live on; before a
    /// mere restart do nothing, and the calls survive it.
    pub fn end_all(&self) {
        let ids: Vec<_> = self.hall().conferences.keys().cloned().collect();
        ids.iter().for_each(|id| self.end(id));
    }

    /// Lets go of all pages without a word, as a dying process would: they keep their media and come back
    /// as soon as somebody serves them again. For a restart in good order.
    pub fn hang_up(&self) {
        self.hall().sockets.clear();
    }

    pub(crate) fn ca_der(&self) -> Option<&[u8]> {
        self.0.config.ca_der.as_deref()
    }

    /// The rules of the conference at this address, if there is one.
    pub(crate) fn rules(&self, id: &ConferenceId) -> Option<Rules> {
        let configured = self
            .0
            .config
            .conferences
            .iter()
            .find(|conference| conference.id == *id);
        if let Some(conference) = configured {
            return Some(conference.rules.clone());
        }
        match (self.hall().offered.get(id), &self.0.config.on_demand) {
            (Some(rules), _) => Some(rules.clone()),
            (None, OnDemand::Yes(rules)) => Some(rules.clone()),
            (None, OnDemand::No) => None,
        }
    }

    pub(crate) fn now(&self) -> Now {
        self.0.clock.now()
    }

    /// Takes a new socket, opening the conference if it is not open.
    pub(crate) fn open(&self, id: &ConferenceId, address: IpAddr) -> Result<OpenSocket, NoSocket> {
        let rules = self.rules(id).ok_or(NoSocket::UnknownConference)?;
        let mut hall = self.hall();
        let from_there = hall
            .sockets
            .values()
            .filter(|wire| wire.address == address)
            .count();
        if hall.sockets.len() >= SOCKETS_MAX || from_there >= SOCKETS_PER_ADDRESS {
            return Err(NoSocket::TooMany);
        }
        hall.sweep();
        if !hall.conferences.contains_key(id) {
            if hall.conferences.len() >= CONFERENCES_ON_DEMAND_MAX + self.0.config.conferences.len()
            {
                return Err(NoSocket::TooMany);
            }
            let revoked: Revocations = hall.before.remove(id).unwrap_or_default();
            let from = Mono(0).plus(self.0.config.newcomers_wait);
            hall.conferences.insert(
                id.clone(),
                Conference::new(id.clone(), rules, revoked, from),
            );
        }
        hall.next_socket += 1;
        let socket = SocketId(hall.next_socket);
        let (outbox, inbox) = mpsc::channel(OUTBOX);
        hall.sockets.insert(
            socket,
            Wire {
                outbox,
                conference: id.clone(),
                address,
            },
        );
        Ok(OpenSocket { id: socket, inbox })
    }

    /// What a page said on a socket.
    pub(crate) fn hear(&self, id: &ConferenceId, socket: SocketId, message: FromPage) {
        match message {
            FromPage::Join(join) => {
                let Some(source) = self.hall().sockets.get(&socket).map(|wire| wire.address) else {
                    return;
                };
                let participant = ParticipantId::from_bytes(rand::random());
                self.step(
                    id,
                    Event::Arrived {
                        socket,
                        source,
                        participant,
                        join,
                    },
                );
            }
            FromPage::Resume { token, media } => {
                let claim = self.0.config.key.open(&token, self.now().wall);
                match claim.filter(|claim| claim.conference == *id) {
                    Some(claim) => self.step(
                        id,
                        Event::Resumed {
                            socket,
                            claim,
                            media,
                        },
                    ),
                    None => self.refuse(socket, Over::Expired),
                }
            }
            message => self.step(id, Event::Said { socket, message }),
        }
    }

    /// Says goodbye to a socket's page without asking the conference.
    pub(crate) fn refuse(&self, socket: SocketId, why: Over) {
        let mut hall = self.hall();
        hall.send(socket, &ToPage::Over { why });
        hall.close(socket);
    }

    /// A socket's task has ended; `event` says how.
    pub(crate) fn closed(&self, id: &ConferenceId, socket: SocketId, event: Event) {
        self.hall().sockets.remove(&socket);
        self.step(id, event);
    }

    /// Feeds one event to a conference and carries out what it wants.
    pub(crate) fn step(&self, id: &ConferenceId, event: Event) {
        let now = self.now();
        let mut keep = false;
        let mut hall = self.hall();
        let Some(conference) = hall.conferences.get_mut(id) else {
            return;
        };
        for out in conference.step(now, event) {
            match out {
                Out::Send(socket, message) => hall.send(socket, &message),
                Out::Forward {
                    source,
                    from,
                    to,
                    signal,
                } => {
                    let beside = hall
                        .way(source, to)
                        .and_then(|at| reach::plain_candidate(&signal, at));
                    hall.send(
                        to,
                        &ToPage::Signal {
                            from: from.clone(),
                            signal,
                        },
                    );
                    if let Some(signal) = beside {
                        hall.send(to, &ToPage::Signal { from, signal });
                    }
                }
                Out::Issue(socket, claim) => {
                    let token = self.0.config.key.seal(&claim);
                    hall.send(socket, &ToPage::Token { token });
                }
                Out::Close(socket) => hall.close(socket),
                Out::Keep => keep = true,
                Out::Notice(notice) => self.tell(id, notice),
            }
        }
        drop(hall);
        if keep {
            self.keep();
        }
    }

    fn tell(&self, id: &ConferenceId, notice: Notice) {
        match &notice {
            Notice::Joined {
                who, role, in_call, ..
            } => {
                info!(conference = %id, participant = %who, ?role, in_call, "joined");
            }
            Notice::Waiting { who, waiting, .. } => {
                debug!(conference = %id, participant = %who, ?waiting, "waits");
            }
            Notice::Gone { who, why, in_call } => {
                info!(conference = %id, participant = %who, ?why, in_call, "gone");
            }
            Notice::Ended => info!(conference = %id, "ended for all"),
        }
        // Nobody listening is fine.
        let _ = self.0.notices.send(OwnerNotice {
            conference: id.clone(),
            notice,
        });
    }

    fn keep(&self) {
        let Some(path) = &self.0.config.revocations else {
            return;
        };
        let _order = self
            .0
            .keeping
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let all = self.hall().revocations();
        if let Err(error) = keep::save(path, all) {
            warn!(%error, "cannot keep removals over a restart");
        }
    }

    fn hall(&self) -> MutexGuard<'_, Hall> {
        self.0.hall.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Hall {
    fn send(&mut self, socket: SocketId, message: &ToPage) {
        let Some(wire) = self.sockets.get(&socket) else {
            return;
        };
        let text =
            serde_json::to_string(message).expect("messages have only strings, enums and numbers");
        if wire.outbox.try_send(Frame::Text(text)).is_err() {
            // The page does not read: its task sees the closed channel and reports the loss.
            debug!(?socket, "outbox full");
            self.sockets.remove(&socket);
        }
    }

    fn close(&mut self, socket: SocketId) {
        if let Some(wire) = self.sockets.remove(&socket) {
            let _ = wire.outbox.try_send(Frame::Close);
        }
    }

    /// Where the page behind `from` can be reached by the one behind `to`.
    fn way(&self, from: SocketId, to: SocketId) -> Option<IpAddr> {
        reach::address(
            self.sockets.get(&from)?.address,
            self.sockets.get(&to)?.address,
        )
    }

    fn sweep(&mut self) {
        let sockets = &self.sockets;
        let used = |id: &ConferenceId| sockets.values().any(|wire| wire.conference == *id);
        self.conferences
            .retain(|id, conference| !conference.is_idle() || used(id));
    }

    fn revocations(&self) -> AllRevocations {
        let mut all = self.before.clone();
        for (id, conference) in &self.conferences {
            if *conference.revocations() != Revocations::default() {
                all.insert(id.clone(), conference.revocations().clone());
            }
        }
        all
    }
}

fn check(config: &Config) -> Result<(), PracticeError> {
    let on_demand = match &config.on_demand {
        OnDemand::Yes(rules) => Some(("on demand".to_owned(), rules)),
        OnDemand::No => None,
    };
    let configured = config.conferences.iter();
    let named = configured.map(|c| (format!("\"{}\"", c.id.as_str()), &c.rules));
    for (name, rules) in named.chain(on_demand) {
        if rules.host_code.is_none() && (rules.lobby || rules.needs_host) {
            let why =
                format!("{name} has a lobby or needs a host but no host code: nobody could enter");
            return Err(PracticeError::Config(why));
        }
    }
    let mut ids: Vec<_> = config
        .conferences
        .iter()
        .map(|conference| &conference.id)
        .collect();
    ids.sort();
    match ids.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => {
            let why = format!("\"{}\" is configured twice", pair[0].as_str());
            Err(PracticeError::Config(why))
        }
        None => Ok(()),
    }
}
