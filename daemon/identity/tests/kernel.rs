//! Identity on real kernel drivers and a running udev: links come by place and by serial number, stay with their places, and
//! are the ones that the daemon would open. Runs in the lab's guest: `tests/run lab`.

#![allow(clippy::unwrap_used, reason = "a test may fail loudly")]

use identity::{Bell, Binding, Finding, Kind, Machine, Role, Unit, UsbPlace, rules, scan, seat};
use lab_guest::gadget::{Function, Gadget, Identity};
use lab_guest::host::{Device, plug, unplug};
use lab_guest::{read, run, udev};
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

const SOON: Duration = Duration::from_secs(15);

fn machine() -> Machine {
    scan(Path::new("/sys"))
}

fn role(kind: Kind, name: &str, binding: Binding) -> Role {
    Role {
        kind,
        name: name.to_owned(),
        binding,
        interface: None,
    }
}

fn at(place: &UsbPlace) -> Binding {
    Binding::Place {
        spot: identity::UsbSpot::Socket(place.clone()),
        model: None,
    }
}

/// The socket of a device that can be plugged in; it is out again afterwards.
fn socket(device: Device, node: &str) -> UsbPlace {
    plug(device).unwrap();
    udev::appears(node, SOON).unwrap();
    let machine = machine();
    let mut usb = machine.devices.iter().filter_map(|device| device.usb());
    let place = usb
        .find(|usb| usb.place.ports.to_string() == device.port())
        .unwrap()
        .place
        .clone();
    unplug(device).unwrap();
    udev::goes(node, SOON).unwrap();
    place
}

/// A room's rules in force, with the group that its lines belong to.
fn in_force(roles: &[Role]) -> udev::Rules {
    run("groupadd", &["--force", "--gid", "4711", "roomd"]).unwrap();
    udev::Rules::install("70-roomd.rules", &rules("the lab", roles)).unwrap()
}

/// Where udev's link leads, which must be where the daemon's would.
fn leads(roles: &[Role], label: &str) -> Option<PathBuf> {
    udev::settles(SOON).unwrap();
    let machine = machine();
    let seating = seat(roles, &machine);
    let ours = seating.nodes().get(label).map(|node| node.to_path_buf());
    let link = fs::canonicalize(Path::new(identity::LINKS).join(label)).ok();
    assert_eq!(link, ours, "udev and the daemon agree on {label}");
    link
}

fn sentences(roles: &[Role]) -> Vec<String> {
    seat(roles, &machine())
        .findings
        .iter()
        .map(ToString::to_string)
        .collect()
}

#[test]
fn an_adapter_gets_its_link_and_rights_and_keeps_them_when_it_is_plugged_again() {
    let place = socket(Device::FtdiA, "/dev/ttyUSB0");
    let roles = [role(Kind::Head, "front", at(&place))];
    let _rules = in_force(&roles);
    for _ in 0..2 {
        plug(Device::FtdiA).unwrap();
        udev::appears("/dev/roomd/ptz-front", SOON).unwrap();
        let node = leads(&roles, "ptz-front").unwrap();
        let held = fs::metadata(&node).unwrap();
        assert_eq!((held.mode() & 0o777, held.gid()), (0o660, 4711));
        let known = udev::properties("/dev/roomd/ptz-front").unwrap();
        assert_eq!(known["ID_MM_DEVICE_IGNORE"], "1");
        assert_eq!(known["SYSTEMD_ALIAS"], "/dev/roomd/ptz-front");
        run(
            "systemctl",
            &["is-active", r"dev-roomd-ptz\x2dfront.device"],
        )
        .unwrap();
        let port = Path::new("/sys/class/tty").join(node.file_name().unwrap());
        assert_eq!(
            read(port.join("device/latency_timer")).unwrap(),
            "1",
            "an FTDI adapter holds no bytes back"
        );
        unplug(Device::FtdiA).unwrap();
        udev::goes("/dev/roomd/ptz-front", SOON).unwrap();
        assert_eq!(leads(&roles, "ptz-front"), None);
        assert_eq!(
            sentences(&roles),
            [format!("ptz-front is missing: nothing is at {place}")]
        );
    }
}

#[test]
fn two_adapters_with_one_serial_number_never_change_places() {
    let a = socket(Device::FtdiA, "/dev/ttyUSB0");
    let b = UsbPlace {
        ports: Device::FtdiB.port().parse().unwrap(),
        ..a.clone()
    };
    let roles = [
        role(Kind::Head, "front", at(&a)),
        role(Kind::Head, "rear", at(&b)),
    ];
    let _rules = in_force(&roles);
    let mut nodes = Vec::new();
    for order in [
        [Device::FtdiA, Device::FtdiB],
        [Device::FtdiB, Device::FtdiA],
    ] {
        for device in order {
            plug(device).unwrap();
            let label = if device == Device::FtdiA {
                "ptz-front"
            } else {
                "ptz-rear"
            };
            udev::appears(&format!("/dev/roomd/{label}"), SOON).unwrap();
        }
        nodes.push((
            leads(&roles, "ptz-front").unwrap(),
            leads(&roles, "ptz-rear").unwrap(),
        ));
        assert!(sentences(&roles).is_empty());
        for device in order {
            unplug(device).unwrap();
        }
        udev::goes("/dev/roomd/ptz-front", SOON).unwrap();
        udev::goes("/dev/roomd/ptz-rear", SOON).unwrap();
    }
    let (first, second) = (&nodes[0], &nodes[1]);
    assert_eq!(
        (&first.0, &first.1),
        (&second.1, &second.0),
        "the kernel's names changed places, the roles did not"
    );
}

const BUTTON: Identity = Identity {
    vendor: 0x1209,
    product: 0x0001,
    manufacturer: "roomd",
    name: "Table button",
    serial: "E6614104",
};

/// Plugged in, with its node.
fn plugged(identity: Identity) -> Gadget {
    let gadget = Gadget::new(identity, &[Function::Acm]).unwrap();
    gadget.plug().unwrap();
    udev::appears("/dev/ttyACM0", SOON).unwrap();
    gadget
}

fn pulled(gadget: Gadget) {
    drop(gadget);
    udev::goes("/dev/ttyACM0", SOON).unwrap();
}

#[test]
fn a_button_is_found_by_its_serial_number_and_another_is_not_taken_for_it() {
    let unit = Unit {
        model: "1209:0001".parse().unwrap(),
        serial: BUTTON.serial.to_owned(),
    };
    let roles = [role(Kind::Puck, "table", Binding::Unit(unit))];
    let _rules = in_force(&roles);
    let gadget = plugged(BUTTON);
    assert_eq!(leads(&roles, "puck-table"), Some("/dev/ttyACM0".into()));
    pulled(gadget);
    assert_eq!(leads(&roles, "puck-table"), None);
    let gadget = plugged(Identity {
        serial: "OTHER",
        ..BUTTON
    });
    assert_eq!(leads(&roles, "puck-table"), None);
    let said = sentences(&roles);
    assert_eq!(
        said[0],
        "puck-table is missing: nothing is 1209:0001 with serial number E6614104"
    );
    assert!(
        said[1].contains("roomd Table button")
            && said[1].ends_with("is extra: a serial line without a role"),
        "{said:?}"
    );
    pulled(gadget);
}

#[test]
fn one_of_the_same_model_takes_the_place_of_another_and_another_model_does_not() {
    let gadget = plugged(BUTTON);
    let place = machine()
        .devices
        .iter()
        .filter_map(|device| device.usb())
        .find(|usb| usb.model.vendor == 0x1209)
        .unwrap()
        .place
        .clone();
    assert_eq!(place.controller, "dummy_hcd.0");
    let unit = Unit {
        model: "1209:0001".parse().unwrap(),
        serial: BUTTON.serial.to_owned(),
    };
    let spot = identity::UsbSpot::Socket(place);
    let roles = [role(Kind::Puck, "table", Binding::Both { spot, unit })];
    pulled(gadget);
    let _rules = in_force(&roles);
    let gadget = plugged(BUTTON);
    assert!(leads(&roles, "puck-table").is_some());
    assert!(sentences(&roles).is_empty());
    pulled(gadget);
    let gadget = plugged(Identity {
        serial: "E9999999",
        ..BUTTON
    });
    assert!(leads(&roles, "puck-table").is_some(), "the link stays");
    assert_eq!(
        sentences(&roles),
        ["puck-table was swapped for one of the same model: serial number E9999999, was E6614104"]
    );
    pulled(gadget);
    let gadget = plugged(Identity {
        product: 0x0002,
        ..BUTTON
    });
    assert_eq!(leads(&roles, "puck-table"), None);
    assert!(matches!(
        seat(&roles, &machine()).findings[..],
        [Finding::Foreign { .. }]
    ));
    pulled(gadget);
}

#[test]
fn what_is_pulled_is_seen_within_a_second_and_what_returns_within_three() {
    let gadget = plugged(BUTTON);
    udev::settles(SOON).unwrap();
    let bell = Bell::hang().unwrap();
    let here = || {
        machine().devices.iter().any(|device| {
            device.usb().is_some_and(|usb| usb.model.vendor == 0x1209) && !device.nodes.is_empty()
        })
    };
    assert!(here());
    let seen = |wanted: bool, since: Instant| {
        while here() != wanted {
            assert!(since.elapsed() < SOON);
            bell.heard(SOON).unwrap();
        }
        since.elapsed()
    };
    let pulled = Instant::now();
    gadget.unplug().unwrap();
    let gone = seen(false, pulled);
    let returned = Instant::now();
    gadget.plug().unwrap();
    let back = seen(true, returned);
    println!(
        "gone seen after {} ms, back after {} ms",
        gone.as_millis(),
        back.as_millis()
    );
    assert!(gone < Duration::from_secs(1), "{gone:?}");
    assert!(back < Duration::from_secs(3), "{back:?}");
}

#[test]
fn a_loudspeaker_and_keys_have_their_roles_by_their_sockets() {
    let speaker = socket(Device::Speaker, "/dev/snd/controlC0");
    let roles = [role(Kind::Sound, "table", at(&speaker))];
    let _rules = in_force(&roles);
    plug(Device::Speaker).unwrap();
    plug(Device::Keyboard).unwrap();
    udev::appears("/dev/roomd/sound-table", SOON).unwrap();
    assert_eq!(
        leads(&roles, "sound-table"),
        Some("/dev/snd/controlC0".into())
    );
    assert!(
        sentences(&roles).is_empty(),
        "a keyboard is nothing that this room binds"
    );
}
