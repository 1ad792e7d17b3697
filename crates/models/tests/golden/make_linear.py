#!/usr/bin/env python3
"""What scikit-learn's linear models, support vector machines and naive Bayes answer, frozen for the tests of this crate.

    python -m venv VENV && VENV/bin/pip install scikit-learn==1.9.1 && VENV/bin/python make_linear.py

writes linear.json beside itself. Inputs are not kept: script and tests draw them in the same order from SplitMix64.
Draws: `below(n)` is the next 64 bits modulo n; `unit()` is their upper 53 bits times 2^-53.
"""

import json
import pathlib
import platform
import warnings

import numpy as np
import scipy
import sklearn
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import BernoulliNB, GaussianNB
from sklearn.svm import SVC, LinearSVC

warnings.simplefilter("ignore")
CASES = 24
ASKED = 6
COLUMNS = 4
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

    def unit(self):
        return (self.next() >> 11) * 2.0**-53


def drawn(case):
    """Two, three or four classes, the first one more frequent in odd cases; whole weights, all 1 in each second pair."""
    draws = SplitMix64(case)
    classes = 2 + case % 3
    rows, labels, weights = [], [], []
    for row in range(60 + case):
        label = row if row < classes else draws.below(classes)
        if case % 2 == 1 and row >= classes and draws.below(3) > 0:
            label = 0
        cells = [draws.unit() * 2.0 - 1.0 + 0.375 * ((label * (c + 1)) % 3) for c in range(COLUMNS)]
        weight = draws.below(4)
        rows.append(cells)
        labels.append(label)
        weights.append(1.0 if case % 4 < 2 else float(max(weight, 1) if row < classes else weight))
    return np.array(rows), np.array(labels), np.array(weights), classes


def logistic(x, y, w, classes, c, ratio):
    solver = "lbfgs" if ratio == 0 else "saga"
    tol = 1e-10 if ratio == 0 else 1e-13
    model = LogisticRegression(C=c, l1_ratio=ratio, solver=solver, tol=tol, max_iter=1_000_000, random_state=0)
    model.fit(x, y, sample_weight=w)
    scores = model.decision_function(x)
    if classes == 2:
        losses = np.logaddexp(0, scores) - y * scores
    else:
        losses = scipy.special.logsumexp(scores, axis=1) - scores[np.arange(len(y)), y]
    size = (1 - ratio) / 2 * (model.coef_**2).sum() + ratio * np.abs(model.coef_).sum()
    return {
        "c": c,
        "l1_ratio": ratio,
        "objective": c * (w * losses).sum() + size,
        "coefficients": model.coef_.T.tolist(),
        "intercepts": model.intercept_.tolist(),
        "probabilities": model.predict_proba(x[:ASKED]).tolist(),
    }


def linear_svm(x, y, w, classes, c):
    model = LinearSVC(C=c, tol=1e-10, max_iter=1_000_000, dual=False).fit(x, y, sample_weight=w)
    scores = model.decision_function(x).reshape(len(x), -1)
    signs = np.array([[1.0 if label == (1 if classes == 2 else k) else -1.0 for k in range(scores.shape[1])] for label in y])
    losses = (w[:, None] * np.maximum(0, 1 - signs * scores) ** 2).sum()
    objective = 0.5 * ((model.coef_**2).sum() + (model.intercept_**2).sum()) + c * losses
    return {"c": c, "objective": objective, "scores": scores[:ASKED].tolist(), "classes": model.predict(x).tolist()}


def svm(x, y, w, classes, told, **settings):
    model = SVC(tol=1e-7, decision_function_shape="ovo", **settings).fit(x, y, sample_weight=w)
    # Of two classes, scikit-learn turns the sign; of more it does not.
    sign = -1.0 if classes == 2 else 1.0
    scores = sign * model.decision_function(x[:ASKED]).reshape(ASKED, -1)
    return {"settings": told, "scores": scores.tolist(), "classes": model.predict(x).tolist()}


def svms(x, y, w, classes):
    yield svm(x, y, w, classes, {"gamma": "0.5"}, gamma=0.5)
    yield svm(x, y, w, classes, {"gamma": "auto", "c": "20"}, gamma="auto", C=20.0)
    yield svm(x, y, w, classes, {"kernel": "linear", "c": "0.5"}, kernel="linear", C=0.5)
    poly = {"kernel": "poly", "gamma": "0.75", "degree": "2", "coef0": "0.5"}
    yield svm(x, y, w, classes, poly, kernel="poly", gamma=0.75, degree=2, coef0=0.5)
    sigmoid = {"kernel": "sigmoid", "gamma": "0.125", "coef0": "-0.25"}
    yield svm(x, y, w, classes, sigmoid, kernel="sigmoid", gamma=0.125, coef0=-0.25)
    if (w == 1).all():
        yield svm(x, y, w, classes, {"gamma": "scale"}, gamma="scale")


def bayes(x, y, w):
    # A weight is so many equal rows: the variance that smoothing goes by is not weighted in scikit-learn.
    times = w.astype(int)
    for smoothing in (1e-9, 0.25):
        model = GaussianNB(var_smoothing=smoothing).fit(np.repeat(x, times, axis=0), np.repeat(y, times))
        yield {"smoothing": smoothing, "probabilities": model.predict_proba(x[:ASKED]).tolist()}


def bernoulli(x, y, w):
    for alpha, threshold in ((1.0, 0.0), (0.25, 0.5)):
        model = BernoulliNB(alpha=alpha, binarize=threshold).fit(x, y, sample_weight=w)
        probabilities = model.predict_proba(x[:ASKED]).tolist()
        yield {"alpha": alpha, "threshold": threshold, "probabilities": probabilities}


def answers(case):
    x, y, w, classes = drawn(case)
    return {
        "sum": x.sum(),
        "logistic": [logistic(x, y, w, classes, *s) for s in ((1.0, 0.0), (50.0, 0.0), (0.25, 1.0), (2.0, 0.5))],
        "linear_svm": [linear_svm(x, y, w, classes, c) for c in (1.0, 0.03)],
        "svm": list(svms(x, y, w, classes)),
        "naive_bayes": list(bayes(x, y, w)),
        "bernoulli": list(bernoulli(x, y, w)),
    }


if __name__ == "__main__":
    versions = {
        "python": platform.python_version(),
        "numpy": np.__version__,
        "scipy": scipy.__version__,
        "scikit-learn": sklearn.__version__,
    }
    golden = {"versions": versions, "cases": [answers(case) for case in range(CASES)]}
    text = json.dumps(golden, separators=(",", ":")).replace('{"sum"', '\n{"sum"')
    (pathlib.Path(__file__).parent / "linear.json").write_text(text + "\n")
