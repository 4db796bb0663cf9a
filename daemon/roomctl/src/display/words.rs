//! What a display is and was told, in words.

use drv_display::Why;
use drv_display::words::{Answer, Health, Muted, PARTS, Power, Refusal, Request, Turn};

pub(super) fn words(request: &Request) -> String {
    match request {
        Request::Power(Turn::On) => "power on".to_owned(),
        Request::Power(Turn::Standby) => "power standby".to_owned(),
        Request::Input(code) => format!("input {}", code.as_str()),
        Request::Volume(volume) => format!("volume {volume}"),
        Request::Muted(Muted::Yes) => "silent".to_owned(),
        Request::Muted(Muted::No) => "to be heard".to_owned(),
        question => format!("{question:?}"),
    }
}

pub(super) fn seen(answer: &Answer) -> String {
    match answer {
        Answer::Power(Power::On) => "power: on".to_owned(),
        Answer::Power(Power::Standby) => "power: standby".to_owned(),
        Answer::Power(Power::Warming) => "power: warming up".to_owned(),
        Answer::Power(Power::Cooling) => "power: cooling down".to_owned(),
        Answer::Input(code) => format!("input: {}", code.as_str()),
        Answer::Volume(volume) => format!("volume: {volume}"),
        Answer::Muted(Muted::Yes) => "sound: silenced".to_owned(),
        Answer::Muted(Muted::No) => "sound: to be heard".to_owned(),
        Answer::Troubles(parts) => troubles(parts),
        Answer::Done | Answer::Refused(_) => String::new(),
    }
}

fn troubles(parts: &[Health; 6]) -> String {
    let bad: Vec<String> = PARTS
        .iter()
        .zip(parts)
        .filter_map(|(part, health)| match health {
            Health::Good => None,
            Health::Warning => Some(format!("{part}: warning")),
            Health::Error => Some(format!("{part}: error")),
        })
        .collect();
    match bad.is_empty() {
        true => "parts: all good".to_owned(),
        false => bad.join("\n"),
    }
}

pub(super) fn given_up(why: Why) -> &'static str {
    match why {
        Why::Disobeys => {
            "the display says that it does, and does not; try another line to it (display-disobeys)"
        }
        Why::Refused(Refusal::NotSupported) => {
            "the display has no word for this (display-not-supported)"
        }
        Why::Refused(Refusal::WrongPassword) => {
            "the display does not accept the password (display-wrong-password)"
        }
        Why::Refused(Refusal::NotNow | Refusal::Failed) => {
            "the display refuses, again and again; is it on, and is this input there? (display-disobeys)"
        }
        Why::Silent => "the display has fallen silent (display-no-answer)",
    }
}
