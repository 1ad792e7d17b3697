//! How a page was made: what was run, and on what.

use std::io::Read;

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
    pub fn of(name: impl Into<String>, mut input: impl Read) -> Result<Self, ReportError> {
        const PIECE: usize = 1 << 16;
        let (name, mut sum, mut bytes) = (name.into(), Sha256::new(), 0);
        let mut piece = vec![0; PIECE];
        loop {
            match input.read(&mut piece) {
                Ok(0) => break,
                Ok(read) => {
                    sum.update(&piece[..read]);
                    bytes += read as u64;
                }
                Err(source) if source.kind() == std::io::ErrorKind::Interrupted => {}
                Err(source) => return Err(ReportError::Input { name, source }),
            }
        }
        let sha256 = sum.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Self { name, bytes, sha256 })
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
}
