"""What scikit-learn and pyod answer about anomalies, frozen as detectors.json beside this file.

Inputs are not kept: both sides draw them from splitmix64, as `draw.rs` documents. Run it with the packages whose
versions the output names: python make_detectors.py
"""

import json
import pathlib
import platform

import numpy as np
import pyod
import sklearn
from pyod.models.ecod import ECOD
from pyod.models.hbos import HBOS
from pyod.models.knn import KNN
from sklearn.decomposition import PCA
from sklearn.ensemble import IsolationForest
from sklearn.neighbors import LocalOutlierFactor
from sklearn.svm import OneClassSVM

MASK = (1 << 64) - 1
CASES = 12


class Draw:
    def __init__(self, seed):
        self.state = seed

    def next(self):
        self.state = (self.state + 0x9E3779B97F4A7C15) & MASK
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        return z ^ (z >> 31)

    def below(self, limit):
        return self.next() % limit

    def unit(self):
        return (self.next() >> 11) * 2.0**-53

    def clouds(self, rows, columns, classes):
        labels = [self.below(classes) for _ in range(rows)]
        labels[:classes] = range(classes)
        return np.array(
            [[label * 0.3 * (column % 3) + self.unit() - 0.5 for column in range(columns)] for label in labels]
        )


def drawn(seed, most_columns=24):
    """Rows to learn from, some of them several times, and rows to ask about, some of them far away."""
    draw = Draw(seed)
    rows, columns = 40 + draw.below(160), 2 + draw.below(most_columns)
    train, asked = draw.clouds(rows, columns, 3), draw.clouds(20, columns, 3)
    repeats = draw.below(4)
    train = np.concatenate([train] + [train[: 5 * repeat] for repeat in range(1, repeats + 1)])
    asked[10:] = asked[10:] * 3.0
    asked[0] = train[0]
    return draw, train, asked


def lof(case):
    draw, train, asked = drawn(5000 + case)
    metric = ["euclidean", "manhattan"][case % 2]
    # Brute force measures by products, whose digits cancel.
    model = LocalOutlierFactor(1 + draw.below(30), metric=metric, algorithm="kd_tree", novelty=True).fit(train)
    return {"own": (-model.negative_outlier_factor_).tolist(), "asked": (-model.score_samples(asked)).tolist()}


def knn_distance(case):
    draw, train, asked = drawn(6000 + case)
    metric = ["euclidean", "manhattan"][case // 3 % 2]
    method = ["largest", "mean", "median"][case % 3]
    model = KNN(n_neighbors=1 + draw.below(9), method=method, metric=metric, algorithm="kd_tree").fit(train)
    return {"own": model.decision_scores_.tolist(), "asked": model.decision_function(asked).tolist()}


def uneven(train, asked):
    """Columns of different sizes, one of which never changes, and one of few numbers."""
    for rows in (train, asked):
        rows *= 10.0 ** (np.arange(rows.shape[1]) - 4.0)
    train[:, 1] = 7.0
    asked[:5, 1] = 7.0
    train[:, 0], asked[:, 0] = np.round(train[:, 0] * 1e5), np.round(asked[:, 0] * 1e5)


def hbos(case):
    draw, train, asked = drawn(7000 + case, 10)
    uneven(train, asked)
    bins = 3 + draw.below(30)
    model = HBOS("auto" if case % 2 else bins, alpha=0.05 + 0.5 * draw.unit(), tol=0.9 * draw.unit() + 0.05).fit(train)
    return {"own": model.decision_scores_.tolist(), "asked": model.decision_function(asked).tolist()}


def ecod(case):
    _, train, asked = drawn(8000 + case, 10)
    uneven(train, asked)
    model = ECOD().fit(train)
    # Each alone: pyod counts the rows it is asked about with those it has learned.
    alone = [float(model.decision_function(row[None])[0]) for row in asked]
    return {"own": model.decision_scores_.tolist(), "asked": alone}


def pca(case):
    draw, train, asked = drawn(9000 + case)
    columns = train.shape[1]
    kept = 1 + draw.below(columns - 1) if case % 2 else 0.2 + 0.6 * draw.unit()
    model = PCA(kept, svd_solver="full").fit(train)
    assert model.n_components_ < columns
    error = lambda rows: ((rows - model.inverse_transform(model.transform(rows))) ** 2).sum(axis=1).tolist()
    return {"kept": int(model.n_components_), "own": error(train), "asked": error(asked)}


def one_class_svm(case):
    draw, train, asked = drawn(10000 + case)
    kernel = ["rbf", "poly", "sigmoid", "linear"][case % 4]
    nu, gamma, offset = 0.05 + 0.5 * draw.unit(), 0.05 + draw.unit(), 0.5
    if kernel == "sigmoid":
        # Of others there may be several borders, each of which is one.
        gamma, offset = gamma / 20, -offset
    model = OneClassSVM(kernel=kernel, nu=nu, gamma=gamma, degree=2, coef0=offset, tol=1e-6).fit(train)
    return {"own": (-model.decision_function(train)).tolist(), "asked": (-model.decision_function(asked)).tolist()}


def narrow(rows):
    """scikit-learn takes no more digits."""
    return rows.astype(np.float32).astype(np.float64)


def isolation_forest(case):
    """Its trees, and how strange they find rows: paths and scores of the same trees are the same."""
    draw, train, asked = drawn(11000 + case, 10)
    train, asked = narrow(train), narrow(asked)
    model = IsolationForest(n_estimators=3, max_samples=2 + draw.below(38), random_state=case).fit(train)
    tree = lambda grown: {
        "column": grown.feature.tolist(),
        "threshold": grown.threshold.tolist(),
        "left": grown.children_left.tolist(),
        "right": grown.children_right.tolist(),
        "rows": grown.n_node_samples.tolist(),
    }
    trees = [tree(grown.tree_) for grown in model.estimators_]
    return {"trees": trees, "own": (-model.score_samples(train)).tolist(), "asked": (-model.score_samples(asked)).tolist()}


def many_trees(case):
    """So many trees that chance hardly moves their scores. Columns with gaps, which are large, and one that never changes."""
    draw, train, asked = drawn(12000 + case, 6)
    train[:, 1], asked[:, 1] = 7.0, 7.0
    if case % 2:
        train[draw.below(7) :: 7, 0] = np.nan
    train[:, 0], asked[:, 0] = train[:, 0] ** 3 * 1e4, asked[:, 0] ** 3 * 1e4
    train, asked = narrow(train), narrow(asked)
    sample = len(train) if case % 2 else 16 + draw.below(48)
    model = IsolationForest(n_estimators=2000, max_samples=sample, random_state=case).fit(train)
    return {"own": (-model.score_samples(train)).tolist(), "asked": (-model.score_samples(asked)).tolist()}


versions = {
    "python": platform.python_version(),
    "numpy": np.__version__,
    "scikit-learn": sklearn.__version__,
    "pyod": pyod.__version__,
}
judged = {"lof": lof, "knn-distance": knn_distance, "hbos": hbos, "ecod": ecod, "pca": pca, "one-class-svm": one_class_svm}
judged |= {"isolation-forest": isolation_forest, "many-trees": many_trees}
expected = {"versions": versions} | {name: [of(case) for case in range(CASES)] for name, of in judged.items()}
text = json.dumps(expected, separators=(",", ":"))
pathlib.Path(__file__).with_name("detectors.json").write_text(text + "\n")
