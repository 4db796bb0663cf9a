//! What the file says about displays, checked: their lines, models and inputs. Knows the shapes of lines, no protocol.

use crate::assemble::Build;
use crate::profile::{DisplayLine, DisplayLink};
use crate::section::{At, Scalar, Wrong};
use crate::sections::{DisplayLinkSection, DisplaySection};
use crate::suggest;
use crate::tree::Value;
use room_core::ids::DisplayId;
use room_core::plan::DisplayPlan;

/// A line to a display.
#[derive(Debug, Clone)]
pub(crate) struct LineText(pub String);

impl Scalar for LineText {
    fn expected() -> String {
        "a line: \"serial:/dev/...\", \"tcp://HOST\" or \"tcp://HOST:PORT\", \"cec:/dev/cec0\", \"i2c:/dev/i2c-4\", \"output:HDMI-A-1\""
            .to_owned()
    }

    fn read(value: &Value) -> Result<Self, Wrong> {
        let Value::Text(text) = value else {
            let message = format!("expected {}, found {}", Self::expected(), value.kind());
            return Err(Wrong::new(message));
        };
        let device = |rest: &str| rest.starts_with('/') && rest.len() > 1;
        let good = match text.split_once(':') {
            Some(("serial" | "cec" | "i2c", rest)) => device(rest),
            Some(("output", rest)) => is_connector(rest),
            Some(("tcp", rest)) => rest.strip_prefix("//").is_some_and(is_host),
            _ => false,
        };
        match good {
            true => Ok(LineText(text.clone())),
            false => {
                let message = format!("`{text}` is no line to a display");
                Err(Wrong::new(message).help(format!("write {}", Self::expected())))
            }
        }
    }

    fn fallback() -> Self {
        LineText(String::new())
    }
}

/// The kernel's name of a connector, without that of its card.
fn is_connector(text: &str) -> bool {
    let good = |c: char| c.is_ascii_alphanumeric() || c == '-';
    !text.is_empty() && text.chars().all(good)
}

/// One of the board's outputs.
#[derive(Debug, Clone)]
pub(crate) struct OutputText(pub String);

impl Scalar for OutputText {
    fn expected() -> String {
        "an output of the board such as \"HDMI-A-1\"".to_owned()
    }

    fn read(value: &Value) -> Result<Self, Wrong> {
        match value {
            Value::Text(text) if is_connector(text) => Ok(OutputText(text.clone())),
            Value::Text(text) => {
                let message = format!("`{text}` is not {}", Self::expected());
                Err(Wrong::new(message))
            }
            other => {
                let message = format!("expected {}, found {}", Self::expected(), other.kind());
                Err(Wrong::new(message))
            }
        }
    }

    fn fallback() -> Self {
        OutputText(String::new())
    }
}

/// `HOST` or `HOST:PORT`; an address of version 6 in brackets.
fn is_host(text: &str) -> bool {
    let (host, rest) = match text.strip_prefix('[').and_then(|text| text.split_once(']')) {
        Some((host, rest)) => (host, rest),
        None => text.split_at(text.find(':').unwrap_or(text.len())),
    };
    let good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | ':');
    let port = rest.strip_prefix(':').map(|port| port.parse::<u16>());
    let port_is_good = rest.is_empty() || matches!(port, Some(Ok(1..)));
    !host.is_empty() && host.chars().all(good) && port_is_good
}

/// The hardware address of a display.
#[derive(Debug, Clone)]
pub(crate) struct MacText(pub String);

impl Scalar for MacText {
    fn expected() -> String {
        "a hardware address such as \"00:1b:2c:3d:4e:5f\"".to_owned()
    }

    fn read(value: &Value) -> Result<Self, Wrong> {
        let text = match value {
            Value::Text(text) => text,
            other => {
                let message = format!("expected {}, found {}", Self::expected(), other.kind());
                return Err(Wrong::new(message));
            }
        };
        let parts: Vec<&str> = text.split(':').collect();
        let pair = |part: &&str| part.len() == 2 && part.chars().all(|c| c.is_ascii_hexdigit());
        if parts.len() != 6 || !parts.iter().all(pair) {
            let message = format!("`{text}` is not {}", Self::expected());
            return Err(Wrong::new(message));
        }
        Ok(MacText(text.clone()))
    }

    fn fallback() -> Self {
        MacText(String::new())
    }
}

impl Build<'_> {
    pub fn display(&mut self, role: &At<String>, section: &DisplaySection) -> DisplayPlan {
        let id = self.role(role);
        if section.links.0.is_empty() {
            let help = "name at least one, such as `links = [{ line = \"cec:/dev/cec0\", model = \"cec\" }]`";
            self.wrong(role, format!("display `{id}` has no `links`"), help);
        }
        let name = section.name.as_ref().map(|name| name.value.0.clone());
        DisplayPlan {
            name: name.unwrap_or_else(|| id.clone()),
            id: DisplayId::new(id),
        }
    }

    pub fn display_links(&mut self, displays: &[(At<String>, DisplaySection)]) -> Vec<DisplayLink> {
        let mut taken: Vec<String> = Vec::new();
        let mut outputs: Vec<String> = Vec::new();
        let mut links = Vec::new();
        for (role, section) in displays {
            let input = section.input.as_ref();
            self.input_is_there(section);
            let output = self.output(section, &mut outputs);
            let lines = section.links.0.iter().map(|link| {
                let line = link.line.value.0.clone();
                let shared = line.starts_with("serial:") && link.number.value.0 != 1;
                if taken.contains(&line) && !shared {
                    let message = format!("`{line}` is used by another link already");
                    self.wrong(&link.line, message, "each link needs a line of its own");
                }
                taken.push(line);
                self.display_line(link)
            });
            links.push(DisplayLink {
                display: DisplayId::new(&*role.value),
                input: input.map(|at| at.value.0.clone()),
                output,
                lines: lines.collect(),
            });
        }
        links
    }

    /// The output that the display hangs on; one cable leads to one display.
    fn output(&mut self, section: &DisplaySection, taken: &mut Vec<String>) -> Option<String> {
        let at = section.output.as_ref()?;
        let output = at.value.0.clone();
        if taken.contains(&output) {
            let message = format!("`{output}` is another display's output already");
            self.wrong(at, message, "each display hangs on an output of its own");
        }
        taken.push(output.clone());
        Some(output)
    }

    /// The first model without the input is enough to be told.
    fn input_is_there(&mut self, section: &DisplaySection) {
        let Some(input) = &section.input else {
            return;
        };
        let models = &self.sources.display_models;
        let without = section.links.0.iter().find_map(|link| {
            let (name, inputs) = models
                .iter()
                .find(|(known, _)| *known == link.model.value.0)?;
            let lacks = !inputs.is_empty() && !inputs.contains(&input.value.0);
            lacks.then_some((name, inputs))
        });
        if let Some((name, inputs)) = without {
            let message = format!("model `{name}` has no input `{}`", input.value.0);
            let help = suggest::among(&input.value.0, inputs.iter().map(String::as_str));
            self.wrong(input, message, help);
        }
    }

    fn display_line(&mut self, link: &DisplayLinkSection) -> DisplayLine {
        let model = &link.model;
        let models = &self.sources.display_models;
        if !models.iter().any(|(known, _)| *known == model.value.0) {
            let message = format!("there is no model `{}`", model.value.0);
            let known = models.iter().map(|(known, _)| known.as_str());
            let help = suggest::among(&model.value.0, known);
            self.wrong(model, message, help);
        }
        DisplayLine {
            line: link.line.value.0.clone(),
            model: model.value.0.clone(),
            number: u8::try_from(link.number.value.0).unwrap_or(1),
            user: link.user.value.0.clone(),
            password_file: link.password_file.as_ref().map(|file| self.path(file)),
            wake: link.wake.as_ref().map(|mac| mac.value.0.clone()),
        }
    }
}
