//! Text of a room's and a board's file to a checked [`Profile`], or every problem at once with its place.
//! Pure: reads no file and opens nothing; the caller brings the texts.
//!
//! Terms: a *layer* is one file; the room's file lies over its board's file, that over what it inherits.
//! Invariant: a file with any problem yields no profile at all.

mod assemble;
mod camera;
mod describe;
mod displays;
mod fitting_sections;
mod fittings;
mod fleet;
mod head_links;
mod heads;
mod hosts;
mod layers;
mod machine;
mod own_models;
mod per_service;
mod preflight;
mod problem;
mod profile;
mod ptz;
mod reference;
mod scalars;
mod section;
mod sections;
mod services;
mod sip;
mod sound;
mod sound_model;
mod suggest;
mod text;
mod tree;
mod upkeep;
mod usb;

pub use camera::{AntiFlicker, CameraLink, CameraModel, CameraPreset};
pub use fittings::{
    Button, ButtonKey, Fittings, GpioDriver, HookKey, Lamp, LampShows, LineActive, LinePlace,
    LinePull, Panel, PanelKind, PhonePlace, Speakerphone,
};
pub use fleet::fleet_may_set;
pub use head_links::HeadAt;
pub use heads::{
    HeadLink, HeadPeer, HeadPort, LinkKind, PlaceLayout, PresetRange, Protocol, PtzAxis, PtzModel,
};
pub use layers::Sources;
pub use machine::{Board, Bus, Output};
pub use own_models::OWN_PTZ_MODELS;
pub use preflight::{PathLimits, PreflightHours, TimeOfDay};
pub use problem::{Problem, Problems};
pub use profile::{
    Account, AllowedHost, Browser, CalendarPlace, CalendarSource, Canary, ChecksumChoice,
    DisplayLine, DisplayLink, Door, Faces, FirstWay, FleetLink, FrontEnd, Language, Practice,
    PracticeConference, Profile, PuckDisplay, PuckLink, RenewedPacks, Sip, SipEncryption,
    SipTransport,
};
pub use reference::markdown as reference;
pub use sound::{SoundLink, SoundLinks, SoundPlace};
pub use sound_model::{MuteKey, SoundKind, SoundModel};
pub use text::{Place, SourceFile};

use section::Section;

/// Checks a model's file by itself.
///
/// # Errors
/// Every problem, sorted by place.
pub fn ptz_model(file: &SourceFile) -> Result<PtzModel, Problems> {
    let mut problems = Vec::new();
    let model = ptz::read(file, &mut problems);
    Problems::none_or(problems).map(|()| model)
}

/// Checks a file about a model of a microphone or speakerphone by itself.
///
/// # Errors
/// Every problem, sorted by place.
pub fn sound_model(file: &SourceFile) -> Result<SoundModel, Problems> {
    let mut problems = Vec::new();
    let model = sound_model::read(file, &mut problems);
    Problems::none_or(problems).map(|()| model)
}

/// Reads what a board's file and all that it inherits say about the board itself; nothing when they describe none.
///
/// # Errors
/// Every problem of them, sorted by place.
pub fn board(
    name: &str,
    file: &SourceFile,
    boards: &[(String, SourceFile)],
) -> Result<Option<Board>, Problems> {
    let mut problems = Vec::new();
    let layer = (name.to_owned(), file.clone());
    let whole = layers::with_inherited(layer, boards, &mut problems);
    let spot = section::Spot {
        path: "machine".to_owned(),
        place: whole.place.clone(),
    };
    let table = layers::named(&whole, "machine");
    let section = machine::MachineSection::read(table, spot, &mut problems);
    let own = tree::parse(file, &mut Vec::new());
    let marks = machine::own_marks(layers::named(&own, "machine"));
    let board = machine::board(section, marks, &mut problems);
    Problems::none_or(problems).map(|()| board)
}

/// Which version of itself a board's file says to be; a bad one counts as the first.
pub fn board_revision(file: &SourceFile) -> u32 {
    let own = tree::parse(file, &mut Vec::new());
    machine::own_revision(layers::named(&own, "machine"))
}

/// The board that a room's file names, whether there is one or not.
pub fn board_named(room: &SourceFile) -> Option<String> {
    let room = tree::parse(room, &mut Vec::new());
    match &layers::named(&room, "board")?.value {
        tree::Value::Text(name) => Some(name.clone()),
        _ => None,
    }
}

/// Checks a room's configuration.
///
/// # Errors
/// Every problem of every layer, sorted by place.
pub fn check(sources: &Sources) -> Result<Profile, Problems> {
    check_under(sources, None)
}

/// Checks a room's configuration with what its fleet sets, which lies over the room's file.
///
/// # Errors
/// Every problem of every layer, sorted by place; a key that a fleet may not set is one.
pub fn check_under(sources: &Sources, settings: Option<&SourceFile>) -> Result<Profile, Problems> {
    let (profile, problems) = read(sources, settings);
    Problems::none_or(problems).map(|()| profile)
}

/// Checks a board's file under a room's file that names it and says nothing else. What is missing there the file of a real room may say.
///
/// # Errors
/// Every other problem of every layer, sorted by place.
pub fn check_board(sources: &Sources) -> Result<(), Problems> {
    let (_, mut problems) = read(sources, None);
    problems.retain(|problem| problem.kind != problem::Kind::Missing);
    Problems::none_or(problems)
}

/// The profile counts only when there is no problem.
fn read(sources: &Sources, settings: Option<&SourceFile>) -> (Profile, Vec<Problem>) {
    let mut problems = Vec::new();
    let mut whole = layers::flatten(sources, &mut problems);
    if let Some(settings) = settings {
        let settings = tree::parse(settings, &mut problems);
        whole = tree::lay(whole, fleet::permitted(settings, &mut problems));
    }
    let spot = section::Spot {
        path: String::new(),
        place: Place::start_of(&sources.room),
    };
    let file = sections::WholeFile::read(Some(&whole), spot, &mut problems);
    let profile = assemble::assemble(file, sources, &mut problems);
    (profile, problems)
}
