//! call-browser: not written yet.
