//! What a signer says a pack is. Knows the one line in which it is said.

use std::fmt;
use std::str::FromStr;

/// What a pack is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// How a service is found in an invitation.
    Recognise,
    /// How a service's pages are joined.
    Join,
}

impl Kind {
    /// Every one.
    pub const ALL: [Kind; 2] = [Kind::Recognise, Kind::Join];

    /// As claims write it.
    pub fn code(self) -> &'static str {
        match self {
            Kind::Recognise => "recognise",
            Kind::Join => "join",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// What the signer says a pack is, in the seal's trusted comment: `roomd-pack kind=join service=zoom version=7`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Claim {
    /// What it is for.
    pub kind: Kind,
    /// The service's slug.
    pub service: String,
    /// Grows with each change of the pack; from 1.
    pub version: u32,
}

/// A trusted comment that is no claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the trusted comment is not of the form `roomd-pack kind=join service=zoom version=7`")]
pub struct NoClaim;

impl fmt::Display for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Claim {
            kind,
            service,
            version,
        } = self;
        write!(
            f,
            "roomd-pack kind={kind} service={service} version={version}"
        )
    }
}

impl FromStr for Claim {
    type Err = NoClaim;

    fn from_str(text: &str) -> Result<Self, NoClaim> {
        let mut words = text.split(' ');
        if words.next() != Some("roomd-pack") {
            return Err(NoClaim);
        }
        let mut value = |name: &str| {
            let (key, value) = words.next()?.split_once('=')?;
            (key == name).then_some(value)
        };
        let kind = value("kind").and_then(|code| Kind::ALL.into_iter().find(|k| k.code() == code));
        let service = value("service").filter(|service| is_slug(service));
        let version = value("version").and_then(|version| version.parse().ok());
        let claim = Claim {
            kind: kind.ok_or(NoClaim)?,
            service: service.ok_or(NoClaim)?.to_owned(),
            version: version.filter(|version| *version > 0).ok_or(NoClaim)?,
        };
        // One way to write each claim, so that nothing can hide behind or inside one.
        (claim.to_string() == text).then_some(claim).ok_or(NoClaim)
    }
}

fn is_slug(text: &str) -> bool {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    (1..=40).contains(&text.len()) && text.chars().all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_claim_has_one_way_to_be_written() {
        let good = "roomd-pack kind=join service=zoom version=7";
        let claim: Claim = good.parse().expect("a claim");
        assert_eq!((claim.kind, claim.version), (Kind::Join, 7));
        assert_eq!(claim.to_string(), good);
        for bad in [
            "",
            "timestamp:1796036400\tfile:zoom.toml\thashed",
            "roomd-pack kind=leave service=zoom version=7",
            "roomd-pack kind=join service=Zoom version=7",
            "roomd-pack kind=join service=../zoom version=7",
            "roomd-pack kind=join service=zoom version=0",
            "roomd-pack kind=join service=zoom version=+7",
            "roomd-pack kind=join service=zoom version=007",
            "roomd-pack kind=join service=zoom version=99999999999",
            "roomd-pack kind=join service=zoom version=7 more",
            "roomd-pack service=zoom kind=join version=7",
            "roomd-pack  kind=join service=zoom version=7",
        ] {
            assert_eq!(bad.parse::<Claim>(), Err(NoClaim), "{bad}");
        }
    }
}
