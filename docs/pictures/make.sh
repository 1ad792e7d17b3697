#!/usr/bin/env bash
# Makes the pictures of the README from the program itself: docs/pictures/make.sh [PROGRAM]
#
# PROGRAM is a netsift with a dashboard; one is built if none is named. It needs chromium, node and npm, and two minutes, in which
# made traffic fills the live page.
set -euo pipefail
cd "$(dirname "$0")/../.."

program=${1-}
if [ -z "$program" ]; then
    cargo build --release -p netsift-cli
    program="${CARGO_TARGET_DIR:-target}/release/netsift"
fi
program=$(realpath "$program")
folder=$(mktemp -d)
server=""
trap '[ -z "$server" ] || kill -INT "$server"; wait; rm -rf "$folder"' EXIT
cp crates/dashboard/tests/browser/package*.json docs/pictures/shoot.mjs "$folder"
PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm ci --silent --prefix "$folder"

(
    cd "$folder"
    for seed in 3 4; do
        "$program" synth -o $seed.pcap --labels $seed.csv --packets 60000 --seed $seed
        "$program" extract -q $seed.pcap --label-file $seed.csv -o flows-$seed.csv
    done
    "$program" train -q flows-3.csv --label Label --model random-forest -o flows.nsm
    "$program" report flows.nsm flows-4.csv --label Label --static -o report.html
) > /dev/null 2>&1
"$program" serve --demo --listen 127.0.0.1:0 --history "$folder/history.db" > "$folder/said" 2>&1 &
server=$!
sleep 100
address=$(grep -o 'http://127[0-9.]*:[0-9]*' "$folder/said" | head -1)
node "$folder/shoot.mjs" "$address/" docs/pictures/dashboard.png
node "$folder/shoot.mjs" "file://$folder/report.html" docs/pictures/report.png
