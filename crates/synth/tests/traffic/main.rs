//! Laws of the traffic that the generator makes, held to by a reader that shares no code with it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod labels;
mod reader;
mod scenarios;
mod tcp;
mod wire;

use netsift_packet::{FrameSource, Timestamp};
use netsift_synth::{Generator, LabelledFlow, Scenario};

/// Hands every frame to `see`, and returns the labels.
fn play(scenario: &Scenario, mut see: impl FnMut(Timestamp, &[u8])) -> Vec<LabelledFlow> {
    let mut generator = Generator::labelled(scenario).unwrap();
    let mut labels = Vec::new();
    while let Ok(Some(frame)) = generator.next_frame() {
        see(frame.time, frame.data);
    }
    labels.extend(generator.ended_flows());
    labels
}
