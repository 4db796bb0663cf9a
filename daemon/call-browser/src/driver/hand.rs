//! Passes what a person's hand does on to the page, as real input and in its order. Keeps nothing of it and logs nothing of it.
//!
//! Invariant: no hand presses the page's own microphone or camera control, where the pack knows them: these are the room's.
//! The room closes what a page opens in any case; this spares people the moment between.

use super::act::evaluate;
use super::sight::Place;
use crate::cdp::{Ask, Cdp, CdpError, SessionId};
use room_core::hand::{Hand, PageKey, Spot};
use serde::Deserialize;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::sync::mpsc;

/// So many may wait for a slow page.
const WAITING: usize = 64;
/// What a page may take for one of them.
const WITHIN: Duration = Duration::from_secs(3);

/// In so many moves a drag goes its way; pages that follow a finger want more than one.
const DRAG_STEPS: u8 = 8;

/// Something to pass on.
#[derive(Debug)]
pub(super) struct Order {
    pub hand: Hand,
    /// The watchers that know the page's own controls.
    pub guards: Vec<Place>,
    /// All watchers of the page.
    pub watchers: Vec<Place>,
}

/// A task that passes on to this page until nobody asks any more.
pub(super) fn task(cdp: Cdp, page: SessionId) -> mpsc::Sender<Order> {
    let (hands, mut orders) = mpsc::channel::<Order>(WAITING);
    tokio::spawn(async move {
        let passage = Passage { cdp, page };
        while let Some(order) = orders.recv().await {
            if let Err(problem) = passage.pass(order).await {
                tracing::debug!(%problem, "a hand did not reach the page");
            }
        }
    });
    hands
}

struct Passage {
    cdp: Cdp,
    page: SessionId,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metrics {
    css_visual_viewport: Viewport,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Viewport {
    client_width: f64,
    client_height: f64,
}

#[derive(Clone, Copy)]
struct Point {
    x: f64,
    y: f64,
}

impl Passage {
    async fn pass(&self, order: Order) -> Result<(), CdpError> {
        let Order {
            hand,
            guards,
            watchers,
        } = order;
        match hand {
            Hand::Tap(spot) => {
                let (at, _) = self.point(spot).await?;
                if self.ours(&guards, Some(at)).await {
                    return Ok(());
                }
                self.tap(at).await
            }
            Hand::Scroll { at, by } => {
                let (at, height) = self.point(at).await?;
                let by = f64::from(by) / 100.0 * height;
                let event = json!({ "type": "mouseWheel", "x": at.x, "y": at.y, "deltaX": 0, "deltaY": by });
                self.input("Input.dispatchMouseEvent", event).await
            }
            Hand::Drag { from, to } => {
                let (from, to) = (self.point(from).await?.0, self.point(to).await?.0);
                if self.ours(&guards, Some(from)).await || self.ours(&guards, Some(to)).await {
                    return Ok(());
                }
                self.drag(from, to).await
            }
            Hand::Type(text) => {
                let params = json!({ "text": text.reveal() });
                self.input("Input.insertText", params).await
            }
            Hand::Key(PageKey::Enter | PageKey::Space) if self.ours(&guards, None).await => Ok(()),
            Hand::Key(PageKey::Space) if !self.has_focus(&watchers).await => Ok(()),
            Hand::Key(key) => self.key(key).await,
        }
    }

    /// Where a spot is in the page's own measure, and how high the page is.
    async fn point(&self, spot: Spot) -> Result<(Point, f64), CdpError> {
        let ask = Ask::page(&self.page, "Page.getLayoutMetrics", json!({})).within(WITHIN);
        let Metrics {
            css_visual_viewport: shown,
        } = self.cdp.ask(ask).await?;
        let part = |of: u16, whole: f64| f64::from(of) / f64::from(Spot::WHOLE) * whole;
        // A press on the very edge is outside already.
        let at = Point {
            x: part(spot.x(), shown.client_width - 1.0),
            y: part(spot.y(), shown.client_height - 1.0),
        };
        Ok((at, shown.client_height))
    }

    /// Whether the room's own controls are there. A watcher that does not answer knows of none.
    async fn ours(&self, guards: &[Place], at: Option<Point>) -> bool {
        let point = at.map(|Point { x, y }| json!({ "x": x, "y": y }));
        for place in guards {
            let text = format!("globalThis.roomd?.ours({}) === true", json!(point));
            if let Ok(true) = evaluate::<bool>(&self.cdp, place, text, WITHIN).await {
                return true;
            }
        }
        false
    }

    /// Whether anything on the page has the focus. With a blank that nothing takes, services open microphones.
    async fn has_focus(&self, watchers: &[Place]) -> bool {
        for place in watchers {
            let text = "globalThis.roomd?.focused() === true".to_owned();
            if let Ok(true) = evaluate::<bool>(&self.cdp, place, text, WITHIN).await {
                return true;
            }
        }
        false
    }

    async fn drag(&self, from: Point, to: Point) -> Result<(), CdpError> {
        self.mouse("mouseMoved", from, ("none", 0)).await?;
        self.mouse("mousePressed", from, ("left", 1)).await?;
        for step in 1..=DRAG_STEPS {
            let part = f64::from(step) / f64::from(DRAG_STEPS);
            let at = Point {
                x: from.x + (to.x - from.x) * part,
                y: from.y + (to.y - from.y) * part,
            };
            self.mouse("mouseMoved", at, ("left", 1)).await?;
        }
        self.mouse("mouseReleased", to, ("left", 0)).await
    }

    async fn mouse(
        &self,
        kind: &str,
        Point { x, y }: Point,
        (button, buttons): (&str, u8),
    ) -> Result<(), CdpError> {
        let event = json!({ "type": kind, "x": x, "y": y, "button": button, "buttons": buttons, "clickCount": 1 });
        self.input("Input.dispatchMouseEvent", event).await
    }

    async fn tap(&self, at: Point) -> Result<(), CdpError> {
        self.mouse("mouseMoved", at, ("none", 0)).await?;
        self.mouse("mousePressed", at, ("left", 1)).await?;
        self.mouse("mouseReleased", at, ("left", 0)).await
    }

    async fn key(&self, key: PageKey) -> Result<(), CdpError> {
        const SHIFT: u8 = 8;
        let (name, code, modifiers) = match key {
            PageKey::Tab => ("Tab", 9, 0),
            PageKey::BackTab => ("Tab", 9, SHIFT),
            PageKey::Enter => ("Enter", 13, 0),
            PageKey::Escape => ("Escape", 27, 0),
            PageKey::Backspace => ("Backspace", 8, 0),
            PageKey::Delete => ("Delete", 46, 0),
            PageKey::Up => ("ArrowUp", 38, 0),
            PageKey::Down => ("ArrowDown", 40, 0),
            PageKey::Left => ("ArrowLeft", 37, 0),
            PageKey::Right => ("ArrowRight", 39, 0),
            PageKey::Space => ("Space", 32, 0),
        };
        let mut down = json!({
            "type": "rawKeyDown", "key": name, "code": name, "windowsVirtualKeyCode": code, "modifiers": modifiers,
        });
        let mut up = down.clone();
        up["type"] = json!("keyUp");
        let text = match key {
            PageKey::Enter => Some("\r"),
            PageKey::Space => Some(" "),
            _ => None,
        };
        if let Some(text) = text {
            down["type"] = json!("keyDown");
            down["text"] = json!(text);
        }
        if key == PageKey::Space {
            (down["key"], up["key"]) = (json!(" "), json!(" "));
        }
        self.input("Input.dispatchKeyEvent", down).await?;
        self.input("Input.dispatchKeyEvent", up).await
    }

    async fn input(&self, method: &'static str, params: Value) -> Result<(), CdpError> {
        let ask = Ask::page(&self.page, method, params).within(WITHIN);
        self.cdp.ask::<Value>(ask).await.map(|_| ())
    }
}
