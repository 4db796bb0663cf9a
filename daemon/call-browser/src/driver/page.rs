//! Opens, equips, finds again and destroys the page of a call. One fresh browser context for each.

use super::sight::{PROBE_CALLS, WATCHER_CALLS, WATCHER_WORLD};
use crate::cdp::{Ask, Cdp, CdpError, ContextId, Nothing, SessionId, TargetId};
use crate::pack::Served;
use crate::sound::PageDevices;
use room_core::ids::Private;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::time::Duration;

const LOADS_WITHIN: Duration = Duration::from_secs(20);
/// Whoever waits for a picture to act on waits no longer.
pub(super) const SEEN_WITHIN: Duration = Duration::from_secs(4);
/// A picture of a whole display takes many seconds where no graphics processor draws it and the machine is busy.
pub(super) const MIRRORED_WITHIN: Duration = Duration::from_secs(25);

/// Where a call's page lives in the browser. Kept by the keeper for the next daemon.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Home {
    /// Its profile.
    pub context: ContextId,
    /// Itself; `None` while it is being made.
    pub target: Option<TargetId>,
    /// Its service.
    pub service: String,
}

/// A page we drive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Page {
    pub context: Option<ContextId>,
    pub target: TargetId,
    pub session: SessionId,
}

/// Why a page did not load.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NotLoaded {
    Unreachable,
    Blocked,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NewContext {
    browser_context_id: ContextId,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NewTarget {
    target_id: TargetId,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NewSession {
    session_id: SessionId,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Navigation {
    error_text: Option<String>,
}

pub(super) async fn new_context(cdp: &Cdp) -> Result<ContextId, CdpError> {
    let made: NewContext = cdp
        .ask(Ask::browser(
            "Target.createBrowserContext",
            json!({ "disposeOnDetach": false }),
        ))
        .await?;
    Ok(made.browser_context_id)
}

/// A blank page in a context, or in the browser's own profile.
pub(super) async fn new_page(cdp: &Cdp, context: Option<&ContextId>) -> Result<TargetId, CdpError> {
    let mut params = json!({ "url": "about:blank", "newWindow": true, "background": true });
    if let Some(context) = context {
        params["browserContextId"] = context.as_str().into();
    }
    let made: NewTarget = cdp.ask(Ask::browser("Target.createTarget", params)).await?;
    Ok(made.target_id)
}

pub(super) async fn attach(cdp: &Cdp, target: &TargetId) -> Result<SessionId, CdpError> {
    let params = json!({ "targetId": target.as_str(), "flatten": true });
    let made: NewSession = cdp
        .ask(Ask::browser("Target.attachToTarget", params))
        .await?;
    Ok(made.session_id)
}

/// The scripts of one pack, ready to be put into pages.
#[derive(Debug, Clone)]
pub(super) struct Scripts {
    watcher: String,
    probe: String,
}

impl Scripts {
    pub fn new(program: &str, devices: &PageDevices) -> Self {
        let room = json!(devices);
        let watcher = function(include_str!("../page/watcher.js"));
        let notice = function(include_str!("../page/notice.js"));
        let probe = function(include_str!("../page/probe.js"));
        Self {
            watcher: format!("({notice})();({watcher})({program});"),
            probe: format!("({probe})({room});"),
        }
    }
}

/// A script file without the comment at its head, so that it can stand inside parentheses.
pub(super) fn function(file: &str) -> String {
    let lines: Vec<&str> = file
        .lines()
        .skip_while(|line| line.starts_with("//"))
        .collect();
    lines.join("\n")
}

/// Watches a page or a frame from another site: events, reports, scripts in every document to come and in this one.
pub(super) async fn equip(
    cdp: &Cdp,
    session: &SessionId,
    scripts: &Scripts,
) -> Result<(), CdpError> {
    let ask = |method, params| cdp.ask::<serde_json::Value>(Ask::page(session, method, params));
    let in_watcher = json!({ "name": WATCHER_CALLS, "executionContextName": WATCHER_WORLD });
    let watcher =
        json!({ "source": scripts.watcher, "worldName": WATCHER_WORLD, "runImmediately": true });
    let probe = json!({ "source": scripts.probe, "runImmediately": true });
    let frames = json!([{ "type": "iframe", "exclude": false }, { "exclude": true }]);
    let follow = json!({ "autoAttach": true, "waitForDebuggerOnStart": true, "flatten": true, "filter": frames });
    // In this order: a script must not run before its reports can be heard. They are sent without waiting in between.
    let all = futures_util::future::join_all([
        ask("Page.enable", json!({})),
        ask("Inspector.enable", json!({})),
        ask("Runtime.addBinding", in_watcher),
        ask("Runtime.addBinding", json!({ "name": PROBE_CALLS })),
        ask("Runtime.enable", json!({})),
        ask("Page.addScriptToEvaluateOnNewDocument", probe),
        ask("Page.addScriptToEvaluateOnNewDocument", watcher),
        ask("Target.setAutoAttach", follow),
    ]);
    all.await
        .into_iter()
        .find_map(Result::err)
        .map_or(Ok(()), Err)
}

/// Loads an address. Not an error: the page could not be loaded.
pub(super) async fn navigate(
    cdp: &Cdp,
    session: &SessionId,
    link: &Private,
) -> Result<(), NotLoaded> {
    let ask =
        Ask::page(session, "Page.navigate", json!({ "url": link.reveal() })).within(LOADS_WITHIN);
    match cdp.ask::<Navigation>(ask).await {
        Ok(Navigation { error_text: None }) => Ok(()),
        Ok(Navigation {
            error_text: Some(error),
        }) => {
            tracing::debug!(%error, "a page did not load");
            let blocked = matches!(
                &*error,
                "net::ERR_BLOCKED_BY_ADMINISTRATOR" | "net::ERR_BLOCKED_BY_CLIENT"
            );
            Err(if blocked {
                NotLoaded::Blocked
            } else {
                NotLoaded::Unreachable
            })
        }
        Err(problem) => {
            tracing::debug!(%problem, "a page did not load");
            Err(NotLoaded::Unreachable)
        }
    }
}

/// Has the document at this address shown to us before it is asked of the network.
pub(super) async fn see_first(
    cdp: &Cdp,
    session: &SessionId,
    address: &Private,
) -> Result<(), CdpError> {
    let pattern = address
        .reveal()
        .replace('\\', "\\\\")
        .replace('*', "\\*")
        .replace('?', "\\?");
    let patterns =
        json!([{ "urlPattern": pattern, "resourceType": "Document", "requestStage": "Request" }]);
    cdp.ask::<Nothing>(Ask::page(
        session,
        "Fetch.enable",
        json!({ "patterns": patterns }),
    ))
    .await?;
    Ok(())
}

/// Answers with a page of our own. Afterwards nothing waits for us any more: the page must live without a daemon.
pub(super) async fn serve(
    cdp: &Cdp,
    session: &SessionId,
    request: String,
    own: &Served,
) -> Result<(), CdpError> {
    use base64::Engine as _;
    let header = |name: &str, value: &str| json!({ "name": name, "value": value });
    let answer = json!({
        "requestId": request,
        "responseCode": 200,
        "responseHeaders": [
            header("Content-Type", "text/html; charset=utf-8"),
            header("Content-Security-Policy", &own.rules),
            header("Cache-Control", "no-store"),
            header("Referrer-Policy", "no-referrer"),
            header("X-Content-Type-Options", "nosniff"),
        ],
        "body": base64::engine::general_purpose::STANDARD.encode(own.html.reveal()),
    });
    cdp.ask::<Nothing>(Ask::page(session, "Fetch.fulfillRequest", answer))
        .await?;
    cdp.ask::<Nothing>(Ask::page(session, "Fetch.disable", json!({})))
        .await?;
    Ok(())
}

/// Refuses microphone and camera to every page of a profile, also to those that the policy grants them.
pub(super) async fn deny_devices(cdp: &Cdp, context: &ContextId) -> Result<(), CdpError> {
    for name in ["microphone", "camera"] {
        let params = json!({
            "permission": { "name": name },
            "setting": "denied",
            "browserContextId": context.as_str(),
        });
        cdp.ask::<Nothing>(Ask::browser("Browser.setPermission", params))
            .await?;
    }
    Ok(())
}

/// Destroys a profile with all its pages.
pub(super) async fn dispose(cdp: &Cdp, context: &ContextId) {
    let params = json!({ "browserContextId": context.as_str() });
    if let Err(problem) = cdp
        .ask::<Nothing>(Ask::browser("Target.disposeBrowserContext", params))
        .await
    {
        tracing::warn!(%problem, "a call's profile could not be destroyed");
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WindowOf {
    window_id: i64,
    bounds: Bounds,
}

#[derive(Debug, Clone, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
struct Bounds {
    left: Option<i64>,
    top: Option<i64>,
    width: Option<i64>,
    height: Option<i64>,
    window_state: Option<String>,
}

/// Gives a page's window the place and size of another one's: a new window is small, even in a kiosk.
pub(super) async fn like(cdp: &Cdp, page: &TargetId, model: &TargetId) -> Result<(), CdpError> {
    let window = async |target: &TargetId| -> Result<WindowOf, CdpError> {
        cdp.ask(Ask::browser(
            "Browser.getWindowForTarget",
            json!({ "targetId": target.as_str() }),
        ))
        .await
    };
    let (mine, theirs) = (window(page).await?, window(model).await?);
    if mine.bounds == theirs.bounds {
        return Ok(());
    }
    let normal = theirs
        .bounds
        .window_state
        .as_deref()
        .is_none_or(|state| state == "normal");
    let bounds = if normal {
        json!(theirs.bounds)
    } else {
        json!({ "windowState": theirs.bounds.window_state })
    };
    let params = json!({ "windowId": mine.window_id, "bounds": bounds });
    cdp.ask::<Nothing>(Ask::browser("Browser.setWindowBounds", params))
        .await?;
    Ok(())
}

/// Makes a picture of a page, as PNG, within this time.
pub(super) async fn picture(cdp: &Cdp, session: &SessionId, within: Duration) -> Option<Vec<u8>> {
    capture(cdp, session, json!({ "format": "png" }), within).await
}

/// Makes a picture of a page as JPEG, quickly: somebody looks and wants to see what a touch did.
pub(super) async fn picture_for_hands(cdp: &Cdp, session: &SessionId) -> Option<Vec<u8>> {
    let params = json!({ "format": "jpeg", "quality": 72, "optimizeForSpeed": true });
    capture(cdp, session, params, SEEN_WITHIN).await
}

async fn capture(
    cdp: &Cdp,
    session: &SessionId,
    params: serde_json::Value,
    within: Duration,
) -> Option<Vec<u8>> {
    use base64::Engine as _;
    #[derive(Deserialize)]
    struct Shot {
        data: String,
    }
    let ask = Ask::page(session, "Page.captureScreenshot", params).within(within);
    let shot: Shot = cdp.ask(ask).await.ok()?;
    base64::engine::general_purpose::STANDARD
        .decode(shot.data)
        .ok()
}
