//! Measures what the project promises in numbers, in one run with the peer or the limit it is held against.
//! Owns command line and report; each measure has a file of its own. Judges nothing.

mod fleet;
mod fleet_day;
mod heads;
mod idle;
mod join;
mod panel;
mod proving;
mod resting;
mod sip;
mod small_panel;
mod sound;
mod stop;
mod store;

use anyhow::{Context, Result};
use clap::Parser;
use demo_kit::folder::Language;
use demo_kit::kit::{Kit, Options, Stage, Table};
use serde_json::{Value, json};
use std::path::PathBuf;

/// Measures the real daemon in the simulated kit and prints one JSON object. Run it on a machine that does nothing else.
#[derive(Parser)]
struct Cli {
    /// How often each way of joining is timed.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// How many presses the panel answers.
    #[arg(long, default_value_t = 500)]
    presses: usize,
    /// How many stops go over the wire.
    #[arg(long, default_value_t = 200)]
    stops: usize,
    /// How many commands a camera head is given, by each library.
    #[arg(long, default_value_t = 200)]
    commands: usize,
    /// A Python that has visca_over_ip and pyvisca; without it no peer of theirs is timed.
    #[arg(long)]
    python: Option<PathBuf>,
    /// Measure camera heads alone.
    #[arg(long)]
    heads_only: bool,
    /// Measure the room's sound alone.
    #[arg(long)]
    sound_only: bool,
    /// How often each way of sound is timed.
    #[arg(long, default_value_t = 50)]
    sounds: usize,
    /// Measure what the daemon costs at rest with four heads, a button and two displays, and nothing else.
    #[arg(long)]
    idle: bool,
    /// For how many seconds the daemon is watched at rest.
    #[arg(long, default_value_t = 30)]
    rest: u64,
    /// How many calls by SIP are made.
    #[arg(long, default_value_t = 50)]
    calls: usize,
    /// Measure calls by SIP and nothing else.
    #[arg(long)]
    only_sip: bool,
    /// Measure IT's server with many rooms and nothing else.
    #[arg(long)]
    fleet_only: bool,
    /// How many rooms.
    #[arg(long, default_value_t = 10_000)]
    fleet_rooms: u32,
    /// For how many seconds they are watched at one sample a minute.
    #[arg(long, default_value_t = 60)]
    fleet_steady: u64,
    /// Have that many rooms live a working day at IT's server instead, with its file and over NATS, and nothing else: so many
    /// simulated seconds in a real one.
    #[arg(long, value_name = "SPEED")]
    fleet_day: Option<u32>,
    /// The server's program, when it is not beside this one; beside it is this one, built as it is.
    #[arg(long)]
    fleetd: Option<PathBuf>,
    /// Echo what is said on lines of the server with this state folder, and nothing else; measures start this themselves.
    #[arg(long, hide = true, value_name = "FOLDER")]
    echo: Option<PathBuf>,
    /// Measure the fleet server's stores and nothing else.
    #[arg(long)]
    store_only: bool,
    /// How much each store is given to keep.
    #[arg(long, default_value_t = 2_000)]
    writes: usize,
    /// The folder with the scripts and their `node_modules`; without it no peer is timed, and no page in Chromium.
    #[arg(long)]
    peer: Option<PathBuf>,
}

fn main() -> Result<()> {
    let cli = Cli::parse();
    if let Some(state) = &cli.echo {
        let runtime = tokio::runtime::Runtime::new().context("starting the runtime")?;
        return runtime.block_on(fleet::echo_for(state));
    }
    // One thread: the kernel ends the kit's programs when the thread that started them ends.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let report = runtime
        .context("starting the runtime")?
        .block_on(measure(cli))?;
    println!("{report:#}");
    Ok(())
}

async fn measure(cli: Cli) -> Result<Value> {
    if cli.heads_only {
        return heads(&cli).await;
    }
    if cli.sound_only {
        return sound(&cli).await;
    }
    if let Some(speed) = cli.fleet_day {
        let rooms = cli.fleet_rooms;
        let extent = fleet_day::Extent { rooms, speed };
        let day = fleet_day::measure(cli.fleetd.clone(), extent).await;
        return Ok(json!({ "fleet_day": day.context("the fleet's day")? }));
    }
    if cli.fleet_only {
        return fleet(&cli).await;
    }
    if cli.idle {
        let resting = resting::measure(cli.rest).await;
        return Ok(json!({ "at_rest_with_devices": resting.context("the daemon at rest")? }));
    }
    if cli.store_only {
        return stores(&cli).await;
    }
    let sip = sip::measure(cli.calls).await.context("calls by SIP")?;
    if cli.only_sip {
        return Ok(json!({ "sip_ms": sip }));
    }
    let sound = sound(&cli).await?;
    let heads = heads(&cli).await?;
    let resting = resting::measure(cli.rest).await;
    let resting = resting.context("the daemon at rest with devices")?;
    let mut stage = Stage::set(None)?;
    let measured = in_the_kit(&cli, &mut stage).await;
    let struck = stage.strike().await;
    let mut report = measured?;
    struck?;
    report["fleet"] = fleet(&cli).await?;
    report["sip_ms"] = sip;
    report["at_rest_with_devices"] = resting;
    report["small_panel"] = small_panel::redraw(cli.presses).context("the small panel")?;
    let stores = stores(&cli).await?;
    for part in [heads, sound, stores] {
        if let (Some(report), Value::Object(part)) = (report.as_object_mut(), part) {
            report.extend(part);
        }
    }
    Ok(report)
}

async fn fleet(cli: &Cli) -> Result<Value> {
    let extent = (cli.fleet_rooms, cli.fleet_steady);
    let measured = fleet::measure(cli.fleetd.clone(), extent, cli.peer.as_deref());
    measured.await.context("the fleet")
}

async fn sound(cli: &Cli) -> Result<Value> {
    let (sounds, rest) = (cli.sounds, cli.rest);
    // The fall-back's owner runs beside what waits for it, on threads of its own.
    let measured = tokio::task::spawn_blocking(move || {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build();
        runtime?.block_on(sound::measure(sounds, rest))
    });
    let measured = measured.await.context("a bug in the bench")?;
    Ok(json!({ "sound": measured.context("the room's sound")? }))
}

async fn stores(cli: &Cli) -> Result<Value> {
    let measured = store::measure(cli.writes).await;
    Ok(json!({ "fleet_store": measured.context("the fleet server's stores")? }))
}

async fn heads(cli: &Cli) -> Result<Value> {
    let stop = stop::on_the_wire(cli.stops)
        .await
        .context("the stop on the wire")?;
    let chain = heads::stop_on_a_chain(cli.stops)
        .await
        .context("the stop on a chain")?;
    let commands = heads::commands_a_second(cli.commands, cli.python.as_deref())
        .await
        .context("commands to a head")?;
    Ok(json!({
        "stop_on_wire_9600_baud_ms": stop,
        "stop_on_chain_with_a_silent_camera_ms": chain,
        "commands_a_second": commands,
    }))
}

async fn in_the_kit(cli: &Cli, stage: &mut Stage) -> Result<Value> {
    let options = Options {
        keep: None,
        language: Language::De,
        port_base: None,
        table: Table::Button,
        fleet: None,
    };
    let kit = Kit::start(stage, &options).await?;
    // First of all, while nothing is booked for long: later the room has a page prepared.
    join::book(&kit, stage.folder(), cli.rounds).await?;
    let panel = panel::answers(&kit, cli.presses)
        .await
        .context("the panel's answers")?;
    let idle = idle::watch(&kit, cli.rest)
        .await
        .context("the daemon at rest")?;
    let join = join::compare(&kit, cli.rounds, cli.peer.as_deref())
        .await
        .context("joining")?;
    Ok(json!({ "panel_answer_ms": panel, "roomd_at_rest": idle, "press_to_joined_ms": join }))
}

/// Least, middle, 99th of a hundred, most; of a sorted copy.
fn spread(values: &[f64]) -> Value {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let at = |share: f64| {
        let last = sorted.len().saturating_sub(1);
        sorted
            .get((share * last as f64).round() as usize)
            .copied()
            .unwrap_or(f64::NAN)
    };
    json!({ "n": sorted.len(), "min": at(0.0), "p50": at(0.5), "p99": at(0.99), "max": at(1.0) })
}
