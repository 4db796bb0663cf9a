//! The agent's decisions: when to connect, what to say, what to take. Total: no I/O, no clock, no await.
//! A hostile server is met here: whatever it says, the room refuses what it may not do, and says so.

use crate::pace::{Bucket, Pause};
use crate::said::{fitting, say};
use crate::terms::{Input, Now, Output, Terms};
use core::time::Duration;
use fleet_proto::{
    Answer, Command, Danger, Desired, FromFleet, FromRoom, Goodbye, GoodbyeWhy, Hello, Offers,
    Outcome, Refusal, Reported, Revision, RoomState, Sample, Sequence, Settled, Stamped, Unread,
    Verb, Welcome, read,
};
use minisign_verify::Signature;
use std::collections::VecDeque;

#[derive(Debug)]
enum Link {
    /// No connection; one is tried then.
    Down { again: Duration },
    /// One is being made.
    Trying,
    /// The hello was said.
    Greeting { until: Duration },
    /// Greeted.
    Up(Up),
}

#[derive(Debug)]
struct Up {
    since: Duration,
    sample_at: Duration,
    /// A change may be said from then on.
    state_from: Duration,
    state_due: bool,
    ping_at: Duration,
    heard: Duration,
    bucket: Bucket,
}

/// One room's side of the connection to its fleet.
#[derive(Debug)]
pub struct Agent {
    terms: Terms,
    link: Link,
    pause: Pause,
    sequence: Sequence,
    state: Option<Box<RoomState>>,
    /// Figures that were measured without a connection, and when, oldest first. They get their number when they are said.
    kept: VecDeque<(i64, Sample)>,
    /// When the next of what was kept may be said.
    walk_at: Duration,
    sample_at: Option<Duration>,
    pace: Duration,
    /// Being applied.
    applying: Option<Revision>,
    /// To be applied after that.
    waiting: Option<Desired>,
    /// Settled without a connection, and not said yet.
    unsaid: Option<Reported>,
    /// Ended without a connection, and not said yet.
    unanswered: VecDeque<Answer>,
    /// Something is offered on this connection.
    offered: bool,
    /// The server's last word, until it greets the room again.
    sent_away: Option<GoodbyeWhy>,
}

impl Agent {
    /// A welcome takes no longer.
    pub const GREETING: Duration = Duration::from_secs(15);
    /// Changes are said twice a second at most.
    pub const BETWEEN_STATES: Duration = Duration::from_millis(500);
    /// Silence longer than this is asked about.
    pub const QUIET: Duration = Duration::from_secs(25);
    /// A connection on which nothing was heard for this long is none.
    pub const DEAD: Duration = Duration::from_secs(60);
    /// Figures of four hours at one a minute are kept without a connection.
    pub const KEPT: usize = 240;
    /// What was kept is said one by one, with such pauses: after hours without it a server hears hundreds of each room.
    pub const WALK: Duration = Duration::from_millis(200);
    const UNANSWERED: usize = 64;

    /// Begins without a connection; what a restart cut off is answered with the first one.
    pub fn new(mut terms: Terms) -> Self {
        let unanswered = terms.remembered.after_a_restart().into();
        Self {
            pause: Pause::new(terms.seed),
            terms,
            link: Link::Down {
                again: Duration::ZERO,
            },
            sequence: Sequence::default(),
            state: None,
            kept: VecDeque::new(),
            walk_at: Duration::ZERO,
            sample_at: None,
            pace: Duration::from_secs(60),
            applying: None,
            waiting: None,
            unsaid: None,
            unanswered,
            offered: false,
            sent_away: None,
        }
    }

    /// Whether the server has greeted this room.
    pub fn is_up(&self) -> bool {
        matches!(self.link, Link::Up(_))
    }

    /// Why the server has sent the room away, when it has not greeted it since.
    pub fn sent_away(&self) -> Option<GoodbyeWhy> {
        self.sent_away
    }

    /// When [`Input::Tick`] is wanted, by the forward clock.
    pub fn deadline(&self) -> Option<Duration> {
        let link = match &self.link {
            Link::Down { again } => Some(*again),
            Link::Trying => None,
            Link::Greeting { until } => Some(*until),
            Link::Up(up) => {
                let state = (up.state_due && self.state.is_some()).then_some(up.state_from);
                let kept = self.has_kept().then_some(self.walk_at);
                let times = [Some(up.sample_at), state, Some(up.ping_at), kept];
                let dead = up.heard + Self::DEAD;
                times.into_iter().flatten().chain([dead]).min()
            }
        };
        let offline = (!self.is_up()).then_some(self.sample_at).flatten();
        [link, offline].into_iter().flatten().min()
    }

    /// Everything that follows from what happened.
    pub fn step(&mut self, now: Now, input: Input) -> Vec<Output> {
        let mut out = Vec::new();
        match input {
            Input::Connected => self.greet(now, &mut out),
            Input::Lost => self.lost(now),
            Input::Heard(text) => self.hear(now, &text, &mut out),
            Input::Alive => self.alive(now),
            Input::State(state) => self.state_changed(state),
            Input::Figures(sample) => self.figures(now, sample, &mut out),
            Input::Settled(revision, settled) => self.settled(revision, settled, &mut out),
            Input::Ended(id, outcome) => self.ended(&id, outcome, &mut out),
            // Without a connection nobody asks; whoever offers it again is told.
            Input::Release(now) if self.is_up() => say(&mut out, &FromRoom::Release(now)),
            Input::Release(_) => {}
            Input::Tick => {}
        }
        self.due(now, &mut out);
        if self.offered && !self.is_up() {
            self.offered = false;
            out.push(Output::Offered(Vec::new()));
        }
        out
    }

    fn greet(&mut self, now: Now, out: &mut Vec<Output>) {
        self.link = Link::Greeting {
            until: now.forward + Self::GREETING,
        };
        say(
            out,
            &FromRoom::Hello(Hello {
                software: self.terms.software.clone(),
                boot: self.terms.boot.clone(),
                applied: self.terms.applied,
                refused: self.terms.refused,
                now_ms: now.wall_ms,
                verbs: self.terms.verbs.clone(),
            }),
        );
    }

    fn lost(&mut self, now: Now) {
        if let Link::Down { .. } = self.link {
            return;
        }
        if matches!(&self.link, Link::Up(up) if now.forward.saturating_sub(up.since) >= Pause::PROVEN)
        {
            self.pause.forget();
        }
        self.link = Link::Down {
            again: now.forward + self.pause.next(),
        };
    }

    fn give_up(&mut self, now: Now, out: &mut Vec<Output>) {
        out.push(Output::Close);
        self.lost(now);
    }

    fn alive(&mut self, now: Now) {
        if let Link::Up(up) = &mut self.link {
            up.heard = now.forward;
        }
    }

    fn hear(&mut self, now: Now, text: &str, out: &mut Vec<Output>) {
        if let Link::Up(up) = &mut self.link {
            up.heard = now.forward;
            if !up.bucket.take(now.forward) {
                return self.give_up(now, out);
            }
        }
        match (read::<FromFleet>(text), &self.link) {
            (Ok(FromFleet::Goodbye(word)), Link::Greeting { .. } | Link::Up(_)) => {
                self.goodbye(now, word, out);
            }
            (Ok(FromFleet::Welcome(welcome)), Link::Greeting { .. }) => {
                self.welcome(now, welcome, out);
            }
            (Ok(message), Link::Up(_)) => self.told(now, message, out),
            (Err(Unread::Unknown(_)), Link::Up(_)) => {}
            (Ok(_) | Err(_), _) => self.give_up(now, out),
        }
    }

    fn welcome(&mut self, now: Now, welcome: Welcome, out: &mut Vec<Output>) {
        self.sent_away = None;
        self.pace = Duration::from_secs(u64::from(welcome.pace_s()));
        self.pause.of_crowd(welcome.spread());
        self.link = Link::Up(Up {
            since: now.forward,
            sample_at: self.sample_at.unwrap_or(now.forward),
            state_from: now.forward,
            state_due: true,
            ping_at: now.forward + Self::QUIET,
            heard: now.forward,
            bucket: Bucket::new(now.forward),
        });
        if let Some(reported) = self.unsaid.take() {
            say(out, &FromRoom::Reported(reported));
        }
        self.walk_at = now.forward;
    }

    /// The next of what could not be said before: answers first, then figures.
    fn walk(&mut self, now: Now, out: &mut Vec<Output>) {
        if now.forward < self.walk_at {
            return;
        }
        if let Some(answer) = self.unanswered.pop_front() {
            say(out, &FromRoom::Answer(answer));
        } else if let Some((at_ms, sample)) = self.kept.pop_front() {
            let stamped = self.stamp(at_ms, sample);
            say(out, &FromRoom::Sample(stamped));
        } else {
            return;
        }
        self.walk_at = now.forward + Self::WALK;
    }

    fn has_kept(&self) -> bool {
        !(self.unanswered.is_empty() && self.kept.is_empty())
    }

    fn told(&mut self, now: Now, message: FromFleet, out: &mut Vec<Output>) {
        match message {
            FromFleet::Desired(desired) => self.desired(desired, out),
            FromFleet::Command(command) => self.command(now, command, out),
            FromFleet::Pull {} => {
                if let Link::Up(up) = &mut self.link {
                    up.state_due = true;
                }
            }
            FromFleet::Look {} => out.push(Output::Look),
            FromFleet::Offers(Offers { offers }) => {
                self.offered = !offers.is_empty();
                out.push(Output::Offered(offers));
            }
            // Handled before; a second welcome breaks the rules.
            FromFleet::Goodbye(_) | FromFleet::Welcome(_) => self.give_up(now, out),
        }
    }

    fn goodbye(&mut self, now: Now, word: Goodbye, out: &mut Vec<Output>) {
        out.push(Output::Close);
        self.sent_away = Some(word.why);
        self.pause.forget();
        let told = self.pause.as_told(word);
        // A server that is not to be trusted must not be able to send rooms away for long, nor to call them back at once.
        let least = match word.why {
            GoodbyeWhy::Revoked | GoodbyeWhy::Replaced | GoodbyeWhy::Broken => {
                Duration::from_secs(60)
            }
            GoodbyeWhy::Restart | GoodbyeWhy::Full | GoodbyeWhy::TooSlow => Duration::ZERO,
        };
        self.link = Link::Down {
            again: now.forward + told.max(least) + self.pause.next(),
        };
    }

    fn desired(&mut self, desired: Desired, out: &mut Vec<Output>) {
        if self.applying.is_some() {
            let newer = self
                .waiting
                .as_ref()
                .is_none_or(|w| w.revision < desired.revision);
            if newer {
                self.waiting = Some(desired);
            }
            return;
        }
        let known = self.terms.applied.max(self.terms.refused);
        if known.is_some_and(|known| desired.revision <= known) {
            return;
        }
        self.applying = Some(desired.revision);
        out.push(Output::Apply(desired));
    }

    fn settled(&mut self, revision: Revision, settled: Settled, out: &mut Vec<Output>) {
        if self.applying != Some(revision) {
            return;
        }
        self.applying = None;
        match &settled {
            Settled::Applied { .. } => self.terms.applied = Some(revision),
            Settled::Refused { .. } => self.terms.refused = Some(revision),
        }
        let reported = Reported { revision, settled };
        if self.is_up() {
            say(out, &FromRoom::Reported(reported));
        } else {
            self.unsaid = Some(reported);
        }
        if let Some(next) = self.waiting.take() {
            self.desired(next, out);
        }
    }

    fn command(&mut self, now: Now, command: Box<Command>, out: &mut Vec<Output>) {
        let id = command.id.clone();
        let begin = self
            .terms
            .remembered
            .consider(&command, now.wall_ms)
            .and_then(|()| self.may(&command));
        match begin {
            Err(outcome) => say(out, &FromRoom::Answer(Answer { id, outcome })),
            Ok(()) => {
                let answer = self.terms.remembered.begin(&command);
                out.push(Output::Remember(Box::new(self.terms.remembered.clone())));
                say(out, &FromRoom::Answer(answer));
                out.push(Output::Do(command));
            }
        }
    }

    fn may(&self, command: &Command) -> Result<(), Outcome> {
        let refused = |why| Err(Outcome::Refused { why });
        if command.verb == Verb::Unknown {
            return refused(Refusal::UnknownVerb);
        }
        match command.verb.danger() {
            Danger::Harmless | Danger::Noticed => Ok(()),
            Danger::NeedsGrant if self.is_granted(command) => Ok(()),
            Danger::NeedsGrant => refused(Refusal::NoGrant),
        }
    }

    fn is_granted(&self, command: &Command) -> bool {
        let (Some(key), Some(grant)) = (&self.terms.grants, &command.grant) else {
            return false;
        };
        let text = command.granted_text(&self.terms.room);
        Signature::decode(&grant.signature)
            .is_ok_and(|signature| key.verify(text.as_bytes(), &signature, false).is_ok())
    }

    fn ended(&mut self, id: &fleet_proto::CommandId, outcome: Outcome, out: &mut Vec<Output>) {
        let Some(answer) = self.terms.remembered.end(id, outcome) else {
            return;
        };
        out.push(Output::Remember(Box::new(self.terms.remembered.clone())));
        if self.is_up() {
            say(out, &FromRoom::Answer(answer));
        } else {
            if self.unanswered.len() >= Self::UNANSWERED {
                self.unanswered.pop_front();
            }
            self.unanswered.push_back(answer);
        }
    }

    fn state_changed(&mut self, mut state: Box<RoomState>) {
        state.faults.truncate(RoomState::FAULTS);
        state.devices.truncate(RoomState::DEVICES);
        if self.state.as_ref() == Some(&state) {
            return;
        }
        self.state = Some(state);
        if let Link::Up(up) = &mut self.link {
            up.state_due = true;
        }
    }

    fn figures(&mut self, now: Now, mut sample: Sample, out: &mut Vec<Output>) {
        while sample.figures.len() > Sample::MOST {
            sample.figures.pop_last();
        }
        sample.figures.retain(|_, figure| figure.is_finite());
        // Behind what is still to be said.
        if self.is_up() && self.kept.is_empty() {
            let stamped = self.stamp(now.wall_ms, sample);
            say(out, &FromRoom::Sample(stamped));
        } else {
            if self.kept.len() >= Self::KEPT {
                self.kept.pop_front();
            }
            self.kept.push_back((now.wall_ms, sample));
        }
    }

    fn stamp<T>(&mut self, at_ms: i64, of: T) -> Stamped<T> {
        self.sequence = self.sequence.next();
        Stamped {
            seq: self.sequence,
            at_ms,
            of,
        }
    }

    /// What time alone brings.
    fn due(&mut self, now: Now, out: &mut Vec<Output>) {
        match &self.link {
            Link::Down { again } if *again <= now.forward => {
                self.link = Link::Trying;
                out.push(Output::Connect);
            }
            Link::Greeting { until } if *until <= now.forward => self.give_up(now, out),
            Link::Up(up) if up.heard + Self::DEAD <= now.forward => self.give_up(now, out),
            Link::Up(_) => self.due_while_up(now, out),
            Link::Down { .. } | Link::Trying | Link::Greeting { .. } => {}
        }
        let at = match &mut self.link {
            Link::Up(up) => &mut up.sample_at,
            Link::Down { .. } | Link::Trying | Link::Greeting { .. } => {
                self.sample_at.get_or_insert(now.forward + self.pace)
            }
        };
        if *at <= now.forward {
            *at = now.forward + self.pace;
            out.push(Output::Measure);
        }
        if let Link::Up(up) = &self.link {
            self.sample_at = Some(up.sample_at);
        }
    }

    fn due_while_up(&mut self, now: Now, out: &mut Vec<Output>) {
        self.walk(now, out);
        let Link::Up(up) = &mut self.link else {
            return;
        };
        if up.ping_at <= now.forward {
            up.ping_at = now.forward + Self::QUIET;
            out.push(Output::Ping);
        }
        if !(up.state_due && up.state_from <= now.forward) {
            return;
        }
        let Some(state) = self.state.clone() else {
            return;
        };
        up.state_due = false;
        up.state_from = now.forward + Self::BETWEEN_STATES;
        let stamped = self.stamp(now.wall_ms, *state);
        say(out, &FromRoom::State(Box::new(fitting(stamped))));
    }
}
