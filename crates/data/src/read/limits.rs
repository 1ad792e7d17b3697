//! How much of a table is taken, so that memory stays within what is stated.

use crate::DataError;

/// How long a row may be: flow tables have rows of a few kilobytes, and a cut quote swallows no more than this.
const MAX_ROW_BYTES: usize = 1 << 20;
/// How many columns a table may have: the widest known ones (bits of packets) have some thousands.
const MAX_COLUMNS: usize = 1 << 16;
/// How many different texts a column may hold. An identity of each flow of a large table is beyond it: such a
/// column is to be left out, since nothing can be learnt from it.
const MAX_TEXTS: usize = 1 << 22;
/// How many bytes the different texts of all columns may take.
const MAX_TEXT_BYTES: usize = 1 << 30;
/// How many cells may be kept: 16 GiB of numbers.
const MAX_CELLS: u64 = 1 << 31;
/// How many bytes are read, after decompression.
const MAX_BYTES: u64 = 1 << 40;

/// The most rows that can be told apart.
pub(crate) const MAX_ROWS: u64 = u32::MAX as u64 - 1;
/// How many tables are open at once: well below the usual 1,024 descriptors of a process.
pub(crate) const MAX_TABLES: usize = 512;
/// How much a thread parses at a time: what it makes of it stays in the second cache.
pub(crate) const BLOCK_BYTES: usize = 256 * 1024;
/// How many rows of a table are looked at to tell what its columns hold...
pub(crate) const SAMPLE_ROWS: usize = 1_000;
/// ... and how many bytes and cells at most, while there are columns of which those rows tell nothing.
pub(crate) const SAMPLE_BYTES: usize = 4 * 1024 * 1024;
pub(crate) const SAMPLE_CELLS: usize = 4 * 1024 * 1024;
/// How deep objects may be nested in each other.
pub(crate) const MAX_DEPTH: usize = 64;
/// How long a key may be, those of the objects around it included: each of many keys within repeats them.
pub(crate) const MAX_KEY_BYTES: usize = 1_024;
/// How many different keys that the first rows lack are counted by name: whoever makes up more has no use for them.
pub(crate) const MAX_UNKNOWN_KEYS: usize = 1_000;
/// Of how many places of each defect the report tells.
pub(crate) const MAX_PLACES: usize = 5;

/// What a table may take. Beyond it, reading ends with [`DataError::Limit`]; a row that is too long is a
/// [defect](crate::Defect::OverLong).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    pub(crate) row_bytes: usize,
    pub(crate) columns: usize,
    pub(crate) texts: usize,
    pub(crate) text_bytes: usize,
    pub(crate) rows: u64,
    pub(crate) cells: u64,
    pub(crate) bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            row_bytes: MAX_ROW_BYTES,
            columns: MAX_COLUMNS,
            texts: MAX_TEXTS,
            text_bytes: MAX_TEXT_BYTES,
            rows: MAX_ROWS,
            cells: MAX_CELLS,
            bytes: MAX_BYTES,
        }
    }
}

impl Limits {
    /// The longest row, in bytes. Default: 1 MiB.
    #[must_use]
    pub fn row_bytes(self, most: usize) -> Self {
        Self { row_bytes: most, ..self }
    }

    /// The most columns. Default: 65,536.
    #[must_use]
    pub fn columns(self, most: usize) -> Self {
        Self { columns: most, ..self }
    }

    /// The most different texts of a column. Default: 4,194,304.
    #[must_use]
    pub fn texts(self, most: usize) -> Self {
        Self { texts: most, ..self }
    }

    /// The most bytes that different texts take, all columns together. Default: 1 GiB.
    #[must_use]
    pub fn text_bytes(self, most: usize) -> Self {
        Self { text_bytes: most, ..self }
    }

    /// The most rows. Default: as many as 32 bits can number.
    #[must_use]
    pub fn rows(self, most: u64) -> Self {
        Self { rows: most, ..self }
    }

    /// The most cells that are kept, of eight bytes each. Default: 2,147,483,648, which are 16 GiB.
    #[must_use]
    pub fn cells(self, most: u64) -> Self {
        Self { cells: most, ..self }
    }

    /// The most bytes read, after decompression. Default: 1 TiB.
    #[must_use]
    pub fn bytes(self, most: u64) -> Self {
        Self { bytes: most, ..self }
    }

    pub(crate) fn check(&self) -> Result<(), DataError> {
        let positive = "at least 1";
        let rules = [
            ("row_bytes", self.row_bytes as u64, self.row_bytes > 0, positive),
            ("columns", self.columns as u64, self.columns > 0, positive),
            ("rows", self.rows, self.rows <= MAX_ROWS, "at most 4294967294"),
            ("texts", self.texts as u64, (self.texts as u64) <= MAX_ROWS, "at most 4294967294"),
        ];
        let wrong = rules.into_iter().find(|(_, _, holds, _)| !holds);
        wrong.map_or(Ok(()), |(name, value, _, rule)| {
            Err(DataError::Setting { parameter: name, value: value.to_string().into(), rule })
        })
    }
}
