#!/bin/bash
# make dist: writes jira_spoke-VERSION.zip, as PGXN takes it, into the current
# directory.  It has what is committed, but for what .gitattributes leaves out.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

# The checkout may be another user's than root's.
git=(git -c safe.directory="$top" -C "$top")

main() {
    local version name
    "${git[@]}" rev-parse --verify --quiet HEAD >/dev/null || die "make dist needs a git checkout with a commit"
    version=$("${git[@]}" show HEAD:META.json | meta_text version)
    name=jira_spoke-$version
    [[ -z $("${git[@]}" status --porcelain) ]] || say "What is not committed is left out of $name.zip"
    "${git[@]}" archive --format=zip --prefix="$name/" --output="$PWD/$name.zip" HEAD
    say "$PWD/$name.zip"
}

main
