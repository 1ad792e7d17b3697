//! The path: frames to flows to verdicts to alerts.
//!
//! One thread brings frames; flows are made on it, or on workers; models are asked on a thread beside each; all that looks
//! at more than one flow (lists, behaviour, scores of hosts, policy) sits in one place. Bounded queues lie between: if one
//! falls behind, those before it wait, at last whoever brings frames: no verdict is lost and memory does not grow. A live source that may not wait drops packets in
//! front of the path, and counts them.

mod assess;
mod control;
mod counts;
mod court;
mod floods;
mod usher;

use std::net::IpAddr;
use std::sync::mpsc::sync_channel;
use std::thread::JoinHandle;

use netsift_alert::Alert;
use netsift_flow::{Columns, Finished, FlowConfig, IntakeCounts, Meter, Profile};
use netsift_packet::{Frame, FrameSource, Timestamp};

use crate::lists::Lists;
use crate::models::{Council, Models};
use crate::policy::Policy;
use crate::ring::Ring;
use crate::{DetectError, Verdict};
use assess::Assessor;
pub use control::{Control, Setup};
use counts::Count;
pub use counts::{Counters, Counts};
use court::{Adjourned, Court};
use usher::Usher;
pub use usher::Witness;

/// How many batches wait for the court before workers wait for it: some ten thousand flows.
const WAITING: usize = 8;
/// How many wait for a worker's models before it waits for them: rows take more room than what is said of them.
const ASKED: usize = 2;
/// Frames are counted in lots: a counter that is shared costs more than a flow table's look at a packet.
const LOT: u64 = 256;
/// What is told of flows where no model asks for features.
const KNOWLEDGE: [&str; 7] =
    ["Application", "TLS SNI", "JA3", "JA4", "DNS Name", "HTTP Host", "HTTP Status"];

/// Puts a path together.
///
/// ```
/// use netsift_detect::PathBuilder;
/// use netsift_synth::{Generator, Scenario};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let (alerts, told) = std::sync::mpsc::channel();
/// let path = PathBuilder::new().start(move |_verdict, alert| {
///     alert.into_iter().for_each(|alert| drop(alerts.send(alert.clone())));
/// })?;
/// let summary = path.run(Generator::new(&Scenario::new(1).packets(20_000))?)?;
/// assert_eq!(summary.counts.alerts, told.iter().count() as u64);
/// # Ok(())
/// # }
/// ```
#[derive(Default)]
pub struct PathBuilder {
    setup: Setup,
    reading: Option<FlowConfig>,
    workers: Option<usize>,
    witnesses: Vec<Witness>,
    ring: Option<Ring>,
    seed: Option<u64>,
}

impl PathBuilder {
    /// No model, no list, and the default policy: what hosts do is told.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Models that flows are shown to. Default: none.
    #[must_use]
    pub fn models(mut self, models: Models) -> Self {
        self.setup.models = models;
        self
    }

    /// Lists that ends, names and fingerprints are looked for on. Default: none.
    #[must_use]
    pub fn lists(mut self, lists: Lists) -> Self {
        self.setup.lists = lists;
        self
    }

    /// What verdicts mean. Default: [`Policy::default`].
    #[must_use]
    pub fn policy(mut self, policy: Policy) -> Self {
        self.setup.policy = policy;
        self
    }

    /// How flows are read. Default: as the models' training read them; without models as [`Profile::Native`], with what
    /// lists and behaviour ask for alone: models that come later may need more. When flows that go on are judged is the
    /// policy's.
    #[must_use]
    pub fn reading(self, reading: FlowConfig) -> Self {
        Self { reading: Some(reading), ..self }
    }

    /// How many threads make flows and ask models. Default: 1, so that verdicts come in the same order each time.
    #[must_use]
    pub fn workers(self, workers: usize) -> Self {
        Self { workers: Some(workers), ..self }
    }

    /// Who is shown every flow that is told, those that go on among them: to write its features, say. One for each worker.
    /// Default: nobody.
    #[must_use]
    pub fn witnesses(self, witnesses: impl IntoIterator<Item = Witness>) -> Self {
        Self { witnesses: witnesses.into_iter().collect(), ..self }
    }

    /// Where frames are kept, so that whoever is told a verdict can ask for those behind it. Default: nowhere.
    #[must_use]
    pub fn ring(self, ring: Ring) -> Self {
        Self { ring: Some(ring), ..self }
    }

    /// What decides which of many things are kept as a sample of what hosts do: of an interface, a number drawn by chance,
    /// which nobody can foresee who sends packets there. Default: the facts of the first flow, so that the same capture
    /// gives the same verdicts.
    #[must_use]
    pub fn seed(self, seed: u64) -> Self {
        Self { seed: Some(seed), ..self }
    }

    /// Starts it. Each verdict is told, and the alert if it is one, on a thread of its own.
    ///
    /// # Errors
    /// What models, policy and flow table refuse; [`DetectError::OtherFlows`] if models learned from other flows than each
    /// other or [`reading`](Self::reading), and [`DetectError::NotKept`] if they learned what that does not keep.
    pub fn start(
        self,
        tell: impl FnMut(&Verdict, Option<&Alert>) + Send + 'static,
    ) -> Result<Path, DetectError> {
        self.setup.policy.check()?;
        let reading = self.config()?.early(self.setup.policy.early())?;
        let Self { setup, workers, mut witnesses, ring, seed, .. } = self;
        let workers = workers.unwrap_or(1);
        if !witnesses.is_empty() && witnesses.len() != workers {
            let (setting, value) = ("witnesses".to_owned(), witnesses.len().to_string());
            return Err(DetectError::Setting { setting, value, rule: "one for each worker" });
        }
        let council = Council::of(&setup.models)?;
        let control = Control::new(setup, reading);
        let counters = Counters::default();
        let court = Court::new(&control, counters.clone(), seed, tell)?;
        let (batches, waiting) = sync_channel(WAITING);
        let mut assessors = Vec::new();
        let meter = Meter::new(reading, workers, || {
            let (dockets, asked) = sync_channel(ASKED);
            let assessor = Assessor::new(&control, counters.clone(), batches.clone());
            assessors.push(thread("models", move || assessor.sit(&asked)));
            let (council, witness) = (council.clone(), witnesses.pop());
            Usher::new(&control, council, counters.clone(), dockets, witness)
        })?;
        // The court rises when nobody is left who could send it anything.
        drop(batches);
        let court = thread("court", move || court.sit(&waiting))?;
        let assessors = assessors.into_iter().collect::<Result<_, _>>()?;
        Ok(Path { meter, assessors, court, control, counters, uncounted: 0, ring })
    }

    fn config(&self) -> Result<FlowConfig, DetectError> {
        let learned = self.setup.models.reading()?;
        match (learned, self.reading) {
            (None, None) => Ok(Columns::pick(Profile::Native, KNOWLEDGE)?.config()),
            (None, Some(reading)) => Ok(reading),
            (Some(learned), None) => whole(learned),
            (Some(learned), Some(reading)) => {
                crate::models::check_same(&learned, &reading)?;
                self.setup.models.check_kept(&reading)?;
                Ok(reading)
            }
        }
    }
}

/// A thread of a name, by which the system tells it from others.
fn thread<T: Send + 'static>(
    name: &str,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<JoinHandle<T>, DetectError> {
    let thread = std::thread::Builder::new().name(name.to_owned());
    thread.spawn(work).map_err(|source| DetectError::Thread { source })
}

/// The same with every feature: other models may come and ask for others.
fn whole(learned: FlowConfig) -> Result<FlowConfig, DetectError> {
    let config = FlowConfig::new(learned.profile());
    let config = config.idle_timeout(learned.idle_timeout_nanos())?;
    Ok(config.active_timeout(learned.active_timeout_nanos())?)
}

/// Frames to verdicts.
pub struct Path {
    meter: Meter<Usher>,
    assessors: Vec<JoinHandle<()>>,
    court: JoinHandle<Adjourned>,
    control: Control,
    counters: Counters,
    uncounted: u64,
    ring: Option<Ring>,
}

/// What is left of a path that has ended.
#[derive(Debug)]
#[non_exhaustive]
pub struct Summary {
    /// What became of frames and flows.
    pub counts: Counts,
    /// Which frames were no packets of flows, and why.
    pub intake: IntakeCounts,
    /// What the flow tables counted.
    pub table: netsift_flow::Counts,
    /// The worst hosts, the worst first.
    pub hosts: Vec<(IpAddr, f64)>,
    /// The first thing that a model said instead of an answer.
    pub trouble: Option<DetectError>,
}

/// How many hosts a summary names.
const WORST: usize = 10;

impl Path {
    /// Takes a frame.
    #[inline]
    pub fn push(&mut self, frame: Frame<'_>) {
        self.uncounted += 1;
        if self.uncounted >= LOT {
            self.counters.add(Count::Frames, std::mem::take(&mut self.uncounted));
        }
        match &self.ring {
            None => self.meter.push(frame),
            Some(ring) => self.meter.push_seen(frame, |record| ring.keep(&frame, record)),
        }
    }

    /// Takes all frames of a source, and [finishes](Self::finish), also where the source breaks.
    ///
    /// # Errors
    /// What the source says.
    pub fn run<S: FrameSource>(mut self, mut source: S) -> Result<Summary, S::Error> {
        loop {
            match source.next_frame() {
                // Whoever is told has panicked, and nobody would be told of the rest.
                Ok(Some(_)) if self.uncounted == 0 && self.has_stopped() => {
                    return Ok(self.finish());
                }
                Ok(Some(frame)) => self.push(frame),
                Ok(None) => return Ok(self.finish()),
                Err(error) => {
                    self.finish();
                    return Err(error);
                }
            }
        }
    }

    /// It is this late though no packet says so: flows that have been silent too long are judged, and what waits for
    /// others to be judged with waits no longer. To be called some times a second where packets come live; with the earliest
    /// time there is, where packets alone tell how late it is.
    pub fn tick(&mut self, now: Timestamp) {
        self.counters.add(Count::Frames, std::mem::take(&mut self.uncounted));
        self.meter.advance(now);
    }

    /// What replaces models, lists and policy.
    #[must_use]
    pub fn control(&self) -> Control {
        self.control.clone()
    }

    /// What tells how far it has come.
    #[must_use]
    pub fn counters(&self) -> Counters {
        self.counters.clone()
    }

    /// Which frames were no packets of flows so far, and why.
    #[must_use]
    pub fn intake(&self) -> &IntakeCounts {
        self.meter.intake()
    }

    /// Whether nothing is judged any more, since whoever was told has panicked, or a model has: [`finish`](Self::finish) panics
    /// as it did.
    #[must_use]
    pub fn has_stopped(&self) -> bool {
        self.court.is_finished() || self.assessors.iter().any(JoinHandle::is_finished)
    }

    /// No more frames come: all that is open is judged. A panic of whoever was told is the caller's.
    pub fn finish(self) -> Summary {
        let Self { meter, assessors, court, counters, uncounted, .. } = self;
        counters.add(Count::Frames, uncounted);
        let Finished { mut sinks, intake, counts: table } = meter.finish();
        sinks.iter_mut().for_each(Usher::flush);
        drop(sinks);
        for assessor in assessors {
            assessor.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        }
        let left = court.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        let Adjourned { hosts, trouble } = left;
        let counts = counters.counts();
        Summary { counts, intake, table, hosts: hosts.worst(WORST), trouble }
    }
}
