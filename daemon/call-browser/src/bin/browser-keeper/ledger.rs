//! Decides for every frame where it goes, and what must be cleaned when a client dies. Pure: bytes in, verdicts out.
//! Knows no socket and no process.
//!
//! Invariant: a client never sees an answer or a session of an earlier one.
//! Invariant: what a client leaves behind (pages, contexts, media) goes on; only its sessions end.

use call_browser::wire::{Asked, KEEPER_IDS, NOTE_LENGTH, NOTES_MAX, Running, Said, ToKeeper, say};
use serde::Deserialize;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Where a client's frame goes.
#[derive(Debug, PartialEq, Eq)]
pub enum Up {
    /// To Chromium, as it is.
    Pass,
    /// Back to the client.
    Answer(Vec<u8>),
    /// Nowhere; it was for the keeper.
    Taken,
    /// Nowhere; the keeper is asked to end Chromium's process for sound.
    SoundAnew,
    /// Nowhere; the keeper is asked to end Chromium.
    BrowserAnew,
}

/// Where Chromium's frame goes.
#[derive(Debug, PartialEq, Eq)]
pub enum Down {
    /// To the client, as it is.
    Pass,
    /// Nowhere: no client, or meant for an earlier one. These are to be sent to Chromium instead.
    Drop(Vec<Vec<u8>>),
    /// It answers the keeper's own request with this id.
    Own {
        /// The id the keeper used.
        id: u64,
    },
}

/// Who is at the socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Seat {
    Free,
    /// The last client's sessions are being ended; free when Chromium answers this request.
    Cleaning {
        fence: u64,
    },
    Taken,
}

/// The books of one Chromium.
#[derive(Debug)]
pub struct Ledger {
    seat: Seat,
    first_id: u64,
    next_first_id: u64,
    next_own: u64,
    sessions: Vec<String>,
    notes: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct Head<'a> {
    id: Option<u64>,
    #[serde(borrow)]
    method: Option<Cow<'a, str>>,
    #[serde(borrow, rename = "sessionId")]
    session: Option<Cow<'a, str>>,
    #[serde(borrow)]
    params: Option<Params<'a>>,
}

#[derive(Deserialize)]
struct Params<'a> {
    #[serde(borrow, rename = "sessionId")]
    session: Option<Cow<'a, str>>,
}

impl Default for Ledger {
    fn default() -> Self {
        let first = 1;
        let (sessions, notes) = (Vec::new(), BTreeMap::new());
        Self {
            seat: Seat::Free,
            first_id: first,
            next_first_id: first,
            next_own: KEEPER_IDS,
            sessions,
            notes,
        }
    }
}

impl Ledger {
    /// Whether a client may sit down now.
    #[cfg(test)]
    pub fn free(&self) -> bool {
        self.seat == Seat::Free
    }

    /// Whether a client sits.
    pub fn taken(&self) -> bool {
        self.seat == Seat::Taken
    }

    /// Whether the seat is being cleaned after a client.
    pub fn cleaning(&self) -> bool {
        matches!(self.seat, Seat::Cleaning { .. })
    }

    /// An id for a request of the keeper.
    pub fn own_id(&mut self) -> u64 {
        self.next_own += 1;
        self.next_own
    }

    /// A client sits down; its first frame for this Chromium.
    pub fn seat(&mut self, generation: u64, pid: u32, product: &str) -> Vec<u8> {
        self.seat = Seat::Taken;
        self.first_id = self.next_first_id;
        let notes = self.notes.clone();
        let product = product.to_owned();
        say(Said::Running(Running {
            generation,
            pid,
            product,
            first_id: self.first_id,
            notes,
        }))
    }

    /// The client is gone: what to send to Chromium so that the next begins clean.
    pub fn client_gone(&mut self) -> Vec<Vec<u8>> {
        if self.seat != Seat::Taken {
            return Vec::new();
        }
        self.clean()
    }

    /// Chromium did not answer the cleaning in time; the seat is given free all the same.
    pub fn give_up_cleaning(&mut self) {
        if self.cleaning() {
            self.seat = Seat::Free;
        }
    }

    fn clean(&mut self) -> Vec<Vec<u8>> {
        let mut orders: Vec<Vec<u8>> = Vec::new();
        for session in std::mem::take(&mut self.sessions).into_iter().rev() {
            orders.push(self.order(
                "Target.detachFromTarget",
                serde_json::json!({ "sessionId": session }),
            ));
        }
        orders.push(self.order(
            "Target.setDiscoverTargets",
            serde_json::json!({ "discover": false }),
        ));
        let quiet = serde_json::json!({ "autoAttach": false, "waitForDebuggerOnStart": false, "flatten": true });
        orders.push(self.order("Target.setAutoAttach", quiet));
        orders.push(self.order("Browser.getVersion", serde_json::json!({})));
        self.seat = Seat::Cleaning {
            fence: self.next_own,
        };
        orders
    }

    fn order(&mut self, method: &str, params: serde_json::Value) -> Vec<u8> {
        let id = self.own_id();
        serde_json::json!({ "id": id, "method": method, "params": params })
            .to_string()
            .into_bytes()
    }

    /// A frame from the client.
    pub fn up(&mut self, text: &[u8]) -> Up {
        let Ok(head) = serde_json::from_slice::<Head>(text) else {
            return Up::Answer(complaint(None, "this is not a JSON object"));
        };
        match (head.id, head.method) {
            (Some(id), Some(_)) if (self.first_id..KEEPER_IDS).contains(&id) => {
                self.next_first_id = self.next_first_id.max(id + 1);
                Up::Pass
            }
            (Some(id), Some(_)) => {
                let why = format!(
                    "ids of this client start at {} and end before {KEEPER_IDS}",
                    self.first_id
                );
                Up::Answer(complaint(Some(id), &why))
            }
            _ => match serde_json::from_slice::<ToKeeper>(text) {
                Ok(ToKeeper {
                    keeper: Asked::Note { key, value },
                }) => self.note(key, value),
                Ok(ToKeeper {
                    keeper: Asked::SoundAnew,
                }) => Up::SoundAnew,
                Ok(ToKeeper {
                    keeper: Asked::BrowserAnew,
                }) => Up::BrowserAnew,
                Err(problem) => {
                    Up::Answer(complaint(head.id, &format!("not understood: {problem}")))
                }
            },
        }
    }

    fn note(&mut self, key: String, value: Option<String>) -> Up {
        let Some(value) = value else {
            self.notes.remove(&key);
            return Up::Taken;
        };
        let fits = self.notes.len() < NOTES_MAX || self.notes.contains_key(&key);
        if !fits || key.len() > NOTE_LENGTH || value.len() > NOTE_LENGTH {
            let why = format!("at most {NOTES_MAX} notes of {NOTE_LENGTH} bytes are kept");
            return Up::Answer(complaint(None, &why));
        }
        self.notes.insert(key, value);
        Up::Taken
    }

    /// A frame from Chromium.
    pub fn down(&mut self, text: &[u8]) -> Down {
        let Ok(head) = serde_json::from_slice::<Head>(text) else {
            return Down::Drop(Vec::new());
        };
        match head.id {
            Some(id) if id >= KEEPER_IDS => return self.own(id),
            Some(id) if !self.taken() || id < self.first_id => return Down::Drop(Vec::new()),
            Some(_) => return Down::Pass,
            None => {}
        }
        let subject = head.params.and_then(|params| params.session);
        match (head.method.as_deref(), subject) {
            (Some("Target.attachedToTarget"), Some(session)) => {
                return self.attached(session.into_owned());
            }
            (Some("Target.detachedFromTarget"), Some(session)) => {
                self.sessions.retain(|known| *known != *session)
            }
            _ => {}
        }
        let foreign = head
            .session
            .is_some_and(|session| !self.sessions.iter().any(|known| *known == *session));
        if self.taken() && !foreign {
            Down::Pass
        } else {
            Down::Drop(Vec::new())
        }
    }

    fn own(&mut self, id: u64) -> Down {
        if self.seat == (Seat::Cleaning { fence: id }) {
            // A session that was asked for by the dead client may have come to life behind the fence.
            if self.sessions.is_empty() {
                self.seat = Seat::Free;
            } else {
                return Down::Drop(self.clean());
            }
        }
        Down::Own { id }
    }

    fn attached(&mut self, session: String) -> Down {
        self.sessions.push(session);
        match self.seat {
            Seat::Taken => Down::Pass,
            Seat::Cleaning { .. } => Down::Drop(Vec::new()),
            Seat::Free => Down::Drop(self.clean()),
        }
    }
}

fn complaint(id: Option<u64>, why: &str) -> Vec<u8> {
    let error = serde_json::json!({ "code": -32600, "message": format!("keeper: {why}") });
    match id {
        Some(id) => serde_json::json!({ "id": id, "error": error }),
        None => serde_json::json!({ "error": error }),
    }
    .to_string()
    .into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn text(value: Value) -> Vec<u8> {
        value.to_string().into_bytes()
    }

    fn attached(session: &str) -> Vec<u8> {
        text(
            json!({ "method": "Target.attachedToTarget", "params": { "sessionId": session, "targetInfo": {} } }),
        )
    }

    fn request(id: u64) -> Vec<u8> {
        text(json!({ "id": id, "method": "Page.enable", "params": {} }))
    }

    fn methods(orders: &[Vec<u8>]) -> Vec<String> {
        let name = |order: &Vec<u8>| {
            let order: Value = serde_json::from_slice(order).unwrap();
            let session = order["params"]["sessionId"]
                .as_str()
                .map(|s| format!(" {s}"))
                .unwrap_or_default();
            format!("{}{session}", order["method"].as_str().unwrap())
        };
        orders.iter().map(name).collect()
    }

    fn fence(orders: &[Vec<u8>]) -> Vec<u8> {
        let last: Value = serde_json::from_slice(orders.last().unwrap()).unwrap();
        text(json!({ "id": last["id"], "result": {} }))
    }

    #[test]
    fn a_dead_clients_sessions_are_ended_newest_first_before_the_next_sits_down() {
        let mut ledger = Ledger::default();
        ledger.seat(1, 7, "C");
        for session in ["a", "b", "c"] {
            assert_eq!(ledger.down(&attached(session)), Down::Pass);
        }
        let gone =
            text(json!({ "method": "Target.detachedFromTarget", "params": { "sessionId": "b" } }));
        assert_eq!(ledger.down(&gone), Down::Pass);
        let orders = ledger.client_gone();
        let expected = [
            "Target.detachFromTarget c",
            "Target.detachFromTarget a",
            "Target.setDiscoverTargets",
            "Target.setAutoAttach",
            "Browser.getVersion",
        ];
        assert_eq!(methods(&orders), expected);
        assert!(ledger.cleaning() && !ledger.free());
        assert!(matches!(ledger.down(&fence(&orders)), Down::Own { .. }));
        assert!(ledger.free());
    }

    #[test]
    fn a_session_that_comes_to_life_after_its_clients_death_is_ended_too() {
        let mut ledger = Ledger::default();
        ledger.seat(1, 7, "C");
        let orders = ledger.client_gone();
        assert_eq!(ledger.down(&attached("late")), Down::Drop(Vec::new()));
        let Down::Drop(more) = ledger.down(&fence(&orders)) else {
            panic!("the late session was forgotten")
        };
        assert_eq!(methods(&more)[0], "Target.detachFromTarget late");
        ledger.down(&fence(&more));
        assert!(ledger.free());
        let Down::Drop(more) = ledger.down(&attached("later")) else {
            panic!()
        };
        assert_eq!(methods(&more)[0], "Target.detachFromTarget later");
    }

    #[test]
    fn answers_to_a_dead_client_never_reach_the_next() {
        let mut ledger = Ledger::default();
        ledger.seat(1, 7, "C");
        assert_eq!(ledger.up(&request(1)), Up::Pass);
        assert_eq!(ledger.up(&request(9)), Up::Pass);
        let orders = ledger.client_gone();
        ledger.down(&fence(&orders));
        let hello: Value = serde_json::from_slice(&ledger.seat(1, 7, "C")).unwrap();
        assert_eq!(hello["keeper"]["first_id"], 10);
        assert_eq!(
            ledger.down(&text(json!({ "id": 9, "result": {} }))),
            Down::Drop(Vec::new())
        );
        assert!(matches!(ledger.up(&request(9)), Up::Answer(_)));
        assert_eq!(ledger.up(&request(10)), Up::Pass);
        assert_eq!(
            ledger.down(&text(json!({ "id": 10, "result": {} }))),
            Down::Pass
        );
    }

    #[test]
    fn events_of_sessions_that_are_not_the_clients_are_dropped() {
        let mut ledger = Ledger::default();
        ledger.seat(1, 7, "C");
        let event =
            text(json!({ "method": "Page.loadEventFired", "params": {}, "sessionId": "old" }));
        assert_eq!(ledger.down(&event), Down::Drop(Vec::new()));
        ledger.down(&attached("old"));
        assert_eq!(ledger.down(&event), Down::Pass);
        ledger.client_gone();
        assert_eq!(ledger.down(&event), Down::Drop(Vec::new()));
    }

    #[test]
    fn notes_outlive_their_client_and_are_bounded() {
        let mut ledger = Ledger::default();
        let note = |key: &str, value: Option<&str>| {
            text(json!({ "keeper": { "ask": "note", "key": key, "value": value } }))
        };
        ledger.seat(1, 7, "C");
        assert_eq!(ledger.up(&note("call-7", Some("lives"))), Up::Taken);
        assert_eq!(ledger.up(&note("x", Some("y"))), Up::Taken);
        assert_eq!(ledger.up(&note("x", None)), Up::Taken);
        let orders = ledger.client_gone();
        ledger.down(&fence(&orders));
        let hello: Value = serde_json::from_slice(&ledger.seat(1, 7, "C")).unwrap();
        assert_eq!(hello["keeper"]["notes"], json!({ "call-7": "lives" }));
        for number in 1..NOTES_MAX {
            assert_eq!(ledger.up(&note(&number.to_string(), Some("z"))), Up::Taken);
        }
        assert!(matches!(
            ledger.up(&note("one more", Some("z"))),
            Up::Answer(_)
        ));
        assert!(matches!(
            ledger.up(&note("1", Some(&"z".repeat(NOTE_LENGTH + 1)))),
            Up::Answer(_)
        ));
    }

    #[test]
    fn sound_or_browser_begin_anew_when_the_client_asks() {
        let mut ledger = Ledger::default();
        ledger.seat(1, 7, "C");
        let asked = text(json!({ "keeper": { "ask": "sound-anew" } }));
        assert_eq!(ledger.up(&asked), Up::SoundAnew);
        let asked = text(json!({ "keeper": { "ask": "browser-anew" } }));
        assert_eq!(ledger.up(&asked), Up::BrowserAnew);
    }

    #[test]
    fn nonsense_is_answered_and_not_passed() {
        let mut ledger = Ledger::default();
        ledger.seat(1, 7, "C");
        for bad in [
            "",
            "{",
            "[]",
            "7",
            "{}",
            r#"{"id":5}"#,
            r#"{"keeper":{"ask":"kill"}}"#,
            "\u{fffd}",
        ] {
            assert!(
                matches!(ledger.up(bad.as_bytes()), Up::Answer(_)),
                "{bad:?}"
            );
        }
        let own = json!({ "id": KEEPER_IDS, "method": "Browser.close" });
        assert!(matches!(ledger.up(&text(own)), Up::Answer(_)));
        assert_eq!(ledger.down(b"nonsense"), Down::Drop(Vec::new()));
    }
}
