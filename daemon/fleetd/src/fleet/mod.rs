//! The server's parts in one place, and what is done to rooms. Owns no connection and draws nothing.

mod conduct;
mod said;
mod shared;
mod taking_in;

pub use said::Heard;
pub use taking_in::Provision;

use crate::alerts::AlertDesk;
use crate::audit::{Act, Ledger};
use crate::authority::{Authority, AuthorityError, Request, RoomCertificate, Serving};
use crate::bridge::BridgeDesk;
use crate::bulk::BulkDesk;
use crate::cluster::Cluster;
use crate::commands::{CommandDesk, CommandError, DraftDesk, Order, Wish};
use crate::enrol::{Approval, Decision, EnrolDesk, EnrolError};
use crate::hub::Hub;
use crate::oidc::OidcDesk;
use crate::people::PeopleDesk;
use crate::rollouts::{Repository, RolloutDesk};
use crate::rooms::{Certificate, Misdeeds, Place, Room, Rooms, Roster, Seen, Slug};
use crate::store::{Revision, Shelf, Store, StoreError};
use crate::twin::TwinDesk;
use crate::uploads::UploadDesk;
use crate::views::ViewDesk;
use fleet_proto::{BoundedText, FromFleet, GoodbyeWhy, RoomId, TenantId};
use http_listen::Tls;
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};
use std::time::SystemTime;

/// Everything of one server.
pub struct Fleet {
    /// What is kept.
    pub store: Arc<dyn Store>,
    /// Who is signed for.
    pub authority: Authority,
    /// Where new rooms and people belong.
    pub tenant: TenantId,
    /// Rooms in the store.
    pub rooms: Rooms,
    /// Rooms in memory.
    pub roster: Roster,
    /// Lines to rooms.
    pub hub: Hub,
    /// Requests of rooms that want in.
    pub enrol: EnrolDesk,
    /// How rooms shall be set.
    pub twin: TwinDesk,
    /// What rooms were told.
    pub commands: CommandDesk,
    /// What waits for a grant.
    pub drafts: DraftDesk,
    /// One verb for many rooms.
    pub bulk: BulkDesk,
    /// Releases on their way.
    pub rollouts: RolloutDesk,
    /// What was published to be released.
    pub repository: Repository,
    /// Views of the list that people keep.
    pub views: ViewDesk,
    /// What rooms were asked for.
    pub uploads: UploadDesk,
    /// Who did what.
    pub ledger: Ledger,
    /// Who may do what.
    pub people: PeopleDesk,
    /// Who is believed about people beside this server.
    pub oidc: OidcDesk,
    /// Who is told when rooms need somebody.
    pub alerts: AlertDesk,
    /// On which broker rooms are shown to building systems.
    pub bridge: BridgeDesk,
    /// With what connections are served.
    pub tls: Tls,
    /// Whose names this server has.
    pub names: Vec<String>,
    /// Other servers over the same store; `None` for a server alone.
    pub cluster: Option<Cluster>,
    /// The wall clock.
    pub clock: WallClock,
    shown: RwLock<Vec<u8>>,
    port: OnceLock<u16>,
    seen: Shelf<Seen>,
}

/// Milliseconds since 1970, now.
pub type WallClock = fn() -> i64;

/// Why the server did not begin.
#[derive(Debug, thiserror::Error)]
pub enum FleetError {
    /// The authority.
    #[error(transparent)]
    Authority(#[from] AuthorityError),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

type Whose = (TenantId, RoomId);

/// The wall clock, in milliseconds since 1970.
#[must_use]
pub fn now_ms() -> i64 {
    let since = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

impl Fleet {
    /// Begins with what the store holds. `names` are the server's host names and addresses.
    ///
    /// # Errors
    /// When the store cannot be read, or there is no certificate to serve with.
    pub async fn begin(
        store: Arc<dyn Store>,
        authority: Authority,
        tenant: TenantId,
        names: Vec<String>,
    ) -> Result<Fleet, FleetError> {
        let Serving {
            certificate_der,
            config,
        } = authority.serving(SystemTime::now())?;
        let fleet = Fleet {
            authority,
            rooms: Rooms::new(&store),
            roster: Roster::default(),
            hub: Hub::default(),
            enrol: EnrolDesk::new(&store),
            twin: TwinDesk::new(&store),
            commands: CommandDesk::new(&store),
            drafts: DraftDesk::new(&store),
            bulk: BulkDesk::new(&store),
            rollouts: RolloutDesk::new(&store),
            repository: Repository::new(&store, &tenant),
            views: ViewDesk::new(&store),
            uploads: UploadDesk::new(&store),
            ledger: Ledger::new(&store),
            people: PeopleDesk::new(&store),
            oidc: OidcDesk::new(&store),
            alerts: AlertDesk::new(&store),
            bridge: BridgeDesk::new(&store),
            tls: Tls::new(config),
            names,
            cluster: Cluster::of(&*store),
            clock: now_ms,
            shown: RwLock::new(certificate_der),
            port: OnceLock::new(),
            seen: Shelf::new(&store, "seen"),
            tenant,
            store,
        };
        fleet.enter().await?;
        fleet.recall().await?;
        Ok(fleet)
    }

    async fn recall(&self) -> Result<(), StoreError> {
        let (tenant, now_ms) = (&self.tenant, self.now_ms());
        let rooms = self.rooms.all(tenant).await?;
        for kept in &rooms {
            self.roster.place(tenant, kept.value.clone());
        }
        for kept in self.seen.all(tenant).await? {
            let Ok(id) = kept.name.parse() else { continue };
            let mut seen = kept.value;
            if seen.node.is_none() || self.cluster.is_none() {
                seen.presence.server_began(now_ms);
            }
            if !self.hub.is_up(tenant, &id) {
                self.roster.see(tenant, &id, |now| *now = seen);
            }
        }
        let rooms: Vec<Room> = rooms.into_iter().map(|kept| kept.value).collect();
        self.twin.settle(tenant, &rooms, now_ms).await?;
        self.commands.recall(tenant).await?;
        self.rollouts.recall(tenant).await
    }

    /// The wall clock, in milliseconds since 1970.
    #[must_use]
    pub fn now_ms(&self) -> i64 {
        (self.clock)()
    }

    /// It listens at this port now.
    pub fn listens(&self, port: u16) {
        // A server listens once.
        let _ = self.port.set(port);
    }

    /// Its own address, for links in what it sends.
    #[must_use]
    pub fn base(&self) -> String {
        let name = self.names.first().map_or("localhost", String::as_str);
        match self.port.get() {
            Some(443) | None => format!("https://{name}"),
            Some(port) => format!("https://{name}:{port}"),
        }
    }

    /// The certificate that those who come are shown (DER).
    #[must_use]
    pub fn shown(&self) -> Vec<u8> {
        self.shown
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Serves with a fresh certificate from now on.
    ///
    /// # Errors
    /// When none can be made.
    pub async fn renew_own(&self) -> Result<(), AuthorityError> {
        let at = (&self.store, &self.tenant);
        self.authority.refresh(at, SystemTime::now()).await?;
        let serving = self.authority.serving(SystemTime::now())?;
        *self.shown.write().unwrap_or_else(PoisonError::into_inner) = serving.certificate_der;
        self.tls.renew(serving.config);
        Ok(())
    }

    /// Writes down who does what, before it is done.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn note(
        &self,
        tenant: &TenantId,
        (who, what, to): (&str, &'static str, &str),
        more: &[(&str, &str)],
    ) -> Result<(), StoreError> {
        let more = more.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
        let act = Act {
            at_ms: self.now_ms(),
            who: who.to_owned(),
            what,
            to: to.to_owned(),
            more: more.collect::<BTreeMap<_, _>>(),
        };
        self.ledger.note(tenant, act).await.map(drop)
    }

    /// Takes a room in.
    ///
    /// # Errors
    /// See [`EnrolDesk::approve`].
    pub async fn approve(
        &self,
        on: Decision<'_>,
        approval: Approval,
        who: &str,
    ) -> Result<Room, EnrolError> {
        let Decision {
            tenant, request, ..
        } = on;
        // What cannot be done is not noted as done.
        self.enrol.may_approve(on, &approval, &self.rooms).await?;
        let act = (who, "room-approved", approval.room.as_str());
        self.note(tenant, act, &[("request", request)]).await?;
        let with = (&self.authority, &self.rooms);
        let (room, old) = self.enrol.approve(on, approval, with).await?;
        self.roster.place(tenant, room.clone());
        if old.is_some() {
            self.hub.end(tenant, &room.id, GoodbyeWhy::Revoked);
            // They were done with a key that counts no more.
            self.roster
                .see(tenant, &room.id, |seen| seen.misdeeds = Misdeeds::default());
        }
        self.settle(tenant, std::slice::from_ref(&room)).await?;
        Ok(room)
    }

    /// Signs a room's next certificate; the one that it has stays good until it comes with this one.
    ///
    /// # Errors
    /// When it is not enrolled (any more), or nothing can be signed or kept.
    pub async fn renew_room(
        &self,
        whose: &Whose,
        request: &Request,
    ) -> Result<RoomCertificate, EnrolError> {
        let (tenant, room) = whose;
        let mut kept = self
            .rooms
            .get(tenant, room)
            .await?
            .ok_or(EnrolError::Gone)?;
        let signed = self
            .authority
            .sign_room(request, (tenant, room), SystemTime::now())?;
        kept.value.next = Some(Certificate {
            serial: signed.serial.clone(),
            ends_s: signed.ends,
        });
        self.rooms.put(tenant, kept.revision, &kept.value).await?;
        self.roster.place(tenant, kept.value);
        Ok(signed)
    }

    /// Whether a certificate is one of an enrolled room's; a revoked or replaced one is not.
    #[must_use]
    pub fn is_welcome(&self, whose: &Whose, serial: &str) -> bool {
        let card = self.roster.card(&whose.0, &whose.1);
        card.is_some_and(|card| {
            let next = card.room.next.as_ref();
            card.room.certificate.serial == serial || next.is_some_and(|n| n.serial == serial)
        })
    }

    /// The same, asking the store where memory does not say so: another server may have taken the room in a moment ago.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn welcomes(&self, whose: &Whose, serial: &str) -> Result<bool, StoreError> {
        if self.cluster.is_some()
            && !self.is_welcome(whose, serial)
            && let Some(kept) = self.rooms.get(&whose.0, &whose.1).await?
        {
            self.roster.place(&whose.0, kept.value);
        }
        Ok(self.is_welcome(whose, serial))
    }

    /// Turns a room out: its certificate counts no more, and its line ends at once.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn turn_out(
        &self,
        tenant: &TenantId,
        room: &RoomId,
        who: &str,
    ) -> Result<(), StoreError> {
        self.note(tenant, (who, "room-turned-out", room.as_str()), &[])
            .await?;
        if let Some(kept) = self.rooms.get(tenant, room).await? {
            self.rooms.take(tenant, &kept).await?;
        }
        self.roster.remove(tenant, room);
        self.hub.end(tenant, room, GoodbyeWhy::Revoked);
        Ok(())
    }

    /// Says where a room is; its document follows.
    ///
    /// # Errors
    /// When somebody else changed it meanwhile, or the store fails.
    pub async fn place(
        &self,
        tenant: &TenantId,
        (id, name, place): (&RoomId, BoundedText, Place),
        who: &str,
    ) -> Result<(), StoreError> {
        let place_text = serde_json::to_string(&place).unwrap_or_default();
        self.note(
            tenant,
            (who, "room-placed", id.as_str()),
            &[("place", &place_text)],
        )
        .await?;
        let Some(mut kept) = self.rooms.get(tenant, id).await? else {
            return Err(StoreError::Conflict(Revision::ABSENT));
        };
        kept.value.name = name;
        kept.value.place = place;
        self.rooms.put(tenant, kept.revision, &kept.value).await?;
        self.roster.place(tenant, kept.value.clone());
        self.settle(tenant, std::slice::from_ref(&kept.value)).await
    }

    /// Says in which ring a room takes releases.
    ///
    /// # Errors
    /// When somebody else changed the room meanwhile, or the store fails.
    pub async fn move_to_ring(
        &self,
        tenant: &TenantId,
        (id, ring): (&RoomId, Slug),
        who: &str,
    ) -> Result<(), StoreError> {
        let act = (who, "room-ring", id.as_str());
        self.note(tenant, act, &[("ring", ring.as_str())]).await?;
        let Some(mut kept) = self.rooms.get(tenant, id).await? else {
            return Err(StoreError::Conflict(Revision::ABSENT));
        };
        kept.value.ring = ring;
        self.rooms.put(tenant, kept.revision, &kept.value).await?;
        self.roster.place(tenant, kept.value);
        Ok(())
    }

    /// Brings documents to what the texts say, and gives them to the rooms.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn settle(&self, tenant: &TenantId, rooms: &[Room]) -> Result<(), StoreError> {
        let changed = self.twin.settle(tenant, rooms, self.now_ms()).await?;
        if self.cluster.is_some() {
            // Every server hears of it from the store, this one too.
            return Ok(());
        }
        for (room, desired) in changed {
            // A room whose line is down is given it when it comes.
            let _ = self.hub.tell(tenant, &room, FromFleet::Desired(desired));
        }
        Ok(())
    }

    /// Tells a room to do something, unless the same was told before.
    ///
    /// # Errors
    /// See [`CommandDesk::take`].
    pub async fn tell(
        &self,
        (tenant, room): (&TenantId, &RoomId),
        wish: Wish,
    ) -> Result<Order, CommandError> {
        let (id, verb) = (wish.id.clone(), wish.verb.name());
        self.note(
            tenant,
            (&wish.by, "room-told", room.as_str()),
            &[("verb", verb), ("command", id.as_str())],
        )
        .await?;
        let online = self.can_reach(tenant, room).await?;
        let at = (tenant, room);
        let order = self
            .commands
            .take(at, wish, (online, self.now_ms()))
            .await?;
        if order.standing == crate::commands::Standing::Queued {
            let command = Box::new(order.command.clone());
            // What is queued goes at the latest when the line comes up.
            let _ = self.hub.tell(tenant, room, FromFleet::Command(command));
        }
        Ok(order)
    }

    /// Every enrolled room of a tenant.
    #[must_use]
    pub fn all_rooms(&self, tenant: &TenantId) -> Vec<Room> {
        let mut rooms = Vec::new();
        self.roster
            .each(tenant, |card| rooms.push(card.room.clone()));
        rooms
    }
}
