//! Turns a pack into what the watcher in the page works with. Knows the watcher's format, and no page.

use super::{Control, Count, Pack, People, Sign, Signs, Words};
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
            "people": pack.people.as_ref().map(people),
        }))
    }

    /// As JSON text, which is also a JavaScript expression.
    pub fn text(&self) -> String {
        self.0.to_string()
    }
}

fn people(people: &People) -> Value {
    match &people.by {
        Count::Each(css) => json!({ "each": css }),
        Count::Number(css) => json!({ "number": css }),
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
        .map(|text| json!({ "within": text.within, "words": text.words.plain() }))
        .collect();
    let sealed: Vec<String> = signs.sealed.iter().flat_map(Words::plain).collect();
    let host: Vec<String> = signs.host.iter().map(ToString::to_string).collect();
    json!({
        "all": group(&signs.all),
        "any": group(&signs.any),
        "none": group(&signs.none),
        "text": text,
        "sealed": sealed,
        "host": host,
        "path": signs.path,
    })
}

impl Words {
    /// Every wording as the watcher compares it: small letters, single blanks, one kind of apostrophe.
    pub(crate) fn plain(&self) -> Vec<String> {
        let all = self.de.iter().chain(&self.en);
        all.map(|word| plain(word)).collect()
    }
}

fn plain(text: &str) -> String {
    text.replace(['’', '‘'], "'")
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .to_lowercase()
}
