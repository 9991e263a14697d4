#!/bin/bash
# enter.sh PURPOSE SCRIPT [ARGUMENT]...: installs the packages that PURPOSE
# needs, copies the tree to the stage, and runs the copy's SCRIPT there as an
# unprivileged user with a clean environment.
#
# SCRIPT finds in its environment:
#   PG_CONFIG          of the PostgreSQL to build against
#   JIRA_SPOKE_SRC     the copy of the tree, where it is built too
#   JIRA_SPOKE_STAGE   a directory for all else; see private.sh
#   JIRA_SPOKE_OPENAPI where Atlassian's description of the REST API would be
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

# Make's own settings must not reach the make that builds the copy.
unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES

choose_pg_config() {
    local chosen
    if [[ -n ${PG_CONFIG:-} ]]; then
        chosen=$(command -v "$PG_CONFIG") || die "PG_CONFIG=$PG_CONFIG is not there"
        [[ -e $("$chosen" --pgxs) ]] || die "PG_CONFIG=$PG_CONFIG has no server headers beside it"
    else
        chosen=$("$top/test/setup/pg_config.sh" server \
            || "$top/test/setup/pg_config.sh" headers) || die "no PostgreSQL found"
    fi
    realpath "$chosen"
}

# In /var/tmp another user may have made the directory first.
make_stage() {
    local stage=$1 owner=$2
    if am_root; then
        mkdir --mode=0755 "$stage" 2>/dev/null && chown "$owner:" "$stage"
        [[ -d $stage && ! -L $stage && $(stat --format=%U "$stage") == "$owner" ]] \
            || die "$stage is not ours; remove it"
    else
        mkdir --parents "$stage"
    fi
}

# One at a time in a checkout; fd 9 is closed for what we start.
wait_for_others() {
    exec 9>"$1/lock"
    if ! flock --nonblock 9; then
        say "Waiting for another make in this checkout"
        flock 9
    fi
}

# The caller's PATH, proxies and settings are no part of a test.
clean_environment=(
    env --ignore-environment
    PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
    LANG=C.UTF-8 "TERM=${TERM:-dumb}"
)

as_owner() {
    local owner=$1 home
    shift
    home=$(getent passwd "$owner" | cut --delimiter=: --fields=6)
    if am_root; then
        setpriv --reuid="$owner" --regid="$(id --group "$owner")" --init-groups \
            "${clean_environment[@]}" "HOME=$home" "USER=$owner" "$@"
    else
        "${clean_environment[@]}" "HOME=$home" "USER=$owner" "$@"
    fi
}

main() {
    local purpose=$1 script=$2 owner stage pg_config version
    shift 2
    "$top/test/setup/packages.sh" "$purpose"

    owner=$(owner)
    id "$owner" >/dev/null 2>&1 || die "the server does not run as root and there is no user \"$owner\"; run this as an ordinary user"
    stage=$(stage_directory)
    pg_config=$(choose_pg_config)
    version=$("$pg_config" --version | grep --only-matching --max-count=1 '[0-9][0-9]*' | head --lines=1)

    make_stage "$stage" "$owner"
    wait_for_others "$stage"
    cd "$stage"
    as_owner "$owner" mkdir --parents "$stage/pg$version/tree"
    copy_tree "$top" "$stage/pg$version/tree" --owner --group --chown="$owner:"
    as_owner "$owner" \
        PG_CONFIG="$pg_config" \
        JIRA_SPOKE_STAGE="$stage/pg$version" \
        JIRA_SPOKE_SRC="$stage/pg$version/tree" \
        JIRA_SPOKE_CHECKOUT="$top" \
        JIRA_SPOKE_OPENAPI="${JIRA_SPOKE_OPENAPI:-$top/../shared/jira-openapi}" \
        FUZZ="${FUZZ:-}" FUZZ_SECONDS="${FUZZ_SECONDS:-}" FUZZ_RUNS="${FUZZ_RUNS:-}" \
        FUZZ_INPUT="${FUZZ_INPUT:-}" FUZZ_MERGE="${FUZZ_MERGE:-}" \
        ${SPOKE_STORM:+SPOKE_STORM="$SPOKE_STORM"} ${SPOKE_SEED:+SPOKE_SEED="$SPOKE_SEED"} \
        ${SPOKE_QUERIES:+SPOKE_QUERIES="$SPOKE_QUERIES"} ${SPOKE_FULL:+SPOKE_FULL="$SPOKE_FULL"} \
        BENCH="${BENCH:-}" ISSUES="${ISSUES:-}" TESTS="${TESTS:-}" JOBS="${JOBS:-$((3 * $(nproc)))}" \
        bash "$stage/pg$version/tree/$script" "$@" 9>&-
}

main "$@"
