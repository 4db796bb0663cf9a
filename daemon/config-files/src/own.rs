//! The boards and models that come with the daemon: a room's file alone is enough. Knows no key in them.

/// Boards that come with the daemon, so that a room's file alone is enough.
pub(crate) const OWN_BOARDS: &[(&str, &str)] = &[
    ("demo", include_str!("../../../boards/demo.toml")),
    (
        "generic-pc",
        include_str!("../../../boards/generic-pc.toml"),
    ),
    (
        "intel-n100",
        include_str!("../../../boards/intel-n100.toml"),
    ),
    (
        "raspberry-pi-4",
        include_str!("../../../boards/raspberry-pi-4.toml"),
    ),
    (
        "raspberry-pi-5",
        include_str!("../../../boards/raspberry-pi-5.toml"),
    ),
    (
        "raspberry-pi-cm4",
        include_str!("../../../boards/raspberry-pi-cm4.toml"),
    ),
    (
        "raspberry-pi-cm5",
        include_str!("../../../boards/raspberry-pi-cm5.toml"),
    ),
    ("rock-5b", include_str!("../../../boards/rock-5b.toml")),
];

/// Models of cameras that come with the daemon.
pub(crate) const OWN_CAMERA_MODELS: &[(&str, &str)] = &[(
    "common",
    include_str!("../../../boards/devices/camera/common.toml"),
)];

/// Models of microphones and speakerphones that come with the daemon.
pub(crate) const OWN_AUDIO_MODELS: &[(&str, &str)] = &[
    (
        "google-speakermic",
        include_str!("../../../boards/devices/audio/google-speakermic.toml"),
    ),
    (
        "jabra-speak-410",
        include_str!("../../../boards/devices/audio/jabra-speak-410.toml"),
    ),
    (
        "jabra-speak-510",
        include_str!("../../../boards/devices/audio/jabra-speak-510.toml"),
    ),
    (
        "jabra-speak-810",
        include_str!("../../../boards/devices/audio/jabra-speak-810.toml"),
    ),
    (
        "logitech-bcc950",
        include_str!("../../../boards/devices/audio/logitech-bcc950.toml"),
    ),
    (
        "logitech-cc3000e",
        include_str!("../../../boards/devices/audio/logitech-cc3000e.toml"),
    ),
    (
        "logitech-connect",
        include_str!("../../../boards/devices/audio/logitech-connect.toml"),
    ),
    (
        "plain",
        include_str!("../../../boards/devices/audio/plain.toml"),
    ),
    (
        "sennheiser-tcc2",
        include_str!("../../../boards/devices/audio/sennheiser-tcc2.toml"),
    ),
    (
        "shure-mxa910",
        include_str!("../../../boards/devices/audio/shure-mxa910.toml"),
    ),
];
