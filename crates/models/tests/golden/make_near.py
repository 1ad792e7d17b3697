"""What scikit-learn answers, frozen as near.json beside this file.

Inputs are not kept: both sides draw them from splitmix64, as `draw.rs` documents. Run it with the packages whose
versions the output names: python make_near.py
"""

import json
import pathlib
import platform

import numpy as np
import sklearn
from sklearn.cluster import DBSCAN
from sklearn.ensemble import VotingClassifier
from sklearn.neighbors import KNeighborsClassifier

MASK = (1 << 64) - 1
NEIGHBOUR_CASES = 60
CLUSTER_CASES = 80
VOTING_CASES = 20


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
        """Classes around places of their own; nothing is equally far from anything."""
        labels = [self.below(classes) for _ in range(rows)]
        labels[:classes] = range(classes)
        cells = [[label * 0.3 * (column % 3) + self.unit() - 0.5 for column in range(columns)] for label in labels]
        return np.array(cells), np.array(labels)

    def grid(self, rows, columns, side):
        """Points that are repeated, and many that are exactly as far from each other."""
        return np.array([[self.below(side) * 0.25 for _ in range(columns)] for _ in range(rows)])


def neighbours(case):
    draw = Draw(1000 + case)
    rows, columns, classes = 30 + draw.below(200), 1 + draw.below(24), 2 + draw.below(4)
    train, labels = draw.clouds(rows, columns, classes)
    asked, _ = draw.clouds(20, columns, classes)
    metric = ["euclidean", "manhattan", "cosine"][case % 3]
    weights = ["uniform", "distance"][case // 3 % 2]
    count = 1 + draw.below(9)
    algorithm = "brute" if metric == "cosine" else "kd_tree"
    model = KNeighborsClassifier(count, weights=weights, metric=metric, algorithm=algorithm)
    return model.fit(train, labels).predict_proba(asked).tolist()


def clusters(case):
    draw = Draw(2000 + case)
    rows, columns = 20 + draw.below(300), 1 + draw.below(4)
    if case % 2 == 0:
        cells = draw.grid(rows, columns, 12)
        eps = 0.25 * (1 + draw.below(3))
    else:
        cells, _ = draw.clouds(rows, columns, 4)
        eps = 0.05 + 0.3 * draw.unit()
    least = 1 + draw.below(8)
    found = DBSCAN(eps=eps, min_samples=least, algorithm="kd_tree").fit(cells)
    return {"labels": found.labels_.tolist(), "dense": found.core_sample_indices_.tolist()}


def voting(case):
    draw = Draw(3000 + case)
    train, labels = draw.clouds(60, 3, 3)
    asked, _ = draw.clouds(20, 3, 3)
    weights = [1.0, 1.0 + draw.below(3), draw.unit()]
    members = [(f"k{count}", KNeighborsClassifier(count)) for count in (1, 4, 7)]
    soft = VotingClassifier(members, voting="soft", weights=weights).fit(train, labels)
    hard = VotingClassifier(members, voting="hard", weights=weights).fit(train, labels)
    return {"soft": soft.predict_proba(asked).tolist(), "hard": hard.predict(asked).tolist()}


versions = {"python": platform.python_version(), "numpy": np.__version__, "scikit-learn": sklearn.__version__}
expected = {
    "versions": versions,
    "neighbours": [neighbours(case) for case in range(NEIGHBOUR_CASES)],
    "clusters": [clusters(case) for case in range(CLUSTER_CASES)],
    "voting": [voting(case) for case in range(VOTING_CASES)],
}
text = json.dumps(expected, separators=(",", ":"))
pathlib.Path(__file__).with_name("near.json").write_text(text + "\n")
