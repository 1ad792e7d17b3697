//! Who took part: hosts, pairs of them, conversations, ports, and what of it is on lists.

use std::net::SocketAddr;

use super::captures::{matrix, seconds_of, with_table, with_table_of};
use crate::explore::{CaptureNumbers, Conversation, Host, Matches, Pair, Port, Ranked, Seen};
use crate::{Block, Cell, Column, ReportError, Section, Unit};

pub(super) fn talkers(numbers: &CaptureNumbers) -> Result<Section, ReportError> {
    let section = Section::new("Hosts");
    let section = inexact(section, &numbers.sources, "hosts");
    let section = ranked(section, "sources", host_columns(), &numbers.sources, host)?;
    let section = inexact(section, &numbers.destinations, "receiving hosts");
    let section = ranked(section, "destinations", host_columns(), &numbers.destinations, host)?;
    let section = seen(section, &numbers.seen)?;
    let scopes = numbers.scopes.iter().map(|it| {
        let name = serde_json::to_value(it.scope).ok();
        let name = name.as_ref().and_then(|name| name.as_str()).unwrap_or_default();
        vec![name.into(), it.hosts.into(), it.sent.bytes.into(), it.received.bytes.into()]
    });
    let hosts = if numbers.sources.is_exact { "Hosts" } else { "Hosts, at least" };
    let columns = vec![
        Column::text("Scope"),
        Column::number(hosts, Unit::Count),
        Column::number("Sent", Unit::Bytes).with_bars(),
        Column::number("Received", Unit::Bytes).with_bars(),
    ];
    let section = with_table(section, "What addresses are for", columns, scopes.collect())?;
    let section = inexact(section, &numbers.link_hosts, "hosts on the link");
    let links = numbers.link_hosts.by_bytes.iter().map(|it| {
        let (sent, received) = (it.sent, it.received);
        let address = it.address.to_string().into();
        let volumes = [sent.packets, sent.bytes, received.packets, received.bytes];
        std::iter::once(address).chain(volumes.map(Cell::from)).collect()
    });
    let columns = volumes(vec![Column::text("Address")], ["sent", "received"]);
    let distinct = numbers.link_hosts.distinct;
    with_table_of(section, "Busiest on the link", columns, links.collect(), distinct)
}

/// Who came first and who was there last, for who asks.
fn seen(section: Section, of: &Seen) -> Result<Section, ReportError> {
    let mut lists = Section::new("");
    for (title, hosts) in [("Hosts seen first", &of.first), ("Hosts seen last", &of.last)] {
        lists = with_table(lists, title, host_columns(), hosts.iter().map(host).collect())?;
    }
    let blocks = lists.blocks().to_vec();
    let title = "Hosts seen first and last".to_owned();
    Ok(if blocks.is_empty() { section } else { section.with(Block::Details(title, blocks)) })
}

pub(super) fn conversations(numbers: &CaptureNumbers) -> Result<Section, ReportError> {
    let mut section = Section::new("Conversations");
    if let Some(chart) = matrix(&numbers.matrix)? {
        section = section.with(chart);
    }
    let section = inexact(section, &numbers.pairs, "pairs of hosts");
    let columns =
        || timed(volumes(vec![Column::text("One"), Column::text("Other")], ["there", "back"]));
    let section = ranked(section, "pairs of hosts", columns(), &numbers.pairs, pair)?;
    let ends = || {
        let ends = vec![Column::text("Protocol"), Column::text("One"), Column::text("Other")];
        timed(volumes(ends, ["there", "back"]))
    };
    let section = inexact(section, &numbers.conversations, "conversations");
    let section = ranked(section, "conversations", ends(), &numbers.conversations, conversation)?;
    let columns = || {
        vec![
            Column::text("Protocol"),
            Column::text("Port"),
            Column::text("Known for"),
            Column::number("Flows", Unit::Count),
            Column::number("Packets", Unit::Count),
            Column::number("Bytes", Unit::Bytes).with_bars(),
        ]
    };
    ranked(section, "ports", columns(), &numbers.ports, port)
}

/// What was found on lists.
pub(super) fn matches(of: &Matches) -> Result<Section, ReportError> {
    let section = Section::new("On lists").figure("Flows on lists", of.flows as f64, Unit::Count);
    let section = of.lists.iter().fold(section, |section, list| section.sentence(list.as_str()));
    let columns = vec![
        Column::text("List"),
        Column::text("Found"),
        Column::text("Entry"),
        Column::number("Flows", Unit::Count).with_bars(),
        Column::number("Packets", Unit::Count),
        Column::number("Bytes", Unit::Bytes),
    ];
    let rows = of.top.iter().map(|it| {
        let texts = [&it.list, &it.subject, &it.entry].map(|text| Cell::from(text.as_str()));
        let counts = [it.flows, it.volume.packets, it.volume.bytes].map(Cell::from);
        texts.into_iter().chain(counts).collect()
    });
    let rows = rows.collect();
    let section = with_table_of(section, "What is on lists", columns, rows, of.distinct)?;
    Ok(match of.is_exact {
        true => section,
        false => section.sentence(format!(
            "There are about {} matches, more than are counted exactly: a count may be too low by up to {} flows.",
            Unit::Count.exact(of.distinct as f64),
            Unit::Count.exact(of.missed as f64)
        )),
    })
}

/// The first by bytes, and below, for who asks, the first by packets.
fn ranked<T>(
    section: Section,
    what: &str,
    columns: Vec<Column>,
    of: &Ranked<T>,
    row: fn(&T) -> Vec<Cell>,
) -> Result<Section, ReportError> {
    let rows = |of: &[T]| of.iter().map(row).collect();
    let title = format!("Busiest {what} by bytes");
    let section = with_table_of(section, &title, columns.clone(), rows(&of.by_bytes), of.distinct)?;
    let title = format!("Busiest {what} by packets");
    let rows = rows(&of.by_packets);
    let by_packets = with_table_of(Section::new(""), &title, columns, rows, of.distinct)?;
    let blocks = by_packets.blocks().to_vec();
    Ok(if blocks.is_empty() { section } else { section.with(Block::Details(title, blocks)) })
}

fn inexact<T>(section: Section, of: &Ranked<T>, what: &str) -> Section {
    if of.is_exact {
        return section;
    }
    let [packets, bytes] = [(of.missed.packets, Unit::Count), (of.missed.bytes, Unit::Bytes)]
        .map(|(missed, unit)| unit.exact(missed as f64));
    let about = Unit::Count.exact(of.distinct as f64);
    section.sentence(format!(
        "There are about {about} {what}, more than are counted exactly: a count may be too low by up to {packets} packets and {bytes} bytes."
    ))
}

fn host_columns() -> Vec<Column> {
    timed(volumes(vec![Column::text("Address"), Column::text("Scope")], ["sent", "received"]))
}

fn host(it: &Host) -> Vec<Cell> {
    let scope = serde_json::to_value(it.scope).ok();
    let scope = scope.as_ref().and_then(|scope| scope.as_str()).unwrap_or_default();
    let volumes = [it.sent.packets, it.sent.bytes, it.received.packets, it.received.bytes];
    let times = [it.first, it.last].map(|time| Cell::from(seconds_of(time)));
    let who = [it.address.to_string().into(), scope.into()];
    who.into_iter().chain(volumes.map(Cell::from)).chain(times).collect()
}

fn pair(it: &Pair) -> Vec<Cell> {
    let volumes = [it.there.packets, it.there.bytes, it.back.packets, it.back.bytes];
    let times = [it.first, it.last].map(|time| Cell::from(seconds_of(time)));
    let who = [it.one, it.other].map(|address| Cell::from(address.to_string()));
    who.into_iter().chain(volumes.map(Cell::from)).chain(times).collect()
}

fn conversation(it: &Conversation) -> Vec<Cell> {
    let volumes = [it.there.packets, it.there.bytes, it.back.packets, it.back.bytes];
    let times = [it.first, it.last].map(|time| Cell::from(seconds_of(time)));
    let who = [it.protocol.to_string(), end(it.one), end(it.other)].map(Cell::from);
    who.into_iter().chain(volumes.map(Cell::from)).chain(times).collect()
}

/// An address with its port, if it has one.
pub(super) fn end(end: SocketAddr) -> String {
    match end.port() {
        0 => end.ip().to_string(),
        _ => end.to_string(),
    }
}

fn port(it: &Port) -> Vec<Cell> {
    let texts = [it.protocol.to_string(), it.port.to_string(), it.known_for.to_owned()];
    let counts = [it.flows, it.volume.packets, it.volume.bytes];
    texts.map(Cell::from).into_iter().chain(counts.map(Cell::from)).collect()
}

/// With packets and bytes of each of two directions.
fn volumes(mut columns: Vec<Column>, directions: [&str; 2]) -> Vec<Column> {
    for direction in directions {
        columns.push(Column::number(format!("Packets {direction}"), Unit::Count));
        columns.push(Column::number(format!("Bytes {direction}"), Unit::Bytes).with_bars());
    }
    columns
}

/// With the first and the last time.
fn timed(mut columns: Vec<Column>) -> Vec<Column> {
    columns.extend(["First", "Last"].map(|name| Column::number(name, Unit::Time)));
    columns
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_without_a_port_is_an_address() {
        let told = ["10.0.0.1:0", "[::1]:0", "10.0.0.1:53"].map(|it| end(it.parse().unwrap()));
        assert_eq!(told, ["10.0.0.1", "::1", "10.0.0.1:53"]);
    }
}
