#!/bin/bash
# make matrix: builds and tests the tree in other Debian releases, for the
# PostgreSQL versions that they bring, and on a machine that has nothing but
# git and make, and for a PostgreSQL with assertions.  Needs root, for chroots;
# they are kept in CACHE, so that only the first run downloads and builds them.
# MATRIX="trixie forky" chooses some.
source "$(dirname "${BASH_SOURCE[0]}")/../setup/common.sh"
source "$top/test/setup/tally.sh"

cache=${CACHE:-/var/cache/jira_spoke}
mirror=${MIRROR:-http://deb.debian.org/debian}

# A release's PostgreSQL is tested on a machine that is kept and has the
# packages from last time; "fresh" is a new one of the stable release each time,
# "assert" one with a PostgreSQL of our own making.
cases=${MATRIX:-fresh assert trixie forky}

release_of() {
    case $1 in
        fresh | assert) echo bookworm ;;
        *) echo "$1" ;;
    esac
}

# Releases newer than debootstrap itself are set up as its newest.
debootstrap_script() {
    local scripts=/usr/share/debootstrap/scripts
    if [[ -e $scripts/$1 ]]; then echo "$scripts/$1"; else echo "$scripts/sid"; fi
}

# A minimal system with git and make, in the cache.
base_of() {
    local release=$1 base=$cache/$1.base
    if [[ ! -d $base ]]; then
        rm --recursive --force "$base.part"
        debootstrap --variant=minbase --include=git,make "$release" "$base.part" \
            "$mirror" "$(debootstrap_script "$release")" >"$base.log" 2>&1 \
            || { cat "$base.log" >&2; return 1; }
        rm --force "$base.part"/var/cache/apt/archives/*.deb
        mv "$base.part" "$base"
    fi
    echo "$base"
}

make_machine() {
    local case=$1 machine=$cache/$1 base
    if [[ $case == fresh ]]; then rm --recursive --force "$machine"; fi
    if [[ -d $machine ]]; then return; fi
    base=$(base_of "$(release_of "$case")") \
        && rm --recursive --force "$machine.part" \
        && cp --archive --reflink=auto "$base" "$machine.part" \
        && mv "$machine.part" "$machine"
}

# A mirror of a release in the making may be a few days behind.
prepare_machine() {
    local machine=$cache/$1
    make_machine "$1" \
        && echo 'Acquire::Check-Valid-Until "false";' >"$machine/etc/apt/apt.conf.d/90jira_spoke" \
        && cp --dereference /etc/resolv.conf "$machine/etc/resolv.conf" \
        && copy_tree "$top" "$machine/root/jira_spoke"
}

# The namespaces take every mount and every process along when they end,
# however they end.
run_in_machine() {
    unshare --mount --pid --fork --kill-child --propagation=private \
        env MIRROR="$mirror" bash "$top/test/matrix/machine.sh" "$1" "$cache/$1" </dev/null
}

postgresql_of() {
    chroot "$cache/$1" find /usr/lib/postgresql /var/cache/jira_spoke -path '*/bin/postgres' \
            -exec '{}' --version ';' 2>/dev/null \
        | sed 's/postgres (PostgreSQL) \([^ ]*\).*/PostgreSQL \1/' || true
}

# A machine that cannot be set up, for want of a mirror or because a release in
# the making is broken today, says nothing about us.
run_case() {
    local case=$1 log=$cache/$1.log before=$failed status=0
    prepare_machine "$case" >"$log" 2>&1 || status=77
    if (( status == 0 )); then run_in_machine "$case" >"$log" 2>&1 || status=$?; fi
    if (( status == 77 )); then
        tail --lines=10 "$log"
        tally "$case, could not be set up:" 0 0 1
        return
    fi
    tally_log "$case, $(postgresql_of "$case"):" "$log"
    if (( failed > before )); then tail --lines=60 "$log"; fi
}

main() {
    am_root || die "make matrix needs root, for chroots"
    "$top/test/setup/packages.sh" matrix
    promise_closing_line
    mkdir --parents "$cache"
    exec 9>"$cache/lock"
    flock 9
    local case
    for case in $cases; do
        run_case "$case"
    done
}

main
