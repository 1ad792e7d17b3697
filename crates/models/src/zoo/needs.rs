//! What rows have to be like before a learner can take them.

use std::mem::discriminant;

use netsift_data::Plan;
use netsift_data::prepare::{Fill, Finite, Impute, OneHot, Ordinal, Scale};

/// What rows have to be like. Of several learners together, the greatest counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Needs {
    /// Numbers of any size, missing and infinite ones among them; an order of texts that means nothing does no harm.
    Raw,
    /// Finite numbers.
    Finite,
    /// Finite numbers of about one size: distances and penalties take a column for the more the larger it is.
    Scaled,
}

impl Needs {
    /// These plans, and behind them what makes such rows of any, as far as none of them stands for it.
    #[must_use]
    pub fn completed(self, plans: &[Plan]) -> Vec<Plan> {
        completed(plans, self.plans())
    }

    /// What makes such rows of any.
    pub(super) fn plans(self) -> Vec<Plan> {
        match self {
            Self::Raw => vec![Ordinal::new().into()],
            Self::Finite => [known().as_slice(), &[OneHot::new().into()]].concat(),
            // Before texts are encoded, so that their zeros and ones stay.
            Self::Scaled => {
                [known().as_slice(), &[Scale::standard().into(), OneHot::new().into()]].concat()
            }
        }
    }
}

/// Medians stand in for what is missing, since flows have wild cells that move a mean.
fn known() -> [Plan; 2] {
    [Finite::new().into(), Impute::new(Fill::Median).when_empty(0.0).into()]
}

/// These plans, and those of `usual` that nothing among them stands for.
pub(super) fn completed(plans: &[Plan], usual: Vec<Plan>) -> Vec<Plan> {
    let stands_for = |plan: &Plan, usual: &Plan| {
        let encode = |plan: &Plan| matches!(plan, Plan::OneHot(_) | Plan::Ordinal(_));
        // Whoever brings numbers to sizes of his own has no use for logarithms of those.
        let is_sized =
            matches!(usual, Plan::Log(_)) && matches!(plan, Plan::Scale(_) | Plan::Clip(_));
        discriminant(plan) == discriminant(usual) || encode(plan) && encode(usual) || is_sized
    };
    let missing =
        usual.into_iter().filter(|usual| !plans.iter().any(|plan| stands_for(plan, usual)));
    plans.iter().cloned().chain(missing).collect()
}

#[cfg(test)]
mod tests {
    use ndarray::array;
    use netsift_data::prepare::Log;
    use netsift_data::{Classes, Dataset, Field, Preparation, Schema};

    use super::*;

    #[test]
    fn any_rows_become_what_is_needed() {
        let texts = Classes::new(["tcp", "udp"]).unwrap();
        let fields = [Field::number("a"), Field::text("p", texts), Field::number("empty")];
        let rows = array![
            [1.0, 0.0, f64::NAN],
            [f64::INFINITY, 1.0, f64::NAN],
            [f64::NAN, f64::NAN, f64::NAN],
            [5e9, 1.0, f64::NAN]
        ];
        let data = Dataset::new(Schema::new(fields).unwrap(), rows).unwrap();
        let made = |needs: Needs| Preparation::fit(&needs.plans(), &data).unwrap().1;
        assert_eq!(made(Needs::Raw).matrix()[[1, 0]], f64::INFINITY);
        assert!(made(Needs::Raw).schema().fields().iter().all(|field| field.texts().is_none()));
        let finite = made(Needs::Finite);
        assert!(finite.matrix().iter().all(|cell| cell.is_finite()));
        assert_eq!(finite.schema().names().collect::<Vec<_>>(), ["a", "p=tcp", "p=udp", "empty"]);
        let scaled = made(Needs::Scaled);
        assert!(scaled.matrix().iter().all(|cell| cell.abs() < 2.0));
    }

    #[test]
    fn what_was_chosen_takes_the_place_of_the_usual() {
        let chosen = [Plan::from(Scale::robust()), Ordinal::new().into()];
        let all = completed(&chosen, Needs::Scaled.plans());
        assert_eq!(all[..2], chosen);
        assert_eq!(all[2..], known());
        assert_eq!(completed(&[], Needs::Finite.plans()), Needs::Finite.plans());
        let logs = || vec![Log::new().into()];
        assert_eq!(completed(&[Ordinal::new().into()], logs()).len(), 2);
        assert_eq!(completed(&chosen, logs()), chosen);
    }
}
