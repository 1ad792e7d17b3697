//! Programs in Python beside ours: rows are handed to them in files, and what they say of these is read back.

use std::error::Error;
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::Path;
use std::process::Command;

use ndarray::ArrayView2;
use serde_json::Value;

/// What a Python prints, as JSON, that runs a script of `peers` with these arguments on so many threads.
///
/// # Errors
/// What it says, if it fails.
pub fn ask(
    python: &Path,
    script: &str,
    arguments: impl IntoIterator<Item = impl AsRef<OsStr>>,
    threads: usize,
) -> Result<Value, Box<dyn Error>> {
    let mut command = Command::new(python);
    command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("peers").join(script)).args(arguments);
    for variable in ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"] {
        command.env(variable, threads.to_string());
    }
    let output = command.output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// Writes cells as numbers that any language reads: row by row, the smallest byte first.
///
/// # Errors
/// What writing says.
pub fn write_rows(path: &Path, rows: ArrayView2<'_, f64>) -> io::Result<()> {
    fs::write(path, rows.iter().flat_map(|cell| cell.to_le_bytes()).collect::<Vec<u8>>())
}

/// Reads such numbers.
///
/// # Errors
/// What reading says.
pub fn read_numbers(path: &Path) -> io::Result<Vec<f64>> {
    let bytes = fs::read(path)?;
    let (numbers, _) = bytes.as_chunks::<8>();
    Ok(numbers.iter().map(|bytes| f64::from_le_bytes(*bytes)).collect())
}

/// The mean of numbers; 0 of none.
pub fn mean(numbers: impl Iterator<Item = f64> + Clone) -> f64 {
    numbers.clone().sum::<f64>() / numbers.count().max(1) as f64
}

/// By how much the mean of these may be off by chance.
#[must_use]
pub fn standard_error(numbers: &[f64]) -> f64 {
    let mean = mean(numbers.iter().copied());
    let squares: f64 = numbers.iter().map(|number| (number - mean).powi(2)).sum();
    let count = numbers.len() as f64;
    (squares / (count - 1.0).max(1.0) / count).sqrt()
}
