//! Acts on releases: offered to rings, watched, paused, stopped; rooms in and out of the penalty box; files for rooms. From forms and
//! from programs, by the same functions. Each is noted before it is done.

use super::{Done, to};
use crate::pages;
use crate::people::Right;
use crate::rollouts::{
    Change, Facts, Phase, Ring, Rollout, RolloutError, Standing, Tally, word_of,
};
use crate::rooms::Slug;
use crate::store::Kept;
use crate::web::{Act, Ask, Refused};
use axum::Json;
use axum::http::header;
use axum::response::IntoResponse;
use chrono::{DateTime, Utc};
use fleet_proto::{RoomId, Target};
use serde::Deserialize;
use serde_json::{Value, json};

impl From<RolloutError> for Refused {
    fn from(error: RolloutError) -> Self {
        match error {
            RolloutError::Gone => Refused::NotFound,
            RolloutError::Busy(_) => Refused::Wrong("rollout-busy"),
            RolloutError::Stopped => Refused::Wrong("rollout-over"),
            RolloutError::NotNow => Refused::Wrong("rollout-not-now"),
            RolloutError::Rings(_) => Refused::Wrong("rollout-rings-wrong"),
            RolloutError::Store(error) => error.into(),
        }
    }
}

pub(crate) fn now(ask: &Ask) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(ask.fleet.now_ms()).unwrap_or_default()
}

/// A rollout as the asker may see it: its rings count all rooms, named are those of sites that they may look at.
pub(crate) struct Shown {
    pub kept: Kept<Rollout>,
    pub tallies: Vec<Tally>,
    pub rooms: Vec<Facts>,
}

impl Shown {
    pub fn of(ask: &Ask, kept: Kept<Rollout>) -> Shown {
        let mut rooms = ask.fleet.facts(&kept.name, &kept.value);
        let rings = 0..kept.value.rings.len();
        let tallies = rings.map(|ring| Tally::of(ring, &rooms)).collect();
        rooms.retain(|facts| {
            let card = ask.fleet.roster.card(ask.tenant(), &facts.room);
            card.is_some_and(|card| ask.may(Right::Look, Some(&card.room.place.site)))
        });
        Shown {
            kept,
            tallies,
            rooms,
        }
    }

    fn json(&self) -> Value {
        let rings = self.kept.value.rings.iter().zip(&self.tallies);
        let rings = rings.map(|(ring, tally)| json!({ "ring": ring, "tally": tally }));
        let rooms = self.rooms.iter().map(|facts| {
            json!({
                "room": facts.room,
                "ring": self.kept.value.rings.get(facts.ring).map(|ring| &ring.name),
                "standing": facts.standing,
                "says": word_of(&facts.standing, facts.able, facts.quiet),
            })
        });
        let rollout = &self.kept.value;
        json!({
            "name": self.kept.name,
            "target": rollout.target,
            "version": rollout.version,
            "architectures": rollout.architectures,
            "phase": rollout.phase,
            "open": rollout.open,
            "good_since_ms": rollout.good_since_ms,
            "by": rollout.by,
            "at_ms": rollout.at_ms,
            "rings": rings.collect::<Vec<_>>(),
            "rooms": rooms.collect::<Vec<_>>(),
        })
    }
}

/// The rollout of the address.
pub(crate) fn asked(ask: &Ask) -> Result<Shown, Refused> {
    let name = ask.part("rollout");
    let all = ask.fleet.rollouts.all(ask.tenant());
    let kept = all.into_iter().find(|kept| kept.name == name);
    Ok(Shown::of(ask, kept.ok_or(Refused::NotFound)?))
}

pub(super) async fn api(act: Act, ask: &Ask) -> Done {
    let said = match act {
        Act::ApiReleases => json!(ask.fleet.repository.catalogue(now(ask)).await?),
        Act::ApiRollouts => {
            let all = ask.fleet.rollouts.all(ask.tenant()).into_iter();
            let all = all.map(|kept| Shown::of(ask, kept).json());
            json!({ "rollouts": all.collect::<Vec<_>>() })
        }
        Act::ApiRollout => asked(ask)?.json(),
        Act::ApiBegin => {
            #[derive(Deserialize)]
            #[serde(deny_unknown_fields)]
            struct Beginning {
                target: Target,
            }
            let said: Beginning = ask.json()?;
            json!({ "name": start(ask, &said.target).await? })
        }
        Act::ApiChange => {
            change(ask, ask.part("change")).await?;
            asked(ask)?.json()
        }
        Act::ApiStanding => {
            let room = ask.part("room").parse().map_err(|_| Refused::NotFound)?;
            stand(ask, (&room, ask.part("change"))).await?;
            asked(ask)?.json()
        }
        Act::ApiRings => json!({ "rings": ask.fleet.rollouts.rings(ask.tenant()).await? }),
        Act::ApiWriteRings => {
            #[derive(Deserialize)]
            #[serde(deny_unknown_fields)]
            struct Writing {
                rings: Vec<Ring>,
            }
            let said: Writing = ask.json()?;
            write_rings(ask, &said.rings).await?;
            json!({})
        }
        Act::ApiMoveToRing => {
            #[derive(Deserialize)]
            #[serde(deny_unknown_fields)]
            struct Moving {
                ring: String,
            }
            let said: Moving = ask.json()?;
            move_to_ring(ask, &said.ring).await?;
            json!({})
        }
        _ => return Err(Refused::NotFound),
    };
    Ok(Json(said).into_response())
}

pub(super) async fn form(act: Act, ask: Ask) -> Done {
    let back = match act {
        Act::RolloutsPage => return pages::rollouts(&ask).await,
        Act::RolloutPage => return pages::rollout(&ask).await,
        Act::Begin => {
            let target = ask.field("target").parse();
            let target = target.map_err(|_| Refused::Wrong("rollout-unknown"))?;
            format!("/rollouts/{}", start(&ask, &target).await?)
        }
        Act::ChangeRollout => {
            change(&ask, ask.field("do")).await?;
            format!("/rollouts/{}", ask.part("rollout"))
        }
        Act::StandRoom => {
            let room = ask.field("room").parse().map_err(|_| Refused::NotFound)?;
            stand(&ask, (&room, ask.field("do"))).await?;
            format!("/rollouts/{}", ask.part("rollout"))
        }
        Act::WriteRings => {
            write_rings(
                &ask,
                &rings_of(&ask).ok_or(Refused::Wrong("rollout-rings-wrong"))?,
            )
            .await?;
            "/rollouts".to_owned()
        }
        Act::MoveToRing => {
            move_to_ring(&ask, ask.field("ring")).await?;
            format!("/rooms/{}", ask.part("room"))
        }
        _ => return Err(Refused::NotFound),
    };
    Ok(to(&back))
}

/// The rings that a form says, in the order of its fields.
fn rings_of(ask: &Ask) -> Option<Vec<Ring>> {
    let all = |name| ask.fields_of(name).map(|text| text.trim().to_owned());
    let (names, at_once) = (all("name"), all("at_once"));
    let (proven, failed, wait) = (all("proven"), all("failed"), all("wait_hours"));
    let rings = names.zip(at_once).zip(proven).zip(failed).zip(wait);
    rings
        .filter(|((((name, _), _), _), _)| !name.is_empty())
        .map(|((((name, at_once), proven), failed), wait)| {
            Some(Ring {
                name: Slug::of(&name)?,
                at_once: at_once.parse().ok()?,
                proven: proven.parse().ok()?,
                failed: failed.parse().ok()?,
                wait_min: wait.parse::<u32>().ok()?.checked_mul(60)?,
            })
        })
        .collect()
}

/// Begins to offer a release of the signed list, ring by ring.
async fn start(ask: &Ask, target: &Target) -> Result<String, Refused> {
    ask.must(Right::Set, None)?;
    let (fleet, tenant) = (&ask.fleet, ask.tenant());
    let catalogue = fleet.repository.catalogue(now(ask)).await?;
    let found = catalogue.releases.into_iter();
    let mut found = found.filter(|release| release.target.as_str() == target.as_str());
    let release = found.next().ok_or(Refused::Wrong("rollout-unknown"))?;
    let is = release.is;
    // A dot divides names on a cluster's bus.
    let name = format!("{}-{}-{}", is.kind.word(), is.of, is.version).replace('.', "-");
    let rollout = Rollout {
        target: target.clone(),
        of: format!("{}/{}", is.kind.word(), is.of),
        version: is.version,
        architectures: release.architectures,
        rings: fleet.rollouts.rings(tenant).await?,
        open: 0,
        phase: Phase::Going,
        good_since_ms: None,
        forgiven: 0,
        by: ask.name().to_owned(),
        at_ms: fleet.now_ms(),
    };
    // What cannot be done is not noted as done.
    fleet.rollouts.may_begin(tenant, &rollout.of)?;
    let act = (ask.name(), "rollout-begun", name.as_str());
    fleet
        .note(tenant, act, &[("target", target.as_str())])
        .await?;
    fleet.rollouts.begin(tenant, (&name, rollout)).await?;
    fleet.roster.ring();
    Ok(name)
}

async fn change(ask: &Ask, word: &str) -> Result<(), Refused> {
    ask.must(Right::Set, None)?;
    let change = Change::of_word(word).ok_or(Refused::NotFound)?;
    let (fleet, tenant, name) = (&ask.fleet, ask.tenant(), ask.part("rollout"));
    if asked(ask)?.kept.value.phase == Phase::Stopped {
        return Err(RolloutError::Stopped.into());
    }
    let act = (ask.name(), "rollout-changed", name);
    fleet.note(tenant, act, &[("to", word)]).await?;
    let tally = |rollout: &Rollout| Tally::of(rollout.open, &fleet.facts(name, rollout));
    fleet.rollouts.change(tenant, (name, change), tally).await?;
    // What was offered is taken back at once, and not when somebody looks next.
    fleet.take_back_now(name).await?;
    fleet.roster.ring();
    Ok(())
}

async fn stand(ask: &Ask, (room, word): (&RoomId, &str)) -> Result<(), Refused> {
    ask.must(Right::Set, None)?;
    let readmits = match word {
        "readmit" => true,
        "take-out" => false,
        _ => return Err(Refused::NotFound),
    };
    let (fleet, tenant, name) = (&ask.fleet, ask.tenant(), ask.part("rollout"));
    let shown = asked(ask)?;
    let mut facts = shown.rooms.into_iter();
    let found = facts.find(|facts| facts.room == *room);
    let mut standing = found.ok_or(Refused::NotFound)?.standing;
    let change = |standing: &mut Standing| match readmits {
        true => standing.readmit(),
        false => standing.take_out(),
    };
    if !change(&mut standing) {
        return Err(RolloutError::NotNow.into());
    }
    let act = (ask.name(), "rollout-room", room.as_str());
    fleet
        .note(tenant, act, &[("rollout", name), ("to", word)])
        .await?;
    let changed = fleet.rollouts.stand(tenant, (room, name), change).await?;
    changed.ok_or(RolloutError::NotNow)?;
    fleet.say_offers(room);
    fleet.roster.ring();
    Ok(())
}

async fn write_rings(ask: &Ask, rings: &[Ring]) -> Result<(), Refused> {
    ask.must(Right::Set, None)?;
    let names: Vec<&str> = rings.iter().map(|ring| ring.name.as_str()).collect();
    let act = (ask.name(), "rings-written", "rings");
    let (fleet, tenant) = (&ask.fleet, ask.tenant());
    fleet
        .note(tenant, act, &[("rings", &names.join(", "))])
        .await?;
    Ok(fleet.rollouts.write_rings(tenant, rings).await?)
}

async fn move_to_ring(ask: &Ask, ring: &str) -> Result<(), Refused> {
    let card = ask.room(Right::Set)?;
    let ring = Slug::of(ring).ok_or(Refused::Wrong("place-wrong"))?;
    let at = (&card.room.id, ring);
    Ok(ask.fleet.move_to_ring(ask.tenant(), at, ask.name()).await?)
}

/// A file of the signed list, or a release, for a room.
pub(super) async fn file(ask: &Ask) -> Done {
    let bytes = ask.fleet.repository.file(ask.part("name")).await?;
    let bytes = bytes.ok_or(Refused::NotFound)?;
    let kind = [(header::CONTENT_TYPE, "application/octet-stream")];
    Ok((kind, bytes).into_response())
}
