//! Names of topics: what of a room stands where, and of which room a command is. Pure.

use super::Ground;
use fleet_proto::{RoomId, TenantId};

/// The topics of a tenant on a ground. The tenant is part of each, so that tenants on one broker meet nowhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Topics {
    base: String,
    discovery: Option<String>,
    /// Names of devices and entities begin so; ids have no `_`, so that no two are the same.
    start: String,
}

impl Topics {
    /// Of a tenant.
    #[must_use]
    pub fn of(tenant: &TenantId, ground: &Ground) -> Topics {
        let discovery = &ground.discovery;
        Topics {
            base: format!("{}/{tenant}", ground.topics),
            discovery: (!discovery.is_empty()).then(|| format!("{discovery}/device")),
            start: format!("roomd_{tenant}"),
        }
    }

    /// Whether the server is on the broker: `online` or `offline`.
    #[must_use]
    pub fn bridge(&self) -> String {
        format!("{}/availability", self.base)
    }

    /// Whether a room's line is up: `online` or `offline`.
    #[must_use]
    pub fn availability(&self, room: &RoomId) -> String {
        format!("{}/{room}/availability", self.base)
    }

    /// How a room is.
    #[must_use]
    pub fn state(&self, room: &RoomId) -> String {
        format!("{}/{room}/state", self.base)
    }

    /// What a room is told.
    #[must_use]
    pub fn command(&self, room: &RoomId) -> String {
        format!("{}/{room}/command", self.base)
    }

    /// All commands.
    #[must_use]
    pub fn commands(&self) -> String {
        format!("{}/+/command", self.base)
    }

    /// How Home Assistant reads a room's topics, where it is told.
    #[must_use]
    pub fn discovery(&self, room: &RoomId) -> Option<String> {
        let prefix = self.discovery.as_ref()?;
        Some(format!("{prefix}/{}/config", self.device(room)))
    }

    /// A room's name among devices.
    #[must_use]
    pub fn device(&self, room: &RoomId) -> String {
        format!("{}_{room}", self.start)
    }

    /// Everything that is retained of a room.
    pub fn retained(&self, room: &RoomId) -> impl Iterator<Item = String> {
        let own = [self.availability(room), self.state(room)];
        self.discovery(room).into_iter().chain(own)
    }

    /// Whose command a topic is.
    #[must_use]
    pub fn commanded(&self, topic: &str) -> Option<RoomId> {
        let rest = topic.strip_prefix(&self.base)?.strip_prefix('/')?;
        rest.strip_suffix("/command")?.parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_topic_is_its_tenants_and_its_rooms() {
        let ground = |discovery: &str| Ground {
            broker: "mqtt://b".to_owned(),
            topics: "roomd".to_owned(),
            discovery: discovery.to_owned(),
        };
        let topics = Topics::of(&"halle".parse().unwrap(), &ground("homeassistant"));
        let room: RoomId = "saal-2".parse().unwrap();
        assert_eq!(topics.bridge(), "roomd/halle/availability");
        assert_eq!(topics.commands(), "roomd/halle/+/command");
        let retained: Vec<String> = topics.retained(&room).collect();
        assert_eq!(
            retained,
            [
                "homeassistant/device/roomd_halle_saal-2/config",
                "roomd/halle/saal-2/availability",
                "roomd/halle/saal-2/state"
            ]
        );
        assert_eq!(topics.commanded(&topics.command(&room)), Some(room.clone()));
        for other in [
            "roomd/jena/saal-2/command",
            "roomd/halle/command",
            "roomd/halle//command",
            "roomd/halle/saal-2/state",
            "roomd/halle/a/b/command",
            "roomd/halle/+/command",
            "roomd/halle/SAAL/command",
            "",
            "command",
            "roomd/halle-2/saal-2/command",
            "x/roomd/halle/saal-2/command",
        ] {
            assert_eq!(topics.commanded(other), None, "{other}");
        }
        let none = Topics::of(&"halle".parse().unwrap(), &ground(""));
        assert_eq!(none.discovery(&room), None);
        assert_eq!(none.retained(&room).count(), 2);
    }
}
