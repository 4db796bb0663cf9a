//! Requests in the store, from the room's first word to its certificate. Draws nothing.

use super::TooMany;
use super::brake::{LASTS_S, may_open};
use crate::authority::{Authority, AuthorityError, BadRequest, Request};
use crate::rooms::{Certificate, Place, Room, Rooms, Slug};
use crate::secrets::{digest, same, secret};
use crate::store::{Kept, Revision, Shelf, Store, StoreError};
use fleet_proto::{
    Approved, BoundedText, EnrolAnswer, EnrolRequest, EnrolTicket, RoomId, TenantId,
};
use serde::{Deserialize, Serialize};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tokio::sync::Mutex;

/// A room asks again this often.
const POLL_S: u32 = 5;

/// A request as it is kept.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Waiting {
    /// The code that the room shows, if nobody is between.
    pub code: String,
    /// What the room says that it is called.
    pub name: BoundedText,
    /// What it runs.
    pub software: BoundedText,
    /// On which board.
    pub board: Option<BoundedText>,
    /// When it came, in milliseconds since 1970.
    pub at_ms: i64,
    /// From where.
    pub from: IpAddr,
    /// How it stands.
    pub standing: Standing,
    csr_pem: String,
    secret: String,
}

/// How a request stands.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// Nobody has decided.
    Open,
    /// Refused.
    Refused,
    /// The room is taken in; it may fetch this.
    Approved(Box<Approved>),
}

/// A request that comes.
#[derive(Debug)]
pub struct Opened<'a> {
    /// Whose rooms they shall be.
    pub tenant: &'a TenantId,
    /// What the room said.
    pub said: EnrolRequest,
    /// The certificate that it was shown (DER).
    pub shown: &'a [u8],
    /// From where.
    pub from: IpAddr,
    /// By the server's clock.
    pub now_ms: i64,
}

/// A request that somebody decides on, now.
#[derive(Debug, Clone, Copy)]
pub struct Decision<'a> {
    /// Whose rooms they are.
    pub tenant: &'a TenantId,
    /// Which.
    pub request: &'a str,
    /// By the server's clock.
    pub now_ms: i64,
}

/// What an administrator decides.
#[derive(Debug, Clone)]
pub struct Approval {
    /// The room's id from now on.
    pub room: RoomId,
    /// The room's name; as the room says, unless changed.
    pub name: BoundedText,
    /// Where it is.
    pub place: Place,
    /// Whether it takes the place of an enrolled room, whose certificate then counts no more.
    pub replaces: bool,
}

/// Why enrolment went no further.
#[derive(Debug, thiserror::Error)]
pub enum EnrolError {
    /// The brake.
    #[error(transparent)]
    TooMany(#[from] TooMany),
    /// The room's request.
    #[error(transparent)]
    Bad(#[from] BadRequest),
    /// There is no such open request (any more).
    #[error("there is no such request, or it was decided already")]
    Gone,
    /// The id is another room's.
    #[error("there is a room of this id already")]
    Taken,
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The authority.
    #[error(transparent)]
    Authority(#[from] AuthorityError),
}

/// All requests.
pub struct EnrolDesk {
    shelf: Shelf<Waiting>,
    /// Two that come at once both count.
    turn: Mutex<()>,
}

impl EnrolDesk {
    /// In this store.
    #[must_use]
    pub fn new(store: &Arc<dyn Store>) -> EnrolDesk {
        EnrolDesk {
            shelf: Shelf::new(store, "enrol"),
            turn: Mutex::new(()),
        }
    }

    /// Requests that are neither ended nor decided, oldest first.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn open(
        &self,
        tenant: &TenantId,
        now_ms: i64,
    ) -> Result<Vec<Kept<Waiting>>, StoreError> {
        let mut open = self.shelf.all(tenant).await?;
        open.retain(|kept| {
            kept.value.lasts_at(now_ms) && matches!(kept.value.standing, Standing::Open)
        });
        open.sort_by_key(|kept| kept.value.at_ms);
        Ok(open)
    }

    /// Takes a request into the list.
    ///
    /// # Errors
    /// When it is no request, or too many are open.
    pub async fn come(&self, asked: Opened<'_>) -> Result<EnrolTicket, EnrolError> {
        let request = Request::read(&asked.said.csr_pem)?;
        let _turn = self.turn.lock().await;
        self.forget_ended(asked.tenant, asked.now_ms).await?;
        let all = self.shelf.all(asked.tenant).await?;
        let open = all
            .iter()
            .filter(|kept| matches!(kept.value.standing, Standing::Open));
        may_open(open.map(|kept| kept.value.from), asked.from)?;
        let (id, word) = (secret()[..20].to_owned(), secret());
        let waiting = Waiting {
            code: fleet_proto::code(&request.public_key(), asked.shown),
            name: asked.said.name,
            software: asked.said.software,
            board: asked.said.board,
            at_ms: asked.now_ms,
            from: asked.from,
            standing: Standing::Open,
            csr_pem: asked.said.csr_pem,
            secret: digest(&word),
        };
        let at = (asked.tenant, id.as_str());
        self.shelf.put(at, Revision::ABSENT, &waiting).await?;
        Ok(EnrolTicket {
            request: id,
            secret: word,
            poll_s: POLL_S,
            lasts_s: LASTS_S,
        })
    }

    /// How a request stands, for whoever knows its secret.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn ask(
        &self,
        tenant: &TenantId,
        (id, word): (&str, &str),
        now_ms: i64,
    ) -> Result<EnrolAnswer, StoreError> {
        let found = self.shelf.get(tenant, id).await?;
        let known = found.filter(|kept| {
            kept.value.lasts_at(now_ms)
                && same(kept.value.secret.as_bytes(), digest(word).as_bytes())
        });
        Ok(match known.map(|kept| kept.value.standing) {
            Some(Standing::Open) => EnrolAnswer::Waiting {},
            Some(Standing::Approved(approved)) => EnrolAnswer::Approved(approved),
            Some(Standing::Refused) | None => EnrolAnswer::Refused {},
        })
    }

    /// Refuses a request.
    ///
    /// # Errors
    /// When it is no longer open, or the store fails.
    pub async fn refuse(&self, on: Decision<'_>) -> Result<(), EnrolError> {
        let mut kept = self.still_open(on).await?;
        kept.value.standing = Standing::Refused;
        self.decide(on.tenant, &kept).await
    }

    /// Whether a request could be approved so.
    ///
    /// # Errors
    /// When it is no longer open, or the id is taken.
    pub async fn may_approve(
        &self,
        on: Decision<'_>,
        approval: &Approval,
        rooms: &Rooms,
    ) -> Result<(), EnrolError> {
        self.still_open(on).await?;
        let before = rooms.get(on.tenant, &approval.room).await?;
        match before.is_some() && !approval.replaces {
            true => Err(EnrolError::Taken),
            false => Ok(()),
        }
    }

    /// Takes the room in: signs its key and lists it. The answer is the room, and the certificate that counts no more.
    ///
    /// # Errors
    /// When the request is no longer open, the id is taken, or nothing can be signed or kept.
    pub async fn approve(
        &self,
        on: Decision<'_>,
        approval: Approval,
        (authority, rooms): (&Authority, &Rooms),
    ) -> Result<(Room, Option<Certificate>), EnrolError> {
        let Decision { tenant, now_ms, .. } = on;
        let mut kept = self.still_open(on).await?;
        let request = Request::read(&kept.value.csr_pem)?;
        let before = rooms.get(tenant, &approval.room).await?;
        if before.is_some() && !approval.replaces {
            return Err(EnrolError::Taken);
        }
        let now = SystemTime::UNIX_EPOCH
            + Duration::from_millis(u64::try_from(now_ms).unwrap_or_default());
        let signed = authority.sign_room(&request, (tenant, &approval.room), now)?;
        let room = Room {
            id: approval.room.clone(),
            name: approval.name,
            place: approval.place,
            // A new board in the same place takes releases as the one before.
            ring: before
                .as_ref()
                .map_or_else(Slug::default, |kept| kept.value.ring.clone()),
            enrolled_ms: now_ms,
            certificate: Certificate {
                serial: signed.serial,
                ends_s: signed.ends,
            },
            next: None,
        };
        kept.value.standing = Standing::Approved(Box::new(Approved {
            room: approval.room,
            tenant: tenant.clone(),
            certificate_pem: signed.certificate_pem,
            authority_pem: authority.ca_pem(),
        }));
        let expected = before
            .as_ref()
            .map_or(Revision::ABSENT, |kept| kept.revision);
        let old = before.map(|kept| kept.value.certificate);
        rooms.put(tenant, expected, &room).await?;
        self.decide(tenant, &kept).await?;
        Ok((room, old))
    }

    async fn still_open(&self, on: Decision<'_>) -> Result<Kept<Waiting>, EnrolError> {
        let found = self.shelf.get(on.tenant, on.request).await?;
        found
            .filter(|kept| kept.value.lasts_at(on.now_ms))
            .filter(|kept| matches!(kept.value.standing, Standing::Open))
            .ok_or(EnrolError::Gone)
    }

    async fn decide(&self, tenant: &TenantId, kept: &Kept<Waiting>) -> Result<(), EnrolError> {
        let at = (tenant, kept.name.as_str());
        let put = self.shelf.put(at, kept.revision, &kept.value).await;
        match put {
            Err(StoreError::Conflict(_)) => Err(EnrolError::Gone),
            other => Ok(other.map(drop)?),
        }
    }

    async fn forget_ended(&self, tenant: &TenantId, now_ms: i64) -> Result<(), StoreError> {
        for kept in self.shelf.all(tenant).await? {
            if !kept.value.lasts_at(now_ms) {
                // Whoever took it away meanwhile did the same.
                let _ = self.shelf.take((tenant, &kept.name), kept.revision).await;
            }
        }
        Ok(())
    }
}

impl Waiting {
    fn lasts_at(&self, now_ms: i64) -> bool {
        now_ms.saturating_sub(self.at_ms) < i64::from(LASTS_S) * 1000
    }
}
