//! Captures in numbers, as a page: from what there is, over who and what, to what is strange.

use netsift_packet::Timestamp;

use super::{anomalies, hosts};
use crate::explore::{
    Anomalies, ApplicationNumbers, CaptureNumbers, Ended, Names, ProtocolNumbers, Reasoned, Spread,
    Timeline, ToldBy, Volume,
};
use crate::{
    Axis, Bars, Chart, Column, Heat, Histogram, Lines, Made, Page, ReportError, Section, Series,
    Table, Unit,
};

const NANOS: f64 = 1e9;
/// So many applications have a bar; the table has all.
const MOST_APPLICATIONS: usize = 15;

impl CaptureNumbers {
    /// The page that people read: these numbers and, if it was looked for, what is strange.
    ///
    /// # Errors
    /// None that is known: these numbers have charts and tables that fit them.
    pub fn page(
        &self,
        strange: Option<&Anomalies>,
        title: impl Into<String>,
        made: Made,
    ) -> Result<Page, ReportError> {
        let mut page = Page::new(title, made);
        page.push(self.overview());
        page.push(over_time(&self.timeline)?);
        page.push(self.protocols()?);
        page.push(hosts::talkers(self)?);
        page.push(hosts::conversations(self)?);
        page.push(self.sizes()?);
        page.push(self.connections()?);
        page.push(self.names()?);
        if !self.matches.lists.is_empty() {
            page.push(hosts::matches(&self.matches)?);
        }
        if let Some(strange) = strange {
            page.push(anomalies::section(strange)?);
        }
        Ok(page)
    }

    fn overview(&self) -> Section {
        let frames = &self.frames;
        let hosts = if self.sources.is_exact { "Hosts" } else { "Hosts, about" };
        let mut section = Section::new("Overview")
            .figure("Packets", frames.all.packets as f64, Unit::Count)
            .figure("Bytes", frames.all.bytes as f64, Unit::Bytes)
            .figure("Time", frames.seconds, Unit::Seconds)
            .figure("Packets a second", frames.packets_per_second, Unit::PerSecond)
            .figure("Bytes a second", frames.bytes_per_second, Unit::BytesPerSecond)
            .figure("Flows", self.flows.flows as f64, Unit::Count)
            .figure(hosts, self.sources.distinct as f64, Unit::Count);
        if !self.matches.lists.is_empty() {
            section = section.figure("Flows on lists", self.matches.flows as f64, Unit::Count);
        }
        if let (Some(first), Some(last)) = (frames.first, frames.last) {
            let [first, last] = [first, last].map(|time| Unit::Time.exact(seconds_of(time)));
            section = section.sentence(format!("From {first} to {last}, UTC."));
        }
        let wrong = [
            (frames.cut, "were captured in part"),
            (frames.back, "have times before the packet that precedes them"),
            (self.timeline.strays.packets, "have times far from all others, and are in no chart"),
            (sum(&frames.unreadable), "could not be read"),
            (sum(&frames.damaged), "could be read in part"),
        ];
        for (count, what) in wrong.into_iter().filter(|(count, _)| *count > 0) {
            section =
                section.warning(format!("{} packets {what}.", Unit::Count.exact(count as f64)));
        }
        let reasons = frames.unreadable.iter().chain(&frames.damaged);
        let rows = reasons.map(|it| vec![it.reason.as_str().into(), it.frames.into()]);
        let columns = vec![Column::text("Reason"), Column::number("Packets", Unit::Count)];
        match table("What was wrong with packets", columns, rows.collect()) {
            Ok(Some(table)) => section.with(table),
            _ => section,
        }
    }

    fn protocols(&self) -> Result<Section, ReportError> {
        let mut rows = Vec::new();
        self.protocols.iter().for_each(|protocol| flatten(protocol, "", &mut rows));
        let all = self.frames.all.packets.max(1) as f64;
        let rows = rows.into_iter().map(|(path, volume)| {
            let share = volume.packets as f64 / all;
            vec![path.into(), volume.packets.into(), share.into(), volume.bytes.into()]
        });
        let columns = vec![
            Column::text("Protocol"),
            Column::number("Packets", Unit::Count).with_bars(),
            Column::number("Of all", Unit::Share),
            Column::number("Bytes", Unit::Bytes).with_bars(),
        ];
        let section = Section::new("Protocols");
        let section = with_table(section, "Which protocol carries which", columns, rows.collect())?;
        self.applications(section)
    }

    fn applications(&self, section: Section) -> Result<Section, ReportError> {
        let mut busiest: Vec<&ApplicationNumbers> = self.applications.iter().collect();
        busiest.sort_by_key(|it| std::cmp::Reverse(it.volume.bytes));
        if busiest.is_empty() {
            return Ok(section);
        }
        // However it was told, it is one.
        let mut named: Vec<(String, f64)> = Vec::new();
        for (name, bytes) in busiest.iter().map(|it| (application(it), it.volume.bytes as f64)) {
            match named.iter_mut().find(|(other, _)| *other == name) {
                Some((_, sum)) => *sum += bytes,
                None => named.push((name, bytes)),
            }
        }
        named.sort_by(|one, other| other.1.total_cmp(&one.1));
        named.truncate(MOST_APPLICATIONS);
        let (names, bytes) = named.into_iter().unzip();
        let bars = Bars::of(names, bytes);
        let shows = "Bytes of the busiest applications, as the first bytes of flows show it, else their ports.";
        let chart = Chart::new("Applications", shows, bars)?.x(Axis::new("bytes", Unit::Bytes));
        let rows = busiest.iter().map(|it| {
            let told_by = match it.told_by {
                ToldBy::FirstBytes => "first bytes",
                ToldBy::Ports => "ports",
                ToldBy::Nothing => "nothing",
            };
            let (flows, volume) = (it.flows, it.volume);
            let name = application(it).into();
            vec![name, told_by.into(), flows.into(), volume.packets.into(), volume.bytes.into()]
        });
        let columns = vec![
            Column::text("Application"),
            Column::text("Told by"),
            Column::number("Flows", Unit::Count),
            Column::number("Packets", Unit::Count),
            Column::number("Bytes", Unit::Bytes).with_bars(),
        ];
        with_table(section.with(chart), "Applications", columns, rows.collect())
    }

    fn sizes(&self) -> Result<Section, ReportError> {
        let flows = &self.flows;
        let section = Section::new("Sizes and durations");
        let section = spread(section, "Lengths of packets", "bytes", &self.lengths, 1.0)?;
        let section = spread(section, "Durations of flows", "seconds", &flows.durations, NANOS)?;
        let section = spread(section, "Packets of flows", "packets", &flows.packets, 1.0)?;
        spread(section, "Bytes of flows", "bytes", &flows.bytes, 1.0)
    }

    fn connections(&self) -> Result<Section, ReportError> {
        let tcp = &self.tcp;
        let section = Section::new("Connections");
        let section = ends(section, "How flows ended", &self.flows.ends)?;
        if tcp.flows == 0 {
            return Ok(section.sentence("There is no TCP."));
        }
        let section = ends(section, "How TCP connections ended", &tcp.ends)?
            .figure("TCP flows", tcp.flows as f64, Unit::Count)
            .figure("Unanswered", tcp.unanswered as f64, Unit::Count)
            .figure("Refused", tcp.refused as f64, Unit::Count)
            .figure("Segments", tcp.segments as f64, Unit::Count)
            .figure("Retransmissions", tcp.retransmissions as f64, Unit::Count)
            .figure("Out of order", tcp.out_of_order as f64, Unit::Count)
            .figure("After a gap", tcp.missing as f64, Unit::Count)
            .figure("Duplicate ACKs", tcp.duplicate_acks as f64, Unit::Count)
            .figure("Zero windows", tcp.zero_windows as f64, Unit::Count);
        spread(section, "Time to connect", "seconds", &tcp.handshakes, NANOS)
    }

    fn names(&self) -> Result<Section, ReportError> {
        let (dns, tls) = (&self.dns, &self.tls);
        let section = Section::new("Names")
            .figure("DNS questions", dns.queries as f64, Unit::Count)
            .figure("DNS answers", dns.responses as f64, Unit::Count)
            .figure("TLS flows", tls.flows as f64, Unit::Count);
        let section = names(section, "Names that DNS was asked for", &dns.names)?;
        let section = numbered(section, "DNS response codes", &dns.response_codes)?;
        let section = numbered(section, "DNS record types", &dns.record_types)?;
        let section = names(section, "Servers that TLS was to reach", &tls.names)?;
        let versions = Names { top: tls.versions.clone(), is_exact: true, ..Names::default() };
        let section = names(section, "TLS versions", &versions)?;
        names(section, "Hosts that HTTP was asked for", &self.http_hosts)
    }
}

/// Packets and bytes in each second of a bin; where bins are shorter, in each bin, since a single packet is no rate.
fn over_time(timeline: &Timeline) -> Result<Section, ReportError> {
    let section = Section::new("Over time");
    let width = timeline.width_nanos as f64 / NANOS;
    if timeline.bins.is_empty() {
        return Ok(section.sentence("There are no packets with a time."));
    }
    if timeline.bins.len() < 2 {
        return Ok(section.sentence("All of it falls into one moment."));
    }
    let start = seconds_of(timeline.start);
    let (per, each) = if width < 1.0 { (1.0, "bin") } else { (width, "second") };
    let line = |of: fn(&Volume) -> u64| {
        let bins = timeline.bins.iter().enumerate();
        // The last bin ends where one more would begin.
        let points = bins.map(|(at, bin)| (start + at as f64 * width, of(bin) as f64 / per));
        let last = timeline.bins.last().map_or(0.0, |bin| of(bin) as f64 / per);
        let end = start + timeline.bins.len() as f64 * width;
        points.chain([(end, last)]).collect()
    };
    let bins = Unit::Seconds.short(width);
    let chart = |title: &str, unit: Unit, of| {
        let lines = Lines::of(vec![Series::new(title, line(of)).in_steps()]);
        let shows = format!("{title} in each {each}, by bins of {bins}.");
        let chart = Chart::new(title, shows, lines)?.x(Axis::new("time (UTC)", Unit::Time));
        Ok::<_, ReportError>(chart.y(Axis::new(format!("a {each}"), unit)))
    };
    let units = match width < 1.0 {
        true => [Unit::Count, Unit::Bytes],
        false => [Unit::PerSecond, Unit::BytesPerSecond],
    };
    let section = section.with(chart("Packets", units[0], |bin| bin.packets)?);
    Ok(section.with(chart("Bytes", units[1], |bin| bin.bytes)?))
}

/// A protocol and all that it carries, each by the path to it.
fn flatten(protocol: &ProtocolNumbers, above: &str, rows: &mut Vec<(String, Volume)>) {
    let path = match above {
        "" => protocol.name.clone(),
        above => format!("{above} › {}", protocol.name),
    };
    rows.push((path.clone(), protocol.volume));
    protocol.carries.iter().for_each(|carried| flatten(carried, &path, rows));
}

fn application(it: &ApplicationNumbers) -> String {
    match it.name {
        "" => format!("other {}", it.transport),
        name => format!("{name} ({})", it.transport),
    }
}

/// A histogram of numbers whose bars grow by twos, and the quantiles in words.
fn spread(
    section: Section,
    title: &str,
    what: &str,
    of: &Spread,
    whole: f64,
) -> Result<Section, ReportError> {
    // Equal distances are equal ratios, and 0 has no place there.
    let bars: Vec<_> = of.bars.iter().filter(|bar| bar.to > 0).collect();
    let nothing: u64 = of.bars.iter().filter(|bar| bar.to == 0).map(|bar| bar.count).sum();
    let section = match nothing {
        0 => section,
        nothing => section.sentence(format!(
            "{title}: {} are 0, and not drawn.",
            Unit::Count.exact(nothing as f64)
        )),
    };
    let (Some(first), unit) = (bars.first(), unit_of(what)) else { return Ok(section) };
    let tell = |number: f64| unit.short(number / whole);
    let edges = std::iter::once(first.from).chain(bars.iter().map(|bar| bar.to.saturating_add(1)));
    let edges: Vec<f64> = edges.map(|edge| edge as f64 / whole).collect();
    let counts = bars.iter().map(|bar| bar.count as f64).collect();
    let median = of.quantiles.iter().find(|it| it.share == 0.5).map_or(0, |it| it.value);
    let shows = format!(
        "Half are at most about {}, the mean is {}, the greatest {}.",
        tell(median as f64),
        tell(of.mean),
        tell(of.max as f64)
    );
    let chart = Chart::new(title, shows, Histogram::of(edges, counts))?;
    Ok(section.with(chart.x(Axis::new(what, unit).log()).y(Axis::new("how many", Unit::Count))))
}

fn unit_of(what: &str) -> Unit {
    match what {
        "bytes" => Unit::Bytes,
        "seconds" => Unit::Seconds,
        _ => Unit::Count,
    }
}

fn ends(section: Section, title: &str, ends: &[Ended]) -> Result<Section, ReportError> {
    if ends.is_empty() {
        return Ok(section);
    }
    let bars = Bars::of(
        ends.iter().map(|it| it.end.to_owned()).collect(),
        ends.iter().map(|it| it.flows as f64).collect(),
    );
    let shows = "Flows by what ended them; input: they were open when the packets ended.";
    Ok(section.with(Chart::new(title, shows, bars)?.x(Axis::new("flows", Unit::Count))))
}

fn names(section: Section, title: &str, names: &Names) -> Result<Section, ReportError> {
    let rows = names.top.iter().map(|it| vec![it.name.as_str().into(), it.times.into()]).collect();
    let columns = vec![Column::text("Name"), Column::number("Times", Unit::Count).with_bars()];
    let section = with_table_of(section, title, columns, rows, names.distinct)?;
    Ok(match names.is_exact {
        true => section,
        false => section.sentence(format!(
            "There are about {} names, more than are counted: a count may be too low by up to {}.",
            Unit::Count.exact(names.distinct as f64),
            Unit::Count.exact(names.missed as f64)
        )),
    })
}

fn numbered(
    section: Section,
    title: &str,
    numbers: &[crate::explore::Numbered],
) -> Result<Section, ReportError> {
    let rows =
        numbers.iter().map(|it| vec![u64::from(it.number).into(), it.name.into(), it.times.into()]);
    let columns = vec![
        Column::number("Number", Unit::Plain),
        Column::text("Name"),
        Column::number("Times", Unit::Count).with_bars(),
    ];
    with_table(section, title, columns, rows.collect())
}

/// What hosts sent each other, dark where it is much.
pub(super) fn matrix(of: &crate::explore::Matrix) -> Result<Option<Chart>, ReportError> {
    if of.hosts.len() < 2 {
        return Ok(None);
    }
    let hosts: Vec<String> = of.hosts.iter().map(ToString::to_string).collect();
    let bytes = |sent: &Option<Volume>| sent.map_or(f64::NAN, |sent| sent.bytes as f64);
    let values = of.sent.iter().map(|row| row.iter().map(bytes).collect());
    let heat = Heat::of(hosts.clone(), hosts, values.collect()).in_unit(Unit::Bytes).log();
    let empty = match of.sent.iter().flatten().all(Option::is_some) {
        true => "",
        false => " Empty: not counted, since there are more pairs than are.",
    };
    let shows = format!(
        "Bytes that the host of a row sent to the host of a column; the busiest hosts.{empty}"
    );
    Chart::new("Who sent to whom", shows, heat).map(Some)
}

/// A section with a table, if the table has rows.
pub(super) fn with_table(
    section: Section,
    title: &str,
    columns: Vec<Column>,
    rows: Vec<Vec<crate::Cell>>,
) -> Result<Section, ReportError> {
    with_table_of(section, title, columns, rows, 0)
}

/// The first rows of a table that has so many.
pub(super) fn with_table_of(
    section: Section,
    title: &str,
    columns: Vec<Column>,
    rows: Vec<Vec<crate::Cell>>,
    total: u64,
) -> Result<Section, ReportError> {
    Ok(match table(title, columns, rows)? {
        Some(table) => section.with(table.of_total(usize::try_from(total).unwrap_or(usize::MAX))),
        None => section,
    })
}

fn table(
    title: &str,
    columns: Vec<Column>,
    rows: Vec<Vec<crate::Cell>>,
) -> Result<Option<Table>, ReportError> {
    let mut table = Table::new(title, columns);
    rows.into_iter().try_for_each(|row| table.push(row))?;
    Ok(Some(table).filter(|table| table.total() > 0))
}

fn sum(reasons: &[Reasoned]) -> u64 {
    reasons.iter().map(|it| it.frames).sum()
}

pub(super) fn seconds_of(time: Timestamp) -> f64 {
    time.as_nanos() as f64 / NANOS
}
