//! One guest under QEMU: its command line, its lines to the host, its end. Always emulated (TCG): KVM is not everywhere.
//! Knows no test.

use crate::image::Image;
use anyhow::{Context, Result};
use lab_guest::host::Device;
use nix::fcntl::{FcntlArg, FdFlag, fcntl};
use std::collections::BTreeMap;
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// What the guest's processor is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Arch {
    /// A PC.
    Amd64,
    /// What most boards are.
    Arm64,
}

impl Arch {
    /// As Debian writes it.
    pub fn name(self) -> &'static str {
        match self {
            Arch::Amd64 => "amd64",
            Arch::Arm64 => "arm64",
        }
    }

    fn program(self) -> &'static str {
        match self {
            Arch::Amd64 => "qemu-system-x86_64",
            Arch::Arm64 => "qemu-system-aarch64",
        }
    }

    fn board(self) -> &'static [&'static str] {
        match self {
            Arch::Amd64 => &["-M", "q35", "-cpu", "max"],
            Arch::Arm64 => &["-M", "virt", "-cpu", "cortex-a72"],
        }
    }

    fn console(self) -> &'static str {
        match self {
            Arch::Amd64 => "ttyS0",
            Arch::Arm64 => "ttyAMA0",
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
    /// Boots a guest that sees `shared` folders at the same paths as the host.
    ///
    /// # Errors
    /// QEMU is missing or does not start.
    pub fn boot(
        arch: Arch,
        image: &Image,
        shared: &[(&str, &Path)],
        console: &Console,
    ) -> Result<(Machine, Lines)> {
        let mut command = Command::new(arch.program());
        command
            .args(arch.board())
            .args(["-accel", "tcg,thread=multi", "-smp", "2", "-m", "1024"]);
        command.args(["-nodefaults", "-no-reboot", "-display", "none"]);
        command.args([
            "-device",
            "virtio-rng-pci",
            "-device",
            "virtio-serial-pci,max_ports=16",
        ]);
        command.args(["-device", "qemu-xhci,id=usb", "-audiodev", "none,id=silent"]);
        command
            .arg("-kernel")
            .arg(image.kernel())
            .arg("-initrd")
            .arg(image.initrd());
        let disk = format!(
            "file={},format=raw,if=none,id=disk,snapshot=on",
            image.disk().display()
        );
        command.args(["-drive", &disk, "-device", "virtio-blk-pci,drive=disk"]);
        let mut words = format!(
            "console={} panic=-1 mitigations=off net.ifnames=0",
            arch.console()
        );
        for (tag, path) in shared {
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
        let process = command
            .spawn()
            .with_context(|| format!("starting {} (tests/setup installs it)", arch.program()))?;
        drop(theirs);
        Ok((Machine { process }, lines))
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
