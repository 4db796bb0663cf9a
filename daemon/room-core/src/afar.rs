//! What IT does to the room from afar beside calls: finding it, taking a picture of its own page, beginning its browser anew.
//! Knows no server and no picture; whoever takes it reads what faces show.
//!
//! Invariants:
//! - Each ends by itself; whoever presses something in the room ends the first two at once.
//! - While a picture may be taken, no face shows what a meeting is about, and there is no call.

use crate::effect::Effect;
use crate::event::{BrowserSeen, Origin};
use crate::limits;
use crate::room::Room;
use crate::units::Mono;
use crate::view::{AfarView, BrowserView};
use core::time::Duration;
use serde::{Deserialize, Serialize};

/// What is going on from afar.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Afar {
    /// The room shows itself until then.
    identify: Option<Mono>,
    /// A picture may be taken until then.
    picture: Option<Mono>,
    /// The browser was told to begin anew.
    anew: Option<Anew>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Anew {
    until: Mono,
    /// It was seen to go.
    went: bool,
}

impl Room {
    /// The room shows itself for so long from now, within limits.
    pub(crate) fn identify(&mut self, lasts: Duration) {
        let lasts = lasts.clamp(limits::IDENTIFY_LEAST, limits::IDENTIFY_MOST);
        self.afar.identify = Some(self.now.plus(lasts));
    }

    pub(crate) fn may_be_pictured(&self) -> bool {
        self.visit.is_none() && !self.stopping
    }

    /// Says that a picture is taken, for as long as that may take.
    pub(crate) fn announce_picture(&mut self) {
        if self.may_be_pictured() {
            self.afar.picture = Some(self.now.plus(limits::PICTURE));
        }
    }

    pub(crate) fn end_picture(&mut self) {
        self.afar.picture = None;
    }

    /// Whether a picture may be taken now, so that nothing of meetings may be shown.
    pub(crate) fn is_pictured(&self) -> bool {
        self.afar.picture.is_some()
    }

    /// Begins the browser anew. What was asked for from elsewhere than the room opens nothing again afterwards.
    pub(crate) fn begin_browser(&mut self, origin: Origin) {
        if !self.browser_ready() || self.afar.anew.is_some() {
            return;
        }
        if !origin.in_room() {
            self.close_both(origin);
        }
        self.afar.anew = Some(Anew {
            until: self.now.plus(limits::BROWSER),
            went: false,
        });
        self.out.push(Effect::BrowserAnew);
    }

    /// Somebody in the room pressed something: it was found, and is not to be pictured.
    pub(crate) fn found(&mut self) {
        self.afar.identify = None;
        self.afar.picture = None;
    }

    /// A browser that was begun anew was seen to go or to come.
    pub(crate) fn follow_browser(&mut self, seen: BrowserSeen) {
        self.afar.anew = match (self.afar.anew, seen) {
            (Some(anew), BrowserSeen::Gone) => Some(Anew { went: true, ..anew }),
            (Some(Anew { went: true, .. }), BrowserSeen::Ready) => None,
            (anew, BrowserSeen::Ready) => anew,
            (None, BrowserSeen::Gone) => None,
        };
    }

    /// What is over by now.
    pub(crate) fn follow_afar(&mut self) {
        let now = self.now;
        let afar = &mut self.afar;
        afar.identify = afar.identify.filter(|until| now < *until);
        afar.picture = afar.picture.filter(|until| now < *until);
        afar.anew = afar.anew.filter(|anew| now < anew.until);
        if !self.may_be_pictured() {
            self.afar.picture = None;
        }
    }

    pub(crate) fn afar_deadlines(&self) -> [Option<Mono>; 3] {
        let Afar {
            identify,
            picture,
            anew,
        } = self.afar;
        [identify, picture, anew.map(|anew| anew.until)]
    }

    pub(crate) fn afar_view(&self) -> Option<AfarView> {
        match (self.afar.picture, self.afar.identify) {
            (Some(_), _) => Some(AfarView::Picture),
            (None, Some(_)) => Some(AfarView::Identify),
            (None, None) => None,
        }
    }

    pub(crate) fn browser_view(&self) -> BrowserView {
        match (self.afar.anew, self.browser.seen) {
            (Some(_), _) => BrowserView::BeginsAnew,
            (None, None) => BrowserView::Unknown,
            (None, Some(BrowserSeen::Ready)) => BrowserView::Here,
            (None, Some(BrowserSeen::Gone)) => BrowserView::Gone,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{CallSeen, ClockHealth, Event, Press};
    use crate::meeting::CalendarHealth;
    use crate::meeting::CalendarSeen;
    use crate::sample::{at, meeting, plan};
    use crate::units::Switch;
    use crate::view::View;
    use core::time::Duration;

    struct Story {
        room: Room,
        now: u64,
    }

    impl Story {
        /// In the middle of a meeting that waits for a press.
        fn begin() -> Story {
            let room = Room::new(plan(), Mono(0));
            let mut story = Story { room, now: 0 };
            story.see(Event::Clock {
                wall: at(600),
                health: ClockHealth::Good,
            });
            story.see(Event::Browser(BrowserSeen::Ready));
            let mut booked = meeting("budget", 600, 660);
            booked.join = None;
            story.see(Event::Calendar(CalendarSeen {
                meetings: vec![booked],
                health: CalendarHealth::Fresh,
            }));
            story
        }

        fn see(&mut self, event: Event) -> Vec<Effect> {
            self.room.step(Mono(self.now), event).into_iter().collect()
        }

        fn press(&mut self, press: Press, origin: Origin) -> Vec<Effect> {
            self.see(Event::Pressed { press, origin })
        }

        fn wait(&mut self, seconds: u64) -> View {
            self.now += seconds * 1000;
            self.see(Event::Deadline);
            self.room.view()
        }

        fn enter(&mut self) {
            self.press(Press::Join(None), Origin::Panel);
            let call = self.room.visit.as_ref().map(|v| v.call).unwrap();
            for seen in [
                CallSeen::Mic(Switch::Closed),
                CallSeen::Camera(Switch::Closed),
                CallSeen::Inside,
            ] {
                self.see(Event::Call(call, seen));
            }
        }
    }

    #[test]
    fn a_room_that_is_looked_for_shows_itself_until_it_is_found_or_the_time_is_over() {
        let mut story = Story::begin();
        story.press(Press::Identify(Duration::from_secs(60)), Origin::Fleet);
        assert_eq!(story.room.view().afar, Some(AfarView::Identify));
        assert_eq!(story.room.afar_deadlines()[0], Some(Mono(60_000)));
        assert_eq!(story.wait(59).afar, Some(AfarView::Identify));
        assert_eq!(story.wait(1).afar, None);

        story.press(Press::Identify(Duration::MAX), Origin::Fleet);
        assert_eq!(story.wait(299).afar, Some(AfarView::Identify));
        assert_eq!(story.wait(1).afar, None, "never longer than five minutes");

        story.press(Press::Identify(Duration::from_secs(60)), Origin::Fleet);
        story.press(Press::Mic(Switch::Closed), Origin::Fleet);
        assert_eq!(story.room.view().afar, Some(AfarView::Identify));
        story.press(Press::Mic(Switch::Closed), Origin::Puck);
        assert_eq!(story.room.view().afar, None, "somebody stands before it");
    }

    #[test]
    fn while_a_picture_may_be_taken_no_face_shows_what_a_meeting_is_about() {
        let mut story = Story::begin();
        let named = |view: &View| view.meetings.iter().any(|m| m.title.is_some());
        assert!(named(&story.room.view()));
        story.press(Press::Picture, Origin::Fleet);
        let view = story.room.view();
        assert_eq!(view.afar, Some(AfarView::Picture));
        assert!(!named(&view) && view.current.is_none_or(|m| m.title.is_none()));
        story.press(Press::PictureTaken, Origin::Fleet);
        assert!(named(&story.room.view()));
        story.press(Press::Picture, Origin::Fleet);
        let limit = limits::PICTURE.as_secs();
        assert_eq!(story.wait(limit).afar, None, "nobody took it");
    }

    #[test]
    fn there_is_no_picture_beside_a_call() {
        let mut story = Story::begin();
        story.press(Press::Picture, Origin::Fleet);
        story.enter();
        assert_eq!(story.room.view().afar, None, "the call ended it");
        story.press(Press::Picture, Origin::Fleet);
        assert_eq!(story.room.view().afar, None);
    }

    #[test]
    fn a_browser_that_is_begun_anew_from_afar_opens_nothing_again() {
        let mut plan = plan();
        plan.policy.after_crash = crate::plan::AfterCrash::RestoreWhatTheRoomOpened;
        let mut story = Story::begin();
        story.see(Event::PlanChanged(Box::new(plan)));
        story.enter();
        let first = story.room.visit.as_ref().map(|v| v.call).unwrap();
        story.press(Press::Mic(Switch::Open), Origin::Panel);
        story.see(Event::Call(first, CallSeen::Mic(Switch::Open)));

        let effects = story.press(Press::RestartBrowser, Origin::Fleet);
        assert!(effects.contains(&Effect::BrowserAnew), "{effects:?}");
        assert_eq!(story.room.view().browser, BrowserView::BeginsAnew);
        let again = story.press(Press::RestartBrowser, Origin::Fleet);
        assert!(!again.contains(&Effect::BrowserAnew), "once");

        story.see(Event::Browser(BrowserSeen::Gone));
        assert_eq!(story.room.view().browser, BrowserView::BeginsAnew);
        story.now += 2_000;
        story.see(Event::Browser(BrowserSeen::Ready));
        assert_eq!(story.room.view().browser, BrowserView::Here);
        let second = story.room.visit.as_ref().map(|v| v.call).unwrap();
        assert_ne!(first, second, "the meeting is joined again");
        let closed = Switch::Closed;
        let mut effects = Vec::new();
        for seen in [
            CallSeen::Mic(closed),
            CallSeen::Camera(closed),
            CallSeen::Inside,
        ] {
            effects.extend(story.see(Event::Call(second, seen)));
        }
        let opens = |effect: &Effect| {
            let open = crate::effect::CallCommand::Mic(Switch::Open);
            matches!(effect, Effect::Call(_, command) if *command == open)
        };
        assert!(!effects.iter().any(opens), "{effects:?}");
    }

    #[test]
    fn a_browser_that_does_not_go_is_given_up() {
        let mut story = Story::begin();
        story.press(Press::RestartBrowser, Origin::Console);
        let view = story.wait(limits::BROWSER.as_secs());
        assert_eq!(view.browser, BrowserView::Here);
    }
}
