//! Programs around the daemon: each in a process group of its own, with its log, ended whatever happens.
//! Knows no program by name.
//!
//! Three nets, one below the other: [`Process::stop`] asks and then insists; dropping kills; and the kernel sends
//! SIGTERM when this process dies itself. The last one is tied to the *thread* that starts a program, so everything
//! here must run on a thread that lives as long as the kit: a current-thread runtime does.

use anyhow::{Context, Result, bail};
use nix::errno::Errno;
use nix::sys::prctl;
use nix::sys::signal::{Signal, kill, killpg};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;
use std::collections::VecDeque;
use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;
use tokio::process::{Child, Command};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout};
use tracing::{debug, info, warn};

/// How long a program may take to end after it was asked.
const PATIENCE: Duration = Duration::from_secs(8);
/// More starts than this within [`TOO_OFTEN_WITHIN`] and a program is given up.
const TOO_OFTEN: usize = 6;
const TOO_OFTEN_WITHIN: Duration = Duration::from_secs(15);

/// What to start.
#[derive(Debug, Clone)]
pub struct Program {
    /// For people and for the log's name.
    pub name: &'static str,
    /// The program's file, or a name to look up in PATH.
    pub file: PathBuf,
    /// Its words.
    pub arguments: Vec<OsString>,
    /// Its surroundings beside the inherited ones.
    pub environment: Vec<(String, String)>,
    /// Where what it prints is kept.
    pub log: PathBuf,
    /// What happens when it dies by itself.
    pub when_dead: WhenDead,
}

/// What happens when a program dies by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhenDead {
    /// Nothing; whoever looks sees it.
    Stay,
    /// It is started again at once, as systemd would.
    Restart,
}

/// How a program is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// Runs.
    Running {
        /// Its process id, which is also that of its group.
        pid: i32,
        /// How many times it was started.
        starts: u32,
    },
    /// Does not run, and will not again.
    Ended {
        /// How that came.
        how: String,
    },
}

/// A program under care.
#[derive(Debug)]
pub struct Process {
    pulse: Pulse,
    stop: watch::Sender<bool>,
    task: Option<JoinHandle<()>>,
}

/// A look at a program, apart from the care for it.
#[derive(Debug, Clone)]
pub struct Pulse {
    name: &'static str,
    log: PathBuf,
    state: watch::Receiver<State>,
}

impl Pulse {
    /// How it is.
    pub fn state(&self) -> State {
        self.state.borrow().clone()
    }

    /// Its process id.
    ///
    /// # Errors
    /// It does not run; says how it ended and what it printed last.
    pub fn pid(&self) -> Result<i32> {
        match self.state() {
            State::Running { pid, .. } => Ok(pid),
            State::Ended { how } => bail!(
                "{} {how}; the end of {}:\n{}",
                self.name,
                self.log.display(),
                tail(&self.log)
            ),
        }
    }

    /// Does something that makes sense only while the program runs.
    ///
    /// # Errors
    /// The program ended before; says how, and what it printed last.
    pub async fn while_it_runs<T>(&self, doing: impl Future<Output = Result<T>>) -> Result<T> {
        let mut state = self.state.clone();
        tokio::select! {
            done = doing => done,
            _ = state.wait_for(|state| matches!(state, State::Ended { .. })) => match self.pid() {
                Err(error) => Err(error),
                Ok(_) => bail!("{} is not cared for any more", self.name),
            },
        }
    }

    /// Kills it without a word, as a crash would.
    ///
    /// # Errors
    /// It does not run.
    pub fn crash(&self) -> Result<()> {
        let killed = kill(Pid::from_raw(self.pid()?), Signal::SIGKILL);
        killed.with_context(|| format!("killing {}", self.name))
    }
}

impl Process {
    /// Starts it.
    ///
    /// # Errors
    /// There is no such program, or its log cannot be written.
    pub fn start(program: Program) -> Result<Process> {
        let child = spawn(&program)?;
        let first = running(&child, 1)?;
        let (showing, state) = watch::channel(first);
        let (stop, asked) = watch::channel(false);
        let (name, log) = (program.name, program.log.clone());
        debug!(program = name, "started");
        let task = tokio::spawn(care(program, child, asked, showing));
        Ok(Process {
            pulse: Pulse { name, log, state },
            stop,
            task: Some(task),
        })
    }

    /// What it is called.
    pub fn name(&self) -> &'static str {
        self.pulse.name
    }

    /// To look at it and to crash it.
    pub fn pulse(&self) -> Pulse {
        self.pulse.clone()
    }

    /// Ends it: asks, waits, insists. Answers when nothing of its group is left.
    ///
    /// # Errors
    /// Something of its group is still there.
    pub async fn stop(mut self) -> Result<()> {
        let group = match self.pulse.state() {
            State::Running { pid, .. } => Some(Pid::from_raw(pid)),
            State::Ended { .. } => None,
        };
        let _ = self.stop.send(true);
        if let Some(task) = self.task.take() {
            timeout(PATIENCE * 2, task)
                .await
                .with_context(|| format!("{} does not end", self.name()))?
                .with_context(|| format!("caring for {}", self.name()))?;
        }
        match group {
            Some(group) => group_is_gone(group, self.name()).await,
            None => Ok(()),
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if let Some(task) = self.task.take() {
            task.abort();
            if let State::Running { pid, .. } = self.pulse.state() {
                let _ = killpg(Pid::from_raw(pid), Signal::SIGKILL);
            }
        }
    }
}

fn spawn(program: &Program) -> Result<Child> {
    let log = open_log(&program.log)?;
    // setpriv (util-linux) asks the kernel for SIGTERM when this thread ends, and becomes the program.
    let mut command = Command::new("setpriv");
    command
        .args(["--pdeathsig", "TERM", "--"])
        .arg(&program.file)
        .args(&program.arguments)
        .envs(program.environment.iter().map(|(key, value)| (key, value)))
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log)
        .process_group(0)
        .kill_on_drop(true);
    command
        .spawn()
        .with_context(|| format!("starting {} ({})", program.name, program.file.display()))
}

fn open_log(path: &Path) -> Result<File> {
    OpenOptions::new()
        .create(true)
        .append(true)
        .open(path)
        .with_context(|| format!("opening the log {}", path.display()))
}

fn running(child: &Child, starts: u32) -> Result<State> {
    let pid = child
        .id()
        .context("a program that was just started has an id")?;
    Ok(State::Running {
        pid: i32::try_from(pid)?,
        starts,
    })
}

async fn care(
    program: Program,
    mut child: Child,
    mut asked: watch::Receiver<bool>,
    showing: watch::Sender<State>,
) {
    let mut starts = 1;
    let mut recent = VecDeque::from([Instant::now()]);
    loop {
        let died = tokio::select! {
            status = child.wait() => Some(status),
            () = wished(&mut asked) => None,
        };
        let Some(status) = died else {
            let how = end(&program, child).await;
            showing.send_replace(State::Ended { how });
            return;
        };
        let how = describe(status);
        if program.when_dead == WhenDead::Stay || died_too_often(&mut recent) {
            warn!(program = program.name, "{how}");
            showing.send_replace(State::Ended { how });
            return;
        }
        info!(program = program.name, "{how}; starting it again");
        starts += 1;
        let again = spawn(&program).and_then(|child| Ok((running(&child, starts)?, child)));
        match again {
            Ok((state, fresh)) => {
                child = fresh;
                showing.send_replace(state);
            }
            Err(error) => {
                let how = format!("could not be started again: {error:#}");
                showing.send_replace(State::Ended { how });
                return;
            }
        }
    }
}

async fn wished(asked: &mut watch::Receiver<bool>) {
    let _ = asked.wait_for(|stop| *stop).await;
}

fn died_too_often(recent: &mut VecDeque<Instant>) -> bool {
    recent.push_back(Instant::now());
    recent.retain(|start| start.elapsed() < TOO_OFTEN_WITHIN);
    recent.len() > TOO_OFTEN
}

async fn end(program: &Program, mut child: Child) -> String {
    let Some(group) = child
        .id()
        .and_then(|id| i32::try_from(id).ok())
        .map(Pid::from_raw)
    else {
        return "had ended".to_owned();
    };
    let _ = killpg(group, Signal::SIGTERM);
    if let Ok(status) = timeout(PATIENCE, child.wait()).await {
        let _ = killpg(group, Signal::SIGKILL);
        return describe(status);
    }
    warn!(program = program.name, "does not end when asked; killed");
    let _ = killpg(group, Signal::SIGKILL);
    describe(child.wait().await)
}

fn describe(status: std::io::Result<ExitStatus>) -> String {
    match status {
        Ok(status) => format!("ended with {status}"),
        Err(error) => format!("ended unobserved: {error}"),
    }
}

async fn group_is_gone(group: Pid, name: &str) -> Result<()> {
    let end = Instant::now() + PATIENCE;
    while killpg(group, None) != Err(Errno::ESRCH) {
        if Instant::now() > end {
            bail!("something of {name} (group {group}) is still there");
        }
        adopt_the_dead();
        sleep(Duration::from_millis(20)).await;
    }
    Ok(())
}

/// The last lines of a log, for an error message.
pub fn tail(log: &Path) -> String {
    let text = fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<&str> = text.lines().collect();
    let from = lines.len().saturating_sub(15);
    lines[from..].join("\n")
}

/// From now on, processes whose parent dies become children of this one, so that none can hide.
///
/// # Errors
/// The kernel does not allow it.
pub fn adopt_orphans() -> Result<()> {
    prctl::set_child_subreaper(true).context("becoming the parent of orphans")
}

/// Takes note of the end of adopted processes. Only to be called when no [`Process`] runs any more, or for groups
/// whose own end was already seen.
fn adopt_the_dead() {
    for pid in descendants()
        .iter()
        .filter(|p| p.adopted && p.dead)
        .map(|p| p.pid)
    {
        let ended = waitpid(Pid::from_raw(pid), Some(WaitPidFlag::WNOHANG));
        debug!(pid, gone = ?matches!(ended, Ok(WaitStatus::Exited(..) | WaitStatus::Signaled(..))), "adopted process");
    }
}

/// Processes below this one that are still there, each with its command line; waits for those that are about to end.
pub async fn leftovers(limit: Duration) -> Vec<String> {
    let end = Instant::now() + limit;
    loop {
        adopt_the_dead();
        let left: Vec<String> = descendants()
            .into_iter()
            .map(|p| format!("{} {:.120}", p.pid, p.command))
            .collect();
        if left.is_empty() || Instant::now() > end {
            return left;
        }
        sleep(Duration::from_millis(50)).await;
    }
}

/// The first process below `pid` whose command line fits.
pub fn below(pid: i32, fits: impl Fn(&str) -> bool) -> Option<i32> {
    let mut found = descendants_of(pid).into_iter();
    found.find(|p| !p.dead && fits(&p.command)).map(|p| p.pid)
}

struct Descendant {
    pid: i32,
    adopted: bool,
    dead: bool,
    command: String,
}

fn descendants() -> Vec<Descendant> {
    descendants_of(std::process::id().cast_signed())
}

fn descendants_of(me: i32) -> Vec<Descendant> {
    let all: Vec<(i32, i32, bool)> = fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter_map(parent_of)
        .collect();
    let mut found = vec![me];
    let mut at = 0;
    while let Some(parent) = found.get(at).copied() {
        found.extend(
            all.iter()
                .filter(|(_, ppid, _)| *ppid == parent)
                .map(|(pid, ..)| *pid),
        );
        at += 1;
    }
    let below = |pid: &i32| found.contains(pid) && *pid != me;
    all.iter()
        .filter(|(pid, ..)| below(pid))
        .map(|(pid, ppid, dead)| Descendant {
            pid: *pid,
            adopted: *ppid == me,
            dead: *dead,
            command: command_of(*pid),
        })
        .collect()
}

/// Id, parent's id, and whether it is dead and only waits to be noted.
fn parent_of(pid: i32) -> Option<(i32, i32, bool)> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_whitespace();
    let dead = fields.next()? == "Z";
    Some((pid, fields.next()?.parse().ok()?, dead))
}

fn command_of(pid: i32) -> String {
    let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    let words = String::from_utf8_lossy(&line).replace('\0', " ");
    words.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn program(folder: &Path, script: &str, when_dead: WhenDead) -> Program {
        Program {
            name: "test program",
            file: "sh".into(),
            arguments: vec!["-c".into(), script.into()],
            environment: Vec::new(),
            log: folder.join("log"),
            when_dead,
        }
    }

    async fn log_has(folder: &Path, word: &str) {
        let log = folder.join("log");
        let found = crate::wait::until(word, Duration::from_secs(5), async || {
            let text = fs::read_to_string(&log).unwrap_or_default();
            if text.contains(word) {
                Ok(())
            } else {
                Err(text)
            }
        });
        found.await.unwrap();
    }

    #[tokio::test]
    async fn a_stubborn_program_and_its_children_are_gone_after_stop() {
        let folder = tempfile::tempdir().unwrap();
        let script = "sleep 1000 & sleep 1000 & echo ready; wait";
        let process = Process::start(program(folder.path(), script, WhenDead::Stay)).unwrap();
        log_has(folder.path(), "ready").await;
        let group = Pid::from_raw(process.pulse().pid().unwrap());
        process.stop().await.unwrap();
        assert_eq!(killpg(group, None), Err(Errno::ESRCH));
    }

    #[tokio::test]
    async fn a_program_to_restart_comes_back_with_another_id() {
        let folder = tempfile::tempdir().unwrap();
        let script = "echo started $$; exec sleep 1000";
        let process = Process::start(program(folder.path(), script, WhenDead::Restart)).unwrap();
        log_has(folder.path(), "started").await;
        let before = process.pulse().pid().unwrap();
        process.pulse().crash().unwrap();
        let mut state = process.pulse().state;
        let again = state.wait_for(|s| matches!(s, State::Running { starts: 2, .. }));
        timeout(Duration::from_secs(5), again)
            .await
            .unwrap()
            .unwrap();
        assert_ne!(process.pulse().pid().unwrap(), before);
        process.stop().await.unwrap();
    }

    #[tokio::test]
    async fn a_program_that_keeps_dying_is_given_up_with_its_last_words() {
        let folder = tempfile::tempdir().unwrap();
        let script = "echo no such luck; exit 3";
        let process = Process::start(program(folder.path(), script, WhenDead::Restart)).unwrap();
        let mut state = process.pulse().state;
        let ended = state.wait_for(|s| matches!(s, State::Ended { .. }));
        timeout(Duration::from_secs(10), ended)
            .await
            .unwrap()
            .unwrap();
        let error = process.pulse().pid().unwrap_err().to_string();
        assert!(
            error.contains("exit status: 3") && error.contains("no such luck"),
            "{error}"
        );
        let never = std::future::pending::<Result<()>>();
        let told = process.pulse().while_it_runs(never).await;
        assert_eq!(told.unwrap_err().to_string(), error);
    }

    #[tokio::test]
    async fn dropping_kills() {
        let folder = tempfile::tempdir().unwrap();
        let process = Process::start(program(
            folder.path(),
            "echo ready; sleep 1000",
            WhenDead::Stay,
        ))
        .unwrap();
        log_has(folder.path(), "ready").await;
        let group = Pid::from_raw(process.pulse().pid().unwrap());
        drop(process);
        let gone = crate::wait::until("end", Duration::from_secs(5), async || {
            match killpg(group, None) {
                Err(Errno::ESRCH) => Ok(()),
                other => Err(format!("{other:?}")),
            }
        });
        gone.await.unwrap();
    }
}
