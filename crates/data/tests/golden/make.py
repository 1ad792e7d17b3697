"""What scikit-learn, imbalanced-learn, NumPy and SciPy answer, frozen as expected.json beside this file.

Inputs are not kept: both sides draw them from splitmix64, as `draw.rs` documents. Run it with the packages whose
versions the output names: python make.py
"""

import json
import pathlib
import platform
import warnings

import imblearn
import numpy as np
import scipy
import sklearn
from imblearn.over_sampling import SMOTE, BorderlineSMOTE
from scipy.stats import spearmanr
from sklearn.impute import SimpleImputer
from sklearn.metrics import mutual_info_score
from sklearn.model_selection import KFold, StratifiedKFold, train_test_split
from sklearn.neighbors import NearestNeighbors
from sklearn.preprocessing import (
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    RobustScaler,
    StandardScaler,
)
from sklearn.utils.class_weight import compute_class_weight

warnings.simplefilter("ignore")
CASES = 200
WORDS = ["dns", "http", "ssh", "ftp", "smtp", "ntp", "tls", "quic"]
MASK = (1 << 64) - 1


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

    def numbers(self, missing):
        rows, columns = 2 + self.below(8), 1 + self.below(3)
        return np.array([self.column(rows, missing) for _ in range(columns)]).T

    def column(self, rows, missing):
        kind = self.below(5)
        cells = [self.cell(kind) for _ in range(rows)]
        if missing:
            for row in range(1, rows):
                if self.below(6) == 0:
                    cells[row] = np.nan
        return cells

    def cell(self, kind):
        if kind == 0:
            return self.unit() * 1000.0 - 500.0
        if kind == 1:
            return float(self.below(4))
        if kind == 2:
            return 1e6 + self.unit()
        if kind == 3:
            return 0.1
        return self.unit() * 2.0 ** self.below(40)

    def words(self, rows, most):
        return [WORDS[self.below(most)] for _ in range(rows)]

    def normal(self):
        return sum(self.unit() for _ in range(12)) - 6.0


def cells(matrix):
    return [[None if np.isnan(cell) else float(cell) for cell in row] for row in np.asarray(matrix)]


def scalers():
    for seed in range(CASES):
        x = Draw(seed).numbers(missing=True)
        yield {
            "standard": cells(StandardScaler().fit_transform(x)),
            "min_max": cells(MinMaxScaler((-1.0, 3.0)).fit_transform(x)),
            "robust": cells(RobustScaler(quantile_range=(10.0, 80.0)).fit_transform(x)),
        }


def imputers():
    for seed in range(CASES):
        x = Draw(1000 + seed).numbers(missing=True)
        case = {
            strategy: SimpleImputer(strategy=strategy).fit(x).statistics_.tolist()
            for strategy in ("mean", "median", "most_frequent")
        }
        indicator = SimpleImputer(add_indicator=True).fit(x).indicator_
        case["indicators"] = indicator.features_.tolist() if indicator else []
        words = Draw(2000 + seed).words(2 + seed % 9, 4)
        column = np.array([words], dtype=object).T
        case["text"] = SimpleImputer(strategy="most_frequent").fit(column).statistics_[0]
        yield case


def encoders():
    for seed in range(CASES):
        draw = Draw(3000 + seed)
        train = np.array([draw.words(3 + draw.below(9), 1 + draw.below(6))], dtype=object).T
        test = np.array([draw.words(6, 8)], dtype=object).T
        hot = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
        first = OneHotEncoder(handle_unknown="ignore", drop="first", sparse_output=False)
        most = OneHotEncoder(handle_unknown="infrequent_if_exist", max_categories=3, sparse_output=False)
        ordinal = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
        rows = lambda encoder: encoder.fit(train).transform(test).astype(int).tolist()
        yield {
            "names": hot.fit(train).get_feature_names_out(["s"]).tolist(),
            "one_hot": rows(hot),
            "drop_first": rows(first),
            "most": rows(most),
            "has_rare": most.infrequent_categories_[0] is not None,
            "ordinal": rows(ordinal),
        }


def splits():
    for seed in range(CASES):
        draw = Draw(4000 + seed)
        rows, share, folds = 20 + draw.below(200), (1 + draw.below(60)) / 100.0, 2 + draw.below(8)
        labels = np.array([min(draw.below(4), draw.below(4)) for _ in range(rows)])
        case = {"sizes": [len(part) for part in train_test_split(range(rows), test_size=share, random_state=0)]}
        case["folds"] = [len(test) for _, test in KFold(folds, shuffle=True, random_state=0).split(range(rows))]
        counts = lambda part: np.bincount(labels[part], minlength=4).tolist()
        if min(np.bincount(labels, minlength=4)) >= folds:
            stratified = StratifiedKFold(folds, shuffle=True, random_state=0)
            case["stratified_folds"] = [counts(test) for _, test in stratified.split(labels, labels)]
            _, test = train_test_split(np.arange(rows), test_size=share, stratify=labels, random_state=0) \
                if share * rows >= 4 else (None, None)
            case["stratified"] = None if test is None else counts(test)
        present = np.unique(labels)
        case["weights"] = compute_class_weight("balanced", classes=present, y=labels).tolist()
        yield case


def informations():
    for seed in range(60):
        draw = Draw(5000 + seed)
        rows = 5 + draw.below(100)
        column = [draw.below(6) for _ in range(rows)]
        labels = [(cell + draw.below(3)) % 4 for cell in column]
        yield mutual_info_score(labels, column)


def explorations():
    for seed in range(40):
        draw = Draw(6000 + seed)
        rows = 4 + draw.below(30)
        x = np.array([draw.column(rows, False) for _ in range(2)]).T
        yield {
            "deviation": x.std(axis=0, ddof=1).tolist(),
            "quantiles": np.quantile(x, [0.1, 0.5, 0.77], axis=0).T.tolist(),
            "pearson": cells([[np.corrcoef(x.T)[0, 1]]])[0][0],
            "spearman": cells([[spearmanr(x).statistic]])[0][0],
        }


def clouds(seed):
    """Two classes that overlap: 120 rows of class 0, 40 of class 1, in three dimensions."""
    draw = Draw(seed)
    major = [[draw.normal() for _ in range(3)] for _ in range(120)]
    minor = [[1.5 + 0.7 * draw.normal(), draw.normal(), 2.0 * draw.normal()] for _ in range(40)]
    return np.array(major + minor), np.array([0] * 120 + [1] * 40)


def dangers():
    for seed in range(10):
        x, y = clouds(7000 + seed)
        smote = BorderlineSMOTE(m_neighbors=10)
        smote.nn_m_ = NearestNeighbors(n_neighbors=11).fit(x)
        danger = smote._in_danger_noise(smote.nn_m_, x[y == 1], 1, y, kind="danger")
        yield (np.flatnonzero(danger) + 120).tolist()


def made():
    """Moments of very many made rows."""
    x, y = clouds(8000)
    count = 200_000
    moments = {}
    for name, smote in (
        ("plain", SMOTE(sampling_strategy={1: 40 + count}, k_neighbors=5, random_state=1)),
        ("borderline1", BorderlineSMOTE(sampling_strategy={1: 40 + count}, kind="borderline-1", random_state=1)),
    ):
        rows, _ = smote.fit_resample(x, y)
        moments[name] = {"mean": rows[160:].mean(axis=0).tolist(), "covariance": np.cov(rows[160:].T).tolist()}
    return moments


def main():
    expected = {
        "made_with": {
            "python": platform.python_version(),
            "numpy": np.__version__,
            "scipy": scipy.__version__,
            "scikit-learn": sklearn.__version__,
            "imbalanced-learn": imblearn.__version__,
        },
        "scalers": list(scalers()),
        "imputers": list(imputers()),
        "encoders": list(encoders()),
        "splits": list(splits()),
        "informations": list(informations()),
        "explorations": list(explorations()),
        "dangers": list(dangers()),
        "made": made(),
    }
    lines = (f"{json.dumps(name)}: {json.dumps(value, separators=(',', ':'))}" for name, value in expected.items())
    path = pathlib.Path(__file__).with_name("expected.json")
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n")


main()
