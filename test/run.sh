#!/bin/bash
# Runs the tests, through enter.sh, and ends with one line: how many passed and
# failed.  TESTS chooses among them, e.g. TESTS="t/020_scan_shapes.pl sql/json lint".
source "$(dirname "${BASH_SOURCE[0]}")/setup/private.sh"
source "$top/test/setup/tally.sh"
source "$top/test/setup/services.sh"

out=$stage/test
cd "$src"

# --- What to run.  TESTS names files of test/ or sql/, or a suite.

# Prints the members of a suite, given as files, that TESTS asks for.
chosen() {
    local suite=$1 file
    shift
    for file in "$@"; do
        if [[ -e $file ]] && asked_for "$suite" "$file"; then echo "$file"; fi
    done
}

asked_for() {
    local suite=$1 file=$2 test
    if [[ -z $TESTS ]]; then return 0; fi
    for test in $TESTS; do
        test=${test#test/}
        if [[ $test == "$suite" || ${file#test/} == "$test"* ]]; then return 0; fi
    done
    return 1
}

# The end of those server logs in which something crashed.
show_trouble() {
    local log
    for log in "$@"; do
        if grep --quiet --extended-regexp 'PANIC|TRAP|terminated by signal' "$log" 2>/dev/null; then
            printf '\n--- end of %s\n' "$log"
            tail --lines=30 "$log"
        fi
    done
}

# What sanitizers have written into the logs of a server that has them.
count_reports() {
    local reports=$out/sanitizers
    has_asan || return 0
    grep --recursive --text --extended-regexp --after-context=20 --include='*.log' \
        'ERROR: AddressSanitizer|runtime error:' "$out" >"$reports" || true
    if [[ -s $reports ]]; then
        head --lines=60 "$reports"
        tally sanitizers 0 "$(grep --count --extended-regexp 'AddressSanitizer:|runtime error:' "$reports")"
    fi
}

# --- Suites.  Each adds one line to the tally.

# The small Jira tests itself.
suite_jira() {
    local log=$out/jira.log ran bad=0 skip
    [[ -n $(chosen jira test/jira/tests) ]] || return 0
    env PYTHONDONTWRITEBYTECODE=1 python3 -m unittest discover -s test/jira/tests \
        >"$log" 2>&1 || bad=1
    ran=$(sed --quiet 's/^Ran \([0-9]*\) test.*/\1/p' "$log")
    skip=$(sed --quiet 's/.*skipped=\([0-9]*\).*/\1/p' "$log")
    if (( bad )); then
        bad=0
        bad=$(sed --quiet 's/^FAILED (\(.*\))$/\1/p' "$log" | tr ',' '\n' \
            | awk -F= '!/skipped|expected failures/ { bad += $2 } END { print bad ? bad : 1 }')
        tail --lines=60 "$log"
    fi
    tally jira $((${ran:-0} - bad - ${skip:-0})) "$bad" "${skip:-0}"
}

# Up to 15 pg_regress has lines of its own, then TAP.
count_regress() {
    local suite=$1 log=$2 status=$3 ok bad
    ok=$(grep --count --extended-regexp '^(ok |.* \.\.\. ok )' "$log") || true
    grep --extended-regexp '^(not ok |.* \.\.\. FAILED )' "$log" >"$out/$suite.culprits" || true
    bad=$(wc --lines <"$out/$suite.culprits")
    if (( status != 0 && bad == 0 )); then bad=1; fi
    if (( bad > 0 )); then
        cat "$out/$suite/regression.diffs" 2>/dev/null || cat "$log"
        show_trouble "$out/$suite"/log/postmaster.log
    fi
    tally "$suite" "$ok" "$bad" 0 "$out/$suite.culprits"
}

# run_regress SUITE PROGRAM INPUT_DIRECTORY FILE...
run_regress() {
    local suite=$1 program=$2 input=$3 status=0 expected=()
    shift 3
    (( $# > 0 )) || return 0
    mkdir --parents "$out/$suite"
    if "$program" --help | grep --quiet expecteddir; then   # 16 and later
        expected=("--expecteddir=$input")
    fi
    "$program" --inputdir="$input" "${expected[@]}" --outputdir="$out/$suite" \
        --bindir="$bindir" --dlpath="$pkglibdir" --temp-instance="$out/$suite/instance" \
        --temp-config="$src/test/setup/regress.conf" --encoding=UTF8 --no-locale \
        --dbname="jira_$suite" "$@" >"$out/$suite.log" 2>&1 || status=$?
    count_regress "$suite" "$out/$suite.log" "$status"
}

# messages finds its two small Jiras by settings.
suite_sql() {
    local files home=$stage/sql
    mapfile -t files < <(chosen sql sql/*.sql | sed 's,.*/\(.*\)\.sql$,\1,')
    (( ${#files[@]} > 0 )) || return 0
    stop_services "$home/cloud"         # of a run that broke off
    stop_services "$home/server"
    start_jira "$home/cloud"
    start_jira "$home/server" --deployment server
    PGOPTIONS="-c test.jira=$(jira_url "$home/cloud") -c test.jira_server=$(jira_url "$home/server")" \
        run_regress sql "$pgxs/test/regress/pg_regress" "$src" "${files[@]}"
    stop_services "$home/cloud"
    stop_services "$home/server"
}

# The specs find the small Jira by the setting test.jira.
suite_specs() {
    local files home=$stage/specs
    mapfile -t files < <(chosen specs test/specs/*.spec | sed 's,.*/\(.*\)\.spec$,\1,')
    (( ${#files[@]} > 0 )) || return 0
    stop_services "$home"               # of a run that broke off
    start_jira "$home" --issues 100
    PGOPTIONS="-c test.jira=$(jira_url "$home")" \
        run_regress specs "$pgxs/test/isolation/pg_isolation_regress" "$src/test" "${files[@]}"
    stop_services "$home"
}

# run_tap SUITE PROGRAM...
run_tap() {
    local suite=$1 status=0 counts
    shift
    (( $# > 0 )) || return 0
    mkdir --parents "$out/$suite/tmp_check/log"
    env PERL5LIB="$pgxs/test/perl:$src/test/perl" \
        PATH="$src/test/setup/bin:$bindir:$PATH" INITDB="$bindir/initdb" INITDB_COPIES="$out/$suite/initdb" \
        PG_REGRESS="$pgxs/test/regress/pg_regress" \
        TESTDIR="$out/$suite" TESTDATADIR="$out/$suite/tmp_check" TESTLOGDIR="$out/$suite/tmp_check/log" \
        perl "$src/test/setup/tap.pl" "$out/$suite.counts" "$out/$suite.culprits" "$JOBS" "$@" || status=$?
    counts=$(cat "$out/$suite.counts" 2>/dev/null || echo "0 1 0")
    # shellcheck disable=SC2086
    tally "$suite" $counts "$out/$suite.culprits"
    if (( status != 0 )); then show_trouble "$out/$suite"/tmp_check/log/*.log; fi
}

# The longest first, so that none of them runs alone in the end.
suite_t() {
    local files longest=(test/t/{022,086,023,111,020,087,102,050,096,098,041,105,049,080,110,075,133,107,104,122,127,074,010,108,119,097,134,031,116,032,113,095}_*.pl)
    mapfile -t files < <(chosen t "${longest[@]}" test/t/*.pl | awk '!seen[$0]++')
    run_tap t "${files[@]}"
}

# C without a server: unit/NAME_*.c together with src/NAME/*.c, watched by the
# address and undefined behaviour sanitizers.
suite_unit() {
    local file programs=()
    mkdir --parents "$out/unit"
    for file in $(chosen unit test/unit/*_test.c); do
        if compile_unit "$(basename "$file" _test.c)"; then
            programs+=("$out/unit/$(basename "$file" .c)")
        else
            tally unit 0 1
        fi
    done
    run_tap unit "${programs[@]}"
}

compile_unit() {
    gcc -g -O1 -Wall -Wextra -Werror -Wno-unused-parameter -fno-omit-frame-pointer \
        -fsanitize=address,undefined -fno-sanitize-recover=undefined \
        -D_FILE_OFFSET_BITS=64 -D_TIME_BITS=64 \
        -I"$("$PG_CONFIG" --includedir-server)" -Isrc \
        -o "$out/unit/$1_test" test/unit/"$1"_*.c src/"$1"/*.c -ljansson
}

suite_lint() {
    local counts status=0
    [[ -n $(chosen lint test/lint/run.sh) ]] || return 0
    bash test/lint/run.sh "$out/lint.counts" || status=$?
    counts=$(cat "$out/lint.counts" 2>/dev/null || echo "0 1 0")
    # shellcheck disable=SC2086
    tally lint $counts
}

# What runs beside the TAP tests, which wait more than they compute: the other
# suites, one after the other.
suites_beside=(lint jira sql specs unit)

run_beside() {
    local suite
    for suite in "${suites_beside[@]}"; do
        ( promise_closing_line; "suite_$suite" ) >"$out/$suite.output" 2>&1 || true
    done
}

main() {
    local suite
    promise_closing_line
    install_private
    rm --recursive --force "$out"
    mkdir --parents "$out"
    run_beside &
    suite_t
    wait
    for suite in "${suites_beside[@]}"; do
        adopt "$out/$suite.output"
    done
    count_reports
}

main
