//! Reads what a pack says of the call itself: its microphone and camera, and how people are counted.

use super::file::{ControlFile, PeopleFile, WayFile};
use super::parse::{LONGEST_MS, Reader};
use super::{Control, Count, People};
use std::time::Duration;

/// How long a page may take to show what was asked of one of its devices, unless its pack says otherwise.
const SHOWN_WITHIN_MS: u64 = 2_500;

impl Reader {
    pub(super) fn people(&mut self, file: PeopleFile) -> Option<People> {
        let by = match (file.each, file.number) {
            (Some(css), None) => Count::Each(css),
            (None, Some(css)) => Count::Number(css),
            (Some(_), Some(_)) | (None, None) => {
                self.wrong("people", "is counted by either each or number");
                return None;
            }
        };
        let (Count::Each(css) | Count::Number(css)) = &by;
        self.css("people", css);
        Some(People { by, own: file.own })
    }

    pub(super) fn control(&mut self, at: &str, file: ControlFile) -> Control {
        let to_open = self.way(at, file.to_open);
        let to_close = self.way(at, file.to_close);
        if let Some(css) = &file.give_up {
            self.css(at, css);
        }
        let within = file.within_ms.unwrap_or(SHOWN_WITHIN_MS);
        if !(100..=LONGEST_MS).contains(&within) {
            self.wrong(at, format!("within-ms is from 100 to {LONGEST_MS}"));
        }
        let open = self.signs(&format!("{at}, open"), file.open);
        let closed = self.signs(&format!("{at}, closed"), file.closed);
        Control {
            open,
            closed,
            to_open,
            to_close,
            give_up: file.give_up,
            within: Duration::from_millis(within),
        }
    }

    fn way(&mut self, at: &str, file: WayFile) -> Vec<String> {
        let way = match file {
            WayFile::One(css) => vec![css],
            WayFile::Several(way) => way,
        };
        if way.is_empty() {
            self.wrong(at, "a way has at least one thing to press");
        }
        for css in &way {
            self.css(at, css);
        }
        way
    }
}
