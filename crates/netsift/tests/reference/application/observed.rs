//! What a flow's packets tell, as the flows' own collector has it.

use std::collections::BTreeMap;

use netsift_capture::{CaptureReader, FrameSource};
use netsift_flow::{Application, MAX_APPLICATION_HEAP, Record, Wanted};
use netsift_packet::{Depth, Packet, ParseOptions};

use super::flows::{Key, ends};

/// What every flow of a capture says. Its first packet is the initiator's.
pub(super) fn applications(capture: &[u8], depth: Depth) -> BTreeMap<Key, Application> {
    let mut flows: BTreeMap<Key, (bool, Application)> = BTreeMap::new();
    let mut reader = CaptureReader::new(capture).unwrap();
    let options = ParseOptions::default().depth(depth);
    // A capture that breaks off is read up to there.
    while let Ok(Some(frame)) = reader.next_frame() {
        let Ok(packet) = Packet::parse_with(frame, &options) else { continue };
        let (Some((key, is_lower)), Some(record)) = (ends(&packet), Record::of(&packet)) else {
            continue;
        };
        let (initiator, application) =
            flows.entry(key).or_insert_with(|| (is_lower, Application::default()));
        if application.wants_more() {
            application.observe(&record, is_lower == *initiator, Wanted::ALL);
            assert!(application.heap() <= MAX_APPLICATION_HEAP);
        }
    }
    flows.into_iter().map(|(key, (_, application))| (key, application)).collect()
}

/// The bytes of a name or a text that was kept as it prints.
pub(super) fn unescaped(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((&first, behind)) = rest.split_first() {
        let number = |digits: &[u8], radix| {
            u8::from_str_radix(std::str::from_utf8(digits).unwrap(), radix).unwrap()
        };
        let (byte, len) = match behind {
            _ if first != b'\\' => (first, 0),
            [b'x', digits @ ..] => (number(&digits[..2], 16), 3),
            [b'0'..=b'9', ..] => (number(&behind[..3], 10), 3),
            _ => (behind[0], 1),
        };
        bytes.push(byte);
        rest = &behind[len..];
    }
    bytes
}
