//! Owns the reasons why a meeting has a button or none, as a closed list with a sentence in German and English.
//! Host names appear in them, links and passcodes never.

use serde::Deserialize;

use super::{catalogue::service_name, hosts::ServiceId};
use crate::error::Sentence;

/// Where in an event the link stood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// CONFERENCE or a vendor's property of that kind.
    Conference,
    /// URL.
    Url,
    /// LOCATION.
    Location,
    /// DESCRIPTION.
    Description,
    /// The HTML form of the description.
    Html,
}

/// Why a link is not opened although somebody meant it to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// `http:`.
    PlainHttp,
    /// A name or password in front of the host, which hides the true host.
    UserInfo,
    /// The host imitates a known one.
    LookAlike {
        /// The host that it imitates.
        of: String,
    },
    /// The host has letters of other alphabets and is not on the operator's table.
    ForeignLetters,
    /// Too many wrappers around the link.
    TooDeep,
    /// A mail filter put a link of its own in its place, which only the filter's server can undo.
    Sealed,
    /// Not a link that can be read without doubt.
    Malformed,
}

/// Why a page of a known service is no conference to join.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CannotJoin {
    /// Somebody must register first.
    Registration,
    /// A recording.
    Recording,
    /// A page for people, such as help or a start page.
    HelpPage,
    /// A log-in page.
    SignIn,
    /// Something else of this service.
    NotAMeetingPage,
    /// No room joins conferences of this service.
    NotSupported,
}

/// Why one conference was chosen where an invitation names several.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Chosen {
    /// There is only one.
    Only,
    /// The others stand in an older message or in a signature.
    Newest,
    /// It stands in a field that is trusted more.
    Field,
    /// Its host is on the operator's table.
    Listed,
    /// It stands first.
    Topmost,
}

/// Why a meeting has a target or none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// A link was recognised.
    Recognised {
        /// Where it stood.
        from: Origin,
        /// How many other conferences the invitation names.
        others: u8,
        /// Why this one was taken.
        chosen: Chosen,
    },
    /// A SIP address was recognised, and no link.
    RecognisedSip,
    /// The meeting is cancelled.
    Cancelled,
    /// There is no text at all; the room's mailbox probably strips it.
    NoText,
    /// There is text, but no link in it.
    NoLink,
    /// The host belongs to nobody known.
    UnknownHost {
        /// The host.
        host: String,
        /// The service it looks like.
        looks_like: Option<ServiceId>,
    },
    /// The link is not opened.
    Refused {
        /// The host, where it could be read.
        host: Option<String>,
        /// The reason.
        reason: Refusal,
    },
    /// The service is known, the page is no conference.
    CannotJoin {
        /// The service.
        service: ServiceId,
        /// The reason.
        reason: CannotJoin,
    },
}

impl Why {
    /// How much a reason explains; the highest is shown when nothing was recognised.
    pub(super) fn rank(&self) -> u8 {
        match self {
            Why::NoText | Why::NoLink => 0,
            Why::Refused { reason, .. } => match reason {
                Refusal::Malformed | Refusal::TooDeep => 1,
                Refusal::Sealed => 4,
                Refusal::ForeignLetters => 5,
                Refusal::PlainHttp | Refusal::UserInfo | Refusal::LookAlike { .. } => 8,
            },
            Why::UnknownHost { looks_like, .. } => match looks_like {
                None => 2,
                Some(_) => 7,
            },
            Why::CannotJoin { reason, .. } => match reason {
                CannotJoin::HelpPage | CannotJoin::NotAMeetingPage => 3,
                CannotJoin::Registration | CannotJoin::Recording | CannotJoin::SignIn => 6,
                CannotJoin::NotSupported => 7,
            },
            Why::Recognised { .. } | Why::RecognisedSip | Why::Cancelled => 9,
        }
    }

    /// True when the reason names a conference that somebody meant to be joined.
    pub(super) fn names_a_conference(&self) -> bool {
        match self {
            Why::UnknownHost { looks_like, .. } => looks_like.is_some(),
            Why::CannotJoin { reason, .. } => *reason == CannotJoin::NotSupported,
            Why::Refused { reason, .. } => !matches!(reason, Refusal::Malformed),
            _ => false,
        }
    }

    /// The service that the reason is about.
    pub fn service(&self) -> Option<&ServiceId> {
        match self {
            Why::CannotJoin { service, .. } => Some(service),
            Why::UnknownHost { looks_like, .. } => looks_like.as_ref(),
            _ => None,
        }
    }

    /// The line for `[hosts]` in the room's file that would allow the host, where it looks like a service.
    pub fn hosts_line(&self) -> Option<String> {
        let Why::UnknownHost {
            host,
            looks_like: Some(service),
        } = self
        else {
            return None;
        };
        Some(format!("\"{host}\" = \"{service}\""))
    }

    /// A short name for IT and for counting.
    pub fn code(&self) -> &'static str {
        match self {
            Why::Recognised { from, .. } => match from {
                Origin::Conference => "recognised-in-conference",
                Origin::Url => "recognised-in-url",
                Origin::Location => "recognised-in-location",
                Origin::Description => "recognised-in-description",
                Origin::Html => "recognised-in-html",
            },
            Why::RecognisedSip => "recognised-sip",
            Why::Cancelled => "cancelled",
            Why::NoText => "no-text",
            Why::NoLink => "no-link",
            Why::UnknownHost { .. } => "unknown-host",
            Why::Refused { reason, .. } => match reason {
                Refusal::PlainHttp => "refused-plain-http",
                Refusal::UserInfo => "refused-user-info",
                Refusal::LookAlike { .. } => "refused-look-alike",
                Refusal::ForeignLetters => "refused-foreign-letters",
                Refusal::TooDeep => "refused-too-many-wrappers",
                Refusal::Sealed => "refused-sealed-by-mail-filter",
                Refusal::Malformed => "refused-malformed",
            },
            Why::CannotJoin { reason, .. } => match reason {
                CannotJoin::Registration => "cannot-join-registration",
                CannotJoin::Recording => "cannot-join-recording",
                CannotJoin::HelpPage => "cannot-join-help-page",
                CannotJoin::SignIn => "cannot-join-sign-in",
                CannotJoin::NotAMeetingPage => "cannot-join-not-a-meeting-page",
                CannotJoin::NotSupported => "cannot-join-not-supported",
            },
        }
    }

    /// The sentence for people.
    pub fn sentence(&self) -> Sentence {
        match self {
            Why::Recognised {
                from,
                others,
                chosen,
            } => recognised(*from, *others, *chosen),
            Why::RecognisedSip => Sentence::new(
                "Recognised by the SIP address in the invitation.",
                "Erkannt an der SIP-Adresse in der Einladung.",
            ),
            Why::Cancelled => Sentence::new(
                "This meeting has been cancelled.",
                "Dieser Termin wurde abgesagt.",
            ),
            Why::NoText => Sentence::new(
                "The entry has no text at all; the room's mailbox may be removing it.",
                "Der Eintrag hat keinen Text; vielleicht entfernt ihn das Raumpostfach.",
            ),
            Why::NoLink => Sentence::new(
                "There is no conference link in the invitation.",
                "In der Einladung steht kein Konferenzlink.",
            ),
            Why::UnknownHost { host, looks_like } => unknown(host, looks_like.as_ref()),
            Why::Refused { host, reason } => refused(host.as_deref(), reason),
            Why::CannotJoin { service, reason } => cannot(service, *reason),
        }
    }
}

fn recognised(from: Origin, others: u8, chosen: Chosen) -> Sentence {
    let (en, de) = match from {
        Origin::Conference => ("the conference field", "im Konferenzfeld"),
        Origin::Url => ("the URL field", "im URL-Feld"),
        Origin::Location => ("the location", "im Ort"),
        Origin::Description => ("the description", "in der Beschreibung"),
        Origin::Html => (
            "the formatted description",
            "in der formatierten Beschreibung",
        ),
    };
    let (because_en, because_de) = match chosen {
        Chosen::Only => ("", ""),
        Chosen::Newest => (
            " in an older message or a signature",
            " in einer älteren Nachricht oder einer Signatur",
        ),
        Chosen::Field => (
            " in a less trusted place",
            " an weniger verlässlicher Stelle",
        ),
        Chosen::Listed => (
            " on hosts that are not on the operator's table",
            " auf Servern, die nicht in der Liste des Betreibers stehen",
        ),
        Chosen::Topmost => (" further down", " weiter unten"),
    };
    let (more_en, more_de) = match others {
        0 => (String::new(), String::new()),
        1 => (
            format!(" The invitation names another conference{because_en}."),
            format!(" Die Einladung nennt eine weitere Konferenz{because_de}."),
        ),
        n => (
            format!(" The invitation names {n} other conferences{because_en}."),
            format!(" Die Einladung nennt {n} weitere Konferenzen{because_de}."),
        ),
    };
    Sentence::new(
        format!("Recognised by the link in {en}.{more_en}"),
        format!("Erkannt am Link {de}.{more_de}"),
    )
}

fn unknown(host: &str, looks_like: Option<&ServiceId>) -> Sentence {
    match looks_like {
        Some(service) => {
            let name = service_name(service);
            Sentence::new(
                format!("The link looks like {name}, but {host} is not on the operator's table."),
                format!(
                    "Der Link sieht nach {name} aus, aber {host} steht nicht in der Liste des Betreibers."
                ),
            )
        }
        None => Sentence::new(
            format!("The host {host} is not on the operator's table."),
            format!("Der Server {host} steht nicht in der Liste des Betreibers."),
        ),
    }
}

fn refused(host: Option<&str>, reason: &Refusal) -> Sentence {
    let (at_en, at_de) = match host {
        Some(host) => (format!(" to {host}"), format!(" zu {host}")),
        None => (String::new(), String::new()),
    };
    let (en, de) = match reason {
        Refusal::PlainHttp => (
            "it is not encrypted (http)".into(),
            "er ist unverschlüsselt (http)".into(),
        ),
        Refusal::UserInfo => (
            "a name in front of the host hides where it leads".into(),
            "ein Name vor dem Server verdeckt das Ziel".into(),
        ),
        Refusal::LookAlike { of } => (
            format!("the host imitates {of}"),
            format!("der Server ahmt {of} nach"),
        ),
        Refusal::ForeignLetters => (
            "its host has letters of other alphabets and is not on the operator's table".into(),
            "sein Servername hat fremde Buchstaben und steht nicht in der Liste des Betreibers"
                .into(),
        ),
        Refusal::TooDeep => (
            "it is wrapped too many times".into(),
            "er ist zu oft verpackt".into(),
        ),
        Refusal::Sealed => (
            "a mail filter has replaced it, and only the filter knows where it leads".into(),
            "ein Mailfilter hat ihn ersetzt, und nur der Filter kennt das Ziel".into(),
        ),
        Refusal::Malformed => ("it cannot be read".into(), "er ist nicht lesbar".into()),
    };
    Sentence::new(
        format!("The link{at_en} is not opened: {en}."),
        format!("Der Link{at_de} wird nicht geöffnet: {de}."),
    )
}

fn cannot(service: &ServiceId, reason: CannotJoin) -> Sentence {
    let name = service_name(service);
    let (en, de) = match reason {
        CannotJoin::Registration => (
            "one has to register first",
            "man muss sich erst registrieren",
        ),
        CannotJoin::Recording => ("it is a recording", "er führt zu einer Aufzeichnung"),
        CannotJoin::HelpPage => (
            "it is a page of information",
            "er führt zu einer Informationsseite",
        ),
        CannotJoin::SignIn => ("it is a log-in page", "er führt zu einer Anmeldeseite"),
        CannotJoin::NotAMeetingPage => {
            ("it leads into no conference", "er führt in keine Konferenz")
        }
        CannotJoin::NotSupported => {
            return Sentence::new(
                format!("This meeting is on {name}; this room cannot take part there."),
                format!(
                    "Diese Besprechung ist bei {name}; dieser Raum kann dort nicht teilnehmen."
                ),
            );
        }
    };
    Sentence::new(
        format!("The link belongs to {name}, but {en}."),
        format!("Der Link gehört zu {name}, aber {de}."),
    )
}
