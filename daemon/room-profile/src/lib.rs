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
mod hosts;
mod layers;
mod problem;
mod profile;
mod ptz;
mod reference;
mod scalars;
mod section;
mod sections;
mod services;
mod sip;
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
pub use layers::Sources;
pub use problem::{Problem, Problems};
pub use profile::{
    Account, AllowedHost, Browser, CalendarPlace, CalendarSource, Canary, ChecksumChoice,
    DisplayLine, DisplayLink, Door, Faces, FirstWay, FrontEnd, HeadLink, Language, Practice,
    PracticeConference, Profile, Protocol, PtzAxis, PtzModel, PuckLink, RenewedPacks, Sip,
    SipEncryption, SipTransport,
};
pub use reference::markdown as reference;
pub use text::{Place, SourceFile};

use section::Section;

/// Checks a room's configuration.
///
/// # Errors
/// Every problem of every layer, sorted by place.
pub fn check(sources: &Sources) -> Result<Profile, Problems> {
    let mut problems = Vec::new();
    let whole = layers::flatten(sources, &mut problems);
    let spot = section::Spot {
        path: String::new(),
        place: Place::start_of(&sources.room),
    };
    let file = sections::WholeFile::read(Some(&whole), spot, &mut problems);
    let profile = assemble::assemble(file, sources, &mut problems);
    Problems::none_or(problems).map(|()| profile)
}
