//! One connection from its first byte to its last: a seat, the handshake, requests, the farewell.

use crate::house::{Behind, find};
use crate::listener::Stream;
use crate::seats::Place;
use crate::tls::PeerCertificate;
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
use std::sync::Arc;
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

/// Who came.
pub(crate) struct Comer {
    pub stream: Stream,
    pub place: Place,
    pub peer: Option<SocketAddr>,
}

struct Conversation {
    stream: Stream,
    peer: Option<SocketAddr>,
    shown: Option<PeerCertificate>,
    router: Router,
}

pub(crate) async fn attend(comer: Comer, behind: Arc<Behind>, stop: CancellationToken) {
    let ready = tokio::select! {
        () = stop.cancelled() => return,
        ready = welcome(comer, &behind) => ready,
    };
    match ready {
        Ok(conversation) => converse(conversation, stop).await,
        Err(error) => debug!(%error, "a connection came to nothing"),
    }
}

async fn welcome(comer: Comer, behind: &Behind) -> io::Result<Conversation> {
    let Comer {
        stream,
        place,
        peer,
    } = comer;
    let seated = place.seat(stream).await?;
    let (houses, turns) = match behind {
        Behind::Secret(houses, turns) => (houses, turns),
        Behind::Clear(router) => {
            return Ok(Conversation {
                stream: Box::new(seated),
                peer,
                shown: None,
                router: router.clone(),
            });
        }
    };
    // Who says nothing has no turn; reading what was said costs nothing yet.
    let hello = LazyConfigAcceptor::new(Acceptor::default(), seated);
    let hello = timeout(HANDSHAKE_TIME, hello).await??;
    let house = find(houses, hello.client_hello().server_name());
    let house =
        house.ok_or_else(|| io::Error::other("nobody here has the name that was called"))?;
    let greeted = async { timeout(HANDSHAKE_TIME, hello.into_stream(house.tls.now())).await };
    let greeted = turns.wait_for(greeted).await???;
    let shown = PeerCertificate::of(greeted.get_ref().1);
    Ok(Conversation {
        stream: Box::new(greeted),
        peer,
        shown,
        router: house.router.clone(),
    })
}

async fn converse(conversation: Conversation, stop: CancellationToken) {
    let Conversation {
        stream,
        peer,
        shown,
        router,
    } = conversation;
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
