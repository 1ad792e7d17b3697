//! Frames on their way to verdicts, until they end or shall end.

use std::sync::Arc;
use std::time::{Duration, Instant};

use netsift::capture::{
    Batch, BatchSource, CaptureError, Fill, QueueDepth, Queued, SourceStats, Stop,
};
use netsift::detect::{Path, Summary};
use netsift::packet::Timestamp;
use netsift::watch::Watch;

use super::onlooker::Onlooker;
use super::print::Printed;
use super::status::Status;
use super::tables::Keeper;
use crate::failure::{Failure, tell};
use crate::interrupt::Interrupt;
use crate::selection::Selection;
use crate::time::now;

/// How long no packet is waited for before time goes on without one.
const TICK: Duration = Duration::from_millis(200);
/// How long a source that was asked to end may say nothing before it counts as ended: some times as long as it waits for
/// packets.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// When to end though there is more.
pub(super) struct Limits {
    /// After so long.
    pub(super) nanos: Option<i64>,
    /// After so many packets.
    pub(super) frames: Option<u64>,
}

/// Frames on their way to verdicts.
pub(super) struct Run {
    pub(super) selection: Selection,
    pub(super) path: Path,
    pub(super) watch: Option<Watch>,
    pub(super) tables: Keeper,
    pub(super) status: Status,
    pub(super) onlooker: Option<Arc<dyn Onlooker>>,
    pub(super) interrupt: Arc<Interrupt>,
    pub(super) printed: Arc<Printed>,
    pub(super) is_live: bool,
    pub(super) is_slow: bool,
    /// Ends the source in order.
    pub(super) stop: Stop,
    pub(super) limits: Limits,
}

/// How far it has come.
struct Progress {
    began: Instant,
    ticked: Instant,
    frames: u64,
    /// The time of the first frame.
    first: Option<Timestamp>,
    /// Since the end was asked for: when something came last.
    ending: Option<Instant>,
}

/// What is left at the end.
pub(super) struct Ended {
    pub(super) summary: Summary,
    pub(super) stats: SourceStats,
    /// How full the queue of packets was.
    pub(super) queue: QueueDepth,
    /// How many flows waited when most did.
    pub(super) most_waiting: u64,
    pub(super) took: Duration,
    /// What broke the input, if something did.
    pub(super) broken: Option<Failure>,
}

impl Run {
    /// Judges to the end.
    pub(super) fn through(mut self, mut source: Queued<CaptureError>) -> Ended {
        let (mut batch, mut so_far, mut broken) = (Batch::new(), Progress::new(), None);
        while self.goes_on(&mut so_far) {
            batch.clear();
            let fill = source.fill(&mut batch);
            if !self.push(&batch, &mut so_far) {
                break;
            }
            if !batch.is_empty() {
                so_far.ending = so_far.ending.map(|_| Instant::now());
            }
            match fill {
                Ok(Fill::Ended) => break,
                Ok(Fill::Event(event)) => tell(&event.to_string()),
                // How late it is only packets tell; what waits for more of them waits no longer.
                Ok(Fill::More) if self.is_slow && batch.is_empty() && so_far.frames > 0 => {
                    self.path.tick(Timestamp::from_nanos(i64::MIN));
                }
                Ok(_) => {}
                Err(error) => {
                    broken = Some(Failure::Read(error));
                    break;
                }
            }
            self.look(&source, &mut so_far);
            // Captured for nobody: the panic is told at the end, and that is now.
            if self.path.has_stopped() {
                break;
            }
        }
        self.selection.unasked().iter().for_each(|line| tell(line));
        self.status.clear();
        let (stats, queue) = (source.stats(), source.depth());
        drop(source);
        let (most_waiting, summary) = (self.status.most_waiting(), self.path.finish());
        self.onlooker.iter().for_each(|it| it.goes(&summary.counts, &stats, queue));
        Ended { summary, stats, queue, most_waiting, took: so_far.began.elapsed(), broken }
    }

    /// Whether to read on. Asked to end, it reads nothing new, and what was captured by then is judged: until the source
    /// says that this was all, or nothing has come for a while, since one that waits for its input cannot say it.
    fn goes_on(&self, so_far: &mut Progress) -> bool {
        let is_asked = self.interrupt.is_asked() || self.printed.is_over();
        if so_far.ending.is_none() && (is_asked || self.has_lasted(so_far)) {
            self.stop.stop();
            so_far.ending = Some(Instant::now());
        }
        so_far.ending.is_none_or(|since| since.elapsed() < LAST_WORDS)
    }

    /// Whether an interface has been captured on for as long as was asked for, by the clock.
    fn has_lasted(&self, so_far: &Progress) -> bool {
        let nanos = so_far.began.elapsed().as_nanos() as i64;
        self.is_live && self.limits.nanos.is_some_and(|most| nanos >= most)
    }

    /// Sends frames on their way; whether more are wanted.
    fn push(&mut self, batch: &Batch, so_far: &mut Progress) -> bool {
        for frame in batch.iter() {
            if !self.selection.takes(&frame) {
                continue;
            }
            let first = *so_far.first.get_or_insert(frame.time);
            let lasts = frame.time.nanos_since(first);
            let is_late = self.limits.nanos.is_some_and(|most| lasts >= most);
            if is_late || self.limits.frames.is_some_and(|most| so_far.frames >= most) {
                return false;
            }
            so_far.frames += 1;
            self.path.push(frame);
        }
        true
    }

    /// Some times a second, tells how it goes, and how late it is.
    fn look(&mut self, source: &Queued<CaptureError>, so_far: &mut Progress) {
        if so_far.ticked.elapsed() < TICK {
            return;
        }
        so_far.ticked = Instant::now();
        let (stats, depth) = (source.stats(), source.depth());
        self.status.look(&stats, depth, || self.watch.as_ref().and_then(Watch::history));
        self.onlooker.iter().for_each(|it| it.goes(&self.path.counters().counts(), &stats, depth));
        self.tables.look();
        if self.is_live {
            // Flows end since nothing more comes.
            let now = now();
            self.path.tick(now);
            self.watch.iter().for_each(|watch| watch.advance(now));
        }
    }
}

impl Progress {
    fn new() -> Self {
        let now = Instant::now();
        Self { began: now, ticked: now, frames: 0, first: None, ending: None }
    }
}

#[cfg(test)]
mod tests {
    use netsift::capture::{QueueOptions, WhenFull};
    use netsift::detect::PathBuilder;
    use netsift::packet::{Frame, LinkType};

    use super::*;
    use crate::selection::Asked;

    /// Frames without end, until it is stopped; they are counted.
    struct Endless {
        stats: SourceStats,
        stop: Stop,
    }

    impl BatchSource for Endless {
        type Error = CaptureError;

        fn fill(&mut self, batch: &mut Batch) -> Result<Fill, CaptureError> {
            if self.stop.is_asked() {
                return Ok(Fill::Ended);
            }
            for _ in 0..10 {
                batch.push(&Frame::new(Timestamp::EPOCH, LinkType::RAW, &[0; 20]));
                self.stats.frames += 1;
            }
            Ok(Fill::More)
        }

        fn stats(&self) -> SourceStats {
            self.stats
        }
    }

    /// A run of an interface that has brought a queue full of frames before anybody looked, and brings more.
    fn run_behind_a_full_queue(limits: Limits, is_asked: bool) -> Ended {
        let stop = Stop::new();
        let endless = Endless { stats: SourceStats::default(), stop: stop.clone() };
        let source = Queued::start(endless, QueueOptions::new(WhenFull::Drop).batches(8)).unwrap();
        while source.stats().queue_drops == 0 {
            std::thread::sleep(Duration::from_millis(1));
        }
        let path = PathBuilder::new().start(|_, _| {}).unwrap();
        let printed = Arc::<Printed>::default();
        if is_asked {
            printed.end();
        }
        let run = Run {
            selection: Asked::default().selection().unwrap(),
            watch: None,
            tables: Keeper::default(),
            status: Status::new(None, true, true, &path),
            onlooker: None,
            path,
            interrupt: Arc::default(),
            printed,
            is_live: true,
            is_slow: false,
            stop,
            limits,
        };
        run.through(source)
    }

    #[test]
    fn what_was_captured_when_the_end_is_asked_for_is_judged_or_counted() {
        let by_the_clock = Limits { nanos: Some(200_000_000), frames: None };
        for (limits, is_asked) in
            [(Limits { nanos: None, frames: None }, true), (by_the_clock, false)]
        {
            let Ended { summary, stats, .. } = run_behind_a_full_queue(limits, is_asked);
            let judged = summary.counts.frames;
            assert!(judged > 4_000, "{stats:?}");
            assert_eq!(judged + stats.queue_drops, stats.frames, "{judged} judged");
        }
    }

    #[test]
    fn so_many_packets_are_so_many() {
        let limits = Limits { nanos: None, frames: Some(1_234) };
        assert_eq!(run_behind_a_full_queue(limits, false).summary.counts.frames, 1_234);
    }
}
