#!/bin/bash
# backend.sh HOME TARGET [ARGUMENT]...: runs libFuzzer with these arguments in a
# single-user backend, in a copy of the cluster that run.sh has made in HOME.
# libFuzzer's merge calls it again, by the same words.
set -euo pipefail

home=$1
target=$2
shift 2

literal() {
    printf "'%s'" "${1//\'/\'\'}"
}

statement() {
    local words word
    words=$(literal "bash $0 $home $target")
    for word in "$@"; do
        words+=", $(literal "$word")"
    done
    printf 'SELECT jira_fuzz(%s, ARRAY[%s])\n' "$(literal "$target")" "$words"
}

data=$(mktemp --directory "$home/data-XXXXXX")
trap 'rm --recursive --force "$data"' EXIT
cp --recursive --no-target-directory "$home/cluster" "$data"
statement "$@" | "$(cat "$home/postgres")" --single -D "$data" \
    -c fsync=off -c log_min_messages=fatal -c timezone=UTC -c max_stack_depth=4MB \
    postgres >/dev/null
