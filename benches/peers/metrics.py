#!/usr/bin/env python3
"""scikit-learn's side of `metrics`: draws the same rows, then answers questions, one a line.

    python metrics.py ROWS

A line in is the name of a case. A line out is a JSON object: `seconds` of processor time, and the `answer`.
Needs numpy and scikit-learn.
"""

import json
import sys
import time
import warnings

import numpy as np
from sklearn.metrics import (
    average_precision_score,
    classification_report,
    confusion_matrix,
    log_loss,
    roc_auc_score,
    roc_curve,
)

CLASSES = 15
warnings.simplefilter("ignore")


def draws(seed, rows):
    """SplitMix64, all at once."""
    with np.errstate(over="ignore"):
        steps = np.arange(1, rows + 1, dtype=np.uint64)
        mixed = np.uint64(seed) + steps * np.uint64(0x9E3779B97F4A7C15)
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return mixed ^ (mixed >> np.uint64(31))


def units(seed, rows):
    return (draws(seed, rows) >> np.uint64(11)) * 2.0**-53


def main(rows):
    truth = (draws(1, rows) % np.uint64(CLASSES)).astype(np.uint32)
    other = (draws(2, rows) % np.uint64(CLASSES)).astype(np.uint32)
    guess = np.where(draws(3, rows) % np.uint64(8) == 0, other, truth)
    words = np.array([f"class {label:02}" for label in range(CLASSES)])
    word_truth, word_guess = words[truth], words[guess]
    scores, weights = units(4, rows), units(6, rows)
    single, coarse = scores.astype(np.float32), np.floor(scores * 1000.0) / 1000.0
    positive = units(5, rows) < scores

    def report(truth, guess):
        matrix = confusion_matrix(truth, guess)
        return [classification_report(truth, guess, digits=6), int(np.trace(matrix))]

    cases = {
        "report of codes": lambda: report(truth, guess),
        "report of words": lambda: report(word_truth, word_guess),
        "ROC area": lambda: roc_auc_score(positive, scores),
        "ROC area, f32": lambda: roc_auc_score(positive, single),
        "ROC area, a thousand scores": lambda: roc_auc_score(positive, coarse),
        "ROC area, weighted": lambda: roc_auc_score(positive, scores, sample_weight=weights),
        "ROC curve": lambda: float(roc_curve(positive, scores, drop_intermediate=False)[1].sum()),
        "average precision": lambda: average_precision_score(positive, scores),
        "log loss": lambda: log_loss(positive, scores),
    }
    for line in sys.stdin:
        case = cases[line.strip()]
        started = time.process_time()
        answer = case()
        seconds = time.process_time() - started
        print(json.dumps({"seconds": seconds, "answer": answer}), flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]))
