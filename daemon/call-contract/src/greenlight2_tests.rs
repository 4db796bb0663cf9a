//! Greenlight 2: its two forms, waiting, sign-in and consent.

use super::*;
use crate::contract::testing::{asked, page, redirect, visitor};

const LINK: &str = "https://gl.stadt.example/b/max-abc-def-ghi";
const JOIN: &str = r#"<body data-controller="rooms"><form action="/b/max-abc-def-ghi" method="post">
<input type="hidden" name="authenticity_token" value="t1"><input type="hidden" name="/b/max-abc-def-ghi[search]" value="">
<input id="_b_max-abc-def-ghi_join_name" name="/b/max-abc-def-ghi[join_name]"></form>"#;
const LOGIN: &str = r#"<body data-controller="rooms"><form action="/b/max-abc-def-ghi/login" method="post">
<input type="hidden" name="authenticity_token" value="t2"><input name="room[access_code]"></form>"#;

fn form(request: &Request) -> Vec<(&str, &str)> {
    match &request.body {
        Body::Form(fields) => fields
            .iter()
            .map(|(name, value)| (name.as_str(), value.reveal()))
            .collect(),
        other => panic!("a form was expected, not {other:?}"),
    }
}

fn machine(code: Option<&str>) -> Greenlight2 {
    let mut visitor = visitor(LINK);
    visitor.code = code.map(Private::new);
    Greenlight2::new(visitor)
}

#[test]
fn a_code_then_the_name_lead_to_the_conference() {
    let mut machine = machine(Some("geheim"));
    assert_eq!(
        asked(&machine.step(Mono(0), Input::Enter)).url.as_str(),
        LINK
    );
    let next = machine.step(Mono(0), page(200, LOGIN));
    assert_eq!(asked(&next).url.path(), "/b/max-abc-def-ghi/login");
    assert_eq!(
        form(asked(&next)),
        [
            ("authenticity_token", "t2"),
            ("room[access_code]", "geheim")
        ]
    );
    let next = machine.step(Mono(0), redirect(LINK));
    assert_eq!(asked(&next).url.as_str(), LINK);
    let next = machine.step(Mono(0), page(200, JOIN));
    let sent = form(asked(&next));
    assert_eq!(sent[0], ("authenticity_token", "t1"));
    assert_eq!(
        sent.last(),
        Some(&("/b/max-abc-def-ghi[join_name]", "Saal 2"))
    );
    let to = "https://bbb.stadt.example/bigbluebutton/api/join?checksum=1";
    assert_eq!(
        machine.step(Mono(0), redirect(to)),
        [Output::Open(Private::new(to))]
    );
}

#[test]
fn a_wrong_code_is_asked_for_again_and_one_too_long_is_not_sent() {
    let mut machine = machine(Some("falsch"));
    machine.step(Mono(0), Input::Enter);
    machine.step(Mono(0), page(200, LOGIN));
    machine.step(Mono(0), redirect(LINK));
    let next = machine.step(Mono(0), page(200, LOGIN));
    assert_eq!(
        next,
        [Output::Say(CallSeen::PasscodeAsked { rejected: true })]
    );
    let long = Private::new("x".repeat(LONGEST_CODE + 1));
    let next = machine.step(Mono(0), Input::Passcode(long));
    assert_eq!(
        next,
        [Output::Say(CallSeen::PasscodeAsked { rejected: true })]
    );
    let next = machine.step(Mono(0), Input::Passcode(Private::new("richtig")));
    assert_eq!(
        form(asked(&next)).last(),
        Some(&("room[access_code]", "richtig"))
    );
}

#[test]
fn the_page_that_waits_is_asked_for_again_with_a_fresh_form() {
    let mut machine = machine(None);
    machine.step(Mono(0), Input::Enter);
    machine.step(Mono(0), page(200, JOIN));
    let next = machine.step(Mono(0), page(200, "<h3>wait</h3>"));
    assert_eq!(next, [Output::Say(CallSeen::Waiting(WaitingFor::Host))]);
    let at = machine.deadline().unwrap();
    assert_eq!(at, Mono(30_000));
    assert_eq!(asked(&machine.step(at, Input::Tick)).verb, Verb::Get);
    assert_eq!(asked(&machine.step(at, page(200, JOIN))).verb, Verb::Post);
}

#[test]
fn sign_in_and_consent_are_for_a_person() {
    let bare = r#"<body data-controller="rooms"><h2>Bitte anmelden</h2>"#;
    let consent = JOIN.replace(
        "</form>",
        r#"<input id="joiner-consent" type="checkbox"></form>"#,
    );
    for (text, needed) in [
        (bare, PersonNeeded::Login),
        (
            consent.as_str(),
            PersonNeeded::Consent(Some(room_core::hand::Consent::Recording)),
        ),
    ] {
        let mut machine = machine(None);
        machine.step(Mono(0), Input::Enter);
        assert_eq!(machine.step(Mono(0), page(200, text)), person(needed));
    }
    let mut machine = machine(None);
    machine.step(Mono(0), Input::Enter);
    machine.step(Mono(0), page(200, JOIN));
    let next = machine.step(Mono(0), redirect("https://gl.stadt.example/b/"));
    assert_eq!(next, person(PersonNeeded::Login));
}

#[test]
fn before_the_press_no_form_is_sent() {
    for text in [JOIN, LOGIN] {
        let mut machine = machine(Some("geheim"));
        assert_eq!(
            asked(&machine.step(Mono(0), Input::Prepare)).verb,
            Verb::Get
        );
        assert_eq!(
            machine.step(Mono(0), page(200, text)),
            [Output::Say(CallSeen::Warm)]
        );
    }
}

#[test]
fn other_pages_are_not_ours_and_no_form_goes_elsewhere() {
    let mut other = machine(None);
    other.step(Mono(0), Input::Enter);
    let next = other.step(
        Mono(0),
        page(200, r#"<body><form><input name="x[join_name]"></form>"#),
    );
    assert_eq!(next, [Output::NotSpoken]);
    let evil = JOIN.replace(
        r#"action="/b/max-abc-def-ghi""#,
        r#"action="https://evil.example/""#,
    );
    let mut machine = machine(None);
    machine.step(Mono(0), Input::Enter);
    let next = machine.step(Mono(0), page(200, &evil));
    assert_eq!(asked(&next).url.as_str(), LINK);
}
