//! Seeded, labelled network traffic, the same on every machine.
//!
//! A [`Scenario`] says what is wished for: a [`Mix`] of [`Class`]es, how many packets, hosts, flows a second. A
//! [`Generator`] makes it frame by frame, in the order of time, with memory for the flows that are open, and hands
//! out a [`LabelledFlow`] for each flow that has ended. Classes are scripts; two engines play them: a
//! conversation (TCP with handshake, windows, acknowledgements, loss and teardown, and protocols over UDP that
//! acknowledge) and an exchange of datagrams. Chance is integers only, so that no mathematics library can make
//! a difference. [`encapsulation`] puts packets behind other link layers and into tunnels.
//!
//! Traffic is made to be learned from, not to be read off: classes share ports, sizes and rhythms, each host has
//! habits of its own, benign flows fail, retry and beat like attacks, and attacks keep to benign rates.
//! Own hosts have addresses in 10/8, others in 198.18/15 and 100.64/10, all in 2001:db8::/32; forged
//! sources are any.
//!
//! ```
//! use netsift_packet::FrameSource;
//! use netsift_synth::{Class, Generator, LabelWriter, Mix, Scenario};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let mix = Mix::benign().with(Class::SynScan, 10.0);
//! let mut generator = Generator::labelled(&Scenario::new(7).mix(mix).packets(1_000))?;
//! let mut frames = 0;
//! while let Some(frame) = generator.next_frame()? {
//!     assert_eq!(frame.wire_len, frame.captured_len());
//!     frames += 1;
//! }
//! let mut labels = LabelWriter::new(Vec::new())?;
//! for flow in generator.ended_flows() {
//!     labels.write(&flow)?;
//! }
//! assert_eq!(frames, 1_000);
//! # Ok(())
//! # }
//! ```

mod attack;
mod checksum;
mod class;
mod content;
mod dialogue;
pub mod encapsulation;
mod engine;
mod error;
mod frames;
mod generator;
mod host;
mod labels;
mod mix;
mod plan;
mod pool;
mod random;
mod scenario;
mod traffic;

pub use class::{Class, Family};
pub use error::SynthError;
pub use generator::Generator;
pub use labels::{LabelWriter, LabelledFlow};
pub use mix::Mix;
pub use scenario::Scenario;
