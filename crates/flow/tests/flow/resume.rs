//! A capture cut anywhere is the whole capture.

use netsift_flow::{Columns, FlowConfig, FlowError, Meter, Profile};
use proptest::prelude::*;

use crate::packets::{Caught, SECOND, START, frames, records, tcp, traffic, udp, wrapped};
use crate::rows::{Rows, Whole, cell, metered, place};

fn config(profile: Profile) -> FlowConfig {
    Columns::all(profile).config()
}

/// What is told of frames in parts, each with so many workers, saved and resumed between.
fn parted(config: FlowConfig, parts: &[(&[Caught], usize)]) -> Whole {
    let rows = || Rows::of(config.profile());
    let (mut whole, mut saved) = (Whole::default(), None::<Vec<u8>>);
    for (nth, (frames, workers)) in parts.iter().enumerate() {
        let mut meter = match &saved {
            None => Meter::new(config, *workers, rows).unwrap(),
            Some(bytes) => Meter::resume(config, *workers, rows, &bytes[..]).unwrap(),
        };
        frames.iter().for_each(|frame| meter.push(frame.frame()));
        if nth + 1 == parts.len() {
            whole.add(meter.finish());
        } else {
            let mut bytes = Vec::new();
            whole.add(meter.save(&mut bytes).unwrap());
            saved = Some(bytes);
        }
    }
    whole
}

fn saved(config: FlowConfig, workers: usize, frames: &[Caught]) -> Vec<u8> {
    let mut meter = Meter::new(config, workers, || Rows::of(config.profile())).unwrap();
    frames.iter().for_each(|frame| meter.push(frame.frame()));
    let mut bytes = Vec::new();
    meter.save(&mut bytes).unwrap();
    bytes
}

fn resumed(config: FlowConfig, workers: usize, bytes: &[u8]) -> Result<Meter<Rows>, FlowError> {
    Meter::resume(config, workers, || Rows::of(config.profile()), bytes)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn a_capture_cut_anywhere_is_the_whole(
        records in records(120),
        profile in prop::sample::select(Profile::ALL.to_vec()),
        cuts in prop::collection::vec((any::<prop::sample::Index>(), 1usize..4), 1..4),
    ) {
        let frames = frames(&records);
        let mut cuts: Vec<_> =
            cuts.iter().map(|(at, workers)| (at.index(frames.len() + 1), *workers)).collect();
        cuts.sort_unstable();
        let mut from = 0;
        let mut parts = Vec::new();
        for (at, workers) in cuts {
            parts.push((&frames[from..at], workers));
            from = at;
        }
        parts.push((&frames[from..], 1));
        prop_assert_eq!(
            parted(config(profile), &parts),
            metered(config(profile), 1, &frames)
        );
    }
}

#[test]
fn traffic_in_tunnels_and_fragments_goes_on() {
    let frames = wrapped(&traffic(11, 3_000));
    for profile in Profile::ALL {
        let whole = metered(config(profile), 1, &frames);
        assert!(whole.rows.len() > 50, "{profile}: {} rows", whole.rows.len());
        for (one, other) in [(1, 2_999), (700, 1_500), (1_501, 1_502)] {
            let parts = [(&frames[..one], 3), (&frames[one..other], 1), (&frames[other..], 2)];
            assert!(parted(config(profile), &parts) == whole, "{profile}: {one}, {other}");
        }
    }
    let tied = metered(config(Profile::Native), 1, &frames).intake.tied_fragments;
    assert!(tied > 500, "{tied}");
}

/// A cut between the fragments of a datagram, and one within the frames that agree on a jump of time.
#[test]
fn fragments_and_jumps_of_time_are_cut_too() {
    let fragments = wrapped(&traffic(3, 40));
    let mut jump = fragments.clone();
    jump.iter_mut().for_each(|caught| caught.time += 9_000 * SECOND);
    let frames = [fragments, jump].concat();
    let whole = metered(config(Profile::Native), 1, &frames);
    for cut in (0..frames.len()).step_by(3) {
        let parts = [(&frames[..cut], 1), (&frames[cut..], 2)];
        assert!(parted(config(Profile::Native), &parts) == whole, "cut at {cut}");
    }
}

/// What the corrected fork has seen before the cut is seen again behind it.
#[test]
fn segments_are_remembered() {
    let segment = |nth: u32| {
        let mut record = tcp(START + i64::from(nth), true, 16);
        record.tcp.seq = nth % 5_000;
        record
    };
    let records: Vec<_> = (0..10_000).map(segment).collect();
    let frames = frames(&records);
    let whole = metered(config(Profile::CicFixed), 1, &frames);
    let repeated = &whole.rows[0][place(Profile::CicFixed, "Fwd TCP Retrans. Count")];
    assert_eq!(repeated, "5000");
    for cut in [1, 5_000, 5_001, 9_999] {
        let parts = [(&frames[..cut], 1), (&frames[cut..], 1)];
        assert!(parted(config(Profile::CicFixed), &parts) == whole, "cut at {cut}");
    }
}

#[test]
fn the_same_open_flows_are_the_same_bytes() {
    let mut frames = traffic(5, 2_000);
    // Many flows whose last packets came at once.
    frames.iter_mut().for_each(|caught| caught.time -= caught.time % SECOND);
    for profile in Profile::ALL {
        let config = config(profile);
        let bytes = saved(config, 1, &frames);
        assert!(bytes.len() > 10_000);
        for workers in 1..4 {
            assert!(saved(config, workers, &frames) == bytes, "{profile}, {workers} workers");
            let mut again = Vec::new();
            let finished = resumed(config, workers, &bytes).unwrap().save(&mut again).unwrap();
            assert!(again == bytes, "{profile}, {workers} workers loaded and saved");
            assert_eq!(finished.counts.flows, 0, "{profile}");
        }
    }
}

#[test]
fn other_profiles_and_groups_are_refused_by_name() {
    let bytes = saved(config(Profile::Cic), 1, &traffic(5, 100));
    let error = resumed(config(Profile::CicFixed), 1, &bytes).err().unwrap();
    assert!(matches!(
        error,
        FlowError::OtherProfile { saved: Profile::Cic, wanted: Profile::CicFixed }
    ));
    let picked =
        |names: &[&str]| Columns::pick(Profile::Native, names.iter().copied()).unwrap().config();
    let bytes = saved(picked(&["wire", "tcp"]), 1, &traffic(5, 100));
    let error = resumed(picked(&["tcp", "entropy"]), 1, &bytes).err().unwrap();
    assert_eq!(
        error.to_string(),
        "the saved flows keep what the groups (wire, tcp) need, and (entropy, tcp) are asked for"
    );
    let error = resumed(picked(&["timing"]), 1, &bytes).err().unwrap();
    assert!(error.to_string().contains("(none)"), "{error}");
    assert!(resumed(picked(&["tcp", "wire", "timing"]), 1, &bytes).is_ok());
    let error = resumed(picked(&["tcp", "wire"]), 0, &bytes).err().unwrap();
    assert!(matches!(error, FlowError::Setting { .. }));
}

#[test]
fn a_cut_or_changed_file_is_refused_wherever_it_is() {
    let config = config(Profile::CicFixed);
    let bytes = saved(config, 1, &traffic(5, 12));
    for at in 0..bytes.len() {
        assert!(resumed(config, 1, &bytes[..at]).is_err(), "cut at {at}");
        let mut changed = bytes.clone();
        changed[at] ^= 1;
        assert!(resumed(config, 1, &changed).is_err(), "changed at {at}");
    }
    assert!(resumed(config, 1, &bytes).is_ok());
}

#[test]
fn flows_without_room_are_told_and_counted() {
    let records: Vec<_> = (0..100).map(|nth| udp(i64::from(nth) * SECOND, nth)).collect();
    let bytes = saved(config(Profile::Native), 2, &frames(&records));
    let small = config(Profile::Native).max_flows(30).unwrap();
    let finished = resumed(small, 1, &bytes).unwrap().finish();
    assert_eq!((finished.counts.evictions.single, finished.counts.flows), (70, 100));
    let ended = finished.sinks[0].rows.iter().map(|row| cell(row, "End"));
    let ended: Vec<_> = ended.collect();
    assert_eq!((&ended[..70], &ended[70..]), (&["evicted"; 70][..], &["input"; 30][..]));
}

#[test]
fn a_file_that_cannot_be_written_is_told() {
    struct Full;
    impl std::io::Write for Full {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::StorageFull.into())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let mut meter = Meter::new(config(Profile::Native), 2, || Rows::of(Profile::Native)).unwrap();
    frames(&[tcp(0, true, 2)]).iter().for_each(|frame| meter.push(frame.frame()));
    assert!(matches!(meter.save(Full), Err(FlowError::NotSaved { .. })));
}
