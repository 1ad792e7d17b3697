#!/usr/bin/env python3
"""What scikit-learn, statsmodels and NumPy answer, frozen for the tests of this crate.

    python -m venv VENV && VENV/bin/pip install -r requirements.txt && VENV/bin/python make.py

writes labels.json, scores.json, classes.json and pairs.json beside itself. Inputs are not kept: script and
tests draw them in the same order from SplitMix64, and each file names the versions that made it.

Draws: `below(n)` is the next 64 bits modulo n; `unit()` is their upper 53 bits times 2^-53.
"""

import json
import pathlib
import platform
import types
import warnings

import numpy as np
import scipy
import sklearn
import statsmodels
from scipy import stats
from scipy.stats import binomtest
from sklearn.calibration import calibration_curve
from sklearn.metrics import (
    accuracy_score,
    auc,
    average_precision_score,
    balanced_accuracy_score,
    brier_score_loss,
    classification_report,
    cohen_kappa_score,
    confusion_matrix,
    log_loss,
    matthews_corrcoef,
    precision_recall_curve,
    precision_recall_fscore_support,
    recall_score,
    roc_auc_score,
    roc_curve,
    top_k_accuracy_score,
)
from statsmodels.stats.contingency_tables import mcnemar

warnings.simplefilter("ignore")
CASES = 300
MASK = (1 << 64) - 1
VERSIONS = {
    "python": platform.python_version(),
    "numpy": np.__version__,
    "scipy": scipy.__version__,
    "scikit-learn": sklearn.__version__,
    "statsmodels": statsmodels.__version__,
}


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


def weight(draws, case, row):
    """By case: none, whole (zeros among them), quarters, real. Always one draw; row 0 counts."""
    u = draws.unit()
    kind = case % 4
    whole = float(int(u * 4.0)) + (1.0 if row == 0 else 0.0)
    return [1.0, whole, whole / 4.0, u + 0.01][kind]


def weights_of(case, weights):
    return None if case % 4 == 0 else np.array(weights)


def numbers(values):
    """Lists of numbers, nulls for what is not a number or infinite."""
    if isinstance(values, (list, tuple)) or np.ndim(values) > 0:
        return [numbers(value) for value in values]
    value = float(values)
    if not np.isfinite(value):
        return None
    return int(value) if value == int(value) else value


def draw_labels(case):
    """(classes, truth, guess, weights, beta). case % 6: 0 two classes; 1 the last is absent; 2 truth has one
    class; 3 truth and guess have one; 4 class 0 is never guessed; 5 many classes."""
    draws = SplitMix64(1_000 + case)
    shape = case % 6
    classes = {0: 2, 5: 7}.get(shape, 2 + draws.below(4))
    rows = 1 + draws.below(40)
    beta = [0.5, 1.0, 2.0, 3.5][draws.below(4)]
    truth, guess, weights = [], [], []
    for row in range(rows):
        seen = classes - 1 if shape == 1 else classes
        t = draws.below(seen)
        g = draws.below(seen)
        if draws.below(2) == 0:
            g = t
        if shape in (2, 3):
            t = 0
        if shape == 3:
            g = 0
        if shape == 4 and g == 0:
            g = 1
        truth.append(t)
        guess.append(g)
        weights.append(weight(draws, case // 6, row))
    return classes, truth, guess, weights_of(case // 6, weights), beta


def labels_case(case):
    classes, truth, guess, weights, beta = draw_labels(case)
    labels = list(range(classes))
    names = [f"class {label}" if label != 1 else "a class of a long name" for label in labels]
    given = {"labels": labels, "sample_weight": weights}
    out = {
        "matrix": numbers(confusion_matrix(truth, guess, **given)),
        "accuracy": numbers(accuracy_score(truth, guess, sample_weight=weights)),
        "balanced": numbers(balanced_accuracy_score(truth, guess, sample_weight=weights)),
        "mcc": numbers(matthews_corrcoef(truth, guess, sample_weight=weights)),
    }
    for name, kind in [("kappa", None), ("linear", "linear"), ("quadratic", "quadratic")]:
        out[name] = numbers(cohen_kappa_score(truth, guess, weights=kind, **given))
    for average in [None, "micro", "macro", "weighted"]:
        scores = precision_recall_fscore_support(
            truth, guess, beta=beta, average=average, zero_division=0, **given
        )
        out[average or "each"] = numbers(scores[:3])
    out["support"] = numbers(confusion_matrix(truth, guess, **given).sum(axis=1))
    out["negatives"] = negatives(labels, np.array(truth), np.array(guess), weights)
    if case // 6 % 4 != 3:  # sums of quarters are exact in any order, and so is their text
        digits = 2 + case % 3
        out["report"] = classification_report(
            truth, guess, target_names=names, digits=digits, zero_division=0, **given
        )
    return out


def negatives(labels, truth, guess, weights):
    """Specificity and false-positive rate: how much of what is not the class is told not to be, or to be."""

    def rates(was, told, weights):
        given = {"sample_weight": weights, "zero_division": 0}
        return [recall_score(~was, ~told, **given), recall_score(~was, told, **given)]

    was, told = (np.array([of == label for label in labels]) for of in (truth, guess))
    each = np.array([rates(*pair, weights) for pair in zip(was, told)]).T
    tiled = None if weights is None else np.tile(weights, len(labels))
    support = confusion_matrix(truth, guess, labels=labels, sample_weight=weights).sum(axis=1)
    return {
        "each": numbers(each),
        "micro": numbers(rates(was.ravel(), told.ravel(), tiled)),
        "macro": numbers(each.mean(axis=1)),
        "weighted": numbers(np.average(each, axis=1, weights=support)),
    }


def draw_scores(case):
    """(truth, scores, weights, limit, bins, n). case % 5: 0 and 1 in 0..1; 2 on a grid of five; 3 on a grid of two;
    4 in -2..2, no probabilities. case % 10: 7 positives only, 8 negatives only."""
    draws = SplitMix64(2_000 + case)
    rows = 2 + draws.below(26)
    limit = draws.unit()
    bins = 2 + draws.below(9)
    n = 1 + draws.below(rows)
    truth, scores, weights = [], [], []
    for row in range(rows):
        s = draws.unit()
        kind = case % 5
        if kind == 2:
            s = int(s * 5.0) / 4.0
        if kind == 3:
            s = int(s * 2.0) / 1.0
        if kind == 4:
            s = 4.0 * s - 2.0
        t = draws.unit() < 0.2 + 0.5 * s
        if row < 2:  # both classes, with weight
            t = row == 0
        if case % 10 in (7, 8):
            t = case % 10 == 7
        truth.append(int(t))
        scores.append(s)
        weights.append(weight(draws, case // 5, 0 if row < 2 else row))
    return truth, scores, weights_of(case // 5, weights), limit, bins, n


def at_n(truth, scores, weights, n):
    """True positives among the n strangest, rows of one score sharing what is left of n."""
    left, found = float(n), 0.0
    for score in sorted(set(scores), reverse=True):
        group = [(t, w) for t, s, w in zip(truth, scores, weights) if s == score]
        size = sum(w for _, w in group)
        if size == 0:
            continue
        taken = min(left, size)
        found += taken * (sum(w for t, w in group if t) / size)
        left -= taken
    positives = sum(w for t, w in zip(truth, weights) if t)
    counted = min(float(n), sum(weights))
    return found / counted, found / positives if positives else 0.0


def calibration(truth, scores, weights, bins):
    if weights is not None:  # scikit-learn takes no weights: whole ones are rows that stand several times
        times = weights.astype(int)
        truth, scores = np.repeat(truth, times), np.repeat(scores, times)
    of = lambda strategy: numbers(
        calibration_curve(truth, scores, n_bins=bins, strategy=strategy, pos_label=1)
    )
    return {"uniform": of("uniform"), "quantile": of("quantile")}


def scores_case(case):
    truth, scores, weights, limit, bins, n = draw_scores(case)
    both = len(set(truth)) == 2
    given = {"sample_weight": weights}
    precision, recall, thresholds = precision_recall_curve(truth, scores, **given)
    out = {
        "precision": numbers(precision),
        "recall": numbers(recall),
        "average_precision": numbers(average_precision_score(truth, scores, **given)),
        "pr_area": numbers(auc(recall, precision)),
        "at_n": numbers(at_n(truth, scores, [1.0] * len(truth) if weights is None else weights, n)),
    }
    if both:
        fpr, tpr, cuts = roc_curve(truth, scores, drop_intermediate=False, **given)
        out["fpr"], out["tpr"] = numbers(fpr), numbers(tpr)
        out["cuts"] = numbers(cuts)
        out["roc_area"] = numbers(roc_auc_score(truth, scores, **given))
        within = np.flatnonzero(fpr <= limit)
        best = within[np.argmax(tpr[within])]
        out["at_rate"] = numbers([tpr[best], cuts[best]])
        reached = np.flatnonzero(tpr >= limit)[0]
        out["at_recall"] = numbers([cuts[reached], fpr[reached]])
        precise = np.flatnonzero(precision[:-1] >= limit)
        out["at_precision"] = numbers([thresholds[precise[0]], recall[precise[0]]]) if len(precise) else None
    if case % 5 != 4:
        columns = np.array([[1.0 - s, s] for s in scores])
        out["log_loss"] = numbers(log_loss(truth, columns, labels=[0, 1], **given))
        single = np.float64(np.clip(np.float32(columns), np.finfo("f").eps, 1 - np.finfo("f").eps))
        out["log_loss_single"] = numbers(log_loss(truth, single, labels=[0, 1], **given))
        out["brier"] = numbers(brier_score_loss(truth, scores, pos_label=1, **given))
        whole = weights if case // 5 % 4 == 1 else None
        out["calibration"] = calibration(truth, scores, whole, bins)
    return out


def draw_classes(case):
    """(classes, truth, rows of probabilities, weights). case % 6: 0, 1 all classes; 2 the last is absent; 3 one class
    only; 4 probabilities on a grid, zeros among them; 5 two classes."""
    draws = SplitMix64(3_000 + case)
    shape = case % 6
    classes = 2 if shape == 5 else 3 + draws.below(4)
    rows = classes + draws.below(30)
    truth, table, weights = [], [], []
    for row in range(rows):
        t = row % classes if row < classes else draws.below(classes)
        if shape == 2 and t == classes - 1:
            t = 0
        if shape == 3:
            t = 1
        values = []
        for _ in range(classes):
            u = draws.unit()
            values.append(float(int(u * 4.0)) if shape == 4 else u)
        values[t] += 0.5
        total = 0.0
        for value in values:
            total += value
        truth.append(t)
        table.append([value / total for value in values])
        weights.append(weight(draws, case // 6, 0 if row < classes else row))
    return classes, truth, table, weights_of(case // 6, weights)


def classes_case(case):
    classes, truth, table, weights = draw_classes(case)
    labels = list(range(classes))
    given = {"sample_weight": weights}
    table = np.array(table)
    indicator = (np.array(truth)[:, None] == np.array(labels)[None, :]).astype(int)
    out = {
        "log_loss": numbers(log_loss(truth, table, labels=labels, **given)),
        "brier": numbers(brier_score_loss(truth, table, labels=labels, **given)),
    }
    for average in [None, "micro", "macro", "weighted"]:
        areas = roc_auc_score(indicator, table, average=average, **given)
        if classes > 2:  # both ways of asking, where there are both
            ovr = roc_auc_score(truth, table, multi_class="ovr", labels=labels, average=average, **given)
            assert np.allclose(areas, ovr, rtol=0, atol=1e-14, equal_nan=True), (case, average, areas, ovr)
        out["roc_" + (average or "each")] = numbers(areas)
        precision = average_precision_score(indicator, table, average=average, **given)
        out["ap_" + (average or "each")] = numbers(precision)
    if classes > 2 and len(set(truth)) > 1:  # without weights, which it does not take
        for average in ["macro", "weighted"]:
            area = roc_auc_score(truth, table, multi_class="ovo", labels=labels, average=average)
            out["ovo_" + average] = numbers(area)
    if classes > 2:
        top = [top_k_accuracy_score(truth, table, k=k, labels=labels, **given) for k in (1, 2, 3)]
        out["top"] = numbers(top)
    return out


def draw_pairs(case):
    """(truth, first, second) of two models that are right now and then."""
    draws = SplitMix64(4_000 + case)
    rows = 1 + draws.below(120)
    skill = [draws.unit(), draws.unit()]
    truth, guesses = [], [[], []]
    for _ in range(rows):
        t = draws.below(3)
        truth.append(t)
        for model in range(2):
            right = draws.unit() < skill[model]
            other = draws.below(2)
            guesses[model].append(t if right else (t + 1 + other) % 3)
    return truth, guesses[0], guesses[1]


def pairs_case(case):
    truth, first, second = draw_pairs(case)
    a, b = np.array(first) == np.array(truth), np.array(second) == np.array(truth)
    table = [[int((a & b).sum()), int((a & ~b).sum())], [int((~a & b).sum()), int((~a & ~b).sum())]]
    only_first, only_second = table[0][1], table[1][0]
    interval, moved = bootstrap(case, a, b)
    out = {"discordant": [only_first, only_second], "interval": interval, "corrected_interval": moved}
    if only_first + only_second:
        exact = mcnemar(table, exact=True).pvalue
        again = binomtest(only_first, only_first + only_second, 0.5).pvalue
        assert abs(exact - again) < 1e-13, (exact, again)
        out["exact"] = numbers(exact)
        for name, correction in [("corrected", True), ("plain", False)]:
            result = mcnemar(table, exact=False, correction=correction)
            out[name] = numbers([result.statistic, result.pvalue])
    return out


def bootstrap(case, a, b):
    """Intervals of the first model's accuracy and of the difference to the second's, at 90 %."""
    draws, rows = SplitMix64(case), len(a)
    values, differences = [], []
    for _ in range(40):
        picked = [(draws.next() * rows) >> 64 for _ in range(rows)]
        values.append(a[picked].mean())
        differences.append(a[picked].mean() - b[picked].mean())
    plain = [numbers(np.quantile(v, [0.05, 0.95])) for v in (values, differences)]
    first = corrected(values, lambda picked: a[picked].mean(), rows)
    both = corrected(differences, lambda picked: a[picked].mean() - b[picked].mean(), rows)
    return plain, [first, both]


def corrected(values, statistic, rows):
    """scipy's BCa interval of resamples that were drawn here. Nulls where it has none."""
    if rows < 2:
        return [None, None]
    drawn = types.SimpleNamespace(bootstrap_distribution=np.array(values))
    given = {"n_resamples": 0, "bootstrap_result": drawn, "confidence_level": 0.9, "method": "BCa"}
    interval = stats.bootstrap((np.arange(rows),), statistic, vectorized=False, **given).confidence_interval
    return numbers([interval.low, interval.high])


def write(name, case_of):
    out = {"versions": VERSIONS, "cases": [case_of(case) for case in range(CASES)]}
    path = pathlib.Path(__file__).with_name(name)
    path.write_text(json.dumps(out, separators=(",", ":"), allow_nan=False) + "\n")
    print(name, path.stat().st_size)


if __name__ == "__main__":
    write("labels.json", labels_case)
    write("scores.json", scores_case)
    write("classes.json", classes_case)
    write("pairs.json", pairs_case)
