#!/usr/bin/env python3
"""Device types the usual way: CICFlowMeter's columns summed over the flows of a capture, and a forest of scikit-learn.

    python iot_devices.py FOLDER FOLDS NETSIFT

FOLDER holds captures and a labels.csv that names `file` and `device_type` of each. FOLDS is what the example
`iot_devices` writes where its second argument says: the fold of each line of labels.csv, so that both are judged by the
same captures. NETSIFT is the program, whose profile `cic` tells CICFlowMeter's columns. Needs requirements_tables.txt and requirements_zoo.txt.
"""

import io
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.ensemble import RandomForestClassifier

# Who, when, and what is a name and no size.
IDENTITY = ["Flow ID", "Src IP", "Src Port", "Dst IP", "Dst Port", "Protocol", "Timestamp", "Label"]


def vector(netsift, capture):
    said = subprocess.run(
        [netsift, "extract", capture, "--profile", "cic", "--quiet", "-o", "-"],
        capture_output=True, check=True, text=True,
    ).stdout
    flows = pd.read_csv(io.StringIO(said)).drop(columns=IDENTITY)
    return flows.apply(pd.to_numeric).replace([np.inf, -np.inf], 0).fillna(0).sum()


def main():
    folder, folds, netsift = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
    labels = pd.read_csv(folder / "labels.csv")
    fold = pd.read_csv(folds).sort_values("capture")["fold"].to_numpy()
    rows = pd.DataFrame([vector(netsift, folder / file) for file in labels["file"]]).to_numpy()
    types = labels["device_type"].to_numpy()
    scores = []
    for held_back in np.unique(fold):
        test = fold == held_back
        forest = RandomForestClassifier(100, random_state=42).fit(rows[~test], types[~test])
        scores.append((forest.predict(rows[test]) == types[test]).mean())
    print(f"scikit-learn {np.mean(scores):.4f} in {len(scores)} folds {np.round(scores, 3).tolist()}")


if __name__ == "__main__":
    main()
