//! One connection from its first byte to its last: a seat, the handshake, requests, the farewell.

use crate::listener::Stream;
use crate::seats::Place;
use crate::tls::{PeerCertificate, Tls};
use crate::turns::Turns;
use axum::Router;
use axum::extract::ConnectInfo;
use axum::extract::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use rustls::server::Acceptor;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;
use tokio::time::timeout;
use tokio_rustls::LazyConfigAcceptor;
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
    tls: Option<(Tls, Turns)>,
    conversation: Conversation,
) {
    let stop = conversation.stop.clone();
    let ready = tokio::select! {
        () = stop.cancelled() => return,
        ready = welcome(stream, place, tls) => ready,
    };
    match ready {
        Ok((stream, shown)) => converse(stream, shown, conversation).await,
        Err(error) => debug!(%error, "a connection came to nothing"),
    }
}

async fn welcome(
    stream: Stream,
    place: Place,
    tls: Option<(Tls, Turns)>,
) -> io::Result<(Stream, Option<PeerCertificate>)> {
    let seated = place.seat(stream).await?;
    let Some((tls, turns)) = tls else {
        return Ok((Box::new(seated), None));
    };
    // Who says nothing has no turn; reading what was said costs nothing yet.
    let hello = LazyConfigAcceptor::new(Acceptor::default(), seated);
    let hello = timeout(HANDSHAKE_TIME, hello).await??;
    let greeted = async { timeout(HANDSHAKE_TIME, hello.into_stream(tls.now())).await };
    let greeted = turns.wait_for(greeted).await???;
    let shown = PeerCertificate::of(greeted.get_ref().1);
    Ok((Box::new(greeted), shown))
}

async fn converse(stream: Stream, shown: Option<PeerCertificate>, conversation: Conversation) {
    let Conversation { router, peer, stop } = conversation;
    let inner = TowerToHyperService::new(router);
    let service = hyper::service::service_fn(move |mut request: Request<Incoming>| {
        if let Some(peer) = peer {
            request.extensions_mut().insert(ConnectInfo(peer));
        }
        if let Some(shown) = &shown {
            request.extensions_mut().insert(shown.clone());
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
