//! Flows and their 48 features as flowscope's authors make them, with what they offer to make it fast.

use std::io::{self, Write};

use flowscope::extract::{FiveTuple, FiveTupleKey};
use flowscope::{
    CicFlowFeatures, EventMask, FlowEvent, FlowRecord, FlowTracker, FlowTrackerConfig,
};

/// As many flows at once as netsift follows.
const MAX_FLOWS: usize = 1_000_000;

/// Their event, of their key.
pub type Event = FlowEvent<FiveTupleKey>;

/// A tracker that tells the ends of flows and nothing else: a mask of theirs spares them the rest. It never looks
/// for idle flows before the end of the input, which would cost it a walk over the table.
#[must_use]
pub fn tracker() -> FlowTracker<FiveTuple> {
    let mut config = FlowTrackerConfig::default().with_event_filter(!EventMask::ENDED);
    config.max_flows = MAX_FLOWS;
    FlowTracker::with_config(FiveTuple::bidirectional(), config)
}

/// The features of a flow that has ended, and its packets.
#[must_use]
pub fn features(event: &Event) -> Option<(CicFlowFeatures, u64)> {
    let FlowEvent::Ended { key, stats, reason, .. } = event else { return None };
    let record = FlowRecord::from_parts(stats, key, Some(*reason));
    let packets = stats.packets_initiator + stats.packets_responder;
    Some((CicFlowFeatures::from_flow_record(&record).with_iat(stats), packets))
}

/// Writes those features as a line of JSON.
///
/// # Errors
/// If it cannot be written.
pub fn write_line(event: &Event, out: &mut impl Write) -> io::Result<()> {
    if let Some((features, _)) = features(event) {
        serde_json::to_writer(&mut *out, &features)?;
        out.write_all(b"\n")?;
    }
    Ok(())
}
