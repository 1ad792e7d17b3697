//! Made traffic that never ends, at a human pace, and models that know its kind: something to see on every view.

use netsift_capture::{Batch, CaptureError};
use netsift_data::prepare::{LabelMap, Otherwise};
use netsift_data::{DataError, Dataset, Preparation};
use netsift_detect::flow_rows::{facts_of, identity, units, usual_columns};
use netsift_flow::{Columns, Profile};
use netsift_models::{
    About, Bundle, DetectorRecipe, DetectorTrainer, ModelError, Recipe, Trainer, UsualLabels,
};
use netsift_packet::{Frame, FrameSource, Timestamp};
use netsift_synth::{Class, Generator, Mix, Scenario, SynthError};
use thiserror::Error;

use crate::rows::{self, RowsError};

/// Flows of a small office, each second.
const USUAL_FLOWS: f64 = 6.0;
const HOSTS: u32 = 40;
/// The first attack comes while whoever has opened the page is still looking, and the others in such gaps.
const FIRST: i64 = 4_000_000_000;
const GAP: i64 = 25_000_000_000;
/// What attacks: a class, how many of its flows begin each second, and for how many seconds.
const ATTACKS: [(Class, f64, f64); 8] = [
    (Class::SynScan, 20.0, 6.0),
    (Class::SshBruteForce, 3.0, 20.0),
    (Class::UdpFlood, 10.0, 4.0),
    (Class::Exfiltration, 0.5, 10.0),
    (Class::SynFlood, 40.0, 5.0),
    (Class::DnsTunnel, 4.0, 15.0),
    (Class::UdpScan, 20.0, 6.0),
    (Class::SlowHttp, 5.0, 15.0),
];
/// What models of it learn from: some seconds of work.
const LEARNED: u64 = 80_000;
/// For each attack of the usual mix there are so many times more flows of an office, as in what is shown.
const BENIGN: f64 = 4.0;
/// What nobody is to be told of, by the policy that is built in.
const HARMLESS: &str = "benign";
const TREES: &str = "20";

/// Why there are no models to show.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DemoError {
    /// There are no rows to learn from.
    #[error(transparent)]
    Rows(#[from] RowsError),
    /// Nothing is learned from them.
    #[error(transparent)]
    Model(#[from] ModelError),
}

/// What is made to be seen: a model of classes, and a detector of anomalies.
pub struct DemoModels {
    /// What kinds of traffic there are.
    pub classes: Bundle,
    /// What is usual.
    pub usual: Bundle,
}

impl DemoModels {
    /// Learns from made traffic of the same kind as what is shown, and of another seed.
    ///
    /// # Errors
    /// None that is known of: the traffic has every class.
    pub fn learn(seed: u64) -> Result<Self, DemoError> {
        let columns = usual_columns(Profile::Native);
        let scenario = Scenario::new(seed).mix(mix()).packets(LEARNED).hosts(HOSTS).warm_up(0.0);
        let rows = rows::of_traffic(&scenario, &columns)?;
        let rows = rows.without(identity()).and_then(|rows| harmless(&rows));
        let rows = rows.map_err(RowsError::Data)?;
        let about = || about(&columns);
        let mut forest = Recipe::named("random-forest")?;
        forest.set("trees", TREES)?;
        let classes = Trainer::new([forest]).about(about()).train(&rows)?.bundle;
        let detector = DetectorRecipe::named("isolation-forest")?;
        let trainer = DetectorTrainer::new([detector]).about(about());
        let usual = trainer.train(&usual(rows)?)?.bundle;
        Ok(Self { classes, usual })
    }
}

/// How flows are read for models that learn from these columns.
fn about(columns: &Columns) -> About {
    let about = About::new().flows(facts_of(&columns.config()));
    units(Profile::Native).fold(about, |about, (name, unit)| about.unit(name, unit))
}

fn benign() -> impl Iterator<Item = Class> {
    Class::ALL.iter().copied().filter(|class| !class.is_attack())
}

fn mix() -> Mix {
    benign().fold(Mix::default(), |mix, class| {
        let share = mix.share(class);
        mix.with(class, BENIGN * share)
    })
}

/// The same rows, in which everything that does no harm is of one class.
fn harmless(rows: &Dataset) -> Result<Dataset, DataError> {
    let map = LabelMap::new(Otherwise::Keep);
    let map = benign().fold(map, |map, class| map.rule(class.name(), HARMLESS));
    Ok(Preparation::fit(&[map.into()], rows)?.1)
}

/// The same rows, of which it is known which are attacks: those are not learned from.
fn usual(rows: Dataset) -> Result<Dataset, DemoError> {
    let known = UsualLabels::named([HARMLESS]);
    match rows.labels() {
        Some(labels) => {
            let told = known.told(labels)?;
            Ok(rows.with_labels(told).map_err(RowsError::Data)?)
        }
        None => Ok(rows),
    }
}

/// Frames of an office without end, with an attack now and then. The same seed makes the same.
pub struct DemoTraffic {
    seed: u64,
    usual: Generator,
    attack: Generator,
    /// How many attacks there were, and when the one that runs began.
    attacks: u64,
    began: Timestamp,
    /// The next frame of each.
    next: [Batch; 2],
    /// Whose frame was handed over.
    taken: usize,
}

impl DemoTraffic {
    /// Traffic from this time on.
    ///
    /// # Errors
    /// None that is known of.
    pub fn new(seed: u64, start: Timestamp) -> Result<Self, SynthError> {
        let usual = Scenario::new(seed).mix(Mix::benign()).hosts(HOSTS).start(start);
        let began = start.plus_nanos(FIRST);
        Ok(Self {
            seed,
            usual: Generator::new(&usual.flows_per_second(USUAL_FLOWS).warm_up(0.0))?,
            attack: attack(seed, 0, began)?,
            attacks: 0,
            began,
            next: [Batch::new(), Batch::new()],
            taken: 0,
        })
    }

    /// Has a frame of each at hand.
    fn fill(&mut self) {
        let [usual, attacking] = &mut self.next;
        if usual.is_empty() {
            take_frame(&mut self.usual, usual);
        }
        while attacking.is_empty() {
            take_frame(&mut self.attack, attacking);
            if !attacking.is_empty() {
                return;
            }
            // It is over: the next one comes after a while.
            let lasted = scene(self.attacks).2;
            self.attacks += 1;
            self.began = self.began.plus_nanos(GAP + (lasted * 1e9) as i64);
            match attack(self.seed, self.attacks, self.began) {
                Ok(next) => self.attack = next,
                // What could be made once can be made again.
                Err(_) => return,
            }
        }
    }
}

fn scene(number: u64) -> (Class, f64, f64) {
    let place = (number % ATTACKS.len() as u64) as usize;
    ATTACKS.get(place).copied().unwrap_or((Class::SynScan, 1.0, 1.0))
}

/// The nth attack, from this time on.
fn attack(seed: u64, number: u64, began: Timestamp) -> Result<Generator, SynthError> {
    let (class, flows, seconds) = scene(number);
    let scenario = Scenario::new(seed.wrapping_add(number)).mix(Mix::only(class)).hosts(HOSTS);
    let scenario = scenario.start(began).duration(seconds).flows_per_second(flows);
    Generator::new(&scenario.warm_up(0.0))
}

fn take_frame(from: &mut Generator, to: &mut Batch) {
    // Making traffic never fails.
    if let Ok(Some(frame)) = from.next_frame() {
        to.push(&frame);
    }
}

impl FrameSource for DemoTraffic {
    type Error = CaptureError;

    fn next_frame(&mut self) -> Result<Option<Frame<'_>>, CaptureError> {
        if let Some(taken) = self.next.get_mut(self.taken) {
            taken.clear();
        }
        self.fill();
        let [usual, attacking] = [0, 1].map(|which| {
            self.next.get(which).and_then(|batch| batch.get(0)).map(|frame| frame.time)
        });
        self.taken = match (usual, attacking) {
            (Some(usual), Some(attacking)) if attacking < usual => 1,
            (None, Some(_)) => 1,
            _ => 0,
        };
        Ok(self.next.get(self.taken).and_then(|batch| batch.get(0)))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn an_office_has_an_attack_now_and_then_in_the_order_of_time() {
        let start = Timestamp::from_secs_nanos(1_790_000_000, 0);
        let (mut traffic, mut last) = (DemoTraffic::new(7, start).unwrap(), start);
        let mut attacks = HashSet::new();
        let mut frames = 0_u64;
        let end = start.plus_nanos(360_000_000_000);
        loop {
            let time = traffic.next_frame().unwrap().unwrap().time;
            if time >= end {
                break;
            }
            assert!(time >= last, "{time:?} behind {last:?}");
            last = time;
            frames += 1;
            attacks.insert(traffic.attacks);
        }
        assert!(attacks.len() > ATTACKS.len(), "{attacks:?}");
        // At a human pace: what a page and a small machine follow with ease.
        assert!((50..3_000).contains(&(frames / 360)), "{frames}");
        let again = DemoTraffic::new(7, start).unwrap().next_frame().unwrap().map(|it| it.time);
        assert_eq!(
            again,
            DemoTraffic::new(7, start).unwrap().next_frame().unwrap().map(|it| it.time)
        );
    }
}
