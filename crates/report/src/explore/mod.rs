//! Captures in numbers.

mod anomalies;
mod counts;
mod distinct;
mod flows;
mod frames;
mod matches;
mod names;
mod numbers;
mod packet_table;
mod protocols;
mod ranking;
mod scope;
mod spread;
mod talkers;
mod tally;
mod timeline;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use netsift_detect::lists::Lists;
use netsift_flow::{Flow, Meter, Sink};
use netsift_packet::Frame;

use crate::ReportError;
pub use anomalies::{Anomalies, Anomaly, AnomalyJudge, AnomalyRows, AnomalySearch, Subject, Who};
use flows::Flows;
use frames::{FrameFacts, Frames};
pub use numbers::{
    ApplicationNumbers, CaptureNumbers, Conversation, DnsNumbers, Ended, FlowNumbers, FrameNumbers,
    Host, LinkHost, Match, Matches, Matrix, NameNumbers, Names, Numbered, Pair, Port,
    ProtocolNumbers, Ranked, Reasoned, ScopeNumbers, Seen, TcpNumbers, TlsNumbers, ToldBy, Volume,
};
pub use packet_table::PACKET_TABLE;
pub use scope::Scope;
pub use spread::{Bar, Quantile, Spread};
pub use timeline::Timeline;

/// How captures are explored: how many of each kind are counted, and how many are told.
#[derive(Clone, Debug)]
pub struct Explorer {
    exact: usize,
    top: usize,
    bins: usize,
    matrix: usize,
    workers: usize,
    lists: Lists,
    anomalies: Option<AnomalySearch>,
}

impl Explorer {
    /// The defaults.
    #[must_use]
    pub fn new() -> Self {
        let (lists, anomalies) = (Lists::default(), None);
        Self { exact: 100_000, top: 20, bins: 600, matrix: 20, workers: 1, lists, anomalies }
    }

    /// So many hosts, pairs, conversations and hosts of links are counted exactly; beyond them, the rarest are forgotten, and
    /// it is told by how much counts may be too low: an eighth of them is always kept by packets and by bytes. Default:
    /// 100,000, whose tables take some 60 MB once there are as many of each.
    ///
    /// # Errors
    /// [`ReportError::Setting`] unless it is 100 to 100,000,000.
    pub fn exact(self, exact: usize) -> Result<Self, ReportError> {
        let is_right = (100..=100_000_000).contains(&exact);
        ReportError::rule(is_right, "hosts counted exactly", exact, "100 to 100000000")?;
        Ok(Self { exact, ..self })
    }

    /// So many of each kind are told. Default: 20, what a person looks at.
    ///
    /// # Errors
    /// [`ReportError::Setting`] unless it is 1 to 1,000,000.
    pub fn top(self, top: usize) -> Result<Self, ReportError> {
        let is_right = (1..=1_000_000).contains(&top);
        ReportError::rule(is_right, "lines of a list", top, "1 to 1000000")?;
        Ok(Self { top, ..self })
    }

    /// Time is told in so many bins at most. Default: 600, more than a chart has room for.
    ///
    /// # Errors
    /// [`ReportError::Setting`] unless it is 30 to 1,000,000: the longest time there is has as many bins of 10,000 days.
    pub fn bins(self, bins: usize) -> Result<Self, ReportError> {
        let is_right = (30..=1_000_000).contains(&bins);
        ReportError::rule(is_right, "bins of time", bins, "30 to 1000000")?;
        Ok(Self { bins, ..self })
    }

    /// So many hosts have their conversations told as a matrix. Default: 20, as many as can be read.
    ///
    /// # Errors
    /// [`ReportError::Setting`] unless it is 0 to 1,000.
    pub fn matrix(self, hosts: usize) -> Result<Self, ReportError> {
        let is_right = (0..=1_000).contains(&hosts);
        ReportError::rule(is_right, "hosts of the matrix", hosts, "0 to 1000")?;
        Ok(Self { matrix: hosts, ..self })
    }

    /// So many threads make flows. Default: one, which is none but the caller's.
    #[must_use]
    pub fn workers(self, workers: usize) -> Self {
        Self { workers, ..self }
    }

    /// Lists that addresses, names and fingerprints are looked up on. Default: none.
    #[must_use]
    pub fn lists(self, lists: Lists) -> Self {
        Self { lists, ..self }
    }

    /// Looks for what is strange on the way: the flows that are counted are those it looks at, so that they are made once
    /// ([`Exploration::finish_first_look`]). Default: nothing is looked for.
    #[must_use]
    pub fn anomalies(self, search: AnomalySearch) -> Self {
        Self { anomalies: Some(search), ..self }
    }

    /// Begins. Several captures are one, in the order in which their frames come.
    ///
    /// # Errors
    /// [`ReportError::Flow`] for no worker or too many.
    pub fn start(mut self) -> Result<Exploration, ReportError> {
        let frames = Frames::new(&self);
        let search = self.anomalies.take().map(AnomalySearch::start_fed).transpose()?;
        let (strange_packets, strange) = match search {
            Some(search) if search.subject() == Subject::Packets => (Some(search), None),
            of_flows => (None, of_flows),
        };
        let flows = Flows::new(&self, self.lists.clone());
        let ended = Arc::new(Mutex::new(EndedFlows { flows, strange }));
        let sink = || FlowSink(Arc::clone(&ended));
        let meter = Meter::new(flows::config()?, self.workers, sink)?;
        Ok(Exploration { explorer: self, frames, strange_packets, meter, ended })
    }
}

impl Default for Explorer {
    fn default() -> Self {
        Self::new()
    }
}

/// Counts frames and the flows that they make.
///
/// Memory is bounded by what the [`Explorer`] says, whatever comes; nothing is allocated for a packet whose hosts are known.
/// Hosts, pairs and ports are counted when a flow ends, once for all of its packets.
pub struct Exploration {
    explorer: Explorer,
    frames: Frames,
    strange_packets: Option<AnomalyRows>,
    meter: Meter<FlowSink>,
    ended: Arc<Mutex<EndedFlows>>,
}

impl Exploration {
    /// Takes a frame.
    #[inline]
    pub fn push(&mut self, frame: Frame<'_>) {
        self.frames.take(frame);
        self.meter.push(frame);
        if let Some(strange) = &mut self.strange_packets {
            strange.push(frame);
        }
    }

    /// No more frames come.
    #[must_use]
    pub fn finish(self) -> CaptureNumbers {
        self.finish_first_look().0
    }

    /// No more frames come: the numbers and, if [anomalies](Explorer::anomalies) are looked for, the rows to learn from.
    #[must_use]
    pub fn finish_first_look(self) -> (CaptureNumbers, Option<AnomalyRows>) {
        let Self { explorer, frames, strange_packets, meter, ended } = self;
        meter.finish();
        let mut ended = lock(&ended);
        let strange = strange_packets.or_else(|| ended.strange.take());
        let flows = ended.flows.facts(&explorer);
        let FrameFacts { frames, timeline, lengths, protocols, link_hosts, dns } =
            frames.facts(explorer.top);
        let numbers = CaptureNumbers {
            frames,
            timeline,
            lengths,
            protocols,
            applications: flows.applications,
            link_hosts,
            sources: flows.sources,
            destinations: flows.destinations,
            pairs: flows.pairs,
            conversations: flows.conversations,
            ports: flows.ports,
            matrix: flows.matrix,
            seen: flows.seen,
            scopes: flows.scopes,
            flows: flows.flows,
            tcp: flows.tcp,
            dns,
            tls: flows.tls,
            http_hosts: flows.http_hosts,
            matches: flows.matches,
        };
        (numbers, strange)
    }
}

/// What flows that have ended are for.
struct EndedFlows {
    flows: Flows,
    /// Rows to learn from, if flows are looked through for what is strange.
    strange: Option<AnomalyRows>,
}

/// Where one worker's flows are counted: all in one place, since flows are few beside packets.
struct FlowSink(Arc<Mutex<EndedFlows>>);

impl Sink for FlowSink {
    fn take(&mut self, flow: &Flow) {
        let mut ended = lock(&self.0);
        ended.flows.take(flow);
        if let Some(strange) = &mut ended.strange {
            strange.flow(flow);
        }
    }
}

/// A panic of another thread leaves counts behind that are sound by themselves.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
