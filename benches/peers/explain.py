#!/usr/bin/env python3
"""The other side of explanations: fits a forest of 100 trees, writes it as models of this workspace are written, and lets
the package shap explain rows.

    python explain.py FOLDER SEED WIDTH ROWS

FOLDER holds train.f64, train.u32 and test.f64; model.json is written there, and told.f64: of the first ROWS rows, of each
column, of each class what it contributes. Prints seconds on the wall, of one thread. Needs requirements_zoo.txt and shap.
"""

import json
import sys
import time
from pathlib import Path

import numpy as np
import shap
from sklearn.ensemble import RandomForestClassifier

sys.path.append(str(Path(__file__).parents[2] / "crates/models/tests/golden"))
from make_shap import forest, of_sklearn  # noqa: E402


def main(folder, seed, width, count):
    read = lambda part: np.fromfile(folder / f"{part}.f64").reshape(-1, width)
    train, test = read("train"), read("test")[:count]
    labels = np.fromfile(folder / "train.u32", dtype=np.uint32)
    fitted = RandomForestClassifier(100, random_state=seed, n_jobs=2).fit(train, labels)
    trees = [of_sklearn(tree.tree_) for tree in fitted.estimators_]
    (folder / "model.json").write_text(json.dumps({"random-forest": forest(trees, width)}))
    start = time.perf_counter()
    explainer = shap.TreeExplainer(fitted)
    made = time.perf_counter()
    told = explainer.shap_values(test, check_additivity=False)
    end = time.perf_counter()
    np.ascontiguousarray(told, dtype=np.float64).tofile(folder / "told.f64")
    print(json.dumps({"prepare": made - start, "explain": end - made}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), *map(int, sys.argv[2:]))
