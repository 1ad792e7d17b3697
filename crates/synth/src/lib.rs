//! Seeded, labelled network traffic, the same on every machine.
mod attack;
mod checksum;
mod class;
mod content;
mod dialogue;
mod engine;
mod error;
mod frames;
mod generator;
mod host;
mod labels;
mod mix;
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
