#!/usr/bin/env python3
"""The other side of the zoo: fits one model on rows that were written for it, and says what it guesses.

    python zoo.py FOLDER MODEL SEED WIDTH CLASSES THREADS SINGLE

FOLDER holds train.f64, train.u32, test.f64 and test.u32; guess.u32 is written there, and told.f64, a probability for
each of CLASSES, by models that tell them. Prints seconds on the wall: of the fit, of all guesses at once, and of one
row, over SINGLE rows one by one. Needs requirements_zoo.txt.
"""

import json
import sys
import time
import warnings
from pathlib import Path

import numpy as np

warnings.simplefilter("ignore")


def model(name, seed, threads):
    from sklearn import dummy, ensemble, linear_model, naive_bayes, neighbors, svm, tree

    match name:
        case "dummy":
            return dummy.DummyClassifier(strategy="most_frequent")
        case "decision-tree":
            return tree.DecisionTreeClassifier(random_state=seed)
        case "random-forest":
            return ensemble.RandomForestClassifier(100, random_state=seed, n_jobs=threads)
        case "extra-trees":
            return ensemble.ExtraTreesClassifier(100, random_state=seed, n_jobs=threads)
        # All who boost get the same rounds, depth, leaves, rate, bins and l2, and the same least hessian of a leaf. What
        # cannot be made equal: scikit-learn has no least hessian (0.001); for several classes the hessian is taken
        # twice by xgboost, classes / (classes - 1) times by lightgbm and once by scikit-learn; and each cuts bins in a
        # way of its own.
        case "gradient-boosting":
            import xgboost

            return xgboost.XGBClassifier(
                n_estimators=100, max_depth=6, learning_rate=0.3, max_bin=255, tree_method="hist", n_jobs=threads, random_state=seed
            )
        case "lightgbm":
            import lightgbm

            return lightgbm.LGBMClassifier(
                n_estimators=100, max_depth=6, num_leaves=64, learning_rate=0.3, max_bin=255, min_data_in_bin=1, reg_lambda=1,
                min_child_weight=1, min_child_samples=1, n_jobs=threads, verbose=-1, random_state=seed
            )
        case "histogram-boosting":
            return ensemble.HistGradientBoostingClassifier(
                max_iter=100, max_depth=6, max_leaf_nodes=64, learning_rate=0.3, max_bins=255, l2_regularization=1,
                min_samples_leaf=1, early_stopping=False, random_state=seed
            )
        case "knn":
            return neighbors.KNeighborsClassifier(n_jobs=threads)
        case "linear-svm":
            return svm.LinearSVC(random_state=seed)
        case "svm":
            return svm.SVC(random_state=seed)
        case "logistic-regression":
            return linear_model.LogisticRegression(max_iter=1000)
        case "naive-bayes":
            return naive_bayes.GaussianNB()
        case "bernoulli-naive-bayes":
            return naive_bayes.BernoulliNB()
        case "voting":
            return ensemble.VotingClassifier(members(seed, threads), voting="soft")
        case "stacking":
            return ensemble.StackingClassifier(members(seed, threads))
    raise SystemExit(f"no model is named {name}")


def members(seed, threads):
    """Those that the zoo's own voting and stacking have by default."""
    return [(name, model(name, seed, threads)) for name in ["decision-tree", "random-forest", "knn"]]


def main(folder, name, seed, width, count, threads, single):
    read = lambda part: np.fromfile(folder / f"{part}.f64").reshape(-1, width)
    train, test = read("train"), read("test")
    labels = np.fromfile(folder / "train.u32", dtype=np.uint32)
    # xgboost wants classes without gaps.
    classes, codes = np.unique(labels, return_inverse=True)
    chosen = model(name, seed, threads)
    start = time.perf_counter()
    chosen.fit(train, codes)
    fitted = time.perf_counter()
    guess = chosen.predict(test)
    asked = time.perf_counter()
    for row in test[:single]:
        chosen.predict(row[None])
    alone = (time.perf_counter() - asked) / single
    classes[guess].astype(np.uint32).tofile(folder / "guess.u32")
    if hasattr(chosen, "predict_proba"):
        told = np.zeros((len(test), count))
        told[:, classes] = chosen.predict_proba(test)
        told.tofile(folder / "told.f64")
    print(json.dumps({"fit": fitted - start, "predict": asked - fitted, "one": alone}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], *map(int, sys.argv[3:]))
