//! The words of the command line, and what they teach. Knows no server.

use crate::place::{State, Tenant};
use clap::{Parser, Subcommand};
use fleet_proto::TenantId;
use fleetd::people::Role;
use fleetd::simulate::Wanted;
use fleetd::store::Node;
use std::net::SocketAddr;
use std::path::PathBuf;

const ABOUT: &str = "\
Looks after rooms that run roomd: who is enrolled, how each is, how it shall be set, and who did what.

One program, one port, one folder; no other service is needed. When one machine is not enough, any number of
fleetd share a cluster of NATS (--store) and rooms notice nothing. The first start prints a link with which the
first administrator chooses a password. Rooms are enrolled by comparing a code; no password is ever typed in a room.

People sign in with a local account, or with the one that they have at Keycloak, Entra ID or another OpenID Connect
provider. An administrator sets that up on the page People, \"Sign-in service\"; the redirect URI that the provider has
to know is https://NAME:PORT/sign-in/back, of the first --name and the port of --listen. Local accounts go on working.

Examples:
  fleetd serve --name fleet.example.de
                           pages, API and rooms on port 8443, everything in /var/lib/fleetd
  fleetd serve --state ./fleet --listen 127.0.0.1:8443 --name localhost
                           to try it on one's own machine
  fleetd authority         the certificate that browsers are to trust
  fleetd invite anna --role operator
                           a link for one more person, or for an administrator who is locked out
  fleetd token simulator --role installer > token
                           a token for a program with an account of its own
  fleetd simulate --rooms 200 --server https://localhost:8443 --authority authority.pem --token token --speed 60
                           two hundred rooms that live a working day in 24 minutes; see `fleetd simulate --help`
  fleetd backup fleet-2026-11-29.db
                           a copy of everything but the authority's key, while the server runs
  fleetd export            rooms and settings as JSON lines, without anything secret
  fleetd release init --keys /media/stick --list list
                           keys for signed releases, and the root that rooms are given
  fleetd release add --keys /media/stick --list list zoom.toml
                           signs a sealed service pack
  fleetd release publish --list list
                           puts it on the server, where it is offered ring by ring on the page Releases
  fleetd serve --host halle=fleet.halle.example --host jena=fleet.jena.example
                           two tenants of a service provider on one port, in /var/lib/fleetd/halle and /var/lib/fleetd/jena; for
                           each, the other commands take --state /var/lib/fleetd/halle --tenant halle
  fleetd audit verify audit.jsonl
                           whether an exported log was changed
  fleetd store-kit --node a=nats1.example.de --node b=nats2.example.de --node c=nats3.example.de --to kit
                           files for three servers of NATS, and the key that every fleetd gets
  fleetd move --store nats://nats1.example.de,nats2.example.de,nats3.example.de
                           carries everything of a server alone there
  fleetd serve --store nats://nats1.example.de,nats2.example.de,nats3.example.de --name fleet.example.de
                           one of any number of servers over them

Nothing here can open a room's microphone or camera: there is no message for it.

Exit codes: 0 done, 1 failed or a log does not hold, 2 wrong usage.";

#[derive(Parser)]
#[command(name = "fleetd", version, about = "Looks after rooms that run roomd.", long_about = ABOUT)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Subcommand)]
pub enum Command {
    /// Runs the server until it is told to stop (SIGTERM or SIGINT).
    Serve {
        #[command(flatten)]
        state: State,
        /// Where to listen, for browsers, programs and rooms alike.
        #[arg(long, value_name = "ADDRESS", default_value = "[::]:8443")]
        listen: SocketAddr,
        /// A host name or address by which browsers and rooms reach the server; may be given several times.
        #[arg(
            long = "name",
            value_name = "HOST",
            required_unless_present = "tenants"
        )]
        names: Vec<String>,
        /// Whose rooms and people they are: stands in the certificates of rooms and cannot be changed later.
        #[arg(long, value_name = "ID", default_value = "own")]
        tenant: TenantId,
        /// For a service provider: one of several who share the port and nothing else, as ID=HOST or ID=HOST,HOST; may be given several
        /// times. Each has the folder ID below the state folder, with a store, certificate authority, people and pages of its own, and is
        /// reached by its host names only, never by an address.
        #[arg(long = "host", value_name = "ID=HOST", conflicts_with_all = ["names", "tenant"])]
        tenants: Vec<Tenant>,
    },
    /// Prints the authority's certificate: for browsers to trust, and to compare.
    Authority {
        #[command(flatten)]
        state: State,
        /// Whose; as `serve` was given it.
        #[arg(long, value_name = "ID", default_value = "own")]
        tenant: TenantId,
    },
    /// Prints a link for a new account; the server may run meanwhile.
    Invite {
        #[command(flatten)]
        state: State,
        /// The account's name: small letters, digits, dots and hyphens.
        name: String,
        /// What it may do: viewer, helpdesk, installer, operator or admin.
        #[arg(long, value_parser = role)]
        role: Role,
        /// Whose people; as `serve` was given it.
        #[arg(long, value_name = "ID", default_value = "own")]
        tenant: TenantId,
    },
    /// Prints a token for a program with an account of its own, which nobody signs in with; the server may run meanwhile.
    Token {
        #[command(flatten)]
        state: State,
        /// The account's name: small letters, digits, dots and hyphens.
        name: String,
        /// What it may do: viewer, helpdesk, installer, operator or admin.
        #[arg(long, value_parser = role)]
        role: Role,
        /// For so many days.
        #[arg(long, default_value_t = 365, value_parser = clap::value_parser!(u16).range(1..=3650))]
        days: u16,
        /// Whose program; as `serve` was given it.
        #[arg(long, value_name = "ID", default_value = "own")]
        tenant: TenantId,
    },
    /// Plays many rooms at a server, over the real protocol and real TLS, and prints what came of it.
    Simulate(Box<Wanted>),
    /// Copies the store of a server alone, as it is at one moment, to a new file. Back up `authority.json` once, and keep it as a secret.
    Backup {
        #[command(flatten)]
        state: State,
        /// The copy; nothing may stand there yet.
        to: PathBuf,
    },
    /// Carries everything that a server alone has kept in its state folder into an empty cluster of NATS; the server is stopped for
    /// that. Broken off, it goes on when begun again.
    Move {
        #[command(flatten)]
        state: State,
        /// Whose; as `serve` was given it.
        #[arg(long, value_name = "ID", default_value = "own")]
        tenant: TenantId,
    },
    /// Prints rooms and settings as JSON lines, to read, compare or keep beside a backup. Nothing secret is in it.
    Export {
        #[command(flatten)]
        state: State,
        /// Whose; as `serve` was given it.
        #[arg(long, value_name = "ID", default_value = "own")]
        tenant: TenantId,
    },
    /// Writes what a cluster of NATS needs: a folder for each of its servers, and one for every fleetd.
    StoreKit {
        /// A server: NAME=HOST, or NAME=HOST:PORT:PORT (for fleetd, for the other servers); one, or three and more.
        #[arg(long = "node", value_name = "NODE", required = true)]
        nodes: Vec<Node>,
        /// The folder to make.
        #[arg(long, value_name = "DIR")]
        to: PathBuf,
        /// Where a server will find its files.
        #[arg(long, value_name = "DIR", default_value = "/etc/nats")]
        etc: PathBuf,
        /// Where a server will keep its data.
        #[arg(long, value_name = "DIR", default_value = "/var/lib/nats")]
        data: PathBuf,
    },
    /// Signs releases for rooms, on a machine that is not the server, and publishes what was signed.
    Release {
        #[command(subcommand)]
        what: ReleaseCommand,
    },
    /// Works with the log of who did what.
    Audit {
        #[command(subcommand)]
        what: AuditCommand,
    },
}

#[derive(Subcommand)]
pub enum AuditCommand {
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

/// Where keys and list are.
#[derive(clap::Args)]
pub struct SigningPlaces {
    /// The folder of the keys: on a stick or disk that is locked away, never on the server.
    #[arg(long, value_name = "DIR")]
    pub keys: PathBuf,
    /// The folder of the signed list.
    #[arg(long, value_name = "DIR")]
    pub list: PathBuf,
    /// Rooms take something of the list for so many days; then it is signed anew.
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u16).range(1..=365))]
    pub days: u16,
}

#[derive(Subcommand)]
pub enum ReleaseCommand {
    /// Makes keys, the root that rooms are given (`release_root_file` of their files), and an empty list.
    Init {
        #[command(flatten)]
        at: SigningPlaces,
        /// The root is good for so many days.
        #[arg(long, default_value_t = 1825, value_parser = clap::value_parser!(u16).range(30..=7300))]
        root_days: u16,
    },
    /// Adds service packs, each with its seal (`.minisig`) beside it, the rooms' own Debian packages (`.deb`), images for table buttons
    /// (`.uf2`) and boards' files (`.toml`), and signs the list.
    ///
    /// A package's version and architecture are read from it; the packages of one version for several architectures are one release. Keep
    /// the version that rooms run now in the list: a room begins with none that it could not go back from. An image's chip, display and
    /// version are read from it, too; one that is none of a table button's is refused. A board's file is named after its board, says its
    /// own `revision` in `[machine]`, and is judged as a room reads it.
    Add {
        #[command(flatten)]
        at: SigningPlaces,
        /// The packs, packages, images and boards' files.
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
    },
    /// Takes a release out of the list, and signs it.
    Remove {
        #[command(flatten)]
        at: SigningPlaces,
        /// Its name in the list.
        target: String,
    },
    /// Signs the same list for longer.
    Refresh {
        #[command(flatten)]
        at: SigningPlaces,
    },
    /// Signs the root anew before its time is over; rooms follow by themselves.
    Root {
        #[command(flatten)]
        at: SigningPlaces,
        /// The root is good for so many days.
        #[arg(long, default_value_t = 1825, value_parser = clap::value_parser!(u16).range(30..=7300))]
        root_days: u16,
    },
    /// Puts the signed list and its releases on the server, which may run meanwhile; needs no key. Nothing is offered by that.
    Publish {
        #[command(flatten)]
        state: State,
        /// The folder of the signed list.
        #[arg(long, value_name = "DIR")]
        list: PathBuf,
        /// Whose; as `serve` was given it.
        #[arg(long, value_name = "ID", default_value = "own")]
        tenant: TenantId,
    },
}

fn role(word: &str) -> Result<Role, String> {
    let roles = Role::ALL.map(Role::word);
    Role::of_word(word).ok_or_else(|| format!("one of {}", roles.join(", ")))
}
