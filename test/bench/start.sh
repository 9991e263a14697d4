#!/bin/bash
# make bench: runs the benchmarks, and puts the plot of a whole run into doc/.
source "$(dirname "${BASH_SOURCE[0]}")/../setup/common.sh"

out=$(mktemp --directory)
trap 'rm --recursive --force "$out"' EXIT

main() {
    if am_root; then chown "$(owner):" "$out"; fi
    "$top/test/setup/enter.sh" bench test/bench/run.sh "$out"
    if [[ -e $out/speed.svg ]]; then cat "$out/speed.svg" >"$top/doc/speed.svg"; fi
}

main
