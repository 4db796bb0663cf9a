//! The signed API: checksums against published values, the invariant of silence, waiting and refusals.

use super::*;
use crate::contract::testing::{asked, visitor, xml};
use std::collections::HashSet;

const LINK: &str = "https://bbb.stadt.example/bigbluebutton/api/join?meetingID=rat%20haus";
const INFO: &str = "<response><returncode>SUCCESS</returncode><meetingName>A &amp; B</meetingName>\
    <createTime>1531155809613</createTime><running>true</running><hasBeenForciblyEnded>false</hasBeenForciblyEnded>\
    <participantCount>2</participantCount><maxUsers>0</maxUsers>\
    <attendees><attendee><createTime>0</createTime></attendee></attendees></response>";

fn refusal(key: &str) -> Input {
    xml(&format!(
        "<response><returncode>FAILED</returncode><messageKey>{key}</messageKey><message>no</message></response>"
    ))
}

fn machine() -> BbbApi {
    let key = Key::new(Private::new("639259d4-9dd8-4b25-bf01-95f9567eaf4b"), None);
    BbbApi::new(visitor(LINK), Some(key)).unwrap()
}

/// The example of BigBlueButton's documentation of its API.
#[test]
fn the_documented_example_is_signed_as_documented() {
    let key = Key::new(Private::new("639259d4-9dd8-4b25-bf01-95f9567eaf4b"), None);
    let api = Url::parse("https://bbb.stadt.example/bigbluebutton/api/").unwrap();
    let parameters = [
        ("name", "Test Meeting"),
        ("meetingID", "abc123"),
        ("attendeePW", "111222"),
        ("moderatorPW", "333444"),
    ];
    let query = "name=Test+Meeting&meetingID=abc123&attendeePW=111222&moderatorPW=333444";
    let text = format!("create{query}639259d4-9dd8-4b25-bf01-95f9567eaf4b");
    assert_eq!(
        Checksum::Sha1.of(&text),
        "1fcbb0c4fc1f039f73aa6d697d2db9ba7f803f17"
    );
    let signed = key.sign(&api, "create", &parameters);
    let (query, sum) = signed.query().unwrap().rsplit_once("&checksum=").unwrap();
    let text = format!("create{query}639259d4-9dd8-4b25-bf01-95f9567eaf4b");
    assert_eq!(
        sum,
        Checksum::Sha1.of(&text),
        "the sum is over what is sent"
    );
}

#[test]
fn the_algorithm_is_the_operators_or_goes_with_the_secret() {
    let of = |length: usize| Checksum::of_secret(&"x".repeat(length));
    assert_eq!(
        [of(40), of(64), of(96), of(128), of(36)],
        [
            Checksum::Sha1,
            Checksum::Sha256,
            Checksum::Sha384,
            Checksum::Sha512,
            Checksum::Sha1,
        ]
    );
    let digits = |checksum: Checksum| checksum.of("").len();
    let all = [
        Checksum::Sha1,
        Checksum::Sha256,
        Checksum::Sha384,
        Checksum::Sha512,
    ];
    assert_eq!(all.map(digits), [40, 64, 96, 128]);
}

#[test]
fn a_running_meeting_gives_a_signed_link_that_lets_nothing_out() {
    let mut machine = machine();
    let next = machine.step(Mono(0), Input::Enter);
    assert_eq!(asked(&next).url.path(), "/bigbluebutton/api/getMeetingInfo");
    let next = machine.step(Mono(0), xml(INFO));
    let [Output::Open(link)] = &next[..] else {
        panic!("a link was expected, not {next:?}")
    };
    let link = Url::parse(link.reveal()).unwrap();
    let value = |name: &str| {
        let found = link.query_pairs().find(|(key, _)| key == name);
        found.map(|(_, value)| value.into_owned())
    };
    assert_eq!(link.path(), "/bigbluebutton/api/join");
    assert_eq!(value("meetingID").as_deref(), Some("rat haus"));
    assert_eq!(value("fullName").as_deref(), Some("Saal 2"));
    assert_eq!(value("role").as_deref(), Some("VIEWER"));
    assert_eq!(value("createTime").as_deref(), Some("1531155809613"));
    for opens in [
        "bbb_skip_check_audio",
        "bbb_skip_check_audio_on_first_join",
        "bbb_auto_share_webcam",
    ] {
        assert_eq!(
            value(&format!("userdata-{opens}")).as_deref(),
            Some("false"),
            "{opens}"
        );
    }
    assert_eq!(
        value("userdata-bbb_listen_only_mode").as_deref(),
        Some("true")
    );
}

#[test]
fn a_meeting_that_nobody_created_is_waited_for_and_never_created() {
    let mut machine = machine();
    machine.step(Mono(0), Input::Enter);
    let next = machine.step(Mono(0), refusal("notFound"));
    assert_eq!(next, [Output::Say(CallSeen::Waiting(WaitingFor::Host))]);
    let next = machine.step(Mono(30_000), Input::Tick);
    assert!(asked(&next).url.path().ends_with("/getMeetingInfo"));
    assert!(matches!(
        machine.step(Mono(30_000), xml(INFO))[..],
        [Output::Open(_)]
    ));
}

#[test]
fn refusals_are_named() {
    let ended = INFO.replace("<hasBeenForciblyEnded>false", "<hasBeenForciblyEnded>true");
    let full = INFO.replace("<maxUsers>0", "<maxUsers>2");
    let cases = [
        (refusal("checksumError"), failed(CallFailure::KeyRefused)),
        (refusal("maxParticipantsReached"), failed(CallFailure::Full)),
        (xml(&ended), Output::Say(BbbEnd::EndedFromApi.seen())),
        (xml(&full), failed(CallFailure::Full)),
        (xml("<html></html>"), Output::NotSpoken),
    ];
    for (input, want) in cases {
        let mut machine = machine();
        machine.step(Mono(0), Input::Enter);
        assert_eq!(machine.step(Mono(0), input), [want]);
    }
    let mut keyless = BbbApi::new(visitor(LINK), None).unwrap();
    assert_eq!(
        keyless.step(Mono(0), Input::Enter),
        [failed(CallFailure::KeyRefused)]
    );
}

#[test]
fn every_reason_has_a_name_of_its_own_and_is_read_back() {
    let names: HashSet<_> = BbbEnd::ALL.iter().map(|end| end.name()).collect();
    assert_eq!(names.len(), BbbEnd::ALL.len());
    for end in BbbEnd::ALL {
        assert_eq!(BbbEnd::parse(end.name()), Some(*end));
    }
    assert_eq!(BbbEnd::parse("something_new"), None);
}

/// A call that somebody ended or put the room out of is never joined again by itself.
#[test]
fn no_reason_counts_as_a_page_that_was_lost() {
    use room_core::event::EndReason;
    for end in BbbEnd::ALL {
        assert_ne!(
            end.ending(),
            Ending::Over(EndReason::PageGone),
            "{}",
            end.name()
        );
    }
}
