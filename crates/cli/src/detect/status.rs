//! How it goes, while it goes on and in the end.

use std::time::{Duration, Instant};

use netsift::capture::SourceStats;
use netsift::detect::{Counters, Counts, Path, Summary};
use std::io::{self, IsTerminal};

use super::packets;
use crate::failure::{tell, tell_table};
use crate::figures::{self, grouped};
use crate::progress::Progress;
use crate::table::Table;

/// How often it is told on a terminal, and of an interface elsewhere.
const ON_TERMINAL: Duration = Duration::from_secs(1);
const ELSEWHERE: Duration = Duration::from_secs(60);

/// Tells how it goes.
pub(super) struct Status {
    counters: Counters,
    every: Option<Duration>,
    progress: Progress,
    is_terminal: bool,
    told: Instant,
    before: (Counts, u64),
}

impl Status {
    pub(super) fn new(every: Option<i64>, is_live: bool, quiet: bool, path: &Path) -> Self {
        let is_terminal = io::stderr().is_terminal();
        let asked = every.map(|nanos| Duration::from_nanos(nanos.max(0).unsigned_abs()));
        let usual = match (is_terminal, is_live) {
            (true, _) => Some(ON_TERMINAL),
            (false, true) => Some(ELSEWHERE),
            (false, false) => None,
        };
        let every = if quiet { None } else { asked.or(usual) };
        let progress = if quiet { Progress::hidden() } else { Progress::of_words() };
        let (counters, told) = (path.counters(), Instant::now());
        Self { counters, every, progress, is_terminal, told, before: (Counts::default(), 0) }
    }

    /// Tells it if it is time.
    pub(super) fn look(&mut self, stats: &SourceStats) {
        let since = self.told.elapsed();
        if self.every.is_none_or(|every| since < every) {
            return;
        }
        let (now, drops) = (self.counters.counts(), stats.drops());
        let (before, dropped) = self.before;
        let rate = |now: u64, before: u64| {
            figures::scaled(now.saturating_sub(before) as f64 / since.as_secs_f64(), "")
        };
        let line = format!(
            "{} packets/s, {} flows/s, {} alerts/s; {} dropped, {} flows wait",
            rate(now.frames, before.frames).trim(),
            rate(now.flows, before.flows).trim(),
            rate(now.alerts, before.alerts).trim(),
            grouped(drops.saturating_sub(dropped)),
            grouped(now.waiting),
        );
        if self.is_terminal {
            self.progress.say(line);
        } else {
            tell(&line);
        }
        (self.before, self.told) = ((now, drops), Instant::now());
    }

    pub(super) fn clear(&self) {
        self.progress.clear();
    }
}

/// What came of all.
pub(super) fn told(
    summary: &Summary,
    stats: &SourceStats,
    saved: Option<packets::Counts>,
    unprinted: u64,
    took: Duration,
) {
    let Counts { frames, flows, early, behaviours, alerts, allowed, covered, unscored, .. } =
        summary.counts;
    let rejected = summary.intake.frames.saturating_sub(summary.intake.records);
    let mut table = Table::new(&["In all", ""]);
    let rate = figures::scaled(frames as f64 / took.as_secs_f64().max(1e-9), "");
    table.row(["packets".into(), grouped(frames)]);
    table.row(["packets a second".into(), rate.trim().to_owned()]);
    let lines = [
        ("of no flow", rejected),
        ("dropped by the kernel", stats.kernel_drops.unwrap_or(0)),
        ("dropped by the interface", stats.interface_drops.unwrap_or(0)),
        ("dropped here, too many at once", stats.queue_drops),
        ("flows", flows),
        ("looks at flows that went on", early),
        ("behaviours told", behaviours),
        ("alerts", alerts),
        ("alerts that could not be written", unprinted),
        ("allowed by the policy", allowed),
        ("bad flows of floods that are alerts", covered),
        ("flows without an answer of a model", unscored),
    ];
    let always = ["flows", "alerts"];
    for (what, count) in lines.into_iter().filter(|(it, count)| always.contains(it) || *count > 0) {
        table.row([what.to_owned(), grouped(count)]);
    }
    saved.iter().for_each(|saved| add_saved(&mut table, saved));
    tell_table(&table);
    let hosts: Vec<_> = summary.hosts.iter().filter(|(_, score)| *score >= 1.0).collect();
    if !hosts.is_empty() {
        let mut table = Table::new(&["Worst hosts", "score"]);
        hosts.iter().for_each(|(host, score)| table.row([host.to_string(), format!("{score:.0}")]));
        tell_table(&table);
    }
}

/// Whether packets were saved, and why not.
fn add_saved(table: &mut Table, saved: &packets::Counts) {
    table.row(["alerts with saved packets".to_owned(), grouped(saved.saved)]);
    let lines = [
        ("of them, some had left the ring", saved.partly),
        ("not saved: all had left the ring", saved.gone),
        ("not saved: no room, see --saved-mib", saved.no_room),
        ("not saved: no time", saved.no_time),
        ("not saved: could not be written", saved.failed),
    ];
    for (what, count) in lines.into_iter().filter(|(_, count)| *count > 0) {
        table.row([what.to_owned(), grouped(count)]);
    }
}
