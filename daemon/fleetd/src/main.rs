//! The program: its command line, and wiring of the parts. Owns words and exit codes.

use anyhow::{Context, Result, bail};
use clap::{Parser, Subcommand};
use fleet_proto::TenantId;
use fleetd::audit::verify;
use fleetd::authority::Authority;
use fleetd::fleet::Fleet;
use fleetd::kept;
use fleetd::serve::{first_link, listen, raise_open_files, serve};
use fleetd::store::{Shelf, Sqlite, Store, backup};
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::SystemTime;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tracing_subscriber::EnvFilter;

const ABOUT: &str = "\
Looks after rooms that run roomd: who is enrolled, how each is, how it shall be set, and who did what.

One program, one port, one folder; no other service is needed. The first start prints a link with which the
first administrator chooses a password. Rooms are enrolled by comparing a code; no password is ever typed in a room.

Examples:
  fleetd serve --name fleet.example.de
                           pages, API and rooms on port 8443, everything in /var/lib/fleetd
  fleetd serve --state ./fleet --listen 127.0.0.1:8443 --name localhost
                           to try it on one's own machine
  fleetd authority         the certificate that browsers are to trust
  fleetd invite anna --role operator
                           a link for one more person, or for an administrator who is locked out
  fleetd backup fleet-2026-11-29.db
                           a copy of everything but the authority's key, while the server runs
  fleetd export            rooms and settings as JSON lines, without anything secret
  fleetd audit verify audit.jsonl
                           whether an exported log was changed

Nothing here can open a room's microphone or camera: there is no message for it.

Exit codes: 0 done, 1 failed or a log does not hold, 2 wrong usage.";

/// With fewer open files a fleet of a city does not fit.
const FEW_FILES: u64 = 4096;

#[derive(Parser)]
#[command(name = "fleetd", version, about = "Looks after rooms that run roomd.", long_about = ABOUT)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Args)]
struct State {
    /// The folder of everything that the server keeps; made when it is not there, closed to others.
    #[arg(long, value_name = "DIR", default_value = "/var/lib/fleetd")]
    state: PathBuf,
}

#[derive(Subcommand)]
enum Command {
    /// Runs the server until it is told to stop (SIGTERM or SIGINT).
    Serve {
        #[command(flatten)]
        state: State,
        /// Where to listen, for browsers, programs and rooms alike.
        #[arg(long, value_name = "ADDRESS", default_value = "[::]:8443")]
        listen: SocketAddr,
        /// A host name or address by which browsers and rooms reach the server; may be given several times.
        #[arg(long = "name", value_name = "HOST", required = true)]
        names: Vec<String>,
        /// Whose rooms and people they are: stands in the certificates of rooms and cannot be changed later.
        #[arg(long, value_name = "ID", default_value = "own")]
        tenant: TenantId,
    },
    /// Prints the authority's certificate: for browsers to trust, and to compare.
    Authority {
        #[command(flatten)]
        state: State,
    },
    /// Prints a link for a new account; the server may run meanwhile.
    Invite {
        #[command(flatten)]
        state: State,
        /// The account's name: small letters, digits, dots and hyphens.
        name: String,
        /// What it may do: viewer, helpdesk, installer, operator or admin.
        #[arg(long, value_parser = role)]
        role: fleetd::people::Role,
        /// Whose people; as `serve` was given it.
        #[arg(long, value_name = "ID", default_value = "own")]
        tenant: TenantId,
    },
    /// Copies the store, as it is at one moment, to a new file. Back up `authority.json` once, and keep it as a secret.
    Backup {
        #[command(flatten)]
        state: State,
        /// The copy; nothing may stand there yet.
        to: PathBuf,
    },
    /// Prints rooms and settings as JSON lines, to read, compare or keep beside a backup. Nothing secret is in it.
    Export {
        #[command(flatten)]
        state: State,
        /// Whose; as `serve` was given it.
        #[arg(long, value_name = "ID", default_value = "own")]
        tenant: TenantId,
    },
    /// Works with the log of who did what.
    Audit {
        #[command(subcommand)]
        what: AuditCommand,
    },
}

#[derive(Subcommand)]
enum AuditCommand {
    /// Checks an export: that no line was changed, left out, added or moved. Whether its end was cut off is seen by comparing
    /// the last hash with the one on the server's page.
    Verify {
        /// The exported file.
        file: PathBuf,
    },
    /// Prints the log as JSON lines; the server may run meanwhile.
    Export {
        #[command(flatten)]
        state: State,
        /// Whose log; as `serve` was given it.
        #[arg(long, value_name = "ID", default_value = "own")]
        tenant: TenantId,
    },
}

fn role(word: &str) -> Result<fleetd::people::Role, String> {
    let roles = fleetd::people::Role::ALL.map(fleetd::people::Role::word);
    fleetd::people::Role::of_word(word).ok_or_else(|| format!("one of {}", roles.join(", ")))
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_target(false)
        .init();
    match run(cli.command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<()> {
    match command {
        Command::Serve {
            state,
            listen,
            names,
            tenant,
        } => runtime()?.block_on(run_server(&state.state, listen, names, tenant)),
        Command::Authority { state } => authority(&state.state),
        Command::Invite {
            state,
            name,
            role,
            tenant,
        } => runtime()?.block_on(invite(&state.state, &tenant, name, role)),
        Command::Backup { state, to } => {
            let file = store_file(&state.state)?;
            backup(&file, &to)
                .with_context(|| format!("copying {} to {}", file.display(), to.display()))
        }
        Command::Export { state, tenant } => runtime()?.block_on(export(&state.state, &tenant)),
        Command::Audit {
            what: AuditCommand::Verify { file },
        } => check_log(&file),
        Command::Audit {
            what: AuditCommand::Export { state, tenant },
        } => runtime()?.block_on(export_log(&state.state, &tenant)),
    }
}

fn runtime() -> Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("starting the runtime")
}

fn store_file(state: &Path) -> Result<PathBuf> {
    let file = state.join("fleet.db");
    match file.is_file() {
        true => Ok(file),
        false => bail!(
            "{}: no fleet server has kept anything here; is --state right?",
            state.display()
        ),
    }
}

fn opened(state: &Path) -> Result<Arc<dyn Store>> {
    let file = store_file(state)?;
    let store = Sqlite::open(&file).with_context(|| format!("opening {}", file.display()))?;
    Ok(Arc::new(store))
}

async fn run_server(
    state: &Path,
    address: SocketAddr,
    names: Vec<String>,
    tenant: TenantId,
) -> Result<()> {
    kept::folder(state).with_context(|| format!("the state folder {}", state.display()))?;
    let held = kept::hold(state).with_context(|| format!("holding {}", state.display()))?;
    let Some(_held) = held else {
        bail!("{}: another fleetd serves this folder", state.display());
    };
    let authority = Authority::open(state, &names, SystemTime::now())
        .context("opening the certificate authority")?;
    let file = state.join("fleet.db");
    let store = Sqlite::open(&file).with_context(|| format!("opening {}", file.display()))?;
    let files = raise_open_files().context("asking for more open files")?;
    if files < FEW_FILES {
        tracing::warn!(
            files,
            "the system gives few open files: each connected room takes one"
        );
    }
    let first = names.first().cloned().unwrap_or_default();
    let fleet = Fleet::begin(Arc::new(store), authority, tenant, names)
        .await
        .context("beginning with what the store holds")?;
    let listener = listen(address).with_context(|| format!("listening at {address}"))?;
    let port = listener
        .local_addr()
        .context("the listener's own address")?
        .port();
    let fleet = Arc::new(fleet);
    let base = format!("https://{first}:{port}");
    let mut out = std::io::stdout();
    writeln!(out, "fleetd serves {base}/").context("writing to the terminal")?;
    if let Some(path) = first_link(&fleet)
        .await
        .context("inviting the first administrator")?
    {
        writeln!(out, "first administrator, once: {base}{path}")
            .context("writing to the terminal")?;
    }
    out.flush().context("writing to the terminal")?;
    let stop = CancellationToken::new();
    let mut term = signal(SignalKind::terminate()).context("listening for signals")?;
    let mut int = signal(SignalKind::interrupt()).context("listening for signals")?;
    let asked = stop.clone();
    tokio::spawn(async move {
        tokio::select! { _ = term.recv() => {}, _ = int.recv() => {} }
        asked.cancel();
    });
    serve(fleet, listener, stop).await.context("serving")
}

fn authority(state: &Path) -> Result<()> {
    store_file(state)?;
    let authority =
        Authority::open(state, &[], SystemTime::now()).context("opening the authority")?;
    print!("{}", authority.ca_pem());
    Ok(())
}

async fn invite(
    state: &Path,
    tenant: &TenantId,
    name: String,
    role: fleetd::people::Role,
) -> Result<()> {
    let store = opened(state)?;
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

/// Kinds of documents that an export has: nothing by which somebody or something is known to the server.
const EXPORTED: [&str; 3] = ["rooms", "templates", "desired"];

async fn export(state: &Path, tenant: &TenantId) -> Result<()> {
    let store = opened(state)?;
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

async fn export_log(state: &Path, tenant: &TenantId) -> Result<()> {
    let store = opened(state)?;
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
