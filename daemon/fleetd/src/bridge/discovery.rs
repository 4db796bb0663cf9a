//! How Home Assistant is told to read a room's topics: one message for a device with all its entities. Pure.
//!
//! The format is that of <https://www.home-assistant.io/integrations/mqtt/#device-discovery-payload>: `device`, `origin` and `components`
//! at the root, a `platform` and a `unique_id` for each component. A component that has its platform alone is taken away there, and one
//! that was never there stays so. A template that renders `None` is an unknown state.

use super::said::{Face, PHASES, VERDICTS, phase, verdict};
use super::topics::Topics;
use super::verbs::VERBS;
use crate::words::say;
use fleet_proto::RoomId;
use serde_json::{Map, Value, json};
use texts::Language;

/// How rooms are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct View {
    /// In which language entities are named.
    pub language: Language,
    /// Whether there are buttons.
    pub buttons: bool,
}

/// What names a device and its entities.
struct Naming<'a> {
    topics: &'a Topics,
    room: &'a RoomId,
    language: Language,
}

impl Naming<'_> {
    /// An entity, with what is special about it.
    fn entity(&self, (platform, key): (&str, &str), more: Value) -> Value {
        let mut entity = json!({
            "platform": platform,
            "unique_id": format!("{}_{key}", self.topics.device(self.room)),
            "name": say(self.language, &format!("bridge-entity-{key}")),
        });
        if let (Some(entity), Value::Object(more)) = (entity.as_object_mut(), more) {
            entity.extend(more);
        }
        entity
    }

    /// One that is read from the room's state.
    fn read(&self, platform: &str, key: &str, more: Value) -> Value {
        let mut read = json!({
            "state_topic": self.topics.state(self.room),
            "value_template": format!("{{{{ value_json.{key} }}}}"),
        });
        if let (Some(read), Value::Object(more)) = (read.as_object_mut(), more) {
            read.extend(more);
        }
        self.entity((platform, key), read)
    }

    /// One that is so or not.
    fn yes_or_no(&self, key: &str, more: Value) -> Value {
        // Home Assistant's templates write what JSON calls true and false so.
        let mut words = json!({ "payload_on": "True", "payload_off": "False" });
        if let (Some(words), Value::Object(more)) = (words.as_object_mut(), more) {
            words.extend(more);
        }
        self.read("binary_sensor", key, words)
    }
}

/// The message of a room's device.
#[must_use]
pub fn device(topics: &Topics, room: &RoomId, face: &Face, view: View) -> Value {
    let naming = Naming {
        topics,
        room,
        language: view.language,
    };
    let name = match face.site.as_str() {
        "" => face.name.as_str().to_owned(),
        site => format!("{} ({site})", face.name.as_str()),
    };
    let mut device = json!({
        "identifiers": [topics.device(room)],
        "name": name,
        "manufacturer": "roomd",
        "model": "roomd",
    });
    if !face.site.is_empty() {
        device["suggested_area"] = json!(face.site);
    }
    if !face.software.as_str().is_empty() {
        device["sw_version"] = json!(face.software.as_str());
    }
    let mut components = sensors(&naming);
    components.extend(buttons(&naming, view.buttons));
    json!({
        "device": device,
        "origin": { "name": "roomd fleetd", "sw_version": env!("CARGO_PKG_VERSION") },
        "availability": [
            { "topic": topics.bridge() },
            { "topic": topics.availability(room) },
        ],
        "availability_mode": "all",
        "components": components,
    })
}

fn sensors(naming: &Naming<'_>) -> Map<String, Value> {
    let phases: Vec<Value> = PHASES.into_iter().map(phase).collect();
    let verdicts: Vec<Value> = VERDICTS.into_iter().map(verdict).collect();
    // Whether a room is there can be said while it is away.
    let connected = json!({
        "state_topic": naming.topics.availability(naming.room),
        "payload_on": "online",
        "payload_off": "offline",
        "device_class": "connectivity",
        "entity_category": "diagnostic",
        "availability": [{ "topic": naming.topics.bridge() }],
    });
    let all = [
        (
            "phase",
            naming.read(
                "sensor",
                "phase",
                json!({ "device_class": "enum", "options": phases }),
            ),
        ),
        (
            "in_call",
            naming.yes_or_no("in_call", json!({ "icon": "mdi:video" })),
        ),
        (
            "microphone_live",
            naming.yes_or_no("microphone_live", json!({ "icon": "mdi:microphone" })),
        ),
        (
            "fault",
            naming.yes_or_no("fault", json!({ "device_class": "problem" })),
        ),
        (
            "fault_code",
            naming.read(
                "sensor",
                "fault_code",
                json!({ "entity_category": "diagnostic" }),
            ),
        ),
        (
            "preflight",
            naming.read(
                "sensor",
                "preflight",
                json!({ "device_class": "enum", "options": verdicts }),
            ),
        ),
        (
            "next_meeting",
            naming.read(
                "sensor",
                "next_meeting",
                json!({ "device_class": "timestamp" }),
            ),
        ),
        (
            "connected",
            naming.entity(("binary_sensor", "connected"), connected),
        ),
    ];
    all.into_iter()
        .map(|(key, entity)| (key.to_owned(), entity))
        .collect()
}

fn buttons(naming: &Naming<'_>, shown: bool) -> Map<String, Value> {
    let button = |verb: &str| match shown {
        true => {
            let mut press = json!({
                "command_topic": naming.topics.command(naming.room),
                "payload_press": verb,
            });
            if verb == "identify" {
                press["device_class"] = json!("identify");
            }
            naming.entity(("button", &format!("do_{verb}")), press)
        }
        false => json!({ "platform": "button" }),
    };
    let all = VERBS.into_iter();
    all.map(|verb| (format!("do_{verb}"), button(verb)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bridge::{Ground, Said};
    use crate::rooms::sample;

    /// What Home Assistant has device classes for, as far as we use them.
    const CLASSES: [(&str, &[&str]); 3] = [
        ("sensor", &["enum", "timestamp"]),
        ("binary_sensor", &["problem", "connectivity"]),
        ("button", &["identify"]),
    ];

    fn message(buttons: bool, language: Language) -> Value {
        let ground = Ground {
            broker: "mqtt://b".to_owned(),
            topics: "roomd".to_owned(),
            discovery: "homeassistant".to_owned(),
        };
        let topics = Topics::of(&"own".parse().unwrap(), &ground);
        let card = sample::card("saal-2", "nord");
        device(
            &topics,
            &card.room.id,
            &Said::of(&card).face,
            View { language, buttons },
        )
    }

    #[test]
    fn a_device_has_what_the_documented_format_asks_for() {
        for (buttons, language) in [(false, Language::De), (true, Language::En)] {
            let said = message(buttons, language);
            let keys: Vec<&String> = said.as_object().unwrap().keys().collect();
            assert_eq!(
                keys,
                [
                    "availability",
                    "availability_mode",
                    "components",
                    "device",
                    "origin"
                ]
            );
            assert_eq!(said["device"]["identifiers"], json!(["roomd_own_saal-2"]));
            assert_eq!(said["device"]["name"], "saal-2 (nord)");
            assert!(said["origin"]["name"].is_string());
            let components = said["components"].as_object().unwrap();
            let mut names = std::collections::BTreeSet::new();
            for (key, one) in components {
                let platform = one["platform"].as_str().unwrap();
                if one.as_object().unwrap().len() == 1 {
                    assert!(!buttons && platform == "button", "{key}");
                    continue;
                }
                assert_eq!(one["unique_id"], format!("roomd_own_saal-2_{key}"));
                let name = one["name"].as_str().unwrap();
                assert!(
                    !name.starts_with("bridge-") && names.insert(name.to_owned()),
                    "{name}"
                );
                let classes = CLASSES.iter().find(|(of, _)| *of == platform).unwrap().1;
                if let Some(class) = one["device_class"].as_str() {
                    assert!(classes.contains(&class), "{platform} {class}");
                }
                assert_eq!(
                    one["device_class"] == "enum",
                    one["options"].is_array(),
                    "{key}"
                );
            }
            assert_eq!(names.len(), if buttons { 11 } else { 8 });
        }
    }

    #[test]
    fn what_is_read_stands_in_the_state_and_buttons_say_the_three_verbs() {
        let said = message(true, Language::De);
        let mut card = sample::card("saal-2", "nord");
        card.seen.presence.begin(fleet_proto::Epoch(1), 0).unwrap();
        let state = Said::of(&card).now.unwrap().json();
        let (mut read, mut pressed) = (Vec::new(), Vec::new());
        for one in said["components"].as_object().unwrap().values() {
            if let Some(template) = one["value_template"].as_str() {
                let key = template.trim_matches(['{', '}', ' ']);
                read.push(key.strip_prefix("value_json.").unwrap().to_owned());
            }
            pressed.extend(one["payload_press"].as_str().map(str::to_owned));
        }
        read.sort();
        let known: Vec<&String> = state.as_object().unwrap().keys().collect();
        assert_eq!(read.iter().collect::<Vec<_>>(), known);
        pressed.sort();
        assert_eq!(pressed, ["identify", "mute", "preflight"]);
    }
}
