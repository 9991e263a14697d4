#!/bin/bash
# make version VERSION=1.1: begins the next version after a release, in all places
# that name it, and its step in src/upgrade/.  See the README there.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

cd "$top"
current=$(sed --quiet 's/^EXTVERSION = //p' Makefile)
next=${1:-}

# replace EXPRESSION FILE...: the files keep their owner.
replace() {
    local expression=$1 file text
    shift
    for file in "$@"; do
        text=$(sed "$expression" "$file")
        printf '%s\n' "$text" >"$file"
    done
}

check() {
    [[ $next =~ ^[0-9]+\.[0-9]+$ ]] || die "usage: make version VERSION=MAJOR.MINOR"
    [[ $next != "$current" && $(printf '%s\n' "$current" "$next" | sort --version-sort | tail --lines=1) == "$next" ]] \
        || die "$next is not after $current"
    [[ -e src/upgrade/jira_spoke--$current.sql ]] \
        || die "$current is not frozen: check out its release and \"make freeze\""
}

write_step() {
    cat >"src/upgrade/$current--$next.sql" <<-END
		-- From $current to $next: what changes tables and types.  README.md says what else
		-- belongs here, and where.

		@functions@
	END
}

main() {
    check
    replace "s/^EXTVERSION = .*/EXTVERSION = $next/" Makefile
    replace "s/^default_version = .*/default_version = '$next'/" jira_spoke.control
    replace "/\"meta-spec\"/,/}/!s/\"version\": \"$current\.[0-9]*\"/\"version\": \"$next.0\"/" META.json
    replace "s/^\(#define JIRA_VERSION \).*/\1\"$next\"/" src/utils/sql_version.h
    replace "0,/^## /s/^## /## $next (unreleased)\n\n&/" CHANGELOG.md
    write_step
    say "This is $next. Next: CHANGELOG.md and src/upgrade/$current--$next.sql"
}

main
