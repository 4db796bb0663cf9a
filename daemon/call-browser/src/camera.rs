//! Which camera pages are given: by its label, because the browser's own ids change with each fresh profile.

use serde::Serialize;
use std::sync::Arc;

/// A camera as a page sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PageCamera {
    /// Its label, with or without the model's numbers in brackets.
    pub label: String,
    /// Among cameras of the same label, which one, from 0, in the order in which the browser lists them: by their nodes' names.
    pub twin: usize,
}

/// Asked when a page is opened; `None` leaves the choice to the page.
#[derive(Clone)]
pub struct CameraChoice(Arc<dyn Fn() -> Option<PageCamera> + Send + Sync>);

impl CameraChoice {
    /// As this says at that moment; it must not wait.
    pub fn new(ask: impl Fn() -> Option<PageCamera> + Send + Sync + 'static) -> CameraChoice {
        CameraChoice(Arc::new(ask))
    }

    /// The camera now.
    pub fn now(&self) -> Option<PageCamera> {
        (self.0)()
    }
}

impl Default for CameraChoice {
    fn default() -> CameraChoice {
        CameraChoice::new(|| None)
    }
}

impl core::fmt::Debug for CameraChoice {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_tuple("CameraChoice").field(&self.now()).finish()
    }
}
