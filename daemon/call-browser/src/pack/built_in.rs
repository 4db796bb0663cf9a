//! The packs that come with this crate: one a line, in alphabetical order. Knows nothing of what stands in them.

pub(super) const BUILT_IN: &[&str] = &[
    include_str!("../../providers/practice.toml"), //
];
