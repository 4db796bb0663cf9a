//! Effects as words, one way: a story compares them as text.
//! What is kept over a restart is left out; a `memory` line asks for it.

use super::equipment;
use super::events::{SCREEN, print_drive, print_hand};
use super::sound;
use super::times::duration;
use super::words::{CONSENT, SWITCH, word_of};
use room_core::effect::{CallCommand, CallRequest, Effect, HeadCommand};
use room_core::meeting::Way;

/// Prints the effects of a step in order.
pub fn print(effects: &[Effect]) -> String {
    let words: Vec<String> = effects.iter().filter_map(print_one).collect();
    words.join(", ")
}

fn print_one(effect: &Effect) -> Option<String> {
    match effect {
        Effect::Call(call, command) => Some(format!("{call} {}", print_command(command))),
        Effect::Head {
            head,
            request,
            command,
        } => Some(format!(
            "head {head} {} #{}",
            print_head(command),
            request.0
        )),
        Effect::Screen(screen) => Some(format!("screen {}", word_of(SCREEN, screen))),
        Effect::Display { display, command } => Some(equipment::print_command(display, *command)),
        Effect::BrowserSound => Some("browser sound".to_owned()),
        Effect::BrowserAnew => Some("browser anew".to_owned()),
        Effect::Sound(command) => Some(sound::print_command(*command)),
        Effect::Preflight(command) => Some(sound::print_preflight_command(command)),
        Effect::UpdatePuck(puck) => Some(format!("update {puck}")),
        Effect::Persist(_) => None,
    }
}

fn print_command(command: &CallCommand) -> String {
    let to = |request: &CallRequest| match (&request.target, request.way()) {
        (_, Some(Way::Sip { address, .. })) => format!("sip:{}", address.reveal()),
        (Some(target), Some(Way::Page { link, .. })) => {
            let link = link.reveal();
            let prefix = format!("https://{}/", target.host);
            link.strip_prefix(&prefix).unwrap_or(link).to_owned()
        }
        (_, None) | (None, _) => "somewhere".to_owned(),
    };
    match command {
        CallCommand::Warm(request) => format!("warm {}", to(request)),
        CallCommand::Join(request) => format!("join {}", to(request)),
        CallCommand::Adopt(request) => format!("adopt {}", to(request)),
        CallCommand::Passcode(code) => format!("passcode {}", code.reveal()),
        CallCommand::Agree(kind) => format!("agree {}", word_of(CONSENT, kind)),
        CallCommand::Hand(hand) => print_hand(hand),
        CallCommand::Mic(value) => format!("mic {}", word_of(SWITCH, value)),
        CallCommand::Camera(value) => format!("camera {}", word_of(SWITCH, value)),
        CallCommand::Volume(value) => format!("volume {}", value.get()),
        CallCommand::SoundAnew => "sound-anew".to_owned(),
        CallCommand::Leave => "leave".to_owned(),
        CallCommand::Drop => "drop".to_owned(),
    }
}

fn print_head(command: &HeadCommand) -> String {
    match command {
        HeadCommand::Power(value) => format!("power {}", word_of(SWITCH, value)),
        HeadCommand::Drive { drive, limit } => {
            format!("drive {} for {}", print_drive(*drive), duration(*limit))
        }
        HeadCommand::Stop => "stop".to_owned(),
        HeadCommand::Recall(number) => format!("recall {}", number.0),
        HeadCommand::Store(number) => format!("store {}", number.0),
        HeadCommand::Home => "home".to_owned(),
        HeadCommand::Goto(p) => format!("goto {},{},{}", p.pan, p.tilt, p.zoom),
    }
}
