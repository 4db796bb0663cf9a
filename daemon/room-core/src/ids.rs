//! Names of things as types, and the wrapper that keeps private text out of every log.
//! Knows nothing about how the things work.

use core::fmt;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::hash::{BuildHasher, RandomState};
use std::sync::OnceLock;

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
    /// A display by its role in the room, such as `main`.
    DisplayId
);
text_id!(
    /// A camera by its role in the room, such as `front`.
    CameraId
);
text_id!(
    /// A lamp, wired button, speakerphone or status panel by its role in the room, such as `lamp.door`.
    FittingId
);
text_id!(
    /// A microphone or loudspeaker by its role in the room, such as `table`.
    SoundId
);
text_id!(
    /// What a preflight found, as the checks name it, such as `sound-hum`.
    CheckCode
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
/// Prints as a placeholder; only [`Private::reveal`] gives it out. Records as a placeholder with a mark that tells equal texts
/// from different ones within one run and nothing else (a keyed hash whose key is never written down), so that a recording replays.
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

const RECORDED: &str = "<private ";

impl Serialize for Private {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0.starts_with(RECORDED) {
            return serializer.serialize_str(&self.0);
        }
        static KEY: OnceLock<RandomState> = OnceLock::new();
        let mark = KEY.get_or_init(RandomState::new).hash_one(&self.0);
        serializer.collect_str(&format_args!("{RECORDED}{mark:016x}>"))
    }
}

impl<'de> Deserialize<'de> for Private {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Private)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_text_never_leaves_by_print_or_record() {
        let secret = Private::new("Personalrat, PIN 4711");
        let recorded = serde_json::to_string(&secret).expect("serializable");
        assert_eq!(format!("{secret:?}"), "<private>");
        assert!(!recorded.contains("4711") && recorded.starts_with("\"<private "));
    }

    #[test]
    fn a_record_tells_equal_from_different() {
        let record = |text: &str| serde_json::to_string(&Private::new(text)).expect("serializable");
        assert_eq!(record("a"), record("a"));
        assert_ne!(record("a"), record("b"));
        let again: Private = serde_json::from_str(&record("a")).expect("readable");
        assert_eq!(
            serde_json::to_string(&again).expect("serializable"),
            record("a")
        );
    }
}
