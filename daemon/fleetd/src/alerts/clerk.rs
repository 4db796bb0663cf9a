//! Looks at the rooms every few seconds, keeps what the engine says, and then sends what is due. One server of several does this at a
//! time. Decides nothing.

use super::engine::Engine;
use super::outbox::{Due, TRIES, due};
use super::{Alert, Cause, Facts, Notice, Rule, Sender, Standing, Target, Zone};
use crate::fleet::Fleet;
use crate::rooms::Slug;
use crate::secrets::secret;
use crate::store::{Lease, LeaseWish, Revision, StoreError};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::mem::take;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::{JoinSet, spawn_blocking};
use tokio::time::{MissedTickBehavior, interval, timeout_at};
use tokio_util::sync::CancellationToken;

const LOOK: Duration = Duration::from_secs(3);
/// Another server goes on after this, when this one has died.
const LEASE: Duration = Duration::from_secs(20);
/// What is on its way when the server ends may arrive within this.
const FAREWELL: Duration = Duration::from_secs(3);
/// Notices on their way at the same time.
const AT_ONCE: usize = 8;
/// Alerts that ended longer ago are no longer shown.
const KEPT_MS: i64 = 14 * 24 * 3_600_000;
/// Nor are more than this.
const KEPT: usize = 500;

/// What one look after the other goes on with.
struct Clerk {
    fleet: Arc<Fleet>,
    sender: Sender,
    holder: String,
    held: Option<Held>,
    sending: JoinSet<Sent>,
    /// On their way: nobody is told the same twice at once.
    away: HashSet<(String, Slug)>,
}

/// The engine and the revisions of what is kept of it.
struct Held {
    engine: Engine,
    revisions: HashMap<String, Revision>,
    days: Revision,
}

struct Sent {
    alert: String,
    due: Due,
    went: bool,
}

/// Until told to stop.
pub async fn watch_rooms(fleet: Arc<Fleet>, stop: CancellationToken) {
    let sender = match Sender::new() {
        Ok(sender) => sender,
        Err(error) => {
            tracing::error!(%error, "nobody can be told of alerts");
            return;
        }
    };
    let mut clerk = Clerk {
        fleet,
        sender,
        holder: secret()[..16].to_owned(),
        held: None,
        sending: JoinSet::new(),
        away: HashSet::new(),
    };
    let mut looks = interval(LOOK);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let done = tokio::select! {
            () = stop.cancelled() => return clerk.end().await,
            _ = looks.tick() => clerk.look().await,
            Some(sent) = clerk.sending.join_next() => match sent {
                Ok(sent) => clerk.went(sent).await,
                Err(_) => Ok(()),
            },
        };
        if let Err(error) = done {
            // What is kept is read again; nothing was said that is not kept.
            tracing::warn!(%error, "alerts cannot be kept; they are read again");
            clerk.held = None;
        }
    }
}

impl Clerk {
    async fn look(&mut self) -> Result<(), StoreError> {
        if !self.is_ours().await? {
            self.held = None;
            return Ok(());
        }
        let (fleet, tenant) = (Arc::clone(&self.fleet), self.fleet.tenant.clone());
        let rules = fleet.alerts.rules(&tenant).await?;
        let targets = fleet.alerts.targets(&tenant).await?;
        let mut held = match self.held.take() {
            Some(held) => held,
            None => self.read().await?,
        };
        let now_ms = fleet.now_ms();
        let days = held.engine.days().clone();
        let engine = take(&mut held.engine);
        let looked = spawn_blocking(move || look_at_all(&fleet, engine, rules, now_ms));
        // One that broke has lost the engine, which is read again.
        let Looked {
            engine,
            rules,
            facts,
            changed,
        } = looked
            .await
            .map_err(|error| StoreError::Broken(error.to_string()))?;
        held.engine = engine;
        let fleet = Arc::clone(&self.fleet);
        for id in &changed {
            self.keep(&mut held, id).await?;
        }
        if *held.engine.days() != days {
            let kept = fleet
                .alerts
                .keep_days(&tenant, (held.days, held.engine.days()));
            held.days = kept.await?;
        }
        self.tidy(&mut held, now_ms).await?;
        self.send(&held, (&rules, &targets), &facts);
        if !changed.is_empty() {
            fleet.roster.ring();
        }
        self.held = Some(held);
        Ok(())
    }

    async fn is_ours(&self) -> Result<bool, StoreError> {
        let lease = self.fleet.store.lease(self.wish(LEASE)).await?;
        Ok(matches!(lease, Lease::Ours(_)))
    }

    fn wish(&self, lasts: Duration) -> LeaseWish {
        LeaseWish {
            name: format!("alerts.{}", self.fleet.tenant),
            holder: self.holder.clone(),
            lasts,
            now_ms: self.fleet.now_ms(),
        }
    }

    /// Notes what arrives yet, so that the next server does not say it again, and lets go.
    async fn end(mut self) {
        let end = tokio::time::Instant::now() + FAREWELL;
        while let Ok(Some(sent)) = timeout_at(end, self.sending.join_next()).await {
            let Ok(sent) = sent else { continue };
            if let Err(error) = self.went(sent).await {
                tracing::warn!(%error, "that somebody was told cannot be kept");
            }
        }
        if let Ok(true) = self.is_ours().await {
            // A lease that lasts no time is nobody's.
            let _ = self.fleet.store.lease(self.wish(Duration::ZERO)).await;
        }
    }

    async fn read(&self) -> Result<Held, StoreError> {
        let (desk, tenant) = (&self.fleet.alerts, &self.fleet.tenant);
        let (days_at, days) = desk.days(tenant).await?;
        let kept = desk.kept(tenant).await?;
        let revisions = kept.iter().map(|k| (k.value.id.clone(), k.revision));
        let revisions = revisions.collect();
        let alerts = kept.into_iter().map(|kept| kept.value).collect();
        Ok(Held {
            engine: Engine::with(alerts, days),
            revisions,
            days: days_at,
        })
    }

    async fn keep(&self, held: &mut Held, id: &str) -> Result<(), StoreError> {
        let (desk, tenant) = (&self.fleet.alerts, &self.fleet.tenant);
        let Some(alert) = held.engine.alert_mut(id) else {
            return Ok(());
        };
        let expected = held.revisions.get(id).copied();
        let expected = expected.unwrap_or(Revision::ABSENT);
        let revision = desk.keep(tenant, expected, alert).await?;
        held.revisions.insert(id.to_owned(), revision);
        Ok(())
    }

    /// Takes old alerts away.
    async fn tidy(&self, held: &mut Held, now_ms: i64) -> Result<(), StoreError> {
        let mut ended: Vec<(i64, String)> = held
            .engine
            .alerts()
            .filter_map(|alert| Some((alert.ended_ms?, alert.id.clone())))
            .collect();
        ended.sort();
        let many = ended.len().saturating_sub(KEPT);
        let old = ended.into_iter().enumerate();
        let old = old.filter(|(place, (at, _))| *place < many || now_ms - at > KEPT_MS);
        for (_, (_, id)) in old {
            let revision = held.revisions.remove(&id).unwrap_or(Revision::ABSENT);
            let (desk, tenant) = (&self.fleet.alerts, &self.fleet.tenant);
            desk.forget(tenant, (&id, revision)).await?;
            held.engine.forget(&id);
        }
        Ok(())
    }

    fn send(
        &mut self,
        held: &Held,
        (rules, targets): (&[(Slug, Rule)], &BTreeMap<Slug, Target>),
        facts: &[Facts],
    ) {
        let now_ms = self.fleet.now_ms();
        for alert in held.engine.alerts() {
            let Some((_, rule)) = rules.iter().find(|(name, _)| *name == alert.rule) else {
                continue;
            };
            let waiting = due(alert, rule, |name| targets.get(name), now_ms);
            for due in waiting {
                if self.sending.len() >= AT_ONCE {
                    return;
                }
                let away = (alert.id.clone(), due.target.clone());
                let Some(target) = targets.get(&due.target).cloned() else {
                    continue;
                };
                if self.away.insert(away) {
                    let zone = zone(alert, facts);
                    self.send_one((alert, zone), (due, target), now_ms);
                }
            }
        }
    }

    fn send_one(
        &mut self,
        (alert, zone): (&Alert, Zone),
        (due, target): (Due, Target),
        now_ms: i64,
    ) {
        let notice = Notice {
            alert: alert.clone(),
            standing: due.standing,
            base: self.fleet.base(),
            zone,
            now_ms,
        };
        let sender = self.sender.clone();
        self.sending.spawn(async move {
            let sent = sender.send(due.target.as_str(), &target, &notice).await;
            if let Err(error) = &sent {
                let target = due.target.as_str();
                tracing::warn!(%error, target, "somebody could not be told of an alert");
            }
            Sent {
                alert: notice.alert.id,
                went: sent.is_ok(),
                due,
            }
        });
    }

    async fn went(&mut self, sent: Sent) -> Result<(), StoreError> {
        self.away
            .remove(&(sent.alert.clone(), sent.due.target.clone()));
        let now_ms = self.fleet.now_ms();
        let Some(mut held) = self.held.take() else {
            return Ok(());
        };
        if let Some(alert) = held.engine.alert_mut(&sent.alert) {
            alert.was_told(&sent.due, sent.went, now_ms);
            let told = alert
                .told
                .get(&sent.due.target)
                .copied()
                .unwrap_or_default();
            if told.failed >= TRIES {
                let target = sent.due.target.as_str();
                tracing::error!(target, "nobody could be told of an alert for a day");
            }
            self.keep(&mut held, &sent.alert).await?;
        }
        self.held = Some(held);
        Ok(())
    }
}

/// What came of a look at all rooms.
struct Looked {
    engine: Engine,
    rules: Vec<(Slug, Rule)>,
    facts: Vec<Facts>,
    changed: Vec<String>,
}

/// With thousands of rooms it takes longer than those may wait who are told something meanwhile.
fn look_at_all(fleet: &Fleet, mut engine: Engine, rules: Vec<(Slug, Rule)>, now_ms: i64) -> Looked {
    let mut facts = Vec::new();
    let failed = fleet.rollouts.failed(&fleet.tenant);
    fleet.roster.each(&fleet.tenant, |card| {
        let mut of_room = Facts::of(card);
        if let Some(at_ms) = failed.get(&card.room.id) {
            of_room.wrong.insert(Cause::ReleaseFailed, Some(*at_ms));
        }
        facts.push(of_room);
    });
    let changed = engine.look(now_ms, &rules, &facts);
    Looked {
        engine,
        rules,
        facts,
        changed,
    }
}

/// The zone of the first of an alert's rooms that says one.
fn zone(alert: &Alert, facts: &[Facts]) -> Zone {
    let of_alert = facts.iter().filter(|f| alert.members.contains_key(&f.room));
    let mut zones = of_alert.filter_map(|facts| facts.zone.parse().ok());
    zones.next().unwrap_or(Zone::UTC)
}

/// A notice that means nothing, to see whether it arrives.
pub(crate) fn trial(fleet: &Fleet, alert: Alert) -> Notice {
    Notice {
        alert,
        standing: Standing::Firing,
        base: fleet.base(),
        zone: Zone::UTC,
        now_ms: fleet.now_ms(),
    }
}
