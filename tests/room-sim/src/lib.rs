//! room-sim: not written yet.
