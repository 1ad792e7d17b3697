//! A source read in a thread of its own, so that who works on frames does not keep them from being read.

use std::collections::VecDeque;
use std::fmt;
use std::mem;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{
    Receiver, RecvTimeoutError, SyncSender, TryRecvError, TrySendError, sync_channel,
};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::limits;
use crate::options::refuse_unless;
use crate::{Batch, BatchSource, CaptureError, Event, Fill, SourceStats};

/// What becomes of frames that are read while the queue is full.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WhenFull {
    /// They are dropped and counted, so that the rest is read in time: for interfaces, which do not wait.
    Drop,
    /// Reading waits: for files, which do.
    Wait,
}

/// How a source is read ahead.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct QueueOptions {
    when_full: WhenFull,
    batches: usize,
    patience: Duration,
}

impl QueueOptions {
    /// The defaults, with the answer to overload that has none: it depends on the source.
    pub const fn new(when_full: WhenFull) -> Self {
        Self { when_full, batches: limits::QUEUE_BATCHES, patience: limits::PATIENCE }
    }

    /// How many batches may wait, half of them only if they are full. Default 64: a sixth of a second or more at
    /// 200,000 packets a second, and 16 MiB of usual frames. 1 to 4,096.
    pub const fn batches(self, batches: usize) -> Self {
        Self { batches, ..self }
    }

    /// How long is waited for frames before the answer is that there are none. Default a tenth of a second: ten
    /// ticks a second. At most a minute.
    pub const fn patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    fn check(&self) -> Result<(), CaptureError> {
        let depth_fits = (1..=limits::MAX_QUEUE_BATCHES).contains(&self.batches);
        refuse_unless(depth_fits, "batches", self.batches as u64, "1 to 4096")?;
        let patience_fits = self.patience <= limits::MAX_PATIENCE;
        refuse_unless(patience_fits, "patience", self.patience.as_secs(), "60 seconds or less")
    }
}

/// Frames that a thread of its own reads ahead, in batches through a bounded queue.
///
/// Memory is bounded by the queue, batches go round, and nothing is allocated a frame. What happens when frames come
/// faster than they are taken is said by [`WhenFull`]; each dropped one is counted, and at any time
///
/// `frames read = frames taken + queue drops + frames that wait`
///
/// The thread ends when the source does or when this is dropped, then after the source's patience at the latest.
/// A source is ended in order by its [`Stop`](crate::Stop), and what it has read still comes out.
pub struct Queued<E> {
    full: Option<Receiver<Parcel<E>>>,
    empty: SyncSender<Batch>,
    shared: Arc<Shared>,
    patience: Duration,
    room: usize,
    reader: Option<JoinHandle<()>>,
}

/// How full a queue is, in batches of frames.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct QueueDepth {
    /// So many wait, nearly.
    pub waiting: usize,
    /// So many waited when most did.
    pub most: usize,
    /// So many may.
    pub room: usize,
}

/// What both sides know.
struct Shared {
    stats: Mutex<SourceStats>,
    /// How many parcels are in the queue, nearly.
    waiting: AtomicUsize,
    /// How many were when there were most.
    most: AtomicUsize,
}

impl Shared {
    fn waiting(&self) -> usize {
        // The taker may have counted first: less than nothing is nothing.
        self.waiting.load(Ordering::Relaxed).cast_signed().max(0).cast_unsigned()
    }
}

/// What goes through the queue.
enum Parcel<E> {
    Frames(Batch),
    Event(Event),
    Failure(E),
}

impl<E: Send + 'static> Queued<E> {
    /// Reads a source in a thread from now on.
    ///
    /// # Errors
    /// If an option cannot be, or the system has no thread to give.
    pub fn start(
        source: impl BatchSource<Error = E> + Send + 'static,
        options: QueueOptions,
    ) -> Result<Self, CaptureError> {
        options.check()?;
        let (to_taker, full) = sync_channel(options.batches);
        let (empty, from_taker) = sync_channel(options.batches);
        let (stats, waiting) = (Mutex::new(source.stats()), AtomicUsize::new(0));
        let shared = Arc::new(Shared { stats, waiting, most: AtomicUsize::new(0) });
        let reader = Reader {
            to_taker,
            from_taker,
            when_full: options.when_full,
            batches: options.batches,
            events: VecDeque::new(),
            queue_drops: 0,
            shared: Arc::clone(&shared),
        };
        let thread = thread::Builder::new().name("capture".to_owned());
        let reader = thread.spawn(move || reader.read(source));
        let reader = Some(reader.map_err(|source| CaptureError::Thread { source })?);
        let QueueOptions { patience, batches: room, .. } = options;
        Ok(Self { full: Some(full), empty, shared, patience, room, reader })
    }

    /// How full the queue is, and how full it was.
    #[must_use]
    pub fn depth(&self) -> QueueDepth {
        let waiting = self.shared.waiting().min(self.room);
        let most = self.shared.most.load(Ordering::Relaxed).min(self.room);
        QueueDepth { waiting, most, room: self.room }
    }

    /// The reading thread is gone: that was its end, unless it fell.
    fn end(&mut self) -> Fill {
        self.full = None;
        if let Some(Err(panic)) = self.reader.take().map(JoinHandle::join) {
            resume_unwind(panic);
        }
        Fill::Ended
    }

    /// Puts frames where they were asked for; the memory that was there goes back to the reader.
    fn unpack(&self, mut frames: Batch, batch: &mut Batch) {
        if batch.is_empty() {
            mem::swap(&mut frames, batch);
        } else {
            frames.iter().for_each(|frame| batch.push(&frame));
        }
        // If it is not taken there are enough of them.
        let _ = self.empty.try_send(frames);
    }
}

impl<E: Send + 'static> BatchSource for Queued<E> {
    type Error = E;

    /// Waits as long as [`QueueOptions::patience`] says. An empty batch is filled without copying a frame.
    fn fill(&mut self, batch: &mut Batch) -> Result<Fill, E> {
        let Some(full) = &self.full else { return Ok(Fill::Ended) };
        let parcel = match full.recv_timeout(self.patience) {
            Ok(parcel) => parcel,
            Err(RecvTimeoutError::Timeout) => return Ok(Fill::More),
            Err(RecvTimeoutError::Disconnected) => return Ok(self.end()),
        };
        self.shared.waiting.fetch_sub(1, Ordering::Relaxed);
        match parcel {
            Parcel::Frames(frames) => {
                self.unpack(frames, batch);
                Ok(Fill::More)
            }
            Parcel::Event(event) => Ok(Fill::Event(event)),
            Parcel::Failure(error) => Err(error),
        }
    }

    /// What the source below has read, with what was dropped here.
    fn stats(&self) -> SourceStats {
        *self.shared.stats.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<E> fmt::Debug for Queued<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Queued").field("patience", &self.patience).finish_non_exhaustive()
    }
}

/// The reading thread's side.
struct Reader<E> {
    to_taker: SyncSender<Parcel<E>>,
    from_taker: Receiver<Batch>,
    when_full: WhenFull,
    batches: usize,
    /// Told when there is room for them.
    events: VecDeque<Event>,
    queue_drops: u64,
    shared: Arc<Shared>,
}

/// Nobody takes frames any more.
struct Abandoned;

impl<E> Reader<E> {
    fn read(mut self, mut source: impl BatchSource<Error = E>) {
        let mut batch = Batch::new();
        while let Ok(true) = self.read_on(&mut source, &mut batch) {}
        self.publish(source.stats());
    }

    /// Reads once and hands it over; whether there is more.
    fn read_on(
        &mut self,
        source: &mut impl BatchSource<Error = E>,
        batch: &mut Batch,
    ) -> Result<bool, Abandoned> {
        let fill = source.fill(batch);
        let is_last = !matches!(fill, Ok(Fill::More | Fill::Event(_)));
        self.hand_over(batch, is_last)?;
        self.publish(source.stats());
        match fill {
            Ok(Fill::More) => self.tell_events(false)?,
            Ok(Fill::Event(event)) => {
                self.note(event);
                self.tell_events(false)?;
            }
            Ok(Fill::Ended) => self.tell_events(true)?,
            Err(error) => {
                self.tell_events(true)?;
                self.send(Parcel::Failure(error), true)?;
            }
        }
        Ok(!is_last)
    }

    /// Hands frames over if there is room, and takes an empty batch for them. Without room they are waited for; or they stay
    /// in the batch until that is full too, and are dropped then. What is there at the end is not dropped.
    fn hand_over(&mut self, batch: &mut Batch, is_last: bool) -> Result<(), Abandoned> {
        if batch.is_empty() {
            return self.is_wanted();
        }
        // Who waits may wait long for the next frame: nothing is kept back for it.
        let may_keep = self.when_full == WhenFull::Drop && !is_last && !batch.is_full();
        if may_keep && self.is_half_full() {
            return Ok(());
        }
        match self.send(Parcel::Frames(mem::take(batch)), is_last)? {
            Some(Parcel::Frames(frames)) => *batch = frames,
            _ => *batch = self.empty_batch()?,
        }
        if batch.is_full() {
            self.queue_drops += batch.len() as u64;
            batch.clear();
        }
        Ok(())
    }

    /// Puts a parcel into the queue, and waits for room or gives it back.
    fn send(&self, parcel: Parcel<E>, is_last: bool) -> Result<Option<Parcel<E>>, Abandoned> {
        let refused = if is_last || self.when_full == WhenFull::Wait {
            self.to_taker.send(parcel).map(|()| None).map_err(|_| Abandoned)?
        } else {
            match self.to_taker.try_send(parcel) {
                Ok(()) => None,
                Err(TrySendError::Full(parcel)) => Some(parcel),
                Err(TrySendError::Disconnected(_)) => return Err(Abandoned),
            }
        };
        if refused.is_none() {
            self.shared.waiting.fetch_add(1, Ordering::Relaxed);
            self.shared.most.fetch_max(self.shared.waiting(), Ordering::Relaxed);
        }
        Ok(refused)
    }

    /// Batches with a frame or two must not fill a queue that could hold so many.
    fn is_half_full(&self) -> bool {
        let waiting = self.shared.waiting();
        waiting > 0 && waiting * 2 >= self.batches
    }

    /// A source that is quiet hands nothing over, by which it would be noticed that nobody is there.
    fn is_wanted(&self) -> Result<(), Abandoned> {
        if Arc::strong_count(&self.shared) > 1 { Ok(()) } else { Err(Abandoned) }
    }

    fn empty_batch(&self) -> Result<Batch, Abandoned> {
        match self.from_taker.try_recv() {
            Ok(mut batch) => {
                batch.clear();
                Ok(batch)
            }
            Err(TryRecvError::Empty) => Ok(Batch::new()),
            Err(TryRecvError::Disconnected) => Err(Abandoned),
        }
    }

    /// Keeps the last events only: who takes none for so long has missed the others anyway.
    fn note(&mut self, event: Event) {
        if self.events.len() == limits::QUEUE_EVENTS {
            self.events.pop_front();
        }
        self.events.push_back(event);
    }

    fn tell_events(&mut self, is_last: bool) -> Result<(), Abandoned> {
        while let Some(event) = self.events.pop_front() {
            if let Some(Parcel::Event(event)) = self.send(Parcel::Event(event), is_last)? {
                self.events.push_front(event);
                break;
            }
        }
        Ok(())
    }

    fn publish(&self, stats: SourceStats) {
        let queue_drops = stats.queue_drops + self.queue_drops;
        let mut shared = self.shared.stats.lock().unwrap_or_else(PoisonError::into_inner);
        *shared = SourceStats { queue_drops, ..stats };
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Sender, channel};

    use netsift_packet::{Frame, LinkType, Timestamp};

    use super::*;
    use crate::Stop;

    /// Counts frames up to `frames`, in fills of `at_once`, then fails or ends; a frame's bytes are its number.
    struct Counting {
        stats: SourceStats,
        frames: u64,
        at_once: u64,
        failure: Option<&'static str>,
        events: Vec<Event>,
        _alive: Option<Sender<()>>,
    }

    impl Counting {
        fn new(frames: u64, at_once: u64) -> Self {
            let stats = SourceStats::default();
            Self { stats, frames, at_once, failure: None, events: Vec::new(), _alive: None }
        }
    }

    impl BatchSource for Counting {
        type Error = &'static str;

        fn fill(&mut self, batch: &mut Batch) -> Result<Fill, &'static str> {
            for _ in 0..self.at_once.min(self.frames - self.stats.frames) {
                let bytes = self.stats.frames.to_be_bytes();
                batch.push(&Frame::new(Timestamp::EPOCH, LinkType::RAW, &bytes));
                self.stats.frames += 1;
            }
            match self.events.pop() {
                Some(event) => Ok(Fill::Event(event)),
                None if self.stats.frames < self.frames || self.frames == 0 => Ok(Fill::More),
                None if batch.is_empty() => self.failure.take().map_or(Ok(Fill::Ended), Err),
                None => Ok(Fill::More),
            }
        }

        fn stats(&self) -> SourceStats {
            self.stats
        }
    }

    /// Takes everything, `between` batches doing something else.
    fn take_all(
        queue: &mut Queued<&'static str>,
        mut between: impl FnMut(),
    ) -> (Vec<u64>, Vec<Event>) {
        let (mut batch, mut numbers, mut events) = (Batch::new(), Vec::new(), Vec::new());
        loop {
            batch.clear();
            let fill = queue.fill(&mut batch).unwrap();
            numbers.extend(batch.iter().map(|f| u64::from_be_bytes(f.data.try_into().unwrap())));
            match fill {
                Fill::More => between(),
                Fill::Event(event) => events.push(event),
                Fill::Ended => return (numbers, events),
            }
        }
    }

    #[test]
    fn a_file_waits_and_nothing_is_lost() {
        let options = QueueOptions::new(WhenFull::Wait).batches(1);
        let mut queue = Queued::start(Counting::new(100_000, 700), options).unwrap();
        let (numbers, _) = take_all(&mut queue, || thread::sleep(Duration::from_micros(100)));
        assert!(numbers.into_iter().eq(0..100_000));
        assert_eq!((queue.stats().frames, queue.stats().queue_drops), (100_000, 0));
        assert_eq!(queue.depth(), QueueDepth { waiting: 0, most: 1, room: 1 });
    }

    #[test]
    fn an_interface_does_not_wait_and_each_drop_is_counted() {
        let options = QueueOptions::new(WhenFull::Drop).batches(2);
        let mut queue = Queued::start(Counting::new(300_000, 100), options).unwrap();
        let (numbers, _) = take_all(&mut queue, || thread::sleep(Duration::from_millis(1)));
        let stats = queue.stats();
        assert!(stats.queue_drops > 0, "a taker that sleeps kept up: {stats:?}");
        assert_eq!(numbers.len() as u64 + stats.queue_drops, 300_000);
        assert!(numbers.is_sorted(), "frames change their order");
    }

    #[test]
    fn a_queue_that_is_full_of_little_keeps_frames_until_a_batch_is_full() {
        let options = QueueOptions::new(WhenFull::Drop).batches(1);
        let mut queue = Queued::start(Counting::new(900, 1), options).unwrap();
        thread::sleep(Duration::from_millis(50));
        assert_eq!(queue.depth(), QueueDepth { waiting: 1, most: 1, room: 1 });
        let (numbers, _) = take_all(&mut queue, || {});
        assert_eq!(numbers.len(), 900, "frames were dropped with memory to spare");
    }

    #[test]
    fn little_batches_leave_half_of_the_queue_to_full_ones() {
        let frames = 5 + 4 * limits::BATCH_FRAMES as u64;
        let options = QueueOptions::new(WhenFull::Drop).batches(8);
        let mut queue = Queued::start(Counting::new(frames, 1), options).unwrap();
        thread::sleep(Duration::from_millis(100));
        let (numbers, _) = take_all(&mut queue, || {});
        assert!(numbers.into_iter().eq(0..frames), "{:?}", queue.stats());
    }

    #[test]
    fn a_failure_comes_behind_the_frames_and_then_the_end() {
        let counting = Counting { failure: Some("broken"), ..Counting::new(3, 3) };
        let mut queue = Queued::start(counting, QueueOptions::new(WhenFull::Wait)).unwrap();
        let mut batch = Batch::new();
        assert_eq!((queue.fill(&mut batch), batch.len()), (Ok(Fill::More), 3));
        assert_eq!((queue.fill(&mut batch), batch.len()), (Err("broken"), 3));
        assert_eq!((queue.fill(&mut batch), batch.len()), (Ok(Fill::Ended), 3));
    }

    #[test]
    fn events_pass() {
        let event = Event::Silent { interface: "a".to_owned(), lasting: Duration::from_secs(9) };
        let counting =
            Counting { events: vec![event.clone(), event.clone()], ..Counting::new(10, 5) };
        let mut queue = Queued::start(counting, QueueOptions::new(WhenFull::Drop)).unwrap();
        let (numbers, events) = take_all(&mut queue, || {});
        assert_eq!((numbers.len(), events), (10, vec![event.clone(), event]));
    }

    #[test]
    fn with_nothing_there_it_says_so_in_time() {
        let quiet = Counting::new(0, 1);
        let options = QueueOptions::new(WhenFull::Drop).patience(Duration::from_millis(5));
        let mut queue = Queued::start(quiet, options).unwrap();
        let mut batch = Batch::new();
        assert_eq!((queue.fill(&mut batch), batch.len()), (Ok(Fill::More), 0));
    }

    #[test]
    fn a_thread_that_nobody_listens_to_ends() {
        let (alive, is_alive) = channel();
        let quiet = Counting { _alive: Some(alive), ..Counting::new(0, 1) };
        drop(Queued::start(quiet, QueueOptions::new(WhenFull::Drop)).unwrap());
        let ended = is_alive.recv_timeout(Duration::from_secs(10));
        assert_eq!(ended, Err(RecvTimeoutError::Disconnected));
    }

    #[test]
    fn frames_added_to_others_stand_behind_them() {
        let mut queue =
            Queued::start(Counting::new(2, 2), QueueOptions::new(WhenFull::Wait)).unwrap();
        let mut batch = Batch::new();
        batch.push(&Frame::new(Timestamp::EPOCH, LinkType::ETHERNET, b"mine"));
        assert_eq!(queue.fill(&mut batch), Ok(Fill::More));
        let links: Vec<_> = batch.iter().map(|frame| frame.link).collect();
        assert_eq!(links, [LinkType::ETHERNET, LinkType::RAW, LinkType::RAW]);
    }

    #[test]
    fn options_that_cannot_be_are_refused() {
        let wrong = [
            QueueOptions::new(WhenFull::Drop).batches(0),
            QueueOptions::new(WhenFull::Drop).batches(5_000),
            QueueOptions::new(WhenFull::Drop).patience(Duration::from_secs(61)),
        ];
        for options in wrong {
            let refused = Queued::start(Counting::new(1, 1), options);
            assert!(matches!(refused, Err(CaptureError::Option { .. })));
        }
    }

    #[test]
    #[should_panic(expected = "the source fell")]
    fn a_panic_of_the_source_is_not_an_end() {
        struct Falling;
        impl BatchSource for Falling {
            type Error = ();
            fn fill(&mut self, _: &mut Batch) -> Result<Fill, ()> {
                panic!("the source fell");
            }
            fn stats(&self) -> SourceStats {
                SourceStats::default()
            }
        }
        let mut queue = Queued::start(Falling, QueueOptions::new(WhenFull::Wait)).unwrap();
        while queue.fill(&mut Batch::new()) != Ok(Fill::Ended) {}
    }

    #[test]
    fn a_stop_ends_it_with_all_that_was_read() {
        let stop = Stop::new();
        struct Endless(Stop, SourceStats);
        impl BatchSource for Endless {
            type Error = &'static str;
            fn fill(&mut self, batch: &mut Batch) -> Result<Fill, &'static str> {
                self.1.frames += 1;
                let bytes = self.1.frames.to_be_bytes();
                batch.push(&Frame::new(Timestamp::EPOCH, LinkType::RAW, &bytes));
                Ok(if self.0.is_asked() { Fill::Ended } else { Fill::More })
            }
            fn stats(&self) -> SourceStats {
                self.1
            }
        }
        let endless = Endless(stop.clone(), SourceStats::default());
        let mut queue = Queued::start(endless, QueueOptions::new(WhenFull::Wait)).unwrap();
        let (numbers, _) = take_all(&mut queue, || stop.stop());
        assert_eq!(numbers.len() as u64, queue.stats().frames);
    }
}
