//! Table buttons, displays and cameras of the core's view as the API's. By hand, as in `convert.rs`. Knows no connection and no language.

use room_api as api;
use room_core::event::PictureSeen;
use room_core::view::{CameraState, CameraView, DisplayState, DisplayView, PuckState, PuckView};

pub(super) fn button(view: &PuckView) -> api::TableButton {
    let (update, failure) = match view.state {
        PuckState::Usual => (api::ButtonUpdate::None, None),
        PuckState::Waits => (api::ButtonUpdate::Waits, None),
        PuckState::Updating => (api::ButtonUpdate::Runs, None),
        PuckState::Failed(why) => (api::ButtonUpdate::Failed, Some(why.code().to_owned())),
    };
    api::TableButton {
        id: view.id.as_str().to_owned(),
        here: view.here,
        firmware: view.firmware.map(|version| version.to_string()),
        offered: view.offered.map(|version| version.to_string()),
        update,
        failure,
        may_update: view.may_update,
    }
}

pub(super) fn display(view: &DisplayView) -> api::Display {
    let (state, failure) = match view.state {
        DisplayState::Unknown => (api::DisplayState::Unknown, None),
        DisplayState::Gone(why) => (api::DisplayState::Gone, Some(why.code().to_owned())),
        DisplayState::Asleep => (api::DisplayState::Asleep, None),
        DisplayState::Warming => (api::DisplayState::Warming, None),
        DisplayState::On => (api::DisplayState::On, None),
        DisplayState::OtherInput => (api::DisplayState::OtherInput, None),
        DisplayState::Cooling => (api::DisplayState::Cooling, None),
    };
    api::Display {
        id: view.id.as_str().to_owned(),
        name: view.name.clone(),
        state,
        failure,
        by_hand: view.by_hand,
    }
}

pub(super) fn camera(view: &CameraView) -> api::Camera {
    let (state, failure) = match view.state {
        CameraState::Unknown => (api::CameraState::Unknown, None),
        CameraState::Gone(why) => (api::CameraState::Gone, Some(why.code().to_owned())),
        CameraState::InUse => (api::CameraState::InUse, None),
        CameraState::Free => (api::CameraState::Free, None),
    };
    api::Camera {
        id: view.id.as_str().to_owned(),
        name: view.name.clone(),
        state,
        failure,
        picture: view.picture.map(picture),
    }
}

fn picture(seen: PictureSeen) -> api::Picture {
    match seen {
        PictureSeen::Good => api::Picture::Good,
        PictureSeen::Dark => api::Picture::Dark,
        PictureSeen::Black => api::Picture::Black,
        PictureSeen::Frozen => api::Picture::Frozen,
        PictureSeen::Covered => api::Picture::Covered,
        PictureSeen::Blurred => api::Picture::Blurred,
    }
}
