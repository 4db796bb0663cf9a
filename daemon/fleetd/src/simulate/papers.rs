//! Rooms' keys and certificates: made and taken in through the API, a hundred at a time, or read from the file of an earlier run.

use super::api::Api;
use super::{SimulateError, cast};
use crate::kept;
use fleet_agent::{Membership, RoomKey, Server};
use fleet_proto::{Approved, RoomId, TenantId};
use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::HashMap;
use std::path::Path;

/// The server takes in so many at once.
const AT_ONCE: usize = 100;

/// One room's.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Papers {
    /// Its key.
    pub key: RoomKey,
    /// Its certificate, and whom it believes.
    pub member: Membership,
}

#[derive(Deserialize)]
struct TakenIn {
    tenant: TenantId,
    authority_pem: String,
    rooms: Vec<OneTakenIn>,
}

#[derive(Deserialize)]
struct OneTakenIn {
    room: RoomId,
    certificate_pem: Option<String>,
}

/// Papers of earlier runs; none where there is no file.
///
/// # Errors
/// When the file cannot be read, or is none.
pub fn read(file: &Path) -> Result<HashMap<RoomId, Papers>, SimulateError> {
    let bytes = kept::read(file)?.unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    let papers = text.lines().map(|line| {
        let papers: Papers = serde_json::from_str(line).map_err(|_| SimulateError::Papers)?;
        Ok((papers.member.room.clone(), papers))
    });
    papers.collect()
}

/// Writes them, closed to others.
///
/// # Errors
/// When the file cannot be written.
pub fn write(file: &Path, all: &[Papers]) -> Result<(), SimulateError> {
    let lines = all.iter().filter_map(|one| serde_json::to_string(one).ok());
    let text: String = lines.map(|line| line + "\n").collect();
    Ok(kept::write(file, text.as_bytes())?)
}

/// Papers for all of these rooms, in their order; whoever is not known yet is taken in.
///
/// # Errors
/// When the server refuses, or knows one of them with another key.
pub async fn for_all(
    (api, server): (&Api, &Server),
    rooms: &[(u32, RoomId)],
    known: &HashMap<RoomId, Papers>,
    mut progress: impl FnMut(usize),
) -> Result<Vec<Papers>, SimulateError> {
    let of_here = |id: &RoomId| known.get(id).filter(|p| p.member.server == *server);
    let new: Vec<_> = rooms
        .iter()
        .filter(|(_, id)| of_here(id).is_none())
        .collect();
    let mut made: HashMap<RoomId, Papers> = HashMap::new();
    for part in new.chunks(AT_ONCE) {
        take_in((api, server), part, &mut made).await?;
        progress(made.len());
    }
    let all = rooms.iter().map(|(_, id)| {
        let papers = made.remove(id).or_else(|| of_here(id).cloned());
        papers.ok_or_else(|| SimulateError::Taken(id.to_string()))
    });
    all.collect()
}

async fn take_in(
    (api, server): (&Api, &Server),
    rooms: &[&(u32, RoomId)],
    made: &mut HashMap<RoomId, Papers>,
) -> Result<(), SimulateError> {
    let mut keys = HashMap::new();
    let mut wanted = Vec::new();
    for (number, id) in rooms {
        let key = RoomKey::generate()?;
        wanted.push(json!({
            "room": id,
            "name": cast::name(*number),
            "place": cast::place(*number),
            "csr_pem": key.request()?,
        }));
        keys.insert(id.clone(), key);
    }
    let body = json!({ "rooms": wanted });
    let answer = api.ask(Method::POST, "/api/v1/enrolment/rooms", Some(&body));
    let answer: TakenIn =
        serde_json::from_value(answer.await?).map_err(|_| SimulateError::Answer)?;
    for one in answer.rooms {
        let (Some(certificate_pem), Some(key)) = (one.certificate_pem, keys.remove(&one.room))
        else {
            return Err(SimulateError::Taken(one.room.to_string()));
        };
        let approved = Approved {
            room: one.room.clone(),
            tenant: answer.tenant.clone(),
            certificate_pem,
            authority_pem: answer.authority_pem.clone(),
        };
        let member = Membership::of(server.clone(), approved, &key)?;
        made.insert(one.room, Papers { key, member });
    }
    Ok(())
}
