//! What the tests with real processes share: a keeper with a Chromium of its own, a driver, a far end, pages to show.
//! Every wait is bounded; what was seen instead is in the message.
#![allow(
    clippy::unwrap_used,
    reason = "a test says what went wrong by panicking"
)]
#![allow(dead_code, reason = "each test binary uses its part")]

pub mod far;
pub mod fixtures;
pub mod janus;
pub mod lane;
pub mod living;
pub mod media;
pub mod rig;

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use tokio::process::{Child, Command};

/// Whether this machine can run a real Chromium under an account of its own with a policy of its own.
/// Never silent: says why not, and fails when all tests were asked for.
pub fn can_run() -> bool {
    let why = if !nix::unistd::Uid::effective().is_root() {
        "needs root for a private policy folder"
    } else if chromium().is_none() {
        "needs Chromium"
    } else if std::process::Command::new("unshare")
        .args(["-m", "true"])
        .status()
        .is_ok_and(|s| s.success())
    {
        return true;
    } else {
        "needs unshare(1) and private mounts"
    };
    assert!(
        std::env::var("ROOMD_TESTS").as_deref() != Ok("all"),
        "all tests were asked for, but this one {why}"
    );
    eprintln!("SKIPPED: {why}");
    false
}

/// Whether a program that a test cannot do without is there; says so when it is not.
pub fn on_path(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    if std::env::split_paths(&path).any(|place| place.join(program).is_file()) {
        return true;
    }
    assert!(
        std::env::var("ROOMD_TESTS").as_deref() != Ok("all"),
        "all tests were asked for, but this one needs {program}"
    );
    eprintln!("SKIPPED: needs {program}");
    false
}

/// How long the way back into a call may take: the promised eight seconds, and on a machine that is slow at the moment as many
/// times longer as its first way in took than `usual`, which it takes on two cores that do nothing else.
pub fn way_back(first: Duration, usual: Duration) -> Duration {
    Duration::from_secs(8).mul_f64((first.as_secs_f64() / usual.as_secs_f64()).max(1.0))
}

pub fn chromium() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let names = ["chromium", "chromium-browser", "google-chrome"];
    names
        .iter()
        .flat_map(|name| std::env::split_paths(&path).map(move |place| place.join(name)))
        .find(|c| c.is_file())
}

/// A folder that Chromium's account can reach into.
pub fn open_folder() -> tempfile::TempDir {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::Builder::new()
        .prefix("roomd-browser-")
        .tempdir()
        .unwrap();
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    folder
}

/// A keeper in a mount namespace of its own, so that policies of tests do not disturb each other.
pub struct Keeper {
    pub socket: PathBuf,
    pub folder: tempfile::TempDir,
    child: Child,
}

impl Keeper {
    /// Starts one whose Chromium obeys this policy.
    pub async fn start(policy: &str) -> Self {
        Self::start_with(policy, &[]).await
    }

    pub async fn start_with(policy: &str, more: &[&str]) -> Self {
        Self::start_in(policy, more, &[]).await
    }

    /// One whose Chromium finds these hosts on this machine.
    pub async fn start_knowing(policy: &str, hosts: &[&str]) -> Self {
        let file = tempfile::NamedTempFile::new().unwrap();
        let lines: String = hosts
            .iter()
            .map(|host| format!("127.0.0.1 {host}\n"))
            .collect();
        std::fs::write(file.path(), format!("127.0.0.1 localhost\n{lines}")).unwrap();
        std::fs::set_permissions(
            file.path(),
            std::os::unix::fs::PermissionsExt::from_mode(0o644),
        )
        .unwrap();
        let path = file.path().to_str().unwrap();
        Self::start_in(policy, &[], &[("ROOMD_TEST_HOSTS", path)]).await
    }

    /// What it logs goes to the file `log` in its folder.
    pub async fn start_in(policy: &str, more: &[&str], environment: &[(&str, &str)]) -> Self {
        Self::start_under(&[], policy, more, environment).await
    }

    /// The same, started by another program, such as one that enters a network of its own.
    pub async fn start_under(
        starter: &[&str],
        policy: &str,
        more: &[&str],
        environment: &[(&str, &str)],
    ) -> Self {
        let folder = open_folder();
        let (socket, profiles, file) = (
            folder.path().join("s"),
            folder.path().join("p"),
            folder.path().join("policy.json"),
        );
        let (camera, microphone) = (
            folder.path().join("camera.y4m"),
            folder.path().join("microphone.wav"),
        );
        std::fs::write(&file, policy).unwrap();
        std::fs::write(&camera, media::picture(160, 120, 10)).unwrap();
        std::fs::write(&microphone, media::tone(440.0, 2)).unwrap();
        let script = "mount -t tmpfs roomd-test /etc/chromium && mkdir -p /etc/chromium/policies/managed \
                      && cp \"$0\" /etc/chromium/policies/managed/roomd.json && chmod -R a+rX /etc/chromium \
                      && { [ -z \"$ROOMD_TEST_HOSTS\" ] || mount --bind \"$ROOMD_TEST_HOSTS\" /etc/hosts; } && exec \"$@\"";
        let line: Vec<&str> = starter.iter().copied().chain(["unshare"]).collect();
        let mut command = Command::new(line[0]);
        command
            .args(&line[1..])
            .args(["-m", "sh", "-c", script])
            .arg(&file)
            .arg(env!("CARGO_BIN_EXE_browser-keeper"));
        command.args(["--user", "nobody", "--language", "de-DE"]);
        if !more.contains(&"--window") {
            command.args(["--window", "headless", "--size", "800x600"]);
        }
        command
            .arg("--socket")
            .arg(&socket)
            .arg("--profile-dir")
            .arg(&profiles);
        command
            .arg("--fake-camera")
            .arg(&camera)
            .arg("--fake-microphone")
            .arg(&microphone);
        let log = std::fs::File::create(folder.path().join("log")).unwrap();
        command
            .stderr(log)
            .args(more)
            .env("RUST_LOG", "info")
            .envs(environment.iter().copied())
            .stdin(Stdio::null())
            .kill_on_drop(true);
        let child = command.spawn().expect("start a keeper");
        within("the keeper's socket", Duration::from_secs(30), || async {
            socket.exists().then_some(())
        })
        .await;
        Self {
            socket,
            folder,
            child,
        }
    }

    /// Replaces the policy that its Chromium obeys, as the daemon does when packs or the room's file are renewed.
    pub fn renew_policy(&self, policy: &str) {
        let root = format!("/proc/{}/root", self.pid());
        let folder = Path::new(&root).join("etc/chromium/policies/managed");
        assert!(call_browser::policy::install(&folder, policy).unwrap());
        tokio::spawn(async move { call_browser::policy::remind(&folder).await });
    }

    pub fn pid(&self) -> u32 {
        self.child.id().expect("the keeper runs")
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        // Chromium is tied to the keeper by the kernel; a term lets it end in order.
        let pid = nix::unistd::Pid::from_raw(self.child.id().unwrap_or_default() as i32);
        if pid.as_raw() > 0 {
            let _ = nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGKILL);
        }
    }
}

/// Asks again until there is an answer, at most so long.
pub async fn within<T, F: Future<Output = Option<T>>>(
    what: &str,
    limit: Duration,
    mut ask: impl FnMut() -> F,
) -> T {
    let until = tokio::time::Instant::now() + limit;
    loop {
        // The last one may have begun just before the limit, and has as long again.
        match tokio::time::timeout_at(until + limit, ask()).await {
            Ok(Some(answer)) => return answer,
            Ok(None) if tokio::time::Instant::now() < until => {}
            _ => panic!("{what}: not within {limit:?}"),
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Every process below this one, by the kernel's list.
pub fn descendants(pid: u32) -> Vec<u32> {
    let mut all = vec![pid];
    let mut at = 0;
    while let Some(parent) = all.get(at).copied() {
        at += 1;
        let children = std::fs::read_to_string(format!("/proc/{parent}/task/{parent}/children"))
            .unwrap_or_default();
        all.extend(
            children
                .split_whitespace()
                .filter_map(|child| child.parse::<u32>().ok()),
        );
    }
    all.remove(0);
    all
}

pub fn alive(pid: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    !stat.is_empty() && !stat.contains(") Z ")
}

pub fn exists(path: &Path) -> bool {
    path.exists()
}
