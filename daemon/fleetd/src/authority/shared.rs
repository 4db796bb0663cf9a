//! The authority of servers that share a store: a document there, sealed like all others, so that every server can sign, a renewal by
//! one is a renewal for all, and a room sees the same certificate whichever of them it reaches. A server that is stolen without its
//! `store.key`, and a stolen disk of the cluster, can sign nothing.

use super::{Authority, AuthorityError, FILE, Home, Kept, VERSION, certificate, make};
use crate::kept;
use crate::store::{Kept as Document, Revision, Shelf, Store, StoreError};
use fleet_proto::TenantId;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

/// The kind of the document, of which there is one a tenant.
pub const KIND: &str = "authority";
const NAME: &str = "own";
/// Tries behind other servers that begin or renew at the same moment.
const TRIES: usize = 20;

/// Whose authority it is, and where it lies.
struct Place<'a> {
    shelf: Shelf<Kept>,
    tenant: &'a TenantId,
}

impl Place<'_> {
    async fn get(&self) -> Result<Option<Document<Kept>>, AuthorityError> {
        Ok(self.shelf.get(self.tenant, NAME).await?)
    }

    /// Whether it was written; not when another server was first.
    async fn put(&self, expected: Revision, kept: &Kept) -> Result<bool, AuthorityError> {
        match self.shelf.put((self.tenant, NAME), expected, kept).await {
            Ok(_) => Ok(true),
            Err(StoreError::Conflict(_)) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}

fn busy() -> AuthorityError {
    certificate("other servers change it all the time")
}

impl Authority {
    /// Opens the authority in the store. Where there is none, the one of the state folder is put there, so that rooms of a server that
    /// was alone stay enrolled; or a new one.
    ///
    /// # Errors
    /// When store or folder cannot be read, or a name is neither host name nor address.
    pub async fn open_shared(
        (store, tenant): (&Arc<dyn Store>, &TenantId),
        state: &Path,
        names: &[String],
        now: SystemTime,
    ) -> Result<Authority, AuthorityError> {
        let place = Place {
            shelf: Shelf::new(store, KIND),
            tenant,
        };
        for _ in 0..TRIES {
            let Some(document) = place.get().await? else {
                let kept = first(state, now)?;
                place.put(Revision::ABSENT, &kept).await?;
                continue;
            };
            let mut kept = document.value;
            if kept.version != VERSION {
                return Err(certificate(format!(
                    "version {} is not known",
                    kept.version
                )));
            }
            if let Some(server) = kept.server.clone().filter(|s| s.serves(names, now)) {
                return Authority::of(&kept, names, Home::Shared(Mutex::new(server)));
            }
            renew(&mut kept, names, now)?;
            place.put(document.revision, &kept).await?;
        }
        Err(busy())
    }

    /// Takes over what another server renewed, or renews for all.
    ///
    /// # Errors
    /// When the store cannot be read or written.
    pub async fn refresh(
        &self,
        (store, tenant): (&Arc<dyn Store>, &TenantId),
        now: SystemTime,
    ) -> Result<(), AuthorityError> {
        let Home::Shared(served) = &self.home else {
            return Ok(());
        };
        let place = Place {
            shelf: Shelf::new(store, KIND),
            tenant,
        };
        for _ in 0..TRIES {
            let document = place.get().await?;
            let mut document = document.ok_or_else(|| certificate("it is gone from the store"))?;
            if let Some(server) = &document.value.server
                && server.serves(&self.names, now)
            {
                *served.lock().unwrap_or_else(PoisonError::into_inner) = server.clone();
                return Ok(());
            }
            renew(&mut document.value, &self.names, now)?;
            place.put(document.revision, &document.value).await?;
        }
        Err(busy())
    }
}

fn first(state: &Path, now: SystemTime) -> Result<Kept, AuthorityError> {
    let path = state.join(FILE);
    let failed = |source| AuthorityError::State {
        path: path.clone(),
        source,
    };
    match kept::read(&path).map_err(failed)? {
        Some(bytes) => serde_json::from_slice(&bytes).map_err(|error| failed(error.into())),
        None => make(now),
    }
}

/// A fresh certificate of the servers, for the names of all of them: one server's may be more than another's.
fn renew(kept: &mut Kept, names: &[String], now: SystemTime) -> Result<(), AuthorityError> {
    let mut all = kept
        .server
        .take()
        .map(|server| server.names)
        .unwrap_or_default();
    all.extend(
        names
            .iter()
            .filter(|name| !all.contains(name))
            .cloned()
            .collect::<Vec<_>>(),
    );
    let signing = Authority::of(kept, &all, Home::File(Path::new(FILE).to_owned()))?;
    kept.server = Some(signing.server_certificate(all, now)?);
    Ok(())
}

impl super::KeptServer {
    fn serves(&self, names: &[String], now: SystemTime) -> bool {
        self.is_young(now) && names.iter().all(|name| self.names.contains(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Sqlite;
    use std::time::Duration;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[tokio::test]
    async fn every_server_signs_as_the_same_authority_and_shows_the_same_certificate() {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path();
        let store: Arc<dyn Store> = Arc::new(Sqlite::open(&state.join("fleet.db")).unwrap());
        let tenant = "own".parse().unwrap();
        let at = (&store, &tenant);
        let now = SystemTime::now();
        // What was a server alone is taken along.
        let alone = Authority::open(state, &names(&["fleet.example"]), now).unwrap();
        let a = Authority::open_shared(at, state, &names(&["fleet.example"]), now).await;
        let a = a.unwrap();
        assert_eq!(alone.ca_der(), a.ca_der());
        let elsewhere = tempfile::tempdir().unwrap();
        let more = names(&["fleet.example", "b.example"]);
        let b = Authority::open_shared(at, elsewhere.path(), &more, now).await;
        let b = b.unwrap();
        assert_eq!(a.ca_der(), b.ca_der());
        let shown = |one: &Authority| one.serving(now).unwrap().certificate_der;
        assert_ne!(shown(&a), shown(&b), "b serves another name, too");
        a.refresh(at, now).await.unwrap();
        assert_eq!(shown(&a), shown(&b));
        let later = now + Duration::from_secs(31 * 24 * 3600);
        let before = shown(&b);
        b.refresh(at, later).await.unwrap();
        a.refresh(at, later).await.unwrap();
        assert_ne!(shown(&b), before, "renewed");
        assert_eq!(shown(&a), shown(&b));
    }
}
