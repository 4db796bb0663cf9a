//! room-api: not written yet.
