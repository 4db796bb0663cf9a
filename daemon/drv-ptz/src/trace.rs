//! Each frame of a line, both ways, with its meaning in words: for people who look for a fault.
//! Must not know when or why frames are sent.

use crate::config::{Port, Protocol};
use crate::pelco::{self, Dialect};
use crate::sony::HEADER;
use crate::visca::{self, Command, Inquiry, Motor, Received, Refusal, Reply, ZoomMove};
use tokio::sync::mpsc;

/// Which way a frame went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// To the head.
    Out,
    /// From it.
    In,
}

/// One frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Traced {
    /// Which way it went.
    pub way: Way,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// What it says.
    pub meaning: String,
}

/// Where traced frames go.
pub type Trace = mpsc::UnboundedSender<Traced>;

/// Finds the frames of both directions again.
pub(crate) struct Tracer {
    to: Trace,
    speech: Speech,
    visca: visca::Deframer,
    pelco: pelco::Deframer,
    held: Vec<u8>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Speech {
    Visca,
    Sony,
    Pelco,
}

impl Tracer {
    pub fn new(to: Trace, port: &Port, protocol: Protocol) -> Tracer {
        let dialect = match protocol {
            Protocol::PelcoP => Dialect::P,
            Protocol::Visca | Protocol::PelcoD | Protocol::Uvc => Dialect::D,
        };
        let speech = match (protocol, port) {
            (Protocol::PelcoD | Protocol::PelcoP, _) => Speech::Pelco,
            (_, Port::Sony(..)) => Speech::Sony,
            _ => Speech::Visca,
        };
        Tracer {
            to,
            speech,
            visca: visca::Deframer::default(),
            pelco: pelco::Deframer::new(dialect),
            held: Vec::new(),
        }
    }

    /// What leaves is whole.
    pub fn sent(&mut self, bytes: &[u8]) {
        let meaning = match self.speech {
            Speech::Visca => visca_out(bytes),
            Speech::Sony => sony(bytes, visca_out),
            Speech::Pelco => self.pelco_words(bytes),
        };
        self.tell(Way::Out, bytes.to_vec(), meaning);
    }

    /// What comes is cut anywhere, but for datagrams.
    pub fn came(&mut self, bytes: &[u8]) {
        if self.speech == Speech::Sony {
            return self.tell(Way::In, bytes.to_vec(), sony(bytes, visca_in));
        }
        for byte in bytes {
            self.held.push(*byte);
            let meaning = match self.speech {
                Speech::Visca | Speech::Sony => match self.visca.push(*byte) {
                    Some(Received::Frame(frame)) => visca_in(frame.as_bytes()),
                    Some(Received::Noise) => "noise".to_owned(),
                    None => continue,
                },
                Speech::Pelco => match self.pelco.push(*byte) {
                    Some(pelco::Received::Frame(frame)) => pelco_frame(&frame),
                    Some(pelco::Received::Noise) => "noise".to_owned(),
                    None => continue,
                },
            };
            let bytes = core::mem::take(&mut self.held);
            self.tell(Way::In, bytes, meaning);
        }
    }

    fn pelco_words(&self, bytes: &[u8]) -> String {
        let mut deframer = self.pelco.clone();
        bytes
            .iter()
            .filter_map(|byte| match deframer.push(*byte) {
                Some(pelco::Received::Frame(frame)) => Some(pelco_frame(&frame)),
                Some(pelco::Received::Noise) | None => None,
            })
            .last()
            .unwrap_or_else(|| "no frame".to_owned())
    }

    /// Whoever listened may have gone.
    fn tell(&self, way: Way, bytes: Vec<u8>, meaning: String) {
        let _ = self.to.send(Traced {
            way,
            bytes,
            meaning,
        });
    }
}

fn whole(bytes: &[u8]) -> Option<visca::Frame> {
    let mut deframer = visca::Deframer::default();
    bytes.iter().find_map(|byte| match deframer.push(*byte) {
        Some(Received::Frame(frame)) => Some(frame),
        Some(Received::Noise) | None => None,
    })
}

fn sony(bytes: &[u8], meaning: fn(&[u8]) -> String) -> String {
    let Some((header, payload)) = bytes.split_at_checked(HEADER) else {
        return "too short for a datagram of Sony's".to_owned();
    };
    let number = u32::from_be_bytes([header[4], header[5], header[6], header[7]]);
    match ([header[0], header[1]], payload) {
        ([0x02, 0x00], [0x01]) => "count from zero again".to_owned(),
        ([0x02, 0x01], [0x01, ..]) => "counts from zero".to_owned(),
        ([0x02, 0x01], [0x0F, 0x01, ..]) => format!("number {number} is out of step"),
        ([0x02, 0x01], [0x0F, 0x02, ..]) => format!("number {number} is of an unknown type"),
        _ => format!("number {number}: {}", meaning(payload)),
    }
}

fn visca_out(bytes: &[u8]) -> String {
    let Some(frame) = whole(bytes) else {
        return "no frame".to_owned();
    };
    if frame == visca::Frame::address_set() {
        return "all cameras: take numbers from 1".to_owned();
    }
    if frame == visca::Frame::if_clear() {
        return "all cameras: forget unfinished commands".to_owned();
    }
    let to = bytes.first().map_or(0, |header| header & 0x07);
    let words = match (Command::parse(&frame), Inquiry::parse(&frame)) {
        (Some(command), _) => command_words(command),
        (None, Some(inquiry)) => inquiry_words(inquiry).to_owned(),
        (None, None) => "unknown".to_owned(),
    };
    format!("camera {to}: {words}")
}

fn inquiry_words(inquiry: Inquiry) -> &'static str {
    match inquiry {
        Inquiry::Version => "who are you?",
        Inquiry::Power => "on or asleep?",
        Inquiry::PanTilt => "where do you look?",
        Inquiry::Zoom => "where is the zoom?",
    }
}

fn command_words(command: Command) -> String {
    let motor = |motor, minus: &str, plus: &str| match motor {
        Motor::Still => String::new(),
        Motor::Minus(speed) => format!(" {minus} at {speed}"),
        Motor::Plus(speed) => format!(" {plus} at {speed}"),
    };
    match command {
        Command::PowerOn => "wake up".to_owned(),
        Command::Standby => "sleep".to_owned(),
        Command::PanTilt {
            pan: Motor::Still,
            tilt: Motor::Still,
        } => "stop pan and tilt".to_owned(),
        Command::PanTilt { pan, tilt } => format!(
            "turn{}{}",
            motor(pan, "left", "right"),
            motor(tilt, "down", "up")
        ),
        Command::PanTiltTo { pan, tilt, .. } => format!("turn to pan {pan}, tilt {tilt} (steps)"),
        Command::Home => "turn home".to_owned(),
        Command::Zoom(ZoomMove::Stop) => "stop the zoom".to_owned(),
        Command::Zoom(ZoomMove::Tele(speed)) => format!("zoom in at {speed}"),
        Command::Zoom(ZoomMove::Wide(speed)) => format!("zoom out at {speed}"),
        Command::ZoomTo(place) => format!("zoom to {place} (steps)"),
        Command::PresetClear(number) => format!("forget preset {number}"),
        Command::PresetStore(number) => format!("store preset {number}"),
        Command::PresetRecall(number) => format!("turn to preset {number}"),
        Command::Cancel(socket) => format!("give up what runs in socket {socket}"),
    }
}

fn visca_in(bytes: &[u8]) -> String {
    let Some(reply) = whole(bytes).as_ref().and_then(Reply::parse) else {
        return "makes no sense".to_owned();
    };
    let from = reply.sender().map_or(0, visca::Address::get);
    match reply {
        Reply::Ack(_, socket) => format!("camera {from}: accepted (socket {})", socket.get()),
        Reply::Completion(_, socket) => {
            format!("camera {from}: finished (socket {})", socket.get())
        }
        Reply::Answer(_, data) => format!("camera {from}: answers {}", hex(data.as_bytes())),
        Reply::Refused(_, _, why) => format!("camera {from}: {}", refusal_words(why)),
        Reply::AddressesSet { next } => format!("{} cameras have numbers", next - 1),
        Reply::Cleared => "unfinished commands are forgotten".to_owned(),
        Reply::NetworkChange => "a camera was attached or switched on".to_owned(),
    }
}

fn refusal_words(why: Refusal) -> String {
    match why {
        Refusal::Length => "refused: wrong length".to_owned(),
        Refusal::Syntax => "refused: does not know that".to_owned(),
        Refusal::BufferFull => "refused: busy with two commands".to_owned(),
        Refusal::Cancelled => "a command was given up".to_owned(),
        Refusal::NoSocket => "nothing to give up".to_owned(),
        Refusal::NotNow => "refused: not now (asleep, or its menu is open)".to_owned(),
        Refusal::Other(code) => format!("refused with code {code:02X}"),
    }
}

fn pelco_frame(frame: &pelco::Frame) -> String {
    let head = frame.address().map_or(0, pelco::Address::get);
    if let Some(answer) = pelco::Answer::parse(frame) {
        return format!("head {head}: {:?} is {}", answer.query, answer.value);
    }
    let words = match pelco::Command::parse(frame) {
        Some(pelco::Command::STOP) => "stop".to_owned(),
        Some(command) => pelco_command(command),
        None => "unknown".to_owned(),
    };
    format!("head {head}: {words}")
}

fn pelco_command(command: pelco::Command) -> String {
    use pelco::{Motor, Zoom};
    let motor = |motor, minus: &str, plus: &str| match motor {
        Motor::Still => String::new(),
        Motor::Minus(speed) => format!(" {minus} at {speed}"),
        Motor::Plus(speed) => format!(" {plus} at {speed}"),
    };
    match command {
        pelco::Command::Move { pan, tilt, zoom } => {
            let zoom = match zoom {
                Zoom::Still => "",
                Zoom::Tele => " zoom in",
                Zoom::Wide => " zoom out",
            };
            let (pan, tilt) = (motor(pan, "left", "right"), motor(tilt, "down", "up"));
            format!("turn{pan}{tilt}{zoom}")
        }
        pelco::Command::PresetStore(number) => format!("store preset {number}"),
        pelco::Command::PresetClear(number) => format!("forget preset {number}"),
        pelco::Command::PresetRecall(number) => format!("turn to preset {number}"),
        pelco::Command::CameraOn => "camera on".to_owned(),
        pelco::Command::CameraOff => "camera off".to_owned(),
        pelco::Command::Ask(query) => format!("where is {query:?}?").to_lowercase(),
    }
}

fn hex(bytes: &[u8]) -> String {
    let bytes: Vec<String> = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
    bytes.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sony::Numbering;

    fn port(sony: bool) -> Port {
        let peer = crate::config::Peer {
            host: "camera".to_owned(),
            port: 1,
        };
        if sony {
            Port::Sony(peer, Numbering::Counted)
        } else {
            Port::Tcp(peer)
        }
    }

    fn traced(sony: bool, protocol: Protocol, way: Way, text: &str) -> Vec<String> {
        let (to, mut out) = mpsc::unbounded_channel();
        let mut tracer = Tracer::new(to, &port(sony), protocol);
        let bytes: Vec<u8> = text
            .split(' ')
            .map(|b| u8::from_str_radix(b, 16).unwrap())
            .collect();
        match way {
            Way::Out => tracer.sent(&bytes),
            Way::In => tracer.came(&bytes),
        }
        drop(tracer);
        let mut said = Vec::new();
        while let Ok(frame) = out.try_recv() {
            said.push(frame.meaning);
        }
        said
    }

    #[test]
    fn frames_are_told_with_their_meaning_however_they_were_cut() {
        let visca = |way, text| traced(false, Protocol::Visca, way, text);
        assert_eq!(
            visca(Way::Out, "82 01 06 01 0A 01 02 03 FF"),
            ["camera 2: turn right at 10"]
        );
        assert_eq!(
            visca(Way::In, "00 13 FF 90 41 FF A0 60 02 FF"),
            [
                "noise",
                "camera 1: accepted (socket 1)",
                "camera 2: refused: does not know that"
            ]
        );
        let sony = |way, text| traced(true, Protocol::Visca, way, text);
        assert_eq!(
            sony(Way::Out, "01 00 00 06 00 00 00 01 81 01 04 00 02 FF"),
            ["number 1: camera 1: wake up"]
        );
        assert_eq!(
            sony(Way::In, "02 01 00 02 00 00 00 07 0F 01"),
            ["number 7 is out of step"]
        );
        let pelco = |way, text| traced(false, Protocol::PelcoD, way, text);
        assert_eq!(
            pelco(Way::Out, "FF 01 00 02 20 00 23"),
            ["head 1: turn right at 32"]
        );
        assert_eq!(
            pelco(Way::In, "FF 01 00 59 23 28 A5"),
            ["head 1: Pan is 9000"]
        );
    }
}
