//! The demo: sets the stage, plays the story or lets a person play it, and leaves nothing behind.
//! Owns words and exit codes; the kit and the story are the library's.

use anyhow::{Context, Result, bail};
use clap::Parser;
use demo_kit::fleet::{Fleet, Pace};
use demo_kit::folder::Language;
use demo_kit::kit::{Kit, Options, Stage, Table};
use demo_kit::ports::Ports;
use demo_kit::report::{Report, Scribe};
use demo_kit::server::{self, Shows};
use demo_kit::{guide, story};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;
use tokio::time::timeout;
use tracing_subscriber::EnvFilter;

/// The story's steps have limits of their own; this one is for what nobody thought of.
const STORY_LIMIT: Duration = Duration::from_secs(300);

/// The real daemon in a simulated room: a calendar with a meeting that begins in half a minute, a camera head, a table
/// button, and a far end with picture and voice.
///
/// Without options it prints where to look and what to press, and ends everything at Ctrl-C.
#[derive(Parser)]
#[command(name = "demo-kit", version)]
struct Cli {
    /// Play the story by itself and end with one line of JSON on standard output; exit code 0 only when every step was seen.
    #[arg(long)]
    once: bool,
    /// Keep files and logs in this folder, which must be new or empty.
    #[arg(long, value_name = "FOLDER")]
    keep: Option<PathBuf>,
    /// The language of room and story.
    #[arg(long, value_enum, default_value = "de")]
    language: Language,
    /// Take the table button's real image in an emulated chip instead of the emulated button; `firmware/build` makes it.
    #[arg(long)]
    puck: bool,
    /// Start IT's server, too, take the room in, and have 200 more rooms live a working day at high speed.
    #[arg(long)]
    fleet: bool,
    /// The first of five neighbouring ports for the pages [default: the first free block from 8180 on].
    #[arg(long, value_name = "PORT")]
    port_base: Option<u16>,
}

fn main() -> ExitCode {
    tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::try_from_default_env().unwrap_or_else(|_| "warn".into()))
        .with_writer(std::io::stderr)
        .init();
    let cli = Cli::parse();
    // One thread: the kernel ends the kit's programs when the thread that started them ends.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let played = runtime
        .context("starting the runtime")
        .and_then(|runtime| runtime.block_on(run(cli)));
    match played {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("demo: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(cli: Cli) -> Result<bool> {
    let fleet = cli.fleet;
    let options = Options {
        keep: cli.keep,
        language: cli.language,
        port_base: cli.port_base,
        table: match cli.puck {
            true => Table::Chip,
            false => Table::Button,
        },
        fleet: None,
    };
    let mut ended = Ended::listen()?;
    match cli.once {
        true => once(options, fleet, &mut ended).await,
        false => stay(options, fleet, &mut ended).await,
    }
}

/// Plays the story; the report goes out whatever happens.
async fn once(options: Options, fleet: bool, ended: &mut Ended) -> Result<bool> {
    let mut scribe = Scribe::begin();
    let mut stage = Stage::set(options.keep.as_deref())?;
    let logs = stage.folder().logs();
    let outcome = tokio::select! {
        played = timeout(STORY_LIMIT, whole_story(&mut stage, options, fleet, &mut scribe)) => match played {
            Ok(outcome) => outcome,
            Err(_) => Err(anyhow::anyhow!("the whole story took longer than {STORY_LIMIT:?}")),
        },
        by = ended.wait() => Err(anyhow::anyhow!("ended by {by}")),
    };
    let dead = stage.dead();
    let outcome = match (outcome, stage.strike().await) {
        (Ok(()), struck) => {
            scribe.next("ended");
            struck
                .map(|()| scribe.seen("asked to end, the kit left no process and no policy behind"))
        }
        (Err(error), struck) => {
            if let Err(also) = struck {
                eprintln!("at the end, too: {also:#}");
            }
            Err(error)
        }
    };
    let report = scribe.close(outcome, dead, &logs);
    print(&report)?;
    if !report.ok {
        eprintln!(
            "logs are kept in {}",
            stage.keep_folder().join("logs").display()
        );
    }
    Ok(report.ok)
}

async fn whole_story(
    stage: &mut Stage,
    options: Options,
    fleet: bool,
    scribe: &mut Scribe,
) -> Result<()> {
    match fleet {
        true => fleet_story(stage, options, scribe).await,
        false => room_story(stage, &options, scribe).await,
    }
}

/// The room's part is its enrolment; what it does in a call is the other story.
async fn fleet_story(stage: &mut Stage, options: Options, scribe: &mut Scribe) -> Result<()> {
    scribe.next("server-up");
    let fleet = Fleet::start(stage).await?;
    scribe.seen("the fleet server runs, and has printed a link for its first administrator");
    scribe.next("kit-up");
    let options = fleet.of(options);
    let _kit = Kit::start(stage, &options).await?;
    scribe.seen("camera, button, browsers and daemon run");
    fleet.play(stage, scribe).await
}

async fn room_story(stage: &mut Stage, options: &Options, scribe: &mut Scribe) -> Result<()> {
    scribe.next("kit-up");
    let kit = Kit::start(stage, options).await?;
    scribe.seen("camera, button, browsers and daemon run; the far end is in the conference");
    story::play(&kit, scribe).await
}

fn print(report: &Report) -> Result<()> {
    println!("{}", serde_json::to_string(report)?);
    if let Some(failed) = &report.failed {
        eprintln!(
            "FAILED at {}: wanted {}; instead: {}",
            failed.step, failed.wanted, failed.instead
        );
        failed.dead.iter().for_each(|dead| eprintln!("{dead}"));
    }
    Ok(())
}

/// Lets a person play.
async fn stay(options: Options, fleet: bool, ended: &mut Ended) -> Result<bool> {
    let mut stage = Stage::set(options.keep.as_deref())?;
    let played = tokio::select! {
        played = by_hand(&mut stage, options, fleet) => played,
        by = ended.wait() => {
            eprintln!("\n{by}: ending everything that was started");
            Ok(())
        }
    };
    let struck = stage.strike().await;
    if played.is_err() || struck.is_err() {
        eprintln!(
            "logs are kept in {}",
            stage.keep_folder().join("logs").display()
        );
    }
    played.and(struck)?;
    Ok(true)
}

async fn by_hand(stage: &mut Stage, mut options: Options, fleet: bool) -> Result<()> {
    eprintln!("starting the kit (about ten seconds) ...");
    let fleet = match fleet {
        true => Some(Fleet::start(stage).await?),
        false => None,
    };
    if let Some(fleet) = &fleet {
        options = fleet.of(options);
    }
    let kit = Kit::start(stage, &options).await?;
    println!("{}", places(kit.ports, kit.language));
    if let Some(fleet) = &fleet {
        fleet.take_in(stage).await?;
        fleet.populate(stage, Pace::Day)?;
        println!("{}", fleet.places(kit.language));
    }
    let (hint, hints) = watch::channel(String::new());
    let page = server::serve(Shows {
        ports: kit.ports,
        language: kit.language,
        panel: Arc::clone(&kit.panel),
        remote: Arc::clone(&kit.remote),
        looker: Arc::clone(&kit.looker),
        hint: hints,
    });
    tokio::select! {
        () = guide::follow(&kit.panel, kit.language, hint) => bail!("the panel cannot be followed any more"),
        ended = page => ended,
    }
}

fn places(ports: Ports, language: Language) -> String {
    let (panel, button, camera, kit) = (ports.panel(), ports.button(), ports.camera(), ports.kit());
    match language {
        Language::De => format!(
            "\n  Panel des Raums              http://{panel}/panel\n  Tischtaste                   http://{button}/\n  \
             Alles auf einen Blick        http://{kit}/   (Panel, Tischtaste, Hauptanzeige, Gegenseite)\n  \
             Kamera                       http://{camera}/\n\n  Strg-C beendet alles.\n"
        ),
        Language::En => format!(
            "\n  the room's panel             http://{panel}/panel\n  table button                 http://{button}/\n  \
             everything at a glance       http://{kit}/   (panel, table button, main display, far end)\n  \
             camera                       http://{camera}/\n\n  Ctrl-C ends everything.\n"
        ),
    }
}

/// Signals that end the demo.
struct Ended {
    interrupt: Signal,
    terminate: Signal,
    hang_up: Signal,
}

impl Ended {
    fn listen() -> Result<Ended> {
        Ok(Ended {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hang_up: signal(SignalKind::hangup())?,
        })
    }

    async fn wait(&mut self) -> &'static str {
        tokio::select! {
            _ = self.interrupt.recv() => "Ctrl-C",
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.hang_up.recv() => "SIGHUP",
        }
    }
}
