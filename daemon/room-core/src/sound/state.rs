//! What the room knows of its sound: the microphone below the conference, devices in use, findings, a reset under way.
//! Knows no call; `room.rs` says what the microphone shall be.
//!
//! Invariant: what is not known is neither open nor closed, and what is told to a server that is down is told nobody.

use super::{CancellerSeen, ClientsSeen, EchoBy, MicSeen, SoundPlan, SoundRole, SoundSeen};
use crate::failure::{FaultCode, SoundFailure, SoundFinding};
use crate::ids::SoundId;
use crate::limits;
use crate::presence::Presence;
use crate::switches::Follow;
use crate::units::{Mono, Seen, Switch};
use crate::view::{SoundDeviceView, SoundUseView};
use serde::{Deserialize, Serialize};

/// The room's sound as seen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Sound {
    pub server: Presence<SoundFailure>,
    devices: Vec<Device>,
    uses: Vec<Use>,
    /// Card and graph as one.
    pub source: Follow<Switch>,
    pub mic: MicSeen,
    /// Since when microphone, graph and conference do not say the same.
    pub disagrees: Option<Mono>,
    /// When somebody opened the graph's source past the room.
    forced: Option<Mono>,
    findings: Vec<(SoundFinding, Mono)>,
    /// Devices whose own canceller was heard to let echo through.
    fails: Vec<SoundId>,
    pub echo_told: Option<EchoBy>,
    canceller: Option<CancellerSeen>,
    /// Since when the room's own canceller is wanted and not in the microphone's way.
    uncancelled: Option<Mono>,
    reset: Option<Mono>,
    /// Since when pages and the SIP client are cut off from a server that may run.
    cut: Option<Mono>,
    /// The server or its face for clients died, and not all that kept to it has begun anew.
    died: bool,
    /// The browser is among that; never without `died`.
    browser_keeps: bool,
    /// When it came back, since then.
    back: Option<Mono>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Device {
    id: SoundId,
    presence: Presence<SoundFailure>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Use {
    role: SoundRole,
    device: Option<SoundId>,
    since: Mono,
}

impl Sound {
    /// Nothing was seen yet.
    pub fn new() -> Sound {
        Sound {
            server: Presence::Unknown,
            devices: Vec::new(),
            uses: Vec::new(),
            source: Follow::new(Switch::Closed),
            mic: MicSeen::UNKNOWN,
            disagrees: None,
            forced: None,
            findings: Vec::new(),
            fails: Vec::new(),
            echo_told: None,
            canceller: None,
            uncancelled: None,
            reset: None,
            cut: None,
            died: false,
            browser_keeps: false,
            back: None,
        }
    }

    /// Devices as planned; what was seen of those that stay stays.
    pub fn fit(&mut self, plan: Option<&SoundPlan>) {
        let Some(plan) = plan else {
            *self = Sound::new();
            return;
        };
        let known = core::mem::take(&mut self.devices);
        for role in SoundRole::ALL {
            for device in plan.devices(role) {
                if self.devices.iter().any(|d| d.id == device.id) {
                    continue;
                }
                let was = known.iter().find(|d| d.id == device.id);
                self.devices.push(Device {
                    id: device.id.clone(),
                    presence: was.map_or(Presence::Unknown, |d| d.presence),
                });
            }
        }
        self.fails
            .retain(|id| plan.microphones.iter().any(|d| d.id == *id));
    }

    pub fn is_up(&self) -> bool {
        self.server == Presence::Here
    }

    /// Whether pages and the SIP client have a server that runs.
    pub fn serves(&self) -> bool {
        self.is_up() && self.cut.is_none()
    }

    /// Whether the server died, and not all that kept to it has begun anew.
    pub fn died(&self) -> bool {
        self.died
    }

    /// Whether the browser is among that.
    pub fn browser_keeps(&self) -> bool {
        self.browser_keeps
    }

    /// When sound is to begin anew.
    pub fn renewed_at(&self) -> Option<Mono> {
        self.back.map(|at| at.plus(limits::SOUND_BACK))
    }

    /// The browser keeps to the server that runs now.
    pub fn browser_renewed(&mut self) {
        self.browser_keeps = false;
    }

    /// So does everything.
    pub fn renewed(&mut self) {
        self.died = false;
        self.browser_keeps = false;
        self.back = None;
    }

    /// Takes what was seen. `true`: the microphone was open as wanted, and somebody closed it at the device.
    pub fn read(&mut self, seen: SoundSeen, now: Mono) -> bool {
        match seen {
            SoundSeen::Up => {
                let comes = self.died && !self.is_up();
                self.server = Presence::Here;
                self.comes_back(comes, now);
            }
            SoundSeen::Down(why) => self.lose(why, now),
            SoundSeen::Here(id) => self.set(&id, Presence::Here),
            SoundSeen::Gone(id, why) => {
                let known = self.devices.iter().find(|d| d.id == id);
                if let Some(lost) = known.map(|d| d.presence.lost(why, now)) {
                    self.set(&id, lost);
                }
            }
            SoundSeen::Using(role, device) => self.using(role, device, now),
            SoundSeen::Microphone(mic) => return self.read_mic(mic, now),
            // The room reads it, with what people and pages chose.
            SoundSeen::Volume(_) => {}
            SoundSeen::Canceller(seen) => self.canceller = Some(seen),
            SoundSeen::Clients(ClientsSeen::Served) => {
                let comes = self.cut.take().is_some();
                self.comes_back(comes, now);
            }
            SoundSeen::Clients(ClientsSeen::Cut) => {
                self.cut = self.cut.or(Some(now));
                self.die();
                self.back = None;
            }
            SoundSeen::Finding { finding, holds } => self.find(finding, holds, now),
            SoundSeen::Rebuilt => {
                self.reset = None;
                self.fails.clear();
            }
        }
        false
    }

    /// Of server and face, the one that is back last counts.
    fn comes_back(&mut self, comes: bool, now: Mono) {
        if comes && self.serves() {
            self.back = Some(now);
        }
    }

    fn die(&mut self) {
        self.died = true;
        self.browser_keeps = true;
    }

    fn lose(&mut self, why: SoundFailure, now: Mono) {
        self.server = self.server.lost(why, now);
        // Of a server that only we have lost sight of, pages know nothing.
        if why == SoundFailure::ServerGone {
            self.die();
        }
        self.back = None;
        self.source.lose();
        self.mic = MicSeen::UNKNOWN;
        self.uses.clear();
        self.findings.clear();
        self.echo_told = None;
        self.canceller = None;
    }

    fn set(&mut self, id: &SoundId, presence: Presence<SoundFailure>) {
        if let Some(device) = self.devices.iter_mut().find(|d| d.id == *id) {
            device.presence = presence;
        }
    }

    fn using(&mut self, role: SoundRole, device: Option<SoundId>, now: Mono) {
        let planned = device.filter(|id| self.devices.iter().any(|d| d.id == *id));
        match self.uses.iter_mut().find(|u| u.role == role) {
            Some(known) if known.device == planned => {}
            Some(known) => {
                known.device = planned;
                known.since = now;
            }
            None => self.uses.push(Use {
                role,
                device: planned,
                since: now,
            }),
        }
    }

    fn read_mic(&mut self, mic: MicSeen, now: Mono) -> bool {
        let settled = self.source.agrees() && !self.source.in_flight();
        let wanted = self.source.wanted();
        // The card's own switch has a key that people in the room press; nobody in the room has one for the graph.
        let was_closed = self.mic.graph == Seen::Is(Switch::Closed);
        let opened = was_closed && mic.graph == Seen::Is(Switch::Open);
        if opened && settled && wanted == Switch::Closed {
            self.forced = Some(now);
        }
        self.mic = mic;
        match mic.against(wanted).known() {
            Some(value) => self.source.read(value),
            None => self.source.doubt(),
        }
        settled && wanted == Switch::Open && mic.known().any(|value| value == Switch::Closed)
    }

    fn find(&mut self, finding: SoundFinding, holds: bool, now: Mono) {
        if !holds {
            self.findings.retain(|(known, _)| *known != finding);
            return;
        }
        if !self.findings.iter().any(|(known, _)| *known == finding) {
            self.findings.push((finding, now));
        }
        // What the room's own canceller lets through says nothing of the device's.
        let by_device = self.echo_told == Some(EchoBy::Device) && finding == SoundFinding::Echo;
        let device = self.device(SoundRole::Microphone).cloned();
        if let Some(id) = device.filter(|id| by_device && !self.fails.contains(id)) {
            self.fails.push(id);
        }
    }

    /// The device used for a role.
    pub fn device(&self, role: SoundRole) -> Option<&SoundId> {
        let used = self.uses.iter().find(|u| u.role == role)?;
        used.device.as_ref()
    }

    /// Whether the device's own canceller was heard to let echo through.
    pub fn fails(&self, id: &SoundId) -> bool {
        self.fails.contains(id)
    }

    // ---- the room's own canceller ----

    /// Whether the microphone is seen to go through it.
    pub fn cancels(&self) -> bool {
        self.canceller == Some(CancellerSeen::InTheWay)
    }

    /// Holds what was told against what is seen. Without a microphone there is nothing that it could stand in the way of.
    pub fn judge_canceller(&mut self, now: Mono) {
        let wanted = self.echo_told == Some(EchoBy::Room);
        let aside = self.canceller == Some(CancellerSeen::Aside);
        let used = self.device(SoundRole::Microphone).is_some();
        self.uncancelled = match wanted && aside && used {
            true => self.uncancelled.or(Some(now)),
            false => None,
        };
    }

    /// When a canceller that is missing becomes a fault.
    pub fn uncancelled_at(&self) -> Option<Mono> {
        self.uncancelled
            .map(|since| since.plus(limits::CANCELLER_SETTLE))
    }

    // ---- a reset ----

    pub fn begin_reset(&mut self, now: Mono) {
        self.reset = Some(now);
    }

    /// Whether one is under way that has still time.
    pub fn resetting(&self, now: Mono) -> bool {
        self.reset
            .is_some_and(|at| now < at.plus(limits::SOUND_RESET))
    }

    pub fn reset_until(&self) -> Option<Mono> {
        self.reset.map(|at| at.plus(limits::SOUND_RESET))
    }

    // ---- disagreement ----

    /// Takes whether everything that is known of the microphone says the same.
    pub fn judge(&mut self, agree: bool, now: Mono) {
        self.disagrees = match agree {
            true => None,
            false => self.disagrees.or(Some(now)),
        };
    }

    /// When a disagreement becomes a fault.
    pub fn unclear_at(&self) -> Option<Mono> {
        self.disagrees.map(|since| since.plus(limits::MIC_SETTLE))
    }

    /// Until when it is said that somebody opened the microphone past the room.
    pub fn forced_until(&self) -> Option<Mono> {
        self.forced.map(|at| at.plus(limits::MIC_FORCED))
    }

    /// When a role that has no device now becomes a fault.
    pub fn unused_at(&self, now: Mono) -> Option<Mono> {
        let unused = self.uses.iter().filter(|u| u.device.is_none());
        let at = unused.map(|u| u.since.plus(limits::SOUND_UNUSED));
        at.filter(|at| *at > now).min()
    }

    // ---- what is wrong, and what is shown ----

    /// Faults with the device that they are about, most important first.
    pub fn faults(&self, plan: &SoundPlan, now: Mono) -> Vec<(FaultCode, Option<SoundId>, Mono)> {
        let mut faults = Vec::new();
        let unclear = self.unclear_at().filter(|at| now >= *at);
        faults
            .extend(unclear.map(|_| (FaultCode::MicUnclear, None, self.disagrees.unwrap_or(now))));
        let forced = self
            .forced
            .filter(|_| self.forced_until().is_some_and(|until| now < until));
        faults.extend(forced.map(|since| (FaultCode::MicForced, None, since)));
        let server = self.server.gone_since().or(self.cut);
        faults.extend(server.map(|since| (FaultCode::SoundServerGone, None, since)));
        for role in SoundRole::ALL {
            faults.extend(self.use_fault(plan, role, now));
        }
        let missing = self.uncancelled_at().filter(|at| now >= *at);
        let since = missing.and(self.uncancelled);
        faults.extend(since.map(|since| (FaultCode::CancellerGone, None, since)));
        for (finding, since) in &self.findings {
            let role = match finding {
                SoundFinding::Dropouts => SoundRole::Loudspeaker,
                SoundFinding::Dead
                | SoundFinding::Clipping
                | SoundFinding::Hum
                | SoundFinding::Noisy
                | SoundFinding::Quiet
                | SoundFinding::WrongChannel
                | SoundFinding::Echo => SoundRole::Microphone,
            };
            let device = self.device(role).cloned();
            faults.push((heard(*finding), device, *since));
        }
        let late = self.reset_until().filter(|at| now >= *at);
        faults.extend(late.map(|at| (FaultCode::SoundResetFailed, None, at)));
        faults
    }

    fn use_fault(
        &self,
        plan: &SoundPlan,
        role: SoundRole,
        now: Mono,
    ) -> Option<(FaultCode, Option<SoundId>, Mono)> {
        let best = plan.devices(role).first()?;
        let used = self.uses.iter().find(|u| u.role == role)?;
        if used.device.is_none() && now < used.since.plus(limits::SOUND_UNUSED) {
            return None;
        }
        let code = match (role, &used.device) {
            (_, Some(id)) if *id == best.id => return None,
            (SoundRole::Microphone, Some(_)) => FaultCode::MicFallback,
            (SoundRole::Microphone, None) => FaultCode::MicGone,
            (SoundRole::Loudspeaker, Some(_)) => FaultCode::SpeakerFallback,
            (SoundRole::Loudspeaker, None) => FaultCode::SpeakerGone,
            (SoundRole::Second, _) => FaultCode::SecondOutputGone,
        };
        Some((code, Some(best.id.clone()), used.since))
    }

    /// What is used for a role, for the faces; `None` when nothing is planned for it.
    pub fn use_view(&self, plan: &SoundPlan, role: SoundRole) -> Option<SoundUseView> {
        let devices = plan.devices(role);
        let best = devices.first()?;
        let find = |id: &SoundId| devices.iter().find(|d| d.id == *id);
        let device = |id: &SoundId, name: &str| SoundDeviceView {
            id: id.clone(),
            name: name.to_owned(),
        };
        let used = self.device(role).and_then(find);
        Some(SoundUseView {
            known: self.uses.iter().any(|u| u.role == role),
            device: used.map(|d| device(&d.id, &d.name)),
            instead_of: (used != Some(best)).then(|| device(&best.id, &best.name)),
        })
    }
}

/// What is heard as a fault of the room.
fn heard(finding: SoundFinding) -> FaultCode {
    match finding {
        SoundFinding::Dead => FaultCode::SoundDead,
        SoundFinding::Clipping => FaultCode::SoundClipping,
        SoundFinding::Hum => FaultCode::SoundHum,
        SoundFinding::Noisy => FaultCode::SoundNoisy,
        SoundFinding::Quiet => FaultCode::SoundQuiet,
        SoundFinding::Dropouts => FaultCode::SoundDropouts,
        SoundFinding::WrongChannel => FaultCode::SoundWrongChannel,
        SoundFinding::Echo => FaultCode::SoundEcho,
    }
}
