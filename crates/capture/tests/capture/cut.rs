//! A capture cut at every byte: all whole packets before the cut, then one error or a clean end.

use netsift_capture::{CaptureError, Fault, Part};

use crate::bytes::{Order, read, read_well};

/// Asserts the law of cuts; `steps` are the offsets at which a record or block ends.
fn every_cut_keeps_what_was_whole(bytes: &[u8], steps: &[usize], header_len: usize) {
    let whole = read_well(bytes).0;
    for cut in 0..bytes.len() {
        let (frames, error) = read(&bytes[..cut]);
        assert_eq!(frames, whole[..frames.len()], "cut at {cut}");
        match error {
            None => assert!(steps.contains(&cut), "a clean end at {cut}"),
            Some(CaptureError::Empty { .. }) => assert_eq!(cut, 0),
            Some(CaptureError::NotACapture { start, .. }) => {
                assert!((1..4).contains(&cut) && start == bytes[..cut]);
            }
            Some(CaptureError::Broken { offset, frames: count, fault, .. }) => {
                let last = steps.iter().rev().find(|&&step| step <= cut).copied().unwrap_or(0);
                assert!(!steps.contains(&cut) && offset as usize == last, "cut at {cut}");
                assert_eq!(count, frames.len() as u64);
                assert!(
                    matches!(fault, Fault::Cut { had, needed, .. } if had as usize == cut - last && needed > had)
                );
            }
            other => panic!("cut at {cut}: {other:?}"),
        }
        let ended = steps.iter().filter(|&&step| step <= cut && step > header_len).count();
        assert_eq!(frames.len(), ended, "cut at {cut}");
    }
}

#[test]
fn of_pcap() {
    let order = Order::Big;
    let mut bytes = order.pcap(0xa1b2_c3d4, 0, 1);
    let mut steps = vec![bytes.len()];
    for len in [0, 1, 40, 3] {
        bytes.extend(order.record(5, 6, &vec![7; len]));
        steps.push(bytes.len());
    }
    every_cut_keeps_what_was_whole(&bytes, &steps, 24);
}

#[test]
fn of_pcapng() {
    let order = Order::Little;
    let mut bytes = order.section();
    let mut steps = vec![bytes.len()];
    bytes.extend(order.interface(1, 0, &order.option(9, &[9])));
    steps.push(bytes.len());
    let header_len = bytes.len();
    for block in
        [order.enhanced(0, 1, b"abcde"), order.simple(2, b"ab"), order.obsolete(0, 1, 9, b"c")]
    {
        bytes.extend(block);
        steps.push(bytes.len());
    }
    every_cut_keeps_what_was_whole(&bytes, &steps, header_len);
}

#[test]
fn the_error_says_which_part() {
    let order = Order::Little;
    let bytes = [order.pcap(0xa1b2_c3d4, 0, 1), order.record(1, 2, b"abcd")].concat();
    let part = |cut: usize| match read(&bytes[..cut]).1 {
        Some(CaptureError::Broken { fault: Fault::Cut { part, .. }, .. }) => part,
        other => panic!("{other:?}"),
    };
    assert_eq!(
        [part(20), part(30), part(42)],
        [Part::FileHeader, Part::RecordHeader, Part::Record]
    );
}
