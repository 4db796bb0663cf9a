//! One connection from its first byte to its last: a seat, the handshake, requests, the farewell.

use crate::listener::Stream;
use crate::seats::Place;
use crate::tls::Tls;
use axum::Router;
use axum::extract::ConnectInfo;
use axum::extract::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tracing::debug;

/// A client that does not finish its request's head within this is dropped.
const HEAD_TIME: Duration = Duration::from_secs(10);
const HANDSHAKE_TIME: Duration = Duration::from_secs(10);
/// How long open answers may take to end when the listener stops.
const FAREWELL: Duration = Duration::from_secs(1);

pub(crate) struct Conversation {
    pub router: Router,
    pub peer: Option<SocketAddr>,
    pub stop: CancellationToken,
}

pub(crate) async fn attend(
    stream: Stream,
    place: Place,
    tls: Option<Tls>,
    conversation: Conversation,
) {
    let stop = conversation.stop.clone();
    let ready = tokio::select! {
        () = stop.cancelled() => return,
        ready = welcome(stream, place, tls) => ready,
    };
    match ready {
        Ok(stream) => converse(stream, conversation).await,
        Err(error) => debug!(%error, "a connection came to nothing"),
    }
}

async fn welcome(stream: Stream, place: Place, tls: Option<Tls>) -> io::Result<Stream> {
    let seated = place.seat(stream).await?;
    let Some(tls) = tls else {
        return Ok(Box::new(seated));
    };
    let greeted = TlsAcceptor::from(tls.now()).accept(seated);
    Ok(Box::new(timeout(HANDSHAKE_TIME, greeted).await??))
}

async fn converse(stream: Stream, conversation: Conversation) {
    let Conversation { router, peer, stop } = conversation;
    let inner = TowerToHyperService::new(router);
    let service = hyper::service::service_fn(move |mut request: Request<Incoming>| {
        if let Some(peer) = peer {
            request.extensions_mut().insert(ConnectInfo(peer));
        }
        hyper::service::Service::call(&inner, request)
    });
    let mut connection = pin!(
        http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_TIME)
            .serve_connection(TokioIo::new(stream), service)
            .with_upgrades()
    );
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            // Whoever needs longer is cut off.
            timeout(FAREWELL, connection).await.unwrap_or(Ok(()))
        }
    };
    if let Err(error) = ended {
        debug!(%error, "a connection broke");
    }
}
