#!/bin/bash
# Runs the fuzz targets, through enter.sh, and ends with one line: how many found
# nothing, and how many did.  See README.md for the settings.
export JIRA_SPOKE_STAGE=${JIRA_SPOKE_STAGE:?run this through test/setup/enter.sh}/fuzz
source "$(dirname "${BASH_SOURCE[0]}")/../setup/private.sh"
source "$top/test/setup/tally.sh"

seconds=${FUZZ_SECONDS:-10}
targets=${FUZZ:-json row adf url path jql reply template}
seeds=$src/test/fuzz/corpus
backend=$src/test/fuzz/backend.sh

# --- The module: the extension and the targets, compiled to tell libFuzzer what
# they do.

flags='-O1 -g -fno-omit-frame-pointer -fno-strict-aliasing -Wno-ignored-attributes'
sanitizers=undefined
if has_asan; then sanitizers+=,address; fi
flags+=" -fsanitize=fuzzer-no-link,$sanitizers -fno-sanitize-recover=undefined"

# runtime NAME SUFFIX: a library of clang's.
runtime() {
    find "$(clang -print-resource-dir)/lib" \
        "(" -name "libclang_rt.$1-$(uname --machine).$2" -o -name "libclang_rt.$1.$2" ")" -print -quit
}

# A server with AddressSanitizer brings the other sanitizer's library, too.
link_options() {
    local library
    echo -lcurl -ljansson -lcrypto -Wl,--version-script=src/exports.map "$(runtime fuzzer_no_main a)"
    if [[ $sanitizers == undefined ]]; then
        library=$(runtime ubsan_standalone so)
        echo "$library" -Wl,-rpath,"${library%/*}"
    fi
    echo -lstdc++ -lpthread -ldl -lm -lrt
}

# Objects for another server, or with other sanitizers, are no use.
drop_old_objects() {
    local made_for
    made_for="$PG_CONFIG $("$PG_CONFIG" --version) $flags"
    if [[ $(cat "$stage/made_for" 2>/dev/null) != "$made_for" ]]; then
        rm --recursive --force "$stage/tree"
        mkdir --parents "$stage"
        echo "$made_for" >"$stage/made_for"
    fi
}

build_module() {
    local variables
    drop_old_objects
    copy_tree "$src" "$stage/tree"
    src=$stage/tree
    variables=(
        CC=clang
        CFLAGS="$flags"
        LDFLAGS=
        OBJS="$(cd "$src" && printf '%s\n' src/*.c src/*/*.c test/fuzz/*.c | sed 's/\.c$/.o/' | tr '\n' ' ')"
        SHLIB_LINK="$(link_options | tr '\n' ' ')"
    )
    mirror_postgresql
    run_make "${variables[@]}" all
    run_make "${variables[@]}" install DESTDIR="$private"
}

make_cluster() {
    rm --recursive --force "$stage/cluster" "$stage"/data-*
    "$bindir/initdb" --pgdata="$stage/cluster" --username=fuzz --auth=trust --no-sync \
        --encoding=UTF8 --no-locale >"$stage/initdb.log" 2>&1 \
        || { cat "$stage/initdb.log" >&2; die "initdb failed"; }
    echo "$bindir/postgres" >"$stage/postgres"
    "$bindir/postgres" --single -j -D "$stage/cluster" -c fsync=off -c log_min_messages=error \
        postgres <"$src/test/fuzz/prepare.sql" >"$stage/prepare.log" 2>&1
    if grep --quiet ERROR "$stage/prepare.log"; then
        cat "$stage/prepare.log" >&2
        die "the database could not be prepared"
    fi
}

# --- One target

# figure NAME LOG: a number of libFuzzer's final statistics.
figure() {
    sed --quiet "s/^stat::$1: *//p" "$2"
}

# The last line about the corpus: "#900 DONE cov: 120 ft: 340 corp: 56/789b ...".
coverage() {
    sed --quiet --regexp-extended 's/^#[0-9]+.* (cov: .*corp: [^ ]*).*/\1/p' "$1" | tail --lines=1
}

show_finding() {
    local target=$1 log=$2 input
    grep --text --extended-regexp --after-context=25 \
        'does not hold|runtime error:|ERROR: |FATAL|PANIC' "$log" | head --lines=40 || tail --lines=30 "$log"
    input=$(sed --quiet 's/.*Test unit written to //p' "$log" | tail --lines=1)
    if [[ -n $input ]]; then
        say "The input is $input; this repeats it:" "make fuzz FUZZ=$target FUZZ_INPUT=$input"
    fi
}

run_target() {
    local target=$1 log=$stage/$1.log status=0
    shift
    mkdir --parents "$stage/corpus/$target" "$stage/crashes"
    bash "$backend" "$stage" "$target" "$@" >"$log" 2>&1 || status=$?
    if (( status == 0 )); then
        tally "$target" 1 0
    else
        tally "$target" 0 1
        show_finding "$target" "$log"
    fi
}

fuzz() {
    local target=$1 log=$stage/$1.log
    run_target "$target" -max_total_time="$seconds" -runs="${FUZZ_RUNS:--1}" -print_final_stats=1 \
        -timeout=20 -rss_limit_mb=3000 -max_len=4096 -artifact_prefix="$stage/crashes/$target-" \
        "$stage/corpus/$target" "$seeds/$target"
    printf '    %s executions, %s a second, %s\n' "$(figure number_of_executed_units "$log")" \
        "$(figure average_exec_per_sec "$log")" "$(coverage "$log")"
}

# The fewest inputs that reach all that the seeds and what has been found reach.
merge() {
    local target=$1
    rm --recursive --force "$stage/merged/$target"
    mkdir --parents "$stage/merged/$target"
    run_target "$target" -merge=1 -max_len=4096 "$stage/merged/$target" \
        "$seeds/$target" "$stage/corpus/$target"
    say "    $(find "$stage/merged/$target" -type f | wc --lines) inputs in $stage/merged/$target"
}

main() {
    local target
    promise_closing_line
    build_module
    make_cluster
    for target in $targets; do
        if [[ -n ${FUZZ_INPUT:-} ]]; then
            run_target "$target" "$FUZZ_INPUT"
        elif [[ -n ${FUZZ_MERGE:-} ]]; then
            merge "$target"
        else
            fuzz "$target"
        fi
    done
}

main
