//! drv-puck: not written yet.
