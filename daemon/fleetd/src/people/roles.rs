//! Roles and the rights that they are made of. Pure.

use crate::rooms::Slug;
use fleet_proto::TenantId;
use serde::{Deserialize, Serialize};

/// A kind of act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Right {
    /// See rooms.
    Look,
    /// Tell a room what harms nobody: prove itself, blink, mute.
    Help,
    /// Tell a room what people in it notice.
    Operate,
    /// Take rooms in and place them.
    Install,
    /// Change how rooms shall be set.
    Set,
    /// Read who did what.
    Audit,
    /// Say who may do what, and turn rooms out.
    Rule,
}

impl Right {
    /// All of them.
    pub const ALL: [Right; 7] = [
        Right::Look,
        Right::Help,
        Right::Operate,
        Right::Install,
        Right::Set,
        Right::Audit,
        Right::Rule,
    ];

    /// As a word: a token's scope.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Right::Look => "look",
            Right::Help => "help",
            Right::Operate => "operate",
            Right::Install => "install",
            Right::Set => "set",
            Right::Audit => "audit",
            Right::Rule => "rule",
        }
    }

    /// The one of this word.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Right> {
        Right::ALL.into_iter().find(|right| right.word() == word)
    }
}

/// What somebody is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Looks.
    Viewer,
    /// Looks and helps.
    Helpdesk,
    /// Takes rooms in.
    Installer,
    /// Runs rooms.
    Operator,
    /// Runs the server.
    Admin,
}

impl Role {
    /// All of them.
    pub const ALL: [Role; 5] = [
        Role::Viewer,
        Role::Helpdesk,
        Role::Installer,
        Role::Operator,
        Role::Admin,
    ];

    /// What it may do.
    #[must_use]
    pub fn rights(self) -> &'static [Right] {
        use Right::{Audit, Help, Install, Look, Operate, Rule, Set};
        match self {
            Role::Viewer => &[Look],
            Role::Helpdesk => &[Look, Help],
            Role::Installer => &[Look, Help, Install],
            Role::Operator => &[Look, Help, Operate, Set],
            Role::Admin => &[Look, Help, Operate, Install, Set, Audit, Rule],
        }
    }

    /// Whether a password is not enough: these roles change rooms.
    #[must_use]
    pub fn needs_second(self) -> bool {
        matches!(self, Role::Operator | Role::Admin)
    }

    /// As a word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Role::Viewer => "viewer",
            Role::Helpdesk => "helpdesk",
            Role::Installer => "installer",
            Role::Operator => "operator",
            Role::Admin => "admin",
        }
    }

    /// The one of this word.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Role> {
        Role::ALL.into_iter().find(|role| role.word() == word)
    }
}

/// A role somewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// What somebody is.
    pub role: Role,
    /// On which site; everywhere without one.
    pub site: Option<Slug>,
}

/// Whoever asks for something, and what it may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// Whose rooms it may see.
    pub tenant: TenantId,
    /// A person's name, or a token's.
    pub name: String,
    /// What it is where.
    pub grants: Vec<Grant>,
    /// A token is narrowed to these.
    pub scopes: Option<Vec<Right>>,
}

impl Caller {
    /// Whether it may do this on a site; `None` for what is no site's.
    #[must_use]
    pub fn may(&self, right: Right, site: Option<&Slug>) -> bool {
        self.in_scope(right)
            && self.grants.iter().any(|grant| {
                let there = grant.site.is_none() || grant.site.as_ref() == site;
                there && grant.role.rights().contains(&right)
            })
    }

    /// Whether it may do this anywhere.
    #[must_use]
    pub fn may_somewhere(&self, right: Right) -> bool {
        let has = |grant: &Grant| grant.role.rights().contains(&right);
        self.in_scope(right) && self.grants.iter().any(has)
    }

    fn in_scope(&self, right: Right) -> bool {
        let scopes = self.scopes.as_ref();
        scopes.is_none_or(|scopes| scopes.contains(&right))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caller(grants: &[(Role, Option<&str>)]) -> Caller {
        let grant = |(role, site): &(Role, Option<&str>)| Grant {
            role: *role,
            site: site.map(|site| Slug::of(site).unwrap()),
        };
        Caller {
            tenant: "own".parse().unwrap(),
            name: "anna".to_owned(),
            grants: grants.iter().map(grant).collect(),
            scopes: None,
        }
    }

    #[test]
    fn a_grant_of_a_site_reaches_no_other_site_and_nothing_that_is_no_sites() {
        let (north, south) = (Slug::of("nord").unwrap(), Slug::of("sued").unwrap());
        let anna = caller(&[(Role::Installer, Some("nord")), (Role::Viewer, None)]);
        assert!(anna.may(Right::Install, Some(&north)));
        assert!(!anna.may(Right::Install, Some(&south)));
        assert!(!anna.may(Right::Install, None));
        assert!(anna.may(Right::Look, Some(&south)) && anna.may(Right::Look, None));
        assert!(anna.may_somewhere(Right::Install) && !anna.may_somewhere(Right::Rule));
    }

    #[test]
    fn a_token_may_at_most_what_its_scopes_say() {
        let mut token = caller(&[(Role::Admin, None)]);
        token.scopes = Some(vec![Right::Look]);
        assert!(token.may(Right::Look, None));
        assert!(!token.may(Right::Rule, None) && !token.may_somewhere(Right::Set));
    }

    #[test]
    fn only_who_changes_no_room_may_come_with_a_password_alone() {
        for role in Role::ALL {
            let changes = [Right::Operate, Right::Set, Right::Rule];
            let changes = changes.iter().any(|right| role.rights().contains(right));
            assert_eq!(role.needs_second(), changes, "{role:?}");
        }
    }
}
