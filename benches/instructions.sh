#!/usr/bin/env bash
# Instructions a packet, by part and of whole programs: what no loaded machine can change.
#
#   benches/instructions.sh CAPTURE [PACKETS]
#
# Runs the first PACKETS packets (200,000) through callgrind. It needs valgrind and tcpdump, and programs built by
# cargo build --profile dist -p netsift-cli -p netsift-benches.
set -euo pipefail
cd "$(dirname "$0")/.."

[ $# -ge 1 ] || { sed -n '2,7s/^# \{0,1\}//p' "$0"; exit 2; }
packets=${2:-200000}
programs="${CARGO_TARGET_DIR:-target}/dist"
folder=$(mktemp -d)
trap 'rm -r "$folder"' EXIT
tcpdump -r "$1" -c "$packets" -w "$folder/some.pcap" 2> "$folder/said" || { cat "$folder/said"; exit 1; }
# What tcpdump writes is not less than asked for, unless there is no more.
packets=$("$programs/flow_parts" "$folder/some.pcap" reference read)

# Instructions a packet of a command.
count() {
    valgrind --tool=callgrind --callgrind-out-file=/dev/null "$@" > /dev/null 2> "$folder/said" ||
        { cat "$folder/said" >&2; return 1; }
    local all
    all=$(sed -n 's/.*Collected : \([0-9]*\).*/\1/p' "$folder/said")
    echo $((all / packets))
}

echo
echo "### $(basename "$1" .pcap), the first $packets packets: instructions a packet that each part adds"
echo
echo "| columns | read | parse | record | look-up | update | row | text | together |"
echo "|---|---|---|---|---|---|---|---|---|"
for columns in reference all cic-fixed cic; do
    line="| $columns |"
    before=0
    for part in read parse record look-up update row text; do
        case "$columns $part" in
            "cic"*" parse") line="$line - |"; continue ;;
        esac
        now=$(count "$programs/flow_parts" "$folder/some.pcap" "$columns" "$part")
        line="$line $((now - before)) |"
        before=$now
    done
    echo "$line $before |"
done
echo
echo "| whole program | instructions a packet |"
echo "|---|---|"
extract=("$programs/netsift" extract --quiet "$folder/some.pcap" -o "$folder/flows.csv")
for columns in reference all; do
    echo "| netsift, $columns | $(count "${extract[@]}" --features "$columns") |"
done
echo "| netsift, cic-fixed | $(count "${extract[@]}" --profile cic-fixed) |"
echo "| flowscope | $(count "$programs/flows_flowscope" "$folder/some.pcap" "$folder/flows.json") |"
