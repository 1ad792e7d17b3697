#!/usr/bin/env python3
"""What pandas reads in the tables of the shared folder: rows, cells, classes, defects.

    python pandas.py SHARED > pandas.json

Made with pandas 3.1.1 and numpy 2.4.6. ARFF is CSV behind its header, Zeek's logs are CSV behind theirs. Needs the
program zstd.
"""

import io
import json
import math
import pathlib
import subprocess
import sys

sys.path.pop(0)  # this file is named like the library

import numpy
import pandas

LABELS = {
    "firewall": "Action",
    "nettrafficanalyzerml": "Label",
    "iscxvpn2016": "class1",
    "isctor2016": "class1",
    "cicids2017_improved": "Label",
    "slips": "label",
}
FOLDERS = [*LABELS, "nsl_kdd", "seeds"]
ENDINGS = (".csv", ".csv.zst", ".arff.zst", ".txt.zst", ".labeled")


def main():
    data = pathlib.Path(sys.argv[1]) / "data"
    told = {}
    for folder in FOLDERS:
        for path in sorted((data / folder).rglob("*")):
            if path.name.endswith(ENDINGS):
                told[str(path.relative_to(data))] = facts(path, folder)
    lines = ",\n".join(f"{json.dumps(name)}: {json.dumps(facts)}" for name, facts in told.items())
    print(f"{{\n{lines}\n}}")


def facts(path, folder):
    table = read(path, folder)
    label = LABELS.get(folder)
    if path.name.startswith("B-10s"):
        label = "label"
    if folder == "nsl_kdd":
        label = "column 42"
    labels = {} if label is None else table[label].value_counts().to_dict()
    return {
        "rows": len(table),
        "duplicates": int(table.duplicated().sum()),
        "labels": {str(name): int(count) for name, count in sorted(labels.items())},
        "columns": [column(table[name]) for name in table.columns],
    }


def column(cells):
    if not pandas.api.types.is_numeric_dtype(cells):
        return {"missing": int(cells.isna().sum()), "texts": int(cells.nunique())}
    numbers = cells.to_numpy(dtype=float)
    finite = numbers[numpy.isfinite(numbers)]
    return {
        "missing": int(numpy.isnan(numbers).sum()),
        "infinite": int(numpy.isinf(numbers).sum()),
        "sum": math.fsum(finite),
    }


def read(path, folder):
    text = subprocess.run(["zstd", "-dc", path], capture_output=True, check=True).stdout if path.suffix == ".zst" else path.read_bytes()
    text = text.decode("utf-8-sig")
    usual = {"low_memory": False}
    if ".arff" in path.name:
        header, _, rows = text.partition("\n@" + ("DATA" if "\n@DATA" in text else "data"))
        names = [line.split()[1] for line in header.splitlines() if line.lower().startswith("@attribute")]
        rows = rows[rows.index("\n") + 1 :]
        # Rows of separators alone are rows.
        return pandas.read_csv(io.StringIO(rows), header=None, names=names, skip_blank_lines=True, **usual)
    if folder == "slips":
        lines = [line for line in text.splitlines(keepends=True) if not line.startswith("#")]
        fields = next(line for line in text.splitlines() if line.startswith("#fields"))
        return pandas.read_csv(
            io.StringIO("".join(lines)),
            sep="\t",
            header=None,
            names=fields.split("\t")[1:],
            na_values=["-", "(empty)"],
            keep_default_na=False,
            true_values=["T"],
            false_values=["F"],
            quoting=3,
            **usual,
        )
    header = None if folder == "nsl_kdd" else 0
    # The empty text alone is missing among texts; among numbers what is no number is.
    table = pandas.read_csv(io.StringIO(text), header=header, na_values=["", "NaN"], keep_default_na=False, **usual)
    if header is None:
        table.columns = [f"column {place + 1}" for place in range(table.shape[1])]
    table.columns = [name.strip() for name in table.columns]
    return table


if __name__ == "__main__":
    main()
