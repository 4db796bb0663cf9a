//! Carries out single steps on a page: real key events, real mouse events where asked for, and the page's own word on
//! whether the element took it.

use super::sight::Place;
use crate::call::{Device, Did};
use crate::cdp::{Ask, Cdp, CdpError, SessionId};
use crate::pack::{Act, ClickBy, FillHow, Step, Words};
use room_core::ids::Private;
use room_core::units::Switch;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::time::Duration;

/// What an answer may take beyond the patience the page itself was given.
const SLACK: Duration = Duration::from_secs(2);
const KEYS_AT_ONCE: usize = 12;

#[derive(Debug, Default, Deserialize)]
struct Acted {
    done: bool,
    #[serde(default)]
    absent: bool,
    #[serde(default)]
    already: bool,
    #[serde(default)]
    filled: bool,
    point: Option<Point>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
struct Point {
    x: f64,
    y: f64,
}

/// A field to fill in.
struct Field<'a> {
    at: &'a str,
    text: &'a str,
    /// Key by key instead of as one piece.
    keys: bool,
}

/// Something to do, and where.
#[derive(Debug, Clone)]
pub(super) struct Doing {
    pub cdp: Cdp,
    /// The page's own session: keys and mouse go there, whatever frame they are meant for.
    pub page: SessionId,
    /// The watcher that knows the element.
    pub place: Place,
}

/// Evaluates an expression in a world and waits for what it promises.
pub(super) async fn evaluate<T: DeserializeOwned>(
    cdp: &Cdp,
    place: &Place,
    text: String,
    within: Duration,
) -> Result<T, CdpError> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Outcome {
        result: Remote,
        exception_details: Option<Value>,
    }
    #[derive(Deserialize)]
    struct Remote {
        #[serde(default)]
        value: Value,
    }
    let method = "Runtime.evaluate";
    let params = json!({
        "expression": text,
        "contextId": place.1,
        "awaitPromise": true,
        "returnByValue": true,
        "userGesture": true,
    });
    let outcome: Outcome = cdp
        .ask(Ask::page(&place.0, method, params).within(within))
        .await?;
    match outcome.exception_details {
        None => {
            serde_json::from_value(outcome.result.value).map_err(|_| CdpError::Garbled { method })
        }
        Some(details) => Err(CdpError::Rejected {
            method,
            message: details["text"].to_string(),
        }),
    }
}

impl Doing {
    /// Carries out a step.
    pub async fn step(self, step: &Step, text: Option<Private>, insist: bool) -> Did {
        let text = text.as_ref().map(Private::reveal);
        match &step.act {
            Act::Click { at, by } => self.click(step, at, insist || *by == ClickBy::Mouse).await,
            Act::Fill { at, how, .. } => {
                let keys = insist || *how == FillHow::Keys;
                match text {
                    Some(text) => self.fill(step, Field { at, text, keys }).await,
                    None => self.look_into(step, at).await,
                }
            }
            Act::Check { at, checked } => {
                self.done(
                    step,
                    json!({ "act": "check", "at": at, "checked": checked }),
                )
                .await
            }
            Act::Wait { at } => self.done(step, json!({ "act": "aim", "at": at })).await,
            Act::Key { at, key } => {
                match self.done(step, json!({ "act": "focus", "at": at })).await {
                    Did::Done => self.sent(self.key(key, None).await),
                    other => other,
                }
            }
        }
    }

    /// Moves the mouse a little: some pages hide their controls until somebody does.
    pub async fn wake(&self) {
        let moves = [200, 220, 240].map(|x| {
            let moved = json!({ "type": "mouseMoved", "x": x, "y": 200, "button": "none" });
            self.input("Input.dispatchMouseEvent", moved)
        });
        futures_util::future::join_all(moves).await;
    }

    /// Brings a device into a state, as far as the page shows it within this time.
    pub async fn turn(self, device: Device, to: Switch, within: Option<Duration>) -> Did {
        let Some(within) = within else {
            return Did::Absent;
        };
        let name = match device {
            Device::Mic => "mic",
            Device::Camera => "camera",
        };
        let to = match to {
            Switch::Open => "open",
            Switch::Closed => "closed",
        };
        // The page's own patience ends first, so that the next try finds it ready.
        let patience = within * 4 / 5;
        let text = format!("roomd.turn({name:?}, {to:?}, {})", patience.as_millis());
        let acted: Result<Acted, CdpError> =
            evaluate(&self.cdp, &self.place, text, patience + SLACK).await;
        verdict(acted, false)
    }

    async fn act(&self, step: &Step, mut order: Value) -> Result<Acted, CdpError> {
        order["within"] = json!(u64::try_from(step.within.as_millis()).unwrap_or(u64::MAX));
        order["says"] = json!(step.says.as_ref().map(Words::plain));
        order["unless"] = json!(step.unless);
        evaluate(
            &self.cdp,
            &self.place,
            format!("roomd.act({order})"),
            step.within + SLACK,
        )
        .await
    }

    async fn done(&self, step: &Step, order: Value) -> Did {
        verdict(self.act(step, order).await, false)
    }

    async fn click(&self, step: &Step, at: &str, mouse: bool) -> Did {
        if !mouse {
            return verdict(
                self.act(step, json!({ "act": "click", "at": at })).await,
                true,
            );
        }
        match self.act(step, json!({ "act": "aim", "at": at })).await {
            Ok(Acted {
                point: Some(point), ..
            }) => self.sent(self.press(point).await),
            Ok(Acted { done: true, .. }) => verdict(
                self.act(step, json!({ "act": "click", "at": at })).await,
                true,
            ),
            other => verdict(other, false),
        }
    }

    async fn fill(&self, step: &Step, field: Field<'_>) -> Did {
        let Field { at, text, keys } = field;
        match self
            .act(step, json!({ "act": "focus", "at": at, "text": text }))
            .await
        {
            Ok(Acted { already: true, .. }) => return Did::Done,
            Ok(Acted { done: true, .. }) => {}
            other => return verdict(other, false),
        }
        let typed = if keys {
            self.type_keys(text).await
        } else {
            self.insert(text).await
        };
        match typed {
            Ok(()) => {
                self.done(step, json!({ "act": "verify", "at": at, "text": text }))
                    .await
            }
            Err(_) => Did::Refused,
        }
    }

    /// Looks for a field without having anything to put in.
    async fn look_into(&self, step: &Step, at: &str) -> Did {
        match self.act(step, json!({ "act": "focus", "at": at })).await {
            Ok(Acted { filled: true, .. }) => Did::Filled,
            other => verdict(other, false),
        }
    }

    fn sent(&self, sent: Result<(), CdpError>) -> Did {
        if sent.is_ok() {
            Did::Done
        } else {
            Did::Refused
        }
    }

    async fn input(&self, method: &'static str, params: Value) -> Result<(), CdpError> {
        self.cdp
            .ask::<Value>(Ask::page(&self.page, method, params))
            .await
            .map(|_| ())
    }

    async fn insert(&self, text: &str) -> Result<(), CdpError> {
        self.input("Input.insertText", json!({ "text": text }))
            .await
    }

    async fn type_keys(&self, text: &str) -> Result<(), CdpError> {
        // Sent without waiting in between, in small groups that keep their order; the browser handles keys one by one.
        let chars: Vec<char> = text.chars().collect();
        for group in chars.chunks(KEYS_AT_ONCE) {
            let keys = group
                .iter()
                .map(|c| async move { self.key(&c.to_string(), Some(*c)).await });
            for sent in futures_util::future::join_all(keys).await {
                sent?;
            }
        }
        Ok(())
    }

    async fn key(&self, key: &str, c: Option<char>) -> Result<(), CdpError> {
        let text = c
            .map(String::from)
            .or_else(|| (key == "Enter").then(|| "\r".to_owned()));
        let code = match (c, key) {
            (Some(c), _) if c.is_ascii_alphanumeric() => Some(c.to_ascii_uppercase() as u32),
            (None, "Enter") => Some(13),
            (None, "Tab") => Some(9),
            (None, "Escape") => Some(27),
            (None, " ") => Some(32),
            _ => None,
        };
        let mut down = json!({ "type": "keyDown", "key": key });
        let mut up = json!({ "type": "keyUp", "key": key });
        if let Some(text) = text {
            down["text"] = json!(text);
        }
        if let Some(code) = code {
            down["windowsVirtualKeyCode"] = json!(code);
            up["windowsVirtualKeyCode"] = json!(code);
        }
        let (down, up) = futures_util::future::join(
            self.input("Input.dispatchKeyEvent", down),
            self.input("Input.dispatchKeyEvent", up),
        )
        .await;
        down.and(up)
    }

    async fn press(&self, Point { x, y }: Point) -> Result<(), CdpError> {
        for (kind, buttons) in [("mouseMoved", 0), ("mousePressed", 1), ("mouseReleased", 0)] {
            let button = if kind == "mouseMoved" { "none" } else { "left" };
            let event = json!({ "type": kind, "x": x, "y": y, "button": button, "buttons": buttons, "clickCount": 1 });
            self.input("Input.dispatchMouseEvent", event).await?;
        }
        Ok(())
    }
}

/// What the page's answer means. A click may take the page away before it can answer, and then it was done.
fn verdict(acted: Result<Acted, CdpError>, may_leave: bool) -> Did {
    match acted {
        Ok(Acted { done: true, .. }) => Did::Done,
        Ok(Acted { absent: true, .. }) => Did::Absent,
        Ok(_) => Did::Refused,
        Err(CdpError::Rejected { .. }) if may_leave => Did::Done,
        Err(problem) => {
            tracing::debug!(%problem, "a step was not answered");
            Did::Absent
        }
    }
}
