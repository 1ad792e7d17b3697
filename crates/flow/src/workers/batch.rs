//! Records on their way to a worker.

use crate::Record;
use crate::table::Moment;

/// How many records a batch holds: enough that handing it over costs nothing each, few enough to stay in the
/// cache.
const RECORDS: usize = 256;
/// How many bytes of payloads a batch holds before it goes.
const BYTES: usize = 128 << 10;

/// What a worker is told to do.
pub(super) enum Order {
    /// These records came.
    Take(Batch),
    /// It is this late by the clock of the flows, and was told to be this late.
    Advance(i64, i64),
    /// No more records come.
    Finish,
}

/// Records, and the bytes that they borrow.
#[derive(Default)]
pub(super) struct Batch {
    entries: Vec<Entry>,
    bytes: Vec<u8>,
}

struct Entry {
    /// Without its bytes.
    record: Record<'static>,
    /// Where they start, and how many there are: options, then payload.
    start: u32,
    options: u32,
    payload: u32,
    moment: Moment,
}

impl Batch {
    /// Takes in a record; `true` if that was the last there was room for.
    #[inline]
    pub(super) fn push(&mut self, record: &Record<'_>, moment: Moment) -> bool {
        let (options, payload) = (record.syn_options, record.payload);
        let start = self.bytes.len() as u32;
        self.bytes.extend_from_slice(options);
        self.bytes.extend_from_slice(payload);
        let (options, payload) = (options.len() as u32, payload.len() as u32);
        let record = Record { syn_options: &[], payload: &[], ..*record };
        self.entries.push(Entry { record, start, options, payload, moment });
        self.entries.len() >= RECORDS || self.bytes.len() >= BYTES
    }

    /// Hands over each record with the time at which it came.
    #[inline]
    pub(super) fn each(&self, mut take: impl FnMut(Record<'_>, Moment)) {
        for entry in &self.entries {
            let bytes = self.bytes.get(entry.start as usize..).unwrap_or_default();
            let (options, bytes) =
                bytes.split_at_checked(entry.options as usize).unwrap_or_default();
            let payload = bytes.get(..entry.payload as usize).unwrap_or_default();
            take(Record { syn_options: options, payload, ..entry.record }, entry.moment);
        }
    }

    pub(super) fn clear(&mut self) {
        self.entries.clear();
        self.bytes.clear();
    }
}
