//! Starts Chromium: pipes at descriptors 3 and 4, a session of its own, an account of its own, gone with the keeper.
//!
//! The keeper starts itself a second time as [`LAUNCHER`]; that short-lived process is single-threaded, arranges all of
//! this with safe calls and then becomes Chromium. Knows nothing of what is said on the pipe.

use anyhow::{Context as _, bail, ensure};
use nix::sys::prctl;
use nix::sys::signal::Signal;
use nix::sys::stat::{Mode, umask};
use nix::unistd::{Gid, Pid, Uid, User, close, dup, getppid, initgroups, setgid, setsid, setuid};
use std::ffi::{CString, OsString};
use std::io;
use std::os::fd::{IntoRawFd as _, OwnedFd};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;
use tokio::process::Child;
use tracing::warn;

/// The first argument of the second start.
pub const LAUNCHER: &str = "__become-chromium";
const CANDIDATES: &[&str] = &["chromium", "chromium-browser", "google-chrome"];
const KEPT_ENVIRONMENT: &[&str] = &[
    "PATH",
    "DISPLAY",
    "WAYLAND_DISPLAY",
    "XAUTHORITY",
    "XDG_RUNTIME_DIR",
    "XDG_SESSION_TYPE",
    "PULSE_SERVER",
    "PULSE_RUNTIME_PATH",
    "PIPEWIRE_RUNTIME_DIR",
    "PIPEWIRE_REMOTE",
    "DBUS_SESSION_BUS_ADDRESS",
    "LANG",
    "LC_ALL",
    "TZ",
    "LIBVA_DRIVER_NAME",
];

/// The account Chromium runs under.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Account {
    /// The keeper's own.
    Mine,
    /// This one, taken before Chromium starts.
    Other {
        /// Its name.
        name: String,
        /// Its user id, never root's.
        uid: u32,
        /// Its first group.
        gid: u32,
    },
}

/// Decides under whom Chromium runs.
///
/// # Errors
/// Started as root without an account to use, or with one that does not exist or is root again.
pub fn account(name: &str, explicit: bool) -> anyhow::Result<Account> {
    if !Uid::effective().is_root() {
        ensure!(
            !explicit || own_name().as_deref() == Some(name),
            "only root can run Chromium as {name:?}"
        );
        return Ok(Account::Mine);
    }
    let user = User::from_name(name).with_context(|| format!("look for the account {name:?}"))?;
    let Some(user) = user else {
        bail!(
            "started as root, but there is no account {name:?} to run Chromium under; create it with\n  \
             useradd --system --groups audio,video --shell /usr/sbin/nologin {name}\n\
             or name another one with --user"
        );
    };
    ensure!(
        !user.uid.is_root(),
        "Chromium must not run as root; name an ordinary account with --user"
    );
    Ok(Account::Other {
        name: user.name,
        uid: user.uid.as_raw(),
        gid: user.gid.as_raw(),
    })
}

fn own_name() -> Option<String> {
    User::from_uid(Uid::effective())
        .ok()
        .flatten()
        .map(|user| user.name)
}

/// Looks for Chromium along PATH, or checks the one named.
///
/// # Errors
/// None was found.
pub fn find_chromium(named: Option<&Path>) -> anyhow::Result<PathBuf> {
    if let Some(path) = named {
        ensure!(path.is_file(), "there is no program {}", path.display());
        return Ok(path.to_owned());
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let places: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let all = CANDIDATES
        .iter()
        .flat_map(|name| places.iter().map(move |place| place.join(name)));
    let found = all.into_iter().find(|candidate| candidate.is_file());
    found.context("found no chromium, chromium-browser or google-chrome; install one (apt install chromium) or name it with --chromium")
}

/// How soon a Chromium that was just installed is noticed.
const LOOK: Duration = Duration::from_secs(2);

/// As [`find_chromium`], but waits until there is one: a package manager may bring it after the keeper, and a keeper that ended
/// would be started again and again meanwhile. One that is named and missing is a mistake, and waited for by nobody.
///
/// # Errors
/// The named program is none.
pub fn wait_for_chromium(named: Option<&Path>) -> anyhow::Result<PathBuf> {
    let mut told = false;
    loop {
        match find_chromium(named) {
            Err(error) if named.is_none() => {
                if !told {
                    warn!(error = format!("{error:#}"), "waiting for a browser");
                }
                told = true;
                std::thread::sleep(LOOK);
            }
            found => return found,
        }
    }
}

/// A Chromium that was just started.
#[derive(Debug)]
pub struct Launched {
    /// The process; its id is also that of its process group.
    pub child: Child,
    /// Requests go in here.
    pub requests: io::PipeWriter,
    /// Answers and events come out here.
    pub answers: io::PipeReader,
}

/// Starts it. Must be called on the thread that lives as long as the keeper: the kernel ties Chromium's life to it.
///
/// # Errors
/// The system refused pipes or the process.
pub fn launch(
    program: &Path,
    account: &Account,
    home: &Path,
    line: &[OsString],
) -> io::Result<Launched> {
    let (chromium_reads, requests) = io::pipe()?;
    let (answers, chromium_writes) = io::pipe()?;
    let mut command = Command::new("/proc/self/exe");
    command
        .arg0("browser-keeper")
        .arg(LAUNCHER)
        .arg(std::process::id().to_string());
    match account {
        Account::Mine => command.args(["-", "0", "0"]),
        Account::Other { name, uid, gid } => {
            command.args([name.clone(), uid.to_string(), gid.to_string()])
        }
    };
    command.arg(program).args(line).env_clear();
    command.envs(
        std::env::vars_os().filter(|(name, _)| KEPT_ENVIRONMENT.iter().any(|kept| *name == **kept)),
    );
    command.env("HOME", home).current_dir(home);
    command
        .stdin(Stdio::from(chromium_reads))
        .stdout(Stdio::from(chromium_writes))
        .stderr(Stdio::piped());
    let child = tokio::process::Command::from(command)
        .kill_on_drop(true)
        .spawn()?;
    Ok(Launched {
        child,
        requests,
        answers,
    })
}

/// The second start: arranges everything and becomes Chromium; returns only with an error.
pub fn become_chromium(arguments: &[OsString]) -> anyhow::Error {
    match arrange(arguments) {
        Err(problem) => problem,
        Ok(mut chromium) => anyhow::Error::from(chromium.exec()).context("start Chromium"),
    }
}

fn arrange(arguments: &[OsString]) -> anyhow::Result<Command> {
    let [keeper, name, uid, gid, program, line @ ..] = arguments else {
        bail!("{LAUNCHER} is for the keeper itself")
    };
    let number = |text: &OsString| {
        text.to_str()
            .and_then(|text| text.parse::<u32>().ok())
            .context("not a number")
    };
    let keeper = i32::try_from(number(keeper)?).context("not a process")?;
    setsid().context("begin a session")?;
    umask(Mode::from_bits_truncate(0o077));
    // Whoever started the keeper may have left something open there, as shells do.
    for taken in [3, 4] {
        let _ = close(taken);
    }
    let copies = [dup(io::stdin())?, dup(io::stdout())?].map(OwnedFd::into_raw_fd);
    ensure!(
        copies == [3, 4],
        "descriptors 3 and 4 are taken, pipes landed at {copies:?}"
    );
    if *name != "-" {
        become_user(name, number(uid)?, number(gid)?)?;
    }
    // After the change of user: the kernel forgets the wish when credentials change.
    prctl::set_pdeathsig(Signal::SIGKILL).context("tie Chromium to the keeper")?;
    ensure!(
        getppid() == Pid::from_raw(keeper),
        "the keeper is gone already"
    );
    let mut chromium = Command::new(program);
    chromium
        .args(line)
        .stdin(Stdio::null())
        .stdout(Stdio::null());
    Ok(chromium)
}

fn become_user(name: &OsString, uid: u32, gid: u32) -> anyhow::Result<()> {
    let name = CString::new(name.as_encoded_bytes()).context("an account's name")?;
    initgroups(&name, Gid::from_raw(gid)).context("take the account's groups")?;
    setgid(Gid::from_raw(gid)).context("take the account's group")?;
    setuid(Uid::from_raw(uid)).context("take the account")?;
    ensure!(
        setuid(Uid::from_raw(0)).is_err(),
        "root could be taken back"
    );
    Ok(())
}
