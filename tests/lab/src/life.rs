//! A room's life in a guest, from the package on: the steps of `tests/lab/story`, how long each took, and what is said of it.

use crate::agent::Ended;
use crate::devices::Devices;
use crate::machine::{Disk, Guest, Starts};
use crate::run::{Booted, Place};
use crate::{programs, releases, run};
use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Installing takes a minute on two cores that are not idle, commissioning the emulated kit a quarter of that.
const STEP: Duration = Duration::from_secs(900);
/// From the package to a room that is ready, by script.
const READY: Duration = Duration::from_secs(180);

/// A guest in which a room lives.
#[derive(Debug)]
pub struct Life {
    guest: Booted,
    story: String,
}

impl Life {
    /// Of a guest that is up.
    pub fn new(guest: Booted, place: &Place) -> Life {
        let story = place.repo.join("tests/lab/story");
        let story = story.display().to_string();
        Life { guest, story }
    }

    /// What is around the guest.
    pub fn devices(&self) -> &Devices {
        &self.guest.devices
    }

    /// One step; what it said.
    ///
    /// # Errors
    /// It did not succeed, or the guest broke down.
    pub fn step(&mut self, words: &[&str]) -> Result<String> {
        let (output, ended) = self.guest.agent.run(STEP, &self.story, words);
        let output = output.join("\n");
        match ended {
            Ended::Status(0) => Ok(output.trim().to_owned()),
            ended => bail!("'{}' ended with {ended:?}:\n{output}", words.join(" ")),
        }
    }
}

/// What is counted, in cargo's words.
#[derive(Debug, Default)]
pub struct Count {
    passed: usize,
    failed: usize,
}

impl Count {
    /// One thing that holds or not; whether it does.
    pub fn holds(&mut self, name: &str, result: Result<()>) -> bool {
        match &result {
            Ok(()) => println!("test {name} ... ok"),
            Err(error) => println!("test {name} ... FAILED\n---- {name} ----\n    {error:#}"),
        }
        self.passed += usize::from(result.is_ok());
        self.failed += usize::from(result.is_err());
        result.is_ok()
    }

    /// The line that is counted; whether nothing failed.
    pub fn end(&self, began: Instant) -> bool {
        println!(
            "test result: {}. {} passed; {} failed; 0 ignored; 0 measured; 0 filtered out; finished in {:.2}s",
            if self.failed == 0 { "ok" } else { "FAILED" },
            self.passed,
            self.failed,
            began.elapsed().as_secs_f64()
        );
        self.failed == 0
    }
}

/// The newest package that was built for this guest.
///
/// # Errors
/// There is none.
pub fn package(guest: Guest, target: &Path) -> Result<PathBuf> {
    let folder = target.join("package");
    let ending = format!("_{}.deb", guest.arch());
    let entries = std::fs::read_dir(&folder).into_iter().flatten().flatten();
    let found = entries
        .map(|entry| entry.path())
        .filter(|path| path.to_string_lossy().ends_with(&ending));
    found.max().with_context(|| {
        format!(
            "no package for {} in {}; daemon/package/build --arch {0} makes one",
            guest.arch(),
            folder.display()
        )
    })
}

/// What is plugged into the room: emulators where they run, else what the guest's own kernel plays.
///
/// # Errors
/// The emulators do not build.
pub fn kit(place: &Place) -> Result<Vec<String>> {
    let mut words = vec!["kit".to_owned()];
    if place.guest == Guest::Amd64 {
        words.push(
            programs::bins("emulators", &place.target)?
                .display()
                .to_string(),
        );
    }
    Ok(words)
}

/// The package from `apt install` to a room that is ready, compared with its report, and purged. Whether all of it holds.
///
/// # Errors
/// No guest comes up, or there is no package.
pub fn install(place: &Place, package: &Path) -> Result<bool> {
    let kit = kit(place)?;
    let kit: Vec<&str> = kit.iter().map(String::as_str).collect();
    println!(
        "\n     Running the package's way into a room ({})",
        place.guest.name()
    );
    let began = Instant::now();
    let console = place.console(0);
    run::fresh_log(&console)?;
    let guest = place.up(&console, Disk::Fresh, Starts::Lab)?;
    let mut life = Life::new(guest, place);
    life.step(&kit)?;
    let releases = releases::signed(place, package)?;
    let releases = releases.path().display().to_string();
    let package = package.display().to_string();
    let upgrade = |attempt, word| ["upgrade", &releases, releases::NEWER, attempt, word];
    let steps: [(&str, &[&str]); 7] = [
        ("the_package_installs_and_runs", &["install", &package]),
        ("a_script_commissions_the_kit", &["commission", "Saal-1"]),
        ("the_room_is_ready", &["ready", "Saal-1"]),
        ("the_doctor_finds_nothing_changed", &["doctor"]),
        (
            "a_release_that_fails_is_gone_back_from",
            &upgrade("1", "failed"),
        ),
        ("a_release_that_is_proven_stays", &upgrade("2", "proven")),
        ("a_purge_leaves_nothing", &["remove"]),
    ];
    let mut count = Count::default();
    let mut ready = Vec::new();
    for (number, (name, words)) in steps.into_iter().enumerate() {
        let since = Instant::now();
        let done = life.step(words);
        if number < 3 {
            ready.push(since.elapsed());
        }
        if !count.holds(&format!("package::{name}"), done.map(drop)) {
            break;
        }
        if number == 2 {
            count.holds("package::ready_within_three_minutes", in_time(&ready));
        }
    }
    Ok(count.end(began))
}

/// Says and judges the time from `apt install` to ready: installing, commissioning, taking up the room.
fn in_time(parts: &[Duration]) -> Result<()> {
    let whole: Duration = parts.iter().sum();
    let parts: Vec<String> = parts
        .iter()
        .map(|part| format!("{:.1}", part.as_secs_f64()))
        .collect();
    let said = format!(
        "from apt install to ready {:.1} s of {} ({})",
        whole.as_secs_f64(),
        READY.as_secs(),
        parts.join(" + ")
    );
    println!("FIGURE {said}");
    if whole > READY {
        bail!("{said}");
    }
    Ok(())
}
