#!/usr/bin/env python3
"""A rival as a whole program: nfstream's flows and their features, as CSV.

    python flows_nfstream.py CAPTURE OUT [--dissections N]

With statistical analysis (its 48 features of lengths, times and flags) and one meter. It reads the first
payloads of each flow with nDPI unless N, the packets to read, is 0; 20 is its own default. Needs requirements.txt.
"""

import argparse

from nfstream import NFStreamer


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("capture")
    parser.add_argument("out")
    parser.add_argument("--dissections", type=int, default=0)
    asked = parser.parse_args()
    streamer = NFStreamer(
        source=asked.capture,
        statistical_analysis=True,
        n_dissections=asked.dissections,
        idle_timeout=120,
        active_timeout=1800,
        n_meters=1,
    )
    streamer.to_csv(path=asked.out)


if __name__ == "__main__":
    main()
