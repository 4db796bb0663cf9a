//! What people and programs ask of the server meanwhile: commands through the API at a given rate, pages; each timed from its question
//! to its answer. Knows no story.

use super::SimulateError;
use super::api::Api;
use super::outcome::{Spread, round};
use fleet_proto::RoomId;
use reqwest::Method;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::time::{Instant, sleep_until};

/// Askers beside each other; each waits for its answer before it asks again.
const ASKERS: usize = 64;

/// What was asked for and what came.
#[derive(Debug)]
pub(super) struct Traffic {
    pub figures: Value,
    pub failed: u64,
}

#[derive(Default)]
struct Share {
    times: Vec<Duration>,
    failed: u64,
}

/// Mutes rooms in turn, so many a second for so long.
pub(super) async fn commands(
    api: &Api,
    rooms: Arc<Vec<RoomId>>,
    (rate, lasts): (u32, Duration),
) -> Result<Traffic, SimulateError> {
    let began = Instant::now();
    let turn = Arc::new(AtomicU64::new(0));
    let asker = || {
        let (api, rooms, turn) = (api.clone(), Arc::clone(&rooms), Arc::clone(&turn));
        tokio::spawn(async move {
            let mut share = Share::default();
            loop {
                let turn = turn.fetch_add(1, Ordering::Relaxed);
                let at = began + Duration::from_secs_f64(turn as f64 / f64::from(rate.max(1)));
                if at >= began + lasts || began.elapsed() >= lasts {
                    return share;
                }
                sleep_until(at).await;
                let asked = Instant::now();
                // A stride that is prime to most counts, so that neighbours are not told one after the other.
                let room = &rooms[(turn as usize).wrapping_mul(7919) % rooms.len()];
                match mute(&api, room).await {
                    Ok(()) => share.times.push(asked.elapsed()),
                    Err(_) => share.failed += 1,
                }
            }
        })
    };
    let askers: Vec<_> = (0..ASKERS).map(|_| asker()).collect();
    let mut all = Share::default();
    for asker in askers {
        let share = asker.await.map_err(|_| SimulateError::Answer)?;
        all.times.extend(share.times);
        all.failed += share.failed;
    }
    let reached = all.times.len() as f64 / began.elapsed().as_secs_f64();
    let mut figures = Spread(all.times).figures();
    figures["wanted_per_s"] = json!(rate);
    figures["reached_per_s"] = json!(round(reached));
    figures["failed"] = json!(all.failed);
    Ok(Traffic {
        figures,
        failed: all.failed,
    })
}

/// One command there and back.
pub(super) async fn mute(api: &Api, room: &RoomId) -> Result<(), SimulateError> {
    let body = json!({ "verb": { "do": "mute" }, "wait_s": 30 });
    let path = format!("/api/v1/rooms/{room}/commands");
    let said = api.ask(Method::POST, &path, Some(&body)).await?;
    match said["standing"]["is"] == "done" {
        true => Ok(()),
        false => Err(SimulateError::Answer),
    }
}

/// What is open all day.
const PAGES: [&str; 3] = ["/", "/rooms", "/alerts"];
/// Looks at each page, one after the other.
const LOOKS: usize = 20;

/// Each page's times, as somebody sees them who is signed in with this cookie.
pub(super) async fn pages(api: &Api, cookie: &str) -> Result<Value, SimulateError> {
    let mut figures = serde_json::Map::new();
    for path in PAGES {
        let mut times = Vec::new();
        for _ in 0..LOOKS {
            let asked = Instant::now();
            api.page(path, cookie).await?;
            times.push(asked.elapsed());
        }
        figures.insert(path.to_owned(), Spread(times).figures());
    }
    Ok(Value::Object(figures))
}
