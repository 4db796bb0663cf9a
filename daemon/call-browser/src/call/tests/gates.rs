//! What the room lets through, and what it leaves to people: gates, consent, questions in the call.

use super::*;

#[test]
fn the_gate_opens_for_a_wish_of_the_room_and_whoever_closes_shuts_it() {
    use Device::{Camera, Mic};
    use Switch::{Closed, Open};
    let mut story = Story::inside();
    story.change(|view| view.mic = Some(Open));
    assert_eq!(
        story.gates(),
        [],
        "somebody else opened it: nothing gets through"
    );

    let mut story = Story::inside();
    story.command(CallCommand::Mic(Open));
    assert_eq!(story.gates(), [(Mic, Open)]);
    assert_eq!(story.orders(), ["Mic Open"]);
    story.answer(Did::Done).change(|view| view.mic = Some(Open));
    story.out.clear();
    story.change(|view| view.mic = Some(Closed));
    assert_eq!(story.gates(), [(Mic, Closed)], "muted from afar");
    story.out.clear();
    story.change(|view| view.mic = Some(Open));
    assert_eq!(
        story.gates(),
        [],
        "and opened from afar: still nothing gets through"
    );
    story.command(CallCommand::Mic(Open));
    assert_eq!(
        story.gates(),
        [(Mic, Open)],
        "until somebody in the room asks"
    );
    story.out.clear();
    story.command(CallCommand::Mic(Closed));
    assert_eq!(
        story.gates(),
        [(Mic, Closed)],
        "before the page does anything"
    );

    let mut story = Story::inside();
    story.command(CallCommand::Camera(Open)).wait(60_000);
    assert_eq!(
        story.gates(),
        [(Camera, Open), (Camera, Closed)],
        "it never opened"
    );
}

#[test]
fn an_earlier_daemons_gates_are_left_as_they_are_until_somebody_closes() {
    let adopted = CallRequest {
        by: room_core::meeting::By::Page,
        target: None,
        display_name: "Raum".to_owned(),
    };
    let mut story = Story::begin(CallCommand::Adopt(adopted));
    story.put(Input::Found);
    story.view.mic = Some(Switch::Open);
    story.view.anybody = true;
    story.shows(&["call"]);
    assert_eq!(story.gates(), []);
    story.command(CallCommand::Mic(Switch::Closed));
    assert_eq!(story.gates(), [(Device::Mic, Switch::Closed)]);
}

#[test]
fn a_page_that_joins_unmuted_is_muted_before_the_room_counts_as_inside() {
    let mut story = Story::joining_bbb();
    story.view.mic = Some(Switch::Open);
    story.view.anybody = true;
    story.shows(&["inside", "arrived-unmuted"]);
    story.media(|sample| sample.up = 1);
    assert_eq!(story.orders(), ["mute"]);
    assert!(!story.said().contains(&CallSeen::Inside));
    story.answer(Did::Done);
    story.view.mic = Some(Switch::Closed);
    story.shows(&["inside"]);
    assert!(story.said().contains(&CallSeen::Inside));
    assert!(!story.said().contains(&CallSeen::Mic(Switch::Open)));

    story.out.clear();
    story.command(CallCommand::Mic(Switch::Open));
    story.view.mic = Some(Switch::Open);
    story.shows(&["inside", "arrived-unmuted"]).wait(2_000);
    assert_eq!(
        story.orders(),
        ["Mic Open"],
        "inside it is nothing to act on"
    );
    assert_eq!(story.said(), [CallSeen::Mic(Switch::Open)]);
}

#[test]
fn a_screen_that_may_go_by_itself_is_given_its_time() {
    let mut story = Story::joining_bbb();
    story.shows(&["inside", "without-sound"]).wait(2_999);
    assert_eq!(story.orders(), [] as [&str; 0]);
    story.shows(&["audio-choice"]);
    assert_eq!(story.orders(), ["take-microphone"], "it began by itself");
    let mut story = Story::joining_bbb();
    story.shows(&["inside", "without-sound"]).wait(3_000);
    assert_eq!(story.orders(), ["begin-sound"]);
}

#[test]
fn a_person_agrees_unless_the_operator_did_for_this_service() {
    use room_core::hand::Consent::Recording;
    let person = CallSeen::PersonNeeded(PersonNeeded::Consent(Some(Recording)));
    for rule in ["greenlight-consent", "recording-notice"] {
        let mut story = Story::joining_bbb();
        story.shows(&[rule]).wait(600_000);
        assert_eq!(story.orders(), [] as [&str; 0], "{rule}");
        let asked = CallSeen::ConsentAsked(Recording);
        assert_eq!(story.said().last(), Some(&asked), "{rule}");
        story.command(CallCommand::Agree(Recording));
        assert_eq!(story.orders().len(), 1, "{rule}");
        story.answer(Did::Done);
        let agreed = CallSeen::Agreed(Recording);
        assert_eq!(story.said().last(), Some(&agreed), "{rule}");
    }
    let mut story = Story::joining_bbb();
    story.shows(&["pilos-consent"]);
    assert_eq!(
        story.said().last(),
        Some(&person),
        "the pack cannot say so there"
    );
}

#[test]
fn a_hand_on_the_page_opens_no_gate() {
    use Switch::{Closed, Open};
    use room_core::hand::{Hand, Spot};
    for rule in ["breakout", "still-there", "recording-notice", "pilos-login"] {
        let mut story = Story::joining_bbb();
        story.view.mic = Some(Closed);
        story.view.camera = Some(Closed);
        story.view.anybody = true;
        story.shows(&["inside"]).shows(&["inside", rule]);
        story.out.clear();
        story.command(CallCommand::Hand(Hand::Tap(Spot::new(1, 2))));
        story.change(|view| (view.mic, view.camera) = (Some(Open), Some(Open)));
        let opens = |(_, to): &(Device, Switch)| *to == Open;
        assert!(!story.gates().iter().any(opens), "{rule}");
        assert_eq!(story.orders(), ["Mic Closed", "Camera Closed"], "{rule}");
    }
}

#[test]
fn what_a_conference_asks_the_room_is_for_people_and_the_call_goes_on() {
    let mut story = Story::joining_bbb();
    story.view.mic = Some(Switch::Closed);
    story.view.anybody = true;
    story.shows(&["inside"]);
    for (rule, needed) in [
        ("breakout", PersonNeeded::Breakout),
        ("still-there", PersonNeeded::Presence),
    ] {
        story.out.clear();
        story.shows(&["inside", rule]).wait(120_000);
        assert_eq!(story.said(), [CallSeen::PersonNeeded(needed)], "{rule}");
        assert_eq!(story.orders(), [] as [&str; 0], "{rule}");
        story.out.clear();
        story.shows(&["inside"]);
        assert_eq!(story.said(), [CallSeen::Inside], "{rule} is over");
    }
    story.out.clear();
    story.shows(&["inside", "unmute-asked"]).wait(120_000);
    assert_eq!(story.said(), [CallSeen::UnmuteAsked]);
    assert_eq!(story.orders(), [] as [&str; 0], "asked, and nothing opened");
    story.command(CallCommand::Mic(Switch::Open));
    assert_eq!(story.gates(), [(Device::Mic, Switch::Open)]);
}

#[test]
fn a_field_that_holds_a_code_already_asks_nobody_for_one() {
    let mut story = Story::joining_bbb();
    story
        .shows(&["greenlight"])
        .answer(Did::Done)
        .answer(Did::Filled);
    assert_eq!(story.orders(), ["name", "type-code-if-asked", "go-in"]);
    let mut story = Story::joining_bbb();
    story
        .shows(&["greenlight"])
        .answer(Did::Done)
        .answer(Did::Done);
    assert_eq!(
        story.said().last(),
        Some(&CallSeen::PasscodeAsked { rejected: false }),
        "an empty one does"
    );
}
