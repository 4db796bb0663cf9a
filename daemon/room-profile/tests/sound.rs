//! The room's sound in its file: order, the second output, and what people get wrong.

use expect_test::{Expect, expect};
use room_profile::{Profile, SourceFile, Sources, check};
use std::path::PathBuf;

fn sources(room: &str) -> Sources {
    Sources {
        room: SourceFile::new("room.toml", room),
        board: None,
        boards: Vec::new(),
        ptz_models: Vec::new(),
        display_models: Vec::new(),
        services: Vec::new(),
        camera_models: Vec::new(),
        folder: PathBuf::from("/etc/roomd"),
    }
}

fn problems(room: &str, expected: Expect) {
    let lines = match check(&sources(room)) {
        Ok(_) => vec!["no problem".to_owned()],
        Err(problems) => problems.lines(),
    };
    expected.assert_eq(&lines.join("\n"));
}

fn right(room: &str) -> Profile {
    check(&sources(room)).unwrap_or_else(|p| panic!("{}", p.lines().join("\n")))
}

#[test]
fn mistakes_about_sound_are_all_shown() {
    problems(
        r#"
[room]
name = "Saal 2"
[microphones.table]
cancels_echo = "perhaps"
[microphones.front]
device = "Jabra SPEAK 510 USB"
[loudspeakers.front]
device = "Saal"
[sound]
second = "frnt"
echo = "both"
"#,
        expect![[r#"
            room.toml:4:14: nothing says which device `table` is; add `device = "…"` with the name or the id that `roomctl sound list` shows
            room.toml:5:16: `perhaps` is not known here; known here: `yes`, `no`, `unknown`
            room.toml:8:15: `front` is a microphone and a loudspeaker; give each a role of its own, such as `table-speaker`
            room.toml:11:10: there is no loudspeaker `frnt`; did you mean `front`?
            room.toml:12:8: `both` is not known here; known here: `auto`, `device`, `browser`, `room`, `off`"#]],
    );
}

#[test]
fn microphones_stand_in_the_order_of_the_file_and_the_second_output_apart() {
    let profile = right(
        r#"
[room]
name = "Saal 2"
[microphones.table]
device = "Jabra SPEAK 510 USB"
cancels_echo = "yes"
[microphones.ceiling]
name = "Decke"
device = "usb-0000:00:14.0/3.2-capture-0"
[loudspeakers.hall]
device = "Saal"
[loudspeakers.loop]
device = "Schleife"
[sound]
second = "loop"
"#,
    );
    let sound = profile.sound.unwrap();
    let names: Vec<&str> = sound.plan.microphones.iter().map(|d| &*d.name).collect();
    assert_eq!(names, ["table", "Decke"]);
    assert_eq!(sound.plan.loudspeakers.len(), 1);
    assert_eq!(sound.plan.second.unwrap().id.as_str(), "loop");
    assert_eq!(sound.devices.len(), 4);
}
