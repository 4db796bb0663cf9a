//! Performs what the room asks: the page obeys, is slow, or does not hear; the head moves, refuses, or says nothing.

use super::page::{Act, Order, Outcome, Page, Place, Wanted};
use super::{Happening, MINUTE, Source, World};
use room_core::effect::{CallCommand, CallRequest, DisplayCommand, Effect, HeadCommand, Screen};
use room_core::event::Outcome as Answer;
use room_core::event::{BrowserSeen, CallSeen, EndReason, Event, HeadSeen, JoinStep};
use room_core::event::{DisplayPower, DisplaySeen};
use room_core::failure::{DisplayFailure, FirmwareFailure, HeadFailure};
use room_core::ids::{CallId, PuckId, RequestId};
use room_core::pucks::{Firmware, FirmwareSeen};
use room_core::units::{Position, Switch};

/// An order to a page gets lost so often in a thousand, a screen or an answer of a head likewise.
const LOST: u64 = 20;
/// What came with the daemon for table buttons.
pub(super) const NEWEST: Firmware = Firmware(0, 2, 0);

impl World {
    pub(super) fn perform(&mut self, effects: &[Effect]) -> Result<(), String> {
        for effect in effects {
            match effect {
                Effect::Call(call, command) => self.command_page(*call, command)?,
                Effect::Head {
                    request, command, ..
                } => self.command_head(*request, *command),
                Effect::Screen(screen) => self.show(*screen),
                Effect::Display { command, .. } => self.command_display(*command),
                Effect::BrowserSound => self.begin_browser_sound(),
                Effect::BrowserAnew => self.later(100, Happening::BrowserDies),
                Effect::Sound(command) => self.command_sound(*command),
                Effect::Preflight(command) => self.command_preflight(command),
                Effect::UpdatePuck(puck) => self.update_puck(puck),
                Effect::Persist(_) => {}
            }
        }
        Ok(())
    }

    fn show(&mut self, screen: Screen) {
        if self.browser == BrowserSeen::Ready && !self.dice.mishap(LOST) {
            self.tell(Event::Screen(screen), Source::Other);
        }
    }

    /// Gets through, does not, or is heard of no more.
    fn update_puck(&mut self, puck: &PuckId) {
        if self.dice.mishap(LOST) {
            return;
        }
        let seen = match self.dice.mishap(LOST) {
            true => FirmwareSeen::Failed(FirmwareFailure::NoLoader),
            false => FirmwareSeen::Updated(NEWEST),
        };
        let after = self.dice.between(5_000, 60_000);
        let told = Event::Firmware(puck.clone(), seen);
        self.later(
            after,
            Happening::Told(self.life, Box::new(told), Source::Other),
        );
    }

    /// Does it, refuses, or hears nothing.
    fn command_display(&mut self, command: DisplayCommand) {
        if self.dice.mishap(LOST) {
            return;
        }
        if self.dice.mishap(LOST) {
            return self.tell_display(DisplaySeen::Refused(DisplayFailure::Disobeys));
        }
        self.display = match command {
            DisplayCommand::Show => DisplayPower::On,
            DisplayCommand::Standby => DisplayPower::Standby,
        };
        self.tell_display(DisplaySeen::Power(self.display));
    }

    // ---- the page ----

    fn command_page(&mut self, call: CallId, command: &CallCommand) -> Result<(), String> {
        match command {
            CallCommand::Warm(request) => self.open_page(call, request, Wanted::Warm),
            CallCommand::Join(request) => self.join_page(call, request),
            CallCommand::Adopt(_) => {
                self.adopt_page(call);
                Ok(())
            }
            CallCommand::SoundAnew => Ok(()),
            CallCommand::Leave => {
                self.leave_page(call);
                Ok(())
            }
            CallCommand::Drop => {
                self.page = self.page.take().filter(|p| p.call != call);
                Ok(())
            }
            CallCommand::Passcode(code) => {
                self.type_code(call, code.reveal());
                Ok(())
            }
            CallCommand::Agree(kind) => self.order(call, Order::Agree(*kind)),
            CallCommand::Hand(_) => self.order(call, Order::Hand),
            CallCommand::Mic(value) => self.order(call, Order::Mic(*value)),
            CallCommand::Camera(value) => self.order(call, Order::Camera(*value)),
            CallCommand::Volume(value) => self.order(call, Order::Volume(*value)),
        }
    }

    fn name_of(request: &CallRequest) -> String {
        let link = request.way().map_or("", |way| way.place().reveal());
        link.rsplit('/').next().unwrap_or_default().to_owned()
    }

    fn open_page(
        &mut self,
        call: CallId,
        request: &CallRequest,
        wanted: Wanted,
    ) -> Result<(), String> {
        let name = Self::name_of(request);
        self.judge
            .goes_to(&name, self.page.as_ref(), wanted == Wanted::Join)?;
        if self.browser != BrowserSeen::Ready {
            return Ok(());
        }
        self.calls += u64::from(wanted == Wanted::Join);
        let booking = self.diary.iter().find(|b| b.name == name).cloned();
        let mut page = Page::open(call, name, booking, wanted);
        page.unheard = self.sound.keeps_to_a_dead_server();
        self.page = Some(page);
        let after = self.dice.between(300, 4000);
        self.later(after, Happening::Page(call, Act::Loaded));
        Ok(())
    }

    fn join_page(&mut self, call: CallId, request: &CallRequest) -> Result<(), String> {
        let Some(page) = self.page.as_mut().filter(|p| p.call == call) else {
            return self.open_page(call, request, Wanted::Join);
        };
        self.judge.enters(&page.name)?;
        self.calls += 1;
        page.wanted = Wanted::Join;
        if page.place != Place::Loading {
            self.later(150, Happening::Page(call, Act::Enter));
        }
        Ok(())
    }

    fn adopt_page(&mut self, call: CallId) {
        let facts = match self.page.as_ref().filter(|p| p.call == call) {
            None => vec![CallSeen::Over(EndReason::PageGone)],
            Some(page) => match page.place {
                Place::Inside => page.state(),
                Place::Loading => vec![CallSeen::Entering(JoinStep::Opening)],
                Place::AtTheDoor => vec![CallSeen::Warm],
                Place::Asking => vec![CallSeen::PasscodeAsked { rejected: false }],
                Place::Waiting(whom) => vec![CallSeen::Waiting(whom)],
            },
        };
        self.say(call, facts);
    }

    /// A page that no daemon asked for is closed by the adapter.
    pub(super) fn clear_orphans(&mut self, effects: &[Effect]) {
        let adopted = effects.iter().find_map(|e| match e {
            Effect::Call(call, CallCommand::Adopt(_)) => Some(*call),
            _ => None,
        });
        self.page = self.page.take().filter(|p| Some(p.call) == adopted);
    }

    fn leave_page(&mut self, call: CallId) {
        let Some(page) = self.page.as_mut().filter(|p| p.call == call) else {
            self.say(call, vec![CallSeen::Over(EndReason::Left)]);
            return;
        };
        page.wanted = Wanted::Leave;
        if page.frozen || self.dice.mishap(LOST) {
            return;
        }
        let after = self.dice.between(100, 2000);
        self.later(after, Happening::Page(call, Act::Gone));
    }

    fn type_code(&mut self, call: CallId, code: &str) {
        let Some(page) = self.page.as_mut().filter(|p| p.call == call) else {
            return;
        };
        let right = page.booking.as_ref().and_then(|b| b.code.clone());
        page.coded = right.as_deref() == Some(code);
        let now_right = page.coded;
        if now_right {
            self.later(400, Happening::Page(call, Act::Enter));
        } else {
            self.say(call, vec![CallSeen::PasscodeAsked { rejected: true }]);
        }
    }

    fn order(&mut self, call: CallId, order: Order) -> Result<(), String> {
        let Some(page) = self.page.as_mut().filter(|p| p.call == call) else {
            return Ok(());
        };
        match order {
            Order::Mic(Switch::Open) => self.judge.opens("mic")?,
            Order::Camera(Switch::Open) => self.judge.opens("camera")?,
            Order::Mic(Switch::Closed) | Order::Camera(Switch::Closed) | Order::Volume(_) => {}
            Order::Agree(_) | Order::Hand => {}
        }
        if !page.loses(&mut self.dice, LOST) {
            let after = self.dice.between(20, 400);
            self.later(after, Happening::Page(call, Act::Obey(order)));
        }
        Ok(())
    }

    pub(super) fn page_acts(&mut self, call: CallId, act: Act) -> Result<(), String> {
        let Some(page) = self.page.as_mut().filter(|p| p.call == call) else {
            return Ok(());
        };
        let was_inside = page.place == Place::Inside;
        let Outcome {
            facts,
            later,
            gone,
            shut,
        } = page.act(act, self.now, &mut self.dice);
        let name = page.name.clone();
        let came_in = page.place == Place::Inside && !was_inside;
        if gone {
            self.page = None;
        }
        if shut {
            self.judge.ended(&name, self.now);
        }
        if came_in {
            self.later(MINUTE, Happening::LookIn(call));
        }
        for (after, act) in later {
            self.later(after, Happening::Page(call, act));
        }
        self.say(call, facts);
        Ok(())
    }

    pub(super) fn say(&mut self, call: CallId, facts: Vec<CallSeen>) {
        for fact in facts {
            self.tell(Event::Call(call, fact), Source::Page);
        }
    }

    // ---- the head ----

    fn command_head(&mut self, request: RequestId, command: HeadCommand) {
        if !self.head.here || self.dice.mishap(LOST) {
            return;
        }
        let refused =
            self.head.power == Switch::Closed && !matches!(command, HeadCommand::Power(_));
        if let HeadCommand::Power(value) = command {
            self.head.power = value;
            self.tell_head(HeadSeen::Power(value));
        }
        let outcome = match refused || self.dice.mishap(LOST) {
            true => Answer::Failed(HeadFailure::NotNow),
            false => Answer::Done,
        };
        let position = Position {
            pan: 10,
            tilt: 0,
            zoom: 0,
        };
        self.tell_head(HeadSeen::At {
            position,
            moving: false,
        });
        self.tell(Event::Done { request, outcome }, Source::Other);
    }
}
