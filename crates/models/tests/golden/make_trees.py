#!/usr/bin/env python3
"""What scikit-learn's decision trees answer, frozen for the tests of this crate.

    python -m venv VENV && VENV/bin/pip install scikit-learn==1.9.1 && VENV/bin/python make_trees.py

writes trees.json beside itself. Inputs are not kept: script and tests draw them in the same order from SplitMix64, and
the file names the versions that made it. Cells are exact in 32 bits, which is what scikit-learn keeps. Kept are the
cases in which no two cuts are equally good, so that chance and order decide nothing: those on whose trees ten seeds agree,
and that of the mirrored columns.

Draws: `below(n)` is the next 64 bits modulo n.
"""

import itertools
import json
import pathlib
import platform

import numpy as np
import sklearn
from sklearn.tree import DecisionTreeClassifier

CASES = 900
KEPT = 80
ASKED = 10
MASK = (1 << 64) - 1


class SplitMix64:
    def __init__(self, seed):
        self.state = seed

    def next(self):
        self.state = (self.state + 0x9E3779B97F4A7C15) & MASK
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        return z ^ (z >> 31)

    def below(self, n):
        return self.next() % n


def draw(case):
    """(rows, labels, weights, questions). case % 3: 0 few values, many rows; 1 many values; 2 some cells are missing.
    Every fourth case has weights, which are whole."""
    draws = SplitMix64(7_000 + case)
    kind = case % 3
    count = [1_500, 120, 120][kind] + draws.below(50)
    classes = 2 + draws.below(3)
    values = 12 if kind == 0 else 1 << 20

    def cell():
        value = draws.below(values)
        is_missing = draws.below(8) == 0 and kind == 2
        return float("nan") if is_missing else value / 64.0

    rows = [[cell() for _ in range(4)] for _ in range(count + ASKED)]
    labels, weights = [], []
    for row in rows[:count]:
        first = sum(1 for value in row[:3] if value * 128.0 > values)
        noise = draws.below(4) == 0
        labels.append(draws.below(classes) if noise else first % classes)
        weights.append(1 + draws.below(3) if case % 4 == 0 else 1)
    return rows[:count], labels, weights, rows[count:], classes


def settings(case):
    """By case; minima only where rows have no weights, since scikit-learn counts rows then."""
    choices = [
        {"depth": 3},
        {"depth": 4, "criterion": "entropy"},
        {"depth": 5, "min-leaf": 7},
        {"depth": 6, "min-split": 30},
        {"min-gain": 0.01},
        {"leaves": 6},
        {"pruning": 0.008, "min-leaf": 4},
    ]
    chosen = dict(choices[(case // 12) % 7])
    if case % 4 == 0:
        chosen.pop("min-leaf", None)
        chosen.pop("min-split", None)
    return chosen


NAMES = {
    "depth": "max_depth",
    "criterion": "criterion",
    "min-leaf": "min_samples_leaf",
    "min-split": "min_samples_split",
    "min-gain": "min_impurity_decrease",
    "leaves": "max_leaf_nodes",
    "pruning": "ccp_alpha",
}


def fit(case, seed, sign=1):
    rows, labels, weights, asked, classes = draw(case)
    chosen = {NAMES[name]: value for name, value in settings(case).items()}
    model = DecisionTreeClassifier(random_state=seed, **chosen)
    model.fit(sign * np.array(rows), labels, sample_weight=weights)
    told = np.zeros((len(asked), classes))
    told[:, model.classes_] = model.predict_proba(np.array(asked))
    return model, told


def is_determined(case):
    trees = [fit(case, seed)[0].tree_ for seed in range(10)]
    splits = [(tree.feature.tolist(), tree.threshold.tolist()) for tree in trees]
    mirrored = fit(case, 0, -1)[0].tree_
    return all(split == splits[0] for split in splits) and questions(trees[0], 1) == questions(mirrored, -1)


def questions(tree, sign):
    return sorted((f, sign * t) for f, t in zip(tree.feature.tolist(), tree.threshold.tolist()) if f >= 0)


def answer(case):
    model, told = fit(case, 0)
    return {
        "case": case,
        "settings": {name: str(value) for name, value in settings(case).items()},
        "leaves": int(model.get_n_leaves()),
        "importances": model.feature_importances_.tolist(),
        "told": told.tolist(),
    }


def main():
    cases = list(itertools.islice(filter(is_determined, range(CASES)), KEPT))
    versions = {
        "python": platform.python_version(),
        "numpy": np.__version__,
        "scikit-learn": sklearn.__version__,
    }
    text = json.dumps({"versions": versions, "cases": [answer(case) for case in cases]})
    pathlib.Path(__file__).with_name("trees.json").write_text(text.replace('{"case"', '\n{"case"') + "\n")
    print(len(cases), "cases")


if __name__ == "__main__":
    main()
