//! Which device has which role, and what is not as it should be. Pure: what there is goes in as a value.

use crate::binding::{Binding, Kind, Role, Unit};
use crate::finding::Finding;
use crate::machine::{Device, Machine, Node, UsbAddress};
use crate::model::UsbModel;
use std::collections::BTreeMap;
use std::path::Path;

/// A role and what has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seat<'a> {
    /// The role.
    pub role: &'a Role,
    /// What has it; `None`: nothing, and a finding says why.
    pub taken: Option<Taken<'a>>,
}

/// The device of a role and the node that the role uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taken<'a> {
    /// The device.
    pub device: &'a Device,
    /// Where and which it is.
    pub usb: &'a UsbAddress,
    /// The node.
    pub node: &'a Node,
}

/// Every role's seat in the order of the roles, and what is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seating<'a> {
    /// The seats.
    pub seats: Vec<Seat<'a>>,
    /// Of roles first, in their order; then what has no role.
    pub findings: Vec<Finding>,
}

impl<'a> Seating<'a> {
    /// The node of each role that has a device, under the role's label.
    pub fn nodes(&self) -> BTreeMap<String, &'a Path> {
        let node = |seat: &Seat<'a>| Some((seat.role.label(), seat.taken?.node.path.as_deref()?));
        self.seats.iter().filter_map(node).collect()
    }
}

/// Gives every role its device. Places decide first; then units and models are looked for among what is left.
pub fn seat<'a>(roles: &'a [Role], machine: &'a Machine) -> Seating<'a> {
    let mut table = Table {
        machine,
        used: BTreeMap::new(),
    };
    let by_place: Vec<_> = roles.iter().map(|role| table.by_place(role)).collect();
    let mut seats = Vec::new();
    let mut findings = Vec::new();
    for (role, placed) in roles.iter().zip(by_place) {
        let (taken, finding) = match placed {
            (Some(taken), finding) => (Some(taken), finding),
            (None, finding) => table.anywhere(role, finding),
        };
        seats.push(Seat { role, taken });
        findings.extend(finding);
    }
    findings.extend(table.extra(roles, &findings));
    Seating { seats, findings }
}

/// A node is known by the device's index and its own.
type NodeId = (usize, usize);

struct Table<'a> {
    machine: &'a Machine,
    /// Nodes that have a role, with its label.
    used: BTreeMap<NodeId, String>,
}

/// A USB device and its index among all.
#[derive(Clone, Copy)]
struct Found<'a> {
    index: usize,
    device: &'a Device,
    usb: &'a UsbAddress,
}

type Outcome<'a> = (Option<Taken<'a>>, Option<Finding>);

impl<'a> Table<'a> {
    fn usb(&self) -> impl Iterator<Item = Found<'a>> + use<'a> {
        let devices = self.machine.devices.iter().enumerate();
        devices.filter_map(|(index, device)| {
            let usb = device.usb()?;
            Some(Found { index, device, usb })
        })
    }

    fn by_place(&mut self, role: &Role) -> Outcome<'a> {
        let Some(spot) = role.binding.spot() else {
            return (None, None);
        };
        let Some(found) = self.usb().find(|found| found.usb.is_at(spot)) else {
            return (None, None);
        };
        let other_model = |model: &UsbModel| *model != found.usb.model;
        if let Some(wanted) = role.binding.model().filter(other_model) {
            let finding = Finding::Foreign {
                role: role.label(),
                wanted,
                found: found.device.title(),
                place: found.usb.place.clone(),
            };
            return (None, Some(finding));
        }
        let Some(taken) = self.take(role, found) else {
            let finding = self.taken(role, found);
            return (None, Some(finding.unwrap_or_else(|| useless(role, found))));
        };
        let unit = role.binding.unit().filter(|unit| !is_unit(found.usb, unit));
        let swapped = unit.map(|unit| Finding::Swapped {
            role: role.label(),
            was: Some(unit.serial.clone()),
            is: found.usb.serial.clone(),
        });
        (Some(taken), swapped)
    }

    /// The unit or the model in any socket, for a role that its place did not serve; `so_far` says why not.
    fn anywhere(&mut self, role: &Role, so_far: Option<Finding>) -> Outcome<'a> {
        let units = || {
            self.usb()
                .filter(|found| is_meant(found.usb, &role.binding))
        };
        let free: Vec<Found<'a>> = units()
            .filter(|found| self.free(role, *found).is_some())
            .collect();
        match free[..] {
            [] => {
                let taken = || units().find_map(|found| self.taken(role, found));
                let found = || units().next().map(|found| useless(role, found));
                let finding = so_far.or_else(taken).or_else(found);
                (None, Some(finding.unwrap_or_else(|| missing(role))))
            }
            [found] => {
                let moved = match &role.binding {
                    Binding::Both { spot, .. } => Some(Finding::Moved {
                        role: role.label(),
                        from: spot.clone(),
                        to: found.usb.place.clone(),
                    }),
                    Binding::Place { .. } | Binding::Model(_) | Binding::Unit(_) => None,
                };
                (self.take(role, found), moved)
            }
            // Its place is known and empty: that is what to say, and the twins are extra.
            [..] if role.binding.spot().is_some() => {
                (None, Some(so_far.unwrap_or_else(|| missing(role))))
            }
            [..] => {
                let doubled = Finding::Doubled {
                    role: role.label(),
                    wanted: role.binding.to_string(),
                    places: free.iter().map(|found| found.usb.place.clone()).collect(),
                };
                (None, Some(doubled))
            }
        }
    }

    fn wanted(&self, role: &Role, found: Found<'a>) -> Option<(NodeId, &'a Node)> {
        let wanted = found.device.node(role.kind.node(), role.interface)?;
        let number = found.device.nodes.iter().position(|node| node == wanted)?;
        Some(((found.index, number), wanted))
    }

    fn free(&self, role: &Role, found: Found<'a>) -> Option<(NodeId, &'a Node)> {
        self.wanted(role, found)
            .filter(|(id, _)| !self.used.contains_key(id))
    }

    fn take(&mut self, role: &Role, found: Found<'a>) -> Option<Taken<'a>> {
        let (id, node) = self.free(role, found)?;
        self.used.insert(id, role.label());
        Some(Taken {
            device: found.device,
            usb: found.usb,
            node,
        })
    }

    /// Says so when another role has what this one wants.
    fn taken(&self, role: &Role, found: Found<'a>) -> Option<Finding> {
        let (id, _) = self.wanted(role, found)?;
        Some(Finding::Taken {
            role: role.label(),
            by: self.used.get(&id)?.clone(),
            place: found.usb.place.clone(),
        })
    }

    /// Only kinds that the room binds count: a room that binds no camera says nothing about cameras. Every keyboard has reports.
    fn extra(&self, roles: &[Role], findings: &[Finding]) -> Vec<Finding> {
        let has_role = |found: &Found| self.used.keys().any(|(index, _)| *index == found.index);
        let is_named = |found: &Found| {
            findings
                .iter()
                .any(|finding| finding.is_about(&found.usb.place))
        };
        let offers = |device: &Device| {
            let counts = |role: &&Role| {
                role.kind != Kind::Keys && device.node(role.kind.node(), None).is_some()
            };
            Some(roles.iter().find(counts)?.kind.needs())
        };
        self.usb()
            .filter(|found| !has_role(found) && !is_named(found))
            .filter_map(|found| {
                Some(Finding::Extra {
                    found: found.device.title(),
                    offers: offers(found.device)?,
                    place: found.usb.place.clone(),
                })
            })
            .collect()
    }
}

fn missing(role: &Role) -> Finding {
    Finding::Missing {
        role: role.label(),
        wanted: role.binding.to_string(),
    }
}

fn useless(role: &Role, found: Found<'_>) -> Finding {
    Finding::Useless {
        role: role.label(),
        needs: role.kind.needs(),
        found: found.device.title(),
        place: found.usb.place.clone(),
    }
}

/// Whether this is what the role wants, wherever it is plugged in.
fn is_meant(usb: &UsbAddress, binding: &Binding) -> bool {
    match binding {
        Binding::Place { .. } => false,
        Binding::Model(model) => usb.model == *model,
        Binding::Unit(unit) | Binding::Both { unit, .. } => is_unit(usb, unit),
    }
}

fn is_unit(usb: &UsbAddress, unit: &Unit) -> bool {
    usb.model == unit.model && usb.serial.as_ref() == Some(&unit.serial)
}
