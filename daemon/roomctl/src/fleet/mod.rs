//! `roomctl fleet`: how this room stands with its fleet server; and, for scripts of IT anywhere, what the server knows of its rooms and
//! can tell them. Owns the command line.

mod api;
mod rollout;
mod rooms;
mod settings;
mod standing;

use crate::client::Client;
use anyhow::Result;
use clap::Subcommand;
use std::path::PathBuf;

/// Shows how the room stands with IT's fleet server: its code while it asks to be taken in, else whether it is connected. With more
/// words it speaks to the fleet server itself, from anywhere, with a token that is made on the server's page "People".
///
/// Examples:
///   sudo roomctl fleet enrol
///   roomctl fleet rooms --light red
///   roomctl fleet tell saal-2 preflight --wait 50
///   roomctl fleet tell saal-2 log-bundle --wait 50 && roomctl fleet files saal-2 --newest log.json
///   roomctl fleet settings site/nord --write nord.toml --preview
///   roomctl fleet settings site/nord --write nord.toml --first saal-2,saal-3
///   roomctl fleet settings site/nord --open
///   roomctl fleet rollout --offer service-packs/join/zoom/902.toml
///   roomctl fleet rollout join-pack-zoom-902 --do stop
///
/// There is no word that opens a microphone or a camera.
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct FleetArgs {
    /// As JSON.
    #[arg(long, global = true)]
    json: bool,
    #[command(flatten)]
    server: ServerArgs,
    #[command(subcommand)]
    what: Option<What>,
}

/// Which server, and as whom.
#[derive(Debug, clap::Args)]
pub(crate) struct ServerArgs {
    /// The fleet server; without it, the environment's FLEETD_SERVER.
    #[arg(long, global = true, value_name = "https://NAME[:PORT]")]
    server: Option<String>,
    /// A file with a token, readable to nobody else; without it, the environment's FLEETD_TOKEN_FILE.
    #[arg(long, global = true, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// The server's authority as `fleetd authority` prints it; without it, the environment's FLEETD_AUTHORITY, else those that
    /// this machine trusts.
    #[arg(long, global = true, value_name = "FILE")]
    authority: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum What {
    /// In the room: forgets the room's key and asks to be taken in anew, for a room that was turned out or refused. Prints the code.
    Enrol {
        /// Also when the room is connected; it is without its fleet until an administrator agrees.
        #[arg(long)]
        anew: bool,
    },
    /// Lists rooms.
    Rooms(rooms::RoomsArgs),
    /// Shows one room, whole.
    Room {
        /// Its id.
        room: String,
    },
    /// Tells a room to do something, and waits for the end. Exit code 0: done; 1: not; 4: the server refused.
    Tell(rooms::TellArgs),
    /// Shows what a room was told.
    Told {
        /// Its id.
        room: String,
    },
    /// Shows how a room was.
    History {
        /// Its id.
        room: String,
    },
    /// Lists what a room put on the server, or fetches the newest.
    Files(rooms::FilesArgs),
    /// Shows the texts of settings, or writes one.
    Settings(settings::SettingsArgs),
    /// Lists releases of the signed list. Exit code 1: rooms take nothing of it now.
    Releases,
    /// Shows releases on their way, offers one, or changes it. Exit code 1: it halted by itself.
    Rollout(rollout::RolloutArgs),
    /// Says in which ring a room takes releases.
    Ring {
        /// Its id.
        room: String,
        /// The ring's name; empty: as all others.
        ring: String,
    },
}

/// Asks the daemon or the server, and prints.
///
/// # Errors
/// No daemon or server, a refusal, or [`crate::Found`] when a room did not do what it was told.
pub fn run(client: &Client, args: FleetArgs) -> Result<()> {
    let FleetArgs { json, server, what } = args;
    let Some(what) = what else {
        return standing::run(client, json);
    };
    if let What::Enrol { anew } = what {
        return standing::enrol(client, anew, json);
    }
    crate::in_runtime(async {
        let api = api::Api::open(server)?;
        match what {
            // Done above, without a server's address.
            What::Enrol { .. } => Ok(()),
            What::Rooms(args) => rooms::list(&api, &args, json).await,
            What::Room { room } => rooms::show(&api, &room).await,
            What::Tell(args) => rooms::tell(&api, args, json).await,
            What::Told { room } => rooms::told(&api, &room, json).await,
            What::History { room } => rooms::history(&api, &room, json).await,
            What::Files(args) => rooms::files(&api, args, json).await,
            What::Settings(args) => settings::run(&api, args, json).await,
            What::Releases => rollout::releases(&api, json).await,
            What::Rollout(args) => rollout::run(&api, args, json).await,
            What::Ring { room, ring } => rollout::ring(&api, &room, &ring).await,
        }
    })
}
