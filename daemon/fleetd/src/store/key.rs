//! Keys as a type: what may stand in them, so that they fit a file and a subject of a message bus alike. Knows no store.

use fleet_proto::TenantId;

const LONGEST: usize = 200;

/// A name that would not fit everywhere.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no name of a key")]
pub struct BadKey(pub String);

/// Where something is kept: a tenant, a kind, and a name of parts.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Key(String);

impl Key {
    /// Everything of a kind of a tenant, as a prefix.
    #[must_use]
    pub fn all(tenant: &TenantId, kind: &'static str) -> Key {
        Key(format!("{tenant}/{kind}/"))
    }

    /// Everything that there is, as a prefix.
    pub(super) fn everything() -> Key {
        Key(String::new())
    }

    /// A whole key as it stands in a store.
    ///
    /// # Errors
    /// When it is none.
    pub(super) fn whole(text: &str) -> Result<Key, BadKey> {
        let fits = |c: u8| c.is_ascii_alphanumeric() || b"-_.=".contains(&c);
        let mut parts: Vec<&str> = text.split('/').collect();
        // The key of a whole kind ends with a slash.
        if parts.len() == 3 && parts[2].is_empty() {
            parts.pop();
        }
        let whole = |part: &&str| !part.is_empty() && part.bytes().all(fits);
        match parts.len() >= 2 && parts.iter().all(whole) {
            true => Ok(Key(text.to_owned())),
            false => Err(BadKey(text.to_owned())),
        }
    }

    /// Everything of a tenant, as a prefix.
    #[must_use]
    pub fn tenant(tenant: &TenantId) -> Key {
        Key(format!("{tenant}/"))
    }

    /// Everything of a kind under the first parts of a name, as a prefix.
    ///
    /// # Errors
    /// As for [`Key::of`].
    pub fn below(tenant: &TenantId, kind: &'static str, parts: &str) -> Result<Key, BadKey> {
        let Key(key) = Key::of(tenant, kind, parts)?;
        Ok(Key(key + "/"))
    }

    /// One name of a kind; the name has parts of letters, digits, `-`, `_`, `.` and `=`, between slashes.
    ///
    /// # Errors
    /// When the name has anything else, nothing, or too much.
    pub fn of(tenant: &TenantId, kind: &'static str, name: &str) -> Result<Key, BadKey> {
        let fits = |c: u8| c.is_ascii_alphanumeric() || b"-_.=".contains(&c);
        let whole = |part: &str| !part.is_empty() && part.bytes().all(fits);
        match name.len() <= LONGEST && name.split('/').all(whole) {
            true => Ok(Key(format!("{tenant}/{kind}/{name}"))),
            false => Err(BadKey(name.to_owned())),
        }
    }

    /// The whole key.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The name in a whole key: what comes after tenant and kind.
#[must_use]
pub fn name_of(key: &str) -> &str {
    key.splitn(3, '/').nth(2).unwrap_or_default()
}

/// The kind in a whole key.
#[must_use]
pub fn kind_of(key: &str) -> &str {
    key.split('/').nth(1).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_begins_with_its_tenant_and_no_name_leaves_its_kind() {
        let tenant = "stadt-a".parse().unwrap();
        let key = Key::of(&tenant, "desired", "saal-2").unwrap();
        assert_eq!(key.as_str(), "stadt-a/desired/saal-2");
        assert_eq!(name_of(key.as_str()), "saal-2");
        assert_eq!(kind_of(key.as_str()), "desired");
        let below = Key::below(&tenant, "commands", "saal-2").unwrap();
        assert_eq!(below.as_str(), "stadt-a/commands/saal-2/");
        for (text, is_key) in [
            ("own/audit/", true),
            ("own/a/b/c", true),
            ("own", false),
            ("own//b", false),
        ] {
            assert_eq!(Key::whole(text).is_ok(), is_key, "{text}");
        }
        for bad in ["", "a//b", "/a", "a/", "ä", "a b", "a*", "a>"] {
            assert!(Key::of(&tenant, "desired", bad).is_err(), "{bad}");
        }
    }
}
