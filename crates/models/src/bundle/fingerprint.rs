//! Which rows a model was trained on, in a few bytes: so that judging it on them is noticed.

use netsift_data::{Classes, DataError, Dataset, Schema};
use serde::{Deserialize, Serialize};

use crate::check::sound;
use crate::{Checked, ModelError};

/// Hashes that are kept: 512 KiB of them. Of a training that has more different rows, those with the smallest hashes
/// stand for all, which is a sample that both sides draw alike.
const MOST_HASHES: usize = 1 << 16;
/// Rows whose hashes are made at a time: their sums stay near the processor.
const BLOCK_ROWS: usize = 1 << 12;

/// Hashes of rows. A hash says nothing of a row to who does not have it; who has a row can ask whether it was there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fingerprint {
    /// In rising order, each once.
    hashes: Vec<u64>,
    /// The greatest hash that is looked at.
    last: u64,
}

/// Rows that were looked for in a [`Fingerprint`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Seen {
    /// How many were looked for: all, or those of the sample.
    pub looked_at: u64,
    /// How many of them were there.
    pub found: u64,
}

impl Fingerprint {
    /// Of the rows of these columns, cell by cell; labels do not count.
    ///
    /// # Errors
    /// [`DataError::MissingColumns`].
    pub fn of(data: &Dataset, columns: &Schema) -> Result<Self, ModelError> {
        let mut hashes = hashes(data, columns)?;
        hashes.sort_unstable();
        hashes.dedup();
        if hashes.len() <= MOST_HASHES {
            return Ok(Self { hashes, last: u64::MAX });
        }
        hashes.truncate(MOST_HASHES);
        let last = hashes.last().copied().unwrap_or(u64::MAX);
        Ok(Self { hashes, last })
    }

    /// How many rows of these were there.
    ///
    /// # Errors
    /// [`DataError::MissingColumns`].
    pub fn look(&self, data: &Dataset, columns: &Schema) -> Result<Seen, ModelError> {
        let mut seen = Seen::default();
        for hash in hashes(data, columns)?.into_iter().filter(|hash| *hash <= self.last) {
            seen.looked_at += 1;
            seen.found += u64::from(self.hashes.binary_search(&hash).is_ok());
        }
        Ok(seen)
    }

    /// How many different rows it knows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.hashes.len()
    }

    /// Whether it knows none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.hashes.is_empty()
    }
}

impl Seen {
    /// How much of what was looked for was there; nothing of nothing.
    #[must_use]
    pub fn share(&self) -> f64 {
        if self.looked_at == 0 { 0.0 } else { self.found as f64 / self.looked_at as f64 }
    }
}

impl Checked for Fingerprint {
    fn check(&self) -> Result<(), ModelError> {
        sound(self.hashes.len() <= MOST_HASHES, "a fingerprint of bounded size")?;
        let is_rising = self.hashes.is_sorted_by(|one, other| one < other);
        sound(is_rising, "a fingerprint's hashes rise")?;
        let is_within = self.hashes.last().is_none_or(|hash| *hash <= self.last);
        sound(is_within, "a fingerprint's hashes are those that are looked at")
    }
}

/// A hash of each row: 64 bits of its cells in the order of `columns`, texts by their letters. Two rows of a table of a
/// million share one by chance in one of forty million tables.
fn hashes(data: &Dataset, columns: &Schema) -> Result<Vec<u64>, ModelError> {
    let places = data.schema().places(columns.names())?;
    let sources: Vec<Source<'_>> =
        places.iter().map(|&place| Source::of(data, place)).collect::<Result<_, _>>()?;
    let mut hashes = vec![0; data.rows()];
    for (number, block) in hashes.chunks_mut(BLOCK_ROWS).enumerate() {
        let first = number * BLOCK_ROWS;
        // Column by column, as cells lie.
        for source in &sources {
            for (row, hash) in block.iter_mut().enumerate() {
                *hash = mixed(*hash ^ source.bits(first + row));
            }
        }
    }
    Ok(hashes)
}

/// A column, and what its texts count as.
struct Source<'a> {
    cells: ndarray::ArrayView1<'a, f64>,
    texts: Option<Vec<u64>>,
}

impl<'a> Source<'a> {
    fn of(data: &'a Dataset, place: usize) -> Result<Self, DataError> {
        let texts = data.schema().fields().get(place).and_then(|field| field.texts());
        let cells = data.column(place).ok_or(DataError::UnnamedColumn { column: place })?;
        let of_texts = |texts: &Classes| texts.names().map(hash_of).collect();
        Ok(Self { cells, texts: texts.map(of_texts) })
    }

    fn bits(&self, row: usize) -> u64 {
        let cell = self.cells.get(row).copied().unwrap_or(f64::NAN);
        if cell.is_nan() {
            return MISSING;
        }
        match &self.texts {
            Some(texts) => texts.get(cell as usize).copied().unwrap_or(MISSING),
            // Both zeros are one.
            None => (cell + 0.0).to_bits(),
        }
    }
}

/// What no cell is: a number that is none, of a payload that arithmetic never makes.
const MISSING: u64 = 0x7ff8_6e73_6966_7431;

/// A hash of a text that is the same on every machine and in every version.
pub(super) fn hash_of(text: &str) -> u64 {
    let chunk = |bytes: &[u8]| bytes.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte));
    let start = mixed(text.len() as u64);
    text.as_bytes().chunks(8).fold(start, |hash, bytes| mixed(hash ^ chunk(bytes)))
}

/// One hash after another.
pub(super) fn joined(one: u64, other: u64) -> u64 {
    mixed(one ^ other)
}

/// A permutation of 64 bits in which every bit decides about every other (the finalizer of SplitMix64, behind an odd
/// addend so that zero does not stay zero).
fn mixed(bits: u64) -> u64 {
    let bits = bits.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let bits = (bits ^ bits >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let bits = (bits ^ bits >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ bits >> 31
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};
    use netsift_data::Field;

    use super::*;

    fn numbers(rows: Array2<f64>) -> Dataset {
        let names = (0..rows.ncols()).map(|column| format!("c{column}"));
        Dataset::new(Schema::numbers(names).unwrap(), rows).unwrap()
    }

    #[test]
    fn rows_are_found_whatever_the_order_of_columns_and_texts() {
        let texts = |texts: [&str; 2]| Field::text("p", Classes::new(texts).unwrap());
        let one = Schema::new([Field::number("a"), texts(["tcp", "udp"])]).unwrap();
        let data = Dataset::new(one.clone(), array![[1.0, 0.0], [-0.0, 1.0], [f64::NAN, 1.0]]);
        let known = Fingerprint::of(&data.unwrap(), &one).unwrap();
        let other = Schema::new([texts(["udp", "tcp"]), Field::number("a")]).unwrap();
        let rows = array![[1.0, 1.0], [0.0, 0.0], [0.0, -f64::NAN], [1.0, 0.0], [0.0, 1.0]];
        let data = Dataset::new(other, rows).unwrap();
        assert_eq!(known.look(&data, &one).unwrap(), Seen { looked_at: 5, found: 3 });
        assert!(known.look(&data.pick(["a"]).unwrap(), &one).is_err());
    }

    #[test]
    fn of_many_rows_a_sample_stands_for_all() {
        let data =
            numbers(Array2::from_shape_fn((200_000, 2), |(row, column)| (row + column) as f64));
        let known = Fingerprint::of(&data.slice(0..150_000), data.schema()).unwrap();
        known.check().unwrap();
        assert_eq!(known.len(), MOST_HASHES);
        let seen = known.look(&data, data.schema()).unwrap();
        assert!((80_000..95_000).contains(&seen.looked_at), "{seen:?}");
        assert!((seen.share() - 0.75).abs() < 0.01, "{seen:?}");
        let other = known.look(&data.slice(150_000..200_000), data.schema()).unwrap();
        assert_eq!(other.found, 0);
    }

    #[test]
    fn forged_fingerprints_are_unsound() {
        for (hashes, last) in [(vec![2, 1], 9), (vec![1, 1], 9), (vec![1, 3], 2)] {
            assert!(Fingerprint { hashes, last }.check().is_err());
        }
        let long = (0..=MOST_HASHES as u64).collect();
        assert!(Fingerprint { hashes: long, last: u64::MAX }.check().is_err());
    }

    #[test]
    fn hashes_stay_what_they_are() {
        // What files hold: another number here makes every fingerprint forget its rows.
        assert_eq!(hash_of("Flow Duration"), HASH_OF_FLOW_DURATION);
        let data = numbers(array![[1.5, 2.0]]);
        assert_eq!(hashes(&data, data.schema()).unwrap(), [HASH_OF_A_ROW]);
    }

    const HASH_OF_FLOW_DURATION: u64 = 0xe22e_3204_409c_5f09;
    const HASH_OF_A_ROW: u64 = 0xd459_ece6_e975_ee2c;
}
