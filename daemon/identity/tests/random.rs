//! Plugging, pulling, moving and swapping at random: whatever happens, no role has another role's device.

#![allow(clippy::unwrap_used, reason = "a test may end where it stands")]

mod common;

use common::unit;
use identity::{
    Address, Binding, Device, Finding, Kind, Machine, Node, NodeKind, Role, Side, UsbAddress,
    UsbPlace, Witness, seat,
};
use proptest::prelude::*;
use std::collections::BTreeMap;

const SOCKETS: u8 = 6;
const MODELS: [&str; 2] = ["046d:085c", "0403:6001"];

/// A unit: which model, which serial number. Few numbers, so that twins happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Thing {
    model: usize,
    serial: u8,
}

#[derive(Debug, Clone, Copy)]
enum Op {
    Plug(u8, Thing),
    Pull(u8),
    Move(u8, u8),
    Swap(u8, u8),
}

fn thing() -> impl Strategy<Value = Thing> {
    (0..MODELS.len(), 0..4u8).prop_map(|(model, serial)| Thing { model, serial })
}

fn op() -> impl Strategy<Value = Op> {
    let socket = || 1..=SOCKETS;
    prop_oneof![
        3 => (socket(), thing()).prop_map(|(at, thing)| Op::Plug(at, thing)),
        2 => socket().prop_map(Op::Pull),
        2 => (socket(), socket()).prop_map(|(from, to)| Op::Move(from, to)),
        1 => (socket(), socket()).prop_map(|(one, other)| Op::Swap(one, other)),
    ]
}

fn place(socket: u8) -> UsbPlace {
    UsbPlace {
        controller: "0000:00:14.0".to_owned(),
        side: Side::Usb2,
        ports: socket.to_string().parse().unwrap(),
    }
}

fn binding() -> impl Strategy<Value = Binding> {
    (1..=SOCKETS, thing(), 0..5u8).prop_map(|(socket, thing, shape)| {
        let spot = format!("0000:00:14.0/{socket}").parse().unwrap();
        let unit = unit(MODELS[thing.model], &thing.serial.to_string());
        match shape {
            0 => Binding::Place { spot, model: None },
            1 => Binding::Place {
                spot,
                model: Some(unit.model),
            },
            2 => Binding::Unit(unit),
            3 => Binding::Model(unit.model),
            _ => Binding::Both { spot, unit },
        }
    })
}

/// Roles as a file may have them: no two of a kind with the same place or the same unit.
fn roles() -> impl Strategy<Value = Vec<Role>> {
    let role = (
        prop::sample::select(vec![Kind::Camera, Kind::Head, Kind::Puck]),
        binding(),
    );
    prop::collection::vec(role, 1..6).prop_map(|drawn| {
        let mut roles: Vec<Role> = Vec::new();
        for (kind, binding) in drawn {
            let clash = |role: &Role| {
                let same_place =
                    role.binding.spot().is_some() && role.binding.spot() == binding.spot();
                let same_unit =
                    role.binding.unit().is_some() && role.binding.unit() == binding.unit();
                role.kind.node() == kind.node() && (same_place || same_unit)
            };
            if !roles.iter().any(clash) {
                let name = format!("r{}", roles.len());
                roles.push(common::role(kind, &name, binding));
            }
        }
        roles
    })
}

fn apply(sockets: &mut BTreeMap<u8, Thing>, op: Op) {
    match op {
        Op::Plug(at, thing) => {
            sockets.entry(at).or_insert(thing);
        }
        Op::Pull(at) => {
            sockets.remove(&at);
        }
        Op::Move(from, to) => {
            if !sockets.contains_key(&to)
                && let Some(thing) = sockets.remove(&from)
            {
                sockets.insert(to, thing);
            }
        }
        Op::Swap(one, other) => {
            let (first, second) = (sockets.remove(&one), sockets.remove(&other));
            sockets.extend(first.map(|thing| (other, thing)));
            sockets.extend(second.map(|thing| (one, thing)));
        }
    }
}

/// Nodes are numbered in the order of plugging on a real machine; here by socket, turned around by `salt`.
fn machine(sockets: &BTreeMap<u8, Thing>, salt: u8) -> Machine {
    let device = |(socket, thing): (&u8, &Thing)| {
        let (kind, stem) = [(NodeKind::Video, "video"), (NodeKind::Serial, "ttyUSB")][thing.model];
        let name = format!("{stem}{}", (socket * 7 + salt) % 11);
        Device {
            address: Address::Usb(UsbAddress {
                bus: 1,
                place: place(*socket),
                model: MODELS[thing.model].parse().unwrap(),
                serial: Some(thing.serial.to_string()),
            }),
            maker: None,
            product: None,
            nodes: vec![Node {
                kind,
                path: Some(format!("/dev/{name}").into()),
                name,
                interface: Some(0),
                label: None,
            }],
        }
    };
    Machine {
        has_usb: true,
        devices: sockets.iter().map(device).collect(),
    }
}

fn hold(roles: &[Role], machine: &Machine) -> Result<(), TestCaseError> {
    let seating = seat(roles, machine);
    let mut used = Vec::new();
    for seat in &seating.seats {
        let label = seat.role.label();
        let empty = seating
            .findings
            .iter()
            .filter(|f| f.leaves_empty() && f.role() == Some(&label))
            .count();
        let Some(taken) = seat.taken else {
            prop_assert_eq!(empty, 1, "{} is empty for exactly one reason", label);
            continue;
        };
        prop_assert_eq!(empty, 0, "{} is not called missing", label);
        prop_assert!(!used.contains(&taken.node), "a node has one role");
        used.push(taken.node);
        prop_assert_eq!(taken.node.kind, seat.role.kind.node());
        if let Some(model) = seat.role.binding.model() {
            prop_assert_eq!(model, taken.usb.model, "only its own model");
        }
        let in_place = seat
            .role
            .binding
            .spot()
            .is_some_and(|spot| taken.usb.is_at(spot));
        let is_unit = seat.role.binding.unit().is_some_and(|unit| {
            unit.model == taken.usb.model && Some(&unit.serial) == taken.usb.serial.as_ref()
        });
        let by_model = matches!(seat.role.binding, Binding::Model(_));
        prop_assert!(
            in_place || is_unit || by_model,
            "{} has what its place, its unit or its model says",
            label
        );
        let said = |is: fn(&Finding) -> bool| {
            seating
                .findings
                .iter()
                .any(|f| is(f) && f.role() == Some(&label))
        };
        let both = matches!(seat.role.binding, Binding::Both { .. });
        prop_assert_eq!(
            said(|f| matches!(f, Finding::Swapped { .. })),
            both && !is_unit
        );
        prop_assert_eq!(
            said(|f| matches!(f, Finding::Moved { .. })),
            both && !in_place
        );
        if !in_place {
            let others = roles
                .iter()
                .filter(|role| role.kind.node() == seat.role.kind.node() && *role != seat.role);
            for other in others {
                let serves = other
                    .binding
                    .model()
                    .is_none_or(|model| model == taken.usb.model);
                let is_its = other
                    .binding
                    .spot()
                    .is_some_and(|spot| taken.usb.is_at(spot));
                prop_assert!(
                    !(serves && is_its),
                    "{} has what {}'s place gives",
                    label,
                    other.label()
                );
            }
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_role_ever_has_another_roles_device(
        roles in roles(),
        ops in prop::collection::vec((op(), 0..11u8), 1..30),
    ) {
        let mut sockets = BTreeMap::new();
        let mut witness = Witness::default();
        for (op, salt) in ops {
            apply(&mut sockets, op);
            let machine = machine(&sockets, salt);
            hold(&roles, &machine)?;
            witness.look(&roles, &machine);
            let seating = seat(&roles, &machine);
            let seated = seating.seats.iter().filter(|seat| seat.taken.is_some()).count();
            prop_assert_eq!(seating.nodes().len(), seated);
            prop_assert!(witness.look(&roles, &machine).is_empty(), "nothing is told twice");
        }
    }

    #[test]
    fn two_devices_of_one_model_keep_their_places(
        ops in prop::collection::vec((op(), 0..11u8), 1..30),
        serials in (0..4u8, 0..4u8),
    ) {
        let both = |socket: u8, serial: u8| Binding::Both {
            spot: format!("0000:00:14.0/{socket}").parse().unwrap(),
            unit: unit(MODELS[0], &serial.to_string()),
        };
        let roles = [
            common::role(Kind::Camera, "front", both(1, serials.0)),
            common::role(Kind::Camera, "rear", both(2, serials.1)),
        ];
        let mut sockets = BTreeMap::new();
        for (op, salt) in ops {
            apply(&mut sockets, op);
            let machine = machine(&sockets, salt);
            let seating = seat(&roles, &machine);
            for (seat, socket) in seating.seats.iter().zip([1, 2]) {
                if sockets.get(&socket).is_some_and(|thing| thing.model == 0) {
                    let at = seat.taken.map(|taken| taken.usb.place.clone());
                    prop_assert_eq!(at, Some(place(socket)), "what is in the place has the role");
                }
            }
        }
    }
}
