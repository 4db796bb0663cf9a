//! Finding cards in trees like the kernel's.

use super::*;
use std::os::unix::fs::symlink;

struct Machine {
    _box: tempfile::TempDir,
    roots: Roots,
}

const SPEAKERPHONE: &str = "devices/pci0000:00/0000:00:14.0/usb1/1-3/1-3.2";

impl Machine {
    fn new() -> Machine {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let roots = Roots {
            sys: at("sys"),
            proc: at("proc"),
            dev: at("dev"),
            links: Some(at("links")),
        };
        for name in ["sys/class/sound", "proc/asound", "links"] {
            fs::create_dir_all(at(name)).unwrap();
        }
        let machine = Machine {
            _box: folder,
            roots,
        };
        let root = "devices/pci0000:00/0000:00:14.0/usb1";
        machine.write(&format!("{root}/idVendor"), "1d6b\n");
        machine.write(&format!("{root}/bDeviceProtocol"), "01\n");
        for (file, text) in [
            ("idVendor", "0b0e\n"),
            ("idProduct", "2475\n"),
            ("devnum", "7\n"),
            ("serial", "70BF92\n"),
            ("product", "Jabra SPEAK 750 \n"),
        ] {
            machine.write(&format!("{SPEAKERPHONE}/{file}"), text);
        }
        machine
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.roots.sys.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn card(&self, (number, id): (u32, &str), device: &str, pcms: &[&str]) {
        let device = self.roots.sys.join(device);
        let folder = device.join(format!("sound/card{number}"));
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("id"), format!("{id}\n")).unwrap();
        symlink(&device, folder.join("device")).unwrap();
        for pcm in pcms {
            fs::create_dir(folder.join(format!("pcmC{number}{pcm}"))).unwrap();
        }
        let class = self.roots.sys.join(format!("class/sound/card{number}"));
        symlink(&folder, class).unwrap();
    }
}

#[test]
fn a_speakerphone_keeps_its_name_at_another_number() {
    let ids = |number: u32| {
        let machine = Machine::new();
        machine.card(
            (number, "S750"),
            &format!("{SPEAKERPHONE}/1-3.2:1.0"),
            &["D0c", "D0p"],
        );
        let cards = cards(&machine.roots);
        assert_eq!(cards.len(), 1);
        assert_eq!(cards[0].name, "Jabra SPEAK 750");
        let found = cards[0].found();
        assert_eq!(
            found[0].place,
            Place::Pcm {
                card: number,
                device: 0
            }
        );
        found.into_iter().map(|found| found.id).collect::<Vec<_>>()
    };
    assert_eq!(ids(1), ids(4));
    assert_eq!(ids(1)[0].as_str(), "0000:00:14.0/3.2#70BF92:0:capture");
    assert_eq!(ids(1)[1].as_str(), "0000:00:14.0/3.2#70BF92:0:playback");
}

#[test]
fn a_card_of_the_board_is_called_as_the_kernel_lists_it() {
    let machine = Machine::new();
    machine.card(
        (0, "Loopback"),
        "devices/platform/snd_aloop.0",
        &["D1p", "D0c", "controlC0"],
    );
    let listed = " 0 [Loopback       ]: Loopback - Loop of two\n                      Loopback 1\n";
    fs::write(machine.roots.proc.join("asound/cards"), listed).unwrap();
    let cards = cards(&machine.roots);
    assert_eq!(
        (cards[0].driver.as_str(), cards[0].name.as_str()),
        ("Loopback", "Loop of two")
    );
    assert_eq!(
        (cards[0].place.as_str(), cards[0].usb.as_ref()),
        ("snd_aloop.0", None)
    );
    let pcms: Vec<_> = cards[0]
        .pcms
        .iter()
        .map(|pcm| (pcm.device, pcm.direction))
        .collect();
    assert_eq!(pcms, [(0, Direction::Capture), (1, Direction::Playback)]);
    assert!(cards[0].is_called("loopback") && cards[0].is_called("0") && !cards[0].is_called("1"));
}

#[test]
fn the_daemons_links_are_told_with_the_card_to_which_they_lead() {
    let machine = Machine::new();
    machine.card((2, "S750"), &format!("{SPEAKERPHONE}/1-3.2:1.0"), &["D0c"]);
    let links = machine.roots.links.clone().unwrap();
    symlink("/dev/snd/controlC2", links.join("sound-table")).unwrap();
    symlink("/dev/snd/controlC3", links.join("sound-wall")).unwrap();
    symlink("/dev/video2", links.join("cam-front")).unwrap();
    assert_eq!(cards(&machine.roots)[0].links, ["sound-table"]);
}

#[test]
fn no_sound_at_all_is_no_card() {
    let machine = Machine::new();
    assert_eq!(cards(&machine.roots), []);
    fs::remove_dir_all(machine.roots.sys.join("class")).unwrap();
    assert_eq!(cards(&machine.roots), []);
}
