//! A server that says what it hears on lines like a fleet's, and nothing else: what a fleet server's lines carry is compared with it.
//! Knows no room and keeps nothing.

use crate::authority::{Authority, AuthorityError};
use crate::hub::as_lines;
use axum::Router;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::routing::get;
use fleet_proto::SOCKET_PATH;
use http_listen::{Listener, Terms, Tls};
use std::io;
use std::time::SystemTime;
use tokio_util::sync::CancellationToken;

const SEATS: usize = 20_000;

/// Why it did not serve, or not to its end.
#[derive(Debug, thiserror::Error)]
pub enum EchoError {
    /// No certificate can be made.
    #[error(transparent)]
    Authority(#[from] AuthorityError),
    /// The listener broke.
    #[error("the echo's listener: {0}")]
    Listener(#[from] io::Error),
}

/// Echoes until told to stop. Whoever comes is shown a certificate of this authority, and what they show is checked as a fleet server
/// does.
///
/// # Errors
/// When no certificate can be made, or the listener breaks.
pub async fn echo(
    authority: &Authority,
    listener: std::net::TcpListener,
    stop: CancellationToken,
) -> Result<(), EchoError> {
    let serving = authority.serving(SystemTime::now())?;
    let terms = Terms {
        seats: SEATS,
        tls: Some(Tls::new(serving.config)),
    };
    let upgrade = async |upgrade: WebSocketUpgrade| as_lines(upgrade).on_upgrade(say_what_is_heard);
    let router = Router::new().route(SOCKET_PATH, get(upgrade));
    Ok(http_listen::serve(Listener::tcp(listener)?, router, terms, stop).await?)
}

async fn say_what_is_heard(mut socket: WebSocket) {
    while let Some(Ok(said)) = socket.recv().await {
        if let Message::Text(text) = said
            && socket.send(Message::Text(text)).await.is_err()
        {
            return;
        }
    }
}
