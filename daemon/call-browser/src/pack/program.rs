//! Turns a pack into what the watcher in the page works with. Knows the watcher's format, and no page.

use super::{Control, Pack, People, Sign, Signs};
use serde_json::{Value, json};

/// A pack as the watcher reads it: one list of signs for each rule, then the controls and the count of people.
#[derive(Debug, Clone, PartialEq)]
pub struct Program(Value);

impl Program {
    /// Compiles a pack.
    pub fn of(pack: &Pack) -> Self {
        let rules: Vec<Value> = pack.rules.iter().map(|rule| signs(&rule.when)).collect();
        let dark: Vec<Value> = pack
            .rules
            .iter()
            .map(|rule| rule.dark.as_ref().map_or(Value::Null, signs))
            .collect();
        Self(json!({
            "rules": rules,
            "dark": dark,
            "controls": { "mic": pack.microphone.as_ref().map(control), "camera": pack.camera.as_ref().map(control) },
            "people": pack.people.as_ref().map(|People { each, own }| json!({ "each": each, "own": own })),
        }))
    }

    /// As JSON text, which is also a JavaScript expression.
    pub fn text(&self) -> String {
        self.0.to_string()
    }
}

fn control(control: &Control) -> Value {
    json!({
        "open": signs(&control.open),
        "closed": signs(&control.closed),
        "toOpen": control.to_open,
        "toClose": control.to_close,
        "giveUp": control.give_up,
    })
}

fn signs(signs: &Signs) -> Value {
    let group = |signs: &[Sign]| -> Vec<Value> {
        signs
            .iter()
            .map(|s| json!({ "css": s.css, "visible": s.visible, "enabled": s.enabled }))
            .collect()
    };
    let text: Vec<Value> = signs
        .text
        .iter()
        .map(|text| {
            let words: Vec<String> = text
                .de
                .iter()
                .chain(&text.en)
                .map(|word| plain(word))
                .collect();
            json!({ "within": text.within, "words": words })
        })
        .collect();
    json!({
        "all": group(&signs.all),
        "any": group(&signs.any),
        "none": group(&signs.none),
        "text": text,
        "path": signs.path,
    })
}

fn plain(text: &str) -> String {
    text.split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .to_lowercase()
}
