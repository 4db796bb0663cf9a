//! MQTT 5 as this client speaks it, without a socket: bytes in, news and bytes out. The clock is an argument.
//!
//! MQTT 5, because only there a client says how large a message may be that it is sent: without that, whoever may write to one topic could
//! end the connection with a large one. And a broker says there what its rules do not let a client do.

use super::book::Message;
use super::line::LineError;
use super::verbs::Incoming;
use mqtt_protocol_core::mqtt;
use mqtt_protocol_core::mqtt::common::Cursor;
use mqtt_protocol_core::mqtt::connection::{ConnectionOptions, Event, TimerKind};
use mqtt_protocol_core::mqtt::packet::{
    GenericPacketTrait as _, Packet, Qos, RetainHandling, SubEntry, SubOpts, v5_0,
};
use mqtt_protocol_core::mqtt::result_code::{ConnectReasonCode, MqttError};
use std::collections::HashMap;
use std::time::Duration;
use tokio::time::Instant;

/// A larger packet is not sent to us; one that comes all the same ends the connection before it is read.
const LARGEST: u32 = 16 << 10;
/// Messages that the broker may send without an acknowledgement.
const UNACKNOWLEDGED: u16 = 16;
/// After this much silence the broker is asked whether it is there,
const KEEP_ALIVE_S: u16 = 20;
/// and answers within this.
const PONG: Duration = Duration::from_secs(10);
/// A broker that takes less than it makes us answer is none.
const MOST_PENDING: usize = 1 << 20;

/// As whom one comes, and what the broker says when one is gone.
#[derive(Debug, Clone)]
pub struct Login {
    /// One connection has this name at a time: whoever takes over ends the one before by it.
    pub client: String,
    /// As whom.
    pub user: String,
    /// With which password.
    pub password: crate::secrets::Hidden,
    /// Published when the connection ends without a goodbye.
    pub will: Message,
    /// Which commands are listened to.
    pub commands: Option<String>,
}

/// What the broker did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
    /// It let us in.
    Welcome,
    /// It holds a message.
    Held,
    /// It does not: its rules do not let us write to this topic, or hear commands.
    Denied(String),
    /// Something came on a topic.
    Came(Incoming),
}

type Connection = mqtt::Connection<mqtt::role::Client>;

/// One connection.
pub struct Wire {
    connection: Connection,
    /// Waits to be written.
    pub pending: Vec<u8>,
    away: HashMap<u16, String>,
    ping_at: Option<Instant>,
    pong_by: Option<Instant>,
}

fn broken(error: MqttError) -> LineError {
    LineError::Protocol(error.to_string())
}

impl Wire {
    /// Begins one: the first bytes are pending.
    ///
    /// # Errors
    /// When names are too long for the protocol.
    pub fn begin(login: &Login, now: Instant) -> Result<Wire, LineError> {
        let options = ConnectionOptions::new()
            .maximum_packet_size_recv(LARGEST)
            .receive_maximum(UNACKNOWLEDGED);
        let mut connection = Connection::with_options(mqtt::Version::V5_0, options);
        connection.set_auto_pub_response(true);
        connection.set_pingresp_recv_timeout(PONG.as_millis() as u64);
        let mut wire = Wire {
            connection,
            pending: Vec::new(),
            away: HashMap::new(),
            ping_at: None,
            pong_by: None,
        };
        let will = &login.will;
        let mut connect = v5_0::Connect::builder()
            .client_id(login.client.as_str())
            .and_then(|connect| {
                let payload = will.payload.clone();
                connect.will_message(will.topic.as_str(), payload, Qos::AtLeastOnce, true)
            })
            .map_err(broken)?
            .clean_start(true)
            .keep_alive(KEEP_ALIVE_S);
        if !login.user.is_empty() {
            connect = connect.user_name(login.user.as_str()).map_err(broken)?;
        }
        if !login.password.is_empty() {
            let password = login.password.shown();
            connect = connect.password(password).map_err(broken)?;
        }
        let events = wire
            .connection
            .checked_send(connect.build().map_err(broken)?);
        wire.follow(events, now)?;
        Ok(wire)
    }

    /// Takes what came.
    ///
    /// # Errors
    /// When the connection is over: the broker refused or broke the protocol.
    pub fn hear(&mut self, bytes: &[u8], now: Instant) -> Result<Vec<News>, LineError> {
        let mut cursor = Cursor::new(bytes);
        let mut news = Vec::new();
        while cursor.position() < bytes.len() as u64 {
            let events = self.connection.recv(&mut cursor);
            news.extend(self.follow(events, now)?);
        }
        if self.pending.len() > MOST_PENDING {
            return Err(LineError::Slow);
        }
        Ok(news)
    }

    /// Says something that is to be retained; it is pending then.
    ///
    /// # Errors
    /// When the broker takes no such message.
    pub fn publish(&mut self, message: Message, now: Instant) -> Result<(), LineError> {
        let id = self.connection.acquire_packet_id().map_err(broken)?;
        let packet = v5_0::Publish::builder()
            .topic_name(message.topic.as_str())
            .map_err(broken)?
            .qos(Qos::AtLeastOnce)
            .retain(true)
            .packet_id(id)
            .payload(message.payload)
            .build()
            .map_err(broken)?;
        self.away.insert(id, message.topic);
        let events = self.connection.checked_send(packet);
        self.follow(events, now).map(drop)
    }

    /// Whether the broker takes one more without having acknowledged those before.
    #[must_use]
    pub fn has_room(&self) -> bool {
        let left = self.connection.get_receive_maximum_vacancy_for_send();
        left.is_none_or(|left| left > 0)
    }

    /// Wants to hear commands: none that were kept, and those that shall be kept are marked.
    ///
    /// # Errors
    /// When the filter is none.
    pub fn subscribe(&mut self, filter: &str, now: Instant) -> Result<(), LineError> {
        let id = self.connection.acquire_packet_id().map_err(broken)?;
        let options = SubOpts::new()
            .set_qos(Qos::AtLeastOnce)
            .set_rap(true)
            .set_rh(RetainHandling::DoNotSendRetained);
        let packet = v5_0::Subscribe::builder()
            .packet_id(id)
            .entries(vec![SubEntry::new(filter, options).map_err(broken)?])
            .build()
            .map_err(broken)?;
        self.away.insert(id, filter.to_owned());
        let events = self.connection.checked_send(packet);
        self.follow(events, now).map(drop)
    }

    /// Says goodbye; it is pending then.
    pub fn bye(&mut self, now: Instant) {
        if let Ok(packet) = v5_0::Disconnect::builder().build() {
            let events = self.connection.checked_send(packet);
            // Whatever follows from a goodbye is the end.
            let _ = self.follow(events, now);
        }
    }

    /// When something is due.
    #[must_use]
    pub fn due(&self) -> Option<Instant> {
        [self.ping_at, self.pong_by].into_iter().flatten().min()
    }

    /// Does what is due.
    ///
    /// # Errors
    /// When the broker has not answered in time.
    pub fn tick(&mut self, now: Instant) -> Result<(), LineError> {
        if self.pong_by.is_some_and(|by| by <= now) {
            return Err(LineError::Silent);
        }
        if self.ping_at.is_some_and(|at| at <= now) {
            self.ping_at = None;
            let events = self.connection.notify_timer_fired(TimerKind::PingreqSend);
            self.follow(events, now)?;
        }
        Ok(())
    }

    fn follow(&mut self, events: Vec<Event>, now: Instant) -> Result<Vec<News>, LineError> {
        let mut news = Vec::new();
        let (mut wrong, mut ends) = (None, false);
        for event in events {
            match event {
                Event::RequestSendPacket { packet, .. } => {
                    self.pending.extend(packet.to_continuous_buffer());
                }
                Event::NotifyPacketReceived(packet) => news.extend(self.read(&packet)?),
                Event::RequestTimerReset { kind, duration_ms } => {
                    let at = now + Duration::from_millis(duration_ms);
                    self.set(kind, Some(at));
                }
                Event::RequestTimerCancel(kind) => self.set(kind, None),
                Event::NotifyError(error) => wrong = Some(error),
                Event::RequestClose => ends = true,
                Event::NotifyPacketIdReleased(_) => {}
            }
        }
        match (wrong, ends) {
            (Some(error), _) => Err(broken(error)),
            (None, true) => Err(LineError::Closed),
            (None, false) => Ok(news),
        }
    }

    fn set(&mut self, kind: TimerKind, at: Option<Instant>) {
        match kind {
            TimerKind::PingreqSend => self.ping_at = at,
            TimerKind::PingrespRecv => self.pong_by = at,
            TimerKind::PingreqRecv => {}
        }
    }

    fn read(&mut self, packet: &Packet) -> Result<Option<News>, LineError> {
        Ok(match packet {
            Packet::V5_0Connack(welcome) => match welcome.reason_code() {
                ConnectReasonCode::Success => Some(News::Welcome),
                ConnectReasonCode::BadUserNameOrPassword | ConnectReasonCode::NotAuthorized => {
                    return Err(LineError::Login);
                }
                other => return Err(LineError::Refused(other.to_string())),
            },
            Packet::V5_0Puback(ack) => {
                let topic = self.away.remove(&ack.packet_id()).unwrap_or_default();
                let denied = ack.reason_code().is_some_and(|code| code.is_failure());
                Some(if denied {
                    News::Denied(topic)
                } else {
                    News::Held
                })
            }
            Packet::V5_0Suback(ack) => {
                let filter = self.away.remove(&ack.packet_id()).unwrap_or_default();
                let denied = ack.reason_codes().iter().any(|code| code.is_failure());
                denied.then_some(News::Denied(filter))
            }
            Packet::V5_0Publish(came) => Some(News::Came(Incoming {
                topic: came.topic_name().to_owned(),
                payload: came.payload().as_slice().to_vec(),
                retained: came.retain(),
            })),
            Packet::V5_0Disconnect(goodbye) => {
                let why = goodbye.reason_code().map(|code| code.to_string());
                return Err(LineError::Refused(why.unwrap_or_default()));
            }
            _ => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const CONNACK: &[u8] = &[0x20, 3, 0, 0, 0];

    fn wire() -> Wire {
        let login = Login {
            client: "roomd-1".to_owned(),
            user: "fleet".to_owned(),
            password: crate::secrets::Hidden::of("geheim"),
            will: Message {
                topic: "roomd/own/availability".to_owned(),
                payload: b"offline".to_vec(),
            },
            commands: None,
        };
        Wire::begin(&login, Instant::now()).unwrap()
    }

    fn message() -> Message {
        Message {
            topic: "a/b".to_owned(),
            payload: b"c".to_vec(),
        }
    }

    #[test]
    fn a_message_is_held_or_denied_by_the_brokers_word() {
        let now = Instant::now();
        let mut wire = wire();
        assert_eq!(wire.pending[0], 0x10);
        assert_eq!(wire.hear(CONNACK, now).unwrap(), [News::Welcome]);
        wire.pending.clear();
        wire.publish(message(), now).unwrap();
        wire.publish(message(), now).unwrap();
        assert_eq!(wire.pending[0], 0x33, "retained, and to be acknowledged");
        let acks = [0x40, 2, 0, 1, 0x40, 3, 0, 2, 0x87];
        let news = wire.hear(&acks, now).unwrap();
        assert_eq!(news, [News::Held, News::Denied("a/b".to_owned())]);
    }

    #[test]
    fn a_broker_that_lets_nobody_listen_is_noticed() {
        let now = Instant::now();
        for (code, news) in [
            (0x01, vec![]),
            (0x87, vec![News::Denied("a/+/command".to_owned())]),
        ] {
            let mut wire = wire();
            wire.hear(CONNACK, now).unwrap();
            wire.subscribe("a/+/command", now).unwrap();
            assert_eq!(wire.hear(&[0x90, 4, 0, 1, 0, code], now).unwrap(), news);
        }
    }

    #[test]
    fn a_broker_that_floods_and_takes_nothing_is_let_go_of() {
        let now = Instant::now();
        let mut wire = wire();
        wire.hear(CONNACK, now).unwrap();
        let one = [0x32, 8, 0, 3, b'a', b'/', b'b', 0, 1, 0];
        let many = one.repeat(10_000);
        let ended = (0..100).find_map(|_| wire.hear(&many, now).err());
        assert!(matches!(ended, Some(LineError::Slow)));
        assert!(wire.pending.len() < 2 * MOST_PENDING);
    }

    #[test]
    fn who_is_refused_hears_why() {
        let now = Instant::now();
        let refused = |code| wire().hear(&[0x20, 3, 0, code, 0], now).unwrap_err();
        assert!(matches!(refused(0x86), LineError::Login));
        assert!(matches!(refused(0x87), LineError::Login));
        assert!(matches!(refused(0x89), LineError::Refused(_)));
        let large = [0x30, 0xff, 0xff, 0xff, 0x7f];
        let mut wire = wire();
        wire.hear(CONNACK, now).unwrap();
        assert!(
            wire.hear(&large, now).is_err(),
            "before anything of it is there"
        );
    }

    #[test]
    fn a_broker_that_falls_silent_is_noticed() {
        let mut now = Instant::now();
        let mut wire = wire();
        wire.hear(CONNACK, now).unwrap();
        wire.pending.clear();
        now = wire.due().unwrap();
        wire.tick(now).unwrap();
        assert_eq!(wire.pending, [0xc0, 0]);
        let mut other_now = now;
        wire.hear(&[0xd0, 0], now).unwrap();
        other_now += Duration::from_secs(60);
        wire.tick(other_now).unwrap();
        let end = other_now + PONG;
        assert!(matches!(wire.tick(end), Err(LineError::Silent)));
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

        /// A panic would end the whole server.
        #[test]
        fn whatever_a_broker_sends_ends_the_connection_at_most(
            let_in: bool,
            kinds in proptest::collection::vec((0..16_u8, 0..16_u8, proptest::collection::vec(any::<u8>(), 0..24)), 0..8),
            rest in proptest::collection::vec(any::<u8>(), 0..40),
        ) {
            let now = Instant::now();
            let mut wire = wire();
            if let_in {
                wire.hear(CONNACK, now).unwrap();
                wire.publish(message(), now).unwrap();
                wire.subscribe("roomd/own/+/command", now).unwrap();
            }
            for (kind, flags, body) in kinds {
                let mut packet = vec![kind << 4 | flags, body.len() as u8];
                packet.extend(body);
                if wire.hear(&packet, now).is_err() {
                    break;
                }
            }
            let _ = wire.hear(&rest, now);
            let _ = wire.tick(now + Duration::from_secs(100));
            wire.bye(now);
        }
    }
}
