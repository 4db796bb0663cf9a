//! Questions with what only this room knows: choices, proposals, what was found. Knows no order.

use crate::facts::Unit;
use crate::interview::Interview;
use crate::roles::{self, Kind, Role};
use crate::room_file;
use crate::topic::{Choice, Form, Question, Topic};
use crate::words::{Says, Values};

impl Interview {
    pub(crate) fn question(&self, topic: &Topic) -> Question {
        let language = self.language();
        let facts = &self.state.facts;
        let (form, proposal, values) = match topic {
            Topic::Name => (Form::Text, None, Values::default()),
            Topic::Help | Topic::Hosts | Topic::Calendar | Topic::CalendarUser => {
                let values = Values::of("services", self.known.services.join(", "));
                (Form::MayBeEmpty, Some(String::new()), values)
            }
            Topic::Join => {
                let words = ["on-press", "by-itself"];
                let choice = |word: &str| Choice {
                    word: word.to_owned(),
                    label: language.plain(&format!("join-{word}")),
                };
                let form = Form::Choice(words.into_iter().map(choice).collect());
                (form, Some("on-press".to_owned()), Values::default())
            }
            Topic::Front => self.which(
                roles::front_cameras(facts).iter().map(|f| &f.unit),
                Kind::Camera,
            ),
            Topic::Main => self.which(
                roles::main_displays(facts).iter().map(|f| &f.unit),
                Kind::Display,
            ),
            Topic::Loudspeaker => {
                let units = roles::heard_loudspeakers(facts);
                let (form, proposal, values) =
                    self.which(units.iter().map(|f| &f.unit), Kind::Loudspeaker);
                let none = Choice {
                    word: roles::NONE.to_owned(),
                    label: language.plain("loudspeaker-none"),
                };
                let form = match form {
                    Form::Choice(choices) => {
                        Form::Choice(choices.into_iter().chain([none]).collect())
                    }
                    other => other,
                };
                (form, proposal, values)
            }
            Topic::Microphone => self.which(
                roles::best_microphones(facts).iter().map(|f| &f.unit),
                Kind::Microphone,
            ),
            Topic::Roles => {
                let roles = self.proposed();
                let told = self.told(&roles);
                let values = Values::of("roles", told.join("\n"));
                let choice = |(role, label): (&Role, String)| Choice {
                    word: role.label(),
                    label,
                };
                let form = Form::LeaveOut(roles.iter().zip(told).map(choice).collect());
                (form, Some(String::new()), values)
            }
            Topic::Fittings => {
                let values = Values::of("lines", facts.pins.join(", "));
                (Form::MayBeEmpty, Some(String::new()), values)
            }
            Topic::Presets(head) => (
                Form::MayBeEmpty,
                Some(String::new()),
                Values::of("name", head),
            ),
            Topic::Aimed(head, number) => {
                let presets = room_file::presets(&self.state, head);
                let preset = presets.into_iter().find(|(known, _)| known == number);
                let preset = preset.map(|(_, name)| name).unwrap_or_default();
                let values = Values::of("name", head).and("preset", preset);
                (Form::YesNo, Some("yes".to_owned()), values)
            }
            Topic::LampSeen(name) | Topic::DisplaySeen(name) => (
                Form::YesNo,
                Some("yes".to_owned()),
                Values::of("name", name),
            ),
        };
        let mut question = topic.ask(language, &values, form);
        if matches!(&question.form, Form::LeaveOut(roles) if roles.is_empty()) {
            question.text = language.plain("ask-roles-nothing");
            question.hint = language.plain("ask-roles-nothing-terminal");
            question.page = language.plain("ask-roles-nothing-page");
        }
        Question {
            proposal,
            ..question
        }
    }

    fn which<'a>(
        &self,
        units: impl Iterator<Item = &'a Unit>,
        kind: Kind,
    ) -> (Form, Option<String>, Values) {
        let choice = |unit: &Unit| Choice {
            word: unit.key(),
            label: unit.title.clone(),
        };
        let choices: Vec<Choice> = units.map(choice).collect();
        // A device that no file can describe has no role, and another may have its place.
        let words = || choices.iter().map(|one| one.word.clone());
        let first = self.roles().find(|role| role.kind == kind);
        let proposal = first.and_then(|role| words().find(|word| *word == role.device));
        let proposal = proposal.or_else(|| words().next());
        (Form::Choice(choices), proposal, Values::default())
    }

    /// A line for each role: its label, its device, where it sits, and why.
    fn told(&self, roles: &[Role]) -> Vec<String> {
        let language = self.language();
        let line = |role: &Role| {
            let unit = self.unit(role);
            let title = unit.map_or(role.device.as_str(), |unit| unit.title.as_str());
            // A line that answers is known by its place alone.
            let key = match title == role.device {
                true => "role-line-place",
                false => "role-line",
            };
            let values = Values::of("role", role.label())
                .and("device", title)
                .and("place", role.device.as_str())
                .and("why", language.plain(role.reason.key()));
            language.say(key, &values)
        };
        roles.iter().map(line).collect()
    }
}
