#!/usr/bin/env python3
"""What the package shap says of trees, frozen for the tests of this crate.

    python -m venv VENV && VENV/bin/pip install scikit-learn==1.9.1 xgboost==3.2.0 shap==0.51.0
    VENV/bin/python make_shap.py

writes shap.json beside itself: models of scikit-learn and xgboost, each in the form that models of this crate have as
JSON, rows, and what shap's tree explainer (path-dependent) says of them. Trees are given to shap as lists of numbers, so
that nothing is rounded to 32 bits on the way; those of scikit-learn without missing cells are given as they are, too, and
both answers have to be the same.
"""

import json
import pathlib
import platform

import numpy as np
import shap
import sklearn
import xgboost
from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier
from sklearn.tree import DecisionTreeClassifier

ASKED = 12
COLUMNS = 7
MISSING_LEFT = 1 << 31
LEAF = 1 << 30
#: What makes of two answers the same.
NEAR = 1e-9
#: The settings that a boosting model says it was made with; nothing depends on them.
SETTINGS = {
    "trees": 100, "learning_rate": 0.3, "depth": 6, "leaves": None, "growth": "DepthWise", "l1": 0.0, "l2": 1.0,
    "min_gain": 0.0, "min_child_weight": 1.0, "rows": 1.0, "columns": 1.0, "bins": 255, "early_stopping": None,
    "validation_share": 0.1, "seed": 0,
}


class Tree:
    """One tree: lists of which each has an entry a node, and children -1 of a leaf."""

    def __init__(self, left, right, missing_left, feature, threshold, values, cover):
        self.left, self.right, self.missing_left = left, right, missing_left
        self.feature, self.threshold, self.values, self.cover = feature, threshold, values, cover

    def for_shap(self):
        default = np.where(self.missing_left, self.left, self.right)
        return {
            "children_left": np.array(self.left, dtype=np.int32),
            "children_right": np.array(self.right, dtype=np.int32),
            "children_default": default.astype(np.int32),
            "features": np.array(self.feature, dtype=np.int32),
            "thresholds": np.array(self.threshold, dtype=np.float64),
            "values": np.array(self.values, dtype=np.float64),
            "node_sample_weight": np.array(self.cover, dtype=np.float64),
        }


def of_sklearn(tree):
    """Leaves hold shares of classes. What parts missing cells from all others has no number in JSON, but cells are small."""
    threshold = np.clip(tree.threshold, -1e300, 1e300)
    values = tree.value[:, 0, :]
    values = values / values.sum(axis=1, keepdims=True)
    return Tree(
        tree.children_left, tree.children_right, tree.missing_go_to_left.astype(bool), np.maximum(tree.feature, 0),
        threshold, values, tree.weighted_n_node_samples,
    )


def of_xgboost(booster):
    """Leaves hold margins. `x < 2` is `x <= the number before 2`, of 32 bits."""
    for tree in json.loads(booster.save_raw("json"))["learner"]["gradient_booster"]["model"]["trees"]:
        left, right = np.array(tree["left_children"]), np.array(tree["right_children"])
        held = np.array(tree["split_conditions"], dtype=np.float32)
        before = np.nextafter(held, np.float32(-np.inf)).astype(np.float64)
        values = np.where(left < 0, held.astype(np.float64), 0.0)[:, None]
        missing_left = np.array(tree["default_left"]).astype(bool)
        yield Tree(left, right, missing_left, np.array(tree["split_indices"]), before, values, tree["sum_hessian"])


def flat(trees):
    """The trees as this crate holds them: children side by side, behind their parents."""
    outputs = trees[0].values.shape[1]
    nodes, roots, leaves, covers = [], [], [], []
    for tree in trees:
        start = len(nodes)
        roots.append(start)
        order = [0]
        for node in order:
            covers.append(float(tree.cover[node]))
            if tree.left[node] < 0:
                nodes.append({"column": LEAF, "left": len(leaves) // outputs, "threshold": 0.0})
                leaves.extend(map(float, tree.values[node]))
                continue
            column = int(tree.feature[node]) | (MISSING_LEFT if tree.missing_left[node] else 0)
            nodes.append({"column": column, "left": start + len(order), "threshold": float(tree.threshold[node])})
            order.extend([tree.left[node], tree.right[node]])
    return {"nodes": nodes, "roots": roots, "leaves": leaves, "outputs": outputs, "covers": covers}


def names(count):
    return [f"class {number}" for number in range(count)]


def forest(trees, width=COLUMNS):
    count = trees[0].values.shape[1]
    shares = [0.0] * width
    return {"classes": names(count), "width": width, "trees": flat(trees), "importances": shares, "out_of_bag": None}


def decision_tree(tree):
    made = forest([tree])
    made["tree"] = made.pop("trees")
    del made["out_of_bag"]
    return made


def boosting(trees, count, base):
    return {
        "settings": SETTINGS, "classes": names(count), "width": COLUMNS, "known": list(range(count)), "base": base,
        "trees": flat(trees), "gains": [0.0] * COLUMNS, "losses": [],
    }


def explained(trees, rows, times=1.0):
    """By shap: what columns contribute to each output (rows, columns, outputs), and what is said of no row."""
    parts = [tree.for_shap() for tree in trees]
    for part in parts:
        part["values"] = part["values"] * times
    told = shap.TreeExplainer({"trees": parts, "input_dtype": np.float64, "internal_dtype": np.float64})
    values = np.array(told.shap_values(rows, check_additivity=False))
    values = values if values.ndim == 3 else values[:, :, None]
    return values, np.atleast_1d(told.expected_value)


def cells(rng, count, missing):
    rows = rng.integers(0, 1 << 12, (count, COLUMNS)) / 64.0
    rows[rng.random(rows.shape) < missing] = np.nan
    return rows


def drawn(seed, classes, missing=0.0, count=150):
    rng = np.random.default_rng(seed)
    rows = cells(rng, count, missing)
    first = (np.nan_to_num(rows[:, :3]) > 32.0).sum(axis=1) % classes
    labels = np.where(rng.random(count) < 0.2, rng.integers(0, classes, count), first)
    return rows, labels, cells(rng, ASKED, missing)


def case(name, model, rows, values, base):
    """Contributions class by class."""
    answers = [
        {"class": number, "base": float(base[number]), "values": values[:, :, number].tolist()}
        for number in range(values.shape[2])
    ]
    rows = [[None if np.isnan(cell) else cell for cell in row] for row in rows.tolist()]
    return {"model": {name: model}, "rows": rows, "answers": answers}


def of_forest(name, learner, seed, classes, missing=0.0):
    rows, labels, asked = drawn(seed, classes, missing)
    weights = np.random.default_rng(seed).integers(1, 4, len(rows)) if seed % 2 else None
    fitted = learner.fit(rows, labels, sample_weight=weights)
    alone = name == "decision-tree"
    trees = [of_sklearn(fitted.tree_)] if alone else [of_sklearn(tree.tree_) for tree in fitted.estimators_]
    values, base = explained(trees, asked, 1.0 / len(trees))
    if missing == 0.0:
        direct = np.array(shap.TreeExplainer(fitted).shap_values(asked, check_additivity=False))
        assert np.abs(direct - values).max() < NEAR, np.abs(direct - values).max()
    told = fitted.predict_proba(asked)
    assert np.abs(values.sum(axis=1) + base - told).max() < NEAR
    return case(name, decision_tree(trees[0]) if alone else forest(trees), asked, values, base)


def of_boosting(seed, classes, missing):
    rows, labels, asked = drawn(seed, classes, missing)
    settings = {"max_depth": 5, "eta": 0.3, "base_score": 0.5, "nthread": 1, "seed": seed}
    if classes > 2:
        settings |= {"objective": "multi:softprob", "num_class": classes}
    else:
        settings |= {"objective": "binary:logistic"}
    booster = xgboost.train(settings, xgboost.DMatrix(rows, labels), 6)
    trees = list(of_xgboost(booster))
    if classes == 2:
        values, base = explained(trees, asked)
        base, start = base + 0.25, [0.25]
        values, base = np.concatenate([-values, values], axis=2), np.concatenate([-base, base])
    else:
        told = [explained(trees[number::classes], asked) for number in range(classes)]
        start = [0.5 * number for number in range(classes)]
        values = np.concatenate([values for values, _ in told], axis=2)
        base = np.concatenate([base for _, base in told]) + start
    own = np.stack([booster.predict(xgboost.DMatrix(asked), pred_contribs=True)], axis=-1)
    own = own[:, :-1] if classes == 2 else own[:, :, :-1, 0].transpose(0, 2, 1)
    # xgboost itself counts in 32 bits.
    assert np.abs(own - (values[:, :, 1:] if classes == 2 else values)).max() < 1e-4
    return case("gradient-boosting", boosting(trees, classes, start), asked, values, base)


def main():
    cases = [
        of_forest("decision-tree", DecisionTreeClassifier(random_state=1), 2, 3),
        of_forest("decision-tree", DecisionTreeClassifier(random_state=1), 3, 2, 0.1),
        of_forest("random-forest", RandomForestClassifier(10, random_state=1), 4, 3),
        of_forest("random-forest", RandomForestClassifier(10, max_depth=4, random_state=1), 5, 2, 0.1),
        of_forest("extra-trees", ExtraTreesClassifier(6, random_state=1), 6, 2),
        of_forest("extra-trees", ExtraTreesClassifier(6, max_depth=6, random_state=1), 7, 4),
        of_boosting(8, 2, 0.0),
        of_boosting(9, 2, 0.1),
        of_boosting(10, 3, 0.1),
    ]
    versions = {
        "python": platform.python_version(), "numpy": np.__version__, "shap": shap.__version__,
        "scikit-learn": sklearn.__version__, "xgboost": xgboost.__version__,
    }
    text = json.dumps({"versions": versions, "cases": cases}, separators=(",", ":"))
    pathlib.Path(__file__).with_name("shap.json").write_text(text.replace('{"model"', '\n{"model"') + "\n")
    print(len(cases), "cases,", len(text), "bytes")


if __name__ == "__main__":
    main()
