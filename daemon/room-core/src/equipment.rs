//! The room's displays, cameras and fittings: takes what was seen, fits them to the plan, and says what displays shall do.
//! What one of them makes of it stands in `displays.rs` and `fittings.rs`.

use crate::displays::{Display, Need};
use crate::effect::Effect;
use crate::event::{CameraSeen, DisplaySeen, FittingSeen};
use crate::fittings::{Camera, Fitting};
use crate::ids::{CameraId, DisplayId, FittingId};
use crate::plan::{CameraPlan, DisplayPlan};
use crate::room::Room;
use crate::units::Mono;

impl Room {
    pub(crate) fn read_display(&mut self, id: &DisplayId, seen: DisplaySeen) {
        let now = self.now;
        if let Some(display) = self.displays.iter_mut().find(|d| d.id() == id) {
            display.read(seen, now);
        }
    }

    pub(crate) fn read_camera(&mut self, id: &CameraId, seen: CameraSeen) {
        let now = self.now;
        if let Some(camera) = self.cameras.iter_mut().find(|c| c.plan.id == *id) {
            camera.read(seen, now);
        }
    }

    pub(crate) fn read_fitting(&mut self, id: &FittingId, seen: FittingSeen) {
        let now = self.now;
        if let Some(fitting) = self.fittings.iter_mut().find(|f| f.id == *id) {
            fitting.read(seen, now);
        }
    }

    /// As planned; what was seen of those that stay stays.
    pub(crate) fn fit_equipment(&mut self) {
        let need = self.need;
        let new = |plan: &DisplayPlan| {
            let mut display = Display::new(plan.clone());
            if need > Need::None {
                display.show(need);
            }
            display
        };
        let plans = &self.plan.displays;
        fit(&mut self.displays, plans, |d, p| *d.id() == p.id, new);
        for (display, plan) in self.displays.iter_mut().zip(plans) {
            display.take_plan(plan.clone());
        }
        let plans = &self.plan.cameras;
        let new = |plan: &CameraPlan| Camera::new(plan.clone());
        fit(&mut self.cameras, plans, |c, p| c.plan.id == p.id, new);
        for (camera, plan) in self.cameras.iter_mut().zip(plans) {
            camera.plan = plan.clone();
        }
        let new = |id: &FittingId| Fitting::new(id.clone());
        fit(
            &mut self.fittings,
            &self.plan.fittings,
            |f, id| f.id == *id,
            new,
        );
    }

    /// A call needs them, and a notice on the room's own page does.
    fn display_need(&self) -> Need {
        match &self.visit {
            Some(visit) if !visit.leaving() => Need::Call,
            Some(_) => Need::Notice,
            None if self.aftermath.is_some() || self.announced().is_some() => Need::Notice,
            None => Need::None,
        }
    }

    pub(crate) fn reconcile_displays(&mut self) {
        if self.stopping {
            return;
        }
        self.follow_need();
        for display in &mut self.displays {
            if let Some(command) = display.due() {
                let display = display.id().clone();
                self.out.push(Effect::Display { display, command });
            }
        }
    }

    fn follow_need(&mut self) {
        let need = self.display_need();
        if need > self.need {
            self.displays.iter_mut().for_each(|d| d.show(need));
        }
        if need > Need::None {
            self.unneeded_since = None;
        } else if self.need > Need::None {
            self.unneeded_since = Some(self.now);
        }
        self.need = need;
        if self.displays_rest_at().is_some_and(|at| self.now >= at) {
            self.unneeded_since = None;
            self.displays.iter_mut().for_each(Display::rest);
        }
    }

    /// When the displays will be switched off; `None` while they are needed, and once they were.
    pub(crate) fn displays_rest_at(&self) -> Option<Mono> {
        let after = self.plan.policy.display_off_after?;
        self.unneeded_since.map(|since| since.plus(after))
    }
}

/// One thing for each plan, in its order: the one that is known already, else a new one.
fn fit<T, P>(things: &mut Vec<T>, plans: &[P], is: impl Fn(&T, &P) -> bool, new: impl Fn(&P) -> T) {
    let mut known = core::mem::take(things);
    things.extend(plans.iter().map(|plan| {
        let at = known.iter().position(|thing| is(thing, plan));
        at.map_or_else(|| new(plan), |at| known.swap_remove(at))
    }));
}
