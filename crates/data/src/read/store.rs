//! Rows of all parts, column by column.

use std::hash::{BuildHasher, Hasher};
use std::sync::{Mutex, PoisonError};

use foldhash::quality::RandomState;

use super::assembly::Part;
use super::plan::Plan;
use super::repeats::each_thread;

/// How many rows are turned at a time: their cells of eight columns are in the first cache.
const TURNED_ROWS: usize = 64;

/// Cells of rows, a column behind the other, with what equal rows are found by.
#[derive(Debug, Default)]
pub(crate) struct Store {
    /// How many rows each column has room for. Rooms that were never written to take no memory.
    pub(crate) capacity: usize,
    pub(crate) rows: usize,
    pub(crate) cells: Vec<f64>,
    pub(crate) times: Vec<i64>,
    /// Of all of each row, and, where there are labels, of its cells in the matrix.
    pub(crate) row_hashes: Vec<Hash>,
    pub(crate) matrix_hashes: Vec<Hash>,
}

/// Where rows go that come next.
#[derive(Default)]
pub(crate) struct Room<'s> {
    columns: Vec<&'s mut [f64]>,
    times: &'s mut [i64],
    row_hashes: &'s mut [Hash],
    matrix_hashes: &'s mut [Hash],
}

/// What rows are found and told apart by.
pub(crate) type Hash = [u64; 2];

/// Keys of hashes, other ones in every run: nobody can make rows that are only said to be equal.
#[derive(Clone, Debug, Default)]
pub(crate) struct Keys([RandomState; 2]);

impl Store {
    pub(crate) fn new(capacity: usize, plan: &Plan<'_>) -> Self {
        Self {
            capacity,
            rows: 0,
            cells: vec![0.0; capacity * plan.stride],
            times: vec![0; if plan.has_time { capacity } else { 0 }],
            row_hashes: vec![[0; 2]; capacity],
            matrix_hashes: vec![[0; 2]; if plan.label.is_some() { capacity } else { 0 }],
        }
    }

    /// All of its room.
    pub(crate) fn room(&mut self) -> Room<'_> {
        Room {
            columns: self.cells.chunks_exact_mut(self.capacity.max(1)).collect(),
            times: &mut self.times,
            matrix_hashes: &mut self.matrix_hashes,
            row_hashes: &mut self.row_hashes,
        }
    }

    /// With the rows of more parts behind its own.
    pub(crate) fn with(
        self,
        parts: Vec<Part>,
        plan: &Plan<'_>,
        keys: &Keys,
        threads: usize,
    ) -> Self {
        if parts.is_empty() {
            return self;
        }
        let rows = self.rows + parts.iter().map(Part::rows).sum::<usize>();
        let mut all = Self::new(rows, plan);
        all.rows = rows;
        let mut room = all.room();
        room.cut_off(self.rows).copy(&self);
        drop(self);
        let jobs = parts.into_iter().map(|part| (room.cut_off(part.rows()), part));
        let jobs: Vec<(Room<'_>, Part)> = jobs.collect();
        let jobs = Mutex::new(jobs.into_iter());
        each_thread(threads, |_| {
            let next = || jobs.lock().unwrap_or_else(PoisonError::into_inner).next();
            while let Some((room, part)) = next() {
                room.fill(&part, plan, keys);
            }
        });
        drop(jobs);
        all
    }

    /// The cells of a column.
    pub(crate) fn column(&self, place: usize) -> &[f64] {
        let start = place * self.capacity;
        self.cells.get(start..start + self.rows).unwrap_or_default()
    }

    pub(crate) fn column_mut(&mut self, place: usize) -> &mut [f64] {
        let start = place * self.capacity;
        self.cells.get_mut(start..start + self.rows).unwrap_or_default()
    }

    /// Leaves only rows that are `kept`.
    pub(crate) fn retain(&mut self, kept: &[bool], plan: &Plan<'_>) {
        let mut rows = 0;
        for place in 0..plan.stride {
            rows = compacted(self.column_mut(place), kept);
        }
        compacted(&mut self.times, kept);
        self.times.truncate(if plan.has_time { rows } else { 0 });
        self.rows = if plan.stride == 0 { kept.iter().filter(|kept| **kept).count() } else { rows };
    }
}

/// Moves what is kept to the front, and tells how many there are.
fn compacted<T: Copy>(all: &mut [T], kept: &[bool]) -> usize {
    let mut count = 0;
    for place in 0..all.len().min(kept.len()) {
        if kept.get(place) == Some(&true) {
            all.copy_within(place..=place, count);
            count += 1;
        }
    }
    count
}

impl<'s> Room<'s> {
    pub(crate) fn rows(&self) -> usize {
        self.row_hashes.len()
    }

    /// The room of so many rows.
    pub(crate) fn cut_off(&mut self, rows: usize) -> Self {
        Self {
            columns: self.columns.iter_mut().map(|column| cut_off(column, rows)).collect(),
            times: cut_off(&mut self.times, rows),
            matrix_hashes: cut_off(&mut self.matrix_hashes, rows),
            row_hashes: cut_off(&mut self.row_hashes, rows),
        }
    }

    /// Turns the rows of a part, which are as many as there is room for.
    pub(crate) fn fill(mut self, part: &Part, plan: &Plan<'_>, keys: &Keys) {
        let stride = plan.stride.max(1);
        for (block, rows) in part.cells.chunks(stride * TURNED_ROWS).enumerate() {
            for (target, column) in self.columns.iter_mut().enumerate() {
                let to = column.get_mut(block * TURNED_ROWS..).unwrap_or_default();
                let from = rows.get(target..).unwrap_or_default().iter().step_by(stride);
                to.iter_mut().zip(from).for_each(|(to, from)| *to = *from);
            }
        }
        self.times.iter_mut().zip(&part.times).for_each(|(to, from)| *to = *from);
        for (row, of_row) in self.row_hashes.iter_mut().enumerate() {
            let cells = part.cells.get(row * stride..(row + 1) * stride).unwrap_or_default();
            let (matrix, rest) = cells.split_at_checked(plan.width).unwrap_or((cells, &[]));
            let hashers = keys.of_cells(matrix);
            if let Some(of_matrix) = self.matrix_hashes.get_mut(row) {
                *of_matrix = hashers.finish();
            }
            *of_row = hashers.of_row(rest, part.times.get(row).copied());
        }
    }

    /// Takes the rows of another store, which are as many as there is room for.
    fn copy(self, from: &Store) {
        for (place, column) in self.columns.into_iter().enumerate() {
            let start = place * from.capacity;
            let cells = from.cells.get(start..).unwrap_or_default();
            column.iter_mut().zip(cells).for_each(|(to, from)| *to = *from);
        }
        self.times.iter_mut().zip(&from.times).for_each(|(to, from)| *to = *from);
        self.row_hashes.iter_mut().zip(&from.row_hashes).for_each(|(to, from)| *to = *from);
        let hashes = self.matrix_hashes.iter_mut().zip(&from.matrix_hashes);
        hashes.for_each(|(to, from)| *to = *from);
    }
}

fn cut_off<'s, T>(rest: &mut &'s mut [T], rows: usize) -> &'s mut [T] {
    let all = std::mem::take(rest);
    let (first, behind) = all.split_at_mut(rows.min(all.len()));
    *rest = behind;
    first
}

/// Two hashes of one row under way.
struct Hashers<H>([H; 2]);

impl Keys {
    fn of_cells(&self, cells: &[f64]) -> Hashers<impl Hasher + use<>> {
        let mut hashers = Hashers(self.0.each_ref().map(BuildHasher::build_hasher));
        hashers.take(cells);
        hashers
    }
}

impl<H: Hasher> Hashers<H> {
    fn take(&mut self, cells: &[f64]) {
        let [one, other] = &mut self.0;
        for cell in cells {
            let bits = same_bits(*cell);
            one.write_u64(bits);
            other.write_u64(bits);
        }
    }

    fn of_row(mut self, rest: &[f64], time: Option<i64>) -> Hash {
        self.take(rest);
        if let Some(time) = time {
            self.0.iter_mut().for_each(|hasher| hasher.write_i64(time));
        }
        self.finish()
    }

    fn finish(&self) -> Hash {
        self.0.each_ref().map(Hasher::finish)
    }
}

/// The same for what is equal: both zeros, and all that is not a number.
#[inline]
fn same_bits(cell: f64) -> u64 {
    if cell.is_nan() { f64::NAN.to_bits() } else { (cell + 0.0).to_bits() }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use crate::{Defect, Policy, TableReader};

    /// Rows that are long first and short then, or the other way round, so that room is guessed wrong both ways.
    fn table(rows: usize, is_long: impl Fn(usize) -> bool) -> String {
        let mut csv = "a,t,a,l\n".to_owned();
        for row in 0..rows {
            let number = if is_long(row) { row as f64 / 7.0 } else { (row % 10) as f64 };
            writeln!(csv, "{number},{},{number},{}", row % 7, row % 3).unwrap();
        }
        csv
    }

    #[test]
    fn whether_room_is_known_changes_nothing() {
        let reader = TableReader::new().label("l").kind("t", crate::CellKind::Text);
        for (csv, name) in [
            (table(30_000, |_| true), "like the first"),
            (table(30_000, |row| row < 3_000), "shorter"),
            (table(30_000, |row| row > 20_000), "longer"),
            (table(30_000, |row| !(3_000..20_000).contains(&row)), "shorter for a while"),
            (table(0, |_| true), "none"),
        ] {
            let mut file = tempfile::NamedTempFile::new().unwrap();
            std::io::Write::write_all(&mut file, csv.as_bytes()).unwrap();
            for policy in [Policy::Keep, Policy::Drop] {
                let reader = reader.clone().block_bytes(1_000).on(Defect::Duplicate, policy);
                let (known, report) = reader.clone().threads(3).read_path(file.path()).unwrap();
                let (unknown, other) = reader.threads(1).read(csv.as_bytes()).unwrap();
                assert_eq!(known, unknown, "{name}");
                assert_eq!((report.rows, report.defects), (other.rows, other.defects), "{name}");
                assert_eq!(known.schema().names().collect::<Vec<_>>(), ["a", "t"], "{name}");
            }
        }
    }
}
