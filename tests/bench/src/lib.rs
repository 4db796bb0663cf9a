//! bench: not written yet.
