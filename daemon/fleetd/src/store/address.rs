//! What `--store` says: a file beside the server, or servers of NATS. Pure.

use std::str::FromStr;

/// Where the store is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Address {
    /// In the state folder.
    #[default]
    Folder,
    /// In a cluster of NATS.
    Nats(NatsAddress),
}

/// Servers of one cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NatsAddress {
    /// Host names or addresses, with ports where they are not 4222.
    pub servers: Vec<String>,
    /// On how many servers each thing lies.
    pub replicas: usize,
}

/// What is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadAddress {
    /// Its shape.
    #[error(
        "write `sqlite` (the state folder), or `nats://a,b,c` with the hosts of a cluster of NATS"
    )]
    Shape,
    /// Two servers cannot choose a leader when one is gone, and one copy is no safer for it.
    #[error(
        "a cluster has one server or three and more: with two, neither goes on when the other is down"
    )]
    Two,
}

impl FromStr for Address {
    type Err = BadAddress;

    fn from_str(text: &str) -> Result<Address, BadAddress> {
        if text == "sqlite" {
            return Ok(Address::Folder);
        }
        let hosts = text.strip_prefix("nats://").ok_or(BadAddress::Shape)?;
        let servers: Vec<String> = hosts.split(',').map(str::to_owned).collect();
        let fits = |c: char| c.is_ascii_alphanumeric() || "-._:[]".contains(c);
        if servers
            .iter()
            .any(|host| host.is_empty() || !host.chars().all(fits))
        {
            return Err(BadAddress::Shape);
        }
        let replicas = match servers.len() {
            1 => 1,
            2 => return Err(BadAddress::Two),
            _ => 3,
        };
        Ok(Address::Nats(NatsAddress { servers, replicas }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_server_keeps_one_copy_and_three_keep_three() {
        let of = |text: &str| text.parse::<Address>();
        assert_eq!(of("sqlite"), Ok(Address::Folder));
        for (text, count, replicas) in [
            ("nats://a", 1, 1),
            ("nats://a.example,b.example:4333,[::1]:4222", 3, 3),
            ("nats://a,b,c,d,e", 5, 3),
        ] {
            let Ok(Address::Nats(nats)) = of(text) else {
                panic!("{text}");
            };
            assert_eq!((nats.servers.len(), nats.replicas), (count, replicas));
        }
        assert_eq!(of("nats://a,b"), Err(BadAddress::Two));
        for bad in [
            "",
            "a,b,c",
            "nats://",
            "nats://a,,c",
            "nats://u:p@a",
            "postgres://a",
        ] {
            assert_eq!(of(bad), Err(BadAddress::Shape), "{bad}");
        }
    }
}
