//! calendar: not written yet.
