//! `fleetd release`: what is printed of signing and publishing. Knows no format.

use crate::command_line::{ReleaseCommand, SigningPlaces};
use crate::place::{State, opened};
use anyhow::{Context, Result};
use chrono::Utc;
use fleet_proto::TenantId;
use fleetd::audit::{Act, Ledger};
use fleetd::rollouts::{Repository, Signing, SigningError};
use std::io::IsTerminal as _;
use std::path::Path;

fn signing(at: &SigningPlaces) -> Signing {
    Signing {
        keys: at.keys.clone(),
        list: at.list.clone(),
    }
}

pub async fn run(command: ReleaseCommand) -> Result<()> {
    let now = Utc::now();
    match command {
        ReleaseCommand::Init { at, root_days } => {
            let days = (i64::from(root_days), i64::from(at.days));
            signing(&at)
                .init(now, days)
                .context("making keys and root")?;
            println!(
                "{} holds the keys: lock it away; whoever has it can change every room",
                at.keys.display()
            );
            println!(
                "{} is what rooms are given as `release_root_file`",
                at.list.join("1.root.json").display()
            );
        }
        ReleaseCommand::Add { at, files } => {
            let added = signing(&at).add(&files, now, at.days.into());
            if let Err(SigningError::Board { problems, .. }) = &added {
                eprintln!("{}", problems.drawn(std::io::stderr().is_terminal()));
            }
            let added = added.context("signing")?;
            added.iter().for_each(|name| println!("{name}"));
        }
        ReleaseCommand::Remove { at, target } => {
            let name = target.parse().context("the release's name")?;
            signing(&at)
                .remove(&name, now, at.days.into())
                .context("signing")?;
        }
        ReleaseCommand::Refresh { at } => signing(&at)
            .refresh(now, at.days.into())
            .context("signing")?,
        ReleaseCommand::Root { at, root_days } => {
            let version = signing(&at)
                .renew_root(now, root_days.into())
                .context("signing")?;
            println!("root {version} is signed");
        }
        ReleaseCommand::Publish {
            state,
            list,
            tenant,
        } => publish(&state, &list, &tenant).await?,
    }
    Ok(())
}

async fn publish(at: &State, list: &Path, tenant: &TenantId) -> Result<()> {
    let store = opened(at).await?;
    let act = Act {
        at_ms: fleetd::fleet::now_ms(),
        who: "command line".to_owned(),
        what: "releases-published",
        to: "releases".to_owned(),
        more: [].into(),
    };
    let ledger = Ledger::new(&store);
    ledger
        .note(tenant, act)
        .await
        .context("noting the publication")?;
    let repository = Repository::new(&store, tenant);
    let published = repository.publish(list, Utc::now()).await;
    let catalogue = published.with_context(|| format!("publishing {}", list.display()))?;
    for release in &catalogue.releases {
        println!("{}", release.target);
    }
    Ok(())
}
