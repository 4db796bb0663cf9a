//! Rooms that are enrolled: where they are, how they were last seen, and whether their line is up. Knows no connection and no page.
//!
//! Terms: a *card* is everything that the server knows of one room; the *roster* is all cards, in memory; a *light* is a card in one
//! word.

mod card;
mod misdeed;
mod presence;
mod roster;
#[cfg(test)]
pub(crate) mod sample;
mod usage;

pub use card::{CLOCKS_APART_MS, Card, Light, Seen, Trouble};
pub use misdeed::{Misdeed, Misdeeds, Times};
pub use presence::{Late, Link, Presence};
pub use roster::{Counts, Roster};
pub use usage::{DAYS, Day, Usage};

use crate::store::{Kept, Revision, Shelf, Store, StoreError};
use fleet_proto::{BoundedText, RoomId, TenantId};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A room as it was enrolled and placed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Room {
    /// Its id.
    pub id: RoomId,
    /// What people call it.
    pub name: BoundedText,
    /// Where it is.
    pub place: Place,
    /// In which ring it takes releases; empty: with all others.
    #[serde(default, skip_serializing_if = "Slug::is_empty")]
    pub ring: Slug,
    /// When it was taken in, in milliseconds since 1970.
    pub enrolled_ms: i64,
    /// The certificate that it has; no other one is let in.
    pub certificate: Certificate,
    /// The one that it was given to renew that, until it comes with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<Certificate>,
}

/// Which certificate a room has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certificate {
    /// Its number, in hexadecimal.
    pub serial: String,
    /// When it ends, in seconds since 1970.
    pub ends_s: u64,
}

/// Where a room is, from large to small, and what it is; empty where nobody said.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Such as the town hall's grounds.
    pub site: Slug,
    /// A building of the site.
    pub building: Slug,
    /// A floor of the building.
    pub floor: Slug,
    /// What kind of room it is.
    pub kind: Slug,
}

/// A short name of a place or kind: small letters, digits and hyphens, at most 40; may be empty.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Slug(String);

impl Slug {
    /// Takes what people write: blanks become hyphens, letters small, umlauts two letters. `None` when something else is left.
    #[must_use]
    pub fn of(written: &str) -> Option<Slug> {
        let mut text = String::new();
        for letter in written.trim().to_lowercase().chars() {
            match letter {
                'ä' => text.push_str("ae"),
                'ö' => text.push_str("oe"),
                'ü' => text.push_str("ue"),
                'ß' => text.push_str("ss"),
                ' ' | '_' | '.' | '/' => text.push('-'),
                'a'..='z' | '0'..='9' | '-' => text.push(letter),
                _ => return None,
            }
        }
        (text.len() <= 40).then_some(Slug(text))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether nobody said.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl TryFrom<String> for Slug {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match Slug::of(&text).filter(|slug| slug.0 == text) {
            Some(slug) => Ok(slug),
            None => Err(format!("{text:?} is no short name")),
        }
    }
}

impl From<Slug> for String {
    fn from(slug: Slug) -> String {
        slug.0
    }
}

/// Rooms in the store.
pub struct Rooms(Shelf<Room>);

impl Rooms {
    /// In this store.
    #[must_use]
    pub fn new(store: &Arc<dyn Store>) -> Rooms {
        Rooms(Shelf::new(store, "rooms"))
    }

    /// One of them.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn get(
        &self,
        tenant: &TenantId,
        id: &RoomId,
    ) -> Result<Option<Kept<Room>>, StoreError> {
        self.0.get(tenant, id.as_str()).await
    }

    /// All of a tenant.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn all(&self, tenant: &TenantId) -> Result<Vec<Kept<Room>>, StoreError> {
        self.0.all(tenant).await
    }

    /// Writes one, if it still is at the expected revision.
    ///
    /// # Errors
    /// When it is not, or the store fails.
    pub async fn put(
        &self,
        tenant: &TenantId,
        expected: Revision,
        room: &Room,
    ) -> Result<Revision, StoreError> {
        self.0.put((tenant, room.id.as_str()), expected, room).await
    }

    /// Takes one away.
    ///
    /// # Errors
    /// When it is no longer at that revision, or the store fails.
    pub async fn take(&self, tenant: &TenantId, kept: &Kept<Room>) -> Result<(), StoreError> {
        self.0.take((tenant, &kept.name), kept.revision).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_written_as_people_write_them_and_kept_short() {
        let of = |text: &str| Slug::of(text).map(String::from);
        assert_eq!(of(" Rathaus Süd ").as_deref(), Some("rathaus-sued"));
        assert_eq!(of("2. OG").as_deref(), Some("2--og"));
        assert_eq!(of("").as_deref(), Some(""));
        assert_eq!(of("a*b"), None);
        assert!(serde_json::from_str::<Slug>("\"A\"").is_err());
    }
}
