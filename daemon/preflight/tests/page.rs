//! The report of rooms that were made up: complete, self-contained, and safe with any name.

#![allow(clippy::unwrap_used, reason = "a test may end where it stands")]

mod common;

use common::{Fault, Room, SIZE, ear, hear};
use preflight::history::Past;
use preflight::path::{NoLine, PathLimits, Tls, Way, judge as judge_path};
use preflight::report::Report;
use preflight::sound::{Limits, Loop, judge};
use preflight::{Check, Checked, Language, Run, Skipped, Trouble};
use std::time::Duration;

fn sound(seed: u64, fault: Fault) -> (Vec<Loop>, Checked) {
    let ear = ear();
    let baseline = hear(&mut Room::installed(SIZE, seed), &ear);
    let now = hear(&mut Room::broken(SIZE, seed, fault), &ear);
    let mut checked = Checked::of(Check::Sound);
    let findings = judge(&now, Some(&baseline), &Limits::default());
    checked.troubles = findings.into_iter().map(Trouble::Sound).collect();
    checked.loops = now;
    (baseline, checked)
}

fn path() -> Checked {
    let ms = Duration::from_millis;
    let mut lines: Vec<_> = (0..20).map(|n| Ok(ms(18 + n % 5))).collect();
    lines[7] = Err(NoLine::Silent);
    let way = Way {
        port: 443,
        name: Some(ms(4)),
        lines,
        tls: Some(Ok(Tls {
            took: ms(41),
            days: Some(9),
        })),
        clock_ahead: Some(0),
        rate: None,
    };
    judge_path(&way, &PathLimits::default())
}

fn run(fault: Fault) -> (Vec<Loop>, Run) {
    let (baseline, sound) = sound(7, fault);
    let skipped = |check| Checked::skipped(check, Skipped::NothingThere);
    let checks = vec![
        skipped(Check::Meeting),
        path(),
        Checked::of(Check::Picture),
        sound,
    ];
    (
        baseline,
        Run {
            checks,
            stopped: None,
        },
    )
}

fn history(run: &Run) -> Vec<Past> {
    let good = Past {
        codes: Vec::new(),
        verdict: Some(preflight::sound::Verdict::Green),
        ..Past::of(0, run)
    };
    let mut past: Vec<Past> = (0..24)
        .map(|n| Past {
            gain: good.gain.map(|gain| gain + 7.0 + f64::from(n % 5) * 0.3),
            ..good.clone()
        })
        .collect();
    past[9].verdict = Some(preflight::sound::Verdict::Red);
    past[9].gain = None;
    past.push(Past::of(0, run));
    past
}

fn page(room: &str, language: Language, fault: Fault) -> (Run, String) {
    let (baseline, run) = run(fault);
    let history = history(&run);
    let report = Report {
        room,
        when: language_when(language),
        language,
        run: &run,
        baseline: Some(&baseline),
        history: &history,
        tomorrow: &[],
    };
    let html = report.html();
    (run.clone(), html)
}

fn language_when(language: Language) -> &'static str {
    match language {
        Language::De => "28. November 2026, 16:05 Uhr",
        Language::En => "28 November 2026, 16:05",
    }
}

/// `ROOMD_REPORTS=FOLDER` leaves the pages there, for looking at.
fn keep(name: &str, html: &str) {
    if let Some(folder) = std::env::var_os("ROOMD_REPORTS") {
        std::fs::write(std::path::Path::new(&folder).join(name), html).unwrap();
    }
}

#[test]
fn the_report_says_everything_that_was_found_and_asks_for_nothing_from_outside() {
    let (run, html) = page("Sitzungssaal 2.14", Language::De, Fault::AmplifierDown(8.0));
    keep("de.html", &html);
    assert!(!run.troubles().is_empty());
    for trouble in run.troubles() {
        assert!(
            html.contains(&trouble.sentence(Language::De)),
            "{trouble:?}"
        );
        assert!(html.contains(trouble.code()), "{trouble:?}");
    }
    for outside in ["http:", "https:", "<script", "<link", "<img", "url("] {
        assert!(!html.contains(outside), "{outside}");
    }
    assert_eq!(html.matches("class=\"tolerance\"").count(), 4);
    assert!(html.contains("lang=\"de\""));
}

#[test]
fn names_are_text_and_nothing_else() {
    let (_, html) = page(
        "<b>\"Saal\" & Foyer</b>",
        Language::En,
        Fault::DeadMicrophone(0),
    );
    keep("en.html", &html);
    assert!(html.contains("&lt;b&gt;"));
    assert!(!html.contains("<b>\"Saal"));
}

#[test]
fn a_good_room_and_one_of_which_nothing_is_known_look_different() {
    let (baseline, sound) = sound(3, Fault::None);
    let good = Run {
        checks: vec![sound],
        stopped: None,
    };
    let none = Run {
        checks: vec![Checked::skipped(Check::Sound, Skipped::Stopped)],
        stopped: Some(preflight::Stop::Press),
    };
    let page = |run: &Run| {
        let report = Report {
            room: "Raum 1",
            when: "heute",
            language: Language::De,
            run,
            baseline: Some(&baseline),
            history: &[],
            tomorrow: &[],
        };
        report.html()
    };
    keep("good.html", &page(&good));
    assert!(page(&good).contains("Der Raum ist bereit."));
    assert!(!page(&none).contains("Der Raum ist bereit."));
    assert!(page(&none).contains("Tastendruck"));
}
