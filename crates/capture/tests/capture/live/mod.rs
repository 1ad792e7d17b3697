//! Interfaces that the tests make themselves: two network namespaces joined by a pair of virtual interfaces.

mod kept;
mod loss;
mod permissions;
mod rate;
mod read;
mod wire;

use std::time::{Duration, Instant};

use netsift_capture::{Backend, Batch, BatchSource, Event, Fill, Live, LiveOptions, Stop};

use wire::{EXPERIMENTAL, Wire};

/// No test waits longer for what should come.
const PATIENCE: Duration = Duration::from_secs(20);

/// The back ends this build has.
fn backends() -> Vec<Backend> {
    let has_libpcap = cfg!(feature = "live-pcap");
    if has_libpcap { vec![Backend::Pnet, Backend::Libpcap] } else { vec![Backend::Pnet] }
}

/// Only what the other end sends on purpose: the system itself greets a new network.
fn options(backend: Backend) -> LiveOptions {
    let patience = Duration::from_millis(20);
    LiveOptions::new()
        .backend(backend)
        .patience(patience)
        .filter(format!("ether proto {EXPERIMENTAL}"))
}

/// A live source and what came of it.
struct Watch {
    live: Live,
    stop: Stop,
    frames: Batch,
    events: Vec<Event>,
}

impl Watch {
    fn on(interface: &str, options: LiveOptions) -> Self {
        let live = Live::open(interface, options).unwrap();
        Self { stop: live.stopper(), live, frames: Batch::new(), events: Vec::new() }
    }

    /// Reads until what is wished is there.
    #[track_caller]
    fn until(&mut self, is_there: impl Fn(&Self) -> bool) {
        let began = Instant::now();
        while !is_there(self) {
            assert!(began.elapsed() < PATIENCE, "{self:?}");
            self.read();
        }
    }

    /// Reads until nothing came for a while.
    fn until_quiet(&mut self) {
        let mut last = Instant::now();
        while last.elapsed() < Duration::from_millis(300) {
            let before = self.frames.len();
            self.read();
            if self.frames.len() > before {
                last = Instant::now();
            }
        }
    }

    fn read(&mut self) -> bool {
        let mut batch = Batch::new();
        let fill = self.live.fill(&mut batch).unwrap();
        batch.iter().for_each(|frame| self.frames.push(&frame));
        match fill {
            Fill::Event(event) => self.events.push(event),
            Fill::Ended => return false,
            Fill::More => {}
        }
        true
    }

    /// Ends the source, so that everything is counted.
    fn end(&mut self) {
        self.stop.stop();
        while self.read() {}
    }

    /// The numbers that the other end wrote into its frames.
    fn numbers(&self) -> Vec<u64> {
        self.frames.iter().map(|frame| wire::number(frame.data)).collect()
    }
}

impl std::fmt::Debug for Watch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}: {} frames, {:?}", self.live, self.frames.len(), self.events)
    }
}

/// Runs a test for each back end, with a wire of its own.
fn on_a_wire(test: fn(Backend, &mut Wire)) {
    for backend in backends() {
        wire::in_namespaces(move |wire| test(backend, wire));
    }
}
