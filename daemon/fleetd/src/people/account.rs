//! What is kept of people, what they bring, and why they are refused. Pure.

use super::brake::Locked;
use super::password::BadPassword;
use super::roles::{Caller, Grant, Right};
use crate::store::StoreError;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// Somebody who may sign in.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Account {
    /// By this name.
    pub name: String,
    /// To do this.
    pub grants: Vec<Grant>,
    /// Whether signing in is refused for now.
    pub closed: bool,
    /// Since when, in milliseconds since 1970.
    pub made_ms: i64,
    pub(super) password: String,
    pub(super) second: Option<String>,
    pub(super) last_step: u64,
    /// Who says who it is, where that is not this server: then it has no password here.
    #[serde(default)]
    pub outside: Option<Outside>,
}

/// Who somebody is by a provider's word.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outside {
    /// Which provider.
    pub issuer: String,
    /// Its own name for them, which never becomes another's.
    pub subject: String,
    /// What people call them.
    pub shown: String,
    /// When they last came by it, in milliseconds since 1970.
    pub last_ms: i64,
}

impl Account {
    /// Whether it is a program's: it has no password and nobody signs in with it.
    #[must_use]
    pub fn is_program(&self) -> bool {
        self.password.is_empty() && self.outside.is_none()
    }

    /// Whether somebody can sign in with it, even when no provider can be reached, and say who may do what, everywhere.
    #[must_use]
    pub fn rules(&self) -> bool {
        let everywhere =
            |grant: &Grant| grant.site.is_none() && grant.role.rights().contains(&Right::Rule);
        !self.closed && !self.password.is_empty() && self.grants.iter().any(everywhere)
    }
}

/// A link that makes an account, once.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Invitation {
    /// The account's name.
    pub name: String,
    /// What it may do.
    pub grants: Vec<Grant>,
    /// Until when the link works, in milliseconds since 1970.
    pub until_ms: i64,
    /// The second factor's secret that the page shows.
    pub second: String,
}

/// Whom to invite.
#[derive(Debug, Clone)]
pub struct Invite {
    /// By this name: small letters, digits, dots and hyphens.
    pub name: String,
    /// To do this.
    pub grants: Vec<Grant>,
}

/// Somebody who is signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Who, and what for.
    pub caller: Caller,
    /// Stands in each of their forms.
    pub form_token: String,
}

/// A program that may ask.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Token {
    /// What it is called.
    pub name: String,
    /// On whose behalf: it may never do more than its maker may.
    pub of: String,
    /// What it is narrowed to.
    pub scopes: Vec<Right>,
    /// Until when, in milliseconds since 1970.
    pub until_ms: i64,
}

/// Somebody who wants in.
#[derive(Debug, Clone, Copy)]
pub struct Signing<'a> {
    /// As whom.
    pub name: &'a str,
    /// With this.
    pub password: &'a str,
    /// And these digits, where the account has a second factor.
    pub digits: &'a str,
    /// From here.
    pub from: IpAddr,
    /// By the server's clock.
    pub now_ms: i64,
}

/// Why somebody did not get what they wanted.
#[derive(Debug, thiserror::Error)]
pub enum PeopleError {
    /// The brake.
    #[error(transparent)]
    Locked(#[from] Locked),
    /// Name, password or digits are wrong; which of them is not told.
    #[error("name, password or digits are wrong")]
    Wrong,
    /// The link was used, or is too old.
    #[error("this invitation is used or too old")]
    Gone,
    /// The password is not good enough.
    #[error(transparent)]
    Password(#[from] BadPassword),
    /// The digits of the second factor are not right.
    #[error("the digits are not the app's")]
    Digits,
    /// The name is somebody's, or no name.
    #[error("this name is taken or is no name")]
    Name,
    /// They are known, and nothing here is for them.
    #[error("nothing here is for this person")]
    Nothing,
    /// Their account is closed.
    #[error("the account is closed")]
    Closed,
    /// Nobody would be left who may rule.
    #[error("somebody must be left who may rule")]
    LastRuler,
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}
