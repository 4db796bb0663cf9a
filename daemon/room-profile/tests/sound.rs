//! The room's sound in its file: order, the second output, and what people get wrong.

mod common;

use common::{problems, right};
use expect_test::expect;

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
