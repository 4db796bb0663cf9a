//! Drivers of the kernel, loaded for a test.

use crate::run;
use anyhow::Result;
use std::time::{Duration, Instant};

/// Nobody looks at a new device for longer, also in an emulated machine.
const LOOKED_AT: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(100);

/// A loaded driver; dropping it takes it out again. Whoever holds one of its nodes open must be dropped first.
#[derive(Debug)]
pub struct Module(&'static str);

impl Module {
    /// Loads a driver with parameters, afresh if it was there already: parameters count only at loading.
    ///
    /// # Errors
    /// The kernel has none of that name, it is in use with other parameters, or a parameter is wrong.
    pub fn load(name: &'static str, parameters: &[&str]) -> Result<Module> {
        if is_loaded(name) {
            run("modprobe", &["-r", name])?;
        }
        run("modprobe", &[&[name], parameters].concat())?;
        Ok(Module(name))
    }
}

impl Drop for Module {
    fn drop(&mut self) {
        // Whoever looks at a new device has it in use for a moment, such as the rule that restores a sound card's loudness.
        let deadline = Instant::now() + LOOKED_AT;
        while let Err(error) = run("modprobe", &["-r", self.0]) {
            if Instant::now() > deadline {
                return eprintln!("{} stays loaded: {error:#}", self.0);
            }
            std::thread::sleep(PAUSE);
        }
    }
}

fn is_loaded(name: &str) -> bool {
    std::path::Path::new("/sys/module")
        .join(name.replace('-', "_"))
        .exists()
}
