//! What the kernel says of a table button on USB, as files in a folder, and what the chip's ROM does when it is asked for its
//! loader: it takes the touch of 1200 baud, offers a disk, takes an image, starts it. Its plug can be pulled in the middle.
//! The ROM itself cannot be emulated (`tests/puck-rig`); its disk is a folder here, and a real FAT in the lab.

use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};
use std::fs::{self, OpenOptions};
use std::io;
use std::os::unix::fs::{OpenOptionsExt, symlink};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

const LOOK_EVERY: Duration = Duration::from_millis(10);
/// Whoever sets this speed asks for the loader.
const TOUCH: u64 = 1200;
const BLOCK: usize = 512;
const MARKER: &[u8] = b"roomd-table-button/1 ";
/// As `O_NOCTTY` and `O_NONBLOCK` in open(2).
const QUIETLY: i32 = 0o400 | 0o4000;

/// Folders in place of `/sys` and `/dev`.
#[derive(Debug, Clone)]
pub struct UsbTree {
    sys: PathBuf,
    dev: PathBuf,
}

impl UsbTree {
    /// Nothing is plugged in.
    ///
    /// # Errors
    /// The folders cannot be made.
    pub fn new(folder: &Path) -> io::Result<UsbTree> {
        let tree = UsbTree {
            sys: folder.join("sys"),
            dev: folder.join("dev"),
        };
        fs::create_dir_all(tree.sys.join("bus/usb/devices"))?;
        fs::create_dir_all(&tree.dev)?;
        Ok(tree)
    }

    /// In place of `/sys`.
    pub fn sys(&self) -> &Path {
        &self.sys
    }

    /// In place of `/dev`.
    pub fn dev(&self) -> &Path {
        &self.dev
    }

    /// A button in this socket says this version, and has this line.
    ///
    /// # Errors
    /// A file cannot be written.
    pub fn button(&self, port: &str, version: &str, line: &str) -> io::Result<()> {
        let release = format!("0{}", version.replace('.', ""));
        let says = [
            ("idVendor", "1209"),
            ("idProduct", "0001"),
            ("product", "Table button"),
            ("serial", "E661"),
            ("bcdDevice", &release),
        ];
        self.device(port, &says, &format!("tty/{line}"))
    }

    /// A chip in its ROM's loader, with this disk.
    ///
    /// # Errors
    /// A file cannot be written.
    pub fn loader(&self, port: &str, disk: &str) -> io::Result<()> {
        let says = [("idVendor", "2e8a"), ("idProduct", "0003")];
        let disk = format!("host0/target0:0:0/0:0:0:0/block/{disk}");
        self.device(port, &says, &disk)
    }

    /// Nothing in this socket.
    pub fn nothing(&self, port: &str) {
        let _ = fs::remove_file(self.sys.join("bus/usb/devices").join(port));
        let _ = fs::remove_dir_all(self.sys.join("devices").join(port));
    }

    fn device(&self, port: &str, says: &[(&str, &str)], below: &str) -> io::Result<()> {
        self.nothing(port);
        let folder = self.sys.join("devices").join(port);
        fs::create_dir_all(folder.join(format!("{port}:1.0")).join(below))?;
        for (name, text) in says {
            fs::write(folder.join(name), format!("{text}\n"))?;
        }
        symlink(&folder, self.sys.join("bus/usb/devices").join(port))
    }
}

/// What is in the chip's flash.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Flash {
    Version(String),
    /// Half an image: no valid start.
    Half,
}

#[derive(Debug)]
struct State {
    flash: Flash,
    plugged: bool,
    in_loader: bool,
    /// Pulls the plug once so many bytes have come.
    cut_after: Option<u64>,
    starts_as: Option<String>,
    images: u32,
    ended: bool,
}

/// One chip in one socket.
#[derive(Debug)]
pub struct Rom {
    tree: UsbTree,
    port: String,
    line: String,
    disk: String,
    state: Arc<Mutex<State>>,
}

impl Rom {
    /// Runs this version; its line is this node in the tree's `/dev`, which somebody else makes.
    ///
    /// # Errors
    /// The tree cannot be written.
    pub fn start(tree: &UsbTree, port: &str, version: &str, line: &str) -> io::Result<Rom> {
        let state = State {
            flash: Flash::Version(version.to_owned()),
            plugged: true,
            in_loader: false,
            cut_after: None,
            starts_as: None,
            images: 0,
            ended: false,
        };
        let rom = Rom {
            tree: tree.clone(),
            port: port.to_owned(),
            line: line.to_owned(),
            disk: format!("disk-of-{line}"),
            state: Arc::new(Mutex::new(state)),
        };
        rom.show(&rom.lock())?;
        let body = rom.twin();
        // A line keeps the speed of the last touch until somebody sets another one. Read before anybody can touch it: the thread
        // may have its first turn only afterwards.
        let touched = body.0.touched();
        thread::spawn(move || body.live(touched));
        Ok(rom)
    }

    fn twin(&self) -> Body {
        Body(Rom {
            tree: self.tree.clone(),
            port: self.port.clone(),
            line: self.line.clone(),
            disk: self.disk.clone(),
            state: Arc::clone(&self.state),
        })
    }

    fn touched(&self) -> bool {
        speed(&self.tree.dev.join(&self.line)) == Some(TOUCH)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The plug is pulled once so many bytes of the next image are on the disk.
    pub fn cut_after(&self, bytes: u64) {
        self.lock().cut_after = Some(bytes);
    }

    /// Whatever is written, it starts as this version.
    pub fn starts_as(&self, version: &str) {
        self.lock().starts_as = Some(version.to_owned());
    }

    /// Whether it has power.
    pub fn plugged(&self) -> bool {
        self.lock().plugged
    }

    /// How many whole images it took.
    pub fn images(&self) -> u32 {
        self.lock().images
    }

    /// Puts the plug back.
    ///
    /// # Errors
    /// The tree cannot be written.
    pub fn plug(&self) -> io::Result<()> {
        let mut state = self.lock();
        state.plugged = true;
        state.in_loader = state.flash == Flash::Half;
        self.show(&state)
    }

    fn show(&self, state: &State) -> io::Result<()> {
        let disk = self.tree.dev.join(&self.disk);
        match (&state.flash, state.plugged) {
            (_, false) => self.tree.nothing(&self.port),
            (Flash::Version(version), true) if !state.in_loader => {
                self.tree.button(&self.port, version, &self.line)?;
            }
            (_, true) => {
                fs::create_dir_all(&disk)?;
                return self.tree.loader(&self.port, &self.disk);
            }
        }
        let _ = fs::remove_dir_all(&disk);
        Ok(())
    }
}

impl Drop for Rom {
    fn drop(&mut self) {
        self.lock().ended = true;
    }
}

/// The same without the end: it lives in the thread.
struct Body(Rom);

impl Body {
    fn live(self, mut touched_before: bool) {
        loop {
            thread::sleep(LOOK_EVERY);
            let rom = &self.0;
            let mut state = rom.lock();
            if state.ended {
                return;
            }
            let touched = rom.touched();
            if state.plugged && !state.in_loader && touched && !touched_before {
                state.in_loader = true;
                let _ = rom.show(&state);
            }
            touched_before = touched;
            if state.plugged && state.in_loader && self.take(&mut state) {
                touched_before = false;
            }
        }
    }

    /// Whether it starts with a new image, and so on a new line.
    fn take(&self, state: &mut State) -> bool {
        let rom = &self.0;
        let Some(image) = first_file(&rom.tree.dev.join(&rom.disk)) else {
            return false;
        };
        let here = image.len() as u64;
        if state.cut_after.is_some_and(|cut| here >= cut) {
            state.cut_after = None;
            state.flash = Flash::Half;
            state.plugged = false;
        } else if let Some(version) = whole(&image) {
            state.images += 1;
            let version = state.starts_as.clone().unwrap_or(version);
            state.flash = Flash::Version(version);
            state.in_loader = false;
            anew(&rom.tree.dev.join(&rom.line));
        } else {
            return false;
        }
        let _ = rom.show(state);
        !state.in_loader
    }
}

fn first_file(disk: &Path) -> Option<Vec<u8>> {
    let file = fs::read_dir(disk).ok()?.next()?.ok()?.path();
    fs::read(file).ok()
}

/// The version of an image of which every block is there.
fn whole(image: &[u8]) -> Option<String> {
    let count = image.get(24..28)?.try_into().ok().map(u32::from_le_bytes)?;
    if image.len() != count as usize * BLOCK {
        return None;
    }
    let at = image
        .windows(MARKER.len())
        .position(|part| part == MARKER)?;
    let rest = &image[at..];
    let end = rest.iter().position(|byte| *byte == 0)?;
    let words = String::from_utf8_lossy(&rest[..end]);
    words.split(' ').next_back().map(str::to_owned)
}

/// A button that starts has a line that is new to the kernel, with the kernel's own speed.
fn anew(line: &Path) {
    let mut how = OpenOptions::new();
    let Ok(line) = how.read(true).custom_flags(QUIETLY).open(line) else {
        return;
    };
    if let Ok(mut settings) = tcgetattr(&line)
        && settings.set_speed(9600).is_ok()
    {
        let _ = tcsetattr(&line, OptionalActions::Now, &settings);
    }
}

/// Of the line, as whoever set it last wanted it.
pub fn speed(line: &Path) -> Option<u64> {
    let mut how = OpenOptions::new();
    let line = how.read(true).custom_flags(QUIETLY).open(line).ok()?;
    tcgetattr(&line)
        .ok()
        .map(|settings| u64::from(settings.output_speed()))
}
