# shellcheck shell=bash
# Sourced by the scripts below test/: where things are, and how to say that
# something is wrong.
set -euo pipefail

# The checkout, or the staged copy when this is the copy's script.
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)

say() {
    printf '%s\n' "$*"
}

die() {
    printf '%s\n' "$*" >&2
    exit 1
}

am_root() {
    (( EUID == 0 ))
}

# The server refuses to run as root, so root hands over to the user that the
# PostgreSQL packages make.
owner() {
    if am_root; then echo postgres; else id --user --name; fi
}

# Everything we build, run and write lies below one directory of the owner's:
# build/ in the checkout, but /var/tmp for root, whose checkout others may not
# be able to read.  Two checkouts have two of them; STAGE=... makes another for
# the same one, so that two runs need not wait for each other.
stage_directory() {
    local digest
    if [[ -n ${STAGE:-} ]]; then
        realpath --canonicalize-missing "$STAGE"
    elif am_root; then
        digest=$(printf '%s' "$top" | sha256sum)
        echo "/var/tmp/jira_spoke-${digest:0:12}"
    else
        echo "$top/build"
    fi
}

# Prints a text of META.json, which standard input is.
meta_text() {
    sed --quiet "0,/^  \"$1\"/s/^  \"$1\": \"\(.*\)\",\$/\1/p"
}

# copy_tree FROM TO [RSYNC OPTION]...: by content and without times, so that a
# file that has changed is new to make, even when it was edited while the last
# copy was being compiled.  What .gitignore names is neither copied nor deleted:
# compiled objects stay.  The module is linked again, since make would not notice
# that a source file has gone.
copy_tree() {
    local from=$1 to=$2
    shift 2
    mkdir --parents "$to"
    rsync --recursive --links --perms --chmod=D755,Fgo+r,Fgo-w "$@" \
        --checksum --delete --exclude=/.git --filter=':- .gitignore' "$from/" "$to/"
    rm --force "$to/jira_spoke.so"
}
