//! The writer: the bytes that the formats' specifications ask for, and what it refuses.

use netsift_capture::{
    CaptureError, CaptureReader, CaptureWriter, Format, Frame, Resolution, WriterOptions, save,
};
use netsift_packet::{LinkType, Timestamp};

use crate::bytes::{Got, Order, got, read_well};

fn frame(nanos: i64, data: &[u8]) -> Frame<'_> {
    Frame::new(Timestamp::from_nanos(nanos), LinkType::ETHERNET, data)
}

fn write(options: WriterOptions, frames: &[Frame<'_>]) -> Vec<u8> {
    let mut writer = CaptureWriter::new(Vec::new(), options).unwrap();
    for frame in frames {
        writer.write(frame).unwrap();
    }
    assert_eq!(writer.frames(), frames.len() as u64);
    writer.finish().unwrap()
}

#[test]
fn pcap_is_as_put_together_by_hand() {
    let order = Order::Little;
    let frames = [frame(1_000_000_999, b"one"), frame(2_999_999_999, b"")];
    let nanos = [
        order.pcap(0xa1b2_3c4d, 262_144, 1),
        order.record(1, 999, b"one"),
        order.record(2, 999_999_999, b""),
    ];
    assert_eq!(write(WriterOptions::new(), &frames), nanos.concat());
    let micros = [
        order.pcap(0xa1b2_c3d4, 262_144, 1),
        order.record(1, 0, b"one"),
        order.record(2, 999_999, b""),
    ];
    let options = WriterOptions::new().resolution(Resolution::Micros);
    assert_eq!(write(options, &frames), micros.concat());
}

#[test]
fn pcapng_is_as_put_together_by_hand() {
    let order = Order::Little;
    for (resolution, digits, ticks) in
        [(Resolution::Nanos, 9, 5_000_000_000_123_u64), (Resolution::Micros, 6, 5_000_000_000)]
    {
        let options = [order.option(9, &[digits]), order.option(0, &[])].concat();
        let raw = Frame { link: LinkType::RAW, ..frame(5_000_000_000_123, b"raw") };
        let expected = [
            order.section(),
            order.interface(1, 262_144, &options),
            order.enhanced(0, ticks, b"four"),
            order.interface(101, 262_144, &options),
            order.enhanced(1, ticks, b"raw"),
            order.enhanced(0, ticks, b""),
        ];
        let frames = [frame(5_000_000_000_123, b"four"), raw, frame(5_000_000_000_123, b"")];
        let options = WriterOptions::new().format(Format::PcapNg).resolution(resolution);
        assert_eq!(write(options, &frames), expected.concat());
    }
}

#[test]
fn a_capture_without_frames_is_one() {
    for format in [Format::Pcap, Format::PcapNg] {
        assert_eq!(read_well(&write(WriterOptions::new().format(format), &[])).0, []);
    }
    let link = WriterOptions::new().link_type(LinkType::RAW);
    assert_eq!(write(link, &[]), Order::Little.pcap(0xa1b2_3c4d, 262_144, 101));
}

#[test]
fn a_snap_length_cuts_the_bytes_and_keeps_the_wire_length() {
    for format in [Format::Pcap, Format::PcapNg] {
        let options = WriterOptions::new().format(format).snap_len(4);
        let frames = [frame(1, b"123456789"), frame(2, b"12").with_wire_len(60)];
        let (read, stats) = read_well(&write(options, &frames));
        assert_eq!(read[0], Got { wire_len: 9, ..got(1, b"1234") });
        assert_eq!(read[1], Got { wire_len: 60, ..got(2, b"12") });
        assert_eq!(stats.over_snap_len(), 0);
    }
}

#[test]
fn a_wire_length_below_the_captured_one_is_not_written() {
    for format in [Format::Pcap, Format::PcapNg] {
        let options = WriterOptions::new().format(format);
        let (frames, stats) = read_well(&write(options, &[frame(1, b"12345").with_wire_len(2)]));
        assert_eq!((frames[0].wire_len, stats.over_wire_len()), (5, 0));
    }
}

#[test]
fn what_a_format_cannot_hold_is_refused_and_the_writer_goes_on() {
    let mut writer = CaptureWriter::new(Vec::new(), WriterOptions::new()).unwrap();
    let last_second = i64::from(u32::MAX) * 1_000_000_000;
    for nanos in [-1, i64::MIN, last_second + 1_000_000_000] {
        let refused = writer.write(&frame(nanos, b"x"));
        assert!(matches!(refused, Err(CaptureError::TimeOutOfRange { .. })), "{nanos}");
    }
    writer.write(&frame(last_second, b"kept")).unwrap();
    let raw = Frame { link: LinkType::RAW, ..frame(0, b"x") };
    let mixed = CaptureError::LinkTypeMixed { first: LinkType::ETHERNET, other: LinkType::RAW };
    assert_eq!(writer.write(&raw).unwrap_err().to_string(), mixed.to_string());
    assert_eq!(writer.frames(), 1);
    assert_eq!(read_well(&writer.finish().unwrap()).0, [got(last_second, b"kept")]);

    let options = WriterOptions::new().format(Format::PcapNg);
    let mut writer = CaptureWriter::new(Vec::new(), options).unwrap();
    assert!(matches!(writer.write(&frame(-1, b"x")), Err(CaptureError::TimeOutOfRange { .. })));
    writer.write(&frame(i64::MAX, b"far")).unwrap();
    assert_eq!(read_well(&writer.finish().unwrap()).0, [got(i64::MAX, b"far")]);
}

#[test]
fn snap_lengths_that_cannot_be_are_refused() {
    for snap_len in [0, u32::MAX] {
        let refused = CaptureWriter::new(Vec::new(), WriterOptions::new().snap_len(snap_len));
        assert!(matches!(refused.err(), Some(CaptureError::Option { name: "snap_len", .. })));
    }
}

#[test]
fn the_longest_frame_that_can_be_written_can_be_read() {
    for format in [Format::Pcap, Format::PcapNg] {
        let options = WriterOptions::new().format(format).snap_len(16_777_152);
        let long = vec![1; 16_777_153];
        let (frames, _) = read_well(&write(options, &[frame(0, &long)]));
        assert_eq!((frames[0].data.len(), frames[0].wire_len), (16_777_152, 16_777_153));
    }
}

#[test]
fn a_source_is_saved_as_a_capture() {
    let whole = write(WriterOptions::new(), &[frame(1_000, b"one"), frame(2_000, b"two")]);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("saved.pcap");
    assert_eq!(save(CaptureReader::new(&whole[..]).unwrap(), &path).unwrap(), 2);
    assert_eq!(std::fs::read(&path).unwrap(), whole);
    let nowhere = save(CaptureReader::new(&whole[..]).unwrap(), "nowhere/saved.pcap");
    assert!(matches!(nowhere, Err(CaptureError::Write { .. })));
}

#[test]
fn an_output_that_fails_is_told() {
    struct Full;
    impl std::io::Write for Full {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::StorageFull.into())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let mut writer = CaptureWriter::new(Full, WriterOptions::new()).unwrap();
    writer.write(&frame(0, b"x")).unwrap();
    assert!(matches!(writer.finish().err(), Some(CaptureError::Write { .. })));
}
