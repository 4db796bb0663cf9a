//! A page in a browser behind a keeper, driven as a person would: open, look, click.
//! Knows no particular page.

use crate::wait::{Unseen, until};
use anyhow::{Context, Result, bail};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use call_browser::cdp::{Ask, Cdp, Incoming, SessionId, TargetId, TargetInfo};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::path::Path;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::timeout;

/// How long a browser may take to start.
const STARTS_WITHIN: Duration = Duration::from_secs(40);
const ANSWER_WITHIN: Duration = Duration::from_secs(8);

/// One page, and the connection to its browser.
#[derive(Debug)]
pub struct Page {
    cdp: Cdp,
    session: SessionId,
}

#[derive(Deserialize)]
struct Targets {
    #[serde(rename = "targetInfos")]
    all: Vec<TargetInfo>,
}

#[derive(Deserialize)]
struct Made {
    #[serde(rename = "targetId")]
    target: TargetId,
}

#[derive(Deserialize)]
struct Attached {
    #[serde(rename = "sessionId")]
    session: SessionId,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Evaluated {
    result: Value,
    exception_details: Option<Value>,
}

#[derive(Deserialize)]
struct Screenshot {
    data: String,
}

impl Page {
    /// Connects to the keeper at `socket`, waits for its browser, and takes the browser's first page.
    ///
    /// # Errors
    /// The keeper or its browser does not come in time.
    pub async fn first(socket: &Path) -> Result<Page> {
        let connected = until("the browser's keeper", STARTS_WITHIN, async || {
            Cdp::connect(socket)
                .await
                .map_err(|error| error.to_string())
        });
        let (cdp, incoming) = connected.await?;
        let mut incoming = incoming;
        timeout(STARTS_WITHIN, runs(&mut incoming))
            .await
            .context("the browser does not start in time")??;
        tokio::spawn(async move { while incoming.recv().await.is_some() {} });
        let target = first_target(&cdp).await?;
        let session = attach(&cdp, &target).await?;
        Ok(Page { cdp, session })
    }

    /// Another window of the same browser, beside this one and as visible.
    ///
    /// # Errors
    /// The browser opens none.
    pub async fn window(&self, (width, height): (u32, u32)) -> Result<Page> {
        let wish =
            json!({"url": "about:blank", "newWindow": true, "width": width, "height": height});
        let ask = Ask::browser("Target.createTarget", wish);
        let made: Made = self.cdp.ask(ask).await.context("opening a window")?;
        let page = Page {
            cdp: self.cdp.clone(),
            session: attach(&self.cdp, &made.target).await?,
        };
        let size =
            json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
        let method = "Emulation.setDeviceMetricsOverride";
        let _: Value = page.ask(method, size).await?;
        Ok(page)
    }

    /// Shows this document in place of what was open.
    ///
    /// # Errors
    /// The browser refuses.
    pub async fn write(&self, document: &str) -> Result<()> {
        let document = serde_json::to_string(document)?;
        self.evaluate::<()>(&format!(
            "(async () => {{ document.open(); document.write({document}); document.close(); \
             await Promise.all([...document.images].map(i => i.decode())); }})()"
        ))
        .await
    }

    /// Opens an address.
    ///
    /// # Errors
    /// The browser refuses, or the address cannot be reached.
    pub async fn open(&self, address: &str) -> Result<()> {
        let opened: Value = self.ask("Page.navigate", json!({"url": address})).await?;
        match opened.get("errorText").and_then(Value::as_str) {
            Some(error) => bail!("the page did not open: {error}"),
            None => Ok(()),
        }
    }

    /// Runs this script in every document from now on, before the document's own.
    ///
    /// # Errors
    /// The browser refuses.
    pub async fn prepare(&self, script: &str) -> Result<()> {
        let _: Value = self.ask("Page.enable", json!({})).await?;
        let method = "Page.addScriptToEvaluateOnNewDocument";
        let _: Value = self.ask(method, json!({"source": script})).await?;
        Ok(())
    }

    /// Evaluates an expression, waits for its promise, and reads the value.
    ///
    /// # Errors
    /// The page threw, or the value is of another form.
    pub async fn evaluate<T: DeserializeOwned>(&self, expression: &str) -> Result<T> {
        let parameters = json!({"expression": expression, "awaitPromise": true, "returnByValue": true, "userGesture": true});
        let done: Evaluated = self.ask("Runtime.evaluate", parameters).await?;
        if let Some(details) = done.exception_details {
            let text = details
                .pointer("/exception/description")
                .or(details.get("text"));
            bail!(
                "the page threw: {}",
                text.and_then(Value::as_str).unwrap_or("something")
            );
        }
        let value = done.result.get("value").cloned().unwrap_or(Value::Null);
        serde_json::from_value(value).context("the page's answer is of another form")
    }

    /// Clicks with a mouse into the middle of the first element that fits, once it is there and can be clicked.
    ///
    /// # Errors
    /// It is not there in time.
    pub async fn click(&self, selector: &str) -> Result<()> {
        let place = format!(
            "(() => {{ const e = document.querySelector({selector:?}); \
             if (!e || e.disabled) return null; e.scrollIntoView({{block: 'center'}}); \
             const r = e.getBoundingClientRect(); \
             return r.width && r.height ? [r.x + r.width / 2, r.y + r.height / 2] : null; }})()"
        );
        let wanted = format!("{selector} to click on");
        let found: Result<[f64; 2], Unseen> = until(&wanted, ANSWER_WITHIN, async || {
            let at: Option<[f64; 2]> = self.evaluate(&place).await.map_err(|e| format!("{e:#}"))?;
            at.ok_or_else(|| "not there".to_owned())
        })
        .await;
        let [x, y] = found?;
        for kind in ["mousePressed", "mouseReleased"] {
            let event = json!({"type": kind, "x": x, "y": y, "button": "left", "clickCount": 1});
            let _: Value = self.ask("Input.dispatchMouseEvent", event).await?;
        }
        Ok(())
    }

    /// A picture of the page as JPEG.
    ///
    /// # Errors
    /// The browser gives none.
    pub async fn picture(&self) -> Result<Vec<u8>> {
        self.shot(json!({"format": "jpeg", "quality": 70, "optimizeForSpeed": true}))
            .await
    }

    /// A picture of the page as PNG.
    ///
    /// # Errors
    /// The browser gives none.
    pub async fn exact_picture(&self) -> Result<Vec<u8>> {
        self.shot(json!({"format": "png"})).await
    }

    async fn shot(&self, wish: Value) -> Result<Vec<u8>> {
        let picture: Screenshot = self.ask("Page.captureScreenshot", wish).await?;
        STANDARD
            .decode(picture.data)
            .context("reading a screenshot")
    }

    async fn ask<T: DeserializeOwned>(&self, method: &'static str, parameters: Value) -> Result<T> {
        let ask = Ask::page(&self.session, method, parameters).within(ANSWER_WITHIN);
        Ok(self.cdp.ask(ask).await?)
    }
}

async fn attach(cdp: &Cdp, target: &TargetId) -> Result<SessionId> {
    let wish = json!({"targetId": target, "flatten": true});
    let ask = Ask::browser("Target.attachToTarget", wish);
    let attached: Attached = cdp.ask(ask).await.context("attaching to the page")?;
    Ok(attached.session)
}

async fn runs(incoming: &mut mpsc::Receiver<Incoming>) -> Result<()> {
    while let Some(said) = incoming.recv().await {
        match said {
            Incoming::Running(_) => return Ok(()),
            Incoming::Closed => break,
            Incoming::Gone(_) | Incoming::Event(..) => {}
        }
    }
    bail!("the keeper closed the connection")
}

async fn first_target(cdp: &Cdp) -> Result<TargetId> {
    let found = until("a page in the browser", ANSWER_WITHIN, async || {
        let ask = Ask::browser("Target.getTargets", json!({}));
        let targets: Targets = cdp.ask(ask).await.map_err(|error| error.to_string())?;
        let page = targets
            .all
            .into_iter()
            .find(|target| target.r#type == "page");
        page.map(|page| page.target_id)
            .ok_or_else(|| "no page".to_owned())
    });
    Ok(found.await?)
}
