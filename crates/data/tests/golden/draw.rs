//! Inputs as `make.py` draws them: splitmix64, integers by remainder, fractions of its upper 53 bits.

use ndarray::{Array2, ShapeBuilder};
use netsift_data::{Classes, Dataset, Field, Labels, Schema};

pub(crate) const WORDS: [&str; 8] = ["dns", "http", "ssh", "ftp", "smtp", "ntp", "tls", "quic"];

pub(crate) struct Draw(pub(crate) u64);

impl Draw {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    pub(crate) fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 * 2_f64.powi(-53)
    }

    pub(crate) fn numbers(&mut self) -> Dataset {
        let (rows, columns) = (2 + self.below(8), 1 + self.below(3));
        table((0..columns).map(|_| self.column(rows, true)).collect())
    }

    pub(crate) fn column(&mut self, rows: u64, missing: bool) -> Vec<f64> {
        let kind = self.below(5);
        let mut cells: Vec<f64> = (0..rows).map(|_| self.cell(kind)).collect();
        for cell in cells.iter_mut().skip(1).filter(|_| missing) {
            if self.below(6) == 0 {
                *cell = f64::NAN;
            }
        }
        cells
    }

    fn cell(&mut self, kind: u64) -> f64 {
        match kind {
            0 => self.unit() * 1000.0 - 500.0,
            1 => self.below(4) as f64,
            2 => 1e6 + self.unit(),
            3 => 0.1,
            _ => self.unit() * 2_f64.powi(self.below(40) as i32),
        }
    }

    pub(crate) fn words(&mut self, rows: u64, most: u64) -> Vec<&'static str> {
        (0..rows).map(|_| WORDS[self.below(most) as usize]).collect()
    }

    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.unit()).sum::<f64>() - 6.0
    }

    /// Two classes that overlap: 120 rows of one, 40 of the other, in three dimensions.
    pub(crate) fn clouds(&mut self) -> Dataset {
        let mut rows: Vec<[f64; 3]> = (0..120).map(|_| [(); 3].map(|()| self.normal())).collect();
        rows.extend(
            (0..40).map(|_| [1.5 + 0.7 * self.normal(), self.normal(), 2.0 * self.normal()]),
        );
        let columns = (0..3).map(|column| rows.iter().map(|row| row[column]).collect()).collect();
        let labels = (0..160).map(|row| if row < 120 { "major" } else { "minor" });
        table(columns).with_labels(Labels::of(labels.collect::<Vec<_>>())).unwrap()
    }
}

/// Columns named by their places.
pub(crate) fn table(columns: Vec<Vec<f64>>) -> Dataset {
    let schema = Schema::numbers((0..columns.len()).map(|place| place.to_string())).unwrap();
    let shape = (columns[0].len(), columns.len()).f();
    Dataset::new(schema, Array2::from_shape_vec(shape, columns.concat()).unwrap()).unwrap()
}

/// One column of texts, numbered as they come up.
pub(crate) fn texts(words: &[&str]) -> Dataset {
    let mut names: Vec<&str> = Vec::new();
    words.iter().for_each(|word| {
        if !names.contains(word) {
            names.push(word);
        }
    });
    let classes = Classes::new(names).unwrap();
    let numbers = words.iter().map(|word| f64::from(classes.number(word).unwrap())).collect();
    let matrix = Array2::from_shape_vec((words.len(), 1), numbers).unwrap();
    Dataset::new(Schema::new([Field::text("s", classes)]).unwrap(), matrix).unwrap()
}
