//! A real broker on the loopback, Mosquitto, with TLS, accounts and rules as a customer's has them, and its own clients as somebody else
//! on it. Knows no story.

use emulators::ports::HeldPort;
use fleetd::bridge::Bridge;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;

/// As the page for IT says them.
const RULES: &str = "user fleet\ntopic write roomd/#\ntopic write homeassistant/device/+/config\n\
    topic read roomd/+/+/command\nuser building\ntopic readwrite #\n";
const PASSWORD: &str = "geheim am Broker";

pub struct Broker {
    program: PathBuf,
    folder: TempDir,
    held: HeldPort,
    child: Option<Child>,
    /// Who vouches for it.
    pub authority: String,
}

impl Drop for Broker {
    fn drop(&mut self) {
        self.kill();
    }
}

impl Broker {
    /// One with other rules than those; `None` where there is no such program. Never silent, and a failure when all tests are asked for.
    pub fn start_with(rules: &str) -> Option<Broker> {
        let target = Path::new(env!("CARGO_BIN_EXE_fleetd")).parent()?.parent()?;
        let program = target.join("mosquitto/mosquitto");
        let all = std::env::var("ROOMD_TESTS").is_ok_and(|what| what == "all");
        assert!(program.is_file() || !all, "tests/setup lays mosquitto");
        if !program.is_file() {
            println!("SKIPPED: needs mosquitto; tests/setup fetches it");
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let held = HeldPort::take().unwrap();
        let at = |name: &str| folder.path().join(name);
        let authority = papers(folder.path());
        fs::write(at("rules"), rules).unwrap();
        for user in ["fleet", "building"] {
            let made = Command::new(program.with_file_name("mosquitto_passwd"))
                .args(if user == "fleet" {
                    &["-c", "-b"][..]
                } else {
                    &["-b"]
                })
                .arg(at("passwords"))
                .args([user, PASSWORD])
                .stderr(Stdio::null())
                .status()
                .unwrap();
            assert!(made.success());
        }
        let config = format!(
            "listener {} 127.0.0.1\nuser root\nallow_anonymous false\npersistence false\nset_tcp_nodelay true\n\
            certfile {}\nkeyfile {}\npassword_file {}\nacl_file {}\n",
            held.port(),
            at("broker.pem").display(),
            at("broker.key").display(),
            at("passwords").display(),
            at("rules").display(),
        );
        fs::write(at("mosquitto.conf"), config).unwrap();
        let mut broker = Broker {
            program,
            folder,
            held,
            child: None,
            authority,
        };
        broker.begin();
        Some(broker)
    }

    pub fn start() -> Option<Broker> {
        Broker::start_with(RULES)
    }

    /// Begins it, without anything of what it retained before.
    pub fn begin(&mut self) {
        let log = self.folder.path().join("log");
        let log = fs::File::options()
            .create(true)
            .append(true)
            .open(log)
            .unwrap();
        let child = Command::new(&self.program)
            .arg("-c")
            .arg(self.folder.path().join("mosquitto.conf"))
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        self.child = Some(child);
    }

    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// Its settings as an administrator writes them.
    pub fn settings(&self) -> Bridge {
        let said = json!({
            "broker": format!("mqtts://localhost:{}", self.held.port()), "user": "fleet", "password": PASSWORD,
            "ca": self.authority,
        });
        serde_json::from_value(said).unwrap()
    }

    fn client(&self, program: &str) -> Command {
        let mut client = Command::new(program);
        client
            .args([
                "-h",
                "localhost",
                "-p",
                &self.held.port().to_string(),
                "-V",
                "5",
            ])
            .args(["-u", "building", "-P", PASSWORD, "--cafile"])
            .arg(self.folder.path().join("authority.pem"));
        client
    }

    /// What it retains, by topic. Blocks for a second.
    fn look(&self) -> BTreeMap<String, String> {
        let heard = self
            .client("mosquitto_sub")
            .args(["-t", "#", "--retained-only", "-W", "1", "-F", "%t %p"])
            .stderr(Stdio::null())
            .output()
            .unwrap();
        let lines = String::from_utf8(heard.stdout).unwrap();
        let pairs = lines.lines().filter_map(|line| line.split_once(' '));
        pairs
            .map(|(topic, text)| (topic.to_owned(), text.to_owned()))
            .collect()
    }

    pub async fn retained(&self) -> BTreeMap<String, String> {
        tokio::task::block_in_place(|| self.look())
    }

    /// What stands on one topic, as JSON.
    pub async fn on(&self, topic: &str) -> Value {
        let text = self.retained().await.remove(topic);
        text.map_or(Value::Null, |text| {
            serde_json::from_str(&text).unwrap_or(text.into())
        })
    }

    /// Somebody else writes.
    pub async fn write(&self, topic: &str, payload: &[u8], retained: bool) {
        tokio::task::block_in_place(|| {
            let mut client = self.client("mosquitto_pub");
            if retained {
                client.arg("-r");
            }
            let mut client = client
                .args(["-q", "1", "-t", topic])
                .arg(if payload.is_empty() { "-n" } else { "-s" })
                .stdin(Stdio::piped())
                .spawn()
                .unwrap();
            client.stdin.take().unwrap().write_all(payload).unwrap();
            assert!(client.wait().unwrap().success(), "{topic}");
        });
    }
}

/// An authority and a certificate for the loopback; the answer is the authority's.
fn papers(folder: &Path) -> String {
    let (key, own) = (KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
    let mut authority = CertificateParams::default();
    // Two that are called the same would be one that vouches for itself.
    authority
        .distinguished_name
        .push(DnType::CommonName, "authority");
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let pem = authority.self_signed(&key).unwrap().pem();
    let issuer = Issuer::new(authority, key);
    let mut broker = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    broker
        .distinguished_name
        .push(DnType::CommonName, "localhost");
    broker.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let certificate = broker.signed_by(&own, &issuer).unwrap();
    fs::write(folder.join("authority.pem"), &pem).unwrap();
    fs::write(folder.join("broker.pem"), certificate.pem()).unwrap();
    fs::write(folder.join("broker.key"), own.serialize_pem()).unwrap();
    pem
}
