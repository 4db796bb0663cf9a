//! Which of a display's links is used: the first in the room's order that has proven itself, else the first that at least
//! carries words. What one link does not bring about is tried over the next. Pure; must not know lines or protocols.
//!
//! Invariant: a link that accepts a command and does not bring it about is not asked again for a while when there is another.

use crate::engine::{Goal, Kind, Report, Why};
use crate::link::LinkEvent;
use crate::words::{Answer, InputCode, Power, Refusal, Request, Turn};
use core::time::Duration;
use room_core::effect::DisplayCommand;
use room_core::event::{DisplayInput, DisplayPower, DisplaySeen};
use room_core::failure::DisplayFailure;
use room_core::units::Mono;

/// How long a link that did not bring something about comes last.
const DISTRUST: Duration = Duration::from_secs(600);

/// What to do for the display.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    /// Tell a link what is wanted of it.
    Want(usize, Goal),
    /// Tell a link that it is not wanted any more.
    Forget(usize, Kind),
    /// Tell the room.
    Say(DisplaySeen),
    /// Another link is used from now on.
    Uses(usize),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    Unknown,
    Proven,
    /// It carries words, and the display says nothing about itself.
    Blind,
    Failed(DisplayFailure),
}

#[derive(Debug, Clone)]
struct Link {
    /// The code of the room's own input here, where inputs can be chosen.
    input: Option<InputCode>,
    standing: Standing,
    power: Option<Power>,
    shows: Option<InputCode>,
    distrusted_until: Mono,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wish {
    Power(Turn),
    RoomInput,
}

#[derive(Debug, Clone)]
struct Pending {
    wish: Wish,
    /// The link that works on it.
    asked: Option<usize>,
    /// Links that gave it up, and why the last did.
    tried: Vec<usize>,
    why: DisplayFailure,
}

/// See the file's head.
#[derive(Debug)]
pub(crate) struct Chain {
    links: Vec<Link>,
    used: Option<usize>,
    pending: Vec<Pending>,
    /// What the room believes.
    here: bool,
    gone: Option<DisplayFailure>,
    said: (Option<DisplayPower>, Option<DisplayInput>),
}

impl Chain {
    /// Links in the room's order, each with the code of the room's own input.
    pub(crate) fn new(inputs: Vec<Option<InputCode>>) -> Chain {
        let links = inputs.into_iter().map(|input| Link {
            input,
            standing: Standing::Unknown,
            power: None,
            shows: None,
            distrusted_until: Mono(0),
        });
        Chain {
            links: links.collect(),
            used: None,
            pending: Vec::new(),
            here: false,
            gone: None,
            said: (None, None),
        }
    }

    /// The room wants this; what it wanted before is forgotten.
    pub(crate) fn command(&mut self, now: Mono, command: DisplayCommand) -> Vec<Step> {
        let wishes: &[Wish] = match command {
            DisplayCommand::Show => &[Wish::Power(Turn::On), Wish::RoomInput],
            DisplayCommand::Standby => &[Wish::Power(Turn::Standby)],
        };
        self.pending = wishes
            .iter()
            .map(|wish| Pending {
                wish: *wish,
                asked: None,
                tried: Vec::new(),
                why: DisplayFailure::NoAnswer,
            })
            .collect();
        let mut steps = Vec::new();
        for link in 0..self.links.len() {
            steps.push(Step::Forget(link, Kind::Power));
            steps.push(Step::Forget(link, Kind::Input));
        }
        self.assign(now, &mut steps);
        steps
    }

    /// A link has something to say.
    pub(crate) fn heard(&mut self, now: Mono, index: usize, event: LinkEvent) -> Vec<Step> {
        let mut steps = Vec::new();
        let Some(link) = self.links.get_mut(index) else {
            return steps;
        };
        match event {
            LinkEvent::Fault(failure) => link.fail(failure),
            LinkEvent::Report(report) => self.report(now, index, report),
            LinkEvent::Sent(..) | LinkEvent::Received(..) => return steps,
        }
        self.choose(now, &mut steps);
        self.assign(now, &mut steps);
        self.tell(&mut steps);
        steps
    }

    fn report(&mut self, now: Mono, index: usize, report: Report) {
        let link = &mut self.links[index];
        match report {
            Report::Proven => link.standing = Standing::Proven,
            Report::Unproven => link.standing = Standing::Blind,
            Report::Silent => link.fail(DisplayFailure::NoAnswer),
            Report::Garbled => link.fail(DisplayFailure::Garbled),
            Report::Locked => link.fail(DisplayFailure::WrongPassword),
            Report::Seen(Answer::Power(power)) => link.power = Some(power),
            Report::Seen(Answer::Input(code)) => link.shows = Some(code),
            Report::Seen(_) | Report::Unknowable(_) => {}
            Report::Reached(goal) => {
                // It does as it is told after all.
                link.distrusted_until = now;
                self.pending.retain(|pending| !pending.wish.is(&goal));
            }
            Report::Told(goal) => self.pending.retain(|pending| !pending.wish.is(&goal)),
            Report::GivenUp(goal, why) => {
                if why == Why::Disobeys {
                    link.distrusted_until = now.plus(DISTRUST);
                }
                for pending in &mut self.pending {
                    if pending.wish.is(&goal) && pending.asked == Some(index) {
                        pending.asked = None;
                        pending.why = failure(why);
                        pending.tried.push(index);
                    }
                }
            }
        }
    }

    /// Links that can be used, best first.
    fn usable(&self, now: Mono) -> Vec<usize> {
        let rank = |link: &Link| match (link.standing, now >= link.distrusted_until) {
            (Standing::Proven, true) => Some(0),
            (Standing::Blind, true) => Some(1),
            (Standing::Proven, false) => Some(2),
            (Standing::Blind, false) => Some(3),
            (Standing::Unknown | Standing::Failed(_), _) => None,
        };
        let ranked = self.links.iter().enumerate();
        let mut ranked: Vec<(u8, usize)> = ranked
            .filter_map(|(index, link)| Some((rank(link)?, index)))
            .collect();
        ranked.sort_unstable();
        ranked.into_iter().map(|(_, index)| index).collect()
    }

    fn choose(&mut self, now: Mono, steps: &mut Vec<Step>) {
        let best = self.usable(now).first().copied();
        if best == self.used {
            return;
        }
        self.used = best;
        if let Some(best) = best {
            steps.push(Step::Uses(best));
        }
    }

    /// Gives each wish to the best link that has not given it up.
    fn assign(&mut self, now: Mono, steps: &mut Vec<Step>) {
        let usable = self.usable(now);
        if usable.is_empty() {
            // The room says again what it wants when the display is back.
            for pending in &mut self.pending {
                pending.asked = None;
            }
            return;
        }
        let links = &self.links;
        self.pending.retain_mut(|pending| {
            let mut able = usable
                .iter()
                .filter(|index| pending.wish.goal(&links[**index]).is_some())
                .peekable();
            // Nothing to choose an input with: what is seen is left as it is.
            if able.peek().is_none() {
                return false;
            }
            let next = able.find(|index| !pending.tried.contains(index)).copied();
            let Some(next) = next else {
                steps.push(Step::Say(DisplaySeen::Refused(pending.why)));
                return false;
            };
            if pending.asked == Some(next) {
                return true;
            }
            if let Some(before) = pending.asked.replace(next) {
                steps.push(Step::Forget(before, pending.wish.kind()));
            }
            if let Some(goal) = pending.wish.goal(&links[next]) {
                steps.push(Step::Want(next, goal));
            }
            true
        });
    }

    /// Tells the room what it does not know yet.
    fn tell(&mut self, steps: &mut Vec<Step>) {
        let Some(used) = self.used else {
            let failures = self.links.iter().filter_map(|link| match link.standing {
                Standing::Failed(failure) => Some(failure),
                _ => None,
            });
            let failures: Vec<DisplayFailure> = failures.collect();
            // Before anything was heard of the display there is hope while a link has not been heard of.
            let all = failures.len() == self.links.len();
            let why = failures.first().copied().filter(|_| all || self.here);
            if let Some(why) = why.filter(|why| self.gone != Some(*why)) {
                self.gone = Some(why);
                self.here = false;
                self.said = (None, None);
                self.pending.clear();
                steps.push(Step::Say(DisplaySeen::Gone(why)));
            }
            return;
        };
        self.gone = None;
        let link = &self.links[used];
        let power = link.power.map(power);
        let input = link.input();
        if !core::mem::replace(&mut self.here, true) {
            steps.push(Step::Say(DisplaySeen::Here));
        }
        if let Some(power) = power.filter(|_| power != self.said.0) {
            steps.push(Step::Say(DisplaySeen::Power(power)));
        }
        if let Some(input) = input.filter(|_| input != self.said.1) {
            steps.push(Step::Say(DisplaySeen::Input(input)));
        }
        self.said = (power.or(self.said.0), input.or(self.said.1));
    }
}

impl Link {
    fn fail(&mut self, failure: DisplayFailure) {
        self.standing = Standing::Failed(failure);
        self.power = None;
        self.shows = None;
    }

    /// Where the picture comes from, as far as this link knows.
    fn input(&self) -> Option<DisplayInput> {
        let (own, shown) = (self.input.as_ref()?, self.shows.as_ref()?);
        Some(match own == shown {
            true => DisplayInput::Room,
            false => DisplayInput::Other,
        })
    }
}

impl Wish {
    fn goal(self, link: &Link) -> Option<Goal> {
        match self {
            Wish::Power(turn) => Some(Goal::power(turn)),
            Wish::RoomInput => Goal::new(Request::Input(link.input.clone()?)),
        }
    }

    fn kind(self) -> Kind {
        match self {
            Wish::Power(_) => Kind::Power,
            Wish::RoomInput => Kind::Input,
        }
    }

    fn is(self, goal: &Goal) -> bool {
        match (self, goal.request()) {
            (Wish::Power(turn), Request::Power(told)) => turn == *told,
            (Wish::RoomInput, Request::Input(_)) => true,
            _ => false,
        }
    }
}

fn power(power: Power) -> DisplayPower {
    match power {
        Power::On => DisplayPower::On,
        Power::Standby => DisplayPower::Standby,
        Power::Warming => DisplayPower::Warming,
        Power::Cooling => DisplayPower::Cooling,
    }
}

fn failure(why: Why) -> DisplayFailure {
    match why {
        Why::Disobeys | Why::Refused(Refusal::Failed | Refusal::NotNow) => DisplayFailure::Disobeys,
        Why::Refused(Refusal::NotSupported) => DisplayFailure::NotSupported,
        Why::Refused(Refusal::WrongPassword) => DisplayFailure::WrongPassword,
        Why::Silent => DisplayFailure::NoAnswer,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Mono = Mono(1000);

    fn code(text: &str) -> Option<InputCode> {
        Some(InputCode::new(text))
    }

    fn chain() -> Chain {
        Chain::new(vec![code("21"), code("room")])
    }

    fn said(steps: &[Step]) -> Vec<DisplaySeen> {
        let said = steps.iter().filter_map(|step| match step {
            Step::Say(seen) => Some(*seen),
            _ => None,
        });
        said.collect()
    }

    fn wants(steps: &[Step]) -> Vec<usize> {
        let wants = steps.iter().filter_map(|step| match step {
            Step::Want(link, _) => Some(*link),
            _ => None,
        });
        wants.collect()
    }

    fn report(chain: &mut Chain, link: usize, report: Report) -> Vec<Step> {
        chain.heard(NOW, link, LinkEvent::Report(report))
    }

    #[test]
    fn the_first_link_that_proves_itself_is_used() {
        let mut chain = chain();
        let steps = report(&mut chain, 1, Report::Proven);
        assert_eq!(steps[0], Step::Uses(1));
        assert_eq!(said(&steps), [DisplaySeen::Here]);
        let steps = report(&mut chain, 1, Report::Seen(Answer::Power(Power::Standby)));
        assert_eq!(said(&steps), [DisplaySeen::Power(DisplayPower::Standby)]);
        // The better one later.
        let steps = report(&mut chain, 0, Report::Proven);
        assert_eq!(steps, [Step::Uses(0)]);
    }

    #[test]
    fn when_the_link_dies_the_next_goes_on_with_what_was_wanted() {
        let mut chain = chain();
        report(&mut chain, 0, Report::Proven);
        report(&mut chain, 1, Report::Proven);
        assert_eq!(wants(&chain.command(NOW, DisplayCommand::Show)), [0, 0]);
        let steps = chain.heard(NOW, 0, LinkEvent::Fault(DisplayFailure::LineAbsent));
        assert_eq!(wants(&steps), [1, 1]);
        assert_eq!(said(&steps), []);
        let steps = chain.heard(NOW, 1, LinkEvent::Fault(DisplayFailure::LineDenied));
        assert_eq!(
            said(&steps),
            [DisplaySeen::Gone(DisplayFailure::LineAbsent)]
        );
        let steps = report(&mut chain, 1, Report::Proven);
        assert_eq!(said(&steps), [DisplaySeen::Here]);
    }

    #[test]
    fn a_link_that_says_yes_and_does_nothing_is_passed_over_and_named_when_it_is_the_last() {
        let mut chain = chain();
        report(&mut chain, 0, Report::Proven);
        report(&mut chain, 1, Report::Proven);
        chain.command(NOW, DisplayCommand::Standby);
        let goal = Goal::power(Turn::Standby);
        let steps = report(&mut chain, 0, Report::GivenUp(goal.clone(), Why::Disobeys));
        assert_eq!((steps[0].clone(), wants(&steps)), (Step::Uses(1), vec![1]));
        let steps = report(&mut chain, 1, Report::GivenUp(goal, Why::Disobeys));
        assert_eq!(
            said(&steps),
            [DisplaySeen::Refused(DisplayFailure::Disobeys)]
        );
        assert!(wants(&chain.command(NOW, DisplayCommand::Show)).starts_with(&[0]));
    }

    #[test]
    fn hope_lasts_until_every_link_has_failed() {
        let mut chain = chain();
        let fault = || LinkEvent::Fault(DisplayFailure::LineAbsent);
        assert_eq!(said(&chain.heard(NOW, 0, fault())), []);
        let gone = DisplaySeen::Gone(DisplayFailure::LineAbsent);
        assert_eq!(said(&report(&mut chain, 1, Report::Silent)), [gone]);
        assert_eq!(said(&report(&mut chain, 1, Report::Silent)), []);
    }

    #[test]
    fn a_standby_takes_back_the_input_that_was_wanted() {
        let mut chain = chain();
        report(&mut chain, 0, Report::Proven);
        chain.command(NOW, DisplayCommand::Show);
        let steps = chain.command(NOW, DisplayCommand::Standby);
        assert!(steps.contains(&Step::Forget(0, Kind::Input)));
        assert_eq!(wants(&steps), [0]);
    }

    #[test]
    fn an_input_is_the_rooms_or_somebody_elses() {
        let mut chain = chain();
        report(&mut chain, 0, Report::Proven);
        let mut shows = |text: &str| {
            let seen = Answer::Input(InputCode::new(text));
            said(&report(&mut chain, 0, Report::Seen(seen)))
        };
        assert_eq!(shows("21"), [DisplaySeen::Input(DisplayInput::Room)]);
        assert_eq!(shows("23"), [DisplaySeen::Input(DisplayInput::Other)]);
        assert_eq!(shows("25"), []);
    }

    /// xorshift64*: the same on every machine.
    fn roll(state: &mut u64, limit: u64) -> u64 {
        *state ^= *state >> 12;
        *state ^= *state << 25;
        *state ^= *state >> 27;
        (state.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % limit
    }

    /// Whatever links say: the room hears a story that makes sense, and no link that is down is told anything.
    #[test]
    fn whatever_links_say_the_room_hears_a_story_that_makes_sense() {
        for seed in 1..=300_u64 {
            let mut dice = seed * 7919;
            let mut chain = Chain::new(vec![code("21"), code("room"), None]);
            let (mut here, mut up) = (false, [false; 3]);
            let mut now = Mono(0);
            for _ in 0..300 {
                now = now.plus(Duration::from_secs(roll(&mut dice, 200)));
                let link = roll(&mut dice, 3) as usize;
                let turn = [Turn::On, Turn::Standby][roll(&mut dice, 2) as usize];
                let report = |report| LinkEvent::Report(report);
                let event = match roll(&mut dice, 8) {
                    0 => LinkEvent::Fault(DisplayFailure::LineAbsent),
                    1 => report(Report::Silent),
                    2 | 3 => report(Report::Proven),
                    4 => report(Report::Reached(Goal::power(turn))),
                    5 => report(Report::GivenUp(Goal::power(turn), Why::Disobeys)),
                    6 if up[link] => report(Report::Seen(Answer::Power(Power::On))),
                    _ => {
                        let command = [DisplayCommand::Show, DisplayCommand::Standby];
                        let command = command[roll(&mut dice, 2) as usize];
                        let steps = chain.command(now, command);
                        let told = wants(&steps);
                        assert!(told.iter().all(|link| up[*link]), "seed {seed}: {steps:?}");
                        continue;
                    }
                };
                match &event {
                    LinkEvent::Report(Report::Proven) => up[link] = true,
                    LinkEvent::Report(Report::Silent) | LinkEvent::Fault(_) => up[link] = false,
                    _ => {}
                }
                let steps = chain.heard(now, link, event);
                assert!(
                    wants(&steps).iter().all(|link| up[*link]),
                    "seed {seed}: {steps:?}"
                );
                for seen in said(&steps) {
                    match seen {
                        DisplaySeen::Here => {
                            assert!(!here, "seed {seed}: here twice");
                            here = true;
                        }
                        // At the start, or with another reason than before, it is gone without having been here.
                        DisplaySeen::Gone(_) => here = false,
                        DisplaySeen::Power(_) | DisplaySeen::Input(_) => {
                            assert!(here, "seed {seed}: {seen:?} of a display that is gone");
                        }
                        DisplaySeen::Refused(_) => {}
                    }
                }
                assert_eq!(here, up.contains(&true), "seed {seed}");
            }
        }
    }
}
