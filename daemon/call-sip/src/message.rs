//! What goes over the control line: orders to baresip, its answers and its events. Pure; words only, no meaning.
//! Orders print without what they carry: addresses and passcodes are private.

use room_core::ids::Private;
use serde::Deserialize;
use serde_json::{Value, json};
use std::fmt;

/// An order. Every one but [`Order::TurnMute`] is absolute.
#[derive(Clone, PartialEq, Eq)]
pub enum Order {
    /// Which version it is.
    About,
    /// Which calls there are.
    Calls,
    /// Which accounts are registered.
    Registrations,
    /// Call this address.
    Dial(Private),
    /// What is ordered from now on is about the call with this number.
    Select(String),
    /// End the call.
    HangUp,
    /// Where sound comes from, now and in later calls, as `driver,device`.
    Sound(String),
    /// Where sound is played, likewise.
    Player(String),
    /// Where the picture comes from, now and in later calls, as `driver,device`.
    Picture(String),
    /// Turn the mute of what is sent around; the answer says which it is now. baresip has no absolute order for this.
    TurnMute,
    /// Press a key of the telephone.
    Key(char),
    /// Ask the far end whether it still knows the call, by agreeing on it anew.
    Renew,
    /// How sound flows.
    SoundState,
    /// How pictures flow.
    PictureState,
}

impl Order {
    /// As JSON; the answer carries the token.
    pub fn encode(&self, token: u64) -> Vec<u8> {
        let (command, params) = match self {
            Order::About => ("about", None),
            Order::Calls => ("listcalls", None),
            Order::Registrations => ("reginfo", None),
            Order::Dial(address) => ("dial", Some(address.reveal().to_owned())),
            Order::Select(call) => ("callfind", Some(call.clone())),
            Order::HangUp => ("hangup", None),
            Order::Sound(source) => ("ausrc", Some(source.clone())),
            Order::Player(player) => ("auplay", Some(player.clone())),
            Order::Picture(source) => ("vidsrc", Some(source.clone())),
            Order::TurnMute => ("mute", None),
            Order::Key(key) => ("sndcode", Some(key.to_string())),
            Order::Renew => ("reinvite", None),
            Order::SoundState => ("audio_debug", None),
            Order::PictureState => ("video_debug", None),
        };
        let token = token.to_string();
        let message = match params {
            Some(params) => json!({ "command": command, "params": params, "token": token }),
            None => json!({ "command": command, "token": token }),
        };
        message.to_string().into_bytes()
    }
}

impl fmt::Debug for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Order::About => f.write_str("About"),
            Order::Calls => f.write_str("Calls"),
            Order::Registrations => f.write_str("Registrations"),
            Order::Dial(_) => f.write_str("Dial(<private>)"),
            Order::Select(_) => f.write_str("Select"),
            Order::HangUp => f.write_str("HangUp"),
            Order::Sound(source) => write!(f, "Sound({source})"),
            Order::Player(player) => write!(f, "Player({player})"),
            Order::Picture(source) => write!(f, "Picture({source})"),
            Order::TurnMute => f.write_str("TurnMute"),
            Order::Key(_) => f.write_str("Key(<private>)"),
            Order::Renew => f.write_str("Renew"),
            Order::SoundState => f.write_str("SoundState"),
            Order::PictureState => f.write_str("PictureState"),
        }
    }
}

/// What baresip says.
#[derive(Clone, PartialEq, Eq)]
pub enum Said {
    /// To the order with this token.
    Answer {
        /// Which order.
        token: u64,
        /// Whether it was carried out.
        done: bool,
        /// In prose.
        text: String,
    },
    /// By itself.
    Event(Happened),
    /// Something that does not matter here.
    Other,
}

/// What happened to a call or an account.
#[derive(Clone, PartialEq, Eq)]
pub enum Happened {
    /// The far end rings.
    Ringing,
    /// The far end took the call.
    Established,
    /// The first packet of sound has arrived.
    FirstPacket,
    /// The call is over, or never came to be, with the reason in prose.
    Closed(String),
    /// Somebody calls the room.
    Incoming,
    /// An account is registered.
    Registered,
    /// An account could not be registered, with the reason in prose.
    NotRegistered(String),
    /// The far end reported on what it receives and sends.
    Reported,
    /// The far end wants sound and picture to go another way.
    Renegotiated,
    /// How loud the room's sound is as it is sent, in dBov; -96 is digital silence.
    Level(i16),
}

impl fmt::Debug for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Said::Answer { token, done, text } => {
                write!(f, "Answer({token}, {done}, {} bytes)", text.len())
            }
            Said::Event(happened) => write!(f, "{happened:?}"),
            Said::Other => f.write_str("Other"),
        }
    }
}

impl fmt::Debug for Happened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Happened::Ringing => "Ringing",
            Happened::Established => "Established",
            Happened::FirstPacket => "FirstPacket",
            Happened::Closed(_) => "Closed",
            Happened::Incoming => "Incoming",
            Happened::Registered => "Registered",
            Happened::NotRegistered(_) => "NotRegistered",
            Happened::Reported => "Reported",
            Happened::Renegotiated => "Renegotiated",
            Happened::Level(_) => "Level",
        })
    }
}

#[derive(Deserialize)]
struct Line {
    #[serde(default)]
    response: bool,
    #[serde(default)]
    event: bool,
    #[serde(default)]
    ok: bool,
    #[serde(default)]
    data: Value,
    #[serde(default)]
    token: Value,
    #[serde(default, rename = "type")]
    kind: String,
    #[serde(default)]
    direction: String,
    #[serde(default)]
    param: Value,
}

/// Reads a message; what is not understood is [`Said::Other`].
pub fn read(message: &[u8]) -> Said {
    let Ok(line) = serde_json::from_slice::<Line>(message) else {
        return Said::Other;
    };
    if line.response {
        let token = line.token.as_str().and_then(|token| token.parse().ok());
        return token.map_or(Said::Other, |token| Said::Answer {
            token,
            done: line.ok,
            text: line.data.as_str().unwrap_or_default().to_owned(),
        });
    }
    if !line.event {
        return Said::Other;
    }
    let text = line.param.as_str().unwrap_or_default();
    happened(&line.kind, &line.direction, text).map_or(Said::Other, Said::Event)
}

fn happened(kind: &str, direction: &str, text: &str) -> Option<Happened> {
    // Of a call from outside only its coming matters: it is refused.
    let incoming = direction == "incoming";
    Some(match kind {
        "CALL_INCOMING" => Happened::Incoming,
        "REGISTER_OK" => Happened::Registered,
        "REGISTER_FAIL" => Happened::NotRegistered(text.to_owned()),
        _ if incoming => return None,
        "CALL_RINGING" | "CALL_PROGRESS" => Happened::Ringing,
        "CALL_ESTABLISHED" => Happened::Established,
        "CALL_RTPESTAB" if text == "audio" => Happened::FirstPacket,
        "CALL_RTCP" => Happened::Reported,
        "CALL_REMOTE_SDP" if text == "offer" => Happened::Renegotiated,
        "CALL_CLOSED" => Happened::Closed(text.to_owned()),
        "VU_TX_REPORT" => Happened::Level(level(text)?),
        _ => return None,
    })
}

/// The whole part of a number such as `-9.02`.
fn level(text: &str) -> Option<i16> {
    text.split('.').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_are_json_with_a_token() {
        let dial = Order::Dial(Private::new("sip:4711@conf.example"));
        assert_eq!(
            String::from_utf8(dial.encode(7)).unwrap(),
            r#"{"command":"dial","params":"sip:4711@conf.example","token":"7"}"#
        );
        assert_eq!(
            String::from_utf8(Order::HangUp.encode(8)).unwrap(),
            r#"{"command":"hangup","token":"8"}"#
        );
    }

    #[test]
    fn answers_and_events_are_read_as_baresip_writes_them() {
        let table = [
            (
                r#"{"response":true,"ok":true,"data":"switch audio device: ausine,500\n","token":"3"}"#,
                Said::Answer {
                    token: 3,
                    done: true,
                    text: "switch audio device: ausine,500\n".to_owned(),
                },
            ),
            (
                r#"{"event":true,"type":"CALL_CLOSED","class":"call","direction":"outgoing","param":"486 Busy Here"}"#,
                Said::Event(Happened::Closed("486 Busy Here".to_owned())),
            ),
            (
                r#"{"event":true,"type":"CALL_INCOMING","class":"call","direction":"incoming","param":"sip:x"}"#,
                Said::Event(Happened::Incoming),
            ),
            (
                r#"{"event":true,"type":"CALL_CLOSED","class":"call","direction":"incoming","param":"x"}"#,
                Said::Other,
            ),
            (
                r#"{"event":true,"type":"VU_TX_REPORT","class":"VU_REPORT","direction":"outgoing","param":"-96.00"}"#,
                Said::Event(Happened::Level(-96)),
            ),
            (
                r#"{"event":true,"type":"REGISTER_FAIL","param":"403 Forbidden"}"#,
                Said::Event(Happened::NotRegistered("403 Forbidden".to_owned())),
            ),
            (
                r#"{"event":true,"type":"CALL_REMOTE_SDP","class":"other","direction":"outgoing","param":"offer"}"#,
                Said::Event(Happened::Renegotiated),
            ),
            (
                r#"{"event":true,"type":"CALL_REMOTE_SDP","class":"other","direction":"outgoing","param":"answer"}"#,
                Said::Other,
            ),
            (r#"{"response":true,"ok":true,"token":{}}"#, Said::Other),
            ("[]", Said::Other),
            ("", Said::Other),
        ];
        for (line, said) in table {
            assert!(read(line.as_bytes()) == said, "{line}");
        }
    }

    #[test]
    fn nothing_private_is_printed() {
        let order = Order::Dial(Private::new("sip:geheim@conf.example"));
        let closed = Said::Event(Happened::Closed("sip:geheim@conf.example".to_owned()));
        let answer = Said::Answer {
            token: 1,
            done: true,
            text: "sip:geheim@conf.example".to_owned(),
        };
        let printed = format!("{order:?} {closed:?} {answer:?} {:?}", Order::Key('7'));
        assert!(
            !printed.contains("geheim") && !printed.contains('7'),
            "{printed}"
        );
    }
}
