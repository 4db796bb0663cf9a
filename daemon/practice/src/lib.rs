//! practice: not written yet.
