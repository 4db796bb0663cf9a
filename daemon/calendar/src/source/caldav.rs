//! Owns a CalDAV account (RFC 4791): finds its calendars from any address of it, and asks only for what changed,
//! by sync-collection (RFC 6578), else by ctag, else by listing, else by reading the calendar whole.
//!
//! Terms: a *collection* is one calendar of the account; an *item* is one resource in it; the *span* is the stretch of
//! time whose items were asked for; it moves on once a day.

mod ask;
mod discover;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use serde::{Deserialize, Serialize};
use tracing::debug;
use url::Url;

use super::{
    Fetched, ServerClock, SourceError,
    http::{Answer, Http, Request},
    parse_many,
    store::Memory,
    xml::{self, CALDAV, CALENDARSERVER, DAV, Multistatus},
};
use crate::zone::UnixMs;

/// The calendars of an account are looked for again after this long.
const REDISCOVER_MS: i64 = UnixMs::DAY;
/// Items of one collection together are not larger than this.
const MAX_ITEM_BYTES: usize = 16 << 20;
/// Items asked for in one go.
const MULTIGET: usize = 50;
/// Pages of one sync answer that are followed.
const MAX_PAGES: usize = 50;

/// One calendar of an account and all that is known of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Collection {
    #[serde(with = "url_text")]
    url: Url,
    token: Option<String>,
    ctag: Option<String>,
    /// Day number for which the span was asked for.
    day: i64,
    items: BTreeMap<String, Item>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Item {
    etag: Option<String>,
    text: ItemText,
}

/// The text of an item, shared and printed without its text.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
struct ItemText(Arc<str>);

impl From<String> for ItemText {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

impl From<ItemText> for String {
    fn from(text: ItemText) -> Self {
        text.0.as_ref().to_owned()
    }
}

impl std::fmt::Debug for ItemText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "<calendar, {} bytes>", self.0.len())
    }
}

/// An address as its text.
mod url_text {
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};
    use url::Url;

    pub(super) fn serialize<S: Serializer>(url: &Url, out: S) -> Result<S::Ok, S::Error> {
        out.serialize_str(url.as_str())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(text: D) -> Result<Url, D::Error> {
        Url::parse(&String::deserialize(text)?).map_err(D::Error::custom)
    }
}

impl Collection {
    fn new(url: Url) -> Self {
        Self {
            url,
            token: None,
            ctag: None,
            day: i64::MIN,
            items: BTreeMap::new(),
        }
    }

    pub(crate) fn texts(&self) -> impl Iterator<Item = Arc<str>> + '_ {
        self.items.values().map(|item| item.text.0.clone())
    }
}

/// What a server says of a collection before anything is asked.
#[derive(Debug, Default)]
struct Offer {
    token: Option<String>,
    ctag: Option<String>,
    can_sync: bool,
}

/// A CalDAV account.
#[derive(Debug)]
pub(super) struct CalDav {
    http: Http,
    base: Url,
    only: Vec<String>,
    collections: Vec<Collection>,
    found_at: Option<UnixMs>,
    clock: ServerClock,
    way: Way,
}

/// How the last change was learnt; the most expensive of all collections.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Way {
    /// Nothing had changed.
    Unchanged,
    /// By asking for what changed.
    Delta,
    /// By listing.
    Whole,
}

impl CalDav {
    pub(super) fn new(http: Http, base: Url, only: Vec<String>, memory: Option<&Memory>) -> Self {
        let collections = match memory {
            Some(Memory::CalDav { collections }) => collections.clone(),
            _ => Vec::new(),
        };
        Self {
            http,
            base,
            only,
            collections,
            found_at: None,
            clock: ServerClock::new(UnixMs(0)),
            way: Way::Unchanged,
        }
    }

    #[cfg(test)]
    pub(super) fn way(&self) -> Way {
        self.way
    }

    /// Makes the token that is known differ from the one on offer, as a change on the server does.
    #[cfg(test)]
    pub(super) fn forget_offer(&mut self) {
        for collection in &mut self.collections {
            collection.token = Some("before".into());
        }
    }

    pub(super) fn accept(&mut self, memory: &Memory) {
        if let Memory::CalDav { collections } = memory {
            self.collections.clone_from(collections);
        }
    }

    pub(super) async fn fetch(
        &mut self,
        now: UnixMs,
        clock: &mut ServerClock,
    ) -> Result<Fetched, SourceError> {
        self.clock = ServerClock::new(now);
        self.way = Way::Unchanged;
        let current = self.find_collections(now).await?;
        let mut next = Vec::new();
        for collection in &current {
            next.push(self.refresh(collection, now).await?);
        }
        clock.offset_ms = self.clock.offset_ms;
        if next == self.collections && !next.is_empty() {
            return Ok(Fetched::Unchanged);
        }
        let texts: Vec<Arc<str>> = next.iter().flat_map(Collection::texts).collect();
        Ok(Fetched::Changed {
            calendar: Arc::new(parse_many(texts).await?),
            memory: Box::new(Memory::CalDav { collections: next }),
        })
    }

    /// The collections to read: those known, or freshly found ones that keep what is known of them.
    async fn find_collections(&mut self, now: UnixMs) -> Result<Vec<Collection>, SourceError> {
        let recent = self.found_at.is_some_and(|at| now.0 - at.0 < REDISCOVER_MS);
        if recent && !self.collections.is_empty() {
            return Ok(self.collections.clone());
        }
        let found = self.discover().await?;
        self.found_at = Some(now);
        debug!(calendars = found.len(), "calendars of the account found");
        let known = |url: &Url| {
            self.collections
                .iter()
                .find(|known| known.url == *url)
                .cloned()
        };
        Ok(found
            .into_iter()
            .map(|url| known(&url).unwrap_or_else(|| Collection::new(url)))
            .collect())
    }

    async fn refresh(
        &mut self,
        known: &Collection,
        now: UnixMs,
    ) -> Result<Collection, SourceError> {
        let offer = match self.offer(&known.url).await {
            Ok(offer) => offer,
            Err(SourceError::NotFound) => {
                // The calendar is gone or has moved: look for the account's calendars anew next time.
                self.found_at = None;
                return Err(SourceError::NotFound);
            }
            Err(error) => return Err(error),
        };
        let day = now.0.div_euclid(UnixMs::DAY);
        if known.day == day {
            let same = |a: &Option<String>, b: &Option<String>| a.is_some() && a == b;
            if same(&known.token, &offer.token)
                || (offer.token.is_none() && same(&known.ctag, &offer.ctag))
            {
                return Ok(known.clone());
            }
            if offer.can_sync
                && let Some(token) = &known.token
                && let Some(next) = self.delta(known, token).await?
            {
                self.way = self.way.max(Way::Delta);
                return Ok(Collection {
                    ctag: offer.ctag,
                    ..next
                });
            }
        }
        self.way = Way::Whole;
        self.whole(known, offer, now).await
    }

    /// What changed since a token; `None` when the server has forgotten it.
    async fn delta(
        &mut self,
        known: &Collection,
        token: &str,
    ) -> Result<Option<Collection>, SourceError> {
        let mut next = known.clone();
        let mut changed: BTreeMap<String, Option<String>> = BTreeMap::new();
        let mut token = token.to_owned();
        for _ in 0..MAX_PAGES {
            let Some(page) = self.sync_page(&known.url, &token).await? else {
                return Ok(None);
            };
            let cut_off = self.take_page(&page, &mut next, &mut changed);
            match page.sync_token {
                Some(more) => token = more,
                None => return Ok(None),
            }
            if !cut_off {
                break;
            }
        }
        let wanted: Vec<String> = changed.keys().cloned().collect();
        debug!(changed = wanted.len(), "calendar changed");
        self.get_items(&mut next, wanted, &changed).await?;
        next.token = Some(token);
        Ok(Some(next))
    }

    /// Sorts a page into removed and changed items; true when the server has more to say (507).
    fn take_page(
        &self,
        page: &Multistatus,
        next: &mut Collection,
        changed: &mut BTreeMap<String, Option<String>>,
    ) -> bool {
        let mut cut_off = false;
        for resource in &page.resources {
            let Some(href) = href_in(&next.url, &resource.href) else {
                continue;
            };
            match resource.status {
                Some(404 | 410) => {
                    next.items.remove(&href);
                    changed.remove(&href);
                }
                Some(507) => cut_off = true,
                _ if is_self(&next.url, &href) => {}
                _ => {
                    let etag = resource.text(DAV, "getetag");
                    let same = etag.is_some()
                        && next.items.get(&href).is_some_and(|item| item.etag == etag);
                    if !same {
                        changed.insert(href, etag);
                    }
                }
            }
        }
        cut_off
    }

    /// Reads all items of the span, keeping those that are known already.
    async fn whole(
        &mut self,
        known: &Collection,
        offer: Offer,
        now: UnixMs,
    ) -> Result<Collection, SourceError> {
        let mut token = offer.token;
        if token.is_none() && offer.can_sync {
            // Taken before the list, so that nothing between the two is missed.
            token = self
                .sync_page(&known.url, "")
                .await?
                .and_then(|page| page.sync_token);
        }
        let mut next = Collection {
            url: known.url.clone(),
            token,
            ctag: offer.ctag,
            day: now.0.div_euclid(UnixMs::DAY),
            items: BTreeMap::new(),
        };
        let Some(listed) = self.list(&known.url, now).await? else {
            next.token = None;
            let text = self.get(&known.url).await?;
            crate::parse::parse(&text)?;
            next.items.insert(
                String::new(),
                Item {
                    etag: None,
                    text: text.into(),
                },
            );
            return Ok(next);
        };
        let mut wanted = BTreeSet::new();
        for (href, etag) in &listed {
            match known.items.get(href) {
                Some(item) if item.etag.is_some() && item.etag == *etag => {
                    next.items.insert(href.clone(), item.clone());
                }
                _ => {
                    wanted.insert(href.clone());
                }
            }
        }
        debug!(items = listed.len(), new = wanted.len(), "calendar listed");
        self.get_items(&mut next, wanted.into_iter().collect(), &listed)
            .await?;
        Ok(next)
    }

    async fn get_items(
        &mut self,
        next: &mut Collection,
        wanted: Vec<String>,
        etags: &BTreeMap<String, Option<String>>,
    ) -> Result<(), SourceError> {
        for hrefs in wanted.chunks(MULTIGET) {
            for (href, etag, text) in self.multiget(&next.url, hrefs).await? {
                let etag = etag.or_else(|| etags.get(&href).cloned().flatten());
                let text = text.into();
                next.items.insert(href, Item { etag, text });
            }
            let bytes: usize = next.items.values().map(|item| item.text.0.len()).sum();
            if bytes > MAX_ITEM_BYTES {
                let limit = MAX_ITEM_BYTES;
                return Err(SourceError::TooLarge { limit });
            }
        }
        Ok(())
    }

    async fn dav(&mut self, request: Request) -> Result<Answer, SourceError> {
        let answer = self.http.send(&request).await?;
        self.clock.heard(&answer);
        Ok(answer)
    }
}

/// The path of an item on the collection's server; `None` when it names another server.
fn href_in(collection: &Url, href: &str) -> Option<String> {
    let url = collection.join(href).ok()?;
    let same = (url.host_str(), url.port_or_known_default())
        == (collection.host_str(), collection.port_or_known_default());
    same.then(|| url.path().to_owned())
}

fn is_self(collection: &Url, href: &str) -> bool {
    collection.path().trim_end_matches('/') == href.trim_end_matches('/')
}
