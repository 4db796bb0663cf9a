//! Runs each crate's kernel tests one at a time in a guest and says how each ended, in cargo's own words.
//! A guest that breaks down or hangs is a failure of the test under way; the others go on in a fresh one.

use crate::agent::{Agent, Ended};
use crate::devices::Devices;
use crate::image::Image;
use crate::machine::{Boot, Console, Disk, Guest, Lines, Machine, Starts};
use crate::programs::Program;
use anyhow::{Context, Result, anyhow, bail};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// A boot takes ten seconds on two idle cores.
const BOOT: Duration = Duration::from_secs(150);
/// Waiting inside a test is bounded by the test; this is for tests that do not.
const TEST: Duration = Duration::from_secs(60);
/// Tests that take longer are said with their time, before they come near the limit.
const NOTABLE: Duration = Duration::from_secs(15);
/// Most tests wait for the kernel, so two guests share two processors well; more would only slow each other down.
const GUESTS: usize = 2;
/// Guests that may be lost before it is the lab that is broken.
const LOSSES: usize = 3;

/// What a run stands on.
#[derive(Debug)]
pub struct Place {
    /// Which machine.
    pub guest: Guest,
    /// What the guest boots.
    pub image: Image,
    /// The repository, seen by the guest at the same path.
    pub repo: PathBuf,
    /// Where built things are, likewise.
    pub target: PathBuf,
}

impl Place {
    /// Boots a guest with these folders.
    ///
    /// # Errors
    /// QEMU does not start.
    pub fn boot(
        &self,
        console: &Console,
        disk: Disk<'_>,
        starts: Starts,
    ) -> Result<(Machine, Lines)> {
        let mut shared: Vec<(&str, &Path)> = vec![("repo", &self.repo)];
        if !self.target.starts_with(&self.repo) {
            shared.push(("target", &self.target));
        }
        let boot = Boot {
            image: &self.image,
            shared: &shared,
            console,
            disk,
            starts,
        };
        Machine::boot(self.guest, boot)
    }

    /// Boots a guest and waits until it is up, with its console in this file.
    ///
    /// # Errors
    /// It does not come up.
    pub fn up(&self, console: &Path, disk: Disk<'_>, starts: Starts) -> Result<Booted> {
        let began = Instant::now();
        let (machine, lines) = self.boot(&Console::File(console.to_owned()), disk, starts)?;
        let (devices, line) = Devices::serve(lines)?;
        let agent = Agent::greet(line, BOOT)
            .with_context(|| format!("its console: {}\n{}", console.display(), tail(console)))?;
        println!(
            "the {} guest is up after {:.1} s",
            self.guest.name(),
            began.elapsed().as_secs_f64()
        );
        Ok(Booted {
            devices,
            agent,
            _machine: machine,
        })
    }

    /// Where the console of the guest of this number is kept.
    pub fn console(&self, number: usize) -> PathBuf {
        let name = format!("lab-{}-{number}-console.log", self.guest.name());
        self.target.join("test-logs").join(name)
    }
}

/// A guest that is up.
#[derive(Debug)]
pub struct Booted {
    /// What can be plugged into it.
    pub devices: Devices,
    /// What runs programs in it.
    pub agent: Agent,
    _machine: Machine,
}

/// Runs all tests whose name holds `filter`, in several guests side by side; the names of those that failed.
///
/// # Errors
/// No guest comes up, or too many break down: what is left has not run.
pub fn all(place: &Place, programs: &[Program], filter: &str) -> Result<Vec<String>> {
    let waiting = Mutex::new(programs.iter());
    std::thread::scope(|scope| {
        let waiting = &waiting;
        let guests: Vec<_> = (0..GUESTS.min(programs.len()))
            .map(|number| scope.spawn(move || Run::new(place, number)?.all(waiting, filter)))
            .collect();
        let mut failed = Vec::new();
        for guest in guests {
            let ended = guest.join().map_err(|_| anyhow!("a bug in the lab"))?;
            failed.extend(ended?);
        }
        Ok(failed)
    })
}

/// Programs that no guest has taken yet.
type Waiting<'a> = Mutex<core::slice::Iter<'a, Program>>;

/// Counts and guests of one run.
struct Run<'a> {
    place: &'a Place,
    console: PathBuf,
    guest: Option<Booted>,
    lost: usize,
    failed: Vec<String>,
}

impl<'a> Run<'a> {
    /// A run that has not begun. What an earlier one left in the console's log is gone.
    ///
    /// # Errors
    /// The folder of logs cannot be made.
    fn new(place: &'a Place, number: usize) -> Result<Run<'a>> {
        let console = place.console(number);
        fresh_log(&console)?;
        Ok(Run {
            place,
            console,
            guest: None,
            lost: 0,
            failed: Vec::new(),
        })
    }

    /// Takes one program after the other, as long as there are any.
    fn all(mut self, waiting: &Waiting<'_>, filter: &str) -> Result<Vec<String>> {
        let next = || {
            waiting
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .next()
        };
        while let Some(program) = next() {
            let path = program.path.to_string_lossy().into_owned();
            let (list, ended) =
                self.guest()?
                    .agent
                    .run(TEST, &path, &["--list", "--format", "terse"]);
            if ended != Ended::Status(0) {
                bail!(
                    "{} does not say its tests ({ended:?}): {}",
                    program.name,
                    list.join("\n")
                );
            }
            let tests: Vec<&str> = list
                .iter()
                .filter_map(|line| line.strip_suffix(": test"))
                .filter(|name| name.contains(filter) && program.wants(name))
                .collect();
            println!(
                "\n     Running kernel tests of {} ({})",
                program.name,
                self.place.guest.name()
            );
            let began = Instant::now();
            let failed = self.one_program(program, &tests)?;
            println!(
                "test result: {}. {} passed; {failed} failed; 0 ignored; 0 measured; {} filtered out; finished in {:.2}s",
                if failed == 0 { "ok" } else { "FAILED" },
                tests.len() - failed,
                list.len() - tests.len(),
                began.elapsed().as_secs_f64()
            );
        }
        Ok(self.failed)
    }

    /// How many of these tests failed.
    fn one_program(&mut self, program: &Program, tests: &[&str]) -> Result<usize> {
        let path = program.path.to_string_lossy();
        let mut failed = 0;
        for test in tests {
            let name = format!("{}::{test}", program.name);
            let began = Instant::now();
            let ended = self.one_test(&path, test)?;
            let took = began.elapsed();
            if took > NOTABLE {
                println!(
                    "{name} took {:.1} of {} s",
                    took.as_secs_f64(),
                    TEST.as_secs()
                );
            }
            match ended {
                None => println!("test {name} ... ok"),
                Some(why) => {
                    println!("test {name} ... FAILED\n---- {name} ----\n{why}");
                    failed += 1;
                    self.failed.push(name);
                }
            }
        }
        Ok(failed)
    }

    /// Runs one test; nothing when it passed, else what it said.
    fn one_test(&mut self, path: &str, test: &str) -> Result<Option<String>> {
        let console = self.console.clone();
        let guest = self.guest()?;
        let (output, ended) = guest.agent.run(
            TEST,
            path,
            &[
                "--exact",
                test,
                "--include-ignored",
                "--nocapture",
                "--test-threads=1",
            ],
        );
        let pulled = guest.devices.pull_all();
        let why = match ended {
            Ended::Status(0) if pulled.is_ok() => {
                for line in output.iter().filter_map(|line| said(line)) {
                    println!("{line}");
                }
                return Ok(None);
            }
            Ended::Status(0) => "the guest ended as the test did".to_owned(),
            Ended::Status(status) => format!("ended with {status}"),
            Ended::TimedOut => format!("had not ended after {} s", TEST.as_secs()),
            Ended::GuestLost => format!(
                "the guest broke down or hangs; its console: {}\n{}",
                console.display(),
                tail(&console)
            ),
        };
        if ended == Ended::GuestLost || pulled.is_err() {
            self.guest = None;
            self.lost += 1;
        }
        // Indented, because a program says in its own words what is counted here already.
        Ok(Some(format!("    {}\n{why}", output.join("\n    "))))
    }

    /// The guest, booted when there is none. One that does not come up counts as broken down, and is said.
    fn guest(&mut self) -> Result<&mut Booted> {
        while self.guest.is_none() {
            if self.lost > LOSSES {
                bail!("{} guests broke down; what is left has not run", self.lost);
            }
            match self.place.up(&self.console, Disk::Fresh, Starts::Lab) {
                Ok(booted) => self.guest = Some(booted),
                Err(error) if self.lost < LOSSES => {
                    self.lost += 1;
                    println!("a guest did not come up, another is tried: {error:#}");
                }
                Err(error) => return Err(error),
            }
        }
        self.guest.as_mut().context("a guest that was just booted")
    }
}

/// An empty place for a console's log.
///
/// # Errors
/// The folder of logs cannot be made.
pub fn fresh_log(console: &Path) -> Result<()> {
    std::fs::create_dir_all(console.parent().unwrap_or(Path::new(".")))?;
    let _ = std::fs::remove_file(console);
    Ok(())
}

/// What a test says that could not do its work, and what it measured; it may stand behind the runner's own words.
fn said(line: &str) -> Option<&str> {
    let said = line.split_once(" ... ").map_or(line, |(_, said)| said);
    let begins = |word: &str| said.starts_with(word);
    (begins("SKIPPED: ") || begins("FIGURE ")).then_some(said)
}

fn tail(path: &Path) -> String {
    let text = std::fs::read(path).unwrap_or_default();
    let text = String::from_utf8_lossy(&text).into_owned();
    let from = text.lines().count().saturating_sub(25);
    text.lines().skip(from).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_skip_and_a_figure_are_seen_wherever_they_stand() {
        let why = Some("SKIPPED: no camera: needs vivid");
        assert_eq!(said("SKIPPED: no camera: needs vivid"), why);
        assert_eq!(said("test a ... SKIPPED: no camera: needs vivid"), why);
        let figure = "FIGURE heard again after 0.4 s";
        assert_eq!(said(figure), Some(figure));
        assert_eq!(said("test a ... ok"), None);
    }
}
