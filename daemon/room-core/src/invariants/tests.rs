//! Each invariant can be broken: a step that breaks it is found by its name.
