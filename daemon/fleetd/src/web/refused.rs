//! Why a request came to nothing, as a status and a code. The sentences stand with the other texts.

use super::door::Missing;
use crate::alerts::{AlertError, BadTarget, Unsent};
use crate::bridge::BridgeError;
use crate::commands::CommandError;
use crate::enrol::EnrolError;
use crate::people::PeopleError;
use crate::store::StoreError;
use crate::twin::TwinError;
use axum::http::StatusCode;

/// Why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refused {
    /// One has to sign in.
    SignIn,
    /// One may not.
    Forbidden,
    /// It came from another site's page, or under another name.
    Elsewhere,
    /// There is no such thing.
    NotFound,
    /// It cannot be understood; what is wrong, for programs.
    Bad(String),
    /// Something that people can mend; the key of a text.
    Wrong(&'static str),
    /// It is no longer as the asker saw it.
    Stale,
    /// Again after so many seconds.
    TooMany(u64),
    /// It is larger than anything of its kind.
    TooLarge,
    /// The server's own trouble.
    Broken,
}

impl Refused {
    /// HTTP's word for it.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match self {
            Refused::SignIn => StatusCode::UNAUTHORIZED,
            Refused::Forbidden | Refused::Elsewhere => StatusCode::FORBIDDEN,
            Refused::NotFound => StatusCode::NOT_FOUND,
            Refused::Bad(_) => StatusCode::BAD_REQUEST,
            Refused::Wrong(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Refused::Stale => StatusCode::CONFLICT,
            Refused::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
            Refused::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Refused::Broken => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// Its code: the key of its sentence, too.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Refused::SignIn => "refused-sign-in",
            Refused::Forbidden => "refused-forbidden",
            Refused::Elsewhere => "refused-elsewhere",
            Refused::NotFound => "refused-not-found",
            Refused::Bad(_) => "refused-bad",
            Refused::Wrong(code) => code,
            Refused::Stale => "refused-stale",
            Refused::TooMany(_) => "refused-too-many",
            Refused::TooLarge => "refused-too-large",
            Refused::Broken => "refused-broken",
        }
    }
}

impl From<Missing> for Refused {
    fn from(missing: Missing) -> Self {
        match missing {
            Missing::Known => Refused::SignIn,
            Missing::Right | Missing::Certificate => Refused::Forbidden,
        }
    }
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict(_) => Refused::Stale,
            StoreError::TooLarge(_) => Refused::TooLarge,
            StoreError::Broken(error) => {
                tracing::error!(error, "the store failed");
                Refused::Broken
            }
        }
    }
}

impl From<EnrolError> for Refused {
    fn from(error: EnrolError) -> Self {
        match error {
            EnrolError::TooMany(_) => Refused::TooMany(300),
            EnrolError::Bad(bad) => Refused::Bad(bad.to_string()),
            EnrolError::Gone => Refused::Wrong("enrol-gone"),
            EnrolError::Taken => Refused::Wrong("enrol-taken"),
            EnrolError::Store(error) => error.into(),
            EnrolError::Authority(error) => {
                tracing::error!(%error, "the authority failed");
                Refused::Broken
            }
        }
    }
}

impl From<PeopleError> for Refused {
    fn from(error: PeopleError) -> Self {
        match error {
            PeopleError::Locked(locked) => Refused::TooMany(locked.0.as_secs() + 1),
            PeopleError::Wrong => Refused::Wrong("sign-in-wrong"),
            PeopleError::Gone => Refused::Wrong("welcome-gone"),
            PeopleError::Password(bad) => Refused::Wrong(match bad {
                crate::people::BadPassword::Short => "password-short",
                crate::people::BadPassword::Long => "password-long",
                crate::people::BadPassword::Easy => "password-easy",
            }),
            PeopleError::Digits => Refused::Wrong("digits-wrong"),
            PeopleError::Name => Refused::Wrong("people-name"),
            PeopleError::Nothing => Refused::Wrong("oidc-nothing"),
            PeopleError::Closed => Refused::Wrong("oidc-closed"),
            PeopleError::LastRuler => Refused::Wrong("people-last"),
            PeopleError::Store(error) => error.into(),
        }
    }
}

impl From<TwinError> for Refused {
    fn from(error: TwinError) -> Self {
        match error {
            TwinError::Text(_) | TwinError::Whole { .. } | TwinError::NotOfLevel(_) => {
                Refused::Bad(error.to_string())
            }
            TwinError::NobodyTries => Refused::Wrong("settings-nobody-tries"),
            TwinError::Stale => Refused::Stale,
            TwinError::NothingEarlier => Refused::Wrong("settings-nothing-earlier"),
            TwinError::Store(error) => error.into(),
        }
    }
}

impl From<AlertError> for Refused {
    fn from(error: AlertError) -> Self {
        match error {
            AlertError::Rule(bad) => Refused::Bad(bad.to_string()),
            AlertError::Target(bad) => Refused::Wrong(match bad {
                BadTarget::Address => "target-address",
                BadTarget::Server => "target-server",
                BadTarget::Person => "target-person",
                BadTarget::Language => "target-language",
            }),
            AlertError::Used(_) => Refused::Wrong("target-used"),
            AlertError::Gone => Refused::NotFound,
            AlertError::Store(error) => error.into(),
        }
    }
}

impl From<BridgeError> for Refused {
    fn from(error: BridgeError) -> Self {
        match error {
            BridgeError::Bad(bad) => Refused::Bad(bad.to_string()),
            BridgeError::Gone => Refused::Wrong("bridge-gone"),
            BridgeError::Store(error) => error.into(),
        }
    }
}

impl From<Unsent> for Refused {
    fn from(error: Unsent) -> Self {
        Refused::Bad(error.to_string())
    }
}

impl From<CommandError> for Refused {
    fn from(error: CommandError) -> Self {
        match error {
            CommandError::Clash => Refused::Wrong("command-clash"),
            CommandError::Store(error) => error.into(),
        }
    }
}
