//! Kinds of panel: each takes a `Show` and sends what changed of it. Knows the kinds' protocols by their crates, and no bus.

mod frame;
mod oled;
mod paper;
mod tft;

use crate::error::PanelError;
use crate::show::Show;

pub use frame::{Frame, Geometry};
pub use oled::Oled;
pub use paper::{OnSpi, Paper, Refresh, Sheet, Wear};
pub use tft::{Pieces, Tft, ili9341, st7789};

/// A panel in hand.
pub trait Glass {
    /// Shows this from now on. What stands there already is not sent again.
    ///
    /// # Errors
    /// When the panel is gone; then it is to be opened anew.
    fn show(&mut self, show: &Show) -> Result<(), PanelError>;

    /// Shows nothing: a panel without a master claims nothing.
    ///
    /// # Errors
    /// When the panel is gone.
    fn blank(&mut self) -> Result<(), PanelError>;
}
