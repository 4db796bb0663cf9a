//! `lab`: real Linux kernel drivers without devices. Boots a guest under QEMU and runs each crate's kernel tests in it.
//! Knows guests and programs, no device's protocol.

mod agent;
mod devices;
mod image;
mod machine;
mod programs;
mod run;

use anyhow::Result;
use clap::{Parser, Subcommand};
use devices::Devices;
use image::Image;
use machine::{Arch, Console};
use run::{Place, Run};
use std::process::ExitCode;

/// Real Linux kernel drivers without devices, in a guest under QEMU.
#[derive(Debug, Parser)]
#[command(after_help = "Examples:
  lab run                        every crate's tests/kernel.rs, one test at a time
  lab run -p drv-ptz replug      tests of drv-ptz whose name holds 'replug'
  lab run --arch arm64           the shorter list, on the boards' own architecture
  lab shell                      a root shell in the guest; there: lab plug ftdi-a")]
struct Arguments {
    /// The guest's processor.
    #[arg(long, global = true, default_value = "amd64")]
    arch: Arch,
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
    let arch = arguments.arch;
    let image = Image::get(arch, &repo, &target)?;
    let place = Place {
        arch,
        image,
        repo,
        target,
    };
    match arguments.command {
        What::Image => {}
        What::Run { package, filter } => {
            let programs = programs::build(arch, package.as_deref())?;
            let failed = Run::new(&place)?.all(&programs, &filter)?;
            if !failed.is_empty() {
                return Ok(ExitCode::FAILURE);
            }
        }
        What::Shell => {
            let (mut machine, lines) = place.boot(&Console::Terminal)?;
            let _devices = Devices::serve(lines)?;
            machine.wait()?;
        }
    }
    Ok(ExitCode::SUCCESS)
}
