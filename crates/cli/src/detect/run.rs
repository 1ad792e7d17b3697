//! Frames on their way to verdicts, until they end or shall end.

use std::sync::Arc;
use std::time::{Duration, Instant};

use netsift::capture::{
    Batch, BatchSource, CaptureError, Fill, QueueDepth, Queued, SourceStats, Stop,
};
use netsift::detect::{Path, Summary};
use netsift::packet::Timestamp;
use netsift::watch::Watch;

use super::lasting::{Lasting, Says};
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
/// Who looks so seldom was stopped, and so was who reads packets: those that wait with the system are not seen yet.
const STALL: Duration = Duration::from_secs(1);
/// Packets alone tell how late it is.
const NOBODY_KNOWS: Timestamp = Timestamp::from_nanos(i64::MIN);

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
    /// How long frames last by their own times; not of an interface, which has a clock beside it.
    lasting: Option<Lasting>,
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
        let lasting = self.limits.nanos.filter(|_| !self.is_live).map(Lasting::new);
        let (mut batch, mut so_far, mut broken) = (Batch::new(), Progress::new(lasting), None);
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
        let has_lasted = self.is_live && self.has_lasted(so_far);
        if so_far.ending.is_none() && (is_asked || has_lasted) {
            self.stop.stop();
            so_far.ending = Some(Instant::now());
        }
        so_far.ending.is_none_or(|since| since.elapsed() < LAST_WORDS)
    }

    /// Whether it goes on for as long as was asked for, by the clock.
    fn has_lasted(&self, so_far: &Progress) -> bool {
        let nanos = so_far.began.elapsed().as_nanos() as i64;
        self.limits.nanos.is_some_and(|most| nanos >= most)
    }

    fn has_enough(&self, so_far: &Progress) -> bool {
        self.limits.frames.is_some_and(|most| so_far.frames >= most)
    }

    /// Sends frames on their way; whether more are wanted.
    fn push(&mut self, batch: &Batch, so_far: &mut Progress) -> bool {
        let clock_agrees = self.is_slow && self.has_lasted(so_far);
        for frame in batch.iter() {
            if !self.selection.takes(&frame) {
                continue;
            }
            // Where none at all are wanted.
            if self.has_enough(so_far) {
                return false;
            }
            match so_far.lasting.as_mut().map(|lasting| lasting.see(frame.time, clock_agrees)) {
                Some(Says::Over) => return false,
                Some(Says::Late) => continue,
                Some(Says::Timely) | None => {}
            }
            so_far.frames += 1;
            self.path.push(frame);
            // The next may be long in coming.
            if self.has_enough(so_far) {
                return false;
            }
        }
        true
    }

    /// Some times a second, tells how it goes, and how late it is.
    fn look(&mut self, source: &Queued<CaptureError>, so_far: &mut Progress) {
        let since = so_far.ticked.elapsed();
        if since < TICK {
            return;
        }
        so_far.ticked = Instant::now();
        let (stats, depth) = (source.stats(), source.depth());
        self.status.look(&stats, depth, || self.watch.as_ref().and_then(Watch::history));
        self.onlooker.iter().for_each(|it| it.goes(&self.path.counters().counts(), &stats, depth));
        self.tables.look();
        if self.is_live {
            let now = now();
            // Flows end since nothing more comes, unless older packets of theirs wait.
            let is_behind = depth.waiting > 0 || since > STALL;
            self.path.tick(if is_behind { NOBODY_KNOWS } else { now });
            self.watch.iter().for_each(|watch| watch.advance(now));
        } else if self.is_slow {
            // What waits for more packets waits no longer.
            self.path.tick(NOBODY_KNOWS);
        }
    }
}

impl Progress {
    fn new(lasting: Option<Lasting>) -> Self {
        let now = Instant::now();
        Self { began: now, ticked: now, frames: 0, lasting, ending: None }
    }
}

#[cfg(test)]
mod tests {
    use netsift::capture::{QueueOptions, WhenFull};
    use netsift::detect::PathBuilder;
    use netsift::flow::End;
    use netsift::packet::{Frame, LinkType};

    use super::*;
    use crate::selection::Asked;

    /// Frames without end, until it is stopped; they are counted.
    struct Endless {
        stats: SourceStats,
        stop: Stop,
        /// The time of each, of which every so many is years away.
        wild: Option<u64>,
    }

    const YEARS: i64 = i64::MAX / 2;

    impl Endless {
        fn new(stop: &Stop) -> Self {
            Self { stats: SourceStats::default(), stop: stop.clone(), wild: None }
        }
    }

    impl BatchSource for Endless {
        type Error = CaptureError;

        fn fill(&mut self, batch: &mut Batch) -> Result<Fill, CaptureError> {
            if self.stop.is_asked() {
                return Ok(Fill::Ended);
            }
            for _ in 0..10 {
                self.stats.frames += 1;
                let is_wild =
                    self.wild.is_some_and(|every| self.stats.frames.is_multiple_of(every));
                let time = Timestamp::from_nanos(if is_wild { YEARS } else { 0 });
                batch.push(&Frame::new(time, LinkType::RAW, &[0; 20]));
            }
            Ok(Fill::More)
        }

        fn stats(&self) -> SourceStats {
            self.stats
        }
    }

    fn run_of(stop: Stop, limits: Limits) -> Run {
        let path = PathBuilder::new().start(|_, _| {}).unwrap();
        Run {
            selection: Asked::default().selection().unwrap(),
            watch: None,
            tables: Keeper::default(),
            status: Status::new(None, true, true, &path),
            onlooker: None,
            path,
            interrupt: Arc::default(),
            printed: Arc::default(),
            is_live: true,
            is_slow: false,
            stop,
            limits,
        }
    }

    const NO_LIMITS: Limits = Limits { nanos: None, frames: None };

    /// A run of an interface that has brought a queue full of frames before anybody looked, and brings more.
    fn run_behind_a_full_queue(limits: Limits, is_asked: bool, wild: Option<u64>) -> Ended {
        let stop = Stop::new();
        let endless = Endless { wild, ..Endless::new(&stop) };
        let source = Queued::start(endless, QueueOptions::new(WhenFull::Drop).batches(8)).unwrap();
        while source.stats().queue_drops == 0 {
            std::thread::sleep(Duration::from_millis(1));
        }
        let run = run_of(stop, limits);
        if is_asked {
            run.printed.end();
        }
        run.through(source)
    }

    #[test]
    fn what_was_captured_when_the_end_is_asked_for_is_judged_or_counted() {
        let by_the_clock = || Limits { nanos: Some(200_000_000), frames: None };
        for (limits, is_asked, wild) in [
            (NO_LIMITS, true, None),
            (by_the_clock(), false, None),
            // Of an interface the clock alone says when it ends.
            (by_the_clock(), false, Some(2)),
        ] {
            let Ended { summary, stats, .. } = run_behind_a_full_queue(limits, is_asked, wild);
            let judged = summary.counts.frames;
            assert!(judged > 4_000, "{stats:?}");
            assert_eq!(judged + stats.queue_drops, stats.frames, "{judged} judged");
        }
    }

    #[test]
    fn so_many_packets_are_so_many() {
        for frames in [0, 1_234] {
            let limits = Limits { nanos: None, frames: Some(frames) };
            let counts = run_behind_a_full_queue(limits, false, None).summary.counts;
            assert_eq!(counts.frames, frames);
        }
    }

    /// A packet of ten minutes ago: UDP over IPv4.
    fn push_an_old_one(run: &mut Run) {
        let packet = [
            0x45, 0, 0, 28, 0, 0, 0, 0, 64, 17, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2, 0, 9, 0, 9, 0, 8,
            0, 0,
        ];
        let time = now().plus_nanos(-600_000_000_000);
        run.path.push(Frame::new(time, LinkType::RAW, &packet));
    }

    /// So many flows were silent for too long when it was looked at so long after the last time, and packets waited.
    fn idle(waits: bool, since: Duration) -> u64 {
        let stop = Stop::new();
        let endless = Endless::new(&stop);
        if !waits {
            stop.stop();
        }
        let source = Queued::start(endless, QueueOptions::new(WhenFull::Drop)).unwrap();
        while waits && source.depth().waiting == 0 {
            std::thread::sleep(Duration::from_millis(1));
        }
        let mut run = run_of(stop, NO_LIMITS);
        push_an_old_one(&mut run);
        let mut so_far = Progress::new(None);
        so_far.ticked = Instant::now().checked_sub(since).unwrap();
        run.look(&source, &mut so_far);
        run.path.finish().table.with_end(End::Idle)
    }

    #[test]
    fn no_flow_ends_as_idle_while_its_packets_may_wait() {
        assert_eq!(idle(false, TICK), 1);
        assert_eq!(idle(true, TICK), 0, "they wait in the queue");
        assert_eq!(idle(false, 2 * STALL), 0, "they may wait with the system");
    }
}
