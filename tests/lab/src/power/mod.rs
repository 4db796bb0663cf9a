//! Power that goes while a room is commissioned, described anew and upgraded. One guest lives through all of it, and each write
//! and flush of its disk is noted; then the disk is put together as a cut at any point leaves it, as often as is asked for.
//! Each such disk must be the room from before the step or the one from after it. Some are booted.

mod cut;
mod disk;
mod judge;
mod log;
mod look;
mod packages;

use crate::life::{Count, Life, kit};
use crate::machine::{Disk as Wired, Starts};
use crate::run::{self, Place};
use crate::shell;
use anyhow::{Context, Result, bail, ensure};
use cut::Cut;
use disk::Disk;
use judge::{faults, state};
use log::Log;
use look::{Seen, look};
use packages::Packages;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// How much is tried.
#[derive(Debug, Clone, Copy)]
pub struct Order {
    /// So many cuts.
    pub cuts: usize,
    /// So many of their disks are booted as well.
    pub boots: usize,
    /// The same seed cuts the same way in the same log.
    pub seed: u64,
}

/// What happens to the room while its disk is noted, and in which words of the story.
const STEPS: [(&str, &[&str]); 4] = [
    ("commissioning", &["commission", "Saal-1"]),
    ("describing_the_room_anew", &["commission", "Saal-2"]),
    ("describing_it_once_more", &["commission", "Saal-3"]),
    ("upgrading", &["install"]),
];

/// A life that was noted.
struct Noted {
    /// The disk before it began.
    base: PathBuf,
    log: Log,
    /// Where each step begins, and where the last one ends.
    marks: Vec<usize>,
}

/// What one run works with.
struct Run<'a> {
    place: &'a Place,
    folder: PathBuf,
    packages: Packages,
    order: Order,
}

/// Cuts the power; whether every cut left a room.
///
/// # Errors
/// The life cannot be lived, or its log not be read.
pub fn run(place: &Place, package: &Path, order: Order) -> Result<bool> {
    let began = Instant::now();
    let folder = place.target.join("lab/power");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder)?;
    let packages = Packages::from(package, &folder)?;
    let run = Run {
        place,
        folder,
        packages,
        order,
    };
    println!("\n     Running power cuts (seed {})", order.seed);
    let noted = run.live()?;
    let rooms = run.rooms(&noted)?;
    let mut count = Count::default();
    let mut now = Disk::copy_of(&noted.base, run.folder.join("now.img"))?;
    for (number, (name, _)) in STEPS.iter().enumerate() {
        let result = run.cut_step(&noted, number, &rooms, &mut now);
        count.holds(&format!("power::{name}"), result);
    }
    let whole = count.end(began);
    if whole {
        fs::remove_dir_all(&run.folder)?;
    }
    Ok(whole)
}

impl Run<'_> {
    /// Lives through all steps in a guest whose disk is noted.
    fn live(&self) -> Result<Noted> {
        let kit = kit(self.place)?;
        let kit: Vec<&str> = kit.iter().map(String::as_str).collect();
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
        let (old, new) = (text(&self.packages.old), text(&self.packages.new));
        life.step(&kit)?;
        life.step(&["install", &old])?;
        life.step(&["sync"])?;
        let mut log = Log::open(&noted)?;
        let mut marks = vec![log.read()?];
        for (name, words) in STEPS {
            let since = Instant::now();
            let words = match words {
                ["install"] => vec!["install", new.as_str()],
                words => words.to_vec(),
            };
            life.step(&words)?;
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
        let mut disk = Disk::copy_of(&noted.base, self.folder.join("marks.img"))?;
        let mut rooms = Vec::new();
        for &at in &noted.marks {
            let everything = Cut {
                at,
                flushed: at,
                kept: Vec::new(),
            };
            disk.cut(&noted.log, &everything, &self.cut_disk())?;
            let seen = look(&self.cut_disk(), &self.packages, &self.folder.join("seen"))?;
            let wrong = faults(&seen, &seen, &seen);
            ensure!(
                wrong.is_empty() && seen.package == "installed",
                "before any cut: {wrong:?}, {}",
                seen.package
            );
            self.check(&seen)?;
            rooms.push(seen);
        }
        fs::remove_file(self.folder.join("marks.img"))?;
        for (pair, (name, _)) in rooms.windows(2).zip(STEPS) {
            ensure!(pair[0] != pair[1], "{name} has changed nothing");
        }
        Ok(rooms)
    }

    /// The room's file is one that the daemon takes, in the daemon's own words.
    fn check(&self, seen: &Seen) -> Result<()> {
        let Some(room) = &seen.room else {
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

    /// Cuts one step as often as its share.
    fn cut_step(&self, noted: &Noted, number: usize, rooms: &[Seen], now: &mut Disk) -> Result<()> {
        let seed = self.order.seed.wrapping_mul(STEPS.len() as u64) + number as u64;
        let mut dice = StdRng::seed_from_u64(seed);
        let within = noted.marks[number] + 1..noted.marks[number + 1] + 1;
        let mut cuts: Vec<Cut> = (0..share(self.order.cuts, number))
            .map(|_| Cut::random(&noted.log.entries, within.clone(), &mut dice))
            .collect();
        // The disk goes forward only.
        cuts.sort_by_key(|cut| cut.flushed);
        let boots = share(self.order.boots, number);
        let booted: Vec<usize> = (0..boots.min(cuts.len()))
            .map(|_| dice.random_range(0..cuts.len()))
            .collect();
        let (before, after) = (&rooms[number], &rooms[number + 1]);
        let (mut states, mut lost) = (BTreeMap::new(), Vec::new());
        for (which, cut) in cuts.iter().enumerate() {
            now.cut(&noted.log, cut, &self.cut_disk())?;
            let found = self.one_cut(number, booted.contains(&which), before, after);
            match found {
                Ok(state) => *states.entry(state).or_insert(0) += 1,
                Err(error) => lost.push(format!(
                    "cut at {} (flushed {}, then {:?}): {error:#}",
                    cut.at, cut.flushed, cut.kept
                )),
            }
        }
        let states: Vec<String> = states
            .iter()
            .map(|(state, count)| format!("{count} {state}"))
            .collect();
        println!(
            "FIGURE power cuts while {}: {}, {} booted, {} rooms lost ({})",
            STEPS[number].0.replace('_', " "),
            cuts.len(),
            booted.len(),
            lost.len(),
            states.join("; ")
        );
        if !lost.is_empty() {
            let kept = self.folder.join(format!("lost-{number}.img"));
            let _ = fs::rename(self.cut_disk(), kept);
            bail!("{}", lost.join("\n    "));
        }
        Ok(())
    }

    /// What one cut has left; in a few words if it is a room.
    fn one_cut(&self, number: usize, boots: bool, before: &Seen, after: &Seen) -> Result<String> {
        // Before the host repairs it: a guest does so itself.
        if boots {
            self.start(number).context("booted")?;
        }
        let seen = look(&self.cut_disk(), &self.packages, &self.folder.join("seen"))?;
        let faults = faults(before, after, &seen);
        if !faults.is_empty() {
            bail!("{}", faults.join("; "));
        }
        Ok(state(before, after, &seen))
    }

    /// The disk in a guest, as after a real cut: the room is there, and the step can be done again.
    fn start(&self, number: usize) -> Result<()> {
        let wired = Wired::Copy(&self.folder.join("cut.img"));
        let guest = self.place.up(&self.console()?, wired, Starts::Everything)?;
        let mut life = Life::new(guest, self.place);
        let names = ["", "Saal-1", "Saal-2", "Saal-3", "Saal-3"];
        life.step(&["started", names[number], names[number + 1]])?;
        if STEPS[number].0 == "upgrading" {
            life.step(&["mend", &text(&self.packages.new)])?;
            return life.step(&["ready", "Saal-3"]).map(drop);
        }
        let kit = kit(self.place)?;
        life.step(&kit.iter().map(String::as_str).collect::<Vec<_>>())?;
        life.step(&["commission", "Saal-9"])?;
        life.step(&["ready", "Saal-9"]).map(drop)
    }

    fn cut_disk(&self) -> PathBuf {
        self.folder.join("cut.img")
    }

    fn console(&self) -> Result<PathBuf> {
        let console = self.place.console(9);
        run::fresh_log(&console)?;
        Ok(console)
    }
}

/// Each step gets as many, and the last ones what is left.
fn share(all: usize, number: usize) -> usize {
    all * (number + 1) / STEPS.len() - all * number / STEPS.len()
}

fn text(path: &Path) -> String {
    path.display().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_the_whole() {
        for all in [0, 1, 3, 4, 200, 201] {
            let sum: usize = (0..STEPS.len()).map(|number| share(all, number)).sum();
            assert_eq!(sum, all);
        }
    }
}
