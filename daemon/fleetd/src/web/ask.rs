//! A request as acts see it: who, what, in which language. Knows no act.

use super::refused::Refused;
use crate::authority::Peer;
use crate::fleet::Fleet;
use crate::people::{Caller, Right, Session};
use crate::rooms::{Card, Slug};
use axum::body::Bytes;
use axum::http::request::Parts;
use fleet_proto::{RoomId, TenantId};
use serde::de::DeserializeOwned;
use std::net::IpAddr;
use std::sync::Arc;
use texts::Language;

/// Who asks.
#[derive(Debug, Clone)]
pub enum Who {
    /// Nobody known.
    Nobody,
    /// A person who is signed in.
    Person(Session),
    /// A program with a token.
    Program(Caller),
    /// A room with its certificate.
    Room(Peer),
}

impl Who {
    /// The person or program.
    #[must_use]
    pub fn caller(&self) -> Option<&Caller> {
        match self {
            Who::Person(session) => Some(&session.caller),
            Who::Program(caller) => Some(caller),
            Who::Nobody | Who::Room(_) => None,
        }
    }
}

/// One request.
pub struct Ask {
    /// The server.
    pub fleet: Arc<Fleet>,
    /// Who asks; the door has been checked.
    pub who: Who,
    /// From where.
    pub from: IpAddr,
    /// What people read.
    pub language: Language,
    /// The head of the request.
    pub parts: Parts,
    /// Its body.
    pub body: Bytes,
    pub(super) path: Vec<(String, String)>,
    pub(super) fields: Vec<(String, String)>,
}

impl Ask {
    /// Whose rooms and people this is about.
    #[must_use]
    pub fn tenant(&self) -> &TenantId {
        match self.who.caller() {
            Some(caller) => &caller.tenant,
            None => &self.fleet.tenant,
        }
    }

    /// Who it is, for the audit.
    #[must_use]
    pub fn name(&self) -> &str {
        self.who.caller().map_or("", |caller| &caller.name)
    }

    /// A part of the address.
    #[must_use]
    pub fn part(&self, name: &str) -> &str {
        let found = self.path.iter().find(|(known, _)| known == name);
        found.map_or("", |(_, value)| value)
    }

    /// A field of the form, or of the address.
    #[must_use]
    pub fn field(&self, name: &str) -> &str {
        let found = self.fields.iter().find(|(known, _)| known == name);
        found.map_or("", |(_, value)| value.trim())
    }

    /// All fields of this name.
    pub fn fields_of(&self, name: &'static str) -> impl Iterator<Item = &str> {
        let found = self.fields.iter().filter(move |(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    /// A field as it was typed, blanks included: for passwords and texts.
    #[must_use]
    pub fn raw(&self, name: &str) -> &str {
        let found = self.fields.iter().find(|(known, _)| known == name);
        found.map_or("", |(_, value)| value)
    }

    /// The body as JSON.
    ///
    /// # Errors
    /// When it is of another shape.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Refused> {
        serde_json::from_slice(&self.body).map_err(|error| Refused::Bad(error.to_string()))
    }

    /// Whether the asker may do this on a site; `None` for what is no site's.
    #[must_use]
    pub fn may(&self, right: Right, site: Option<&Slug>) -> bool {
        let caller = self.who.caller();
        caller.is_some_and(|caller| caller.may(right, site))
    }

    /// Refuses when the asker may not do this there.
    ///
    /// # Errors
    /// Then.
    pub fn must(&self, right: Right, site: Option<&Slug>) -> Result<(), Refused> {
        match self.may(right, site) {
            true => Ok(()),
            false => Err(Refused::Forbidden),
        }
    }

    /// The room of the address, if the asker may look at it and do this with it. Others' rooms are as if they were not.
    ///
    /// # Errors
    /// When there is none, or the asker may not.
    pub fn room(&self, right: Right) -> Result<Card, Refused> {
        let id: RoomId = self.part("room").parse().map_err(|_| Refused::NotFound)?;
        let card = self.fleet.roster.card(self.tenant(), &id);
        let card = card.ok_or(Refused::NotFound)?;
        if !self.may(Right::Look, Some(&card.room.place.site)) {
            return Err(Refused::NotFound);
        }
        self.must(right, Some(&card.room.place.site))?;
        Ok(card)
    }

    /// The token that each form of this person carries.
    #[must_use]
    pub fn form_token(&self) -> &str {
        match &self.who {
            Who::Person(session) => &session.form_token,
            _ => "",
        }
    }
}
