//! The laws of the two CICFlowMeters' reading.

use netsift_packet::cic::{self, CicRecord, Discard, Reading};
use netsift_packet::{Frame, LinkType, Protocol, Timestamp};

use crate::choices::Choices;

/// Link type and microseconds with a rest; then the frame.
pub(crate) fn body(input: &[u8]) {
    let mut choices = Choices::of(input);
    let link = choices.link();
    let time = Timestamp::from_nanos(i16::from_be_bytes(choices.bytes()).into());
    let bytes = choices.rest();
    let frame = Frame::new(time, link, bytes);

    let [original, fixed] = [Reading::Original, Reading::Fixed].map(|reading| {
        let read = cic::read(&frame, reading);
        match &read {
            Ok(record) => record_holds(record, &frame, reading),
            Err(discard) => discard_holds(*discard, bytes, reading),
        }
        let unlinked = Frame { link: LinkType(u16::MAX), wire_len: 0, ..frame };
        assert_eq!(cic::read(&unlinked, reading), read, "link type or wire length were looked at");
        read
    });
    readings_agree(original, fixed);
}

fn record_holds(record: &CicRecord, frame: &Frame<'_>, reading: Reading) {
    let addresses = [record.src.octets(), record.dst.octets()].concat();
    let stands = frame.data.windows(8).any(|bytes| bytes == addresses);
    assert!(stands, "addresses from outside the frame");
    let used = u64::from(record.header_len) + u64::from(record.payload_len);
    assert!(used + 34 <= u64::from(frame.captured_len()), "more header and payload than bytes");
    assert_eq!(record.time.subsec_nanos() % 1_000, 0, "finer than a microsecond");
    assert!((0..1_000).contains(&frame.time.nanos_since(record.time)), "another time");
    let tcp = [u32::from(record.flags.0), record.window.into(), record.seq, record.ack];
    assert!(record.protocol == Protocol::TCP || tcp == [0; 4], "fields of TCP without TCP");
    assert!(record.flags.0 < 1 << 9, "more flags than nine");
    let is_icmp = record.protocol == Protocol::ICMP;
    assert_eq!(record.icmp.is_some(), is_icmp, "ICMP's type with another protocol");
    assert!(!is_icmp || reading == Reading::Fixed, "the original knows no ICMP");
}

fn discard_holds(discard: Discard, bytes: &[u8], reading: Reading) {
    match discard {
        Discard::CutShort { had } => assert!(had < 20 && had as usize <= bytes.len()),
        Discard::HeaderLength { len } => {
            assert!(len < 20 || reading == Reading::Fixed, "an IPv4 header of {len} bytes refused");
        }
        Discard::UnknownProtocol { .. } => assert_eq!(reading, Reading::Fixed),
        _ => {}
    }
}

fn readings_agree(original: Result<CicRecord, Discard>, fixed: Result<CicRecord, Discard>) {
    match (original, fixed) {
        (Ok(original), Ok(fixed)) => {
            let ends = [original, fixed].map(|record| (record.src, record.dst, record.time));
            assert_eq!(ends[0], ends[1], "two readings of one header");
        }
        (Err(original), Ok(_)) => panic!("only the original discards: {original}"),
        (Err(original), Err(fixed)) => assert_eq!(original, fixed, "discarded for two reasons"),
        (Ok(_), Err(_)) => {}
    }
}
