//! What the daemon costs at rest, by the kernel's own accounting; Chromium is not counted.

use anyhow::{Context, Result};
use demo_kit::kit::Kit;
use nix::time::ClockId;
use nix::unistd::Pid;
use serde_json::{Value, json};
use std::fs;
use std::time::Duration;
use tokio::time::{Instant, sleep};

pub async fn watch(kit: &Kit, seconds: u64) -> Result<Value> {
    let pid = kit.roomd.pid()?;
    let (before, began) = (spent(pid)?, Instant::now());
    // Time itself is measured here.
    sleep(Duration::from_secs(seconds)).await;
    let used = (spent(pid)? - before).as_secs_f64();
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    Ok(json!({
        "seconds": seconds,
        "percent_of_a_core": 100.0 * used / began.elapsed().as_secs_f64(),
        "memory_mib": number(&status, "VmRSS:")? as f64 / 1024.0,
        "of_it_program_file_mib": number(&status, "RssFile:")? as f64 / 1024.0,
        "threads": status.lines().find_map(|line| line.strip_prefix("Threads:")).map(str::trim),
    }))
}

/// Processor time of all threads, to the nanosecond: the ticks of proc(5) are too coarse for what rests.
pub fn spent(pid: i32) -> Result<Duration> {
    let clock = ClockId::pid_cpu_clock_id(Pid::from_raw(pid))?;
    Ok(clock.now()?.into())
}

/// How often its threads went to sleep by themselves, which is how often they were woken.
pub fn switched(pid: i32) -> Result<u64> {
    let mut sum = 0;
    for thread in fs::read_dir(format!("/proc/{pid}/task"))? {
        let status = fs::read_to_string(thread?.path().join("status"))?;
        sum += number(&status, "voluntary_ctxt_switches:")?;
    }
    Ok(sum)
}

fn number(status: &str, name: &str) -> Result<u64> {
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix(name))
        .context("a line of status")?;
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}
