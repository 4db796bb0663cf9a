//! The server's signed list and its releases, as a room fetches them: in which order, how much of each, and what is kept over restarts.
//! What is trusted is decided in `releases`; where files come from is somebody else's business.

use chrono::{DateTime, Utc};
use releases::{Listed, Pinned, Refused, Remembering, Role, TargetName, Trust, limit};

/// No server has changed its keys more often since a room was last there; a hostile one could lead on for ever.
const ROOTS: usize = 32;

/// Gives files of the server's releases by their names.
pub trait Fetch {
    /// Why there is none.
    type Error: std::error::Error + Send + Sync + 'static;

    /// At most one byte more than `most`; `None` when there is no such file.
    fn fetch(
        &self,
        name: &str,
        most: u64,
    ) -> impl Future<Output = Result<Option<Vec<u8>>, Self::Error>> + Send;
}

/// Why there is no release.
#[derive(Debug, thiserror::Error)]
pub enum NotFetched<E: std::error::Error> {
    /// What came is not to be trusted.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The server has not what its own list names, or nothing at all.
    #[error("the server has no {0}")]
    Missing(String),
    /// The way there.
    #[error("{0}")]
    Way(E),
}

/// The signed list as far as it is trusted.
#[derive(Debug, Clone)]
pub struct Repository {
    trust: Trust,
    remembering: Remembering,
}

impl Repository {
    /// Begins with the root that was given by hand and what is remembered under it. Under another root nothing is remembered.
    ///
    /// # Errors
    /// When the given root is none.
    pub fn open(given: &[u8], remembering: Remembering) -> Result<Repository, Refused> {
        match remembering.recall(given)? {
            Some(trust) => Ok(Repository { trust, remembering }),
            None => Ok(Repository {
                trust: Trust::begin(given)?,
                remembering: Remembering::default(),
            }),
        }
    }

    /// To be kept.
    #[must_use]
    pub fn remembering(&self) -> &Remembering {
        &self.remembering
    }

    /// Fetches what is newer. What was trusted until then is kept, also where something behind it is refused.
    ///
    /// # Errors
    /// See [`NotFetched`].
    pub async fn renew<F: Fetch>(
        &mut self,
        from: &F,
        now: DateTime<Utc>,
    ) -> Result<(), NotFetched<F::Error>> {
        for _ in 0..ROOTS {
            let name = format!("{}.root.json", self.trust.root_version() + 1);
            let Some(root) = from
                .fetch(&name, limit(Role::Root))
                .await
                .map_err(NotFetched::Way)?
            else {
                break;
            };
            self.trust.next_root(&root)?;
            self.remembering.roots.push(text(root));
        }
        let timestamp = get(from, "timestamp.json", limit(Role::Timestamp)).await?;
        // One after the other on a copy: of a mixture nothing is remembered.
        let mut trust = self.trust.clone();
        trust.timestamp(&timestamp, now)?;
        let wanted = pinned(Role::Snapshot, trust.wanted_snapshot());
        let snapshot = get(from, &wanted.0, wanted.1).await?;
        trust.snapshot(&snapshot, now)?;
        let wanted = pinned(Role::Targets, trust.wanted_targets());
        let targets = get(from, &wanted.0, wanted.1).await?;
        trust.targets(&targets, now)?;
        self.trust = trust;
        self.remembering.timestamp = text(timestamp);
        self.remembering.snapshot = text(snapshot);
        self.remembering.targets = text(targets);
        Ok(())
    }

    /// A release of the list with what the signer says of it; `most` bytes at most, whatever the list says.
    ///
    /// # Errors
    /// See [`NotFetched`].
    pub async fn release<F: Fetch>(
        &self,
        from: &F,
        (name, most): (&TargetName, u64),
        now: DateTime<Utc>,
    ) -> Result<(Vec<u8>, Listed), NotFetched<F::Error>> {
        let listed = self.trust.listed(name, now)?.clone();
        if listed.length > most {
            let what = name.to_string();
            return Err(Refused::Oversized { what, most }.into());
        }
        let file = format!("targets/{}", listed.hashes.sha256);
        let bytes = get(from, &file, listed.length).await?;
        listed.is(name, &bytes)?;
        Ok((bytes, listed))
    }

    /// What is trusted.
    #[must_use]
    pub fn trust(&self) -> &Trust {
        &self.trust
    }
}

fn pinned(role: Role, wanted: Option<&Pinned>) -> (String, u64) {
    // A timestamp or snapshot that was just trusted names one.
    let (version, length) = wanted.map_or((0, 0), |pinned| (pinned.version, pinned.length));
    let most = length.min(limit(role));
    (format!("{version}.{}.json", role.word()), most)
}

async fn get<F: Fetch>(from: &F, name: &str, most: u64) -> Result<Vec<u8>, NotFetched<F::Error>> {
    let found = from.fetch(name, most).await.map_err(NotFetched::Way)?;
    found.ok_or_else(|| NotFetched::Missing(name.to_owned()))
}

/// Metadata that was trusted was JSON, hence text.
fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_default()
}
