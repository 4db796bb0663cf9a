//! SIP addresses made from what a link says, by a table of shapes per service (`dial.toml`). Pure; calls nobody.

use room_core::ids::{Private, ServiceId};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// What an address may be made from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Known {
    /// What the service calls the conference.
    pub id: Option<Private>,
    /// The host of its link.
    pub host: Option<String>,
    /// Its passcode.
    pub passcode: Option<Private>,
}

/// An address to dial.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dial {
    /// `user@domain`.
    pub address: Private,
    /// It carries the passcode, so that nobody will ask for one.
    pub carries_passcode: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Shapes {
    addresses: Vec<String>,
}

static TABLE: LazyLock<BTreeMap<String, Shapes>> = LazyLock::new(|| {
    // The table is part of the program; a test reads it.
    toml::from_str(include_str!("dial.toml")).unwrap_or_default()
});

/// The address of a service's conference: the first shape whose parts are all known.
pub fn address(service: &ServiceId, known: &Known) -> Option<Dial> {
    let shapes = &TABLE.get(service.as_str())?.addresses;
    shapes.iter().find_map(|shape| fill(shape, known))
}

fn fill(shape: &str, known: &Known) -> Option<Dial> {
    let id = known
        .id
        .as_ref()
        .map(Private::reveal)
        .filter(|id| id.chars().all(plain));
    let code = known.passcode.as_ref().map(Private::reveal);
    let code = code.filter(|code| !code.is_empty() && code.bytes().all(|b| b.is_ascii_digit()));
    let mut address = shape.to_owned();
    for (part, value) in [
        ("{id}", id),
        ("{host}", known.host.as_deref()),
        ("{passcode}", code),
    ] {
        if address.contains(part) {
            address = address.replace(part, value.filter(|value| !value.is_empty())?);
        }
    }
    Some(Dial {
        address: Private::new(address),
        carries_passcode: shape.contains("{passcode}"),
    })
}

/// What may stand before the `@` as it is.
fn plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_made_of_what_is_known() {
        let known = |id: &str, host: &str, code: &str| Known {
            id: Some(Private::new(id)),
            host: Some(host.to_owned()),
            passcode: (!code.is_empty()).then(|| Private::new(code)),
        };
        let table = [
            (
                "zoom",
                known("85012345678", "eu.zoom.us", "4711"),
                Some("85012345678.4711@zoomcrc.com"),
            ),
            (
                "zoom",
                known("85012345678", "eu.zoom.us", "geheim"),
                Some("85012345678@zoomcrc.com"),
            ),
            (
                "pexip",
                known("97912345", "conf.dfn.de", ""),
                Some("97912345@conf.dfn.de"),
            ),
            (
                "webex",
                known("2731234567", "stadt.webex.com", "x"),
                Some("2731234567@stadt.webex.com"),
            ),
            (
                "webex",
                known("a@evil.example;x=", "stadt.webex.com", ""),
                None,
            ),
            ("bbb", known("rat-haus", "bbb.stadt.example", ""), None),
            ("pexip", Known::default(), None),
        ];
        for (service, known, expected) in table {
            let dial = address(&ServiceId::new(service), &known);
            let found = dial.as_ref().map(|dial| dial.address.reveal());
            assert_eq!(found, expected, "{service}");
        }
    }

    #[test]
    fn every_shape_of_the_table_has_a_domain() {
        assert!(TABLE.len() >= 4, "the table cannot be read");
        for (service, shapes) in TABLE.iter() {
            let whole = |shape: &String| shape.matches('@').count() == 1;
            assert!(
                !shapes.addresses.is_empty() && shapes.addresses.iter().all(whole),
                "{service}"
            );
        }
    }
}
