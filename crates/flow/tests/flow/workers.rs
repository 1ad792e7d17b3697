//! One worker or several: the same rows.

use std::sync::{Arc, Mutex};

use netsift_flow::{Columns, Flow, Meter, Profile, Sink};
use netsift_packet::Timestamp;
use proptest::prelude::*;

use crate::packets::{Caught, SECOND, frames, records, traffic, wrapped};
use crate::rows::{Rows, cell, metered};

fn same_with_several(frames: &[Caught]) {
    for profile in Profile::ALL {
        let config = Columns::all(profile).config();
        let alone = metered(config, 1, frames);
        for workers in [2, 3, 7] {
            assert!(metered(config, workers, frames) == alone, "{profile}, {workers} workers");
        }
    }
}

#[test]
fn tunnels_and_fragments_are_dealt_out_by_flow() {
    same_with_several(&wrapped(&traffic(21, 3_000)));
}

/// Time goes on by an hour, back by a day, to the epoch, and single frames are from elsewhere altogether.
#[test]
fn time_that_jumps_is_the_same_for_all() {
    let mut frames = traffic(22, 3_000);
    for (nth, caught) in frames.iter_mut().enumerate() {
        caught.time += match nth {
            nth if nth % 97 == 5 => 400 * 86_400 * SECOND,
            nth if nth % 89 == 6 => -caught.time,
            600..1_200 => 3_600 * SECOND,
            1_200..1_800 => -86_400 * SECOND,
            1_800..2_400 => -caught.time + nth as i64 * SECOND / 50,
            _ => 0,
        };
    }
    same_with_several(&frames);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn generated_packets_are_the_same_for_all(records in records(150)) {
        same_with_several(&frames(&records));
    }
}

/// A flow that is silent while those of other workers go on ends as idle with each.
#[test]
fn silence_is_told_by_workers_that_hear_nothing_either() {
    let mut frames = traffic(23, 400);
    let late = frames.len() - 1;
    frames[late].time += 119 * SECOND;
    let mut later = frames[late].clone();
    later.time += 110 * SECOND;
    frames.push(later);
    let whole = metered(Columns::all(Profile::Native).config(), 1, &frames);
    let idle = whole.rows.iter().filter(|row| cell(row, "End") == "idle").count();
    assert!(idle > 3, "{idle}");
    same_with_several(&frames);
}

#[test]
fn flows_end_in_live_use_without_a_packet() {
    let config = Columns::all(Profile::Native).config();
    for workers in [1, 3] {
        let frames = traffic(24, 50);
        let mut meter =
            netsift_flow::Meter::new(config, workers, || Rows::of(Profile::Native)).unwrap();
        frames.iter().for_each(|frame| meter.push(frame.frame()));
        let last = frames[49].time;
        meter.advance(Timestamp::from_nanos(last + 125 * SECOND));
        let finished = meter.finish();
        let counts = finished.counts;
        assert_eq!(counts.with_end(netsift_flow::End::Input), 0, "{workers} workers");
        assert!(counts.with_end(netsift_flow::End::Idle) > 0, "{workers} workers");
    }
}

/// How late it was when it was told.
#[derive(Clone, Default)]
struct Heard(Arc<Mutex<Vec<i64>>>);

impl Sink for Heard {
    fn take(&mut self, _: &Flow) {}

    fn advanced(&mut self, now: Timestamp) {
        self.0.lock().unwrap().push(now.as_nanos());
    }
}

/// Also where the clock of the flows goes on, since the machine's was set back by two hours.
#[test]
fn sinks_hear_how_late_it_was_told_to_be() {
    let config = Columns::all(Profile::Native).config();
    for workers in [1, 3] {
        let heard = Heard::default();
        let mut meter = Meter::new(config, workers, || heard.clone()).unwrap();
        let mut frames = traffic(25, 400);
        for caught in &mut frames[200..] {
            caught.time -= 7_200 * SECOND;
        }
        frames.iter().for_each(|frame| meter.push(frame.frame()));
        let told = [frames[399].time, i64::MIN];
        told.iter().for_each(|now| meter.advance(Timestamp::from_nanos(*now)));
        meter.finish();
        let mut heard = heard.0.lock().unwrap().clone();
        heard.sort_unstable();
        // Nobody knows how late it is at the end.
        let expected = [vec![i64::MIN; 2 * workers], vec![told[0]; workers]].concat();
        assert_eq!(heard, expected, "{workers} workers");
    }
}
