//! Flows as rows that a model is asked about: read as the model's own training read them.
//!
//! ```
//! use netsift_detect::flow_rows::{FlowRows, facts_of};
//! use netsift_flow::{FlowConfig, Profile};
//! use netsift_models::{About, Recipe, Trainer};
//! use netsift_packet::FrameSource;
//! use netsift_synth::{Generator, Scenario};
//! # use netsift_data::TableReader;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let csv = "Flow Duration,Total Fwd Packet,Label\n1,2,benign\n3,4,scan\n5,1,benign\n9,9,scan\n";
//! # let (table, _) = TableReader::new().label("Label").read(csv.as_bytes())?;
//! let about = About::new().flows(facts_of(&FlowConfig::new(Profile::Native)));
//! let bundle = Trainer::new([Recipe::named("dummy")?]).about(about).train(&table)?.bundle;
//!
//! let rows = FlowRows::of(&bundle)?;
//! let mut meter = rows.meter(1)?;
//! let mut traffic = Generator::new(&Scenario::new(1).packets(2_000))?;
//! while let Some(frame) = traffic.next_frame()? {
//!     meter.push(frame);
//! }
//! meter.finish();
//! let flows = rows.take()?;
//! assert_eq!(bundle.score(&flows)?.classes.len(), flows.rows());
//! # Ok(())
//! # }
//! ```

mod usual;

use std::collections::HashMap;
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use foldhash::quality::RandomState;
use ndarray::Array2;
use netsift_data::{Classes, DataError, Dataset, Field, Labels as RowLabels, Schema};
use netsift_flow::{
    Cells, Columns, Flow, FlowConfig, FlowError, IDENTITY, Kind, Labels, Meter, Profile, Scratch,
    Sink, Spelling,
};
use netsift_models::{Bundle, FlowFacts, ModelError};
pub use usual::{are_flows, is_usual, usual_columns};

/// What timeouts are called in a bundle.
const IDLE: &str = "idle timeout";
const ACTIVE: &str = "active timeout";
/// The class of rows that no rule has a label for.
pub const UNLABELLED: &str = "unlabelled";
/// Rows that are worth asking about at once.
const ENOUGH: usize = 1 << 13;

/// How flows are read, as a bundle remembers it.
#[must_use]
pub fn facts_of(config: &FlowConfig) -> FlowFacts {
    let timeouts = [(IDLE, config.idle_timeout_nanos()), (ACTIVE, config.active_timeout_nanos())];
    let timeouts = timeouts.map(|(name, nanos)| (name.to_owned(), nanos));
    // The other profiles end flows in their own way.
    let is_native = config.profile() == Profile::Native;
    FlowFacts {
        profile: config.profile().name().to_owned(),
        timeouts: if is_native { timeouts.into() } else { Default::default() },
    }
}

/// The profile whose columns a table has, all of them and none that only others have; nothing if some are missing, since
/// then it may be of any. Names are in the spelling of today.
#[must_use]
pub fn profile_of<'a>(names: impl IntoIterator<Item = &'a str>) -> Option<Profile> {
    let names: Vec<&str> = names.into_iter().collect();
    let has_all = |profile: &Profile| {
        let columns = Columns::all(*profile);
        columns.features().iter().all(|feature| names.contains(&feature.name.current))
    };
    let is_of = |profile: &Profile| has_all(profile) && foreign(*profile, &names).is_empty();
    Profile::ALL.into_iter().find(is_of)
}

/// The profile that a table is of instead of the one that is expected: it has columns that the expected one lacks, and
/// most of this one's. Whole it need not be.
#[must_use]
pub fn other_profile<'a>(
    expected: Profile,
    names: impl IntoIterator<Item = &'a str>,
) -> Option<Profile> {
    let names: Vec<&str> = names.into_iter().collect();
    let foreign = foreign(expected, &names);
    let has = |profile: &Profile| foreign.iter().filter(|name| is_in(*profile, name)).count();
    Profile::ALL.into_iter().filter(|profile| has(profile) > 0).max_by_key(has)
}

/// The names of columns that other profiles have and this one lacks.
fn foreign<'a>(profile: Profile, names: &[&'a str]) -> Vec<&'a str> {
    let is_foreign = |name: &&str| {
        !is_in(profile, name) && Profile::ALL.into_iter().any(|other| is_in(other, name))
    };
    names.iter().copied().filter(is_foreign).collect()
}

fn is_in(profile: Profile, name: &str) -> bool {
    Columns::pick(profile, [name]).is_ok()
}

/// Which of these columns flows of a profile do not have: a model that takes one of them takes no captures.
#[must_use]
pub fn lacking<'a>(profile: Profile, names: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    names.into_iter().filter(|name| !is_in(profile, name)).collect()
}

/// What the columns of a profile are counted in: names and units.
pub fn units(profile: Profile) -> impl Iterator<Item = (&'static str, String)> {
    let columns = Columns::all(profile);
    let units: Vec<_> = columns
        .features()
        .iter()
        .map(|feature| (feature.name.current, feature.unit.to_string()))
        .collect();
    units.into_iter()
}

/// The names of columns that identify a flow: they say whose it was, and when.
pub fn identity() -> impl Iterator<Item = &'static str> {
    IDENTITY.iter().map(|identity| identity.name.spelt(Spelling::Current))
}

/// The column of a table of flows that says when each began.
pub const TIME: &str = "Timestamp";

/// Columns of a flow that say who took part, or where: what is learned from them holds for these hosts alone. Times to live
/// say which system sent a packet, and how far away it is.
const WHO: [&str; 14] = [
    "Src MAC",
    "Dst MAC",
    "VLAN",
    "Tunnel ID",
    "Community ID",
    "TLS SNI",
    "DNS Name",
    "HTTP Host",
    "HTTP Target",
    "HTTP User Agent",
    "Fwd TTL Min",
    "Fwd TTL Max",
    "Bwd TTL Min",
    "Bwd TTL Max",
];

/// Whether a column of flows says who took part and when, and not what happened.
#[must_use]
pub fn says_who(name: &str) -> bool {
    identity().chain(WHO).any(|who| who == name)
}

/// Flows gathered as rows of a dataset, with the columns that a model takes and those that identify the flow, and with the
/// times of their first packets.
pub struct FlowRows {
    config: FlowConfig,
    clerk: Arc<Mutex<Clerk>>,
}

impl FlowRows {
    /// Flows as this model's training read them.
    ///
    /// # Errors
    /// [`ModelError::NoFlows`] if it was not trained on flows; [`ModelError::UnknownFlows`] for a profile or a timeout
    /// that there is not; [`DataError::MissingColumns`] if the profile lacks columns that the model takes.
    pub fn of(bundle: &Bundle) -> Result<Self, ModelError> {
        let (columns, config) = reading_of(bundle)?;
        Ok(Self::by(Clerk::with(columns, bundle.input()), config))
    }

    /// Flows with these columns, read by this configuration: to learn from.
    #[must_use]
    pub fn read_as(columns: &Columns, config: FlowConfig) -> Self {
        Self::by(Clerk::with(columns.clone().labelled(false), &Schema::default()), config)
    }

    /// Rows with labels by these rules; [`UNLABELLED`] those that none matches. Default: without labels.
    #[must_use]
    pub fn labelled_by(self, rules: Arc<Labels>) -> Self {
        lock(&self.clerk).gathered.labels = Some(Labelled::by(rules));
        self
    }

    fn by(clerk: Clerk, config: FlowConfig) -> Self {
        Self { config, clerk: Arc::new(Mutex::new(clerk)) }
    }

    /// What makes flows of frames, on so many threads.
    ///
    /// # Errors
    /// As [`Meter::new`].
    pub fn meter(&self, workers: usize) -> Result<Meter<FlowSink>, FlowError> {
        Meter::new(self.config, workers, || FlowSink(Arc::clone(&self.clerk)))
    }

    /// Whether there are so many rows that it is worth taking them.
    #[must_use]
    pub fn are_enough(&self) -> bool {
        lock(&self.clerk).gathered.times.len() >= ENOUGH
    }

    /// The flows that were told since the last time.
    ///
    /// # Errors
    /// Columns of flows give no reason.
    pub fn take(&self) -> Result<Dataset, DataError> {
        let gathered = lock(&self.clerk).hand_over();
        gathered.dataset()
    }
}

/// The columns of flows that a model takes, and how its training read flows: as [`FlowRows::of`] says.
pub(crate) fn reading_of(bundle: &Bundle) -> Result<(Columns, FlowConfig), ModelError> {
    let facts = bundle.flows()?;
    let unknown = |what: &str, value: String| ModelError::UnknownFlows {
        what: what.into(),
        value: value.into(),
    };
    let profile = Profile::ALL.into_iter().find(|profile| profile.name() == facts.profile);
    let profile = profile.ok_or_else(|| unknown("the profile", facts.profile.clone()))?;
    let columns = columns_named(profile, bundle.input().names())?;
    let mut config = columns.config();
    for (name, &nanos) in &facts.timeouts {
        let set = match name.as_str() {
            IDLE => config.idle_timeout(nanos),
            ACTIVE => config.active_timeout(nanos),
            _ => return Err(unknown("the timeout", name.clone())),
        };
        config = set.map_err(|_| unknown(name, format!("{nanos} ns")))?;
    }
    Ok((columns, config))
}

/// Gathers rows for one model.
pub(crate) struct Clerk {
    columns: Columns,
    gathered: Gathered,
    room: Scratch,
}

impl Clerk {
    /// For a model that was trained on flows: what it takes, and nothing that says which flow it is.
    pub(crate) fn of(bundle: &Bundle) -> Result<Self, ModelError> {
        let (columns, _) = reading_of(bundle)?;
        Ok(Self::with(columns.anonymous(), bundle.input()))
    }

    /// The input is what a model takes each column for, which is what a table's reader took it for.
    fn with(columns: Columns, input: &Schema) -> Self {
        let gathered = Gathered::of(&columns, input);
        Self { columns, gathered, room: Scratch::default() }
    }

    /// Takes a flow.
    pub(crate) fn take(&mut self, flow: &Flow) {
        self.gathered.take(flow, &self.columns, &mut self.room);
    }

    /// The flows that were taken since the last time.
    pub(crate) fn hand_over(&mut self) -> Gathered {
        let mut next = self.gathered.emptied();
        // About as many come again.
        next.cells.reserve(self.gathered.cells.len());
        mem::replace(&mut self.gathered, next)
    }
}

impl Clone for Clerk {
    /// One for the same model, which has taken no flow.
    fn clone(&self) -> Self {
        let (columns, gathered) = (self.columns.clone(), self.gathered.emptied());
        Self { columns, gathered, room: Scratch::default() }
    }
}

/// The columns of a profile that have these names; those that identify flows are always there.
///
/// # Errors
/// [`DataError::MissingColumns`] for names that flows of the profile have no column of.
pub fn columns_named<'a>(
    profile: Profile,
    names: impl IntoIterator<Item = &'a str>,
) -> Result<Columns, DataError> {
    let is_identity = |name: &&str| identity().any(|identity| identity == *name);
    let wanted: Vec<&str> = names.into_iter().filter(|name| !is_identity(name)).collect();
    let missing = lacking(profile, wanted.iter().copied());
    if !missing.is_empty() {
        let names = missing.into_iter().map(Box::from).collect();
        return Err(DataError::MissingColumns { names });
    }
    let columns = Columns::pick(profile, wanted);
    // Each was picked alone before.
    Ok(columns.unwrap_or_else(|_| Columns::reference(profile)).labelled(false))
}

/// Where one worker's flows become rows.
pub struct FlowSink(Arc<Mutex<Clerk>>);

impl Sink for FlowSink {
    fn take(&mut self, flow: &Flow) {
        lock(&self.0).take(flow);
    }
}

/// Cells, row by row.
pub(crate) struct Gathered {
    names: Vec<&'static str>,
    cells: Vec<f64>,
    /// The places of the columns of texts, and the numbers that cells hold in place of those.
    texts: Vec<(usize, Numbers)>,
    /// The column of the next cell.
    next: usize,
    /// Of each row, when its flow began.
    times: Vec<i64>,
    labels: Option<Labelled>,
}

/// What each row is, by rules.
struct Labelled {
    rules: Arc<Labels>,
    names: Numbers,
    rows: Vec<u32>,
}

/// The texts of a column, as they were numbered.
#[derive(Default)]
struct Numbers(HashMap<Arc<str>, u32, RandomState>);

impl Gathered {
    fn of(columns: &Columns, input: &Schema) -> Self {
        let is_text = |(name, kind): &(&str, Kind)| {
            let taken = input.fields().iter().find(|field| field.name == *name);
            taken.map_or(*kind == Kind::Text, |field| field.texts().is_some())
        };
        let headings = columns.headings().enumerate();
        let texts = headings.filter(|(_, heading)| is_text(heading));
        Self {
            names: columns.headings().map(|(name, _)| name).collect(),
            cells: Vec::new(),
            texts: texts.map(|(place, _)| (place, Numbers::default())).collect(),
            next: 0,
            times: Vec::new(),
            labels: None,
        }
    }

    /// The same columns, without a row.
    fn emptied(&self) -> Self {
        let texts = self.texts.iter().map(|(place, _)| (*place, Numbers::default()));
        Self {
            names: self.names.clone(),
            cells: Vec::new(),
            texts: texts.collect(),
            next: 0,
            times: Vec::new(),
            labels: self.labels.as_ref().map(|labels| Labelled::by(Arc::clone(&labels.rules))),
        }
    }

    fn take(&mut self, flow: &Flow, columns: &Columns, room: &mut Scratch) {
        self.next = 0;
        columns.tell(flow, None, self, room);
        self.times.push(flow.first().as_nanos());
        if let Some(labels) = &mut self.labels {
            labels.take(flow);
        }
    }

    /// The rows of one model.
    pub(crate) fn dataset(self) -> Result<Dataset, DataError> {
        let shape = (self.times.len(), self.names.len());
        let mut fields: Vec<Field> = self.names.iter().copied().map(Field::number).collect();
        for (place, numbers) in self.texts {
            if let Some(field) = fields.get_mut(place) {
                *field = Field::text(field.name.clone(), numbers.classes()?);
            }
        }
        let (expected, found) = (shape.0 * shape.1, self.cells.len());
        let matrix = Array2::from_shape_vec(shape, self.cells);
        let wrong = |_| DataError::Shape { what: "cells", expected, found };
        let rows = Dataset::new(Schema::new(fields)?, matrix.map_err(wrong)?)?;
        let rows = rows.with_times(self.times)?;
        match self.labels {
            Some(labels) => rows.with_labels(labels.told()?),
            None => Ok(rows),
        }
    }
}

impl Labelled {
    fn by(rules: Arc<Labels>) -> Self {
        Self { rules, names: Numbers::default(), rows: Vec::new() }
    }

    fn take(&mut self, flow: &Flow) {
        self.rows.push(self.names.of(self.rules.of(flow).unwrap_or(UNLABELLED)));
    }

    fn told(self) -> Result<RowLabels, DataError> {
        RowLabels::new(self.names.classes()?, self.rows)
    }
}

impl Numbers {
    fn of(&mut self, text: &str) -> u32 {
        if let Some(number) = self.0.get(text) {
            return *number;
        }
        let number = self.0.len() as u32;
        self.0.insert(text.into(), number);
        number
    }

    fn classes(self) -> Result<Classes, DataError> {
        let mut texts: Vec<(Arc<str>, u32)> = self.0.into_iter().collect();
        texts.sort_unstable_by_key(|(_, number)| *number);
        Classes::new(texts.into_iter().map(|(text, _)| text))
    }
}

impl Cells for Gathered {
    /// In a column of numbers, the number that it says.
    fn text(&mut self, text: &str) {
        let next = self.next;
        let numbers = self.texts.iter_mut().find(|(place, _)| *place == next);
        let cell = match numbers {
            Some((_, numbers)) => numbers.of(text).into(),
            None => text.parse().unwrap_or(f64::NAN),
        };
        self.cells.push(cell);
        self.next += 1;
    }

    fn integer(&mut self, number: i64) {
        self.reals(&[number as f64]);
    }

    /// In a column of texts, as they are written.
    fn reals(&mut self, numbers: &[f64]) {
        let (next, start) = (self.next, self.cells.len());
        self.cells.extend_from_slice(numbers);
        let places = next..next + numbers.len();
        for (place, texts) in self.texts.iter_mut().filter(|(place, _)| places.contains(place)) {
            if let Some(cell) = self.cells.get_mut(start + *place - next) {
                *cell = texts.of(&cell.to_string()).into();
            }
        }
        self.next = places.end;
    }

    fn empty(&mut self) {
        self.cells.push(f64::NAN);
        self.next += 1;
    }
}

/// A panic of another thread leaves cells of one row behind, which the dataset refuses.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use netsift_models::{About, Recipe, Trainer};

    use super::*;

    fn bundle(data: Dataset, profile: Profile) -> Bundle {
        let labels: Vec<&str> = (0..data.rows()).map(|row| ["a", "b"][row % 2]).collect();
        let data = data.with_labels(netsift_data::Labels::of(labels)).unwrap();
        let about = About::new().flows(facts_of(&FlowConfig::new(profile)));
        let recipe = Recipe::named("dummy").unwrap();
        Trainer::new([recipe]).about(about).train(&data).unwrap().bundle
    }

    #[test]
    fn a_whole_header_tells_the_profile_and_a_part_of_one_does_not() {
        for profile in Profile::ALL {
            let columns = Columns::all(profile);
            let names: Vec<&str> = columns.headings().map(|(name, _)| name).collect();
            assert_eq!(profile_of(names.iter().copied()), Some(profile));
            assert_eq!(profile_of(names.iter().copied().take(20)), None);
            assert_eq!(other_profile(profile, names.iter().copied()), None);
        }
    }

    #[test]
    fn columns_that_another_profile_has_alone_tell_of_it() {
        let names = |profile| -> Vec<&str> {
            Columns::all(profile).headings().map(|(name, _)| name).collect::<Vec<_>>()
        };
        let mut mixed = names(Profile::Cic);
        mixed.push("Fwd RST Flags");
        assert_eq!(profile_of(mixed.iter().copied()), None);
        assert_eq!(other_profile(Profile::Cic, mixed), Some(Profile::CicFixed));
        for (expected, found) in [
            (Profile::Cic, Profile::CicFixed),
            (Profile::Native, Profile::CicFixed),
            (Profile::CicFixed, Profile::Native),
            (Profile::Cic, Profile::Native),
        ] {
            let part = names(found).into_iter().skip(9);
            assert_eq!(other_profile(expected, part), Some(found), "{expected}");
        }
        assert_eq!(lacking(Profile::Cic, ["Flow Duration", "x"]), ["x"]);
    }

    #[test]
    fn what_says_who_is_a_column_of_flows() {
        let facts = netsift_flow::FACTS.iter().map(|fact| fact.name.current);
        let features = netsift_flow::FEATURES.iter().map(|feature| feature.name.current);
        let names: Vec<&str> = facts.chain(features).collect();
        assert!(WHO.iter().all(|name| names.contains(name)));
        assert!(identity().any(|name| name == TIME));
        assert!(says_who("Src IP") && !says_who("Flow Duration") && !says_who("JA4"));
    }

    #[test]
    fn what_flows_cannot_be_had_is_named() {
        let schema = Schema::numbers(["Flow Duration", "x"]).unwrap();
        let rows = Array2::from_shape_fn((8, 2), |(row, _)| row as f64);
        let data = Dataset::new(schema, rows).unwrap();
        let error = |bundle: &Bundle| FlowRows::of(bundle).map(drop).unwrap_err().to_string();
        assert_eq!(error(&bundle(data.clone(), Profile::Cic)), r#"columns are missing: "x""#);
        let labels = netsift_data::Labels::of(["a", "b", "a", "b", "a", "b", "a", "b"]);
        let data = data.pick(["Flow Duration"]).unwrap().with_labels(labels).unwrap();
        let train = |about| {
            let trainer = Trainer::new([Recipe::named("dummy").unwrap()]).about(about);
            trainer.train(&data).unwrap().bundle
        };
        assert!(error(&train(About::new())).contains("takes no captures"));
        let flows = FlowFacts { profile: "other".into(), timeouts: Default::default() };
        assert!(error(&train(About::new().flows(flows))).contains("the profile \"other\""));
        let timeouts = [(IDLE.to_owned(), -1)].into();
        let flows = FlowFacts { profile: "native".into(), timeouts };
        assert!(error(&train(About::new().flows(flows))).contains("idle timeout \"-1 ns\""));
    }
}
