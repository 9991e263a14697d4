# shellcheck shell=bash
# Sourced by what runs tests: adds up their numbers for the closing line.
passed=0
failed=0
skipped=0
culprits=()                             # what failed, for the end of a long log

# tally SUITE PASSED FAILED [SKIPPED] [CULPRITS]: the last is a file with a line
# for each that failed.
tally() {
    printf '%-10s %s\n' "$1" "$(counts "${@:2:3}")"
    passed=$((passed + $2))
    failed=$((failed + $3))
    skipped=$((skipped + ${4:-0}))
    if (( $3 > 0 )); then blame "$1" "${5:-}"; fi
}

blame() {
    local suite=$1 lines=()
    if [[ -s $2 ]]; then mapfile -t lines <"$2"; fi
    if (( ${#lines[@]} == 0 )); then lines=(failed); fi
    culprits+=("${lines[@]/#/$suite }")
}

counts() {
    local line="$1 passed, $2 failed"
    if (( ${3:-0} > 0 )); then line+=", $3 skipped"; fi
    echo "$line"
}

# Adds what another run has written: its closing line with what it names before
# that, or one failure.
tally_log() {
    local suite=$1 log=$2 numbers named
    read -ra numbers < <(numbers_of "$log")
    named=$(mktemp)
    sed --quiet 's/^FAILED: //p' "$log" >"$named"
    tally "$suite" "${numbers[0]}" "${numbers[1]}" "${numbers[2]:-0}" "$named"
    rm --force "$named"
}

numbers_of() {
    local numbers
    numbers=$(sed --quiet --regexp-extended \
        's/^([0-9]+) passed, ([0-9]+) failed(, ([0-9]+) skipped)?$/\1 \2 \4/p' "$1" | tail --lines=1)
    echo "${numbers:-0 1}"
}

# Goes on from what a part of this run has written: shows it, and adds its numbers.
adopt() {
    local log=$1 numbers named
    read -ra numbers < <(numbers_of "$log")
    mapfile -t named < <(sed --quiet 's/^FAILED: //p' "$log")
    sed --regexp-extended '/^FAILED: /d; /^[0-9]+ passed, [0-9]+ failed(, [0-9]+ skipped)?$/d' "$log"
    passed=$((passed + numbers[0]))
    failed=$((failed + numbers[1]))
    skipped=$((skipped + ${numbers[2]:-0}))
    culprits+=("${named[@]}")
}

# The last line of a run, and its exit status.  A run that breaks off has one
# as well: then something failed that could not be counted.
closing_line() {
    local status=$?
    trap - EXIT
    if (( status != 0 )); then failed=$((failed + 1)); fi
    if (( ${#culprits[@]} > 0 )); then printf 'FAILED: %s\n' "${culprits[@]}"; fi
    counts "$passed" "$failed" "$skipped"
    if (( failed > 0 || passed == 0 )); then exit 1; fi
    exit 0
}

promise_closing_line() {
    trap closing_line EXIT
}

# check NAME COMMAND...: a test of its own, which shows what the command printed
# if it fails.  The subshell is no condition, so that each failure in a function
# ends it.
check() {
    local name=$1 log status
    shift
    log=$(mktemp)
    set +e
    (set -e; "$@") >"$log" 2>&1 </dev/null
    status=$?
    set -e
    if (( status == 0 )); then
        tally "$name:" 1 0
    else
        tally "$name:" 0 1
        tail --lines=60 "$log"
    fi
    rm --force "$log"
}
