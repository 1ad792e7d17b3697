//! The summary as tables for a person.

use std::fmt::Write;

use super::hosts::MAX_HOSTS;
use super::summary::{Line, Told};
use crate::figures::{bytes, duration, grouped, scaled, share};
use crate::table::Table;
use crate::time::shown;

pub(super) fn of(told: &Told) -> String {
    let mut page = capture(told);
    let sections = [
        ("Network", &told.network, true),
        ("Transport", &told.transport, true),
        ("Carried", &told.carried, false),
        ("Rejected", &told.rejects, true),
        ("Read with an error inside", &told.errors, false),
    ];
    for (heading, lines, always) in sections {
        if always || !lines.is_empty() {
            page.push('\n');
            page.push_str(&section(heading, lines, told));
        }
    }
    page.push('\n');
    page.push_str(&talkers(told));
    page
}

/// The facts of the capture, one a line.
fn capture(told: &Told) -> String {
    let mut facts = vec![("read from", told.source.clone())];
    facts.push(("format", told.formats.join(", ")));
    facts.push(("link type", names(&told.links)));
    if let Some((first, last)) = told.times {
        facts.push(("first", shown(first)));
        facts.push(("last", shown(last)));
    }
    facts.push(("packets", packets(told)));
    facts.push(("bytes", volume(told)));
    facts.extend(rate(told).map(|rate| ("rate", rate)));
    facts.extend((told.skipped > 0).then(|| {
        ("skipped", format!("{} files that are no captures", grouped(told.skipped as u64)))
    }));
    let oddities =
        told.oddities.iter().map(|(what, times)| ("odd", format!("{} {what}", grouped(*times))));
    facts.extend(oddities);
    let mut text = String::from("Capture\n");
    for (name, fact) in facts.iter().filter(|(_, fact)| !fact.is_empty()) {
        // Writing to a string does not fail.
        let _ = writeln!(text, "  {name:<10} {fact}");
    }
    text
}

fn names(lines: &[Line]) -> String {
    match lines {
        [only] => only.name.clone(),
        _ => {
            let name = |line: &Line| format!("{} ({})", line.name, grouped(line.count.packets));
            lines.iter().map(name).collect::<Vec<_>>().join(", ")
        }
    }
}

fn packets(told: &Told) -> String {
    let selected = grouped(told.all.packets);
    match told.read - told.all.packets {
        0 => selected,
        _ => format!("{selected} selected of {}", grouped(told.read)),
    }
}

fn volume(told: &Told) -> String {
    let on_the_wire = format!("{} on the wire", bytes(told.all.bytes));
    match told.captured == told.all.bytes {
        true => format!("{on_the_wire}, all captured"),
        false => format!("{on_the_wire}, {} captured", bytes(told.captured)),
    }
}

/// Over the time from the first to the last packet, if there is any between them.
fn rate(told: &Told) -> Option<String> {
    let (first, last) = told.times?;
    let nanos = u64::try_from(last.nanos_since(first)).ok().filter(|nanos| *nanos > 0)?;
    let seconds = nanos as f64 / 1e9;
    let packets = told.all.packets as f64 / seconds;
    let packets = match packets {
        100.0.. => format!("{} packets/s", grouped(packets as u64)),
        _ => format!("{packets:.1} packets/s"),
    };
    let bits = scaled(told.all.bytes as f64 * 8.0 / seconds, "bit/s");
    Some(format!("{packets}, {bits}, over {}", duration(nanos)))
}

fn section(heading: &str, lines: &[Line], told: &Told) -> String {
    if lines.is_empty() {
        return format!("{heading}\n  none\n");
    }
    let mut table = Table::new(&[heading, "packets", "share", "bytes", "share"]);
    for Line { name, count } in lines {
        table.row([
            name.clone(),
            grouped(count.packets),
            share(count.packets, told.all.packets),
            bytes(count.bytes),
            share(count.bytes, told.all.bytes),
        ]);
    }
    table.to_string()
}

fn talkers(told: &Told) -> String {
    let more = if told.hosts < MAX_HOSTS { "" } else { " and more" };
    let hosts = format!("{}{more} hosts", grouped(told.hosts as u64));
    if told.talkers.is_empty() {
        return format!("Talkers\n  none shown of {hosts}\n");
    }
    let heading = format!("Talkers ({} of {hosts})", told.talkers.len());
    let columns =
        [&heading, "sent packets", "sent bytes", "received packets", "received bytes", "share"];
    let mut table = Table::new(&columns);
    for (address, traffic) in &told.talkers {
        table.row([
            address.to_string(),
            grouped(traffic.sent.packets),
            bytes(traffic.sent.bytes),
            grouped(traffic.received.packets),
            bytes(traffic.received.bytes),
            share(traffic.bytes(), told.all.bytes),
        ]);
    }
    let mut text = table.to_string();
    if told.hosts >= MAX_HOSTS && told.beyond.bytes() > 0 {
        // Writing to a string does not fail.
        let _ = writeln!(
            text,
            "  only the first {} hosts were followed; the others sent {} and received {}",
            grouped(MAX_HOSTS as u64),
            bytes(told.beyond.sent.bytes),
            bytes(told.beyond.received.bytes),
        );
    }
    text
}
