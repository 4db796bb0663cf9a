//! Passwords: how good one must be, and what is kept of it (Argon2id, RFC 9106). Knows no people.

use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};

/// BSI's advice for passwords without rules of composition is length.
pub const SHORTEST: usize = 12;
const LONGEST: usize = 200;

/// The second choice of RFC 9106, 4, for less memory: 64 MiB are too much for a small server with several who sign in.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;

/// Why a password is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadPassword {
    /// Too short.
    #[error("a password has at least {SHORTEST} characters")]
    Short,
    /// Too long.
    #[error("a password has at most {LONGEST} characters")]
    Long,
    /// Easily guessed.
    #[error("this password is easily guessed")]
    Easy,
}

/// Whether a password may be used: long, not the name, and not a few characters again and again.
///
/// # Errors
/// When not.
pub fn check_strength(password: &str, name: &str) -> Result<(), BadPassword> {
    let letters: Vec<char> = password.chars().collect();
    if letters.len() < SHORTEST {
        return Err(BadPassword::Short);
    }
    if letters.len() > LONGEST {
        return Err(BadPassword::Long);
    }
    let mut different = letters.clone();
    different.sort_unstable();
    different.dedup();
    let steps = letters
        .windows(2)
        .filter(|pair| (pair[1] as i64 - pair[0] as i64).abs() == 1)
        .count();
    let low = password.to_lowercase();
    let named = name.len() > 2 && low.contains(&name.to_lowercase()) && low.len() < name.len() + 8;
    match different.len() < 5 || steps + 3 > letters.len() || named {
        true => Err(BadPassword::Easy),
        false => Ok(()),
    }
}

fn hasher() -> Argon2<'static> {
    // Constants that a test uses.
    let params = Params::new(MEMORY_KIB, PASSES, 1, None).unwrap_or_default();
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

/// What is kept of a password. Takes some 50 ms of a core.
pub(crate) fn keep(password: &str) -> String {
    let hash = hasher().hash_password(password.as_bytes());
    // Nothing matches an empty text.
    hash.map(|hash| hash.to_string()).unwrap_or_default()
}

/// Whether a password is the kept one. Takes as long for an account that does not exist (`None`).
pub(crate) fn matches(password: &str, kept: Option<&str>) -> bool {
    match kept {
        Some(kept) => hasher().verify_password(password.as_bytes(), kept).is_ok(),
        None => {
            keep(password);
            false
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_kept_so_that_it_can_only_be_checked() {
        let kept = keep("richtig pferd batterie");
        assert!(
            kept.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{kept}"
        );
        assert!(matches("richtig pferd batterie", Some(&kept)));
        assert!(!matches("richtig pferd batterie ", Some(&kept)));
        assert!(!matches("", Some("")) && !matches("richtig pferd batterie", None));
    }

    #[test]
    fn easy_passwords_are_refused() {
        for (password, why) in [
            ("kurz", BadPassword::Short),
            ("aaaaaaaaaaaaaaaa", BadPassword::Easy),
            ("abcdefghijklmnop", BadPassword::Easy),
            ("annamaria2026", BadPassword::Easy),
        ] {
            assert_eq!(
                check_strength(password, "annamaria"),
                Err(why),
                "{password}"
            );
        }
        assert_eq!(check_strength("vier Worte im Kopf", "annamaria"), Ok(()));
    }
}
