//! What is kept of a training without labels.

use super::fit::{Held, Rows, Tried, count};
use super::{DetectorCandidate, DetectorTrainer};
use crate::alarm::CLASSES;
use crate::bundle::{
    AlarmFacts, Bundle, ColumnFacts, Facts, Fingerprint, Seen, SplitFacts, StabilityFacts,
};
use crate::drift::Reference;
use crate::judged::Truth;
use crate::quantile::Quantile;
use crate::{DetectorRecipe, Finding, Judged, ModelError};

impl DetectorTrainer<'_> {
    pub(super) fn bundle(
        &self,
        candidates: &[DetectorCandidate],
        chosen: usize,
        tried: Tried,
        (rows, test): (&Rows, Option<Held<'_>>),
    ) -> Result<Bundle, ModelError> {
        let Tried { predictor, train: train_found, test: test_found, .. } = tried;
        let input = predictor.preparation().input();
        let fingerprint = Fingerprint::of(&rows.learned, input)?;
        let looked = test.map(|test| fingerprint.look(test.data, input)).transpose()?;
        let alarm = predictor.alarm()?;
        let compared = |found: &[Finding], known: Option<&[bool]>| {
            let answer = alarm.answer_of(found);
            Ok::<_, ModelError>((Judged::compare(&truth(found.len(), known), &answer)?, answer))
        };
        let (train, _) = compared(&train_found, rows.is_anomaly.as_deref())?;
        let known = test.and_then(|test| test.is_anomaly);
        let test_judged = test_found.as_deref().map(|found| compared(found, known)).transpose()?;
        let (test_judged, answer) = test_judged.unzip();
        let surety = answer.map(|answer| answer.scores());
        let reference = Reference::of(&rows.learned, input, surety.as_deref(), self.threads)?;
        let recipe = candidates.get(chosen).map(|candidate| &candidate.recipe);
        let told = recipe.map(DetectorRecipe::told).unwrap_or_default().into_iter();
        let facts = Facts {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            about: self.about.clone(),
            learner: predictor.mind().name().to_owned(),
            settings: told.map(|(name, value)| (name.to_owned(), value)).collect(),
            columns: ColumnFacts::all(&rows.learned, &self.about)?,
            split: self.split_facts(rows.whole.rows(), test.map(|test| test.data.rows())),
            rows_fitted: rows.learned.rows() as u64,
            train,
            test: test_judged,
            repeated: looked.unwrap_or(Seen::default()),
            cross_validation: Vec::new(),
        };
        let alarm = self.alarm_facts(candidates, rows, &train_found, test_found.as_deref());
        Bundle::of_detector(facts, fingerprint, reference, alarm, predictor)
    }

    fn split_facts(&self, train: usize, test: Option<usize>) -> SplitFacts {
        let how = match test {
            None => "not at all",
            Some(_) if self.test_share > 0.0 => self.split.name(),
            Some(_) => "given apart",
        };
        SplitFacts {
            how: how.to_owned(),
            seed: self.split.seed(),
            test_share: if test.is_some() { self.test_share } else { 0.0 },
            train_rows: train as u64,
            test_rows: test.unwrap_or(0) as u64,
        }
    }

    fn alarm_facts(
        &self,
        candidates: &[DetectorCandidate],
        rows: &Rows,
        train: &[Finding],
        test: Option<&[Finding]>,
    ) -> AlarmFacts {
        let spread = |found: &[Finding]| {
            Quantile::usual_of(&found.iter().map(|finding| finding.score).collect::<Vec<_>>())
        };
        let candidates = candidates.iter().map(|candidate| StabilityFacts {
            detector: candidate.recipe.name().to_owned(),
            stability: candidate.stability,
        });
        AlarmFacts {
            limit: self.limit,
            rows_a_day: rows.rate.rows_a_day().ok(),
            known_anomalies: rows.is_anomaly.as_deref().map(count),
            has_learned_anomalies: self.learns_anomalies && rows.is_anomaly.is_some(),
            train_scores: spread(train),
            test_scores: test.map(spread).unwrap_or_default(),
            candidates: candidates.collect(),
        }
    }
}

/// Rows of which nothing is known count as usual.
fn truth(rows: usize, known: Option<&[bool]>) -> Truth {
    let codes = match known {
        Some(known) => known.iter().map(|is| u32::from(*is)).collect(),
        None => vec![0; rows],
    };
    Truth { names: CLASSES.map(str::to_owned).to_vec(), codes }
}
