//! The far end: a browser that no driver knows, operated by bare DevTools calls, as a person's browser would be.

use super::{Keeper, within};
use call_browser::cdp::{Ask, Cdp, Incoming, SessionId};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::sync::mpsc;

pub struct Browser {
    pub cdp: Cdp,
    pub incoming: mpsc::Receiver<Incoming>,
    pub hello: call_browser::wire::Running,
}

impl Browser {
    /// Connects to a keeper and waits for its Chromium.
    pub async fn at(keeper: &Keeper) -> Self {
        Self::at_socket(&keeper.socket).await
    }

    pub async fn at_socket(socket: &std::path::Path) -> Self {
        super::within(
            "the keeper has a place for us",
            Duration::from_secs(45),
            || async {
                let (cdp, mut incoming) = Cdp::connect(socket).await.ok()?;
                loop {
                    match incoming.recv().await? {
                        Incoming::Running(hello) => {
                            return Some(Self {
                                cdp,
                                incoming,
                                hello,
                            });
                        }
                        // Somebody else is still there.
                        Incoming::Closed => return None,
                        Incoming::Gone(_) | Incoming::Event(..) => {}
                    }
                }
            },
        )
        .await
    }

    /// A page in a profile of its own.
    pub async fn open(&self, url: &str) -> Page {
        let context: Value = self.ask("Target.createBrowserContext", json!({})).await;
        let target: Value = self
            .ask(
                "Target.createTarget",
                json!({ "url": "about:blank", "browserContextId": context["browserContextId"] }),
            )
            .await;
        let mut page = self.attach(target["targetId"].as_str().unwrap()).await;
        page.outcome = page.ask("Page.navigate", json!({ "url": url })).await;
        // It is answered when the page is taken, with or without its first lines. No hand: some tests have none.
        within("the page's body", Duration::from_secs(20), || async {
            let there = page.eval_without_hand("Boolean(document.body)").await;
            (there == true).then_some(())
        })
        .await;
        page
    }

    pub async fn attach(&self, target: &str) -> Page {
        let attached: Value = self
            .ask(
                "Target.attachToTarget",
                json!({ "targetId": target, "flatten": true }),
            )
            .await;
        let session: SessionId = serde_json::from_value(attached["sessionId"].clone()).unwrap();
        Page {
            cdp: self.cdp.clone(),
            session,
            target: target.to_owned(),
            outcome: Value::Null,
        }
    }

    pub async fn ask(&self, method: &'static str, params: Value) -> Value {
        self.cdp
            .ask(Ask::browser(method, params).within(Duration::from_secs(20)))
            .await
            .unwrap_or_else(|e| panic!("{method}: {e:?}"))
    }
}

pub struct Page {
    cdp: Cdp,
    pub session: SessionId,
    pub target: String,
    /// What the navigation said.
    pub outcome: Value,
}

impl Page {
    pub async fn ask(&self, method: &'static str, params: Value) -> Value {
        let ask = Ask::page(&self.session, method, params).within(Duration::from_secs(20));
        self.cdp
            .ask(ask)
            .await
            .unwrap_or_else(|error| panic!("{method}: {error:?}"))
    }

    /// Evaluates an expression and gives its value, or what it threw as text.
    pub async fn eval(&self, expression: &str) -> Value {
        let params = json!({ "expression": expression, "awaitPromise": true, "returnByValue": true, "userGesture": true });
        let outcome = self.ask("Runtime.evaluate", params).await;
        match &outcome["exceptionDetails"] {
            Value::Null => outcome["result"]["value"].clone(),
            thrown => thrown["exception"]["description"].clone(),
        }
    }

    /// The same, as a script would that no finger started.
    pub async fn eval_without_hand(&self, expression: &str) -> Value {
        let params =
            json!({ "expression": expression, "awaitPromise": true, "returnByValue": true });
        self.ask("Runtime.evaluate", params).await["result"]["value"].clone()
    }

    /// Waits until an expression is true.
    pub async fn until(&self, expression: &str) {
        let text = format!("Boolean({expression})");
        within(expression, Duration::from_secs(20), || async {
            (self.eval(&text).await == true).then_some(())
        })
        .await;
    }

    pub async fn press(&self, marker: &str) {
        self.until(&format!(
            "document.querySelector('[data-test={marker}]')?.disabled === false"
        ))
        .await;
        self.eval(&format!(
            "document.querySelector('[data-test={marker}]').click()"
        ))
        .await;
    }

    /// Joins a practice conference under a name, and waits for the inside of the call.
    pub async fn join_practice(&self, name: &str) {
        self.until("document.querySelector('[data-test=input-name]')")
            .await;
        self.eval(&format!(
            "{{ const f = document.querySelector('[data-test=input-name]'); f.value = {name:?}; \
             f.dispatchEvent(new Event('input', {{ bubbles: true }})) }}"
        ))
        .await;
        self.press("submit-join").await;
        self.until("document.querySelector('[data-test=screen-call]')")
            .await;
    }

    /// Packets of a kind that came in from the others, so far.
    pub async fn received(&self, kind: &str) -> u64 {
        let text = format!(
            "practiceStats().then(s => s.peers.reduce((n, p) => n + (p.inbound.{kind}?.packets ?? 0), 0))"
        );
        self.eval(&text).await.as_u64().unwrap_or_default()
    }

    /// Whether packets of a kind keep coming in over a second.
    pub async fn receives(&self, kind: &str) -> bool {
        let before = self.received(kind).await;
        tokio::time::sleep(Duration::from_millis(1_000)).await;
        self.received(kind).await > before
    }

    /// Waits for a whole second without a sound from the others: what was under way when it ended may still arrive.
    pub async fn falls_silent(&self) {
        let silent = || async { (!self.receives("audio").await).then_some(()) };
        within("no sound arrives any more", Duration::from_secs(10), silent).await;
    }
}
