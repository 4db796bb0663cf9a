//! A served practice conference for one test, that can die and return on the same port.

use crate::cdp::{Chromium, Look, Page};
use practice::{
    Code, ConferenceConfig, ConferenceId, Config, OnDemand, Practice, ResumeKey, Rules, Serving,
    Transport,
};
use serde_json::Value;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

pub const PASSCODE: &str = "4711";
pub const HOST_CODE: &str = "chair";

/// `open` is open, `guarded` has everything there is.
pub fn config(key: ResumeKey, folder: &std::path::Path) -> Config {
    let code = |text| Some(Code::new(text).unwrap());
    let id = |text| ConferenceId::new(text).unwrap();
    let open = Rules {
        host_code: code(HOST_CODE),
        ..Rules::default()
    };
    let guarded = Rules {
        passcode: code(PASSCODE),
        host_code: code(HOST_CODE),
        lobby: true,
        needs_host: true,
    };
    let mut config = Config::new(key);
    config.conferences = vec![
        ConferenceConfig {
            id: id("open"),
            rules: open,
        },
        ConferenceConfig {
            id: id("guarded"),
            rules: guarded,
        },
    ];
    config.on_demand = OnDemand::No;
    config.newcomers_wait = Duration::ZERO;
    config.revocations = Some(folder.join("revoked.json"));
    config
}

static ONE_TEST: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

/// Browsers are heavy: the tests of this binary take turns, whatever the number of test threads.
pub async fn alone() -> tokio::sync::MutexGuard<'static, ()> {
    ONE_TEST.lock().await
}

pub struct Room {
    pub addr: SocketAddr,
    key: ResumeKey,
    folder: tempfile::TempDir,
    serving: Option<(Practice, Serving)>,
}

impl Room {
    pub fn open() -> Self {
        Self::open_on(([127, 0, 0, 1], 0).into())
    }

    pub fn open_on(addr: SocketAddr) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut room = Self {
            addr,
            key: ResumeKey::random(),
            folder,
            serving: None,
        };
        room.start();
        room
    }

    /// Starts the server anew, remembering nothing but the key and what was kept.
    pub fn start(&mut self) {
        let practice = Practice::new(config(self.key.clone(), self.folder.path())).unwrap();
        let router = practice::router(practice.clone());
        let serving = practice::serve(self.addr, Transport::Plain, router).unwrap();
        self.addr = serving.addr();
        self.serving = Some((practice, serving));
    }

    /// The server goes without a word to anybody.
    pub async fn die(&mut self) {
        if let Some((practice, serving)) = self.serving.take() {
            serving.stop().await;
            practice.hang_up();
        }
    }

    pub fn practice(&self) -> &Practice {
        &self.serving.as_ref().unwrap().0
    }

    pub fn origin(&self) -> String {
        format!("http://{}", self.addr)
    }

    pub async fn page(&self, browser: &Arc<Chromium>, path: &str) -> Page {
        self.page_as(browser, path, Look::default()).await
    }

    pub async fn page_as(&self, browser: &Arc<Chromium>, path: &str, look: Look) -> Page {
        let url = format!("{}/practice/{path}", self.origin());
        let page = browser.page(&url, look).await;
        page.permit(&self.origin()).await;
        page
    }

    /// A page whose person has joined under this name.
    pub async fn joined(&self, browser: &Arc<Chromium>, path: &str, name: &str) -> Page {
        let page = self.page(browser, path).await;
        join(&page, name).await;
        page
    }
}

pub async fn join(page: &Page, name: &str) {
    page.fill("input-name", name).await;
    page.press("submit-join").await;
    page.see("screen-call").await;
}

/// Waits until the page has this many live connections.
pub async fn connected(page: &Page, others: usize) {
    let script = format!(
        "practiceStats().then((s) => s.peers.length === {others}
           && s.peers.every((p) => p.connection === 'connected'))"
    );
    page.until(15_000, &script).await;
}

/// The statistics about the first other participant.
pub async fn stats(page: &Page) -> Value {
    page.eval("practiceStats().then((s) => s.peers[0] ?? null)")
        .await
}

/// Waits until the first other participant is really heard: sound arrives and goes to the loudspeaker.
pub async fn hears(page: &Page) {
    let sound = "practiceStats().then((s) => s.peers[0].inbound.audio?.totalAudioEnergy > 0)";
    page.until(15_000, sound).await;
}

/// Waits until sound and picture of the first other participant really arrive.
pub async fn receives(page: &Page) {
    let more = "practiceStats().then((s) => {
        const [p] = s.peers;
        return p.inbound.audio?.totalAudioEnergy > 0 && p.inbound.video?.frames > 5;
    })";
    page.until(15_000, more).await;
}

/// What the participant list says about somebody.
pub fn listed(name: &str, mic: &str, camera: &str) -> String {
    format!(
        "document.querySelector('[data-test=participant][data-name=\"{name}\"][data-mic={mic}][data-camera={camera}]')"
    )
}
