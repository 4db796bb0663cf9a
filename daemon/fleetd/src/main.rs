//! The program: what each command does, by wiring of the parts. Owns exit codes.

mod command_line;
mod place;
mod release;

use anyhow::{Context, Result, bail};
use clap::Parser;
use command_line::{AuditCommand, Cli, Command};
use fleet_proto::TenantId;
use fleetd::audit::verify;
use fleetd::fleet::Fleet;
use fleetd::kept;
use fleetd::serve::{first_link, listen, raise_open_files, serve};
use fleetd::simulate::{Wanted, simulate};
use fleetd::store::{Address, Shelf, backup};
use place::{
    State, Tenant, check_apart, move_to, open, open_authority, opened, store_file, store_kit,
};
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tracing_subscriber::EnvFilter;

/// With fewer open files a fleet of a city does not fit.
const FEW_FILES: u64 = 4096;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_target(false)
        .init();
    match run(cli.command) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<ExitCode> {
    let done: Result<()> = match command {
        Command::Serve {
            state,
            listen,
            names,
            tenant,
            tenants,
        } => {
            check_apart(&tenants)?;
            let served: Vec<(State, Tenant)> = match tenants.is_empty() {
                true => vec![(state, Tenant { id: tenant, names })],
                false => tenants.into_iter().map(|t| (state.of(&t.id), t)).collect(),
            };
            runtime()?.block_on(run_server(served, listen))
        }
        Command::Authority { state, tenant } => runtime()?.block_on(authority(&state, &tenant)),
        Command::Invite {
            state,
            name,
            role,
            tenant,
        } => runtime()?.block_on(invite(&state, &tenant, name, role)),
        Command::StoreKit {
            nodes,
            to,
            etc,
            data,
        } => store_kit(nodes, &to, (etc, data)),
        Command::Token {
            state,
            name,
            role,
            days,
            tenant,
        } => runtime()?.block_on(token(&state, &tenant, (name, role), days)),
        Command::Simulate(wanted) => return simulated(*wanted),
        Command::Backup { state, to } => {
            if state.store != Address::Folder {
                bail!(
                    "a store in NATS is copied by NATS' own means (`nats account backup`); its copy is sealed and needs store.key"
                );
            }
            let file = store_file(&state.state)?;
            backup(&file, &to)
                .with_context(|| format!("copying {} to {}", file.display(), to.display()))
        }
        Command::Move { state, tenant } => runtime()?.block_on(move_to(&state, &tenant)),
        Command::Export { state, tenant } => runtime()?.block_on(export(&state, &tenant)),
        Command::Release { what } => runtime()?.block_on(release::run(what)),
        Command::Audit {
            what: AuditCommand::Verify { file },
        } => check_log(&file),
        Command::Audit {
            what: AuditCommand::Export { state, tenant },
        } => runtime()?.block_on(export_log(&state, &tenant)),
    };
    done.map(|()| ExitCode::SUCCESS)
}

/// The result is one line of JSON; it says by the exit code, too, whether everything was as it shall be.
fn simulated(wanted: Wanted) -> Result<ExitCode> {
    raise_open_files().context("asking for more open files")?;
    let stop = CancellationToken::new();
    let result = runtime()?.block_on(async {
        stop_when_asked(&stop)?;
        let progress = |line: String| eprintln!("{line}");
        let played = simulate(wanted, &stop, progress).await;
        played.context("simulating")
    })?;
    println!("{}", result.line());
    Ok(match result.is_well() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

fn stop_when_asked(stop: &CancellationToken) -> Result<()> {
    let mut term = signal(SignalKind::terminate()).context("listening for signals")?;
    let mut int = signal(SignalKind::interrupt()).context("listening for signals")?;
    let asked = stop.clone();
    tokio::spawn(async move {
        tokio::select! { _ = term.recv() => {}, _ = int.recv() => {} }
        asked.cancel();
    });
    Ok(())
}

fn runtime() -> Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("starting the runtime")
}

/// One tenant's fleet, and its hold on the state folder.
async fn begun(at: &State, tenant: Tenant) -> Result<(Arc<Fleet>, kept::Held)> {
    let state = &at.state;
    kept::folder(state).with_context(|| format!("the state folder {}", state.display()))?;
    let held = kept::hold(state).with_context(|| format!("holding {}", state.display()))?;
    let Some(held) = held else {
        bail!("{}: another fleetd serves this folder", state.display());
    };
    let Tenant { id, names } = tenant;
    let store = open(at).await?;
    let authority = open_authority(at, (&store, &id), &names)
        .await
        .context("opening the certificate authority")?;
    let fleet = Fleet::begin(store, authority, id, names)
        .await
        .context("beginning with what the store holds")?;
    Ok((Arc::new(fleet), held))
}

async fn run_server(served: Vec<(State, Tenant)>, address: SocketAddr) -> Result<()> {
    let files = raise_open_files().context("asking for more open files")?;
    if files < FEW_FILES {
        tracing::warn!(
            files,
            "the system gives few open files: each connected room takes one"
        );
    }
    let (mut fleets, mut holds) = (Vec::new(), Vec::new());
    for (at, tenant) in served {
        let whose = tenant.id.clone();
        let (fleet, held) = begun(&at, tenant)
            .await
            .with_context(|| format!("tenant {whose}"))?;
        fleets.push(fleet);
        holds.push(held);
    }
    let listener = listen(address).with_context(|| format!("listening at {address}"))?;
    let port = listener
        .local_addr()
        .context("the listener's own address")?
        .port();
    let mut said = String::new();
    for fleet in &fleets {
        let first = fleet.names.first().map_or("", String::as_str);
        let base = format!("https://{first}:{port}");
        said += &format!("fleetd serves {base}/\n");
        let link = first_link(fleet).await;
        if let Some(path) = link.context("inviting the first administrator")? {
            said += &format!("first administrator, once: {base}{path}\n");
        }
    }
    let mut out = std::io::stdout();
    out.write_all(said.as_bytes())
        .and_then(|()| out.flush())
        .context("writing to the terminal")?;
    let stop = CancellationToken::new();
    stop_when_asked(&stop)?;
    serve(fleets, listener, stop).await.context("serving")
}

async fn authority(at: &State, tenant: &TenantId) -> Result<()> {
    let store = opened(at).await?;
    let opened = open_authority(at, (&store, tenant), &[]).await;
    let authority = opened.context("opening the authority")?;
    print!("{}", authority.ca_pem());
    Ok(())
}

async fn invite(
    at: &State,
    tenant: &TenantId,
    name: String,
    role: fleetd::people::Role,
) -> Result<()> {
    let store = opened(at).await?;
    let grants = vec![fleetd::people::Grant { role, site: None }];
    let now_ms = fleetd::fleet::now_ms();
    let act = fleetd::audit::Act {
        at_ms: now_ms,
        who: "command line".to_owned(),
        what: "person-invited",
        to: name.clone(),
        more: [("role".to_owned(), role.word().to_owned())].into(),
    };
    let ledger = fleetd::audit::Ledger::new(&store);
    ledger
        .note(tenant, act)
        .await
        .context("noting the invitation")?;
    let link = fleetd::people::PeopleDesk::new(&store)
        .invite(tenant, fleetd::people::Invite { name, grants }, now_ms)
        .await
        .context("inviting")?;
    println!("/welcome?link={link}");
    Ok(())
}

async fn token(
    at: &State,
    tenant: &TenantId,
    (name, role): (String, fleetd::people::Role),
    days: u16,
) -> Result<()> {
    let store = opened(at).await?;
    let now_ms = fleetd::fleet::now_ms();
    let act = fleetd::audit::Act {
        at_ms: now_ms,
        who: "command line".to_owned(),
        what: "token-made",
        to: name.clone(),
        more: [("role".to_owned(), role.word().to_owned())].into(),
    };
    let ledger = fleetd::audit::Ledger::new(&store);
    ledger.note(tenant, act).await.context("noting the token")?;
    let grants = vec![fleetd::people::Grant { role, site: None }];
    let until_ms = now_ms + i64::from(days) * 24 * 3_600_000;
    let invite = fleetd::people::Invite { name, grants };
    let word = fleetd::people::PeopleDesk::new(&store)
        .program(tenant, invite, (now_ms, until_ms))
        .await
        .context("making the token")?;
    println!("{word}");
    Ok(())
}

/// Kinds of documents that an export has: nothing by which somebody or something is known to the server.
const EXPORTED: [&str; 3] = ["rooms", "templates", "desired"];

async fn export(at: &State, tenant: &TenantId) -> Result<()> {
    let store = opened(at).await?;
    let mut out = std::io::stdout().lock();
    for kind in EXPORTED {
        let all = Shelf::<serde_json::Value>::new(&store, kind)
            .all(tenant)
            .await;
        for kept in all.with_context(|| format!("reading {kind}"))? {
            let line = serde_json::json!({ "kind": kind, "name": kept.name, "value": kept.value });
            writeln!(out, "{line}").context("writing the export")?;
        }
    }
    Ok(())
}

async fn export_log(at: &State, tenant: &TenantId) -> Result<()> {
    let store = opened(at).await?;
    let ledger = fleetd::audit::Ledger::new(&store);
    let mut out = std::io::stdout().lock();
    let mut after = 0;
    loop {
        let part = ledger
            .read(tenant, after, 500)
            .await
            .context("reading the log")?;
        let Some(last) = part.last() else {
            return Ok(());
        };
        after = last.sequence;
        for entry in &part {
            writeln!(out, "{}", entry.line()).context("writing the log")?;
        }
    }
}

fn check_log(file: &Path) -> Result<()> {
    let text =
        std::fs::read_to_string(file).with_context(|| format!("reading {}", file.display()))?;
    let whole =
        verify(text.lines()).with_context(|| format!("{} does not hold", file.display()))?;
    println!(
        "{}: entries {} to {} hold; the last hash is {}",
        file.display(),
        whole.first,
        whole.last,
        whole.hash
    );
    Ok(())
}
