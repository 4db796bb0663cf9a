//! `lab`: real Linux kernel drivers without devices. Boots a guest under QEMU and runs each crate's kernel tests in it.
//! Knows guests and programs, no device's protocol.

mod agent;
mod cross;
mod devices;
mod image;
mod machine;
mod programs;
mod raspberry;
mod run;

use anyhow::{Result, bail};
use clap::{Parser, Subcommand};
use devices::Devices;
use image::Image;
use machine::{Console, Guest};
use run::Place;
use std::process::ExitCode;

/// Real Linux kernel drivers without devices, in a guest under QEMU.
#[derive(Debug, Parser)]
#[command(after_help = "Examples:
  lab run                        every crate's tests/kernel.rs, one test at a time
  lab run -p drv-ptz replug      tests of drv-ptz whose name holds 'replug'
  lab run --guest arm64          the shorter list, on the boards' own architecture
  lab run --guest raspberry      tests/raspberry.rs, on a Raspberry Pi 3
  lab shell                      a root shell in the guest; there: lab plug ftdi-a")]
struct Arguments {
    /// Which machine.
    #[arg(long, global = true, default_value = "amd64")]
    guest: Guest,
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
    let image = Image::get(guest, &repo, &target)?;
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
        What::Shell if guest == Guest::Raspberry => {
            bail!("a Raspberry Pi that is not there has no shell: it has no disk to keep one on")
        }
        What::Shell => {
            let (mut machine, lines) = place.boot(&Console::Terminal)?;
            let _devices = Devices::serve(lines)?;
            machine.wait()?;
        }
    }
    Ok(ExitCode::SUCCESS)
}
