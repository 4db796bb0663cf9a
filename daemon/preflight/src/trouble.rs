//! Everything that a room can fail at before a meeting, by name: a code, how bad it is, what may repair it. Knows no sentence.

use crate::check::Check;
use crate::sound::{Finding, Verdict};
use serde::{Deserialize, Serialize};

/// Something that is not as it should be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Trouble {
    /// Of the sound.
    Sound(Finding),
    /// The sound could not be measured: there is no such microphone, loudspeaker or sound server.
    SoundUnreachable(String),
    /// The machine had no time to play and record: what was heard would be said of the room wrongly.
    SoundBusy,
    /// Another program was playing at the loudspeaker.
    SoundDisturbed(String),
    /// A camera is not plugged in.
    CameraMissing(String),
    /// A camera is there and gives no picture.
    CameraSilent(String),
    /// Another program has the camera.
    CameraTaken(String),
    /// Its picture does not move on.
    PictureFrozen(String),
    /// Its picture is black or empty, as behind a cover. A room in the dark is none of it.
    PictureCovered(String),
    /// Its picture is out of focus.
    PictureBlurred(String),
    /// A camera head does not answer.
    HeadSilent(String),
    /// A camera head did not reach the preset.
    HeadAstray(String),
    /// A display does not answer.
    DisplaySilent(String),
    /// A display stays dark.
    DisplayDark(String),
    /// A display shows another input.
    DisplayWrongInput(String),
    /// The host's name has no address.
    NameUnknown,
    /// The host refuses the line at this port.
    PathClosed(u16),
    /// Nothing comes back from the host at this port.
    PathSilent(u16),
    /// The host's certificate is of nobody whom this room trusts, or of another name.
    CertificateUntrusted,
    /// The host's certificate has ended, or does not hold yet.
    CertificateOver,
    /// The host's certificate ends in so many days.
    CertificateEnds(u32),
    /// No secret line comes about, for another reason.
    TlsFails,
    /// This machine's clock is wrong by so many seconds.
    ClockWrong(u32),
    /// The way is long: so many milliseconds.
    PathSlow(u32),
    /// The way is uneven: so many milliseconds.
    PathUneven(u32),
    /// So many of a hundred tries came to nothing.
    PathLossy(u32),
    /// Only so many kilobits a second come through.
    PathNarrow(u32),
    /// The SIP service cannot be reached.
    SipSilent,
    /// The SIP service is there, but not proven to be itself.
    SipUntrusted,
    /// The meeting's link is of no service that the room knows.
    MeetingUnknown,
    /// The meeting's host is not on the room's list.
    MeetingNotAllowed,
    /// The room does not know the pages of the meeting's service.
    NoPack(String),
    /// The browser that conferences run in does not answer.
    BrowserGone,
    /// A button, lamp, panel or table button does not answer.
    FittingSilent(String),
    /// A check did not come to its end in time.
    Late(Check),
}

/// What may mend something without people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Repair {
    /// Cards and graph are set up anew.
    ResetSound,
    /// The camera is let go of and opened again.
    ReopenCamera,
    /// The head's line is opened again.
    ReopenHead,
    /// The display is switched on and to the room's input.
    WakeDisplay,
}

impl Repair {
    /// The word that records use.
    pub fn word(self) -> &'static str {
        match self {
            Repair::ResetSound => "reset-sound",
            Repair::ReopenCamera => "reopen-camera",
            Repair::ReopenHead => "reopen-head",
            Repair::WakeDisplay => "wake-display",
        }
    }
}

impl Trouble {
    /// The code that faces, logs and IT use.
    pub fn code(&self) -> &'static str {
        match self {
            Trouble::Sound(finding) => finding.code(),
            Trouble::SoundUnreachable(_) => "sound-unreachable",
            Trouble::SoundBusy => "sound-busy",
            Trouble::SoundDisturbed(_) => "sound-disturbed",
            Trouble::CameraMissing(_) => "camera-missing",
            Trouble::CameraSilent(_) => "camera-silent",
            Trouble::CameraTaken(_) => "camera-taken",
            Trouble::PictureFrozen(_) => "picture-frozen",
            Trouble::PictureCovered(_) => "picture-covered",
            Trouble::PictureBlurred(_) => "picture-blurred",
            Trouble::HeadSilent(_) => "head-silent",
            Trouble::HeadAstray(_) => "head-astray",
            Trouble::DisplaySilent(_) => "display-silent",
            Trouble::DisplayDark(_) => "display-dark",
            Trouble::DisplayWrongInput(_) => "display-wrong-input",
            Trouble::NameUnknown => "path-name-unknown",
            Trouble::PathClosed(_) => "path-closed",
            Trouble::PathSilent(_) => "path-silent",
            Trouble::CertificateUntrusted => "path-certificate-untrusted",
            Trouble::CertificateOver => "path-certificate-over",
            Trouble::CertificateEnds(_) => "path-certificate-ends",
            Trouble::TlsFails => "path-tls-fails",
            Trouble::ClockWrong(_) => "path-clock-wrong",
            Trouble::PathSlow(_) => "path-slow",
            Trouble::PathUneven(_) => "path-uneven",
            Trouble::PathLossy(_) => "path-lossy",
            Trouble::PathNarrow(_) => "path-narrow",
            Trouble::SipSilent => "sip-silent",
            Trouble::SipUntrusted => "sip-untrusted",
            Trouble::MeetingUnknown => "meeting-unknown",
            Trouble::MeetingNotAllowed => "meeting-not-allowed",
            Trouble::NoPack(_) => "meeting-no-pack",
            Trouble::BrowserGone => "browser-gone",
            Trouble::FittingSilent(_) => "fitting-silent",
            Trouble::Late(_) => "check-late",
        }
    }

    /// The role of the camera, head or display that it is of.
    pub(crate) fn device(&mut self) -> Option<&mut String> {
        match self {
            Trouble::CameraMissing(role)
            | Trouble::CameraSilent(role)
            | Trouble::CameraTaken(role)
            | Trouble::PictureFrozen(role)
            | Trouble::PictureCovered(role)
            | Trouble::PictureBlurred(role)
            | Trouble::HeadSilent(role)
            | Trouble::HeadAstray(role)
            | Trouble::DisplaySilent(role)
            | Trouble::DisplayDark(role)
            | Trouble::DisplayWrongInput(role) => Some(role),
            _ => None,
        }
    }

    /// How bad it is by itself.
    pub fn verdict(&self) -> Verdict {
        match self {
            Trouble::Sound(finding) => finding.verdict(),
            Trouble::SoundUnreachable(_)
            | Trouble::CameraMissing(_)
            | Trouble::CameraSilent(_)
            | Trouble::NameUnknown
            | Trouble::PathClosed(_)
            | Trouble::PathSilent(_)
            | Trouble::CertificateUntrusted
            | Trouble::CertificateOver
            | Trouble::TlsFails
            | Trouble::SipSilent
            | Trouble::SipUntrusted
            | Trouble::MeetingUnknown
            | Trouble::MeetingNotAllowed
            | Trouble::NoPack(_)
            | Trouble::BrowserGone
            | Trouble::DisplayDark(_) => Verdict::Red,
            Trouble::PathLossy(of_hundred) if *of_hundred >= 10 => Verdict::Red,
            Trouble::SoundBusy
            | Trouble::SoundDisturbed(_)
            | Trouble::CameraTaken(_)
            | Trouble::PictureFrozen(_)
            | Trouble::PictureCovered(_)
            | Trouble::PictureBlurred(_)
            | Trouble::HeadSilent(_)
            | Trouble::HeadAstray(_)
            | Trouble::DisplaySilent(_)
            | Trouble::DisplayWrongInput(_)
            | Trouble::CertificateEnds(_)
            | Trouble::ClockWrong(_)
            | Trouble::PathSlow(_)
            | Trouble::PathUneven(_)
            | Trouble::PathLossy(_)
            | Trouble::PathNarrow(_)
            | Trouble::FittingSilent(_)
            | Trouble::Late(_) => Verdict::Yellow,
        }
    }

    /// What may mend it; `None` where a person is needed.
    pub fn repair(&self) -> Option<Repair> {
        match self {
            Trouble::Sound(
                Finding::DeadMicrophone(_)
                | Finding::DeafMicrophone(_)
                | Finding::SilentLoudspeaker(_)
                | Finding::NothingHeard
                | Finding::CutOff(_)
                | Finding::Quieter(..)
                | Finding::Louder(..),
            )
            | Trouble::SoundUnreachable(_) => Some(Repair::ResetSound),
            Trouble::CameraSilent(_) | Trouble::PictureFrozen(_) => Some(Repair::ReopenCamera),
            Trouble::HeadSilent(_) | Trouble::HeadAstray(_) => Some(Repair::ReopenHead),
            Trouble::DisplayDark(_) => Some(Repair::WakeDisplay),
            Trouble::Sound(_)
            | Trouble::SoundBusy
            | Trouble::SoundDisturbed(_)
            | Trouble::CameraMissing(_)
            | Trouble::CameraTaken(_)
            | Trouble::PictureCovered(_)
            | Trouble::PictureBlurred(_)
            | Trouble::DisplaySilent(_)
            // Somebody may be showing something of their own; the conference itself brings the room's input.
            | Trouble::DisplayWrongInput(_)
            | Trouble::NameUnknown
            | Trouble::PathClosed(_)
            | Trouble::PathSilent(_)
            | Trouble::CertificateUntrusted
            | Trouble::CertificateOver
            | Trouble::CertificateEnds(_)
            | Trouble::TlsFails
            | Trouble::ClockWrong(_)
            | Trouble::PathSlow(_)
            | Trouble::PathUneven(_)
            | Trouble::PathLossy(_)
            | Trouble::PathNarrow(_)
            | Trouble::SipSilent
            | Trouble::SipUntrusted
            | Trouble::MeetingUnknown
            | Trouble::MeetingNotAllowed
            | Trouble::NoPack(_)
            | Trouble::BrowserGone
            | Trouble::FittingSilent(_)
            | Trouble::Late(_) => None,
        }
    }
}
