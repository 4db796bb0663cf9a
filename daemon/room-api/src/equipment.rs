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
