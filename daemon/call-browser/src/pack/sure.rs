//! Owns how sure a pack is of what it says: where its signs were learned, and in which month they were last seen.
//! Knows no service.

use serde::Deserialize;
use std::fmt;

/// How sure a pack is of the signs of a rule. What stands first is surer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Certainty {
    /// Documented by the vendor for programs, or spoken by a page of our own.
    Contract,
    /// The vendor's own package holds these signs: its test ids, its marks, the words of its language files.
    VendorTestIds,
    /// Programs of others that are in use were seen to use them.
    SeenInPublicCode,
    /// Put together from descriptions; nobody has held it against the real page.
    #[default]
    Unverified,
}

impl Certainty {
    /// Every one, the surest first.
    pub const ALL: [Certainty; 4] = [
        Certainty::Contract,
        Certainty::VendorTestIds,
        Certainty::SeenInPublicCode,
        Certainty::Unverified,
    ];

    /// As packs write it, and as faces and IT read it.
    pub fn code(self) -> &'static str {
        match self {
            Certainty::Contract => "contract",
            Certainty::VendorTestIds => "vendor-test-ids",
            Certainty::SeenInPublicCode => "seen-in-public-code",
            Certainty::Unverified => "unverified",
        }
    }
}

/// A month, written as `2026-07`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month {
    year: u16,
    month: u8,
}

impl Month {
    /// Reads `2026-07`; `None` when it is no month of this century.
    pub fn parse(text: &str) -> Option<Self> {
        let (year, month) = text.split_once('-')?;
        let digits =
            |part: &str, length| part.len() == length && part.bytes().all(|b| b.is_ascii_digit());
        if !digits(year, 4) || !digits(month, 2) {
            return None;
        }
        let (year, month) = (year.parse().ok()?, month.parse().ok()?);
        ((2000..2100).contains(&year) && (1..=12).contains(&month)).then_some(Self { year, month })
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)
    }
}
