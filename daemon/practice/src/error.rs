//! Owns the crate's error type: one variant per thing the owner does differently.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

/// What can go wrong when the owner sets up or serves practice conferences.
#[derive(Debug, thiserror::Error)]
pub enum PracticeError {
    /// The configuration contradicts itself.
    #[error("practice conference configuration: {0}")]
    Config(String),
    /// A file of the state folder cannot be read or written.
    #[error("cannot use {path}: {source}")]
    State {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The address cannot be listened on.
    #[error("cannot listen on {addr}: {source}")]
    Listen {
        /// Which address.
        addr: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// The certificate cannot be made or used.
    #[error("cannot make a certificate: {0}")]
    Certificate(String),
}
