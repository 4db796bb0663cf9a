//! The decisions a room's calendar has to take, each under its own name.

use super::*;
use crate::parse;

const WHEN: &str = "DTSTART:20260105T080000Z\nDTEND:20260105T090000Z\n";
const LINK: &str = "LOCATION:https://meet.jit.si/Amt50\n";
const ROOM: &str = "raum-12@stadt.example";

fn view() -> RoomView {
    RoomView {
        zone: Zone::by_name("Europe/Berlin").expect("a zone"),
        addresses: vec!["Raum-12@Stadt.example".into()],
        hosts: HostTable::new(),
    }
}

fn window() -> Window {
    let day = chrono::NaiveDate::from_ymd_opt(2026, 1, 5).expect("a date");
    Window::around(UnixMs::from_utc(day.and_time(chrono::NaiveTime::MIN)))
}

fn read_all(inside: &str) -> Vec<Meeting> {
    let calendar = parse(&format!("BEGIN:VCALENDAR\n{inside}END:VCALENDAR\n")).expect("a calendar");
    meetings(&calendar, "test", &view(), window()).meetings
}

fn event(more: &str) -> String {
    format!(
        "BEGIN:VEVENT\nUID:u\nSUMMARY:Haushalt\nORGANIZER;CN=Amt 50:mailto:amt50@stadt.example\n{WHEN}{LINK}{more}END:VEVENT\n"
    )
}

fn read(more: &str) -> Meeting {
    let mut found = read_all(&event(more));
    assert_eq!(found.len(), 1, "{more}");
    found.remove(0)
}

#[test]
fn cancelled_meetings_are_never_joinable() {
    let cancelled = [
        read("STATUS:CANCELLED\n"),
        read_all(&format!("METHOD:CANCEL\n{}", event(""))).remove(0),
        read_all(&event("").replace("SUMMARY:", "SUMMARY:Canceled: ")).remove(0),
        read_all(&event("").replace("SUMMARY:", "SUMMARY:Abgesagt: ")).remove(0),
    ];
    for meeting in cancelled {
        assert_eq!(meeting.status, Status::Cancelled);
        assert_eq!((meeting.target, meeting.why), (None, Why::Cancelled));
    }
}

#[test]
fn one_cancelled_instance_leaves_the_others_joinable() {
    let series = event("RRULE:FREQ=WEEKLY;COUNT=2\n");
    let gone = event("RECURRENCE-ID:20260112T080000Z\nSTATUS:CANCELLED\n")
        .replace("20260105T", "20260112T");
    let found = read_all(&(series + &gone));
    let joinable: Vec<bool> = found
        .iter()
        .map(|meeting| meeting.target.is_some())
        .collect();
    assert_eq!(joinable, [true, false]);
}

#[test]
fn of_two_equal_versions_the_cancelled_one_counts() {
    for cancelled_first in [true, false] {
        let (a, b) = (event("STATUS:CANCELLED\n"), event(""));
        let text = if cancelled_first { a + &b } else { b + &a };
        assert_eq!(read_all(&text)[0].status, Status::Cancelled);
    }
}

#[test]
fn tentative_meetings_are_shown_and_joinable() {
    for more in [
        "STATUS:TENTATIVE\n".to_owned(),
        "X-MICROSOFT-CDO-BUSYSTATUS:TENTATIVE\n".to_owned(),
        format!("ATTENDEE;PARTSTAT=TENTATIVE:mailto:{ROOM}\n"),
    ] {
        let meeting = read(&more);
        assert_eq!(meeting.status, Status::Tentative, "{more}");
        assert!(meeting.target.is_some());
    }
}

#[test]
fn what_the_room_declined_is_hidden() {
    assert!(
        read_all(&event(&format!(
            "ATTENDEE;PARTSTAT=DECLINED:MAILTO:{}\n",
            ROOM.to_uppercase()
        )))
        .is_empty()
    );
    assert!(
        read_all(&event(&format!(
            "ATTENDEE;PARTSTAT=DECLINED;EMAIL={ROOM}:urn:uuid:1\n"
        )))
        .is_empty()
    );
}

#[test]
fn what_others_declined_is_shown() {
    assert_eq!(
        read("ATTENDEE;PARTSTAT=DECLINED:mailto:anna@stadt.example\n").status,
        Status::Confirmed
    );
}

#[test]
fn private_meetings_show_nothing_and_stay_joinable() {
    for class in ["PRIVATE", "CONFIDENTIAL"] {
        let meeting = read(&format!("CLASS:{class}\n"));
        assert!(meeting.private && meeting.title.is_empty() && meeting.organizer.is_empty());
        assert!(meeting.target.is_some());
    }
    let public = read("CLASS:PUBLIC\n");
    assert_eq!(
        (public.title.reveal(), public.organizer.reveal()),
        ("Haushalt", "Amt 50")
    );
}

#[test]
fn nothing_private_is_printed_by_a_meeting() {
    let shown = format!("{:?}", read("DESCRIPTION:Passcode: 424242\n"));
    for secret in ["Haushalt", "Amt 50", "Amt50", "meet.jit.si", "424242"] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
}

#[test]
fn whole_days_are_marked_so_that_nothing_joins_them_by_itself() {
    let meeting = read_all(&event("").replace(WHEN, "DTSTART;VALUE=DATE:20260105\n")).remove(0);
    assert!(meeting.all_day && meeting.target.is_some());
    assert_eq!(meeting.zone, "Europe/Berlin");
}

#[test]
fn floating_meetings_are_in_the_room_s_zone() {
    let meeting = read_all(&event("").replace(WHEN, "DTSTART:20260105T090000\n")).remove(0);
    assert_eq!(
        (meeting.start, meeting.zone.as_str()),
        (UnixMs(1_767_600_000_000), "Europe/Berlin")
    );
}

#[test]
fn no_length_is_tolerated() {
    let meeting = read_all(&event("").replace("DTEND:20260105T09", "DTEND:20260105T07")).remove(0);
    assert_eq!(meeting.start, meeting.end);
    assert!(meeting.target.is_some());
}

#[test]
fn double_bookings_are_both_shown_and_can_be_told() {
    let found = read_all(
        &(event("")
            + &event("")
                .replace("UID:u", "UID:v")
                .replace("T090000Z", "T083000Z")),
    );
    assert_eq!(found.len(), 2);
    assert!(found[0].overlaps(&found[1]));
    let next = read_all(
        &event("")
            .replace("T090000Z", "T100000Z")
            .replace("T080000Z", "T090000Z"),
    );
    assert!(!read("").overlaps(&next[0]), "back to back is no overlap");
    assert!(!read("TRANSP:TRANSPARENT\n").overlaps(&read("")));
    assert!(!read("STATUS:CANCELLED\n").overlaps(&read("")));
}

#[test]
fn free_time_is_shown_joinable_and_does_not_occupy_the_room() {
    let meeting = read("TRANSP:TRANSPARENT\n");
    assert!(meeting.free && meeting.target.is_some());
    assert!(!read("TRANSP:OPAQUE\n").free);
}

#[test]
fn exempt_meetings_are_marked() {
    for more in [
        "CATEGORIES:Amt,Roomd-Exempt\n",
        "X-ROOMD-EXEMPT:true\n",
        "X-ROOMD-EXEMPT:1\n",
    ] {
        assert!(read(more).exempt, "{more}");
    }
    assert!(!read("X-ROOMD-EXEMPT:FALSE\nCATEGORIES:x\n").exempt);
}

#[test]
fn a_moved_meeting_keeps_its_key() {
    let moved = event("SEQUENCE:1\n").replace("T080000Z", "T083000Z");
    assert_eq!(read("").key, read_all(&moved)[0].key);
    let series = event("RRULE:FREQ=WEEKLY;COUNT=2\n");
    let before: Vec<_> = read_all(&series)
        .into_iter()
        .map(|meeting| meeting.key)
        .collect();
    let change = event("RECURRENCE-ID:20260112T080000Z\n").replace("20260105T08", "20260112T07");
    let after: Vec<_> = read_all(&(series + &change))
        .into_iter()
        .map(|meeting| meeting.key)
        .collect();
    assert_eq!(before, after);
    let by_day = event("RECURRENCE-ID;VALUE=DATE:20260112\n").replace("20260105T08", "20260112T07");
    let after: Vec<_> = read_all(&(event("RRULE:FREQ=WEEKLY;COUNT=2\n") + &by_day))
        .into_iter()
        .map(|meeting| meeting.key)
        .collect();
    assert_eq!(before, after, "also when the slot is named by its day");
    assert_ne!(before[0], before[1]);
}

#[test]
fn the_same_instance_in_two_calendars_is_shown_once() {
    let bare = event("").replace(LINK, "");
    let (with, without) = (read_all(&event("")), read_all(&bare));
    for pair in [
        [with.clone(), without.clone()],
        [without.clone(), with.clone()],
    ] {
        let merged = merge(pair);
        assert_eq!(merged.len(), 1);
        assert!(merged[0].target.is_some(), "the joinable one is kept");
    }
    let newer = read_all(&bare.replace("UID:u\n", "UID:u\nSEQUENCE:2\n"));
    assert!(
        merge([with.clone(), newer])[0].target.is_none(),
        "the newer one is kept"
    );
    let other = read_all(&event("").replace("UID:u", "UID:v"));
    assert_eq!(merge([with, other]).len(), 2);
}

#[test]
fn answers_and_refreshes_in_a_feed_are_no_meetings() {
    for method in ["REPLY", "COUNTER", "REFRESH", "DECLINECOUNTER"] {
        assert!(
            read_all(&format!("METHOD:{method}\n{}", event(""))).is_empty(),
            "{method}"
        );
    }
}

#[test]
fn a_meeting_without_any_text_hints_at_the_mailbox() {
    let stripped = read_all(&event("").replace(LINK, "")).remove(0);
    assert_eq!(stripped.why, Why::NoText);
    let talk = read_all(&event("").replace(LINK, "DESCRIPTION:Bitte pünktlich\n")).remove(0);
    assert_eq!(talk.why, Why::NoLink);
}

#[test]
fn entries_without_uid_are_told_apart() {
    let found = read_all(
        &(event("").replace("UID:u\n", "")
            + &event("").replace("UID:u\n", "").replace("Haushalt", "Bau")),
    );
    assert_eq!(found.len(), 2);
}

#[test]
fn a_flood_of_meetings_is_cut_off_and_named() {
    let flood: String = (0..8)
        .map(|n| event("RRULE:FREQ=MINUTELY\n").replace("UID:u", &format!("UID:{n}")))
        .collect();
    let session = event("")
        .replace("UID:u", "UID:council")
        .replace("20260105T", "20260112T");
    let text = format!("BEGIN:VCALENDAR\n{flood}{session}END:VCALENDAR\n");
    let calendar = parse(&text).expect("a calendar");
    let found = meetings(&calendar, "test", &view(), window());
    assert!(
        found
            .meetings
            .iter()
            .any(|meeting| meeting.uid == "council"),
        "the single meeting is kept"
    );
    assert_eq!(found.meetings.len(), MAX_MEETINGS);
    assert!(found.problems.contains(&Problem::TooManyMeetings));
}
