//! How it goes, while it goes on and in the end.

use std::time::{Duration, Instant};

use netsift::capture::{QueueDepth, SourceStats};
use netsift::detect::{Counters, Counts, Path};
use netsift::history::HistoryState;
use std::io::{self, IsTerminal};

use super::packets;
use super::run::Ended;
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
    is_live: bool,
    told: Instant,
    before: (Counts, SourceStats),
    most_waiting: u64,
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
        let (before, most_waiting) = Default::default();
        Self { counters, every, progress, is_terminal, is_live, told, before, most_waiting }
    }

    /// Tells it if it is time.
    pub(super) fn look(
        &mut self,
        stats: &SourceStats,
        queue: QueueDepth,
        history: impl FnOnce() -> Option<HistoryState>,
    ) {
        let (now, since) = (self.counters.counts(), self.told.elapsed());
        self.most_waiting = self.most_waiting.max(now.waiting);
        if self.every.is_none_or(|every| since < every) {
            return;
        }
        let line = self.line((now, stats), queue, since) + &kept(history().as_ref());
        if self.is_terminal {
            self.progress.say(line);
        } else {
            tell(&line);
        }
        (self.before, self.told) = ((now, *stats), Instant::now());
    }

    /// What came and what was lost since the last time, and what waits.
    fn line(
        &self,
        (now, stats): (Counts, &SourceStats),
        queue: QueueDepth,
        since: Duration,
    ) -> String {
        let (before, lost) = &self.before;
        let rate = |now: u64, before: u64| {
            let rate = figures::scaled(now.saturating_sub(before) as f64 / since.as_secs_f64(), "");
            rate.trim().to_owned()
        };
        let rates = format!(
            "{} packets/s, {} flows/s, {} alerts/s",
            rate(now.frames, before.frames),
            rate(now.flows, before.flows),
            rate(now.alerts, before.alerts),
        );
        let dropped = if self.is_live {
            let [kernel, interface, here] = drops_since(stats, lost).map(told_drops);
            format!("; dropped: {kernel} by the kernel, {interface} by the interface, {here} here")
        } else {
            String::new()
        };
        let (waiting, room) = (queue.waiting, queue.room);
        let flows = grouped(now.waiting);
        format!("{rates}{dropped}; waiting: {waiting} of {room} batches of packets, {flows} flows")
    }

    /// So many flows waited when most did, as far as it was looked at.
    pub(super) fn most_waiting(&self) -> u64 {
        self.most_waiting
    }

    pub(super) fn clear(&self) {
        self.progress.clear();
    }
}

/// What the history has lost so far, and what is wrong with it; nothing of one that is well.
fn kept(history: Option<&HistoryState>) -> String {
    let Some(HistoryState { lost, waiting, trouble, .. }) = history else { return String::new() };
    if lost.total() == 0 && trouble.is_none() {
        return String::new();
    }
    let trouble = trouble.as_ref().map_or_else(String::new, |trouble| format!(": {trouble}"));
    let [lost, waiting] = [lost, waiting].map(|it| grouped(it.total()));
    format!("; history: {lost} records lost, {waiting} wait{trouble}")
}

/// What the kernel, the interface and the queue have dropped; nothing where nobody counts.
fn drops(stats: &SourceStats) -> [Option<u64>; 3] {
    [stats.kernel_drops, stats.interface_drops, Some(stats.queue_drops)]
}

fn drops_since(stats: &SourceStats, before: &SourceStats) -> [Option<u64>; 3] {
    let mut now = drops(stats);
    for (now, before) in now.iter_mut().zip(drops(before)) {
        *now = now.map(|now| now.saturating_sub(before.unwrap_or(0)));
    }
    now
}

fn told_drops(drops: Option<u64>) -> String {
    drops.map_or_else(|| "unknown".to_owned(), grouped)
}

/// What came of all.
pub(super) fn told(ended: &Ended, is_live: bool, saved: Option<packets::Counts>, unprinted: u64) {
    let Ended { summary, stats, queue, most_waiting, took, .. } = ended;
    let Counts { frames, flows, early, behaviours, alerts, allowed, covered, unscored, .. } =
        summary.counts;
    let rejected = summary.intake.frames.saturating_sub(summary.intake.records);
    let mut table = Table::new(&["In all", ""]);
    let rate = figures::scaled(frames as f64 / took.as_secs_f64().max(1e-9), "");
    table.row(["packets".into(), grouped(frames)]);
    table.row(["packets a second".into(), rate.trim().to_owned()]);
    if is_live {
        let whose = ["by the kernel", "by the interface", "here, too many at once"];
        for (whose, drops) in whose.into_iter().zip(drops(stats)) {
            table.row([format!("dropped {whose}"), told_drops(drops)]);
        }
        let waited = format!("{} of {}", queue.most, queue.room);
        table.row(["most batches of packets that waited".into(), waited]);
        table.row(["most flows that waited".into(), grouped(*most_waiting)]);
    }
    let lines = [
        ("of no flow", rejected),
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

#[cfg(test)]
mod tests {
    use netsift::detect::PathBuilder;

    use super::*;

    #[test]
    fn who_dropped_what_and_what_waits_is_told_apart() {
        let path = PathBuilder::new().start(|_, _| {}).unwrap();
        let line = |is_live, stats: &SourceStats| {
            let status = Status::new(None, is_live, true, &path);
            let now = Counts::default();
            status.line((now, stats), QueueDepth::default(), Duration::from_secs(1))
        };
        let mut stats = SourceStats::default();
        (stats.kernel_drops, stats.queue_drops) = (Some(1_200), 7);
        let rates = "0.00 packets/s, 0.00 flows/s, 0.00 alerts/s";
        let waiting = "waiting: 0 of 0 batches of packets, 0 flows";
        let dropped = "dropped: 1,200 by the kernel, unknown by the interface, 7 here";
        assert_eq!(line(true, &stats), format!("{rates}; {dropped}; {waiting}"));
        assert_eq!(line(false, &stats), format!("{rates}; {waiting}"), "files wait");
        let mut state = HistoryState::default();
        assert_eq!([kept(None), kept(Some(&state))], ["", ""]);
        (state.lost.alerts, state.lost.flows, state.waiting.hosts) = (2, 1_000, 3);
        state.trouble = Some("h.db: the disk is full".into());
        let said = "; history: 1,002 records lost, 3 wait: h.db: the disk is full";
        assert_eq!(kept(Some(&state)), said);
        let before = SourceStats::default();
        assert_eq!(drops_since(&stats, &before), [Some(1_200), None, Some(7)]);
        assert_eq!(drops_since(&stats, &stats), [Some(0), None, Some(0)]);
    }
}
