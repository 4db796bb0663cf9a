//! Keeps the room's own page on the main display: opened at the start, loaded again when it failed or crashed, brought
//! to the front on request, and read back.

use super::page::{self, Page};
use crate::cdp::{Ask, Cdp, CdpError, Nothing, SessionId, TargetId, TargetInfo};
use room_core::ids::Private;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::Duration;
use tokio::time::Instant;

const AGAIN_AFTER: Duration = Duration::from_secs(2);

/// The room's page.
#[derive(Debug)]
pub(super) struct RoomPage {
    pub page: Page,
    /// When to load it again.
    pub again: Option<Instant>,
    address: Private,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Targets {
    target_infos: Vec<TargetInfo>,
}

impl RoomPage {
    /// Takes the browser's first window, or makes one; `calls` are profiles that belong to calls.
    pub async fn open(cdp: &Cdp, address: &str, calls: &BTreeSet<&str>) -> Result<Self, CdpError> {
        let targets: Targets = cdp
            .ask(Ask::browser("Target.getTargets", json!({})))
            .await?;
        let address = Private::new(normal(address));
        let of_call = |info: &TargetInfo| {
            info.browser_context_id
                .as_ref()
                .is_some_and(|c| calls.contains(c.as_str()))
        };
        let mut pages: Vec<TargetInfo> = targets
            .target_infos
            .into_iter()
            .filter(|info| is_window(info) && !of_call(info))
            .collect();
        // The one that shows the room already, if there is one, comes first and is kept.
        pages.sort_by_key(|info| info.url != address);
        let mut pages = pages.into_iter();
        let (target, there) = match pages.next() {
            Some(info) => (info.target_id, info.url == address),
            None => (page::new_page(cdp, None).await?, false),
        };
        for surplus in pages {
            let params = json!({ "targetId": surplus.target_id.as_str() });
            let _ = cdp
                .ask::<Value>(Ask::browser("Target.closeTarget", params))
                .await;
        }
        let session = page::attach(cdp, &target).await?;
        for method in ["Page.enable", "Inspector.enable"] {
            cdp.ask::<Nothing>(Ask::page(&session, method, json!({})))
                .await?;
        }
        let page = Page {
            context: None,
            target,
            session,
        };
        let mut room = Self {
            page,
            again: None,
            address,
        };
        if !there {
            room.load(cdp);
        }
        Ok(room)
    }

    /// Loads the page, without waiting; a failure shows as a navigation to an error page.
    pub fn load(&mut self, cdp: &Cdp) {
        self.again = None;
        let (cdp, session, address) =
            (cdp.clone(), self.page.session.clone(), self.address.clone());
        tokio::spawn(async move {
            let _ = page::navigate(&cdp, &session, &address).await;
        });
    }

    /// It failed or crashed: load it again in a moment.
    pub fn failed(&mut self) {
        self.again = Some(Instant::now() + AGAIN_AFTER);
    }
}

/// Brings a page to the front; says whether it is there, as the page itself sees it. The window system may take a moment.
pub(super) async fn bring_to_front(
    cdp: &Cdp,
    target: &TargetId,
    session: &SessionId,
) -> Result<bool, CdpError> {
    for pause in [0, 50, 150, 400, 1_000] {
        tokio::time::sleep(Duration::from_millis(pause)).await;
        let activate = Ask::browser(
            "Target.activateTarget",
            json!({ "targetId": target.as_str() }),
        );
        cdp.ask::<Nothing>(activate).await?;
        cdp.ask::<Nothing>(Ask::page(session, "Page.bringToFront", json!({})))
            .await?;
        if has_front(cdp, session).await? {
            fill_screen(cdp, target, session).await?;
            // Filling may take its time, and somebody else may have been asked to the front meanwhile.
            return has_front(cdp, session).await;
        }
    }
    Ok(false)
}

/// Between looks whether a window fills its screen, in milliseconds. One is enough as a rule; a busy board took more than half a second.
const FILLING: [u64; 7] = [50, 150, 400, 800, 1_200, 1_200, 1_200];

/// Has a window fill its screen again: a tiling compositor takes that away from one window when it gives it to another (seen with
/// sway 1.7), and the browser then shows its own dress.
async fn fill_screen(cdp: &Cdp, target: &TargetId, session: &SessionId) -> Result<(), CdpError> {
    for pause in FILLING {
        if fills_screen(cdp, session).await? {
            return Ok(());
        }
        let params = json!({ "targetId": target.as_str() });
        let window: Value = cdp
            .ask(Ask::browser("Browser.getWindowForTarget", params))
            .await?;
        let params =
            json!({ "windowId": window["windowId"], "bounds": { "windowState": "fullscreen" } });
        cdp.ask::<Nothing>(Ask::browser("Browser.setWindowBounds", params))
            .await?;
        tokio::time::sleep(Duration::from_millis(pause)).await;
    }
    if !fills_screen(cdp, session).await? {
        tracing::warn!("the page in front does not fill the display");
    }
    Ok(())
}

/// How often it is looked whether the page shows what it shall; it draws within a second.
const LOOKS: u32 = 40;
const BETWEEN_LOOKS: Duration = Duration::from_millis(250);

/// A picture of the page, taken while this is true on it: it must be so before and after.
pub(super) async fn picture_while(cdp: &Cdp, session: &SessionId, shows: &str) -> Option<Vec<u8>> {
    for _ in 0..LOOKS {
        if is_true(cdp, session, shows).await.ok()? {
            let picture = page::picture(cdp, session, page::SEEN_WITHIN).await?;
            let still = is_true(cdp, session, shows).await.ok()?;
            return still.then_some(picture);
        }
        tokio::time::sleep(BETWEEN_LOOKS).await;
    }
    None
}

async fn is_true(cdp: &Cdp, session: &SessionId, expression: &str) -> Result<bool, CdpError> {
    let params = json!({ "expression": expression, "returnByValue": true });
    let ask = Ask::page(session, "Runtime.evaluate", params).within(Duration::from_secs(3));
    let seen: Value = cdp.ask(ask).await?;
    Ok(seen["result"]["value"] == json!(true))
}

/// A display's scaling may cost a window some pixels.
async fn fills_screen(cdp: &Cdp, session: &SessionId) -> Result<bool, CdpError> {
    let fills = "innerWidth + 8 >= screen.width && innerHeight + 8 >= screen.height";
    is_true(cdp, session, fills).await
}

/// Whether a page has the front, as it sees it itself.
pub(super) async fn has_front(cdp: &Cdp, session: &SessionId) -> Result<bool, CdpError> {
    is_true(cdp, session, "document.hasFocus()").await
}

/// Whether a target is a window of ours and not a part of the browser's own dress.
fn is_window(info: &TargetInfo) -> bool {
    let dress = ["chrome://omnibox", "devtools:", "chrome-extension:"];
    info.r#type == "page"
        && !dress
            .iter()
            .any(|dress| info.url.reveal().starts_with(dress))
}

/// As the browser writes it.
fn normal(address: &str) -> String {
    url::Url::parse(address).map_or_else(|_| address.to_owned(), String::from)
}
