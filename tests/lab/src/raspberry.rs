//! A Raspberry Pi 3 under QEMU, for what only its own chip has: GPIO by registers, as `rppal` drives it.
//! The board has neither disk nor channel there: programs come with the kernel, results over the serial line.

use crate::machine::Machine;
use crate::programs::Program;
use crate::run::Place;
use anyhow::{Context, Result, bail};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

/// A boot takes two seconds on idle cores, and all tests together five.
const LIMIT: Duration = Duration::from_secs(120);
/// The last word of `raspberry/init`: the board itself may only halt.
const DONE: &str = "= done";
/// For what a kernel says after it gave up.
const LAST_WORDS: Duration = Duration::from_secs(3);
/// Debian's libraries for arm64, from the packages that the cross compiler stands on.
const LIBRARIES: &str = "/usr/aarch64-linux-gnu/lib";
const NEEDED: &[&str] = &[
    "ld-linux-aarch64.so.1",
    "libc.so.6",
    "libgcc_s.so.1",
    "libm.so.6",
];

/// Boots once and runs all tests whose name holds `filter`; the names of those that failed.
///
/// # Errors
/// The board does not boot.
pub fn run(place: &Place, programs: &[Program], filter: &str) -> Result<Vec<String>> {
    let parcel = tempfile::tempdir()?;
    let initrd = pack(place, programs, filter, parcel.path())?;
    let (machine, console) = Machine::boot_raspberry(&place.image, &initrd)?;
    let (sender, lines) = channel();
    std::thread::spawn(move || {
        for bytes in BufReader::new(console).split(b'\n').map_while(Result::ok) {
            if sender
                .send(
                    String::from_utf8_lossy(&bytes)
                        .trim_end_matches('\r')
                        .to_owned(),
                )
                .is_err()
            {
                return;
            }
        }
    });
    let mut deadline = Instant::now() + LIMIT;
    let mut report = Report::default();
    let mut whole = Vec::new();
    while let Ok(line) = lines.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
        if line == DONE {
            break;
        }
        for said in report.hear(&line) {
            println!("{said}");
        }
        // This board halts after a panic instead of ending.
        if line.contains("Kernel panic") {
            deadline = deadline.min(Instant::now() + LAST_WORDS);
        }
        whole.push(line);
    }
    for said in report.end() {
        println!("{said}");
    }
    let log = place.console(0);
    std::fs::create_dir_all(log.parent().unwrap_or(Path::new(".")))?;
    std::fs::write(&log, whole.join("\n"))?;
    drop(machine);
    if report.programs < programs.len() {
        bail!("the board broke down; its console: {}", log.display());
    }
    Ok(report.failed)
}

/// The guest's initrd with the programs, their libraries and another first program behind it: later files win.
fn pack(
    place: &Place,
    programs: &[Program],
    filter: &str,
    folder: &Path,
) -> Result<std::path::PathBuf> {
    let tree = folder.join("tree");
    for part in ["lib", "tests"] {
        std::fs::create_dir_all(tree.join(part))?;
    }
    let init = place.repo.join("tests/lab/raspberry/init");
    std::fs::copy(&init, tree.join("init"))
        .with_context(|| format!("copying {}", init.display()))?;
    std::fs::write(tree.join("filter"), filter)?;
    for name in NEEDED {
        let library = Path::new(LIBRARIES).join(name);
        std::fs::copy(&library, tree.join("lib").join(name)).with_context(|| {
            format!("{} is missing (tests/setup installs it)", library.display())
        })?;
    }
    for program in programs {
        std::fs::copy(&program.path, tree.join("tests").join(&program.name))?;
    }
    let packed = Command::new("sh")
        .args(["-c", "find . | cpio --quiet -o -H newc"])
        .current_dir(&tree)
        .stderr(Stdio::inherit())
        .output()
        .context("running cpio")?;
    if !packed.status.success() {
        bail!("cpio failed");
    }
    let mut whole = std::fs::read(place.image.initrd())?;
    whole.resize(whole.len().next_multiple_of(4), 0);
    whole.extend(packed.stdout);
    let path = folder.join("initrd");
    std::fs::File::create(&path)?.write_all(&whole)?;
    Ok(path)
}

/// What the board's console says, as results of tests. Kernel messages and output of tests pass between.
#[derive(Debug, Default)]
struct Report {
    program: Option<String>,
    under_way: Option<String>,
    output: Vec<String>,
    passed: usize,
    failed_here: usize,
    failed: Vec<String>,
    programs: usize,
}

impl Report {
    /// Takes a line of the console; gives lines of the report.
    fn hear(&mut self, line: &str) -> Vec<String> {
        if let Some(mark) = line.strip_prefix("= ") {
            return match self.program.is_some() {
                true => self.ended(mark),
                false => self.begins(mark),
            };
        }
        let Some(program) = self.program.clone() else {
            return Vec::new();
        };
        let result = match line
            .strip_prefix("test ")
            .and_then(|rest| rest.split_once(" ... "))
        {
            Some((name, rest)) => {
                self.under_way = Some(format!("{program}::{name}"));
                self.output.clear();
                rest
            }
            None => line,
        };
        match result {
            "ok" => self.result(None),
            "FAILED" => self.result(Some("failed")),
            other => {
                self.output.push(format!("    {other}"));
                Vec::new()
            }
        }
    }

    /// The console is silent for good.
    fn end(&mut self) -> Vec<String> {
        let mut said = self.result(Some("the board broke down or hangs"));
        if self.program.is_some() {
            said.extend(self.ended("without an end"));
            self.programs -= 1;
        }
        said
    }

    fn begins(&mut self, program: &str) -> Vec<String> {
        self.program = Some(program.to_owned());
        (self.passed, self.failed_here) = (0, 0);
        vec![
            String::new(),
            format!("     Running tests of {program} (raspberry)"),
        ]
    }

    fn ended(&mut self, status: &str) -> Vec<String> {
        let mut said = self.result(Some("ended in the middle"));
        let program = self.program.take().unwrap_or_default();
        if self.failed_here == 0 && status != "0" {
            said.push(format!("test {program} ... FAILED"));
            said.push(format!("its tests ended with {status}"));
            self.failed_here += 1;
            self.failed.push(program);
        }
        self.programs += 1;
        let word = if self.failed_here == 0 {
            "ok"
        } else {
            "FAILED"
        };
        said.push(format!(
            "test result: {word}. {} passed; {} failed; 0 ignored; 0 measured; 0 filtered out",
            self.passed, self.failed_here
        ));
        said
    }

    fn result(&mut self, failure: Option<&str>) -> Vec<String> {
        let Some(test) = self.under_way.take() else {
            return Vec::new();
        };
        let Some(why) = failure else {
            self.passed += 1;
            return vec![format!("test {test} ... ok")];
        };
        self.failed_here += 1;
        let mut said = vec![
            format!("test {test} ... FAILED"),
            format!("---- {test} ----"),
        ];
        said.append(&mut self.output);
        said.push(why.to_owned());
        self.failed.push(test);
        said
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(console: &str) -> (Report, Vec<String>) {
        let mut report = Report::default();
        let mut said: Vec<String> = console.lines().flat_map(|line| report.hear(line)).collect();
        said.extend(report.end());
        (report, said)
    }

    #[test]
    fn results_are_read_between_messages_of_the_kernel_and_of_tests() {
        let (report, said) = heard(
            "[ 1.0] booting\n= drv-x\nrunning 2 tests\ntest a ... ok\ntest b ... [ 2.0] usb\nseen 4\nok\n\ntest result: ok.\n= 0\n",
        );
        assert_eq!((report.programs, report.failed.len()), (1, 0));
        let last = said.last().map(String::as_str);
        assert_eq!(
            last,
            Some("test result: ok. 2 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out")
        );
    }

    #[test]
    fn a_board_that_breaks_down_names_the_test_under_way() {
        let (report, said) = heard("= drv-x\ntest a ... ok\ntest b ... \nKernel panic\n");
        assert_eq!(report.failed, ["drv-x::b"]);
        assert_eq!(report.programs, 0);
        assert!(
            said.iter().any(|line| line.contains("Kernel panic")),
            "{said:?}"
        );
    }

    #[test]
    fn a_program_that_ends_badly_without_a_test_is_a_failure() {
        let (report, _) = heard("= drv-x\n= 127\n");
        assert_eq!(report.failed, ["drv-x"]);
    }
}
