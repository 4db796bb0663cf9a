//! One guest under QEMU: its command line, its lines to the host, its end. Always emulated (TCG): KVM is not everywhere.
//! Knows no test.

use crate::clock;
use crate::image::{Image, Outfit};
use anyhow::{Context, Result};
use lab_guest::host::Device;
use nix::fcntl::{FcntlArg, FdFlag, fcntl};
use std::collections::BTreeMap;
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

/// Which machine is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Guest {
    /// A PC.
    Amd64,
    /// A board of no maker in particular.
    Arm64,
    /// A Raspberry Pi 3: its GPIO, and neither disk nor channel.
    Raspberry,
}

impl Guest {
    /// As it is named in commands and files.
    pub fn name(self) -> &'static str {
        match self {
            Guest::Amd64 => "amd64",
            Guest::Arm64 => "arm64",
            Guest::Raspberry => "raspberry",
        }
    }

    /// The architecture as Debian calls it.
    pub fn arch(self) -> &'static str {
        match self {
            Guest::Amd64 => "amd64",
            Guest::Arm64 | Guest::Raspberry => "arm64",
        }
    }

    /// The test target of crates with tests for it.
    pub fn tests(self) -> &'static str {
        match self {
            Guest::Amd64 | Guest::Arm64 => "kernel",
            Guest::Raspberry => "raspberry",
        }
    }

    fn program(self) -> &'static str {
        match self {
            Guest::Amd64 => "qemu-system-x86_64",
            Guest::Arm64 | Guest::Raspberry => "qemu-system-aarch64",
        }
    }

    fn board(self) -> &'static [&'static str] {
        match self {
            // Tables of five levels cost a processor that is emulated a tenth of its speed, and no test wants them.
            Guest::Amd64 => &["-M", "q35", "-cpu", "Nehalem", "-smp", "2"],
            Guest::Arm64 => &["-M", "virt", "-cpu", "cortex-a72", "-smp", "2"],
            Guest::Raspberry => &["-M", "raspi3b"],
        }
    }

    fn console(self) -> &'static str {
        match self {
            Guest::Amd64 => "ttyS0",
            Guest::Arm64 | Guest::Raspberry => "ttyAMA0",
        }
    }
}

/// Where the guest's console goes.
#[derive(Debug)]
pub enum Console {
    /// To this file, after what it holds.
    File(PathBuf),
    /// To the terminal, with a shell on it.
    Terminal,
}

/// What the guest's disk is.
#[derive(Debug, Clone, Copy)]
pub enum Disk<'a> {
    /// The image, as nobody has used it; what is written ends with the guest.
    Fresh,
    /// This one in the image's place; what is written ends with the guest.
    Copy(&'a Path),
    /// This one, which keeps what is written.
    Kept(&'a Path),
    /// This one, which keeps what is written; each write and flush is noted in a log of the format of dm-log-writes.
    Recorded {
        /// The disk.
        disk: &'a Path,
        /// An empty file.
        log: &'a Path,
    },
}

/// What the guest starts beside the lab's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Starts {
    /// Nothing: it is there sooner.
    Lab,
    /// Whatever is enabled, as on a machine of its own.
    Everything,
}

/// How a guest is booted.
#[derive(Debug, Clone, Copy)]
pub struct Boot<'a> {
    /// Its kernel, and its disk when it has no other.
    pub image: &'a Image,
    /// Folders that it sees at the same paths as the host, to read only, each with a tag.
    pub shared: &'a [(&'a str, &'a Path)],
    /// Where its console goes.
    pub console: &'a Console,
    /// What its disk is.
    pub disk: Disk<'a>,
    /// What it starts.
    pub starts: Starts,
}

/// The host's ends of the guest's lines.
#[derive(Debug)]
pub struct Lines {
    /// QEMU's own control line.
    pub qmp: UnixStream,
    /// The agent that runs tests.
    pub agent: UnixStream,
    /// What tests ask of the host.
    pub requests: UnixStream,
    /// For each adapter, the device's side and the side that the test holds.
    pub wires: BTreeMap<Device, (UnixStream, UnixStream)>,
}

/// A running guest. Dropping it ends it.
#[derive(Debug)]
pub struct Machine {
    process: Child,
}

impl Machine {
    /// Boots a guest.
    ///
    /// # Errors
    /// QEMU is missing or does not start.
    pub fn boot(guest: Guest, boot: Boot<'_>) -> Result<(Machine, Lines)> {
        let Boot { image, console, .. } = boot;
        let mut command = Command::new(guest.program());
        command
            .args(guest.board())
            .args(["-accel", "tcg,thread=multi", "-m", memory(image)]);
        command.args(["-nodefaults", "-no-reboot", "-display", "none"]);
        command.args([
            "-device",
            "virtio-rng-pci",
            "-device",
            "virtio-serial-pci,max_ports=16",
        ]);
        command.args(["-device", "qemu-xhci,id=usb", "-audiodev", "none,id=silent"]);
        command.args(["-device", screen(image)]);
        if (guest, image.outfit()) == (Guest::Arm64, Outfit::Display) {
            let tree = image.slow_device_tree();
            clock::slower(guest.program(), guest.board(), memory(image), &tree)?;
            command.arg("-dtb").arg(tree);
        }
        if image.outfit() == Outfit::Display {
            // A network whose other end is the host.
            command.args(["-nic", "user,model=virtio-net-pci"]);
        }
        command
            .arg("-kernel")
            .arg(image.kernel())
            .arg("-initrd")
            .arg(image.initrd());
        disk(&mut command, image, boot.disk);
        // The screen's driver is a test's to load: at each boot it would take a second.
        // Emulated interrupts come late on a busy machine, and an x86 kernel takes that for a broken timer at its start.
        let mut words = format!(
            "console={} panic=-1 mitigations=off net.ifnames=0 no_timer_check modprobe.blacklist=bochs",
            guest.console()
        );
        if boot.starts == Starts::Everything {
            words.push_str(" systemd.wants=multi-user.target");
        }
        for (tag, path) in boot.shared {
            let folder = format!(
                "local,id={tag},path={},security_model=none,readonly=on,multidevs=remap",
                path.display()
            );
            command.args([
                "-fsdev",
                &folder,
                "-device",
                &format!("virtio-9p-pci,fsdev={tag},mount_tag={tag}"),
            ]);
            words.push_str(&format!(" lab.{tag}={}", path.display()));
        }
        match console {
            Console::File(path) => {
                let file = format!("file,id=console,append=on,path={}", path.display());
                command
                    .args(["-chardev", &file, "-serial", "chardev:console"])
                    .stdin(Stdio::null());
                words.push_str(" quiet loglevel=5");
            }
            Console::Terminal => {
                command.args(["-serial", "mon:stdio"]);
                words.push_str(" quiet lab.shell");
            }
        }
        command.args(["-append", &words]);
        let (lines, theirs) = lines(&mut command)?;
        let process = command.spawn().with_context(|| missing(guest))?;
        drop(theirs);
        Ok((Machine { process }, lines))
    }

    /// Boots a Raspberry Pi with this initrd; its serial line is the second value. It ends by itself.
    ///
    /// # Errors
    /// QEMU is missing or does not start.
    pub fn boot_raspberry(image: &Image, initrd: &Path) -> Result<(Machine, ChildStdout)> {
        let guest = Guest::Raspberry;
        let mut command = Command::new(guest.program());
        command.args(guest.board());
        command.args([
            "-accel",
            "tcg,thread=multi",
            "-no-reboot",
            "-display",
            "none",
        ]);
        command.args(["-serial", "stdio", "-monitor", "none"]);
        command.arg("-kernel").arg(image.kernel());
        command.arg("-initrd").arg(initrd);
        command.arg("-dtb").arg(image.device_tree());
        // rppal reaches the registers through /dev/mem, which Debian's kernel guards.
        let words = format!(
            "console={},115200 rdinit=/init iomem=relaxed panic=-1 quiet",
            guest.console()
        );
        command.args(["-append", &words]);
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        let mut process = command.spawn().with_context(|| missing(guest))?;
        let console = process.stdout.take().context("the console of the board")?;
        Ok((Machine { process }, console))
    }

    /// Waits until the guest has ended by itself.
    ///
    /// # Errors
    /// The operating system does not say.
    pub fn wait(&mut self) -> Result<()> {
        self.process.wait()?;
        Ok(())
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// In MB. Chromium with one page takes half a gigabyte.
fn memory(image: &Image) -> &'static str {
    match image.outfit() {
        Outfit::Devices => "1024",
        Outfit::Display => "2560",
    }
}

/// What a page is looked at on is a virtual card, which a compositor can use; a small framebuffer is enough for a small panel.
fn screen(image: &Image) -> &'static str {
    match image.outfit() {
        Outfit::Devices => "bochs-display,xres=480,yres=320",
        Outfit::Display => "virtio-gpu-pci,id=screen,xres=1920,yres=1080",
    }
}

fn disk(command: &mut Command, image: &Image, disk: Disk<'_>) {
    let ends = |path: &Path| {
        format!(
            "file={},format=raw,if=none,id=disk,snapshot=on",
            path.display()
        )
    };
    match disk {
        Disk::Fresh => command.args(["-drive", &ends(&image.disk())]),
        Disk::Copy(path) => command.args(["-drive", &ends(path)]),
        Disk::Kept(path) => {
            let file = format!("file={},format=raw,if=none,id=disk", path.display());
            command.args(["-drive", &file])
        }
        Disk::Recorded { disk, log } => {
            for (name, path) in [("kept", disk), ("log", log)] {
                let file = format!("driver=file,filename={},node-name={name}", path.display());
                command.args(["-blockdev", &file]);
            }
            let recorder =
                "driver=blklogwrites,node-name=disk,file=kept,log=log,log-sector-size=512";
            command.args(["-blockdev", recorder])
        }
    };
    // Discarded blocks would stand in the log without what a later read finds there.
    let device = "virtio-blk-pci,drive=disk,discard=off,write-zeroes=off";
    command.args(["-device", device]);
}

fn missing(guest: Guest) -> String {
    format!("starting {} (tests/setup installs it)", guest.program())
}

/// Connected sockets that the process to come inherits: no path, no waiting for it to listen, and its end is the line's end.
fn lines(command: &mut Command) -> Result<(Lines, Vec<UnixStream>)> {
    let mut theirs = Vec::new();
    let mut line = |id: &str, command: &mut Command| -> Result<UnixStream> {
        let (ours, other) = UnixStream::pair()?;
        fcntl(&other, FcntlArg::F_SETFD(FdFlag::empty()))?;
        command.args([
            "-chardev",
            &format!("socket,id={id},fd={}", other.as_raw_fd()),
        ]);
        theirs.push(other);
        Ok(ours)
    };
    let qmp = line("qmp", command)?;
    command.args(["-mon", "chardev=qmp,mode=control"]);
    let agent = line("agent", command)?;
    let requests = line("requests", command)?;
    command.args(["-device", "virtserialport,chardev=agent,name=lab.agent"]);
    command.args(["-device", "virtserialport,chardev=requests,name=lab.host"]);
    let mut wires = BTreeMap::new();
    for device in Device::ALL {
        if device.wire().is_none() {
            continue;
        }
        let name = device.name();
        let near = line(&format!("wire-{name}"), command)?;
        let far = line(&format!("port-{name}"), command)?;
        command.args([
            "-device",
            &format!("virtserialport,chardev=port-{name},name=lab.{name}"),
        ]);
        wires.insert(*device, (near, far));
    }
    let lines = Lines {
        qmp,
        agent,
        requests,
        wires,
    };
    Ok((lines, theirs))
}
