//! Several captures read as one, in time order.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use netsift_packet::{Frame, FrameSource, Timestamp};

use crate::limits;
use crate::record::Record;
use crate::{CaptureError, CaptureReader, CaptureStats, Compression, Format, Input, SetOptions};

/// Reads a list of captures, or the captures of folders, as one in time order.
///
/// The first time of every capture is looked at; then each is opened when its time has come and read
/// beside the others that overlap with it. Frames of one capture keep the order they have in it, even
/// where its times go backwards; at equal times the order of the list decides.
///
/// A capture that breaks loses nothing of the others: its error waits in [`errors`](Self::errors), and
/// when every good frame has been handed out, [`next_frame`](FrameSource::next_frame) tells it - as it
/// is, or as [`CaptureError::Several`].
pub struct CaptureSet {
    options: SetOptions,
    /// Captures whose time has not come, the next one last.
    waiting: Vec<Waiting>,
    /// The open captures, at their place in the list.
    open: Vec<Option<Box<Opened>>>,
    open_count: usize,
    /// The next frame of every open capture but the current one.
    heads: BinaryHeap<Reverse<(Timestamp, usize)>>,
    /// The capture whose frame was handed out last.
    current: Option<usize>,
    /// The earliest frame of another capture: up to there the current one goes on undisturbed.
    horizon: Option<(Timestamp, usize)>,
    /// The latest time of a frame that was turned to: a capture opened for an earlier one is late.
    latest_turn: Timestamp,
    late: usize,
    errors: Vec<CaptureError>,
    files: Vec<PathBuf>,
    skipped: Vec<PathBuf>,
    through: Option<Through>,
    formats: BTreeMap<(Format, Option<Compression>), usize>,
    /// Of the captures that are closed.
    stats: CaptureStats,
    bytes_read: u64,
    bytes_total: u64,
}

/// What a file is read through.
type Through = Box<dyn FnMut(&Path, File) -> Box<dyn Read + Send> + Send>;

/// A capture whose first time is known.
struct Waiting {
    first: Timestamp,
    rank: usize,
    path: PathBuf,
}

struct Opened {
    reader: CaptureReader<Box<dyn Read + Send>>,
    /// Its next frame while it is not the current capture.
    head: Record,
}

impl CaptureSet {
    /// Opens captures: files, folders (the captures in them by name; not the folders in them), and `-`
    /// for standard input.
    ///
    /// # Errors
    /// If a named file cannot be opened or is not a capture (in a folder it is skipped), or there is no
    /// capture at all.
    pub fn open<P: AsRef<Path>>(paths: impl IntoIterator<Item = P>) -> Result<Self, CaptureError> {
        Self::with_options(paths, SetOptions::new())
    }

    /// Opens captures with options.
    ///
    /// # Errors
    /// As [`CaptureSet::open`], or if an option cannot be.
    pub fn with_options<P: AsRef<Path>>(
        paths: impl IntoIterator<Item = P>,
        options: SetOptions,
    ) -> Result<Self, CaptureError> {
        options.check()?;
        let mut set = Self::empty(options);
        let mut first = None;
        for path in paths {
            set.add(path.as_ref())?;
            first.get_or_insert_with(|| path.as_ref().to_owned());
        }
        if set.open.is_empty() && set.errors.is_empty() {
            let path = first.unwrap_or_default();
            return Err(CaptureError::NoCaptures { path, skipped: set.skipped.len() });
        }
        set.waiting.sort_by_key(|waiting| Reverse((waiting.first, waiting.rank)));
        Ok(set)
    }

    /// Reads every file through what is made of it here, once to its end unless it is broken: for who sums up or copies
    /// bytes on their way. Files without a packet have been read by then, and pipes are not files.
    #[must_use]
    pub fn read_through(
        self,
        through: impl FnMut(&Path, File) -> Box<dyn Read + Send> + Send + 'static,
    ) -> Self {
        Self { through: Some(Box::new(through)), ..self }
    }

    /// The files among its captures, those in folders too, in the order of the list.
    #[must_use]
    pub fn files(&self) -> &[PathBuf] {
        &self.files
    }

    /// How many captures it has.
    #[must_use]
    pub fn captures(&self) -> usize {
        self.open.len()
    }

    /// What the captures are: format, compression, and how many of each. Those that broke before their
    /// format was known are not among them.
    pub fn formats(&self) -> impl Iterator<Item = (Format, Option<Compression>, usize)> {
        self.formats
            .iter()
            .map(|(&(format, compression), &captures)| (format, compression, captures))
    }

    /// What was wrong with captures so far. Told, and gone from here, when the set ends.
    #[must_use]
    pub fn errors(&self) -> &[CaptureError] {
        &self.errors
    }

    /// What folders hold beside captures.
    #[must_use]
    pub fn skipped(&self) -> &[PathBuf] {
        &self.skipped
    }

    /// Captures whose first frames came late, as more than [`SetOptions::max_open`] overlap.
    #[must_use]
    pub const fn late(&self) -> usize {
        self.late
    }

    /// What was read so far of all captures, and what was forgiven.
    #[must_use]
    pub fn stats(&self) -> CaptureStats {
        self.opened().fold(self.stats, |sum, opened| sum.plus(opened.reader.stats()))
    }

    /// Whether the next frame has still to be read, and may be long in coming where somebody is still writing it. Of several
    /// captures it is not known: then so.
    #[must_use]
    pub fn is_drained(&self) -> bool {
        let current = self.current.and_then(|rank| self.open.get(rank)?.as_deref());
        current.is_none_or(|opened| self.horizon.is_some() || opened.reader.is_drained())
    }

    /// How many bytes were read so far of all captures, compressed as they are.
    #[must_use]
    pub fn bytes_read(&self) -> u64 {
        self.opened().map(|opened| opened.reader.bytes_read()).sum::<u64>() + self.bytes_read
    }

    /// How many bytes the captures have that are files; of pipes nobody knows.
    #[must_use]
    pub const fn bytes_total(&self) -> u64 {
        self.bytes_total
    }

    fn empty(options: SetOptions) -> Self {
        Self {
            options,
            waiting: Vec::new(),
            open: Vec::new(),
            open_count: 0,
            heads: BinaryHeap::new(),
            current: None,
            horizon: None,
            latest_turn: Timestamp::from_nanos(i64::MIN),
            late: 0,
            errors: Vec::new(),
            files: Vec::new(),
            skipped: Vec::new(),
            through: None,
            formats: BTreeMap::new(),
            stats: CaptureStats::default(),
            bytes_read: 0,
            bytes_total: 0,
        }
    }

    fn opened(&self) -> impl Iterator<Item = &Opened> {
        self.open.iter().flatten().map(|opened| &**opened)
    }
}

/// Building: what is there, and when does each begin?
impl CaptureSet {
    fn add(&mut self, path: &Path) -> Result<(), CaptureError> {
        if path.as_os_str() == "-" {
            return self.add_stream(Box::new(io::stdin()), Input::Stdin);
        }
        let metadata = fs::metadata(path).map_err(|source| unopened(path, source))?;
        if metadata.is_dir() {
            return self.add_folder(path);
        }
        if metadata.is_file() {
            return self.add_file(path, metadata.len());
        }
        // A pipe or a device cannot be opened twice.
        let file = File::open(path).map_err(|source| unopened(path, source))?;
        self.add_stream(Box::new(file), Input::Path(path.to_owned()))
    }

    fn add_folder(&mut self, folder: &Path) -> Result<(), CaptureError> {
        let entries: io::Result<Vec<_>> = fs::read_dir(folder).and_then(Iterator::collect);
        let entries = entries.map_err(|source| unopened(folder, source))?;
        let mut paths: Vec<PathBuf> = entries.iter().map(fs::DirEntry::path).collect();
        paths.sort();
        for path in paths {
            self.add_found(path);
        }
        Ok(())
    }

    /// A file that nobody named: what is no capture may lie there, what cannot be read is told.
    fn add_found(&mut self, path: PathBuf) {
        let len = match fs::metadata(&path) {
            Ok(metadata) if metadata.is_file() => metadata.len(),
            _ => return self.skipped.push(path),
        };
        match self.add_file(&path, len) {
            Ok(()) => {}
            Err(CaptureError::Empty { .. } | CaptureError::NotACapture { .. }) => {
                self.skipped.push(path);
            }
            Err(error) => self.broken_from_the_start(error),
        }
    }

    fn add_file(&mut self, path: &Path, len: u64) -> Result<(), CaptureError> {
        let peek = self.options.reader.clone().buffer_len(limits::PEEK_LEN);
        let mut reader = match CaptureReader::open(path, peek) {
            Ok(reader) => reader,
            Err(error) if is_damage(&error) => {
                self.files.push(path.to_owned());
                self.broken_from_the_start(error);
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        let rank = self.open.len();
        self.open.push(None);
        self.files.push(path.to_owned());
        self.note_format(&reader);
        self.bytes_total += len;
        match reader.advance() {
            Ok(Some(record)) => {
                self.waiting.push(Waiting { first: record.time, rank, path: path.to_owned() });
            }
            Ok(None) => self.account(*reader.stats(), reader.bytes_read()),
            Err(error) => {
                self.account(*reader.stats(), reader.bytes_read());
                self.errors.push(error);
            }
        }
        Ok(())
    }

    fn add_stream(
        &mut self,
        stream: Box<dyn Read + Send>,
        input: Input,
    ) -> Result<(), CaptureError> {
        let reader = CaptureReader::named(stream, input, self.options.reader.clone())?;
        let rank = self.open.len();
        self.open.push(None);
        self.note_format(&reader);
        self.begin(reader, rank);
        Ok(())
    }

    fn note_format<R: Read>(&mut self, reader: &CaptureReader<R>) {
        *self.formats.entry((reader.format(), reader.compression())).or_default() += 1;
    }

    fn broken_from_the_start(&mut self, error: CaptureError) {
        self.open.push(None);
        self.errors.push(error);
    }
}

/// Reading: a merge of the open captures by the time of their next frames.
impl CaptureSet {
    /// Steps in the current capture; `None` if the next frame of the set is not in it.
    #[inline(always)]
    fn stay(&mut self) -> Option<Record> {
        let rank = self.current?;
        let opened = self.open.get_mut(rank)?.as_mut()?;
        match opened.reader.advance() {
            Ok(Some(record)) => {
                if self.horizon.is_none_or(|horizon| (record.time, rank) < horizon) {
                    return Some(record);
                }
                opened.head = record;
            }
            Ok(None) => self.close(rank),
            Err(error) => {
                self.errors.push(error);
                self.close(rank);
            }
        }
        None
    }

    /// Turns to the capture that holds the next frame; `None` if no capture has one.
    #[inline(never)]
    fn turn(&mut self) -> Option<Record> {
        if let Some(rank) = self.current.take()
            && let Some(opened) = &self.open[rank]
        {
            self.heads.push(Reverse((opened.head.time, rank)));
        }
        self.open_those_whose_time_has_come();
        let Reverse((time, rank)) = self.heads.pop()?;
        self.current = Some(rank);
        self.latest_turn = self.latest_turn.max(time);
        let head = self.heads.peek().map(|&Reverse(head)| head);
        let waiting = self.waiting.last().map(|waiting| (waiting.first, waiting.rank));
        self.horizon = [head, waiting].into_iter().flatten().min();
        self.open[rank].as_ref().map(|opened| opened.head)
    }

    #[inline(always)]
    fn current_frame(&self, record: &Record) -> Option<Frame<'_>> {
        let opened = self.open.get(self.current?)?.as_deref()?;
        Some(opened.reader.frame(record))
    }

    fn open_those_whose_time_has_come(&mut self) {
        while let Some(next) = self.waiting.last() {
            let come =
                self.heads.peek().is_none_or(|Reverse(head)| (next.first, next.rank) < *head);
            if !come || self.open_count >= self.options.max_open && !self.heads.is_empty() {
                return;
            }
            if let Some(next) = self.waiting.pop() {
                self.open_again(&next);
            }
        }
    }

    fn open_again(&mut self, waiting: &Waiting) {
        self.late += usize::from(waiting.first < self.latest_turn);
        match self.reopen(&waiting.path) {
            Ok(reader) => self.begin(reader, waiting.rank),
            Err(error) => self.errors.push(error),
        }
    }

    fn reopen(&mut self, path: &Path) -> Result<CaptureReader<Box<dyn Read + Send>>, CaptureError> {
        let file = File::open(path).map_err(|source| unopened(path, source))?;
        let bytes: Box<dyn Read + Send> = match &mut self.through {
            Some(through) => through(path, file),
            None => Box::new(file),
        };
        CaptureReader::named(bytes, Input::Path(path.to_owned()), self.options.reader.clone())
    }

    fn begin(&mut self, mut reader: CaptureReader<Box<dyn Read + Send>>, rank: usize) {
        match reader.advance() {
            Ok(Some(record)) => {
                self.heads.push(Reverse((record.time, rank)));
                self.open[rank] = Some(Box::new(Opened { reader, head: record }));
                self.open_count += 1;
                return;
            }
            Ok(None) => {}
            Err(error) => self.errors.push(error),
        }
        self.account(*reader.stats(), reader.bytes_read());
    }

    #[cold]
    fn close(&mut self, rank: usize) {
        if let Some(opened) = self.open.get_mut(rank).and_then(Option::take) {
            self.open_count -= 1;
            self.account(*opened.reader.stats(), opened.reader.bytes_read());
        }
    }

    fn account(&mut self, stats: CaptureStats, bytes: u64) {
        self.stats = self.stats.plus(&stats);
        self.bytes_read += bytes;
    }

    /// Every good frame is out: what was wrong is told now, once.
    #[cold]
    fn tell_errors(&mut self) -> Result<(), CaptureError> {
        let mut errors = std::mem::take(&mut self.errors);
        match errors.len() {
            0 => Ok(()),
            1 => errors.pop().map_or(Ok(()), Err),
            _ => Err(CaptureError::Several { captures: self.captures(), errors }),
        }
    }
}

impl FrameSource for CaptureSet {
    type Error = CaptureError;

    // Always, for the reason that a single reader's is.
    #[inline(always)]
    fn next_frame(&mut self) -> Result<Option<Frame<'_>>, CaptureError> {
        if let Some(record) = self.stay() {
            return Ok(self.current_frame(&record));
        }
        match self.turn() {
            Some(record) => Ok(self.current_frame(&record)),
            None => self.tell_errors().map(|()| None),
        }
    }
}

impl fmt::Debug for CaptureSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CaptureSet")
            .field("captures", &self.captures())
            .field("stats", &self.stats())
            .field("errors", &self.errors)
            .finish_non_exhaustive()
    }
}

/// Whether a capture broke, rather than never having been one that can be read.
fn is_damage(error: &CaptureError) -> bool {
    matches!(
        error,
        CaptureError::Broken { .. } | CaptureError::Decompress { .. } | CaptureError::Read { .. }
    )
}

fn unopened(path: &Path, source: io::Error) -> CaptureError {
    CaptureError::Open { path: path.to_owned(), source }
}
