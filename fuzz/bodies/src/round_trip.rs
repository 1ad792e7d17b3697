//! The laws of writing captures: what was written is read again.

use netsift_capture::{
    CaptureError, CaptureReader, CaptureWriter, Format, FrameSource, Resolution, WriterOptions,
};
use netsift_packet::{Frame, LinkType, Timestamp};

use crate::choices::Choices;

/// What the writer was given, as it should come back.
#[derive(Debug, PartialEq)]
struct Expected<'a> {
    nanos: i64,
    wire_len: u32,
    link: LinkType,
    data: &'a [u8],
}

/// Format and snap length; then frames: link type, time, what was not captured, length, bytes.
pub(crate) fn body(input: &[u8]) {
    let mut choices = Choices::of(input);
    let kind = choices.byte();
    let format = if kind & 1 == 0 { Format::Pcap } else { Format::PcapNg };
    let resolution = if kind & 2 == 0 { Resolution::Nanos } else { Resolution::Micros };
    let snap_len = choices.u16().max(1);
    let options =
        WriterOptions::new().format(format).resolution(resolution).snap_len(snap_len.into());
    let Ok(mut writer) = CaptureWriter::new(Vec::new(), options) else {
        panic!("sound options are refused");
    };
    let mut written = Vec::new();
    while !choices.is_empty() {
        let frame = frame(&mut choices);
        match writer.write(&frame) {
            Ok(()) => written.push(expected(&frame, snap_len.into(), resolution)),
            Err(error) => refusal_holds(&error, &frame, format),
        }
    }
    assert_eq!(writer.frames(), written.len() as u64, "frames counted and written");
    match writer.finish() {
        Ok(bytes) => comes_back(&bytes, &written, format),
        Err(error) => panic!("memory cannot be written: {error}"),
    }
}

fn frame<'a>(choices: &mut Choices<'a>) -> Frame<'a> {
    let link = choices.link();
    let time = Timestamp::from_nanos(i64::from_be_bytes(choices.bytes()));
    let uncaptured = u32::from(choices.u16());
    let len = usize::from(choices.byte());
    let data = choices.take(len);
    let frame = Frame::new(time, link, data);
    frame.with_wire_len((data.len() as u32 + uncaptured).wrapping_sub(256))
}

fn expected<'a>(frame: &Frame<'a>, snap_len: usize, resolution: Resolution) -> Expected<'a> {
    let nanos = match resolution {
        Resolution::Micros => frame.time.as_micros() * 1_000,
        Resolution::Nanos => frame.time.as_nanos(),
    };
    Expected {
        nanos,
        wire_len: frame.wire_len.max(frame.captured_len()),
        link: frame.link,
        data: frame.data.get(..snap_len).unwrap_or(frame.data),
    }
}

/// Only a time that does not fit and, in pcap, a second link type are refused.
fn refusal_holds(error: &CaptureError, frame: &Frame<'_>, format: Format) {
    match error {
        CaptureError::TimeOutOfRange { time, .. } => {
            let seconds = time.as_secs();
            assert_eq!(*time, frame.time);
            let fits = match format {
                Format::Pcap => u32::try_from(seconds).is_ok(),
                _ => seconds >= 0,
            };
            assert!(!fits, "a time that fits is refused: {time}");
        }
        CaptureError::LinkTypeMixed { first, other } => {
            assert!(first != other && *other == frame.link && format == Format::Pcap);
        }
        other => panic!("a frame is refused: {other}"),
    }
}

fn comes_back(bytes: &[u8], written: &[Expected<'_>], format: Format) {
    let Ok(mut reader) = CaptureReader::new(bytes) else {
        panic!("what was written is no capture")
    };
    assert_eq!(reader.format(), format);
    let mut expected = written.iter();
    loop {
        let (read, expected) = match (reader.next_frame(), expected.next()) {
            (Ok(Some(read)), Some(expected)) => (read, expected),
            (Ok(None), None) => return,
            (read, expected) => panic!("{read:?} came back for {expected:?}"),
        };
        let Frame { time, wire_len, link, data } = read;
        assert_eq!(&Expected { nanos: time.as_nanos(), wire_len, link, data }, expected);
    }
}
