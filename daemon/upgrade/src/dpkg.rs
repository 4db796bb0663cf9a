//! The machine's packages, by Debian's own programs: no network, no questions, and an end to everything. Decides nothing.

use crate::machine::Installed;
use crate::papers::PACKAGE;
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use std::io;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// A package's scripts take seconds; one that hangs is ended.
const LONGEST: Duration = Duration::from_secs(600);
const LOOK: Duration = Duration::from_millis(50);

/// Units that run the package's programs and that its scripts leave alone, so that no call ends. What is proven must be the new ones.
const UNITS: [&str; 3] = [
    "roomd-browser.service",
    "roomd-second.service",
    "roomd-canceller.service",
];

/// What a package says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fields {
    /// `Package`.
    pub package: String,
    /// `Version`.
    pub version: String,
    /// `Architecture`.
    pub architecture: String,
}

/// The machine's packages.
pub trait Dpkg {
    /// What is installed of the room's package.
    ///
    /// # Errors
    /// When nobody can say.
    fn installed(&self) -> io::Result<Installed>;

    /// Whether a version is newer than another.
    ///
    /// # Errors
    /// When nobody can say.
    fn is_newer(&self, version: &str, than: &str) -> io::Result<bool>;

    /// What a package says of itself; nothing for what is none.
    ///
    /// # Errors
    /// When nobody can say.
    fn fields(&self, file: &Path) -> io::Result<Option<Fields>>;

    /// Installs a package; whether that went well is seen by what is installed then.
    fn install(&self, file: &Path);

    /// Brings half installations to their end.
    fn repair(&self);

    /// Begins anew what still runs the programs of the version before.
    fn begin_anew(&self);
}

/// By the programs of the machine.
#[derive(Debug, Clone, Copy)]
pub struct Tool;

fn command(program: &str) -> Command {
    let mut command = Command::new(program);
    command
        .env("LC_ALL", "C.UTF-8")
        .env("DEBIAN_FRONTEND", "noninteractive")
        .stdin(Stdio::null());
    command
}

/// Runs until its end, or is ended with all that it has begun.
fn run(command: &mut Command) {
    let program = command.get_program().to_owned();
    let ended = command.process_group(0).spawn().and_then(wait);
    match ended {
        Ok(status) if status.success() => {}
        Ok(status) => eprintln!("{}: {status}", program.display()),
        Err(error) => eprintln!("{} cannot be run: {error}", program.display()),
    }
}

fn wait(mut child: Child) -> io::Result<ExitStatus> {
    let end = Instant::now() + LONGEST;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        if Instant::now() >= end {
            if let Ok(id) = i32::try_from(child.id()) {
                killpg(Pid::from_raw(id), Signal::SIGKILL)?;
            }
            return child.wait();
        }
        sleep(LOOK);
    }
}

impl Dpkg for Tool {
    fn installed(&self) -> io::Result<Installed> {
        let format = "--showformat=${db:Status-Status} ${db:Status-Eflag} ${Version}";
        let said = command("dpkg-query")
            .args(["--show", format, PACKAGE])
            .stderr(Stdio::null())
            .output()?;
        let said = String::from_utf8_lossy(&said.stdout);
        Ok(match said.split(' ').collect::<Vec<_>>()[..] {
            ["installed", "ok", version] => Installed::Whole(version.trim().to_owned()),
            _ => Installed::Broken,
        })
    }

    fn is_newer(&self, version: &str, than: &str) -> io::Result<bool> {
        let said = command("dpkg")
            .args(["--compare-versions", version, "gt", than])
            .status()?;
        Ok(said.success())
    }

    fn fields(&self, file: &Path) -> io::Result<Option<Fields>> {
        let said = command("dpkg-deb")
            .arg("--field")
            .arg(file)
            .args(["Package", "Version", "Architecture"])
            .output()?;
        let said = match said.status.success() {
            true => String::from_utf8_lossy(&said.stdout).into_owned(),
            false => return Ok(None),
        };
        let field = |name: &str| {
            let mut lines = said.lines();
            let found = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
            found.map(str::to_owned)
        };
        let all = (field("Package"), field("Version"), field("Architecture"));
        Ok(match all {
            (Some(package), Some(version), Some(architecture)) => Some(Fields {
                package,
                version,
                architecture,
            }),
            _ => None,
        })
    }

    fn install(&self, file: &Path) {
        // Files that an administrator has changed stay. To go back is the one case of an older version.
        let words = ["--force-confold", "--force-downgrade", "--install"];
        run(command("dpkg").args(words).arg(file));
    }

    fn repair(&self) {
        run(command("dpkg").args(["--force-confold", "--configure", "--pending"]));
    }

    fn begin_anew(&self) {
        run(command("systemctl")
            .args(["--no-block", "try-restart"])
            .args(UNITS));
    }
}
