//! The sound server's configuration, as text: the roles' nodes, no session manager, ten-millisecond cycles. Pure.

use crate::ports::{Direction, Role};
use core::fmt::Write;

/// The name of a role's node in the graph.
pub fn node(role: Role) -> &'static str {
    match role {
        Role::Microphone => "room-microphone",
        Role::Loudspeaker => "room-loudspeaker",
        Role::Second => "room-second",
    }
}

/// The name of what listens to a role for the meter.
pub(super) fn tap(role: Role) -> Option<&'static str> {
    match role {
        Role::Microphone => Some("room-tap-microphone"),
        Role::Loudspeaker => Some("room-tap-loudspeaker"),
        // It plays what the loudspeaker plays.
        Role::Second => None,
    }
}

/// A device that no card is behind, for demo and tests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NullDevice {
    /// Its `node.name`: letters, digits and hyphens.
    pub name: String,
    /// What people call it.
    pub title: String,
    /// Whether it hears or plays.
    pub direction: Direction,
}

/// The server's file. The roles live in the server, so that neither the daemon's end nor a device's takes them from a conference.
pub fn server(nulls: &[NullDevice]) -> String {
    let mut text = String::from(HEAD);
    // Among nodes that are linked, that of highest priority gives the beat: a device before any role.
    let roles = [
        (
            Role::Microphone,
            "Room microphone",
            "Audio/Source/Virtual",
            "MONO",
            10,
        ),
        (
            Role::Loudspeaker,
            "Room loudspeaker",
            "Audio/Sink",
            "FL,FR",
            20,
        ),
        (Role::Second, "Room second output", "Room/Role", "FL,FR", 5),
    ];
    for (role, title, class, position, priority) in roles {
        let more = "monitor.channel-volumes = true";
        Adapter {
            name: node(role),
            title,
            class,
            position,
            priority,
            more,
        }
        .write(&mut text);
    }
    for (place, null) in nulls.iter().enumerate() {
        let (position, more) = match null.direction {
            Direction::Capture => ("MONO", "room.device = capture"),
            Direction::Playback => ("FL,FR", "room.device = playback"),
        };
        // A class of our own keeps devices out of the lists that clients see.
        let (name, title, class) = (&null.name, &null.title, "Room/Device");
        Adapter {
            name,
            title,
            class,
            position,
            priority: 1000 + place,
            more,
        }
        .write(&mut text);
    }
    text.push_str("]\n");
    text
}

/// The file of the server's second face, which Chromium speaks. Streams are made ready for links by themselves.
pub fn pulse() -> String {
    String::from(PULSE)
}

struct Adapter<'a> {
    name: &'a str,
    title: &'a str,
    class: &'a str,
    position: &'a str,
    priority: usize,
    more: &'a str,
}

impl Adapter<'_> {
    fn write(&self, text: &mut String) {
        let Adapter {
            name,
            title,
            class,
            position,
            priority,
            more,
        } = self;
        let title: String = title
            .chars()
            .filter(|c| !matches!(c, '"' | '\\') && !c.is_control())
            .collect();
        // Writing to a String never fails.
        let _ = writeln!(
            text,
            "    {{ factory = adapter args = {{ factory.name = support.null-audio-sink node.name = \"{name}\" \
             node.description = \"{title}\" media.class = \"{class}\" audio.position = \"{position}\" \
             priority.driver = {priority} {more} \
             adapter.auto-port-config = {{ mode = dsp monitor = true position = preserve }} }} }}"
        );
    }
}

const HEAD: &str = "# Written by roomd. Changes are lost.
context.properties = {
    core.daemon = true
    core.name = pipewire-0
    support.dbus = false
    link.max-buffers = 16
    default.clock.rate = 48000
    default.clock.allowed-rates = [ 48000 ]
    clock.power-of-two-quantum = false
    default.clock.quantum = 480
    default.clock.min-quantum = 480
    default.clock.max-quantum = 480
}
context.spa-libs = {
    audio.convert.* = audioconvert/libspa-audioconvert
    api.alsa.* = alsa/libspa-alsa
    support.* = support/libspa-support
}
context.modules = [
    { name = libpipewire-module-rt flags = [ ifexists nofail ] }
    { name = libpipewire-module-protocol-native }
    { name = libpipewire-module-metadata }
    { name = libpipewire-module-spa-node-factory }
    { name = libpipewire-module-client-node }
    { name = libpipewire-module-access }
    { name = libpipewire-module-adapter }
    { name = libpipewire-module-link-factory }
]
context.objects = [
    { factory = metadata args = { metadata.name = default } }
";

const PULSE: &str = "# Written by roomd. Changes are lost.
context.properties = { }
context.spa-libs = {
    audio.convert.* = audioconvert/libspa-audioconvert
    support.* = support/libspa-support
}
context.modules = [
    { name = libpipewire-module-rt flags = [ ifexists nofail ] }
    { name = libpipewire-module-protocol-native }
    { name = libpipewire-module-client-node }
    { name = libpipewire-module-adapter }
    { name = libpipewire-module-metadata }
    { name = libpipewire-module-protocol-pulse args = { } }
]
stream.properties = {
    adapter.auto-port-config = { mode = dsp monitor = false position = preserve }
}
pulse.properties = { server.address = [ \"unix:native\" ] }
";
