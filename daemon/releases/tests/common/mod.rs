//! Somebody with keys, and what they release.
#![allow(dead_code, reason = "each test file uses its part")]

use chrono::{DateTime, Duration, TimeZone as _, Utc};
use releases::*;
use std::collections::BTreeMap;

/// A day of the year 2026, from 1 on.
pub fn at(day: i64) -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 1, 1, 0, 0, 0).unwrap() + Duration::days(day - 1)
}

pub fn name() -> TargetName {
    "service-packs/zoom/902.toml".parse().unwrap()
}

pub fn release() -> Vec<u8> {
    b"service = \"zoom\"\nversion = 902\n".to_vec()
}

pub fn listed(bytes: &[u8]) -> Listed {
    let custom = Custom {
        kind: Kind::JoinPack,
        of: "zoom".to_owned(),
        version: 902.into(),
        architecture: None,
    };
    Listed::of(bytes, Some(custom))
}

pub struct Shop {
    pub root: Secret,
    pub release: Secret,
}

impl Shop {
    pub fn new() -> Shop {
        Shop {
            root: Secret::generate().unwrap(),
            release: Secret::generate().unwrap(),
        }
    }

    pub fn keys(&self) -> Keys {
        Keys {
            root: (vec![self.root.public()], 1),
            releases: (vec![self.release.public()], 1),
        }
    }

    /// What a room of this shop begins with: good for a year.
    pub fn trust(&self) -> Trust {
        let issue = Issue {
            version: 1,
            expires: at(365),
        };
        Trust::begin(&sign_root(&self.keys(), issue, &[&self.root]).unwrap()).unwrap()
    }

    pub fn targets() -> BTreeMap<TargetName, Listed> {
        [(name(), listed(&release()))].into()
    }

    /// Signed on a day, and good for thirty.
    pub fn issue(&self, version: u64, day: i64) -> Signed {
        let issue = Issue {
            version,
            expires: at(day + 30),
        };
        sign_targets(&Self::targets(), issue, &[&self.release]).unwrap()
    }

    /// A timestamp of this version that means another release's snapshot.
    pub fn timestamp_over(&self, version: u64, old: &Signed, day: i64) -> Vec<u8> {
        let issue = Issue {
            version,
            expires: at(day + 30),
        };
        let meant = Issue {
            version: 1,
            ..issue
        };
        sign_timestamp((meant, &old.snapshot), issue, &[&self.release]).unwrap()
    }
}
