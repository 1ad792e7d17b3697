"""What scipy says of samples that differ, and numpy of their stability index, frozen as drift.json beside this file.

Inputs are not kept: both sides draw them from splitmix64, as `draw.rs` documents. The index is made here by hand, as the
documentation of `ColumnDrift::stability` says it. Run it with the packages whose versions the output names: python make_drift.py
"""

import json
import math
import pathlib
import platform

import numpy as np
import scipy
from scipy.stats import chi2, chi2_contingency, ks_2samp, kstwobign

CASES = 40
COLUMNS = 5
FALSE_ALARMS = 1e-3
ROWS_A_CASE = 2
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


def rows(draw, count, shift):
    """Numbers; few numbers; mostly zeros; holes and infinities; texts by their numbers."""
    out = []
    for _ in range(count):
        even = draw.unit() + shift
        few = 0.25 if draw.unit() < shift else draw.below(12) * 0.25
        zeros = 0.0 if draw.unit() < 0.6 - shift else draw.unit() * 100.0
        odd = [math.nan, math.inf, -math.inf][draw.below(3)] if draw.unit() < 0.2 + shift else draw.unit()
        text = 6 if draw.unit() < shift else draw.below(6)
        out.append([even, few, zeros, odd, float(text)])
    return np.array(out)


def groups_of_numbers(usual):
    """Upper ends of groups: repeated numbers alone, of others about a tenth of the rows."""
    finite = np.sort(usual[np.isfinite(usual)])
    bins = []  # (upper end, how many, whether it is finite)
    if len(finite):
        ends = set()
        for share in range(1, 101):
            number = np.quantile(finite, share / 100, method="inverted_cdf")
            if np.sum(finite == number) * 100 >= len(finite):
                ends |= {np.nextafter(number, -np.inf), number}
            elif share < 100:
                ends.add(number)
        ends = sorted(ends) + [np.finfo(float).max]
        counts = np.diff([0] + [np.sum(finite <= end) for end in ends])
        bins = list(zip(ends, counts))
    else:
        bins = [(np.finfo(float).max, 0)]
    edges, held, is_open = [-np.inf], 0, False
    for end, count in bins:
        alone = count >= 0.05 * len(usual)
        if is_open and not alone:
            edges[-1], held = end, held + count
        else:
            edges.append(end)
            held = count
        is_open = not alone and held < 0.1 * len(usual)
    return edges + [np.inf]


def counts_of_numbers(edges, cells):
    known = cells[~np.isnan(cells)]
    below = [np.sum(known <= edge) for edge in edges]
    return np.append(np.diff([0] + below), np.sum(np.isnan(cells)))


def column(number, usual, now):
    out = {}
    if number < COLUMNS - 1:
        edges = groups_of_numbers(usual)
        was, now_is = counts_of_numbers(edges, usual), counts_of_numbers(edges, now)
        one, other = usual[~np.isnan(usual)], now[~np.isnan(now)]
        out["distance"] = float(ks_2samp(one, other, method="asymp").statistic)
        limit = kstwobign.isf(FALSE_ALARMS / COLUMNS)
        out["by_chance"] = float(limit * math.sqrt(ROWS_A_CASE / len(one) + ROWS_A_CASE / len(other)))
    else:
        kept = [text for text in range(7) if np.sum(usual == text) * 100 >= len(usual)]
        was, now_is = ([np.sum(c == t) for t in kept] + [np.sum(~np.isin(c, kept)), 0] for c in (usual, now))
        was, now_is = np.array(was), np.array(now_is)
    p = np.maximum(was / was.sum(), 1e-4)
    q = np.maximum(now_is / now_is.sum(), 1e-4)
    out["stability"] = float(np.sum((q - p) * np.log(q / p)))
    filled = was + now_is > 0
    table = np.array([was[filled], now_is[filled]])
    test = chi2_contingency(table, correction=False, lambda_="log-likelihood")
    out["chance"] = float(chi2.sf(test.statistic / ROWS_A_CASE, test.dof))
    return out


def case(number):
    draw = Draw(4000 + number)
    shift = [0.0, 0.03, 0.1, 0.4][number % 4]
    usual = rows(draw, 50 + draw.below(2000), 0.0)
    now = rows(draw, 100 + draw.below(1000), shift)
    return [column(place, usual[:, place], now[:, place]) for place in range(COLUMNS)]


if __name__ == "__main__":
    versions = {"python": platform.python_version(), "numpy": np.__version__, "scipy": scipy.__version__}
    out = {"versions": versions, "cases": [case(number) for number in range(CASES)]}
    text = json.dumps(out, separators=(",", ":"), allow_nan=False)
    pathlib.Path(__file__).with_name("drift.json").write_text(text + "\n")
