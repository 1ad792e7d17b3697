//! The steps that are asked for, in the order in which they make sense.

use netsift::data::prepare::{
    Clip, Columns, ConstantColumns, CorrelatedColumns, Finite, Impute, LabelMap, Log,
    MostInformative, OneHot, Ordinal, Otherwise, Plan,
};

use super::Steps;
use super::asked::{Encoded, Names, Scaled};

impl Steps {
    /// Other names for labels, if any are asked for.
    pub(crate) fn label_map(&self) -> Option<LabelMap> {
        let rules = self.map_label.iter();
        let map = rules.fold(LabelMap::new(Otherwise::Keep), |map, (pattern, becomes)| {
            map.rule(pattern, becomes)
        });
        (!self.map_label.is_empty()).then_some(map)
    }

    /// Cells first, then which columns there are, then the size of numbers: nothing undoes what was done before it.
    pub(crate) fn plans(&self) -> Vec<Plan> {
        let mut plans = Vec::new();
        if self.impute.is_some() || self.scale.is_some() {
            plans.push(Finite::new().into());
        }
        if let Some((low, high)) = self.clip {
            plans.push(Clip::to_quantiles(low, high).into());
        }
        if !self.log.is_empty() {
            let columns = match Names::of(&self.log).any(|name| name == "all") {
                true => Columns::All,
                false => Columns::named(Names::of(&self.log)),
            };
            plans.push(Log::new().columns(columns).into());
        }
        if let Some(fill) = &self.impute {
            plans.push(Impute::new(fill.clone()).when_empty(0.0).into());
        }
        match self.encode {
            Some(Encoded::OneHot) => plans.push(OneHot::new().into()),
            Some(Encoded::Ordinal) => plans.push(Ordinal::new().into()),
            None => {}
        }
        if self.drop_constant {
            plans.push(ConstantColumns::new().into());
        }
        if let Some(threshold) = self.drop_correlated {
            plans.push(CorrelatedColumns::new(threshold).into());
        }
        if let Some(count) = self.select {
            plans.push(MostInformative::new(count).into());
        }
        plans.extend(self.scale.map(Scaled::plan));
        plans
    }
}
