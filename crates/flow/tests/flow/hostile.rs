//! Records that nobody would send: no panic, nothing infinite, and others are left in peace.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use netsift_flow::{Columns, FlowTable, Profile, Record};
use netsift_packet::{Protocol, TcpFlags, Timestamp};
use proptest::prelude::*;

use crate::packets::{ACK, SECOND, START, records, tcp, traffic, udp};
use crate::rows::{Row, read, told};

static PAYLOAD: [u8; 300] = [0xa5; 300];

fn extreme_time() -> impl Strategy<Value = i64> {
    prop_oneof![
        1 => prop::sample::select(vec![i64::MIN, i64::MIN + 1, -1, 0, 1, i64::MAX - 1, i64::MAX]),
        1 => any::<i64>(),
        4 => START..START + 10 * SECOND,
    ]
}

fn length() -> impl Strategy<Value = u32> {
    prop_oneof![Just(0), Just(u32::MAX), Just(u32::MAX - 1), any::<u32>(), 1..2_000u32]
}

fn host() -> impl Strategy<Value = IpAddr> {
    prop::sample::select(vec![
        IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        IpAddr::V4(Ipv4Addr::BROADCAST),
        IpAddr::V6(Ipv6Addr::UNSPECIFIED),
        IpAddr::V6(Ipv6Addr::from_bits(u128::MAX)),
    ])
}

/// Records of a few hosts with extreme fields, ends that are one end, and versions that are mixed.
pub(crate) fn any_records(most: usize) -> impl Strategy<Value = Vec<Record<'static>>> {
    let flags = prop_oneof![0u16..512, any::<u16>(), Just(ACK)];
    let tcp = (flags, any::<u32>(), any::<u32>(), any::<u16>());
    let ends = (host(), host(), 0u16..2, 0u16..2);
    let what = (prop::sample::select(vec![6u8, 17, 1, 58, 0, 255]), any::<(u8, u8)>());
    let ip = (any::<u8>(), any::<u8>(), any::<bool>(), 0usize..300, 0usize..40);
    let record = (extreme_time(), ends, what, (length(), length(), length()), tcp, ip);
    let record = record.prop_map(|(time, ends, (protocol, icmp), lengths, tcp, ip)| {
        let (src, dst, src_port, dst_port) = ends;
        let time = Timestamp::from_nanos(time);
        let mut record = Record::new(time, src, dst, Protocol(protocol));
        (record.src_port, record.dst_port) = (src_port, dst_port);
        (record.payload_len, record.header_len, record.wire_len) = lengths;
        let (flags, seq, ack, window) = tcp;
        record.tcp.flags = TcpFlags(flags);
        (record.tcp.seq, record.tcp.ack, record.tcp.window) = (seq, ack, window);
        record.icmp = Some(icmp);
        let (ttl, class, is_fragment, payload, options) = ip;
        (record.ttl, record.traffic_class, record.is_fragment) = (ttl, class, is_fragment);
        (record.payload, record.syn_options) = (&PAYLOAD[..payload], &PAYLOAD[..options]);
        record
    });
    prop::collection::vec(record, 1..most)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]
    #[test]
    fn native_numbers_are_finite_and_none_is_negative(records in any_records(120)) {
        let columns = Columns::all(Profile::Native);
        let mut table = FlowTable::new(columns.config());
        let mut take = |flow: &netsift_flow::Flow| {
            for (feature, number) in columns.features().iter().zip(columns.numbers(flow)) {
                let name = feature.name.current;
                assert!(number.is_finite(), "{name} is {number}");
                let may_be = name.starts_with("ICMP") || name.ends_with("Direction");
                assert!(number >= 0.0 || may_be, "{name} is {number}");
            }
        };
        records.iter().for_each(|record| table.push(record, &mut take));
        table.finish(&mut take);
    }

    #[test]
    fn no_profile_panics(records in any_records(120)) {
        for profile in Profile::ALL {
            let config = Columns::all(profile).config();
            told(config, &records);
            told(config.idle_timeout(1_000_000).unwrap().max_flows(2).unwrap(), &records);
        }
    }

    /// A single time from elsewhere ends nothing but its own flow, and no row of another changes.
    #[test]
    fn one_wild_packet_leaves_others_as_they_are(
        records in records(100),
        at in any::<prop::sample::Index>(),
        time in prop_oneof![
            Just(i64::MIN), Just(0), Just(i64::MAX), any::<i64>(),
            START + 50_000 * SECOND..START + 60_000 * SECOND,
        ],
    ) {
        prop_assume!((time.saturating_sub(START)).saturating_abs() > 20_000 * SECOND);
        for profile in Profile::ALL {
            let config = Columns::all(profile).config();
            let wild = udp(time, 7);
            let mut more = records.clone();
            // What comes first says what time it is.
            more.insert(1 + at.index(records.len()), wild);
            let is_wild = |row: &Row| row[1] == "10.1.0.0";
            let (rows, _) = told(config, &records);
            let (mut others, _) = told(config, &more);
            others.retain(|row| !is_wild(row));
            let sorted = |mut rows: Vec<Row>| {
                rows.sort();
                rows
            };
            prop_assert_eq!(sorted(rows), sorted(others));
        }
    }
}

/// Whatever time does, flows stay until it is agreed that it has passed.
#[test]
fn jumps_of_time_empty_nothing() {
    for wild in [i64::MIN, 0, START + 86_400 * SECOND, 4_102_444_800 * SECOND, i64::MAX] {
        let mut table = FlowTable::new(Columns::all(Profile::Native).config());
        let mut ended = 0;
        for number in 0..100 {
            table.push(&udp(START + i64::from(number), number), |_| ended += 1);
        }
        table.push(&udp(wild, 1_000), |_| ended += 1);
        for number in 0..100 {
            table.push(&udp(START + SECOND + i64::from(number), number), |_| ended += 1);
        }
        assert_eq!((ended, table.len()), (0, 101), "at {wild}");
        table.finish(|flow| assert!(flow.packets() == 2 || flow.source().port() == 1_024 + 232));
    }
}

/// When all packets agree that a day has passed, or that it is yesterday, flows go on from there.
#[test]
fn agreed_jumps_are_followed() {
    for jump in [86_400 * SECOND, -86_400 * SECOND] {
        let mut table = FlowTable::new(Columns::all(Profile::Native).config());
        for number in 0..10 {
            table.push(&udp(START, number), |_| ());
        }
        let mut idle = 0;
        for step in 0..300 {
            let time = START + jump + step * SECOND;
            table.push(&udp(time, 5_000), |flow| idle += usize::from(flow.packets() == 1));
        }
        assert_eq!((idle, table.len()), (10, 1), "by {jump}");
    }
}

/// A conversation of every host with itself.
#[test]
fn one_host_talks_to_itself() {
    let config = Columns::all(Profile::Native).config();
    let mut record = tcp(START, true, ACK);
    (record.dst, record.dst_port) = (record.src, record.src_port);
    let (rows, counts) = told(config, &[record, record]);
    assert_eq!((rows.len(), counts.flow_packets), (1, 2));
}

/// The intake and the table agree on what is damaged, cut at every length.
#[test]
fn cut_frames_are_records_or_rejects() {
    let frames = traffic(41, 60);
    let config = Columns::all(Profile::Native).config();
    for caught in &frames {
        for len in 0..caught.bytes.len().min(90) {
            let cut = crate::packets::Caught { bytes: caught.bytes[..len].to_vec(), ..*caught };
            let mut table = FlowTable::new(config);
            read(&config, &[cut], |record| table.push(record, |_| ()));
            table.finish(|flow| assert_eq!(flow.packets(), 1));
        }
    }
}
