//! A room's file as the tests hand it in, with boards, models and services around it.

use expect_test::Expect;
use room_profile::{OWN_PTZ_MODELS, Profile, SourceFile, Sources, check};
use std::path::PathBuf;

pub fn sources(room: &str) -> Sources {
    let boards = [
        (
            "base",
            "[room]\nzone = \"Europe/Vienna\"\n[faces]\nlisten = \"127.0.0.1:9000\"\n",
        ),
        (
            "small",
            "inherit = \"base\"\n[heads.front]\nserial = \"/dev/ttyS0\"\nbaud = 38400\n",
        ),
        ("snake", "inherit = \"snake\"\n"),
        ("broken", "[heads.front]\nserail = \"/dev/ttyS0\"\n"),
    ];
    Sources {
        room: SourceFile::new("room.toml", room),
        board: None,
        boards: boards
            .map(|(name, text)| {
                (
                    name.to_owned(),
                    SourceFile::new(format!("boards/{name}.toml").as_str(), text),
                )
            })
            .into(),
        ptz_models: OWN_PTZ_MODELS
            .iter()
            .map(|(name, text)| {
                (
                    (*name).to_owned(),
                    SourceFile::new(format!("{name}.toml").as_str(), *text),
                )
            })
            .collect(),
        display_models: vec![(
            "samsung-signage".to_owned(),
            vec!["hdmi1".to_owned(), "hdmi2".to_owned()],
        )],
        services: ["bbb", "jitsi", "practice", "zoom"]
            .map(str::to_owned)
            .into(),
        camera_models: vec![("common".to_owned(), SourceFile::new("common.toml", ""))],
        audio_models: Vec::new(),
        folder: PathBuf::from("/etc/roomd"),
    }
}

/// Every problem of the file, one a line.
pub fn problems(room: &str, expected: Expect) {
    let lines = match check(&sources(room)) {
        Ok(_) => vec!["no problem".to_owned()],
        Err(problems) => problems.lines(),
    };
    expected.assert_eq(&lines.join("\n"));
}

/// The file without a problem.
pub fn right(room: &str) -> Profile {
    check(&sources(room)).unwrap_or_else(|p| panic!("{}", p.lines().join("\n")))
}
