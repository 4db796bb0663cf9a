//! One request to a head, from the opened line to its end: what is seen on the way, and how it ended in words.
//! Knows no flags.

use super::{Asked, Wish};
use anyhow::{Result, bail};
use drv_ptz::{Handle, LineConfig, Port, PtzError, Traced, Way, channel};
use room_core::effect::HeadCommand;
use room_core::event::{Event, HeadSeen, Outcome};
use room_core::failure::HeadFailure;
use room_core::ids::RequestId;
use room_core::units::{Position, PresetNumber, Switch};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout_at};

/// For a head to answer for the first time: a silent one is tried three times.
const FOUND: Duration = Duration::from_secs(8);
/// For the first full reading after that; heads that tell nothing are not waited for longer.
const READ: Duration = Duration::from_millis(1500);
/// A move takes this long at most.
const DONE: Duration = Duration::from_secs(70);
/// After a drive's own limit, for its stop to go out and be seen.
const RUN_OUT: Duration = Duration::from_millis(700);
/// Between two lines about a move.
const NEWS: Duration = Duration::from_secs(1);

const REQUEST: RequestId = RequestId(1);
const LAST_STOP: RequestId = RequestId(2);

/// What was seen of the head.
#[derive(Debug, Default)]
struct Seen {
    online: bool,
    power: Option<Switch>,
    at: Option<(Position, bool)>,
}

struct Talk {
    head: Handle,
    events: mpsc::Receiver<Event>,
    port: Port,
    seen: Seen,
    told: Instant,
}

/// Opens the line, asks, and says how it ended.
pub(super) async fn talk(mut config: LineConfig, wish: Wish, trace: bool) -> Result<String> {
    let (head, mut inbox) = channel();
    let (out, events) = mpsc::channel(64);
    if trace {
        let (to, frames) = mpsc::unbounded_channel();
        config.trace = Some(to);
        tokio::spawn(print_frames(frames));
    }
    let mut talk = Talk {
        head,
        events,
        port: config.port.clone(),
        seen: Seen::default(),
        told: Instant::now(),
    };
    let said = tokio::select! {
        said = talk.ask(wish) => said,
        error = drv_ptz::run(&config, &mut inbox, out) => Err(opened(error)),
    };
    tokio::task::yield_now().await;
    said
}

/// What a head did that was turned to and fro.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Swept {
    /// It turned by so many degrees and came back.
    Turned(f64),
    /// It did not come where it was sent.
    Astray,
    /// It never tells where it looks.
    Untold,
}

/// Far enough to be seen in the picture and in the figures, in hundredths of a degree.
const SWEEP: i32 = 1000;
/// As near as motors and their gears come, in hundredths of a degree.
const NEAR: u32 = 100;
/// A line where nobody answers is left after this.
const ANSWER: Duration = Duration::from_secs(4);

/// Runs something with a head and lets the line go again.
async fn with<T>(config: LineConfig, work: impl AsyncFnOnce(&mut Talk) -> Result<T>) -> Result<T> {
    let (head, mut inbox) = channel();
    let (out, events) = mpsc::channel(64);
    let mut talk = Talk {
        head,
        events,
        port: config.port.clone(),
        seen: Seen::default(),
        told: Instant::now(),
    };
    tokio::select! {
        done = work(&mut talk) => done,
        error = drv_ptz::run(&config, &mut inbox, out) => Err(opened(error)),
    }
}

/// Whether anybody answers within a few seconds.
pub(super) async fn answers(config: LineConfig) -> Result<Asked> {
    let asked = with(config, async |talk: &mut Talk| {
        let until = Instant::now() + ANSWER;
        while let Ok(Some(event)) = timeout_at(until, talk.events.recv()).await {
            talk.see(event)?;
            if talk.seen.online {
                return Ok(Asked::Answers);
            }
        }
        Ok(Asked::Silent)
    });
    asked.await
}

/// Has a head keep where it looks.
///
/// # Errors
/// When it does not answer or does not do it.
pub(crate) async fn store(config: LineConfig, number: PresetNumber) -> Result<()> {
    with(config, async |talk: &mut Talk| {
        talk.find().await?;
        talk.head.send(REQUEST, HeadCommand::Store(number));
        let ended = talk.ended().await?;
        talk.outcome(ended).map(drop)
    })
    .await
}

/// Turns a head a little, reads where it is, and turns it back.
///
/// # Errors
/// When it does not answer or does not do it.
pub(crate) async fn sweep(config: LineConfig) -> Result<Swept> {
    with(config, async |talk: &mut Talk| {
        talk.find().await?;
        let Some((from, _)) = talk.seen.at else {
            return Ok(Swept::Untold);
        };
        let away = if from.pan > 0 { -SWEEP } else { SWEEP };
        let there = Position {
            pan: from.pan + away,
            ..from
        };
        let reached = talk.go(there).await?;
        let back = talk.go(from).await?;
        let near = |is: Position, wanted: Position| is.pan.abs_diff(wanted.pan) <= NEAR;
        Ok(match near(reached, there) && near(back, from) {
            true => Swept::Turned(f64::from(reached.pan.abs_diff(from.pan)) / 100.0),
            false => Swept::Astray,
        })
    })
    .await
}

async fn print_frames(mut frames: mpsc::UnboundedReceiver<Traced>) {
    let began = Instant::now();
    while let Some(frame) = frames.recv().await {
        let way = match frame.way {
            Way::Out => "->",
            Way::In => "<-",
        };
        let bytes: Vec<String> = frame.bytes.iter().map(|b| format!("{b:02X}")).collect();
        let (ms, bytes) = (began.elapsed().as_millis(), bytes.join(" "));
        eprintln!("{ms:>6} ms {way} {bytes:<48} {}", frame.meaning);
    }
}

fn opened(error: PtzError) -> anyhow::Error {
    let busy = matches!(error, PtzError::Busy(_));
    let error = anyhow::Error::new(error);
    if busy {
        error.context("the daemon may have it: `systemctl stop roomd` first")
    } else {
        error
    }
}

impl Talk {
    async fn ask(&mut self, wish: Wish) -> Result<String> {
        self.find().await?;
        let command = match wish {
            Wish::Look => return Ok(self.looked()),
            Wish::Command(command) => command,
            Wish::ZoomOnly(zoom) => {
                let Some((place, _)) = self.seen.at else {
                    bail!(
                        "this head does not tell where it looks, so its zoom cannot be set alone; use `drive --zoom`"
                    );
                };
                HeadCommand::Goto(Position { zoom, ..place })
            }
        };
        self.head.send(REQUEST, command);
        let ended = tokio::select! {
            ended = self.ended() => ended?,
            _ = tokio::signal::ctrl_c() => return self.broken_off().await,
        };
        if let (HeadCommand::Drive { limit, .. }, Outcome::Done | Outcome::Sent) = (command, ended)
        {
            tokio::select! {
                () = self.watch_for(limit + RUN_OUT) => {}
                _ = tokio::signal::ctrl_c() => return self.broken_off().await,
            }
        } else if ended == Outcome::Sent {
            // The second of two stops, and what is still on the wire.
            self.watch_for(Duration::from_millis(300)).await;
        }
        self.outcome(ended)
    }

    /// Until the head answered and was read once.
    async fn find(&mut self) -> Result<()> {
        let until = Instant::now() + FOUND;
        while !self.seen.online {
            match timeout_at(until, self.events.recv()).await {
                Ok(Some(event)) => self.see(event)?,
                Ok(None) | Err(_) => bail!("{}", self.why(HeadFailure::NoAnswer)),
            }
        }
        let until = Instant::now() + READ;
        while self.seen.at.is_none() && self.seen.power != Some(Switch::Closed) {
            match timeout_at(until, self.events.recv()).await {
                Ok(Some(event)) => self.see(event)?,
                Ok(None) | Err(_) => break,
            }
        }
        Ok(())
    }

    /// Turns to a place; where it then looks.
    async fn go(&mut self, to: Position) -> Result<Position> {
        self.head.send(REQUEST, HeadCommand::Goto(to));
        let ended = self.ended().await?;
        self.outcome(ended)?;
        // The last reading may be from on the way.
        let until = Instant::now() + READ;
        loop {
            match self.seen.at {
                Some((at, false)) if at.pan.abs_diff(to.pan) <= NEAR => return Ok(at),
                _ => {}
            }
            match timeout_at(until, self.events.recv()).await {
                Ok(Some(event)) => self.see(event)?,
                Ok(None) | Err(_) => return Ok(self.seen.at.map_or(to, |(at, _)| at)),
            }
        }
    }

    async fn ended(&mut self) -> Result<Outcome> {
        let until = Instant::now() + DONE;
        loop {
            match timeout_at(until, self.events.recv()).await {
                Ok(Some(Event::Done { request, outcome })) if request == REQUEST => {
                    return Ok(outcome);
                }
                Ok(Some(event)) => self.see(event)?,
                Ok(None) | Err(_) => return Ok(Outcome::Failed(HeadFailure::Timeout)),
            }
        }
    }

    async fn watch_for(&mut self, time: Duration) {
        let until = Instant::now() + time;
        while let Ok(Some(event)) = timeout_at(until, self.events.recv()).await {
            if self.see(event).is_err() {
                return;
            }
        }
    }

    async fn broken_off(&mut self) -> Result<String> {
        self.head.send(LAST_STOP, HeadCommand::Stop);
        self.watch_for(RUN_OUT).await;
        bail!("broken off; the head was stopped")
    }

    fn see(&mut self, event: Event) -> Result<()> {
        let Event::Head(_, seen) = event else {
            return Ok(());
        };
        match seen {
            HeadSeen::Online => self.seen.online = true,
            HeadSeen::Power(power) => self.seen.power = Some(power),
            HeadSeen::At { position, moving } => {
                self.seen.at = Some((position, moving));
                if moving && self.told.elapsed() >= NEWS {
                    self.told = Instant::now();
                    eprintln!("moving: {}", place(position));
                }
            }
            HeadSeen::Gone(why) => bail!("{}", self.why(why)),
        }
        Ok(())
    }

    fn looked(&self) -> String {
        let power = match self.seen.power {
            Some(Switch::Open) => "on",
            Some(Switch::Closed) => "asleep",
            None => "whether it is on is not known",
        };
        let at = match self.seen.at {
            Some((position, moving)) => {
                let moving = if moving { ", moving" } else { "" };
                format!("looks at {}{moving}", place(position))
            }
            None => "where it looks is not known".to_owned(),
        };
        format!("{}: {power}; {at}", self.port)
    }

    fn outcome(&self, outcome: Outcome) -> Result<String> {
        let at = self.seen.at.map(|(position, _)| place(position));
        match (outcome, at) {
            (Outcome::Done, Some(at)) => Ok(format!("done; last seen at {at}")),
            (Outcome::Done, None) => Ok("done".to_owned()),
            (Outcome::Sent, _) => Ok("sent; this head never says what it did".to_owned()),
            (Outcome::Replaced, _) => bail!("another command took its place"),
            (Outcome::Failed(why), _) => bail!("{}", self.why(why)),
        }
    }

    /// What happened, where, and what to do.
    fn why(&self, failure: HeadFailure) -> String {
        let port = &self.port;
        let baud = match port {
            Port::Serial { baud, .. } => Some(*baud),
            _ => None,
        };
        match (failure, baud) {
            (HeadFailure::NoAnswer, Some(baud)) => format!(
                "nobody answers on {port} at {baud} baud; check power and cable, and try another --baud or --address"
            ),
            (HeadFailure::NoAnswer, None) => format!(
                "nobody answers at {port}; check power and network, and whether the camera takes VISCA there"
            ),
            (HeadFailure::WrongBaud, Some(baud)) => format!(
                "noise seen on {port} at {baud} baud: the camera probably speaks at another speed; try --baud 38400 or 2400"
            ),
            (HeadFailure::WrongBaud, None) | (HeadFailure::Garbled, _) => {
                format!("what comes back at {port} makes no sense; see it with --trace")
            }
            (HeadFailure::NotNow, _) => "the head refused it in its present state: it is asleep (`power on` wakes it), \
                 or a menu is open on its picture"
                .to_owned(),
            (HeadFailure::NotSupported, _) => {
                "the head, or its protocol, does not know this; see it with --trace".to_owned()
            }
            (HeadFailure::NoPreset, _) => {
                "there is no such preset; `roomctl ptz models` and the model's file say which there are".to_owned()
            }
            (HeadFailure::Timeout, _) => "the head did not finish in time; something may block it".to_owned(),
            (HeadFailure::LineAbsent | HeadFailure::LineDenied | HeadFailure::LineBusy, _) => {
                format!("{port} went away")
            }
        }
    }
}

fn place(position: Position) -> String {
    format!(
        "pan {:.2}°, tilt {:.2}°, zoom {:.1} %",
        f64::from(position.pan) / 100.0,
        f64::from(position.tilt) / 100.0,
        f64::from(position.zoom) / 10.0
    )
}
