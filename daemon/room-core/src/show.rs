//! Derives the view from what was seen. Changes nothing, stores nothing.
//! Invariant: the lamp tells the truth: `seen` comes from the page of this very call, or is unknown, or closed because there is no page.

use crate::call::{Shown, Stage, Visit};
use crate::deadlines::notice;
use crate::event::JoinStep;
use crate::hand::Consent;
use crate::meeting::{Conference, Meeting, MeetingStatus, NoTarget};
use crate::memory::Purpose;
use crate::room::Room;
use crate::schedule::{self, Agenda};
use crate::switches::Gate;
use crate::units::{Seen, Switch, Wall};
use crate::view::{
    Joinable, LeaveWhy, MeetingView, Offer, Phase, SwitchView, View, VolumeView, WayView,
};

impl Room {
    /// What every face shows now.
    pub fn view(&self) -> View {
        let inside = self.visit.as_ref().filter(|v| v.is_inside());
        let [mic, camera] = self.lamps();
        View {
            room: self.plan.name.clone(),
            phase: self.phase(),
            way: self.visit.as_ref().map(|visit| WayView {
                by: visit.by,
                instead_of: visit.instead_of,
            }),
            current: self.current(),
            meetings: self.meeting_views(),
            mic,
            camera,
            volume: self.volume_view(),
            sound: self.sound_view(),
            preflight: self.preflight_view(),
            afar: self.afar_view(),
            browser: self.browser_view(),
            people: inside.and_then(|v| v.people),
            media: inside.and_then(Visit::media_heard),
            mic_note: self.mic_note(),
            agreed: self.agreed_so_far(),
            heads: self.heads.iter().map(|h| h.view()).collect(),
            pucks: self.puck_views(),
            displays: self.displays.iter().map(|d| d.view()).collect(),
            cameras: self.cameras.iter().map(|c| c.view()).collect(),
            faults: self.faults(),
            offers: self.offers(),
            calendar: self.calendar.health,
            clock: self.clock.health(),
        }
    }

    fn agreed_so_far(&self) -> Vec<Consent> {
        let visit = self.visit.as_ref();
        visit.map_or_else(Vec::new, |v| v.agreed.kinds.clone())
    }

    fn phase(&self) -> Phase {
        if let Some(visit) = &self.visit {
            return self.visit_phase(visit);
        }
        if let Some(aftermath) = &self.aftermath {
            return match aftermath.shown {
                Shown::Failed(failure) => Phase::Failed {
                    failure,
                    retry: self.may_retry(),
                },
                Shown::Ended(why) => Phase::Ended(why),
            };
        }
        let Some((agenda, meeting)) = self.announced() else {
            return Phase::Standby;
        };
        let page = self.warm.as_ref().filter(|w| w.ready());
        Phase::Announced {
            joins_at: agenda.joins_at(meeting),
            warm: page.is_some_and(|w| w.meeting == meeting.id),
        }
    }

    pub(crate) fn announced(&self) -> Option<(Agenda<'_>, &Meeting)> {
        let agenda = self.agenda()?;
        Some((agenda, agenda.announced()?))
    }

    fn visit_phase(&self, visit: &Visit) -> Phase {
        let back = Phase::Reconnecting {
            trouble: visit.trouble.map_or(visit.cause, |(trouble, _)| trouble),
            attempt: visit.attempt,
        };
        let returning = visit.was_inside() || visit.adopted;
        let since = visit.patience.waits_since.unwrap_or(visit.since);
        match visit.stage {
            Stage::Pending { .. } | Stage::Joining(_) if returning => back,
            Stage::Pending { .. } => Phase::Joining(JoinStep::Opening),
            Stage::Joining(step) => Phase::Joining(step),
            Stage::Waiting(whom) => Phase::Waiting {
                whom,
                since: self.clock.wall_of(since),
            },
            Stage::AsksPasscode { rejected } => Phase::AsksPasscode { rejected },
            Stage::PersonNeeded(needed) => Phase::PersonNeeded(needed),
            Stage::Adopting => back,
            Stage::Inside => match visit.trouble {
                Some((trouble, _)) => Phase::Reconnecting {
                    trouble,
                    attempt: 0,
                },
                None => Phase::InCall {
                    since: self.inside_since(visit),
                    leaves: self.leaves_soon(),
                },
            },
            Stage::Leaving { .. } => Phase::Leaving,
        }
    }

    fn inside_since(&self, visit: &Visit) -> Wall {
        let first = visit.entered_wall;
        first.unwrap_or_else(|| self.clock.wall_of(visit.entered.unwrap_or(visit.since)))
    }

    pub(crate) fn leaves_soon(&self) -> Option<(Wall, LeaveWhy)> {
        let (at, wall, why) = self.leaves()?;
        (self.now.plus(notice(why)) >= at).then_some((wall, why))
    }

    // ---- meetings ----

    fn current(&self) -> Option<MeetingView> {
        let purpose = match (&self.visit, &self.aftermath) {
            (Some(visit), _) => &visit.purpose,
            (None, Some(aftermath)) => &aftermath.purpose,
            (None, None) => return self.announced().map(|(_, m)| self.meeting_view(m)),
        };
        let Purpose::Meeting(id) = purpose else {
            return None;
        };
        let known = self.meetings.iter().find(|m| m.id == *id);
        let booked = self.visit.as_ref().and_then(|v| v.booked.as_ref());
        let mut view = self.meeting_view(known.or(booked)?);
        if let Some(visit) = &self.visit {
            view.start = visit.start.unwrap_or(view.start);
            view.end = visit.end().unwrap_or(view.end);
        }
        Some(view)
    }

    fn meeting_views(&self) -> Vec<MeetingView> {
        match self.agenda() {
            Some(agenda) => {
                let upcoming = agenda.upcoming(View::MEETINGS);
                upcoming.map(|m| self.meeting_view(m)).collect()
            }
            None => {
                let first = self.meetings.iter().take(View::MEETINGS);
                first.map(|m| self.meeting_view(m)).collect()
            }
        }
    }

    fn meeting_view(&self, meeting: &Meeting) -> MeetingView {
        meeting_view(meeting, !meeting.private && !self.is_pictured())
    }

    // ---- switches ----

    /// Microphone and camera, as every face shows them.
    pub(crate) fn lamps(&self) -> [SwitchView; 2] {
        let [mic, camera] = self.clients();
        [self.mic_truth(mic), camera]
    }

    /// Microphone and camera, as the conference has them.
    pub(crate) fn clients(&self) -> [SwitchView; 2] {
        [self.switch_view(&self.mic), self.switch_view(&self.camera)]
    }

    fn switch_view(&self, gate: &Gate) -> SwitchView {
        let page = self.visit.as_ref().filter(|v| v.has_page());
        let Some(visit) = page else {
            return SwitchView {
                seen: Seen::Is(Switch::Closed),
                becoming: None,
            };
        };
        let before_the_door = visit.inside.is_none() && !visit.adopted;
        let seen = match gate.seen() {
            Seen::Unknown if before_the_door => Seen::Is(Switch::Closed),
            Seen::Unknown => Seen::Unknown,
            Seen::Is(value) => Seen::Is(value),
        };
        SwitchView {
            seen,
            becoming: gate.becoming().filter(|b| seen != Seen::Is(*b)),
        }
    }

    fn volume_view(&self) -> VolumeView {
        let page = self.visit.as_ref().is_some_and(Visit::has_page);
        let own = self.room_volume_seen();
        VolumeView {
            seen: own.unwrap_or(match page {
                true => self.volume.seen(),
                false => Seen::Is(self.volume.wanted()),
            }),
            limit: self.plan.policy.volume_limit,
        }
    }

    // ---- offers ----

    fn offers(&self) -> Vec<Offer> {
        if self.stopping {
            return Vec::new();
        }
        let mut offers = Vec::new();
        match (&self.visit, &self.aftermath) {
            (Some(visit), _) => self.visit_offers(visit, &mut offers),
            (None, Some(_)) if self.may_retry() => {
                offers.extend([Offer::Retry, Offer::Dismiss]);
            }
            (None, Some(_)) => offers.push(Offer::Dismiss),
            (None, None) => {}
        }
        if self.plan.sound.is_some() {
            offers.push(Offer::ResetSound);
        }
        if self.preflight.runs() {
            offers.push(Offer::StopPreflight);
        }
        if self.visit.as_ref().is_some_and(|v| v.leaving()) {
            return offers;
        }
        self.join_offers(&mut offers);
        if self.may_preflight() {
            offers.push(Offer::Preflight);
        }
        offers
    }

    fn visit_offers(&self, visit: &Visit, offers: &mut Vec<Offer>) {
        if matches!(visit.stage, Stage::AsksPasscode { .. }) {
            offers.push(Offer::Passcode);
        }
        if self.hand_may() {
            offers.push(Offer::OperatePage);
        }
        if visit.is_inside() {
            offers.push(Offer::MicAndCamera);
        }
        if !visit.leaving() {
            offers.push(Offer::Leave);
        }
        let longer = !self.plan.policy.extend_by.is_zero();
        let ends = longer && (visit.end().is_some() || self.leaves().is_some());
        if visit.is_inside() && ends && self.wall().is_some() {
            offers.push(Offer::Extend);
        }
    }

    fn join_offers(&self, offers: &mut Vec<Offer>) {
        let current = self.visit.as_ref().map(|v| &v.purpose);
        let offered = match self.agenda() {
            Some(agenda) => agenda.offered(View::MEETINGS),
            None => {
                let joinable = self
                    .meetings
                    .iter()
                    .filter(|m| schedule::target(m).is_some());
                joinable.take(View::MEETINGS).collect()
            }
        };
        for meeting in offered {
            if current != Some(&Purpose::Meeting(meeting.id.clone())) {
                offers.push(Offer::Join(meeting.id.clone()));
            }
        }
        if self.plan.standing.is_some() && current != Some(&Purpose::Standing) {
            offers.push(Offer::JoinStanding);
        }
    }
}

fn meeting_view(meeting: &Meeting, shown: bool) -> MeetingView {
    MeetingView {
        id: meeting.id.clone(),
        title: shown.then(|| meeting.title.clone()),
        organizer: meeting.organizer.clone().filter(|_| shown),
        start: meeting.start,
        end: meeting.end,
        all_day: meeting.all_day,
        status: meeting.status,
        joinable: joinable(meeting),
    }
}

fn joinable(meeting: &Meeting) -> Joinable {
    if meeting.status == MeetingStatus::Cancelled {
        return Joinable::Cancelled;
    }
    if meeting.exempt {
        return Joinable::Exempt;
    }
    match &meeting.conference {
        Conference::At(target) => Joinable::Yes(target.service.clone()),
        Conference::Nowhere(NoTarget::NoLink) => Joinable::NoLink,
        Conference::Nowhere(NoTarget::UnknownHost(host)) => Joinable::UnknownHost(host.clone()),
        Conference::Nowhere(NoTarget::Refused(host)) => Joinable::Refused(host.clone()),
        Conference::Nowhere(NoTarget::NotJoinable(service)) => {
            Joinable::NotJoinable(service.clone())
        }
        Conference::Nowhere(NoTarget::Page(service, page)) => {
            Joinable::Page(service.clone(), *page)
        }
        Conference::Nowhere(NoTarget::Sealed(host)) => Joinable::Sealed(host.clone()),
    }
}
