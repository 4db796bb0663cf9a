//! What is served: the room's own conference, and its faces to this machine, the building and the control socket.

use super::Wiring;
use crate::buttons::Buttons;
use crate::faces::{
    self, Console, FacesConfig, LanFace, Mirror, PacksKnown, PracticeCalls, Proofs, Setup,
};
use crate::practice_call::{self, PracticeCall};
use crate::practice_room::{self, PracticeRoom};
use anyhow::{Context, Result};
use drv_audio::Levels;
use practice::tls::OwnCertificate;
use room_api::FleetAnswer;
use room_core::meeting::Meeting;
use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::sync::Arc;
use tokio::sync::{Notify, watch};
use tracing::info;

/// Beside the control socket; systemd waits for it, see `roomd-commission.path`.
const WISH: &str = "commission-wanted";

/// What the faces need of other parts.
pub(super) struct Parts<'a> {
    pub browser: call_browser::Handle,
    pub practice: Option<&'a PracticeRoom>,
    pub certificate: Option<OwnCertificate>,
    pub practice_call: Option<PracticeCall>,
    pub console: Arc<dyn Console>,
    pub proofs: Arc<dyn Proofs>,
    pub known: PacksKnown,
    pub buttons: Buttons,
    pub levels: Option<watch::Receiver<Levels>>,
    pub fleet: watch::Receiver<FleetAnswer>,
    pub fleet_anew: Arc<Notify>,
}

impl Wiring {
    /// The room's own certificate, when anything is served to the building; renewed from now on whenever it is due.
    pub(super) fn certificate(&self) -> Result<Option<OwnCertificate>> {
        let practice = self
            .profile
            .practice
            .as_ref()
            .and_then(|practice| practice.lan);
        let needed = practice.is_some() || self.profile.faces.lan.is_some();
        if !needed {
            return Ok(None);
        }
        let own = practice_room::certificate(&self.state, &self.names)?;
        tokio::spawn(own.clone().keep_fresh());
        Ok(Some(own))
    }

    pub(super) fn practice(
        &self,
        certificate: Option<OwnCertificate>,
    ) -> Result<Option<PracticeRoom>> {
        let Some(plan) = &self.profile.practice else {
            return Ok(None);
        };
        let lan = certificate.map(|own| (own, &self.names));
        let room = practice_room::open(plan, &self.state, lan)?;
        info!(here = %room.here, building = room.url, "practice conferences are served");
        Ok(Some(room))
    }

    /// Whoever installs the room may hold a conference with it; nobody in a machine that has no room.
    pub(super) fn practice_call(
        &self,
        practice: Option<&PracticeRoom>,
    ) -> (Option<PracticeCall>, watch::Receiver<Option<Meeting>>) {
        let Some(room) = practice else {
            return (None, watch::channel(None).1);
        };
        let (call, own) = PracticeCall::new(practice_call::Parts {
            practice: room.practice.clone(),
            here: room.here,
            lan: room.url.clone(),
            state: self.state.path().to_owned(),
            names: self.names.clone(),
            title: faces::texts(self.lang()).get("practice-call").to_owned(),
            views: self.views.clone(),
        });
        (Some(call), own)
    }

    pub(super) fn faces(&mut self, parts: Parts<'_>) -> Result<()> {
        let config = self.faces_config(parts)?;
        let (views, presses) = (self.views.clone(), self.doors.presses.clone());
        let (metrics, stop) = (self.metrics.clone(), self.stop.clone());
        let bound = faces::bind(
            config.clone(),
            views.clone(),
            presses.clone(),
            metrics.clone(),
            stop.clone(),
        )?;
        info!(panel = %format!("http://{}/", bound.loopback_addr()), "the panel is served");
        let mut bound = Some(bound);
        self.tasks.keep("faces", move || {
            let first = bound.take();
            let (config, views, presses) = (config.clone(), views.clone(), presses.clone());
            let (metrics, stop) = (metrics.clone(), stop.clone());
            async move {
                match first {
                    Some(bound) => bound.run().await,
                    None => faces::serve(config, views, presses, metrics, stop).await,
                }
            }
        });
        Ok(())
    }

    fn faces_config(&self, parts: Parts<'_>) -> Result<FacesConfig> {
        let faces = &self.profile.faces;
        make_folder(faces.socket.parent().unwrap_or(Path::new("/")))?;
        let boards = self.boards.clone();
        let url = |room: &PracticeRoom| {
            let here = || format!("http://{}/", room.here);
            room.url.clone().unwrap_or_else(here)
        };
        Ok(FacesConfig {
            loopback: faces.listen,
            lan: parts
                .certificate
                .and_then(|certificate| self.lan_face(&certificate)),
            socket: Some(faces.socket.clone()),
            lang: self.lang(),
            zone: self.profile.zone,
            help: self.profile.help.clone(),
            practice_url: parts.practice.map(url),
            console: Some(parts.console),
            practice_call: parts
                .practice_call
                .map(|call| Arc::new(move |open| call.ask(open)) as PracticeCalls),
            proofs: Some(parts.proofs),
            packs: parts.known,
            buttons: Some(Arc::new(move || parts.buttons.answer())),
            board: Some(Arc::new(move || boards.answer())),
            levels: parts.levels,
            fleet: Some(parts.fleet),
            fleet_anew: self.profile.fleet.as_ref().map(|_| parts.fleet_anew),
            page: Some(page_to_act_on(parts.browser.clone())),
            mirror: faces.mirror.then(|| mirror(parts.browser)),
            pairings: Some(self.state.file("pairings.json")),
            setup: self.unwritten.then(|| Setup {
                code: identity::kit_code(Path::new("/")).unwrap_or_default(),
                wish: faces.socket.with_file_name(WISH),
            }),
            ..FacesConfig::default()
        })
    }

    fn lan_face(&self, certificate: &OwnCertificate) -> Option<LanFace> {
        let lan = self.profile.faces.lan?;
        Some(LanFace {
            addr: lan,
            tls: certificate.listener_config(),
            names: self.names.all(),
            url: self.names.url("https", lan.port()),
        })
    }
}

fn mirror(browser: call_browser::Handle) -> Mirror {
    Arc::new(move || {
        let browser = browser.clone();
        Box::pin(async move { browser.mirror().await })
    })
}

fn page_to_act_on(browser: call_browser::Handle) -> Mirror {
    Arc::new(move || {
        let browser = browser.clone();
        Box::pin(async move { browser.page_to_act_on().await })
    })
}

fn make_folder(path: &Path) -> Result<()> {
    let made = DirBuilder::new().recursive(true).mode(0o750).create(path);
    made.with_context(|| {
        format!(
            "cannot make the folder {} for the control socket",
            path.display()
        )
    })
}
