#!/usr/bin/env python3
"""What xgboost and LightGBM make of small tables, frozen for the tests of gradient boosting.

    python -m venv VENV && VENV/bin/pip install -r requirements.txt && VENV/bin/python make_boosting.py

writes boosting.json beside itself: tables, settings, and each row's probabilities. Columns have few values, so that all
bin them alike; weights are uneven, so that no two different splits gain the same.
"""

import json
import pathlib
import platform

import lightgbm
import numpy as np
import xgboost

ROWS = 40
COLUMNS = 4


def table(chance, classes, missing):
    rows = chance.integers(0, [3, 4, 5, 6], (ROWS, COLUMNS)).astype(float)
    if missing:
        rows[chance.random(rows.shape) < 0.15] = np.nan
    score = np.nan_to_num(rows[:, 0] * rows[:, 2] - 2 * rows[:, 3], nan=1.5) + chance.normal(0, 2, ROWS)
    labels = np.searchsorted(np.quantile(score, np.arange(1, classes) / classes), score)
    weights = np.round(chance.random(ROWS) + 0.25, 6)
    return rows, labels, weights


def settings(chance, case):
    return {
        "trees": int(chance.integers(2, 9)),
        "learning-rate": float(chance.choice([0.1, 0.3, 0.8])),
        "depth": int(chance.integers(2, 5)),
        "growth": ["depth-wise", "leaf-wise"][case % 2],
        "leaves": int(chance.integers(3, 7)) if case % 2 else None,
        "l1": float(chance.choice([0, 0, 0.4])),
        "l2": float(chance.choice([0, 1, 1.5])),
        "min-gain": float(chance.choice([0, 0, 0.3])),
        "min-child-weight": float(chance.choice([0.3, 1])),
    }


def by_xgboost(rows, labels, weights, classes, told):
    objective = "binary:logistic" if classes == 2 else "multi:softprob"
    shares = np.array([weights[labels == label].sum() for label in range(classes)]) / weights.sum()
    # Margins begin at the shares of the classes: said to each row, so that no version's own guess matters.
    base = np.full(ROWS, np.log(shares[1] / shares[0])) if classes == 2 else np.tile(np.log(shares), (ROWS, 1))
    data = xgboost.DMatrix(rows, labels, weight=weights, base_margin=base)
    parameters = {
        "objective": objective,
        "tree_method": "hist",
        "max_bin": 256,
        "eta": told["learning-rate"],
        "max_depth": told["depth"],
        "grow_policy": {"depth-wise": "depthwise", "leaf-wise": "lossguide"}[told["growth"]],
        "max_leaves": told["leaves"] or 0,
        "alpha": told["l1"],
        "lambda": told["l2"],
        "gamma": told["min-gain"],
        "min_child_weight": told["min-child-weight"],
        "nthread": 1,
    }
    if classes > 2:
        parameters["num_class"] = classes
    model = xgboost.train(parameters, data, told["trees"])
    found = model.predict(data).astype(float)
    return np.column_stack([1 - found, found]) if classes == 2 else found


def by_lightgbm(rows, labels, weights, classes, told):
    # LightGBM leaves out columns for good that gained nothing at a parent: without penalties, all gain something.
    told.update({"growth": "leaf-wise", "min-gain": 0.0, "l1": 0.0, "l2": 0.0})
    told["leaves"] = told["leaves"] or 6
    parameters = {
        "objective": "binary",
        "learning_rate": told["learning-rate"],
        "max_depth": told["depth"],
        "num_leaves": told["leaves"],
        "min_sum_hessian_in_leaf": told["min-child-weight"],
        "min_data_in_leaf": 0,
        "min_data_in_bin": 1,
        "max_bin": 255,
        "feature_pre_filter": False,
        "verbose": -1,
        "num_threads": 1,
        "deterministic": True,
    }
    data = lightgbm.Dataset(rows, labels, weight=weights, params=parameters)
    model = lightgbm.train(parameters, data, told["trees"])
    found = model.predict(rows)
    return np.column_stack([1 - found, found])


def plain(rows):
    return [[None if np.isnan(cell) else int(cell) for cell in row] for row in rows]


def cases():
    chance = np.random.default_rng(7)
    judges = [("xgboost", 2, by_xgboost), ("xgboost", 3, by_xgboost), ("lightgbm", 2, by_lightgbm)]
    for case in range(30):
        judge, classes, ask = judges[case % 3]
        rows, labels, weights = table(chance, classes, missing=case % 4 > 1)
        told = settings(chance, case)
        found = ask(rows, labels, weights, classes, told)
        yield {
            "judge": judge,
            "settings": {name: str(value).lower() for name, value in told.items()},
            "rows": plain(rows),
            "labels": labels.tolist(),
            "weights": weights.tolist(),
            "probabilities": np.round(found, 8).tolist(),
        }


versions = {
    "python": platform.python_version(),
    "numpy": np.__version__,
    "xgboost": xgboost.__version__,
    "lightgbm": lightgbm.__version__,
}
out = pathlib.Path(__file__).parent / "boosting.json"
lines = ",\n".join(json.dumps(case) for case in cases())
out.write_text(f'{{"versions": {json.dumps(versions)},\n"cases": [\n{lines}\n]}}\n')
