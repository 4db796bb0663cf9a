//! People who sign in by a provider's word. Each has an account by issuer and subject, whose name no local account can have; it has no
//! password, and what it may do is what the provider's last word gives. Checks no token.

use super::account::{Account, Outside, PeopleError};
use super::brake::Locked;
use super::desk::PeopleDesk;
use super::roles::Grant;
use crate::secrets::digest;
use crate::store::{Revision, StoreError};
use fleet_proto::TenantId;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// Somebody else may write the same account at the same moment.
const TRIES: usize = 5;
const LONGEST_NAME: usize = 30;

/// Which account is whose.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Outsider {
    issuer: String,
    subject: String,
    name: String,
}

/// Somebody who comes from a provider.
#[derive(Debug, Clone)]
pub struct Comer {
    /// Which provider.
    pub issuer: String,
    /// Its own name for them.
    pub subject: String,
    /// What people call them.
    pub shown: String,
    /// What they may do.
    pub grants: Vec<Grant>,
}

impl PeopleDesk {
    /// Whether somebody may come back from a provider to here.
    ///
    /// # Errors
    /// When the brake holds.
    pub fn may_come(&self, from: IpAddr, now_ms: i64) -> Result<(), Locked> {
        self.comings().may_from(from, now_ms)
    }

    /// Somebody came with what was never given to them.
    pub fn came_wrong(&self, from: IpAddr, now_ms: i64) {
        self.comings().wrong_from(from, now_ms);
    }

    /// Whether an account is this server's own. What stands for years may hang on no other: a provider does not tell who has left.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn is_local(&self, tenant: &TenantId, name: &str) -> Result<bool, StoreError> {
        let kept = self.accounts.get(tenant, name).await?;
        Ok(kept.is_some_and(|kept| kept.value.outside.is_none()))
    }

    /// Signs somebody in whom a provider vouches for; the answer is the cookie and the account's name. What they may do is from now on what
    /// they bring, in all of their sessions: with nothing they are in none.
    ///
    /// # Errors
    /// When they may do nothing, their account is closed, or the store fails.
    pub async fn come_in(
        &self,
        tenant: &TenantId,
        comer: &Comer,
        now_ms: i64,
    ) -> Result<(String, String), PeopleError> {
        let name = self.name_of(tenant, comer).await?;
        for _ in 0..TRIES {
            match self.bring(tenant, (&name, comer), now_ms).await {
                Err(PeopleError::Store(StoreError::Conflict(_))) => {}
                other => {
                    other?;
                    let cookie = self.begin(tenant, &name, now_ms).await?;
                    return Ok((cookie, name));
                }
            }
        }
        Err(StoreError::Conflict(Revision::ABSENT).into())
    }

    async fn bring(
        &self,
        tenant: &TenantId,
        (name, comer): (&str, &Comer),
        now_ms: i64,
    ) -> Result<(), PeopleError> {
        let outside = Outside {
            issuer: comer.issuer.clone(),
            subject: comer.subject.clone(),
            shown: comer.shown.clone(),
            last_ms: now_ms,
        };
        let kept = self.accounts.get(tenant, name).await?;
        if kept.is_none() && comer.grants.is_empty() {
            return Err(PeopleError::Nothing);
        }
        let (revision, mut account) = match kept {
            Some(kept) => (kept.revision, kept.value),
            None => (Revision::ABSENT, fresh(name, now_ms)),
        };
        let known = account.outside.replace(outside);
        let same = |known: Outside| known.issuer == comer.issuer && known.subject == comer.subject;
        if revision != Revision::ABSENT && !known.is_some_and(same) {
            return Err(PeopleError::Name);
        }
        account.grants.clone_from(&comer.grants);
        let at = (tenant, name);
        self.accounts.put(at, revision, &account).await?;
        match (account.closed, account.grants.is_empty()) {
            (true, _) => Err(PeopleError::Closed),
            (_, true) => Err(PeopleError::Nothing),
            _ => Ok(()),
        }
    }

    /// The name that somebody's account has, or is going to have.
    async fn name_of(&self, tenant: &TenantId, comer: &Comer) -> Result<String, PeopleError> {
        let at = digest(&format!("{}\n{}", comer.issuer, comer.subject));
        if let Some(kept) = self.outsiders.get(tenant, &at).await? {
            return Ok(kept.value.name);
        }
        let name = format!("{}_{}", readable(&comer.shown), &at[..8]);
        if comer.grants.is_empty() {
            return Ok(name);
        }
        let outsider = Outsider {
            issuer: comer.issuer.clone(),
            subject: comer.subject.clone(),
            name: name.clone(),
        };
        match self
            .outsiders
            .put((tenant, &at), Revision::ABSENT, &outsider)
            .await
        {
            // They come twice at once, for the first time.
            Err(StoreError::Conflict(_)) => {
                let kept = self.outsiders.get(tenant, &at).await?;
                Ok(kept.map_or(name, |kept| kept.value.name))
            }
            other => other.map(|_| name).map_err(PeopleError::from),
        }
    }
}

fn fresh(name: &str, now_ms: i64) -> Account {
    Account {
        name: name.to_owned(),
        grants: Vec::new(),
        closed: false,
        made_ms: now_ms,
        password: String::new(),
        second: None,
        last_step: 0,
        outside: None,
    }
}

/// What people call somebody, in letters of an account's name. No local account has a `_`, which comes after it.
fn readable(shown: &str) -> String {
    let before = shown.split('@').next().unwrap_or_default().to_lowercase();
    let before = before
        .replace('ä', "ae")
        .replace('ö', "oe")
        .replace('ü', "ue")
        .replace('ß', "ss");
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '.';
    let name: String = before
        .chars()
        .map(|c| if fits(c) { c } else { '-' })
        .collect();
    let name: String = name
        .trim_matches(['-', '.'])
        .chars()
        .take(LONGEST_NAME)
        .collect();
    match name.is_empty() {
        true => "person".to_owned(),
        false => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_readable_in_letters_of_accounts() {
        for (shown, name) in [
            ("Jörg.Groß@stadt.example", "joerg.gross"),
            ("STADT\\anna", "stadt-anna"),
            ("../..", "person"),
            ("", "person"),
            ("Анна", "person"),
        ] {
            assert_eq!(readable(shown), name, "{shown}");
        }
        assert_eq!(readable(&"a".repeat(90)).len(), LONGEST_NAME);
    }
}
