//! Writes the seeds of every target into its corpus.

// A program speaks through its output.
#![allow(clippy::print_stdout)]

use netsift_fuzz_bodies::{TARGETS, seeds};

fn main() -> std::io::Result<()> {
    for target in TARGETS {
        println!("{}: {} seeds", target.name, seeds::write(target)?);
    }
    Ok(())
}
