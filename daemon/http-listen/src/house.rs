//! Whom a listener serves: one in the clear, or one or several behind TLS, of whom a peer names one before anything else is said.
//! Knows no connection.

use crate::tls::Tls;
use crate::turns::Turns;
use axum::Router;

/// One of those who share a listener.
#[derive(Debug, Clone)]
pub struct House {
    /// The host names by which peers come to this one (TLS' server name, RFC 6066 section 3, which is never an address); whoever names
    /// none, and whoever names any, where this is empty.
    pub names: Vec<String>,
    /// What it serves with.
    pub tls: Tls,
    /// What it serves.
    pub router: Router,
}

pub(crate) enum Behind {
    Clear(Router),
    Secret(Vec<House>, Turns),
}

impl Behind {
    pub fn houses(houses: Vec<House>) -> Behind {
        Behind::Secret(houses, Turns::new())
    }
}

/// The house of this name, as far as there is one.
pub(crate) fn find<'a>(houses: &'a [House], name: Option<&str>) -> Option<&'a House> {
    let is = |own: &String| name.is_some_and(|name| own.eq_ignore_ascii_case(name));
    houses
        .iter()
        .find(|house| house.names.is_empty() || house.names.iter().any(is))
}
