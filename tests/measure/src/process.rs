//! What the kernel knows of a process: how much CPU it used, and how much memory it had at most.

use std::fs;
use std::time::Duration;

use crate::Result;

/// How long a process must use no CPU to be at rest.
const QUIET: Duration = Duration::from_millis(2);

/// What a process used up to a moment.
#[derive(Debug, Clone, Copy, Default)]
pub struct Used {
    /// CPU of all its threads, in the kernel and outside, in nanoseconds. What a thread used that has ended is lost; the
    /// functions' threads live as long as they do.
    pub cpu: u64,
    /// Most memory that it had at once, in kibibytes: `VmHWM`, with the pages of its own file.
    pub peak: u64,
}

/// What it used so far, once it is at rest: what it does after its answer is its own too.
pub async fn at_rest(pid: u32) -> Result<Used> {
    let mut before = cpu(pid)?;
    let mut quiet = 0;
    while quiet < 3 {
        tokio::time::sleep(QUIET).await;
        let now = cpu(pid)?;
        quiet = if now == before { quiet + 1 } else { 0 };
        before = now;
    }
    Ok(Used { cpu: before, peak: peak(pid)? })
}

fn cpu(pid: u32) -> Result<u64> {
    let mut sum = 0;
    for thread in fs::read_dir(format!("/proc/{pid}/task"))? {
        let text = fs::read_to_string(thread?.path().join("schedstat"))?;
        sum += text.split_whitespace().next().unwrap_or_default().parse::<u64>()?;
    }
    Ok(sum)
}

fn peak(pid: u32) -> Result<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line =
        status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("no VmHWM in /proc: is this Linux?")?;
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}
