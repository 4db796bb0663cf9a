//! room-profile: not written yet.
