//! Sign-ins that were begun and have not come back. Each is taken once, and there are so many places and no more: whoever begins sign-ins
//! without an end fills neither store nor memory.

use crate::enrol::network;
use crate::secrets::{digest, same, secret};
use crate::store::{Kept, Revision, Shelf, Store, StoreError};
use fleet_proto::TenantId;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;

/// Somebody types a password and a second factor within this.
pub(super) const LASTS_MS: i64 = 600_000;
/// Places of all.
const PLACES: usize = 1_000;
/// Places of one network at a time.
const OF_ONE_NETWORK: usize = 50;
/// Others may take the same place at the same moment.
const TRIES: usize = 5;

/// One of them.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Waiting {
    /// Digest of what comes back.
    state: String,
    /// Digest of what the browser keeps.
    browser: String,
    /// What the token has to say.
    pub nonce: String,
    /// What the code is redeemed with.
    pub verifier: String,
    /// With which provider.
    pub issuer: String,
    /// In which language it was begun: the cookie that says so does not come back from another site.
    pub language: String,
    network: IpAddr,
    until_ms: i64,
    spent: bool,
}

impl Waiting {
    fn is_open(&self, now_ms: i64) -> bool {
        !self.spent && self.until_ms > now_ms
    }
}

/// There is no place, or it was never begun, or not here.
#[derive(Debug, thiserror::Error)]
pub(super) enum NotWaiting {
    #[error("all places are taken")]
    Full,
    #[error("it was never begun")]
    Unknown,
    #[error("it is used, or too old")]
    Spent,
    #[error("another browser began it")]
    OtherBrowser,
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Who begins one.
#[derive(Debug, Clone, Copy)]
pub struct Start<'a> {
    /// From where.
    pub from: IpAddr,
    /// What the browser kept of an earlier one.
    pub cookie: Option<&'a str>,
    /// What people read.
    pub language: &'a str,
    /// By the server's clock.
    pub now_ms: i64,
}

/// What a browser takes along.
pub(super) struct Begun {
    pub state: String,
    pub cookie: String,
    pub nonce: String,
    pub verifier: String,
}

pub(super) struct Places(Shelf<Waiting>);

impl Places {
    pub fn new(store: &Arc<dyn Store>) -> Places {
        Places(Shelf::new(store, "oidc-waiting"))
    }

    /// Begins one. A browser that has a cookie keeps it, so that sign-ins in two of its tabs do not end each other.
    pub async fn begin(
        &self,
        tenant: &TenantId,
        start: Start<'_>,
        issuer: &str,
    ) -> Result<Begun, NotWaiting> {
        let cookie = start.cookie.filter(|cookie| is_secret(cookie));
        let cookie = cookie.map_or_else(secret, str::to_owned);
        for _ in 0..TRIES {
            let word = secret();
            let waiting = Waiting {
                state: digest(&word),
                browser: digest(&cookie),
                nonce: secret(),
                verifier: secret(),
                issuer: issuer.to_owned(),
                language: start.language.to_owned(),
                network: network(start.from),
                until_ms: start.now_ms + LASTS_MS,
                spent: false,
            };
            let (place, revision) = self.free(tenant, waiting.network, start.now_ms).await?;
            match self.0.put((tenant, &place), revision, &waiting).await {
                Err(StoreError::Conflict(_)) => continue,
                other => other?,
            };
            return Ok(Begun {
                state: format!("{place}.{word}"),
                cookie,
                nonce: waiting.nonce,
                verifier: waiting.verifier,
            });
        }
        Err(NotWaiting::Full)
    }

    async fn free(
        &self,
        tenant: &TenantId,
        from: IpAddr,
        now_ms: i64,
    ) -> Result<(String, Revision), NotWaiting> {
        let all = self.0.all(tenant).await?;
        let counts = |kept: &&Kept<Waiting>| kept.value.until_ms > now_ms;
        let own = all
            .iter()
            .filter(counts)
            .filter(|kept| kept.value.network == from);
        if own.count() >= OF_ONE_NETWORK {
            return Err(NotWaiting::Full);
        }
        let taken: HashMap<&str, &Kept<Waiting>> =
            all.iter().map(|kept| (&*kept.name, kept)).collect();
        // From somewhere in the middle: two who begin at once do not look at the same place.
        let first = rand::random::<u16>() as usize;
        for place in 0..PLACES {
            let place = format!("{:03}", (first + place) % PLACES);
            match taken.get(&*place) {
                None => return Ok((place, Revision::ABSENT)),
                Some(kept) if !counts(kept) => return Ok((place, kept.revision)),
                Some(_) => {}
            }
        }
        Err(NotWaiting::Full)
    }

    /// Takes one: a state that some browser with a cookie brought counts no more, whichever browser that is. Its place stays taken for its
    /// time, so that whoever reloads a page is told apart from whoever guesses, and failures of one network have an end as well.
    pub async fn take(
        &self,
        tenant: &TenantId,
        (state, cookies): (&str, &[&str]),
        now_ms: i64,
    ) -> Result<Kept<Waiting>, NotWaiting> {
        if cookies.is_empty() {
            return Err(NotWaiting::OtherBrowser);
        }
        let (place, word) = state.split_once('.').ok_or(NotWaiting::Unknown)?;
        if place.len() != 3 || !is_secret(word) {
            return Err(NotWaiting::Unknown);
        }
        let found = self.0.get(tenant, place).await?;
        let mut kept = found.ok_or(NotWaiting::Unknown)?;
        if !same(kept.value.state.as_bytes(), digest(word).as_bytes()) {
            return Err(NotWaiting::Unknown);
        }
        if !kept.value.is_open(now_ms) {
            return Err(NotWaiting::Spent);
        }
        kept.value.spent = true;
        let at = (tenant, place);
        match self.0.put(at, kept.revision, &kept.value).await {
            Err(StoreError::Conflict(_)) => return Err(NotWaiting::Spent),
            other => kept.revision = other?,
        };
        let own = |cookie: &&&str| same(kept.value.browser.as_bytes(), digest(cookie).as_bytes());
        match cookies.iter().any(|cookie| own(&cookie)) {
            true => Ok(kept),
            false => Err(NotWaiting::OtherBrowser),
        }
    }

    /// Gives the place of one that ended well to the next.
    pub async fn ended_well(
        &self,
        tenant: &TenantId,
        mut taken: Kept<Waiting>,
    ) -> Result<(), StoreError> {
        taken.value.until_ms = 0;
        let at = (tenant, taken.name.as_str());
        self.0.put(at, taken.revision, &taken.value).await.map(drop)
    }
}

fn is_secret(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|c| c.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Sqlite;

    fn places(folder: &tempfile::TempDir) -> (Places, TenantId) {
        let store = Sqlite::open(&folder.path().join("fleet.db")).unwrap();
        let store: Arc<dyn Store> = Arc::new(store);
        (Places::new(&store), "own".parse().unwrap())
    }

    async fn begun(
        places: &Places,
        tenant: &TenantId,
        host: u8,
        now_ms: i64,
    ) -> Result<Begun, NotWaiting> {
        let start = Start {
            from: IpAddr::from([10, 0, 0, host]),
            cookie: None,
            language: "de",
            now_ms,
        };
        places.begin(tenant, start, "https://a.example").await
    }

    #[tokio::test]
    async fn a_state_counts_once_within_ten_minutes_and_in_its_browser() {
        let folder = tempfile::tempdir().unwrap();
        let (places, tenant) = places(&folder);
        let one = begun(&places, &tenant, 1, 0).await.unwrap();
        let taken = places
            .take(&tenant, (&one.state, &[&one.cookie]), LASTS_MS - 1)
            .await;
        assert_eq!(taken.unwrap().value.nonce, one.nonce);
        let again = places.take(&tenant, (&one.state, &[&one.cookie]), 1).await;
        assert!(matches!(again, Err(NotWaiting::Spent)));
        let two = begun(&places, &tenant, 1, 0).await.unwrap();
        let late = places
            .take(&tenant, (&two.state, &[&two.cookie]), LASTS_MS)
            .await;
        assert!(matches!(late, Err(NotWaiting::Spent)));
        let other = places.take(&tenant, (&two.state, &[&one.cookie]), 1).await;
        assert!(matches!(other, Err(NotWaiting::OtherBrowser)));
        let spent = places.take(&tenant, (&two.state, &[&two.cookie]), 1).await;
        assert!(matches!(spent, Err(NotWaiting::Spent)));
    }

    #[tokio::test]
    async fn one_network_does_not_take_all_places_and_old_ones_are_used_again() {
        let folder = tempfile::tempdir().unwrap();
        let (places, tenant) = places(&folder);
        for _ in 0..OF_ONE_NETWORK {
            begun(&places, &tenant, 1, 0).await.unwrap();
        }
        assert!(matches!(
            begun(&places, &tenant, 1, 0).await,
            Err(NotWaiting::Full)
        ));
        assert!(begun(&places, &tenant, 2, 0).await.is_ok());
        let other = begun(&places, &tenant, 2, 0).await.unwrap();
        for _ in 2..OF_ONE_NETWORK {
            begun(&places, &tenant, 2, 0).await.unwrap();
        }
        let taken = places
            .take(&tenant, (&other.state, &[&other.cookie]), 1)
            .await;
        let full = begun(&places, &tenant, 2, 1).await;
        assert!(matches!(full, Err(NotWaiting::Full)), "what failed counts");
        places.ended_well(&tenant, taken.unwrap()).await.unwrap();
        assert!(begun(&places, &tenant, 2, 1).await.is_ok());
        assert!(begun(&places, &tenant, 1, LASTS_MS).await.is_ok());
        assert!(places.0.all(&tenant).await.unwrap().len() <= PLACES);
    }

    #[tokio::test]
    async fn nonsense_is_no_state() {
        let folder = tempfile::tempdir().unwrap();
        let (places, tenant) = places(&folder);
        let nought = format!("001.{}", "0".repeat(64));
        for state in ["", ".", "001.", "../../x.y", "001.zz", &nought] {
            let taken = places.take(&tenant, (state, &["x"]), 0).await;
            assert!(matches!(taken, Err(NotWaiting::Unknown)), "{state}");
        }
    }
}
