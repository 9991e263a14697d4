# shellcheck shell=bash
# Sourced by what runs tests: adds up their numbers for the closing line.
passed=0
failed=0
skipped=0

# tally SUITE PASSED FAILED [SKIPPED]
tally() {
    printf '%-10s %s\n' "$1" "$(counts "${@:2}")"
    passed=$((passed + $2))
    failed=$((failed + $3))
    skipped=$((skipped + ${4:-0}))
}

counts() {
    local line="$1 passed, $2 failed"
    if (( ${3:-0} > 0 )); then line+=", $3 skipped"; fi
    echo "$line"
}

# Adds what another run has written: its closing line, or one failure.
tally_log() {
    local suite=$1 log=$2 numbers
    numbers=$(sed --quiet --regexp-extended \
        's/^([0-9]+) passed, ([0-9]+) failed(, ([0-9]+) skipped)?$/\1 \2 \4/p' "$log" | tail --lines=1)
    # shellcheck disable=SC2086
    tally "$suite" ${numbers:-0 1}
}

# The last line of a run, and its exit status.  A run that breaks off has one
# as well: then something failed that could not be counted.
closing_line() {
    local status=$?
    trap - EXIT
    if (( status != 0 )); then failed=$((failed + 1)); fi
    counts "$passed" "$failed" "$skipped"
    if (( failed > 0 || passed == 0 )); then exit 1; fi
    exit 0
}

promise_closing_line() {
    trap closing_line EXIT
}
