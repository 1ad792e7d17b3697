//! How those are doing that are told, and what is kept.

use netsift::alert::{Notice, SinkState};
use netsift::history::HistoryState;
use netsift::watch::Ended;

use crate::failure::{tell, tell_table};
use crate::figures::grouped;
use crate::table::Table;

/// A sink fails, or works again.
pub(super) fn notice(notice: &Notice<'_>) {
    match notice {
        Notice::Failing { sink, error } => tell(&format!("sink {sink}: {error}")),
        Notice::Recovered { sink } => tell(&format!("sink {sink}: works again")),
        _ => {}
    }
}

/// What became of alerts and of what was to be kept; if that is not wanted, what was lost.
pub(super) fn tell_end(ended: &Ended, quiet: bool) {
    if !quiet {
        tell_table(&sinks(ended));
    }
    if let Some(history) = &ended.history {
        tell_history(history, quiet);
    }
}

fn sinks(ended: &Ended) -> Table {
    let mut table = Table::new(&["Sink", "delivered", "waiting", "dead", "lost", "last error"]);
    table = table.words(&[5]);
    for sink in &ended.sinks {
        let lost = sink.overflowed + sink.unwritten;
        let counts = [sink.delivered, sink.waiting, sink.dead, lost].map(grouped);
        let [delivered, waiting, dead, lost] = counts;
        table.row([sink.name.clone(), delivered, waiting, dead, lost, trouble(sink)]);
    }
    table
}

/// What a sink that still fails said last.
fn trouble(sink: &SinkState) -> String {
    sink.last_error.clone().filter(|_| sink.is_failing).unwrap_or_default()
}

fn tell_history(history: &HistoryState, quiet: bool) {
    let (written, lost) = (history.written, history.lost);
    if !quiet {
        let (alerts, verdicts) = (grouped(written.alerts), grouped(written.verdicts));
        tell(&format!("history: {alerts} alerts and {verdicts} verdicts written"));
    }
    if lost.alerts + lost.verdicts + lost.flows > 0 {
        let lost = [lost.alerts, lost.verdicts, lost.flows].map(grouped);
        let [alerts, verdicts, flows] = lost;
        tell(&format!("history: lost {alerts} alerts, {verdicts} verdicts and {flows} flows"));
    }
    for path in &history.aside {
        tell(&format!("history: was damaged, and lies in {} now", path.display()));
    }
    if let Some(trouble) = &history.trouble {
        tell(&format!("history: {trouble}"));
    }
}
