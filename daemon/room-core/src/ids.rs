//! Names of things as types, and the wrapper that keeps private text out of every log.
//! Knows nothing about how the things work.

use core::fmt;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub struct $name(String);

        impl $name {
            /// Wraps the text as it stands.
            pub fn new(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

text_id!(
    /// One occurrence of a meeting: an opaque digest, safe to log, stable when the meeting is moved.
    MeetingId
);
text_id!(
    /// A PTZ head by its role in the room, such as `front`.
    HeadId
);
text_id!(
    /// A table button by its role in the room, such as `table`.
    PuckId
);
text_id!(
    /// A conference service by its slug, such as `practice`, `bbb` or `jitsi`.
    ServiceId
);
text_id!(
    /// A host name that may be shown to people and to IT (never a full link).
    HostName
);

/// One attempt to be in a conference; a rejoin is a new one. Grows by one, also across restarts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct CallId(pub u64);

impl fmt::Display for CallId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "call-{}", self.0)
    }
}

/// One command that will be answered by `Event::Done`; an answer to an unknown one is ignored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RequestId(pub u64);

/// Text that belongs to people: subjects, names, links, passcodes.
/// Prints and records as a placeholder; only [`Private::reveal`] gives it out.
#[derive(Clone, PartialEq, Eq)]
pub struct Private(String);

impl Private {
    /// Wraps the text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself, for a face in the room or the page that needs it; never for a log.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

const HIDDEN: &str = "<private>";

impl fmt::Debug for Private {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(HIDDEN)
    }
}

impl Serialize for Private {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(HIDDEN)
    }
}

impl<'de> Deserialize<'de> for Private {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Private)
    }
}
