//! What changed since the last look, each thing once. Pure. Remembers which unit had a role, so that a swap is seen also where
//! the room's file names no serial number.

use crate::binding::Role;
use crate::finding::Finding;
use crate::machine::{Machine, UsbAddress};
use crate::model::UsbModel;
use crate::seating::seat;
use core::fmt;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Something to tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
    /// A role has a device, or another node of it than before.
    Seated {
        /// The role's label.
        role: String,
        /// What it is.
        found: String,
        /// The node to open.
        path: PathBuf,
    },
    /// Something is not as it should be.
    Odd(Finding),
    /// Something that was odd is no more.
    Settled(Finding),
}

/// Looks again and again, and remembers.
#[derive(Debug, Default)]
pub struct Witness {
    units: BTreeMap<String, (UsbModel, Option<String>)>,
    paths: BTreeMap<String, PathBuf>,
    odd: Vec<Finding>,
}

impl Witness {
    /// Looks at what there is, and says what changed.
    pub fn look(&mut self, roles: &[Role], machine: &Machine) -> Vec<News> {
        let seating = seat(roles, machine);
        let odd = seating.findings;
        let mut news = Vec::new();
        let mut paths = BTreeMap::new();
        for seat in &seating.seats {
            let (Some(taken), label) = (&seat.taken, seat.role.label()) else {
                continue;
            };
            let other = self.remember(&label, taken.usb);
            // A file that names the unit has been held against it already.
            if seat.role.binding.unit().is_none() {
                news.extend(other.map(News::Odd));
            }
            let Some(path) = taken.node.path.clone() else {
                continue;
            };
            if self.paths.get(&label) != Some(&path) {
                news.push(News::Seated {
                    role: label.clone(),
                    found: taken.device.title(),
                    path: path.clone(),
                });
            }
            paths.insert(label, path);
        }
        let settled = self.odd.iter().filter(|old| !odd.contains(old)).cloned();
        news.extend(settled.map(News::Settled));
        let fresh = odd
            .iter()
            .filter(|finding| !self.odd.contains(finding))
            .cloned();
        news.extend(fresh.map(News::Odd));
        self.odd = odd;
        self.paths = paths;
        news
    }

    /// Says so when the role's unit is another than before.
    fn remember(&mut self, label: &str, usb: &UsbAddress) -> Option<Finding> {
        let is = (usb.model, usb.serial.clone());
        let was = self.units.insert(label.to_owned(), is.clone())?;
        let role = label.to_owned();
        match was.0 == is.0 {
            true if was.1 == is.1 => None,
            true => Some(Finding::Swapped {
                role,
                was: was.1,
                is: is.1,
            }),
            false => Some(Finding::Replaced {
                role,
                was: was.0,
                is: is.0,
            }),
        }
    }
}

/// A sentence without its full stop.
impl fmt::Display for News {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            News::Seated { role, found, path } => {
                write!(f, "{role} is {found}, {}", path.display())
            }
            News::Odd(finding) => finding.fmt(f),
            News::Settled(finding) => write!(f, "no longer so: {finding}"),
        }
    }
}
