#!/bin/bash
# pg_config.sh [server | headers | all]: prints the pg_config of the newest
# packaged PostgreSQL (15 or later) that can build and run an extension, or of all
# of them; with "headers" the server itself may be missing.  Fails, silently, when
# there is none.
set -euo pipefail

usable() {
    local pg_config=$1 need=$2
    [[ -x $pg_config && -e $("$pg_config" --includedir-server)/postgres.h ]] || return 1
    [[ $need == headers || -x $("$pg_config" --bindir)/postgres ]]
}

every() {
    local need=$1 directory
    for directory in $(printf '%s\n' /usr/lib/postgresql/* | sort --version-sort --reverse); do
        (( ${directory##*/} >= 15 )) 2>/dev/null || continue
        if usable "$directory/bin/pg_config" "$need"; then echo "$directory/bin/pg_config"; fi
    done
}

found=$(every "${1:-headers}")
[[ -n $found ]] || exit 1
if [[ ${1:-} == all ]]; then echo "$found"; else echo "${found%%$'\n'*}"; fi
