//! A rival as a whole program: `flows_flowscope CAPTURE OUT` writes flowscope's features, a line of JSON a flow.
//!
//! It is the pipeline of flowscope's own example, with a large buffer and events that nobody reads left out.

use std::error::Error;
use std::fs::File;
use std::io::{BufWriter, Write};

use flowscope::pcap::PcapFlowSource;
use netsift_benches::flowscope::{tracker, write_line};

const BUFFER: usize = 256 << 10;

fn main() -> Result<(), Box<dyn Error>> {
    let mut paths = std::env::args_os().skip(1);
    let capture = paths.next().ok_or("which capture?")?;
    let out = paths.next().ok_or("where to?")?;
    let mut out = BufWriter::with_capacity(BUFFER, File::create(out)?);
    let mut tracker = tracker();
    for view in PcapFlowSource::open(capture)?.views() {
        for event in tracker.track(&view?) {
            write_line(&event, &mut out)?;
        }
    }
    for event in tracker.finish() {
        write_line(&event, &mut out)?;
    }
    Ok(out.flush()?)
}
