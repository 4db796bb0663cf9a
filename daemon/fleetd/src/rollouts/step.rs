//! What happens next in a rollout, from what is seen of its rooms. Pure and total: no clock, no store, no room.
//!
//! Invariant: of a ring never more rooms are at risk than its share, and one at least may be.
//! Invariant: nothing is offered to a room that is in a meeting or near one, or that could not be asked.
//! Invariant: a rollout that does not go on offers nothing new, and what was not begun is taken back.
//! Invariant: a room that failed is offered the same again only after an administrator's word.
//! Invariant: no ring begins before the one before it was good for its time, or an administrator opened it.

use super::{Is, Phase, Rollout, Standing};
use fleet_proto::RoomId;

/// A room that could begin and does not, or has begun and says nothing, has failed after so long, in milliseconds: proving takes some ten
/// minutes.
pub const SILENT_MS: i64 = 60 * 60_000;

/// What is seen of a room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// Which.
    pub room: RoomId,
    /// Its ring's place in the rollout.
    pub ring: usize,
    /// Its line is up, and it takes releases of this kind.
    pub able: bool,
    /// It is in no meeting and near none.
    pub quiet: bool,
    /// How it stands.
    pub standing: Standing,
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// Offer it to this room.
    Offer(RoomId),
    /// Take the offer back: the room has not begun.
    TakeBack(RoomId),
    /// The room did not begin though it could, or has begun and was not heard of again.
    GiveUp(RoomId),
    /// Too many rooms of the open ring failed.
    Halt,
    /// The open ring is good from now on.
    Good,
    /// It is not any more.
    NotGood,
    /// The next ring begins.
    Open,
}

/// How many rooms of a ring are how.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Tally {
    /// All that count: able, or with a standing.
    pub rooms: u32,
    /// Offered, or being proven.
    pub at_risk: u32,
    /// Proven.
    pub proven: u32,
    /// Failed.
    pub failed: u32,
    /// Taken out by an administrator; not among all.
    pub taken_out: u32,
    /// Not reachable, or not able to take it; not among all.
    pub away: u32,
}

impl Tally {
    /// Of one ring.
    #[must_use]
    pub fn of(ring: usize, rooms: &[Facts]) -> Tally {
        let mut tally = Tally::default();
        for room in rooms.iter().filter(|room| room.ring == ring) {
            match (&room.standing.is, room.able) {
                (Is::TakenOut {}, _) => tally.taken_out += 1,
                (Is::Free {}, false) | (Is::NotForIt { .. }, _) => tally.away += 1,
                (is, _) => {
                    tally.rooms += 1;
                    tally.at_risk += u32::from(is.is_at_risk());
                    tally.proven += u32::from(matches!(is, Is::Proven { .. }));
                    tally.failed += u32::from(matches!(is, Is::Failed { .. }));
                }
            }
        }
        tally
    }

    /// How many may be at risk at the same time.
    #[must_use]
    pub fn share(&self, at_once: u8) -> u32 {
        (self.rooms * u32::from(at_once) / 100).max(1)
    }
}

/// Everything that follows now.
#[must_use]
pub fn step(rollout: &Rollout, rooms: &[Facts], now_ms: i64) -> Vec<Next> {
    let silent = rooms.iter().filter(|room| is_silent(room, now_ms));
    let mut next: Vec<Next> = silent.map(|room| Next::GiveUp(room.room.clone())).collect();
    let failing = rollout.phase == Phase::Going && is_failing(rollout, rooms, count(&next));
    if failing {
        next.push(Next::Halt);
    }
    let goes = rollout.phase == Phase::Going && !failing;
    next.extend(taken_back(rollout, (rooms, goes), now_ms));
    if !goes {
        return next;
    }
    match good(rollout, rooms, now_ms) {
        Some(Next::Open) => next.push(Next::Open),
        other => next.extend(other),
    }
    // The rooms of a ring that has just begun are offered it with the next step: by then their ring is kept as open.
    for ring in 0..=rollout.open.min(rollout.rings.len().saturating_sub(1)) {
        offer(rollout, (ring, rooms), &mut next);
    }
    next
}

fn count(next: &[Next]) -> u32 {
    u32::try_from(next.len()).unwrap_or(u32::MAX)
}

fn is_failing(rollout: &Rollout, rooms: &[Facts], more: u32) -> bool {
    let Some(ring) = rollout.rings.get(rollout.open) else {
        return false;
    };
    let tally = Tally::of(rollout.open, rooms);
    let failed = (tally.failed + more).saturating_sub(rollout.forgiven);
    failed > 0 && failed * 100 > tally.rooms * u32::from(ring.failed)
}

fn is_silent(room: &Facts, now_ms: i64) -> bool {
    match room.standing.is {
        Is::Offered { since_ms, .. } | Is::Begun { since_ms } => {
            now_ms.saturating_sub(since_ms) >= SILENT_MS
        }
        Is::Free {}
        | Is::Proven { .. }
        | Is::Failed { .. }
        | Is::NotForIt { .. }
        | Is::TakenOut {} => false,
    }
}

/// Offers that nobody has begun and that shall not be begun now.
fn taken_back(rollout: &Rollout, (rooms, goes): (&[Facts], bool), now_ms: i64) -> Vec<Next> {
    let offered = rooms
        .iter()
        .filter(|room| matches!(room.standing.is, Is::Offered { .. }) && !is_silent(room, now_ms));
    offered
        .filter(|room| !goes || !room.able || !room.quiet || room.ring > rollout.open)
        .map(|room| Next::TakeBack(room.room.clone()))
        .collect()
}

/// Whether the open ring is good, and has been for long enough.
fn good(rollout: &Rollout, rooms: &[Facts], now_ms: i64) -> Option<Next> {
    let ring = rollout.rings.get(rollout.open)?;
    let tally = Tally::of(rollout.open, rooms);
    let good = match (rollout.open, tally.rooms) {
        // Without a first ring the second would be the first: an administrator opens it, or nobody.
        (0, 0) => false,
        (_, 0) => true,
        (_, all) => tally.proven * 100 >= all * u32::from(ring.proven),
    };
    let last = rollout.open + 1 >= rollout.rings.len();
    let wait_ms = match tally.rooms {
        0 => 0,
        _ => i64::from(ring.wait_min) * 60_000,
    };
    match (good, rollout.good_since_ms) {
        (true, None) => Some(Next::Good),
        (true, Some(since)) if !last && now_ms.saturating_sub(since) >= wait_ms => Some(Next::Open),
        (false, Some(_)) => Some(Next::NotGood),
        (true, Some(_)) | (false, None) => None,
    }
}

fn offer(rollout: &Rollout, (ring, rooms): (usize, &[Facts]), next: &mut Vec<Next>) {
    let Some(rule) = rollout.rings.get(ring) else {
        return;
    };
    let tally = Tally::of(ring, rooms);
    // What is taken back or given up in this step counts until that is kept.
    let free = tally.share(rule.at_once).saturating_sub(tally.at_risk);
    let waiting = rooms.iter().filter(|room| {
        let free = matches!(room.standing.is, Is::Free {});
        room.ring == ring && free && room.able && room.quiet
    });
    let offered = waiting.take(free as usize);
    next.extend(offered.map(|room| Next::Offer(room.room.clone())));
}

impl Rollout {
    /// Takes what was decided about the rollout itself. What is about a room is its standing's.
    pub fn take(&mut self, next: &Next, now_ms: i64) {
        match next {
            Next::Halt => self.phase = Phase::Halted,
            Next::Good => self.good_since_ms = Some(now_ms),
            Next::NotGood => self.good_since_ms = None,
            Next::Open => self.open_next(),
            Next::Offer(_) | Next::TakeBack(_) | Next::GiveUp(_) => {}
        }
    }

    /// The next ring may begin.
    pub fn open_next(&mut self) {
        if self.open + 1 < self.rings.len() {
            self.open += 1;
            self.good_since_ms = None;
            self.forgiven = 0;
        }
    }

    /// An administrator goes on with it, knowing of so many failures in the open ring.
    pub fn go_on(&mut self, failed: u32) {
        if self.phase != Phase::Stopped {
            self.phase = Phase::Going;
            self.forgiven = failed;
        }
    }
}

impl Standing {
    /// Takes what was decided about this room.
    pub fn take(&mut self, next: &Next, now_ms: i64) {
        match next {
            Next::Offer(_) => {
                self.is = Is::Offered {
                    since_ms: now_ms,
                    why: None,
                }
            }
            Next::TakeBack(_) => self.is = Is::Free {},
            Next::GiveUp(_) => {
                if let Ok(code) = "release-silent".parse() {
                    self.is = Is::Failed {
                        at_ms: now_ms,
                        code,
                    };
                }
            }
            Next::Halt | Next::Good | Next::NotGood | Next::Open => {}
        }
    }

    /// An administrator lets a room that failed, was taken out, or was none for it, try again.
    pub fn readmit(&mut self) -> bool {
        let out = matches!(
            self.is,
            Is::Failed { .. } | Is::NotForIt { .. } | Is::TakenOut {}
        );
        if out {
            self.attempt += 1;
            self.is = Is::Free {};
        }
        out
    }

    /// An administrator takes a room out; not one that has begun, which ends by itself, nor one that has ended.
    pub fn take_out(&mut self) -> bool {
        let may = matches!(self.is, Is::Free {} | Is::Offered { .. });
        if may {
            self.is = Is::TakenOut {};
        }
        may
    }
}
