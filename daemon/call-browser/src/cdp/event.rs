//! The events we use, as a closed list; everything else Chromium says is left out before anybody sees it.

use room_core::ids::Private;
use serde::Deserialize;
use serde_json::Value;

macro_rules! opaque {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, serde::Serialize)]
        pub struct $name(String);

        impl $name {
            /// As the browser wrote it.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
    };
}

opaque!(
    /// A page, frame or worker that can be driven.
    TargetId
);
opaque!(
    /// Our connection to a target.
    SessionId
);
opaque!(
    /// A frame of a page.
    FrameId
);
opaque!(
    /// A browser context: a profile in memory.
    ContextId
);

/// A target.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TargetInfo {
    /// Its id.
    pub target_id: TargetId,
    /// `page`, `iframe`, `worker` and others.
    pub r#type: String,
    /// The context it lives in.
    pub browser_context_id: Option<ContextId>,
    /// The target that opened it.
    pub opener_id: Option<TargetId>,
    /// What it shows.
    pub url: Private,
}

/// What happened. Addresses in it are private and must not be logged.
#[derive(Debug, Clone)]
pub enum Event {
    /// A target came to life.
    TargetCreated(TargetInfo),
    /// A target is gone.
    TargetDestroyed(TargetId),
    /// A target's process died.
    TargetCrashed(TargetId),
    /// We are connected to a target, by request or because it belongs to one we watch.
    Attached {
        /// The new session.
        session: SessionId,
        /// What it leads to.
        info: TargetInfo,
        /// It waits until told to go on.
        waiting: bool,
    },
    /// A session is over.
    Detached(SessionId),
    /// A frame shows another document.
    Navigated {
        /// Which.
        frame: FrameId,
        /// Whether it is the page's top frame.
        top: bool,
        /// The document's address.
        url: Private,
        /// The address that could not be reached, when this is an error page.
        unreachable: Option<Private>,
    },
    /// A frame is gone.
    FrameGone(FrameId),
    /// A JavaScript world came to life in a frame.
    World {
        /// Its number within the session.
        world: i64,
        /// Its name; empty for the page's own.
        name: String,
        /// Its frame.
        frame: Option<FrameId>,
    },
    /// A world is gone.
    WorldGone(i64),
    /// All worlds of the session are gone.
    WorldsGone,
    /// One of our functions was called in a world.
    Called {
        /// The function.
        name: String,
        /// What was said.
        payload: String,
        /// Where.
        world: i64,
    },
    /// The session's page crashed.
    PageCrashed,
    /// A document that we asked to see first is asked for, and waits for our answer.
    Paused {
        /// To name it in the answer.
        request: String,
    },
    /// The page shows a dialog and waits.
    Dialog {
        /// `alert`, `confirm`, `prompt` or `beforeunload`.
        kind: String,
    },
}

impl Event {
    /// Reads an event; `None` for one we do not use or do not understand.
    pub(super) fn read(method: &str, params: Value) -> Option<Self> {
        Some(match method {
            "Target.targetCreated" => Self::TargetCreated(field(&params, "targetInfo")?),
            "Target.targetDestroyed" => Self::TargetDestroyed(field(&params, "targetId")?),
            "Target.targetCrashed" => Self::TargetCrashed(field(&params, "targetId")?),
            "Target.attachedToTarget" => Self::Attached {
                session: field(&params, "sessionId")?,
                info: field(&params, "targetInfo")?,
                waiting: field(&params, "waitingForDebugger")?,
            },
            "Target.detachedFromTarget" => Self::Detached(field(&params, "sessionId")?),
            "Page.frameNavigated" => {
                let frame = params.get("frame")?;
                Self::Navigated {
                    frame: field(frame, "id")?,
                    top: frame.get("parentId").is_none(),
                    url: field(frame, "url")?,
                    unreachable: field(frame, "unreachableUrl"),
                }
            }
            "Page.frameDetached" => Self::FrameGone(field(&params, "frameId")?),
            "Page.javascriptDialogOpening" => Self::Dialog {
                kind: field(&params, "type")?,
            },
            "Runtime.executionContextCreated" => {
                let context = params.get("context")?;
                Self::World {
                    world: field(context, "id")?,
                    name: field(context, "name")?,
                    frame: context
                        .get("auxData")
                        .and_then(|data| field(data, "frameId")),
                }
            }
            "Runtime.executionContextDestroyed" => {
                Self::WorldGone(field(&params, "executionContextId")?)
            }
            "Runtime.executionContextsCleared" => Self::WorldsGone,
            "Runtime.bindingCalled" => Self::Called {
                name: field(&params, "name")?,
                payload: field(&params, "payload")?,
                world: field(&params, "executionContextId")?,
            },
            "Fetch.requestPaused" => Self::Paused {
                request: field(&params, "requestId")?,
            },
            "Inspector.targetCrashed" => Self::PageCrashed,
            _ => return None,
        })
    }
}

fn field<T: serde::de::DeserializeOwned>(value: &Value, name: &str) -> Option<T> {
    T::deserialize(value.get(name)?).ok()
}
