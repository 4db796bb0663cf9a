//! Taking in many rooms at once, for programs that make their keys.

use super::Done;
use crate::authority::Request;
use crate::enrol::EnrolError;
use crate::fleet::Provision;
use crate::people::Right;
use crate::rooms::{Place, Room};
use crate::web::{Ask, Refused};
use axum::Json;
use axum::response::IntoResponse;
use fleet_proto::{BoundedText, RoomId};
use futures_util::StreamExt as _;
use serde::Deserialize;
use serde_json::{Value, json};

/// More than this are not taken in at once: a request for a certificate has some 600 bytes.
const MOST: usize = 100;
/// Beside each other, so that the store writes many at once.
const AT_ONCE: usize = 16;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    rooms: Vec<OneWanted>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OneWanted {
    room: RoomId,
    name: BoundedText,
    #[serde(default)]
    place: Place,
    csr_pem: String,
}

pub(super) async fn provision(ask: &Ask) -> Done {
    let said: Wanted = ask.json()?;
    if said.rooms.len() > MOST {
        return Err(Refused::Bad(format!("more than {MOST} rooms at once")));
    }
    let mut wanted = Vec::new();
    for one in said.rooms {
        ask.must(Right::Install, Some(&one.place.site))?;
        let request = Request::read(&one.csr_pem);
        wanted.push(Provision {
            request: request.map_err(|bad| Refused::Bad(format!("{}: {bad}", one.room)))?,
            room: one.room,
            name: one.name,
            place: one.place,
        });
    }
    let answers = futures_util::stream::iter(wanted).map(|one| take_in(ask, one));
    let answers: Vec<_> = answers.buffered(AT_ONCE).collect().await;
    let mut rooms: Vec<Room> = Vec::new();
    let mut said: Vec<Value> = Vec::new();
    for answer in answers {
        let (room, answer) = answer?;
        rooms.extend(room);
        said.push(answer);
    }
    let (fleet, tenant) = (&ask.fleet, ask.tenant());
    fleet.settle(tenant, &rooms).await?;
    let answer =
        json!({ "tenant": tenant, "authority_pem": fleet.authority.ca_pem(), "rooms": said });
    Ok(Json(answer).into_response())
}

async fn take_in(ask: &Ask, one: Provision) -> Result<(Option<Room>, Value), Refused> {
    let id = one.room.clone();
    let taken = ask.fleet.provision(ask.tenant(), one, ask.name()).await;
    match taken {
        Ok((room, certificate)) => {
            let said = json!({ "room": id, "certificate_pem": certificate });
            Ok((Some(room), said))
        }
        Err(EnrolError::Taken) => Ok((None, json!({ "room": id, "error": "enrol-taken" }))),
        Err(error) => Err(error.into()),
    }
}
