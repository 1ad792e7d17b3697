//! Whole programs, timed and weighed: what a user waits for and pays.

use std::io;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// What running a program cost.
#[derive(Clone, Copy, Debug)]
pub struct Cost {
    /// Time on processors, of the program and those it started and waited for; time on the wall where the
    /// system does not tell.
    pub processor: Duration,
    /// Time on the wall.
    pub wall: Duration,
}

/// Runs a program to its end, without its output.
///
/// # Errors
/// If it cannot be started, or fails.
pub fn run(command: &mut Command) -> io::Result<Cost> {
    let (before, started) = (of_children(), Instant::now());
    let status = command.stdin(Stdio::null()).stdout(Stdio::null()).status()?;
    let (wall, after) = (started.elapsed(), of_children());
    if !status.success() {
        return Err(io::Error::other(format!("{command:?} ended with {status}")));
    }
    let processor = before.zip(after).map_or(wall, |(before, after)| after.saturating_sub(before));
    Ok(Cost { processor, wall })
}

/// Processor time of all programs that were started from here and have ended.
#[cfg(unix)]
fn of_children() -> Option<Duration> {
    use nix::sys::resource::{UsageWho, getrusage};
    use nix::sys::time::TimeValLike;

    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).ok()?;
    let micros = usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
    Some(Duration::from_micros(u64::try_from(micros).ok()?))
}

#[cfg(not(unix))]
fn of_children() -> Option<Duration> {
    None
}

/// Bytes of this process that are resident, and the most that ever were; nothing where the system does not tell.
#[must_use]
pub fn resident() -> Option<(u64, u64)> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let bytes = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        let kib: u64 = line.split_whitespace().next()?.parse().ok()?;
        Some(kib << 10)
    };
    bytes("VmRSS:").zip(bytes("VmHWM:"))
}
