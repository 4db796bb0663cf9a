//! Owns why a source could not be read: a closed list with a sentence for people and a code for IT.
//! Holds hosts and status numbers, never a link, a user or a password.

use thiserror::Error;

use crate::error::{ParseError, Sentence};

/// Why a source could not be read. The last good copy stays in use.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SourceError {
    /// The address itself cannot be used.
    #[error("the address cannot be used: {detail}")]
    BadAddress {
        /// What is wrong with it.
        detail: String,
    },
    /// No such file or page.
    #[error("there is nothing at this address")]
    NotFound,
    /// User or password are wrong, or the right is missing.
    #[error("the server refuses access (HTTP {status})")]
    Denied {
        /// 401 or 403.
        status: u16,
    },
    /// The server asks for a kind of log-in that is not offered or not safe.
    #[error("the server asks for a log-in that cannot be given: {detail}")]
    NoLogin {
        /// What it asks for.
        detail: String,
    },
    /// No connection.
    #[error("{host} cannot be reached")]
    Unreachable {
        /// Host or file name.
        host: String,
    },
    /// No answer in time.
    #[error("{host} did not answer in time")]
    TimedOut {
        /// The host.
        host: String,
    },
    /// The server's certificate is not trusted.
    #[error("the certificate of {host} is not trusted")]
    Untrusted {
        /// The host.
        host: String,
    },
    /// The answer is longer than allowed.
    #[error("the answer is larger than {limit} bytes")]
    TooLarge {
        /// The bound.
        limit: usize,
    },
    /// What came is no calendar.
    #[error(transparent)]
    NotCalendar(#[from] ParseError),
    /// The server reports an error of its own.
    #[error("the server reports HTTP {status}")]
    Server {
        /// The status.
        status: u16,
    },
    /// The server sends to an address that is not followed.
    #[error("the server sends to {host}, which is not followed: {detail}")]
    Redirected {
        /// The host it names.
        host: String,
        /// Why not.
        detail: &'static str,
    },
    /// The account holds no calendar that could be read.
    #[error("no calendar was found under this address")]
    NoCalendar,
    /// The server's answer was not understood.
    #[error("the answer was not understood: {detail}")]
    Protocol {
        /// What is wrong with it.
        detail: String,
    },
    /// The file exists but cannot be read.
    #[error("the file cannot be read: {detail}")]
    Unreadable {
        /// What the system says.
        detail: String,
    },
}

impl SourceError {
    /// A short name for IT and for counting.
    pub fn code(&self) -> &'static str {
        match self {
            Self::BadAddress { .. } => "bad-address",
            Self::NotFound => "not-found",
            Self::Denied { .. } => "denied",
            Self::NoLogin { .. } => "no-login",
            Self::Unreachable { .. } => "unreachable",
            Self::TimedOut { .. } => "timed-out",
            Self::Untrusted { .. } => "untrusted",
            Self::TooLarge { .. } => "too-large",
            Self::NotCalendar(_) => "not-a-calendar",
            Self::Server { .. } => "server-error",
            Self::Redirected { .. } => "redirected",
            Self::NoCalendar => "no-calendar",
            Self::Protocol { .. } => "protocol",
            Self::Unreadable { .. } => "unreadable",
        }
    }

    /// True when trying again soon can only do harm: accounts are locked after a few wrong passwords.
    pub fn needs_people(&self) -> bool {
        matches!(
            self,
            Self::Denied { .. }
                | Self::NoLogin { .. }
                | Self::BadAddress { .. }
                | Self::Untrusted { .. }
        )
    }

    /// The sentence for people.
    pub fn sentence(&self) -> Sentence {
        match self {
            Self::BadAddress { detail } => Sentence::new(
                format!("The calendar's address cannot be used ({detail})."),
                format!("Die Adresse des Kalenders ist unbrauchbar ({detail})."),
            ),
            Self::NotFound => Sentence::new(
                "There is no calendar at this address.",
                "Unter dieser Adresse gibt es keinen Kalender.",
            ),
            Self::Denied { status } => Sentence::new(
                format!(
                    "The calendar server refuses access (HTTP {status}). Check user, password and rights."
                ),
                format!(
                    "Der Kalenderserver verweigert den Zugriff (HTTP {status}). Bitte Benutzer, Passwort und Rechte prüfen."
                ),
            ),
            Self::NoLogin { detail } => Sentence::new(
                format!("The calendar server asks for a log-in that cannot be given ({detail})."),
                format!(
                    "Der Kalenderserver verlangt eine Anmeldung, die nicht möglich ist ({detail})."
                ),
            ),
            Self::Unreachable { host } => Sentence::new(
                format!("The calendar server {host} cannot be reached."),
                format!("Der Kalenderserver {host} ist nicht erreichbar."),
            ),
            Self::TimedOut { host } => Sentence::new(
                format!("The calendar server {host} does not answer."),
                format!("Der Kalenderserver {host} antwortet nicht."),
            ),
            Self::Untrusted { host } => Sentence::new(
                format!(
                    "The certificate of {host} is not trusted. Have its authority added on this device."
                ),
                format!(
                    "Dem Zertifikat von {host} wird nicht vertraut. Bitte die Zertifizierungsstelle auf diesem Gerät ergänzen lassen."
                ),
            ),
            Self::TooLarge { limit } => Sentence::new(
                format!("The calendar is too large (more than {} MB).", limit >> 20),
                format!("Der Kalender ist zu groß (mehr als {} MB).", limit >> 20),
            ),
            Self::NotCalendar(error) => error.sentence(),
            Self::Server { status } => Sentence::new(
                format!("The calendar server reports an error (HTTP {status})."),
                format!("Der Kalenderserver meldet einen Fehler (HTTP {status})."),
            ),
            Self::Redirected { host, .. } => Sentence::new(
                format!("The calendar server sends to {host}, which is not safe to follow."),
                format!("Der Kalenderserver verweist auf {host}; dem zu folgen ist nicht sicher."),
            ),
            Self::NoCalendar => Sentence::new(
                "The account holds no calendar, or none with the chosen name.",
                "Das Konto enthält keinen Kalender oder keinen mit dem gewählten Namen.",
            ),
            Self::Protocol { .. } => Sentence::new(
                "The calendar server's answer was not understood.",
                "Die Antwort des Kalenderservers ist unverständlich.",
            ),
            Self::Unreadable { .. } => Sentence::new(
                "The calendar file cannot be read.",
                "Die Kalenderdatei ist nicht lesbar.",
            ),
        }
    }
}
