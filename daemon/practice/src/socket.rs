//! Owns one WebSocket: sizes, rates, liveness, and the change between frames and messages. Knows nothing
//! of the rules inside.

use crate::conference::Event;
use crate::ids::{ConferenceId, SocketId};
use crate::limits::Bucket;
use crate::messages::{FRAME_MAX, FromPage, Over, ToPage};
use crate::practice::{Frame, NoSocket, OpenSocket, Practice};
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code};
use axum::extract::{ConnectInfo, Path, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::{SinkExt as _, StreamExt as _};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::ops::ControlFlow;
use std::time::Duration;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};
use tracing::{debug, trace};

/// How often a conference is told that time passes.
const TICK: Duration = Duration::from_millis(500);
/// How often the page is told that the server lives, in ticks.
const PULSE_TICKS: u32 = 4;
/// A page that says nothing for this long, not even an answer to a ping, is lost.
const SILENCE_MAX: Duration = Duration::from_secs(10);
/// A page that does not take a frame for this long is lost.
const SEND_MAX: Duration = Duration::from_secs(5);
/// Messages at once, and one more each this many milliseconds.
const BURST: u32 = 400;
const REFILL_MS: u64 = 20;

/// Answers `GET /practice/<id>/ws`.
pub(crate) async fn upgrade(
    State(practice): State<Practice>,
    Path(id): Path<String>,
    parts: Parts,
    upgrade: WebSocketUpgrade,
) -> Response {
    let Ok(id) = ConferenceId::new(id) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    if !is_same_origin(&parts.headers) {
        return (
            StatusCode::FORBIDDEN,
            "only this room's own page may connect",
        )
            .into_response();
    }
    let known = parts.extensions.get::<ConnectInfo<SocketAddr>>();
    let address = known.map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |ConnectInfo(peer)| {
        peer.ip()
    });
    match practice.open(&id, address.to_canonical()) {
        Ok(open) => upgrade
            .max_message_size(FRAME_MAX)
            .max_frame_size(FRAME_MAX)
            .on_upgrade(move |socket| run(practice, id, open, socket)),
        Err(NoSocket::UnknownConference) => StatusCode::NOT_FOUND.into_response(),
        Err(NoSocket::TooMany) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

/// Browsers always say where a page comes from; a page of somebody else must not speak for its visitor.
fn is_same_origin(headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let Some(origin) = text(header::ORIGIN) else {
        return true;
    };
    let host = origin.split_once("://").map(|(_, host)| host);
    host.is_some() && host == text(header::HOST)
}

async fn run(practice: Practice, id: ConferenceId, open: OpenSocket, socket: WebSocket) {
    let OpenSocket {
        id: socket_id,
        mut inbox,
    } = open;
    let (mut sink, mut stream) = socket.split();
    let mut tick = interval(TICK);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut rate = Bucket::new(practice.now().mono, BURST, REFILL_MS);
    let mut heard = Instant::now();
    let mut ticks = 0_u32;
    let ended = loop {
        tokio::select! {
            frame = stream.next() => {
                heard = Instant::now();
                let Some(Ok(frame)) = frame else { break Event::Lost(socket_id) };
                if rate.take(practice.now().mono).is_err() {
                    practice.refuse(socket_id, Over::Misbehaved);
                    continue;
                }
                if let ControlFlow::Break(event) = take(&practice, &id, socket_id, frame) {
                    break event;
                }
            }
            frame = inbox.recv() => {
                let message = match frame {
                    Some(Frame::Text(text)) => Message::Text(text.into()),
                    Some(Frame::Close) => {
                        let normal = CloseFrame { code: close_code::NORMAL, reason: "over".into() };
                        let _ = timeout(SEND_MAX, sink.send(Message::Close(Some(normal)))).await;
                        break Event::Lost(socket_id);
                    }
                    None => break Event::Lost(socket_id),
                };
                if !matches!(timeout(SEND_MAX, sink.send(message)).await, Ok(Ok(()))) {
                    break Event::Lost(socket_id);
                }
            }
            _ = tick.tick() => {
                practice.step(&id, Event::Deadline);
                ticks = ticks.wrapping_add(1);
                if heard.elapsed() > SILENCE_MAX {
                    break Event::Lost(socket_id);
                }
                if ticks.is_multiple_of(PULSE_TICKS) && !pulse(&mut sink).await {
                    break Event::Lost(socket_id);
                }
            }
        }
    };
    debug!(conference = %id, socket = socket_id.0, ?ended, "socket ended");
    practice.closed(&id, socket_id, ended);
}

/// A ping for the browser, which answers even when the page's script is slowed down, and a message for
/// the script, which cannot see pings.
async fn pulse(sink: &mut futures_util::stream::SplitSink<WebSocket, Message>) -> bool {
    let text = serde_json::to_string(&ToPage::Pulse).expect("a pulse is a constant");
    let both = async {
        sink.feed(Message::Ping(Vec::new().into())).await?;
        sink.send(Message::Text(text.into())).await
    };
    matches!(timeout(SEND_MAX, both).await, Ok(Ok(())))
}

fn take(
    practice: &Practice,
    id: &ConferenceId,
    socket: SocketId,
    frame: Message,
) -> ControlFlow<Event> {
    match frame {
        Message::Text(text) => match serde_json::from_str::<FromPage>(&text) {
            Ok(message) => {
                trace!(socket = socket.0, ?message, "heard");
                practice.hear(id, socket, message);
            }
            Err(error) => {
                // Only the place: serde's text may quote what was sent.
                debug!(socket = socket.0, column = error.column(), "not understood");
                practice.refuse(socket, Over::Misbehaved);
            }
        },
        Message::Binary(_) => practice.refuse(socket, Over::Misbehaved),
        // 1001: the tab was closed or navigated away. Anything else may be trouble on the way.
        Message::Close(Some(CloseFrame {
            code: close_code::AWAY,
            ..
        })) => {
            return ControlFlow::Break(Event::Closed(socket));
        }
        Message::Close(_) => return ControlFlow::Break(Event::Lost(socket)),
        Message::Ping(_) | Message::Pong(_) => {}
    }
    ControlFlow::Continue(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_own_page_connects() {
        let headers = |pairs: &[(header::HeaderName, &str)]| {
            pairs
                .iter()
                .map(|(name, value)| (name.clone(), value.parse().unwrap()))
                .collect()
        };
        let host = (header::HOST, "room.local:8443");
        let origin = |text| (header::ORIGIN, text);
        assert!(is_same_origin(&headers(std::slice::from_ref(&host))));
        assert!(is_same_origin(&headers(&[
            host.clone(),
            origin("https://room.local:8443")
        ])));
        for foreign in [
            "https://evil.example",
            "null",
            "https://room.local",
            "room.local:8443",
        ] {
            assert!(
                !is_same_origin(&headers(&[host.clone(), origin(foreign)])),
                "{foreign}"
            );
        }
    }
}
