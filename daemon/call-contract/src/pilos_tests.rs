//! PILOS: codes of digits, personal links, recording, waiting, starting only where that is allowed and asked for.

use super::*;
use crate::contract::Verb;
use crate::contract::testing::{asked, header, json as answer, page, sent, visitor};

const LINK: &str = "https://pilos.stadt.example/rooms/abc-def-123";

fn room(over: Value) -> Input {
    let mut room = json!({
        "id": "abc-def-123", "name": "Rat", "authenticated": true, "can_start": false,
        "record": false, "record_attendance": false, "last_meeting": null,
    });
    for (key, value) in over.as_object().unwrap() {
        room[key] = value.clone();
    }
    answer(200, json!({ "data": room }))
}

fn running() -> Value {
    json!({ "start": "2026-01-01T10:00:00Z", "end": null, "detached": null })
}

fn message(status: u16, text: &str) -> Input {
    answer(status, json!({ "message": text }))
}

fn machine(link: &str, code: Option<&str>) -> Pilos {
    let mut visitor = visitor(link);
    visitor.code = code.map(Private::new);
    Pilos::new(visitor).unwrap()
}

#[test]
fn a_running_meeting_is_joined_with_the_code_without_hyphens() {
    let mut machine = machine(LINK, Some("123-456-789"));
    let next = machine.step(Mono(0), Input::Enter);
    assert_eq!(asked(&next).url.path(), "/api/v1/rooms/abc-def-123");
    assert_eq!(header(asked(&next), "access-code"), Some("123456789"));
    let next = machine.step(Mono(0), room(json!({ "last_meeting": running() })));
    let request = asked(&next);
    assert_eq!(request.url.path(), "/api/v1/rooms/abc-def-123/join");
    assert_eq!(header(request, "access-code"), Some("123456789"));
    assert_eq!(sent(request)["name"], "Saal 2");
    assert_eq!(sent(request)["consent_record"], false);
    let next = machine.step(
        Mono(0),
        answer(200, json!({ "url": "https://bbb.stadt.example/x" })),
    );
    assert_eq!(
        next,
        [Output::Open(Private::new("https://bbb.stadt.example/x"))]
    );
}

#[test]
fn who_may_start_it_starts_it_and_who_may_not_waits() {
    let mut first = machine(LINK, None);
    first.step(Mono(0), Input::Enter);
    let next = first.step(Mono(0), room(json!({ "can_start": true })));
    assert!(asked(&next).url.path().ends_with("/start"));
    let mut machine = machine(LINK, None);
    machine.step(Mono(0), Input::Enter);
    let next = machine.step(Mono(0), room(json!({})));
    assert_eq!(next, [Output::Say(CallSeen::Waiting(WaitingFor::Host))]);
    let next = machine.step(Mono(30_000), Input::Tick);
    assert_eq!(asked(&next).verb, Verb::Get, "waiting only reads");
    let next = machine.step(Mono(30_000), room(json!({ "last_meeting": running() })));
    assert!(asked(&next).url.path().ends_with("/join"));
    assert_eq!(
        machine.step(Mono(30_000), message(460, "closed")),
        [Output::Say(CallSeen::Waiting(WaitingFor::Host))]
    );
}

#[test]
fn before_the_press_the_room_is_only_read() {
    let mut machine = machine(LINK, None);
    assert_eq!(
        asked(&machine.step(Mono(0), Input::Prepare)).verb,
        Verb::Get
    );
    let next = machine.step(Mono(0), room(json!({ "can_start": true })));
    assert_eq!(next, [Output::Say(CallSeen::Warm)]);
}

#[test]
fn codes_are_asked_for_refused_and_never_sent_when_they_cannot_be_right() {
    let mut machine1 = machine(LINK, None);
    machine1.step(Mono(0), Input::Enter);
    let next = machine1.step(Mono(0), room(json!({ "authenticated": false })));
    assert_eq!(
        next,
        [Output::Say(CallSeen::PasscodeAsked { rejected: false })]
    );
    let next = machine1.step(Mono(0), Input::Passcode(Private::new("111")));
    assert_eq!(header(asked(&next), "access-code"), Some("111"));
    let next = machine1.step(Mono(0), message(401, "invalid_code"));
    assert_eq!(
        next,
        [Output::Say(CallSeen::PasscodeAsked { rejected: true })]
    );
    let next = machine1.step(Mono(0), Input::Passcode(Private::new("Buchstaben")));
    assert_eq!(
        next,
        [Output::Say(CallSeen::PasscodeAsked { rejected: true })]
    );
    let mut machine = machine(LINK, None);
    machine.step(Mono(0), Input::Enter);
    machine.step(Mono(0), room(json!({ "last_meeting": running() })));
    let next = machine.step(Mono(0), message(403, "require_code"));
    assert_eq!(
        next,
        [Output::Say(CallSeen::PasscodeAsked { rejected: false })]
    );
}

#[test]
fn a_personal_link_needs_neither_name_nor_code() {
    let mut personal = machine(&format!("{LINK}/tokentoken"), None);
    let next = personal.step(Mono(0), Input::Enter);
    assert_eq!(header(asked(&next), "token"), Some("tokentoken"));
    let next = personal.step(Mono(0), room(json!({ "last_meeting": running() })));
    assert_eq!(sent(asked(&next))["name"], Value::Null);
    let mut stale = machine(&format!("{LINK}/tokentoken"), None);
    stale.step(Mono(0), Input::Enter);
    let next = stale.step(Mono(0), message(401, "invalid_token"));
    assert_eq!(next, [failed(CallFailure::NotFound)]);
}

#[test]
fn recording_and_accounts_are_for_a_person() {
    for key in ["record", "record_attendance"] {
        let mut machine = machine(LINK, None);
        machine.step(Mono(0), Input::Enter);
        let next = machine.step(
            Mono(0),
            room(json!({ key: true, "last_meeting": running() })),
        );
        assert_eq!(
            next,
            person(PersonNeeded::Consent(Some(
                room_core::hand::Consent::Recording
            ))),
            "{key}"
        );
    }
    let mut agreed = visitor(LINK);
    agreed.consent = Consent::Given;
    let mut machine1 = Pilos::new(agreed).unwrap();
    machine1.step(Mono(0), Input::Enter);
    let next = machine1.step(
        Mono(0),
        room(json!({ "record": true, "last_meeting": running() })),
    );
    assert_eq!(sent(asked(&next))["consent_record"], true);
    assert_eq!(sent(asked(&next))["consent_record_video"], false);
    let next = machine1.step(
        Mono(0),
        answer(200, json!({ "url": "https://bbb.example/join" })),
    );
    let recording = CallSeen::Agreed(room_core::hand::Consent::Recording);
    assert_eq!(next[0], Output::Say(recording), "and it is told");
    let mut machine = machine(LINK, None);
    machine.step(Mono(0), Input::Enter);
    let next = machine.step(Mono(0), message(403, "guests_not_allowed"));
    assert_eq!(next, person(PersonNeeded::Login));
}

#[test]
fn the_cookie_against_forgery_is_given_back_as_a_header() {
    let mut machine = machine(LINK, None);
    machine.step(Mono(0), Input::Enter);
    let Input::Answered(mut with) = room(json!({ "last_meeting": running() })) else {
        unreachable!("an answer")
    };
    with.cookies = vec![("XSRF-TOKEN".into(), Private::new("a%3D%3D"))];
    let next = machine.step(Mono(0), Input::Answered(with));
    assert_eq!(header(asked(&next), "x-xsrf-token"), Some("a=="));
    assert_eq!(
        header(asked(&next), "referer"),
        Some("https://pilos.stadt.example/")
    );
}

#[test]
fn another_server_is_not_spoken_with_and_an_unknown_room_is_not_found() {
    let cases = [
        (page(200, "<html>"), Output::NotSpoken),
        (
            message(404, "The route api/v1/rooms could not be found."),
            Output::NotSpoken,
        ),
        (
            message(404, "No query results for model [Room]."),
            failed(CallFailure::NotFound),
        ),
    ];
    for (input, want) in cases {
        let mut machine = machine(LINK, None);
        machine.step(Mono(0), Input::Enter);
        assert_eq!(machine.step(Mono(0), input), [want]);
    }
}
