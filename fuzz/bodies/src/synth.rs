//! The laws of made traffic: sound settings give sound frames, the same every time.

use netsift_packet::{Frame, FrameSource, Packet, Timestamp};
use netsift_synth::{Generator, Scenario};

use crate::choices::Choices;

/// Packets of one scenario: as many as show a few flows, as few as take microseconds.
const MAX_PACKETS: u64 = 64;

/// A seed and the settings of a scenario.
pub(crate) fn body(input: &[u8]) {
    let mut choices = Choices::of(input);
    let seed = u64::from_be_bytes(choices.bytes());
    let packets = u64::from(choices.byte()) % MAX_PACKETS;
    let hosts = u32::from(choices.u16()) % 64;
    // Shares from -1/4 to 5/4, so that wrong ones are among them.
    let mut share = || f64::from(i32::from(choices.byte()) - 42) / 170.0;
    let scenario = Scenario::new(seed)
        .packets(packets)
        .hosts(hosts)
        .ipv6(share())
        .loss(share() / 4.0)
        .flows_per_second(share() * 1_000.0)
        .packets_per_flow(share() * 100.0)
        .duration(share() * 100.0)
        .round_trip(share() / 100.0, share());
    let (once, again) = (made(&scenario, packets), made(&scenario, packets));
    assert!(once == again, "one scenario, two captures");
}

/// A number made of everything in the frames; `None` where the scenario is refused.
fn made(scenario: &Scenario, packets: u64) -> Option<Vec<u8>> {
    let mut generator = Generator::new(scenario).ok()?;
    let (mut all, mut count, mut last) = (Vec::new(), 0, Timestamp::from_nanos(i64::MIN));
    while let Ok(Some(frame)) = generator.next_frame() {
        assert!(frame.time >= last, "time goes back");
        is_sound(frame);
        last = frame.time;
        count += 1;
        all.extend(frame.time.as_nanos().to_be_bytes());
        all.extend(frame.data);
    }
    assert!(count <= packets, "{count} packets where {packets} were wished for");
    assert!(matches!(generator.next_frame(), Ok(None)), "something comes after the end");
    Some(all)
}

fn is_sound(frame: Frame<'_>) {
    match Packet::parse(frame) {
        Ok(packet) => {
            assert_eq!(packet.error(), None, "a made frame has an error");
            assert!(packet.addresses().is_some(), "a made frame without IP");
            assert!(packet.captured_len() == packet.wire_len());
        }
        Err(error) => panic!("a made frame cannot be read: {error}"),
    }
}
