//! The second factor: six digits of an app (TOTP, RFC 6238), each good once. Pure but for fresh secrets.

use totp_rs::{Algorithm, Builder, Secret, Totp};

/// 160 bits, as RFC 4226, 4 recommends.
const BYTES: usize = 20;

/// A second factor as it is shown to its owner.
#[derive(Clone)]
pub struct Second(Totp, String);

/// A fresh secret, in base 32.
#[must_use]
pub fn second_secret() -> String {
    let bytes: [u8; BYTES] = rand::random();
    Secret::from(bytes.to_vec()).to_base32()
}

impl Second {
    /// The factor of a secret; `None` when it is none.
    #[must_use]
    pub fn of(secret: &str) -> Option<Second> {
        let bytes = Secret::try_from_base32(secret).ok()?;
        let built = Builder::new()
            .with_algorithm(Algorithm::SHA1)
            .with_digits(6)
            .with_skew(1)
            .with_step_duration(30)
            .with_secret(bytes);
        Some(Second(built.build().ok()?, secret.to_owned()))
    }

    /// What an app reads from a picture: the key URI that all of them know.
    #[must_use]
    pub fn link(&self, name: &str, issuer: &str) -> String {
        let quoted = |text: &str| {
            percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC)
                .to_string()
        };
        let (name, issuer) = (quoted(name), quoted(issuer));
        format!(
            "otpauth://totp/{issuer}:{name}?secret={}&issuer={issuer}",
            self.1
        )
    }

    /// The step that these digits are of, if it is now, one step before or after, and later than the one used last.
    #[must_use]
    pub fn step(&self, digits: &str, now_ms: i64, last: u64) -> Option<u64> {
        let digits: String = digits.chars().filter(|c| !c.is_whitespace()).collect();
        let now = u64::try_from(now_ms / 1000).ok()?;
        self.0.check(&digits, now).filter(|step| *step > last)
    }

    /// The digits of now; for tests of those who sign in.
    #[must_use]
    pub fn digits(&self, now_ms: i64) -> String {
        let now = u64::try_from(now_ms / 1000).unwrap_or_default();
        self.0.generate(now).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238, appendix B: the secret is "12345678901234567890"; the last six of its eight digits.
    #[test]
    fn the_standards_own_values_are_taken_once() {
        let secret = Secret::from(b"12345678901234567890".to_vec()).to_base32();
        let second = Second::of(&secret).unwrap();
        for (now, digits) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
        ] {
            let now_ms = now * 1000;
            let step = second.step(digits, now_ms, 0);
            assert_eq!(step, Some(now as u64 / 30), "{digits}");
            assert_eq!(
                second.step(digits, now_ms + 29_000, 0),
                step,
                "a slow clock"
            );
            assert_eq!(second.step(digits, now_ms, step.unwrap()), None, "used");
            assert_eq!(second.step(digits, now_ms + 90_000, 0), None, "too old");
        }
        assert_eq!(second.step("000000", 59_000, 0), None);
        assert_eq!(second.step("287 082", 59_000, 0), Some(1));
    }

    #[test]
    fn a_fresh_secret_is_long_enough_and_told_as_apps_read_it() {
        let secret = second_secret();
        assert_eq!(secret.len(), 32);
        let link = Second::of(&secret).unwrap().link("anna", "Räume Stadt");
        let end = format!("?secret={secret}&issuer=R%C3%A4ume%20Stadt");
        assert!(
            link.starts_with("otpauth://totp/R%C3%A4ume%20Stadt:anna?"),
            "{link}"
        );
        assert!(link.ends_with(&end), "{link}");
    }
}
