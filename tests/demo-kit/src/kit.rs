//! The whole kit: which programs, in which order, with which words; and their end in reverse order.
//! Plays no story.

use crate::button::Button;
use crate::camera::Camera;
use crate::folder::{self, Folder, HOST_CODE, Language, ROOM};
use crate::panel::{self, Panel};
use crate::policy::Policy;
use crate::ports::Ports;
use crate::process::{self, Process, Program, Pulse, WhenDead};
use crate::remote::Remote;
use crate::side::Looker;
use crate::wait::until;
use anyhow::{Context, Result, bail};
use chrono::{DateTime, SubsecRound, Utc};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tracing::info;

/// From the moment when everything is ready to the first meeting.
const BEGINS_IN: chrono::Duration = chrono::Duration::seconds(30);
const SOON: Duration = Duration::from_secs(20);

/// What a person may choose.
#[derive(Debug, Clone)]
pub struct Options {
    /// A folder to keep, in place of a passing one.
    pub keep: Option<PathBuf>,
    /// The language of room and story.
    pub language: Language,
    /// The first of five ports; the first free block when not given.
    pub port_base: Option<u16>,
    /// What lies on the table.
    pub table: Table,
    /// The fleet server that the room belongs to.
    pub fleet: Option<String>,
}

/// A table button.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Table {
    /// The emulated one.
    Button,
    /// The real image, in an emulated chip.
    Chip,
}

/// A running kit.
#[derive(Debug)]
pub struct Kit {
    /// Where its pages are.
    pub ports: Ports,
    /// Its language.
    pub language: Language,
    /// When the first meeting begins.
    pub begins: DateTime<Utc>,
    /// The room's panel.
    pub panel: Arc<Panel>,
    /// The table button.
    pub button: Button,
    /// The camera's head.
    pub camera: Camera,
    /// The far end.
    pub remote: Arc<Remote>,
    /// Who looks at the panel.
    pub looker: Arc<Looker>,
    /// Where pictures of the run are kept.
    pub pictures: PathBuf,
    /// The daemon.
    pub roomd: Pulse,
    /// The keeper of the room's browser.
    pub room_browser: Pulse,
}

/// Everything that has to end. The last started is the last in the list.
#[derive(Debug)]
pub struct Stage {
    processes: Vec<Process>,
    policy: Option<Policy>,
    folder: Folder,
}

impl Stage {
    /// Makes the folder, and this process the parent of everything below.
    ///
    /// # Errors
    /// The folder cannot be made.
    pub fn set(keep: Option<&Path>) -> Result<Stage> {
        process::adopt_orphans()?;
        let folder = Folder::make(keep)?;
        Ok(Stage {
            processes: Vec::new(),
            policy: None,
            folder,
        })
    }

    /// Its folder.
    pub fn folder(&self) -> &Folder {
        &self.folder
    }

    pub(crate) fn start(
        &mut self,
        name: &'static str,
        program: &str,
        words: Vec<OsString>,
    ) -> Result<Pulse> {
        let program = (built(program)?, words);
        self.start_as(name, program, WhenDead::Stay)
    }

    /// A browser's keeper, where the policy is in its place.
    fn start_browser(
        &mut self,
        name: &'static str,
        program: &str,
        words: Vec<OsString>,
    ) -> Result<Pulse> {
        let policy = self
            .policy
            .as_ref()
            .context("the policy comes before the browsers")?;
        let program = policy.around(built(program)?, words);
        self.start_as(name, program, WhenDead::Stay)
    }

    fn start_as(
        &mut self,
        name: &'static str,
        (file, arguments): (PathBuf, Vec<OsString>),
        when_dead: WhenDead,
    ) -> Result<Pulse> {
        let process = Process::start(Program {
            name,
            file,
            arguments,
            environment: vec![("RUST_LOG".into(), log_filter())],
            log: self.folder.log(name),
            when_dead,
        })?;
        let pulse = process.pulse();
        self.processes.push(process);
        Ok(pulse)
    }

    /// Programs that ended though nobody asked them to, each with how.
    pub fn dead(&self) -> Vec<String> {
        let pulses = self.processes.iter().map(Process::pulse);
        pulses
            .filter_map(|pulse| pulse.pid().err())
            .map(|error| error.to_string())
            .collect()
    }

    /// Ends everything in reverse order, puts the policy back, and names what is still there.
    ///
    /// # Errors
    /// Every problem met; the rest is ended all the same.
    pub async fn strike(&mut self) -> Result<()> {
        let mut problems = Vec::new();
        while let Some(process) = self.processes.pop() {
            let name = process.name();
            if let Err(error) = process.stop().await {
                problems.push(format!("{name}: {error:#}"));
            }
        }
        if let Some(Err(error)) = self.policy.take().map(Policy::restore) {
            problems.push(format!("{error:#}"));
        }
        problems.extend(process::leftovers(Duration::from_secs(5)).await);
        if problems.is_empty() {
            return Ok(());
        }
        bail!("left behind: {}", problems.join("; "))
    }

    /// Keeps the folder for whoever looks for the cause of a failure.
    pub fn keep_folder(self) -> PathBuf {
        self.folder.keep()
    }
}

const ROOMD: &str = "roomd";
const ROOM_BROWSER: &str = "room-browser";
const REMOTE_BROWSER: &str = "remote-browser";
const CAMERA: &str = "camera";
const BUTTON: &str = "table-button";

impl Kit {
    /// Starts everything; answers when the far end waits in the conference for the room.
    /// What was started stays on the stage, also when something fails.
    ///
    /// # Errors
    /// A part does not come in time; says which, and what its log ends with.
    pub async fn start(stage: &mut Stage, options: &Options) -> Result<Kit> {
        let ports = match options.port_base {
            Some(base) => Ports::at(base)?,
            None => Ports::free()?,
        };
        let language = options.language;
        let client = panel::client()?;
        stage.folder.write_media(language)?;
        let room = stage
            .folder
            .write_room(ports, language, options.fleet.as_deref())?;
        let policy = Policy::place(&policy_text(&room).await?, &stage.folder.join("policies"))?;
        stage.policy = Some(policy);
        let (camera, button) = start_devices(stage, ports, options.table, client).await?;
        let room_browser = start_room_browser(stage, &room)?;
        let remote_browser = start_remote_browser(stage, language)?;
        let socket = stage.folder.join("run/remote.sock");
        let remote = remote_browser.while_it_runs(Remote::at(&socket, ROOM));
        let remote = remote.await.context("the far end's browser")?;
        stage.folder.write_calendar("")?;
        let words = vec!["run".into(), "--room".into(), room.into()];
        let roomd = stage.start_as(ROOMD, (built("roomd")?, words), WhenDead::Restart)?;
        let panel = Panel::open(ports.panel())?;
        let up = async {
            Ok(panel
                .until("the daemon and its panel", SOON, |_| Ok(()))
                .await?)
        };
        roomd
            .while_it_runs(up)
            .await
            .with_context(|| log_end(stage, ROOMD))?;
        remote
            .join(&folder::conference(ports), HOST_CODE, language.code())
            .await
            .context("the far end going into the conference")?;
        let looker = Looker::at(&remote, ports.panel())
            .await
            .context("looking at the panel")?;
        // Booked only now, so that a slow machine has its half minute, too. The daemon reads each ten seconds.
        let begins = (Utc::now() + BEGINS_IN).trunc_subsecs(0);
        let meetings = folder::meetings(ports, begins, language);
        stage.folder.write_calendar(&meetings)?;
        Ok(Kit {
            ports,
            language,
            begins,
            panel: Arc::new(panel),
            button,
            camera,
            remote: Arc::new(remote),
            looker: Arc::new(looker),
            pictures: match &options.keep {
                Some(folder) => folder.clone(),
                None => beside_the_programs("demo")?,
            },
            roomd,
            room_browser,
        })
    }

    /// The address of the conference.
    pub fn conference(&self) -> String {
        folder::conference(self.ports)
    }

    /// The process id of the room's Chromium itself.
    ///
    /// # Errors
    /// It does not run.
    pub fn chromium(&self) -> Result<i32> {
        let keeper = self.room_browser.pid()?;
        process::below(keeper, |command| {
            command.contains("--remote-debugging-pipe") && !command.contains("--type=")
        })
        .context("the room's Chromium does not run")
    }
}

async fn start_devices(
    stage: &mut Stage,
    ports: Ports,
    table: Table,
    client: reqwest::Client,
) -> Result<(Camera, Button)> {
    let camera_runs = start_camera(stage, ports)?;
    let button_runs = start_button(stage, ports, table)?;
    let camera = Camera::new(client.clone(), ports.camera());
    let button = Button::new(client, ports.button());
    let seen = async { Ok(camera.until("the camera emulator", SOON, |_| true).await?) };
    camera_runs.while_it_runs(seen).await?;
    let seen = async {
        Ok(button
            .until("the table button's page", SOON, |_| true)
            .await?)
    };
    button_runs.while_it_runs(seen).await?;
    Ok((camera, button))
}

fn log_end(stage: &Stage, name: &str) -> String {
    let log = stage.folder.log(name);
    format!("{} ends with:\n{}", log.display(), process::tail(&log))
}

async fn policy_text(room: &Path) -> Result<String> {
    let asked = tokio::process::Command::new(built("roomd")?)
        .arg("policy")
        .arg(room)
        .output()
        .await
        .context("asking roomd for Chromium's policy")?;
    if !asked.status.success() {
        bail!(
            "roomd gives no policy: {}",
            String::from_utf8_lossy(&asked.stderr)
        );
    }
    String::from_utf8(asked.stdout).context("reading Chromium's policy")
}

fn start_button(stage: &mut Stage, ports: Ports, table: Table) -> Result<Pulse> {
    let program = match table {
        Table::Button => "table-button",
        Table::Chip => "chip-button",
    };
    let words = vec![
        "--link".into(),
        stage.folder.join("kit/table").into(),
        "--listen".into(),
        ports.button().to_string().into(),
    ];
    stage.start(BUTTON, program, words)
}

fn start_camera(stage: &mut Stage, ports: Ports) -> Result<Pulse> {
    let words = vec![
        "--link".into(),
        stage.folder.join("kit/front").into(),
        "--picture".into(),
        stage.folder.join("kit/camera.y4m").into(),
        "--listen".into(),
        ports.camera().to_string().into(),
    ];
    stage.start(CAMERA, "visca-camera", words)
}

/// As the board's own unit does: the daemon knows from the room's file how its browser is to be started.
fn start_room_browser(stage: &mut Stage, room: &Path) -> Result<Pulse> {
    let profiles = stage.folder.join("profiles").join(ROOM_BROWSER);
    let words = [
        "keeper".into(),
        "--room".into(),
        room.into(),
        "--".into(),
        "--profile-dir".into(),
        profiles.into(),
    ];
    stage.start_browser(ROOM_BROWSER, "roomd", words.into())
}

fn start_remote_browser(stage: &mut Stage, language: Language) -> Result<Pulse> {
    let folder = &stage.folder;
    let speaks = match language {
        Language::De => "de-DE",
        Language::En => "en-GB",
    };
    let words = [
        ("--socket", folder.join("run/remote.sock").into()),
        (
            "--profile-dir",
            folder.join("profiles").join(REMOTE_BROWSER).into(),
        ),
        ("--window", OsString::from("headless")),
        ("--size", "1280x720".into()),
        ("--language", speaks.into()),
        ("--fake-camera", folder.join("kit/remote.y4m").into()),
        ("--fake-microphone", folder.join("kit/remote.wav").into()),
    ];
    let words = words
        .into_iter()
        .flat_map(|(name, value)| [name.into(), value])
        .collect();
    stage.start_browser(REMOTE_BROWSER, "browser-keeper", words)
}

/// A program of this build: beside this one, or beside its folder when this is a test.
///
/// # Errors
/// It is not built; says how.
pub fn built(name: &str) -> Result<PathBuf> {
    let me = std::env::current_exe().context("finding this program")?;
    let found = me
        .ancestors()
        .skip(1)
        .take(2)
        .map(|folder| folder.join(name))
        .find(|file| file.is_file());
    found.with_context(|| format!("{name} is not built; daemon/demo builds all, and starts this"))
}

/// A folder beside those of the build's programs.
fn beside_the_programs(name: &str) -> Result<PathBuf> {
    let roomd = built(ROOMD)?;
    let target = roomd.parent().and_then(Path::parent);
    let folder = target
        .context("programs lie in a folder of a folder")?
        .join(name);
    std::fs::create_dir_all(&folder).with_context(|| format!("making {}", folder.display()))?;
    Ok(folder)
}

fn log_filter() -> String {
    std::env::var("RUST_LOG").unwrap_or_else(|_| "info".to_owned())
}

/// Waits until the daemon answers that its loop turns.
///
/// # Errors
/// Not in time.
pub async fn healthy(ports: Ports, limit: Duration) -> Result<()> {
    let client = panel::client()?;
    let address = format!("http://{}/healthz", ports.panel());
    until("a healthy daemon", limit, async || {
        match client.get(&address).send().await {
            Ok(answer) if answer.status().is_success() => Ok(()),
            Ok(answer) => Err(answer.status().to_string()),
            Err(error) => Err(error.to_string()),
        }
    })
    .await?;
    info!("the daemon is healthy");
    Ok(())
}
