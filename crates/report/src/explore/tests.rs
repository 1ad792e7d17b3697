//! Explorations of small captures, whose numbers can be told by hand.

use std::net::IpAddr;

use netsift_data::{Column, Rows, Table};
use netsift_detect::lists::{ListOptions, Lists};
use netsift_flow::{Cells, Columns, Kind, Profile, Scratch};
use netsift_packet::{Frame, FrameSource, LinkType, Timestamp};
use netsift_synth::{Generator, Scenario};

use super::*;
use crate::Made;

const SECOND: i64 = 1_000_000_000;

fn ethernet(ether_type: u16, rest: &[u8]) -> Vec<u8> {
    [&[2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1][..], &ether_type.to_be_bytes(), rest].concat()
}

fn ipv4(protocol: u8, ends: [[u8; 4]; 2], rest: &[u8]) -> Vec<u8> {
    let length = (rest.len() as u16 + 20).to_be_bytes();
    let head = [0x45, 0, length[0], length[1], 0, 0, 0, 0, 64, protocol, 0, 0];
    [&head[..], &ends[0], &ends[1], rest].concat()
}

fn udp(ends: [[u8; 4]; 2], ports: [u16; 2], payload: &[u8]) -> Vec<u8> {
    let length = (payload.len() as u16 + 8).to_be_bytes();
    let ports = ports.map(u16::to_be_bytes);
    let datagram = [&ports[0][..], &ports[1], &length, &[0, 0], payload].concat();
    ethernet(0x0800, &ipv4(17, ends, &datagram))
}

fn question(labels: &[&[u8]]) -> Vec<u8> {
    let mut message = vec![0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
    for label in labels {
        message.push(label.len() as u8);
        message.extend_from_slice(label);
    }
    message.extend([0, 0, 1, 0, 1]);
    message
}

fn explored(explorer: Explorer, frames: &[(i64, Vec<u8>)]) -> CaptureNumbers {
    let mut exploration = explorer.start().unwrap();
    for (nanos, bytes) in frames {
        let time = Timestamp::from_nanos(*nanos);
        exploration.push(Frame::new(time, LinkType::ETHERNET, bytes));
    }
    exploration.finish()
}

fn generated(explorer: Explorer, packets: u64) -> CaptureNumbers {
    let mut exploration = explorer.start().unwrap();
    let mut traffic = Generator::new(&Scenario::new(5).packets(packets)).unwrap();
    while let Some(frame) = traffic.next_frame().unwrap() {
        exploration.push(frame);
    }
    exploration.finish()
}

/// Frames of generated traffic, kept.
fn captured(packets: u64) -> Vec<(Timestamp, Vec<u8>)> {
    let mut traffic = Generator::new(&Scenario::new(5).packets(packets)).unwrap();
    let mut frames = Vec::new();
    while let Some(frame) = traffic.next_frame().unwrap() {
        frames.push((frame.time, frame.data.to_vec()));
    }
    frames
}

/// Rows of flows as CSV, written nowhere.
struct Told {
    rows: Rows,
    columns: Columns,
    room: Scratch,
}

impl Sink for Told {
    fn take(&mut self, flow: &Flow) {
        let Self { rows, columns, room } = self;
        columns.tell(flow, None, &mut Csv(rows), room);
        rows.end_row().unwrap();
        if rows.are_enough() {
            *rows = Rows::new(&of_all(columns));
        }
    }
}

struct Csv<'a>(&'a mut Rows);

impl Cells for Csv<'_> {
    fn text(&mut self, text: &str) {
        self.0.text(text);
    }

    fn integer(&mut self, number: i64) {
        self.0.integer(number);
    }

    fn reals(&mut self, numbers: &[f64]) {
        self.0.reals(numbers);
    }

    fn empty(&mut self) {
        self.0.empty();
    }
}

fn of_all(columns: &Columns) -> Table {
    let column = |(name, kind)| match kind {
        Kind::Text => Column::text(name),
        Kind::Integer => Column::integer(name),
        Kind::Real => Column::real(name),
    };
    Table::new(columns.headings().map(column)).unwrap()
}

fn sum<'a>(volumes: impl IntoIterator<Item = &'a Volume>) -> Volume {
    let mut sum = Volume::default();
    volumes.into_iter().for_each(|volume| sum.add(volume));
    sum
}

const HOSTS: [[u8; 4]; 3] = [[10, 0, 0, 1], [10, 0, 0, 2], [203, 0, 113, 9]];

#[test]
fn a_talk_is_told_from_every_side() {
    let [one, other, far] = HOSTS;
    let frames = [
        (0, udp([one, other], [4000, 53], b"abcd")),
        (SECOND, udp([other, one], [53, 4000], b"abcdefgh")),
        (2 * SECOND, udp([one, far], [4001, 9999], b"")),
        (3 * SECOND, ethernet(0x0806, &[0; 28])),
        (5 * SECOND, vec![2; 9]),
    ];
    let numbers = explored(Explorer::new(), &frames);
    let lengths: Vec<u64> = frames.iter().map(|(_, bytes)| bytes.len() as u64).collect();
    let volume = |packets, bytes| Volume { packets, bytes };

    assert_eq!(numbers.frames.all, volume(5, lengths.iter().sum()));
    assert_eq!((numbers.frames.seconds, numbers.frames.packets_per_second), (5.0, 1.0));
    assert_eq!(numbers.frames.unreadable.len(), 1);
    assert_eq!(numbers.frames.unicast, 4, "nine bytes have no addresses");

    let source = &numbers.sources.by_packets[0];
    assert_eq!(source.address, IpAddr::from(one));
    assert_eq!(source.sent, volume(2, lengths[0] + lengths[2]));
    assert_eq!(source.received, volume(1, lengths[1]));
    assert_eq!((source.first.as_secs(), source.last.as_secs()), (0, 2));
    assert_eq!(numbers.sources.by_packets.len(), 2, "the third host sent nothing");
    assert_eq!(numbers.destinations.by_bytes[0].address, IpAddr::from(one));
    assert!(numbers.sources.is_exact && numbers.sources.missed == Volume::default());

    let pair = &numbers.pairs.by_packets[0];
    assert_eq!([pair.one, pair.other], [one, other].map(IpAddr::from));
    assert_eq!([pair.there, pair.back], [volume(1, lengths[0]), volume(1, lengths[1])]);
    let ports: Vec<_> = numbers.ports.by_packets.iter().map(|it| (it.port, it.known_for)).collect();
    assert_eq!(ports, [(53, "DNS"), (9999, "")]);
    let named: Vec<_> = numbers.applications.iter().map(|it| (it.name, it.told_by)).collect();
    assert_eq!(named, [("DNS", ToldBy::Ports), ("", ToldBy::Nothing)]);

    let seen = [&numbers.seen.first, &numbers.seen.last];
    let [first, last] = seen.map(|hosts| hosts.iter().map(|it| it.address).collect::<Vec<_>>());
    assert_eq!(first, [one, other, far].map(IpAddr::from), "in order of time, then of addresses");
    assert_eq!(last, [one, far, other].map(IpAddr::from));

    let matrix = &numbers.matrix;
    let place =
        |host: [u8; 4]| matrix.hosts.iter().position(|it| *it == IpAddr::from(host)).unwrap();
    assert_eq!(matrix.sent[place(one)][place(other)], Some(volume(1, lengths[0])));
    assert_eq!(matrix.sent[place(other)][place(one)], Some(volume(1, lengths[1])));
    assert_eq!(matrix.sent[place(far)][place(one)], Some(Volume::default()));
    assert_eq!(
        (numbers.sources.distinct, numbers.destinations.distinct),
        (2, 3),
        "the far one is silent"
    );

    let scopes: Vec<_> =
        numbers.scopes.iter().map(|it| (it.scope, it.hosts, it.sent.packets)).collect();
    assert_eq!(scopes, [(Scope::Private, 2, 3), (Scope::Documentation, 1, 0)]);
    assert_eq!((numbers.flows.flows, numbers.flows.durations.max), (2, SECOND as u64));
    assert_eq!(numbers.flows.ends, [Ended { end: "input", flows: 2 }]);
}

#[test]
fn who_has_the_greater_address_is_the_other_one_whoever_began() {
    let [one, other, _] = HOSTS;
    let frames = [(0, udp([other, one], [5000, 80], b"abc"))];
    let numbers = explored(Explorer::new(), &frames);
    let volume = Volume { packets: 1, bytes: frames[0].1.len() as u64 };
    let pair = &numbers.pairs.by_packets[0];
    assert_eq!((pair.one, pair.there, pair.back), (one.into(), Volume::default(), volume));
    let talk = &numbers.conversations.by_packets[0];
    assert_eq!((talk.one.port(), talk.there, talk.back), (80, Volume::default(), volume));
    assert_eq!(
        numbers.matrix.sent.concat().iter().flatten().filter(|it| it.packets > 0).count(),
        1
    );
}

#[test]
fn short_bins_have_counts_and_long_ones_rates() {
    let [one, other, _] = HOSTS;
    let shown = |apart: i64| {
        let frame = |at: i64| (at * apart, udp([one, other], [5000, 80], b"abc"));
        let frames: Vec<_> = (0..50).map(frame).collect();
        let page = explored(Explorer::new(), &frames).page(None, "t", Made::default()).unwrap();
        let packets = page.charts().into_iter().find(|chart| chart.title() == "Packets").unwrap();
        let numbers = packets.numbers().unwrap();
        (packets.shows().split(',').next().unwrap().to_owned(), format!("{numbers:?}"))
    };
    let (shows, numbers) = shown(1_000);
    assert_eq!(shows, "Packets in each bin");
    assert!(numbers.contains("Count") && !numbers.contains("PerSecond"), "{numbers}");
    assert_eq!(shown(SECOND * 60).0, "Packets in each second");
}

/// Whatever there is, is told by every list: nothing is lost and nothing twice.
#[test]
fn sums_agree_and_threads_change_nothing() {
    let explorer = || Explorer::new().top(1_000_000).unwrap();
    let numbers = generated(explorer(), 20_000);
    let all = numbers.frames.all;
    assert_eq!(all.packets, 20_000);
    assert_eq!(sum(numbers.protocols.iter().map(|node| &node.volume)), all);
    assert_eq!(sum(&numbers.timeline.bins), all);
    assert_eq!(numbers.lengths.sum, all.bytes as f64);
    assert_eq!(numbers.lengths.bars.iter().map(|bar| bar.count).sum::<u64>(), all.packets);
    let sent = sum(numbers.sources.by_packets.iter().map(|host| &host.sent));
    let received = sum(numbers.destinations.by_packets.iter().map(|host| &host.received));
    let scopes = sum(numbers.scopes.iter().map(|scope| &scope.sent));
    let applications = sum(numbers.applications.iter().map(|it| &it.volume));
    let pairs = sum(numbers.pairs.by_packets.iter().flat_map(|it| [&it.there, &it.back]));
    let talks = sum(numbers.conversations.by_packets.iter().flat_map(|it| [&it.there, &it.back]));
    assert!(sent.packets > 19_000 && sent.packets <= all.packets);
    assert_eq!([received, scopes, applications, pairs, talks], [sent; 5]);
    assert_eq!(numbers.flows.packets.sum, sent.packets as f64);
    let ends: u64 = numbers.flows.ends.iter().map(|end| end.flows).sum();
    assert_eq!((ends, numbers.flows.durations.count), (numbers.flows.flows, ends));
    assert!(numbers.tcp.flows > 0 && numbers.tcp.segments > numbers.tcp.flows);
    assert!(!numbers.dns.names.top.is_empty() && !numbers.tls.names.top.is_empty());
    assert_eq!(generated(explorer().workers(3), 20_000), numbers);
    serde_json::to_string(&numbers).unwrap();
}

#[test]
fn names_are_counted_whatever_their_letters_and_stay_text() {
    let [one, other, _] = HOSTS;
    let ask = |labels: &[&[u8]]| (0, udp([one, other], [4000, 53], &question(labels)));
    let mut frames = vec![ask(&[b"Example", b"com"]), ask(&[b"eXAMPLE", b"COM"])];
    frames.push(ask(&[b"<script>alert(1)</script>", b"\xff\n"]));
    frames.push((0, udp([one, other], [4000, 53], b"no message of any kind")));
    let numbers = explored(Explorer::new(), &frames).dns;
    let names: Vec<_> = numbers.names.top.iter().map(|it| (it.name.as_str(), it.times)).collect();
    assert_eq!(names[0], ("example.com", 2));
    assert_eq!((names.len(), names[1].1), (2, 1));
    assert!(names[1].0.starts_with("<script>alert(1)</script>.") && names[1].0.is_ascii());
    assert!(!names[1].0.contains('\n') && numbers.queries == 3, "{numbers:?}");
    assert_eq!(numbers.record_types[0].name, "A");
}

/// Forged names and hosts take no more memory than is allowed, and do not hide who is busy.
#[test]
fn a_flood_of_hosts_and_names_is_bounded_and_says_so() {
    let [one, other, _] = HOSTS;
    let mut exploration = Explorer::new().exact(1_000).unwrap().start().unwrap();
    let mut push = |number: u32, bytes: &[u8]| {
        let time = Timestamp::from_micros(i64::from(number) * 10);
        exploration.push(Frame::new(time, LinkType::ETHERNET, bytes));
    };
    for number in 0..30_000_u32 {
        let label = format!("n{number}");
        let forged = (number + 0x0b00_0000).to_be_bytes();
        push(number, &udp([forged, other], [4000, 53], &question(&[label.as_bytes(), b"test"])));
        if number % 20 == 0 {
            push(number, &udp([one, other], [4001, 53], &question(&[b"busy", b"test"])));
        }
    }
    let numbers = exploration.finish();
    let hosts = &numbers.sources;
    assert!(!hosts.is_exact && hosts.counted <= 1_000 && hosts.missed.packets > 0, "{hosts:?}");
    assert!((27_000..=33_000).contains(&hosts.distinct), "{}", hosts.distinct);
    assert!(hosts.missed.packets <= 31_500 / 125);
    assert_eq!(hosts.by_packets[0].address, IpAddr::from(one));
    assert_eq!(hosts.by_packets[0].sent.packets, 1_500);
    let names = &numbers.dns.names;
    assert!(!names.is_exact && names.counted <= 20_000);
    assert_eq!((names.top[0].name.as_str(), names.top[0].times), ("busy.test", 1_500));
    assert_eq!(numbers.scopes.iter().map(|scope| scope.sent.packets).sum::<u64>(), 31_500);
    assert!(numbers.matrix.sent.concat().contains(&None), "most pairs are forgotten");
    let page = numbers.page(None, "flood", Made::default()).unwrap();
    assert!(page.charts().iter().any(|chart| chart.shows().contains("Empty: not counted")));
    let page = page.text(100);
    for said in
        ["Hosts, about", "Hosts, at least", "There are about 30,000 hosts", "about 30,000 names"]
    {
        assert!(page.contains(said), "{said} in {page}");
    }
}

#[test]
fn more_matches_than_are_counted_are_told_as_about_so_many() {
    let list = ListOptions::new("bad").read(&b"11.0.0.0/8\n"[..]).unwrap();
    let mut exploration = Explorer::new().lists(Lists::default().with(list)).start().unwrap();
    for number in 0..25_000_u32 {
        let (from, to) = ((0x0b00_0000 + number).to_be_bytes(), [203, 0, 113, 9]);
        let time = Timestamp::from_micros(number.into());
        exploration.push(Frame::new(time, LinkType::ETHERNET, &udp([from, to], [1, 2], b"")));
    }
    let numbers = exploration.finish();
    let matches = &numbers.matches;
    assert!(!matches.is_exact && matches.counted < 25_000 && matches.missed >= 1, "{matches:?}");
    assert!((22_500..=27_500).contains(&matches.distinct), "{}", matches.distinct);
    let page = numbers.page(None, "list", Made::default()).unwrap().text(100);
    assert!(page.contains("matches, more than are counted exactly"), "{page}");
}

#[test]
fn what_is_on_lists_is_told_with_what_matched() {
    let [one, other, far] = HOSTS;
    let list = ListOptions::new("bad").read(&b"203.0.113.0/24\nevil.test\n"[..]).unwrap();
    let explorer = Explorer::new().lists(Lists::default().with(list));
    let numbers = explored(
        explorer,
        &[
            (0, udp([one, far], [4000, 80], b"")),
            (SECOND, udp([one, far], [4001, 80], b"x")),
            (SECOND, udp([one, other], [4002, 53], &question(&[b"evil", b"test"]))),
            (SECOND, udp([one, other], [4003, 53], &question(&[b"good", b"test"]))),
        ],
    );
    let told: Vec<_> =
        numbers.matches.top.iter().map(|it| (&*it.subject, &*it.entry, it.flows)).collect();
    let expected = [
        ("203.0.113.9", "203.0.113.0/24 of bad, line 1", 2),
        ("evil.test", "evil.test of bad, line 2", 1),
    ];
    assert_eq!((numbers.matches.flows, told), (3, expected.to_vec()));
}

#[test]
fn the_busiest_hosts_are_a_list() {
    let [one, other, far] = HOSTS;
    let frames = [
        (0, udp([one, far], [1, 2], &[0; 99])),
        (0, udp([other, far], [1, 2], b"")),
        (0, udp([far, one], [1, 2], &[0; 9])),
    ];
    let numbers = explored(Explorer::new(), &frames);
    let list = numbers.talkers(2).unwrap();
    let rank = |host: [u8; 4]| list.address(host.into()).map(|hit| hit.line());
    assert_eq!([rank(one), rank(far), rank(other)], [Some(1), Some(2), None]);
    assert!(matches!(numbers.talkers(0), Err(ReportError::Detect(_))));
    assert!(explored(Explorer::new(), &[]).talkers(5).unwrap().is_empty());
}

#[test]
fn broken_and_cut_frames_are_counted_by_reason() {
    let [one, other, _] = HOSTS;
    let whole = udp([one, other], [1, 2], b"abcdefgh");
    let mut exploration = Explorer::new().start().unwrap();
    let at = |bytes| Frame::new(Timestamp::EPOCH, LinkType::ETHERNET, bytes).with_wire_len(50);
    for bytes in [&whole[..], &whole[..37], &whole[..20], &whole[..3], &[]] {
        exploration.push(at(bytes));
    }
    exploration.push(Frame::new(Timestamp::from_nanos(-5), LinkType(147), &[1]));
    let numbers = exploration.finish().frames;
    assert_eq!((numbers.all.packets, numbers.cut, numbers.back), (6, 4, 1));
    assert_eq!(numbers.captured_bytes, 50 + 37 + 20 + 3 + 1);
    let reasons =
        |all: &[Reasoned]| all.iter().map(|it| (it.reason.clone(), it.frames)).collect::<Vec<_>>();
    let unreadable =
        [("Ethernet cut short", 2), ("IPv4 cut short", 1), ("link type 147 not read", 1)];
    assert_eq!(reasons(&numbers.unreadable), unreadable.map(|(reason, n)| (reason.to_owned(), n)));
    assert_eq!(reasons(&numbers.damaged), [("UDP cut short".to_owned(), 1)]);
}

#[test]
fn nothing_is_allocated_for_packets_of_known_hosts() {
    let [one, other, _] = HOSTS;
    let frames = [udp([one, other], [4000, 5000], b"abc"), udp([other, one], [5000, 4000], b"d")];
    let mut exploration = Explorer::new().start().unwrap();
    let mut push = |packets: i64| {
        for number in 0..packets {
            let time = Timestamp::from_micros(number % 100);
            let bytes = &frames[number as usize % 2];
            exploration.push(Frame::new(time, LinkType::ETHERNET, bytes));
        }
    };
    push(1_000);
    let counted = allocation_counter::measure(|| push(10_000));
    assert_eq!(counted.count_total, 0);
}

#[test]
fn an_empty_capture_has_numbers_too() {
    let numbers = explored(Explorer::new(), &[]);
    assert_eq!((numbers.frames.all, numbers.frames.first), (Volume::default(), None));
    assert!(numbers.protocols.is_empty() && numbers.timeline.bins.is_empty());
}

#[test]
fn settings_outside_their_rules_are_refused() {
    let refused = [
        Explorer::new().exact(99).map(drop),
        Explorer::new().top(0).map(drop),
        Explorer::new().bins(29).map(drop),
        Explorer::new().matrix(1_001).map(drop),
        Explorer::new().workers(0).start().map(drop),
    ];
    assert!(refused.iter().all(Result::is_err), "{refused:?}");
    let text = Explorer::new().top(0).unwrap_err().to_string();
    assert_eq!(text, "lines of a list is 0, and must be 1 to 1000000");
}

/// What it costs beside the rows of flows with all of their features; only a release build tells anything:
/// `cargo test --profile dist -p netsift-report --all-features -- --ignored --nocapture costs`.
#[test]
#[ignore = "measures, and only a release build tells anything"]
#[allow(clippy::print_stdout)]
fn what_it_costs_beside_rows_of_flows() {
    let frames = captured(300_000);
    let time = |work: &mut dyn FnMut()| {
        (0..5)
            .map(|_| {
                let start = std::time::Instant::now();
                work();
                start.elapsed().as_nanos() as f64 / frames.len() as f64
            })
            .fold(f64::INFINITY, f64::min)
    };
    let explored = time(&mut || {
        let mut exploration = Explorer::new().start().unwrap();
        for (time, bytes) in &frames {
            exploration.push(Frame::new(*time, LinkType::ETHERNET, bytes));
        }
        assert_eq!(exploration.finish().frames.all.packets, frames.len() as u64);
    });
    let columns = Columns::all(Profile::Native);
    let table = of_all(&columns);
    let rows = time(&mut || {
        let sink =
            || Told { rows: Rows::new(&table), columns: columns.clone(), room: Scratch::default() };
        let mut meter = Meter::new(columns.config(), 1, sink).unwrap();
        for (time, bytes) in &frames {
            meter.push(Frame::new(*time, LinkType::ETHERNET, bytes));
        }
        meter.finish();
    });
    println!("explored {explored:.0} ns a packet, rows of flows {rows:.0}: {:.2}", explored / rows);
}
