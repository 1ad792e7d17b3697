//! How those are doing that are told, and what is kept.

use netsift::alert::SinkState;
use netsift::history::HistoryState;
use netsift::watch::{Ended, Notice};

use crate::failure::{tell, tell_table, warn};
use crate::figures::grouped;
use crate::table::Table;

/// A sink or the history fails, or works again.
pub(super) fn notice(notice: &Notice<'_>) {
    let said = notice.to_string();
    match notice.is_good() {
        true => tell(&said),
        false => warn(&said),
    }
}

/// What became of alerts and of what was to be kept; if that is not wanted, what was lost.
pub(super) fn tell_end(ended: &Ended, quiet: bool) {
    if !quiet {
        tell_table(&sinks(ended));
    }
    for sink in ended.sinks.iter().filter(|sink| lost(sink) > 0) {
        warn(&format!("sink {}: lost {} alerts", sink.name, grouped(lost(sink))));
    }
    if let Some(history) = &ended.history {
        tell_history(history, quiet);
    }
}

fn sinks(ended: &Ended) -> Table {
    let mut table = Table::new(&["Sink", "delivered", "waiting", "dead", "lost", "last error"]);
    table = table.words(&[5]);
    for sink in &ended.sinks {
        let counts = [sink.delivered, sink.waiting, sink.dead, lost(sink)].map(grouped);
        let [delivered, waiting, dead, lost] = counts;
        table.row([sink.name.clone(), delivered, waiting, dead, lost, trouble(sink)]);
    }
    table
}

/// How many alerts found no room, or could not be written.
fn lost(sink: &SinkState) -> u64 {
    sink.overflowed + sink.unwritten
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
        warn(&format!("history: lost {alerts} alerts, {verdicts} verdicts and {flows} flows"));
    }
    for path in &history.aside {
        warn(&format!("history: was damaged, and lies in {} now", path.display()));
    }
    if let Some(trouble) = &history.trouble {
        warn(&format!("history: {trouble}"));
    }
}
