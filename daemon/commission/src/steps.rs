//! Everything that a room needs to be asked and proven, in its order: first what a person knows, then what a person must be
//! there for, then what the room tries alone. Keeps nothing.

use crate::interview::Interview;
use crate::proof::{Figure, Measure, Proof, Proven};
use crate::roles::{self, Kind, Reason};
use crate::room_file::{self, FittingKind};
use crate::topic::Topic;

/// One of them.
pub(crate) enum Step {
    Ask(Topic),
    Prove(Proof),
}

impl Interview {
    /// All of them. Sound comes last, because it is the only one that people notice.
    pub(crate) fn steps(&self) -> Vec<Step> {
        let mut steps: Vec<Step> = self.topics().into_iter().map(Step::Ask).collect();
        for head in self.names(Kind::Head) {
            self.preset_steps(&head, &mut steps);
        }
        let puck = self
            .names(Kind::Puck)
            .map(|name| Step::Prove(Proof::Puck(name)));
        steps.extend(puck);
        let fittings = self.state.answer(&Topic::Fittings).unwrap_or_default();
        for fitting in room_file::fittings(fittings).unwrap_or_default() {
            let name = fitting.name.to_owned();
            match fitting.is {
                FittingKind::Button(_) => steps.push(Step::Prove(Proof::Button(name))),
                FittingKind::Lamp(_) => {
                    let proof = Proof::Lamp(name.clone());
                    let lit = self
                        .state
                        .proven(&proof)
                        .is_some_and(|proven| proven.left.is_none());
                    steps.push(Step::Prove(proof));
                    steps.extend(lit.then_some(Step::Ask(Topic::LampSeen(name))));
                }
            }
        }
        for name in self.names(Kind::Display) {
            let proof = Proof::Display(name.clone());
            let unsure = self.state.proven(&proof).is_some_and(needs_eyes);
            steps.push(Step::Prove(proof));
            steps.extend(unsure.then_some(Step::Ask(Topic::DisplaySeen(name))));
        }
        steps.extend(self.alone().into_iter().map(Step::Prove));
        steps
    }

    fn topics(&self) -> Vec<Topic> {
        let mut topics = vec![
            Topic::Name,
            Topic::Help,
            Topic::Join,
            Topic::Hosts,
            Topic::Calendar,
        ];
        let calendar = self.state.answer(&Topic::Calendar);
        if calendar.is_some_and(|place| place.starts_with("caldav:")) {
            topics.push(Topic::CalendarUser);
        }
        let facts = &self.state.facts;
        let by_template = |kind| {
            let mut roles = self.roles();
            roles.any(|role| role.kind == kind && role.reason == Reason::Template)
        };
        if roles::front_cameras(facts).len() > 1 && !by_template(Kind::Camera) {
            topics.push(Topic::Front);
        }
        if roles::main_displays(facts).len() > 1 && !by_template(Kind::Display) {
            topics.push(Topic::Main);
        }
        if roles::heard_loudspeakers(facts).len() > 1 && !by_template(Kind::Loudspeaker) {
            topics.push(Topic::Loudspeaker);
        }
        if roles::best_microphones(facts).len() > 1 && !by_template(Kind::Microphone) {
            topics.push(Topic::Microphone);
        }
        // Also where nothing was found: what is on the network is named there.
        topics.push(Topic::Roles);
        if !facts.pins.is_empty() {
            topics.push(Topic::Fittings);
        }
        topics
    }

    fn preset_steps(&self, head: &str, steps: &mut Vec<Step>) {
        steps.push(Step::Ask(Topic::Presets(head.to_owned())));
        for (number, _) in room_file::presets(&self.state, head) {
            let topic = Topic::Aimed(head.to_owned(), number);
            let aimed = self.state.answer(&topic) == Some("yes");
            steps.push(Step::Ask(topic));
            let proof = Proof::Store(head.to_owned(), number);
            steps.extend(aimed.then_some(Step::Prove(proof)));
        }
    }

    fn alone(&self) -> Vec<Proof> {
        let mut proofs: Vec<Proof> = self.names(Kind::Camera).map(Proof::Picture).collect();
        proofs.extend(self.names(Kind::Head).map(Proof::Head));
        let hosts = room_file::hosts(self.state.answer(&Topic::Hosts).unwrap_or_default());
        let hosts = hosts.unwrap_or_default().into_iter();
        proofs.extend(hosts.map(|(host, _)| Proof::Path(host)));
        if self
            .state
            .answer(&Topic::Calendar)
            .is_some_and(|place| !place.is_empty())
        {
            proofs.push(Proof::Calendar);
        }
        proofs.push(Proof::Clock);
        let has = |kind| self.names(kind).next().is_some();
        if has(Kind::Microphone) && has(Kind::Loudspeaker) {
            proofs.push(Proof::Sound);
        }
        proofs
    }
}

/// A display whose input nobody can read back must be looked at; one that does not answer at all is named already.
fn needs_eyes(proven: &Proven) -> bool {
    let read = |figure: &Figure| {
        matches!(
            figure,
            Figure::Own {
                counts: Measure::Input,
                ..
            }
        )
    };
    proven.left.is_none() && proven.findings.is_empty() && !proven.figures.iter().any(read)
}
