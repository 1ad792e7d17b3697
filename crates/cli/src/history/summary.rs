//! What a history holds, on a page.

use netsift::history::{
    AlertGroup, AlertsAsked, CountBy, CountsAsked, FlowsAsked, Group, Reader, Times, Top, Total,
};

use super::counts::width;
use super::{at, rows};
use crate::failure::Failure;
use crate::figures::{bytes, grouped};
use crate::table::Table;
use crate::terminal::printable;

/// How many of each are shown.
const SHOWN: usize = 10;
/// The longest bar, in characters.
const BAR: u64 = 40;

pub(super) fn print(reader: &Reader) -> Result<(), Failure> {
    let mut text = held(reader)?;
    let tables = [most_told(reader)?, worst(reader)?, most(reader)?, over_time(reader)?];
    for table in tables.into_iter().flatten() {
        text += &format!("\n{table}");
    }
    rows::print(&text)
}

/// When and how much.
fn held(reader: &Reader) -> Result<String, Failure> {
    let alerts = |acknowledged| {
        let mut asked = AlertsAsked::default();
        (asked.acknowledged, asked.limit) = (acknowledged, 1);
        reader.alerts(&asked).map(|page| number(page.total))
    };
    let flows = |verdicts| {
        let mut asked = FlowsAsked::default();
        (asked.verdicts, asked.limit) = (verdicts, 1);
        reader.flows(&asked).map(|page| number(page.total))
    };
    let mut table = Table::new(&["History", ""]).words(&[1]);
    let mut row = |name: &str, value: String| table.row([name.to_owned(), value]);
    if let Some(Times { since: Some(since), until: Some(until) }) = reader.span()? {
        row("from", at(since));
        row("to", at(until.saturating_sub(1)));
    }
    row("size", bytes(reader.bytes()?));
    row("alerts", alerts(None)?);
    row("not acknowledged", alerts(Some(false))?);
    row("verdicts", flows(true)?);
    row("other flows", flows(false)?);
    Ok(table.to_string())
}

fn most_told(reader: &Reader) -> Result<Option<Table>, Failure> {
    let groups = reader.alert_groups(Group::What, Times::ALL, SHOWN)?;
    let most = groups.iter().map(|group| group.alerts).max().unwrap_or(0);
    let mut table = Table::new(&["Told most", "alerts", "seen", ""]).words(&[3]);
    for AlertGroup { name, alerts, count, .. } in &groups {
        let name = printable(name).into_owned();
        table.row([name, grouped(*alerts), grouped(*count), bar(*alerts, most)]);
    }
    Ok((!groups.is_empty()).then_some(table))
}

fn worst(reader: &Reader) -> Result<Option<Table>, Failure> {
    let hosts = reader.worst_hosts(Times::ALL, SHOWN)?;
    let mut table = Table::new(&["Worst hosts", "score", "when"]).words(&[2]);
    for host in &hosts {
        table.row([host.address.to_string(), format!("{:.0}", host.score), at(host.nanos)]);
    }
    Ok((!hosts.is_empty()).then_some(table))
}

fn most(reader: &Reader) -> Result<Option<Table>, Failure> {
    let classes = reader.top(Top::Classes, Times::ALL, SHOWN)?;
    let most = classes.iter().map(|class| class.volume.bytes).max().unwrap_or(0);
    let mut table = Table::new(&["Classes", "flows", "bytes", ""]).words(&[3]);
    for class in &classes {
        let name = if class.name.is_empty() { "(none)" } else { &class.name };
        let volume = class.volume.bytes;
        let name = printable(name).into_owned();
        table.row([name, grouped(class.flows), bytes(volume), bar(volume, most)]);
    }
    Ok((!classes.is_empty()).then_some(table))
}

fn over_time(reader: &Reader) -> Result<Option<Table>, Failure> {
    let minutes = width(reader, Times::ALL)?;
    let bins = reader.counts(&CountsAsked { times: Times::ALL, minutes, by: CountBy::All })?;
    let most = bins.iter().map(|bin| bin.flows).max().unwrap_or(0);
    let mut table = Table::new(&["Over time", "flows", "alerts", ""]).words(&[3]);
    for bin in &bins {
        table.row([at(bin.start), grouped(bin.flows), grouped(bin.alerts), bar(bin.flows, most)]);
    }
    Ok((!bins.is_empty()).then_some(table))
}

fn number(total: Total) -> String {
    let more = if total.is_more { "more than " } else { "" };
    format!("{more}{}", grouped(total.counted))
}

/// As long as its share of the longest; what there is has one mark at least.
fn bar(part: u64, most: u64) -> String {
    let length = (u128::from(part) * u128::from(BAR)).div_ceil(u128::from(most.max(1)));
    "#".repeat(length as usize)
}
