#!/bin/bash
# The ways in which packagers build: outside of the sources, many jobs at once,
# with clang, with link-time optimization, installed below DESTDIR.  Installing
# brings what it should, uninstalling takes that away, and cleaning leaves no file.
source "$(dirname "${BASH_SOURCE[0]}")/../../setup/common.sh"
source "$top/test/lint/warnings.sh"

tree=$STRICT-builds/tree
outside=$STRICT-builds/outside
root=$STRICT-builds/root
problems=0

complain() {
    say "$@"
    problems=1
}

files_of() {
    (cd "$1" && find . ! -type d | sort)
}

# build DIRECTORY [ARGUMENT OF MAKE]...
build() {
    make --directory="$1" --no-print-directory --silent PG_CONFIG="$PG_CONFIG" "${@:2}"
}

find_clang() {
    local clang
    for clang in clang $(printf '%s\n' /usr/bin/clang-[0-9]* | sort --version-sort --reverse); do
        if command -v "$clang"; then return; fi
    done
    return 1
}

with_lto_in_place() {
    local before
    before=$(files_of "$tree")
    build "$tree" --jobs=8 COPT='-flto=auto -Wall -Werror' || complain "the build with LTO failed"
    build "$tree" clean
    diff <(echo "$before") <(files_of "$tree") || complain "make clean left files in the sources"
}

# The install script, and one for each step of src/upgrade/.
expected_scripts() {
    sed --quiet 's/^EXTVERSION = \(.*\)/jira_spoke--\1.sql/p' "$tree/Makefile"
    (cd "$tree/src/upgrade" && find . -name '[0-9]*.sql' | sed 's|^\./|jira_spoke--|')
}

expected_files() {
    local documents scripts extension
    extension=$("$PG_CONFIG" --sharedir)/extension
    mapfile -t scripts < <(expected_scripts)
    documents=$("$PG_CONFIG" --docdir)/extension/jira_spoke
    printf '.%s\n' "$("$PG_CONFIG" --pkglibdir)/jira_spoke.so" "$("$PG_CONFIG" --bindir)/jira_spoke_secret" \
        "$extension/jira_spoke.control" "${scripts[@]/#/$extension/}" \
        "$documents"/{README.md,CHANGELOG.md,LICENSE} "${@/#/$documents/}" | sort
}

with_clang_outside() {
    local clang compiler=() outside_make=(--file="$tree/Makefile" --jobs=8) documents
    if clang=$(find_clang); then
        compiler=(CC="$clang" COPT="-O1 ${warnings[*]} ${warnings_clang[*]}")
    fi
    mapfile -t documents < <(cd "$tree" && ls doc/*.md)
    build "$outside" "${outside_make[@]}" "${compiler[@]}" || complain "the build outside of the sources failed"
    build "$outside" "${outside_make[@]}" "${compiler[@]}" install DESTDIR="$root" >/dev/null
    diff <(expected_files "${documents[@]}") <(files_of "$root") || complain "make install brought other files"
    build "$outside" "${outside_make[@]}" uninstall DESTDIR="$root" >/dev/null
    [[ -z $(files_of "$root") ]] || complain "make uninstall left:" "$(files_of "$root")"
    build "$outside" "${outside_make[@]}" clean
    [[ -z $(files_of "$outside") ]] || complain "make clean left:" "$(files_of "$outside")"
}

rm --recursive --force "$STRICT-builds"
mkdir --parents "$outside" "$root"
copy_tree "$top" "$tree"
with_lto_in_place
with_clang_outside
exit "$problems"
