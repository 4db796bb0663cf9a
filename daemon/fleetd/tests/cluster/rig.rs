//! A real cluster of NATS on the loopback, with the files that `fleetd store-kit` makes and ports of its own; its servers can be killed,
//! stopped and begun again. Knows no test.

use emulators::ports::HeldPort;
use fleetd::store::{Address, Kit, Nats, Node, Store, StoreKey, Way, authority_in};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::env;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;

/// Nothing here takes longer, whatever else the machine does.
pub const LIMIT: Duration = Duration::from_secs(120);

/// The server's program: as `tests/setup` laid it, or the system's where that is new enough. Without one the test is skipped, but not
/// where all are asked for.
pub fn nats_server() -> Option<PathBuf> {
    let target = Path::new(env!("CARGO_BIN_EXE_fleetd")).parent()?.parent()?;
    let own = target.join("nats/nats-server");
    let all = env::var("ROOMD_TESTS").is_ok_and(|what| what == "all");
    assert!(own.is_file() || !all, "tests/setup lays nats-server");
    if !own.is_file() {
        println!("SKIPPED: needs nats-server; tests/setup fetches it");
        return None;
    }
    Some(own)
}

pub struct Cluster {
    program: PathBuf,
    pub folder: TempDir,
    nodes: Vec<Node>,
    children: Vec<Option<Child>>,
    _held: Vec<HeldPort>,
    pub address: String,
}

impl Cluster {
    /// Begins one; `None` when it is skipped.
    pub fn start(count: usize) -> Option<Cluster> {
        // Several crates speak TLS; a second choice could only be the same one.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let program = nats_server()?;
        let folder = tempfile::tempdir().unwrap();
        let held: Vec<_> = (0..2 * count).map(|_| HeldPort::take().unwrap()).collect();
        let nodes: Vec<Node> = held
            .chunks(2)
            .zip(["a", "b", "c"])
            .map(|(ports, name)| Node {
                name: name.to_owned(),
                host: "127.0.0.1".to_owned(),
                client_port: ports[0].port(),
                cluster_port: ports[1].port(),
            })
            .collect();
        let kit = Kit {
            nodes: nodes.clone(),
            etc: None,
            data: None,
        };
        let address = kit.write(&folder.path().join("kit")).unwrap();
        let mut cluster = Cluster {
            program,
            folder,
            children: nodes.iter().map(|_| None).collect(),
            nodes,
            _held: held,
            address,
        };
        for place in 0..count {
            cluster.begin(place);
        }
        Some(cluster)
    }

    fn kit(&self) -> PathBuf {
        self.folder.path().join("kit")
    }

    /// A state folder for one fleetd, with what the kit has for it.
    pub fn state(&self, name: &str) -> PathBuf {
        let state = self.folder.path().join(name);
        fleetd::kept::folder(&state).unwrap();
        for file in ["store.key", "store-ca.pem"] {
            std::fs::copy(self.kit().join("fleetd").join(file), state.join(file)).unwrap();
        }
        state
    }

    pub fn way(&self) -> Way {
        let Ok(Address::Nats(address)) = self.address.parse() else {
            panic!("{}", self.address);
        };
        let fleetd = self.kit().join("fleetd");
        Way {
            address,
            key: StoreKey::read(&fleetd.join("store.key")).unwrap(),
            authority: authority_in(&fleetd),
        }
    }

    /// Opens it as a server of its own would.
    pub async fn store(&self) -> Arc<dyn Store> {
        let end = tokio::time::Instant::now() + LIMIT;
        loop {
            match Nats::open(&self.way()).await {
                Ok(store) => return Arc::new(store),
                Err(error) => assert!(tokio::time::Instant::now() < end, "{error}"),
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    pub fn config(&self, place: usize) -> PathBuf {
        let folder = self.kit().join(&self.nodes[place].name);
        folder.join("nats-server.conf")
    }

    pub fn begin(&mut self, place: usize) {
        let log = self.folder.path().join(format!("nats-{place}.log"));
        let log = File::options().create(true).append(true).open(log).unwrap();
        let child = Command::new(&self.program)
            .arg("-c")
            .arg(self.config(place))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        self.children[place] = Some(child);
    }

    fn signal(&self, place: usize, signal: Signal) {
        if let Some(child) = &self.children[place] {
            kill(Pid::from_raw(child.id() as i32), signal).unwrap();
        }
    }

    /// As a power cut does, but for the disk's own memory.
    pub fn kill(&mut self, place: usize) {
        self.signal(place, Signal::SIGKILL);
        if let Some(mut child) = self.children[place].take() {
            child.wait().unwrap();
        }
    }

    /// Cut off: it neither hears nor says anything, and its lines stay.
    pub fn stop(&self, place: usize) {
        self.signal(place, Signal::SIGSTOP);
    }

    pub fn go_on(&self, place: usize) {
        self.signal(place, Signal::SIGCONT);
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        for place in 0..self.children.len() {
            if self.children[place].is_some() {
                self.kill(place);
            }
        }
    }
}
