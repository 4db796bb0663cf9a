//! Far ends of calls by SIP: one that is always busy and notes when it was called, and baresip, which takes every call.
//! Knows the wire as far as a refusal needs it.

use crate::ports::HeldPort;
use anyhow::{Context as _, Result, bail};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// Answers every call over UDP with "486 Busy Here" until it is dropped.
#[derive(Debug)]
pub struct Busy {
    /// Where it is called.
    pub at: SocketAddr,
    /// When each call came; one that is sent again counts once.
    pub calls: UnboundedReceiver<Instant>,
}

impl Busy {
    /// Listens on a port that the system chooses.
    ///
    /// # Errors
    /// No port is free.
    pub fn start() -> Result<Busy> {
        let socket = UdpSocket::bind("127.0.0.1:0").context("listening for calls")?;
        socket.set_read_timeout(Some(Duration::from_millis(100)))?;
        let at = socket.local_addr()?;
        let (note, calls) = unbounded_channel();
        thread::spawn(move || refuse(&socket, &note));
        Ok(Busy { at, calls })
    }
}

fn refuse(socket: &UdpSocket, note: &UnboundedSender<Instant>) {
    let mut bytes = [0; 8192];
    let mut last = None;
    while !note.is_closed() {
        let Ok((count, caller)) = socket.recv_from(&mut bytes) else {
            continue;
        };
        let now = Instant::now();
        let text = String::from_utf8_lossy(bytes.get(..count).unwrap_or_default());
        let Some((call, answer)) = busy(&text) else {
            continue;
        };
        if last.as_ref() != Some(&call) {
            // Nobody listens any more: the loop ends.
            let _ = note.send(now);
        }
        last = Some(call);
        // A caller that is gone needs no answer.
        let _ = socket.send_to(answer.as_bytes(), caller);
    }
}

/// The call's name, and the refusal (RFC 3261 section 8.2.6); `None` for anything but a call.
fn busy(request: &str) -> Option<(String, String)> {
    request.strip_prefix("INVITE ")?;
    let line = |name: &str| request.lines().find(|line| line.starts_with(name));
    let call = line("Call-ID:")?;
    let answer = format!(
        "SIP/2.0 486 Busy Here\r\n{}\r\n{}\r\n{};tag=busy\r\n{call}\r\n{}\r\nContent-Length: 0\r\n\r\n",
        line("Via:")?,
        line("From:")?,
        line("To:")?,
        line("CSeq:")?,
    );
    Some((call.to_owned(), answer))
}

/// So many ports are tried.
const PORTS: usize = 20;

/// Where a far end is going to be called, held until then: by UDP and TCP there, and by TLS one port further.
#[derive(Debug)]
pub struct Place {
    at: SocketAddr,
    calls: UdpSocket,
    plain_and_secret: [HeldPort; 2],
}

impl Place {
    /// Takes ports of this machine that nobody has.
    ///
    /// # Errors
    /// None are free.
    pub fn take() -> Result<Place> {
        for _ in 0..PORTS {
            let calls = UdpSocket::bind("127.0.0.1:0")?;
            let at = calls.local_addr()?;
            let held = |port: Option<u16>| HeldPort::take_at(port?).ok();
            let (plain, secret) = (held(Some(at.port())), held(at.port().checked_add(1)));
            if let (Some(plain), Some(secret)) = (plain, secret) {
                return Ok(Place {
                    at,
                    calls,
                    plain_and_secret: [plain, secret],
                });
            }
        }
        bail!("no ports are free for calls")
    }

    /// Where it is.
    pub fn at(&self) -> SocketAddr {
        self.at
    }

    /// As [`FarEnd::start`], here.
    ///
    /// # Errors
    /// As there.
    pub fn far_end(self, folder: &Path, user: &str) -> Result<FarEnd> {
        // Of two sockets for datagrams at one port only one would hear them.
        drop(self.calls);
        let mut far = FarEnd::start(folder, self.at, user)?;
        far.held.extend(self.plain_and_secret);
        Ok(far)
    }
}

/// How long baresip takes to come up at most.
const UP: Duration = Duration::from_secs(20);

/// baresip as a conference: takes every call over UDP and sends a tone. Ends with its owner.
#[derive(Debug)]
pub struct FarEnd {
    child: Child,
    control: SocketAddr,
    held: Vec<HeldPort>,
}

impl FarEnd {
    /// Starts it here with its files in this folder, for calls to this user; it takes calls when this comes back.
    ///
    /// # Errors
    /// The files cannot be written, there is no baresip, or it ended at once; its own words are in the error.
    pub fn start(folder: &Path, at: SocketAddr, user: &str) -> Result<FarEnd> {
        fs::create_dir_all(folder)?;
        let held = HeldPort::take()?;
        let control = held.at();
        let modules: String = ["g711", "ausine", "aubridge", "uuid"]
            .map(|name| format!("module {name}.so\n"))
            .concat();
        let config = format!(
            "poll_method epoll\nsip_listen {at}\naudio_player aubridge,far\naudio_source ausine,440\naudio_alert aubridge,alert\n\
             ausrc_srate 48000\nausrc_channels 2\nrtp_timeout 0\nmodule_path /usr/lib/baresip/modules\n{modules}\
             module_tmp account.so\nmodule_app menu.so\nmodule_app ctrl_tcp.so\nctrl_tcp_listen {control}\n"
        );
        let account = format!("<sip:{user}@{at};transport=udp>;regint=0;answermode=auto\n");
        for (name, text) in [
            ("config", &config),
            ("accounts", &account),
            ("contacts", &String::new()),
        ] {
            fs::write(folder.join(name), text)?;
        }
        let log = File::create(folder.join("log"))?;
        let mut child = Command::new("baresip")
            .arg("-f")
            .arg(folder)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .context("starting baresip as the far end")?;
        let said = || fs::read_to_string(folder.join("log")).unwrap_or_default();
        let began = Instant::now();
        // Its modules come after its sockets for calls.
        while TcpStream::connect(control).is_err() {
            if let Some(status) = child.try_wait()? {
                bail!("baresip ended as the far end with {status}: {}", said());
            }
            if began.elapsed() > UP {
                child.kill()?;
                bail!("baresip did not come up as the far end: {}", said());
            }
            thread::sleep(Duration::from_millis(20));
        }
        Ok(FarEnd {
            child,
            control,
            held: vec![held],
        })
    }

    /// Whoever sits there presses a key of the client, such as `hold` and `resume`.
    ///
    /// # Errors
    /// It is gone already.
    pub fn order(&self, command: &str) -> Result<()> {
        let message = format!(r#"{{"command":"{command}","token":"1"}}"#);
        let mut line = TcpStream::connect(self.control).context("telling the far end")?;
        write!(line, "{}:{message},", message.len())?;
        // Its answer says that it is done; what it says does not matter.
        line.set_read_timeout(Some(Duration::from_secs(5)))?;
        let _ = line.read(&mut [0; 1024])?;
        Ok(())
    }

    /// Says goodbye in every call and ends.
    ///
    /// # Errors
    /// It is gone already.
    pub fn says_goodbye(&self) -> Result<()> {
        let pid = Pid::from_raw(i32::try_from(self.child.id())?);
        kill(pid, Signal::SIGTERM).context("ending the far end")
    }
}

impl Drop for FarEnd {
    fn drop(&mut self) {
        // One that is gone already needs no end.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
