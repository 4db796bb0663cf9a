//! What the room's faces and the local control API say to each other: types only.
//! Knows no room, no server and no logic; where a request came from is not in here, and must not be.
//!
//! Times are milliseconds since 1970-01-01 UTC and end in `_ms`; shares are 0 to 100.

mod commission;
mod equipment;
mod fleet;
mod meeting;
mod press;
mod private;
mod proof;
mod sound;
mod state;
mod trial;

pub use commission::*;
pub use equipment::*;
pub use fleet::*;
pub use meeting::{Joinable, Meeting, MeetingStatus, Page};
pub use press::{ErrorCode, Failure, PageKey, PairAnswer, PairRequest, PressAnswer, PressRequest};
pub use private::Private;
pub use proof::*;
pub use sound::*;
pub use state::*;
pub use trial::*;

/// The version of this API; grows when a reader of the old one would misunderstand the new one.
pub const VERSION: u16 = 1;

/// The header that carries the page's token in every request that changes something.
pub const TOKEN_HEADER: &str = "x-roomd-token";
