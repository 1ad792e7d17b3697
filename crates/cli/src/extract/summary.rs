//! What was done: every packet that was read is in a line here.

use std::time::Instant;

use netsift::flow::{Counts, End, Finished, IntakeCounts};

use crate::figures::{bytes, grouped, share};
use crate::reading::Reading;
use crate::table::Table;

pub(super) struct Summary<'a, S> {
    pub(super) reading: &'a Reading,
    pub(super) finished: &'a Finished<S>,
    /// Rows written.
    pub(super) rows: u64,
    /// Those that no rule had a label for.
    pub(super) unlabelled: u64,
    pub(super) started: Instant,
}

impl<S> Summary<'_, S> {
    pub(super) fn tables(&self) -> Vec<Table> {
        let (intake, counts) = (&self.finished.intake, &self.finished.counts);
        let mut tables = vec![self.packets(intake, counts), flows(counts)];
        tables.extend(self.notes(intake, counts));
        tables.push(done(self.reading, intake, self.rows, self.started));
        tables
    }

    /// Packets in are packets in rows, and those that are not with the reason.
    fn packets(&self, intake: &IntakeCounts, counts: &Counts) -> Table {
        let read = self.reading.frames();
        let mut table = Table::new(&["Packets", "packets", "share"]);
        let mut row = |name: &str, packets: u64| {
            if packets > 0 {
                table.row([name.to_owned(), grouped(packets), share(packets, read)]);
            }
        };
        row("in rows", counts.flow_packets);
        row("in flows that the profile does not tell", counts.untold_packets);
        row("left out of their flow by the profile", counts.dropped);
        let kept = counts.flow_packets + counts.untold_packets + counts.dropped;
        row("in flows left open", counts.packets.saturating_sub(kept));
        row("not selected", read - intake.frames);
        for (reject, packets) in &intake.rejects {
            row(&format!("rejected: {reject}"), *packets);
        }
        // Flows that were open at the start bring packets that another run has read.
        row("of these read by runs before", kept.saturating_sub(counts.packets));
        table.row(["all that were read".to_owned(), grouped(read), share(read, read)]);
        table
    }

    /// What else is worth knowing, if there is any of it.
    fn notes(&self, intake: &IntakeCounts, counts: &Counts) -> Option<Table> {
        let notes = [
            ("packets later than the one behind them in their flow", counts.late),
            ("fragments tied to their first", intake.tied_fragments),
            ("fragments without their first, in flows without ports", intake.orphan_fragments),
            ("packets damaged inside, read up to there", intake.damaged),
            ("flows evicted after their end", counts.evictions.over),
            ("flows of one packet evicted", counts.evictions.single),
            ("other flows evicted", counts.evictions.settled),
            ("flows that the profile does not tell", counts.untold),
            ("rows of flows that went on", counts.early),
            ("rows without a label", self.unlabelled),
        ];
        noted(&notes)
    }
}

/// The same where every packet is a row.
pub(super) fn of_packets(
    reading: &Reading,
    intake: &IntakeCounts,
    (rows, unlabelled): (u64, u64),
    started: Instant,
) -> Vec<Table> {
    let read = reading.frames();
    let mut packets = Table::new(&["Packets", "packets", "share"]);
    let mut row = |name: &str, count: u64| {
        if count > 0 {
            packets.row([name.to_owned(), grouped(count), share(count, read)]);
        }
    };
    row("in rows", intake.records);
    row("not selected", read - intake.frames);
    for (reject, count) in &intake.rejects {
        row(&format!("rejected: {reject}"), *count);
    }
    packets.row(["all that were read".to_owned(), grouped(read), share(read, read)]);
    let notes = [
        ("fragments tied to their first", intake.tied_fragments),
        ("fragments without their first", intake.orphan_fragments),
        ("packets damaged inside, read up to there", intake.damaged),
        ("rows without a label", unlabelled),
    ];
    let mut tables = vec![packets];
    tables.extend(noted(&notes));
    tables.push(done(reading, intake, rows, started));
    tables
}

/// What occurred, if anything did.
fn noted(notes: &[(&str, u64)]) -> Option<Table> {
    let mut table = Table::new(&["Noted", ""]);
    let occurred: Vec<_> = notes.iter().filter(|(_, times)| *times > 0).collect();
    occurred.iter().for_each(|(what, times)| table.row([(*what).to_owned(), grouped(*times)]));
    (!occurred.is_empty()).then_some(table)
}

fn done(reading: &Reading, intake: &IntakeCounts, rows: u64, started: Instant) -> Table {
    let seconds = started.elapsed().as_secs_f64();
    let rate = grouped((reading.frames() as f64 / seconds) as u64);
    let mut table = Table::new(&["Done", ""]);
    table.row(["rows written".to_owned(), grouped(rows)]);
    table.row(["bytes on the wire".to_owned(), bytes(intake.bytes)]);
    table.row(["seconds".to_owned(), format!("{seconds:.2}")]);
    table.row(["packets a second".to_owned(), rate]);
    table
}

fn flows(counts: &Counts) -> Table {
    let mut table = Table::new(&["Flows", "flows", "share"]);
    for end in End::ALL.into_iter().filter(|end| *end != End::Early) {
        let flows = counts.with_end(end);
        if flows > 0 {
            table.row([ended(end).to_owned(), grouped(flows), share(flows, counts.flows)]);
        }
    }
    let all = counts.flows;
    table.row(["all".to_owned(), grouped(all), share(all, all)]);
    table
}

const fn ended(end: End) -> &'static str {
    match end {
        End::Fin => "ended by FIN",
        End::Rst => "ended by RST",
        End::Idle => "silent for longer than the idle timeout",
        End::Active => "longer than the active timeout",
        End::Icmp => "ended by another kind of ICMP message",
        End::Evicted => "evicted for want of room",
        End::Input => "open at the end of the input",
        _ => end.name(),
    }
}
