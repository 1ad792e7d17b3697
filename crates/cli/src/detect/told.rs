//! How those are doing that are told, and what is kept.

use std::collections::BTreeMap;

use netsift::alert::{Notice as OfSink, SinkState};
use netsift::history::HistoryState;
use netsift::watch::{Ended, LeftOut, Notice};
use serde_json::json;

use crate::failure::{tell_facts, tell_table, warn, warn_facts};
use crate::figures::grouped;
use crate::table::Table;

/// A sink or the history fails, or works again.
pub(super) fn notice(notice: &Notice<'_>) {
    let said = notice.to_string();
    let facts = match notice {
        Notice::Sink(OfSink::Failing { sink, error }) => {
            json!({"sink": sink, "error": error.to_string()})
        }
        Notice::Sink(OfSink::Recovered { sink }) => json!({"sink": sink}),
        Notice::HistoryFails(error) => json!({"error": error.to_string()}),
        Notice::Silences(number) => json!({"silences": number}),
        Notice::Allowances(number) => json!({"allowances": number}),
        Notice::LeftOut(left_out) => {
            let named = |it: &LeftOut| json!({"what": it.what, "id": it.id, "why": it.why});
            json!({"left_out": left_out.iter().map(named).collect::<Vec<_>>()})
        }
        _ => json!({}),
    };
    match notice.is_good() {
        true => tell_facts(&said, &facts),
        false => warn_facts(&said, &facts),
    }
}

/// What became of alerts and of what was to be kept; if that is not wanted, what was lost.
pub(super) fn tell_end(ended: &Ended, quiet: bool) {
    if !quiet {
        tell_table(&sinks(ended));
    }
    for sink in ended.sinks.iter().filter(|sink| lost(sink) > 0) {
        let said = format!("sink {}: lost {} alerts", sink.name, grouped(lost(sink)));
        warn_facts(&said, &json!({"sink": sink.name, "lost": lost(sink)}));
    }
    if ended.silenced > 0 && !quiet {
        let said = format!("silenced: {} alerts", grouped(ended.silenced));
        tell_facts(&said, &json!({"silenced": ended.silenced}));
    }
    if let Some(history) = &ended.history {
        tell_history(history, quiet);
    }
}

fn sinks(ended: &Ended) -> Table {
    let headings = ["Sink", "delivered", "waiting", "dead", "lost", "in part", "last error"];
    let mut table = Table::new(&headings).words(&[6]);
    for sink in &ended.sinks {
        let counts = [sink.delivered, sink.waiting, sink.dead, lost(sink), sink.partly];
        let cells = [sink.name.clone()].into_iter().chain(counts.map(grouped));
        table.row(cells.chain([trouble(sink)]));
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
        let said = format!("history: {alerts} alerts and {verdicts} verdicts written");
        tell_facts(&said, &json!({"alerts": written.alerts, "verdicts": written.verdicts}));
    }
    if lost.total() > 0 {
        let numbers = [lost.alerts, lost.verdicts, lost.flows, lost.hosts];
        let facts = ["alerts", "verdicts", "flows", "hosts"].into_iter().zip(numbers);
        let facts = json!({"lost": facts.collect::<BTreeMap<_, _>>()});
        let [alerts, verdicts, flows, hosts] = numbers.map(grouped);
        let said = format!(
            "history: lost {alerts} alerts, {verdicts} verdicts, {flows} flows and {hosts} scores of hosts"
        );
        warn_facts(&said, &facts);
    }
    for path in &history.aside {
        warn(&format!("history: was damaged, and lies in {} now", path.display()));
    }
    if let Some(trouble) = &history.trouble {
        warn(&format!("history: {trouble}"));
    }
}
