"""What isotree's extended isolation forest answers, with the planes of its trees, frozen as planes.json beside this file.

Inputs are not kept: both sides draw them from splitmix64, as `draw.rs` documents. It is set as Hariri's: planes in normal
directions over all columns, anywhere between the first and the last row along them, as deep as halves. isotree tells its
planes with six digits behind the point, so rows that are as near to one as that are not asked about. Run it with the packages
whose versions the output names: python make_planes.py
"""

import importlib.metadata
import json
import pathlib
import platform

import isotree
import numpy as np

MASK = (1 << 64) - 1
CASES = 6
# What is told of a plane is off by less, for cells of these sizes.
NEAR = 1e-4


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


def drawn(seed, most_columns):
    """Rows to learn from, some of them several times, and rows to ask about, some of them far away."""
    draw = Draw(seed)
    rows, columns = 40 + draw.below(160), 2 + draw.below(most_columns)
    train, asked = draw.clouds(rows, columns, 3), draw.clouds(20, columns, 3)
    repeats = draw.below(4)
    train = np.concatenate([train] + [train[: 5 * repeat] for repeat in range(1, repeats + 1)])
    asked[10:] = asked[10:] * 3.0
    asked[0] = train[0]
    return draw, train, asked


def forest(train, trees, sample, seed):
    return isotree.IsolationForest(
        sample_size=sample,
        ntrees=trees,
        ndim=train.shape[1],
        ntry=1,
        coefs="normal",
        coef_by_prop=False,
        standardize_data=False,
        penalize_range=False,
        prob_pick_pooled_gain=0,
        prob_pick_avg_gain=0,
        missing_action="fail",
        random_seed=seed + 1,
        nthreads=1,
    ).fit(train)


def tree(told):
    """Node by node: the plane's numbers and where along it is cut, and both children; of a leaf, the path."""
    nodes = []
    for number in range(len(told)):
        node = told[str(number)]
        if node["terminal"] == "yes":
            nodes.append({"path": node["score"]})
            continue
        assert node["condition"] == "<=" and all(part["centering"] == 0 for part in node["combination"])
        columns = [int(part["column"].removeprefix("column_")) for part in node["combination"]]
        assert columns == list(range(len(columns)))
        nodes.append(
            {
                "weights": [part["coefficient"] for part in node["combination"]],
                "cut": node["value"],
                "left": node["node_when_condition_is_met"],
                "right": node["node_when_condition_is_not_met"],
            }
        )
    return nodes


def is_far(row, trees):
    planes = [node for nodes in trees for node in nodes if "cut" in node]
    return all(abs(float(np.dot(node["weights"], row)) - node["cut"]) > NEAR for node in planes)


def planes(case):
    draw, train, asked = drawn(13000 + case, 5)
    sample = 8 + draw.below(24)
    model = forest(train, 3, sample, case)
    trees = [tree(told) for told in model.to_json()]
    rows = np.concatenate([train, asked])
    far = [number for number, row in enumerate(rows) if is_far(row, trees)]
    assert len(far) > 40
    paths = model.predict(rows[far], output="avg_depth")
    return {"trees": trees, "rows": far, "paths": paths.tolist(), "scores": model.predict(rows[far]).tolist()}


def many(case):
    """So many trees that chance hardly moves their scores. Columns of different sizes."""
    draw, train, asked = drawn(14000 + case, 6)
    for rows in (train, asked):
        rows *= 1.0 + 2.0 * np.arange(rows.shape[1])
    model = forest(train, 2000, 16 + draw.below(48), case)
    return {"own": model.predict(train).tolist(), "asked": model.predict(asked).tolist()}


versions = {"python": platform.python_version(), "numpy": np.__version__, "isotree": importlib.metadata.version("isotree")}
expected = {"versions": versions, "planes": [planes(case) for case in range(CASES)], "many": [many(case) for case in range(CASES)]}
text = json.dumps(expected, separators=(",", ":"))
pathlib.Path(__file__).with_name("planes.json").write_text(text + "\n")
