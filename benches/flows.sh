#!/usr/bin/env bash
# Everything that is recorded of flows, on standard output: whole programs against rivals, one worker and two,
# what each part costs in time and in instructions, and the flood.
#
#   benches/flows.sh [FOLDER]
#
# FOLDER (flow-benches in cargo's target folder) gets the captures and nfstream, if they are not there yet: 2.5 GB.
# Captures: big.pcap, 2,000,000 packets of about 11 a flow, made of the shared reference captures; s30.pcap, as
# many of about 30 a flow, made by netsift synth. It needs python3, valgrind and tcpdump.
set -euo pipefail
cd "$(dirname "$0")/.."

target="${CARGO_TARGET_DIR:-target}"
programs="$target/dist"
folder="${1:-$target/flow-benches}"
reference="${NETSIFT_SHARED:-../shared}/reference/cicflowmeter"
packets=2000000

mkdir -p "$folder"
cargo build --profile dist -p netsift-cli -p netsift-benches
if [ ! -e "$folder/big.pcap" ]; then
    python3 "$reference/gen_big.py" "$reference/pcaps" "$folder/big.part" $packets >&2
    mv "$folder/big.part" "$folder/big.pcap"
fi
if [ ! -e "$folder/s30.pcap" ]; then
    "$programs/netsift" synth -o "$folder/s30.pcap" -n $packets --seed 30 --packets-per-flow 30 >&2
fi
if [ ! -x "$folder/peers/bin/python" ]; then
    python3 -m venv "$folder/peers"
    "$folder/peers/bin/pip" install --quiet -r benches/peers/requirements.txt >&2
fi

"$programs/flow_ratios" --peers "$folder/peers/bin/python" "$folder/big.pcap" "$folder/s30.pcap"
for capture in big s30; do
    "$programs/flow_parts" "$folder/$capture.pcap"
done
for capture in big s30; do
    benches/instructions.sh "$folder/$capture.pcap"
done
printf '\n### SYN flood\n\n'
"$programs/flood"
"$programs/flood" --workers 2
