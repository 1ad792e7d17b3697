//! The steps that are asked for, in the order given, or in that in which they make sense.

use netsift::data::prepare::{
    Clip, Columns, ConstantColumns, CorrelatedColumns, Fill, Finite, Impute, LabelMap, Log,
    MostInformative, Otherwise, Plan,
};

use super::Steps;
use super::asked::{Encoded, Names, Scaled};
use super::transforms::Transforms;

impl Steps {
    /// Other names for labels, if any are asked for.
    pub(crate) fn label_map(&self) -> Option<LabelMap> {
        let rules = self.map_label.iter();
        let map = rules.fold(LabelMap::new(Otherwise::Keep), |map, (pattern, becomes)| {
            map.rule(pattern, becomes)
        });
        (!self.map_label.is_empty()).then_some(map)
    }

    /// As they are given; or else cells first, then which columns there are, then the size of numbers: nothing undoes what
    /// was done before it.
    pub(crate) fn plans(&self) -> Vec<Plan> {
        if !self.transform.is_empty() {
            return Transforms::of(&self.transform).cloned().collect();
        }
        let is_finite = self.impute.is_some() || self.scale.is_some();
        let columns = match Names::of(&self.log).any(|name| name == "all") {
            true => Columns::All,
            false => Columns::named(Names::of(&self.log)),
        };
        let plans = [
            is_finite.then(|| Finite::new().into()),
            self.clip.map(clip),
            (!self.log.is_empty()).then(|| log(columns)),
            self.impute.clone().map(impute),
            self.encode.map(Encoded::plan),
            self.drop_constant.then(|| ConstantColumns::new().into()),
            self.drop_correlated.map(correlated),
            self.select.map(informative),
            self.scale.map(Scaled::plan),
        ];
        plans.into_iter().flatten().collect()
    }
}

pub(super) fn clip((low, high): (f64, f64)) -> Plan {
    Clip::to_quantiles(low, high).into()
}

pub(super) fn log(columns: Columns) -> Plan {
    Log::new().columns(columns).into()
}

/// A column without a known cell would have nothing to put in.
pub(super) fn impute(fill: Fill) -> Plan {
    Impute::new(fill).when_empty(0.0).into()
}

pub(super) fn correlated(threshold: f64) -> Plan {
    CorrelatedColumns::new(threshold).into()
}

pub(super) fn informative(count: usize) -> Plan {
    MostInformative::new(count).into()
}
