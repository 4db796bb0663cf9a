//! What rooms were told to do and what became of it. The verbs are those of `fleet-proto` and no others. Knows no connection.

mod desk;
mod draft;
mod order;

pub use desk::{CommandDesk, CommandError, Wish};
pub use draft::{Draft, DraftDesk};
pub use order::{Order, Standing};
