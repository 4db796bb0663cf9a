//! What is done on each screen: the steps that get ready, enter, clear away and leave, one after the other, each with a
//! deadline and a bounded number of tries. Knows screens by what they mean, never by service.

use super::{Call, Did, Evidence, Goal, Output, StepOrder, Ticket};
use crate::pack::{PageState, Text};
use room_core::event::{CallSeen, EndReason, JoinStep, PersonNeeded, WaitingFor};
use room_core::failure::CallFailure;
use room_core::hand::Consent;
use room_core::ids::Private;
use room_core::units::Mono;
use std::time::Duration;

/// How long a page with a server's error may take to show a screen that a rule knows.
const ERROR_GRACE: Duration = Duration::from_millis(1_500);
/// What a step may take beyond its own patience before it counts as lost.
const STEP_SLACK: Duration = Duration::from_secs(10);

/// Which list of steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum List {
    Prepare,
    Enter,
    Agree,
    Leave,
}

/// How far the steps of the present screen are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Run {
    /// Not begun.
    Fresh,
    /// This step is being done.
    Doing {
        list: List,
        index: usize,
        ticket: Ticket,
        until: Mono,
    },
    /// All steps are done and the screen must change.
    Settling { list: List, until: Mono },
    /// All steps are done and the screen stays.
    Ready,
    /// A passcode must be given first.
    NeedsCode,
    /// Tried as often as it may be; inside a call that is no reason to lose it.
    GivenUp,
}

impl Call {
    pub(super) fn look_at_screen(&mut self) {
        let top = self.pack.weighs_most(&self.view.rules, self.inside);
        if top != self.top {
            self.gone_on_agreed();
            self.top = top;
            self.top_since = self.now;
            if self.goal != Goal::Out {
                self.run = Run::Fresh;
            }
        }
        if self.goal == Goal::Out {
            return self.go_out();
        }
        match self.state() {
            None => self.unknown_screen(),
            Some(state) => self.known_screen(state),
        }
    }

    fn known_screen(&mut self, state: PageState) {
        use PageState as P;
        match state {
            P::Removed if self.is_before_the_door() => self.end(EndReason::Denied),
            P::Removed => self.end(EndReason::Removed),
            P::Denied => self.end(EndReason::Denied),
            P::TimeLimit => self.end(EndReason::TimeLimit),
            P::Ended => self.end(EndReason::EndedByHost),
            P::Left => self.end(EndReason::Left),
            P::NotFound => self.fail(CallFailure::NotFound, Evidence::Nothing),
            P::Full => self.fail(CallFailure::Full, Evidence::Nothing),
            P::Locked => self.fail(CallFailure::Locked, Evidence::Nothing),
            P::LobbyTimeout => self.fail(CallFailure::LobbyTimeout, Evidence::Nothing),
            P::BrowserRefused => self.fail(CallFailure::BrowserRefused, Evidence::Nothing),
            P::Captcha => self.say_stage(CallSeen::PersonNeeded(PersonNeeded::Captcha)),
            P::BotWall => self.say_stage(CallSeen::PersonNeeded(PersonNeeded::BotWall)),
            P::Login => self.say_stage(CallSeen::PersonNeeded(PersonNeeded::Login)),
            P::Registration => self.say_stage(CallSeen::PersonNeeded(PersonNeeded::Registration)),
            P::Consent => self.ask_for_consent(),
            P::Breakout => self.say_stage(CallSeen::PersonNeeded(PersonNeeded::Breakout)),
            P::StillThere => self.say_stage(CallSeen::PersonNeeded(PersonNeeded::Presence)),
            P::Dialog => self.clear_away(),
            P::WaitingHost => self.wait_for(WaitingFor::Host),
            P::WaitingLobby => self.wait_for(WaitingFor::Lobby),
            P::PasscodeRejected | P::Passcode => self.give_passcode(state),
            P::Prejoin if self.inside => self.end(EndReason::EndedByHost),
            P::Prejoin => self.before_entering(),
            P::Entering if self.inside => {}
            P::Entering => self.say_stage(CallSeen::Entering(JoinStep::Knocking)),
            P::Inside => self.in_the_call(),
            P::Reconnecting | P::AskedToUnmute => {}
        }
    }

    /// Some services say of a guest that they refuse what they say of one that they throw out. Whoever was never inside
    /// was refused.
    fn is_before_the_door(&self) -> bool {
        !self.inside && self.said.stage == Some(CallSeen::Waiting(WaitingFor::Lobby))
    }

    /// The room's word is asked for where the pack knows how to give it; in any other case a person's.
    fn ask_for_consent(&mut self) {
        let kind = self.top.and_then(|rule| self.pack.rules[rule].consent);
        let can_agree = kind.filter(|_| !self.steps(List::Agree).is_empty());
        match (can_agree, self.run) {
            (Some(kind), Run::Fresh) => self.say_stage(CallSeen::ConsentAsked(kind)),
            (Some(_), Run::Doing { .. } | Run::Settling { .. }) => self.watch_run(),
            (None, _) | (_, Run::Ready | Run::NeedsCode | Run::GivenUp) => {
                self.say_stage(CallSeen::PersonNeeded(PersonNeeded::Consent(kind)));
            }
        }
    }

    /// A page may go on before it can answer the very step by which the room agreed: that is told all the same.
    fn gone_on_agreed(&mut self) {
        if let Run::Doing {
            list: List::Agree,
            index,
            ..
        } = self.run
            && index + 1 == self.steps(List::Agree).len()
        {
            self.say_agreed();
        }
    }

    fn say_agreed(&mut self) {
        if let Some(kind) = self.top.and_then(|rule| self.pack.rules[rule].consent) {
            self.say(CallSeen::Agreed(kind));
        }
    }

    /// The operator agreed to this kind beforehand.
    pub(super) fn agree(&mut self, kind: Consent) {
        let shown = self.top.and_then(|rule| self.pack.rules[rule].consent);
        if shown != Some(kind) || self.run != Run::Fresh || self.goal == Goal::Out {
            return;
        }
        self.said.stage = None;
        self.tries = 0;
        self.start(List::Agree);
    }

    fn wait_for(&mut self, whom: WaitingFor) {
        self.tries = 0;
        self.say_stage(CallSeen::Waiting(whom));
    }

    fn unknown_screen(&mut self) {
        let status = self.view.status;
        let limits = self.pack.limits;
        let first = self.said.stage == Some(CallSeen::Entering(JoinStep::Opening));
        let (since, patience) = match (self.inside, first) {
            (true, _) => (self.top_since.max(self.health.alive_at()), limits.lost),
            (false, true) if status >= 400 && self.view.ready => (self.top_since, ERROR_GRACE),
            (false, true) => (self.top_since, limits.first_screen),
            (false, false) => (self.top_since, limits.unknown),
        };
        if !self.due(since.plus(patience)) {
            return;
        }
        match (status, self.view.ready) {
            (404 | 410, _) if first => self.fail(CallFailure::NotFound, Evidence::Keep),
            (400.., _) if first => self.fail(CallFailure::Unreachable, Evidence::Keep),
            (_, true) => self.fail(CallFailure::UnknownScreen, Evidence::Keep),
            (_, false) => self.fail(CallFailure::NoAnswer, Evidence::Keep),
        }
    }

    fn before_entering(&mut self) {
        match self.run {
            Run::Fresh => {
                self.say_stage(CallSeen::Entering(JoinStep::FillingIn));
                self.start(List::Prepare);
            }
            Run::Ready if !self.dark() => self.try_again(List::Prepare),
            Run::Settling {
                list: List::Prepare,
                ..
            } if self.dark() => {
                self.run = Run::Ready;
                self.before_entering();
            }
            Run::Ready if self.goal == Goal::Inside => self.start(List::Enter),
            Run::Ready => self.say_stage(CallSeen::Warm),
            Run::NeedsCode => self.ask_for_code(self.code_tried),
            Run::Doing { .. } | Run::Settling { .. } => self.watch_run(),
            Run::GivenUp => {}
        }
    }

    fn dark(&self) -> bool {
        self.top.is_some_and(|rule| self.view.dark.contains(&rule))
    }

    fn clear_away(&mut self) {
        let after = self
            .top
            .map_or(Duration::ZERO, |rule| self.pack.rules[rule].after);
        let run = self.run;
        match run {
            Run::Fresh if !self.due(self.top_since.plus(after)) => {}
            Run::Fresh => self.start(List::Prepare),
            Run::NeedsCode => self.ask_for_code(self.code_tried),
            Run::Ready => self.settle_for(List::Prepare),
            Run::Doing { .. } | Run::Settling { .. } => self.watch_run(),
            Run::GivenUp => {}
        }
    }

    fn give_passcode(&mut self, state: PageState) {
        match self.run {
            Run::Fresh => self.start(List::Prepare),
            Run::NeedsCode => {
                self.ask_for_code(self.code_tried || state == PageState::PasscodeRejected)
            }
            Run::Ready => self.settle_for(List::Prepare),
            // The page swallowed the code and asks on: that is a refusal, and no reason to try the same again.
            Run::Settling { until, .. } => {
                if self.due(until) {
                    self.run = Run::NeedsCode;
                    self.ask_for_code(true);
                }
            }
            Run::Doing { .. } => self.watch_run(),
            Run::GivenUp => {}
        }
    }

    fn ask_for_code(&mut self, rejected: bool) {
        if self.code.is_some() {
            return self.start(List::Prepare);
        }
        self.say_stage(CallSeen::PasscodeAsked { rejected });
    }

    fn in_the_call(&mut self) {
        let since = *self.inside_since.get_or_insert(self.now);
        if self.inside {
            return self.report_inside();
        }
        let media = self.health.flows();
        if media || self.view.anybody || self.due(since.plus(self.pack.limits.alone)) {
            self.inside = true;
            self.health.begin(self.now);
            self.tries = 0;
            self.report_inside();
        }
    }

    fn report_inside(&mut self) {
        self.say_stage(CallSeen::Inside);
        if let Some(others) = self.view.others
            && self.said.people.replace(others) != Some(others)
        {
            self.say(CallSeen::People(others));
        }
    }

    /// Leaves through the page's own way out where there is one, and never takes longer than the pack's patience.
    fn go_out(&mut self) {
        use PageState as P;
        let own_way = match self.state() {
            Some(
                P::Inside
                | P::WaitingHost
                | P::WaitingLobby
                | P::Entering
                | P::Consent
                | P::Breakout
                | P::StillThere
                | P::Dialog,
            ) => !self.pack.leave.is_empty(),
            _ => false,
        };
        let until = match self.leave_until {
            Some(until) => until,
            None => {
                self.run = Run::Fresh;
                self.now.plus(self.pack.limits.leave)
            }
        };
        self.leave_until = Some(until);
        if !own_way || self.due(until) {
            return self.leave_now();
        }
        match self.run {
            Run::Fresh => self.start(List::Leave),
            Run::Doing { .. } | Run::Settling { .. } => {}
            Run::Ready | Run::NeedsCode | Run::GivenUp => {}
        }
    }

    // Lists of steps.

    fn steps(&self, list: List) -> &[String] {
        let rule = self.top.map(|rule| &self.pack.rules[rule]);
        match (list, rule) {
            (List::Leave, _) => &self.pack.leave,
            (List::Prepare, Some(rule)) => &rule.prepare,
            (List::Enter, Some(rule)) => &rule.enter,
            (List::Agree, Some(rule)) => &rule.agree,
            (_, None) => &[],
        }
    }

    fn start(&mut self, list: List) {
        self.go_on(list, 0);
    }

    fn go_on(&mut self, list: List, index: usize) {
        let Some(step) = self.steps(list).get(index).cloned() else {
            return self.list_done(list);
        };
        let needs_code = self.needs_code(&step);
        let optional = self.pack.steps.get(&step).is_some_and(|step| step.optional);
        // A field that need not be there is looked for first: a code is asked for only where there is a place for it.
        if needs_code && self.code.is_none() && !optional {
            self.run = Run::NeedsCode;
            return self.look_again();
        }
        if self.mail.is_none() && self.text_of(&step) == Some(Text::Mail) {
            self.run = Run::GivenUp;
            return self.say_stage(CallSeen::PersonNeeded(PersonNeeded::Registration));
        }
        let text = self.text_for(&step);
        let ticket = self.ticket();
        let patience = self
            .pack
            .steps
            .get(&step)
            .map_or(Duration::ZERO, |step| step.within);
        self.run = Run::Doing {
            list,
            index,
            ticket,
            until: self.now.plus(patience + STEP_SLACK),
        };
        let rule = self.top;
        let insist = self.tries % 2 == 1;
        self.out.push(Output::Step(StepOrder {
            ticket,
            step,
            rule,
            text,
            insist,
        }));
        self.watch_run();
    }

    fn text_for(&self, step: &str) -> Option<Private> {
        match self.text_of(step)? {
            Text::DisplayName => Some(Private::new(self.display_name.clone())),
            Text::Passcode => self.code.clone(),
            Text::Mail => self.mail.clone(),
        }
    }

    fn list_done(&mut self, list: List) {
        match (list, self.state()) {
            // Otherwise the page takes a moment to show that the devices are off; pressing again would open them.
            (List::Prepare, Some(PageState::Prejoin)) if self.dark() => {
                self.run = Run::Ready;
                self.look_again();
            }
            (List::Agree, _) => {
                self.say_agreed();
                self.settle_for(list);
            }
            _ => self.settle_for(list),
        }
    }

    /// The field for the passcode is there, and it was filled in if there was one to fill in.
    fn code_given(&mut self, list: List, index: usize) {
        if self.code.take().is_some() {
            self.code_tried = true;
            return self.go_on(list, index + 1);
        }
        self.run = Run::NeedsCode;
        self.look_again();
    }

    /// The screen itself did not change; what is done next depends on how far the run is now.
    fn look_again(&mut self) {
        match self.state() {
            Some(PageState::Prejoin) if !self.inside => self.before_entering(),
            Some(PageState::Dialog) => self.clear_away(),
            Some(state @ (PageState::Passcode | PageState::PasscodeRejected)) => {
                self.give_passcode(state)
            }
            _ => {}
        }
    }

    fn settle_for(&mut self, list: List) {
        let until = self.now.plus(self.pack.limits.effect);
        self.run = Run::Settling { list, until };
        self.due(until);
    }

    fn watch_run(&mut self) {
        match self.run {
            Run::Doing { list, until, .. } | Run::Settling { list, until } => {
                if self.due(until) {
                    self.try_again(list);
                }
            }
            Run::Fresh | Run::Ready | Run::NeedsCode | Run::GivenUp => {}
        }
    }

    fn try_again(&mut self, list: List) {
        self.tries = self.tries.saturating_add(1);
        if self.tries >= self.pack.limits.tries && list == List::Agree {
            self.tries = 0;
            self.run = Run::GivenUp;
            return self.ask_for_consent();
        }
        if self.tries >= self.pack.limits.tries && self.inside {
            self.tries = 0;
            self.run = Run::GivenUp;
            return;
        }
        if self.tries >= self.pack.limits.tries {
            return self.fail(CallFailure::ActionFailed, Evidence::Keep);
        }
        self.start(list);
    }

    pub(super) fn did(&mut self, ticket: Ticket, did: Did) {
        if self.devices.answered(ticket) {
            return;
        }
        let Run::Doing {
            list,
            index,
            ticket: asked,
            ..
        } = self.run
        else {
            return;
        };
        if asked != ticket {
            return;
        }
        let Some(step) = self.steps(list).get(index).cloned() else {
            return;
        };
        let optional = self.pack.steps.get(&step).is_some_and(|step| step.optional);
        match did {
            Did::Done if self.needs_code(&step) => self.code_given(list, index),
            Did::Done | Did::Filled => self.go_on(list, index + 1),
            Did::Absent if optional => self.go_on(list, index + 1),
            Did::Absent | Did::Refused if list == List::Leave => self.leave_now(),
            Did::Absent | Did::Refused => self.try_again(list),
        }
    }
}
