//! What a person may press next, in plain words, as the room's state goes.
//! Knows states and two languages; presses nothing.

use crate::folder::Language;
use crate::panel::{Panel, Shown};
use room_api::{PanelState, Phase, Switch};
use tokio::sync::watch;

/// Follows the panel for ever; prints each new hint, and shows the newest to `hint`'s readers.
pub async fn follow(panel: &Panel, language: Language, hint: watch::Sender<String>) {
    let mut shown = panel.watch();
    loop {
        let next = match &*shown.borrow_and_update() {
            Shown::Room(state) => words(state, language),
            Shown::Nothing(_) => pick(language, AWAY_DE, AWAY_EN),
        };
        let fresh = hint.send_if_modified(|old| {
            let changed = old != next;
            next.clone_into(old);
            changed
        });
        if fresh {
            println!("» {next}");
        }
        if shown.changed().await.is_err() {
            return;
        }
    }
}

const AWAY_DE: &str =
    "Der Daemon ist gerade nicht da; er wird sofort wieder gestartet, ein Anruf läuft weiter.";
const AWAY_EN: &str =
    "The daemon is away just now; it is started again at once, and a call goes on.";

fn pick(language: Language, de: &'static str, en: &'static str) -> &'static str {
    match language {
        Language::De => de,
        Language::En => en,
    }
}

fn words(state: &PanelState, language: Language) -> &'static str {
    let say = |de, en| pick(language, de, en);
    match &state.phase {
        Phase::Standby {} => say(
            "Der Raum ruht. Panel und Hauptanzeige zeigen, was als Nächstes kommt. Strg-C beendet alles.",
            "The room rests. Panel and main display show what comes next. Ctrl-C ends everything.",
        ),
        Phase::Announced {
            joins_at_ms: Some(_),
            ..
        } => say(
            "Die Besprechung ist angekündigt. Der Raum tritt zur Zeit von selbst bei, dunkel und stumm; oder drücken Sie am Panel „Beitreten“.",
            "The meeting is announced. The room joins by itself in time, dark and silent; or press \"Join\" at the panel.",
        ),
        Phase::Announced {
            joins_at_ms: None, ..
        } => say(
            "Die Besprechung ist angekündigt. Drücken Sie am Panel „Beitreten“ oder die große Taste auf dem Tisch.",
            "The meeting is announced. Press \"Join\" at the panel, or the big key on the table.",
        ),
        Phase::Joining { .. } | Phase::Waiting { .. } => say(
            "Der Raum klopft an; die Gegenseite lässt ihn ein.",
            "The room knocks; the far end lets it in.",
        ),
        Phase::AsksPasscode { .. } => say(
            "Die Konferenz fragt nach einem Kenncode: am Panel eingeben (4711).",
            "The conference asks for a passcode: type it at the panel (4711).",
        ),
        Phase::PersonNeeded { .. } => say(
            "Auf der Hauptanzeige muss jemand weitermachen.",
            "Somebody has to go on at the main display.",
        ),
        Phase::InCall { .. } => in_call(state, language),
        Phase::Reconnecting { .. } => say(
            "Die Verbindung wird von selbst erneuert.",
            "The connection comes back by itself.",
        ),
        Phase::Leaving {} => say("Der Raum geht.", "The room is leaving."),
        Phase::Failed { .. } => say(
            "Es hat nicht geklappt; das Panel sagt, was zu tun ist.",
            "It did not work; the panel says what to do.",
        ),
        Phase::Ended { .. } => say("Die Besprechung ist zu Ende.", "The meeting is over."),
    }
}

fn in_call(state: &PanelState, language: Language) -> &'static str {
    let (de, en) = match (state.mic.seen, state.camera.seen) {
        (Some(Switch::Open), Some(Switch::Open)) => (
            "Die Gegenseite hört und sieht den Raum. Wählen Sie am Panel unter „Kamera“ eine Position: das Bild folgt. Danach „Verlassen“.",
            "The far end hears and sees the room. Choose a preset under \"Camera\" at the panel: the picture follows. Then \"Leave\".",
        ),
        (Some(Switch::Open), Some(Switch::Closed)) => (
            "Die Gegenseite hört den Raum. Öffnen Sie jetzt am Panel die Kamera.",
            "The far end hears the room. Now open the camera at the panel.",
        ),
        (Some(Switch::Closed), Some(Switch::Open)) => (
            "Die Gegenseite sieht den Raum, hört ihn aber nicht. Mikrofon: am Panel oder mit der Taste auf dem Tisch.",
            "The far end sees the room but does not hear it. Microphone: at the panel, or the key on the table.",
        ),
        (Some(Switch::Closed), Some(Switch::Closed)) => (
            "Verbunden, dunkel und stumm. Öffnen Sie jetzt das Mikrofon: am Panel oder mit der Mikrofontaste auf dem Tisch.",
            "Connected, dark and silent. Now open the microphone: at the panel, or with the microphone key on the table.",
        ),
        (None, _) | (_, None) => (
            "Verbunden; Mikrofon oder Kamera sind noch nicht zurückgelesen.",
            "Connected; microphone or camera have not been read back yet.",
        ),
    };
    pick(language, de, en)
}
