#!/bin/bash
# make format: brings typedefs.list up to date with what "make lint" compiled
# last, and lays out the C sources of this checkout.
source "$(dirname "${BASH_SOURCE[0]}")/../setup/common.sh"

main() {
    local compiled
    "$top/test/setup/packages.sh" lint
    for compiled in "$(stage_directory)"/pg*/strict; do
        if [[ -d $compiled ]]; then python3 "$top/test/lint/typedefs.py" "$compiled"; fi
    done
    python3 "$top/test/lint/format.py" --write
}

main
