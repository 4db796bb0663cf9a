//! `lab`: real Linux kernel drivers without devices. Boots a guest under QEMU and runs each crate's kernel tests in it.
//! Knows guests and programs, no device's protocol.

mod agent;
mod clock;
mod conference;
mod cross;
mod devices;
mod display;
mod image;
mod life;
mod machine;
mod picture;
mod power;
mod programs;
mod raspberry;
mod releases;
mod run;
mod shell;

use anyhow::{Result, bail};
use clap::{Parser, Subcommand};
use devices::Devices;
use image::{Image, Kind, Outfit, Suite};
use machine::{Console, Disk, Guest, Starts};
use run::Place;
use std::path::PathBuf;
use std::process::ExitCode;

/// Real Linux kernel drivers without devices, in a guest under QEMU.
#[derive(Debug, Parser)]
#[command(after_help = "Examples:
  lab run                        every crate's tests/kernel.rs, one test at a time
  lab run -p drv-ptz replug      tests of drv-ptz whose name holds 'replug'
  lab run --guest arm64          the shorter list, on the boards' own architecture
  lab run --guest raspberry      tests/raspberry.rs, on a Raspberry Pi 3
  lab install --guest arm64      the package that was built for boards, from apt install to a room that is ready
  lab install --suite trixie     the same on Debian 13
  lab display                    the package on a machine with a display and Chromium: what the display shows
  lab display --guest arm64      the same with a board's processor
  lab power-cuts --cuts 200      the power goes while a room is commissioned and upgraded, two hundred times
  lab shell                      a root shell in the guest; there: lab plug ftdi-a")]
struct Arguments {
    /// Which machine.
    #[arg(long, global = true, default_value = "amd64")]
    guest: Guest,
    /// Which Debian is in the guest, for trying the package; kernel tests are for Debian 12.
    #[arg(long, global = true, default_value = "bookworm")]
    suite: Suite,
    #[command(subcommand)]
    command: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Builds the guest's image, if it is not there, and nothing else.
    Image,
    /// Builds the kernel tests and runs them.
    Run {
        /// Tests of this crate alone.
        #[arg(short, long)]
        package: Option<String>,
        /// Only tests whose name holds this.
        #[arg(default_value = "")]
        filter: String,
    },
    /// Installs the package of daemon/package/build by apt, commissions a kit by script, asks the doctor, purges it.
    ///
    /// On amd64 the kit is emulated; on arm64 it is what the kernel plays, a camera and a sound card. The time from apt install to a
    /// room that is ready is printed, and is too long from three minutes on.
    Install {
        /// This package; without it, the newest one in target/package.
        #[arg(long, value_name = "FILE.deb")]
        deb: Option<PathBuf>,
    },
    /// Installs the package on a machine with a virtual graphics card and Chromium, looks at its display, presses a key there, and
    /// has the room join a conference of its own: every unit under systemd and its locks. Minutes; on arm64 a quarter of an hour.
    ///
    /// Pictures of the display are left in target/lab-screens.
    Display {
        /// This package; without it, the newest one in target/package.
        #[arg(long, value_name = "FILE.deb")]
        deb: Option<PathBuf>,
    },
    /// Pulls the power while a room is commissioned, described anew and upgraded: each time it must be the old room or the new one.
    ///
    /// One guest lives through everything, with each write and flush of its disk noted. From that the disk is put together as it is
    /// after a cut: what was flushed is there, of the rest nothing, all or any part. Needs root for nothing, and 3 GB below target/lab.
    PowerCuts {
        /// How often.
        #[arg(long, default_value_t = 200)]
        cuts: usize,
        /// How many of these disks are booted as well; half a minute each.
        #[arg(long, default_value_t = 8)]
        boots: usize,
        /// Where and how the power goes.
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// No package and no boots, only the room's file written by the command line: what every run of all tests has time for.
        #[arg(long, conflicts_with_all = ["boots", "deb"])]
        brief: bool,
        /// This package; without it, the newest one in target/package.
        #[arg(long, value_name = "FILE.deb")]
        deb: Option<PathBuf>,
    },
    /// A root shell in a guest; `exit` or Ctrl-A X ends it.
    Shell,
}

fn main() -> ExitCode {
    match lab(Arguments::parse()) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn lab(arguments: Arguments) -> Result<ExitCode> {
    let (repo, target) = programs::folders()?;
    let guest = arguments.guest;
    let kind = Kind {
        guest,
        suite: arguments.suite,
        outfit: match &arguments.command {
            What::Display { .. } => Outfit::Display,
            _ => Outfit::Devices,
        },
    };
    if kind.outfit == Outfit::Display && guest == Guest::Raspberry {
        bail!("the Raspberry Pi has no disk to install on; take --guest arm64");
    }
    let image = Image::get(kind, &repo, &target)?;
    let place = Place {
        guest,
        image,
        repo,
        target,
    };
    match arguments.command {
        What::Image => {}
        What::Run { package, filter } => {
            let programs = programs::build(guest, package.as_deref())?;
            let failed = match guest {
                Guest::Amd64 | Guest::Arm64 => run::all(&place, &programs, &filter)?,
                Guest::Raspberry => raspberry::run(&place, &programs, &filter)?,
            };
            if !failed.is_empty() {
                return Ok(ExitCode::FAILURE);
            }
        }
        What::Install { .. } | What::PowerCuts { .. } if guest == Guest::Raspberry => {
            bail!("the Raspberry Pi has no disk to install on; take --guest arm64")
        }
        What::Install { deb } => {
            return Ok(code(life::install(&place, &package(deb, &place)?)?));
        }
        What::Display { deb } => {
            let package = package(deb, &place)?;
            return Ok(code(display::show(&place, &package)?));
        }
        What::PowerCuts { .. } if guest != Guest::Amd64 => {
            bail!("power is cut on amd64: what reaches a disk is the same on any processor")
        }
        What::PowerCuts {
            cuts,
            boots,
            seed,
            deb,
            brief,
        } => {
            let package = (!brief).then(|| package(deb, &place)).transpose()?;
            let boots = if brief { 0 } else { boots };
            let order = power::Order {
                package,
                cuts,
                boots,
                seed,
            };
            return Ok(code(power::run(&place, order)?));
        }
        What::Shell if guest == Guest::Raspberry => {
            bail!("a Raspberry Pi that is not there has no shell: it has no disk to keep one on")
        }
        What::Shell => {
            let (mut machine, lines) = place.boot(&Console::Terminal, Disk::Fresh, Starts::Lab)?;
            let _devices = Devices::serve(lines)?;
            machine.wait()?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// A guest sees the repository and what is built, and nothing else of the host.
fn package(named: Option<PathBuf>, place: &Place) -> Result<PathBuf> {
    let Some(file) = named else {
        return life::package(place.guest, &place.target);
    };
    let file = std::fs::canonicalize(&file)?;
    if !file.starts_with(&place.repo) && !file.starts_with(&place.target) {
        bail!(
            "{} is out of the guest's sight: put it below target",
            file.display()
        );
    }
    Ok(file)
}

fn code(whole: bool) -> ExitCode {
    match whole {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}
