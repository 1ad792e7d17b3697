#!/usr/bin/env bash
# What live detection keeps up with, for the record: a capture played into one end of a pair of interfaces at growing rates,
# `netsift detect` with all features and a forest of 100 trees on the other; lines of a table on standard output.
#
#   benches/live.sh [usual | scans] [RATE...]
#
# Usual traffic, which holds nothing else being said, has 30 packets a flow; scans and floods have one or two. Rates are packets
# a second, each for ten seconds with each back end. libpcap counts the kernel's drops: packets that are sent, and neither seen
# nor counted as dropped there, are said and fail the run at its end. Who plays shares the cores with who detects. It needs
# tcpreplay, libpcap and the right to make network namespaces. NETSIFT_BUILT=1 takes the program that is there.
set -euo pipefail
cd "$(dirname "$0")/.."

target="${CARGO_TARGET_DIR:-target}"
target=$(realpath -m "$target")
netsift="$target/dist/netsift"
kind="${1:-usual}"
shift || true
case "$kind" in
    usual) traffic=(--packets-per-flow 30) ;;
    scans) traffic=(--mix syn-flood,syn-scan,udp-scan) ;;
    *) sed -n '5,10s/^# \{0,1\}//p' "$0"; exit 2 ;;
esac
rates=("$@")
[ ${#rates[@]} -gt 0 ] || rates=(100000 200000 300000 400000)
seconds=10
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

[ -n "${NETSIFT_BUILT-}" ] || cargo build --profile dist -p netsift-cli --features live-pcap >&2
# Models are learned from other hosts and times than those that are judged.
"$netsift" synth -o "$folder/learned.pcap" --labels "$folder/learned.csv" -n 500000 --seed 7 --packets-per-flow 30 >&2
# Flows are labelled by their families, so that what is benign is called so.
awk -F, -v OFS=, '{ $8 = $9 } NR == 1 { $8 = "label" } 1' "$folder/learned.csv" > "$folder/families.csv"
"$netsift" extract "$folder/learned.pcap" -q --label-file "$folder/families.csv" -o "$folder/flows.csv" >&2
"$netsift" train "$folder/flows.csv" --label Label --model random-forest -o "$folder/forest.nsm" >&2

# Plays a capture at a rate beside the program: both ends vanish with the processes that hold their namespaces.
play='
set -e
unshare -n sleep 300 & other=$!
trap "kill $other $detect 2>/dev/null || true" EXIT
sleep 0.3
ip link add here type veth peer name there netns $other
ip link set here addrgenmode none
nsenter -t $other -n ip link set there addrgenmode none
ip link set here up
nsenter -t $other -n ip link set there up
"$NETSIFT" detect --interface here --backend "$BACKEND" --model "$FOLDER/forest.nsm" --json > /dev/null 2> "$FOLDER/said" &
detect=$!
sleep 1.5
nsenter -t $other -n tcpreplay -q -K -i there -p "$RATE" "$FOLDER/played.pcap" > "$FOLDER/sent" 2>&1
sleep 1.5
kill -INT $detect
wait $detect
'

# The number behind words of the summary; none is nought.
figure() { sed -n "s/^ *$1 *\([0-9,]*\)\$/\1/p" "$folder/said" | tr -d , | grep . || echo 0; }

echo "| $kind, back end | packets a second asked | sent | packets sent | seen | dropped by the kernel | by the interface | here | neither seen nor dropped | flows | alerts |"
echo "|---|---|---|---|---|---|---|---|---|---|---|"
is_whole=true
for rate in "${rates[@]}"; do
    "$netsift" synth -o "$folder/played.pcap" -n $((rate * seconds)) --seed 11 "${traffic[@]}" >&2
    for backend in pnet libpcap; do
        NETSIFT=$netsift BACKEND=$backend RATE=$rate FOLDER=$folder unshare -n sh -c "$play"
        sent=$(sed -n 's/^Actual: \([0-9]*\) packets.*/\1/p' "$folder/sent")
        speed=$(sed -n 's/^Rated: .* \([0-9.]*\) pps$/\1/p' "$folder/sent")
        seen=$(figure packets)
        kernel=$(figure 'dropped by the kernel')
        interface=$(figure 'dropped by the interface')
        here=$(figure 'dropped here, too many at once')
        missing=$((sent - seen - here - kernel - interface))
        if [ $backend = pnet ]; then
            kernel=unknown interface=unknown
        elif [ $missing -ne 0 ]; then
            echo "$backend, $rate packets a second: $sent sent, and $missing of them neither seen nor counted as dropped" >&2
            is_whole=false
        fi
        echo "| $backend | $rate | ${speed%.*} | $sent | $seen | $kernel | $interface | $here | $missing | $(figure flows) | $(figure alerts) |"
    done
done
$is_whole
