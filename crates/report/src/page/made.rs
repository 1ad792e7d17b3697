//! How a page was made: what was run, and on what.

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::sync::{Arc, Mutex, PoisonError};

use serde::Serialize;

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
    /// Its BLAKE3 sum, in hexadecimal digits, as `b3sum` tells it.
    pub blake3: String,
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
/// assert!(sums.of("abc").is_some_and(|input| input.blake3.starts_with("6437b3ac")));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Default)]
pub struct Sums(Arc<Mutex<BTreeMap<String, Input>>>);

impl Sums {
    /// The same bytes, which are summed up on their way.
    pub fn through<R: Read>(&self, name: impl Into<String>, input: R) -> Summed<R> {
        Summed {
            name: name.into(),
            input,
            sum: blake3::Hasher::new(),
            bytes: 0,
            sums: self.clone(),
        }
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
    sum: blake3::Hasher,
    bytes: u64,
    sums: Sums,
}

impl<R> Summed<R> {
    fn told(&self) -> Input {
        let blake3 = self.sum.finalize().to_hex().to_string();
        Input { name: self.name.clone(), bytes: self.bytes, blake3 }
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
        let sum = "6437b3ac38465133ffb63b75273a8db548c558465d79db03fd359c6cd5bd9d85";
        assert_eq!((input.bytes, input.blake3.as_str()), (3, sum));
        let long = Input::of("long", std::io::repeat(0).take(1_000_000)).unwrap();
        assert!(long.blake3.starts_with("c211bb2e5afbd0efa21659d5578ea302"), "{}", long.blake3);
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
