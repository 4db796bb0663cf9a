//! A talk: order of contracts, silence of servers, from ready to entering, and random input that nothing may upset.

use super::*;
use crate::contract::testing::{json as answer, page};
use crate::contract::{ContentKind, Verb};
use crate::route::{Consent, FrontEnd};
use proptest::prelude::*;
use room_core::event::WaitingFor;
use room_core::failure::CallFailure;
use room_core::ids::{HostName, ServiceId};
use room_core::meeting::{By, Target};
use serde_json::json;

fn request(link: &str) -> CallRequest {
    CallRequest {
        by: By::Page,
        target: Some(Target::page(
            ServiceId::new("bbb"),
            HostName::new("gl.stadt.example"),
            Private::new(link),
            None,
        )),
        display_name: "Saal 2".into(),
    }
}

fn door(service: &str) -> Door {
    Door {
        service: ServiceId::new(service),
        front: FrontEnd::Auto,
        key: None,
        consent: Consent::Ask,
    }
}

const BOTH: &str = "https://gl.stadt.example/rooms/abc-def-ghi";
const ROOM: &str = "https://gl.stadt.example/rooms/abc-def-ghi-jkl/join";

fn told(input: Input) -> Told {
    match input {
        Input::Answered(answer) => Told::Answered(answer),
        other => unreachable!("{other:?}"),
    }
}

fn paths(next: &[Next]) -> Vec<String> {
    let path = |next: &Next| match next {
        Next::Ask(request) => Some(request.url.path().to_owned()),
        Next::Listen(_) | Next::Say(_) | Next::HandOver(_) => None,
    };
    next.iter().filter_map(path).collect()
}

#[test]
fn contracts_are_tried_in_order_and_the_page_is_the_last_resort() {
    let mut talk = Talk::new(request(BOTH), door("bbb"), Goal::Inside).unwrap();
    let next = talk.begin(Mono(0));
    assert_eq!(next[0], Next::Say(CallSeen::Entering(JoinStep::Asking)));
    assert_eq!(paths(&next), ["/api/v1/rooms/abc-def-ghi"]);
    let next = talk.step(Mono(1), told(page(200, "<html>")));
    assert_eq!(paths(&next), ["/api/v1/rooms/abc-def-ghi/public.json"]);
    let next = talk.step(Mono(2), told(page(200, "<html>")));
    assert_eq!(next, [Next::HandOver(None)]);
    assert!(talk.over());
}

#[test]
fn a_silent_server_is_asked_three_times_and_then_called_unreachable() {
    let mut talk = Talk::new(request(ROOM), door("bbb"), Goal::Inside).unwrap();
    talk.begin(Mono(0));
    assert!(talk.step(Mono(0), Told::Unanswered).is_empty());
    assert_eq!(talk.deadline(), Some(Mono(2000)));
    assert_eq!(paths(&talk.step(Mono(2000), Told::Tick)).len(), 1);
    talk.step(Mono(2000), told(page(502, "Bad Gateway")));
    assert_eq!(paths(&talk.step(Mono(4000), Told::Tick)).len(), 1);
    let next = talk.step(Mono(4000), Told::Unanswered);
    assert_eq!(
        next,
        [Next::Say(CallSeen::Failed(CallFailure::Unreachable))]
    );
    assert!(talk.over() && talk.step(Mono(9000), Told::Tick).is_empty());
}

#[test]
fn what_was_found_out_before_the_press_is_used_at_the_press() {
    let mut talk = Talk::new(request(BOTH), door("bbb"), Goal::Warm).unwrap();
    talk.begin(Mono(0));
    talk.step(Mono(0), told(page(200, "<html>")));
    let room = json!({ "data": { "friendly_id": "abc-def-ghi" } });
    let next = talk.step(Mono(0), told(answer(200, room)));
    assert_eq!(next, [Next::Say(CallSeen::Warm)]);
    let next = talk.step(Mono(1), Told::Join(request(BOTH)));
    assert_eq!(
        paths(&next),
        ["/api/v1/rooms/abc-def-ghi/public.json"],
        "PILOS is not tried again"
    );
    assert_eq!(talk.goal(), Goal::Inside);
}

#[test]
fn a_link_that_lost_its_contract_enters_by_its_page() {
    let mut talk = Talk::new(request(ROOM), door("bbb"), Goal::Warm).unwrap();
    talk.begin(Mono(0));
    let signed = "https://gl.stadt.example/bigbluebutton/api/join?meetingID=a&checksum=b";
    let next = talk.step(Mono(1), Told::Join(request(signed)));
    assert_eq!(next, [Next::HandOver(None)]);
    assert_eq!(
        (talk.goal(), talk.request()),
        (Goal::Inside, &request(signed))
    );
}

#[test]
fn the_same_is_reported_once() {
    let mut talk = Talk::new(
        request("https://gl.stadt.example/rooms/abc-def-ghi/token"),
        door("bbb"),
        Goal::Inside,
    )
    .unwrap();
    talk.begin(Mono(0));
    let room = || {
        let room =
            json!({ "id": "x", "authenticated": true, "can_start": false, "last_meeting": null });
        told(answer(200, json!({ "data": room })))
    };
    let next = talk.step(Mono(0), room());
    assert_eq!(next, [Next::Say(CallSeen::Waiting(WaitingFor::Host))]);
    let at = talk.deadline().unwrap();
    assert_eq!(paths(&talk.step(at, Told::Tick)).len(), 1);
    assert!(talk.step(at, room()).is_empty());
}

#[test]
fn a_link_without_a_contract_is_the_browsers_alone() {
    assert!(Talk::new(request(ROOM), door("jitsi"), Goal::Inside).is_none());
    let signed = "https://gl.stadt.example/bigbluebutton/api/join?meetingID=a&checksum=b";
    assert!(Talk::new(request(signed), door("bbb"), Goal::Inside).is_none());
}

const LINKS: &[(&str, &str)] = &[
    ("bbb", ROOM),
    ("bbb", BOTH),
    ("bbb", "https://gl.stadt.example/b/max-abc-def"),
    ("pexip", "https://conf.stadt.example/webapp3/m/979"),
];

fn anything() -> impl Strategy<Value = Told> {
    let bodies = prop_oneof![
        Just(r#"{"data":{"friendly_id":"x","viewer_access_code":true}}"#.to_owned()),
        Just(r#"{"data":{"id":"x","authenticated":true,"can_start":true}}"#.to_owned()),
        Just(r#"{"data":{"status":false}}"#.to_owned()),
        Just(r#"{"message":"invalid_code"}"#.to_owned()),
        Just(r#"{"status":"success","result":{"pin":"required","guest_pin":"none"}}"#.to_owned()),
        Just(r#"{"result":{"token":"t","expires":"3","participant_uuid":"m","current_service_type":"waiting_room"}}"#.to_owned()),
        Just(r#"<body data-controller="rooms"><form><input name="room[access_code]"></form>"#.to_owned()),
        Just(r#"<meta name="csrf-token" content="t">"#.to_owned()),
        "[ -~]{0,40}",
    ];
    let status =
        proptest::sample::select(vec![200, 302, 401, 403, 404, 419, 422, 460, 500, 503, 529]);
    let kind = proptest::sample::select(vec![
        ContentKind::Json,
        ContentKind::Html,
        ContentKind::Other,
    ]);
    let location = proptest::option::of(Just(Private::new("https://gl.stadt.example/b/")));
    let answer = (status, kind, location, bodies).prop_map(|(status, kind, location, text)| {
        Told::Answered(Answer {
            status,
            kind,
            location,
            cookies: Vec::new(),
            text: Private::new(text),
        })
    });
    let event = proptest::sample::select(vec![
        "conference_update",
        "disconnect",
        "participant_update",
    ]);
    prop_oneof![
        6 => answer,
        1 => Just(Told::Unanswered),
        1 => Just(Told::Deaf),
        3 => Just(Told::Tick),
        1 => Just(Told::Passcode(Private::new("123"))),
        1 => Just(Told::Join(request(ROOM))),
        1 => event.prop_map(|name| Told::Heard(Heard { name: name.into(), data: Private::new("{}") })),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    /// Whatever servers say: nothing after the end, no starting before the press, and no deadline that stays due.
    #[test]
    fn no_input_upsets_a_talk(link in 0..LINKS.len(), steps in proptest::collection::vec(anything(), 1..40)) {
        let (service, link) = LINKS[link];
        let mut talk = Talk::new(request(link), door(service), Goal::Warm).unwrap();
        let mut all = talk.begin(Mono(0));
        let mut now = Mono(0);
        for step in steps {
            now = talk.deadline().unwrap_or(now).max(now.plus(Duration::from_millis(10)));
            let over = talk.over();
            let ticked = matches!(step, Told::Tick);
            let next = talk.step(now, step);
            prop_assert!(!over || next.is_empty(), "{next:?} after the end");
            let waits = talk.deadline().is_none_or(|at| at > now);
            prop_assert!(!ticked || talk.over() || waits, "a deadline that never passes");
            if talk.goal() == Goal::Warm {
                let posts = |next: &Next| matches!(next, Next::Ask(request) if request.verb == Verb::Post);
                prop_assert!(!next.iter().any(posts), "asked to start something before the press");
            }
            let ends = next.iter().filter(|next| matches!(next, Next::HandOver(_)));
            prop_assert!(ends.count() <= 1);
            all.extend(next);
        }
        let handed_over = all.iter().filter(|next| matches!(next, Next::HandOver(_))).count();
        prop_assert!(handed_over <= 1);
    }
}
