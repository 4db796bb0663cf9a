//! The event stream: the whole state at each change, newest only, and a heartbeat for as long as the room lives.
//! No heartbeat is sent while the event loop stands still, so that a page never calls an old state current.

use super::api::{pairing, panel_state, stalled};
use super::gate::{Face, Refusal, now};
use super::metrics::ListenerGuard;
use super::sound;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::sse::{Event, Sse};
use drv_audio::Levels;
use futures_util::stream::{Stream, unfold};
use room_api::{ErrorCode, FleetAnswer, Pairing};
use room_core::view::View;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval, sleep_until};

const BEAT: Duration = Duration::from_secs(2);
/// States closer together than this are sent as one: a moving camera changes the view many times a second.
const GAP: Duration = Duration::from_millis(15);
/// After this a browser whose stream broke tries again.
const RETRY: Duration = Duration::from_millis(500);
const LISTENERS: i64 = 48;
/// Between two figures of what is heard: a meter that moves more often tells nobody more.
const LEVELS: Duration = Duration::from_millis(200);

struct Listener {
    face: Face,
    headers: HeaderMap,
    views: watch::Receiver<Arc<View>>,
    trial: Option<watch::Receiver<bool>>,
    fleet: Option<watch::Receiver<FleetAnswer>>,
    levels: Option<watch::Receiver<Levels>>,
    last_levels: Option<Instant>,
    beat: Interval,
    last_sent: Option<Instant>,
    last_pairing: Option<Pairing>,
    _guard: ListenerGuard,
}

/// A client reconnects with `Last-Event-ID`; since each event is the whole state, the first one is all it missed.
pub(super) async fn events(
    State(face): State<Face>,
    headers: HeaderMap,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Refusal> {
    let guard = face.shared.hub.metrics().listener(LISTENERS);
    let guard = guard.ok_or(ErrorCode::TooMany)?;
    let mut beat = interval(BEAT);
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    beat.reset();
    let listener = Listener {
        views: face.shared.hub.subscribe(),
        trial: face.shared.hub.subscribe_trial(),
        fleet: face.shared.hub.subscribe_fleet(),
        levels: face.shared.config.levels.clone(),
        last_levels: None,
        face,
        headers,
        beat,
        last_sent: None,
        last_pairing: None,
        _guard: guard,
    };
    Ok(Sse::new(unfold(listener, |mut listener| async {
        let event = listener.next().await?;
        Some((Ok(event), listener))
    })))
}

impl Listener {
    async fn next(&mut self) -> Option<Event> {
        if self.last_sent.is_none() {
            return Some(self.state().retry(RETRY));
        }
        let stop = self.face.shared.stop.clone();
        loop {
            tokio::select! {
                biased;
                () = stop.cancelled() => return None,
                changed = self.views.changed() => {
                    changed.ok()?;
                    if let Some(sent) = self.last_sent {
                        sleep_until(sent + GAP).await;
                    }
                    return Some(self.state());
                }
                () = changed(&mut self.trial) => return Some(self.state()),
                () = changed(&mut self.fleet) => return Some(self.state()),
                heard = heard(&mut self.levels, self.last_levels) => {
                    self.last_levels = Some(Instant::now());
                    let event = Event::default().event("levels").json_data(sound::levels(&heard));
                    return Some(event.unwrap_or_default());
                }
                _ = self.beat.tick() => {
                    if !self.face.may_read(&self.headers) {
                        return None;
                    }
                    if stalled(&self.face) {
                        continue;
                    }
                    if code_of(&pairing(&self.face)) != code_of(&self.last_pairing) {
                        return Some(self.state());
                    }
                    let text = format!("{{\"now_ms\":{}}}", now().0);
                    return Some(Event::default().event("beat").data(text));
                }
            }
        }
    }

    fn state(&mut self) -> Event {
        self.views.mark_unchanged();
        let (view, revision) = self.face.shared.hub.now();
        let state = panel_state(&self.face, &view, revision);
        self.last_sent = Some(Instant::now());
        self.last_pairing = state.pairing.clone();
        let id = format!("{}.{}", state.boot, state.revision);
        let event = Event::default().event("state").id(id);
        match event.json_data(&state) {
            Ok(event) => event,
            Err(error) => {
                tracing::error!(%error, "the state could not be written");
                Event::default().comment("unwritten")
            }
        }
    }
}

/// Waits for other figures, and for the meter's own pace. Never comes where nothing is measured.
async fn heard(levels: &mut Option<watch::Receiver<Levels>>, last: Option<Instant>) -> Levels {
    let Some(levels) = levels else {
        return std::future::pending().await;
    };
    if let Some(last) = last {
        sleep_until(last + LEVELS).await;
    }
    match levels.changed().await {
        Ok(()) => *levels.borrow_and_update(),
        Err(_) => std::future::pending().await,
    }
}

/// Never comes where nobody can try anything out.
async fn changed<T>(watched: &mut Option<watch::Receiver<T>>) {
    let ended = match watched {
        Some(watched) => watched.changed().await.is_err(),
        None => true,
    };
    if ended {
        std::future::pending().await
    }
}

fn code_of(pairing: &Option<Pairing>) -> Option<&room_api::Private> {
    pairing.as_ref()?.code.as_ref()
}
