//! What rooms ask: to be taken in, their line, their next certificate, a place for what they were asked for; and handing that on.

use super::Done;
use crate::authority::{Peer, Request};
use crate::enrol::Opened;
use crate::people::Right;
use crate::uploads::UploadError;
use crate::web::{Act, Ask, Refused, Who, bearer};
use axum::Json;
use axum::extract::FromRequestParts;
use axum::extract::ws::WebSocketUpgrade;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use fleet_proto::{EnrolRequest, Renewal};
use std::sync::Arc;

pub(super) async fn room_side(act: Act, ask: Ask) -> Done {
    match act {
        Act::AskIn => ask_in(&ask).await,
        Act::AskedIn => asked_in(&ask).await,
        Act::Socket => socket(ask).await,
        Act::Renew => renew(&ask).await,
        Act::ReleaseFile => super::rollouts::file(&ask).await,
        Act::Upload => upload(ask).await,
        _ => Err(Refused::NotFound),
    }
}

async fn ask_in(ask: &Ask) -> Done {
    let said: EnrolRequest = ask.json()?;
    let fleet = &ask.fleet;
    let opened = Opened {
        tenant: &fleet.tenant,
        said,
        shown: &fleet.shown(),
        from: ask.from,
        now_ms: fleet.now_ms(),
    };
    let ticket = fleet.enrol.come(opened).await?;
    tracing::info!(request = ticket.request, "a room asks to be taken in");
    fleet.roster.ring();
    Ok(Json(ticket).into_response())
}

async fn asked_in(ask: &Ask) -> Done {
    let word = bearer(&ask.parts.headers).unwrap_or_default();
    let at = (ask.part("request"), word);
    let fleet = &ask.fleet;
    let answer = fleet.enrol.ask(&fleet.tenant, at, fleet.now_ms()).await?;
    Ok(Json(answer).into_response())
}

fn peer(ask: &Ask) -> Result<Peer, Refused> {
    match &ask.who {
        Who::Room(peer) => Ok(peer.clone()),
        _ => Err(Refused::Forbidden),
    }
}

async fn socket(mut ask: Ask) -> Done {
    let peer = peer(&ask)?;
    let upgrade = WebSocketUpgrade::from_request_parts(&mut ask.parts, &())
        .await
        .map_err(|_| Refused::Bad("this address speaks WebSocket".to_owned()))?;
    let fleet = Arc::clone(&ask.fleet);
    Ok(crate::hub::welcome_here(upgrade, fleet, peer))
}

async fn renew(ask: &Ask) -> Done {
    let peer = peer(ask)?;
    let said: Renewal = ask.json()?;
    let request = Request::read(&said.csr_pem).map_err(|bad| Refused::Bad(bad.to_string()))?;
    let whose = (peer.tenant, peer.room);
    let signed = ask.fleet.renew_room(&whose, &request).await?;
    let kind = [(header::CONTENT_TYPE, "application/x-pem-file")];
    Ok((kind, signed.certificate_pem).into_response())
}

async fn upload(ask: Ask) -> Done {
    let peer = peer(&ask)?;
    let at = (&peer.tenant, &peer.room);
    let (token, bytes) = (ask.part("token"), ask.body.to_vec());
    let fleet = &ask.fleet;
    match fleet.uploads.come(at, (token, bytes), fleet.now_ms()).await {
        Ok(()) => Ok(StatusCode::NO_CONTENT.into_response()),
        Err(UploadError::NotWanted) => Err(Refused::NotFound),
        Err(UploadError::Store(error)) => Err(error.into()),
    }
}

/// What a room put here, for those who may tell it to.
pub(super) async fn file(ask: &Ask) -> Done {
    let card = ask.room(Right::Help)?;
    let token = ask.part("token");
    let act = (ask.name(), "file-read", card.room.id.as_str());
    ask.fleet
        .note(ask.tenant(), act, &[("file", token)])
        .await?;
    let at = (ask.tenant(), &card.room.id);
    let bytes = ask.fleet.uploads.get(at, token).await?;
    let bytes = bytes.ok_or(Refused::NotFound)?;
    let (kind, end) = kind(&bytes);
    let name = format!("attachment; filename=\"{}.{end}\"", card.room.id);
    let head = [
        (header::CONTENT_TYPE, kind.to_owned()),
        (header::CONTENT_DISPOSITION, name),
    ];
    Ok((head, bytes).into_response())
}

/// What a file is by its beginning; a browser is to save it in any case.
fn kind(bytes: &[u8]) -> (&'static str, &'static str) {
    match bytes {
        [0x89, b'P', b'N', b'G', ..] => ("image/png", "png"),
        [b'{', ..] => ("application/json", "json"),
        _ => ("application/octet-stream", "bin"),
    }
}
