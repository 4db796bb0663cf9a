//! What only a person may do, what the operator agreed to beforehand, and what is merely asked of the room.

use super::*;
use room_core::hand::{Consent, Hand, PageKey, Spot};

const PACK: &str = include_str!("../../../tests/pages/stage.toml");

fn stage() -> Arc<Pack> {
    Arc::new(Pack::parse(PACK).unwrap())
}

fn joining() -> Story {
    let mut story = Story::with(stage(), CallCommand::Join(request(None)));
    story.put(Input::Opened);
    story.out.clear();
    story
}

fn tap() -> CallCommand {
    CallCommand::Hand(Hand::Tap(Spot::new(1, 2)))
}

fn hands(story: &Story) -> usize {
    let hand = |output: &&Output| matches!(output, Output::Hand(_));
    story.out.iter().filter(hand).count()
}

#[test]
fn a_hand_reaches_the_page_only_while_the_page_needs_a_person() {
    let table = [
        ("captcha", true),
        ("sign-in", true),
        ("terms", true),
        ("robots", true),
        ("lobby", false),
        ("door", false),
        ("call", false),
        ("question", false),
    ];
    for (rule, passes) in table {
        let mut story = joining();
        story.command(tap());
        assert_eq!(hands(&story), 0, "before anything is known");
        story.shows(&[rule]).command(tap());
        assert_eq!(hands(&story), usize::from(passes), "{rule}");
        assert_eq!(story.call.needs_a_person(), passes, "{rule}");
        story.command(CallCommand::Leave).command(tap());
        assert_eq!(hands(&story), usize::from(passes), "{rule}, on the way out");
    }
}

#[test]
fn a_late_hand_cannot_press_what_came_after() {
    let mut story = joining();
    story.shows(&["sign-in"]).command(tap()).shows(&["call"]);
    story
        .command(tap())
        .command(CallCommand::Hand(Hand::Key(PageKey::Enter)));
    assert_eq!(hands(&story), 1);
}

#[test]
fn what_a_page_opens_under_a_hand_is_closed_before_the_door() {
    let mut story = joining();
    story.shows(&["sign-in"]).command(tap());
    story.change(|view| view.mic = Some(Switch::Open));
    assert_eq!(story.orders(), ["Mic Closed"]);
    assert_eq!(story.said().last(), Some(&CallSeen::Mic(Switch::Open)));
}

#[test]
fn nothing_is_kept_of_a_page_that_a_person_acted_on() {
    for (touched, evidence) in [(false, Evidence::Keep), (true, Evidence::Nothing)] {
        let mut story = joining();
        story.shows(&["sign-in"]);
        if touched {
            story.command(tap());
        }
        story.shows(&[]).wait(60_000);
        story.ends_with(CallSeen::Failed(CallFailure::UnknownScreen), evidence);
    }
}

#[test]
fn without_the_operators_word_nobody_agrees() {
    let mut story = joining();
    story.shows(&["terms"]).wait(600_000);
    assert_eq!(story.said(), [CallSeen::ConsentAsked(Consent::Terms)]);
    assert_eq!(story.orders(), [""; 0], "the step is never done by itself");
    story
        .command(CallCommand::Agree(Consent::Recording))
        .wait(600_000);
    assert_eq!(
        story.orders(),
        [""; 0],
        "nor by the word for something else"
    );
    let mut story = joining();
    for rule in ["captcha", "sign-in", "robots", "small-print"] {
        story.shows(&[rule]);
        for kind in Consent::ALL {
            story.command(CallCommand::Agree(*kind)).wait(60_000);
        }
        assert_eq!(
            story.orders(),
            [""; 0],
            "{rule} is for a person in any case"
        );
        assert!(
            matches!(story.said().last(), Some(CallSeen::PersonNeeded(_))),
            "{rule}"
        );
    }
}

#[test]
fn with_the_operators_word_the_step_is_done_and_told() {
    let mut story = joining();
    story
        .shows(&["terms"])
        .command(CallCommand::Agree(Consent::Terms));
    assert_eq!(story.orders(), ["tick-terms"]);
    story.obey();
    assert_eq!(story.orders(), ["tick-terms", "accept-terms"]);
    let told = [
        CallSeen::ConsentAsked(Consent::Terms),
        CallSeen::Agreed(Consent::Terms),
    ];
    assert_eq!(story.said(), told);
    story.shows(&["door"]);
    assert_eq!(
        story.said().last(),
        Some(&CallSeen::Entering(JoinStep::FillingIn))
    );
    // In the call another kind is asked for, and after that the same one once more.
    for rule in ["call", "recording", "call", "recording"] {
        story.out.clear();
        story.shows(&[rule]).wait(1_000);
        let asked = story
            .said()
            .contains(&CallSeen::ConsentAsked(Consent::Recording));
        assert_eq!(asked, rule == "recording");
    }
}

#[test]
fn a_page_that_goes_on_before_it_answers_was_agreed_to_all_the_same() {
    let mut story = joining();
    story
        .shows(&["terms"])
        .command(CallCommand::Agree(Consent::Terms));
    story.answer(Did::Done).shows(&["door"]);
    assert!(story.said().contains(&CallSeen::Agreed(Consent::Terms)));
    let mut story = joining();
    story
        .shows(&["terms"])
        .command(CallCommand::Agree(Consent::Terms));
    story.shows(&["door"]);
    assert!(
        !story.said().contains(&CallSeen::Agreed(Consent::Terms)),
        "the step that agrees was not begun"
    );
}

#[test]
fn agreeing_that_has_no_effect_is_handed_to_a_person() {
    let mut story = joining();
    story
        .shows(&["terms"])
        .command(CallCommand::Agree(Consent::Terms));
    for _ in 0..3 {
        story.obey().wait(2_000);
    }
    assert_eq!(
        story.said().last(),
        Some(&CallSeen::PersonNeeded(PersonNeeded::Consent(Some(
            Consent::Terms
        ))))
    );
    let done = story.orders().len();
    assert_eq!(done, 6, "two steps, three times");
    story
        .command(CallCommand::Agree(Consent::Terms))
        .wait(600_000);
    assert_eq!(story.orders().len(), done, "and it stays with the person");
    story.command(tap());
    assert_eq!(hands(&story), 1);
    assert_eq!(story.closes(), None);
}

#[test]
fn what_a_prepared_page_asked_for_is_told_again_when_somebody_wants_to_enter() {
    for (rule, seen) in [
        ("captcha", CallSeen::PersonNeeded(PersonNeeded::Captcha)),
        ("terms", CallSeen::ConsentAsked(Consent::Terms)),
        ("lobby", CallSeen::Waiting(WaitingFor::Lobby)),
    ] {
        let mut story = Story::with(stage(), CallCommand::Warm(request(None)));
        story.put(Input::Opened).shows(&[rule]).wait(60_000);
        story.out.clear();
        story.command(CallCommand::Join(request(None)));
        assert_eq!(story.said(), [seen], "{rule}");
    }
}

#[test]
fn being_asked_to_unmute_is_told_once_and_nothing_is_done() {
    let mut story = joining();
    story.change(|view| {
        view.mic = Some(Switch::Closed);
        view.anybody = true;
    });
    story.shows(&["call"]).wait(1_000);
    story.out.clear();
    story.shows(&["call", "speak-up"]).wait(60_000);
    assert_eq!(story.said(), [CallSeen::UnmuteAsked]);
    story.shows(&["call"]).shows(&["call", "speak-up"]);
    assert_eq!(story.said(), [CallSeen::UnmuteAsked, CallSeen::UnmuteAsked]);
    assert_eq!(story.orders(), [""; 0]);
}
