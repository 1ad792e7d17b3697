#!/usr/bin/env python3
"""What pandas and scikit-learn answer about tables, frozen for the tests of this crate.

    python -m venv VENV && VENV/bin/pip install -r requirements.txt && VENV/bin/python make.py

writes tables.json beside itself. Inputs are not kept: script and tests draw them in the same order from SplitMix64, and the
file names the versions that made it.

Draws: `below(n)` is the next 64 bits modulo n; `unit()` is their upper 53 bits times 2^-53.
"""

import json
import math
import pathlib
import platform

import numpy as np
import pandas as pd
import sklearn
from sklearn.metrics import mutual_info_score

CASES = 40
MASK = (1 << 64) - 1
QUANTILES = [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99]
NUMBERS = ["real", "whole", "heavy", "going", "same"]
FEATURES = NUMBERS + ["text"]
TEXTS = ["tcp", "udp", "icmp", "arp"]
INTERVALS = 64


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


def table(case):
    """Rows that vary in many ways, some of them repeated, with cells that are missing."""
    draws = SplitMix64(case)
    rows = []
    for row in range(30 + draws.below(500)):
        real = draws.unit() * 100.0 - 50.0
        whole = float(draws.below(12))
        heavy = 1.0 / (draws.unit() + 0.001)
        going = real * 0.5 + draws.unit() * 10.0
        text = TEXTS[draws.below(len(TEXTS))]
        label = "abc"[draws.below(3)] if draws.unit() < 0.5 else "abc"[int(whole) // 4]
        is_missing = [draws.unit() < 0.1 for _ in range(3)]
        cells = [
            math.nan if is_missing[0] else real,
            whole,
            math.nan if is_missing[1] else heavy,
            going,
            7.0,
            None if is_missing[2] else text,
        ]
        again, which = draws.unit() < 0.15, draws.below(row + 1)
        if again and which < row:
            cells = rows[which][:-1]
        rows.append([*cells, label])
    return pd.DataFrame(rows, columns=[*FEATURES, "label"])


def intervals(column):
    """The intervals that a column is cut into: those of the crate."""
    known = np.sort(column.dropna().to_numpy())
    distinct = np.unique(known)
    if len(distinct) <= INTERVALS:
        ends = distinct[:-1]
    else:
        ends = np.unique([known[n * len(known) // INTERVALS] for n in range(1, INTERVALS)])
        ends = ends[:-1] if ends[-1] == known[-1] else ends
    places = np.searchsorted(ends, column.to_numpy(), side="left")
    return np.where(column.isna(), len(ends) + 1, places)


def of_numbers(frame, name):
    column = frame[name]
    quantile = column.quantile
    first, third = quantile(0.25), quantile(0.75)
    far = 3.0 * (third - first)
    by_class = column.groupby(frame["label"])
    return {
        "count": int(column.count()),
        "missing": int(column.isna().sum()),
        "distinct": int(column.nunique()),
        "min": column.min(),
        "max": column.max(),
        "mean": column.mean(),
        "deviation": column.std(),
        "quantiles": [quantile(share) for share in QUANTILES],
        "information": mutual_info_score(frame["label"], intervals(column)),
        "below": int((column < first - far).sum()) if far > 0 else None,
        "above": int((column > third + far).sum()) if far > 0 else None,
        "class_count": by_class.count().to_dict(),
        "class_mean": by_class.mean().to_dict(),
        "class_median": by_class.median().to_dict(),
    }


def answers(case):
    frame = table(case)
    features = frame[FEATURES]
    whole = ["whole", "going"]
    classes = frame.groupby(FEATURES, dropna=False)["label"]
    mixed = classes.transform("nunique") > 1
    return {
        "rows": len(frame),
        "classes": frame["label"].value_counts().to_dict(),
        "entropy": mutual_info_score(frame["label"], frame["label"]),
        "repeated": int(features.duplicated().sum()),
        "over_classes": int(mixed.sum()),
        "columns": {name: of_numbers(frame, name) for name in NUMBERS},
        "texts": frame["text"].value_counts().to_dict(),
        "text_missing": int(frame["text"].isna().sum()),
        "text_information": mutual_info_score(frame["label"], frame["text"].fillna("missing")),
        "pearson": frame[NUMBERS[:4]].corr().to_numpy().tolist(),
        # Ranks are those of a whole column here: columns without a missing cell alone are the same.
        "spearman": frame[whole].corr(method="spearman").iloc[0, 1],
    }


versions = {
    "python": platform.python_version(),
    "numpy": np.__version__,
    "pandas": pd.__version__,
    "scikit-learn": sklearn.__version__,
}
golden = {"versions": versions, "cases": [answers(case) for case in range(CASES)]}
path = pathlib.Path(__file__).with_name("tables.json")
path.write_text(json.dumps(golden, allow_nan=False, separators=(",", ":")) + "\n")
