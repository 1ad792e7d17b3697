//! A capture at the speed it was recorded, or another.

use std::fmt;
use std::time::{Duration, Instant};

use netsift_packet::{Frame, FrameSource};

use crate::limits;
use crate::schedule::Schedule;
use crate::{Batch, BatchSource, CaptureError, Fill, SourceStats, Stop};

/// How fast a recording is replayed.
#[derive(Clone, Copy, Debug, PartialEq, Default)]
#[non_exhaustive]
pub enum Pace {
    /// As fast as frames are read and taken. The default: most recordings are there to be looked at, not lived through.
    #[default]
    Unbounded,
    /// So many recorded seconds in one: 1 is the speed of the recording. More than 0, and finite.
    Times(f64),
}

/// Replays frames of any source at a pace of its own.
///
/// Frames keep their recorded times; only when they are handed over is told by the clock, from the first frame on.
/// What takes longer than it should is caught up with, so the rate holds however long the replay is. Times that go
/// back by more than a second start the schedule anew ([`jumps`](Self::jumps)), and gaps of more than an hour
/// are cut to one ([`gaps`](Self::gaps), [`max_gap`](Self::max_gap)).
///
/// ```
/// use netsift_capture::{Batch, BatchSource, CaptureError, Fill, Pace, Paced};
/// # use netsift_capture::{CaptureReader, CaptureWriter, WriterOptions};
/// # use netsift_packet::{Frame, LinkType, Timestamp};
/// # fn main() -> Result<(), CaptureError> {
/// # let mut writer = CaptureWriter::new(Vec::new(), WriterOptions::new())?;
/// # writer.write(&Frame::new(Timestamp::EPOCH, LinkType::ETHERNET, b"one"))?;
/// # writer.write(&Frame::new(Timestamp::from_micros(500_000), LinkType::ETHERNET, b"two"))?;
/// # let bytes = writer.finish()?;
/// # let capture = CaptureReader::new(bytes.as_slice())?;
///
/// let mut replay = Paced::new(capture, Pace::Times(20.0))?;
/// let mut batch = Batch::new();
/// while replay.fill(&mut batch)? != Fill::Ended {}
/// assert_eq!(batch.len(), 2); // half a second apart, recorded; a fortieth, replayed
/// # Ok(())
/// # }
/// ```
pub struct Paced<S: FrameSource> {
    source: S,
    schedule: Option<Schedule>,
    began: Instant,
    /// The frame that is not due yet, if there is one, and when it is.
    held: Batch,
    held_until: Duration,
    stop: Stop,
    stats: SourceStats,
    failure: Option<S::Error>,
    is_ended: bool,
    /// Whether the next frame may be long in coming.
    is_drained: fn(&S) -> bool,
}

impl<S: FrameSource> Paced<S> {
    /// Replays a source from now on.
    ///
    /// # Errors
    /// If the pace is not more than 0 and finite.
    pub fn new(source: S, pace: Pace) -> Result<Self, CaptureError> {
        let schedule = match pace {
            Pace::Unbounded => None,
            Pace::Times(speed) if speed > 0.0 && speed.is_finite() => {
                Some(Schedule::new(speed, limits::MAX_GAP))
            }
            Pace::Times(speed) => return Err(CaptureError::Pace { speed }),
        };
        Ok(Self {
            source,
            schedule,
            began: Instant::now(),
            held: Batch::new(),
            held_until: Duration::ZERO,
            stop: Stop::new(),
            stats: SourceStats::default(),
            failure: None,
            is_ended: false,
            is_drained: |_| false,
        })
    }

    /// The longest gap of the recording that is waited for, in recorded time. Default an hour: what is longer is
    /// two recordings in one file, or a clock that was set.
    #[must_use]
    pub fn max_gap(mut self, gap: Duration) -> Self {
        self.schedule = self.schedule.map(|schedule| schedule.with_max_gap(gap));
        self
    }

    /// Hands frames over where this says that the next may be long in coming: of what somebody else is still writing, see
    /// [`CaptureSet::is_drained`](crate::CaptureSet::is_drained). Default: a full batch is waited for.
    #[must_use]
    pub fn hand_over_when(self, is_drained: fn(&S) -> bool) -> Self {
        Self { is_drained, ..self }
    }

    /// What ends the replay early, from any thread.
    #[must_use]
    pub fn stopper(&self) -> Stop {
        self.stop.clone()
    }

    /// The source below.
    pub const fn source(&self) -> &S {
        &self.source
    }

    /// How often recorded times went back by more than a second.
    #[must_use]
    pub fn jumps(&self) -> u64 {
        self.schedule.as_ref().map_or(0, |schedule| schedule.jumps)
    }

    /// How many gaps were cut to the longest that is waited for.
    #[must_use]
    pub fn gaps(&self) -> u64 {
        self.schedule.as_ref().map_or(0, |schedule| schedule.gaps)
    }

    /// Waits a moment for the frame that is held, and adds it if it is due.
    fn release(&mut self, batch: &mut Batch) {
        if self.held.is_empty() {
            return;
        }
        let early = self.held_until.saturating_sub(self.began.elapsed());
        if !early.is_zero() {
            self.stop.wait(early.min(limits::PATIENCE));
        }
        if self.began.elapsed() >= self.held_until {
            self.held.iter().for_each(|frame| batch.push(&frame));
            self.held.clear();
        }
    }

    /// Adds what is due, and holds the first frame that is not.
    fn read_what_is_due(&mut self, batch: &mut Batch) {
        let now = self.began.elapsed();
        while self.held.is_empty() && !self.is_ended && !batch.is_full() {
            match self.source.next_frame() {
                Ok(Some(frame)) => {
                    let due = due(&mut self.schedule, &frame, now);
                    let to = if due <= now { &mut *batch } else { &mut self.held };
                    to.push(&frame);
                    self.held_until = due;
                    if (self.is_drained)(&self.source) {
                        return;
                    }
                }
                Ok(None) => self.is_ended = true,
                Err(error) => {
                    self.failure = Some(error);
                    self.is_ended = true;
                }
            }
        }
    }
}

#[inline]
fn due(schedule: &mut Option<Schedule>, frame: &Frame<'_>, now: Duration) -> Duration {
    schedule.as_mut().map_or(Duration::ZERO, |schedule| schedule.due(frame.time, now))
}

impl<S: FrameSource> BatchSource for Paced<S> {
    type Error = S::Error;

    /// Waits a tenth of a second at most for a frame to be due; as long as it takes for the source below to read one.
    fn fill(&mut self, batch: &mut Batch) -> Result<Fill, S::Error> {
        let before = (batch.len(), batch.bytes());
        if self.stop.is_asked() {
            self.is_ended = true;
            self.held.clear();
        }
        self.release(batch);
        self.read_what_is_due(batch);
        self.stats.count(batch, before);
        match self.failure.take() {
            Some(failure) if batch.len() == before.0 => Err(failure),
            Some(failure) => {
                self.failure = Some(failure);
                Ok(Fill::More)
            }
            None if self.is_ended && self.held.is_empty() => Ok(Fill::Ended),
            None => Ok(Fill::More),
        }
    }

    fn stats(&self) -> SourceStats {
        self.stats
    }
}

impl<S: FrameSource> fmt::Debug for Paced<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Paced")
            .field("schedule", &self.schedule)
            .field("stats", &self.stats)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use netsift_packet::{LinkType, Timestamp};

    use super::*;

    /// Frames at given times, and a failure behind them if one is wished.
    struct Recorded {
        millis: Vec<i64>,
        next: usize,
        failure: Option<&'static str>,
    }

    impl Recorded {
        fn new(millis: impl IntoIterator<Item = i64>) -> Self {
            Self { millis: millis.into_iter().collect(), next: 0, failure: None }
        }
    }

    impl FrameSource for Recorded {
        type Error = &'static str;

        fn next_frame(&mut self) -> Result<Option<Frame<'_>>, &'static str> {
            let Some(&millis) = self.millis.get(self.next) else {
                return self.failure.take().map_or(Ok(None), Err);
            };
            self.next += 1;
            let time = Timestamp::from_micros(millis * 1_000);
            Ok(Some(Frame::new(time, LinkType::RAW, b"frame")))
        }
    }

    /// When each frame came out, in milliseconds since the replay began.
    fn arrivals(replay: &mut Paced<Recorded>) -> Vec<u128> {
        let (mut batch, mut arrivals) = (Batch::new(), Vec::new());
        loop {
            batch.clear();
            let fill = replay.fill(&mut batch).unwrap();
            arrivals.resize(arrivals.len() + batch.len(), replay.began.elapsed().as_millis());
            if fill == Fill::Ended {
                return arrivals;
            }
        }
    }

    #[test]
    fn frames_come_when_they_are_due_and_never_early() {
        let mut replay = Paced::new(Recorded::new([0, 100, 600, 700]), Pace::Times(2.0)).unwrap();
        let arrivals = arrivals(&mut replay);
        let due = [0, 50, 300, 350];
        let late: Vec<_> = arrivals.iter().zip(due).map(|(came, due)| came - due).collect();
        assert!(arrivals.len() == 4 && late.iter().all(|&late| late < 2_000), "{arrivals:?}");
        assert_eq!((replay.stats().frames, replay.stats().captured_bytes), (4, 20));
    }

    #[test]
    fn who_was_held_up_is_caught_up_with() {
        let mut replay =
            Paced::new(Recorded::new((0..200).map(|n| n * 5)), Pace::Times(5.0)).unwrap();
        let mut batch = Batch::new();
        assert_eq!(replay.fill(&mut batch), Ok(Fill::More));
        thread::sleep(Duration::from_millis(100));
        batch.clear();
        assert_eq!(replay.fill(&mut batch), Ok(Fill::More));
        assert!(batch.len() >= 99, "{} frames of 100 ms, one a millisecond", batch.len());
    }

    #[test]
    fn unbounded_it_waits_for_nothing() {
        let mut replay =
            Paced::new(Recorded::new([0, i64::MAX / 1_000_000, -9]), Pace::Unbounded).unwrap();
        let mut batch = Batch::new();
        assert_eq!(replay.fill(&mut batch), Ok(Fill::Ended));
        assert_eq!(batch.len(), 3);
    }

    #[test]
    fn what_may_wait_for_more_is_handed_over() {
        let recorded = Recorded { failure: Some("broken"), ..Recorded::new([1, 2]) };
        let mut replay = Paced::new(recorded, Pace::Unbounded).unwrap().hand_over_when(|_| true);
        let mut batch = Batch::new();
        assert_eq!((replay.fill(&mut batch), batch.len()), (Ok(Fill::More), 1));
        assert_eq!((replay.fill(&mut batch), batch.len()), (Ok(Fill::More), 2));
        assert_eq!((replay.fill(&mut batch), batch.len()), (Err("broken"), 2));
    }

    #[test]
    fn a_replay_that_waits_says_so_and_can_be_ended() {
        let mut replay = Paced::new(Recorded::new([0, 3_000_000]), Pace::Times(1.0)).unwrap();
        let (mut batch, stop) = (Batch::new(), replay.stopper());
        assert_eq!(replay.fill(&mut batch), Ok(Fill::More));
        assert_eq!(replay.fill(&mut batch), Ok(Fill::More));
        assert_eq!(batch.len(), 1, "the second frame is 50 minutes off");
        let stopping = thread::spawn(move || stop.stop());
        let began = Instant::now();
        while replay.fill(&mut batch) != Ok(Fill::Ended) {}
        stopping.join().unwrap();
        assert!(began.elapsed() < Duration::from_secs(5));
        assert_eq!(batch.len(), 1);
    }

    #[test]
    fn gaps_are_cut_and_jumps_counted() {
        let recorded = Recorded::new([0, 86_400_000, 86_400_010, 5]);
        let pace = Pace::Times(1.0);
        let mut replay = Paced::new(recorded, pace).unwrap().max_gap(Duration::from_millis(20));
        assert!(arrivals(&mut replay).last().is_some_and(|&last| (30..5_000).contains(&last)));
        assert_eq!((replay.gaps(), replay.jumps()), (1, 1));
    }

    #[test]
    fn a_failure_comes_alone_and_behind_the_frames() {
        let recorded = Recorded { failure: Some("broken"), ..Recorded::new([1, 2]) };
        let mut replay = Paced::new(recorded, Pace::Unbounded).unwrap();
        let mut batch = Batch::new();
        assert_eq!((replay.fill(&mut batch), batch.len()), (Ok(Fill::More), 2));
        assert_eq!((replay.fill(&mut batch), batch.len()), (Err("broken"), 2));
        assert_eq!((replay.fill(&mut batch), batch.len()), (Ok(Fill::Ended), 2));
    }

    #[test]
    fn a_pace_that_cannot_be_is_refused() {
        for speed in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            let refused = Paced::new(Recorded::new([]), Pace::Times(speed));
            assert!(matches!(refused, Err(CaptureError::Pace { .. })), "{speed}");
        }
    }
}
