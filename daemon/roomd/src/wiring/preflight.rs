//! The room's checks: what they can reach, the task that runs them, the operator's hours, and what faces are told.

use super::Wiring;
use crate::faces::Proofs;
use crate::hands::Hands;
use crate::preflight::{Desk, Prover, Reach, Reports, SipServer, keep_hours, limits};
use practice::tls::OwnCertificate;
use preflight_probe::shelf::Shelf;
use rustls::pki_types::CertificateDer;
use std::sync::Arc;

/// In the state folder.
pub(super) const FOLDER: &str = "preflight";

impl Wiring {
    /// Gives back who knows what came of checks.
    pub(super) fn preflight(
        &mut self,
        hands: &mut Hands,
        certificate: Option<&OwnCertificate>,
    ) -> Arc<dyn Proofs> {
        let own = certificate.map(|own| CertificateDer::from(own.ca_der().to_vec()));
        let reach = Reach {
            views: self.views.clone(),
            heads: self.checked.heads.clone(),
            displays: std::mem::take(&mut self.checked.displays),
            cameras: std::mem::take(&mut self.checked.cameras),
            fittings: self.profile.plan.fittings.len(),
            sound: self.checked.sound.take(),
            packs: self.renewal.shelf(),
            sip: self.profile.sip.as_ref().and_then(SipServer::of),
            limits: limits(&self.profile.preflight.path),
            own: own.into_iter().collect(),
        };
        let shelf = Shelf::new(self.state.file(FOLDER));
        let prover = Prover::new(reach, shelf.clone(), self.doors.events.clone());
        let told = prover.told();
        let desk = Desk::new(self.checked.heads.moves());
        let hand = desk.clone();
        hands.preflight = Some(Box::new(move |command| hand.command(command)));
        self.tasks.run("checks", prover.run(desk));
        let hours = self.profile.preflight.clone();
        let hours = keep_hours(self.profile.zone, hours, self.doors.events.clone());
        self.tasks.run("hours", hours);
        Arc::new(Reports {
            told,
            room: self.profile.plan.name.clone(),
            zone: self.profile.zone,
            shelf,
        })
    }
}
