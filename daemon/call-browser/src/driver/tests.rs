//! A browser that is slow to answer a driver that just connected, played by a keeper's socket.

use super::*;
use crate::frames::frame;
use crate::handle::channel;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{UnixListener, UnixStream};

fn config(socket: PathBuf) -> BrowserConfig {
    BrowserConfig {
        socket,
        room_page: "http://127.0.0.1:1/display".to_owned(),
        packs: crate::Packs::built_in().into(),
        guest_mail: None,
        camera: CameraChoice::default(),
        sound: PageSound::default(),
        cleaning: CleaningChoice::default(),
        allowed: Vec::new().into(),
        outlines_dir: None,
        keeper_met: Arc::default(),
    }
}

/// Says that a browser runs; it answers nothing.
async fn welcome(keeper: &UnixListener) -> UnixStream {
    let (mut client, _) = keeper.accept().await.unwrap();
    let running = json!({ "keeper": {
        "say": "running", "generation": 1, "pid": 1, "product": "Slow/1", "first_id": 1, "notes": {},
    }});
    let text = frame(running.to_string().into_bytes());
    client.write_all(&text).await.unwrap();
    client
}

#[tokio::test(start_paused = true)]
async fn a_browser_that_was_too_slow_once_is_asked_again() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("keeper");
    let keeper = UnixListener::bind(&socket).unwrap();
    let (_handle, mut inbox) = channel();
    let (out, mut events) = mpsc::channel(8);
    let config = config(socket);
    let driver = tokio::spawn(async move { run(config, &mut inbox, out).await });
    let mut first = welcome(&keeper).await;
    let mut second = welcome(&keeper).await;
    // The first connection was given up, the second one is asked.
    let mut asked = Vec::new();
    first.read_to_end(&mut asked).await.unwrap();
    let mut byte = [0];
    second.read_exact(&mut byte).await.unwrap();
    assert!(String::from_utf8_lossy(&asked).contains("setDiscoverTargets"));
    assert_eq!(events.recv().await, Some(Event::Browser(BrowserSeen::Gone)));
    driver.abort();
}
