"""What scikit-learn answers, frozen as judging.json beside this file.

Inputs are not kept: both sides draw them from splitmix64, as `draw.rs` documents. Run it with the packages whose
versions the output names: python make_judging.py

A calibration is fitted on what an estimator says out of fold and asked about what it says of other rows. The estimator
here says what it is given: a row of cells is the row of probabilities, so that calibration alone is compared.
"""

import json
import pathlib
import platform

import numpy as np
import sklearn
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.calibration import CalibratedClassifierCV
from sklearn.model_selection import PredefinedSplit

CASES = 40
MASK = (1 << 64) - 1


class Draw:
    def __init__(self, seed):
        self.state = seed

    def below(self, limit):
        self.state = (self.state + 0x9E3779B97F4A7C15) & MASK
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        return (z ^ (z >> 31)) % limit


class Echo(ClassifierMixin, BaseEstimator):
    """Says of a row what its cells are."""

    def fit(self, rows, labels):
        self.classes_ = np.unique(labels)
        return self

    def predict_proba(self, rows):
        return np.asarray(rows)

    def predict(self, rows):
        return self.classes_[np.argmax(rows, axis=1)]


def draw(case):
    """Rows of probabilities that lean to their class, some of them equal, and questions beyond both ends."""
    draw = Draw(5000 + case)
    rows, classes = 40 + draw.below(160), 2 + draw.below(4)
    steps = [1 << 20, 20][case % 2]

    def table(labels):
        cells = [
            [(draw.below(steps) + 1) / steps + (0.4 if column == label else 0.0) for column in range(classes)]
            for label in labels
        ]
        return np.array([[cell / sum(row) for cell in row] for row in cells])

    labels = [row if row < classes else draw.below(classes) for row in range(rows)]
    said = table(labels)
    asked = np.vstack([table([draw.below(classes) for _ in range(20)]), np.eye(classes)])
    return said, np.array(labels), asked


def calibrated(case):
    said, labels, asked = draw(case)
    told = {}
    for method in ["isotonic", "sigmoid"]:
        folds = PredefinedSplit(np.arange(len(labels)) % 3)
        model = CalibratedClassifierCV(Echo(), method=method, cv=folds, ensemble=False)
        told[method] = model.fit(said, labels).predict_proba(asked).tolist()
    return told


expected = {
    "versions": {"python": platform.python_version(), "scikit-learn": sklearn.__version__},
    "calibrated": [calibrated(case) for case in range(CASES)],
}
text = json.dumps(expected, separators=(",", ":"))
pathlib.Path(__file__).with_name("judging.json").write_text(text + "\n")
