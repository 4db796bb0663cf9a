//! The room's devices as a face shows them: heads, table buttons, displays, cameras.
//! Knows no language; texts for people are looked up by code.

use serde::{Deserialize, Serialize};

/// A PTZ head.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Head {
    /// To name it in a press.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// Its presets.
    pub presets: Vec<Preset>,
    /// How it is.
    pub state: HeadState,
    /// The failure's code when it is away, such as `head-no-answer`.
    pub failure: Option<String>,
    /// Where it looks, when read.
    pub position: Option<Position>,
    /// The preset at which it stands.
    pub at_preset: Option<u8>,
}

/// How a head is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HeadState {
    /// Not seen yet.
    Unknown,
    /// Away.
    Gone,
    /// In standby.
    Asleep,
    /// At rest.
    Still,
    /// Moving.
    Moving,
}

/// A preset.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Preset {
    /// The camera's own number.
    pub number: u8,
    /// What people call it.
    pub name: String,
}

/// Where a head looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Position {
    /// Hundredths of a degree, right positive.
    pub pan_cdeg: i32,
    /// Hundredths of a degree, up positive.
    pub tilt_cdeg: i32,
    /// 0 (widest) to 1000 (longest).
    pub zoom_permille: u16,
}

/// A table button.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableButton {
    /// Its role.
    pub id: String,
    /// Whether it is there.
    pub here: bool,
    /// The firmware that it runs, such as `0.1.0`; `null`: not known.
    pub firmware: Option<String>,
    /// The firmware that the room has for it and it has not yet; `null`: there is none.
    pub offered: Option<String>,
    /// What is done to it.
    pub update: ButtonUpdate,
    /// Why the last update failed, as a code.
    pub failure: Option<String>,
    /// Whether an update may be asked for now.
    pub may_update: bool,
}

/// What is done to a table button.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ButtonUpdate {
    /// Nothing.
    None,
    /// It waits in its loader: an update was cut off.
    Waits,
    /// Firmware is written to it.
    Runs,
    /// The last update failed.
    Failed,
}

/// The room's table buttons, for people who look after them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ButtonsAnswer {
    /// Each of them, in the order of the room's file.
    pub buttons: Vec<ButtonLine>,
}

/// What is known of a table button beside the room's state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ButtonLine {
    /// Its role.
    pub id: String,
    /// The USB socket in which it was seen, such as `1-1.2`; `null`: in none.
    pub place: Option<String>,
    /// Serial number of its chip.
    pub serial: Option<String>,
    /// Name and version of its firmware, as it says them on its line.
    pub firmware: Option<String>,
    /// The version of the wire that it speaks, when it is another than the daemon's.
    pub foreign_wire: Option<u8>,
    /// The display that it says it is built for, as images are named after it; `null`: it cannot say, or did not yet.
    pub display: Option<String>,
    /// How long ago it said anything; `null`: never since the daemon's start.
    pub silent_ms: Option<u64>,
}

/// The file of the room's board that counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BoardAnswer {
    /// The board, as the room's file names it.
    pub board: String,
    /// Where its file comes from.
    pub from: BoardFrom,
    /// Where somebody has put it; `null`: nobody has.
    pub path: Option<String>,
    /// Which version of itself the file says to be.
    pub revision: u32,
    /// A release that is not proven yet: the room goes back from it when it does not work as before.
    pub on_trial: bool,
    /// The file, when it is a release: other programs of the room have the one that came with the daemon.
    pub text: Option<String>,
}

/// Where a board's file comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BoardFrom {
    /// Somebody has put it on the machine; it counts before all others.
    Machine,
    /// It came with the daemon.
    Package,
    /// The room's fleet released it.
    Release,
}

/// A display that the room switches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Display {
    /// Its role.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// How it is.
    pub state: DisplayState,
    /// The failure's code when it is away, such as `display-no-answer`.
    pub failure: Option<String>,
    /// Somebody switched it otherwise than the room, which leaves it so.
    pub by_hand: bool,
}

/// How a display is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DisplayState {
    /// Not read yet.
    Unknown,
    /// Away.
    Gone,
    /// In standby.
    Asleep,
    /// On its way to a picture.
    Warming,
    /// Shows the room, or nobody knows which input.
    On,
    /// Shows somebody's own device.
    OtherInput,
    /// On its way to standby.
    Cooling,
}

/// A camera that the room watches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Camera {
    /// Its role.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// How it is.
    pub state: CameraState,
    /// The failure's code when it cannot be used, such as `camera-absent`.
    pub failure: Option<String>,
    /// What its picture was good for when it was last looked at.
    pub picture: Option<Picture>,
}

/// How a camera is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CameraState {
    /// Not seen yet.
    Unknown,
    /// Cannot be used.
    Gone,
    /// The conference or another program has its picture.
    InUse,
    /// Nobody has.
    Free,
}

/// What a camera's picture is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Picture {
    /// A room.
    Good,
    /// A room with its lights off.
    Dark,
    /// Nothing at all.
    Black,
    /// The same frame again and again.
    Frozen,
    /// Something lies before the lens.
    Covered,
    /// Out of focus.
    Blurred,
}
