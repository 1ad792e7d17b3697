//! Captures inside gzip and zstd: whole, in pieces, cut, broken, and made to explode.

use std::io::{self, Read, Write};

use flate2::Compression as Level;
use flate2::write::GzEncoder;
use netsift_capture::{CaptureError, CaptureReader, Compression, Fault, ReaderOptions};

use crate::bytes::{Drip, Order, drain, read, read_from, read_well};

fn capture(frames: u32) -> Vec<u8> {
    let order = Order::Little;
    let records = (0..frames)
        .flat_map(|i| order.record(i, i, &i.wrapping_mul(2_654_435_761).to_le_bytes().repeat(9)));
    [order.pcap(0xa1b2_c3d4, 0, 1), records.collect()].concat()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Level::new(6));
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 3).unwrap()
}

type Compressor = fn(&[u8]) -> Vec<u8>;

/// What compresses and the feature that reads it, where this build has it.
fn compressors() -> Vec<(Compression, Compressor)> {
    let mut list: Vec<(Compression, Compressor)> = Vec::new();
    if cfg!(feature = "gzip") {
        list.push((Compression::Gzip, gzip));
    }
    if cfg!(feature = "zstd") {
        list.push((Compression::Zstd, zstd));
    }
    list
}

#[test]
fn a_compressed_capture_reads_as_the_plain_one() {
    let plain = capture(5_000);
    let whole = read_well(&plain).0;
    for (compression, compress) in compressors() {
        let one = compress(&plain);
        let several: Vec<u8> = plain.chunks(70_001).flat_map(compress).collect();
        for bytes in [one, several] {
            let mut reader = CaptureReader::new(bytes.as_slice()).unwrap();
            assert_eq!(reader.compression(), Some(compression));
            let (frames, error) = drain(&mut reader);
            assert!(error.is_none() && frames == whole, "{compression}: {error:?}");
            assert_eq!(reader.bytes_read(), bytes.len() as u64);
        }
        let small = capture(20);
        assert_eq!(read_from(Drip::new(&compress(&small))).0, read_well(&small).0);
    }
}

#[test]
fn zstd_may_start_with_a_skippable_frame() {
    let skippable = [0x50, 0x2a, 0x4d, 0x18, 4, 0, 0, 0, 1, 2, 3, 4];
    let bytes = [skippable.as_slice(), &zstd(&capture(3))].concat();
    if cfg!(feature = "zstd") {
        assert_eq!(read_well(&bytes).0.len(), 3);
    }
}

#[test]
fn a_cut_stream_keeps_the_packets_before_the_cut() {
    let plain = capture(20_000);
    let whole = read_well(&plain).0;
    for (compression, compress) in compressors() {
        let bytes = compress(&plain);
        for cut in [bytes.len() / 2, bytes.len() - 9, bytes.len() - 1] {
            let (frames, error) = read(&bytes[..cut]);
            assert_eq!(frames, whole[..frames.len()]);
            assert!(frames.len() > 5_000, "{compression} cut at {cut}: {} frames", frames.len());
            let Some(CaptureError::Decompress { compressed_offset, frames: told, .. }) = error
            else {
                panic!("{compression} cut at {cut}: {error:?}");
            };
            assert_eq!((compressed_offset, told), (cut as u64, frames.len() as u64));
        }
    }
}

#[test]
fn a_broken_stream_is_told_as_such_and_a_failing_disk_as_such() {
    struct Failing;
    impl Read for Failing {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("the disk is gone"))
        }
    }
    let plain = capture(20_000);
    for (_, compress) in compressors() {
        let mut bytes = compress(&plain);
        let half = bytes.len() / 2;
        let (frames, error) = read_from(bytes[..half].chain(Failing));
        assert!(!frames.is_empty() && matches!(error, Some(CaptureError::Read { .. })));
        bytes[half..half + 64].fill(0xff);
        assert!(matches!(
            read(&bytes).1,
            Some(CaptureError::Decompress { .. } | CaptureError::Broken { .. })
        ));
        assert!(matches!(read(&bytes[..6]).1, Some(CaptureError::Decompress { .. })));
    }
}

#[test]
fn compressed_nothing_and_compressed_prose_are_no_captures() {
    for (compression, compress) in compressors() {
        assert!(matches!(read(&compress(b"")).1, Some(CaptureError::Empty { .. })));
        let Some(CaptureError::NotACapture { compression: told, start, .. }) =
            read(&compress(b"dear diary")).1
        else {
            panic!("prose was read");
        };
        assert_eq!((told, start.as_slice()), (Some(compression), b"dear".as_slice()));
    }
}

/// A pcap header and then zeros, which are empty records without end.
fn bomb(compress: fn(&mut dyn Read) -> Vec<u8>, megabytes: u64) -> Vec<u8> {
    let header = Order::Little.pcap(0xa1b2_c3d4, 0, 1);
    compress(&mut header.as_slice().chain(io::repeat(0).take(megabytes << 20)))
}

fn gzip_stream(from: &mut dyn Read) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Level::best());
    io::copy(from, &mut encoder).unwrap();
    encoder.finish().unwrap()
}

fn zstd_stream(from: &mut dyn Read) -> Vec<u8> {
    zstd::encode_all(from, 1).unwrap()
}

#[test]
fn a_bomb_is_refused_unless_it_is_asked_for() {
    let mut bombs = Vec::new();
    if cfg!(feature = "gzip") {
        bombs.push(bomb(gzip_stream, 100));
    }
    if cfg!(feature = "zstd") {
        bombs.push(bomb(zstd_stream, 100));
    }
    for bytes in bombs {
        let ended = |options| {
            let mut reader =
                CaptureReader::named(bytes.as_slice(), Default::default(), options).unwrap();
            loop {
                match reader.next_frame_is_there() {
                    Ok(true) => {}
                    Ok(false) => break None,
                    Err(error) => break Some(error),
                }
            }
        };
        let error = ended(ReaderOptions::new());
        let Some(CaptureError::Broken { fault, .. }) = error else { panic!("{error:?}") };
        let Fault::Bomb { compressed, expanded, .. } = fault else { panic!("{fault:?}") };
        assert!(expanded < 66 << 20);
        // What was read ahead of the decoder does not make the ratio look better.
        assert!(compressed < bytes.len() as u64 * 3 / 4, "{compressed} of {}", bytes.len());
        assert!(ended(ReaderOptions::new().max_expansion(None)).is_none());
    }
}

#[test]
fn all_zero_payloads_are_no_bomb() {
    // As a speed test sends them, captured at the wire and, with offloading, at the host.
    for (len, count) in [(1_514, 60_000_u32), (65_549, 1_400)] {
        let order = Order::Little;
        let mut plain = order.pcap(0xa1b2_c3d4, 0, 1);
        for i in 0..count {
            let mut frame = vec![0; len];
            frame[18..20].copy_from_slice(&(i as u16).to_be_bytes());
            frame[24..26].copy_from_slice(&(!i as u16).wrapping_mul(40_503).to_be_bytes());
            frame[38..42].copy_from_slice(&i.wrapping_mul(1_460).to_be_bytes());
            frame[50..52].copy_from_slice(&(i as u16).wrapping_mul(51_511).to_be_bytes());
            plain.extend(order.record(i / 10_000, i % 10_000 * 97 + i % 7, &frame));
        }
        assert!(plain.len() > 80 << 20);
        for (_, compress) in compressors() {
            assert_eq!(read_well(&compress(&plain)).1.frames(), count.into());
        }
    }
}

#[test]
fn a_capture_in_a_compression_that_is_not_built_in_says_which_feature_is() {
    let plain = capture(1);
    for (built_in, bytes, compression) in [
        (cfg!(feature = "gzip"), gzip(&plain), Compression::Gzip),
        (cfg!(feature = "zstd"), zstd(&plain), Compression::Zstd),
    ] {
        if !built_in {
            let error = read(&bytes).1.unwrap();
            assert!(
                matches!(error, CaptureError::FeatureOff { compression: c, .. } if c == compression)
            );
            assert!(error.to_string().ends_with(&format!("feature `{}`", compression.feature())));
        }
    }
}

/// Steps without keeping the frame.
trait Steps {
    fn next_frame_is_there(&mut self) -> Result<bool, CaptureError>;
}

impl<S: netsift_capture::FrameSource<Error = CaptureError>> Steps for S {
    fn next_frame_is_there(&mut self) -> Result<bool, CaptureError> {
        self.next_frame().map(|frame| frame.is_some())
    }
}
