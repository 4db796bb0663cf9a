//! One screen at a time, one answer to each, by hand and without pages.

use super::*;
use commission::{Form, Topic};

fn question() -> Question {
    Question {
        topic: Topic::Name,
        text: "?".to_owned(),
        hint: String::new(),
        page: String::new(),
        form: Form::Text,
        proposal: None,
    }
}

fn asked(desk: &Desk) -> u64 {
    desk.show(Screen::Ask {
        question: question(),
        refused: None,
    });
    desk.sheet().step
}

#[test]
fn an_answer_is_taken_once_and_only_for_its_screen() {
    let desk = Desk::new(None);
    let step = asked(&desk);
    let words = || Said::Words("Saal".to_owned());
    assert_eq!(desk.answer(step - 1, words()), Err(Stale));
    assert_eq!(desk.answer(step, words()), Ok(()));
    assert_eq!(desk.answer(step, words()), Err(Stale), "a second press");
    assert!(desk.wait() == words());
    desk.show(Screen::Writing);
    assert_eq!(desk.answer(step, words()), Err(Stale), "an old page");
}

#[test]
fn what_was_said_to_an_older_screen_answers_no_newer_one() {
    let desk = Desk::new(None);
    let step = asked(&desk);
    desk.answer(step, Said::Words("late".to_owned())).unwrap();
    desk.show(Screen::Writing);
    assert!(desk.heard().is_none());
}

#[test]
fn another_language_asks_again() {
    let desk = Desk::new(None);
    let step = asked(&desk);
    desk.speak(Language::En);
    assert!(desk.wait() == Said::Language(Language::En));
    assert_ne!(desk.sheet().step, step, "pages draw themselves anew");
    desk.speak(Language::En);
    assert!(desk.heard().is_none(), "the same is no change");
}
