# shellcheck shell=bash
# Sourced by the scripts that enter.sh runs: builds the extension and installs
# it into a PostgreSQL of our own below the stage, never into the system.
#
# PostgreSQL finds its libraries and extensions relative to its executables.
# So copies of those, with links to everything else in the same places beside
# them, are a complete installation that costs a dozen megabytes.
# shellcheck disable=SC2034  # the variables are for the scripts that source this
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

stage=${JIRA_SPOKE_STAGE:?run this through test/setup/enter.sh}
src=$JIRA_SPOKE_SRC
private=$stage/root                     # what DESTDIR is
bindir=$private$("$PG_CONFIG" --bindir)
pkglibdir=$private$("$PG_CONFIG" --pkglibdir)
pgxs=$(dirname "$("$PG_CONFIG" --pgxs)")/..

link_tree() {
    mkdir --parents "$private$1"
    cp --recursive --symbolic-link --force --no-target-directory "$1" "$private$1"
}

mirror_postgresql() {
    local have
    have=$("$PG_CONFIG" --version; "$("$PG_CONFIG" --bindir)/postgres" --version)
    if [[ $(cat "$private/version" 2>/dev/null) == "$have" ]]; then return; fi

    rm --recursive --force "$private"
    mkdir --parents "$bindir"
    cp --recursive --dereference --no-target-directory "$("$PG_CONFIG" --bindir)" "$bindir"
    link_tree "$("$PG_CONFIG" --pkglibdir)"
    link_tree "$("$PG_CONFIG" --sharedir)"
    find "$private" -name 'jira_spoke*' -not -type d -delete   # the system may have one
    printf '%s\n' "$have" >"$private/version"
}

# A server with AddressSanitizer has the other sanitizer's functions as well; its
# pg_config has only told the compiler about the first.
has_asan() {
    [[ $(nm --dynamic "$("$PG_CONFIG" --bindir)/postgres") == *__asan_init* ]]
}

# Prints its output only when it fails.
run_make() {
    local log=$stage/build.log options=()
    if has_asan; then options=(COPT=-fsanitize=undefined); fi
    if ! make --directory="$src" --jobs="$JOBS" --no-print-directory --silent \
        PG_CONFIG="$PG_CONFIG" "${options[@]}" "$@" >"$log" 2>&1; then
        cat "$log" >&2
        die "make $* failed"
    fi
}

install_private() {
    mirror_postgresql
    run_make all
    run_make install DESTDIR="$private"
}
