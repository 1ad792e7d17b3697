#!/usr/bin/env python3
"""A rival: CSV to a matrix of doubles, by polars or pandas, on one thread.

    POLARS_MAX_THREADS=1 python tables.py polars|pandas CSV

Prints the processor's seconds for reading alone, and what the matrix holds. Needs requirements_tables.txt.
"""

import json
import sys
import time

import numpy


def main():
    peer, path = sys.argv[1:]
    if peer == "polars":
        import polars as library

        read = lambda: library.read_csv(path).to_numpy()
    else:
        import pandas as library

        read = lambda: library.read_csv(path).to_numpy()
    start = time.process_time()
    matrix = read()
    seconds = time.process_time() - start
    matrix = numpy.ascontiguousarray(matrix, dtype=numpy.float64)
    told = {
        "seconds": seconds,
        "version": library.__version__,
        "rows": matrix.shape[0],
        "columns": matrix.shape[1],
        "sum": float(matrix.sum()),
        "bits": int(numpy.add.reduce(matrix.view(numpy.uint64), axis=None, dtype=numpy.uint64)),
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main()
