//! A GPIO chip of the kernel's simulator (`gpio-sim`), whose lines a test drives and reads from outside.

use crate::{read, run, write};
use anyhow::{Context, Result};
use std::fs;
use std::path::PathBuf;

const CHIPS: &str = "/sys/kernel/config/gpio-sim";

/// What an input is drawn to from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pull {
    /// High.
    Up,
    /// Low.
    Down,
}

/// A chip with named lines. Dropping it takes it away, as if it were pulled.
#[derive(Debug)]
pub struct Chip {
    folder: PathBuf,
    lines: usize,
}

impl Chip {
    /// A chip with one line for each name, the first being line 0. All inputs are drawn low. `name` is for tests with two chips.
    ///
    /// # Errors
    /// The kernel refuses, or has no simulator.
    pub fn new(name: &str, lines: &[&str]) -> Result<Chip> {
        run("modprobe", &["gpio-sim"])?;
        let folder = PathBuf::from(CHIPS).join(name);
        drop(Chip {
            folder: folder.clone(),
            lines: 64,
        });
        fs::create_dir(&folder).context("making a GPIO chip")?;
        let chip = Chip {
            folder,
            lines: lines.len(),
        };
        let bank = chip.folder.join("bank");
        fs::create_dir(&bank)?;
        write(bank.join("num_lines"), &lines.len().to_string())?;
        write(bank.join("label"), name)?;
        for (number, line) in lines.iter().enumerate() {
            let folder = bank.join(format!("line{number}"));
            fs::create_dir(&folder)?;
            write(folder.join("name"), line)?;
        }
        write(chip.folder.join("live"), "1")?;
        Ok(chip)
    }

    /// Its node, `/dev/gpiochip1`.
    ///
    /// # Errors
    /// It is not there.
    pub fn node(&self) -> Result<PathBuf> {
        Ok(PathBuf::from("/dev").join(read(self.folder.join("bank/chip_name"))?))
    }

    /// Draws an input high or low from outside.
    ///
    /// # Errors
    /// There is no such line.
    pub fn pull(&self, line: usize, pull: Pull) -> Result<()> {
        let text = match pull {
            Pull::Up => "pull-up",
            Pull::Down => "pull-down",
        };
        write(self.line(line)?.join("pull"), text)
    }

    /// Whether a line is high, whoever drives it.
    ///
    /// # Errors
    /// There is no such line.
    pub fn is_high(&self, line: usize) -> Result<bool> {
        Ok(read(self.line(line)?.join("value"))? == "1")
    }

    fn line(&self, line: usize) -> Result<PathBuf> {
        let device = read(self.folder.join("dev_name"))?;
        let chip = read(self.folder.join("bank/chip_name"))?;
        Ok(PathBuf::from(format!(
            "/sys/devices/platform/{device}/{chip}/sim_gpio{line}"
        )))
    }
}

impl Drop for Chip {
    fn drop(&mut self) {
        let _ = write(self.folder.join("live"), "0");
        for line in 0..self.lines {
            let _ = fs::remove_dir(self.folder.join(format!("bank/line{line}")));
        }
        let _ = fs::remove_dir(self.folder.join("bank"));
        let _ = fs::remove_dir(&self.folder);
    }
}
