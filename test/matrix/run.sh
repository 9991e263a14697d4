#!/bin/bash
# make matrix: builds and tests the tree in other Debian releases, for the
# PostgreSQL versions and word sizes that they bring, on a machine that has
# nothing but git and make, and for PostgreSQLs with assertions and sanitizers;
# tests what packagers and users do without the project's own tools (plain.sh,
# deb.sh).  Needs root, for chroots; they are kept in CACHE, so that only the first
# run downloads and builds them.  MATRIX="trixie forky" chooses some, LANES=... how
# many at a time.
source "$(dirname "${BASH_SOURCE[0]}")/../setup/common.sh"
source "$top/test/setup/tally.sh"

cache=${CACHE:-/var/cache/jira_spoke}
mirror=${MIRROR:-http://deb.debian.org/debian}
lanes=${LANES:-$(nproc)}

# All lanes together run as many tests at a time as "make test".
jobs=${JOBS:-$(((3 * $(nproc) + lanes - 1) / lanes))}

# A release's PostgreSQL is tested on a machine that is kept and has the
# packages from last time; "fresh" is a new one of the stable release each time,
# "assert" and "asan" ones with a PostgreSQL of our own making.  The packages that
# "deb" builds are installed on a second machine, a new one.  The longest come
# first.
cases=${MATRIX:-assert asan fresh i386 trixie forky plain deb}

# All tests run where assertions watch them; elsewhere those that another
# PostgreSQL can break.
short_tests="sql specs unit t/001 t/020 t/021 t/024 t/025 t/030 t/034 t/035 t/037 t/040
    t/042 t/043 t/044 t/045 t/055 t/056 t/058 t/062 t/063 t/070 t/071 t/072 t/075 t/090 t/096 t/105
    t/110 t/112 t/113 t/114 t/116 t/119 t/120 t/124"

# Those that another word size can.
word_tests="sql specs unit t/001 t/010 t/021 t/025 t/030 t/035 t/037 t/040 t/044 t/045 t/055 t/058
    t/063 t/070 t/071 t/072 t/074 t/088 t/106 t/112 t/114 t/120"

# On a new machine those that packages which are missing can break, and what a
# PostgreSQL without assertions takes of memory.
fresh_tests="sql specs unit t/001 t/010 t/011 t/022 t/030 t/034 t/058 t/070 t/080 t/112 t/114 t/120 t/137"

# Sanitizers slow a test down, and see most in what converts and what waits.
asan_tests="unit sql specs t/001 t/010 t/021 t/030 t/070 t/113 t/119 t/120"

tests_of() {
    case $1 in
        assert) echo "${TESTS:-}" ;;
        asan) echo "${TESTS:-$asan_tests}" ;;
        fresh) echo "${TESTS:-$fresh_tests}" ;;
        i386) echo "${TESTS:-$word_tests}" ;;
        *) echo "${TESTS:-$short_tests}" ;;
    esac
}

release_of() {
    case $1 in
        assert | asan | fresh | i386 | plain | deb | deb-fresh) echo bookworm ;;
        *) echo "$1" ;;
    esac
}

architecture_of() {
    case $1 in
        i386) echo i386 ;;
        *) dpkg --print-architecture ;;
    esac
}

# Releases newer than debootstrap itself are set up as its newest.
debootstrap_script() {
    local scripts=/usr/share/debootstrap/scripts
    if [[ -e $scripts/$1 ]]; then echo "$scripts/$1"; else echo "$scripts/sid"; fi
}

# A minimal system with git and make, in the cache.  Several cases may want the
# same one.
base_of() {
    local release=$1 architecture=$2 base=$cache/$1-$2.base
    exec 8>"$base.lock"
    flock 8
    if [[ ! -d $base ]]; then
        rm --recursive --force "$base.part"
        debootstrap --variant=minbase --include=git,make --arch="$architecture" "$release" "$base.part" \
            "$mirror" "$(debootstrap_script "$release")" >"$base.log" 2>&1 8>&- \
            || { cat "$base.log" >&2; return 1; }
        rm --force "$base.part"/var/cache/apt/archives/*.deb
        mv "$base.part" "$base"
    fi
    exec 8>&-
    echo "$base"
}

make_machine() {
    local case=$1 machine=$cache/$1 base
    if [[ $case == *fresh ]]; then rm --recursive --force "$machine"; fi
    if [[ -d $machine ]]; then return; fi
    base=$(base_of "$(release_of "$case")" "$(architecture_of "$case")") \
        && rm --recursive --force "$machine.part" \
        && cp --archive --reflink=auto "$base" "$machine.part" \
        && mv "$machine.part" "$machine"
}

# Atlassian's documents lie beside the tree, where there are any.
copy_documents() {
    if [[ -d $top/../shared ]]; then
        rm --recursive --force "$1/shared"
        cp --recursive --dereference "$top/../shared" "$1/shared"
    fi
}

# A mirror of a release in the making may be a few days behind.
prepare_machine() {
    local machine=$cache/$1
    make_machine "$1" \
        && echo 'Acquire::Check-Valid-Until "false";' >"$machine/etc/apt/apt.conf.d/90jira_spoke" \
        && cp --dereference /etc/resolv.conf "$machine/etc/resolv.conf" \
        && copy_tree "$top" "$machine/root/jira_spoke" \
        && copy_documents "$machine/root"
}

# The namespaces take every mount and every process along when they end,
# however they end.
run_in_machine() {
    unshare --mount --pid --ipc --fork --kill-child --propagation=private \
        env MIRROR="$mirror" JOBS="$jobs" TESTS="$(tests_of "$1")" bash "$top/test/matrix/machine.sh" \
        "$1" "$cache/$1" "$cache/$1-fresh" </dev/null
}

postgresql_of() {
    chroot "$cache/$1" find /usr/lib/postgresql /var/cache/jira_spoke -path '*/bin/postgres' \
            -exec '{}' --version ';' 2>/dev/null \
        | sed 's/postgres (PostgreSQL) \([^ ]*\).*/PostgreSQL \1/' || true
}

# A machine that cannot be set up, for want of a mirror or because a release in
# the making is broken today, says nothing about us.
run_case() {
    local case=$1 log=$cache/$1.log status=0
    promise_closing_line
    prepare_machine "$case" >"$log" 2>&1 || status=77
    if [[ $case == deb ]]; then prepare_machine deb-fresh >>"$log" 2>&1 || status=77; fi
    if (( status == 0 )); then run_in_machine "$case" >"$log" 2>&1 || status=$?; fi
    if (( status == 77 )); then
        tail --lines=10 "$log"
        tally "$case, could not be set up:" 0 0 1
        exit 0
    fi
    tally_log "$case, $(postgresql_of "$case"), $SECONDS s:" "$log"
    if (( failed > 0 )); then tail --lines=60 "$log"; fi
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
        while (( $(jobs -pr | wc --lines) >= lanes )); do wait -n || true; done
        say "$case: begins after $SECONDS s"
        ( SECONDS=0; run_case "$case" ) >"$cache/$case.output" 2>&1 &
    done
    wait
    for case in $cases; do
        adopt "$cache/$case.output"
    done
}

main
