//! What is seen of displays, cameras and fittings as words, both ways: `display main power on`, `camera front picture covered`,
//! `fitting lamp.door gone fitting-denied`.

use super::words::{Doubt, Words, word_of};
use room_core::effect::DisplayCommand;
use room_core::event::PictureSeen;
use room_core::event::{CameraSeen, DisplayInput, DisplayPower, DisplaySeen, Event, FittingSeen};
use room_core::failure::{CameraFailure, DisplayFailure, FittingFailure};
use room_core::ids::{CameraId, DisplayId, FittingId};
use room_core::view::{DisplayState, DisplayView};

const POWER: &[(&str, DisplayPower)] = &[
    ("on", DisplayPower::On),
    ("standby", DisplayPower::Standby),
    ("warming", DisplayPower::Warming),
    ("cooling", DisplayPower::Cooling),
];
const INPUT: &[(&str, DisplayInput)] =
    &[("room", DisplayInput::Room), ("other", DisplayInput::Other)];
const PICTURE: &[(&str, PictureSeen)] = &[
    ("good", PictureSeen::Good),
    ("dark", PictureSeen::Dark),
    ("black", PictureSeen::Black),
    ("frozen", PictureSeen::Frozen),
    ("covered", PictureSeen::Covered),
    ("blurred", PictureSeen::Blurred),
];
const COMMAND: &[(&str, DisplayCommand)] = &[
    ("show", DisplayCommand::Show),
    ("standby", DisplayCommand::Standby),
];

/// Reads what was seen of a display.
pub fn display(words: &mut Words) -> Result<Event, Doubt> {
    let display = DisplayId::new(words.next("display")?);
    let failure = |word: &str| find(DisplayFailure::ALL, word, |f| f.code());
    let seen = match words.next("state of a display")? {
        "here" => DisplaySeen::Here,
        "gone" => DisplaySeen::Gone(words.read("failure", failure)?),
        "power" => DisplaySeen::Power(words.pick("power", POWER)?),
        "input" => DisplaySeen::Input(words.pick("input", INPUT)?),
        "refused" => DisplaySeen::Refused(words.read("failure", failure)?),
        word => return Err(format!("no display is {word:?}")),
    };
    Ok(Event::Display(display, seen))
}

/// Reads what was seen of a camera.
pub fn camera(words: &mut Words) -> Result<Event, Doubt> {
    let camera = CameraId::new(words.next("camera")?);
    let failure = |word: &str| find(CameraFailure::ALL, word, |f| f.code());
    let seen = match words.next("state of a camera")? {
        "here" => CameraSeen::Here,
        "gone" => CameraSeen::Gone(words.read("failure", failure)?),
        "in-use" => CameraSeen::InUse,
        "free" => CameraSeen::Free,
        "picture" => CameraSeen::Picture(words.pick("picture", PICTURE)?),
        word => return Err(format!("no camera is {word:?}")),
    };
    Ok(Event::Camera(camera, seen))
}

/// Reads what was seen of a lamp, wired button, speakerphone or status panel.
pub fn fitting(words: &mut Words) -> Result<Event, Doubt> {
    let fitting = FittingId::new(words.next("fitting")?);
    let failure = |word: &str| find(FittingFailure::ALL, word, |f| f.code());
    let seen = match words.next("state of a fitting")? {
        "here" => FittingSeen::Here,
        "gone" => FittingSeen::Gone(words.read("failure", failure)?),
        word => return Err(format!("no fitting is {word:?}")),
    };
    Ok(Event::Fitting(fitting, seen))
}

/// Prints what was seen of a display.
pub fn print_display(display: &DisplayId, seen: DisplaySeen) -> String {
    let seen = match seen {
        DisplaySeen::Here => "here".to_owned(),
        DisplaySeen::Gone(why) => format!("gone {}", why.code()),
        DisplaySeen::Power(power) => format!("power {}", word_of(POWER, &power)),
        DisplaySeen::Input(input) => format!("input {}", word_of(INPUT, &input)),
        DisplaySeen::Refused(why) => format!("refused {}", why.code()),
    };
    format!("display {display} {seen}")
}

/// Prints what was seen of a camera.
pub fn print_camera(camera: &CameraId, seen: CameraSeen) -> String {
    let seen = match seen {
        CameraSeen::Here => "here".to_owned(),
        CameraSeen::Gone(why) => format!("gone {}", why.code()),
        CameraSeen::InUse => "in-use".to_owned(),
        CameraSeen::Free => "free".to_owned(),
        CameraSeen::Picture(picture) => format!("picture {}", word_of(PICTURE, &picture)),
    };
    format!("camera {camera} {seen}")
}

/// Prints what was seen of a fitting.
pub fn print_fitting(fitting: &FittingId, seen: FittingSeen) -> String {
    match seen {
        FittingSeen::Here => format!("fitting {fitting} here"),
        FittingSeen::Gone(why) => format!("fitting {fitting} gone {}", why.code()),
    }
}

/// Prints what a display shall do.
pub fn print_command(display: &DisplayId, command: DisplayCommand) -> String {
    format!("display {display} {}", word_of(COMMAND, &command))
}

/// Prints a display on a face.
pub fn print_view(view: &DisplayView) -> String {
    let state = match view.state {
        DisplayState::Unknown => "unknown".to_owned(),
        DisplayState::Gone(why) => format!("gone {}", why.code()),
        DisplayState::Asleep => "asleep".to_owned(),
        DisplayState::Warming => "warming".to_owned(),
        DisplayState::On => "on".to_owned(),
        DisplayState::OtherInput => "other input".to_owned(),
        DisplayState::Cooling => "cooling".to_owned(),
    };
    let by_hand = if view.by_hand { " by hand" } else { "" };
    format!("display {} {state}{by_hand}", view.id)
}

fn find<F: Copy>(all: &[F], word: &str, code: impl Fn(F) -> &'static str) -> Option<F> {
    all.iter().copied().find(|failure| code(*failure) == word)
}
