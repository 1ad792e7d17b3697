//! Frames: sound, in order, and the same everywhere.

use netsift_synth::Scenario;
use proptest::prelude::*;

use crate::{play, reader};

#[test]
fn every_frame_has_right_lengths_and_checksums_and_time_goes_on() {
    let mut last = None;
    let mut longest = 0;
    play(&Scenario::new(3).packets(60_000), |time, frame| {
        reader::read(frame);
        assert!(last <= Some(time), "time went back");
        last = Some(time);
        longest = longest.max(frame.len());
    });
    assert_eq!(longest, 1_514, "full segments, and none that Ethernet would not carry");
}

/// The same seed makes the same frames on every machine: whoever changes the traffic changes this number
/// knowingly.
#[test]
fn a_seed_makes_the_same_traffic_everywhere() {
    let digest = |seed| {
        let mut hash = 0xcbf2_9ce4_8422_2325;
        play(&Scenario::new(seed).packets(20_000), |time, frame| {
            for byte in time.as_nanos().to_be_bytes().iter().chain(frame) {
                hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3); // FNV-1a
            }
        });
        hash
    };
    assert_eq!(digest(1), FROZEN, "{:#x}", digest(1));
    assert_ne!(digest(1), digest(2));
}

const FROZEN: u64 = 0xda5f_09ec_a652_7791;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_sound_scenario_makes_sound_frames(
        seed: u64,
        hosts in 1u32..50,
        ipv6 in 0.0..=1.0f64,
        loss in 0.0..=0.2f64,
        flows in 0.1..100_000.0f64,
        size in 1.0..300.0f64,
        warm_up in 0.0..3.0f64,
    ) {
        let scenario = Scenario::new(seed)
            .hosts(hosts)
            .ipv6(ipv6)
            .loss(loss)
            .flows_per_second(flows)
            .packets_per_flow(size)
            .warm_up(warm_up / flows.max(1.0))
            .packets(3_000);
        let mut last = None;
        let mut frames = 0;
        let labels = play(&scenario, |time, frame| {
            reader::read(frame);
            assert!(last <= Some(time));
            last = Some(time);
            frames += 1;
        });
        prop_assert_eq!(frames, 3_000);
        prop_assert_eq!(labels.iter().map(|flow| flow.packets).sum::<u64>(), 3_000);
    }
}
