//! Rooms that say what no room says: enrolled, with good certificates, and bad words. Knows no judge.

use super::cast::Mischief;
use super::net::Dialler;
use super::room::World;
use crate::fleet::now_ms;
use core::time::Duration;
use fleet_agent::link::Dial;
use fleet_proto::{
    Answer, Boot, FromFleet, FromRoom, Hello, MAX_MESSAGE, Outcome, Sample, Sequence, Stamped,
    read, write,
};
use futures_util::{SinkExt as _, StreamExt as _};
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};
use std::sync::Arc;
use tokio::time::{sleep, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;

/// A server lets nobody wait longer for the end of what it does not take.
const PATIENCE: Duration = Duration::from_secs(20);
/// So long somebody who does no harm stays.
const STAYS: Duration = Duration::from_secs(3);
const FLOOD: u64 = 400;

/// A line whose messages are one's own business.
pub(super) type Line = WebSocketStream<<Dialler as Dial>::Stream>;

/// A hostile room.
#[derive(Debug, Clone)]
pub struct Villain {
    /// Its number.
    pub number: u32,
    /// What it does.
    pub mischief: Mischief,
    /// How it connects.
    pub dialler: Dialler,
    /// Another room's id, to say in its place.
    pub other: String,
}

/// Does its mischief again and again until the run ends.
pub async fn misbehave(villain: Villain, world: Arc<World>) {
    let mut dice = SmallRng::seed_from_u64(world.seed ^ u64::from(villain.number) << 8);
    let again = async {
        loop {
            if let Ok(mut line) = villain.dialler.dial().await {
                match villain.play(&mut line, &mut dice).await {
                    true => world.tally.cut_off(villain.mischief),
                    false => world.tally.endured(villain.mischief),
                }
                let _ = timeout(Duration::from_secs(1), line.close(None)).await;
            }
            sleep(Duration::from_millis(dice.random_range(500..2_000))).await;
        }
    };
    tokio::select! { () = world.stop.cancelled() => {}, () = again => {} }
}

impl Villain {
    /// One line; whether the server ended it.
    async fn play(&self, line: &mut Line, dice: &mut SmallRng) -> bool {
        if self.mischief == Mischief::Mute {
            return ended(line, PATIENCE).await;
        }
        if greet(line).await.is_none() {
            return true;
        }
        match self.mischief {
            Mischief::Malformed => {
                let words = [
                    "",
                    "{",
                    "[]",
                    "{\"kind\":\"state\"}",
                    "{\"kind\":\"sample\",\"seq\":-1}",
                ];
                text(line, words[dice.random_range(0..words.len())]).await;
            }
            Mischief::Huge => {
                let length = MAX_MESSAGE + 1 + dice.random_range(0..MAX_MESSAGE);
                text(line, &"x".repeat(length)).await;
            }
            Mischief::Fast => {
                for seq in 1..=FLOOD {
                    text(line, &sample(seq)).await;
                }
            }
            Mischief::Pings => {
                for _ in 0..FLOOD {
                    let _ = line.send(Message::Ping(Vec::new().into())).await;
                }
            }
            Mischief::Replayed => {
                let said = sample(7);
                for _ in 0..20 {
                    text(line, &said).await;
                }
            }
            Mischief::Foreign => {
                for said in foreign(&self.other) {
                    text(line, &said).await;
                }
                return ended(line, STAYS).await;
            }
            Mischief::Mute => {}
        }
        ended(line, PATIENCE).await
    }
}

async fn text(line: &mut Line, words: &str) {
    // One whose line was ended meanwhile has done its part.
    let _ = line.send(Message::text(words)).await;
}

/// Hello and welcome, as a room says them.
pub(super) async fn greet(line: &mut Line) -> Option<()> {
    let boot: Boot = "hostile".parse().ok()?;
    let hello = FromRoom::Hello(Hello {
        software: "0.0.0".into(),
        boot,
        applied: None,
        refused: None,
        now_ms: now_ms(),
        verbs: Vec::new(),
    });
    text(line, &write(&hello).ok()?).await;
    let heard = timeout(PATIENCE, line.next()).await.ok()??.ok()?;
    match read::<FromFleet>(heard.to_text().ok()?) {
        Ok(FromFleet::Welcome(_)) => Some(()),
        _ => None,
    }
}

/// A room's figures under this number, as it says them.
pub(super) fn sample(seq: u64) -> String {
    let said = FromRoom::Sample(Stamped {
        seq: Sequence(seq),
        at_ms: now_ms(),
        of: Sample::default(),
    });
    write(&said).unwrap_or_default()
}

/// Claims to be another room in every place that a message has, and answers what another one was told.
fn foreign(other: &str) -> Vec<String> {
    let mut said = vec![
        format!(
            "{{\"kind\":\"sample\",\"seq\":1,\"at_ms\":0,\"figures\":{{\"stolen\":1}},\"room\":\"{other}\",\"id\":\"{other}\",\"tenant\":\"{other}\"}}"
        ),
        format!("{{\"kind\":\"of-the-future\",\"room\":\"{other}\"}}"),
    ];
    if let Ok(id) = format!("command-of-{other}").parse() {
        let outcome = Outcome::Done {};
        said.extend(write(&FromRoom::Answer(Answer { id, outcome })));
    }
    said
}

/// Whether the server ends the line within this; what it says meanwhile is passed over.
async fn ended(line: &mut Line, within: Duration) -> bool {
    let end = async { while let Some(Ok(_)) = line.next().await {} };
    timeout(within, end).await.is_ok()
}
