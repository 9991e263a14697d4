#!/bin/bash
# make doc: writes doc/*.md of this checkout anew; see generate.pl.
source "$(dirname "${BASH_SOURCE[0]}")/../setup/common.sh"

out=$(mktemp --directory)
trap 'rm --recursive --force "$out"' EXIT

main() {
    local file
    if am_root; then chown "$(owner):" "$out"; fi
    "$top/test/setup/enter.sh" doc test/doc/run.sh "$out"
    mkdir --parents "$top/doc"
    for file in "$out"/*.md; do
        cat "$file" >"$top/doc/${file##*/}"
    done
}

main
