#!/usr/bin/env python3
"""The other side of the detectors: fits one on rows that were written for it, and says how strange others are.

    python detectors.py FOLDER DETECTOR SEED WIDTH THREADS SINGLE AT_ONCE

FOLDER holds train.f64 and test.f64; scores.f64 is written there, the larger the stranger. Prints seconds on the wall: of
the fit, of all scores at once, and of one row, over SINGLE rows one by one. The scores that are written are of AT_ONCE rows
at once (0: all), such as stand far from each other. Needs requirements_detectors.txt.
"""

import json
import sys
import time
import warnings
from pathlib import Path

import numpy as np

warnings.simplefilter("ignore")


class Turned:
    """One of scikit-learn's, for which the smaller is the stranger."""

    def __init__(self, model):
        self.model = model

    def fit(self, rows):
        self.model.fit(rows)

    def decision_function(self, rows):
        return -self.model.score_samples(rows)


class Components:
    """The squared error of what is left of rows by the directions that are kept."""

    def __init__(self):
        from sklearn.decomposition import PCA

        self.model = PCA(0.95, svd_solver="full")

    def fit(self, rows):
        self.model.fit(rows)

    def decision_function(self, rows):
        return ((rows - self.model.inverse_transform(self.model.transform(rows))) ** 2).sum(axis=1)


class Planes:
    """isotree's, set as Hariri's: planes over all columns through any place, as deep as halves, with 256 rows a tree."""

    def __init__(self, seed, threads, width):
        from isotree import IsolationForest

        self.model = IsolationForest(
            sample_size=256, ntrees=100, ndim=width, ntry=1, coefs="normal", coef_by_prop=False, standardize_data=False,
            penalize_range=False, prob_pick_pooled_gain=0, prob_pick_avg_gain=0, missing_action="fail",
            random_seed=seed + 1, nthreads=threads,
        )

    def fit(self, rows):
        self.model.fit(rows)

    def decision_function(self, rows):
        return self.model.predict(rows)


def detector(name, seed, width, threads):
    match name:
        case "isolation-forest":
            from sklearn.ensemble import IsolationForest

            return Turned(IsolationForest(n_estimators=100, max_samples=256, random_state=seed, n_jobs=threads))
        case "extended-isolation-forest":
            return Planes(seed, threads, width)
        case "lof":
            from sklearn.neighbors import LocalOutlierFactor

            return Turned(LocalOutlierFactor(20, novelty=True, n_jobs=threads))
        case "knn-distance":
            from pyod.models.knn import KNN

            return KNN(n_neighbors=5, method="largest", n_jobs=threads)
        case "hbos":
            from pyod.models.hbos import HBOS

            return HBOS(n_bins=10, alpha=0.1, tol=0.5)
        case "ecod":
            from pyod.models.ecod import ECOD

            return ECOD(n_jobs=threads)
        case "pca":
            return Components()
        case "one-class-svm":
            from sklearn.svm import OneClassSVM

            return Turned(OneClassSVM(nu=0.1))
    raise SystemExit(f"no detector is named {name}")


def main(folder, name, seed, width, threads, single, at_once):
    import joblib

    train, test = (np.fromfile(folder / f"{part}.f64").reshape(-1, width) for part in ["train", "test"])
    # What is compiled or loaded when it is first needed is not timed.
    first = detector(name, seed, width, threads)
    first.fit(train[:100])
    first.decision_function(test[:2])
    chosen = detector(name, seed, width, threads)
    start = time.perf_counter()
    chosen.fit(train)
    fitted = time.perf_counter()
    # scikit-learn's isolation forest takes its threads from here as it is asked.
    with joblib.parallel_backend("threading", n_jobs=threads):
        scores = chosen.decision_function(test)
    asked = time.perf_counter()
    for row in test[:single]:
        chosen.decision_function(row[None])
    alone = (time.perf_counter() - asked) / single
    parts = -(-len(test) // at_once) if at_once else 0
    for first in range(parts):
        scores[first::parts] = chosen.decision_function(test[first::parts])
    np.asarray(scores, dtype=np.float64).tofile(folder / "scores.f64")
    print(json.dumps({"fit": fitted - start, "score": asked - fitted, "one": alone}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], *map(int, sys.argv[3:]))
