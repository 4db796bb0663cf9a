//! Texts of levels and documents of rooms in the store. A text is written first and the documents follow from it, so that a server
//! that ends in between makes up for it at its next start.
//!
//! Invariants: a room's document changes its revision when, and only when, it says something else. What some rooms of a level try
//! first is said to no other room before it is opened to all.

use super::{BadText, Difference, Level, Merged, difference, merge, read};
use crate::rooms::Room;
use crate::store::{Revision, Shelf, Store, StoreError};
use fleet_proto::{Desired, RoomId, TenantId};
use futures_util::StreamExt as _;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Documents that are written beside each other.
const AT_ONCE: usize = 128;
/// Earlier writings of a text that are kept to go back to.
const EARLIER: usize = 20;

/// The text of a level.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Template {
    /// TOML.
    pub text: String,
    /// Which writing it is, from 1 on.
    pub writing: u64,
    /// Who wrote it.
    pub by: String,
    /// When, in milliseconds since 1970.
    pub at_ms: i64,
    /// What stood there before, the newest first.
    pub earlier: Vec<Earlier>,
    /// Who has it so far; nobody in particular: all rooms of the level.
    #[serde(default)]
    pub tried: Option<Tried>,
}

/// Rooms that have a text before the others of its level.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tried {
    /// Which, by their ids.
    pub rooms: BTreeSet<RoomId>,
    /// What the others have meanwhile.
    pub others: String,
}

impl Template {
    /// What stands there for a room of the level.
    #[must_use]
    pub fn for_room(&self, room: &RoomId) -> &str {
        match &self.tried {
            Some(tried) if !tried.rooms.contains(room) => &tried.others,
            Some(_) | None => &self.text,
        }
    }

    /// What stands there for all rooms that try nothing.
    fn for_most(&self) -> &str {
        self.tried
            .as_ref()
            .map_or(&self.text, |tried| &tried.others)
    }
}

/// An earlier writing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Earlier {
    /// TOML.
    pub text: String,
    /// Which writing it was.
    pub writing: u64,
    /// Who wrote it.
    pub by: String,
    /// When.
    pub at_ms: i64,
}

/// What a room is given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DesiredDoc {
    /// The document.
    pub desired: Desired,
    /// Since when, in milliseconds since 1970.
    pub at_ms: i64,
}

/// What a text would change in one room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Effect {
    /// Which room.
    pub room: RoomId,
    /// What.
    pub changes: Vec<Difference>,
}

/// Why a text was not taken.
#[derive(Debug, thiserror::Error)]
pub enum TwinError {
    /// What it says.
    #[error(transparent)]
    Text(#[from] BadText),
    /// Together with the texts of other levels it does not fit one of the rooms.
    #[error("{room}: {bad}")]
    Whole {
        /// Which room.
        room: RoomId,
        /// Why.
        bad: BadText,
    },
    /// Somebody else wrote meanwhile.
    #[error("somebody else has changed this text meanwhile")]
    Stale,
    /// There is nothing to go back to.
    #[error("there is no earlier text")]
    NothingEarlier,
    /// Nobody was named to try it first, or it is being tried by nobody.
    #[error("no room tries it")]
    NobodyTries,
    /// Whoever was named to try it has no part in the level.
    #[error("{0} is no room of this level")]
    NotOfLevel(String),
    /// The store.
    #[error(transparent)]
    Store(StoreError),
}

impl From<StoreError> for TwinError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict(_) => TwinError::Stale,
            error => TwinError::Store(error),
        }
    }
}

/// Who writes, when, and for which rooms.
#[derive(Debug, Clone, Copy)]
pub struct Author<'a> {
    /// Whose rooms they are.
    pub tenant: &'a TenantId,
    /// All rooms that there are.
    pub rooms: &'a [Room],
    /// By name.
    pub by: &'a str,
    /// By the server's clock.
    pub now_ms: i64,
}

/// All texts and documents.
pub struct TwinDesk {
    templates: Shelf<Template>,
    desired: Shelf<DesiredDoc>,
}

type Texts = BTreeMap<Level, Template>;

impl TwinDesk {
    /// In this store.
    #[must_use]
    pub fn new(store: &Arc<dyn Store>) -> TwinDesk {
        TwinDesk {
            templates: Shelf::new(store, "templates"),
            desired: Shelf::new(store, "desired"),
        }
    }

    /// All texts.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn templates(
        &self,
        tenant: &TenantId,
    ) -> Result<BTreeMap<Level, Template>, StoreError> {
        let all = self.templates.all(tenant).await?;
        let named = |name: &str| Level::of_name(name);
        Ok(all
            .into_iter()
            .filter_map(|kept| Some((named(&kept.name)?, kept.value)))
            .collect())
    }

    /// The text of a level; an empty one of writing 0 where nobody wrote.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn template(&self, tenant: &TenantId, level: &Level) -> Result<Template, StoreError> {
        let kept = self.templates.get(tenant, &level.to_string()).await?;
        Ok(kept.map(|kept| kept.value).unwrap_or_default())
    }

    /// What a room is given.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn desired(
        &self,
        tenant: &TenantId,
        room: &RoomId,
    ) -> Result<Option<DesiredDoc>, StoreError> {
        let kept = self.desired.get(tenant, room.as_str()).await?;
        Ok(kept.map(|kept| kept.value))
    }

    /// What the texts of a room's levels make together, and where each setting comes from.
    ///
    /// # Errors
    /// When one of them cannot be read, or the store fails.
    pub async fn merged(&self, tenant: &TenantId, room: &Room) -> Result<Merged, TwinError> {
        Ok(whole(&self.templates(tenant).await?, room)?)
    }

    /// What a text would change, room by room; those in which it changes nothing are left out.
    ///
    /// # Errors
    /// When the text is none, or does not fit one of the rooms.
    pub async fn preview(
        &self,
        tenant: &TenantId,
        (level, text): (&Level, &str),
        rooms: &[Room],
    ) -> Result<Vec<Effect>, TwinError> {
        read(text)?;
        let before = self.templates(tenant).await?;
        let mut after = before.clone();
        let all_of_it = Template {
            text: text.to_owned(),
            ..Template::default()
        };
        after.insert(level.clone(), all_of_it);
        let mut effects = Vec::new();
        for room in rooms.iter().filter(|room| level.holds(room)) {
            let then = whole(&after, room).map_err(|bad| TwinError::Whole {
                room: room.id.clone(),
                bad,
            })?;
            let now = whole(&before, room).unwrap_or_default();
            let changes = difference(&now.text, &then.text);
            if !changes.is_empty() {
                effects.push(Effect {
                    room: room.id.clone(),
                    changes,
                });
            }
        }
        Ok(effects)
    }

    /// Writes the text of a level over the writing that its author saw, for all of its rooms. Documents of rooms follow with
    /// [`TwinDesk::settle`].
    ///
    /// # Errors
    /// When somebody else wrote meanwhile, the text is none, or does not fit one of the rooms.
    pub async fn write(
        &self,
        author: Author<'_>,
        what: (&Level, &str, u64),
    ) -> Result<Template, TwinError> {
        self.put(author, what, BTreeSet::new()).await
    }

    /// The same for these rooms of the level alone, until it is opened to all or undone.
    ///
    /// # Errors
    /// As for [`TwinDesk::write`], and when there are none, or one is no room of the level.
    pub async fn try_first(
        &self,
        author: Author<'_>,
        (level, text, over): (&Level, &str, u64),
        first: BTreeSet<RoomId>,
    ) -> Result<Template, TwinError> {
        may_try(level, author.rooms, &first)?;
        self.put(author, (level, text, over), first).await
    }

    /// Opens to all rooms of the level what some have tried, when it is still the writing that its author saw.
    ///
    /// # Errors
    /// When nobody tries it, or somebody else wrote meanwhile.
    pub async fn open(
        &self,
        author: Author<'_>,
        (level, over): (&Level, u64),
    ) -> Result<Template, TwinError> {
        let now = self.template(author.tenant, level).await?;
        match (&now.tried, now.writing == over) {
            (Some(_), true) => self.write(author, (level, &now.text, over)).await,
            (Some(_), false) => Err(TwinError::Stale),
            (None, _) => Err(TwinError::NobodyTries),
        }
    }

    async fn put(
        &self,
        author: Author<'_>,
        (level, text, over): (&Level, &str, u64),
        first: BTreeSet<RoomId>,
    ) -> Result<Template, TwinError> {
        let tenant = author.tenant;
        self.preview(tenant, (level, text), author.rooms).await?;
        let name = level.to_string();
        let kept = self.templates.get(tenant, &name).await?;
        let (expected, before) = match kept {
            Some(kept) => (kept.revision, kept.value),
            None => (Revision::ABSENT, Template::default()),
        };
        if before.writing != over {
            return Err(TwinError::Stale);
        }
        let others = before.for_most().to_owned();
        let template = Template {
            text: text.to_owned(),
            writing: over + 1,
            by: author.by.to_owned(),
            at_ms: author.now_ms,
            earlier: earlier(before, text),
            tried: (!first.is_empty()).then_some(Tried {
                rooms: first,
                others,
            }),
        };
        self.templates
            .put((tenant, &name), expected, &template)
            .await?;
        Ok(template)
    }

    /// Writes what stood there before the writing that its author saw; an empty text where that was the first.
    ///
    /// # Errors
    /// As for [`TwinDesk::write`], and when nothing was ever written.
    pub async fn undo(
        &self,
        author: Author<'_>,
        (level, over): (&Level, u64),
    ) -> Result<Template, TwinError> {
        let now = self.template(author.tenant, level).await?;
        if now.writing == 0 {
            return Err(TwinError::NothingEarlier);
        }
        let text = match &now.tried {
            Some(tried) => &tried.others,
            None => now.earlier.first().map_or("", |earlier| &earlier.text),
        };
        self.write(author, (level, text, over)).await
    }

    /// Brings the documents of these rooms to what the texts say. The answer has those that changed.
    ///
    /// # Errors
    /// When the store fails. A room whose texts do not go together keeps what it has.
    pub async fn settle(
        &self,
        tenant: &TenantId,
        rooms: &[Room],
        now_ms: i64,
    ) -> Result<Vec<(RoomId, Desired)>, StoreError> {
        let texts = self.templates(tenant).await?;
        let given = rooms.iter().filter_map(|room| {
            let text = whole(&texts, room).ok()?.text;
            Some(async move {
                let given = self.give((tenant, &room.id), text, now_ms).await?;
                Ok::<_, StoreError>(given.map(|desired| (room.id.clone(), desired)))
            })
        });
        let given: Vec<_> = given.collect();
        // Beside each other, so that the store writes many at once.
        let mut given = futures_util::stream::iter(given).buffer_unordered(AT_ONCE);
        let mut changed = Vec::new();
        while let Some(one) = given.next().await {
            changed.extend(one?);
        }
        Ok(changed)
    }

    async fn give(
        &self,
        (tenant, room): (&TenantId, &RoomId),
        settings: String,
        now_ms: i64,
    ) -> Result<Option<Desired>, StoreError> {
        let at = (tenant, room.as_str());
        loop {
            let kept = self.desired.get(tenant, room.as_str()).await?;
            let (expected, revision) = match &kept {
                Some(kept) if kept.value.desired.settings == settings => return Ok(None),
                Some(kept) => (kept.revision, kept.value.desired.revision),
                // A room that nobody ever set runs with its own file.
                None if settings.is_empty() => return Ok(None),
                None => (Revision::ABSENT, fleet_proto::Revision(0)),
            };
            let desired = Desired {
                revision: revision.next(),
                settings: settings.clone(),
            };
            let doc = DesiredDoc {
                desired: desired.clone(),
                at_ms: now_ms,
            };
            match self.desired.put(at, expected, &doc).await {
                Ok(_) => return Ok(Some(desired)),
                // Another server brought it up to date; it is looked at anew.
                Err(StoreError::Conflict(_)) => {}
                Err(error) => return Err(error),
            }
        }
    }
}

/// Whether these rooms can try a text of the level first.
///
/// # Errors
/// When there are none, or one is no room of the level.
pub fn may_try(level: &Level, rooms: &[Room], first: &BTreeSet<RoomId>) -> Result<(), TwinError> {
    if first.is_empty() {
        return Err(TwinError::NobodyTries);
    }
    let held = |id: &RoomId| rooms.iter().any(|r| r.id == *id && level.holds(r));
    match first.iter().find(|id| !held(id)) {
        Some(stranger) => Err(TwinError::NotOfLevel(stranger.to_string())),
        None => Ok(()),
    }
}

/// What can be gone back to after another text. What was only tried never stood there for all, and is not among it.
fn earlier(before: Template, text: &str) -> Vec<Earlier> {
    let mut earlier = before.earlier;
    if before.tried.is_some() {
        // Undone: what comes back is no earlier writing of itself.
        if earlier.first().is_some_and(|newest| newest.text == text) {
            earlier.remove(0);
        }
    } else if before.writing > 0 {
        let newest = Earlier {
            text: before.text,
            writing: before.writing,
            by: before.by,
            at_ms: before.at_ms,
        };
        earlier.insert(0, newest);
        earlier.truncate(EARLIER);
    }
    earlier
}

fn whole(texts: &Texts, room: &Room) -> Result<Merged, BadText> {
    let mut tables = Vec::new();
    for level in Level::of(room) {
        if let Some(template) = texts.get(&level) {
            let text = read(template.for_room(&room.id))?;
            tables.push((level, text));
        }
    }
    merge(&tables)
}
