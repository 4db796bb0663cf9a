//! What changes with renewed packs and a new file while the room runs: where calls may lead, what Chromium's policy says
//! of that, what the operator agreed to, and what faces say of the packs. Each part holds its end; this is the other one.

use super::Wiring;
use crate::browsing;
use crate::faces::PacksKnown;
use crate::practice_room::{OwnNames, known_authority};
use anyhow::Result;
use call_browser::policy::{install, put_right, remind};
use call_browser::{AllowList, Packs};
use room_core::hand::Consent;
use room_core::ids::ServiceId;
use room_profile::Profile;
use std::io;
use std::path::Path;
use std::sync::Arc;
use tokio::sync::{Notify, watch};
use tracing::{error, info, warn};

pub(super) struct Renewed {
    pub allowed: AllowList,
    pub known: PacksKnown,
    pub consents: watch::Sender<Vec<(ServiceId, Consent)>>,
    /// A keeper answers: what it wrote may have been read before the last change, and without the fleet's settings.
    pub keeper_met: Arc<Notify>,
    /// Chromium's policy as it follows from file and packs.
    policy: String,
}

impl Wiring {
    pub(super) fn renewed(&self) -> Result<Renewed> {
        let (profile, names) = (&self.profile, &self.names);
        let packs = self.renewal.shelf().now();
        let consents = watch::Sender::new(profile.plan.consents.clone());
        Ok(Renewed {
            allowed: browsing::allowed(profile, names, &packs)?.into(),
            known: browsing::packs_known(&packs).into(),
            consents,
            keeper_met: Arc::default(),
            policy: policy(profile, names, &packs)?,
        })
    }
}

fn policy(profile: &Profile, names: &OwnNames, packs: &Packs) -> Result<String> {
    browsing::policy(profile, names, known_authority(profile, names), packs)
}

impl Renewed {
    /// Takes up a new file or renewed packs. A call that is on may go where the new ones lead, too.
    pub(super) fn renew(&mut self, profile: &Profile, names: &OwnNames, packs: &Packs) {
        self.consents.send_replace(profile.plan.consents.clone());
        self.known.renew(browsing::packs_known(packs));
        let new = browsing::allowed(profile, names, packs);
        match new.and_then(|allowed| Ok((allowed, policy(profile, names, packs)?))) {
            Ok((allowed, policy)) => {
                self.allowed.renew(allowed);
                if policy != self.policy {
                    tell_chromium(profile, install, &policy);
                    self.policy = policy;
                }
            }
            Err(problem) => {
                let problem = format!("{problem:#}");
                error!(problem, "where calls may lead stays as it was");
            }
        }
    }

    /// What a keeper wrote gives way to what holds now.
    pub(super) fn keeper_met(&self, profile: &Profile) {
        tell_chromium(profile, put_right, &self.policy);
    }
}

/// Chromium watches the file of its policy and takes up a new one by itself, within seconds and without a restart.
fn tell_chromium(profile: &Profile, write: fn(&Path, &str) -> io::Result<bool>, policy: &str) {
    let folder = &profile.browser.policy_dir;
    match write(folder, policy) {
        Ok(false) => {}
        Ok(true) => {
            info!("the browser's policy was written anew; Chromium takes it up within seconds");
            let folder = folder.clone();
            tokio::spawn(async move {
                if let Err(error) = remind(&folder).await {
                    warn!(folder = %folder.display(), %error, "the browser's policy cannot be dated anew");
                }
            });
        }
        Err(error) => warn!(
            folder = %folder.display(), %error,
            "the browser's policy cannot be written from here: restart the browser's keeper between two calls, or its \
             pages of new hosts stay shut"
        ),
    }
}
