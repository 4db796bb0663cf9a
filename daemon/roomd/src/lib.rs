//! roomd: not written yet.
