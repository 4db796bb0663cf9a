//! Trees as sysfs shows them: two equal webcams behind a hub, one on another controller, a codec of the board.

use super::*;
use std::os::unix::fs::symlink;

struct Tree(tempfile::TempDir);

impl Tree {
    fn new() -> Tree {
        let tree = Tree(tempfile::tempdir().unwrap());
        fs::create_dir_all(tree.0.path().join("class/video4linux")).unwrap();
        tree
    }

    fn write(&self, file: &str, text: &str) {
        let path = self.0.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn usb(&self, controller: &str, (bus, port): (u8, &str), serial: Option<&str>) -> String {
        let root = format!("devices/{controller}/usb{bus}");
        self.write(&format!("{root}/idVendor"), "1d6b\n");
        self.write(&format!("{root}/devnum"), "1\n");
        // A hub on the way has a folder of its own.
        let folder = format!(
            "{root}/{bus}-{}/{bus}-{port}",
            port.split('.').next().unwrap()
        );
        self.write(&format!("{folder}/idVendor"), "046d\n");
        self.write(&format!("{folder}/idProduct"), "082d\n");
        self.write(&format!("{folder}/devnum"), "9\n");
        self.write(&format!("{folder}/speed"), "480\n");
        if let Some(serial) = serial {
            self.write(&format!("{folder}/serial"), &format!("{serial}\n"));
        }
        let interface = format!("{folder}/{bus}-{port}:1.0");
        self.write(&format!("{interface}/bInterfaceNumber"), "00\n");
        interface
    }

    fn node(&self, (number, index): (u32, u32), name: &str, device: &str) {
        let folder = self
            .0
            .path()
            .join(device)
            .join(format!("video4linux/video{number}"));
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("name"), format!("{name}\n")).unwrap();
        fs::write(folder.join("index"), format!("{index}\n")).unwrap();
        symlink(self.0.path().join(device), folder.join("device")).unwrap();
        symlink(
            &folder,
            self.0
                .path()
                .join(format!("class/video4linux/video{number}")),
        )
        .unwrap();
    }

    fn found(&self) -> Vec<Found> {
        find(
            self.0.path(),
            Path::new("/dev"),
            Some(&self.0.path().join("links")),
        )
    }
}

fn kit() -> Tree {
    let tree = Tree::new();
    let left = tree.usb("pci0000:00/0000:00:14.0", (1, "3.2"), Some("A1"));
    let right = tree.usb("pci0000:00/0000:00:14.0", (1, "3.4"), Some("B2"));
    let other = tree.usb("pci0000:00/0000:04:00.0", (2, "1"), None);
    tree.write(&format!("{other}/interface"), "Front Lens\n");
    // Found in this order, which is not the order of places.
    tree.node((0, 0), "HD Pro Webcam C920", &right);
    tree.node((1, 1), "HD Pro Webcam C920", &right);
    tree.node((2, 0), "HD Pro Webcam C920", &left);
    tree.node(
        (10, 0),
        "bcm2835-codec-decode",
        "devices/platform/bcm2835-codec",
    );
    tree.node((9, 0), "HD Pro Webcam C920", &other);
    tree
}

fn meant(wanted: &Wanted) -> Vec<String> {
    let all = kit().found();
    let fit = all.iter().filter(|found| wanted.fits(found));
    fit.map(|found| found.node.display().to_string()).collect()
}

fn wanted(usb: Option<&str>, serial: Option<&str>, label: Option<&str>) -> Wanted {
    let [usb, serial, label] = [usb, serial, label].map(|text| text.map(str::to_owned));
    let link = None;
    Wanted {
        usb,
        serial,
        label,
        link,
    }
}

#[test]
fn every_node_is_found_with_its_place_in_the_order_of_numbers() {
    let all = kit().found();
    let said: Vec<String> = all
        .iter()
        .map(|found| {
            let place = found.usb.as_ref().map_or("-".to_owned(), |usb| {
                format!("{} {}", usb.place, usb.socket)
            });
            format!(
                "{} {} [{}] {place}",
                found.node.display(),
                found.index,
                found.label
            )
        })
        .collect();
    assert_eq!(
        said,
        [
            "/dev/video0 0 [HD Pro Webcam C920 (046d:082d)] 1-3.4 0000:00:14.0/3.4",
            "/dev/video1 1 [HD Pro Webcam C920 (046d:082d)] 1-3.4 0000:00:14.0/3.4",
            "/dev/video2 0 [HD Pro Webcam C920 (046d:082d)] 1-3.2 0000:00:14.0/3.2",
            "/dev/video9 0 [Front Lens (046d:082d)] 2-1 0000:04:00.0/1",
            "/dev/video10 0 [bcm2835-codec-decode] -",
        ]
    );
}

#[test]
fn two_equal_cameras_are_told_apart_by_place_or_serial_number() {
    assert_eq!(meant(&wanted(Some("1-3.2"), None, None)), ["/dev/video2"]);
    assert_eq!(
        meant(&wanted(Some("0000:00:14.0/3.4"), None, None)),
        ["/dev/video0", "/dev/video1"]
    );
    assert_eq!(meant(&wanted(None, Some("A1"), None)), ["/dev/video2"]);
    assert_eq!(
        meant(&wanted(Some("1-3.4"), Some("A1"), None)),
        Vec::<String>::new()
    );
}

#[test]
fn a_label_fits_with_and_without_the_models_numbers() {
    let twins = ["/dev/video0", "/dev/video1", "/dev/video2"];
    assert_eq!(
        meant(&wanted(None, None, Some("HD Pro Webcam C920 (046d:082d)"))),
        twins
    );
    assert_eq!(
        meant(&wanted(None, None, Some("Front Lens (046d:082d)"))),
        ["/dev/video9"]
    );
    assert_eq!(
        meant(&wanted(None, None, Some("C920"))),
        Vec::<String>::new()
    );
}

#[test]
fn plugged_anew_is_another_one_also_under_the_same_number() {
    let tree = kit();
    let before = tree.found()[2].clone();
    let folder = fs::canonicalize(tree.0.path().join("class/video4linux/video2")).unwrap();
    fs::rename(&folder, folder.with_extension("old")).unwrap();
    fs::remove_file(tree.0.path().join("class/video4linux/video2")).unwrap();
    let device = folder
        .parent()
        .unwrap()
        .parent()
        .unwrap()
        .strip_prefix(tree.0.path().canonicalize().unwrap())
        .unwrap();
    tree.node((2, 0), "HD Pro Webcam C920", device.to_str().unwrap());
    let after = tree.found()[2].clone();
    assert_eq!((&before.node, &before.usb), (&after.node, &after.usb));
    assert_ne!(before.plugged, after.plugged);
}

#[test]
fn a_machine_without_cameras_has_none() {
    assert_eq!(find(Path::new("/nonexistent"), Path::new("/dev"), None), []);
    assert_eq!(Tree::new().found(), []);
}

#[test]
fn what_is_looked_for_is_said_in_words() {
    let all = wanted(Some("1-3.2"), Some("A1"), Some("C920"));
    assert_eq!(
        all.to_string(),
        "USB place 1-3.2, serial number A1, label \"C920\""
    );
    assert_eq!(Wanted::default().to_string(), "any camera");
}

#[test]
fn a_link_of_the_daemons_names_what_it_leads_to() {
    let tree = kit();
    let links = tree.0.path().join("links");
    fs::create_dir(&links).unwrap();
    symlink("/dev/video2", links.join("cam-front")).unwrap();
    symlink("/dev/ttyUSB0", links.join("ptz-front")).unwrap();
    let front = Wanted {
        link: Some("cam-front".to_owned()),
        ..Wanted::default()
    };
    let all = tree.found();
    let fit: Vec<_> = all.iter().filter(|found| front.fits(found)).collect();
    assert_eq!(fit.len(), 1);
    assert_eq!(fit[0].usb.as_ref().unwrap().place, "1-3.2");
    fs::remove_file(links.join("cam-front")).unwrap();
    assert!(!tree.found().iter().any(|found| front.fits(found)));
}

#[test]
fn the_superspeed_half_of_a_controller_is_another_place() {
    let tree = Tree::new();
    let device = tree.usb("pci0000:00/0000:00:14.0", (2, "1"), None);
    tree.write(
        "devices/pci0000:00/0000:00:14.0/usb2/bDeviceProtocol",
        "03\n",
    );
    tree.node((0, 0), "webcam", &device);
    assert_eq!(
        tree.found()[0].usb.as_ref().unwrap().socket,
        "0000:00:14.0/ss/1"
    );
}
