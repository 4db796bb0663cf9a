//! Whether the servers of NATS are such that what they acknowledge stays: new enough, with JetStream, each write on the disk before it
//! is answered. Knows no documents.

use super::NatsError;
use async_nats::{Client, StatusCode};
use futures_util::StreamExt as _;
use serde::Deserialize;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// Older ones lose whole streams when a process ends at the wrong moment (before 2.10.23), or do not speak with this client.
const OLDEST: [u64; 3] = [2, 10, 27];
/// What `fleetd store-kit` gives the fleet's account a right to ask.
const ASK: &str = "fleet.servers";
/// All servers answer within a round trip; one that is down does not.
const WAIT: Duration = Duration::from_secs(2);
/// What a document may have, and what stands around it.
const PAYLOAD: usize = super::super::LONGEST_VALUE + (8 << 10);

/// What a server says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Server {
    name: String,
    version: String,
    syncs: bool,
}

#[derive(Deserialize)]
struct Said {
    server: SaidServer,
    data: SaidData,
}

#[derive(Deserialize)]
struct SaidServer {
    name: String,
    ver: String,
}

#[derive(Deserialize)]
struct SaidData {
    #[serde(default)]
    config: SaidConfig,
}

#[derive(Default, Deserialize)]
struct SaidConfig {
    #[serde(default)]
    sync_always: bool,
}

fn numbers(version: &str) -> Option<[u64; 3]> {
    let plain = version.split(['-', '+']).next()?;
    let mut parts = plain.split('.').map(|part| part.parse().ok());
    let numbers = [parts.next()??, parts.next()??, parts.next()??];
    Some(numbers)
}

fn is_new_enough(version: &str) -> bool {
    numbers(version).is_some_and(|numbers| numbers >= OLDEST)
}

fn judge(servers: &[Server]) -> Result<(), NatsError> {
    for server in servers {
        if !is_new_enough(&server.version) {
            return Err(NatsError::Old {
                server: server.name.clone(),
                version: server.version.clone(),
            });
        }
        if !server.syncs {
            return Err(NatsError::Lazy(server.name.clone()));
        }
    }
    Ok(())
}

/// Refuses servers that would lose something. Of those that do not say how they write, a warning is all that can be given.
pub(super) async fn check(client: &Client, expected: usize) -> Result<(), NatsError> {
    let info = client.server_info();
    if !is_new_enough(&info.version) {
        return Err(NatsError::Old {
            server: info.server_name,
            version: info.version,
        });
    }
    if info.max_payload < PAYLOAD {
        return Err(NatsError::Payload {
            server: info.server_name,
            takes: info.max_payload,
        });
    }
    let servers = ask(client, expected).await;
    if servers.is_empty() {
        tracing::warn!(
            "the servers of NATS do not say whether they write each change to the disk at once: \
             make sure of `sync_interval: always`, or use the files of `fleetd store-kit`, which let them say so"
        );
    }
    judge(&servers)
}

async fn ask(client: &Client, expected: usize) -> Vec<Server> {
    let mut servers = Vec::new();
    let inbox = client.new_inbox();
    let Ok(mut answers) = client.subscribe(inbox.clone()).await else {
        return servers;
    };
    let asked = client.publish_with_reply(ASK, inbox, Vec::new().into());
    if asked.await.is_err() {
        return servers;
    }
    let end = Instant::now() + WAIT;
    while servers.len() < expected
        && let Ok(Some(answer)) = timeout_at(end, answers.next()).await
    {
        if answer.status == Some(StatusCode::NO_RESPONDERS) {
            break;
        }
        if let Ok(said) = serde_json::from_slice::<Said>(&answer.payload) {
            servers.push(Server {
                name: said.server.name,
                version: said.server.ver,
                syncs: said.data.config.sync_always,
            });
        }
    }
    servers
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(version: &str, syncs: bool) -> Server {
        Server {
            name: "a".to_owned(),
            version: version.to_owned(),
            syncs,
        }
    }

    #[test]
    fn a_server_that_would_lose_something_is_refused_by_name() {
        assert!(judge(&[server("2.10.27", true), server("2.15.1", true)]).is_ok());
        for old in ["2.9.10", "2.10.26", "1.4.0", "2.10", "odd"] {
            let judged = judge(&[server("2.12.0", true), server(old, true)]);
            assert!(matches!(judged, Err(NatsError::Old { .. })), "{old}");
        }
        assert!(is_new_enough("2.11.0-RC.1"));
        let lazy = judge(&[server("2.11.0", true), server("2.11.0", false)]);
        assert!(lazy.unwrap_err().to_string().contains("sync_interval"));
    }
}
