//! Signing in by OpenID Connect: which provider, who comes back from it, and what its token says. Knows no page and no account.
//!
//! Terms: the *provider* (Keycloak, Entra ID) says who somebody is; what *waits* is a sign-in that was begun here and has not come back;
//! a *group* is a word of the provider's token that the settings turn into a role somewhere.
//!
//! Invariant: nobody is believed but by a token that the provider signed for this server, for this one sign-in, in this one browser.

mod crypto;
mod desk;
mod groups;
mod provider;
mod token;
mod waiting;
mod wire;

pub use desk::{Beginning, Come, Identity, OidcDesk, OidcError, Returned, Tried};
pub use groups::NoGroups;
pub use provider::{BadProvider, Mapping, Provider, mappings_of};
pub use token::BadToken;
pub use waiting::Start;
pub use wire::WireError;
