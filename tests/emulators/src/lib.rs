//! emulators: not written yet.
