//! The one place where faces meet the room: numbers the views, carries presses in and waits until they were seen.
//! Knows no connection and no page.

use super::convert;
use super::metrics::Metrics;
use room_api::{ErrorCode, FleetAnswer, FleetStanding};
use room_core::event::{HeadPress, Origin, Press};
use room_core::units::Switch;
use room_core::view::{Offer, View};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, timeout_at};

/// How long a press may wait for the event loop before the face says that it was not answered.
const ANSWER_LIMIT: Duration = Duration::from_secs(2);

/// The room's ends that the faces hold.
pub(super) struct Ends {
    pub views: watch::Receiver<Arc<View>>,
    pub presses: mpsc::Sender<(Press, Origin)>,
    /// Whether IT tries something out; `None`: nobody can.
    pub trial: Option<watch::Receiver<bool>>,
    /// How the room stands with its fleet; `None`: nobody can say.
    pub fleet: Option<watch::Receiver<FleetAnswer>>,
}

pub(super) struct Hub {
    ends: Ends,
    metrics: Metrics,
    boot: String,
    numbered: Mutex<Numbered>,
    sent: Mutex<u64>,
}

struct Numbered {
    view: Arc<View>,
    trial: bool,
    fleet_code: Option<String>,
    number: u64,
}

impl Hub {
    pub fn new(ends: Ends, metrics: Metrics, boot: String) -> Hub {
        let first = Numbered {
            view: ends.views.borrow().clone(),
            trial: false,
            fleet_code: None,
            number: 1,
        };
        // Faces that were started again share the count with the ones before.
        let sent = *metrics.presses_seen().borrow();
        Hub {
            ends,
            metrics,
            boot,
            numbered: Mutex::new(first),
            sent: Mutex::new(sent),
        }
    }

    /// Which start of the daemon this is.
    pub fn boot(&self) -> &str {
        &self.boot
    }

    pub fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// A receiver that wakes at each new view.
    pub fn subscribe(&self) -> watch::Receiver<Arc<View>> {
        self.ends.views.clone()
    }

    /// Whether IT tries something out now.
    pub fn trial(&self) -> bool {
        let trial = self.ends.trial.as_ref();
        trial.is_some_and(|trial| *trial.borrow())
    }

    /// What the fleet's administrator compares, while the room asks to be taken in.
    pub fn fleet_code(&self) -> Option<String> {
        match &self.ends.fleet.as_ref()?.borrow().standing {
            FleetStanding::Waiting { code, .. } => Some(code.clone()),
            FleetStanding::Nowhere {}
            | FleetStanding::Asking { .. }
            | FleetStanding::Member { .. } => None,
        }
    }

    /// A receiver that wakes when that may have changed.
    pub fn subscribe_fleet(&self) -> Option<watch::Receiver<FleetAnswer>> {
        self.ends.fleet.clone()
    }

    /// A receiver that wakes when a trial begins or ends.
    pub fn subscribe_trial(&self) -> Option<watch::Receiver<bool>> {
        self.ends.trial.clone()
    }

    /// The newest view and its number. Whoever looks first gives a new view its number.
    pub fn now(&self) -> (Arc<View>, u64) {
        let mut numbered = self.numbered.lock().unwrap_or_else(PoisonError::into_inner);
        let view = self.ends.views.borrow().clone();
        let (trial, fleet_code) = (self.trial(), self.fleet_code());
        let beside = (trial, &fleet_code) != (numbered.trial, &numbered.fleet_code);
        if !Arc::ptr_eq(&view, &numbered.view) || beside {
            let number = numbered.number + 1;
            *numbered = Numbered {
                view,
                trial,
                fleet_code,
                number,
            };
        }
        (Arc::clone(&numbered.view), numbered.number)
    }

    /// Carries a press in and returns the number of the view that followed it.
    pub async fn press(&self, press: Press, origin: Origin) -> Result<u64, ErrorCode> {
        check(&self.now().0, &press, origin)?;
        let began = Instant::now();
        let name = convert::name(&press);
        let mut seen = self.metrics.presses_seen();
        let turn = async {
            let seat = self.ends.presses.reserve().await.ok()?;
            let number = {
                let mut sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
                *sent += 1;
                seat.send((press, origin));
                *sent
            };
            seen.wait_for(|seen| *seen >= number).await.ok()?;
            Some(())
        };
        let Ok(Some(())) = timeout_at(began + ANSWER_LIMIT, turn).await else {
            tracing::warn!(
                press = name,
                "the event loop did not take a press in, in time"
            );
            return Err(ErrorCode::NotAnswered);
        };
        self.metrics.pressed(name, origin);
        self.metrics.press_answered(began.elapsed());
        Ok(self.now().1)
    }
}

/// Whether the room, as it is shown, would take this press. The core decides again; this only finds the words.
fn check(view: &View, press: &Press, origin: Origin) -> Result<(), ErrorCode> {
    let offered = |offer: &Offer| view.offers.contains(offer);
    let opens = matches!(
        press,
        Press::Mic(Switch::Open) | Press::Camera(Switch::Open)
    );
    let hand = matches!(press, Press::Hand(_));
    if (opens || hand) && !origin.in_room() {
        return Err(ErrorCode::OnlyInRoom);
    }
    let ok = match press {
        Press::Join(Some(id)) => {
            let listed = view.meetings.iter().chain(&view.current);
            if !listed.into_iter().any(|meeting| meeting.id == *id) {
                return Err(ErrorCode::UnknownName);
            }
            offered(&Offer::Join(id.clone()))
        }
        Press::Join(None) => view.offers.iter().any(|o| matches!(o, Offer::Join(_))),
        Press::JoinStanding => offered(&Offer::JoinStanding),
        Press::Leave => offered(&Offer::Leave),
        Press::Extend => offered(&Offer::Extend),
        Press::Mic(Switch::Open) | Press::Camera(Switch::Open) => offered(&Offer::MicAndCamera),
        Press::Mic(Switch::Closed) | Press::Camera(Switch::Closed) | Press::Volume(_) => true,
        Press::ResetSound => offered(&Offer::ResetSound),
        Press::Preflight => offered(&Offer::Preflight),
        Press::StopPreflight => offered(&Offer::StopPreflight),
        // No face asks for these: they are the fleet's.
        Press::LookAhead
        | Press::Identify(_)
        | Press::Picture
        | Press::PictureTaken
        | Press::RestartBrowser => false,
        Press::Passcode(_) => offered(&Offer::Passcode),
        Press::Retry => offered(&Offer::Retry),
        Press::Dismiss => offered(&Offer::Dismiss),
        Press::Head(id, press) => {
            let head = view.heads.iter().find(|head| head.id == *id);
            let head = head.ok_or(ErrorCode::UnknownName)?;
            match press {
                HeadPress::Preset(number) => {
                    let known = head.presets.iter().any(|preset| preset.number == *number);
                    known.then_some(()).ok_or(ErrorCode::UnknownName)?;
                    true
                }
                HeadPress::Drive(_) | HeadPress::Stop | HeadPress::Home => true,
            }
        }
        Press::UpdatePuck(id) => {
            let puck = view.pucks.iter().find(|puck| puck.id == *id);
            puck.ok_or(ErrorCode::UnknownName)?.may_update
        }
        Press::Key(..) => false,
        Press::Hand(_) => offered(&Offer::OperatePage),
    };
    ok.then_some(()).ok_or(ErrorCode::NotOffered)
}
