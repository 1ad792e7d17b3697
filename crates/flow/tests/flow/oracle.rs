//! A second, naive meter: it keeps every packet of a flow in a list and computes the row from that.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use netsift_flow::{Columns, End, FEATURES, FlowConfig, FlowTable, Group, Profile, Record};
use netsift_packet::{Protocol, TcpFlags, TcpOption, TcpOptions};
use proptest::prelude::*;

use crate::packets::{ACK, FIN, RST, SECOND, SYN, records};

const IDLE: i64 = 120 * SECOND;
const ACTIVE: i64 = 1_800 * SECOND;
const LINGER: i64 = 5 * SECOND;
/// A flow that no packet ends: at the end of the input it depends on the last ticks whether it is told as idle.
const SILENCE: &str = "silence";
/// Groups whose columns the naive meter tells, every one.
const GROUPS: [Group; 16] = [
    Group::Timing,
    Group::Volume,
    Group::Length,
    Group::Rate,
    Group::Flags,
    Group::Header,
    Group::Bulk,
    Group::Subflow,
    Group::Activity,
    Group::Icmp,
    Group::Wire,
    Group::Histogram,
    Group::Sequence,
    Group::Entropy,
    Group::Network,
    Group::Tcp,
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]
    #[test]
    fn every_column_is_what_the_whole_list_of_packets_says(records in records(150)) {
        let expected = naive(&records);
        let found = streamed(&records);
        prop_assert_eq!(
            found.iter().map(|flow| &flow.0).collect::<Vec<_>>(),
            expected.iter().map(|flow| &flow.0).collect::<Vec<_>>()
        );
        for ((which, found), (_, expected)) in found.iter().zip(&expected) {
            for (name, &value) in found {
                let right = *expected.get(name).unwrap_or_else(|| panic!("no oracle for {name}"));
                let near = (value - right).abs() <= 1e-9 * right.abs().max(1e-3);
                prop_assert!(near, "{}: {} instead of {} in {:?}", name, value, right, which);
            }
        }
    }
}

/// Source, destination, protocol, first time, why it ended: what tells a flow from others.
type Which = (SocketAddr, SocketAddr, u8, i64, u64, &'static str);
type Values = BTreeMap<&'static str, f64>;

fn streamed(records: &[Record<'_>]) -> Vec<(Which, Values)> {
    let columns = Columns::all(Profile::Native);
    let features = FEATURES.iter().filter(|feature| {
        feature.read_as(Profile::Native).is_some() && GROUPS.contains(&feature.group)
    });
    let features: Vec<_> = features.collect();
    let mut flows = Vec::new();
    let mut table = FlowTable::new(columns.config());
    let mut take = |flow: &netsift_flow::Flow| {
        let (first, packets) = (flow.first().as_nanos(), flow.packets());
        let end = match flow.end() {
            End::Idle | End::Input => SILENCE,
            other => other.name(),
        };
        let ends = (flow.source(), flow.destination(), flow.protocol().0);
        let read = |feature: &&netsift_flow::Feature<_>| {
            (feature.name.current, feature.read_as(Profile::Native).unwrap()(flow))
        };
        let values = features.iter().map(read).collect();
        flows.push(((ends.0, ends.1, ends.2, first, packets, end), values));
    };
    records.iter().for_each(|record| table.push(record, &mut take));
    table.finish(&mut take);
    flows.sort_by(|one: &(Which, Values), other| one.0.cmp(&other.0));
    flows
}

/// A packet of a flow; its time is that of the one before if it was overtaken.
struct Kept {
    record: Record<'static>,
    time: i64,
    forward: bool,
}

struct Open {
    source: SocketAddr,
    destination: SocketAddr,
    packets: Vec<Kept>,
    touched: i64,
}

fn naive(records: &[Record<'static>]) -> Vec<(Which, Values)> {
    let mut open: BTreeMap<(SocketAddr, SocketAddr, u8), Open> = BTreeMap::new();
    let (mut told, mut now) = (Vec::new(), i64::MIN);
    for record in records {
        let time = record.time.as_nanos();
        now = now.max(time);
        let src = SocketAddr::new(record.src, record.src_port);
        let dst = SocketAddr::new(record.dst, record.dst_port);
        let key = (src.min(dst), src.max(dst), record.protocol.0);
        let over = open.get(&key).and_then(|flow| ended_before(flow, record, now));
        let mut ends = None;
        if let Some(end) = over {
            let flow = open.remove(&key).unwrap();
            ends = (end == "active").then_some((flow.source, flow.destination));
            told.push(row(&flow, end));
        }
        let flow = open.entry(key).or_insert_with(|| {
            let is_answer = record.tcp.flags.0 & (SYN | ACK) == SYN | ACK;
            let turned = if is_answer { (dst, src) } else { (src, dst) };
            let (source, destination) = ends.unwrap_or(turned);
            Open { source, destination, packets: Vec::new(), touched: now }
        });
        flow.touched = now;
        let time = flow.packets.last().map_or(time, |last| last.time.max(time));
        let forward = src == flow.source;
        flow.packets.push(Kept { record: *record, time, forward });
    }
    for flow in open.values() {
        told.push(row(flow, SILENCE));
    }
    told.sort_by(|one, other| one.0.cmp(&other.0));
    told
}

/// Why a flow has ended before this packet came.
fn ended_before(flow: &Open, record: &Record<'_>, now: i64) -> Option<&'static str> {
    let time = record.time.as_nanos();
    let (first, last) = (flow.packets[0].time, flow.packets.last().unwrap().time);
    let silence = (time - last).abs().max(now - flow.touched);
    let lasts = time - first > ACTIVE;
    if let Some((end, is_acknowledged)) = connection_over(flow) {
        let opening = record.tcp.flags.0 & (SYN | ACK);
        let is_another = opening == SYN || opening == SYN | ACK && is_acknowledged;
        let patience = if is_acknowledged { LINGER } else { IDLE };
        return (is_another || lasts || silence > patience).then_some(end);
    }
    if silence > IDLE {
        return Some(SILENCE);
    }
    lasts.then_some("active")
}

/// How the connection was taken down, and whether nothing more is to come.
fn connection_over(flow: &Open) -> Option<(&'static str, bool)> {
    let packets = || flow.packets.iter().filter(|p| p.record.protocol == Protocol::TCP);
    let at = |flag: u16, forward: bool| {
        packets().position(|p| p.forward == forward && p.record.tcp.flags.0 & flag != 0)
    };
    let reset = packets().position(|p| p.record.tcp.flags.0 & RST != 0);
    let closing = at(FIN, true).zip(at(FIN, false)).map(|(one, other)| one.max(other));
    let acknowledged = closing.and_then(|from| {
        let is_it = |p: &Kept| p.record.tcp.flags.0 & (SYN | FIN | ACK) == ACK;
        packets().skip(from + 1).position(is_it).map(|behind| from + 1 + behind)
    });
    match (reset, acknowledged) {
        (Some(reset), Some(ack)) if ack < reset => Some(("fin", true)),
        (Some(_), _) => Some(("rst", true)),
        (None, acknowledged) => closing.map(|_| ("fin", acknowledged.is_some())),
    }
}

fn row(flow: &Open, end: &'static str) -> (Which, Values) {
    let packets = &flow.packets;
    let protocol = packets[0].record.protocol.0;
    let over = connection_over(flow).filter(|_| end == SILENCE);
    let end = over.map_or(end, |(end, _)| end);
    let which =
        (flow.source, flow.destination, protocol, packets[0].time, packets.len() as u64, end);
    let mut row = Values::new();
    volumes(packets, &mut row);
    times(packets, &mut row);
    for (forward, title, shout) in [(true, "Fwd", "FWD"), (false, "Bwd", "Bwd")] {
        direction(packets, (forward, title, shout), &mut row);
    }
    sequence(packets, &mut row);
    handshake(packets, &mut row);
    (which, row)
}

fn micros(nanos: i64) -> f64 {
    nanos as f64 / 1e3
}

/// Minimum, maximum, mean, deviation and sum, in two passes; zeros of nothing.
fn moments(values: &[f64]) -> [f64; 5] {
    let count = values.len() as f64;
    if values.is_empty() {
        return [0.0; 5];
    }
    let sum: f64 = values.iter().sum();
    let squares: f64 = values.iter().map(|value| (value - sum / count).powi(2)).sum();
    let variance = if values.len() < 2 { 0.0 } else { squares / (count - 1.0) };
    let min = values.iter().copied().fold(f64::INFINITY, f64::min);
    let max = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    [min, max, sum / count, variance.sqrt(), sum]
}

fn put(row: &mut Values, prefix: &str, suffixes: &[&str], values: &[f64]) {
    for (suffix, value) in suffixes.iter().zip(values) {
        put_one(row, &format!("{prefix}{suffix}"), *value);
    }
}

/// The name is that of a column, or there is no such column.
fn put_one(row: &mut Values, name: &str, value: f64) {
    let feature = FEATURES.iter().find(|feature| feature.name.current == name);
    row.insert(feature.unwrap_or_else(|| panic!("no column {name}")).name.current, value);
}

fn duration(packets: &[Kept]) -> i64 {
    packets.last().unwrap().time - packets[0].time
}

fn a_second(things: f64, packets: &[Kept]) -> f64 {
    match duration(packets) {
        0 => 0.0,
        nanos => things / (nanos as f64 / 1e9),
    }
}

fn pauses(packets: &[Kept]) -> f64 {
    packets.windows(2).filter(|pair| pair[1].time - pair[0].time > SECOND).count() as f64
}

fn lengths<'a>(packets: impl Iterator<Item = &'a Kept>) -> Vec<f64> {
    packets.map(|packet| f64::from(packet.record.payload_len)).collect()
}

fn with(packets: &[Kept], flag: TcpFlags, direction: Option<bool>) -> f64 {
    let is_it = |p: &&Kept| {
        p.record.tcp.flags.contains(flag) && direction.is_none_or(|forward| p.forward == forward)
    };
    packets.iter().filter(is_it).count() as f64
}

fn volumes(packets: &[Kept], row: &mut Values) {
    let count = packets.len() as f64;
    let [min, max, mean, deviation, sum] = moments(&lengths(packets.iter()));
    let suffixes = ["Min", "Max", "Mean", "Std", "Variance"];
    let values = [min, max, mean, deviation, deviation * deviation];
    put(row, "Packet Length ", &suffixes, &values);
    put_one(row, "Average Packet Size", sum / count);
    put_one(row, "Flow Bytes/s", a_second(sum, packets));
    put_one(row, "Flow Packets/s", a_second(count, packets));
    let forward = packets.iter().filter(|p| p.forward).count() as f64;
    put_one(row, "Down/Up Ratio", if forward == 0.0 { 0.0 } else { (count - forward) / forward });
    let wire: f64 = packets.iter().map(|p| f64::from(p.record.wire_len)).sum();
    put_one(row, "Wire Bytes/s", a_second(wire, packets));
    for (name, flag) in [
        ("FIN", TcpFlags::FIN),
        ("SYN", TcpFlags::SYN),
        ("RST", TcpFlags::RST),
        ("PSH", TcpFlags::PSH),
        ("ACK", TcpFlags::ACK),
        ("URG", TcpFlags::URG),
        ("CWR", TcpFlags::CWR),
        ("ECE", TcpFlags::ECE),
    ] {
        put_one(row, &format!("{name} Flag Count"), with(packets, flag, None));
    }
    let (code, kind) = packets[0].record.icmp.map_or((-1.0, -1.0), |(c, k)| (c.into(), k.into()));
    put(row, "ICMP ", &["Code", "Type"], &[code, kind]);
}

fn gaps<'a>(packets: impl Iterator<Item = &'a Kept>) -> Vec<i64> {
    let times: Vec<i64> = packets.map(|packet| packet.time).collect();
    times.windows(2).map(|pair| pair[1] - pair[0]).collect()
}

fn times(packets: &[Kept], row: &mut Values) {
    put_one(row, "Flow Duration", micros(duration(packets)));
    let of = |nanos: &[i64]| moments(&nanos.iter().map(|&gap| micros(gap)).collect::<Vec<_>>());
    let gaps = gaps(packets.iter());
    put(row, "Flow IAT ", &["Min", "Max", "Mean", "Std"], &of(&gaps));
    let idle: Vec<i64> = gaps.iter().copied().filter(|&gap| gap > 5 * SECOND).collect();
    put(row, "Idle ", &["Min", "Max", "Mean", "Std"], &of(&idle));
    let busy = gaps.split(|&gap| gap > 5 * SECOND).map(|period| period.iter().sum::<i64>());
    let busy: Vec<i64> = busy.filter(|&period| period > 0).collect();
    put(row, "Active ", &["Min", "Max", "Mean", "Std"], &of(&busy));
}

fn direction(packets: &[Kept], (forward, title, shout): (bool, &str, &str), row: &mut Values) {
    let name = |text: &str| text.replace("{}", title);
    let its = || packets.iter().filter(move |packet| packet.forward == forward);
    let records = || its().map(|packet| &packet.record);
    let count = its().count() as f64;
    put_one(row, if forward { "Total Fwd Packet" } else { "Total Bwd packets" }, count);
    let [min, max, mean, deviation, sum] = moments(&lengths(its()));
    put_one(row, &name("Total Length of {} Packet"), sum);
    put(
        row,
        &name("{} Packet Length "),
        &["Min", "Max", "Mean", "Std"],
        &[min, max, mean, deviation],
    );
    put_one(row, &name("{} Segment Size Avg"), mean);
    put_one(row, &name("{} Packets/s"), a_second(count, packets));
    let parts = pauses(packets) + 1.0;
    put(row, &name("Subflow {} "), &["Packets", "Bytes"], &[count / parts, sum / parts]);
    let gaps = gaps(its());
    let its_gaps: Vec<f64> = gaps.iter().map(|&gap| micros(gap)).collect();
    put(row, &name("{} IAT "), &["Min", "Max", "Mean", "Std", "Total"], &moments(&its_gaps));
    for (flag, bit) in [("PSH", TcpFlags::PSH), ("URG", TcpFlags::URG), ("RST", TcpFlags::RST)] {
        put_one(row, &name(&format!("{{}} {flag} Flags")), with(packets, bit, Some(forward)));
    }
    let headers = records().map(|r| f64::from(r.header_len));
    put_one(row, &name("{} Header Length"), headers.clone().sum());
    put_one(row, &name("{} Seg Size Min"), headers.reduce(f64::min).unwrap_or(0.0));
    let window = records().next().map_or(0.0, |r| r.tcp.window.into());
    put_one(row, &format!("{shout} Init Win Bytes"), window);
    let data = records().filter(|r| r.payload_len > 0).count() as f64;
    put_one(row, &name("{} Act Data Pkts"), data);
    put_one(row, &name("{} Wire Bytes"), records().map(|r| f64::from(r.wire_len)).sum());
    bulks(packets, forward, &name, row);
    histograms(&lengths(its()), &gaps, &name, row);
    let payload = records().map(|r| r.payload).find(|payload| !payload.is_empty());
    put_one(row, &name("{} Payload Entropy"), payload.map_or(0.0, entropy));
    network(records(), &name, row);
    segments(packets, forward, &name, row);
}

/// Runs of payload packets: broken by a pause of more than a second, or by the other end's payload behind
/// their first packet.
fn bulks(packets: &[Kept], forward: bool, name: &dyn Fn(&str) -> String, row: &mut Values) {
    let mut runs: Vec<Vec<&Kept>> = Vec::new();
    let mut other = i64::MIN;
    for packet in packets.iter().filter(|packet| packet.record.payload_len > 0) {
        if packet.forward != forward {
            other = packet.time;
            continue;
        }
        match runs.last_mut() {
            Some(run)
                if packet.time - run.last().unwrap().time <= SECOND && other <= run[0].time =>
            {
                run.push(packet);
            }
            _ => runs.push(vec![packet]),
        }
    }
    runs.retain(|run| run.len() >= 4);
    let count = runs.len().max(1) as f64;
    let nanos: i64 = runs.iter().map(|run| run.last().unwrap().time - run[0].time).sum();
    let bytes: f64 = runs.iter().flatten().map(|p| f64::from(p.record.payload_len)).sum();
    let in_runs = runs.iter().map(Vec::len).sum::<usize>() as f64;
    put_one(row, &name("{} Bytes/Bulk Avg"), bytes / count);
    put_one(row, &name("{} Packet/Bulk Avg"), in_runs / count);
    let rate = if nanos == 0 { 0.0 } else { bytes / (nanos as f64 / 1e9) };
    put_one(row, &name("{} Bulk Rate Avg"), rate);
}

fn histograms(lengths: &[f64], gaps: &[i64], name: &dyn Fn(&str) -> String, row: &mut Values) {
    for (low, high) in
        [(0, 0), (1, 63), (64, 127), (128, 255), (256, 511), (512, 1023), (1024, 1460)]
    {
        let count =
            lengths.iter().filter(|&&length| (low..=high).contains(&(length as u32))).count();
        let range = if high == 0 { "0".to_owned() } else { format!("{low}-{high}") };
        put_one(row, &name(&format!("{{}} Packets of {range} Bytes")), count as f64);
    }
    let long = lengths.iter().filter(|&&length| length >= 1461.0).count();
    put_one(row, &name("{} Packets of 1461+ Bytes"), long as f64);
    let mut least = 0;
    for (title, most) in [
        ("<10us", 10_000),
        ("<100us", 100_000),
        ("<1ms", 1_000_000),
        ("<10ms", 10_000_000),
        ("<100ms", 100_000_000),
        ("<1s", SECOND),
        ("<10s", 10 * SECOND),
        ("10s+", i64::MAX),
    ] {
        let count = gaps.iter().filter(|gap| (least..most).contains(*gap)).count();
        put_one(row, &name(&format!("{{}} Gaps {title}")), count as f64);
        least = most;
    }
}

fn entropy(payload: &[u8]) -> f64 {
    let payload = &payload[..payload.len().min(128)];
    let share = |value: u8| {
        payload.iter().filter(|&&byte| byte == value).count() as f64 / payload.len() as f64
    };
    (0..=255).map(share).filter(|&share| share > 0.0).map(|share| -share * share.log2()).sum()
}

fn network<'a>(
    records: impl Iterator<Item = &'a Record<'static>> + Clone,
    name: &dyn Fn(&str) -> String,
    row: &mut Values,
) {
    let ttls = || records.clone().map(|record| f64::from(record.ttl));
    put_one(row, &name("{} TTL Min"), ttls().reduce(f64::min).unwrap_or(0.0));
    put_one(row, &name("{} TTL Max"), ttls().reduce(f64::max).unwrap_or(0.0));
    let first = records.clone().next().map_or(0, |record| record.traffic_class / 4);
    put_one(row, &name("{} DSCP"), first.into());
    let marked = records.clone().filter(|record| record.traffic_class % 4 == 3).count();
    put_one(row, &name("{} ECN CE Count"), marked as f64);
    let fragments = records.filter(|record| record.is_fragment).count();
    put_one(row, &name("{} Fragments"), fragments as f64);
}

/// What sequence numbers tell. Generated ones are small: they are compared as they are.
fn segments(packets: &[Kept], forward: bool, name: &dyn Fn(&str) -> String, row: &mut Values) {
    let (mut again, mut overtaken, mut missing, mut same, mut closed) = (0, 0, 0, 0, 0);
    let mut highest: Option<u32> = None;
    let mut hole: Option<(u32, u32, i64)> = None;
    let mut answered: Option<(u32, u16)> = None;
    let mut windows = Vec::new();
    let is_tcp = packets[0].record.protocol == Protocol::TCP;
    for (at, packet) in packets.iter().enumerate().filter(|(_, p)| is_tcp && p.forward == forward) {
        let (tcp, flags) = (packet.record.tcp, packet.record.tcp.flags.0);
        if flags & RST != 0 {
            continue;
        }
        let length =
            packet.record.payload_len + u32::from(flags & SYN != 0) + u32::from(flags & FIN != 0);
        let end = tcp.seq + length;
        if length > 0 {
            match highest {
                Some(next) if tcp.seq > next => {
                    missing += 1;
                    hole = Some((next, tcp.seq, packet.time));
                }
                Some(next) if tcp.seq < next && !(length == 1 && end == next) => {
                    let patience = steps(&packets[..=at]).both().unwrap_or(3_000_000);
                    let fills = hole.is_some_and(|(from, to, since)| {
                        (from..to).contains(&tcp.seq) && packet.time - since <= patience
                    });
                    overtaken += u32::from(fills);
                    again += u32::from(!fills);
                }
                _ => {}
            }
            highest = highest.max(Some(end));
        }
        if flags & SYN == 0 {
            windows.push(tcp.window);
            closed += u32::from(tcp.window == 0);
        }
        if flags & ACK != 0 {
            same += u32::from(length == 0 && answered == Some((tcp.ack, tcp.window)));
            answered = Some((tcp.ack, tcp.window));
        }
    }
    put_one(row, &name("{} Retransmissions"), again.into());
    put_one(row, &name("{} Out Of Order"), overtaken.into());
    put_one(row, &name("{} Missing Segments"), missing.into());
    put_one(row, &name("{} Duplicate ACKs"), same.into());
    put_one(row, &name("{} Zero Windows"), closed.into());
    let steps = steps(packets);
    let both = steps.scale(true).is_some() && steps.scale(false).is_some();
    let factor = if both { 2f64.powi(steps.scale(forward).unwrap().into()) } else { 1.0 };
    let extreme = |window: Option<&u16>| window.map_or(0.0, |&w| f64::from(w) * factor);
    put_one(row, &name("{} Window Max"), extreme(windows.iter().max()));
    put_one(row, &name("{} Window Min"), extreme(windows.iter().min()));
}

/// The packets of the opening: the last SYN before the first answer, that, and what confirms it.
struct Steps<'a> {
    asked: Option<&'a Kept>,
    answered: Option<&'a Kept>,
    confirmed: Option<&'a Kept>,
}

fn steps(packets: &[Kept]) -> Steps<'_> {
    let is = |p: &Kept, forward: bool, flags: u16| {
        p.record.protocol == Protocol::TCP
            && p.forward == forward
            && p.record.tcp.flags.0 & (SYN | ACK) == flags
    };
    let answer = packets.iter().position(|p| is(p, false, SYN | ACK));
    let confirmed = answer.and_then(|at| packets[at..].iter().find(|p| is(p, true, ACK)));
    let before = &packets[..answer.unwrap_or(packets.len())];
    let asked = before.iter().rev().find(|p| is(p, true, SYN));
    Steps { asked, answered: answer.map(|at| &packets[at]), confirmed }
}

impl Steps<'_> {
    fn between(one: Option<&Kept>, other: Option<&Kept>) -> Option<i64> {
        Some(other?.time - one?.time)
    }

    fn both(&self) -> Option<i64> {
        Self::between(self.asked, self.confirmed)
    }

    fn options(&self, of_source: bool) -> Vec<TcpOption<'_>> {
        let packet = if of_source { self.asked } else { self.answered };
        packet.map_or_else(Vec::new, |p| TcpOptions::new(p.record.syn_options).collect())
    }

    fn scale(&self, of_source: bool) -> Option<u8> {
        self.options(of_source).into_iter().find_map(|option| match option {
            TcpOption::WindowScale(shift) => Some(shift.min(14)),
            _ => None,
        })
    }
}

fn handshake(packets: &[Kept], row: &mut Values) {
    let steps = steps(packets);
    for (of_source, title) in [(true, "Fwd"), (false, "Bwd")] {
        let options = steps.options(of_source);
        let segment = options.iter().find_map(|option| match option {
            TcpOption::MaxSegmentSize(size) => Some(*size),
            _ => None,
        });
        let sack = options.iter().any(|option| matches!(option, TcpOption::SackPermitted));
        put(
            row,
            title,
            &[" Window Scale", " MSS", " SACK Permitted"],
            &[
                steps.scale(of_source).unwrap_or(0).into(),
                segment.unwrap_or(0).into(),
                f64::from(u8::from(sack)),
            ],
        );
    }
    let told = |nanos: Option<i64>| nanos.map_or(0.0, micros);
    let there = Steps::between(steps.asked, steps.answered);
    let back = Steps::between(steps.answered, steps.confirmed);
    put_one(row, "Handshake RTT", told(steps.both()));
    put_one(row, "Fwd Handshake RTT", told(there));
    put_one(row, "Bwd Handshake RTT", told(back));
}

fn sequence(packets: &[Kept], row: &mut Values) {
    for at in 0..20 {
        let packet = packets.get(at);
        let before = at.checked_sub(1).and_then(|before| packets.get(before));
        let sign = packet.map_or(0.0, |p| if p.forward { 1.0 } else { -1.0 });
        put(
            row,
            &format!("Packet {} ", at + 1),
            &["Length", "Direction", "Gap"],
            &[
                packet.map_or(0.0, |p| p.record.payload_len.into()),
                sign,
                packet.zip(before).map_or(0.0, |(p, before)| micros(p.time - before.time)),
            ],
        );
    }
}

/// The oracle's configuration is the default one.
#[test]
fn the_defaults_are_those_of_the_oracle() {
    let config = Columns::all(Profile::Native).config();
    let same = FlowConfig::idle_timeout(config, IDLE).and_then(|c| c.active_timeout(ACTIVE));
    assert_eq!(same.unwrap(), config);
}
