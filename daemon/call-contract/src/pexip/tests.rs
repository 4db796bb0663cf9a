//! Pexip: PINs, waiting for the host, named refusals, and that the room is in the list of participants only once.

use super::*;
use crate::contract::testing::{asked, header, json as answer, page, sent, visitor};
use url::Url;

const LINK: &str = "https://conf.stadt.example/webapp3/m/rat.haus";

fn machine(code: Option<&str>) -> Pexip {
    let mut visitor = visitor(LINK);
    visitor.code = code.map(Private::new);
    Pexip::new(visitor).unwrap()
}

fn token(service: &str) -> Input {
    answer(
        200,
        json!({ "status": "success", "result": {
            "token": "t1", "expires": "120", "participant_uuid": "me", "role": "GUEST",
            "current_service_type": service, "display_name": "Saal 2", "version": {},
        }}),
    )
}

fn pins(pin: &str, guest: &str) -> Input {
    let result = json!({ "pin": pin, "guest_pin": guest, "version": {} });
    answer(403, json!({ "status": "success", "result": result }))
}

fn refusal(status: u16, text: &str) -> Input {
    answer(status, json!({ "status": "failed", "result": text }))
}

fn heard(name: &str, data: Value) -> Input {
    Input::Heard(Heard {
        name: name.into(),
        data: Private::new(data.to_string()),
    })
}

fn released() -> Input {
    answer(200, json!({ "status": "success", "result": true }))
}

fn opened(next: &[Output]) -> String {
    match next {
        [Output::Open(link)] => link.reveal().to_owned(),
        other => panic!("a link was expected, not {other:?}"),
    }
}

/// Waits for the host, in this conference's waiting room.
fn waiting() -> Pexip {
    let mut machine = machine(None);
    machine.step(Mono(0), Input::Enter);
    let next = machine.step(Mono(0), token("waiting_room"));
    let [Output::Say(said), Output::Listen(request)] = &next[..] else {
        panic!("waiting and listening was expected, not {next:?}")
    };
    assert_eq!(*said, CallSeen::Waiting(WaitingFor::Host));
    assert_eq!(header(request, "token"), Some("t1"));
    assert!(request.url.path().ends_with("/events") && request.url.query().is_none());
    machine
}

#[test]
fn an_open_conference_gives_the_token_back_before_the_page_is_opened() {
    let mut machine = machine(None);
    let next = machine.step(Mono(0), Input::Enter);
    assert_eq!(
        asked(&next).url.path(),
        "/api/client/v2/conferences/rat%2Ehaus/request_token"
    );
    assert_eq!(header(asked(&next), "pin"), None);
    assert_eq!(sent(asked(&next))["display_name"], "Saal 2");
    let next = machine.step(Mono(0), token("conference"));
    assert!(asked(&next).url.path().ends_with("/release_token"));
    assert_eq!(header(asked(&next), "token"), Some("t1"));
    let link = opened(&machine.step(Mono(0), released()));
    let want = format!("{LINK}/express?name=Saal%202&muteMicrophone=true&muteCamera=true");
    assert_eq!(link, want);
}

#[test]
fn a_silent_release_does_not_hold_the_page_up() {
    let mut machine = machine(None);
    machine.step(Mono(0), Input::Enter);
    machine.step(Mono(0), token("conference"));
    let by = machine.deadline().unwrap();
    assert!(by <= Mono(2000));
    assert!(opened(&machine.step(by, Input::Tick)).contains("/express"));
}

#[test]
fn the_known_pin_is_tried_once_and_stands_in_the_link() {
    let mut machine = machine(Some("4711"));
    machine.step(Mono(0), Input::Enter);
    let next = machine.step(Mono(0), pins("required", "required"));
    assert_eq!(header(asked(&next), "pin"), Some("4711"));
    let next = machine.step(Mono(0), refusal(403, "Invalid PIN"));
    assert_eq!(
        next,
        [Output::Say(CallSeen::PasscodeAsked { rejected: true })]
    );
    let next = machine.step(Mono(0), Input::Passcode(Private::new("0815")));
    assert_eq!(header(asked(&next), "pin"), Some("0815"));
    machine.step(Mono(0), token("conference"));
    assert!(opened(&machine.step(Mono(0), released())).ends_with("&pin=0815"));
}

#[test]
fn guests_without_a_pin_enter_as_guests() {
    let mut machine = machine(None);
    machine.step(Mono(0), Input::Enter);
    let next = machine.step(Mono(0), pins("required", "none"));
    assert_eq!(header(asked(&next), "pin"), Some("none"));
    machine.step(Mono(0), token("conference"));
    assert!(opened(&machine.step(Mono(0), released())).ends_with("&role=guest"));
}

#[test]
fn a_pin_that_nobody_knows_is_asked_for() {
    let mut machine = machine(None);
    machine.step(Mono(0), Input::Enter);
    let next = machine.step(Mono(0), pins("required", "required"));
    assert_eq!(
        next,
        [Output::Say(CallSeen::PasscodeAsked { rejected: false })]
    );
}

#[test]
fn what_cannot_be_a_pin_is_refused_without_asking_the_node() {
    let mut machine = machine(Some("Kennwort"));
    machine.step(Mono(0), Input::Enter);
    let next = machine.step(Mono(0), pins("required", "required"));
    assert_eq!(
        next,
        [Output::Say(CallSeen::PasscodeAsked { rejected: false })]
    );
    let next = machine.step(Mono(0), Input::Passcode(Private::new("größer")));
    assert_eq!(
        next,
        [Output::Say(CallSeen::PasscodeAsked { rejected: true })]
    );
    let next = machine.step(Mono(0), Input::Passcode(Private::new("47 11-08#")));
    assert_eq!(header(asked(&next), "pin"), Some("471108#"));
}

#[test]
fn the_host_is_waited_for_by_events_and_the_token_refreshed() {
    let mut machine = waiting();
    assert!(
        machine
            .step(
                Mono(0),
                heard("conference_update", json!({ "started": false }))
            )
            .is_empty()
    );
    let at = machine.deadline().unwrap();
    assert_eq!(at, Mono(40_000), "a third of its time");
    let next = machine.step(at, Input::Tick);
    assert!(asked(&next).url.path().ends_with("/refresh_token"));
    machine.step(
        at,
        answer(
            200,
            json!({ "status": "success", "result": { "token": "t2", "expires": "120" } }),
        ),
    );
    let next = machine.step(
        at,
        heard(
            "conference_update",
            json!({ "started": true, "locked": false }),
        ),
    );
    assert_eq!(header(asked(&next), "token"), Some("t2"));
    assert!(machine.farewell().is_some());
    opened(&machine.step(at, released()));
    assert!(machine.farewell().is_none());
}

#[test]
fn being_moved_from_the_waiting_room_counts_as_started() {
    let mut machine = waiting();
    let other = json!({ "uuid": "other", "service_type": "conference" });
    assert!(
        machine
            .step(Mono(0), heard("participant_create", other))
            .is_empty()
    );
    let me = json!({ "uuid": "me", "service_type": "conference" });
    let next = machine.step(Mono(0), heard("participant_update", me));
    assert!(asked(&next).url.path().ends_with("/release_token"));
}

#[test]
fn a_lost_stream_is_asked_for_again_and_in_the_end_the_page_takes_over() {
    let mut machine = waiting();
    let mut now = Mono(0);
    for _ in 0..DEAF_TRIES {
        assert!(machine.step(now, Input::Deaf).is_empty());
        now = machine.deadline().unwrap();
        let next = machine.step(now, Input::Tick);
        assert!(matches!(next[..], [Output::Listen(_)]), "{next:?}");
    }
    let next = machine.step(now, Input::Deaf);
    assert!(asked(&next).url.path().ends_with("/release_token"));
}

#[test]
fn disconnects_and_refusals_are_named() {
    let cases = [
        (
            "Timeout waiting for conference host to join or permit access to locked conference",
            CallSeen::Failed(CallFailure::HostTimeout),
        ),
        (
            "Disconnected by another participant",
            CallSeen::Over(room_core::event::EndReason::Removed),
        ),
        (
            "Conference terminated by another participant (#pex125)",
            CallSeen::Over(room_core::event::EndReason::EndedByHost),
        ),
    ];
    for (text, want) in cases {
        let mut machine = waiting();
        let next = machine.step(Mono(0), heard("disconnect", json!({ "reason": text })));
        assert_eq!(next, [Output::Say(want)], "{text}");
        assert!(
            machine.farewell().is_none(),
            "the node has forgotten us already"
        );
    }
    let cases = [
        (
            refusal(404, "Neither conference nor gateway found"),
            CallFailure::NotFound,
        ),
        (refusal(529, "Out of resource"), CallFailure::Full),
        (
            refusal(503, "System in maintenance mode"),
            CallFailure::Unreachable,
        ),
        (
            refusal(403, "Participant exceeded PIN entry retries"),
            CallFailure::WrongPasscode,
        ),
    ];
    for (input, want) in cases {
        let mut machine = machine(None);
        machine.step(Mono(0), Input::Enter);
        assert_eq!(machine.step(Mono(0), input), [failed(want)]);
    }
}

#[test]
fn sign_in_is_for_a_person_and_other_servers_for_the_page() {
    let idp = json!({ "idp": [{ "name": "Uni", "uuid": "1" }], "version": {} });
    let cases = [
        (
            answer(403, json!({ "status": "success", "result": idp })),
            person(PersonNeeded::Login),
        ),
        (page(200, "<html>"), vec![Output::NotSpoken]),
        (page(404, "<html>"), vec![Output::NotSpoken]),
        (refusal(403, "Something new"), vec![Output::Page]),
    ];
    for (input, want) in cases {
        let mut machine = machine(None);
        machine.step(Mono(0), Input::Enter);
        assert_eq!(machine.step(Mono(0), input), want);
    }
}

#[test]
fn before_the_press_nobody_appears_in_a_list() {
    let mut machine = machine(Some("4711"));
    let next = machine.step(Mono(0), Input::Prepare);
    assert_eq!(asked(&next).url.path(), "/api/client/v2/status");
    let next = machine.step(
        Mono(0),
        answer(200, json!({ "status": "success", "result": "OK" })),
    );
    assert_eq!(next, [Output::Say(CallSeen::Warm)]);
}

#[test]
fn every_generation_of_links_is_read_and_dressed() {
    let dark = "name=S&muteMicrophone=true&muteCamera=true";
    let table = [
        (
            "webapp/?conference=979",
            format!("webapp/?conference=979&{dark}&join=1&pin=1%262"),
        ),
        (
            "webapp/#/?conference=979",
            format!("webapp/#/?conference=979&{dark}&join=1&pin=1%262"),
        ),
        (
            "webapp/conference/979",
            format!("webapp/conference/979?{dark}&join=1&pin=1%262"),
        ),
        (
            "webapp3/m/979",
            format!("webapp3/m/979/express?{dark}&pin=1%262"),
        ),
        (
            "stadt/m/979/step-by-step?callType=video&pin=9",
            format!("stadt/m/979/step-by-step?callType=video&{dark}&pin=1%262"),
        ),
    ];
    for (path, want) in table {
        let url = Url::parse(&format!("https://conf.stadt.example/{path}")).unwrap();
        let link = PexipLink::parse(&url).unwrap();
        let endpoint = link.endpoint("x");
        assert_eq!(
            endpoint.path(),
            "/api/client/v2/conferences/979/x",
            "{path}"
        );
        let guest = Guest {
            name: "S".into(),
            pin: Some(Private::new("1&2")),
            as_guest: false,
        };
        let dressed = link.dressed(&guest);
        assert_eq!(
            dressed.reveal(),
            format!("https://conf.stadt.example/{want}"),
            "{path}"
        );
    }
    for path in ["", "webapp/", "portal/help"] {
        let url = Url::parse(&format!("https://conf.stadt.example/{path}")).unwrap();
        assert_eq!(PexipLink::parse(&url), None, "{path}");
    }
}

#[test]
fn every_reason_is_read_back_by_its_text() {
    for reason in Reason::ALL {
        assert_eq!(Reason::of(reason.text()), *reason);
    }
    assert_eq!(Reason::of("never heard"), Reason::Unknown);
    assert_eq!(Reason::of("refused with #pex194").code(), "#pex194");
}
