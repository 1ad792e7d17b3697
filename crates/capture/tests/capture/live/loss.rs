//! What is lost is counted, where anybody counts it.

use netsift_capture::{Backend, BatchSource, Shortcoming};

use super::wire::HERE;
use super::{Watch, on_a_wire, options};

/// Nobody reads while the other end sends much more than the kernel keeps.
#[test]
fn sent_is_seen_and_counted_drops() {
    on_a_wire(|backend, wire| {
        let mut watch = Watch::on(HERE, options(backend).buffer_len(256 * 1024));
        wire.send(0..30_000, 200);
        watch.until_quiet();
        watch.end();
        let (seen, stats) = (watch.frames.len() as u64, watch.live.stats());
        assert_eq!(stats.frames, seen);
        assert!(seen > 0 && seen < 30_000, "{backend}: {seen} seen: none was lost");
        match backend {
            Backend::Libpcap => assert_eq!(seen + stats.drops(), 30_000, "{stats:?}"),
            _ => {
                assert_eq!(stats.kernel_drops, None);
                assert!(watch.live.shortcomings().contains(&Shortcoming::DropsNotCounted));
            }
        }
        assert!(watch.numbers().is_sorted());
    });
}

/// What libpcap counts, pnet_datalink has to hold: so many are kept while nobody reads.
#[test]
fn the_kernel_keeps_as_much_as_was_asked_for() {
    on_a_wire(|backend, wire| {
        let mut watch = Watch::on(HERE, options(backend));
        let small = |s: &Shortcoming| matches!(s, Shortcoming::SmallBuffer { .. });
        if watch.live.shortcomings().iter().any(small) {
            return super::wire::skip("the kernel's buffer cannot be enlarged");
        }
        wire.send(0..30_000, 200);
        watch.until_quiet();
        assert!(watch.numbers().into_iter().eq(0..30_000), "{backend}: {watch:?}");
    });
}
