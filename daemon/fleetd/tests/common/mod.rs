//! A server of its own, people with browsers' headers, and rooms with real keys over real TLS. Knows no story.
#![allow(dead_code, unused_imports, reason = "each test file uses its part")]

mod person;
pub mod provider;
pub mod release;
mod room;

pub use person::{Browser, field};
pub use room::{Line, TestRoom, state};

use fleetd::authority::Authority;
use fleetd::fleet::Fleet;
use fleetd::people::{Grant, Invite, PeopleDesk, Right, Role, Second, Signing, Token};
use fleetd::serve::{listen, serve};
use fleetd::store::{Sqlite, Store};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// Nothing here takes longer.
pub const LIMIT: Duration = Duration::from_secs(20);
pub const PASSWORD: &str = "vier Worte im Kopf";

/// By these names tenants of one server are reached; nobody's name service knows them.
pub const TENANTS: [&str; 2] = ["halle.test", "jena.test"];

pub struct Rig {
    pub fleet: Arc<Fleet>,
    pub at: SocketAddr,
    host: String,
    stop: CancellationToken,
    served: JoinHandle<()>,
    pub folder: TempDir,
}

pub fn provider() {
    // Several crates speak TLS; a second choice could only be the same one.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

impl Rig {
    pub async fn start() -> Rig {
        Rig::start_in(tempfile::tempdir().unwrap()).await
    }

    pub async fn start_in(folder: TempDir) -> Rig {
        let fleet = begin(&folder, "own", &["localhost", "127.0.0.1"]).await;
        let (at, stop, served) = spawn(vec![Arc::clone(&fleet)]);
        Rig {
            fleet,
            at,
            host: "127.0.0.1".to_owned(),
            stop,
            served,
            folder,
        }
    }

    /// Both tenants of one server; they end with the first.
    pub async fn tenants() -> [Rig; 2] {
        let folders = TENANTS.map(|_| tempfile::tempdir().unwrap());
        let ids = TENANTS.map(|name| name.split('.').next().unwrap());
        let fleets = [
            begin(&folders[0], ids[0], &TENANTS[..1]).await,
            begin(&folders[1], ids[1], &TENANTS[1..]).await,
        ];
        let (at, stop, served) = spawn(fleets.to_vec());
        let mut served = vec![tokio::spawn(async {}), served];
        let mut parts = fleets.into_iter().zip(TENANTS).zip(folders);
        [(); 2].map(|()| {
            let ((fleet, host), folder) = parts.next().unwrap();
            Rig {
                fleet,
                at,
                host: host.to_owned(),
                stop: stop.clone(),
                served: served.pop().unwrap(),
                folder,
            }
        })
    }

    /// Ends it as a person would; the folder is left for the next one.
    pub async fn end(self) -> TempDir {
        self.stop.cancel();
        tokio::time::timeout(LIMIT, self.served)
            .await
            .unwrap()
            .unwrap();
        self.folder
    }

    /// Somebody who is signed in, in one of the roles, somewhere.
    pub async fn person(&self, name: &str, role: Role, site: Option<&str>) -> Browser {
        let site = site.map(|site| fleetd::rooms::Slug::of(site).unwrap());
        let grants = vec![Grant { role, site }];
        let invite = Invite {
            name: name.to_owned(),
            grants,
        };
        let (people, tenant) = (&self.fleet.people, &self.fleet.tenant);
        let now_ms = self.fleet.now_ms();
        let link = people.invite(tenant, invite, now_ms).await.unwrap();
        let invited = people.invitation(tenant, &link, now_ms).await.unwrap();
        let second = Second::of(&invited.second).unwrap();
        let digits = second.digits(now_ms);
        let signing = Signing {
            name,
            password: PASSWORD,
            digits: &digits,
            from: "127.0.0.1".parse().unwrap(),
            now_ms,
        };
        let cookie = people.accept(tenant, &link, signing).await.unwrap();
        Browser::with(&self.base(), Some(&cookie))
    }

    pub fn stranger(&self) -> Browser {
        Browser::with(&self.base(), None)
    }

    pub fn base(&self) -> String {
        format!("https://{}:{}", self.host, self.at.port())
    }

    /// A room that is taken in, on a site.
    pub async fn room(&self, id: &str, site: &str) -> TestRoom {
        let mut room = TestRoom::new(self.at, id);
        if TENANTS.contains(&self.host.as_str()) {
            room.host = self.host.clone();
        }
        let asked = room.ask().await;
        let approval = fleetd::enrol::Approval {
            room: id.parse().unwrap(),
            name: id.into(),
            place: fleetd::rooms::Place {
                site: fleetd::rooms::Slug::of(site).unwrap(),
                ..Default::default()
            },
            replaces: false,
        };
        let on = fleetd::enrol::Decision {
            tenant: &self.fleet.tenant,
            request: &asked.request,
            now_ms: self.fleet.now_ms(),
        };
        self.fleet.approve(on, approval, "test").await.unwrap();
        assert!(room.fetch(&asked).await, "the room is taken in");
        room
    }
}

async fn begin(folder: &TempDir, tenant: &str, names: &[&str]) -> Arc<Fleet> {
    provider();
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let authority = Authority::open(folder.path(), &names, SystemTime::now()).unwrap();
    let (store, tenant) = (open(folder.path()), tenant.parse().unwrap());
    Arc::new(Fleet::begin(store, authority, tenant, names).await.unwrap())
}

fn spawn(fleets: Vec<Arc<Fleet>>) -> (SocketAddr, CancellationToken, JoinHandle<()>) {
    let listener = listen("127.0.0.1:0".parse().unwrap()).unwrap();
    let at = listener.local_addr().unwrap();
    let stop = CancellationToken::new();
    let stopped = stop.clone();
    let served = tokio::spawn(async move { serve(fleets, listener, stopped).await.unwrap() });
    (at, stop, served)
}

/// A client that finds the tenants.
pub fn client() -> reqwest::ClientBuilder {
    let client = reqwest::Client::builder().tls_danger_accept_invalid_certs(true);
    let here = SocketAddr::from(([127, 0, 0, 1], 0));
    TENANTS
        .iter()
        .fold(client, |client, name| client.resolve(name, here))
}

/// An administrator; the answer is a token for everything.
pub async fn administrator(people: &PeopleDesk) -> String {
    let (tenant, now_ms) = ("own".parse().unwrap(), fleetd::fleet::now_ms());
    let grants = vec![Grant {
        role: Role::Admin,
        site: None,
    }];
    let invite = Invite {
        name: "chief".to_owned(),
        grants,
    };
    let link = people.invite(&tenant, invite, now_ms).await.unwrap();
    let invited = people.invitation(&tenant, &link, now_ms).await.unwrap();
    let digits = Second::of(&invited.second).unwrap().digits(now_ms);
    let signing = Signing {
        name: "chief",
        password: PASSWORD,
        digits: &digits,
        from: "127.0.0.1".parse().unwrap(),
        now_ms,
    };
    people.accept(&tenant, &link, signing).await.unwrap();
    let token = Token {
        name: "test".to_owned(),
        of: "chief".to_owned(),
        scopes: Right::ALL.to_vec(),
        until_ms: i64::MAX,
    };
    people.make_token(&tenant, &token).await.unwrap()
}

pub fn open(folder: &Path) -> Arc<dyn Store> {
    Arc::new(Sqlite::open(&folder.join("fleet.db")).unwrap())
}

/// Waits until something is so.
pub async fn until<F: Future<Output = bool>>(what: &str, mut is: impl FnMut() -> F) {
    let end = tokio::time::Instant::now() + LIMIT;
    while !is().await {
        assert!(tokio::time::Instant::now() < end, "never: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
