//! The room's own sound and its proof in the API's words. Knows no connection and no language.

use drv_audio::ports::{Db, Level};
use room_api as api;
use room_core::ids::CheckCode;
use room_core::preflight::{Light, MeetingJudged};
use room_core::sound::{EchoBy, EchoWhy};
use room_core::view::{PreflightView, SoundDeviceView, SoundUseView, SoundView};

/// The sound as every face gets it.
pub(super) fn sound(view: &SoundView) -> api::Sound {
    api::Sound {
        server: view.server.map(|why| why.code().to_owned()),
        microphone: view.microphone.as_ref().map(used),
        loudspeaker: view.loudspeaker.as_ref().map(used),
        second: view.second.as_ref().map(used),
        echo: match view.echo.by {
            EchoBy::Device => api::EchoBy::Device,
            EchoBy::Browser => api::EchoBy::Browser,
            EchoBy::Room => api::EchoBy::Room,
            EchoBy::Nobody => api::EchoBy::Nobody,
        },
        echo_why: match view.echo.why {
            EchoWhy::Operator => api::EchoWhy::Operator,
            EchoWhy::DeviceHasOne => api::EchoWhy::DeviceHasOne,
            EchoWhy::DeviceUnproven => api::EchoWhy::DeviceUnproven,
            EchoWhy::DeviceFails => api::EchoWhy::DeviceFails,
            EchoWhy::DeviceHasNone => api::EchoWhy::DeviceHasNone,
            EchoWhy::DeviceUnknown => api::EchoWhy::DeviceUnknown,
            EchoWhy::NoBrowser => api::EchoWhy::NoBrowser,
        },
        resetting: view.resetting,
    }
}

fn used(used: &SoundUseView) -> api::SoundUse {
    let name = |device: &SoundDeviceView| device.name.clone();
    api::SoundUse {
        known: used.known,
        device: used.device.as_ref().map(name),
        instead_of: used.instead_of.as_ref().map(name),
    }
}

/// What is heard, as faces get it.
pub(super) fn levels(levels: &drv_audio::Levels) -> api::Levels {
    api::Levels {
        microphone: levels.microphone.map(level),
        loudspeaker: levels.loudspeaker.map(level),
    }
}

fn level(level: Level) -> api::Level {
    let decibels = |db: Db| f64::from(db.0) / 100.0;
    api::Level {
        rms: decibels(level.rms),
        peak: decibels(level.peak),
        loudness: level.loudness.map(decibels),
    }
}

/// The proof as every face gets it.
pub(super) fn preflight(view: &PreflightView) -> api::Preflight {
    api::Preflight {
        runs: view.runs,
        aloud: view.aloud,
        last: view.last.as_ref().map(|judged| api::Proof {
            light: light(judged.light),
            codes: codes(&judged.codes),
            at_ms: judged.at.0,
        }),
        tomorrow: view.tomorrow.as_ref().map(|seen| api::Foreseen {
            at_ms: seen.at.0,
            meetings: seen.meetings.iter().map(meeting).collect(),
        }),
    }
}

fn meeting(meeting: &MeetingJudged) -> api::ForeseenMeeting {
    api::ForeseenMeeting {
        start_ms: meeting.start.0,
        light: light(meeting.light),
        codes: codes(&meeting.codes),
    }
}

fn light(light: Light) -> api::Light {
    match light {
        Light::Green => api::Light::Green,
        Light::Yellow => api::Light::Yellow,
        Light::Red => api::Light::Red,
    }
}

fn codes(codes: &[CheckCode]) -> Vec<String> {
    codes.iter().map(|code| code.as_str().to_owned()).collect()
}
