//! What is strange, and why.

use super::captures::{seconds_of, with_table_of};
use super::hosts::end;
use crate::explore::{Anomalies, Anomaly, Subject};
use crate::{Cell, Column, ReportError, Section, Unit};

pub(super) fn section(of: &Anomalies) -> Result<Section, ReportError> {
    let what = match of.subject {
        Subject::Flows => "flows",
        Subject::Packets => "packets",
    };
    let said = format!(
        "An isolation forest learned from {} of {} {what} what is usual here, and tells those with a score above {:.3}. \
         Strange is not malicious: look at the reasons, behind each of which stands how much it adds.",
        Unit::Count.exact(of.learned as f64),
        Unit::Count.exact(of.rows as f64),
        of.threshold
    );
    let section = Section::new("Anomalies").figure("Anomalies", of.found as f64, Unit::Count);
    // Of a packet, who looks it up needs its number; of a flow, how long it took.
    let place = match of.subject {
        Subject::Flows => Column::number("Took", Unit::Seconds),
        Subject::Packets => Column::number("Frame", Unit::Count),
    };
    let columns = vec![
        Column::number("Score", Unit::Plain).with_bars(),
        Column::number("Time", Unit::Time),
        place,
        Column::text("From"),
        Column::text("To"),
        Column::text("Protocol"),
        Column::number("Packets", Unit::Count),
        Column::number("Bytes", Unit::Bytes),
        Column::text("Why"),
        Column::text("On lists"),
    ];
    let rows = of.strangest.iter().map(row).collect();
    let title = format!("The strangest {what}");
    with_table_of(section.sentence(said), &title, columns, rows, of.found)
}

fn row(it: &Anomaly) -> Vec<Cell> {
    let who = &it.who;
    let reasons: Vec<String> = it.reasons.iter().map(ToString::to_string).collect();
    vec![
        it.score.into(),
        seconds_of(who.time).into(),
        who.frame.map_or(who.duration_nanos as f64 / 1e9, |frame| frame as f64).into(),
        who.source.map(end).into(),
        who.destination.map(end).into(),
        who.protocol.map(|protocol| protocol.to_string()).into(),
        who.volume.packets.into(),
        who.volume.bytes.into(),
        reasons.join("; ").into(),
        it.on_lists.join("; ").into(),
    ]
}
