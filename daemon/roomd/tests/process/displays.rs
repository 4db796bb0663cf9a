//! The real daemon and its displays: woken for a meeting, left alone when somebody switches one off.

use crate::kit::{Folder, ROOM, until};
use emulators::display::{Emulator, PowerState, Request, serve_pty};
use room_api::DisplayState;
use std::time::Duration;

fn calendar() -> String {
    let at = |minutes: i64| {
        let time = chrono::Utc::now() + chrono::Duration::minutes(minutes);
        time.format("%Y%m%dT%H%M%SZ").to_string()
    };
    [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "BEGIN:VEVENT",
        "UID:1@example.org",
        &format!("DTSTAMP:{}", at(0)),
        &format!("DTSTART:{}", at(5)),
        &format!("DTEND:{}", at(60)),
        "SUMMARY:Ausschuss",
        "LOCATION:https://meet.example.org/ausschuss",
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    ]
    .join("\r\n")
}

#[test]
fn a_meeting_wakes_the_display_and_a_hand_at_its_remote_control_is_respected() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let folder = Folder::with(ROOM);
    let line = folder.path("kit/display");
    let mut emulator = Emulator::new("samsung-mdc", None).unwrap();
    emulator.body.warm_up = Duration::from_millis(800);
    let display = {
        let _inside = runtime.enter();
        serve_pty(emulator, &line).unwrap()
    };
    let room = format!(
        r#"{ROOM}
[displays.main]
name = "Leinwand"
input = "hdmi1"
links = [
    {{ line = "cec:/dev/there-is-none", model = "cec" }},
    {{ line = "serial:{}", model = "samsung-signage" }},
]
[hosts]
"meet.example.org" = "jitsi"
[calendars.bookings]
file = "calendar.ics"
every = "10 s"
"#,
        line.display()
    );
    folder.write("room.toml", &room);
    let daemon = folder.start(&[]);
    let state = || daemon.state().displays[0].clone();
    until("the display asleep", || {
        (state().state == DisplayState::Asleep).then_some(())
    });
    assert_eq!(state().name, "Leinwand");
    assert!(daemon.log().contains("link in use"), "{}", daemon.log());

    // A meeting comes up.
    folder.write("calendar.ics", &calendar());
    until("the display awake", || {
        (state().state == DisplayState::On).then_some(())
    });
    assert_eq!(display.with(|body, now| body.power(now)), PowerState::On);
    until("the room's input", || {
        display.with(|body, _| (body.input() == "21").then_some(()))
    });

    // Somebody does not want it.
    display.with(|body, now| body.by_hand(now, &Request::Power(false)));
    until("the hand seen", || state().by_hand.then_some(()));
    let told = display.with(|body, _| body.count(|request| !request.is_question()));
    std::thread::sleep(Duration::from_secs(3));
    let after = display.with(|body, _| body.count(|request| !request.is_question()));
    assert_eq!(after, told);
}
