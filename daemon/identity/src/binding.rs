//! A role and what holds it: a place, one unit of a model, both, or a model of which a room has one. Knows no device that is there.

use crate::machine::NodeKind;
use crate::model::UsbModel;
use crate::place::UsbSpot;
use core::fmt;
use serde::Serialize;

/// What a role is for; with its name it makes the role's label, such as `ptz-front`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A camera.
    Camera,
    /// The serial line of a camera with a motor.
    Head,
    /// The serial line of a table button.
    Puck,
    /// The serial line of a display.
    Display,
    /// A sound card: microphone, loudspeaker or both.
    Sound,
    /// The keys and lamps of a speakerphone.
    Keys,
}

impl Kind {
    /// The first word of labels and links.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Camera => "cam",
            Kind::Head => "ptz",
            Kind::Puck => "puck",
            Kind::Display => "display",
            Kind::Sound => "sound",
            Kind::Keys => "keys",
        }
    }

    /// What a device must offer to have the role.
    pub fn node(self) -> NodeKind {
        match self {
            Kind::Camera => NodeKind::Video,
            Kind::Head | Kind::Puck | Kind::Display => NodeKind::Serial,
            Kind::Sound => NodeKind::Sound,
            Kind::Keys => NodeKind::Hid,
        }
    }

    /// The same, for people.
    pub fn needs(self) -> &'static str {
        self.node().word()
    }

    /// Whether a room has at most one, so that a model alone says which.
    pub fn is_single(self) -> bool {
        match self {
            Kind::Keys => true,
            Kind::Camera | Kind::Head | Kind::Puck | Kind::Display | Kind::Sound => false,
        }
    }
}

/// One unit of a model.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Unit {
    /// Its model.
    pub model: UsbModel,
    /// Its serial number.
    pub serial: String,
}

/// What holds a role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Binding {
    /// Whatever is plugged in here; with a model, only if it is one.
    Place {
        /// The socket.
        spot: UsbSpot,
        /// The only model that may be there.
        model: Option<UsbModel>,
    },
    /// The only one of this model, wherever it is plugged in.
    Model(UsbModel),
    /// This unit, wherever it is plugged in.
    Unit(Unit),
    /// What is of this unit's model and plugged in here; with nothing of it here, the unit itself wherever it is.
    Both {
        /// The socket.
        spot: UsbSpot,
        /// The unit that belongs there.
        unit: Unit,
    },
}

/// Why parts make no binding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mistake {
    /// Neither a place nor a unit.
    Nothing,
    /// A serial number tells units apart only among those of one model.
    SerialWithoutModel,
    /// Every unit of the model would do, and a room may have several.
    ModelAlone,
}

impl Binding {
    /// From the parts that a file gives for a role of this kind.
    ///
    /// # Errors
    /// When they do not say which device is meant.
    pub fn of(
        kind: Kind,
        spot: Option<UsbSpot>,
        model: Option<UsbModel>,
        serial: Option<String>,
    ) -> Result<Self, Mistake> {
        match (spot, model, serial) {
            (_, None, Some(_)) => Err(Mistake::SerialWithoutModel),
            (Some(spot), model, None) => Ok(Binding::Place { spot, model }),
            (Some(spot), Some(model), Some(serial)) => {
                let unit = Unit { model, serial };
                Ok(Binding::Both { spot, unit })
            }
            (None, Some(model), Some(serial)) => Ok(Binding::Unit(Unit { model, serial })),
            (None, Some(model), None) if kind.is_single() => Ok(Binding::Model(model)),
            (None, Some(_), None) => Err(Mistake::ModelAlone),
            (None, None, None) => Err(Mistake::Nothing),
        }
    }

    /// The socket, when it counts.
    pub fn spot(&self) -> Option<&UsbSpot> {
        match self {
            Binding::Place { spot, .. } | Binding::Both { spot, .. } => Some(spot),
            Binding::Model(_) | Binding::Unit(_) => None,
        }
    }

    /// The only model that may have the role.
    pub fn model(&self) -> Option<UsbModel> {
        match self {
            Binding::Place { model, .. } => *model,
            Binding::Model(model) => Some(*model),
            Binding::Unit(unit) | Binding::Both { unit, .. } => Some(unit.model),
        }
    }

    /// The unit, when one is named.
    pub fn unit(&self) -> Option<&Unit> {
        match self {
            Binding::Place { .. } | Binding::Model(_) => None,
            Binding::Unit(unit) | Binding::Both { unit, .. } => Some(unit),
        }
    }
}

impl fmt::Display for Binding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Binding::Place { spot, model: None } => write!(f, "at {spot}"),
            Binding::Place {
                spot,
                model: Some(model),
            } => write!(f, "{model} at {spot}"),
            Binding::Model(model) => model.fmt(f),
            Binding::Unit(unit) => unit.fmt(f),
            Binding::Both { spot, unit } => write!(f, "{unit} at {spot}"),
        }
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} with serial number {}", self.model, self.serial)
    }
}

/// A role of a room and what holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    /// What it is for.
    pub kind: Kind,
    /// Its name in the room's file, such as `front`.
    pub name: String,
    /// What holds it.
    pub binding: Binding,
    /// Which interface of the device, for adapters with several lines; `None`: the first that fits.
    pub interface: Option<u8>,
}

impl Role {
    /// The role's label, such as `ptz-front`; also the name of its links.
    pub fn label(&self) -> String {
        format!("{}-{}", self.kind.word(), self.name)
    }
}
