//! Who may sign in, and what they may do where. Knows no pages; it decides and keeps.
//!
//! Terms: a *right* is a kind of act; a *role* is a set of rights; a *grant* gives a role on a site or everywhere.

mod account;
mod brake;
mod desk;
mod outside;
mod password;
mod roles;
mod second;

pub use account::{Account, Invitation, Invite, Outside, PeopleError, Session, Signing, Token};
pub use brake::{Brake, Locked};
pub use desk::PeopleDesk;
pub use outside::Comer;
pub use password::{BadPassword, check_strength};
pub use roles::{Caller, Grant, Right, Role};
pub use second::{Second, second_secret};
