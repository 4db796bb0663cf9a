//! The far end: another baresip that takes every call, sends a tone and a picture, and says what it receives.

use super::Process;
use call_sip::frame::{Decoder, encode};
use call_sip::media;
use emulators::ports;
use serde_json::{Value, json};
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::time::{Duration, Instant};
use tempfile::TempDir;

pub struct Far {
    pub folder: TempDir,
    pub port: u16,
    pub process: Process,
    control: u16,
    line: TcpStream,
    decoder: Decoder,
    /// Keys that were heard.
    pub keys: String,
    levels: Vec<f64>,
    answers: Vec<String>,
}

/// Newer clients open the way through a firewall with a packet that carries nothing, anew with each agreement.
const EMPTY: u64 = 8;

impl Far {
    /// `transport` is `udp`, `tcp` or `tls`; `more` goes into its account.
    pub fn start(transport: &str, more: &str) -> Self {
        Self::start_with(transport, more, &[])
    }

    pub fn start_with(transport: &str, more: &str, codecs: &[&str]) -> Self {
        let own = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
        let pem = own.signing_key.serialize_pem() + &own.cert.pem();
        Self::start_as(transport, more, codecs, &pem)
    }

    /// With this key and certificate.
    pub fn start_as(transport: &str, more: &str, codecs: &[&str], pem: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        // TLS listens one above the port of the others.
        let (base, control) = (ports::free_run(2), ports::free());
        let port = if transport == "tls" { base + 1 } else { base };
        std::fs::write(folder.path().join("far.pem"), pem).unwrap();
        write_files(folder.path(), base, control, codecs);
        let account = format!(
            "<sip:far@127.0.0.1:{port};transport={transport}>;regint=0;answermode=auto{more}\n"
        );
        std::fs::write(folder.path().join("accounts"), account).unwrap();
        let log = folder.path().join("log");
        let process = Process::start(
            "baresip",
            &["-f", folder.path().to_str().unwrap(), "-v"],
            &log,
        );
        Far {
            line: connect(control),
            folder,
            port,
            process,
            control,
            decoder: Decoder::default(),
            keys: String::new(),
            levels: Vec::new(),
            answers: Vec::new(),
        }
    }

    /// Another one in its place, which knows nothing of any call.
    pub fn start_again(&mut self) {
        self.process.kill();
        let folder = self.folder.path();
        let words = ["-f", folder.to_str().unwrap(), "-v"];
        self.process = Process::start("baresip", &words, &folder.join("log"));
        self.line = connect(self.control);
        self.decoder = Decoder::default();
    }

    pub fn address(&self) -> String {
        format!("far@127.0.0.1:{}", self.port)
    }

    pub fn order(&mut self, command: &str) {
        self.order_with(command, "");
    }

    pub fn order_with(&mut self, command: &str, params: &str) {
        let message = json!({ "command": command, "params": params, "token": "x" }).to_string();
        self.line.write_all(&encode(message.as_bytes())).unwrap();
    }

    /// How loud the room is, from the newest reports of so long; `None`: nothing arrives.
    pub fn hears(&mut self, time: Duration) -> Option<f64> {
        self.listen(Duration::from_millis(50));
        self.levels.clear();
        self.listen(time);
        self.levels.iter().copied().reduce(f64::max)
    }

    /// Packets of sound and of pictures that came from the room.
    pub fn received(&mut self) -> (u64, u64) {
        let count = |far: &mut Far, command: &str| {
            far.answers.clear();
            far.order(command);
            far.listen(Duration::from_millis(300));
            let report = far
                .answers
                .iter()
                .map(|text| media::read(text))
                .find_map(|r| r.received);
            report.unwrap_or_default()
        };
        (count(self, "audio_debug"), count(self, "video_debug"))
    }

    /// Nothing but packets without a picture has come.
    pub fn sees_nothing(&mut self) -> bool {
        let packets = self.received().1;
        let shown = self.answers.iter().find_map(|text| {
            let (_, after) = text.rsplit_once("rx: ")?;
            let (_, count) = after.split_once("frames=")?;
            let end = count.find(|c: char| !c.is_ascii_digit())?;
            count[..end].parse::<u64>().ok()
        });
        packets <= EMPTY && shown == Some(0)
    }

    /// Takes what was said, for so long.
    pub fn listen(&mut self, time: Duration) {
        let until = Instant::now() + time;
        let mut bytes = [0; 4096];
        loop {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            self.line.set_read_timeout(Some(left)).unwrap();
            match self.line.read(&mut bytes) {
                Ok(0) => return,
                Ok(count) => self.decoder.push(&bytes[..count]),
                Err(_) => continue,
            }
            while let Some(message) = self.decoder.take().unwrap() {
                self.take(&serde_json::from_slice(&message).unwrap());
            }
        }
    }

    fn take(&mut self, message: &Value) {
        let text = message["param"].as_str().unwrap_or_default();
        match message["type"].as_str() {
            Some("VU_RX_REPORT") => self.levels.extend(text.parse::<f64>()),
            Some("CALL_DTMF_START") => self.keys.push_str(text),
            Some(_) => {}
            None => self
                .answers
                .extend(message["data"].as_str().map(str::to_owned)),
        }
    }
}

/// A free port whose neighbour is free too.
fn connect(control: u16) -> TcpStream {
    let until = Instant::now() + Duration::from_secs(20);
    loop {
        if let Ok(line) = TcpStream::connect(("127.0.0.1", control)) {
            return line;
        }
        assert!(Instant::now() < until, "the far end does not start");
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn write_files(folder: &Path, port: u16, control: u16, codecs: &[&str]) {
    let pem = folder.join("far.pem");
    let usual = ["opus", "g722", "g711", "avcodec", "vp8"];
    let codecs = if codecs.is_empty() {
        &usual[..]
    } else {
        codecs
    };
    let others = [
        "ausine",
        "aubridge",
        "aufile",
        "fakevideo",
        "srtp",
        "uuid",
        "vumeter",
    ];
    let modules: String = codecs
        .iter()
        .chain(&others)
        .map(|name| format!("module {name}.so\n"))
        .collect();
    let config = format!(
        "poll_method epoll\nsip_listen 127.0.0.1:{port}\nsip_certificate {}\nausrc_srate 48000\nausrc_channels 2\n\
         audio_player aubridge,far\naudio_source ausine,440\naudio_alert aubridge,alert\nvideo_source fakevideo,nil\n\
         video_display fakevideo,\nvideo_size 320x180\nvideo_fps 10\nrtp_timeout 0\nmodule_path /usr/lib/baresip/modules\n\
         {modules}module_tmp account.so\nmodule_app menu.so\nmodule_app ctrl_tcp.so\nctrl_tcp_listen 127.0.0.1:{control}\n",
        pem.display()
    );
    std::fs::write(folder.join("config"), config).unwrap();
    std::fs::write(folder.join("contacts"), "").unwrap();
}

/// A minute of a tone, 48 kHz stereo.
pub fn tone() -> Vec<u8> {
    let (rate, seconds) = (48_000_u32, 60);
    let bytes = rate * seconds * 4;
    let mut wav = Vec::with_capacity(bytes as usize + 44);
    wav.extend(b"RIFF");
    wav.extend((36 + bytes).to_le_bytes());
    wav.extend(b"WAVEfmt \x10\0\0\0\x01\0\x02\0");
    wav.extend(rate.to_le_bytes());
    wav.extend((rate * 4).to_le_bytes());
    wav.extend(b"\x04\0\x10\0data");
    wav.extend(bytes.to_le_bytes());
    for n in 0..rate * seconds {
        let wave = (f64::from(n) * 600.0 * std::f64::consts::TAU / f64::from(rate)).sin();
        let sample = ((wave * 12_000.0) as i16).to_le_bytes();
        wav.extend([sample, sample].concat());
    }
    wav
}
