//! Everything that a cluster of NATS needs, ready: for each server its file, its certificate and the authority of all; for every fleetd
//! the key and whom it believes. What has to be right for nothing to be lost is in these files and not in somebody's memory.

use super::StoreKey;
use crate::kept;
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose,
};
use std::path::{Path, PathBuf};
use std::str::FromStr;

const CONFIG: &str = include_str!("../../nats/nats-server.conf");
/// These certificates are between few machines of one operator; a new kit makes new ones.
const DAYS: u64 = 10 * 365;

/// A server of NATS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// Its name in the cluster, and of its folder.
    pub name: String,
    /// Host name or address by which the others and fleetd reach it.
    pub host: String,
    /// For fleetd.
    pub client_port: u16,
    /// For the other servers.
    pub cluster_port: u16,
}

impl FromStr for Node {
    type Err = String;

    fn from_str(text: &str) -> Result<Node, String> {
        let wanted = || {
            "write NAME=HOST, or NAME=HOST:PORT:PORT for other ports than 4222 and 6222".to_owned()
        };
        let (name, rest) = text.split_once('=').ok_or_else(wanted)?;
        let mut parts = rest.split(':');
        let host = parts.next().unwrap_or_default();
        let fits = |text: &str| {
            !text.is_empty()
                && text
                    .bytes()
                    .all(|c| c.is_ascii_alphanumeric() || b"-.".contains(&c))
        };
        let ports: Vec<&str> = parts.by_ref().collect();
        let port = |text: &str| text.parse().map_err(|_| wanted());
        let (client_port, cluster_port) = match ports[..] {
            [] => (4222, 6222),
            [client, cluster] => (port(client)?, port(cluster)?),
            _ => return Err(wanted()),
        };
        match fits(name) && fits(host) && !name.contains('.') {
            true => Ok(Node {
                name: name.to_owned(),
                host: host.to_owned(),
                client_port,
                cluster_port,
            }),
            false => Err(wanted()),
        }
    }
}

/// A cluster that is wanted.
#[derive(Debug, Clone)]
pub struct Kit {
    /// Its servers: one, or three and more.
    pub nodes: Vec<Node>,
    /// Where a server will find its files.
    pub etc: Option<PathBuf>,
    /// Where a server will keep its data.
    pub data: Option<PathBuf>,
}

/// Why there is no kit.
#[derive(Debug, thiserror::Error)]
pub enum KitError {
    /// Two servers, or two of one name.
    #[error("{0}")]
    Nodes(&'static str),
    /// A file.
    #[error("{path}: {why}", path = path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// A certificate.
    #[error("a certificate cannot be made: {0}")]
    Certificate(String),
}

fn certificate(error: impl std::fmt::Display) -> KitError {
    KitError::Certificate(error.to_string())
}

impl Kit {
    /// Writes the kit into a folder that is not there yet. The answer is what `--store` is to say.
    ///
    /// # Errors
    /// When the servers make no cluster, or something cannot be made or written.
    pub fn write(&self, to: &Path) -> Result<String, KitError> {
        self.check()?;
        let file = |path: &Path, why: String| KitError::File {
            path: path.to_owned(),
            why,
        };
        if to.exists() {
            return Err(file(
                to,
                "it is there already; its keys may be in use".to_owned(),
            ));
        }
        let fleetd = to.join("fleetd");
        kept::folder(&fleetd).map_err(|error| file(&fleetd, error.to_string()))?;
        let key = fleetd.join("store.key");
        let nkey = StoreKey::make(&key).map_err(|error| file(&key, error.to_string()))?;
        let (authority, issuer) = authority()?;
        let put = |path: PathBuf, text: &str| {
            kept::write(&path, text.as_bytes()).map_err(|error| file(&path, error.to_string()))
        };
        put(fleetd.join("store-ca.pem"), &authority)?;
        for node in &self.nodes {
            let folder = to.join(&node.name);
            kept::folder(&folder).map_err(|error| file(&folder, error.to_string()))?;
            let (certificate, key) = self.certificate(node, &issuer)?;
            put(folder.join("ca.pem"), &authority)?;
            put(folder.join("node.pem"), &certificate)?;
            put(folder.join("node-key.pem"), &key)?;
            put(
                folder.join("nats-server.conf"),
                &self.config(node, &folder, &nkey),
            )?;
        }
        let servers: Vec<String> = self.nodes.iter().map(client).collect();
        Ok(format!("nats://{}", servers.join(",")))
    }

    fn check(&self) -> Result<(), KitError> {
        let mut names: Vec<&str> = self.nodes.iter().map(|node| node.name.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        if names.len() < self.nodes.len() || names.contains(&"fleetd") {
            return Err(KitError::Nodes(
                "each server has a name of its own, and none is `fleetd`",
            ));
        }
        match self.nodes.len() {
            0 | 2 => Err(KitError::Nodes(
                "a cluster has one server or three and more: with two, neither goes on when the other is down",
            )),
            _ => Ok(()),
        }
    }

    fn config(&self, node: &Node, folder: &Path, nkey: &str) -> String {
        let routes: Vec<String> = self
            .nodes
            .iter()
            .map(|other| format!("    \"tls://{}:{}\"", other.host, other.cluster_port))
            .collect();
        let etc = self.etc.clone().unwrap_or_else(|| folder.to_owned());
        let data = self.data.clone().unwrap_or_else(|| folder.join("data"));
        let text = CONFIG
            .replace("@NAME@", &node.name)
            .replace("@HOST@", &node.host)
            .replace("@CLIENT@", &node.client_port.to_string())
            .replace("@CLUSTER@", &node.cluster_port.to_string())
            .replace("@ROUTES@", &routes.join("\n"))
            .replace("@NKEY@", nkey)
            .replace("@ETC@", &etc.display().to_string())
            .replace("@DATA@", &data.display().to_string());
        match self.nodes.len() {
            // A cluster of one would wait for others.
            1 => without_cluster(&text),
            _ => text,
        }
    }

    fn certificate(
        &self,
        node: &Node,
        issuer: &Issuer<'static, KeyPair>,
    ) -> Result<(String, String), KitError> {
        let key = KeyPair::generate().map_err(certificate)?;
        let mut params = CertificateParams::new(vec![node.host.clone()]).map_err(certificate)?;
        params.distinguished_name = named(&node.name);
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![
            ExtendedKeyUsagePurpose::ServerAuth,
            // To the other servers.
            ExtendedKeyUsagePurpose::ClientAuth,
        ];
        params.use_authority_key_identifier_extension = true;
        lasting(&mut params);
        let made = params.signed_by(&key, issuer).map_err(certificate)?;
        Ok((made.pem(), key.serialize_pem()))
    }
}

fn client(node: &Node) -> String {
    match node.client_port {
        4222 => node.host.clone(),
        port => format!("{}:{port}", node.host),
    }
}

fn without_cluster(text: &str) -> String {
    let part = text.split_once("cluster {\n");
    let whole = part.and_then(|(before, rest)| {
        let (_, after) = rest.split_once("\n}\n\n")?;
        Some(format!("{before}{after}"))
    });
    whole.unwrap_or_else(|| text.to_owned())
}

fn named(name: &str) -> DistinguishedName {
    let mut distinguished = DistinguishedName::new();
    distinguished.push(DnType::CommonName, name);
    distinguished
}

fn lasting(params: &mut CertificateParams) {
    let now = std::time::SystemTime::now();
    crate::authority::lasting(params, now, DAYS);
}

fn authority() -> Result<(String, Issuer<'static, KeyPair>), KitError> {
    let key = KeyPair::generate().map_err(certificate)?;
    let mut params = CertificateParams::default();
    params.distinguished_name = named("roomd fleet store");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    lasting(&mut params);
    let made = params.self_signed(&key).map_err(certificate)?;
    // The key ends with this program: nobody can make one more server without a new kit.
    Ok((made.pem(), Issuer::new(params, key)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    fn kit(nodes: &[&str]) -> Kit {
        Kit {
            nodes: nodes.iter().map(|node| node.parse().unwrap()).collect(),
            etc: Some("/etc/nats".into()),
            data: Some("/var/lib/nats".into()),
        }
    }

    #[test]
    fn a_kit_has_what_must_be_right_and_no_secret_in_a_servers_file() {
        let folder = tempfile::tempdir().unwrap();
        let to = folder.path().join("kit");
        let three = kit(&["a=a.example", "b=b.example", "c=10.0.0.3:4333:6333"]);
        let store = three.write(&to).unwrap();
        assert_eq!(store, "nats://a.example,b.example,10.0.0.3:4333");
        assert!(store.parse::<crate::store::Address>().is_ok());
        let key = std::fs::read_to_string(to.join("fleetd/store.key")).unwrap();
        let key: serde_json::Value = serde_json::from_str(&key).unwrap();
        let secret = key["nkey"].as_str().unwrap();
        for name in ["a", "b", "c"] {
            let config = std::fs::read_to_string(to.join(name).join("nats-server.conf")).unwrap();
            assert!(
                config.contains("sync_interval: always") && config.contains("tls://b.example:6222")
            );
            assert!(
                !config.contains('@') && !config.contains(secret),
                "{config}"
            );
            let file = std::fs::metadata(to.join(name).join("node-key.pem")).unwrap();
            assert_eq!(file.permissions().mode() & 0o777, 0o600);
        }
        assert!(three.write(&to).is_err(), "never over another one");
    }

    #[test]
    fn one_server_has_no_cluster_and_two_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let one = folder.path().join("one");
        kit(&["a=localhost"]).write(&one).unwrap();
        let config = std::fs::read_to_string(one.join("a/nats-server.conf")).unwrap();
        assert!(
            !config.contains("cluster {") && config.contains("accounts {"),
            "{config}"
        );
        for bad in [&["a=x", "b=y"][..], &["a=x", "a=y", "b=z"], &["fleetd=x"]] {
            assert!(
                kit(bad).write(&folder.path().join("bad")).is_err(),
                "{bad:?}"
            );
        }
        for bad in [
            "a",
            "a=",
            "=x",
            "a=x:1",
            "a=x:1:2:3",
            "a b=x",
            "a=x:y:z",
            "../a=x",
        ] {
            assert!(bad.parse::<Node>().is_err(), "{bad}");
        }
    }
}
