#!/bin/bash
# make deb: builds a Debian package for each installed PostgreSQL, and copies
# them to a directory if one is given.  DEBFULLNAME and DEBEMAIL say who
# maintains the packages, as for Debian's own tools.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

# A package is for packaged servers.
unset PG_CONFIG

# When the sources were made: two builds of a commit, or of its zip file, whose
# files have the time of the commit, give the same packages.
time_of_sources() {
    if [[ -n ${SOURCE_DATE_EPOCH:-} ]]; then
        echo "$SOURCE_DATE_EPOCH"
    else
        git -c safe.directory="$top" -C "$top" log -1 --format=%ct 2>/dev/null \
            || stat --format=%Y "$top/META.json"
    fi
}

maintainer() {
    echo "${DEBFULLNAME:-jira_spoke contributors} <${DEBEMAIL:-$(id --user --name)@$(hostname)}>"
}

main() {
    local packages
    packages=$(mktemp)
    # shellcheck disable=SC2064  # the file of this function
    trap "rm --force '$packages'" EXIT
    "$top/test/setup/enter.sh" deb test/setup/deb_build.sh "$(time_of_sources)" "$(maintainer)" \
        | tee "$packages"
    if (( $# > 0 )); then
        mkdir --parents "$1"
        grep --extended-regexp '^/.*\.deb$' "$packages" | xargs --no-run-if-empty cp --target-directory="$1"
    fi
}

main "$@"
