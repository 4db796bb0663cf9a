//! The graph against a real PipeWire server of the test's own: roles, a device that changes in mid-tone, mute, rebuilding, a server
//! that dies. Counts a skip where PipeWire is not installed.

use drv_audio::graph::{PipewireGraph, conf};
use drv_audio::ports::{Direction, Found, Graph, GraphFact, GraphOrder, Role};
use room_core::failure::SoundFailure;
use room_core::units::{Percent, Switch};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

struct Server {
    folder: TempDir,
    child: Option<Child>,
}

impl Server {
    fn start() -> Option<Server> {
        if Command::new("pipewire").arg("--version").output().is_err() {
            assert!(
                std::env::var_os("ROOMD_TESTS").is_none_or(|v| v != "all"),
                "pipewire is not installed"
            );
            println!("SKIPPED: graph: pipewire is not installed");
            return None;
        }
        let folder = tempfile::tempdir().expect("a folder");
        let null = |name: &str, direction| conf::NullDevice {
            name: name.into(),
            title: name.to_uppercase(),
            direction,
        };
        let nulls = [
            null("table", Direction::Capture),
            null("ceiling", Direction::Capture),
            null("wall", Direction::Playback),
        ];
        std::fs::write(folder.path().join("server.conf"), conf::server(&nulls)).expect("written");
        let mut server = Server {
            folder,
            child: None,
        };
        server.run();
        Some(server)
    }

    fn run(&mut self) {
        let child = self
            .command("pipewire")
            .arg("-c")
            .arg(self.folder.path().join("server.conf"))
            .spawn();
        self.child = Some(child.expect("pipewire starts"));
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        let path = self.folder.path();
        command
            .env("PIPEWIRE_RUNTIME_DIR", path)
            .env("XDG_RUNTIME_DIR", path)
            .stderr(Stdio::null());
        command
    }

    fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().expect("it ran");
            child.wait().expect("it ends");
        }
    }

    fn socket(&self) -> PathBuf {
        self.folder.path().join("pipewire-0")
    }

    /// Whether `pw-link` shows a link between two ports.
    fn linked(&self, out: &str, into: &str) -> bool {
        let output = self
            .command("pw-link")
            .args(["-l", "-o"])
            .output()
            .expect("pw-link runs")
            .stdout;
        let text = String::from_utf8_lossy(&output).into_owned();
        let from = text.lines().skip_while(|line| *line != out).skip(1);
        from.take_while(|line| line.starts_with(' '))
            .any(|line| line.ends_with(into))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Facts until one is as wanted; what came instead, when none did in time.
async fn until(graph: &mut PipewireGraph, wanted: impl Fn(&GraphFact) -> bool) -> GraphFact {
    let mut seen = Vec::new();
    loop {
        match tokio::time::timeout(Duration::from_secs(20), graph.next()).await {
            Ok(Some(fact)) if wanted(&fact) => return fact,
            Ok(Some(fact)) => seen.push(fact),
            other => panic!("{other:?} after {seen:#?}"),
        }
    }
}

async fn devices(graph: &mut PipewireGraph) -> impl Fn(&str) -> Option<Found> + use<> {
    let all = |fact: &GraphFact| matches!(fact, GraphFact::Nodes(nodes) if nodes.len() == 3);
    let GraphFact::Nodes(nodes) = until(graph, all).await else {
        panic!("nodes")
    };
    move |name| {
        Some(
            nodes
                .iter()
                .find(|found| found.id.as_str() == name)
                .expect("is there")
                .clone(),
        )
    }
}

fn using(role: Role, name: &str) -> impl Fn(&GraphFact) -> bool {
    move |fact| matches!(fact, GraphFact::Using(r, Some(id)) if *r == role && id.as_str() == name)
}

#[tokio::test(flavor = "multi_thread")]
async fn roles_follow_their_devices_and_outlive_server_and_daemon() {
    let Some(mut server) = Server::start() else {
        return;
    };
    let mut graph = PipewireGraph::open(server.socket()).expect("a thread");
    let device = devices(&mut graph).await;

    graph.order(GraphOrder::Use(Role::Microphone, device("table")));
    graph.order(GraphOrder::Use(Role::Loudspeaker, device("wall")));
    until(&mut graph, using(Role::Loudspeaker, "wall")).await;
    assert!(server.linked("table:monitor_MONO", "room-microphone:input_MONO"));
    assert!(server.linked("room-loudspeaker:monitor_FR", "wall:input_FR"));

    let begin = Instant::now();
    graph.order(GraphOrder::Use(Role::Microphone, device("ceiling")));
    until(&mut graph, using(Role::Microphone, "ceiling")).await;
    let took = begin.elapsed();
    println!("another device after {took:?}");
    assert!(took < Duration::from_secs(1), "{took:?}");

    for switch in [Switch::Closed, Switch::Open] {
        graph.order(GraphOrder::Switch(Role::Microphone, switch));
        until(&mut graph, |fact| {
            *fact == GraphFact::Switch(Role::Microphone, switch)
        })
        .await;
    }
    let half = Percent::new(50);
    graph.order(GraphOrder::Volume(Role::Loudspeaker, half));
    until(&mut graph, |fact| {
        *fact == GraphFact::Volume(Role::Loudspeaker, half)
    })
    .await;

    let begin = Instant::now();
    graph.order(GraphOrder::Rebuild);
    until(&mut graph, |fact| *fact == GraphFact::Rebuilt).await;
    let took = begin.elapsed();
    println!("rebuilt after {took:?}");
    assert!(took < Duration::from_secs(2), "{took:?}");

    server.kill();
    until(&mut graph, |fact| {
        *fact == GraphFact::Down(SoundFailure::ServerGone)
    })
    .await;
    graph.order(GraphOrder::Switch(Role::Microphone, Switch::Closed));
    server.run();
    until(&mut graph, |fact| *fact == GraphFact::Up).await;
    let (mut muted, mut back) = (false, false);
    while !(muted && back) {
        let fact = until(&mut graph, |fact| {
            matches!(fact, GraphFact::Using(..) | GraphFact::Switch(..))
        })
        .await;
        muted |= fact == GraphFact::Switch(Role::Microphone, Switch::Closed);
        back |= using(Role::Microphone, "ceiling")(&fact);
    }

    drop(graph);
    assert!(
        server.linked("ceiling:monitor_MONO", "room-microphone:input_MONO"),
        "a dead daemon takes no link along"
    );
}
