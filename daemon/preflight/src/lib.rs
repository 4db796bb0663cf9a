//! A room that proves itself: what was heard of a sweep becomes figures, figures become named findings.
//! Pure: plays nothing, records nothing, knows no device and no language.

pub mod sound;
