//! What is not as the room's file says, by name. Knows no device that is there.

use crate::model::UsbModel;
use crate::place::{UsbPlace, UsbSpot};
use core::fmt;
use serde::Serialize;
use std::string::ToString;

/// One thing that is missing, extra or swapped.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(tag = "finding", rename_all = "kebab-case")]
pub enum Finding {
    /// Nothing has the role.
    Missing {
        /// The role's label.
        role: String,
        /// What was looked for.
        wanted: String,
    },
    /// Another model sits in the role's place.
    Foreign {
        /// The role's label.
        role: String,
        /// The only model that may be there.
        wanted: UsbModel,
        /// What is there.
        found: String,
        /// Where.
        place: UsbPlace,
    },
    /// The device in the role's place does not offer what the role needs: another device, or its driver is missing.
    Useless {
        /// The role's label.
        role: String,
        /// What it needs.
        needs: &'static str,
        /// What is there.
        found: String,
        /// Where.
        place: UsbPlace,
    },
    /// What the role wants has another role already: the room's file names the same device twice.
    Taken {
        /// The role's label.
        role: String,
        /// The label of the role that has it.
        by: String,
        /// Where it is.
        place: UsbPlace,
    },
    /// Another unit of the same model has the role: used.
    Swapped {
        /// The role's label.
        role: String,
        /// The unit that had it.
        was: Option<String>,
        /// The unit that has it.
        is: Option<String>,
    },
    /// Another model than before has the role, which names none: used.
    Replaced {
        /// The role's label.
        role: String,
        /// The model that had it.
        was: UsbModel,
        /// The model that has it.
        is: UsbModel,
    },
    /// The role's own unit is plugged in elsewhere: used.
    Moved {
        /// The role's label.
        role: String,
        /// Where it belongs.
        #[serde(serialize_with = "written")]
        from: UsbSpot,
        /// Where it is.
        to: UsbPlace,
    },
    /// Several units are what the role wants: none is used.
    Doubled {
        /// The role's label.
        role: String,
        /// What was looked for.
        wanted: String,
        /// Where they are.
        places: Vec<UsbPlace>,
    },
    /// A device of a kind that the room binds has no role.
    Extra {
        /// What it is.
        found: String,
        /// What it offers.
        offers: &'static str,
        /// Where.
        place: UsbPlace,
    },
}

fn written<T: fmt::Display, S: serde::Serializer>(
    value: &T,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}

impl Finding {
    /// The role it is about; `None` for what has no role.
    pub fn role(&self) -> Option<&str> {
        match self {
            Finding::Missing { role, .. }
            | Finding::Foreign { role, .. }
            | Finding::Useless { role, .. }
            | Finding::Taken { role, .. }
            | Finding::Swapped { role, .. }
            | Finding::Replaced { role, .. }
            | Finding::Moved { role, .. }
            | Finding::Doubled { role, .. } => Some(role),
            Finding::Extra { .. } => None,
        }
    }

    /// Whether the role is without a device.
    pub fn leaves_empty(&self) -> bool {
        match self {
            Finding::Missing { .. }
            | Finding::Foreign { .. }
            | Finding::Useless { .. }
            | Finding::Taken { .. }
            | Finding::Doubled { .. } => true,
            Finding::Swapped { .. }
            | Finding::Replaced { .. }
            | Finding::Moved { .. }
            | Finding::Extra { .. } => false,
        }
    }

    /// Whether it names what sits in this place.
    pub fn is_about(&self, there: &UsbPlace) -> bool {
        match self {
            Finding::Foreign { place, .. }
            | Finding::Useless { place, .. }
            | Finding::Taken { place, .. }
            | Finding::Moved { to: place, .. }
            | Finding::Extra { place, .. } => place == there,
            Finding::Doubled { places, .. } => places.contains(there),
            Finding::Missing { .. } | Finding::Swapped { .. } | Finding::Replaced { .. } => false,
        }
    }
}

/// A sentence without its full stop.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Finding::Missing { role, wanted } => {
                write!(f, "{role} is missing: nothing is {wanted}")
            }
            Finding::Foreign {
                role,
                wanted,
                found,
                place,
            } => {
                write!(
                    f,
                    "{role} is missing: at {place} is {found}, not a {wanted}"
                )
            }
            Finding::Useless {
                role,
                needs,
                found,
                place,
            } => {
                write!(f, "{role} is missing: {found} at {place} offers no {needs}")
            }
            Finding::Taken { role, by, place } => {
                write!(f, "{role} is missing: what is at {place} has the role {by}")
            }
            Finding::Swapped { role, was, is } => {
                let number =
                    |serial: &Option<String>| serial.clone().unwrap_or_else(|| "none".to_owned());
                write!(
                    f,
                    "{role} was swapped for one of the same model: serial number {}, was {}",
                    number(is),
                    number(was)
                )
            }
            Finding::Replaced { role, was, is } => {
                write!(f, "{role} was swapped for another model: {is}, was {was}")
            }
            Finding::Moved { role, from, to } => {
                write!(f, "{role} is plugged in at {to} instead of {from}")
            }
            Finding::Doubled {
                role,
                wanted,
                places,
            } => {
                let places: Vec<String> = places.iter().map(ToString::to_string).collect();
                write!(
                    f,
                    "{role} is undecided: {wanted} is at {}; bind it to a place",
                    places.join(" and ")
                )
            }
            Finding::Extra {
                found,
                offers,
                place,
            } => write!(f, "{found} at {place} is extra: a {offers} without a role"),
        }
    }
}
