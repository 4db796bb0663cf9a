//! Greenlight 3: codes, consent, sign-in, waiting, and that nothing is started before the press.

use super::*;
use crate::contract::Verb;
use crate::contract::testing::{asked, header, json as answer, page, sent, visitor};

const LINK: &str = "https://gl.stadt.example/rooms/abc-def-ghi-jkl/join";
const PAGE: &str = r#"<meta name="csrf-token" content="token-1">"#;

fn room(over: Value) -> Input {
    let mut room = json!({
        "friendly_id": "abc-def-ghi-jkl", "name": "Rat", "recording_consent": "false",
        "require_authentication": "false", "viewer_access_code": false, "moderator_access_code": false,
        "anyone_join_as_moderator": "false",
    });
    for (key, value) in over.as_object().unwrap() {
        room[key] = value.clone();
    }
    answer(200, json!({ "data": room }))
}

fn status(started: bool) -> Input {
    let mut data = json!({ "status": started });
    if started {
        data["joinUrl"] = "https://bbb1.stadt.example/bigbluebutton/api/join?checksum=1".into();
    }
    answer(200, json!({ "data": data }))
}

fn machine(code: Option<&str>) -> Greenlight3 {
    let mut visitor = visitor(LINK);
    visitor.code = code.map(Private::new);
    Greenlight3::new(visitor).unwrap()
}

/// Enters a room with these settings, up to the page that has the token.
fn entered(machine: &mut Greenlight3, over: Value) -> Vec<Output> {
    let first = machine.step(Mono(0), Input::Enter);
    assert_eq!(
        asked(&first).url.path(),
        "/api/v1/rooms/abc-def-ghi-jkl/public.json"
    );
    machine.step(Mono(0), room(over))
}

#[test]
fn a_started_meeting_is_entered_with_token_name_and_code() {
    let mut machine = machine(Some("geheim"));
    let next = entered(&mut machine, json!({ "viewer_access_code": true }));
    assert_eq!(asked(&next).url.as_str(), LINK);
    let next = machine.step(Mono(0), page(200, PAGE));
    let request = asked(&next);
    assert_eq!(
        request.url.path(),
        "/api/v1/meetings/abc-def-ghi-jkl/status.json"
    );
    assert_eq!(header(request, "x-csrf-token"), Some("token-1"));
    assert_eq!(header(request, "accept"), Some(JSON));
    assert_eq!(
        sent(request),
        json!({ "name": "Saal 2", "access_code": "geheim" })
    );
    let next = machine.step(Mono(0), status(true));
    let link = "https://bbb1.stadt.example/bigbluebutton/api/join?checksum=1";
    assert_eq!(next, [Output::Open(Private::new(link))]);
    assert!(machine.step(Mono(0), Input::Enter).is_empty(), "it is over");
}

#[test]
fn nothing_but_the_public_room_is_asked_before_the_press() {
    for over in [json!({}), json!({ "viewer_access_code": true })] {
        let mut machine = machine(None);
        let next = machine.step(Mono(0), Input::Prepare);
        let request = asked(&next);
        assert_eq!(
            (request.verb, request.url.path().ends_with("/public.json")),
            (Verb::Get, true)
        );
        assert_eq!(
            machine.step(Mono(0), room(over)),
            [Output::Say(CallSeen::Warm)]
        );
        assert_eq!(machine.deadline(), None);
    }
}

#[test]
fn a_meeting_that_has_not_started_is_asked_for_again_each_half_minute() {
    let mut machine = machine(None);
    entered(&mut machine, json!({}));
    machine.step(Mono(0), page(200, PAGE));
    let next = machine.step(Mono(1000), status(false));
    assert_eq!(next, [Output::Say(CallSeen::Waiting(WaitingFor::Host))]);
    assert_eq!(machine.deadline(), Some(Mono(31_000)));
    assert!(machine.step(Mono(30_999), Input::Tick).is_empty());
    let next = machine.step(Mono(31_000), Input::Tick);
    assert!(asked(&next).url.path().ends_with("status.json"));
    assert!(matches!(
        machine.step(Mono(31_100), status(true))[..],
        [Output::Open(_)]
    ));
}

#[test]
fn a_short_silence_does_not_end_the_waiting_and_a_long_one_does() {
    let mut machine = machine(None);
    entered(&mut machine, json!({}));
    machine.step(Mono(0), page(200, PAGE));
    machine.step(Mono(0), status(false));
    for _ in 0..MAY_MISS - 1 {
        let at = machine.deadline().unwrap();
        machine.step(at, Input::Tick);
        assert!(machine.step(at, Input::Unanswered).is_empty());
    }
    let at = machine.deadline().unwrap();
    machine.step(at, Input::Tick);
    assert_eq!(
        machine.step(at, Input::Unanswered),
        [failed(CallFailure::Unreachable)]
    );
}

#[test]
fn a_missing_code_is_asked_for_and_a_wrong_one_again() {
    let mut machine = machine(None);
    let next = entered(&mut machine, json!({ "viewer_access_code": true }));
    assert_eq!(
        next,
        [Output::Say(CallSeen::PasscodeAsked { rejected: false })]
    );
    machine.step(Mono(0), Input::Passcode(Private::new("falsch")));
    machine.step(Mono(0), page(200, PAGE));
    let next = machine.step(Mono(0), answer(403, json!({ "errors": [] })));
    assert_eq!(
        next,
        [Output::Say(CallSeen::PasscodeAsked { rejected: true })]
    );
    let next = machine.step(Mono(0), Input::Passcode(Private::new("richtig")));
    assert_eq!(sent(asked(&next))["access_code"], "richtig");
}

#[test]
fn an_optional_moderator_code_that_is_refused_is_left_out() {
    let mut machine = machine(Some("zufall"));
    entered(&mut machine, json!({ "moderator_access_code": true }));
    let next = machine.step(Mono(0), page(200, PAGE));
    assert_eq!(sent(asked(&next))["access_code"], "zufall");
    let next = machine.step(Mono(0), answer(403, json!({ "errors": [] })));
    assert_eq!(sent(asked(&next))["access_code"], "");
}

#[test]
fn a_code_where_none_is_set_is_not_sent() {
    let mut machine = machine(Some("uralt"));
    entered(&mut machine, json!({}));
    let next = machine.step(Mono(0), page(200, PAGE));
    assert_eq!(sent(asked(&next))["access_code"], "");
}

#[test]
fn sign_in_and_consent_are_for_a_person_who_finds_the_page() {
    let mut machine1 = machine(None);
    let next = entered(&mut machine1, json!({ "require_authentication": "true" }));
    assert_eq!(next, person(PersonNeeded::Login));
    let mut machine2 = machine(None);
    let next = entered(&mut machine2, json!({ "recording_consent": "true" }));
    assert_eq!(
        next,
        person(PersonNeeded::Consent(Some(
            room_core::hand::Consent::Recording
        )))
    );
    let mut agreed = visitor(LINK);
    agreed.consent = Consent::Given;
    let mut machine = Greenlight3::new(agreed).unwrap();
    let next = entered(&mut machine, json!({ "recording_consent": "true" }));
    assert_eq!(asked(&next).url.as_str(), LINK);
}

#[test]
fn a_page_instead_of_json_means_another_server() {
    let mut machine1 = machine(None);
    machine1.step(Mono(0), Input::Enter);
    assert_eq!(
        machine1.step(Mono(0), page(200, "<html>")),
        [Output::NotSpoken]
    );
    let mut machine2 = machine(None);
    machine2.step(Mono(0), Input::Enter);
    let other = json!({ "message": "The route could not be found." });
    assert_eq!(
        machine2.step(Mono(0), answer(404, other)),
        [Output::NotSpoken]
    );
    let mut machine3 = machine(None);
    machine3.step(Mono(0), Input::Enter);
    let next = machine3.step(
        Mono(0),
        answer(404, json!({ "errors": ["RecordNotFound"] })),
    );
    assert_eq!(next, [failed(CallFailure::NotFound)]);
}

#[test]
fn a_token_that_rails_forgot_is_fetched_anew_once() {
    let mut machine = machine(None);
    entered(&mut machine, json!({}));
    machine.step(Mono(0), page(200, PAGE));
    let next = machine.step(Mono(0), answer(500, json!({ "errors": ["ServerError"] })));
    assert_eq!(asked(&next).url.as_str(), LINK);
    machine.step(Mono(0), page(200, PAGE));
    let next = machine.step(Mono(0), answer(500, json!({ "errors": ["ServerError"] })));
    assert_eq!(next, [failed(CallFailure::Unreachable)]);
}

#[test]
fn the_code_in_a_link_counts_and_an_application_below_a_path_is_found() {
    let link = "https://portal.stadt.example/gl/rooms/abc-def-ghi-jkl/join?viewerCode=im-link";
    let mut machine = Greenlight3::new(visitor(link)).unwrap();
    let next = machine.step(Mono(0), Input::Enter);
    assert_eq!(
        asked(&next).url.path(),
        "/gl/api/v1/rooms/abc-def-ghi-jkl/public.json"
    );
    machine.step(Mono(0), room(json!({ "viewer_access_code": true })));
    let next = machine.step(Mono(0), page(200, PAGE));
    assert_eq!(sent(asked(&next))["access_code"], "im-link");
}
