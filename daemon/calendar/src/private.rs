//! Owns the types whose text must never reach a log: titles, people, links, dial strings, passcodes.
//! They print as `<name, n characters>`; only `reveal` gives the text, so every use is easy to find.

use std::fmt;

/// Makes a newtype over `String` that prints redacted.
macro_rules! private {
    ($(#[$doc:meta])* $name:ident, $label:literal) => {
        $(#[$doc])*
        #[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// Wraps the text.
            pub fn new(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            /// The text itself. Never hand it to a log or to the fleet.
            pub fn reveal(&self) -> &str {
                &self.0
            }

            /// True when there is no text.
            pub fn is_empty(&self) -> bool {
                self.0.is_empty()
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!("<", $label, ", {} characters>"), self.0.chars().count())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(self, f)
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self::new(text)
            }
        }
    };
}

private!(
    /// What a meeting is called. Empty for a private meeting: the panel then says "Private meeting".
    Title,
    "title"
);
private!(
    /// Who invited: a name, else a mail address.
    Person,
    "person"
);
private!(
    /// An absolute link that has passed every check of the recogniser.
    Link,
    "link"
);
private!(
    /// What the service calls the conference: a number or the name of a room.
    ConferenceId,
    "conference id"
);
private!(
    /// A SIP address without its scheme, as `user@domain`.
    SipAddress,
    "sip address"
);
private!(
    /// A passcode, a password or a whole authorisation header.
    Secret,
    "secret"
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_text_prints_without_its_text() {
        for shown in [
            format!("{:?} {}", Secret::new("hunter2"), Secret::new("hunter2")),
            format!("{:?}", Some(Title::new("hunter2"))),
            format!("{:#?}", vec![Link::new("hunter2")]),
        ] {
            assert!(!shown.contains("hunter2"), "{shown}");
        }
        assert_eq!(Title::new("Käse").to_string(), "<title, 4 characters>");
    }
}
