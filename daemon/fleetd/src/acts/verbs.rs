//! Verbs by name, as buttons and programs say them, and which right each needs. Pure.

use crate::people::Right;
use fleet_proto::{Code, Danger, Part, Verb};

/// The names of verbs that are buttons of a room's page. There is none that opens anything.
pub(crate) const BUTTONS: [&str; 10] = [
    "preflight",
    "tomorrow",
    "identify",
    "mute",
    "log-bundle",
    "screenshot",
    "leave",
    "reset-sound",
    "restart-browser",
    "restart-daemon",
];

/// How long a room blinks.
const BLINK_S: u16 = 60;

/// The verb of a button; those that put something here are made where that is wanted.
pub(crate) fn verb(name: &str) -> Option<Verb> {
    Some(match name {
        "preflight" => Verb::Preflight {},
        "tomorrow" => Verb::Tomorrow {},
        "identify" => Verb::Identify { seconds: BLINK_S },
        "mute" => Verb::Mute {},
        "leave" => Verb::Leave {},
        "reset-sound" => Verb::ResetSound {},
        "restart-browser" => Verb::Restart {
            part: Part::Browser,
        },
        "restart-daemon" => Verb::Restart { part: Part::Daemon },
        name => Verb::Canary {
            name: canary(name)?,
        },
    })
}

/// The test meeting that a name such as `canary-practice` means.
pub(crate) fn canary(name: &str) -> Option<Code> {
    name.strip_prefix("canary-")?.parse().ok()
}

/// The right that a verb needs.
pub(crate) fn right(verb: &Verb) -> Right {
    match verb.danger() {
        Danger::Harmless => Right::Help,
        Danger::Noticed | Danger::NeedsGrant => Right::Operate,
    }
}

/// The right that a button needs.
pub(crate) fn needs(button: &str) -> Right {
    match button {
        "screenshot" => Right::Operate,
        button => verb(button).map_or(Right::Help, |verb| right(&verb)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_button_opens_anything_and_each_needs_its_right() {
        for button in BUTTONS {
            let opens = ["unmute", "open", "microphone-on", "camera"];
            assert!(!opens.iter().any(|word| button.contains(word)), "{button}");
            let puts = ["log-bundle", "screenshot"].contains(&button);
            assert!(verb(button).is_some() != puts, "{button}");
        }
        assert_eq!(needs("mute"), Right::Help);
        assert_eq!(needs("leave"), Right::Operate);
        assert_eq!(needs("log-bundle"), Right::Help);
        assert_eq!(needs("screenshot"), Right::Operate);
        assert_eq!(needs("canary-practice"), Right::Help);
        assert_eq!(verb("canary-"), None);
    }
}
