//! What the daemon costs at rest, by the kernel's own accounting; Chromium is not counted.

use anyhow::{Context, Result};
use demo_kit::kit::Kit;
use serde_json::{Value, json};
use std::fs;
use std::time::Duration;
use tokio::time::{Instant, sleep};

pub async fn watch(kit: &Kit, seconds: u64) -> Result<Value> {
    let pid = kit.roomd.pid()?;
    let (before, began) = (ticks(pid)?, Instant::now());
    // Time itself is measured here.
    sleep(Duration::from_secs(seconds)).await;
    let per_second =
        nix::unistd::sysconf(nix::unistd::SysconfVar::CLK_TCK)?.context("clock ticks")?;
    let used = (ticks(pid)? - before) as f64 / per_second as f64;
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    Ok(json!({
        "seconds": seconds,
        "percent_of_a_core": 100.0 * used / began.elapsed().as_secs_f64(),
        "memory_mib": kib(&status, "VmRSS:")? as f64 / 1024.0,
        "of_it_program_file_mib": kib(&status, "RssFile:")? as f64 / 1024.0,
        "threads": status.lines().find_map(|line| line.strip_prefix("Threads:")).map(str::trim),
    }))
}

/// User and system time of all threads, in clock ticks (proc(5), fields 14 and 15).
fn ticks(pid: i32) -> Result<u64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    let after_name = stat.rsplit_once(')').context("a process has a name")?.1;
    let fields: Vec<&str> = after_name.split_whitespace().collect();
    let field = |at: usize| -> Result<u64> { Ok(fields.get(at).context("a field")?.parse()?) };
    Ok(field(11)? + field(12)?)
}

fn kib(status: &str, name: &str) -> Result<u64> {
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix(name))
        .context("a line of status")?;
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}
