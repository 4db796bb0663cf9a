//! Whatever happens, names, codes, conference ids and addresses stay out of the log at every level. A test
//! binary of its own: the log is heard by one subscriber for the whole process.

#![allow(
    clippy::unwrap_used,
    reason = "a test that cannot go on says so by panicking"
)]

mod line;

use line::{HOST_CODE, ID, PASSCODE, Room, guarded};
use practice::ResumeKey;
use serde_json::json;
use std::io::Write;
use std::sync::{Arc, Mutex};

const NAME: &str = "Erika Mustermann";

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn nothing_private_is_logged() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(move || writer.clone())
        .with_env_filter("practice=trace")
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let room = Room::open(&ResumeKey::random(), guarded());
    let mut anna = room.joined(NAME).await;
    let me = anna.hear("roster").await["people"][0]["id"].clone();
    let mut host = room.page().await;
    host.say(json!({ "type": "join", "name": NAME, "passcode": null, "host_code": HOST_CODE }))
        .await;
    host.hear("joined").await;
    let signal = json!({ "kind": "offer", "pc": "abc", "sdp": "c=IN IP4 10.66.77.88" });
    host.say(json!({ "type": "signal", "to": me, "signal": signal }))
        .await;
    anna.hear("signal").await;
    let mut bad = room.page().await;
    bad.say(json!({ "type": "join", "name": NAME, "passcode": 4711 }))
        .await;
    bad.hear("over").await;
    host.say(json!({ "type": "end_for_all" })).await;
    anna.hear("over").await;
    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(
        text.contains("joined") && text.contains("heard"),
        "nothing was logged at all: {text}"
    );
    for private in [
        NAME,
        "Erika",
        PASSCODE,
        HOST_CODE,
        ID,
        "10.66.77.88",
        "4711",
    ] {
        assert!(!text.contains(private), "{private} in the log:\n{text}");
    }
}
