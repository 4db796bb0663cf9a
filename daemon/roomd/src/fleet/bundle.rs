//! What IT gets when it asks for logs: one JSON text with the room's state as the fleet sees it, its figures, and the newest lines of the
//! log. Private text is redacted where it is written, by its type; what looks like a link or an address is taken out here once more.

use fleet_proto::RoomState;
use serde_json::{Value, json};
use std::collections::VecDeque;

/// More than this is never sent, whatever the server takes.
const MOST: usize = 1 << 20;

/// What goes into it.
pub(super) struct Parts<'a> {
    pub state: &'a RoomState,
    pub metrics: String,
    /// Oldest first.
    pub log: Vec<String>,
}

/// The text, of at most so many bytes; the oldest lines of the log are left out first.
pub(super) fn write(parts: &Parts<'_>, most: usize) -> Vec<u8> {
    let most = most.min(MOST);
    let metrics: Vec<&str> = parts.metrics.lines().collect();
    let whole = |metrics: &[&str], log: &VecDeque<String>, left_out: usize| {
        let text = json!({
            "state": parts.state,
            "metrics": metrics,
            "log": log,
            "log_lines_left_out": left_out,
        });
        to_text(&text)
    };
    let frame = whole(&metrics, &VecDeque::new(), parts.log.len()).len();
    if frame > most {
        let bare = whole(&[], &VecDeque::new(), parts.log.len());
        return if bare.len() > most { Vec::new() } else { bare };
    }
    let mut room = most - frame;
    let mut log = VecDeque::new();
    for line in parts.log.iter().rev() {
        let line = scrubbed(line);
        let takes = to_text(&Value::String(line.clone())).len() + 1;
        if takes > room {
            break;
        }
        room -= takes;
        log.push_front(line);
    }
    let left_out = parts.log.len() - log.len();
    whole(&metrics, &log, left_out)
}

fn to_text(value: &Value) -> Vec<u8> {
    serde_json::to_vec(value).unwrap_or_default()
}

/// The line without links and addresses: none belongs in it, and a library's error might carry one.
fn scrubbed(line: &str) -> String {
    let parts = line.split_inclusive(|c: char| c.is_whitespace() || "\"'<>()[]{},;".contains(c));
    parts.map(scrubbed_word).collect()
}

fn scrubbed_word(word: &str) -> String {
    let at = word.split_once('@');
    let is_address = at.is_some_and(|(name, host)| !name.is_empty() && host.contains('.'));
    let is_link =
        word.contains("://") || ["sip:", "sips:", "tel:"].iter().any(|s| word.contains(s));
    match is_link || is_address {
        true => {
            let end = word.len() - word.trim_end_matches(|c: char| !c.is_alphanumeric()).len();
            format!("<taken out>{}", &word[word.len() - end..])
        }
        false => word.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use fleet_proto::{CalendarNow, ClockNow, Phase, SwitchNow};
    use proptest::prelude::*;

    fn state() -> RoomState {
        RoomState {
            name: "Saal 2".into(),
            software: "0.1.0".into(),
            board: None,
            zone: "Europe/Berlin".into(),
            boot: "boot-1".parse().unwrap(),
            started_ms: 0,
            phase: Phase::Standby,
            phase_since_ms: 0,
            call: None,
            microphone: SwitchNow::Closed,
            camera: SwitchNow::Closed,
            next_meeting_ms: None,
            faults: Vec::new(),
            devices: Vec::new(),
            proof: None,
            tomorrow: None,
            calendar: CalendarNow::None {},
            clock: ClockNow::Right,
            packs: Vec::new(),
        }
    }

    fn written(log: &[&str], most: usize) -> Vec<u8> {
        let state = state();
        let parts = Parts {
            state: &state,
            metrics: "roomd_phase 1\n".to_owned(),
            log: log.iter().map(|line| (*line).to_owned()).collect(),
        };
        write(&parts, most)
    }

    #[test]
    fn links_and_addresses_are_taken_out_of_what_libraries_say() {
        for (line, left) in [
            ("roomd starts room=Saal", "roomd starts room=Saal"),
            (
                "cannot get https://bbb.example/rooms/abc?pwd=1: refused",
                "cannot get <taken out>: refused",
            ),
            ("url=\"https://x.example/y\" ok", "url=\"<taken out>\" ok"),
            ("from anna@stadt.example, late", "from <taken out>, late"),
            ("dialling sips:saal@voip.example", "dialling <taken out>"),
            ("lamp@front is on", "lamp@front is on"),
        ] {
            assert_eq!(scrubbed(line), left);
        }
    }

    #[test]
    fn the_newest_lines_are_kept_and_what_is_missing_is_said() {
        let log: Vec<String> = (0..1000).map(|n| format!("line number {n}")).collect();
        let log: Vec<&str> = log.iter().map(String::as_str).collect();
        let text = written(&log, 4_000);
        let read: Value = serde_json::from_slice(&text).unwrap();
        let lines = read["log"].as_array().unwrap();
        assert_eq!(lines.last().unwrap(), "line number 999");
        let left_out = read["log_lines_left_out"].as_u64().unwrap();
        assert_eq!(left_out as usize + lines.len(), 1000);
        assert!(lines.len() > 50, "{} lines", lines.len());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn it_is_never_longer_than_it_may_be(lines in proptest::collection::vec("\\PC{0,80}", 0..60), most in 0..4_000usize) {
            let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
            let text = written(&lines, most);
            prop_assert!(text.len() <= most, "{} of {most}", text.len());
        }
    }
}
