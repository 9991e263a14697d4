#!/bin/bash
# run.sh [COUNTS]: runs every check of checks/, through enter.sh.  A check
# prints what is wrong and fails, or exits with 77 if it cannot run here.
# COUNTS is a file for the numbers; without it they are printed.
source "$(dirname "${BASH_SOURCE[0]}")/../setup/private.sh"
source "$top/test/setup/tally.sh"

export STRICT=$stage/strict             # compiled with all warnings, for the checks
cd "$src"

run_check() {
    local check=$1 output status=0
    output=$("$check" 2>&1 </dev/null) || status=$?
    case $status in
        0) passed=$((passed + 1)) ;;
        77) skipped=$((skipped + 1)); printf 'lint: %s skipped: ' "$(basename "$check")" ;;
        *) failed=$((failed + 1)); printf 'lint: %s FAILED\n' "$(basename "$check")" ;;
    esac
    if [[ -n $output ]]; then say "$output"; fi
}

main() {
    local check
    if [[ -z ${1:-} ]]; then promise_closing_line; fi
    for check in test/lint/checks/*; do
        run_check "$check"
    done
    if [[ -n ${1:-} ]]; then echo "$passed $failed $skipped" >"$1"; fi
}

main "$@"
