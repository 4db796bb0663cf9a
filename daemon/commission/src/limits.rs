//! What a room's file limits, as words that can be kept and compared. Knows no file.

use core::time::Duration;
use room_core::plan::JoinPolicy;
use room_profile::{AllowedHost, Profile};
use std::collections::BTreeMap;

/// Limits by the names of their keys.
pub fn of(profile: &Profile) -> BTreeMap<String, String> {
    let policy = &profile.plan.policy;
    let span = |time: Option<Duration>| match time {
        Some(time) => format!("{} s", time.as_secs()),
        None => "never".to_owned(),
    };
    let hosts: Vec<String> = profile.hosts.iter().map(AllowedHost::written).collect();
    let join = match policy.join {
        JoinPolicy::OnPress => "on-press",
        JoinPolicy::ByItself => "by-itself",
    };
    let all = [
        ("hosts", hosts.join(", ")),
        ("policy.join", join.to_owned()),
        ("policy.volume_limit", policy.volume_limit.to_string()),
        ("policy.volume_at_start", policy.volume_at_start.to_string()),
        ("policy.display_off_after", span(policy.display_off_after)),
        ("policy.alone_after", span(policy.alone_after)),
    ];
    all.into_iter()
        .map(|(key, value)| (key.to_owned(), value))
        .collect()
}
