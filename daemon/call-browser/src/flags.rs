//! Builds Chromium's command line, and knows the flags that must never be on it. Starts nothing.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

/// Flags that would take the sandbox away, give every page the microphone, or open a way in: a Chromium that was
/// started with one of them (by a wrapper's settings, say) is ended at once.
pub const BANNED: &[&str] = &[
    "--no-sandbox",
    "--disable-setuid-sandbox",
    "--use-fake-ui-for-media-stream",
    "--auto-accept-camera-and-microphone-capture",
    "--disable-web-security",
    "--disable-site-isolation-trials",
    "--remote-debugging-port",
    "--ignore-certificate-errors",
    "--single-process",
];

/// How Chromium shows itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Window {
    /// Fills the display.
    Kiosk,
    /// No display at all.
    Headless,
}

/// A picture's size in pixels, such as 1920x1080.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Pixels across, 320 to 8192.
    pub width: u16,
    /// Pixels down, 240 to 8192.
    pub height: u16,
}

impl std::str::FromStr for Size {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (width, height) = text
            .split_once('x')
            .ok_or("a size is WIDTHxHEIGHT, such as 1920x1080")?;
        let side = |text: &str, least: u16| match text.parse::<u16>() {
            Ok(side) if (least..=8192).contains(&side) => Ok(side),
            _ => Err(format!("{text:?} is not a number from {least} to 8192")),
        };
        Ok(Self {
            width: side(width, 320)?,
            height: side(height, 240)?,
        })
    }
}

/// What draws a Chromium's window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Surface {
    /// An X server.
    X11,
    /// A Wayland compositor.
    Wayland,
}

impl Surface {
    /// What this environment leads to; an empty variable counts as none.
    pub fn of(variable: impl Fn(&str) -> Option<OsString>) -> Surface {
        match variable("WAYLAND_DISPLAY").is_some_and(|display| !display.is_empty()) {
            true => Surface::Wayland,
            false => Surface::X11,
        }
    }
}

/// What a Chromium of this room is like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Looks {
    /// Kiosk or headless.
    pub window: Window,
    /// What draws its window, where it has one.
    pub surface: Surface,
    /// What a compositor knows its windows by.
    pub class: String,
    /// The window's size.
    pub size: Size,
    /// The language that pages are asked for, such as `de-DE`.
    pub language: String,
    /// What stands in the first window.
    pub start_url: String,
    /// So many invented cameras, each with a label of its own, in place of all.
    pub fake_cameras: Option<u8>,
    /// A picture in place of every camera.
    pub fake_camera: Option<PathBuf>,
    /// A sound in place of every microphone.
    pub fake_microphone: Option<PathBuf>,
}

const ALWAYS: &[&str] = &[
    "--remote-debugging-pipe",
    "--no-first-run",
    "--no-default-browser-check",
    "--no-service-autorun",
    "--noerrdialogs",
    "--no-pings",
    "--disable-breakpad",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-extensions",
    "--disable-sync",
    "--disable-domain-reliability",
    "--disable-client-side-phishing-detection",
    "--disable-infobars",
    "--disable-session-crashed-bubble",
    "--disable-save-password-bubble",
    "--disable-prompt-on-repost",
    "--disable-print-preview",
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
    "--disable-renderer-backgrounding",
    "--disable-hang-monitor",
    "--disable-features=Translate,MediaRouter,OptimizationHints,AutofillServerCommunication,InterestFeedContentSuggestions,CalculateNativeWinOcclusion",
    "--autoplay-policy=no-user-gesture-required",
    "--password-store=basic",
    "--overscroll-history-navigation=0",
    "--pull-to-refresh=0",
    "--deny-permission-prompts",
];

/// The whole command line after the program's name.
pub fn command_line(looks: &Looks, profile: &OsStr) -> Vec<OsString> {
    let mut line: Vec<OsString> = ALWAYS.iter().map(OsString::from).collect();
    let Size { width, height } = looks.size;
    line.push(with("--user-data-dir=", profile));
    line.push(format!("--window-size={width},{height}").into());
    line.push("--window-position=0,0".into());
    line.push(format!("--accept-lang={}", looks.language).into());
    match looks.window {
        Window::Kiosk => {
            line.push("--kiosk".into());
            line.push(format!("--class={}", looks.class).into());
            line.push(match looks.surface {
                Surface::X11 => "--ozone-platform=x11".into(),
                Surface::Wayland => "--ozone-platform=wayland".into(),
            });
        }
        Window::Headless => {
            line.push("--headless=new".into());
            line.push(format!("--screen-info={{{width}x{height}}}").into());
        }
    }
    if let Some(count) = looks.fake_cameras {
        line.push(format!("--use-fake-device-for-media-stream=device-count={count}").into());
    } else if looks.fake_camera.is_some() || looks.fake_microphone.is_some() {
        line.push("--use-fake-device-for-media-stream".into());
    }
    if let Some(file) = looks
        .fake_camera
        .as_ref()
        .filter(|_| looks.fake_cameras.is_none())
    {
        line.push(with("--use-file-for-fake-video-capture=", file.as_os_str()));
    }
    if let Some(file) = &looks.fake_microphone {
        line.push(with("--use-file-for-fake-audio-capture=", file.as_os_str()));
    }
    line.push(looks.start_url.clone().into());
    line
}

fn with(flag: &str, value: &OsStr) -> OsString {
    let mut whole = OsString::from(flag);
    whole.push(value);
    whole
}

/// The first banned flag in a command line as the system shows it (arguments ended by zero bytes).
pub fn banned_in(command_line: &[u8]) -> Option<&'static str> {
    let arguments = command_line.split(|byte| *byte == 0);
    let names: Vec<&[u8]> = arguments
        .map(|arg| arg.split(|byte| *byte == b'=').next().unwrap_or(arg))
        .collect();
    BANNED
        .iter()
        .find(|banned| names.contains(&banned.as_bytes()))
        .copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn looks(window: Window) -> Looks {
        Looks {
            window,
            surface: Surface::Wayland,
            class: "roomd-main".into(),
            size: Size {
                width: 1920,
                height: 1080,
            },
            language: "de-DE".into(),
            start_url: "about:blank".into(),
            fake_cameras: None,
            fake_camera: Some("/a/b.y4m".into()),
            fake_microphone: Some("/a/b.wav".into()),
        }
    }

    fn joined(line: &[OsString]) -> Vec<u8> {
        line.iter()
            .flat_map(|arg| [arg.as_encoded_bytes(), b"\0"].concat())
            .collect()
    }

    #[test]
    fn no_command_line_has_a_banned_flag() {
        for window in [Window::Kiosk, Window::Headless] {
            let line = joined(&command_line(&looks(window), OsStr::new("/p")));
            assert_eq!(banned_in(&line), None);
        }
    }

    #[test]
    fn every_banned_flag_is_found_with_and_without_a_value() {
        for banned in BANNED {
            for arg in [(*banned).to_owned(), format!("{banned}=1")] {
                assert_eq!(
                    banned_in(format!("chromium\0{arg}\0x\0").as_bytes()),
                    Some(*banned)
                );
            }
        }
        assert_eq!(
            banned_in(b"chromium\0--remote-debugging-pipe\0https://a/--no-sandbox\0"),
            None
        );
        assert_eq!(banned_in(b""), None);
    }

    #[test]
    fn a_compositor_is_used_where_one_is_named() {
        let of = |value: Option<&str>| {
            Surface::of(|name| {
                (name == "WAYLAND_DISPLAY")
                    .then_some(value?)
                    .map(OsString::from)
            })
        };
        assert_eq!(of(Some("/run/roomd-screen/wayland-1")), Surface::Wayland);
        assert_eq!(
            of(Some("")),
            Surface::X11,
            "switched off in a file of the environment"
        );
        assert_eq!(of(None), Surface::X11);
    }

    #[test]
    fn a_window_says_whose_it_is_and_a_browser_without_one_says_nothing() {
        let has = |window, flag: &str| {
            command_line(&looks(window), OsStr::new("/p")).contains(&OsString::from(flag))
        };
        for flag in ["--class=roomd-main", "--ozone-platform=wayland"] {
            assert!(
                has(Window::Kiosk, flag) && !has(Window::Headless, flag),
                "{flag}"
            );
        }
    }

    #[test]
    fn sizes_are_checked() {
        assert_eq!(
            "1280x720".parse(),
            Ok(Size {
                width: 1280,
                height: 720
            })
        );
        for bad in [
            "",
            "1280",
            "1280x",
            "x720",
            "1280x720x1",
            "10x10",
            "9999x9999",
            "-1x5",
        ] {
            assert!(bad.parse::<Size>().is_err(), "{bad}");
        }
    }
}
