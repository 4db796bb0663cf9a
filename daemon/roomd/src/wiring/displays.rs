//! Displays: each gets a task, the room's inbox, and what it is told through.

use super::Wiring;
use crate::hands::Hands;
use anyhow::{Context, Result};
use drv_display::codec::Login;
use drv_display::{DisplayConfig, DisplayModel, LinkConfig, LinkSetup};
use room_profile::DisplayLine;
use std::fs;
use std::path::Path;
use tracing::warn;

impl Wiring {
    pub(super) fn displays(&mut self, hands: &mut Hands) -> Result<()> {
        if self.profile.displays.is_empty() {
            return Ok(());
        }
        let models = self.boards.files().display_models()?;
        for display in &self.profile.displays {
            let input = display.input.as_deref();
            let links = display.lines.iter().map(|line| link(line, input, &models));
            let config = DisplayConfig {
                id: display.display.clone(),
                links: links.collect::<Result<_>>()?,
            };
            let (handle, inbox) = drv_display::channel();
            let driver = drv_display::supervise(config, inbox, self.doors.events.clone());
            self.tasks.run("display", driver);
            let (id, asked) = (display.display.clone(), handle.clone());
            self.checked.displays.insert(id, asked);
            let hand = move |command| handle.send(command);
            hands
                .displays
                .insert(display.display.clone(), Box::new(hand));
        }
        Ok(())
    }
}

fn link(
    line: &DisplayLine,
    input: Option<&str>,
    models: &[(String, DisplayModel)],
) -> Result<LinkConfig> {
    let found = models.iter().find(|(name, _)| *name == line.model);
    let (_, model) = found.with_context(|| format!("there is no model {}", line.model))?;
    let password = line.password_file.as_deref().map(password);
    Ok(LinkConfig {
        room_input: input.and_then(|name| model.input(name)),
        setup: LinkSetup {
            address: line.line.parse()?,
            model: model.clone(),
            id: line.number,
            login: Login {
                user: line.user.clone(),
                password: password.unwrap_or_default(),
            },
            wake: line.wake.as_deref().and_then(|mac| mac.parse().ok()),
        },
    })
}

/// The file's first line. Without it the display says that the password is wrong, which is the truth.
fn password(file: &Path) -> String {
    match fs::read_to_string(file) {
        Ok(text) => text.lines().next().unwrap_or_default().to_owned(),
        Err(error) => {
            warn!(file = %file.display(), %error, "a display's password cannot be read");
            String::new()
        }
    }
}
