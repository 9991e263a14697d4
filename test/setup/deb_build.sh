#!/bin/bash
# deb_build.sh TIME MAINTAINER: builds the Debian packages, through enter.sh, and
# prints where they are.  The build tests each with make installcheck.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

work=$JIRA_SPOKE_STAGE/deb
version=$(meta_text version <"$top/META.json")
source=$work/jira-spoke-$version

versions() {
    "$top/test/setup/pg_config.sh" all | cut --delimiter=/ --fields=5
}

# Replaces what stands between "@" in the files given.
fill_in() {
    local maintainer=$1 date=$2 abstract description file text
    shift 2
    abstract=$(meta_text abstract <"$top/META.json")
    description=$(meta_text description <"$top/META.json" | fold --spaces --width=76 | sed 's/^/ /; s/ *$//')
    for file in "$@"; do
        text=$(cat "$file")
        text=${text//@version@/"$version"}
        text=${text//@maintainer@/"$maintainer"}
        text=${text//@date@/"$date"}
        text=${text//@abstract@/"$abstract"}
        printf '%s\n' "${text//@description@/"$description"}" >"$file"
    done
}

prepare_source() {
    rm --recursive --force "$work"
    copy_tree "$top" "$source"
    cp --recursive "$source/test/setup/debian" "$source/debian"
    cp "$source/LICENSE" "$source/debian/copyright"
    fill_in "$2" "$(date --utc --rfc-email --date="@$1")" "$source"/debian/{control.in,changelog}
}

# Not the first port that is free: whoever looks for that one (pg_createcluster, on
# another machine of this network, too) listens on it for a moment to see.
free_port() {
    local port
    until port=$((6000 + RANDOM % 4000)); ! (exec 3<>"/dev/tcp/localhost/$port") 2>/dev/null; do :; done
    echo "$port"
}

build_packages() {
    cd "$source"
    PGPORT=$(free_port)
    export PGPORT
    PG_SUPPORTED_VERSIONS=$(versions)
    export PG_SUPPORTED_VERSIONS
    pg_buildext updatecontrol
    dpkg-buildpackage --build=binary --no-sign --jobs="$JOBS"
}

main() {
    prepare_source "$@"
    if ! build_packages >"$work/build.log" 2>&1; then
        cat "$work/build.log" >&2
        die "the packages could not be built"
    fi
    printf '%s\n' "$work"/*.deb
}

main "$@"
