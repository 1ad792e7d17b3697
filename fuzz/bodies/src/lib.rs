//! The bodies of the fuzz targets: plain functions that assert laws.
//!
//! A body takes any bytes, hands them to one reader of the workspace, and panics where a law is
//! broken: "the same bytes read in other pieces give the same frames", not only "it does not crash".
//! Three things run them: `cargo test` over the corpus and a few thousand mutations of it, the program
//! `mutate` over as many as there is time for, and cargo-fuzz with coverage as its guide.
//!
//! ```
//! let target = netsift_fuzz_bodies::Target::named("packet").unwrap();
//! (target.body)(b"any bytes at all");
//! ```

// A broken law is told by a panic: that is what every fuzzer looks for.
#![allow(clippy::panic)]

mod bundle;
mod capture;
mod choices;
mod cic;
mod config;
mod container;
mod dns;
mod facts;
mod filter;
mod flow;
mod flow_state;
mod http;
mod lists;
pub mod mutation;
mod packet;
mod parts;
mod policy;
mod quic;
mod quic_frames;
mod round_trip;
pub mod seeds;
mod spool;
mod synth;
mod table_arff;
mod table_csv;
mod tables;
mod tls;

use std::io;
use std::path::PathBuf;

/// A fuzz target.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// Its name: that of its corpus and of its cargo-fuzz program.
    pub name: &'static str,
    /// What is done with every input. Panics where a law is broken.
    pub body: fn(&[u8]),
}

/// All targets.
pub const TARGETS: &[Target] = &[
    Target { name: "packet", body: packet::body },
    Target { name: "capture", body: capture::body },
    Target { name: "filter", body: filter::body },
    Target { name: "cic", body: cic::body },
    Target { name: "dns", body: dns::body },
    Target { name: "tls", body: tls::body },
    Target { name: "quic", body: quic::body },
    Target { name: "quic_frames", body: quic_frames::body },
    Target { name: "http", body: http::body },
    Target { name: "round_trip", body: round_trip::body },
    Target { name: "synth", body: synth::body },
    Target { name: "container", body: container::body },
    Target { name: "flow", body: flow::body },
    Target { name: "flow_state", body: flow_state::body },
    Target { name: "table_csv", body: table_csv::body },
    Target { name: "table_arff", body: table_arff::body },
    Target { name: "bundle", body: bundle::body },
    Target { name: "lists", body: lists::body },
    Target { name: "policy", body: policy::body },
    Target { name: "spool", body: spool::body },
    Target { name: "config", body: config::body },
];

impl Target {
    /// The target of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        TARGETS.iter().find(|target| target.name == name)
    }

    /// Where its corpus lies.
    #[must_use]
    pub fn folder(&self) -> PathBuf {
        PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../corpus")).join(self.name)
    }

    /// The files of its corpus, in the order of their names.
    ///
    /// # Errors
    /// If they cannot be read.
    pub fn corpus(&self) -> io::Result<Vec<Vec<u8>>> {
        let entries = self.folder().read_dir()?;
        let mut paths = entries.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
        paths.sort();
        paths.into_iter().map(std::fs::read).collect()
    }
}

/// Runs the target of this name: what the cargo-fuzz programs do.
///
/// # Panics
/// Where a law is broken, or there is no such target.
pub fn run(name: &str, input: &[u8]) {
    let target = Target::named(name);
    assert!(target.is_some(), "no target is named {name}");
    target.into_iter().for_each(|target| (target.body)(input));
}
