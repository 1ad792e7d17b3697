//! When a recorded frame is due in a replay.

use std::time::Duration;

use netsift_packet::Timestamp;

use crate::limits;

/// Turns recorded times into times since the replay began.
///
/// Each frame is due by its distance from an anchor, never from the frame before it: what a sleep oversleeps is
/// made up for by the next one, and the rate holds however long the replay is.
#[derive(Clone, Debug)]
pub(crate) struct Schedule {
    speed: f64,
    max_gap: Duration,
    anchor: Option<Anchor>,
    pub(crate) jumps: u64,
    pub(crate) gaps: u64,
}

/// A recorded time and when it was due.
#[derive(Clone, Copy, Debug)]
struct Anchor {
    time: Timestamp,
    due: Duration,
    /// The latest recorded time since, and when that was due.
    latest: Timestamp,
    latest_due: Duration,
}

impl Anchor {
    fn at(time: Timestamp, due: Duration) -> Self {
        Self { time, due, latest: time, latest_due: due }
    }
}

impl Schedule {
    /// `speed` recorded seconds pass in one; gaps of the recording longer than `max_gap` are cut to it.
    pub(crate) fn new(speed: f64, max_gap: Duration) -> Self {
        Self { speed, max_gap, anchor: None, jumps: 0, gaps: 0 }
    }

    pub(crate) fn with_max_gap(self, max_gap: Duration) -> Self {
        Self { max_gap, ..self }
    }

    /// When a frame is due, of which the first is due `now`. Frames out of order are due by their own times, which
    /// are past; a clock that was set back starts the schedule anew where it stands.
    pub(crate) fn due(&mut self, time: Timestamp, now: Duration) -> Duration {
        let Some(anchor) = &mut self.anchor else {
            self.anchor = Some(Anchor::at(time, now));
            return now;
        };
        let step = i128::from(time.as_nanos()) - i128::from(anchor.latest.as_nanos());
        if step > self.max_gap.as_nanos().cast_signed() {
            self.gaps += 1;
            let due = anchor.latest_due.saturating_add(scaled(self.max_gap, self.speed));
            *anchor = Anchor::at(time, due);
        } else if step < -limits::DISORDER.as_nanos().cast_signed() {
            self.jumps += 1;
            *anchor = Anchor::at(time, anchor.latest_due);
        } else if step > 0 {
            let since = Duration::from_nanos(time.nanos_since(anchor.time).unsigned_abs());
            anchor.latest = time;
            anchor.latest_due = anchor.due.saturating_add(scaled(since, self.speed));
        }
        anchor.latest_due
    }
}

/// How long so much recorded time takes.
fn scaled(recorded: Duration, speed: f64) -> Duration {
    let seconds = recorded.as_secs_f64() / speed;
    Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HOUR: Duration = Duration::from_secs(3_600);

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_micros(millis * 1_000)
    }

    fn millis(due: Duration) -> u128 {
        (due.as_nanos() + 500_000) / 1_000_000
    }

    #[test]
    fn frames_are_due_by_their_times_and_the_speed() {
        let mut schedule = Schedule::new(2.0, HOUR);
        let dues = [0, 10, 10, 2_000, 1_500, 3_000].map(|time| {
            let now = Duration::from_millis(70);
            millis(schedule.due(at(50_000 + time), now))
        });
        assert_eq!(dues, [70, 75, 75, 1_070, 1_070, 1_570]);
        assert_eq!((schedule.jumps, schedule.gaps), (0, 0));
    }

    #[test]
    fn a_clock_set_back_starts_anew_where_the_schedule_stands() {
        let mut schedule = Schedule::new(1.0, HOUR);
        let dues =
            [60_000, 61_000, 5_000, 5_500].map(|time| schedule.due(at(time), Duration::ZERO));
        assert_eq!(dues.map(millis), [0, 1_000, 1_000, 1_500]);
        assert_eq!((schedule.jumps, schedule.gaps), (1, 0));
    }

    #[test]
    fn a_long_gap_is_cut() {
        let mut schedule = Schedule::new(10.0, Duration::from_secs(30));
        let dues = [0, 30_000, 60_001, 60_101].map(|time| schedule.due(at(time), Duration::ZERO));
        assert_eq!(dues.map(millis), [0, 3_000, 6_000, 6_010]);
        assert_eq!((schedule.jumps, schedule.gaps), (0, 1));
    }

    #[test]
    fn no_drift_over_ten_million_frames() {
        let mut schedule = Schedule::new(3.0, HOUR);
        let step = 333_333; // nanoseconds, of which a third is no whole number
        let last = (0..=10_000_000)
            .map(|frame| schedule.due(Timestamp::from_nanos(frame * step), Duration::ZERO));
        let due = last.last().unwrap().as_secs_f64();
        assert!((due - 10_000_000.0 * 333_333e-9 / 3.0).abs() < 1e-6, "{due}");
    }

    proptest! {
        #[test]
        fn dues_never_go_back_and_nothing_overflows(
            times in prop::collection::vec(any::<i64>(), 1..50),
            speed in prop::sample::select(vec![1e-300, 0.01, 1.0, 1e9, 1e300]),
            gap in prop::sample::select(vec![Duration::ZERO, HOUR, Duration::MAX]),
        ) {
            let mut schedule = Schedule::new(speed, gap);
            let mut before = Duration::ZERO;
            for time in times {
                let due = schedule.due(Timestamp::from_nanos(time), Duration::ZERO);
                prop_assert!(due >= before);
                before = due;
            }
        }
    }
}
