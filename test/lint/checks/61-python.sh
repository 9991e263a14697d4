#!/bin/bash
# Python compiles without a warning.
source "$(dirname "${BASH_SOURCE[0]}")/../../setup/common.sh"

cd "$top"
bytecode=$(mktemp --directory)
trap 'rm --recursive --force "$bytecode"' EXIT
find test -name '*.py' -print0 \
    | PYTHONPYCACHEPREFIX=$bytecode xargs --null --no-run-if-empty python3 -W error -m compileall -q
