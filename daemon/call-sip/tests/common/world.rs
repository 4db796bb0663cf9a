//! Steps that several tests take, and what stands around two clients: authorities, certificates, names, a registrar.

use super::far::Far;
use super::{CALL, Process, Room, request};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use room_core::effect::CallCommand;
use room_core::event::CallSeen;
use room_core::units::Switch;
use std::net::UdpSocket;
use std::path::Path;
use std::time::Duration;

pub const SECOND: Duration = Duration::from_secs(1);

pub async fn inside(room: &mut Room, address: &str) {
    room.tell(CallCommand::Join(request(address, None)));
    room.sees(CALL, &CallSeen::Mic(Switch::Closed)).await;
    room.sees(CALL, &CallSeen::Camera(Switch::Closed)).await;
    room.sees(CALL, &CallSeen::Inside).await;
}

/// Some codecs make the faintest of noises of digital silence.
pub fn silence(far: &mut Far, otherwise: &str) {
    let level = far.hears(2 * SECOND);
    assert!(
        level.is_some_and(|level| level < -80.0),
        "{otherwise}: {level:?}"
    );
}

/// Dark and silent, then open, then closed again: measured at the far end.
pub async fn microphone_and_camera(room: &mut Room, far: &mut Far) {
    silence(far, "silence must arrive, and nothing but silence");
    assert!(
        far.sees_nothing(),
        "a picture left a room that nobody opened"
    );

    room.tell(CallCommand::Mic(Switch::Open));
    room.sees(CALL, &CallSeen::Mic(Switch::Open)).await;
    let loud = far.hears(2 * SECOND);
    assert!(
        loud.is_some_and(|level| level > -30.0),
        "the room is not heard: {loud:?}"
    );
    assert!(far.sees_nothing(), "the microphone's key opened the camera");

    room.tell(CallCommand::Camera(Switch::Open));
    room.sees(CALL, &CallSeen::Camera(Switch::Open)).await;
    far.listen(2 * SECOND);
    assert!(far.received().1 > 5, "no picture arrives");

    room.tell(CallCommand::Mic(Switch::Closed));
    room.tell(CallCommand::Camera(Switch::Closed));
    room.sees(CALL, &CallSeen::Mic(Switch::Closed)).await;
    room.sees(CALL, &CallSeen::Camera(Switch::Closed)).await;
    far.listen(SECOND);
    let before = far.received();
    silence(far, "a closed microphone is heard");
    let after = far.received();
    assert_eq!(after.1, before.1, "a closed camera is seen");
    assert!(
        after.0 > before.0 + 50,
        "silence must go on arriving, or bridges hang up"
    );
}

/// An authority that signs what it is told to.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    /// Its own certificate.
    pub pem: String,
}

/// The years in which a certificate is good.
pub const NOW: (i32, i32) = (2020, 2090);
pub const LONG_AGO: (i32, i32) = (2020, 2021);

impl Authority {
    pub fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params
            .distinguished_name
            .push(rcgen::DnType::CommonName, "Test authority");
        let pem = params.self_signed(&key).unwrap().pem();
        Authority {
            issuer: Issuer::new(params, key),
            pem,
        }
    }

    /// A key and its certificate for this name.
    pub fn signs(&self, name: &str, (from, to): (i32, i32)) -> String {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new([name.to_owned()]).unwrap();
        params.not_before = rcgen::date_time_ymd(from, 1, 1);
        params.not_after = rcgen::date_time_ymd(to, 1, 1);
        let signed = params.signed_by(&key, &self.issuer).unwrap();
        key.serialize_pem() + &signed.pem()
    }
}

/// Answers for every name with the address of this machine; gives the line for the client's file. Ends with the test's process.
pub fn names() -> String {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let line = format!("dns_server {}\n", socket.local_addr().unwrap());
    std::thread::spawn(move || {
        let mut bytes = [0; 512];
        while let Ok((count, asker)) = socket.recv_from(&mut bytes) {
            if let Some(answer) = answer(&bytes[..count]) {
                let _ = socket.send_to(&answer, asker);
            }
        }
    });
    line
}

/// One question, one address; nothing for questions about anything else (RFC 1035 section 4).
fn answer(question: &[u8]) -> Option<Vec<u8>> {
    let end = 12 + question.get(12..)?.iter().position(|byte| *byte == 0)? + 5;
    let asks_address = question.get(end - 4..end)? == [0, 1, 0, 1];
    let mut answer = question.get(..2)?.to_vec();
    answer.extend([0x81, 0x80, 0, 1, 0, u8::from(asks_address), 0, 0, 0, 0]);
    answer.extend(question.get(12..end)?);
    if asks_address {
        answer.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 127, 0, 0, 1]);
    }
    Some(answer)
}

/// Runs Kamailio on TCP and UDP with this route.
pub fn kamailio(folder: &Path, port: u16, modules: &[&str], route: &str) -> Process {
    let modules: String = modules
        .iter()
        .map(|name| format!("loadmodule \"{name}.so\"\n"))
        .collect();
    let text = format!(
        "debug=1\nlog_stderror=yes\nfork=yes\nchildren=1\ntcp_children=1\nlisten=udp:127.0.0.1:{port}\nlisten=tcp:127.0.0.1:{port}\n\
         mpath=\"/usr/lib/x86_64-linux-gnu/kamailio/modules/:/usr/lib/aarch64-linux-gnu/kamailio/modules/\"\n{modules}{route}"
    );
    let config = folder.join("kamailio.cfg");
    std::fs::write(&config, text).unwrap();
    let programs = ["/usr/sbin/kamailio", "/usr/bin/kamailio"];
    let program = programs.into_iter().find(|path| Path::new(path).is_file());
    let (config, own) = (config.to_str().unwrap(), folder.to_str().unwrap());
    let arguments = ["-f", config, "-DD", "-E", "-m", "32", "-M", "4", "-Y", own];
    Process::start(program.unwrap(), &arguments, &folder.join("kamailio.log"))
}
