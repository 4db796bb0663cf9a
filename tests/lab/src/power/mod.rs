//! Power that goes while a room is commissioned, described anew and upgraded. One guest lives through all of it, and each write
//! and flush of its disk is noted; then the disk is put together as a cut at any point leaves it, as often as is asked for.
//! Each such disk must be the room from before the step or the one from after it. Some are booted.

mod cut;
pub mod disk;
mod judge;
mod log;
mod look;
mod packages;

use crate::life::{Count, Life, kit};
use crate::machine::{Disk as Wired, Starts};
use crate::run::{self, Place};
use crate::{programs, shell};
use anyhow::{Context, Result, bail, ensure};
use cut::Cut;
use disk::Disk;
use judge::{faults, state};
use log::Log;
use look::{Seen, look};
use nix::sys::statvfs::statvfs;
use packages::Packages;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// How much is tried.
#[derive(Debug, Clone)]
pub struct Order {
    /// What is installed; without it, only the room's file is written, by the command line as it was built for tests.
    pub package: Option<PathBuf>,
    /// So many cuts.
    pub cuts: usize,
    /// So many of their disks are booted as well.
    pub boots: usize,
    /// The same seed cuts the same way in the same log.
    pub seed: u64,
}

/// One thing that happens to the room while its disk is noted.
struct Step {
    name: &'static str,
    /// In the words of the story.
    words: Vec<String>,
    /// The room's name before and after; `UNSET` when there is none yet.
    rooms: [&'static str; 2],
    /// Loses rooms, to show that these would be found.
    careless: bool,
}

/// A whole life, or with a folder of programs only what writes the room's file, by the command line from there.
fn steps(later: &Path, brief: Option<&Path>) -> Vec<Step> {
    let step = |name, rooms: [&'static str; 2], package: Option<&Path>| {
        let words = match (package, brief) {
            (Some(deb), _) => vec!["install".to_owned(), text(deb)],
            (None, Some(folder)) => vec!["describe".to_owned(), rooms[1].to_owned(), text(folder)],
            (None, None) => vec!["commission".to_owned(), rooms[1].to_owned()],
        };
        Step {
            name,
            words,
            rooms,
            careless: false,
        }
    };
    let mut steps = vec![
        step("commissioning", [UNSET, "Saal-1"], None),
        step("describing_the_room_anew", ["Saal-1", "Saal-2"], None),
    ];
    if brief.is_some() {
        steps.push(Step {
            name: "a_careless_writer",
            words: vec!["careless".to_owned()],
            rooms: ["Saal-2", "Saal-2"],
            careless: true,
        });
    } else {
        steps.push(step("describing_it_once_more", ["Saal-2", "Saal-3"], None));
        steps.push(step(UPGRADING, ["Saal-3", "Saal-3"], Some(later)));
    }
    steps
}

const UPGRADING: &str = "upgrading";
/// What a daemon that waits for its room calls itself.
const UNSET: &str = "roomd";
/// Two disks and a package's files, in bytes, with as much again for whoever else needs memory.
const ROOM: u64 = 4 << 30;

/// A life that was noted.
struct Noted {
    /// The disk before it began.
    base: PathBuf,
    log: Log,
    /// Where each step begins, and where the last one ends.
    marks: Vec<usize>,
}

/// What is cut.
struct Bench {
    noted: Noted,
    /// The room at each mark.
    rooms: Vec<Seen>,
    /// Goes forward through the log.
    disk: Disk,
}

/// What one run works with.
struct Run<'a> {
    place: &'a Place,
    folder: PathBuf,
    /// For disks that are put together and looked at, again and again.
    quick: tempfile::TempDir,
    packages: Packages,
    /// Programs that a life without a package takes.
    brief: Option<PathBuf>,
    steps: Vec<Step>,
    order: Order,
}

/// Cuts the power; whether every cut left a room.
///
/// # Errors
/// The life cannot be lived, or its log not be read.
pub fn run(place: &Place, order: Order) -> Result<bool> {
    let began = Instant::now();
    let within = place.target.join("lab");
    let kept = tempfile::Builder::new()
        .prefix("power-")
        .tempdir_in(&within)?;
    let folder = kept.path().to_owned();
    let (packages, brief) = match &order.package {
        Some(package) => (Packages::from(package, &folder)?, None),
        None => (
            Packages::none(),
            Some(programs::bins("roomctl", &place.target)?),
        ),
    };
    println!("\n     Running power cuts (seed {})", order.seed);
    let run = Run {
        place,
        steps: steps(&packages.new, brief.as_deref()),
        quick: quick(&folder)?,
        folder,
        packages,
        brief,
        order,
    };
    let noted = run.live()?;
    let mut bench = Bench {
        rooms: run.rooms(&noted)?,
        disk: Disk::copy_of(&noted.base, run.quick.path().join("now.img"))?,
        noted,
    };
    let mut count = Count::default();
    for (number, step) in run.steps.iter().enumerate() {
        let result = run.cut_step(&mut bench, number);
        count.holds(&format!("power::{}", step.name), result);
    }
    let whole = count.end(began);
    if !whole {
        println!(
            "the last lost disk of each step is kept in {}",
            kept.keep().display()
        );
    }
    Ok(whole)
}

impl Run<'_> {
    /// Lives through all steps in a guest whose disk is noted.
    fn live(&self) -> Result<Noted> {
        let (base, disk) = (self.folder.join("base.img"), self.folder.join("disk.img"));
        disk::copy(&self.place.image.disk(), &base)?;
        // The lab's own disks end with their guests and have no journal.
        shell::run("tune2fs", &["-j".as_ref(), &base])?;
        disk::copy(&base, &disk)?;
        let noted = self.folder.join("writes");
        fs::write(&noted, "")?;
        let console = self.console()?;
        let wired = Wired::Recorded {
            disk: &disk,
            log: &noted,
        };
        let mut life = Life::new(self.place.up(&console, wired, Starts::Lab)?, self.place);
        if self.brief.is_none() {
            plug(&mut life, self.place)?;
            life.step(&["install", &text(&self.packages.old)])?;
        }
        life.step(&["sync"])?;
        let mut log = Log::open(&noted)?;
        let mut marks = vec![log.read()?];
        for Step { name, words, .. } in &self.steps {
            let since = Instant::now();
            life.step(&words.iter().map(String::as_str).collect::<Vec<_>>())?;
            life.step(&["sync"])?;
            marks.push(log.read()?);
            let writes = marks[marks.len() - 1] - marks[marks.len() - 2];
            println!(
                "{name}: {:.1} s, {writes} writes and flushes",
                since.elapsed().as_secs_f64()
            );
        }
        fs::remove_file(&disk)?;
        Ok(Noted { base, log, marks })
    }

    /// The room at each mark: what it must be before and after each step.
    fn rooms(&self, noted: &Noted) -> Result<Vec<Seen>> {
        let mut disk = Disk::copy_of(&noted.base, self.quick.path().join("marks.img"))?;
        let mut rooms = Vec::new();
        for &at in &noted.marks {
            let everything = Cut {
                at,
                flushed: at,
                kept: Vec::new(),
            };
            disk.cut(&noted.log, &everything, &self.cut_disk())?;
            let seen = look(
                &self.cut_disk(),
                &self.packages,
                &self.quick.path().join("seen"),
            )?;
            let wrong = faults(&seen, &seen, &seen);
            ensure!(wrong.is_empty(), "before any cut: {wrong:?}");
            if self.brief.is_none() {
                let whole = seen.package == "installed" && seen.enabled;
                ensure!(
                    whole && seen.accounts == look::ACCOUNTS,
                    "not installed: {seen:?}"
                );
            }
            self.check(&seen)?;
            rooms.push(seen);
        }
        fs::remove_file(self.quick.path().join("marks.img"))?;
        for (pair, step) in rooms.windows(2).zip(&self.steps) {
            ensure!(pair[0] != pair[1], "{} has changed nothing", step.name);
        }
        Ok(rooms)
    }

    /// The room's file is one that the daemon takes, in the daemon's own words.
    fn check(&self, seen: &Seen) -> Result<()> {
        let (Some(room), None) = (&seen.room, &self.brief) else {
            return Ok(());
        };
        let (program, file) = (self.folder.join("roomd"), self.folder.join("room.toml"));
        let daemon = self.packages.old_file("/usr/bin/roomd");
        fs::write(&program, daemon.context("a package without the daemon")?)?;
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755))?;
        fs::write(&file, room)?;
        let checked = shell::run(&text(&program), &["check".as_ref(), &file]);
        checked.map(drop).context("the room's file at a mark")
    }

    /// Where one step is cut, in the order of the log, and whether the disk is booted.
    fn cuts(&self, noted: &Noted, number: usize) -> Vec<(Cut, bool)> {
        let seed = self.order.seed.wrapping_mul(16) + number as u64;
        let mut dice = StdRng::seed_from_u64(seed);
        let within = noted.marks[number] + 1..noted.marks[number + 1] + 1;
        let mut cuts: Vec<(Cut, bool)> = (0..self.share(self.order.cuts, number))
            .map(|_| Cut::random(&noted.log.entries, within.clone(), &mut dice))
            .map(|cut| (cut, false))
            .collect();
        cuts.sort_by_key(|(cut, _)| cut.flushed);
        let boots = self.share(self.order.boots, number).min(cuts.len());
        while cuts.iter().filter(|(_, boots)| *boots).count() < boots {
            let which = dice.random_range(0..cuts.len());
            cuts[which].1 = true;
        }
        cuts
    }

    /// Cuts one step as often as its share.
    fn cut_step(&self, bench: &mut Bench, number: usize) -> Result<()> {
        let step = &self.steps[number];
        let cuts = self.cuts(&bench.noted, number);
        let between = [&bench.rooms[number], &bench.rooms[number + 1]];
        let (mut states, mut lost) = (BTreeMap::new(), Vec::new());
        for (cut, boots) in &cuts {
            bench.disk.cut(&bench.noted.log, cut, &self.cut_disk())?;
            match self.one_cut(number, *boots, between) {
                Ok(state) => *states.entry(state).or_insert(0) += 1,
                Err(error) if step.careless => lost.push(format!("{error:#}")),
                Err(error) => {
                    let kept = self.folder.join(format!("lost-{number}.img"));
                    disk::copy(&self.cut_disk(), &kept)?;
                    lost.push(format!("{cut:?}: {error:#}"));
                }
            }
        }
        let states: Vec<String> = states
            .iter()
            .map(|(state, count)| format!("{count} {state}"))
            .collect();
        println!(
            "FIGURE power cuts, {}: {}, {} booted, {} rooms lost ({})",
            step.name.replace('_', " "),
            cuts.len(),
            cuts.iter().filter(|(_, boots)| *boots).count(),
            lost.len(),
            states.join("; ")
        );
        if step.careless {
            ensure!(
                !lost.is_empty(),
                "a room that was written in two pieces was never lost"
            );
        } else if !lost.is_empty() {
            bail!("{}", lost.join("\n    "));
        }
        Ok(())
    }

    /// What one cut has left; in a few words if it is a room.
    fn one_cut(&self, number: usize, boots: bool, between: [&Seen; 2]) -> Result<String> {
        let [before, after] = between;
        // Before the host repairs it: a guest does so itself.
        if boots {
            self.start(number).context("booted")?;
        }
        let seen = look(
            &self.cut_disk(),
            &self.packages,
            &self.quick.path().join("seen"),
        )?;
        let faults = faults(before, after, &seen);
        if !faults.is_empty() {
            bail!("{}", faults.join("; "));
        }
        Ok(state(before, after, &seen))
    }

    /// The disk in a guest, as after a real cut: the room is there, and the step can be done again.
    fn start(&self, number: usize) -> Result<()> {
        let cut = self.cut_disk();
        let wired = Wired::Copy(&cut);
        let guest = self.place.up(&self.console()?, wired, Starts::Everything)?;
        let mut life = Life::new(guest, self.place);
        let Step { name, rooms, .. } = &self.steps[number];
        life.step(&["started", rooms[0], rooms[1]])?;
        if *name == UPGRADING {
            life.step(&["mend", &text(&self.packages.new)])?;
            return life.step(&["ready", rooms[1]]).map(drop);
        }
        plug(&mut life, self.place)?;
        life.step(&["stop"])?;
        life.step(&["commission", "Saal-9"])?;
        life.step(&["start"])?;
        life.step(&["ready", "Saal-9"]).map(drop)
    }

    /// Each step gets as many, and the last ones what is left.
    fn share(&self, all: usize, number: usize) -> usize {
        let steps = self.steps.len();
        all * (number + 1) / steps - all * number / steps
    }

    fn cut_disk(&self) -> PathBuf {
        self.quick.path().join("cut.img")
    }

    fn console(&self) -> Result<PathBuf> {
        // Beside guests that run tests, and beside a run of the other kind.
        let number = if self.brief.is_some() { 8 } else { 9 };
        let console = self.place.console(number);
        run::fresh_log(&console)?;
        Ok(console)
    }
}

/// In memory where there is room for it: a disk is copied for each cut.
fn quick(folder: &Path) -> Result<tempfile::TempDir> {
    let memory = Path::new("/dev/shm");
    let free = statvfs(memory).map_or(0, |of| of.blocks_available() * of.fragment_size());
    let place = if free > ROOM { memory } else { folder };
    let made = tempfile::Builder::new()
        .prefix("lab-power-")
        .tempdir_in(place);
    made.with_context(|| format!("a folder in {}", place.display()))
}

fn plug(life: &mut Life, place: &Place) -> Result<()> {
    let words = kit(place)?;
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    life.step(&words).map(drop)
}

fn text(path: &Path) -> String {
    path.display().to_string()
}
