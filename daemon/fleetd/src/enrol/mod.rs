//! Taking rooms in without passwords: requests that wait for an administrator, each with the code that the room shows.
//! Knows no connection; what a request came over is told.

mod brake;
mod desk;

pub use brake::{TooMany, may_open, network};
pub use desk::{Approval, Decision, EnrolDesk, EnrolError, Opened, Standing, Waiting};
