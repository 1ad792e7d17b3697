//! What must hold for any frames and any bytes.

use netsift_capture::{CaptureReader, CaptureWriter, Format, Frame, Resolution, WriterOptions};
use netsift_packet::{LinkType, Timestamp};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::bytes::{Drip, Got, Order, drain, read, read_from, read_well};

fn frames() -> impl Strategy<Value = Vec<Got>> {
    let nanos = 0..=i64::from(u32::MAX) * 1_000_000_000;
    let frame = (nanos, any::<u32>(), any::<u16>(), vec(any::<u8>(), 0..200)).prop_map(
        |(nanos, wire_len, link, data)| Got {
            nanos,
            wire_len: wire_len.max(data.len() as u32),
            link,
            data,
        },
    );
    vec(frame, 0..40)
}

fn round_trip(format: Format, resolution: Resolution, frames: &[Got]) -> Vec<Got> {
    let options = WriterOptions::new().format(format).resolution(resolution);
    let mut writer = CaptureWriter::new(Vec::new(), options).unwrap();
    for frame in frames {
        let time = Timestamp::from_nanos(frame.nanos);
        let written = Frame::new(time, LinkType(frame.link), &frame.data);
        writer.write(&written.with_wire_len(frame.wire_len)).unwrap();
    }
    read_well(&writer.finish().unwrap()).0
}

fn of_one_link(mut frames: Vec<Got>) -> Vec<Got> {
    let link = frames.first().map_or(0, |frame| frame.link);
    frames.iter_mut().for_each(|frame| frame.link = link);
    frames
}

fn in_micros(mut frames: Vec<Got>) -> Vec<Got> {
    frames.iter_mut().for_each(|frame| frame.nanos -= frame.nanos % 1_000);
    frames
}

/// A capture with something in every part, to be broken.
fn sound_captures() -> Vec<Vec<u8>> {
    let pcap = |order: Order, magic| {
        let records = (0..6).flat_map(|i| order.record(i, i, &[i as u8; 30]));
        [order.pcap(magic, 64, 1), records.collect()].concat()
    };
    let section = |order: Order| {
        let options = [order.option(9, &[0x8a]), order.option(14, &order.u64(77))].concat();
        [
            order.section(),
            order.interface(1, 64, &options),
            order.enhanced(0, 5, b"enhanced"),
            order.block(5, b"counters"),
            order.simple(6, b"simple"),
            order.obsolete(0, 7, 8, b"obsolete"),
        ]
        .concat()
    };
    vec![
        pcap(Order::Little, 0xa1b2_c3d4),
        pcap(Order::Big, 0xa1b2_cd34),
        [section(Order::Little), section(Order::Big)].concat(),
    ]
}

/// Frames come out of bytes: no more of them than the bytes have room for.
fn frames_fit_in(bytes: &[u8]) -> Result<(), TestCaseError> {
    let Ok(mut reader) = CaptureReader::new(bytes) else { return Ok(()) };
    let (frames, _) = drain(&mut reader);
    let captured: usize = frames.iter().map(|frame| frame.data.len()).sum();
    prop_assert!(frames.len() * 12 + captured <= bytes.len());
    prop_assert_eq!(reader.stats().frames(), frames.len() as u64);
    prop_assert_eq!(reader.stats().captured_bytes(), captured as u64);
    Ok(())
}

proptest! {
    #[test]
    fn pcapng_gives_back_what_was_written(frames in frames()) {
        prop_assert_eq!(&round_trip(Format::PcapNg, Resolution::Nanos, &frames), &frames);
        let read = round_trip(Format::PcapNg, Resolution::Micros, &frames);
        prop_assert_eq!(read, in_micros(frames));
    }

    #[test]
    fn pcap_gives_back_what_was_written(frames in frames()) {
        let frames = of_one_link(frames);
        prop_assert_eq!(&round_trip(Format::Pcap, Resolution::Nanos, &frames), &frames);
        let read = round_trip(Format::Pcap, Resolution::Micros, &frames);
        prop_assert_eq!(read, in_micros(frames));
    }

    #[test]
    fn any_bytes_behind_any_header_end(
        header in 0..5_usize,
        body in vec(prop_oneof![Just(0_u8), Just(0xff), 0..40_u8, any::<u8>()], 0..2_000),
    ) {
        let order = Order::Little;
        let start = match header {
            0 => order.pcap(0xa1b2_c3d4, 0, 1),
            1 => Order::Big.pcap(0xa1b2_cd34, 64, 1),
            2 => [order.section(), order.interface(1, 0, &[])].concat(),
            3 => vec![0x1f, 0x8b, 8, 0],
            _ => Vec::new(),
        };
        let bytes = [start, body].concat();
        if header != 3 {
            frames_fit_in(&bytes)?;
        } else {
            read(&bytes);
        }
    }

    #[test]
    fn a_capture_with_wrong_bytes_in_it_ends_and_drips_alike(
        which in 0..3_usize,
        changes in vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let mut bytes = sound_captures()[which].clone();
        for (place, byte) in changes {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        frames_fit_in(&bytes)?;
        let (frames, error) = read(&bytes);
        let (dripped, dripped_error) = read_from(Drip::new(&bytes));
        prop_assert_eq!(frames, dripped);
        prop_assert_eq!(error.map(|e| e.to_string()), dripped_error.map(|e| e.to_string()));
    }
}
