//! How many requests may be open at once, from one network and from all. Pure.

use std::net::IpAddr;

/// A request ends by itself after this, in seconds.
pub(crate) const LASTS_S: u32 = 30 * 60;
/// Open requests in all: more than an administrator compares in half an hour.
const MOST: usize = 200;
/// Open requests of one network. A whole building's rooms may come from one address, behind its gateway.
const MOST_OF_ONE: usize = 40;

/// There are too many open requests already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many requests are open")]
pub struct TooMany;

/// Where somebody is, as far as others can be told apart: an IPv4 address, or the /64 of an IPv6 one.
#[must_use]
pub fn network(from: IpAddr) -> IpAddr {
    match from {
        IpAddr::V4(_) => from,
        IpAddr::V6(v6) => match v6.to_ipv4_mapped() {
            Some(v4) => v4.into(),
            None => IpAddr::V6((v6.to_bits() >> 64 << 64).into()),
        },
    }
}

/// Whether one more request may be opened from here, beside those that are open.
///
/// # Errors
/// When it may not.
pub fn may_open(open: impl IntoIterator<Item = IpAddr>, from: IpAddr) -> Result<(), TooMany> {
    let (mut all, mut same) = (0, 0);
    for other in open {
        all += 1;
        same += usize::from(network(other) == network(from));
    }
    match all < MOST && same < MOST_OF_ONE {
        true => Ok(()),
        false => Err(TooMany),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hosts(count: u8) -> impl Iterator<Item = IpAddr> {
        (0..count).map(|host| IpAddr::from([10, 0, 0, host]))
    }

    #[test]
    fn one_network_cannot_keep_the_others_out() {
        let one: IpAddr = "192.0.2.1".parse().unwrap();
        let full = std::iter::repeat_n(one, MOST_OF_ONE);
        assert_eq!(may_open(full.clone(), one), Err(TooMany));
        assert_eq!(may_open(full.clone().skip(1), one), Ok(()));
        assert_eq!(may_open(full, "192.0.2.2".parse().unwrap()), Ok(()));
        assert_eq!(may_open(hosts(MOST as u8), one), Err(TooMany));
        assert_eq!(may_open(hosts(MOST as u8 - 1), one), Ok(()));
    }

    #[test]
    fn addresses_of_one_subscriber_are_one_network() {
        let at = |text: &str| network(text.parse().unwrap());
        assert_eq!(at("2001:db8:1:2::1"), at("2001:db8:1:2:ffff::9"));
        assert_ne!(at("2001:db8:1:2::1"), at("2001:db8:1:3::1"));
        assert_eq!(at("::ffff:192.0.2.1"), at("192.0.2.1"));
    }
}
