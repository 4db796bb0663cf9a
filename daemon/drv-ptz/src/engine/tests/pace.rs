//! How commands and looks share the camera: it answers one frame in each vertical period, whichever sort it is.

use super::*;

/// Drives without a pause for so long, to a camera that answers each frame in the next vertical period; how many there were.
fn drives_for(talk: &mut Talk, time: Duration) -> u64 {
    let until = talk.now.plus(time);
    let mut asked = 0;
    while talk.now < until {
        talk.ask(asked, drive(1 + (asked % 90) as i8, 0, 0));
        asked += 1;
        while let Some(awaiting) = talk.engine.awaiting {
            talk.now = talk.now.plus(Duration::from_millis(20));
            match awaiting.what {
                What::Ask(Inquiry::Zoom) => talk.hear("90 50 00 00 00 00 FF"),
                What::Ask(Inquiry::Power) => talk.hear("90 50 02 FF"),
                What::Ask(_) => talk.hear("90 50 00 00 00 00 00 00 00 00 FF"),
                What::Step(_) | What::Start(_) => talk.hear("90 41 FF 90 51 FF"),
            }
        }
    }
    asked
}

fn looks(talk: &Talk) -> usize {
    let lines = talk.lines.iter();
    lines.filter(|line| line.contains("09 06 12")).count()
}

#[test]
fn drives_that_follow_one_another_take_every_answer_of_the_camera() {
    let mut talk = Talk::ready();
    assert_eq!(drives_for(&mut talk, Duration::from_secs(4)), 200);
    assert_eq!(looks(&talk), 0);
}

#[test]
fn drives_without_end_leave_a_look_each_five_seconds() {
    let mut talk = Talk::ready();
    let drives = drives_for(&mut talk, Duration::from_secs(60));
    assert!((11..=12).contains(&looks(&talk)), "{} looks", looks(&talk));
    // A look costs two answers, place and zoom.
    assert!(drives >= 3000 - 2 * 12, "{drives} drives");
    // And as soon as they end, the head is watched as before.
    let before = looks(&talk);
    talk.look_answered("00 00 00 00", "00 00 00 00", "00 00 00 00");
    assert_eq!(looks(&talk), before + 1);
    let last = talk.now;
    talk.look_answered("00 00 00 00", "00 00 00 00", "00 00 00 00");
    assert!(talk.now.since(last) <= Duration::from_millis(200));
}

#[test]
fn a_camera_that_accepts_no_drive_any_more_is_found_silent_while_drives_are_asked_for() {
    let mut talk = Talk::ready();
    drives_for(&mut talk, Duration::from_secs(1));
    let began = talk.now;
    for asked in 1000..1100 {
        talk.ask(asked, drive((asked % 90) as i8, 0, 0));
        talk.wait(50);
    }
    let gone = talk
        .lines
        .iter()
        .find(|line| line.contains("Gone(NoAnswer)"));
    let at: u64 = gone.unwrap()[..5].parse().unwrap();
    assert!(at - began.0 < 4_000, "seen after {} ms", at - began.0);
}
