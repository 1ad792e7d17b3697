//! How a page was made: what was run, and on what.

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::sync::{Arc, Mutex, PoisonError};

use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::error::ReportError;

/// What somebody needs to make the same page again.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Made {
    /// The program and its version.
    pub program: String,
    /// The command line.
    pub command: String,
    /// When, in words of whoever has a clock.
    pub at: Option<String>,
    /// What was read.
    pub inputs: Vec<Input>,
}

/// Something that was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Input {
    /// Its name.
    pub name: String,
    /// How many bytes it has.
    pub bytes: u64,
    /// Its SHA-256 sum, in hexadecimal digits.
    pub sha256: String,
}

impl Input {
    /// Reads to the end, in pieces, and tells what was read.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    pub fn of(name: impl Into<String>, input: impl Read) -> Result<Self, ReportError> {
        let (name, sums) = (name.into(), Sums::default());
        let mut summed = sums.through(name.clone(), input);
        let read = io::copy(&mut summed, &mut io::sink());
        let told = read.map(|_| summed.told());
        told.map_err(|source| ReportError::Input { name, source })
    }
}

/// The sums of inputs that are read for something else.
///
/// ```
/// use std::io::Read;
/// use netsift_report::Sums;
///
/// # fn main() -> std::io::Result<()> {
/// let sums = Sums::default();
/// sums.through("abc", &b"abc"[..]).read_to_end(&mut Vec::new())?;
/// assert!(sums.of("abc").is_some_and(|input| input.sha256.starts_with("ba7816bf")));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Default)]
pub struct Sums(Arc<Mutex<BTreeMap<String, Input>>>);

impl Sums {
    /// The same bytes, which are summed up on their way.
    pub fn through<R: Read>(&self, name: impl Into<String>, input: R) -> Summed<R> {
        Summed { name: name.into(), input, sum: Sha256::new(), bytes: 0, sums: self.clone() }
    }

    /// What was read under a name, if it was read to its end.
    #[must_use]
    pub fn of(&self, name: &str) -> Option<Input> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }
}

/// Bytes that are summed up on their way.
pub struct Summed<R> {
    name: String,
    input: R,
    sum: Sha256,
    bytes: u64,
    sums: Sums,
}

impl<R> Summed<R> {
    fn told(&self) -> Input {
        let sum = self.sum.clone().finalize();
        let sha256 = sum.iter().map(|byte| format!("{byte:02x}")).collect();
        Input { name: self.name.clone(), bytes: self.bytes, sha256 }
    }
}

impl<R: Read> Read for Summed<R> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let read = self.input.read(room)?;
        self.sum.update(room.get(..read).unwrap_or_default());
        self.bytes += read as u64;
        if read == 0 && !room.is_empty() {
            let mut sums = self.sums.0.lock().unwrap_or_else(PoisonError::into_inner);
            sums.insert(self.name.clone(), self.told());
        }
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_input_is_told_by_its_sum() {
        let input = Input::of("abc", &b"abc"[..]).unwrap();
        let sum = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!((input.bytes, input.sha256.as_str()), (3, sum));
        let long = Input::of("long", std::io::repeat(0).take(1_000_000)).unwrap();
        assert!(long.sha256.starts_with("d29751f2649b32ff572b5e0a9f541ea6"), "{}", long.sha256);
    }

    #[test]
    fn what_is_not_read_to_its_end_has_no_sum() {
        let sums = Sums::default();
        let mut summed = sums.through("abc", &b"abc"[..]);
        summed.read_exact(&mut [0; 3]).unwrap();
        assert_eq!(summed.read(&mut []).unwrap(), 0, "no room is no end");
        assert_eq!(sums.of("abc"), None);
        assert_eq!(summed.read(&mut [0; 3]).unwrap(), 0);
        assert_eq!(sums.of("abc"), Some(Input::of("abc", &b"abc"[..]).unwrap()));
    }
}
