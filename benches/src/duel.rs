//! Two ways to do one thing, timed in turn, so that a machine whose speed drifts is fair to both.

use std::fmt;
use std::time::{Duration, Instant};

/// What two ways cost for each of `items`, round by round.
pub struct Duel {
    name: String,
    items: u64,
    rounds: Vec<(Duration, Duration)>,
}

impl Duel {
    /// Lets `ours` and `theirs` take turns, `rounds` times after a first that does not count.
    pub fn fight(
        name: impl Into<String>,
        items: u64,
        rounds: usize,
        mut ours: impl FnMut(),
        mut theirs: impl FnMut(),
    ) -> Self {
        let mut times = Vec::with_capacity(rounds);
        for round in 0..=rounds {
            let turn = (processor_time(&mut ours), processor_time(&mut theirs));
            if round > 0 {
                times.push(turn);
            }
        }
        Self { name: name.into(), items, rounds: times }
    }

    /// The median over the rounds of what ours took of theirs.
    #[must_use]
    pub fn ratio(&self) -> f64 {
        median(self.rounds.iter().map(|(ours, theirs)| ours.as_secs_f64() / theirs.as_secs_f64()))
    }

    fn nanos(&self, side: impl Fn(&(Duration, Duration)) -> Duration) -> f64 {
        median(self.rounds.iter().map(|round| side(round).as_nanos() as f64 / self.items as f64))
    }
}

impl fmt::Display for Duel {
    /// A row of a Markdown table: name, ns an item of ours, of theirs, ratio.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (ours, theirs) = (self.nanos(|round| round.0), self.nanos(|round| round.1));
        write!(f, "| {} | {ours:.1} | {theirs:.1} | {:.2} |", self.name, self.ratio())
    }
}

/// The processor time that `work` takes, where Linux tells it; elsewhere the time on the wall.
pub fn processor_time(work: &mut impl FnMut()) -> Duration {
    let wall = Instant::now();
    let before = on_processor();
    work();
    match (before, on_processor()) {
        (Some(before), Some(after)) => after.saturating_sub(before),
        _ => wall.elapsed(),
    }
}

/// How long this thread has been on a processor.
fn on_processor() -> Option<Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    Some(Duration::from_nanos(text.split(' ').next()?.parse().ok()?))
}

/// The one in the middle; of an even number the upper one. Not a number of none.
#[must_use]
pub fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut sorted: Vec<f64> = values.collect();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
}
