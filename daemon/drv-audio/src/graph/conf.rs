//! The sound server's configuration, as text: the roles' nodes, no session manager, ten-millisecond cycles. Pure.

use crate::ports::{Direction, Role};
use core::fmt::Write;
use std::path::{Path, PathBuf};

/// The name of a role's node in the graph.
pub fn node(role: Role) -> &'static str {
    match role {
        Role::Microphone => "room-microphone",
        Role::Loudspeaker => "room-loudspeaker",
        Role::Second => "room-second",
    }
}

/// The name of what listens to a role for the meter, and of the pipe in the server's folder that its samples come through.
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

/// The pipe of what listens to a role.
pub(super) fn pipe(folder: &Path, role: Role) -> Option<PathBuf> {
    tap(role).map(|name| folder.join(name))
}

/// How a role's channels are called, and there are as many.
fn position(role: Role) -> &'static str {
    match role {
        Role::Microphone => "MONO",
        Role::Loudspeaker | Role::Second => "FL,FR",
    }
}

/// How many channels a role has.
pub(super) fn channels(role: Role) -> usize {
    position(role).split(',').count()
}

/// The server's file. The roles live in the server, so that neither the daemon's end nor a device's takes them from a conference.
/// `folder`: the server's own.
pub fn server(nulls: &[NullDevice], folder: &Path) -> String {
    let mut text = String::from(HEAD);
    for role in Role::ALL {
        listener(&mut text, role, folder);
    }
    text.push_str(OBJECTS);
    // Among nodes that are linked, that of highest priority gives the beat: a device before any role.
    let roles = [
        (
            Role::Microphone,
            "Room microphone",
            "Audio/Source/Virtual",
            10,
        ),
        (Role::Loudspeaker, "Room loudspeaker", "Audio/Sink", 20),
        (Role::Second, "Room second output", "Room/Role", 5),
    ];
    for (role, title, class, priority) in roles {
        let position = position(role);
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

/// What listens to a role, if anything does: a stream within the server, so that no other program wakes a hundred times a second.
/// A turn of two channels is 3840 bytes: the kernel takes so few whole or not at all (`PIPE_BUF`, pipe(7)).
fn listener(text: &mut String, role: Role, folder: &Path) {
    let (Some(name), Some(pipe)) = (tap(role), pipe(folder, role)) else {
        return;
    };
    let pipe = pipe.to_string_lossy().replace('\\', "\\\\");
    let pipe = pipe.replace('"', "\\\"");
    let (count, position) = (channels(role), position(role));
    // A class of our own keeps it out of the lists that clients see. Writing to a String never fails.
    let _ = writeln!(
        text,
        "    {{ name = libpipewire-module-pipe-tunnel flags = [ ifexists nofail ] args = {{ tunnel.mode = capture \
         pipe.filename = \"{pipe}\" audio.format = F32LE audio.rate = 48000 audio.channels = {count} \
         audio.position = [ {position} ] stream.props = {{ node.name = {name} media.class = \"Room/Tap\" \
         adapter.auto-port-config = {{ mode = dsp monitor = false position = preserve }} }} }} }}"
    );
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
";

const OBJECTS: &str = "]
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
