//! pcap as it is and as the wild has it.

use netsift_capture::{CaptureError, CaptureReader, Fault, Format, Part, ReaderOptions};

use crate::bytes::{Drip, Got, ORDERS, Order, drain, got, read, read_from, read_well};

const MICROS: u32 = 0xa1b2_c3d4;
const NANOS: u32 = 0xa1b2_3c4d;
const MODIFIED: u32 = 0xa1b2_cd34;

#[test]
fn every_magic_in_both_byte_orders_gives_the_same_frames() {
    for order in ORDERS {
        let record = order.record(1_700_000_000, 123_456, b"frame");
        let micros = [order.pcap(MICROS, 65_535, 1), record.clone()].concat();
        assert_eq!(read_well(&micros).0, [got(1_700_000_000_123_456_000, b"frame")]);
        let nanos = [order.pcap(NANOS, 65_535, 1), record].concat();
        assert_eq!(read_well(&nanos).0, [got(1_700_000_000_000_123_456, b"frame")]);
        assert_eq!(CaptureReader::new(nanos.as_slice()).unwrap().format(), Format::Pcap);
    }
}

#[test]
fn the_modified_format_has_longer_record_headers() {
    for order in ORDERS {
        let extra = [order.u32(3), order.u16(0x800), vec![4, 0]].concat();
        let record = |data: &[u8]| {
            let len = data.len() as u32;
            [order.u32s(&[7, 8, len, len + 2]), extra.clone(), data.to_vec()].concat()
        };
        let bytes = [order.pcap(MODIFIED, 96, 1), record(b"one"), record(b"three")].concat();
        let frames = read_well(&bytes).0;
        assert_eq!(frames[0], Got { wire_len: 5, ..got(7_000_008_000, b"one") });
        assert_eq!(frames[1].data, b"three");
    }
}

#[test]
fn what_the_wild_has_is_read_and_counted() {
    let order = Order::Little;
    let bytes = [
        order.pcap(MICROS, 4, 1),
        order.record(10, 2_500_000, b"abc"),
        order.record(11, 0, b"longer than the snap length"),
        [order.u32s(&[12, 0, 3, 1]), b"xyz".to_vec()].concat(),
        [order.u32s(&[u32::MAX, u32::MAX, 0, 1_514])].concat(),
    ]
    .concat();
    let (frames, stats) = read_well(&bytes);
    assert_eq!(frames[0], got(12_500_000_000, b"abc"));
    assert_eq!(frames[2], got(12_000_000_000, b"xyz"));
    assert_eq!((frames[3].wire_len, frames[3].nanos), (1_514, 4_294_971_589_967_295_000));
    assert_eq!(
        (stats.fraction_overflows(), stats.over_snap_len(), stats.over_wire_len()),
        (2, 1, 1)
    );
    assert_eq!((stats.frames(), stats.captured_bytes()), (4, 33));
}

#[test]
fn a_fraction_exceeds_the_second_from_one_whole_second_on() {
    for (magic, second) in [(MICROS, 1_000_000), (NANOS, 1_000_000_000)] {
        let order = Order::Big;
        let records = [order.record(1, second - 1, b""), order.record(1, second, b"")].concat();
        let (frames, stats) = read_well(&[order.pcap(magic, 0, 1), records].concat());
        assert_eq!((stats.fraction_overflows(), frames[1].nanos), (1, 2_000_000_000));
    }
}

#[test]
fn a_snap_length_of_zero_says_nothing() {
    let order = Order::Big;
    let bytes = [order.pcap(MICROS, 0, 1), order.record(1, 1, &[9; 2_000])].concat();
    let (frames, stats) = read_well(&bytes);
    assert_eq!((frames[0].data.len(), stats.over_snap_len()), (2_000, 0));
}

#[test]
fn the_length_of_a_check_sequence_is_no_part_of_the_link_type() {
    let bytes = [Order::Little.pcap(MICROS, 0, 0x5400_0071), Order::Little.record(0, 0, b"")];
    assert_eq!(read_well(&bytes.concat()).0[0].link, 113);
}

#[test]
fn old_versions_have_their_lengths_the_other_way_round() {
    let order = Order::Little;
    for (version, lengths) in
        [((2, 2), [9, 2]), ((543, 0), [9, 2]), ((2, 3), [9, 2]), ((2, 3), [2, 9]), ((2, 4), [2, 9])]
    {
        let [first, second] = lengths;
        let record = [order.u32s(&[1, 0, first, second]), b"ab".to_vec()].concat();
        let bytes = [order.pcap_of_version(version, MICROS, 0, 1), record].concat();
        let frame = &read_well(&bytes).0[0];
        assert_eq!((frame.data.as_slice(), frame.wire_len), (b"ab".as_slice(), 9), "{version:?}");
    }
}

#[test]
fn a_length_beyond_the_cap_ends_the_capture_where_it_stands() {
    let order = Order::Little;
    let bytes = [
        order.pcap(MICROS, 0, 1),
        order.record(1, 0, b"good"),
        order.u32s(&[2, 0, u32::MAX, u32::MAX]),
    ];
    let (frames, error) = read(&bytes.concat());
    assert_eq!(frames.len(), 1);
    let limit = 16 * 1024 * 1024;
    let fault = Fault::TooLong { part: Part::Record, len: u32::MAX.into(), limit };
    assert!(
        matches!(error, Some(CaptureError::Broken { offset: 44, frames: 1, fault: f, .. }) if f == fault)
    );
}

#[test]
fn the_cap_on_records_is_an_option() {
    let order = Order::Little;
    let bytes = [order.pcap(MICROS, 0, 1), order.record(1, 0, &[0; 101])].concat();
    let with = |max| {
        let options = ReaderOptions::new().max_record_len(max);
        drain(&mut CaptureReader::named(bytes.as_slice(), Default::default(), options).unwrap())
    };
    assert_eq!((with(101).0.len(), with(101).1.is_none()), (1, true));
    assert!(matches!(with(100).1, Some(CaptureError::Broken { .. })));
}

#[test]
fn a_record_longer_than_the_buffer_is_read_whole() {
    let order = Order::Big;
    let long: Vec<u8> = (0..1_000_000_u32).map(|i| i as u8).collect();
    let bytes = [order.pcap(MICROS, 0, 1), order.record(1, 0, &long), order.record(2, 0, b"next")];
    let (frames, error) = read(&bytes.concat());
    assert!(error.is_none() && frames[0].data == long && frames[1].data == b"next");
}

#[test]
fn a_reader_that_drips_gives_the_same() {
    for order in ORDERS {
        let records = (0..50).map(|i| order.record(i, i, &vec![i as u8; i as usize]));
        let bytes = [order.pcap(NANOS, 0, 1), records.flatten().collect()].concat();
        assert_eq!(read_from(Drip::new(&bytes)).0, read_well(&bytes).0);
    }
}

#[test]
fn nothing_and_something_else_are_told_apart() {
    assert!(matches!(read(b"").1, Some(CaptureError::Empty { .. })));
    let told = |bytes: &[u8]| match read(bytes).1 {
        Some(CaptureError::NotACapture { start, .. }) => start,
        other => panic!("{other:?}"),
    };
    assert_eq!(told(b"%PDF-1.7"), b"%PDF");
    assert_eq!(told(&[0xd4, 0xc3, 0xb2]), [0xd4, 0xc3, 0xb2]);
}

#[test]
fn a_failing_reader_is_told_with_what_was_read() {
    struct Failing;
    impl std::io::Read for Failing {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            Err(std::io::Error::other("the disk is gone"))
        }
    }
    let good = [Order::Little.pcap(MICROS, 0, 1), Order::Little.record(1, 0, b"kept")].concat();
    let (frames, error) = read_from(std::io::Read::chain(good.as_slice(), Failing));
    assert_eq!(frames.len(), 1);
    assert!(matches!(error, Some(CaptureError::Read { offset: 44, frames: 1, .. })));
}

#[test]
fn options_that_cannot_be_are_refused_by_name() {
    let open = |options| CaptureReader::named([].as_slice(), Default::default(), options).err();
    let name = |options| match open(options) {
        Some(CaptureError::Option { name, .. }) => name,
        other => panic!("{other:?}"),
    };
    assert_eq!(name(ReaderOptions::new().buffer_len(16)), "buffer_len");
    assert_eq!(name(ReaderOptions::new().max_record_len(u32::MAX)), "max_record_len");
    assert_eq!(name(ReaderOptions::new().max_expansion(Some(0))), "max_expansion");
}
