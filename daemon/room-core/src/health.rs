//! What is wrong with the room right now, most important first. A fault is derived from state and goes away with it.
//! Knows no sentence; faces have them by code.

use crate::event::BrowserSeen;
use crate::failure::{Cause, FaultCode, FittingFailure};
use crate::limits;
use crate::meeting::CalendarHealth;
use crate::room::Room;
use crate::units::{Mono, Wall};
use crate::view::Fault;

impl Room {
    pub(crate) fn faults(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        let mut add = |code, subject: Option<String>, known: Option<(Wall, Option<Cause>)>| {
            if let Some((since, cause)) = known {
                faults.push(Fault {
                    code,
                    subject,
                    cause,
                    since,
                });
            }
        };
        let wall = |since: Option<Mono>| since.map(|t| (self.clock.wall_of(t), None));
        let because = |cause: Cause, since| Some((self.clock.wall_of(since), Some(cause)));
        add(
            FaultCode::MicDisobeys,
            None,
            wall(self.mic_disobeys_since()),
        );
        if let Some(plan) = &self.plan.sound {
            for (code, device, since) in self.sound.faults(plan, self.now) {
                let device = device.map(|id| id.as_str().to_owned());
                add(code, device, wall(Some(since)));
            }
        }
        add(
            FaultCode::CallWithoutSound,
            None,
            wall(self.without_sound_since()),
        );
        add(
            FaultCode::BrowserGone,
            None,
            wall(self.browser_gone_since()),
        );
        let booked = self.double_booked();
        add(
            FaultCode::DoubleBooking,
            None,
            booked.map(|since| (since, None)),
        );
        let camera = self.camera.disobeys_since();
        add(FaultCode::CameraDisobeys, None, wall(camera));
        let another = self.visit.as_ref().and_then(|visit| visit.another_lens);
        add(FaultCode::CameraAnother, None, wall(another));
        let clock = self.clock.wrong_since(self.now);
        add(FaultCode::ClockWrong, None, wall(clock));
        let screen = self.screen.disobeys_since();
        add(FaultCode::ScreenDisobeys, None, wall(screen));
        for display in &self.displays {
            let name = || Some(display.id().as_str().to_owned());
            let known = |(why, since)| because(Cause::Display(why), since);
            add(
                FaultCode::DisplayGone,
                name(),
                display.gone().and_then(known),
            );
            let refused = display.refused().and_then(known);
            add(FaultCode::DisplayRefused, name(), refused);
        }
        for camera in &self.cameras {
            let name = || Some(camera.plan.id.as_str().to_owned());
            let known = |(why, since)| because(Cause::Camera(why), since);
            add(FaultCode::CameraGone, name(), camera.gone().and_then(known));
            let useless = camera.useless_since();
            add(FaultCode::CameraPicture, name(), wall(useless));
        }
        for head in &self.heads {
            let name = || Some(head.id().as_str().to_owned());
            let known = |(why, since)| because(Cause::Head(why), since);
            add(FaultCode::HeadGone, name(), head.gone().and_then(known));
            add(
                FaultCode::HeadRefused,
                name(),
                head.refused().and_then(known),
            );
        }
        let volume = self.volume.disobeys_since();
        add(FaultCode::VolumeDisobeys, None, wall(volume));
        let proven = self.failed_preflight_since();
        let proven = proven.map(|since| (since, None));
        add(FaultCode::PreflightFailed, None, proven);
        for puck in &self.pucks {
            let name = Some(puck.id.as_str().to_owned());
            add(FaultCode::PuckGone, name.clone(), wall(puck.gone_since()));
            add(
                FaultCode::PuckForeign,
                name.clone(),
                wall(puck.foreign_since()),
            );
            add(FaultCode::PuckUpdating, name.clone(), wall(puck.updating()));
            let known = |(why, since)| because(Cause::Firmware(why), since);
            add(
                FaultCode::PuckUpdateFailed,
                name,
                puck.failed().and_then(known),
            );
        }
        for fitting in &self.fittings {
            let name = Some(fitting.id.as_str().to_owned());
            let Some((why, since)) = fitting.gone() else {
                continue;
            };
            let code = match why {
                FittingFailure::Stuck => FaultCode::KeyStuck,
                FittingFailure::Absent
                | FittingFailure::Denied
                | FittingFailure::Busy
                | FittingFailure::Broken => FaultCode::FittingGone,
            };
            add(code, name, because(Cause::Fitting(why), since));
        }
        let never = self.calendar_never_since();
        add(FaultCode::CalendarNever, None, wall(never));
        if let CalendarHealth::StaleSince(since) = self.calendar.health {
            add(FaultCode::CalendarStale, None, Some((since, None)));
        }
        faults
    }

    /// The conference's microphone, or what is below it.
    fn mic_disobeys_since(&self) -> Option<Mono> {
        let below = self.sound.source.disobeys_since();
        self.mic.disobeys_since().or(below)
    }

    fn settled(&self) -> bool {
        self.now >= self.settles_at()
    }

    pub(crate) fn settles_at(&self) -> Mono {
        self.began.plus(limits::SETTLE)
    }

    fn browser_gone_since(&self) -> Option<Mono> {
        match self.browser.seen {
            Some(BrowserSeen::Ready) => None,
            Some(BrowserSeen::Gone) => Some(self.browser.since),
            None => self.settled().then_some(self.browser.since),
        }
    }

    fn calendar_never_since(&self) -> Option<Mono> {
        match (self.calendar.health, self.calendar.told) {
            (CalendarHealth::Never, None) => self.settled().then_some(self.began),
            (CalendarHealth::Never, told) => told,
            (CalendarHealth::Fresh | CalendarHealth::StaleSince(_), _) => None,
        }
    }

    fn double_booked(&self) -> Option<Wall> {
        let chosen = self.visit.as_ref().filter(|v| v.chosen);
        self.agenda()?
            .double_booked(chosen.and_then(|v| v.meeting()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Event, FittingSeen};
    use crate::ids::FittingId;
    use crate::sample;

    #[test]
    fn a_fault_carries_what_its_device_said() {
        let door = FittingId::new("lamp.door");
        let mut plan = sample::plan();
        plan.fittings = vec![door.clone()];
        let mut room = Room::new(plan, Mono(0));
        for why in FittingFailure::ALL {
            room.step(
                Mono(5),
                Event::Fitting(door.clone(), FittingSeen::Gone(*why)),
            );
            let faults = room.faults();
            let fault = faults
                .iter()
                .find(|f| f.subject.as_deref() == Some("lamp.door"));
            assert_eq!(fault.and_then(|f| f.cause), Some(Cause::Fitting(*why)));
        }
    }
}
