//! A fleet server's address. Checked where it is read, so nothing behind that meets another scheme or an address without a host.

use core::fmt;
use core::str::FromStr;
use rustls::pki_types::ServerName;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use url::Url;

/// Where a fleet server is: `https`, a host, perhaps a port, and nothing else.
#[derive(Clone, PartialEq, Eq)]
pub struct Server {
    url: Url,
    name: ServerName<'static>,
}

/// A text is no fleet server's address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no fleet server's address: write https://, its name, and perhaps a port")]
pub struct NoServer(String);

impl Server {
    /// The address of one of its paths.
    pub fn at(&self, path: &str) -> Url {
        let mut address = self.url.clone();
        address.set_path(path);
        address
    }

    /// Its name or address, as its certificate must have it.
    pub fn name(&self) -> ServerName<'static> {
        self.name.clone()
    }

    /// Its name or address, as it is written.
    pub fn host(&self) -> &str {
        self.url.host_str().unwrap_or_default()
    }

    /// Its port; 443 where none is written.
    pub fn port(&self) -> u16 {
        self.url.port_or_known_default().unwrap_or(443)
    }
}

impl FromStr for Server {
    type Err = NoServer;

    fn from_str(text: &str) -> Result<Self, NoServer> {
        let no_server = || NoServer(text.to_owned());
        let url = Url::parse(text.trim()).map_err(|_| no_server())?;
        let bare = url.username().is_empty()
            && url.password().is_none()
            && url.path() == "/"
            && url.query().is_none()
            && url.fragment().is_none();
        if url.scheme() != "https" || !bare {
            return Err(no_server());
        }
        let host = url.host_str().ok_or_else(no_server)?;
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let name = ServerName::try_from(host.to_owned()).map_err(|_| no_server())?;
        Ok(Server { url, name })
    }
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.url.as_str().trim_end_matches('/'))
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Server {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Server {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::Server;

    #[test]
    fn only_an_https_address_without_anything_more_is_one() {
        for good in [
            "https://fleet.stadt.example",
            "https://fleet.stadt.example/",
            "https://10.0.0.7:8443",
            "https://[::1]:8443",
        ] {
            let server: Server = good.parse().expect(good);
            assert_eq!(server.to_string(), good.trim_end_matches('/'));
        }
        for bad in [
            "",
            "fleet.stadt.example",
            "http://fleet.stadt.example",
            "wss://fleet.stadt.example",
            "https://",
            "https://me@fleet.stadt.example",
            "https://me:secret@fleet.stadt.example",
            "https://fleet.stadt.example/rooms",
            "https://fleet.stadt.example/?a=b",
            "https://fleet.stadt.example/#a",
            "file:///etc/passwd",
        ] {
            assert!(bad.parse::<Server>().is_err(), "{bad}");
        }
    }

    #[test]
    fn paths_are_the_protocols_own() {
        let server: Server = "https://fleet.stadt.example:8443"
            .parse()
            .expect("an address");
        assert_eq!(
            server.at("/room/v1/socket").as_str(),
            "https://fleet.stadt.example:8443/room/v1/socket"
        );
        assert_eq!(
            (server.host(), server.port()),
            ("fleet.stadt.example", 8443)
        );
    }
}
