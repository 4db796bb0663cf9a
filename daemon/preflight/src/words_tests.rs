//! Both languages say everything, with the same placeholders.

use super::*;
use crate::sound::{Decibels, Mains, Millis, Share};
use texts::keys;

#[test]
fn both_languages_have_the_same_keys_and_placeholders() {
    let de = keys(DE);
    let en = keys(EN);
    assert_eq!(de, en);
    assert!(de.len() > 100, "{} keys", de.len());
}

fn troubles() -> Vec<Trouble> {
    let name = || "front".to_owned();
    let part = || Part::Loudspeaker(name());
    let by = Decibels(6.0);
    let findings = [
        Finding::CutOff(name()),
        Finding::DeadMicrophone(name()),
        Finding::DeafMicrophone(name()),
        Finding::SilentLoudspeaker(name()),
        Finding::NothingHeard,
        Finding::LoudspeakersSwapped(name(), "rear".to_owned()),
        Finding::MicrophonesSwapped(name(), "rear".to_owned()),
        Finding::Quieter(Part::Room, by),
        Finding::Quieter(part(), by),
        Finding::Louder(part(), by),
        Finding::Later(part(), Millis(40.0)),
        Finding::Muffled(part(), by),
        Finding::Thin(part(), by),
        Finding::Distorted(part(), Share(0.2)),
        Finding::Reversed(Part::Microphone(name())),
        Finding::Clipped(name()),
        Finding::Gaps(part(), 3),
        Finding::Hum(name(), Mains::Fifty, Decibels(-40.0)),
        Finding::Noisy(name(), Decibels(-40.0)),
        Finding::Reverberant(1.2),
        Finding::EchoReturns(name(), by),
        Finding::EchoRemains(by),
        Finding::CancellerAway,
    ];
    let mut all: Vec<Trouble> = findings.into_iter().map(Trouble::Sound).collect();
    all.extend([
        Trouble::SoundUnreachable(name()),
        Trouble::SoundBusy,
        Trouble::SoundDisturbed(name()),
        Trouble::CameraMissing(name()),
        Trouble::CameraSilent(name()),
        Trouble::CameraTaken(name()),
        Trouble::PictureFrozen(name()),
        Trouble::PictureCovered(name()),
        Trouble::PictureBlurred(name()),
        Trouble::HeadSilent(name()),
        Trouble::HeadAstray(name()),
        Trouble::DisplaySilent(name()),
        Trouble::DisplayDark(name()),
        Trouble::DisplayWrongInput(name()),
        Trouble::NameUnknown,
        Trouble::PathClosed(443),
        Trouble::PathSilent(8443),
        Trouble::CertificateUntrusted,
        Trouble::CertificateOver,
        Trouble::CertificateEnds(1),
        Trouble::CertificateEnds(5),
        Trouble::TlsFails,
        Trouble::ClockWrong(40),
        Trouble::PathSlow(300),
        Trouble::PathUneven(90),
        Trouble::PathLossy(5),
        Trouble::PathNarrow(700),
        Trouble::SipSilent,
        Trouble::SipUntrusted,
        Trouble::MeetingUnknown,
        Trouble::MeetingNotAllowed,
        Trouble::NoPack(name()),
        Trouble::BrowserGone,
        Trouble::FittingSilent(name()),
        Trouble::Late(Check::Heads),
    ]);
    all
}

#[test]
fn everything_that_can_be_found_has_a_sentence_and_a_suggestion() {
    for language in [Language::De, Language::En] {
        for trouble in troubles() {
            let texts = [trouble.sentence(language), trouble.suggestion(language)];
            for text in texts {
                assert!(text.ends_with(['.', '?']), "{trouble:?}: {text}");
                assert!(!text.contains(['{', '$']), "{trouble:?}: {text}");
            }
        }
        let repairs = [
            Repair::ResetSound,
            Repair::ReopenCamera,
            Repair::ReopenHead,
            Repair::WakeDisplay,
        ];
        for repair in repairs {
            for text in [repair.sentence(language), repair.title(language)] {
                assert!(!text.contains(repair.word()), "{text}");
            }
        }
        for note in [
            Note::EchoByConference,
            Note::EchoByNobody,
            Note::EchoByDaemon,
            Note::EchoTurnedDown,
            Note::EchoUnheard,
        ] {
            let text = note.sentence(language);
            assert!(text.ends_with('.') && !text.contains(note.word()), "{text}");
        }
        for check in Check::ALL {
            assert_ne!(check.title(language), format!("check-{}", check.word()));
        }
    }
}

#[test]
fn sentences_are_those_of_a_careful_administration() {
    let quieter = Trouble::Sound(Finding::Quieter(Part::Room, Decibels(6.2)));
    assert_eq!(
        quieter.sentence(Language::De),
        "Im ganzen Raum ist der Ton 6 dB leiser als bei der Einrichtung."
    );
    assert_eq!(
        quieter.suggestion(Language::En),
        "Has someone turned the amplifier down?"
    );
    let ends = |days| Trouble::CertificateEnds(days).sentence(Language::De);
    assert!(ends(1).contains("in einem Tag ab"), "{}", ends(1));
    assert!(ends(5).contains("in 5 Tagen ab"), "{}", ends(5));
    let closed = Trouble::PathClosed(8443).suggestion(Language::De);
    assert_eq!(
        closed,
        "Firewall und Proxy prüfen: Port 8443 muss offen sein."
    );
    assert_eq!(Language::De.number(-1234.56, 1), "\u{2212}1234,6");
    assert_eq!(Language::En.number(-0.01, 1), "0.0");
}
