//! The room's panel as a person with a tablet has it: the page's token, the stream of states, presses.
//! Knows the API only; comes back by itself when the daemon does.

use crate::wait::Unseen;
use anyhow::{Context, Result, bail};
use reqwest::Client;
use room_api::{Failure, PanelState, PressAnswer, PressRequest, TOKEN_HEADER};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout, timeout_at};

const ANSWER_WITHIN: Duration = Duration::from_secs(3);
/// Between two tries to reach a daemon that is away.
const TRY_EVERY: Duration = Duration::from_millis(30);
/// The stream beats each two seconds; a longer silence is a dead one.
const SILENT_AFTER: Duration = Duration::from_secs(6);

/// What the panel shows now.
#[derive(Debug, Clone)]
pub enum Shown {
    /// Nobody answers, for this reason.
    Nothing(String),
    /// The room.
    Room(Box<PanelState>),
}

/// A panel.
#[derive(Debug)]
pub struct Panel {
    client: Client,
    base: String,
    shown: watch::Receiver<Shown>,
    task: JoinHandle<()>,
}

impl Panel {
    /// Opens the panel page at this address, now and whenever it went away.
    ///
    /// # Errors
    /// No client could be made.
    pub fn open(at: SocketAddr) -> Result<Panel> {
        let client = client()?;
        let base = format!("http://{at}");
        let (showing, shown) = watch::channel(Shown::Nothing("not asked yet".to_owned()));
        let task = tokio::spawn(follow(client.clone(), base.clone(), showing));
        Ok(Panel {
            client,
            base,
            shown,
            task,
        })
    }

    /// What it shows now.
    pub fn shown(&self) -> Shown {
        self.shown.borrow().clone()
    }

    /// To follow what it shows.
    pub fn watch(&self) -> watch::Receiver<Shown> {
        self.shown.clone()
    }

    /// Waits until the panel shows what `look` accepts; `look` says what it saw instead.
    ///
    /// # Errors
    /// Not seen in time.
    pub async fn until<T>(
        &self,
        wanted: &str,
        limit: Duration,
        look: impl Fn(&PanelState) -> Result<T, String>,
    ) -> Result<T, Unseen> {
        let end = Instant::now() + limit;
        let mut shown = self.shown.clone();
        loop {
            let seen = match &*shown.borrow_and_update() {
                Shown::Room(state) => look(state),
                Shown::Nothing(why) => Err(format!("the panel is away: {why}")),
            };
            let instead = match seen {
                Ok(seen) => return Ok(seen),
                Err(instead) => instead,
            };
            if !matches!(timeout_at(end, shown.changed()).await, Ok(Ok(()))) {
                return Err(Unseen {
                    wanted: wanted.to_owned(),
                    limit,
                    instead,
                });
            }
        }
    }

    /// Presses something, as a finger on the panel.
    ///
    /// # Errors
    /// The room refused, or does not answer; the sentence is the room's.
    pub async fn press(&self, press: &PressRequest) -> Result<PressAnswer> {
        let token = token(&self.client, &self.base).await?;
        let answer = self
            .client
            .post(format!("{}/api/v1/press", self.base))
            .header(TOKEN_HEADER, token)
            .json(press)
            .timeout(ANSWER_WITHIN)
            .send()
            .await
            .context("pressing at the panel")?;
        if answer.status().is_success() {
            return answer.json().await.context("reading the answer to a press");
        }
        let status = answer.status();
        match answer.json::<Failure>().await {
            Ok(failure) => bail!(
                "the room refused: {} ({})",
                failure.sentence,
                failure.code.code()
            ),
            Err(_) => bail!("the room refused with {status}"),
        }
    }

    /// The picture of the main display as PNG.
    ///
    /// # Errors
    /// There is none now.
    pub async fn display(&self) -> Result<Vec<u8>> {
        let token = token(&self.client, &self.base).await?;
        let answer = self
            .client
            .get(format!("{}/mirror.png", self.base))
            .header(TOKEN_HEADER, token)
            .timeout(ANSWER_WITHIN)
            .send()
            .await?
            .error_for_status()?;
        Ok(answer.bytes().await?.to_vec())
    }
}

impl Drop for Panel {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A client for pages on this machine.
///
/// # Errors
/// It could not be made.
pub fn client() -> Result<Client> {
    // Even a client for plain HTTP asks for the machinery of TLS.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder()
        .no_proxy()
        .connect_timeout(ANSWER_WITHIN)
        .build()
        .context("making an HTTP client")
}

async fn token(client: &Client, base: &str) -> Result<String> {
    let page = client
        .get(format!("{base}/panel"))
        .timeout(ANSWER_WITHIN)
        .send()
        .await?;
    let page = page.error_for_status()?.text().await?;
    let at = page.split("name=\"roomd-token\" content=\"").nth(1);
    let token = at.and_then(|rest| rest.split('"').next());
    Ok(token.context("the panel page carries no token")?.to_owned())
}

async fn follow(client: Client, base: String, showing: watch::Sender<Shown>) {
    loop {
        let why = match listen(&client, &base, &showing).await {
            Ok(()) => "the stream ended".to_owned(),
            Err(error) => format!("{error:#}"),
        };
        showing.send_replace(Shown::Nothing(why));
        sleep(TRY_EVERY).await;
    }
}

async fn listen(client: &Client, base: &str, showing: &watch::Sender<Shown>) -> Result<()> {
    let token = token(client, base).await?;
    let stream = client
        .get(format!("{base}/api/v1/events"))
        .header(TOKEN_HEADER, token);
    let mut stream = stream.send().await?.error_for_status()?;
    let mut lines = Lines::default();
    while let Some(bytes) = timeout(SILENT_AFTER, stream.chunk())
        .await
        .context("the stream is silent")??
    {
        for data in lines.push(&bytes) {
            let state = serde_json::from_str(&data).context("reading a state")?;
            showing.send_replace(Shown::Room(Box::new(state)));
        }
    }
    Ok(())
}

/// Cuts a stream of server-sent events into the data of its `state` events.
#[derive(Default)]
struct Lines {
    partial: Vec<u8>,
    event: String,
    data: String,
}

impl Lines {
    fn push(&mut self, bytes: &[u8]) -> Vec<String> {
        let mut whole = Vec::new();
        for byte in bytes {
            if *byte != b'\n' {
                self.partial.push(*byte);
                continue;
            }
            let line = String::from_utf8_lossy(&std::mem::take(&mut self.partial)).into_owned();
            whole.extend(self.take(line.trim_end_matches('\r')));
        }
        whole
    }

    fn take(&mut self, line: &str) -> Option<String> {
        if line.is_empty() {
            let data = std::mem::take(&mut self.data);
            return (std::mem::take(&mut self.event) == "state").then_some(data);
        }
        if let Some(name) = line.strip_prefix("event:") {
            self.event = name.trim().to_owned();
        }
        if let Some(data) = line.strip_prefix("data:") {
            self.data.push_str(data.trim_start());
        }
        None
    }
}

/// A state in a few words, for messages; nothing private.
pub fn words(state: &PanelState) -> String {
    let switch = |s: &room_api::SwitchState| match s.seen {
        Some(room_api::Switch::Open) => "open",
        Some(room_api::Switch::Closed) => "closed",
        None => "unknown",
    };
    let faults: Vec<&str> = state
        .faults
        .iter()
        .map(|fault| fault.code.as_str())
        .collect();
    format!(
        "{:?}, microphone {}, camera {}, others {:?}, faults {faults:?}",
        state.phase,
        switch(&state.mic),
        switch(&state.camera),
        state.people
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_are_cut_out_of_the_stream_however_it_is_split() {
        let text = b"retry: 500\nevent: state\nid: a.1\ndata: {\"a\":1}\n\nevent: beat\ndata: {}\n\n: hello\n\nevent: state\r\ndata: {\"a\":2}\r\n\r\n";
        for cut in 0..text.len() {
            let mut lines = Lines::default();
            let mut got = lines.push(&text[..cut]);
            got.extend(lines.push(&text[cut..]));
            assert_eq!(got, ["{\"a\":1}", "{\"a\":2}"], "cut at {cut}");
        }
    }
}
