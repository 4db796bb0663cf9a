//! room-core: not written yet.
