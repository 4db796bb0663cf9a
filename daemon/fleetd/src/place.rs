//! Where a server keeps things, as the command line says: opening that, making what a cluster needs, and moving into one.

use anyhow::{Context, Result, bail};
use fleet_proto::TenantId;
use fleetd::authority::Authority;
use fleetd::kept;
use fleetd::store::{Address, Kit, Nats, Node, Sqlite, Store, StoreKey, Way, authority_in, carry};
use std::collections::BTreeSet;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use std::time::SystemTime;

#[derive(clap::Args)]
pub struct State {
    /// The folder of everything that the server keeps; made when it is not there, closed to others.
    #[arg(long, value_name = "DIR", default_value = "/var/lib/fleetd")]
    pub state: PathBuf,
    /// Where rooms, settings, people and logs are kept: `sqlite` is a file in the state folder; `nats://a,b,c` is a cluster of NATS
    /// (2.10.27 or newer) that any number of fleetd share. That needs `store.key` and `store-ca.pem` of `fleetd store-kit` in the
    /// state folder, and nothing else stays there.
    #[arg(long, value_name = "STORE", default_value = "sqlite")]
    pub store: Address,
}

impl State {
    /// A tenant's own, below this one.
    pub fn of(&self, tenant: &TenantId) -> State {
        State {
            state: self.state.join(tenant.as_str()),
            store: self.store.clone(),
        }
    }
}

/// One of several tenants: who, and by which names it is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tenant {
    pub id: TenantId,
    pub names: Vec<String>,
}

impl FromStr for Tenant {
    type Err = String;

    fn from_str(text: &str) -> Result<Tenant, String> {
        let (id, names) = text
            .split_once('=')
            .ok_or("write it as ID=HOST or ID=HOST,HOST")?;
        let names: Vec<String> = names.split(',').map(str::to_ascii_lowercase).collect();
        let is_name = |name: &String| !name.is_empty() && name.parse::<IpAddr>().is_err();
        if !names.iter().all(is_name) {
            return Err("tenants are told apart by host names; an address is none".to_owned());
        }
        let id = id.parse().map_err(|error| format!("{id:?}: {error}"))?;
        Ok(Tenant { id, names })
    }
}

/// Tenants that could not be told apart.
pub fn check_apart(tenants: &[Tenant]) -> Result<()> {
    let mut ids = BTreeSet::new();
    let mut names = BTreeSet::new();
    for tenant in tenants {
        if !ids.insert(tenant.id.as_str()) {
            bail!("--host {}: this tenant is given twice", tenant.id);
        }
        for name in &tenant.names {
            if !names.insert(name) {
                bail!("--host {}={name}: another tenant has this name", tenant.id);
            }
        }
    }
    Ok(())
}

pub fn store_file(state: &Path) -> Result<PathBuf> {
    let file = state.join("fleet.db");
    match file.is_file() {
        true => Ok(file),
        false => bail!(
            "{}: no fleet server has kept anything here; is --state right?",
            state.display()
        ),
    }
}

/// The store that a server has begun.
pub async fn opened(at: &State) -> Result<Arc<dyn Store>> {
    if at.store == Address::Folder {
        store_file(&at.state)?;
    }
    open(at).await
}

pub async fn open(at: &State) -> Result<Arc<dyn Store>> {
    match &at.store {
        Address::Folder => {
            let file = at.state.join("fleet.db");
            let store =
                Sqlite::open(&file).with_context(|| format!("opening {}", file.display()))?;
            Ok(Arc::new(store))
        }
        Address::Nats(address) => {
            let way = Way {
                address: address.clone(),
                key: StoreKey::read(&at.state.join("store.key"))?,
                authority: authority_in(&at.state),
            };
            let store = Nats::open(&way)
                .await
                .context("opening the store in NATS")?;
            Ok(Arc::new(store))
        }
    }
}

pub async fn open_authority(
    at: &State,
    whose: (&Arc<dyn Store>, &TenantId),
    names: &[String],
) -> Result<Authority> {
    let now = SystemTime::now();
    Ok(match &at.store {
        Address::Folder => Authority::open(&at.state, names, now)?,
        Address::Nats(_) => Authority::open_shared(whose, &at.state, names, now).await?,
    })
}

pub fn store_kit(nodes: Vec<Node>, to: &Path, (etc, data): (PathBuf, PathBuf)) -> Result<()> {
    let kit = Kit {
        nodes,
        etc: Some(etc.clone()),
        data: Some(data),
    };
    let store = kit.write(to).context("making the kit")?;
    println!("{} is made:", to.display());
    for node in &kit.nodes {
        let folder = to.join(&node.name);
        println!(
            "  {} goes to {}:{}",
            folder.display(),
            node.host,
            etc.display()
        );
    }
    println!(
        "  {} goes into every fleetd's state folder, by a way that nobody listens to",
        to.join("fleetd").display()
    );
    println!("then, on every machine with fleetd: fleetd serve --store {store} --name NAME");
    println!(
        "Keep {} as you keep a master key: without it nothing in the store can be read.",
        to.join("fleetd/store.key").display()
    );
    Ok(())
}

pub async fn move_to(at: &State, tenant: &TenantId) -> Result<()> {
    if at.store == Address::Folder {
        bail!("say with --store where it goes: nats://a,b,c");
    }
    let file = store_file(&at.state)?;
    let held = kept::hold(&at.state).context("holding the state folder")?;
    let Some(_held) = held else {
        bail!(
            "{}: stop the server that serves this folder first",
            at.state.display()
        );
    };
    let from = Sqlite::open(&file).with_context(|| format!("opening {}", file.display()))?;
    let to = open(at).await?;
    let carried = carry(&from, &*to).await.context("carrying")?;
    open_authority(at, (&to, tenant), &[])
        .await
        .context("carrying the certificate authority")?;
    println!(
        "carried {} documents, {} records and {} files; {} stays as a copy",
        carried.documents,
        carried.records,
        carried.blobs,
        file.display()
    );
    Ok(())
}
