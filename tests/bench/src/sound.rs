//! The room's sound on null devices, by samples: closing the microphone, both ways through the graph, a device that goes, a reset,
//! and what metering and cancelling cost. Needs PipeWire and no card; a card adds its own period, which the lab measures.

use crate::proving;
use anyhow::{Context, Result, bail, ensure};
use drv_audio::canceller::{Also, Canceller, FRAME};
use drv_audio::graph::PipewireGraph;
use drv_audio::graph::conf::NullDevice;
use drv_audio::meter::{Ear, Echo, Meter, RATE};
use drv_audio::ports::{
    CardFact, CardOrder, Cards, Direction, Found, Graph, GraphFact, GraphOrder, Role,
};
use drv_audio::{Levels, SoundConfig, SoundDevice, Told, Wanted, channel, supervise};
use rig::probe::{Probe, now};
use rig::{Server, null};
use room_core::ids::SoundId;
use room_core::units::{Percent, Switch};
use serde_json::{Value, json};
use std::fs;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep, timeout};

#[path = "../../../daemon/drv-audio/tests/rig/mod.rs"]
pub mod rig;

const PATIENCE: Duration = Duration::from_secs(20);
/// Samples come by turns: of one that was heard, the last sample is due so many nanoseconds after its first.
const TURN: u64 = 10_000_000;

/// All of it; `rounds` of each latency.
pub async fn measure(rounds: usize, seconds: u64) -> Result<Value> {
    Ok(json!({
        "mute_to_last_sample_ms": limit(30.0, mute(rounds).await?),
        "capture_path_ms": limit(30.0, way(rounds, "table", "room-microphone").await?),
        "playback_path_ms": limit(30.0, way(rounds, "room-loudspeaker", "wall").await?),
        "device_gone_to_next_one_heard_ms": limit(1000.0, fallback(rounds.min(10)).await?),
        "reset_to_heard_again_ms": limit(2000.0, reset(rounds.min(10)).await?),
        "metering_percent_of_a_core": metering(seconds).await?,
        "canceller_percent_of_a_core": limit(2.0, canceller()?),
        "echo_loss_after_two_seconds_db_at_least": limit(40.0, proving::echo_loss()?),
        "check_of_a_pair_s": limit(4.0, proving::pair(rounds.min(5)).await?),
    }))
}

fn limit(limit: f64, measured: Value) -> Value {
    json!({ "limit": limit, "measured": measured })
}

fn millis(from: u64, to: u64) -> f64 {
    to.saturating_sub(from) as f64 / 1e6
}

struct Stage {
    server: Server,
    graph: PipewireGraph,
}

/// A microphone and a loudspeaker.
fn devices() -> [NullDevice; 2] {
    [
        null("table", Direction::Capture),
        null("wall", Direction::Playback),
    ]
}

impl Stage {
    /// Microphone and loudspeaker in use, the microphone open.
    async fn set() -> Result<Stage> {
        let server = Server::start("sound", &devices()).context("PipeWire is not installed")?;
        Stage::on(server).await
    }

    /// The same where no meter can listen.
    async fn without_meter() -> Result<Stage> {
        let mut server = Server::start("sound", &devices()).context("PipeWire is not installed")?;
        server.kill();
        let socket = server.socket();
        let file = socket.with_file_name("server.conf");
        let text = fs::read_to_string(&file)?;
        let lines = text.lines().filter(|line| !line.contains("pipe-tunnel"));
        fs::write(
            &file,
            lines.map(|line| format!("{line}\n")).collect::<String>(),
        )?;
        server.run();
        Stage::on(server).await
    }

    /// The same on a server that runs.
    async fn on(server: Server) -> Result<Stage> {
        let graph = PipewireGraph::open(server.socket())?;
        let mut stage = Stage { server, graph };
        let all = |fact: &GraphFact| matches!(fact, GraphFact::Nodes(nodes) if nodes.len() == 2);
        let GraphFact::Nodes(nodes) = stage.until(all).await? else {
            bail!("devices");
        };
        let device = |name: &str| -> Option<Found> {
            nodes
                .iter()
                .find(|found| found.id.as_str() == name)
                .cloned()
        };
        let graph = &mut stage.graph;
        graph.order(GraphOrder::Switch(Role::Microphone, Switch::Open));
        graph.order(GraphOrder::Use(Role::Microphone, device("table")));
        graph.order(GraphOrder::Use(Role::Loudspeaker, device("wall")));
        let used = |fact: &GraphFact| matches!(fact, GraphFact::Using(Role::Loudspeaker, Some(_)));
        stage.until(used).await?;
        Ok(stage)
    }

    async fn until(&mut self, wanted: impl Fn(&GraphFact) -> bool) -> Result<GraphFact> {
        let seek = async {
            loop {
                let fact = self.graph.next().await.context("the graph's thread")?;
                if wanted(&fact) {
                    return Ok(fact);
                }
            }
        };
        timeout(PATIENCE, seek).await.context("nothing comes")?
    }

    fn probes(&self, from: &str, to: &str) -> Result<(Probe, Probe)> {
        let socket = self.server.socket();
        let (mouth, ear) = (Probe::mouth(&socket, from), Probe::ear(&socket, to));
        mouth.tone(0.1);
        ear.first().context("nothing is heard")?;
        Ok((mouth, ear))
    }
}

/// Any time within a turn of the server is as likely.
async fn at_any_time(round: usize) {
    sleep(Duration::from_micros(
        20_000 + (round as u64 * 7_310) % 10_000,
    ))
    .await;
}

async fn mute(rounds: usize) -> Result<Value> {
    let mut stage = Stage::set().await?;
    let (_voice, ear) = stage.probes("table", "room-microphone")?;
    let mut took = Vec::new();
    for round in 0..rounds {
        at_any_time(round).await;
        let told = now();
        for switch in [Switch::Closed, Switch::Open] {
            stage
                .graph
                .order(GraphOrder::Switch(Role::Microphone, switch));
            let seen = GraphFact::Switch(Role::Microphone, switch);
            stage.until(|fact| *fact == seen).await?;
            if switch == Switch::Closed {
                ensure!(ear.beats(5), "the conference's stream stands");
                took.push(millis(told, ear.last() + TURN));
                ear.reset();
            }
        }
        ear.first().context("it stays closed")?;
    }
    Ok(crate::spread(&took))
}

async fn way(rounds: usize, from: &str, to: &str) -> Result<Value> {
    let stage = Stage::set().await?;
    let (mouth, ear) = stage.probes(from, to)?;
    mouth.tone(0.0);
    let mut took = Vec::new();
    for _ in 0..rounds {
        ensure!(ear.beats(5), "the ear's stream stands");
        ear.reset();
        let clicked = mouth.click().context("no click")?;
        took.push(millis(clicked, ear.first().context("no click is heard")?));
    }
    Ok(crate::spread(&took))
}

async fn reset(rounds: usize) -> Result<Value> {
    let mut stage = Stage::set().await?;
    let (_mouth, ear) = stage.probes("room-loudspeaker", "wall")?;
    let mut took = Vec::new();
    for round in 0..rounds {
        at_any_time(round).await;
        let told = now();
        stage.graph.order(GraphOrder::Rebuild);
        stage.until(|fact| *fact == GraphFact::Rebuilt).await?;
        ear.reset();
        took.push(millis(
            told,
            ear.first().context("nothing is heard after it")?,
        ));
    }
    Ok(crate::spread(&took))
}

/// Cards of a machine that has none.
struct NoCards(mpsc::UnboundedReceiver<CardFact>);

impl Cards for NoCards {
    fn order(&mut self, _: CardOrder) {}

    async fn next(&mut self) -> Option<CardFact> {
        self.0.recv().await
    }
}

async fn fallback(rounds: usize) -> Result<Value> {
    let mut took = Vec::new();
    for _ in 0..rounds {
        let nulls = ["wall", "spare"].map(|name| null(name, Direction::Playback));
        let server = Server::start("fallback", &nulls).context("PipeWire is not installed")?;
        let wish = |name: &str| SoundDevice {
            id: SoundId::new(name),
            wanted: Wanted {
                link: None,
                label: Some(name.to_owned()),
            },
        };
        let config = SoundConfig {
            microphones: Vec::new(),
            loudspeakers: vec![wish("wall"), wish("spare")],
            second: None,
            volume_limit: Percent::new(100),
        };
        let (_handle, mut inbox) = channel();
        let (events, mut told) = mpsc::channel(64);
        let (levels, _heard) = watch::channel(Levels::default());
        let (_cards, facts) = mpsc::unbounded_channel();
        let ports = (NoCards(facts), PipewireGraph::open(server.socket())?);
        let told_to = Told { events, levels };
        let owner =
            tokio::spawn(async move { supervise(config, ports, &mut inbox, told_to).await });
        tokio::spawn(async move { while told.recv().await.is_some() {} });
        let socket = server.socket();
        let mouth = Probe::mouth(&socket, "room-loudspeaker");
        let [wall, spare] = ["wall", "spare"].map(|name| Probe::ear(&socket, name));
        mouth.tone(0.1);
        wall.first().context("nothing is heard")?;
        let gone = now();
        server.destroy("wall");
        let heard = spare.first();
        took.push(millis(gone, heard.context("the next one stays silent")?));
        owner.abort();
    }
    Ok(crate::spread(&took))
}

/// Between two changes of what is measured.
const SLICE: u64 = 3;

/// The arithmetic alone; and all that metering costs: what a server and the daemon's thread that keeps its graph do while both roles
/// sound, less what they do in the same room when the server has no pipes for a meter. In turn, since a machine's speed changes.
async fn metering(seconds: u64) -> Result<Value> {
    let alone = arithmetic()?;
    let (mut with, mut without) = (Costs::default(), Costs::default());
    for _ in 0..seconds.div_ceil(2 * SLICE) {
        with.add(&Stage::set().await?).await?;
        without.add(&Stage::without_meter().await?).await?;
    }
    let [with_graph, without_graph] = [with.graph, without.graph].map(middle);
    let [with_server, without_server] = [with.server, without.server].map(middle);
    Ok(json!({
        "limit": 0.5,
        "arithmetic": alone,
        "the_graphs_thread": { "with": with_graph, "without": without_graph },
        "the_server": { "with": with_server, "without": without_server },
        "all_of_metering": with_graph + with_server - without_graph - without_server,
        "load_of_the_machine": fs::read_to_string("/proc/loadavg")?.trim(),
    }))
}

/// What a room costs in which both roles sound, in percent of a core, slice by slice.
#[derive(Default)]
struct Costs {
    graph: Vec<f64>,
    server: Vec<f64>,
}

impl Costs {
    async fn add(&mut self, stage: &Stage) -> Result<()> {
        let (_voice, _ear) = stage.probes("table", "room-microphone")?;
        let (_far, _wall) = stage.probes("room-loudspeaker", "wall")?;
        // Whatever only happens at the start is over.
        rest(1).await;
        let process = stage.server.id().to_string();
        let own = || thread_time(SELF, Some("sound-graph"));
        let its = || thread_time(&process, None);
        let (own_before, its_before) = (own()?, its()?);
        let span = rest(SLICE).await;
        self.graph.push(share(own()? - own_before, span));
        self.server.push(share(its()? - its_before, span));
        Ok(())
    }
}

fn middle(mut shares: Vec<f64>) -> f64 {
    shares.sort_by(f64::total_cmp);
    shares[shares.len() / 2]
}

/// Time itself is measured here.
async fn rest(seconds: u64) -> Duration {
    let began = Instant::now();
    sleep(Duration::from_secs(seconds)).await;
    began.elapsed()
}

/// Percent of one core.
fn share(used: Duration, of: Duration) -> f64 {
    100.0 * used.as_secs_f64() / of.as_secs_f64()
}

/// One second of one channel of a microphone and of two of a loudspeaker: noise that comes and goes as speech does.
fn speech() -> (Vec<f32>, Vec<f32>) {
    let mut state = 7_u32;
    let mut noise = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / 16_777_216.0 - 0.5
    };
    let near = (0..RATE)
        .map(|n| noise() * (n / 9_600 % 2) as f32 * 0.2 + noise() * 1e-3)
        .collect();
    let far = (0..2 * RATE)
        .map(|n| noise() * (n / 14_400 % 2) as f32 * 0.2)
        .collect();
    (near, far)
}

fn arithmetic() -> Result<f64> {
    const SECONDS: usize = 60;
    let (near, far) = speech();
    let mut microphone = Meter::new(Ear::Microphone, 1);
    let mut loudspeaker = Meter::new(Ear::Loudspeaker, 2);
    let mut echo = Echo::new();
    let before = own_time()?;
    for _ in 0..SECONDS {
        for (near, far) in near.chunks(4_800).zip(far.chunks(9_600)) {
            microphone.hear(near);
            loudspeaker.hear(far);
            echo.hear(near, far, 2);
        }
    }
    let used = own_time()?.saturating_sub(before);
    Ok(100.0 * used.as_secs_f64() / SECONDS as f64)
}

/// Echo and noise taken out, and gain besides, as in the room's own process.
fn canceller() -> Result<Value> {
    const SECONDS: usize = 60;
    let (near, far) = speech();
    let cost = |gain| -> Result<f64> {
        let mut canceller = Canceller::new(Also { noise: true, gain });
        let before = own_time()?;
        for _ in 0..SECONDS {
            let frames = far.as_chunks::<FRAME>().0.iter();
            for (far, near) in frames.zip(near.as_chunks::<FRAME>().0) {
                canceller.clean(far, &mut near.to_owned());
            }
        }
        let used = own_time()?.saturating_sub(before);
        Ok(100.0 * used.as_secs_f64() / SECONDS as f64)
    };
    Ok(json!({ "with_noise": cost(false)?, "with_noise_and_gain": cost(true)? }))
}

const SELF: &str = "self";

/// Processor time of a process: of its threads of that name, or of all.
fn thread_time(process: &str, name: Option<&str>) -> Result<Duration> {
    let mut sum = Duration::ZERO;
    for task in fs::read_dir(format!("/proc/{process}/task"))? {
        let task = task?.path();
        let called = fs::read_to_string(task.join("comm"))?;
        if name.is_none_or(|name| called.trim() == name) {
            sum += scheduled(&fs::read_to_string(task.join("schedstat"))?)?;
        }
    }
    Ok(sum)
}

fn own_time() -> Result<Duration> {
    scheduled(&fs::read_to_string("/proc/thread-self/schedstat")?)
}

fn scheduled(schedstat: &str) -> Result<Duration> {
    let nanos = schedstat.split(' ').next().context("a figure")?;
    Ok(Duration::from_nanos(nanos.parse()?))
}
