//! The ratios that are promised, measured in one run: `ratios [CAPTURE]` prints a table for the record.
//!
//! Without a capture one of two million packets is made of the reference captures' frames.

#![allow(clippy::print_stdout)] // a program: printing is what it is for

use std::error::Error;
use std::hint::black_box;
use std::path::{Path, PathBuf};

use netsift_benches::duel::{Duel, processor_time};
use netsift_benches::reading::{read_ours, read_theirs, walk_bare, write_capture};
use netsift_benches::{Facts, Mix, ours, theirs};
use netsift_capture::{CaptureWriter, WriterOptions};
use netsift_packet::{Frame, FrameSource};
use netsift_synth::{Generator, Scenario};

const ROUNDS: usize = 15;
const PACKETS: u64 = 2_000_000;
/// Readings of a capture in one turn: processor time is told in ticks of some milliseconds.
const READINGS: u64 = 5;
/// Larger than the last-level caches of the machines this is run on.
const MEMORY: usize = 512 << 20;
/// One frame in this many stays in the second-level cache.
const CACHE_STEP: usize = 40;

fn main() -> Result<(), Box<dyn Error>> {
    let mix = Mix::of_reference_captures().ok_or("the shared reference captures are missing")?;
    println!("| case | ours, ns a packet | theirs | ratio (median of {ROUNDS} pairs) |");
    println!("|---|---|---|---|");
    println!("{}", parse("parse, from cache, against etherparse", &mix.sample(CACHE_STEP), 2_000));
    println!("{}", parse("parse, from memory, against etherparse", &mix.grown_to(MEMORY), 1));
    match std::env::args_os().nth(1) {
        Some(path) => whole_captures(Path::new(&path))?,
        None => {
            let made = Made(std::env::temp_dir().join("netsift-ratios.pcap"));
            write_capture(&mix, PACKETS, &made.0)?;
            whole_captures(&made.0)?;
        }
    }
    synth()
}

/// A capture that goes when it is no longer needed, failure or not.
struct Made(PathBuf);

impl Drop for Made {
    fn drop(&mut self) {
        drop(std::fs::remove_file(&self.0));
    }
}

fn parse(name: &str, mix: &Mix, repeats: u64) -> Duel {
    Duel::fight(
        name,
        mix.len() as u64 * repeats,
        ROUNDS,
        || (0..repeats).for_each(|_| read_all(mix, ours)),
        || (0..repeats).for_each(|_| read_all(mix, theirs)),
    )
}

fn read_all(mix: &Mix, read: impl Fn(Frame<'_>) -> Option<Facts>) {
    for frame in mix.frames() {
        black_box(read(frame));
    }
}

fn whole_captures(path: &Path) -> Result<(), Box<dyn Error>> {
    let packets = read_ours(path)?;
    assert_eq!(packets, read_theirs(path)?, "both read the same packets");
    assert_eq!(packets, walk_bare(path)?, "the bare walk meets the same packets");
    let ours = || (0..READINGS).for_each(|_| _ = black_box(read_ours(path)));
    let rivals = || (0..READINGS).for_each(|_| _ = black_box(read_theirs(path)));
    let bare = || (0..READINGS).for_each(|_| _ = black_box(walk_bare(path)));
    let items = packets * READINGS;
    let name = "read + parse, against pcap-parser + etherparse";
    let fight = Duel::fight(name, items, ROUNDS, ours, rivals);
    println!("{fight}");
    let name = "read + parse, against a bare walk over the record headers";
    let fight = Duel::fight(name, items, ROUNDS, ours, bare);
    println!("{fight}");
    let megabytes = std::fs::metadata(path)?.len() >> 20;
    println!("\nThe whole capture: {packets} packets, {megabytes} MiB.");
    Ok(())
}

fn synth() -> Result<(), Box<dyn Error>> {
    let mut bytes = 0;
    let mut failed = None;
    let time = processor_time(&mut || match generate() {
        Ok(written) => bytes = written,
        Err(error) => failed = Some(error),
    });
    if let Some(error) = failed {
        return Err(error);
    }
    let rate = PACKETS as f64 / time.as_secs_f64() / 1e6;
    println!("synth: {rate:.2} million packets a second to a capture of {} MiB.", bytes >> 20);
    Ok(())
}

fn generate() -> Result<u64, Box<dyn Error>> {
    let mut generator = Generator::labelled(&Scenario::new(1).packets(PACKETS))?;
    let mut writer = CaptureWriter::new(Counted(0), WriterOptions::new())?;
    while let Some(frame) = generator.next_frame()? {
        writer.write(&frame)?;
        generator.ended_flows().for_each(|flow| _ = black_box(flow));
    }
    Ok(writer.finish()?.0)
}

/// Takes bytes and keeps their number.
struct Counted(u64);

impl std::io::Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0 += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
