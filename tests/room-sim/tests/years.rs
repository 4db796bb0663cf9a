//! Simulated rooms: many short ones with trouble, calm ones that miss no meeting, and a whole year in seconds.

use room_sim::sim::{Course, Report, run};

fn go(seed: u64, days: u64, calm: bool) -> Report {
    match run(Course { seed, days, calm }) {
        Ok(report) => report,
        Err(wrong) => panic!("{wrong}"),
    }
}

#[test]
fn troubled_weeks_keep_every_promise() {
    let reports: Vec<Report> = (1..=20).map(|seed| go(seed, 7, false)).collect();
    let calls: u64 = reports.iter().map(|r| r.calls).sum();
    let restarts: u64 = reports.iter().map(|r| r.restarts).sum();
    println!("20 weeks: {calls} calls, {restarts} restarts of the daemon");
    assert!(calls > 500 && restarts > 20, "the weeks are too quiet");
}

#[test]
fn calm_weeks_miss_no_meeting() {
    for seed in 1..=5 {
        let report = go(seed, 7, true);
        assert!(report.attended > 20, "{report:?}");
    }
}

#[test]
fn a_year_passes_in_seconds() {
    let began = std::time::Instant::now();
    let report = go(4711, 365, false);
    println!("a year: {report:?} in {:.1?}", began.elapsed());
    assert!(report.steps > 500_000 && report.calls > 1000, "{report:?}");
}
