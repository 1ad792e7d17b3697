"""Writes evaluation.json: what scikit-learn says of two models' probabilities, for evaluation.rs to compare with.

    python3 -m venv v && v/bin/pip install -r ../../../metrics/tests/golden/requirements.txt && v/bin/python evaluation.py
"""

import json
import math
from pathlib import Path

import numpy as np
import sklearn
from sklearn import metrics

ROWS = 240
CLASSES = ["benign", "flood", "scan"]


def table(model, k):
    """Rows of probabilities that add up to one, which favour a row's class for most rows."""
    rows = []
    for row in range(ROWS):
        truth = truths(k)[row]
        weights = [1 + (row * (7 + 5 * model) + c * 13 + row * row) % 11 for c in range(k)]
        weights[truth] += 6 - 2 * model
        # Of a row of the last class that no model finds.
        if row % 17 == 3:
            weights = list(reversed(weights))
        total = sum(weights)
        rows.append([weight / total for weight in weights])
    return rows


def truths(k):
    return [(row * row // 3 + row) % k if row % 5 else 0 for row in range(ROWS)]


def told(k, probabilities):
    """What scikit-learn says of one model."""
    truth, scores = np.array(truths(k)), np.array(probabilities)
    guess = scores.argmax(axis=1)
    precision, recall, f1, support = metrics.precision_recall_fscore_support(truth, guess)
    one_hot = np.eye(k)[truth]
    surety, right = scores.max(axis=1), (guess == truth)
    bins = np.minimum(np.ceil(surety * 10).astype(int) - 1, 9)
    areas, averages = [], []
    for c in range(k):
        areas.append(metrics.roc_auc_score(truth == c, scores[:, c]))
        averages.append(metrics.average_precision_score(truth == c, scores[:, c]))
    return {
        "probabilities": probabilities,
        "accuracy": metrics.accuracy_score(truth, guess),
        "balanced_accuracy": metrics.balanced_accuracy_score(truth, guess),
        "macro_f1": metrics.f1_score(truth, guess, average="macro"),
        "weighted_f1": metrics.f1_score(truth, guess, average="weighted"),
        "matthews": metrics.matthews_corrcoef(truth, guess),
        "kappa": metrics.cohen_kappa_score(truth, guess),
        "log_loss": metrics.log_loss(truth, scores),
        "brier": metrics.brier_score_loss(truth, scores if k > 2 else scores[:, 1]),
        "precision": precision.tolist(),
        "recall": recall.tolist(),
        "f1": f1.tolist(),
        "support": support.tolist(),
        "confusion": metrics.confusion_matrix(truth, guess).tolist(),
        "roc_area": areas,
        "average_precision": averages,
        "macro_roc_area": float(np.mean(areas)),
        "micro_roc_area": metrics.roc_auc_score(one_hot.ravel(), scores.ravel()),
        "macro_average_precision": float(np.mean(averages)),
        "calibration": [
            [float(surety[bins == b].mean()), float(right[bins == b].mean()), int((bins == b).sum())]
            for b in range(10)
            if (bins == b).any()
        ],
        # The most of a class at a false-positive rate of a twentieth.
        "recall_at_5_percent": [at_rate(truth == c, scores[:, c], 0.05) for c in range(k)],
    }


def at_rate(truth, scores, rate):
    false, true, _ = metrics.roc_curve(truth, scores, drop_intermediate=False)
    return float(true[false <= rate].max())


def mcnemar(k, first, second):
    truth = np.array(truths(k))
    one, other = [np.array(p).argmax(axis=1) == truth for p in (first, second)]
    b, c = int((one & ~other).sum()), int((~one & other).sum())
    n, few = b + c, min(b, c)
    if n < 25:
        p = min(1.0, 2 * sum(math.comb(n, i) for i in range(few + 1)) / 2**n)
    else:
        p = math.erfc(math.sqrt(max(abs(b - c) - 1, 0) ** 2 / n / 2))
    return {"only_first": b, "only_second": c, "p_value": p}


def detector():
    """Scores of how strange rows are, some of them equal."""
    truth = np.array([row % 9 == 4 for row in range(ROWS)])
    scores = np.array([(row * 37 % 101) / 20 + 2.5 * t for row, t in enumerate(truth)])
    threshold = 5.0
    guess = scores > threshold
    n = int(truth.sum())
    order = np.sort(scores)[::-1]
    # Of rows that score as the last of the n strangest, each counts for the same part.
    last, above = order[n - 1], scores > order[n - 1]
    ties = scores == last
    hits = truth[above].sum() + truth[ties].sum() * (n - above.sum()) / ties.sum()
    return {
        "truth": truth.astype(int).tolist(),
        "scores": scores.tolist(),
        "threshold": threshold,
        "roc_area": metrics.roc_auc_score(truth, scores),
        "average_precision": metrics.average_precision_score(truth, scores),
        "precision_at_n": float(hits / n),
        "precision": metrics.precision_score(truth, guess),
        "recall": metrics.recall_score(truth, guess),
        "f1": metrics.f1_score(truth, guess),
        "confusion": metrics.confusion_matrix(truth, guess).tolist(),
    }


def main():
    tasks = []
    for k in (2, 3):
        first, second = table(0, k), table(1, k)
        tasks.append(
            {
                "classes": CLASSES[:k],
                "truth": truths(k),
                "models": [told(k, first), told(k, second)],
                "mcnemar": mcnemar(k, first, second),
            }
        )
    versions = {"numpy": np.__version__, "scikit-learn": sklearn.__version__}
    out = {"versions": versions, "tasks": tasks, "detector": detector()}
    Path(__file__).with_name("evaluation.json").write_text(json.dumps(out) + "\n")


main()
