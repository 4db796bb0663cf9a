//! Accounts, invitations, sessions and tokens in the store. Draws nothing and speaks no HTTP.
//!
//! Invariant: what proves somebody (cookie, link, token) is kept as a digest only.

use super::account::{Account, Invitation, Invite, PeopleError, Session, Signing, Token};
use super::brake::Brake;
use super::outside::Outsider;
use super::password::{self, check_strength};
use super::roles::{Caller, Right};
use super::second::{Second, second_secret};
use crate::secrets::{digest, secret};
use crate::store::{Kept, Revision, Shelf, Store, StoreError};
use fleet_proto::TenantId;
use serde::{Deserialize, Serialize};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Semaphore;

const HOUR_MS: i64 = 3_600_000;
/// A working day; then one signs in again.
const SESSION_MS: i64 = 12 * HOUR_MS;
const INVITATION_MS: i64 = 72 * HOUR_MS;
/// Passwords are checked by so many at once: each takes a core and 19 MiB.
const CHECKS: usize = 2;

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Signed {
    name: String,
    form_token: String,
    until_ms: i64,
}

fn is_name(name: &str) -> bool {
    let fits = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || b".-".contains(&c);
    (2..=40).contains(&name.len()) && name.bytes().all(fits)
}

/// All people of all tenants.
pub struct PeopleDesk {
    pub(super) accounts: Shelf<Account>,
    pub(super) outsiders: Shelf<Outsider>,
    invitations: Shelf<Invitation>,
    sessions: Shelf<Signed>,
    tokens: Shelf<Token>,
    brake: Mutex<Brake>,
    /// Its own: nothing that goes wrong with a provider keeps local accounts out.
    comings: Mutex<Brake>,
    checks: Semaphore,
}

impl PeopleDesk {
    /// In this store.
    #[must_use]
    pub fn new(store: &Arc<dyn Store>) -> PeopleDesk {
        PeopleDesk {
            accounts: Shelf::new(store, "people"),
            outsiders: Shelf::new(store, "people-outside"),
            invitations: Shelf::new(store, "invitations"),
            sessions: Shelf::new(store, "sessions"),
            tokens: Shelf::new(store, "tokens"),
            brake: Mutex::default(),
            comings: Mutex::default(),
            checks: Semaphore::new(CHECKS),
        }
    }

    /// All accounts.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn accounts(&self, tenant: &TenantId) -> Result<Vec<Account>, StoreError> {
        let all = self.accounts.all(tenant).await?;
        Ok(all.into_iter().map(|kept| kept.value).collect())
    }

    /// All tokens.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn tokens(&self, tenant: &TenantId) -> Result<Vec<Token>, StoreError> {
        let all = self.tokens.all(tenant).await?;
        Ok(all.into_iter().map(|kept| kept.value).collect())
    }

    /// Makes a link's secret for a new account.
    ///
    /// # Errors
    /// When the name is taken or is none, or the store fails.
    pub async fn invite(
        &self,
        tenant: &TenantId,
        invite: Invite,
        now_ms: i64,
    ) -> Result<String, PeopleError> {
        if !is_name(&invite.name) || self.accounts.get(tenant, &invite.name).await?.is_some() {
            return Err(PeopleError::Name);
        }
        for old in self.invitations.all(tenant).await? {
            if old.value.name == invite.name || old.value.until_ms < now_ms {
                self.invitations
                    .take((tenant, &old.name), old.revision)
                    .await?;
            }
        }
        let link = secret();
        let invitation = Invitation {
            name: invite.name,
            grants: invite.grants,
            until_ms: now_ms + INVITATION_MS,
            second: second_secret(),
        };
        let at = digest(&link);
        self.invitations
            .put((tenant, &at), Revision::ABSENT, &invitation)
            .await?;
        Ok(link)
    }

    /// The invitation of a link.
    ///
    /// # Errors
    /// When there is none (any more).
    pub async fn invitation(
        &self,
        tenant: &TenantId,
        link: &str,
        now_ms: i64,
    ) -> Result<Invitation, PeopleError> {
        Ok(self.invited(tenant, link, now_ms).await?.value)
    }

    async fn invited(
        &self,
        tenant: &TenantId,
        link: &str,
        now_ms: i64,
    ) -> Result<Kept<Invitation>, PeopleError> {
        let found = self.invitations.get(tenant, &digest(link)).await?;
        found
            .filter(|kept| kept.value.until_ms > now_ms)
            .ok_or(PeopleError::Gone)
    }

    /// Makes the account of a link. Those whose role wants a second factor prove with its digits that they have it; others may.
    ///
    /// # Errors
    /// When the link is used, or password or digits are not good.
    pub async fn accept(
        &self,
        tenant: &TenantId,
        link: &str,
        signing: Signing<'_>,
    ) -> Result<String, PeopleError> {
        let kept = self.invited(tenant, link, signing.now_ms).await?;
        let invitation = &kept.value;
        check_strength(signing.password, &invitation.name)?;
        let needs = invitation
            .grants
            .iter()
            .any(|grant| grant.role.needs_second());
        let wants = needs || !signing.digits.trim().is_empty();
        let second = Second::of(&invitation.second).filter(|_| wants);
        let step = match &second {
            Some(second) => second
                .step(signing.digits, signing.now_ms, 0)
                .ok_or(PeopleError::Digits)?,
            None => 0,
        };
        let account = Account {
            name: invitation.name.clone(),
            grants: invitation.grants.clone(),
            closed: false,
            made_ms: signing.now_ms,
            password: self.kept_password(signing.password).await,
            second: second.map(|_| invitation.second.clone()),
            last_step: step,
            outside: None,
        };
        // The link is spent first: of two who use it, one goes on.
        match self
            .invitations
            .take((tenant, &kept.name), kept.revision)
            .await
        {
            Err(StoreError::Conflict(_)) => return Err(PeopleError::Gone),
            other => other?,
        }
        self.accounts
            .put((tenant, &account.name), Revision::ABSENT, &account)
            .await?;
        self.begin(tenant, &account.name, signing.now_ms).await
    }

    /// Signs somebody in; the answer is the cookie.
    ///
    /// # Errors
    /// When the brake holds, or something is wrong.
    pub async fn sign_in(
        &self,
        tenant: &TenantId,
        signing: Signing<'_>,
    ) -> Result<String, PeopleError> {
        let who = (signing.name, signing.from);
        self.brake().may(who, signing.now_ms)?;
        let account = self.accounts.get(tenant, signing.name).await?;
        let kept = account
            .as_ref()
            .filter(|kept| !kept.value.closed && kept.value.outside.is_none())
            .map(|kept| kept.value.password.clone());
        let right = self.right_password(signing.password, kept).await;
        let step = account.as_ref().and_then(|kept| {
            let Some(second) = &kept.value.second else {
                return Some(kept.value.last_step);
            };
            Second::of(second)?.step(signing.digits, signing.now_ms, kept.value.last_step)
        });
        let (true, Some(mut account), Some(step)) = (right, account, step) else {
            self.brake().wrong(who, signing.now_ms);
            return Err(PeopleError::Wrong);
        };
        account.value.last_step = step;
        let at = (tenant, account.name.as_str());
        match self
            .accounts
            .put(at, account.revision, &account.value)
            .await
        {
            // The same digits at the same moment: only one of them counts.
            Err(StoreError::Conflict(_)) => return Err(PeopleError::Wrong),
            other => other?,
        };
        self.brake().right(signing.name);
        self.begin(tenant, signing.name, signing.now_ms).await
    }

    pub(super) async fn begin(
        &self,
        tenant: &TenantId,
        name: &str,
        now_ms: i64,
    ) -> Result<String, PeopleError> {
        for old in self.sessions.all(tenant).await? {
            if old.value.until_ms < now_ms {
                let _ = self.sessions.take((tenant, &old.name), old.revision).await;
            }
        }
        let cookie = secret();
        let signed = Signed {
            name: name.to_owned(),
            form_token: secret(),
            until_ms: now_ms + SESSION_MS,
        };
        let at = digest(&cookie);
        self.sessions
            .put((tenant, &at), Revision::ABSENT, &signed)
            .await?;
        Ok(cookie)
    }

    /// Who a cookie is.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn session(
        &self,
        tenant: &TenantId,
        cookie: &str,
        now_ms: i64,
    ) -> Result<Option<Session>, StoreError> {
        let found = self.sessions.get(tenant, &digest(cookie)).await?;
        let Some(signed) = found.filter(|kept| kept.value.until_ms > now_ms) else {
            return Ok(None);
        };
        let caller = self.caller(tenant, &signed.value.name, None).await?;
        Ok(caller.map(|caller| Session {
            caller,
            form_token: signed.value.form_token,
        }))
    }

    /// Ends a session.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn sign_out(&self, tenant: &TenantId, cookie: &str) -> Result<(), StoreError> {
        let at = digest(cookie);
        match self.sessions.get(tenant, &at).await? {
            Some(kept) => self.sessions.take((tenant, &at), kept.revision).await,
            None => Ok(()),
        }
    }

    /// Makes a token for a program; the answer is shown once.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn make_token(&self, tenant: &TenantId, token: &Token) -> Result<String, StoreError> {
        let word = format!("fleet-{}", secret());
        let at = digest(&word);
        self.tokens
            .put((tenant, &at), Revision::ABSENT, token)
            .await?;
        Ok(word)
    }

    /// Makes an account that is a program's, with a token for all that its role may; the answer is shown once.
    ///
    /// # Errors
    /// When the name is taken or is none, or the store fails.
    pub async fn program(
        &self,
        tenant: &TenantId,
        invite: Invite,
        (now_ms, until_ms): (i64, i64),
    ) -> Result<String, PeopleError> {
        if !is_name(&invite.name) {
            return Err(PeopleError::Name);
        }
        let rights = invite.grants.iter().flat_map(|grant| grant.role.rights());
        let mut scopes: Vec<Right> = Vec::new();
        for right in rights {
            if !scopes.contains(right) {
                scopes.push(*right);
            }
        }
        let account = Account {
            name: invite.name,
            grants: invite.grants,
            closed: false,
            made_ms: now_ms,
            password: String::new(),
            second: None,
            last_step: 0,
            outside: None,
        };
        let at = (tenant, account.name.as_str());
        match self.accounts.put(at, Revision::ABSENT, &account).await {
            Err(StoreError::Conflict(_)) => return Err(PeopleError::Name),
            other => other?,
        };
        let token = Token {
            name: account.name.clone(),
            of: account.name,
            scopes,
            until_ms,
        };
        Ok(self.make_token(tenant, &token).await?)
    }

    /// Takes all tokens of this name away.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn drop_token(&self, tenant: &TenantId, name: &str) -> Result<(), StoreError> {
        for kept in self.tokens.all(tenant).await? {
            if kept.value.name == name {
                self.tokens
                    .take((tenant, &kept.name), kept.revision)
                    .await?;
            }
        }
        Ok(())
    }

    /// Who a token is.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn bearer(
        &self,
        tenant: &TenantId,
        word: &str,
        now_ms: i64,
    ) -> Result<Option<Caller>, StoreError> {
        let found = self.tokens.get(tenant, &digest(word)).await?;
        match found.filter(|kept| kept.value.until_ms > now_ms) {
            Some(kept) => {
                let of = kept.value.of.clone();
                self.caller(tenant, &of, Some(kept.value)).await
            }
            None => Ok(None),
        }
    }

    async fn caller(
        &self,
        tenant: &TenantId,
        name: &str,
        token: Option<Token>,
    ) -> Result<Option<Caller>, StoreError> {
        let account = self.accounts.get(tenant, name).await?;
        let open = account.filter(|kept| !kept.value.closed);
        Ok(open.map(|kept| Caller {
            tenant: tenant.clone(),
            name: match &token {
                Some(token) => format!("{name}/{}", token.name),
                None => name.to_owned(),
            },
            grants: kept.value.grants,
            scopes: token.map(|token| token.scopes),
        }))
    }

    /// Closes an account or opens it again. Its sessions and tokens follow at once.
    ///
    /// # Errors
    /// When there is no such account, or nobody would be left who may rule.
    pub async fn close(
        &self,
        tenant: &TenantId,
        name: &str,
        closed: bool,
    ) -> Result<(), PeopleError> {
        let all = self.accounts.all(tenant).await?;
        let rules = |kept: &&Kept<Account>| kept.value.rules();
        if closed && !all.iter().filter(rules).any(|kept| kept.name != name) {
            return Err(PeopleError::LastRuler);
        }
        let found = all.into_iter().find(|kept| kept.name == name);
        let mut kept = found.ok_or(PeopleError::Name)?;
        kept.value.closed = closed;
        self.accounts
            .put((tenant, name), kept.revision, &kept.value)
            .await?;
        Ok(())
    }

    pub(super) fn comings(&self) -> std::sync::MutexGuard<'_, Brake> {
        self.comings.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn brake(&self) -> std::sync::MutexGuard<'_, Brake> {
        self.brake.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn kept_password(&self, password: &str) -> String {
        let password = password.to_owned();
        let _turn = self.checks.acquire().await;
        let kept = tokio::task::spawn_blocking(move || password::keep(&password));
        kept.await.unwrap_or_default()
    }

    async fn right_password(&self, password: &str, kept: Option<String>) -> bool {
        let password = password.to_owned();
        let _turn = self.checks.acquire().await;
        let right =
            tokio::task::spawn_blocking(move || password::matches(&password, kept.as_deref()));
        right.await.unwrap_or(false)
    }
}
