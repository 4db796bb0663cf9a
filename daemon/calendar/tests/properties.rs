//! Properties that must hold for any text, any rule and any invitation.

use calendar::{
    Calendar, HostTable, Invitation, MAX_MEETINGS, RoomView, Status, UnixMs, Window, Zone, expand,
    meetings, parse, parse_bytes, recognise,
};
use proptest::{prelude::*, sample::select, test_runner::Config};

/// 2026-01-05 00:00 UTC.
const NOW: UnixMs = UnixMs(1_767_571_200_000);

fn view() -> RoomView {
    RoomView {
        zone: Zone::by_name("Europe/Berlin").expect("a zone"),
        addresses: vec!["raum@stadt.example".into()],
        hosts: HostTable::new()
            .with("bbb.stadt.example", "bbb")
            .expect("a table"),
    }
}

fn wrapped(events: &str) -> String {
    format!("BEGIN:VCALENDAR\r\n{events}END:VCALENDAR\r\n")
}

/// Lines that look like iCalendar, right and wrong ones mixed.
fn line() -> impl Strategy<Value = String> {
    let known = select(vec![
        "BEGIN:VCALENDAR",
        "END:VCALENDAR",
        "BEGIN:VEVENT",
        "END:VEVENT",
        "BEGIN:VALARM",
        "END:VALARM",
        "BEGIN:VTIMEZONE",
        "END:VTIMEZONE",
        "BEGIN:STANDARD",
        "END:STANDARD",
        "TZID:X",
        "TZOFFSETFROM:+0100",
        "TZOFFSETTO:-9999",
        "DTSTART;TZID=X:20260105T090000",
        "DTSTART:20260105T080000Z",
        "DTSTART;VALUE=DATE:20260105",
        "DTSTART:00000000T000000",
        "DTSTART:99991231T235959Z",
        "DTEND:20260101T000000Z",
        "DURATION:-P99999999W",
        "DURATION:P1D",
        "UID:a",
        "UID:b",
        "SEQUENCE:99999999999999999999",
        "RECURRENCE-ID:20260112T080000Z",
        "RECURRENCE-ID;RANGE=THISANDFUTURE:20260112T080000Z",
        "EXDATE:20260106T080000Z,x,20260107",
        "RDATE;VALUE=PERIOD:20260105T080000Z/P1D,/",
        "RRULE:FREQ=DAILY",
        "RRULE:FREQ=SECONDLY;BYSECOND=0,59",
        "RRULE:FREQ=YEARLY;BYWEEKNO=53;COUNT=4294967295",
        "EXRULE:FREQ=WEEKLY",
        "SUMMARY:Canceled: x",
        "LOCATION:https://meet.jit.si/x",
        "ATTENDEE;PARTSTAT=DECLINED:mailto:raum@stadt.example",
        " folded",
        "\tfolded",
        "METHOD:CANCEL",
        "X-ALT-DESC;FMTTYPE=text/html:<a href=\"",
        "DESCRIPTION;ENCODING=QUOTED-PRINTABLE:=C3=",
        "",
    ])
    .prop_map(str::to_owned);
    prop_oneof![8 => known, 1 => "[ -~]{0,40}", 1 => "\\PC{0,20}"]
}

fn numbers(low: i32, high: i32) -> impl Strategy<Value = String> {
    prop::collection::vec(low..=high, 1..4).prop_map(|list| {
        list.iter()
            .filter(|n| **n != 0)
            .map(i32::to_string)
            .collect::<Vec<_>>()
            .join(",")
    })
}

fn part() -> impl Strategy<Value = String> {
    let named = |name: &'static str, value: BoxedStrategy<String>| {
        value.prop_map(move |v| format!(";{name}={v}"))
    };
    let days = prop::collection::vec(
        select(vec![
            "MO", "TU", "WE", "TH", "FR", "SA", "SU", "1MO", "-1FR", "5WE", "-53SU",
        ]),
        1..4,
    )
    .prop_map(|days| days.join(","));
    prop_oneof![
        named(
            "INTERVAL",
            (1..=400).prop_map(|n: i32| n.to_string()).boxed()
        ),
        named("COUNT", (1..=5000).prop_map(|n: i32| n.to_string()).boxed()),
        named(
            "UNTIL",
            select(vec![
                "20260110",
                "20260110T080000",
                "20260110T080000Z",
                "19990101",
                "99991231"
            ])
            .prop_map(str::to_owned)
            .boxed()
        ),
        named("BYDAY", days.boxed()),
        named("BYMONTHDAY", numbers(-31, 31).boxed()),
        named("BYYEARDAY", numbers(-366, 366).boxed()),
        named("BYWEEKNO", numbers(-53, 53).boxed()),
        named("BYMONTH", numbers(1, 12).boxed()),
        named("BYHOUR", numbers(1, 23).boxed()),
        named("BYMINUTE", numbers(1, 59).boxed()),
        named("BYSECOND", numbers(1, 59).boxed()),
        named("BYSETPOS", numbers(-20, 20).boxed()),
        named(
            "WKST",
            select(vec!["SU", "MO", "WE"])
                .prop_map(str::to_owned)
                .boxed()
        ),
    ]
}

fn rule() -> impl Strategy<Value = String> {
    let frequency = select(vec![
        "YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY", "MINUTELY", "SECONDLY",
    ]);
    (frequency, prop::collection::vec(part(), 0..5))
        .prop_map(|(f, parts)| format!("FREQ={f}{}", parts.concat()))
}

fn start() -> impl Strategy<Value = String> {
    select(vec![
        ";TZID=Europe/Berlin:20251231T233000",
        ";TZID=America/New_York:20200229T023000",
        ":19700101T000000Z",
        ";VALUE=DATE:20240229",
        ":20260104T235900",
        ";TZID=Australia/Lord_Howe:20150404T014500",
        ":00010101T000000Z",
    ])
    .prop_map(|start| format!("DTSTART{start}\r\n"))
}

fn check(calendar: &Calendar) -> Result<(), TestCaseError> {
    let (view, window) = (view(), Window::around(NOW));
    for occurrence in expand(calendar, &view.zone, window).occurrences {
        prop_assert!(occurrence.end >= occurrence.start);
        prop_assert!(window.touches(occurrence.start, occurrence.end));
    }
    let found = meetings(calendar, "s", &view, window).meetings;
    prop_assert!(found.len() <= MAX_MEETINGS);
    prop_assert!(found.is_sorted_by_key(|meeting| meeting.start));
    for meeting in &found {
        prop_assert!(meeting.status != Status::Cancelled || meeting.target.is_none());
        if let Some(url) = meeting
            .target
            .as_ref()
            .and_then(|target| target.url.as_ref())
        {
            prop_assert!(url.reveal().starts_with("https://"));
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(Config { cases: 200, failure_persistence: None, ..Config::default() })]

    #[test]
    fn any_lines_are_read_without_a_panic(lines in prop::collection::vec(line(), 0..60)) {
        let text = lines.join("\r\n");
        if let Ok(calendar) = parse(&text) {
            check(&calendar)?;
        }
        if let Ok(calendar) = parse(&wrapped(&text)) {
            check(&calendar)?;
        }
    }

    #[test]
    fn any_bytes_are_read_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
        let _ = parse_bytes(&bytes);
        let mut text = b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20260105T080000Z\nSUMMARY:".to_vec();
        text.extend(bytes);
        text.extend(b"\nEND:VEVENT\nEND:VCALENDAR");
        if let Ok(calendar) = parse_bytes(&text) {
            check(&calendar)?;
        }
    }

    #[test]
    fn any_rule_keeps_to_its_bounds(start in start(), rules in prop::collection::vec(rule(), 1..3), days in -3..30i32) {
        let rules: String = rules.iter().map(|rule| format!("RRULE:{rule}\r\n")).collect();
        let event = format!("BEGIN:VEVENT\r\nUID:u\r\n{start}DURATION:{}P{}D\r\n{rules}EXDATE;VALUE=DATE:20260107\r\nEND:VEVENT\r\n", if days < 0 { "-" } else { "" }, days.abs());
        let calendar = parse(&wrapped(&event)).expect("a calendar");
        let begun = std::time::Instant::now();
        check(&calendar)?;
        prop_assert!(begun.elapsed().as_secs() < 20, "{rules} took {:?}", begun.elapsed());
    }

    #[test]
    fn any_cut_of_a_calendar_gives_whole_events_or_none(at in 0usize..400) {
        let whole = wrapped(&"BEGIN:VEVENT\r\nUID:u\r\nDTSTART:20260105T080000Z\r\nURL:https://meet.jit.si/GanzLang\r\nEND:VEVENT\r\n".repeat(3));
        let cut = &whole[..at.min(whole.len())];
        if let Ok(calendar) = parse(cut) {
            for meeting in meetings(&calendar, "s", &view(), Window::around(NOW)).meetings {
                let id = meeting.target.and_then(|target| target.id).expect("an id");
                prop_assert_eq!(id.reveal(), "GanzLang");
            }
        }
    }

    #[test]
    fn any_invitation_gives_an_https_link_on_a_known_host_or_none(
        text in "(https?:[/\\\\]{1,3}|[a-z@:%.]{0,6})(meet\\.jit\\.si|bbb\\.stadt\\.example|evil\\.example|xn--[a-z]{3}\\.si)[@:/\\\\?#.]{0,2}(b/)?[A-Za-z0-9%/_.-]{0,30}[ <>\"]?\\PC{0,20}"
    ) {
        let invitation = Invitation::new().description(Some(text.clone())).html(Some(text));
        let (target, why) = recognise(&invitation, &view().hosts);
        prop_assert!(!why.sentence().en.is_empty());
        if let Some(url) = target.and_then(|target| target.url) {
            let url = url.reveal();
            let good = ["https://meet.jit.si/", "https://bbb.stadt.example/"];
            prop_assert!(good.iter().any(|start| url.starts_with(start)), "{}", url);
        }
    }
}
