//! Taking in rooms whose keys a program made: many at once, without a code. Whoever may do this may as well ask for a room and say its
//! code; the program answers for the way between the room and itself.

use super::Fleet;
use crate::authority::Request;
use crate::enrol::EnrolError;
use crate::rooms::{Certificate, Place, Room};
use crate::store::{Revision, StoreError};
use fleet_proto::{BoundedText, RoomId, TenantId};
use std::time::SystemTime;

/// A room to be taken in, with the request that its key signed.
#[derive(Debug)]
pub struct Provision {
    /// Its id from now on.
    pub room: RoomId,
    /// What people call it.
    pub name: BoundedText,
    /// Where it is.
    pub place: Place,
    /// Its key's request.
    pub request: Request,
}

impl Fleet {
    /// Takes a room in; the answer is its certificate, PEM. A room that is there already is not replaced.
    ///
    /// # Errors
    /// When the id is taken, or nothing can be signed or kept.
    pub async fn provision(
        &self,
        tenant: &TenantId,
        wanted: Provision,
        who: &str,
    ) -> Result<(Room, String), EnrolError> {
        let Provision {
            room: id,
            name,
            place,
            request,
        } = wanted;
        if self.roster.card(tenant, &id).is_some() {
            return Err(EnrolError::Taken);
        }
        self.note(tenant, (who, "room-provisioned", id.as_str()), &[])
            .await?;
        let signed = self
            .authority
            .sign_room(&request, (tenant, &id), SystemTime::now())?;
        let room = Room {
            id,
            name,
            place,
            ring: Default::default(),
            enrolled_ms: self.now_ms(),
            certificate: Certificate {
                serial: signed.serial,
                ends_s: signed.ends,
            },
            next: None,
        };
        match self.rooms.put(tenant, Revision::ABSENT, &room).await {
            Err(StoreError::Conflict(_)) => return Err(EnrolError::Taken),
            other => other?,
        };
        self.roster.place(tenant, room.clone());
        Ok((room, signed.certificate_pem))
    }
}
