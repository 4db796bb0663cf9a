//! What lines carry: many rooms say figures as fast as they may, one after the other on each line, at the server and at one that only
//! echoes over the same kind of line. The rates of both stand beside each other. Knows no story.

use super::SimulateError;
use super::gauge::Gauge;
use super::hostile::{Line, greet, sample};
use super::net::Dialler;
use super::outcome::round;
use fleet_agent::Server;
use fleet_agent::link::Dial as _;
use futures_util::{SinkExt as _, StreamExt as _, TryStreamExt as _};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};
use tokio_tungstenite::tungstenite::Message;

/// Turns beside each other.
const AT_ONCE: usize = 64;
/// Connections that are made beside each other.
const RAMP: usize = 100;
/// For so long at each server, at most.
const LASTS: Duration = Duration::from_secs(5);
/// Lines among which turns go round.
const MOST: usize = 4_000;
/// Turns on each line: together with its pings no more than a room may say in a burst.
const TURNS: u64 = 25;
const PATIENCE: Duration = Duration::from_secs(20);

/// Who is asked.
#[derive(Clone, Copy)]
enum Whom {
    /// A fleet server: what was said before a ping was taken when the ping is answered.
    Fleet,
    /// A server that says what it hears.
    Echo,
}

/// Both rates, and the first as a share of the second. The rooms are to be ended before.
pub(super) async fn compare(
    diallers: Vec<Dialler>,
    (echo, fleet): (&Server, Option<Gauge>),
) -> Result<Value, SimulateError> {
    let to_fleet: Vec<Dialler> = diallers.into_iter().take(MOST).collect();
    let mut to_echo = to_fleet.clone();
    to_echo
        .iter_mut()
        .for_each(|dialler| dialler.member.server = echo.clone());
    let (bare, _) = rate(to_echo, Whom::Echo, None).await?;
    let (own, core) = rate(to_fleet, Whom::Fleet, fleet).await?;
    let share = round(own / bare);
    Ok(json!({
        "messages_per_s": own.round(), "bare_echo_per_s": bare.round(), "share_of_bare": share,
        "server_core_percent": core.map(round),
    }))
}

/// Turns a second, and the server's share of a core meanwhile, in percent.
async fn rate(
    diallers: Vec<Dialler>,
    whom: Whom,
    gauge: Option<Gauge>,
) -> Result<(f64, Option<f64>), SimulateError> {
    let opened = futures_util::stream::iter(diallers)
        .map(|dialler| open(dialler, whom))
        .buffer_unordered(RAMP);
    let mut lines: Vec<Line> = opened.try_collect().await?;
    let mut tasks = JoinSet::new();
    let mark = gauge.and_then(|gauge| gauge.mark().ok());
    let began = Instant::now();
    let each = lines.len().div_ceil(AT_ONCE).max(1);
    while !lines.is_empty() {
        let own = lines.split_off(lines.len().saturating_sub(each));
        tasks.spawn(turns(own, whom, began + LASTS));
    }
    let (mut count, mut kept) = (0, Vec::new());
    while let Some(done) = tasks.join_next().await {
        let (turns, lines) = done.map_err(|_| SimulateError::Answer)??;
        count += turns;
        kept.extend(lines);
    }
    let rate = count as f64 / began.elapsed().as_secs_f64();
    let core = match (gauge, mark) {
        (Some(gauge), Some(mark)) => Some(gauge.percent(mark)?),
        _ => None,
    };
    for line in &mut kept {
        // A server that does not say goodbye changes no figure.
        let _ = timeout(Duration::from_secs(1), line.close(None)).await;
    }
    Ok((rate, core))
}

async fn open(dialler: Dialler, whom: Whom) -> Result<Line, SimulateError> {
    let mut line = dialler.dial().await.map_err(SimulateError::Line)?;
    if let Whom::Fleet = whom {
        greet(&mut line).await.ok_or(SimulateError::Answer)?;
    }
    Ok(line)
}

/// One turn after the other until then, each on the next line, as many as rooms may.
async fn turns(
    mut lines: Vec<Line>,
    whom: Whom,
    end: Instant,
) -> Result<(u64, Vec<Line>), SimulateError> {
    let mut count = 0;
    for round in 1..=TURNS {
        for line in &mut lines {
            if Instant::now() >= end {
                return Ok((count, lines));
            }
            let said = sample(round);
            let turned = timeout(PATIENCE, turn(line, whom, &said))
                .await
                .ok()
                .flatten();
            turned.ok_or(SimulateError::Answer)?;
            count += 1;
        }
    }
    Ok((count, lines))
}

async fn turn(line: &mut Line, whom: Whom, said: &str) -> Option<()> {
    line.feed(Message::text(said)).await.ok()?;
    // Goes with what was said, so that the server reads once in each turn, as the one that echoes does.
    if let Whom::Fleet = whom {
        line.feed(Message::Ping(Vec::new().into())).await.ok()?;
    }
    line.flush().await.ok()?;
    loop {
        match (line.next().await?.ok()?, whom) {
            (Message::Pong(_), Whom::Fleet) => return Some(()),
            (Message::Text(heard), Whom::Echo) if heard.as_str() == said => return Some(()),
            (Message::Close(_), _) => return None,
            // Settings that are wished, a server's own pings.
            _ => {}
        }
    }
}
