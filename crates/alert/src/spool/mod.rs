//! Queues on disk: what lies in one survives the program that put it there.

mod aside;
mod dead;
mod line;
mod marker;
mod owner;
mod segment;

use std::collections::VecDeque;
use std::fs::{self, File};
use std::io::Write;
use std::path::{self, Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::{Alert, SinkError};
pub(crate) use aside::{Aside, MAX_ASIDE};
pub(crate) use dead::bury;
pub use dead::{Resent, dead_letters, resend};
pub use line::{Entry, Lines, MAX_LINE, TooLong};
use marker::Marker;
use segment::Segment;

/// How much a queue on disk may hold.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct SpoolSettings {
    /// So many bytes. What comes when it is full is not taken, and counted. Default: 64 MiB, some 100,000 alerts.
    pub bytes: u64,
}

/// What happened to a queue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct SpoolCounts {
    /// Alerts that wait.
    pub queued: u64,
    /// Bytes on disk.
    pub bytes: u64,
    /// Alerts that were not taken, since it was full.
    pub refused: u64,
    /// Alerts that could not be written.
    pub unwritten: u64,
    /// Lines that were torn or changed, and skipped.
    pub damaged: u64,
}

/// A queue of alerts in a folder of its own.
///
/// What [`append`](Self::append) has written is there after the program was killed, at whatever moment: it is with the
/// system then. It does not wait for the disk, so the last seconds before a power cut may be lost. What was handed out is
/// forgotten once [`done`](Self::done) says so, and handed out again otherwise: everything arrives at least once.
///
/// A full queue takes nothing more: what it has taken it has promised to deliver, and what began first tells most.
///
/// A folder belongs to one program at a time, and to one user.
#[derive(Debug)]
pub struct Spool {
    folder: PathBuf,
    most: u64,
    /// The oldest first.
    segments: VecDeque<Segment>,
    /// The last segment, while it is written to.
    written: Option<File>,
    /// How far the first segment was delivered.
    position: u64,
    /// Where that is kept.
    marker: Marker,
    /// The number of the next segment: none has two lives.
    next: u64,
    counts: SpoolCounts,
}

/// Alerts that wait, the oldest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Batch {
    /// The alerts.
    pub entries: Vec<Entry>,
    /// How far they reach.
    pub(crate) reach: Reach,
}

/// How far alerts reach into a queue, from its front on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Reach {
    /// A segment by its number, and a place in it.
    end: (u64, u64),
    /// How many alerts there are up to there.
    pub(crate) count: u64,
    damaged: u64,
}

impl Batch {
    /// Alerts that lie in no segment, behind others.
    pub(crate) fn behind(reach: &Reach, entries: Vec<Entry>) -> Self {
        let count = reach.count + entries.len() as u64;
        Self { entries, reach: Reach { count, ..*reach } }
    }
}

/// A segment is deleted as a whole, so it is a fraction of what may lie there.
const SEGMENTS: u64 = 8;
/// And no greater than this: so much is looked at when a queue is opened after a crash.
const MAX_SEGMENT: u64 = 1 << 20;
/// The fewest bytes that make sense: a few of the longest lines.
const LEAST_BYTES: u64 = 1 << 20;
/// The file that says how far was delivered.
const MARKER: &str = "position";

impl Default for SpoolSettings {
    fn default() -> Self {
        Self { bytes: 64 << 20 }
    }
}

impl SpoolSettings {
    /// Refuses values outside their rules.
    ///
    /// # Errors
    /// [`SinkError::Setting`].
    pub fn check(&self) -> Result<(), SinkError> {
        let in_range = (LEAST_BYTES..=1 << 40).contains(&self.bytes);
        SinkError::unless(in_range, "spool.bytes", self.bytes, "1 MiB to 1 TiB")
    }
}

impl Spool {
    /// Opens the queue in this folder, which is made if it is not there: with all that still waits in it.
    ///
    /// # Errors
    /// [`SinkError::Setting`]; [`SinkError::File`] of what cannot be made or read; [`SinkError::Taken`] of a folder that
    /// somebody has, [`SinkError::Foreign`] of one of another user.
    pub fn open(folder: &Path, settings: SpoolSettings) -> Result<Self, SinkError> {
        settings.check()?;
        let folder = &whole(folder)?;
        fs::create_dir_all(folder).map_err(SinkError::of_file(folder, "made"))?;
        owner::check(folder)?;
        let (mut marker, (first, position)) = Marker::open(folder, MARKER)?;
        let mut segments = Segment::all(folder)?;
        let next = segments.back().map_or(0, |last| last.number).max(first) + 1;
        let delivered = segments.iter().take_while(|it| it.number < first).count();
        segments.drain(..delivered).for_each(|it| it.remove(folder));
        let is_within = segments.front().is_some_and(|it| it.number == first && position <= it.len);
        let position = if is_within { position } else { 0 };
        // It takes its room now, if there is any. Without, it is tried again with every delivery.
        let _ = marker.set((first, position));
        let mut spool = Self {
            folder: folder.to_owned(),
            most: settings.bytes,
            segments,
            written: None,
            position,
            marker,
            next,
            counts: SpoolCounts::default(),
        };
        spool.count()?;
        Ok(spool)
    }

    /// Adds alerts, queued at this time; answers how many were taken. All of them, the first few, or none: then it is full.
    ///
    /// # Errors
    /// [`SinkError::File`] if they cannot be written: then none of them is taken.
    pub fn append<'a>(
        &mut self,
        at: i64,
        alerts: impl IntoIterator<Item = &'a Alert>,
    ) -> Result<usize, SinkError> {
        let room = self.most.saturating_sub(self.bytes());
        let (mut lines, mut taken, mut refused) = (Vec::new(), 0, 0);
        for alert in alerts {
            let end = lines.len();
            let written = Entry::write(at, alert, &mut lines);
            if written.is_err() || refused > 0 || lines.len() as u64 > room {
                lines.truncate(end);
                refused += 1;
            } else {
                taken += 1;
            }
        }
        self.counts.refused += refused;
        if let Err(error) = self.write(&lines) {
            self.counts.unwritten += taken;
            return Err(error);
        }
        self.counts.queued += taken;
        Ok(taken as usize)
    }

    /// The oldest alerts, `most` of them at the most, and no more than are read at once. They stay until they are
    /// [`done`](Self::done).
    ///
    /// # Errors
    /// [`SinkError::File`] if they cannot be read.
    pub fn peek(&mut self, most: usize) -> Result<Batch, SinkError> {
        let batch = self.behind(&Reach::default(), most)?;
        if batch.entries.is_empty() {
            self.forget(&batch.reach)?;
            // Where lines were damaged since they were counted, fewer waited than was thought.
            self.counts.queued = 0;
        }
        Ok(batch)
    }

    /// Those behind what was looked at before.
    pub(crate) fn behind(&self, reach: &Reach, most: usize) -> Result<Batch, SinkError> {
        let mut reach = *reach;
        let start = self.segments.partition_point(|segment| segment.number < reach.end.0);
        for (place, segment) in self.segments.iter().enumerate().skip(start) {
            let mut from = if segment.number == reach.end.0 { reach.end.1 } else { 0 };
            if place == 0 {
                from = from.max(self.position);
            }
            while from < segment.len {
                let part = segment.read(&self.folder, from, most)?;
                from = part.end;
                reach.end = (segment.number, from);
                reach.damaged += part.damaged;
                if !part.entries.is_empty() {
                    return Ok(Batch::behind(&reach, part.entries));
                }
            }
        }
        Ok(Batch { entries: Vec::new(), reach })
    }

    /// These were delivered, or put elsewhere: they are not handed out again.
    ///
    /// # Errors
    /// [`SinkError::File`] if that cannot be kept: a later program hands them out again.
    pub fn done(&mut self, batch: &Batch) -> Result<(), SinkError> {
        self.forget(&batch.reach)
    }

    /// All up to there is done.
    pub(crate) fn forget(&mut self, reach: &Reach) -> Result<(), SinkError> {
        let (number, end) = reach.end;
        let is_news = |first: &Segment| (first.number, self.position) < (number, end);
        if !self.segments.front().is_some_and(is_news) {
            return Ok(());
        }
        self.counts.queued = self.counts.queued.saturating_sub(reach.count);
        self.counts.damaged += reach.damaged;
        let kept = self.marker.set((number, end));
        let is_over = |first: &Segment| (first.number, first.len) <= (number, end);
        while self.segments.front().is_some_and(is_over) {
            self.forget_first();
        }
        if self.segments.front().is_some_and(|first| first.number == number) {
            self.position = end;
        }
        kept
    }

    /// What happened so far.
    #[must_use]
    pub fn counts(&self) -> SpoolCounts {
        SpoolCounts { bytes: self.bytes(), ..self.counts }
    }

    /// The folder it lies in.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// How many bytes it may hold.
    pub(crate) fn most(&self) -> u64 {
        self.most
    }

    fn bytes(&self) -> u64 {
        self.segments.iter().map(|segment| segment.len).sum()
    }

    /// Adds whole lines to the last segment, or leaves it as it was.
    fn write(&mut self, lines: &[u8]) -> Result<(), SinkError> {
        if lines.is_empty() {
            return Ok(());
        }
        let full = MAX_SEGMENT.min(self.most / SEGMENTS);
        if self.segments.back().is_none_or(|last| last.len >= full) {
            self.written = None;
        }
        if self.written.is_none() {
            let (segment, file) = Segment::create(&self.folder, self.next)?;
            self.next = segment.number + 1;
            self.segments.push_back(segment);
            self.written = Some(file);
        }
        let (Some(file), Some(last)) = (&mut self.written, self.segments.back_mut()) else {
            return Ok(());
        };
        let written = file.write_all(lines);
        if written.is_ok() {
            last.len += lines.len() as u64;
        } else if file.set_len(last.len).is_err() {
            // What is torn stays, and nothing comes behind it.
            self.written = None;
        }
        written.map_err(SinkError::of_file(&last.path(&self.folder), "written"))
    }

    /// The first segment was delivered as a whole.
    fn forget_first(&mut self) {
        if let Some(first) = self.segments.pop_front() {
            first.remove(&self.folder);
        }
        if self.segments.is_empty() {
            self.written = None;
        }
        self.position = 0;
    }

    /// Counts what waits.
    fn count(&mut self) -> Result<(), SinkError> {
        let mut from = self.position;
        for segment in &self.segments {
            while from < segment.len {
                let read = segment.read(&self.folder, from, usize::MAX)?;
                self.counts.queued += read.entries.len() as u64;
                from = read.end;
            }
            from = 0;
        }
        Ok(())
    }
}

/// From the root of all folders on: the program may go elsewhere, and people look for what an error names.
fn whole(folder: &Path) -> Result<PathBuf, SinkError> {
    path::absolute(folder).map_err(SinkError::of_file(folder, "found"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example;

    fn settings(bytes: u64) -> SpoolSettings {
        SpoolSettings { bytes }
    }

    fn open(folder: &Path) -> Spool {
        Spool::open(folder, settings(LEAST_BYTES)).unwrap()
    }

    fn alerts(numbers: std::ops::Range<i64>) -> Vec<Alert> {
        numbers.map(|number| example("scan", number)).collect()
    }

    fn numbers(batch: &Batch) -> Vec<i64> {
        batch.entries.iter().map(|entry| entry.alert.nanos).collect()
    }

    /// Everything that waits.
    fn drained(spool: &mut Spool) -> Vec<i64> {
        let mut all = Vec::new();
        loop {
            let batch = spool.peek(7).unwrap();
            if batch.entries.is_empty() {
                return all;
            }
            all.extend(numbers(&batch));
            spool.done(&batch).unwrap();
        }
    }

    #[test]
    fn what_is_not_done_is_handed_out_again_by_this_and_the_next_program() {
        let folder = tempfile::tempdir().unwrap();
        let mut spool = open(folder.path());
        assert_eq!(spool.append(5, &alerts(0..10)).unwrap(), 10);
        let batch = spool.peek(4).unwrap();
        assert_eq!((numbers(&batch), batch.entries[0].at), (vec![0, 1, 2, 3], 5));
        assert_eq!(spool.peek(4).unwrap(), batch);
        spool.done(&batch).unwrap();
        spool.done(&batch).unwrap();
        assert_eq!(spool.counts().queued, 6);
        drop(spool);
        let mut spool = open(folder.path());
        assert_eq!(spool.counts().queued, 6);
        spool.append(6, &alerts(10..12)).unwrap();
        assert_eq!(drained(&mut spool), (4..12).collect::<Vec<_>>());
        assert_eq!(spool.counts(), SpoolCounts::default());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "only the marker stays");
    }

    #[test]
    fn a_full_queue_takes_nothing_and_counts_it() {
        let folder = tempfile::tempdir().unwrap();
        let mut spool = open(folder.path());
        let mut taken = 0;
        while let all @ 1.. = spool.append(0, &alerts(0..100)).unwrap() {
            taken += all;
        }
        let counts = spool.counts();
        assert!(counts.bytes <= LEAST_BYTES && counts.bytes > LEAST_BYTES - 60_000, "{counts:?}");
        assert_eq!(counts.queued, taken as u64);
        assert!(counts.refused >= 100 && spool.segments.len() >= SEGMENTS as usize);
        let batch = spool.peek(400).unwrap();
        spool.done(&batch).unwrap();
        assert_eq!(drained(&mut spool).len() + batch.entries.len(), taken);
        assert_eq!(spool.append(0, &alerts(0..100)).unwrap(), 100, "there is room again");
    }

    #[test]
    fn a_torn_end_is_skipped_and_nothing_is_written_behind_it() {
        let folder = tempfile::tempdir().unwrap();
        let mut spool = open(folder.path());
        spool.append(0, &alerts(0..3)).unwrap();
        let segment = spool.segments[0].path(folder.path());
        drop(spool);
        let bytes = fs::read(&segment).unwrap();
        fs::write(&segment, &bytes[..bytes.len() - 10]).unwrap();
        let mut spool = open(folder.path());
        assert_eq!(spool.counts().queued, 2);
        spool.append(0, &alerts(3..5)).unwrap();
        assert_eq!(drained(&mut spool), [0, 1, 3, 4]);
        assert_eq!(spool.counts().damaged, 1);
    }

    #[test]
    fn a_marker_that_says_nothing_sends_all_again() {
        let folder = tempfile::tempdir().unwrap();
        for marker in
            ["", "\u{0}\u{0}", "00000000 0000000000000001 0000000000000009\n", "é", &"x".repeat(99)]
        {
            let mut spool = open(folder.path());
            spool.append(0, &alerts(0..3)).unwrap();
            let batch = spool.peek(1).unwrap();
            spool.done(&batch).unwrap();
            drop(spool);
            fs::write(folder.path().join(MARKER), marker).unwrap();
            assert_eq!(drained(&mut open(folder.path())), [0, 1, 2], "{marker:?}");
        }
    }

    #[test]
    fn what_others_left_in_the_folder_does_no_harm() {
        let folder = tempfile::tempdir().unwrap();
        for name in
            ["queue-x.lines", "queue-ffffffffffffffff.lines", "queue-0000000000000007.lines"]
        {
            fs::write(folder.path().join(name), vec![b'x'; 3 * MAX_LINE]).unwrap();
        }
        fs::create_dir(folder.path().join("queue-0000000000000003.lines")).unwrap();
        let mut spool = open(folder.path());
        spool.append(0, &alerts(0..3)).unwrap();
        assert_eq!(drained(&mut spool), [0, 1, 2]);
        assert!(spool.counts().damaged > 0);
    }

    #[test]
    fn what_others_take_away_stops_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let mut spool = open(folder.path());
        spool.append(0, &alerts(0..3)).unwrap();
        spool.written = None;
        spool.append(0, &alerts(3..6)).unwrap();
        spool.segments[0].remove(folder.path());
        assert_eq!(drained(&mut spool), [3, 4, 5]);
        assert_eq!((spool.counts().queued, spool.counts().damaged), (0, 1));
    }

    #[test]
    fn what_lies_behind_is_looked_at_and_forgotten_together() {
        let folder = tempfile::tempdir().unwrap();
        let mut spool = open(folder.path());
        // Several segments, and what is damaged between.
        (0..4).for_each(|round| {
            spool.append(0, &alerts(round * 200..(round + 1) * 200)).unwrap();
            spool.written = None;
        });
        fs::write(spool.segments[1].path(folder.path()), "").unwrap();
        let (mut batch, mut seen) = (spool.peek(150).unwrap(), Vec::new());
        while !batch.entries.is_empty() {
            assert_eq!(batch.reach.count as usize, seen.len() + batch.entries.len());
            seen.extend(numbers(&batch));
            batch = spool.behind(&batch.reach, 150).unwrap();
        }
        assert_eq!(seen, (0..200).chain(400..800).collect::<Vec<_>>());
        assert_eq!(spool.counts().queued, 800, "nothing is done yet");
        spool.append(0, &alerts(800..802)).unwrap();
        spool.forget(&batch.reach).unwrap();
        spool.forget(&batch.reach).unwrap();
        assert_eq!(drained(&mut spool), [800, 801]);
        assert_eq!((spool.counts().queued, spool.counts().damaged), (0, 1));
        drop(spool);
        assert!(drained(&mut open(folder.path())).is_empty());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_folder_is_one_programs_and_named_from_the_root_on() {
        let folder = tempfile::tempdir().unwrap();
        let spool = open(folder.path());
        let error = Spool::open(folder.path(), settings(LEAST_BYTES)).unwrap_err();
        let named = folder.path().display();
        assert_eq!(error.to_string(), format!("{named}: another sink or another program has it"));
        drop(spool);
        assert_eq!(open(folder.path()).folder(), folder.path());
        let whole = whole(Path::new("queues/mail")).unwrap();
        assert!(whole.is_absolute() && whole.ends_with("queues/mail"), "{}", whole.display());
    }

    #[test]
    fn a_folder_that_cannot_be_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        let error = Spool::open(&file, settings(LEAST_BYTES)).unwrap_err();
        assert!(error.to_string().contains("cannot be made"), "{error}");
        let error = Spool::open(folder.path(), settings(1)).unwrap_err().to_string();
        assert_eq!(error, "spool.bytes is \"1\", and must be 1 MiB to 1 TiB");
    }
}
