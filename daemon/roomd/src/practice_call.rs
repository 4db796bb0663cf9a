//! A practice conference of its own for the room and one more device, as long as somebody asks for it: for whoever installs a
//! room, and for nobody else. Opens no microphone and no camera, and joins nothing: it is a meeting that may be pressed.

use crate::clock;
use crate::trials::is_free;
use crate::watchers::Views;
use anyhow::{Context, Result};
use practice::tls::own_certificate;
use practice::{ConferenceId, OwnNames, Practice, Rules, Serving, Transport};
use room_api::{ErrorCode, PracticeCallAnswer, Private as Told};
use room_core::ids::{HostName, MeetingId, Private, ServiceId};
use room_core::meeting::{Conference, Meeting, MeetingStatus, Target};
use room_core::plan::JoinPolicy;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};
use tracing::{info, warn};

/// Whoever holds it asks each second; a phone that lost its way for a while finds it again.
const FORGOTTEN: Duration = Duration::from_secs(30);
/// Longer than any trial takes.
const BOOKED: Duration = Duration::from_secs(3600);
/// Where the other device reaches it, unless the room's file serves its conferences to the network anyway; any other when this
/// one is taken.
const PORT: u16 = 8444;

/// What such a conference is made of.
pub struct Parts {
    /// The room's conferences.
    pub practice: Practice,
    /// Where they are served to this machine.
    pub here: SocketAddr,
    /// Where they are served to the network, when the room's file says so.
    pub lan: Option<String>,
    /// The folder of the room's certificate.
    pub state: PathBuf,
    /// How this machine is called.
    pub names: OwnNames,
    /// What it is called on the room's faces.
    pub title: String,
    /// The room, to see whether it is free.
    pub views: Views,
}

/// Holds the conference. Cheap to clone; all clones are the same.
#[derive(Clone)]
pub struct PracticeCall(Arc<Inner>);

struct Inner {
    parts: Parts,
    meeting: watch::Sender<Option<Meeting>>,
    open: Mutex<Option<Open>>,
}

struct Open {
    id: ConferenceId,
    meeting: String,
    link: String,
    until: Instant,
    _serving: Option<Serving>,
}

impl PracticeCall {
    /// None is open yet. The receiver has the meeting by which the room joins it.
    pub fn new(parts: Parts) -> (Self, watch::Receiver<Option<Meeting>>) {
        let (meeting, seen) = watch::channel(None);
        let inner = Inner {
            parts,
            meeting,
            open: Mutex::new(None),
        };
        (Self(Arc::new(inner)), seen)
    }

    /// Opens it, keeps it open, or ends it.
    ///
    /// # Errors
    /// When the room is used for something else, or the network cannot be served.
    pub fn ask(&self, open: bool) -> Result<PracticeCallAnswer, ErrorCode> {
        if !open {
            self.close();
            return Ok(PracticeCallAnswer {
                meeting: None,
                link: None,
            });
        }
        let mut held = self.held();
        if held.is_none() {
            if !is_free(&self.0.parts.views.borrow()) {
                return Err(ErrorCode::RoomBusy);
            }
            let opened = self.0.open().map_err(|error| {
                let error = format!("{error:#}");
                warn!(error, "a practice conference for a trial cannot be opened");
                ErrorCode::NotAnswered
            })?;
            info!("a practice conference for a trial is open");
            *held = Some(opened);
            tokio::spawn(self.clone().forget());
        }
        let open = held.as_mut().ok_or(ErrorCode::NotAnswered)?;
        open.until = Instant::now() + FORGOTTEN;
        Ok(PracticeCallAnswer {
            meeting: Some(open.meeting.clone()),
            link: Some(Told::new(open.link.clone())),
        })
    }

    /// Ends it when nobody has asked for it for a while.
    async fn forget(self) {
        loop {
            let until = self.held().as_ref().map(|open| open.until);
            match until {
                None => return,
                Some(until) if until <= Instant::now() => return self.close(),
                Some(until) => sleep_until(until).await,
            }
        }
    }

    fn close(&self) {
        if let Some(open) = self.held().take() {
            self.0.meeting.send_replace(None);
            self.0.parts.practice.withdraw(&open.id);
            info!("the practice conference for a trial is over");
        }
    }

    fn held(&self) -> MutexGuard<'_, Option<Open>> {
        self.0.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn open(&self) -> Result<Open> {
        let parts = &self.parts;
        // Whoever knows the address may enter: it is nobody's to guess, and goes to the installer's page alone.
        let id = ConferenceId::new(format!("trial-{:016x}", rand::random::<u64>()))?;
        let (base, serving) = match &parts.lan {
            Some(base) => (base.clone(), None),
            None => {
                let serving = self.serve()?;
                let base = parts.names.url("https", serving.addr().port());
                (base, Some(serving))
            }
        };
        parts.practice.offer(id.clone(), Rules::default());
        let path = format!("practice/{}", id.as_str());
        // Meetings are named in records; the address is not.
        let meeting = MeetingId::new(format!("practice-{:08x}", rand::random::<u32>()));
        let now = clock::wall();
        let link = Private::new(format!("http://{}/{path}", parts.here));
        let host = HostName::new(parts.here.to_string());
        self.meeting.send_replace(Some(Meeting {
            id: meeting.clone(),
            title: Private::new(parts.title.clone()),
            organizer: None,
            start: now,
            end: now.plus(BOOKED),
            all_day: false,
            private: false,
            status: MeetingStatus::Confirmed,
            exempt: false,
            join: Some(JoinPolicy::OnPress),
            conference: Conference::At(Target::page(ServiceId::new("practice"), host, link, None)),
        }));
        Ok(Open {
            meeting: meeting.as_str().to_owned(),
            link: format!("{base}{path}"),
            id,
            until: Instant::now() + FORGOTTEN,
            _serving: serving,
        })
    }

    fn serve(&self) -> Result<Serving> {
        let parts = &self.parts;
        let names = parts.names.all();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let own = own_certificate(&parts.state, &names).context("making the certificate")?;
        let at = |port| {
            practice::serve(
                SocketAddr::from((Ipv4Addr::UNSPECIFIED, port)),
                Transport::Tls(own.listener_config()),
                practice::router(parts.practice.clone()),
            )
        };
        Ok(at(PORT).or_else(|_| at(0))?)
    }
}
