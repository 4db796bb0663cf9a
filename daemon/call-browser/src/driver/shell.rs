//! Makes a call's page, or finds an earlier daemon's: the tasks that a visit starts and does not wait for.

use super::desk::{Finished, note_key};
use super::page::{self, Home, NotLoaded, Page, Scripts};
use crate::cdp::{Cdp, CdpError, TargetId};
use crate::pack::Door;
use crate::sound::PageDevices;
use room_core::ids::{CallId, Private};
use std::path::PathBuf;
use tokio::sync::{mpsc, oneshot};

/// What a call's tasks need.
#[derive(Debug, Clone)]
pub(super) struct VisitShell {
    pub call: CallId,
    pub cdp: Cdp,
    pub results: mpsc::UnboundedSender<Finished>,
    /// A window whose place and size a new one takes over.
    pub model: Option<TargetId>,
    pub outlines: Option<PathBuf>,
    pub guest_mail: Option<Private>,
    /// The room's devices as the page is given them.
    pub devices: PageDevices,
    /// The page gets neither microphone nor camera, whatever the policy grants.
    pub no_devices: bool,
}

impl VisitShell {
    pub async fn open(
        &self,
        scripts: &Scripts,
        service: String,
        door: &Door,
    ) -> Result<Result<(), NotLoaded>, CdpError> {
        let context = page::new_context(&self.cdp).await?;
        let mut home = Home {
            context: context.clone(),
            target: None,
            service,
        };
        if !self
            .agreed(|go_on| Finished::Home(self.call, home.clone(), go_on))
            .await
        {
            return Ok(Err(NotLoaded::Unreachable));
        }
        if self.no_devices {
            page::deny_devices(&self.cdp, &context).await?;
        }
        let target = page::new_page(&self.cdp, Some(&context)).await?;
        home.target = Some(target.clone());
        self.cdp
            .note(&note_key(self.call), serde_json::to_string(&home).ok());
        let session = page::attach(&self.cdp, &target).await?;
        let page = Page {
            context: Some(context),
            target: target.clone(),
            session: session.clone(),
        };
        if !self
            .agreed(|go_on| Finished::Page(self.call, page, go_on))
            .await
        {
            return Ok(Err(NotLoaded::Unreachable));
        }
        if let Some(model) = &self.model
            && let Err(problem) = page::like(&self.cdp, &target, model).await
        {
            tracing::debug!(%problem, "a window has another size than the room's");
        }
        page::equip(&self.cdp, &session, scripts).await?;
        if door.own.is_some() {
            page::see_first(&self.cdp, &session, &door.address).await?;
        }
        Ok(page::navigate(&self.cdp, &session, &door.address).await)
    }

    pub async fn find(&self, home: Option<Home>, scripts: &Scripts) -> Result<(), CdpError> {
        let nothing = || CdpError::Unreachable("nothing was noted".to_owned());
        let home = home.ok_or_else(nothing)?;
        let target = home.target.ok_or_else(nothing)?;
        let session = page::attach(&self.cdp, &target).await?;
        let page = Page {
            context: Some(home.context),
            target,
            session: session.clone(),
        };
        if !self
            .agreed(|go_on| Finished::Page(self.call, page, go_on))
            .await
        {
            return Err(nothing());
        }
        page::equip(&self.cdp, &session, scripts).await
    }

    async fn agreed(&self, result: impl FnOnce(oneshot::Sender<bool>) -> Finished) -> bool {
        let (go_on, answer) = oneshot::channel();
        let _ = self.results.send(result(go_on));
        answer.await.unwrap_or(false)
    }
}
