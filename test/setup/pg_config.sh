#!/bin/bash
# Prints the pg_config of the newest packaged PostgreSQL (15 or later) that
# can build and run an extension; with "headers" as argument the server itself
# may be missing.  Fails, silently, when there is none.
set -euo pipefail

usable() {
    local pg_config=$1 need=$2
    [[ -x $pg_config && -e $("$pg_config" --includedir-server)/postgres.h ]] || return 1
    [[ $need == headers || -x $("$pg_config" --bindir)/postgres ]]
}

newest() {
    local need=$1 directory
    for directory in $(printf '%s\n' /usr/lib/postgresql/* | sort --version-sort --reverse); do
        (( ${directory##*/} >= 15 )) 2>/dev/null || continue
        if usable "$directory/bin/pg_config" "$need"; then
            echo "$directory/bin/pg_config"
            return 0
        fi
    done
    return 1
}

newest "${1:-headers}"
