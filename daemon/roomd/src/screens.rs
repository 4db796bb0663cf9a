//! The room's screens as its file says: which output of the board shows which browser, and the file of the compositor that does it
//! (sway). Knows sway(5) and the kernel's names of outputs; draws nothing.

use crate::files::write_whole;
use anyhow::Result;
use room_profile::{DisplayLink, Language, Profile};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

/// The compositor knows the window with the room and its call by this name.
pub const MAIN: &str = "roomd-main";
/// And that of a second display by this one.
pub const SECOND: &str = "roomd-second";

/// An output of the board.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Output {
    /// Whether nothing hangs on it; what is connected comes first.
    pub empty: bool,
    /// The kernel's name of the connector, without that of its card, such as `HDMI-A-1`.
    pub connector: String,
}

/// The outputs of this machine, those with a display first. `drm` is `/sys/class/drm`.
pub fn outputs(drm: &Path) -> Vec<Output> {
    let entries = fs::read_dir(drm).into_iter().flatten().flatten();
    let output = |entry: fs::DirEntry| {
        let status = fs::read_to_string(entry.path().join("status")).ok()?;
        let name = entry.file_name().into_string().ok()?;
        // `card1-HDMI-A-1`: the card's number may change, the connector's name does not.
        let (_, connector) = name.split_once('-')?;
        // No display hangs on what only gives a picture back to programs.
        let shows = !connector.starts_with("Writeback");
        shows.then(|| Output {
            empty: status.trim() != "connected",
            connector: connector.to_owned(),
        })
    };
    let mut outputs: Vec<Output> = entries.filter_map(output).collect();
    outputs.sort();
    outputs
}

/// Whether a second display is connected.
pub fn has_second(outputs: &[Output]) -> bool {
    outputs.iter().filter(|output| !output.empty).count() > 1
}

/// Drivers of cards that draw nothing by themselves: of virtual machines, servers and firmware.
const PLAIN: [&str; 8] = [
    "virtio_gpu",
    "virtio-pci",
    "bochs-drm",
    "simple-framebuffer",
    "qxl",
    "cirrus",
    "ast",
    "mgag200",
];

/// Whether no card of this machine draws by itself. There the compositor draws without OpenGL: with Mesa's stand-in for it, it ended
/// by a memory fault (seen with sway 1.7 and Mesa 22.3 on QEMU's card). `drm` is `/sys/class/drm`.
pub fn draws_plainly(drm: &Path) -> bool {
    let entries = fs::read_dir(drm).into_iter().flatten().flatten();
    let drivers = entries.filter_map(|entry| {
        let driver = fs::read_link(entry.path().join("device/driver")).ok()?;
        Some(driver.file_name()?.to_string_lossy().into_owned())
    });
    let drivers: Vec<String> = drivers.collect();
    !drivers.is_empty()
        && drivers
            .iter()
            .all(|driver| PLAIN.contains(&driver.as_str()))
}

/// Writes the compositor's file, and its environment, into this folder.
///
/// # Errors
/// When they cannot be written.
pub fn write(profile: &Profile, outputs: &[Output], plain: bool, folder: &Path) -> Result<()> {
    let drawing = match plain {
        true => "WLR_RENDERER=pixman\n",
        false => "",
    };
    write_whole(folder, &folder.join("environment"), drawing)?;
    write_whole(folder, &folder.join("sway.conf"), &text(profile, outputs))
}

/// The compositor's file.
pub fn text(profile: &Profile, outputs: &[Output]) -> String {
    let keys = match profile.language {
        Language::German => "de",
        Language::English => "gb",
    };
    // Neither keys nor a bar: nobody gets past the browsers.
    let mut text = format!(
        "# Written at each start of the compositor, from the room's file.\n\
         xwayland disable\ndefault_border none\nfocus_follows_mouse no\nfocus_on_window_activation focus\n\
         seat * hide_cursor 3000\ninput * xkb_layout {keys}\n"
    );
    let (width, height) = (profile.browser.width, profile.browser.height);
    for (number, (connector, windows)) in places(&profile.displays, outputs).enumerate() {
        let number = number + 1;
        // A display that has no such picture is given the one that it likes best.
        let _ = write!(
            text,
            "output {connector} mode {width}x{height}\nworkspace {number} output {connector}\n\
             assign [app_id=\"{windows}\"] workspace {number}\n"
        );
    }
    // Said when it reads this file, by then with its socket. Keys go to the main display.
    text.push_str("exec systemd-notify --ready\nexec swaymsg workspace 1\n");
    text
}

/// Which output shows which windows.
fn places<'a>(
    displays: &'a [DisplayLink],
    outputs: &'a [Output],
) -> impl Iterator<Item = (&'a str, &'static str)> {
    let is_main = |link: &&DisplayLink| matches!(link.display.as_str(), "main" | "people");
    let here = |link: &'a DisplayLink| {
        let named = link.output.as_deref()?;
        outputs
            .iter()
            .map(|output| output.connector.as_str())
            .find(|known| *known == named)
    };
    let named_main = displays.iter().find(is_main).and_then(here);
    let mut others = displays.iter().filter(|link| !is_main(link));
    let named_second = others.find_map(here);
    let free = |but: Option<&str>| {
        let mut names = outputs.iter().map(|output| output.connector.as_str());
        names.find(|name| Some(*name) != but)
    };
    let main = named_main.or_else(|| free(named_second));
    let second = named_second.or_else(|| free(main));
    let main = main.map(|output| (output, MAIN));
    main.into_iter()
        .chain(second.map(|output| (output, SECOND)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use room_core::ids::DisplayId;

    fn output(connector: &str, empty: bool) -> Output {
        Output {
            empty,
            connector: connector.to_owned(),
        }
    }

    fn display(role: &str, output: Option<&str>) -> DisplayLink {
        DisplayLink {
            display: DisplayId::new(role),
            input: None,
            output: output.map(str::to_owned),
            lines: Vec::new(),
        }
    }

    fn placed(displays: &[DisplayLink], outputs: &[Output]) -> Vec<String> {
        let placed = places(displays, outputs);
        placed
            .map(|(output, windows)| format!("{output} {windows}"))
            .collect()
    }

    #[test]
    fn displays_have_their_places_in_the_order_of_the_connectors() {
        let both = [output("HDMI-A-1", false), output("HDMI-A-2", false)];
        let usual = ["HDMI-A-1 roomd-main", "HDMI-A-2 roomd-second"];
        assert_eq!(placed(&[], &both), usual);
        assert_eq!(placed(&[display("main", None)], &both), usual);
        assert_eq!(placed(&[], &both[..1]), usual[..1]);
        assert_eq!(placed(&[], &[]), [""; 0]);
        assert!(has_second(&both) && !has_second(&both[..1]));
    }

    #[test]
    fn the_rooms_file_says_which_is_which_as_far_as_the_board_has_it() {
        let both = [output("HDMI-A-1", false), output("HDMI-A-2", false)];
        let turned = ["HDMI-A-2 roomd-main", "HDMI-A-1 roomd-second"];
        for displays in [
            vec![display("main", Some("HDMI-A-2"))],
            vec![
                display("content", Some("HDMI-A-1")),
                display("people", None),
            ],
            vec![
                display("second", Some("HDMI-A-1")),
                display("main", Some("HDMI-A-2")),
            ],
        ] {
            assert_eq!(placed(&displays, &both), turned, "{displays:?}");
        }
        let elsewhere = [display("main", Some("DP-3"))];
        assert_eq!(placed(&elsewhere, &both)[0], "HDMI-A-1 roomd-main");
    }

    #[test]
    fn a_machine_without_a_graphics_processor_draws_plainly() {
        let folder = tempfile::tempdir().unwrap();
        assert!(!draws_plainly(folder.path()), "nothing is known");
        let card = |name: &str, driver: &str| {
            let device = folder.path().join(name).join("device");
            fs::create_dir_all(&device).unwrap();
            let driver = format!("../../bus/pci/drivers/{driver}");
            std::os::unix::fs::symlink(driver, device.join("driver")).unwrap();
        };
        card("card0", "virtio_gpu");
        assert!(draws_plainly(folder.path()));
        card("card1", "i915");
        assert!(!draws_plainly(folder.path()));
    }

    #[test]
    fn what_is_connected_comes_first() {
        let folder = tempfile::tempdir().unwrap();
        for (name, status) in [
            ("card1-HDMI-A-1", Some("disconnected\n")),
            ("card1-HDMI-A-2", Some("connected\n")),
            ("card1-Writeback-1", Some("unknown\n")),
            ("card1", None),
            ("renderD128", None),
        ] {
            let place = folder.path().join(name);
            fs::create_dir(&place).unwrap();
            if let Some(status) = status {
                fs::write(place.join("status"), status).unwrap();
            }
        }
        let found = outputs(folder.path());
        assert_eq!(found, [output("HDMI-A-2", false), output("HDMI-A-1", true)]);
        assert!(!has_second(&found));
        assert_eq!(outputs(Path::new("/nonexistent")), []);
    }
}
