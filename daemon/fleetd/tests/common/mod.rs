//! A server of its own, people with browsers' headers, and rooms with real keys over real TLS. Knows no story.
#![allow(dead_code, unused_imports, reason = "each test file uses its part")]

mod person;
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

pub struct Rig {
    pub fleet: Arc<Fleet>,
    pub at: SocketAddr,
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
        provider();
        let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
        let authority = Authority::open(folder.path(), &names, SystemTime::now()).unwrap();
        let store = open(folder.path());
        let tenant = "own".parse().unwrap();
        let fleet = Fleet::begin(store, authority, tenant, names).await.unwrap();
        let fleet = Arc::new(fleet);
        let listener = listen("127.0.0.1:0".parse().unwrap()).unwrap();
        let at = listener.local_addr().unwrap();
        let stop = CancellationToken::new();
        let served = {
            let (fleet, stop) = (Arc::clone(&fleet), stop.clone());
            tokio::spawn(async move { serve(fleet, listener, stop).await.unwrap() })
        };
        Rig {
            fleet,
            at,
            stop,
            served,
            folder,
        }
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
        format!("https://{}", self.at)
    }

    /// A room that is taken in, on a site.
    pub async fn room(&self, id: &str, site: &str) -> TestRoom {
        let mut room = TestRoom::new(self.at, id);
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
