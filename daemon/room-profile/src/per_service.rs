//! Tables of which each key is a service: the way into its conferences, and what the operator agrees to there.
//! Knows no service by name.

use crate::describe::{Docs, KeyDoc, Path, TableDoc};
use crate::problem::Problem;
use crate::section::{At, Item, Scalar, Spot, scalar};
use crate::sections::{ConsentWord, WayWord};
use crate::tree::{Node, Value};

/// The way that is tried first for a service.
#[derive(Debug)]
pub(crate) struct ServiceWay(pub At<WayWord>);

impl Item for ServiceWay {
    const KEY: &'static str = "SERVICE";

    fn item(node: &Node, _: Spot, problems: &mut Vec<Problem>) -> Self {
        ServiceWay(scalar(node, problems))
    }

    fn describe_item(_: &Path<'_>, docs: &mut Docs) {
        docs.tables.push(TableDoc {
            path: "ways".to_owned(),
            doc: "Which way into a conference is tried first, per service. The other one, when there is one, is tried once \
                  when the first cannot work. Without an entry: the browser where the room knows the service's pages, else SIP."
                .to_owned(),
            keys: vec![KeyDoc {
                key: Self::KEY.to_owned(),
                expected: <WayWord as Scalar>::expected(),
                default: None,
                doc: "The browser; SIP wherever the address is known; SIP when the invitation prints the address.".to_owned(),
            }],
        });
    }
}

/// What the operator agrees to at one service.
#[derive(Debug)]
pub(crate) struct ConsentKinds(pub Vec<At<ConsentWord>>);

impl Item for ConsentKinds {
    const KEY: &'static str = "SERVICE";

    fn item(node: &Node, _: Spot, problems: &mut Vec<Problem>) -> Self {
        let Value::List(items) = &node.value else {
            let found = node.value.kind();
            let message = format!("expected a list such as `[\"terms\"]`, found {found}");
            problems.push(Problem::new(node.place.clone(), message, None));
            return ConsentKinds(Vec::new());
        };
        let kinds = items.iter().map(|item| scalar(item, problems));
        ConsentKinds(kinds.collect())
    }

    fn describe_item(_: &Path<'_>, docs: &mut Docs) {
        docs.tables.push(TableDoc {
            path: "consent".to_owned(),
            doc: "What the operator agrees to on behalf of everybody in the room, service by service. \
                  Without an entry the room never agrees to anything: it shows the question, and a person decides at the panel. \
                  Whoever enters something here declares that they may give this consent, and that the people in the room know of it \
                  beforehand, by a sign at the door or an agreement in the house for example. For a recording that is more than a \
                  formality: in Germany, recording people's words without their consent is an offence (section 201 of the Criminal \
                  Code), and a consent that somebody else gives does not bind them. \
                  What the room agreed to stands on the panel and the main display for the whole call, and in the log."
                .to_owned(),
            keys: vec![KeyDoc {
                key: Self::KEY.to_owned(),
                expected: "a list of `\"recording\"` (sound or picture are recorded or streamed), `\"transcript\"` (a machine \
                           writes down or sums up what is said) and `\"terms\"` (terms of use or a privacy notice)"
                    .to_owned(),
                default: Some("nothing".to_owned()),
                doc: "What is agreed to at this service, under its slug as in `[hosts]`.".to_owned(),
            }],
        });
    }
}
