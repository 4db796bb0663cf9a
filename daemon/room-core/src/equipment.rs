//! The room's displays, cameras and fittings: takes what was seen, fits them to the plan, and says what displays shall do.
//! What one of them makes of it stands in `displays.rs` and `fittings.rs`.

use crate::displays::{Display, Need};
use crate::effect::Effect;
use crate::event::{CameraSeen, DisplaySeen, FittingSeen};
use crate::fittings::{Camera, Fitting};
use crate::ids::{CameraId, DisplayId, FittingId};
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
        self.displays = fitted(&mut self.displays, &self.plan.displays, |known, plan| {
            if let Some(mut display) = known(&|d: &Display| *d.id() == plan.id) {
                display.take_plan(plan.clone());
                return display;
            }
            let mut display = Display::new(plan.clone());
            if need > Need::None {
                display.show(need);
            }
            display
        });
        self.cameras = fitted(&mut self.cameras, &self.plan.cameras, |known, plan| {
            let camera = known(&|c: &Camera| c.plan.id == plan.id);
            let mut camera = camera.unwrap_or_else(|| Camera::new(plan.clone()));
            camera.plan = plan.clone();
            camera
        });
        self.fittings = fitted(&mut self.fittings, &self.plan.fittings, |known, id| {
            known(&|f: &Fitting| f.id == *id).unwrap_or_else(|| Fitting::new(id.clone()))
        });
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

/// One thing for each plan; `make` may ask for the one that is known already.
fn fitted<T, P>(
    known: &mut Vec<T>,
    plans: &[P],
    make: impl Fn(&mut dyn FnMut(&dyn Fn(&T) -> bool) -> Option<T>, &P) -> T,
) -> Vec<T> {
    let mut take = |is: &dyn Fn(&T) -> bool| {
        let at = known.iter().position(is)?;
        Some(known.swap_remove(at))
    };
    plans.iter().map(|plan| make(&mut take, plan)).collect()
}
