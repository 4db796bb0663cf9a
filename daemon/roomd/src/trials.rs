//! What IT tries out in a room that nobody uses: a look at a conference, and the operator's test meetings. Decides when
//! there is room for it; the room itself always comes first.
//!
//! Invariant: a trial begins only in standby with no meeting near, and its page is closed as soon as that is over.
//! Invariant: nothing here can open a microphone or a camera.

mod canary;
mod look;
mod recognise;

use crate::clock;
use crate::faces::{Console, Metrics};
use crate::renewal::Renewal;
use crate::watchers::Views;
use calendar::HostTable;
use call_browser::{Sighting, Watch};
use fleet_proto::Code;
use practice::{ConferenceId, Practice, Rules};
use room_api::{
    CanaryAnswer, CanaryRequest, CanaryResult, ErrorCode, LookLine, LookRequest, PacksAnswer,
};
use room_core::effect::CallRequest;
use room_core::ids::{HostName, Private, ServiceId};
use room_core::meeting::{By, MeetingStatus, Target};
use room_core::units::Wall;
use room_core::view::{MeetingView, Phase, View};
use room_profile::Canary;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, timeout_at};

/// No trial begins when a meeting starts within this.
const NEAR: Duration = Duration::from_secs(600);
/// The room's own conference among test meetings, unless one of the operator's has this name.
const OWN: &str = "practice";
/// How long a page may take to be destroyed.
const FAREWELL: Duration = Duration::from_secs(15);

/// What a trial needs of the room.
pub struct Parts {
    /// The room's browser.
    pub browser: call_browser::Handle,
    /// The room, to see whether it is free.
    pub views: Views,
    /// Its packs.
    pub renewal: Renewal,
    /// Its allow-list, as its calendars use it.
    pub hosts: HostTable,
    /// The room's name in a conference.
    pub display_name: String,
    /// The operator's test meetings.
    pub canaries: Vec<Canary>,
    /// Where their last results are kept.
    pub results: PathBuf,
    /// Counts for IT.
    pub metrics: Metrics,
    /// The room's own conferences and where this machine reaches them: a test meeting that needs nobody else.
    pub own: Option<(Practice, SocketAddr)>,
}

/// Tries things out. Cheap to clone; all clones are the same.
#[derive(Clone)]
pub struct Trials(Arc<Inner>);

struct Inner {
    parts: Parts,
    running: watch::Sender<bool>,
    last: Mutex<CanaryAnswer>,
}

/// The room is being used for a trial for as long as this lives.
struct Seat(Arc<Inner>);

impl Drop for Seat {
    fn drop(&mut self) {
        self.0.running.send_replace(false);
    }
}

impl Trials {
    /// Nothing is tried out yet; the last results are read.
    pub fn new(parts: Parts) -> Self {
        let last = canary::remembered(&parts.results);
        for result in &last.results {
            parts.metrics.canary(result);
        }
        Self(Arc::new(Inner {
            parts,
            running: watch::Sender::new(false),
            last: Mutex::new(last),
        }))
    }

    /// The test meetings by short names, as the fleet asks for them.
    pub fn names(&self) -> Vec<Code> {
        let parts = &self.0.parts;
        let mut names: Vec<Code> = Vec::new();
        for name in parts.canaries.iter().filter_map(|c| short(&c.name)) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        let own = parts.own.as_ref().and_then(|_| OWN.parse().ok());
        names.extend(own.filter(|own| !names.contains(own)));
        names
    }

    /// Test meetings of one service by their short names.
    pub fn names_of(&self, service: &str) -> Vec<Code> {
        let parts = &self.0.parts;
        let such = parts
            .canaries
            .iter()
            .filter(|canary| canary.target.service.as_str() == service);
        let mut names: Vec<Code> = such.filter_map(|canary| short(&canary.name)).collect();
        let own = parts.own.as_ref().filter(|_| service == OWN);
        names.extend(own.and_then(|_| OWN.parse().ok()));
        names
    }

    /// Joins one test meeting, of the operator's or the room's own, and says how it went.
    ///
    /// # Errors
    /// Why not now, or [`ErrorCode::UnknownName`].
    pub fn canary_named(&self, name: &Code) -> Result<mpsc::Receiver<CanaryResult>, ErrorCode> {
        let parts = &self.0.parts;
        let mut canaries = parts.canaries.iter();
        let known = canaries.find(|canary| short(&canary.name).as_ref() == Some(name));
        let own = parts.own.as_ref().filter(|_| name.as_str() == OWN);
        let (canary, conference) = match (known, own) {
            (Some(canary), _) => (canary.clone(), None),
            (None, Some((practice, here))) => {
                let conference = OwnConference::open(practice, *here)?;
                (conference.canary(), Some(conference))
            }
            (None, None) => return Err(ErrorCode::UnknownName),
        };
        let seat = self.seat()?;
        let (lines, out) = mpsc::channel(1);
        let inner = Arc::clone(&self.0);
        tokio::spawn(async move {
            canary::run(inner, vec![canary], seat, lines).await;
            drop(conference);
        });
        Ok(out)
    }

    fn seat(&self) -> Result<Seat, ErrorCode> {
        if !is_free(&self.0.parts.views.borrow()) {
            return Err(ErrorCode::RoomBusy);
        }
        let taken = self.0.running.send_if_modified(|running| {
            let was = *running;
            *running = true;
            !was
        });
        taken
            .then(|| Seat(Arc::clone(&self.0)))
            .ok_or(ErrorCode::RoomBusy)
    }
}

/// A name that people gave, as a short one.
fn short(name: &str) -> Option<Code> {
    let letters = name.chars().flat_map(char::to_lowercase);
    let plain = letters.map(|c| if c.is_ascii_alphanumeric() { c } else { '-' });
    let text: String = plain.take(40).collect();
    let words = text.split('-').filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("-").parse().ok()
}

/// A conference of the room's own for one try; it is over when this is dropped.
struct OwnConference {
    practice: Practice,
    here: SocketAddr,
    id: ConferenceId,
}

impl OwnConference {
    fn open(practice: &Practice, here: SocketAddr) -> Result<Self, ErrorCode> {
        // Nobody else finds it.
        let id = ConferenceId::new(format!("trial-{:016x}", rand::random::<u64>()));
        let id = id.map_err(|_| ErrorCode::NotAnswered)?;
        practice.offer(id.clone(), Rules::default());
        Ok(Self {
            practice: practice.clone(),
            here,
            id,
        })
    }

    fn canary(&self) -> Canary {
        let link = format!("http://{}/practice/{}", self.here, self.id.as_str());
        Canary {
            name: OWN.to_owned(),
            target: Target::page(
                ServiceId::new("practice"),
                HostName::new(self.here.to_string()),
                Private::new(link),
                None,
            ),
            passcode_file: None,
        }
    }
}

impl Drop for OwnConference {
    fn drop(&mut self) {
        self.practice.withdraw(&self.id);
    }
}

impl Console for Trials {
    fn look(&self, request: LookRequest) -> Result<mpsc::Receiver<LookLine>, ErrorCode> {
        let found = recognise::recognise(request.invitation.reveal(), &self.0.parts);
        let seat = found.target.is_some().then(|| self.seat()).transpose()?;
        let (lines, out) = mpsc::channel(16);
        tokio::spawn(look::look(Arc::clone(&self.0), found, seat, lines));
        Ok(out)
    }

    fn canary(&self, request: CanaryRequest) -> Result<mpsc::Receiver<CanaryResult>, ErrorCode> {
        let wanted = |canary: &&Canary| {
            let service = canary.target.service.as_str();
            request
                .service
                .as_deref()
                .is_none_or(|only| only == service)
        };
        let canaries: Vec<Canary> = self
            .0
            .parts
            .canaries
            .iter()
            .filter(wanted)
            .cloned()
            .collect();
        if canaries.is_empty() {
            return Err(ErrorCode::UnknownName);
        }
        let seat = self.seat()?;
        let (lines, out) = mpsc::channel(16);
        tokio::spawn(canary::run(Arc::clone(&self.0), canaries, seat, lines));
        Ok(out)
    }

    fn results(&self) -> CanaryAnswer {
        let last = self.0.last.lock().unwrap_or_else(PoisonError::into_inner);
        last.clone()
    }

    fn packs(&self) -> PacksAnswer {
        self.0.parts.renewal.told()
    }

    fn running(&self) -> watch::Receiver<bool> {
        self.0.running.subscribe()
    }
}

impl Parts {
    fn request(&self, target: Target) -> CallRequest {
        CallRequest {
            by: By::Page,
            target: Some(target),
            display_name: self.display_name.clone(),
        }
    }

    /// Waits until the room is needed for something else; for ever when it is not.
    async fn needed(&self) {
        let mut views = self.views.clone();
        while is_free(&views.borrow_and_update()) {
            if views.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }
}

/// Whether nobody uses the room or will soon.
pub(crate) fn is_free(view: &View) -> bool {
    free(&view.phase, &view.meetings, clock::wall())
}

fn free(phase: &Phase, meetings: &[MeetingView], now: Wall) -> bool {
    let near = |start: Wall, end: Wall| start <= now.plus(NEAR) && now < end;
    let meeting = meetings.iter().any(|meeting| {
        let takes_place = meeting.status != MeetingStatus::Cancelled && !meeting.all_day;
        takes_place && near(meeting.start, meeting.end)
    });
    matches!(phase, Phase::Standby) && !meeting
}

/// Reads on until page and profile are destroyed; says where an outline was kept.
async fn farewell(watch: &mut Watch) -> (Vec<Sighting>, Option<String>) {
    let until = Instant::now() + FAREWELL;
    let (mut rest, mut kept) = (Vec::new(), None);
    while let Ok(Some(sighting)) = timeout_at(until, watch.next()).await {
        match sighting {
            Sighting::Kept(path) => kept = Some(path.display().to_string()),
            other => rest.push(other),
        }
    }
    (rest, kept)
}

fn millis(since: Instant) -> u32 {
    u32::try_from(since.elapsed().as_millis()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use room_core::ids::MeetingId;
    use room_core::view::{EndedWhy, Joinable};

    fn meeting(start_min: i64) -> MeetingView {
        MeetingView {
            id: MeetingId::new("m"),
            title: None,
            organizer: None,
            start: Wall(start_min * 60_000),
            end: Wall((start_min + 30) * 60_000),
            all_day: false,
            status: MeetingStatus::Confirmed,
            joinable: Joinable::Yes(ServiceId::new("bbb")),
        }
    }

    #[test]
    fn a_test_meetings_name_becomes_a_short_one() {
        let short = |name| short(name).map(|code| code.to_string());
        assert_eq!(
            short("BBB der Stadt (Süd)").as_deref(),
            Some("bbb-der-stadt-s-d")
        );
        assert_eq!(
            short("bbb.example:8443").as_deref(),
            Some("bbb-example-8443")
        );
        assert_eq!(short("–"), None);
    }

    #[test]
    fn nothing_is_tried_out_while_the_room_is_used_or_will_be_soon() {
        let standby = |meeting| free(&Phase::Standby, &[meeting], Wall(100 * 60_000));
        assert!(standby(meeting(111)), "a meeting in eleven minutes");
        for start in [110, 100, 71] {
            assert!(!standby(meeting(start)), "near, or going on: {start}");
        }
        assert!(standby(meeting(70)), "it is over");
        let all_day = MeetingView {
            all_day: true,
            ..meeting(100)
        };
        assert!(standby(all_day));
        let cancelled = MeetingView {
            status: MeetingStatus::Cancelled,
            ..meeting(100)
        };
        assert!(standby(cancelled));
        assert!(!free(&Phase::Ended(EndedWhy::ByHost), &[], Wall(0)));
    }
}
