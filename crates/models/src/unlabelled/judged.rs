//! How well a detector finds what is known to be anomalies.

use netsift_data::{DataError, Dataset};
use netsift_metrics::{AnomalyScores, Confusion, Report};

use super::UsualLabels;
use crate::alarm::CLASSES;
use crate::{Bundle, Finding, ModelError};

/// How well a detector finds what is known to be anomalies.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct AnomaliesJudged {
    /// How many rows it was asked about.
    pub rows: u64,
    /// How many of them are anomalies.
    pub anomalies: u64,
    /// The area under the ROC curve: how likely an anomaly is stranger than a usual row.
    pub roc_area: f64,
    /// The area under the precision-recall curve, as its mean precision.
    pub average_precision: f64,
    /// How many of the strangest rows are anomalies, of as many as there are anomalies.
    pub precision_at_n: f64,
    /// What comes of its threshold: usual rows and anomalies, as they are and as they were told.
    pub report: Report,
}

impl AnomaliesJudged {
    /// What was found of rows of which it is known whether they are anomalies.
    ///
    /// # Errors
    /// [`ModelError::Metric`] if none of them is an anomaly or none is usual, and [`ModelError::Shape`] unless there is a
    /// finding for each.
    pub fn of(findings: &[Finding], is_anomaly: &[bool]) -> Result<Self, ModelError> {
        let (expected, found) = (is_anomaly.len(), findings.len());
        if expected != found {
            return Err(ModelError::Shape { what: "findings", expected, found });
        }
        let scores: Vec<f64> = findings.iter().map(|finding| finding.score).collect();
        let scored = AnomalyScores::of(is_anomaly, &scores, None)?;
        // Says which side is missing, where one is.
        let roc_area = scored.ranking().roc()?.area();
        let anomalies = is_anomaly.iter().filter(|is| **is).count();
        let truth: Vec<u32> = is_anomaly.iter().map(|is| u32::from(*is)).collect();
        let told: Vec<u32> = findings.iter().map(|finding| u32::from(finding.is_anomaly)).collect();
        let names = CLASSES.map(str::to_owned).to_vec();
        let confusion = Confusion::of_codes(CLASSES.len(), &truth, &told, None)?.named(names)?;
        Ok(Self {
            rows: found as u64,
            anomalies: anomalies as u64,
            roc_area,
            average_precision: scored.average_precision(),
            precision_at_n: scored.precision_at(anomalies)?,
            report: Report::of(&confusion)?,
        })
    }
}

impl Bundle {
    /// How well it finds anomalies among rows whose labels tell them, if it is a detector.
    ///
    /// # Errors
    /// [`ModelError::NoDetector`] if it is none, [`DataError::Unlabelled`] without labels, [`ModelError::OneSide`] if they
    /// know no usual row or no anomaly, and what the detector says.
    pub fn judge_anomalies(
        &self,
        data: &Dataset,
        usual: &UsualLabels,
        threads: usize,
    ) -> Result<AnomaliesJudged, ModelError> {
        self.predictor().alarm()?;
        let labels = data.labels().ok_or(DataError::Unlabelled { what: "labels" })?;
        let is_anomaly: Vec<bool> =
            usual.told(labels)?.numbers().iter().map(|&class| class == 1).collect();
        AnomaliesJudged::of(&self.findings(data, threads)?, &is_anomaly)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(score: f64) -> Finding {
        Finding { score, quantile: 0.5, is_anomaly: score > 3.0 }
    }

    #[test]
    fn figures_are_those_of_the_ranking_and_of_the_threshold() {
        // By hand: of 2 x 3 pairs of anomaly and usual row 5 are in order; behind the first the second anomaly is third.
        let findings = [5.0, 4.0, 2.0, 1.0, 0.5].map(found);
        let judged = AnomaliesJudged::of(&findings, &[true, false, true, false, false]).unwrap();
        assert_eq!((judged.rows, judged.anomalies), (5, 2));
        assert!((judged.roc_area - 5.0 / 6.0).abs() < 1e-15);
        assert!((judged.average_precision - (1.0 + 2.0 / 3.0) / 2.0).abs() < 1e-15);
        assert_eq!(judged.precision_at_n, 0.5);
        let rows: Vec<&[f64]> = judged.report.confusion.rows().collect();
        assert_eq!(rows, [[2.0, 1.0], [1.0, 1.0]]);
    }

    #[test]
    fn one_side_alone_is_refused() {
        for is_anomaly in [[true; 2], [false; 2]] {
            let refused = AnomaliesJudged::of(&[found(1.0), found(2.0)], &is_anomaly);
            assert!(matches!(refused, Err(ModelError::Metric(_))));
        }
        assert!(AnomaliesJudged::of(&[found(1.0)], &[true, false]).is_err());
    }
}
