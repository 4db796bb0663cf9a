//! The room's calendars: from the profile to a watcher at work, and from its snapshots to what the core is told.
//! Knows no calendar format; passwords are read here and go nowhere else.

use crate::clock::{self, Doubt};
use crate::meetings::Ways;
use anyhow::{Context, Result};
use calendar::{
    CalendarSnapshot, Health, HostTable, HttpLimits, Link, Login, Place, RoomView, Secret, Source,
    SourceHealth, WatchConfig, Zone, system_clock,
};
use room_core::event::Event;
use room_core::ids::Private;
use room_core::meeting::{CalendarHealth, CalendarSeen, Meeting};
use room_core::units::Wall;
use room_profile::{Account, CalendarPlace, CalendarSource, Profile};
use std::fs;
use std::path::PathBuf;
use tokio::sync::{mpsc, watch};
use tracing::{error, warn};

/// A server whose clock differs from ours by more than this doubts our clock.
const TOO_FAR_OFF_MS: i64 = 60_000;

/// What a watcher needs for this room. `practice` are the addresses of the room's own conferences.
///
/// # Errors
/// When a host of the allow-list is not taken by the recogniser; a checked profile has none.
pub fn config(profile: &Profile, practice: &[String], state: PathBuf) -> Result<WatchConfig> {
    let mut hosts = HostTable::new();
    for address in practice {
        hosts.add(address, "practice")?;
    }
    for host in &profile.hosts {
        let (name, service) = (host.written(), host.service.as_str());
        match host.door.secret_file {
            Some(_) => hosts.add_signing(&name, service)?,
            None => hosts.add(&name, service)?,
        }
    }
    let addresses = profile
        .calendars
        .iter()
        .filter_map(|calendar| calendar.address.clone());
    Ok(WatchConfig {
        sources: profile.calendars.iter().filter_map(source).collect(),
        view: RoomView {
            zone: Zone::Named(profile.zone),
            addresses: addresses.collect(),
            hosts,
        },
        state_folder: Some(state),
        clock: system_clock(),
    })
}

/// A source without its password is left out: asking without one locks accounts.
fn source(from: &CalendarSource) -> Option<Source> {
    match place(from) {
        Ok(place) => Some(Source {
            name: from.name.clone(),
            place,
            interval: from.every,
        }),
        Err(reason) => {
            let reason = format!("{reason:#}");
            error!(calendar = from.name, reason, "this calendar is left out");
            None
        }
    }
}

fn place(from: &CalendarSource) -> Result<Place> {
    let login = from.account.as_ref().map(login).transpose()?;
    let limits = HttpLimits::default();
    let link = |link: &Private| Link::new(link.reveal());
    Ok(match &from.place {
        CalendarPlace::File(path) => Place::File { path: path.clone() },
        CalendarPlace::Link(at) => Place::Url {
            link: link(at),
            login,
            limits,
        },
        CalendarPlace::Caldav { base, only } => {
            let only = only.iter().cloned().collect();
            Place::CalDav {
                base: link(base),
                login,
                only,
                limits,
            }
        }
    })
}

fn login(account: &Account) -> Result<Login> {
    let path = &account.password_file;
    let text = fs::read_to_string(path)
        .with_context(|| format!("cannot read the password in {}", path.display()))?;
    let password = text.lines().next().unwrap_or_default().trim();
    anyhow::ensure!(
        !password.is_empty(),
        "there is no password in {}",
        path.display()
    );
    Ok(Login {
        user: account.user.clone(),
        password: Secret::new(password),
    })
}

/// How snapshots are read.
#[derive(Debug)]
pub struct Reading {
    /// The ways into a conference that the room may take.
    pub ways: Ways,
    /// Some calendar was left out.
    pub missing: bool,
    /// A meeting that stands in no calendar.
    pub own: watch::Receiver<Option<Meeting>>,
}

/// Tells the room every change.
pub async fn feed(
    mut snapshots: watch::Receiver<CalendarSnapshot>,
    events: mpsc::Sender<Event>,
    doubt: Doubt,
    mut reading: Reading,
) {
    loop {
        let snapshot = snapshots.borrow_and_update().clone();
        if doubt.set(doubts(&snapshot.sources)) {
            warn_of_clock(&doubt);
            if events.send(clock::event(&doubt)).await.is_err() {
                return;
            }
        }
        if events
            .send(Event::Calendar(seen(&snapshot, &reading)))
            .await
            .is_err()
        {
            return;
        }
        let changed = tokio::select! {
            changed = snapshots.changed() => changed,
            Ok(()) = reading.own.changed() => Ok(()),
        };
        if changed.is_err() {
            return;
        }
    }
}

/// The same for a room without calendars: only a meeting that stands in none.
pub async fn feed_own(mut own: watch::Receiver<Option<Meeting>>, events: mpsc::Sender<Event>) {
    while own.changed().await.is_ok() {
        let meetings = own.borrow_and_update().iter().cloned().collect();
        let seen = CalendarSeen {
            meetings,
            health: CalendarHealth::Never,
        };
        if events.send(Event::Calendar(seen)).await.is_err() {
            return;
        }
    }
}

fn warn_of_clock(doubt: &Doubt) {
    if doubt.get() {
        warn!(
            "the calendar server's clock says that ours is off by more than a minute; nothing is joined by itself"
        );
    }
}

/// Our clock is in doubt when every server that says the time says another one.
fn doubts(sources: &[SourceHealth]) -> bool {
    let mut offsets = sources
        .iter()
        .filter_map(|source| source.clock_offset_ms)
        .peekable();
    offsets.peek().is_some() && offsets.all(|offset| offset.abs() > TOO_FAR_OFF_MS)
}

fn seen(snapshot: &CalendarSnapshot, reading: &Reading) -> CalendarSeen {
    let Reading { ways, missing, own } = reading;
    let own = own.borrow().clone();
    let booked = snapshot.meetings.iter().map(|m| ways.meeting(m));
    CalendarSeen {
        meetings: booked.chain(own).collect(),
        health: health(snapshot, *missing),
    }
}

fn health(snapshot: &CalendarSnapshot, missing: bool) -> CalendarHealth {
    let sources = &snapshot.sources;
    let good = sources.iter().any(|source| source.last_good.is_some());
    if !good {
        return CalendarHealth::Never;
    }
    let failing = |source: &&SourceHealth| {
        matches!(source.health, Health::Stale { .. } | Health::Failed { .. })
    };
    let stale = sources
        .iter()
        .filter(failing)
        .map(|source| source.last_good);
    // A source that never answered is as stale as the snapshot that lacks it.
    let oldest = stale.map(|since| since.unwrap_or(snapshot.read_at)).min();
    match oldest.or(missing.then_some(snapshot.read_at)) {
        Some(since) => CalendarHealth::StaleSince(Wall(since.0)),
        None => CalendarHealth::Fresh,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use calendar::{SourceError, UnixMs};

    fn source(health: Health, last_good: Option<i64>, offset: Option<i64>) -> SourceHealth {
        SourceHealth {
            name: "a".into(),
            health,
            last_good: last_good.map(UnixMs),
            problems: Vec::new(),
            clock_offset_ms: offset,
        }
    }

    fn snapshot(sources: Vec<SourceHealth>) -> CalendarSnapshot {
        CalendarSnapshot {
            meetings: Vec::new(),
            sources,
            read_at: UnixMs(900),
        }
    }

    fn error() -> SourceError {
        SourceError::Protocol {
            detail: String::new(),
        }
    }

    #[test]
    fn the_room_is_told_how_old_its_calendar_is() {
        let fresh = || source(Health::Fresh, Some(800), None);
        let stale = || {
            source(
                Health::Stale {
                    since: UnixMs(300),
                    error: error(),
                },
                Some(300),
                None,
            )
        };
        let failed = || source(Health::Failed { error: error() }, None, None);
        let waiting = || source(Health::Waiting, None, None);
        let table = [
            (vec![], false, CalendarHealth::Never),
            (vec![waiting()], false, CalendarHealth::Never),
            (vec![failed()], false, CalendarHealth::Never),
            (vec![fresh()], false, CalendarHealth::Fresh),
            (vec![fresh(), waiting()], false, CalendarHealth::Fresh),
            (
                vec![fresh(), stale()],
                false,
                CalendarHealth::StaleSince(Wall(300)),
            ),
            (
                vec![fresh(), failed()],
                false,
                CalendarHealth::StaleSince(Wall(900)),
            ),
            (vec![fresh()], true, CalendarHealth::StaleSince(Wall(900))),
        ];
        for (sources, missing, expected) in table {
            let given = format!("{sources:?}");
            assert_eq!(health(&snapshot(sources), missing), expected, "{given}");
        }
    }

    #[test]
    fn one_server_that_agrees_with_our_clock_is_enough() {
        let says = |offset| source(Health::Fresh, Some(1), offset);
        assert!(!doubts(&[]));
        assert!(!doubts(&[says(None)]));
        assert!(!doubts(&[says(Some(-59_000))]));
        assert!(doubts(&[says(Some(-65_000)), says(None)]));
        assert!(!doubts(&[says(Some(-65_000)), says(Some(0))]));
    }
}
