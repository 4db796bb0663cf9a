//! Talks HTTP over the daemon's control socket: one question, one answer, or a stream of states.
//! Knows no command line.

use anyhow::{Context, Result, bail};
use room_api::{Failure, PanelState, PressAnswer, PressRequest};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// No answer within this is a fault of the daemon.
const PATIENCE: Duration = Duration::from_secs(5);
/// A heartbeat comes each two seconds; a stream that is silent for longer is dead.
const STREAM_PATIENCE: Duration = Duration::from_secs(10);
/// The longest that a daemon tries something out without a word: a test meeting, and its page's end.
const LINE_PATIENCE: Duration = Duration::from_secs(150);
/// No answer of the daemon is longer.
const LONGEST: u64 = 1 << 20;

/// Where a daemon listens.
#[derive(Debug, Clone)]
pub struct Client {
    socket: PathBuf,
}

/// The daemon cannot be reached: where, why, and what to do.
#[derive(Debug)]
pub struct NoDaemon(String);

impl fmt::Display for NoDaemon {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for NoDaemon {}

/// The daemon said no.
#[derive(Debug)]
pub struct Refused {
    /// Its code, for programs.
    pub code: String,
    /// Its sentence, for people.
    pub sentence: String,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.sentence, self.code)
    }
}

impl std::error::Error for Refused {}

impl Client {
    /// A daemon behind this socket.
    pub fn new(socket: PathBuf) -> Self {
        Self { socket }
    }

    /// The room as it is now.
    ///
    /// # Errors
    /// [`NoDaemon`], or whatever is wrong with the answer.
    pub fn state(&self) -> Result<PanelState> {
        self.ask("GET", "/api/v1/state", "")
    }

    /// Presses something.
    ///
    /// # Errors
    /// [`NoDaemon`], [`Refused`], or whatever is wrong with the answer.
    pub fn press(&self, press: &PressRequest) -> Result<PressAnswer> {
        self.ask("POST", "/api/v1/press", &serde_json::to_string(press)?)
    }

    /// Hands each state to `each` until it says `false` or the daemon ends.
    ///
    /// # Errors
    /// [`NoDaemon`], [`Refused`], or whatever is wrong with the stream.
    pub fn states(&self, mut each: impl FnMut(PanelState) -> Result<bool>) -> Result<()> {
        let stream = self.send("GET", "/api/v1/events", "")?;
        stream.set_read_timeout(Some(STREAM_PATIENCE))?;
        let mut answer = Answer::read(stream)?;
        answer.must_be_good()?;
        let mut event = String::new();
        for line in answer.body.by_ref().lines() {
            let line = line.context("the daemon fell silent")?;
            if let Some(name) = line.strip_prefix("event:") {
                event = name.trim().to_owned();
            } else if let Some(data) = line.strip_prefix("data:")
                && event == "state"
            {
                let state =
                    serde_json::from_str(data).context("the daemon sent an unknown state")?;
                if !each(state)? {
                    return Ok(());
                }
            }
        }
        bail!("the daemon ended the stream")
    }

    /// Whether a daemon is or was here: its socket's file is there.
    pub fn was_here(&self) -> bool {
        self.socket.exists()
    }

    /// The process behind the socket.
    ///
    /// # Errors
    /// [`NoDaemon`], or when the system does not say.
    pub fn process(&self) -> Result<i32> {
        let stream = self.connect()?;
        let peer =
            nix::sys::socket::getsockopt(&stream, nix::sys::socket::sockopt::PeerCredentials)
                .context("cannot ask which process has the socket")?;
        Ok(peer.pid())
    }

    /// Asks for something that changes nothing.
    ///
    /// # Errors
    /// [`NoDaemon`], [`Refused`], or whatever is wrong with the answer.
    pub fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T> {
        self.ask("GET", path, "")
    }

    /// Asks for something that changes what the daemon does.
    ///
    /// # Errors
    /// [`NoDaemon`], [`Refused`], or whatever is wrong with the answer.
    pub fn post<T: DeserializeOwned>(&self, path: &str, request: &impl Serialize) -> Result<T> {
        self.ask("POST", path, &serde_json::to_string(request)?)
    }

    /// Asks for a page.
    ///
    /// # Errors
    /// [`NoDaemon`], [`Refused`], or whatever is wrong with the answer.
    pub fn text(&self, path: &str) -> Result<String> {
        let mut answer = Answer::read(self.send("GET", path, "")?)?;
        answer.must_be_good()?;
        answer.text()
    }

    /// Asks for something that takes long, and hands on each line of the answer as it comes.
    ///
    /// # Errors
    /// [`NoDaemon`], [`Refused`], or whatever is wrong with the answer.
    pub fn lines<T: DeserializeOwned>(
        &self,
        path: &str,
        request: &impl Serialize,
        mut each: impl FnMut(T) -> Result<()>,
    ) -> Result<()> {
        let stream = self.send("POST", path, &serde_json::to_string(request)?)?;
        stream.set_read_timeout(Some(LINE_PATIENCE))?;
        let mut answer = Answer::read(stream)?;
        answer.must_be_good()?;
        for line in answer.body.by_ref().lines() {
            let line = line.context("the daemon fell silent")?;
            let line = serde_json::from_str(&line)
                .context("the daemon's answer is not understood: are both of the same version?")?;
            each(line)?;
        }
        Ok(())
    }

    fn ask<T: DeserializeOwned>(&self, method: &str, path: &str, body: &str) -> Result<T> {
        let mut answer = Answer::read(self.send(method, path, body)?)?;
        answer.must_be_good()?;
        let text = answer.text()?;
        serde_json::from_str(&text)
            .context("the daemon's answer is not understood: are both of the same version?")
    }

    /// HTTP/1.0, so that an answer ends with the connection and needs no chunks.
    fn send(&self, method: &str, path: &str, body: &str) -> Result<UnixStream> {
        let mut stream = self.connect()?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        let length = body.len();
        let request = format!(
            "{method} {path} HTTP/1.0\r\nHost: roomd\r\nAccept-Language: en\r\n\
             Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
        );
        stream
            .write_all(request.as_bytes())
            .context("cannot send to the daemon")?;
        Ok(stream)
    }

    fn connect(&self) -> Result<UnixStream, NoDaemon> {
        UnixStream::connect(&self.socket).map_err(|error| NoDaemon(why_not(&self.socket, &error)))
    }
}

fn why_not(socket: &Path, error: &io::Error) -> String {
    let place = socket.display();
    match error.kind() {
        io::ErrorKind::NotFound => format!(
            "roomd does not run here: no socket at {place}\n\
             Start it (`systemctl start roomd`), or name its socket with --socket (the room's `faces.socket`)."
        ),
        io::ErrorKind::ConnectionRefused => format!(
            "roomd does not answer: nobody listens at {place}\n\
             It ended without cleaning up; see `systemctl status roomd`."
        ),
        io::ErrorKind::PermissionDenied => format!(
            "you may not control this room: {place} is not open to you\n\
             Use sudo, or become a member of the group that owns it."
        ),
        _ => format!("cannot reach roomd at {place}: {error}"),
    }
}

struct Answer {
    status: u16,
    body: BufReader<io::Take<UnixStream>>,
}

impl Answer {
    fn read(stream: UnixStream) -> Result<Self> {
        let mut body = BufReader::new(stream.take(u64::MAX));
        let mut line = String::new();
        body.read_line(&mut line)
            .context("the daemon does not answer")?;
        let status = line
            .split(' ')
            .nth(1)
            .and_then(|word| word.trim().parse().ok());
        let Some(status) = status else {
            bail!("what listens at the socket is not roomd");
        };
        while line.trim_end() != "" {
            line.clear();
            if body
                .read_line(&mut line)
                .context("the daemon's answer is cut off")?
                == 0
            {
                bail!("the daemon's answer is cut off");
            }
        }
        Ok(Self { status, body })
    }

    fn text(&mut self) -> Result<String> {
        let mut text = String::new();
        self.body.get_mut().set_limit(LONGEST);
        self.body
            .read_to_string(&mut text)
            .context("the daemon's answer is cut off")?;
        Ok(text)
    }

    fn must_be_good(&mut self) -> Result<()> {
        if (200..300).contains(&self.status) {
            return Ok(());
        }
        let text = self.text()?;
        let refused = match serde_json::from_str::<Failure>(&text) {
            Ok(failure) => Refused {
                code: failure.code.code().to_owned(),
                sentence: failure.sentence,
            },
            Err(_) => Refused {
                code: self.status.to_string(),
                sentence: "the daemon refused without a reason that this version knows".to_owned(),
            },
        };
        Err(refused.into())
    }
}
