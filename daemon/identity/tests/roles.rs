//! Which device gets which role, and what people are told when something is missing, extra or swapped.

#![allow(clippy::unwrap_used, reason = "a test may end where it stands")]

mod common;

use common::{Tree, at, role, seats, sentences, unit};
use identity::{Address, Binding, Finding, Kind, Machine, Mistake, News, Role, Witness};

const CAMERA: &str = "046d:085c";

fn cameras(machine: &Machine) -> Vec<usize> {
    let is_camera = |device: &identity::Device| {
        device
            .usb()
            .is_some_and(|usb| usb.model.to_string() == CAMERA)
    };
    let devices = machine.devices.iter().enumerate();
    devices
        .filter(|(_, device)| is_camera(device))
        .map(|(index, _)| index)
        .collect()
}

fn set_serial(machine: &mut Machine, index: usize, serial: &str) {
    if let Address::Usb(usb) = &mut machine.devices[index].address {
        usb.serial = Some(serial.to_owned());
    }
}

fn move_to(machine: &mut Machine, index: usize, ports: &str) {
    if let Address::Usb(usb) = &mut machine.devices[index].address {
        usb.place.ports = ports.parse().unwrap();
    }
}

#[test]
fn roles_are_found_by_place_and_by_unit() {
    let machine = Tree::of("pc.umockdev").scan();
    let roles = [
        role(Kind::Camera, "front", at("1-3.1")),
        role(Kind::Camera, "rear", at("0000:00:14.0/3.2")),
        role(Kind::Camera, "stage", at("0000:00:14.0/ss/3")),
        role(
            Kind::Head,
            "front",
            Binding::Unit(unit("0403:6001", "A10KX1YZ")),
        ),
        role(Kind::Puck, "table", at("0000:00:14.0/4")),
        role(Kind::Sound, "table", at("1-1")),
        role(Kind::Keys, "table", at("1-1")),
    ];
    assert_eq!(
        seats(&roles, &machine),
        [
            "cam-front video0",
            "cam-rear video2",
            "cam-stage video4",
            "ptz-front ttyUSB0",
            "puck-table ttyACM0",
            "sound-table card1",
            "keys-table hidraw0",
        ]
    );
    assert_eq!(
        sentences(&roles, &machine),
        [""; 0],
        "nothing is missing, extra or swapped"
    );
}

#[test]
fn ten_devices_of_which_three_are_missing_make_three_sentences() {
    let tree = Tree::of("pc.umockdev");
    let roles = [
        role(Kind::Camera, "front", at("1-3.1")),
        role(Kind::Camera, "rear", at("1-3.2")),
        role(Kind::Camera, "stage", at("2-3")),
        role(Kind::Sound, "front", at("1-3.1")),
        role(Kind::Sound, "rear", at("1-3.2")),
        role(Kind::Sound, "table", at("1-1")),
        role(Kind::Keys, "table", at("1-1")),
        role(
            Kind::Head,
            "front",
            Binding::Unit(unit("0403:6001", "A10KX1YZ")),
        ),
        role(Kind::Puck, "table", at("0000:00:14.0/4")),
        role(Kind::Puck, "door", at("0000:00:14.0/7")),
    ];
    tree.pull("1-2");
    tree.pull("2-3");
    assert_eq!(
        sentences(&roles, &tree.scan()),
        [
            "cam-stage is missing: nothing is at 2-3",
            "ptz-front is missing: nothing is 0403:6001 with serial number A10KX1YZ",
            "puck-door is missing: nothing is at 0000:00:14.0/7",
        ]
    );
}

#[test]
fn a_unit_swapped_for_one_of_the_same_model_serves_and_is_said() {
    let mut machine = Tree::of("pc.umockdev").scan();
    let front = cameras(&machine)[0];
    let unit = unit(CAMERA, "5D3A1F2E");
    let spot = "1-3.1".parse().unwrap();
    let roles = [role(Kind::Camera, "front", Binding::Both { spot, unit })];
    set_serial(&mut machine, front, "99999999");
    machine.devices.remove(cameras(&machine)[1]);
    assert_eq!(seats(&roles, &machine), ["cam-front video0"]);
    let said = sentences(&roles, &machine);
    assert_eq!(
        said[0],
        "cam-front was swapped for one of the same model: serial number 99999999, was 5D3A1F2E"
    );
}

#[test]
fn another_model_in_the_place_is_not_taken() {
    let machine = Tree::of("pc.umockdev").scan();
    let model = Some("0403:6015".parse().unwrap());
    let spot = "1-2".parse().unwrap();
    let roles = [role(Kind::Head, "front", Binding::Place { spot, model })];
    assert_eq!(seats(&roles, &machine), ["ptz-front -"]);
    assert_eq!(
        sentences(&roles, &machine),
        [
            "ptz-front is missing: at 0000:00:14.0/2 is FTDI FT232R USB UART, not a 0403:6015",
            "roomd Table button at 0000:00:14.0/4 is extra: a serial line without a role",
        ]
    );
}

#[test]
fn a_device_that_offers_nothing_of_the_kind_is_said() {
    let machine = Tree::of("pc.umockdev").scan();
    let roles = [
        role(Kind::Puck, "door", at("1-6")),
        role(Kind::Camera, "front", at("1-5")),
    ];
    let said = sentences(&roles, &machine);
    assert_eq!(
        said[0],
        "puck-door is missing: USB Serial at 0000:00:14.0/6 offers no serial line"
    );
    assert_eq!(
        said[1],
        "cam-front is missing: Dell KB216 Wired Keyboard at 0000:00:14.0/5 offers no camera"
    );
}

#[test]
fn two_units_with_one_serial_number_are_never_guessed_between() {
    let machine = Tree::of("pc.umockdev").scan();
    let roles = [role(
        Kind::Camera,
        "front",
        Binding::Unit(unit(CAMERA, "5D3A1F2E")),
    )];
    assert_eq!(seats(&roles, &machine), ["cam-front -"]);
    assert_eq!(
        sentences(&roles, &machine)[0],
        "cam-front is undecided: 046d:085c with serial number 5D3A1F2E is at 0000:00:14.0/3.1 and 0000:00:14.0/3.2; bind it to a place"
    );
}

#[test]
fn a_model_alone_serves_where_only_one_is_plugged_in() {
    let mut machine = Tree::of("pc.umockdev").scan();
    let model = "0b0e:0422".parse().unwrap();
    let roles = [role(Kind::Keys, "table", Binding::Model(model))];
    assert_eq!(seats(&roles, &machine), ["keys-table hidraw0"]);
    assert_eq!(sentences(&roles, &machine), [""; 0]);
    let is_it = |device: &identity::Device| device.usb().is_some_and(|usb| usb.model == model);
    let own = machine.devices.iter().position(is_it).unwrap();
    let twin = machine.devices.len();
    machine.devices.push(machine.devices[own].clone());
    move_to(&mut machine, twin, "8");
    assert_eq!(seats(&roles, &machine), ["keys-table -"]);
    assert_eq!(
        sentences(&roles, &machine),
        [
            "keys-table is undecided: 0b0e:0422 is at 0000:00:14.0/1 and 0000:00:14.0/8; bind it to a place"
        ]
    );
    machine.devices.truncate(twin);
    machine.devices[own].nodes.clear();
    assert_eq!(
        sentences(&roles, &machine),
        ["keys-table is missing: Jabra SPEAK 510 USB at 0000:00:14.0/1 offers no HID"]
    );
    machine.devices.remove(own);
    assert_eq!(
        sentences(&roles, &machine),
        ["keys-table is missing: nothing is 0b0e:0422"]
    );
}

#[test]
fn an_empty_place_is_not_filled_with_one_of_two_twins() {
    let machine = Tree::of("pc.umockdev").scan();
    let spot = "1-7".parse().unwrap();
    let unit = unit(CAMERA, "5D3A1F2E");
    let roles = [role(Kind::Camera, "front", Binding::Both { spot, unit })];
    assert_eq!(seats(&roles, &machine), ["cam-front -"]);
    let said = sentences(&roles, &machine);
    assert_eq!(
        said[0],
        "cam-front is missing: nothing is 046d:085c with serial number 5D3A1F2E at 1-7"
    );
    assert!(
        said[1].starts_with("Logitech C922 Pro Stream Webcam at 0000:00:14.0/3.1 is extra"),
        "{said:?}"
    );
}

#[test]
fn a_unit_plugged_in_elsewhere_serves_and_is_said() {
    let mut machine = Tree::of("pc.umockdev").scan();
    let [front, rear] = cameras(&machine)[..] else {
        panic!("two cameras");
    };
    set_serial(&mut machine, front, "AAAA");
    set_serial(&mut machine, rear, "BBBB");
    let both = |spot: &str, serial: &str| Binding::Both {
        spot: spot.parse().unwrap(),
        unit: unit(CAMERA, serial),
    };
    let roles = [
        role(Kind::Camera, "front", both("1-3.1", "AAAA")),
        role(Kind::Camera, "rear", both("1-3.2", "BBBB")),
    ];
    move_to(&mut machine, front, "8");
    assert_eq!(
        seats(&roles, &machine),
        ["cam-front video0", "cam-rear video2"]
    );
    assert_eq!(
        sentences(&roles, &machine)[0],
        "cam-front is plugged in at 0000:00:14.0/8 instead of 1-3.1"
    );
    // Into the other's place, whose own unit is gone: the place decides, and the first role is empty.
    machine.devices.remove(rear);
    move_to(&mut machine, front, "3.2");
    assert_eq!(seats(&roles, &machine), ["cam-front -", "cam-rear video0"]);
}

#[test]
fn a_device_that_is_named_twice_is_said_and_has_one_role() {
    let machine = Tree::of("pc.umockdev").scan();
    let adapter = unit("0403:6001", "A10KX1YZ");
    let roles = [
        role(Kind::Head, "front", at("1-2")),
        role(Kind::Puck, "table", at("0000:00:14.0/2")),
        role(Kind::Display, "main", Binding::Unit(adapter)),
        role(Kind::Puck, "door", at("1-4")),
    ];
    assert_eq!(
        sentences(&roles, &machine),
        [
            "puck-table is missing: what is at 0000:00:14.0/2 has the role ptz-front",
            "display-main is missing: what is at 0000:00:14.0/2 has the role ptz-front",
        ]
    );
}

#[test]
fn what_sits_in_the_place_of_a_unit_that_is_elsewhere_is_extra() {
    let machine = Tree::of("pc.umockdev").scan();
    let roles = [role(
        Kind::Puck,
        "table",
        Binding::Both {
            spot: "1-2".parse().unwrap(),
            unit: unit("1209:0001", "E6614104"),
        },
    )];
    assert_eq!(
        sentences(&roles, &machine),
        [
            "puck-table is plugged in at 0000:00:14.0/4 instead of 1-2",
            "FTDI FT232R USB UART at 0000:00:14.0/2 is extra: a serial line without a role",
        ]
    );
}

#[test]
fn an_adapter_with_several_lines_gives_the_one_that_is_named() {
    let machine = Tree::of("pi4.umockdev").scan();
    let line = |name: &str, interface| Role {
        interface,
        ..role(Kind::Head, name, at("0000:01:00.0/1.4"))
    };
    let roles = [
        line("front", Some(2)),
        line("rear", None),
        line("side", Some(7)),
        line("twin", Some(2)),
    ];
    assert_eq!(
        seats(&roles, &machine),
        [
            "ptz-front ttyUSB2",
            "ptz-rear ttyUSB0",
            "ptz-side -",
            "ptz-twin -"
        ]
    );
}

#[test]
fn what_has_no_role_is_extra_only_where_the_room_binds_its_kind() {
    let machine = Tree::of("pc.umockdev").scan();
    assert_eq!(sentences(&[], &machine), [""; 0]);
    let roles = [role(Kind::Puck, "table", at("1-4"))];
    assert_eq!(
        sentences(&roles, &machine),
        ["FTDI FT232R USB UART at 0000:00:14.0/2 is extra: a serial line without a role"]
    );
}

#[test]
fn what_changes_is_told_once() {
    let tree = Tree::of("pc.umockdev");
    let mut witness = Witness::default();
    let roles = [role(Kind::Camera, "front", at("1-3.1"))];
    let mut news = |machine: &Machine| -> Vec<String> {
        let news = witness.look(&roles, machine);
        news.iter()
            .filter(|news| !matches!(news, News::Odd(Finding::Extra { .. })))
            .map(ToString::to_string)
            .collect()
    };
    let mut machine = tree.scan();
    assert_eq!(
        news(&machine),
        ["cam-front is Logitech C922 Pro Stream Webcam, /dev/video0"]
    );
    assert_eq!(news(&machine), [""; 0]);
    let front = cameras(&machine)[0];
    let mut without = machine.clone();
    without.devices.remove(front);
    assert_eq!(
        news(&without),
        ["cam-front is missing: nothing is at 1-3.1"]
    );
    assert_eq!(news(&without), [""; 0]);
    set_serial(&mut machine, front, "77");
    assert_eq!(
        news(&machine),
        [
            "cam-front was swapped for one of the same model: serial number 77, was 5D3A1F2E",
            "cam-front is Logitech C922 Pro Stream Webcam, /dev/video0",
            "no longer so: cam-front is missing: nothing is at 1-3.1",
        ]
    );
    assert_eq!(news(&machine), [""; 0]);
}

#[test]
fn parts_that_do_not_say_which_device_are_mistakes() {
    let (spot, model) = (
        Some("1-1".parse().unwrap()),
        Some("0403:6001".parse().unwrap()),
    );
    let (line, serial) = (Kind::Head, || Some("A".to_owned()));
    assert_eq!(Binding::of(line, None, None, None), Err(Mistake::Nothing));
    assert_eq!(
        Binding::of(line, None, model, None),
        Err(Mistake::ModelAlone)
    );
    assert!(matches!(
        Binding::of(Kind::Keys, None, model, None),
        Ok(Binding::Model(_))
    ));
    assert_eq!(
        Binding::of(line, None, None, serial()),
        Err(Mistake::SerialWithoutModel)
    );
    assert_eq!(
        Binding::of(line, spot.clone(), None, serial()),
        Err(Mistake::SerialWithoutModel)
    );
    assert!(matches!(
        Binding::of(line, spot.clone(), model, None),
        Ok(Binding::Place { .. })
    ));
    assert!(matches!(
        Binding::of(line, None, model, serial()),
        Ok(Binding::Unit(_))
    ));
    assert!(matches!(
        Binding::of(line, spot, model, serial()),
        Ok(Binding::Both { .. })
    ));
}
