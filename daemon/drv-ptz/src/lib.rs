//! drv-ptz: not written yet.
