#!/bin/bash
# deb.sh DIRECTORY: installs the Debian packages in DIRECTORY on a new machine of
# the matrix, as root, uses the extension and removes it again.  The machine has
# neither a compiler nor headers.
source "$(dirname "${BASH_SOURCE[0]}")/../setup/common.sh"
source "$top/test/setup/tally.sh"
source "$top/test/setup/services.sh"
source "$top/test/matrix/cluster.sh"

work=/var/tmp/jira_spoke-deb
src=$top

apt() {
    DEBIAN_FRONTEND=noninteractive apt-get --quiet --quiet --yes --option Dpkg::Use-Pty=0 "$@"
}

sql() {
    as_postgres psql --no-psqlrc --quiet --set=ON_ERROR_STOP=1 --dbname=demo "$@"
}

# What belongs to one PostgreSQL only, so that the packages for two of them can
# both be installed.
installs_only_its_own() {
    dpkg --listfiles "$package" | while read -r file; do
        if [[ -d $file || $file == /usr/share/doc/$package/* ]]; then continue; fi
        [[ $file == */postgresql/$version/* ]] || die "$file"
    done
}

installs_documents() {
    ls "/usr/share/doc/$package"/{copyright,changelog.gz,README.md,doc/{actions,administration,connections,examples,triggers}.md}
}

has_no_compiler() {
    if command -v cc gcc clang; then return 1; fi
    [[ ! -e /usr/include/stdio.h && ! -e /usr/include/postgresql ]]
}

create_extension() {
    as_postgres createdb demo
    sql --command='CREATE EXTENSION jira_spoke'
}

# In the words of the demo, but with the secret from standard input.
create_connection() {
    sql --set=url="$(jira_url "$work")" <<-'END'
		SELECT jira_create_connection('demo', :'url', 'demo@example.com', is_default => true);
	END
    as_postgres "/usr/lib/postgresql/$version/bin/jira_spoke_secret" demo --dbname=demo <<<demo-token
    [[ $(sql --tuples-only --no-align --command='SELECT ok, problem FROM jira_test_connection()') == "t|" ]]
}

# The first one that it shows.
first_query_of_demo() {
    local query rows
    query=$(sed --quiet '/^\\set ECHO queries/,/^\\set ECHO none/{/^\\set/!p}; /^\\set ECHO none/q' "$top/test/demo/tour.sql")
    rows=$(sql --tuples-only --no-align <<<"$query")
    echo "$query" "$rows"
    [[ $(grep --count '^OPS-[0-9]*|[A-Z]' <<<"$rows") == 10 ]]
}

# Files that are named after the extension, but for those that this test needs.
files_named_so() {
    find / -xdev \( -path /proc -o -path "$top" -o -path "$work" -o -path "$directory" \) -prune \
        -o -name '*jira[_-]spoke*' -print | sort
}

leaves_nothing() {
    local files_after
    apt purge "$package"
    files_after=$(files_named_so)
    echo "$files_after"
    [[ $files_after == "$files_before" ]]
}

test_package() {
    package=$(dpkg-deb --field "$1" Package)
    version=${package#postgresql-}
    version=${version%%-*}

    files_before=$(files_named_so)
    check "apt install $package" apt install --no-install-recommends "$1"
    check "files of one PostgreSQL" installs_only_its_own
    check "documents" installs_documents
    check "no compiler, no headers" has_no_compiler
    create_cluster "$version" -o jira_spoke.allow_http=on
    start_jira "$work"
    check "CREATE EXTENSION" create_extension
    check "connection, with jira_spoke_secret" create_connection
    check "first query of the demo" first_query_of_demo
    end_process "$(jira_pid "$work")" TERM
    drop_cluster "$version"
    check "apt purge" leaves_nothing
}

main() {
    local directory=$1 package version files_before file
    promise_closing_line
    apt update
    apt install --no-install-recommends python3 >/dev/null
    for file in "$directory"/*.deb; do
        if [[ $file != *-dbgsym_* ]]; then test_package "$file"; fi
    done
}

main "$1"
