//! Whether the sound server's face for pages and the SIP client runs: one connection to it that says nothing, and ends when it does.
//! Knows no sound; decides nothing.

use room_core::event::Event;
use room_core::sound::{ClientsSeen, SoundSeen};
use std::path::Path;
use std::time::Duration;
use tokio::io::AsyncReadExt as _;
use tokio::net::UnixStream;
use tokio::sync::mpsc;
use tokio::time::sleep;

/// How often a face that does not run is looked for. Its unit starts it again after a tenth of a second.
const AGAIN: Duration = Duration::from_millis(200);

/// Tells each end and each begin, for as long as somebody listens. A face that was never there is no news: no room needs one before
/// its first call.
pub async fn watch(socket: &Path, events: mpsc::Sender<Event>) {
    let mut cut = false;
    loop {
        let Ok(mut face) = UnixStream::connect(socket).await else {
            if events.is_closed() {
                return;
            }
            sleep(AGAIN).await;
            continue;
        };
        let begins = std::mem::take(&mut cut);
        if begins && tell(&events, ClientsSeen::Served).await.is_none() {
            return;
        }
        let mut unasked = [0; 64];
        while let Ok(1..) = face.read(&mut unasked).await {}
        if tell(&events, ClientsSeen::Cut).await.is_none() {
            return;
        }
        cut = true;
    }
}

async fn tell(events: &mpsc::Sender<Event>, seen: ClientsSeen) -> Option<()> {
    let event = Event::Sound(SoundSeen::Clients(seen));
    events.send(event).await.ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::net::UnixListener;

    #[tokio::test]
    async fn each_end_and_each_return_is_told_and_nothing_before_the_first() {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("native");
        let (events, mut told) = mpsc::channel(8);
        let path = socket.clone();
        let watching = tokio::spawn(async move { watch(&path, events).await });
        let seen = |event: Option<Event>| match event {
            Some(Event::Sound(SoundSeen::Clients(seen))) => seen,
            other => panic!("{other:?}"),
        };
        for _ in 0..2 {
            let face = UnixListener::bind(&socket).unwrap();
            let (connection, _) = face.accept().await.unwrap();
            if socket.with_extension("died").exists() {
                assert_eq!(seen(told.recv().await), ClientsSeen::Served);
            }
            std::fs::rename(&socket, socket.with_extension("died")).unwrap();
            drop((face, connection));
            assert_eq!(seen(told.recv().await), ClientsSeen::Cut);
        }
        drop(told);
        let ended = tokio::time::timeout(Duration::from_secs(10), watching).await;
        assert!(ended.is_ok(), "nobody listens any more");
    }
}
