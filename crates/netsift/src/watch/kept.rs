//! What a history keeps of a verdict.

use netsift_detect::{About, Conversation, Verdict};
use netsift_history::{Flow, Hand, HostScore, Said, Volume};

/// Hands over what is said of a flow that has ended, and of the host that an alert is about.
pub(super) fn keep(verdict: &Verdict, is_told: bool, hand: &Hand) {
    // A flow that goes on is counted when it ends.
    if let About::Flow(flow) = &verdict.about
        && !flow.goes_on()
    {
        hand.flow(record(flow, verdict));
    }
    if let (true, [Some(source), _]) = (is_told, verdict.peers()) {
        let nanos = verdict.time().as_nanos();
        hand.host(HostScore { address: source.address, nanos, score: verdict.host });
    }
}

fn record(flow: &Conversation, verdict: &Verdict) -> Flow {
    let [source, target] = flow.peers();
    let volume =
        |it: netsift_detect::behaviour::Volume| Volume { packets: it.packets, bytes: it.bytes };
    Flow {
        first: flow.first.as_nanos(),
        last: flow.last.as_nanos(),
        source,
        target,
        protocol: flow.protocol.to_string(),
        service: flow.application.map(str::to_owned),
        names: flow.names().map(str::to_owned).collect(),
        sent: volume(flow.sent),
        received: volume(flow.received),
        said: said(verdict),
    }
}

/// Nothing if neither a model nor the policy has anything to say.
fn said(verdict: &Verdict) -> Option<Said> {
    let is_said = verdict.class.is_some() || verdict.anomaly.is_some() || verdict.level.is_some();
    let class = verdict.class.as_ref();
    is_said.then(|| Said {
        class: class.and_then(|said| said.class.as_deref()).map(str::to_owned),
        probability: class.map(|said| said.probability),
        quantile: verdict.anomaly.as_ref().map(|found| found.quantile),
        score: verdict.score,
        level: verdict.level,
    })
}
