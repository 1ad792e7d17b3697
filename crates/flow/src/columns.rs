//! Which columns a row has, and the row.

use crate::features::{
    FACTS, FEATURES, FWD_HEADER_LENGTH_AGAIN, Fact, Feature, Group, IDENTITY, Identity, Name,
    Spelling, Told,
};
use crate::state::{Flow, Wants};
use crate::{FlowConfig, FlowError, Profile};

/// The columns of a row, in their order: identity, numbers, facts, label.
#[derive(Clone)]
pub struct Columns {
    profile: Profile,
    spelling: Spelling,
    identity: Vec<&'static Identity<Flow>>,
    features: Vec<&'static Feature<Flow>>,
    reads: Vec<Column>,
    facts: Vec<&'static Fact<Flow>>,
    label: bool,
}

/// A number of a row: how it is read, and whether it is whole.
type Column = (fn(&Flow) -> f64, bool);

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text.
    Text,
    /// Whole numbers.
    Integer,
    /// Numbers.
    Real,
}

/// Where a row goes, cell by cell.
pub trait Cells {
    /// A text.
    fn text(&mut self, text: &str);
    /// A whole number.
    fn integer(&mut self, number: i64);
    /// Numbers, one a cell.
    fn reals(&mut self, numbers: &[f64]);
    /// There is nothing to say.
    fn empty(&mut self);
}

/// Room that telling rows needs, to be used again.
#[derive(Debug, Default)]
pub struct Scratch {
    pub(crate) text: String,
    pub(crate) numbers: Vec<f64>,
}

/// The label of flows that nobody has labelled, as CICFlowMeter writes it.
pub const NO_LABEL: &str = "NeedManualLabel";

pub(crate) const LABEL: Name = Name { current: "Label", in_2017: " Label", in_2018: "Label" };

/// What takes every column.
const ALL: &str = "all";
/// What takes the numbers that bear names of the reference.
const REFERENCE: &str = "reference";

impl Columns {
    /// Every column of a profile. CICFlowMeter's have a label, which is theirs to be filled in.
    #[must_use]
    pub fn all(profile: Profile) -> Self {
        Self::of(profile, &|_| true, &|_| true)
    }

    /// The numbers that bear names of the reference, without other facts.
    #[must_use]
    pub fn reference(profile: Profile) -> Self {
        Self::of(profile, &Feature::is_reference, &|_| false)
    }

    /// Columns by name: `all`, `reference`, groups, or single columns in any of their spellings. Identity
    /// columns are always there.
    ///
    /// # Errors
    /// [`FlowError::UnknownColumn`] for a name that is none of these.
    pub fn pick<'a>(
        profile: Profile,
        names: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self, FlowError> {
        let names: Vec<&str> = names.into_iter().map(str::trim).collect();
        for name in &names {
            let one = Self::named(profile, &[name]);
            if one.features.is_empty() && one.facts.is_empty() {
                return Err(FlowError::UnknownColumn { name: (*name).to_owned(), profile });
            }
        }
        Ok(Self::named(profile, &names))
    }

    /// The same with names as they are spelt there; the tables of 2017 have one column twice.
    #[must_use]
    pub fn spelt(mut self, spelling: Spelling) -> Self {
        self.spelling = spelling;
        self.features.retain(|feature| !std::ptr::eq(*feature, &AGAIN));
        if spelling == Spelling::In2017 {
            let is_before = |feature: &&Feature<Flow>| feature.name.current == BEFORE_AGAIN;
            if let Some(at) = self.features.iter().position(is_before) {
                self.features.insert(at + 1, &AGAIN);
            }
        }
        self.reads = reads(&self.features, self.profile);
        self
    }

    /// The same with a last column for a label, or without.
    #[must_use]
    pub fn labelled(self, label: bool) -> Self {
        Self { label, ..self }
    }

    /// The same without those that tell flows apart: for who knows which row is which.
    #[must_use]
    pub fn anonymous(self) -> Self {
        Self { identity: Vec::new(), ..self }
    }

    /// The profile they are of.
    #[must_use]
    pub fn profile(&self) -> Profile {
        self.profile
    }

    /// Names and kinds of the columns, in their order.
    pub fn headings(&self) -> impl Iterator<Item = (&'static str, Kind)> {
        let identity = self.identity.iter().map(|identity| {
            (identity.name, if identity.is_number { Kind::Integer } else { Kind::Text })
        });
        let features = self.features.iter().map(|feature| {
            (feature.name, if self.is_whole(feature) { Kind::Integer } else { Kind::Real })
        });
        let facts = self.facts.iter().map(|fact| (fact.name, Kind::Text));
        let label = self.label.then_some((LABEL, Kind::Text));
        let spelling = self.spelling;
        identity
            .chain(features)
            .chain(facts)
            .chain(label)
            .map(move |(name, kind)| (name.spelt(spelling), kind))
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.headings().count()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The features among them: what a model can learn from.
    #[must_use]
    pub fn features(&self) -> &[&'static Feature<Flow>] {
        &self.features
    }

    /// The numbers of a flow, one for each of the [`features`](Self::features).
    #[must_use]
    pub fn numbers<'a>(&'a self, flow: &'a Flow) -> impl ExactSizeIterator<Item = f64> + 'a {
        self.reads.iter().map(|(read, _)| read(flow))
    }

    /// Tells the row of a flow.
    #[inline]
    pub fn tell(
        &self,
        flow: &Flow,
        label: Option<&str>,
        cells: &mut impl Cells,
        room: &mut Scratch,
    ) {
        for identity in &self.identity {
            room.text.clear();
            cell((identity.tell)(flow, &mut room.text), cells);
        }
        match self.profile {
            Profile::Native => {
                room.numbers.clear();
                room.numbers.extend(self.numbers(flow));
                cells.reals(&room.numbers);
            }
            _ => self.reads.iter().for_each(|(read, is_whole)| match is_whole {
                true => cells.integer(read(flow) as i64),
                false => cells.reals(&[read(flow)]),
            }),
        }
        for fact in &self.facts {
            room.text.clear();
            cell((fact.tell)(flow, &mut room.text), cells);
        }
        if self.label {
            cells.text(label.unwrap_or(NO_LABEL));
        }
    }

    /// A configuration that keeps of flows what these columns need.
    #[must_use]
    pub fn config(&self) -> FlowConfig {
        let groups = self.features.iter().map(|feature| feature.group);
        let groups = groups.chain(self.facts.iter().map(|fact| fact.group));
        let native = groups.filter(|_| self.profile == Profile::Native);
        let wants = native.fold(Wants::NOTHING, |wants, group| wants | group.wants());
        FlowConfig::new(self.profile).with_wants(wants)
    }

    /// Numbers of the native profile are doubles all alike: they are handed over at once.
    fn is_whole(&self, feature: &Feature<Flow>) -> bool {
        self.profile != Profile::Native && feature.is_whole(self.profile)
    }

    fn named(profile: Profile, names: &[&str]) -> Self {
        let reference = names.contains(&REFERENCE);
        let is_named =
            |group: Group, column: &Name| names.iter().any(|it| takes(it, group, column));
        Self::of(
            profile,
            &|it| reference && it.is_reference() || is_named(it.group, &it.name),
            &|it| is_named(it.group, &it.name),
        )
    }

    fn of(
        profile: Profile,
        features: &dyn Fn(&Feature<Flow>) -> bool,
        facts: &dyn Fn(&Fact<Flow>) -> bool,
    ) -> Self {
        let has = |feature: &&Feature<Flow>| feature.read_as(profile).is_some();
        let features = FEATURES.iter().filter(has).filter(|feature| features(feature));
        let features: Vec<_> = features.collect();
        let has_facts = profile == Profile::Native;
        Self {
            profile,
            spelling: Spelling::Current,
            identity: IDENTITY.iter().collect(),
            reads: reads(&features, profile),
            features,
            facts: FACTS.iter().filter(|fact| has_facts && facts(fact)).collect(),
            label: profile != Profile::Native,
        }
    }
}

/// The column that stands twice in 2017, and the one behind which it does.
static AGAIN: Feature<Flow> = FWD_HEADER_LENGTH_AGAIN;
const BEFORE_AGAIN: &str = "Bwd Segment Size Avg";

fn reads(features: &[&Feature<Flow>], profile: Profile) -> Vec<Column> {
    let column =
        |feature: &&Feature<Flow>| Some((feature.read_as(profile)?, feature.is_whole(profile)));
    features.iter().filter_map(column).collect()
}

#[inline(always)]
pub(crate) fn cell(told: Told<'_>, cells: &mut impl Cells) {
    match told {
        Told::Text(text) => cells.text(text),
        Told::Integer(number) => cells.integer(number),
        Told::Nothing => cells.empty(),
    }
}

/// Whether `name` asks for a column.
pub(crate) fn takes(name: &str, group: Group, column: &Name) -> bool {
    let spellings = [column.current, column.in_2017.trim(), column.in_2018];
    name == ALL || name == group.name() || spellings.iter().any(|it| it.eq_ignore_ascii_case(name))
}
