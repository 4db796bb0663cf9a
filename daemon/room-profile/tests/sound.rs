//! The room's sound in its file: order, the second output, and what people get wrong.

mod common;

use common::{problems, right};
use expect_test::expect;
use room_profile::SoundPlace;

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
            room.toml:4:14: nothing says which device `table` is; add `usb = "…"` with the socket that `roomctl sound list` shows, or `device = "…"` with its name or id
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

#[test]
fn both_ends_of_a_speakerphone_are_one_device_and_a_stand_in_is_none() {
    let profile = right(
        r#"
[room]
name = "Saal 2"
[microphones.table]
usb = "0000:00:14.0/3.2"
[microphones.spare]
stand_in = true
[loudspeakers.table-speaker]
usb = "0000:00:14.0/3.2"
[sound]
server = "run/sound"
"#,
    );
    let sound = profile.sound.unwrap();
    let link = Some("sound-table".to_owned());
    let card = SoundPlace::Card { link, called: None };
    let places: Vec<SoundPlace> = sound.devices.iter().map(|d| d.place.clone()).collect();
    assert_eq!(places, [card.clone(), SoundPlace::StandIn, card]);
    assert_eq!(profile.roles.len(), 1);
    assert_eq!(sound.server, std::path::Path::new("/etc/roomd/run/sound"));
    assert_eq!(profile.plan.sound, Some(sound.plan));
}

#[test]
fn a_device_that_is_said_twice_and_a_model_that_nobody_knows_are_problems() {
    problems(
        r#"
[room]
name = "Saal 2"
[microphones.table]
usb = "1-3"
stand_in = true
[microphones.front]
usb = "1-4"
model = "jabra"
"#,
        expect![[r#"
            room.toml:6:12: a stand-in is no device, and another key says which device it is; keep the one that is right
            room.toml:9:9: there is no model `jabra`; known here: "#]],
    );
}
