//! One quantity of a display: what is wanted, what was seen, when to look and when to tell again.
//! Must not know the other quantities, the codec or the line.

use crate::model::Times;
use crate::words::{Answer, Power, Refusal, Request, Turn};
use core::time::Duration;
use room_core::units::Mono;

/// How often a display is told the same before it counts as one that does not obey.
const TRIES: u8 = 3;
/// So many questions for it in a row without an answer, from a display that answers others: it has none.
const MISSES: u8 = 3;

/// What a display has of each: power, input, loudness, silence, and the state of its parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// On or standby.
    Power,
    /// Which input.
    Input,
    /// How loud.
    Volume,
    /// Whether silenced.
    Muted,
    /// What is wrong with it.
    Troubles,
}

impl Kind {
    pub(super) const ALL: [Kind; 5] = [
        Kind::Power,
        Kind::Input,
        Kind::Volume,
        Kind::Muted,
        Kind::Troubles,
    ];

    /// What asks for it.
    pub(super) fn question(self) -> Request {
        match self {
            Kind::Power => Request::AskPower,
            Kind::Input => Request::AskInput,
            Kind::Volume => Request::AskVolume,
            Kind::Muted => Request::AskMuted,
            Kind::Troubles => Request::AskTroubles,
        }
    }

    pub(super) fn of_request(request: &Request) -> Kind {
        match request {
            Request::AskPower | Request::Power(_) => Kind::Power,
            Request::AskInput | Request::Input(_) => Kind::Input,
            Request::AskVolume | Request::Volume(_) => Kind::Volume,
            Request::AskMuted | Request::Muted(_) => Kind::Muted,
            Request::AskTroubles => Kind::Troubles,
        }
    }

    pub(super) fn of_answer(answer: &Answer) -> Option<Kind> {
        match answer {
            Answer::Power(_) => Some(Kind::Power),
            Answer::Input(_) => Some(Kind::Input),
            Answer::Volume(_) => Some(Kind::Volume),
            Answer::Muted(_) => Some(Kind::Muted),
            Answer::Troubles(_) => Some(Kind::Troubles),
            Answer::Done | Answer::Refused(_) => None,
        }
    }
}

/// Something a display shall be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Goal(Request);

impl Goal {
    /// `None` for a question.
    pub fn new(request: Request) -> Option<Goal> {
        (!request.is_question()).then_some(Goal(request))
    }

    /// On, or asleep.
    pub fn power(turn: Turn) -> Goal {
        Goal(Request::Power(turn))
    }

    /// What tells it.
    pub fn request(&self) -> &Request {
        &self.0
    }

    /// What it is about.
    pub fn kind(&self) -> Kind {
        Kind::of_request(&self.0)
    }

    /// Whether this is what was wanted.
    pub(super) fn is_met_by(&self, answer: &Answer) -> bool {
        match (&self.0, answer) {
            (Request::Power(turn), Answer::Power(power)) => power.is(*turn),
            (Request::Input(code), Answer::Input(seen)) => code == seen,
            // A display with fewer steps than a hundred rounds.
            (Request::Volume(wanted), Answer::Volume(seen)) => {
                wanted.get().abs_diff(seen.get()) <= 1
            }
            (Request::Muted(wanted), Answer::Muted(seen)) => wanted == seen,
            _ => false,
        }
    }

    /// How long it may take until it is seen.
    fn window(&self, times: &Times) -> Duration {
        match &self.0 {
            Request::Power(Turn::On) => times.warm_up,
            Request::Power(Turn::Standby) => times.cool_down,
            _ => times.settle * 4,
        }
    }
}

/// Why something wanted was given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// It accepts and does not do it.
    Disobeys,
    /// It does not accept.
    Refused(Refusal),
    /// It says nothing any more.
    Silent,
}

/// What became of something wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It is seen.
    Reached(Goal),
    /// It was told, and cannot be seen.
    Told(Goal),
    /// It was given up.
    GivenUp(Goal, Why),
}

#[derive(Debug, Clone)]
struct Want {
    goal: Goal,
    since: Mono,
    tries: u8,
    /// Until when what was told last may still come true; `None` before it was told.
    until: Option<Mono>,
    /// Not to be told before.
    hold: Mono,
    /// Refused as "not now" from this moment on.
    refused_since: Option<Mono>,
}

/// See the file's head.
#[derive(Debug, Clone)]
pub(super) struct Quantity {
    kind: Kind,
    /// Whether the display answers the question at all.
    askable: bool,
    /// Whether it is looked at when nobody wants anything.
    watched: bool,
    look: Mono,
    missed: u8,
    seen: Option<Answer>,
    seen_at: Mono,
    want: Option<Want>,
}

impl Quantity {
    pub(super) fn new(kind: Kind) -> Quantity {
        Quantity {
            kind,
            askable: true,
            watched: matches!(kind, Kind::Power | Kind::Input),
            look: Mono(0),
            missed: 0,
            seen: None,
            seen_at: Mono(0),
            want: None,
        }
    }

    pub(super) fn seen(&self) -> Option<&Answer> {
        self.seen.as_ref()
    }

    pub(super) fn is_wanted(&self) -> bool {
        self.want.is_some()
    }

    pub(super) fn want(&mut self, now: Mono, goal: Goal) {
        self.want = Some(Want {
            goal,
            since: now,
            tries: 0,
            until: None,
            hold: now,
            refused_since: None,
        });
        self.look = now;
    }

    pub(super) fn drop_want(&mut self) {
        self.want = None;
    }

    /// Looks at the next occasion, also where nobody watches.
    pub(super) fn look(&mut self, now: Mono) {
        self.watched = true;
        self.look = now;
    }

    /// What to say now, or when there will be something to say.
    pub(super) fn due(&self, now: Mono) -> Due {
        let watched = self.askable && (self.watched || self.want.is_some());
        let look = watched.then_some(self.look);
        let tell = self.want.as_ref().and_then(|want| self.tell_at(want));
        match (look, tell, &self.want) {
            (_, Some(tell), Some(want)) if now >= tell => Due::Say(want.goal.0.clone()),
            (Some(look), _, _) if now >= look => Due::Say(self.kind.question()),
            (look, tell, _) => look
                .into_iter()
                .chain(tell)
                .min()
                .map_or(Due::Never, Due::At),
        }
    }

    /// When it is to be told; `None` while only a look can tell more, and while it changes by itself.
    fn tell_at(&self, want: &Want) -> Option<Mono> {
        let known = want.until.unwrap_or(want.since);
        let between = matches!(&self.seen, Some(Answer::Power(power)) if power.is_between());
        let differs = self.seen.is_some() && self.seen_at >= known && !between;
        (differs || !self.askable).then_some(want.hold.max(known))
    }

    /// The display said this about itself. Whether that is news, and what became of what was wanted.
    pub(super) fn saw(
        &mut self,
        now: Mono,
        times: &Times,
        answer: &Answer,
    ) -> (bool, Option<Outcome>) {
        let news = self.seen.as_ref() != Some(answer);
        self.seen = Some(answer.clone());
        self.seen_at = now;
        self.missed = 0;
        let between = matches!(answer, Answer::Power(power) if power.is_between());
        let busy = self.want.is_some() || between;
        self.look = now.plus(if busy { times.settle } else { times.poll });
        let Some(want) = &mut self.want else {
            return (news, None);
        };
        if want.goal.is_met_by(answer) {
            self.look = now.plus(times.poll);
            return (news, self.end(Outcome::Reached));
        }
        let window_over = want.until.is_some_and(|until| now >= until);
        if between {
            // It is on its way, wherever to: not told again before it has arrived.
            want.until = want.until.map(|until| until.max(now.plus(times.settle)));
        } else if window_over && want.tries >= TRIES {
            return (news, self.end(|goal| Outcome::GivenUp(goal, Why::Disobeys)));
        }
        (news, None)
    }

    /// It was told, and accepted or said nothing.
    pub(super) fn told(&mut self, now: Mono, times: &Times) -> Option<Outcome> {
        let want = self.want.as_mut()?;
        want.tries += 1;
        want.until = Some(now.plus(want.goal.window(times)));
        want.refused_since = None;
        self.look = now.plus(times.settle);
        if self.askable {
            return None;
        }
        self.end(Outcome::Told)
    }

    /// It did not accept what it was told.
    pub(super) fn refused(
        &mut self,
        now: Mono,
        times: &Times,
        refusal: Refusal,
    ) -> Option<Outcome> {
        let want = self.want.as_mut()?;
        want.hold = now.plus(times.settle);
        self.look = now.plus(times.settle);
        let over = match refusal {
            Refusal::NotSupported | Refusal::WrongPassword => true,
            // Many have one word for "cannot" and for "not now".
            Refusal::NotNow | Refusal::Failed => {
                let since = *want.refused_since.get_or_insert(now);
                now.since(since) > times.warm_up + times.cool_down
            }
        };
        if over {
            return self.end(|goal| Outcome::GivenUp(goal, Why::Refused(refusal)));
        }
        None
    }

    /// It does not know the question, so nothing of this can ever be seen.
    pub(super) fn is_not_askable(&mut self) {
        self.askable = false;
    }

    /// The question got no answer; asks again later, soon where there is hurry.
    pub(super) fn was_not_answered(&mut self, now: Mono, times: &Times, hurry: bool) {
        self.missed = self.missed.saturating_add(1);
        let busy = hurry || self.want.is_some();
        self.look = now.plus(if busy { times.settle } else { times.poll });
    }

    /// Whether it has been asked for in vain often enough.
    pub(super) fn is_in_vain(&self) -> bool {
        self.missed >= MISSES
    }

    pub(super) fn give_up(&mut self, why: Why) -> Option<Outcome> {
        self.end(|goal| Outcome::GivenUp(goal, why))
    }

    /// Nothing that was seen counts any more.
    pub(super) fn forget(&mut self, now: Mono) {
        self.seen = None;
        self.look = now;
        self.missed = 0;
        self.askable = true;
    }

    fn end(&mut self, how: impl FnOnce(Goal) -> Outcome) -> Option<Outcome> {
        self.want.take().map(|want| how(want.goal))
    }

    /// Whether the display may be told to wake: silence is how its standby looks.
    pub(super) fn sleeps(&self) -> bool {
        self.seen == Some(Answer::Power(Power::Standby))
    }
}

/// What a quantity has to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Due {
    /// This, now.
    Say(Request),
    /// Nothing before then.
    At(Mono),
    /// Nothing.
    Never,
}
