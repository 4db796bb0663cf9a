//! What programs ask, in JSON. The same rules as on the pages, from the same functions.

use super::{
    Done, Filter, Sight, alerts, change, granted, provision, rollouts, rooms, settings, verbs,
};
use crate::commands::{Order, Wish};
use crate::enrol::Approval;
use crate::people::Right;
use crate::rooms::{Card, Place};
use crate::twin::Effect;
use crate::web::{Act, Ask, Refused, description};
use axum::Json;
use axum::response::IntoResponse;
use fleet_proto::{BoundedText, Grant, RoomId, Verb};
use serde::Deserialize;
use serde_json::{Value, json};
use std::time::Duration;

/// No answer is waited for longer: proxies end what is quiet for a minute.
const LONGEST_WAIT_S: u64 = 50;
const HISTORY: usize = 200;

pub(super) async fn api(act: Act, ask: Ask) -> Done {
    match act {
        Act::OpenApi => Ok(Json(description()).into_response()),
        Act::ApiRooms => Ok(all_rooms(&ask)),
        Act::ApiRoom => room(&ask).await,
        Act::ApiPlace => place(&ask).await,
        Act::ApiTurnOut => turn_out(&ask).await,
        Act::ApiHistory => history(&ask).await,
        Act::ApiRoomSettings => room_settings(&ask).await,
        Act::ApiCommands => commands(&ask).await,
        Act::ApiTell => tell(&ask).await,
        Act::ApiCommand => command(&ask).await,
        Act::ApiEnrolment => enrolment(&ask).await,
        Act::ApiApprove => approve(&ask).await,
        Act::ApiRefuse => {
            change::turn_away(&ask).await?;
            Ok(Json(json!({})).into_response())
        }
        Act::ApiProvision => provision::provision(&ask).await,
        Act::ApiSettings => all_settings(&ask).await,
        Act::ApiWriteSettings => write_settings(&ask).await,
        Act::ApiUndo => undo(&ask).await,
        Act::ApiOpenSettings => open(&ask).await,
        Act::ApiAlerts
        | Act::ApiRules
        | Act::ApiWriteRule
        | Act::ApiDropRule
        | Act::ApiTargets
        | Act::ApiWriteTarget
        | Act::ApiTryTarget
        | Act::ApiDropTarget => alerts::api(act, &ask).await,
        Act::ApiReleases
        | Act::ApiRollouts
        | Act::ApiRollout
        | Act::ApiBegin
        | Act::ApiChange
        | Act::ApiStanding
        | Act::ApiRings
        | Act::ApiWriteRings
        | Act::ApiMoveToRing => rollouts::api(act, &ask).await,
        Act::ApiAudit => settings::audit_lines(&ask).await,
        Act::ApiPeople => people(&ask).await,
        Act::ApiProvider | Act::ApiWriteProvider | Act::ApiDropProvider => {
            super::provider::api(act, &ask).await
        }
        Act::ApiBridge | Act::ApiWriteBridge | Act::ApiDropBridge => {
            super::bridge::api(act, &ask).await
        }
        Act::ApiUsage => usage(&ask).await,
        Act::ApiFiles => files(&ask).await,
        Act::ApiFile => rooms::file(&ask).await,
        Act::Metrics => super::metrics::metrics(&ask).await,
        _ => Err(Refused::NotFound),
    }
}

/// A card as programs see it.
fn card(card: &Card, now_ms: i64) -> Value {
    let (light, troubles) = card.light();
    let seen = &card.seen;
    let heard = seen.state.as_ref().map(|_| seen.heard_ms);
    json!({
        "id": card.room.id,
        "name": card.room.name,
        "place": card.room.place,
        "ring": card.room.ring,
        "light": light,
        "troubles": troubles,
        "since_ms": card.since_ms(),
        "link": seen.presence.link(),
        "heard_ms": heard,
        "age_ms": heard.map(|heard| now_ms - heard),
        "software": seen.software,
        "tomorrow_red": card.tomorrow().0,
    })
}

fn all_rooms(ask: &Ask) -> axum::response::Response {
    let sight = Sight::of(ask, &Filter::of(ask));
    let now_ms = ask.fleet.now_ms();
    let rooms: Vec<Value> = sight.cards.iter().map(|one| card(one, now_ms)).collect();
    let said =
        json!({ "rooms": rooms, "found": sight.found, "next": sight.next, "now_ms": now_ms });
    Json(said).into_response()
}

async fn room(ask: &Ask) -> Done {
    let found = ask.room(Right::Look)?;
    let mut said = card(&found, ask.fleet.now_ms());
    let desired = ask.fleet.twin.desired(ask.tenant(), &found.room.id).await?;
    said["state"] = json!(found.seen.state);
    said["figures"] = json!(found.seen.figures);
    said["clock_ahead_ms"] = json!(found.seen.clock_ahead_ms);
    said["misdeeds"] = json!(found.seen.misdeeds);
    said["enrolled_ms"] = json!(found.room.enrolled_ms);
    said["certificate_ends_s"] = json!(found.room.certificate.ends_s);
    said["desired_revision"] = json!(desired.map(|doc| doc.desired.revision));
    said["reported"] = json!(found.seen.reported);
    Ok(Json(said).into_response())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Placing {
    name: BoundedText,
    place: Place,
}

async fn place(ask: &Ask) -> Done {
    let found = ask.room(Right::Install)?;
    let said: Placing = ask.json()?;
    change::move_to(ask, &found, said.name, said.place).await?;
    Ok(Json(json!({})).into_response())
}

async fn turn_out(ask: &Ask) -> Done {
    let found = ask.room(Right::Rule)?;
    let fleet = &ask.fleet;
    fleet
        .turn_out(ask.tenant(), &found.room.id, ask.name())
        .await?;
    Ok(Json(json!({})).into_response())
}

async fn history(ask: &Ask) -> Done {
    let found = ask.room(Right::Look)?;
    let turns = ask.fleet.history(ask.tenant(), &found.room.id, HISTORY);
    Ok(Json(json!({ "history": turns.await? })).into_response())
}

async fn room_settings(ask: &Ask) -> Done {
    let found = ask.room(Right::Look)?;
    let (twin, tenant) = (&ask.fleet.twin, ask.tenant());
    let merged = twin.merged(tenant, &found.room).await?;
    let settings = merged.settings.iter().map(
        |(setting, (value, level))| json!({ "setting": setting, "value": value, "from": level }),
    );
    let settings: Vec<Value> = settings.collect();
    let desired = twin.desired(tenant, &found.room.id).await?;
    let said = json!({
        "desired": desired.map(|doc| doc.desired),
        "settings": settings,
        "reported": found.seen.reported,
    });
    Ok(Json(said).into_response())
}

async fn commands(ask: &Ask) -> Done {
    let found = ask.room(Right::Look)?;
    let of_room = ask.fleet.commands.of_room(ask.tenant(), &found.room.id);
    let orders: Vec<Value> = of_room.await?.iter().map(order).collect();
    Ok(Json(json!({ "commands": orders })).into_response())
}

/// An order without the place where a room puts something, which only that room shall know.
fn order(order: &Order) -> Value {
    json!({
        "id": order.command.id,
        "verb": order.command.verb.name(),
        "by": order.by,
        "issued_ms": order.command.issued_ms,
        "expires_ms": order.command.expires_ms,
        "standing": order.standing,
        "since_ms": order.since_ms,
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Telling {
    #[serde(default)]
    id: String,
    /// What, as rooms say it.
    verb: Option<Verb>,
    /// What, as a page's button is called.
    #[serde(default)]
    button: String,
    #[serde(default = "two_minutes")]
    lasts_s: u64,
    /// Whether it waits for a room whose line is down.
    #[serde(default)]
    waits: bool,
    #[serde(default)]
    wait_s: u64,
    #[serde(default)]
    grant: Option<Grant>,
}

fn two_minutes() -> u64 {
    120
}

async fn tell(ask: &Ask) -> Done {
    let said: Telling = ask.json()?;
    let card = ask.room(Right::Look)?;
    let at = (ask.tenant(), &card.room.id);
    let id = change::command_id(&said.id)?;
    let order = match (&said.grant, said.button.as_str()) {
        (Some(grant), _) => {
            ask.room(Right::Operate)?;
            let draft = ask.fleet.drafts.get(at, &id, ask.fleet.now_ms()).await?;
            let draft = draft.ok_or(Refused::Wrong("grant-gone"))?;
            granted::told(ask, draft, &grant.signature).await?
        }
        (None, "screenshot") => {
            ask.room(Right::Operate)?;
            let draft = granted::draft(ask, &card, id).await?;
            let said = json!({ "id": draft.id, "sign": draft.text(), "until_ms": draft.until_ms });
            return Ok(Json(said).into_response());
        }
        (None, _) => {
            let verb = verb(ask, &card, &said).await?;
            let wish = Wish {
                id,
                verb,
                lasts: Duration::from_secs(said.lasts_s.max(1)),
                until_ms: None,
                waits: said.waits,
                grant: None,
                by: ask.name().to_owned(),
            };
            ask.fleet.tell(at, wish).await?
        }
    };
    let told = waited(ask, &card, (order, said.wait_s)).await?;
    Ok(Json(self::order(&told)).into_response())
}

/// What is to be told, if the asker may.
async fn verb(ask: &Ask, card: &Card, said: &Telling) -> Result<Verb, Refused> {
    let site = Some(&card.room.place.site);
    match (&said.verb, said.button.as_str()) {
        (Some(Verb::Unknown), _) => Err(Refused::Wrong("command-unknown")),
        (Some(Verb::LogBundle { .. } | Verb::Screenshot { .. }), _) => {
            Err(Refused::Wrong("command-by-button"))
        }
        (Some(verb), _) => {
            ask.must(verbs::right(verb), site)?;
            Ok(verb.clone())
        }
        (None, "log-bundle") => {
            ask.must(verbs::needs("log-bundle"), site)?;
            let to = change::wanted(ask, card, "log-bundle").await?;
            Ok(Verb::LogBundle { to })
        }
        (None, button) => {
            ask.must(verbs::needs(button), site)?;
            verbs::verb(button).ok_or(Refused::Wrong("command-unknown"))
        }
    }
}

async fn waited(ask: &Ask, card: &Card, (told, wait_s): (Order, u64)) -> Result<Order, Refused> {
    if wait_s == 0 {
        return Ok(told);
    }
    let within = Duration::from_secs(wait_s.min(LONGEST_WAIT_S));
    let at = (ask.tenant(), &card.room.id);
    let over = ask.fleet.commands.over(at, &told.command.id, within);
    Ok(over.await?.unwrap_or(told))
}

async fn usage(ask: &Ask) -> Done {
    let found = ask.room(Right::Look)?;
    let days = found.seen.usage.days(ask.fleet.now_ms());
    let days = days.iter().map(|day| {
        json!({
            "from_ms": day.day * 24 * 3_600_000,
            "call_s": day.call,
            "entering_s": day.entering,
            "failed_s": day.failed,
        })
    });
    Ok(Json(json!({ "days": days.collect::<Vec<_>>() })).into_response())
}

async fn files(ask: &Ask) -> Done {
    let found = ask.room(Right::Help)?;
    let files = ask.fleet.uploads.of_room(ask.tenant(), &found.room.id);
    let files = files.await?.into_iter().map(|(token, wanted)| {
        json!({ "file": token, "what": wanted.what, "at_ms": wanted.at_ms, "bytes": wanted.came })
    });
    Ok(Json(json!({ "files": files.collect::<Vec<_>>() })).into_response())
}

async fn command(ask: &Ask) -> Done {
    let found = ask.room(Right::Look)?;
    let id = ask.part("command").parse().map_err(|_| Refused::NotFound)?;
    let at = (ask.tenant(), &found.room.id);
    let told = ask.fleet.commands.get(at, &id).await?;
    Ok(Json(order(&told.ok_or(Refused::NotFound)?)).into_response())
}

async fn enrolment(ask: &Ask) -> Done {
    let fleet = &ask.fleet;
    let open = fleet.enrol.open(ask.tenant(), fleet.now_ms()).await?;
    let open = open.iter().map(|kept| {
        let waiting = &kept.value;
        json!({
            "request": kept.name,
            "code": waiting.code,
            "name": waiting.name,
            "software": waiting.software,
            "board": waiting.board,
            "at_ms": waiting.at_ms,
            "from": waiting.from,
        })
    });
    let open: Vec<Value> = open.collect();
    Ok(Json(json!({ "requests": open })).into_response())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Approving {
    /// The code as the room shows it.
    code: String,
    room: RoomId,
    name: BoundedText,
    #[serde(default)]
    place: Place,
    #[serde(default)]
    replaces: bool,
}

async fn approve(ask: &Ask) -> Done {
    let said: Approving = ask.json()?;
    let fleet = &ask.fleet;
    let open = fleet.enrol.open(ask.tenant(), fleet.now_ms()).await?;
    let request = ask.part("request");
    let waiting = open.iter().find(|kept| kept.name == request);
    let waiting = waiting.ok_or(Refused::Wrong("enrol-gone"))?;
    if said.code.trim() != waiting.value.code {
        return Err(Refused::Wrong("enrol-code-differs"));
    }
    let approval = Approval {
        room: said.room,
        name: said.name,
        place: said.place,
        replaces: said.replaces,
    };
    let room = change::take_in(ask, approval).await?;
    Ok(Json(json!({ "room": room })).into_response())
}

async fn all_settings(ask: &Ask) -> Done {
    let all = ask.fleet.twin.templates(ask.tenant()).await?;
    let seen = all
        .iter()
        .filter(|(level, _)| settings::level(ask, &level.to_string()).is_ok());
    let levels = seen.map(|(level, template)| {
        json!({
            "level": level,
            "text": template.text,
            "writing": template.writing,
            "by": template.by,
            "at_ms": template.at_ms,
            "tried": template.tried,
        })
    });
    let levels: Vec<Value> = levels.collect();
    Ok(Json(json!({ "levels": levels })).into_response())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Writing {
    level: String,
    #[serde(default)]
    text: String,
    /// The writing that the author saw; 0 where there was none.
    over: u64,
    #[serde(default)]
    preview: bool,
    /// Only in these rooms of the level, until it is opened to all.
    #[serde(default)]
    first: Vec<String>,
}

fn effects(effects: &[Effect]) -> Value {
    let rooms = effects.iter().map(|effect| {
        let changes = effect
            .changes
            .iter()
            .map(|c| json!({ "setting": c.setting, "before": c.before, "after": c.after }));
        json!({ "room": effect.room, "changes": changes.collect::<Vec<_>>() })
    });
    Value::Array(rooms.collect())
}

async fn write_settings(ask: &Ask) -> Done {
    let said: Writing = ask.json()?;
    let level = settings::level(ask, &said.level)?;
    let changes = settings::preview(ask, (&level, &said.text)).await?;
    if !said.preview && !said.first.is_empty() {
        settings::try_first(ask, (&level, &said.text, said.over), said.first).await?;
    } else if !said.preview {
        settings::write(ask, (&level, &said.text, said.over)).await?;
    }
    let answer = json!({ "rooms": effects(&changes), "written": !said.preview });
    Ok(Json(answer).into_response())
}

async fn open(ask: &Ask) -> Done {
    let said: Writing = ask.json()?;
    let level = settings::level(ask, &said.level)?;
    settings::open(ask, (&level, said.over)).await?;
    Ok(Json(json!({ "written": true })).into_response())
}

async fn undo(ask: &Ask) -> Done {
    let said: Writing = ask.json()?;
    let level = settings::level(ask, &said.level)?;
    settings::undo(ask, (&level, said.over)).await?;
    Ok(Json(json!({ "written": true })).into_response())
}

async fn people(ask: &Ask) -> Done {
    ask.must(Right::Rule, None)?;
    let accounts = ask.fleet.people.accounts(ask.tenant()).await?;
    let accounts = accounts.iter().map(|account| {
        json!({
            "name": account.name,
            "grants": account.grants,
            "closed": account.closed,
            "made_ms": account.made_ms,
            "outside": account.outside,
        })
    });
    Ok(Json(json!({ "people": accounts.collect::<Vec<_>>() })).into_response())
}
