//! Which versions were seen: the reason why an old pack, however well signed, cannot come back.

use crate::claim::{Claim, Kind};
use crate::seal::Refused;
use std::collections::BTreeMap;

/// The highest version of each pack that a room has used.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seen(BTreeMap<(Kind, String), u32>);

impl Seen {
    /// Says whether a pack counts, and keeps its version in mind when it does.
    ///
    /// # Errors
    /// It is not newer than the built-in one, or older than what was seen.
    pub fn admit(&mut self, claim: &Claim, built_in: Option<u32>) -> Result<(), Refused> {
        let version = claim.version;
        if let Some(built_in) = built_in.filter(|built_in| version <= *built_in) {
            return Err(Refused::NotNewer { version, built_in });
        }
        let key = (claim.kind, claim.service.clone());
        let seen = self.0.entry(key).or_insert(version);
        if version < *seen {
            return Err(Refused::RolledBack {
                version,
                seen: *seen,
            });
        }
        *seen = version;
        Ok(())
    }

    /// As claims, to be kept over a restart.
    pub fn claims(&self) -> impl Iterator<Item = Claim> {
        self.0.iter().map(|((kind, service), version)| Claim {
            kind: *kind,
            service: service.clone(),
            version: *version,
        })
    }
}

impl FromIterator<Claim> for Seen {
    fn from_iter<I: IntoIterator<Item = Claim>>(claims: I) -> Self {
        let mut seen = Seen::default();
        for claim in claims {
            let version = seen.0.entry((claim.kind, claim.service)).or_default();
            *version = claim.version.max(*version);
        }
        seen
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn join(version: u32) -> Claim {
        Claim {
            kind: Kind::Join,
            service: "zoom".into(),
            version,
        }
    }

    #[test]
    fn a_version_that_was_seen_is_never_undercut_not_even_after_a_restart() {
        let mut seen = Seen::default();
        assert_eq!(seen.admit(&join(7), Some(6)), Ok(()));
        assert_eq!(seen.admit(&join(7), Some(6)), Ok(()), "the same again");
        assert_eq!(seen.admit(&join(9), Some(6)), Ok(()));
        let mut restarted: Seen = seen.claims().collect();
        assert_eq!(restarted, seen);
        let back = Refused::RolledBack {
            version: 8,
            seen: 9,
        };
        assert_eq!(restarted.admit(&join(8), Some(6)), Err(back));
        let other = Claim {
            kind: Kind::Recognise,
            ..join(1)
        };
        assert_eq!(restarted.admit(&other, None), Ok(()), "another pack");
    }

    #[test]
    fn what_comes_with_the_daemon_is_never_undercut() {
        let mut seen = Seen::default();
        for version in [5, 6] {
            let refused = Refused::NotNewer {
                version,
                built_in: 6,
            };
            assert_eq!(seen.admit(&join(version), Some(6)), Err(refused));
        }
        assert_eq!(seen.claims().count(), 0, "what is refused leaves no trace");
    }
}
