//! pcapng: blocks of every kind, sections, interfaces, clocks, and lengths that lie.

use netsift_capture::{CaptureError, CaptureReader, Fault, Format, Part};

use crate::bytes::{Drip, Got, ORDERS, Order, drain, got, read, read_from, read_well};

const ETHERNET: u16 = 1;
const TSRESOL: u16 = 9;
const TSOFFSET: u16 = 14;

#[test]
fn every_packet_block_gives_its_frame() {
    for order in ORDERS {
        let bytes = [
            order.section(),
            order.interface(ETHERNET, 5, &[]),
            order.enhanced(0, 1_500_000, b"one"),
            order.simple(9, b"fives"),
            order.simple(3, b"two"),
            order.obsolete(0, 2_500_000, 60, b"old"),
        ]
        .concat();
        let (frames, stats) = read_well(&bytes);
        let expected = [
            got(1_500_000_000, b"one"),
            Got { wire_len: 9, ..got(0, b"fives") },
            got(0, b"two"),
            Got { wire_len: 60, ..got(2_500_000_000, b"old") },
        ];
        assert_eq!(frames, expected);
        assert_eq!((stats.sections(), stats.untimed_frames(), stats.frames()), (1, 2, 4));
        let reader = CaptureReader::new(bytes.as_slice()).unwrap();
        assert_eq!(reader.format(), Format::PcapNg);
    }
}

#[test]
fn a_simple_packet_without_a_snap_length_is_as_long_as_it_was_on_the_wire() {
    let order = Order::Little;
    let start = [order.section(), order.interface(ETHERNET, 0, &[])].concat();
    let bytes = [start, order.simple(5, b"fives"), order.simple(1_000, b"cut without a word")];
    let frames = read_well(&bytes.concat()).0;
    assert_eq!(frames[0].data, b"fives");
    // What is there cannot be told from its padding.
    assert_eq!((frames[1].data.len(), frames[1].wire_len), (20, 1_000));
}

#[test]
fn sections_bring_their_own_byte_order_and_interfaces() {
    let section = |order: Order, link| {
        let interfaces = [order.interface(link, 0, &[]), order.interface(link + 1, 0, &[])];
        [order.section(), interfaces.concat(), order.enhanced(1, 7, b"frame")].concat()
    };
    let bytes = [section(Order::Big, 1), section(Order::Little, 100), section(Order::Big, 112)];
    let (frames, stats) = read_well(&bytes.concat());
    let links: Vec<u16> = frames.iter().map(|frame| frame.link).collect();
    assert_eq!((links, stats.sections()), (vec![2, 101, 113], 3));
}

#[test]
fn an_interface_of_the_last_section_is_gone() {
    let order = Order::Little;
    let first = [order.section(), order.interface(ETHERNET, 0, &[])].concat();
    let (frames, stats) = read_well(&[first, order.section(), order.enhanced(0, 1, b"x")].concat());
    assert_eq!((frames.len(), stats.orphan_packets()), (0, 1));
}

#[test]
fn resolutions_and_offsets_place_the_time() {
    let cases: [(u8, i64, u64, i64); 10] = [
        (6, 0, 1_500_000, 1_500_000_000),
        (9, 0, 1_500_000, 1_500_000),
        (0, 0, 3, 3_000_000_000),
        (3, -2, 500, -1_500_000_000),
        (12, 0, 1_999, 1),
        (127, 0, u64::MAX, 0),
        (0x80, 1, 2, 3_000_000_000),
        (0x8a, 0, 1_536, 1_500_000_000),
        (0xff, 0, u64::MAX, 0),
        (0, i64::MAX, u64::MAX, i64::MAX),
    ];
    for order in ORDERS {
        for (resolution, offset, ticks, nanos) in cases {
            let options = [
                order.option(2, b"eth0"),
                order.option(TSRESOL, &[resolution]),
                order.option(TSOFFSET, &order.u64(offset as u64)),
                order.option(0, &[]),
            ]
            .concat();
            let start = [order.section(), order.interface(ETHERNET, 0, &options)].concat();
            let frames = read_well(&[start, order.enhanced(0, ticks, b"x")].concat()).0;
            assert_eq!(frames[0].nanos, nanos, "resolution {resolution}, offset {offset}");
        }
    }
}

#[test]
fn blocks_without_packets_are_skipped_and_counted() {
    let order = Order::Big;
    let kinds = [4, 5, 9, 10, 0xbad, 0x4000_0bad, 0x1234_5678];
    let blocks: Vec<u8> = kinds.iter().flat_map(|&kind| order.block(kind, b"whatever")).collect();
    let bytes = [
        order.section(),
        blocks.clone(),
        order.interface(ETHERNET, 0, &[]),
        order.block(4, b""),
        order.enhanced(0, 1, b"x"),
        blocks,
    ];
    let (frames, stats) = read_well(&bytes.concat());
    assert_eq!((frames.len(), stats.skipped_blocks()), (1, 15));
}

#[test]
fn a_packet_of_an_unknown_interface_is_skipped_and_the_next_one_read() {
    let order = Order::Little;
    let bytes = [
        order.section(),
        order.simple(1, b"x"),
        order.interface(ETHERNET, 0, &[]),
        order.enhanced(1, 0, b"whose?"),
        order.obsolete(u16::MAX, 0, 1, b"x"),
        order.enhanced(0, 0, b"mine"),
    ];
    let (frames, stats) = read_well(&bytes.concat());
    assert_eq!((frames[0].data.as_slice(), frames.len()), (b"mine".as_slice(), 1));
    assert_eq!(stats.orphan_packets(), 3);
}

#[test]
fn what_is_wrong_inside_a_block_costs_that_block_only() {
    let order = Order::Little;
    let runaway_option = [order.u16(TSRESOL), order.u16(60_000)].concat();
    let bytes = [
        order.section(),
        // Too short to describe anything, but it still takes number 0.
        order.block(1, &[1, 0, 0, 0]),
        order.interface(ETHERNET, 0, &runaway_option),
        order.enhanced_of(1, 0, 400, 400, b"less than it says"),
        order.block(6, b"short"),
        order.enhanced(0, 0, b"orphan"),
        order.enhanced(1, 5, b"good"),
    ];
    let (frames, stats) = read_well(&bytes.concat());
    assert_eq!(frames, [got(5_000, b"good")]);
    assert_eq!((stats.malformed_blocks(), stats.orphan_packets()), (4, 1));
}

#[test]
fn a_frame_may_be_longer_than_its_snap_and_its_wire_length() {
    let order = Order::Little;
    let packet = order.enhanced_of(0, 0, 6, 5, b"longer");
    let bytes = [order.section(), order.interface(ETHERNET, 3, &[]), packet].concat();
    let (frames, stats) = read_well(&bytes);
    assert_eq!((frames[0].wire_len, stats.over_snap_len(), stats.over_wire_len()), (6, 1, 1));
}

#[test]
fn lengths_that_differ_or_forget_the_padding_are_mended() {
    let order = Order::Little;
    let start = [order.section(), order.interface(ETHERNET, 0, &[])].concat();
    let whole = order.enhanced(0, 0, b"12345");
    let unpadded = 12 + 20 + 5;
    let with = |leading: u32, cut: usize, trailing: u32| {
        let mut block = whole.clone();
        block.truncate(whole.len() - 4 - cut);
        block[4..8].copy_from_slice(&order.u32(leading));
        [start.clone(), block, order.u32(trailing), order.enhanced(0, 0, b"next")].concat()
    };
    for bytes in [
        with(40, 0, 0),
        with(unpadded, 0, unpadded),
        with(unpadded, 0, 40),
        with(unpadded, 3, unpadded),
    ] {
        let (frames, stats) = read_well(&bytes);
        assert_eq!(
            (frames[0].data.as_slice(), frames[1].data.as_slice()),
            (b"12345".as_slice(), b"next".as_slice())
        );
        assert_eq!(stats.mended_lengths(), 1);
    }
    let lost = read(&with(unpadded, 0, 0)).1;
    assert!(matches!(
        lost,
        Some(CaptureError::Broken { offset: 48, fault: Fault::BlockLength { len: 37, .. }, .. })
    ));
}

#[test]
fn what_loses_the_way_ends_the_capture() {
    let order = Order::Little;
    let good = [order.section(), order.interface(ETHERNET, 0, &[]), order.enhanced(0, 0, b"kept")];
    let after = |tail: Vec<u8>| {
        let (frames, error) = read(&[good.concat(), tail].concat());
        assert_eq!(frames.len(), 1);
        match error {
            Some(CaptureError::Broken { offset: 84, frames: 1, fault, .. }) => fault,
            other => panic!("{other:?}"),
        }
    };
    let block = |len: u32| [order.u32s(&[6, len]), vec![0; 64]].concat();
    assert!(matches!(after(block(0)), Fault::BlockLength { len: 0, .. }));
    assert!(matches!(after(block(11)), Fault::BlockLength { len: 11, .. }));
    assert!(matches!(after(block(u32::MAX)), Fault::TooLong { part: Part::Block, .. }));
    assert!(matches!(
        after(block(4_000)),
        Fault::Cut { part: Part::Block, needed: 4_000, had: 72 }
    ));
    let mut section = order.section();
    section[8] = 0;
    assert!(matches!(after(section), Fault::ByteOrder { magic: [0, 0x3c, 0x2b, 0x1a] }));
    let mut section = order.section();
    section[12] = 2;
    assert!(matches!(after(section), Fault::Version { major: 2, minor: 0 }));
    let mut section = order.section();
    section[4] = 24;
    assert!(matches!(after(section), Fault::BlockLength { len: 24, .. }));
}

#[test]
fn interfaces_without_end_are_refused() {
    let order = Order::Little;
    let interface = order.interface(ETHERNET, 0, &[]);
    let bytes = [order.section(), interface.repeat(65_537)].concat();
    let fault = Fault::TooManyInterfaces { limit: 65_536 };
    assert!(matches!(read(&bytes).1, Some(CaptureError::Broken { fault: f, .. }) if f == fault));
}

#[test]
fn a_reader_that_drips_gives_the_same() {
    let section = |order: Order| {
        let packets = (0..30_u64).flat_map(|i| order.enhanced(0, i, &vec![i as u8; i as usize]));
        [order.section(), order.interface(ETHERNET, 0, &[]), packets.collect()].concat()
    };
    let bytes = [section(Order::Little), section(Order::Big)].concat();
    assert_eq!(read_from(Drip::new(&bytes)).0, read_well(&bytes).0);
}

#[test]
fn counts_go_on_while_reading() {
    let order = Order::Little;
    let bytes = [order.section(), order.interface(ETHERNET, 0, &[]), order.enhanced(0, 0, b"abc")];
    let bytes = bytes.concat();
    let mut reader = CaptureReader::new(bytes.as_slice()).unwrap();
    assert_eq!(reader.stats().frames(), 0);
    drain(&mut reader);
    assert_eq!((reader.stats().captured_bytes(), reader.bytes_read()), (3, bytes.len() as u64));
}
