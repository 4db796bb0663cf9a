//! The packs that come with this crate, and the pages that some of them bring: one a line, in alphabetical order.
//! Knows nothing of what stands in them.

pub(super) const BUILT_IN: &[&str] = &[
    include_str!("../../providers/bbb.toml"),
    include_str!("../../providers/cms.toml"),
    include_str!("../../providers/goto.toml"),
    include_str!("../../providers/jitsi.toml"),
    include_str!("../../providers/meet.toml"),
    include_str!("../../providers/pexip.toml"),
    include_str!("../../providers/practice.toml"),
    include_str!("../../providers/teams.toml"),
    include_str!("../../providers/webex.toml"),
    include_str!("../../providers/zoom.toml"),
];

/// Pages of our own that packs name, by their file's name.
pub(super) const PAGES: &[(&str, &str)] = &[
    ("jitsi.html", include_str!("../../providers/jitsi.html")), //
];
