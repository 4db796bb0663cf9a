//! The measured defects of other expanders, each as a test, and the rest of what a series can do to a room.

use crate::{Window, Zone, expand, parse, zone::UnixMs};

fn berlin() -> Zone {
    Zone::by_name("Europe/Berlin").expect("a zone")
}

fn at(text: &str) -> UnixMs {
    let local = chrono::NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M").expect("a date");
    UnixMs::from_utc(local)
}

fn year() -> Window {
    Window {
        from: at("2026-01-01T00:00"),
        to: at("2027-01-01T00:00"),
    }
}

/// Reads events and shows every occurrence of the year as `title start/end`, sorted, in UTC.
fn check_in(window: Window, events: &str, want: &[&str]) -> Vec<String> {
    let text = format!("BEGIN:VCALENDAR\n{events}\nEND:VCALENDAR\n");
    let calendar = parse(&text).expect("a calendar");
    let zone = berlin();
    let done = expand(&calendar, &zone, window);
    let mut found: Vec<String> = done
        .occurrences
        .iter()
        .map(|o| {
            let start = o.start.utc().format("%m-%dT%H:%MZ");
            format!(
                "{} {start} {}m",
                o.event.title.reveal(),
                (o.end.0 - o.start.0) / UnixMs::MINUTE
            )
        })
        .collect();
    found.sort();
    assert_eq!(found, want, "{events}");
    done.problems
        .iter()
        .map(|problem| problem.sentence().en)
        .collect()
}

fn check(events: &str, want: &[&str]) {
    let problems = check_in(year(), events, want);
    assert!(problems.is_empty(), "{problems:?}");
}

const NINE: &str =
    "DTSTART;TZID=Europe/Berlin:20260105T090000\nDTEND;TZID=Europe/Berlin:20260105T100000\n";

fn weekly(more: &str) -> String {
    format!("BEGIN:VEVENT\nUID:s\nSUMMARY:s\n{NINE}RRULE:FREQ=WEEKLY;COUNT=3\n{more}END:VEVENT\n")
}

fn change(slot: &str, start: &str, more: &str) -> String {
    format!(
        "BEGIN:VEVENT\nUID:s\nSUMMARY:c\nRECURRENCE-ID{slot}\nDTSTART;TZID=Europe/Berlin:{start}\nDURATION:PT30M\n{more}END:VEVENT\n"
    )
}

#[test]
fn a_series_whose_until_is_its_last_start_in_utc_keeps_its_last_meeting() {
    check(
        &format!(
            "BEGIN:VEVENT\nUID:s\nSUMMARY:s\n{NINE}RRULE:FREQ=WEEKLY;UNTIL=20260119T080000Z\nEND:VEVENT"
        ),
        &[
            "s 01-05T08:00Z 60m",
            "s 01-12T08:00Z 60m",
            "s 01-19T08:00Z 60m",
        ],
    );
}

#[test]
fn an_until_without_zone_or_time_is_local() {
    for until in ["20260119T090000", "20260119"] {
        check(
            &format!(
                "BEGIN:VEVENT\nUID:s\nSUMMARY:s\n{NINE}RRULE:FREQ=WEEKLY;UNTIL={until}\nEND:VEVENT"
            ),
            &[
                "s 01-05T08:00Z 60m",
                "s 01-12T08:00Z 60m",
                "s 01-19T08:00Z 60m",
            ],
        );
    }
}

#[test]
fn a_local_until_on_a_series_in_utc_is_accepted() {
    check(
        "BEGIN:VEVENT\nUID:s\nSUMMARY:s\nDTSTART:20260105T080000Z\nRRULE:FREQ=DAILY;UNTIL=20260106T080000\nEND:VEVENT",
        &["s 01-05T08:00Z 0m", "s 01-06T08:00Z 0m"],
    );
}

#[test]
fn a_moved_instance_leaves_no_old_slot_behind_whatever_its_sequence() {
    for sequence in ["", "SEQUENCE:1\n", "SEQUENCE:7\n"] {
        check(
            &(weekly("SEQUENCE:0\n")
                + &change(
                    ";TZID=Europe/Berlin:20260112T090000",
                    "20260112T110000",
                    sequence,
                )),
            &[
                "c 01-12T10:00Z 30m",
                "s 01-05T08:00Z 60m",
                "s 01-19T08:00Z 60m",
            ],
        );
    }
}

#[test]
fn a_slot_may_be_named_in_utc_as_a_date_or_without_a_zone() {
    for slot in [
        ":20260112T080000Z",
        ";VALUE=DATE:20260112",
        ":20260112T090000",
        ";TZID=America/New_York:20260112T030000",
    ] {
        check(
            &(weekly("") + &change(slot, "20260112T110000", "")),
            &[
                "c 01-12T10:00Z 30m",
                "s 01-05T08:00Z 60m",
                "s 01-19T08:00Z 60m",
            ],
        );
    }
}

#[test]
fn a_change_belongs_to_its_own_uid() {
    let other = weekly("")
        .replace("UID:s", "UID:b")
        .replace("SUMMARY:s", "SUMMARY:b");
    let moved = change(";TZID=Europe/Berlin:20260112T090000", "20260112T110000", "")
        .replace("UID:s", "UID:b");
    check(
        &(weekly("") + &other + &moved),
        &[
            "b 01-05T08:00Z 60m",
            "b 01-19T08:00Z 60m",
            "c 01-12T10:00Z 30m",
            "s 01-05T08:00Z 60m",
            "s 01-12T08:00Z 60m",
            "s 01-19T08:00Z 60m",
        ],
    );
}

#[test]
fn a_series_over_the_spring_gap_and_the_autumn_fold_keeps_its_days() {
    let night = |start: &str| {
        format!(
            "BEGIN:VEVENT\nUID:s\nSUMMARY:s\nDTSTART;TZID=Europe/Berlin:{start}T023000\nRRULE:FREQ=DAILY;COUNT=3\nEND:VEVENT"
        )
    };
    check(
        &night("20260328"),
        &[
            "s 03-28T01:30Z 0m",
            "s 03-29T01:30Z 0m",
            "s 03-30T00:30Z 0m",
        ],
    );
    check(
        &night("20261024"),
        &[
            "s 10-24T00:30Z 0m",
            "s 10-25T00:30Z 0m",
            "s 10-26T01:30Z 0m",
        ],
    );
}

#[test]
fn a_weekly_meeting_stays_at_nine_when_the_clocks_change() {
    check(
        "BEGIN:VEVENT\nUID:s\nSUMMARY:s\nDTSTART;TZID=W. Europe Standard Time:20260323T090000\nDURATION:PT1H\nRRULE:FREQ=WEEKLY;COUNT=2\nEND:VEVENT",
        &["s 03-23T08:00Z 60m", "s 03-30T07:00Z 60m"],
    );
}

#[test]
fn exdate_removes_in_every_form_in_which_it_is_written() {
    for form in [
        "EXDATE;VALUE=DATE:20260112\n",
        "EXDATE:20260112T080000Z\n",
        "EXDATE;TZID=Europe/Berlin:20260112T090000\n",
        "EXDATE:20260112T090000\n",
        "EXDATE;TZID=W. Europe Standard Time:20260112T090000,20260301T090000\n",
    ] {
        check(&weekly(form), &["s 01-05T08:00Z 60m", "s 01-19T08:00Z 60m"]);
    }
}

#[test]
fn the_first_date_can_be_removed_too() {
    check(
        &weekly("EXDATE:20260105T080000Z\n"),
        &["s 01-12T08:00Z 60m", "s 01-19T08:00Z 60m"],
    );
}

#[test]
fn every_style_of_zone_is_followed() {
    for zone in [
        "Europe/Berlin",
        "W. Europe Standard Time",
        "\"(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna\"",
    ] {
        check(
            &format!(
                "BEGIN:VEVENT\nUID:s\nSUMMARY:s\nDTSTART;TZID={zone}:20260105T090000\nEND:VEVENT"
            ),
            &["s 01-05T08:00Z 0m"],
        );
    }
    check(
        "BEGIN:VEVENT\nUID:s\nSUMMARY:s\nDTSTART:20260105T080000Z\nEND:VEVENT",
        &["s 01-05T08:00Z 0m"],
    );
}

#[test]
fn a_floating_time_is_local_to_the_room() {
    check(
        "BEGIN:VEVENT\nUID:s\nSUMMARY:s\nDTSTART:20260705T090000\nDTEND:20260705T100000\nEND:VEVENT",
        &["s 07-05T07:00Z 60m"],
    );
}

#[test]
fn a_zone_that_only_its_vtimezone_describes_is_worked_out() {
    let zone = "BEGIN:VTIMEZONE\nTZID:Customized Time Zone\nBEGIN:STANDARD\nDTSTART:16010101T030000\nTZOFFSETFROM:+0200\nTZOFFSETTO:+0100\nRRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=10\nEND:STANDARD\nBEGIN:DAYLIGHT\nDTSTART:16010101T020000\nTZOFFSETFROM:+0100\nTZOFFSETTO:+0200\nRRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=3\nEND:DAYLIGHT\nEND:VTIMEZONE\n";
    let event = "BEGIN:VEVENT\nUID:s\nSUMMARY:s\nDTSTART;TZID=Customized Time Zone:20260323T090000\nRRULE:FREQ=WEEKLY;COUNT=2\nEND:VEVENT\n";
    check(
        &format!("{event}{zone}"),
        &["s 03-23T08:00Z 0m", "s 03-30T07:00Z 0m"],
    );
    let fixed = zone.replace("+0200", "+0530").replace("+0100", "+0530");
    check(
        &format!("{fixed}{event}"),
        &["s 03-23T03:30Z 0m", "s 03-30T03:30Z 0m"],
    );
}

#[test]
fn an_unknown_zone_is_the_room_s_and_is_named() {
    let problems = check_in(
        year(),
        "BEGIN:VEVENT\nUID:s\nSUMMARY:s\nDTSTART;TZID=Mars/Olympus:20260105T090000\nEND:VEVENT",
        &["s 01-05T08:00Z 0m"],
    );
    let calendar = parse("BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:s\nDTSTART;TZID=Mars/Olympus:20260105T090000\nEND:VEVENT\nEND:VCALENDAR").expect("a calendar");
    assert!(problems.is_empty());
    assert_eq!(
        calendar.problems,
        [crate::Problem::UnknownZone {
            name: "Mars/Olympus".into()
        }]
    );
}

#[test]
fn this_and_future_moves_everything_from_there_on() {
    check(
        &(weekly("")
            + &change(
                ";RANGE=THISANDFUTURE;TZID=Europe/Berlin:20260112T090000",
                "20260113T110000",
                "",
            )),
        &[
            "c 01-13T10:00Z 30m",
            "c 01-20T10:00Z 30m",
            "s 01-05T08:00Z 60m",
        ],
    );
    let twice = change(
        ";RANGE=THISANDFUTURE;TZID=Europe/Berlin:20260112T090000",
        "20260113T110000",
        "",
    ) + &change(";TZID=Europe/Berlin:20260119T090000", "20260119T150000", "")
        .replace("SUMMARY:c", "SUMMARY:d");
    check(
        &(weekly("") + &twice),
        &[
            "c 01-13T10:00Z 30m",
            "d 01-19T14:00Z 30m",
            "s 01-05T08:00Z 60m",
        ],
    );
}

#[test]
fn the_highest_sequence_wins_then_the_latest_stamp() {
    let version = |sequence: &str, stamp: &str, title: &str| {
        format!(
            "BEGIN:VEVENT\nUID:s\nSUMMARY:{title}\nSEQUENCE:{sequence}\nDTSTAMP:{stamp}\nDTSTART:20260105T080000Z\nEND:VEVENT\n"
        )
    };
    check(
        &(version("2", "20260101T000000Z", "new") + &version("1", "20260102T000000Z", "old")),
        &["new 01-05T08:00Z 0m"],
    );
    check(
        &(version("1", "20260102T000000Z", "late") + &version("1", "20260101T000000Z", "early")),
        &["late 01-05T08:00Z 0m"],
    );
    let slot = ";TZID=Europe/Berlin:20260112T090000";
    let changes = change(slot, "20260112T120000", "SEQUENCE:2\n")
        + &change(slot, "20260112T110000", "SEQUENCE:1\n");
    check(
        &(weekly("") + &changes),
        &[
            "c 01-12T11:00Z 30m",
            "s 01-05T08:00Z 60m",
            "s 01-19T08:00Z 60m",
        ],
    );
}

#[test]
fn a_change_left_behind_by_a_moved_series_is_dropped_and_one_without_its_series_is_kept() {
    let stale = change(
        ";TZID=Europe/Berlin:20260112T080000",
        "20260112T083000",
        "SEQUENCE:0\n",
    );
    check(
        &(weekly("SEQUENCE:3\n") + &stale),
        &[
            "s 01-05T08:00Z 60m",
            "s 01-12T08:00Z 60m",
            "s 01-19T08:00Z 60m",
        ],
    );
    check(
        &change(":20260112T080000Z", "20260112T110000", ""),
        &["c 01-12T10:00Z 30m"],
    );
}

#[test]
fn added_dates_count_with_their_own_length() {
    check(
        &weekly(
            "RDATE:20260107T080000Z\nRDATE;VALUE=PERIOD:20260108T080000Z/PT2H,20260109T080000Z/20260109T083000Z\nRDATE:20260112T080000Z\n",
        ),
        &[
            "s 01-05T08:00Z 60m",
            "s 01-07T08:00Z 60m",
            "s 01-08T08:00Z 120m",
            "s 01-09T08:00Z 30m",
            "s 01-12T08:00Z 60m",
            "s 01-19T08:00Z 60m",
        ],
    );
}

#[test]
fn exrule_takes_away() {
    check(
        &format!(
            "BEGIN:VEVENT\nUID:s\nSUMMARY:s\n{NINE}RRULE:FREQ=DAILY;COUNT=4\nEXRULE:FREQ=WEEKLY;BYDAY=TU,WE\nEND:VEVENT"
        ),
        &["s 01-08T08:00Z 60m"],
    );
}

#[test]
fn whole_days_are_the_room_s_days_and_lose_no_hour() {
    check(
        "BEGIN:VEVENT\nUID:s\nSUMMARY:s\nDTSTART;VALUE=DATE:20260329\nEND:VEVENT\nBEGIN:VEVENT\nUID:t\nSUMMARY:t\nDTSTART;VALUE=DATE:20260105\nDTEND;VALUE=DATE:20260107\nEND:VEVENT\nBEGIN:VEVENT\nUID:u\nSUMMARY:u\nDTSTART;VALUE=DATE:20260105\nDTEND;VALUE=DATE:20260105\nEND:VEVENT",
        &[
            "s 03-28T23:00Z 1380m",
            "t 01-04T23:00Z 2880m",
            "u 01-04T23:00Z 1440m",
        ],
    );
}

#[test]
fn a_series_of_whole_days_ends_and_excepts_as_exchange_and_google_write_it() {
    for (until, except) in [
        ("20260107", "EXDATE;VALUE=DATE:20260106"),
        ("20260107T000000Z", "EXDATE:20260106T000000Z"),
        (
            "20260106T230000Z",
            "EXDATE;TZID=Europe/Berlin:20260106T000000",
        ),
        ("20260107T235959", "EXDATE:20260105T230000Z"),
    ] {
        check(
            &format!(
                "BEGIN:VEVENT\nUID:s\nSUMMARY:s\nDTSTART;VALUE=DATE:20260105\nRRULE:FREQ=DAILY;BYHOUR=9;BYMINUTE=0;UNTIL={until}\n{except}\nEND:VEVENT"
            ),
            &["s 01-04T23:00Z 1440m", "s 01-06T23:00Z 1440m"],
        );
    }
}

#[test]
fn outlook_s_midnight_to_midnight_is_a_whole_day() {
    let calendar = parse("BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:s\nDTSTART;TZID=W. Europe Standard Time:20260105T000000\nDTEND;TZID=W. Europe Standard Time:20260106T000000\nX-MICROSOFT-CDO-ALLDAYEVENT:TRUE\nEND:VEVENT\nEND:VCALENDAR").expect("a calendar");
    assert!(calendar.events[0].start.is_date());
}

#[test]
fn no_length_and_an_end_before_the_start_are_tolerated() {
    check(
        "BEGIN:VEVENT\nUID:s\nSUMMARY:s\nDTSTART:20260105T080000Z\nDTEND:20260105T080000Z\nEND:VEVENT\nBEGIN:VEVENT\nUID:t\nSUMMARY:t\nDTSTART:20260105T080000Z\nDTEND:20260105T070000Z\nEND:VEVENT\nBEGIN:VEVENT\nUID:u\nSUMMARY:u\nDTSTART:20260105T080000Z\nDURATION:-PT1H\nEND:VEVENT",
        &[
            "s 01-05T08:00Z 0m",
            "t 01-05T08:00Z 0m",
            "u 01-05T08:00Z 0m",
        ],
    );
}

#[test]
fn what_touches_the_window_is_in_it_and_nothing_else() {
    let window = Window {
        from: at("2026-01-05T08:30"),
        to: at("2026-01-12T08:00"),
    };
    check_in(window, &weekly(""), &["s 01-05T08:00Z 60m"]);
    let window = Window {
        from: at("2026-01-05T09:00"),
        to: at("2026-01-12T08:01"),
    };
    check_in(window, &weekly(""), &["s 01-12T08:00Z 60m"]);
    let long = "BEGIN:VEVENT\nUID:s\nSUMMARY:s\nDTSTART:20251201T080000Z\nDURATION:P10D\nRRULE:FREQ=MONTHLY\nEND:VEVENT";
    let window = Window {
        from: at("2026-01-10T00:00"),
        to: at("2026-01-20T00:00"),
    };
    check_in(window, long, &["s 01-01T08:00Z 14400m"]);
}

#[test]
fn a_daily_series_from_2010_is_there_today() {
    let window = Window {
        from: at("2026-11-21T00:00"),
        to: at("2026-11-23T00:00"),
    };
    check_in(
        window,
        "BEGIN:VEVENT\nUID:s\nSUMMARY:s\nDTSTART;TZID=Europe/Berlin:20100104T090000\nRRULE:FREQ=DAILY\nEND:VEVENT",
        &["s 11-21T08:00Z 0m", "s 11-22T08:00Z 0m"],
    );
}

#[test]
fn a_recurrence_every_second_since_1970_is_bounded_and_named() {
    let text = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:s\nDTSTART:19700101T000000Z\nRRULE:FREQ=SECONDLY\nEND:VEVENT\nEND:VCALENDAR";
    let calendar = parse(text).expect("a calendar");
    let zone = berlin();
    let done = expand(&calendar, &zone, Window::around(at("2026-01-05T00:00")));
    assert_eq!(done.occurrences.len(), crate::rule::MAX_DATES);
    assert_eq!(
        done.problems,
        [crate::Problem::TooManyDates { uid: "s".into() }]
    );
}

#[test]
fn a_rule_that_is_not_understood_still_shows_its_first_date() {
    let problems = check_in(
        year(),
        "BEGIN:VEVENT\nUID:s\nSUMMARY:s\nDTSTART:20260105T080000Z\nRRULE:FREQ=FORTNIGHTLY\nEND:VEVENT",
        &["s 01-05T08:00Z 0m"],
    );
    assert_eq!(
        problems,
        ["A repetition was not understood (FREQ is FORTNIGHTLY); only its first date is shown."]
    );
}

#[test]
fn a_thousand_yearly_birthdays_take_no_time() {
    let birthdays: String = (0..1321)
        .map(|n| format!("BEGIN:VEVENT\nUID:{n}\nDTSTART;VALUE=DATE:19{:02}{:02}{:02}\nRRULE:FREQ=YEARLY\nEND:VEVENT\n", n % 90 + 10, n % 12 + 1, n % 28 + 1))
        .collect();
    let calendar =
        parse(&format!("BEGIN:VCALENDAR\n{birthdays}END:VCALENDAR")).expect("a calendar");
    let begun = std::time::Instant::now();
    let zone = berlin();
    let done = expand(&calendar, &zone, Window::around(at("2026-03-05T00:00")));
    assert!(done.occurrences.len() > 20 && done.problems.is_empty());
    assert!(begun.elapsed().as_secs() < 5, "took {:?}", begun.elapsed());
}

#[test]
fn a_half_file_gives_what_can_be_read_and_a_named_problem() {
    let whole = format!(
        "BEGIN:VCALENDAR\n{}BEGIN:VEVENT\nUID:t\nSUMMARY:t\nDTSTART:20260107T080000Z\nURL:https://meet.jit.si/Abc",
        weekly("")
    );
    let calendar = parse(&whole).expect("a calendar");
    assert_eq!(calendar.events.len(), 1);
    assert!(matches!(
        calendar.problems[..],
        [crate::Problem::HalfFile { .. }]
    ));
}

#[test]
fn twenty_megabytes_are_refused_with_a_clear_sentence() {
    let text = format!("BEGIN:VCALENDAR\n{}", "X".repeat(20 << 20));
    let refused = parse(&text).expect_err("refused");
    assert_eq!(
        refused.sentence().en,
        "The calendar is too large (20 MB, at most 16 MB)."
    );
}

#[test]
fn an_old_export_in_windows_1252_is_read() {
    let text = b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:s\r\nSUMMARY:B\xfcro \x96 Pr\xfcfung\r\nDTSTART:20260105T080000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    let calendar = crate::parse_bytes(text).expect("a calendar");
    assert_eq!(calendar.events[0].title.reveal(), "Büro – Prüfung");
}
