//! What comes next in a commissioning, from what was found, answered and proven. Holds no clock and opens nothing; whoever runs
//! it keeps [`Interview::state`] after each step.
//!
//! Invariant: an answer that is taken makes a file that the daemon takes.

use crate::named::Named;
use crate::proof::{Finding, Proof, Proven};
use crate::roles::{self, Kind, Reason, Role, Said};
use crate::room_file::{self, Detail, Draft};
use crate::state::{Record, State};
use crate::steps::Step;
use crate::topic::{Form, Question, Topic};
use crate::words::{Language, Says, Values};
use crate::{Facts, facts::Unit};
use room_profile::{Profile, SourceFile, Sources};

/// What is to be done next.
#[derive(Debug, Clone, PartialEq)]
pub enum Next {
    /// Ask a person.
    Ask(Question),
    /// Try something.
    Prove(Proof),
    /// Write this as the room's file, and let the daemon take it up.
    Write(String),
    /// Nothing; the report can be written.
    Finished,
}

/// An answer that is not taken, with what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Refused(pub String);

/// No room could ever be described with these boards and models.
#[derive(Debug, thiserror::Error)]
#[error("the board's file is wrong: {}", .0.join("; "))]
pub struct Unusable(pub Vec<String>);

/// A commissioning.
#[derive(Debug)]
pub struct Interview {
    pub(crate) state: State,
    pub(crate) known: Sources,
    roles: Vec<(Role, Detail)>,
    refused: Vec<Role>,
}

impl Interview {
    /// Begins, or continues, with what is known of boards, models and services; the room's file in it does not count.
    ///
    /// # Errors
    /// When these files themselves are wrong.
    pub fn new(state: State, known: Sources) -> Result<Interview, Unusable> {
        let mut interview = Interview {
            state,
            known,
            roles: Vec::new(),
            refused: Vec::new(),
        };
        let bare = Draft {
            state: &State::new(interview.language(), interview.board_alone(), None),
            roles: &[],
        };
        if let Err(problems) = interview.judge(&bare.text()) {
            return Err(Unusable(problems));
        }
        interview.settle();
        interview.take_over();
        Ok(interview)
    }

    fn board_alone(&self) -> Facts {
        Facts {
            board: self.state.facts.board.clone(),
            ..Facts::default()
        }
    }

    /// Everything that is to be kept.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// The language of questions, file and report.
    pub fn language(&self) -> Language {
        self.state.language()
    }

    /// Asks, writes and reports in this language from now on. What was answered stays.
    pub fn speak(&mut self, language: Language) {
        self.state.language = language.tag().to_owned();
    }

    /// So many steps are done, of so many that are known by now; writing the file and the trial call are two of them.
    pub fn progress(&self) -> (usize, usize) {
        let steps = self.steps();
        let done = |step: &&Step| match step {
            Step::Ask(topic) => self.state.answer(topic).is_some(),
            Step::Prove(proof) => self.state.proven(proof).is_some(),
        };
        let called = self.state.proven(&Proof::Call).is_some();
        let rest = usize::from(self.state.written) + usize::from(called);
        (steps.iter().filter(done).count() + rest, steps.len() + 2)
    }

    /// Roles as they are now, without those that the person left out.
    pub fn roles(&self) -> impl Iterator<Item = &Role> {
        self.roles.iter().map(|(role, _)| role)
    }

    /// Roles of devices that a room's file cannot describe.
    pub fn refused(&self) -> &[Role] {
        &self.refused
    }

    /// The device of a role.
    pub fn unit(&self, role: &Role) -> Option<&Unit> {
        roles::unit(&self.state.facts, role)
    }

    /// The head's way to be reached, for its proof.
    pub fn head(&self, name: &str) -> Option<&crate::facts::HeadFound> {
        let role = self
            .roles()
            .find(|role| role.kind == Kind::Head && role.name == name)?;
        roles::head(&self.state.facts, role)
    }

    /// What the daemon would make of the file as it is now.
    pub fn profile(&self) -> Option<Profile> {
        self.judge(&self.file()).ok()
    }

    /// The room's file as it is now.
    pub fn file(&self) -> String {
        let draft = Draft {
            state: &self.state,
            roles: &self.roles,
        };
        draft.text()
    }

    /// What comes next.
    pub fn next(&self) -> Next {
        for step in self.steps() {
            match step {
                Step::Ask(topic) if self.state.answer(&topic).is_none() => {
                    return Next::Ask(self.question(&topic));
                }
                Step::Prove(proof) if self.state.proven(&proof).is_none() => {
                    return Next::Prove(proof);
                }
                Step::Ask(_) | Step::Prove(_) => {}
            }
        }
        // A call is held by the room that the file describes.
        match (self.state.written, self.state.proven(&Proof::Call)) {
            (false, _) => Next::Write(self.file()),
            (true, None) => Next::Prove(Proof::Call),
            (true, Some(_)) => Next::Finished,
        }
    }

    /// Takes an answer; an empty one takes what is proposed.
    ///
    /// # Errors
    /// When it is none, or makes a file that the daemon would refuse; nothing has changed then.
    pub fn answer(&mut self, topic: &Topic, said: &str) -> Result<(), Refused> {
        self.take(topic, said)?;
        self.state.given += 1;
        Ok(())
    }

    /// Takes the result of a proof; a newer one replaces an older one.
    pub fn proven(&mut self, mut proven: Proven) {
        let unheard = self.state.answer(&Topic::Loudspeaker) == Some(roles::NONE);
        if proven.proof == Proof::Sound && unheard {
            proven.findings.push(Finding::LoudspeakerNotHeard);
        }
        self.state.proofs.retain(|old| old.proof != proven.proof);
        self.state.proofs.push(proven);
    }

    /// Has a proof tried again.
    pub fn again(&mut self, proof: &Proof) {
        self.state.proofs.retain(|old| old.proof != *proof);
    }

    /// So many seconds more were spent on it.
    pub fn spent(&mut self, seconds: u64) {
        self.state.took += seconds;
    }

    /// The room's file is written.
    pub fn written(&mut self) {
        self.state.written = true;
    }

    /// A person names a device that nothing finds; whoever runs the interview looks for it, and says what is found then.
    pub fn name(&mut self, named: Named) {
        if !self.state.named.contains(&named) {
            self.state.named.push(named);
        }
    }

    /// Nobody answers there; it is not looked for again.
    pub fn unname(&mut self, named: &Named) {
        self.state.named.retain(|known| known != named);
    }

    /// What is found now; answers and proofs about what is no longer so are forgotten.
    pub fn found(&mut self, facts: Facts) {
        let before: Vec<(Role, Option<Unit>)> = self.seats();
        if facts.board != self.state.facts.board {
            self.forget_lines();
        }
        self.state.facts = facts;
        self.settle();
        let after = self.seats();
        if before == after {
            return;
        }
        let moved = |name: &str| {
            let seat = |all: &[(Role, Option<Unit>)]| {
                let named = all.iter().filter(|(role, _)| role.name == name);
                named.cloned().collect::<Vec<_>>()
            };
            seat(&before) != seat(&after)
        };
        self.state.answers.remove(&Topic::Roles.to_string());
        let pointed = [
            Topic::Front,
            Topic::Main,
            Topic::Loudspeaker,
            Topic::Microphone,
        ];
        for topic in pointed {
            let form = self.question(&topic).form;
            let gone = |said: &str| matches!(&form, Form::Choice(all) if all.iter().all(|c| c.word != said));
            if self.state.answer(&topic).is_some_and(gone) {
                self.state.answers.remove(&topic.to_string());
            }
        }
        self.state
            .proofs
            .retain(|proven| !proven.proof.about().is_some_and(moved));
        self.state
            .proofs
            .retain(|proven| !matches!(proven.proof, Proof::Sound | Proof::Call));
        self.state.written = false;
        self.settle();
        self.take_over();
    }

    /// Another board has other lines for lamps and buttons.
    fn forget_lines(&mut self) {
        let state = &mut self.state;
        state.answers.retain(|key, _| {
            !matches!(
                Topic::parse(key),
                Some(Topic::Fittings | Topic::LampSeen(_))
            )
        });
        state
            .proofs
            .retain(|proven| !matches!(proven.proof, Proof::Button(_) | Proof::Lamp(_)));
        state.written = false;
    }

    /// What is kept of it when it is finished.
    pub fn record(&self, at: i64) -> Record {
        let name = self.state.answer(&Topic::Name).unwrap_or_default();
        let mut record = Record::of(&self.state, name, at);
        record.roles = self.roles().cloned().collect();
        let title = |role: &Role| match self.unit(role) {
            Some(unit) => unit.title.clone(),
            None => role.device.clone(),
        };
        record.refused = self.refused.iter().map(title).collect();
        record.limits = self
            .profile()
            .map(|profile| crate::limits::of(&profile))
            .unwrap_or_default();
        record
    }

    fn seats(&self) -> Vec<(Role, Option<Unit>)> {
        let seat = |role: &Role| (role.clone(), self.unit(role).cloned());
        self.roles().map(seat).collect()
    }

    fn take(&mut self, topic: &Topic, said: &str) -> Result<(), Refused> {
        let question = self.question(topic);
        let said = match (said.trim(), &question.proposal) {
            ("", Some(proposal)) => proposal.clone(),
            (said, _) => said.to_owned(),
        };
        self.must_fit(&question, &said)?;
        let before = (self.state.clone(), self.roles.clone(), self.refused.clone());
        self.state.answers.insert(topic.to_string(), said.clone());
        // Roles follow from these alone; whatever else does not fit is the answer's fault and not a device's.
        if matches!(
            topic,
            Topic::Front | Topic::Main | Topic::Loudspeaker | Topic::Microphone | Topic::Roles
        ) {
            self.settle();
        }
        if let Err(problems) = self.judge(&self.file()) {
            (self.state, self.roles, self.refused) = before;
            return Err(Refused(problems.join("; ")));
        }
        self.seen(topic, &said);
        Ok(())
    }

    fn must_fit(&self, question: &Question, said: &str) -> Result<(), Refused> {
        let no = |key: &str, values: Values| Err(Refused(self.language().say(key, &values)));
        match &question.form {
            Form::Text if said.is_empty() => return no("refused-empty", Values::default()),
            Form::YesNo if !matches!(said, "yes" | "no") => {
                return no("refused-yes-no", Values::of("said", said));
            }
            Form::Choice(choices) if choices.iter().all(|choice| choice.word != said) => {
                let words: Vec<&str> = choices.iter().map(|choice| choice.word.as_str()).collect();
                let values = Values::of("said", said).and("choices", words.join(", "));
                return no("refused-choice", values);
            }
            Form::Text | Form::MayBeEmpty | Form::YesNo | Form::Choice(_) | Form::LeaveOut(_) => {}
        }
        let part = match &question.topic {
            Topic::Hosts => room_file::hosts(said)
                .err()
                .map(|part| ("refused-host", part)),
            Topic::Fittings => room_file::fittings(said)
                .err()
                .map(|part| ("refused-fitting", part)),
            Topic::Roles => self.unknown_role(said).map(|part| ("refused-role", part)),
            _ => None,
        };
        match part {
            Some((key, part)) => no(key, Values::of("said", part)),
            None => Ok(()),
        }
    }

    fn unknown_role(&self, said: &str) -> Option<String> {
        let known = |label: &str| self.proposed().iter().any(|role| role.label() == label);
        room_file::parts(said)
            .find(|part| !known(part))
            .map(str::to_owned)
    }

    /// What somebody saw, or did not, belongs to the proof that showed it.
    fn seen(&mut self, topic: &Topic, said: &str) {
        let (proof, finding) = match topic {
            Topic::LampSeen(role) => (
                Proof::Lamp(role.clone()),
                Finding::LampNotSeen(role.clone()),
            ),
            Topic::DisplaySeen(role) => (
                Proof::Display(role.clone()),
                Finding::DisplayNotSeen(role.clone()),
            ),
            _ => return,
        };
        let proven = self
            .state
            .proofs
            .iter_mut()
            .find(|proven| proven.proof == proof);
        if let (Some(proven), "no") = (proven, said) {
            proven.findings.push(finding);
        }
    }

    /// Answers of the template that fit this room too.
    fn take_over(&mut self) {
        let Some(template) = self.state.template.clone() else {
            return;
        };
        for step in self.steps() {
            let Step::Ask(topic) = step else { continue };
            let shared = template.answers.get(&topic.to_string());
            if let (Some(answer), None) = (shared, self.state.answer(&topic)) {
                // What does not fit here is asked.
                let _ = self.take(&topic, answer);
            }
        }
        let shape = |roles: &mut dyn Iterator<Item = &Role>| -> Vec<(Kind, String)> {
            roles.map(|role| (role.kind, role.name.clone())).collect()
        };
        let same = shape(&mut self.proposed().iter()) == shape(&mut template.roles.iter());
        if same && !template.roles.is_empty() && self.state.answer(&Topic::Roles).is_none() {
            let _ = self.take(&Topic::Roles, "");
        }
    }

    pub(crate) fn proposed(&self) -> Vec<Role> {
        let place_of = |kind: Kind| {
            let template = self.state.template.as_ref()?;
            let first = template.roles.iter().find(|role| role.kind == kind)?;
            Some((first.device.as_str(), Reason::Template))
        };
        let said = |topic: &Topic, kind| {
            let person = self.state.answer(topic).map(|key| (key, Reason::Person));
            person.or_else(|| place_of(kind))
        };
        let said = Said {
            front: said(&Topic::Front, Kind::Camera),
            main: said(&Topic::Main, Kind::Display),
            loudspeaker: said(&Topic::Loudspeaker, Kind::Loudspeaker),
            microphone: said(&Topic::Microphone, Kind::Microphone),
        };
        roles::propose(&self.state.facts, said)
    }

    /// Which roles the file has: as fully as the daemon takes each, without those that were left out.
    fn settle(&mut self) {
        let left_out: Vec<String> =
            room_file::parts(self.state.answer(&Topic::Roles).unwrap_or_default())
                .map(str::to_owned)
                .collect();
        let mut proposed = self.proposed();
        proposed.retain(|role| !left_out.contains(&role.label()));
        self.refused.clear();
        // Nearly always all of it fits.
        self.roles = proposed
            .iter()
            .map(|role| (role.clone(), Detail::Full))
            .collect();
        if self.judge(&self.file()).is_ok() {
            return;
        }
        self.roles.clear();
        for role in proposed {
            let fits = [Detail::Full, Detail::Plain].into_iter().any(|detail| {
                self.roles.push((role.clone(), detail));
                let fits = self.judge(&self.file()).is_ok();
                if !fits {
                    self.roles.pop();
                }
                fits
            });
            if !fits {
                self.refused.push(role);
            }
        }
    }

    fn judge(&self, text: &str) -> Result<Profile, Vec<String>> {
        let sources = Sources {
            room: SourceFile::new("room.toml", text),
            ..self.known.clone()
        };
        let messages = |problems: room_profile::Problems| {
            problems
                .iter()
                .map(|problem| problem.message.clone())
                .collect()
        };
        room_profile::check(&sources).map_err(messages)
    }

    pub(crate) fn names(&self, kind: Kind) -> impl Iterator<Item = String> {
        let named = self.roles().filter(move |role| role.kind == kind);
        named.map(|role| role.name.clone())
    }
}
