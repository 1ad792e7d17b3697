//! How many frames a second are read without loss: a measurement, run by hand on a machine that does nothing else.
//!
//! `cargo test --profile dist -p netsift-capture --all-features --test capture -- --ignored --nocapture rate::`

use std::thread;
use std::time::{Duration, Instant};

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;

use netsift_capture::{Backend, Batch, BatchSource, Fill, Live, QueueOptions, Queued, WhenFull};

use super::wire::{HERE, Wire};
use super::{on_a_wire, options};

/// Frames a second that are tried; the last is as many as can be sent.
const RATES: [u64; 7] = [50_000, 100_000, 150_000, 200_000, 300_000, 400_000, u64::MAX];
/// As long as an interactive packet and a full one are together, halved.
const LEN: usize = 400;
const LASTING: Duration = Duration::from_secs(4);

#[test]
#[ignore = "a measurement"]
fn rates() {
    on_a_wire(|backend, wire| RATES.iter().for_each(|&rate| measure(backend, wire, rate)));
}

fn measure(backend: Backend, wire: &mut Wire, rate: u64) {
    let live = Live::open(HERE, options(backend)).unwrap();
    let stop = live.stopper();
    let mut queue = Queued::start(live, QueueOptions::new(WhenFull::Drop)).unwrap();
    let taker = thread::spawn(move || {
        let (mut batch, mut bytes) = (Batch::new(), 0);
        loop {
            batch.clear();
            let fill = queue.fill(&mut batch).unwrap();
            bytes += batch.iter().map(|frame| frame.data.len() as u64).sum::<u64>();
            if fill == Fill::Ended {
                return (queue.stats(), bytes);
            }
        }
    });
    let began = Instant::now();
    let sent = wire.send_at(rate, LASTING, LEN);
    let took = began.elapsed().as_secs_f64();
    thread::sleep(Duration::from_millis(500));
    stop.stop();
    let (stats, bytes) = taker.join().unwrap();
    assert_eq!(bytes, stats.captured_bytes - stats.queue_drops * LEN as u64);
    println!(
        "{backend}: {:.0} a second sent, {sent} in all; missing {}, kernel {:?}, queue {}",
        sent as f64 / took,
        sent - stats.frames,
        stats.kernel_drops,
        stats.queue_drops
    );
}

/// What a frame costs the thread that reads it, however busy the machine is: frames wait in the kernel and are read at
/// once.
#[test]
#[ignore = "a measurement"]
fn costs() {
    const FRAMES: u64 = 30_000;
    const ROUNDS: u64 = 10;
    on_a_wire(|backend, wire| {
        let mut live = Live::open(HERE, options(backend)).unwrap();
        let (mut batch, mut spent, mut seen) = (Batch::new(), Duration::ZERO, 0);
        for _ in 0..ROUNDS {
            wire.send(0..FRAMES, LEN);
            let (wished, before) = (seen + FRAMES, processor_time());
            while seen < wished {
                batch.clear();
                assert_eq!(live.fill(&mut batch).unwrap(), Fill::More);
                seen += batch.len() as u64;
            }
            spent += processor_time() - before;
        }
        println!("{backend}: {} ns a frame", spent.as_nanos() / u128::from(FRAMES * ROUNDS));
    });
}

/// What this thread has used so far.
fn processor_time() -> Duration {
    let usage = getrusage(UsageWho::RUSAGE_THREAD).unwrap();
    let micros = (usage.user_time() + usage.system_time()).num_microseconds();
    Duration::from_micros(micros.cast_unsigned())
}
