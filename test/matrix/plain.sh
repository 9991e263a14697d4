#!/bin/bash
# plain.sh: what a user without the project's own tools does, on a machine of the
# matrix, as root: make install, make installcheck against a cluster of Debian's
# making, the same with the zip file and the client of PGXN.
source "$(dirname "${BASH_SOURCE[0]}")/../setup/common.sh"
source "$top/test/setup/tally.sh"
source "$top/test/matrix/cluster.sh"

work=/var/tmp/jira_spoke-plain
tree=$work/tree
repository=$work/repository

# --- Builds, by a user who may not install

build() {
    as_postgres make --directory="$1" --silent --jobs="$(nproc)" PG_CONFIG="$pg_config"
}

install() {
    make --directory="$1" --silent PG_CONFIG="$pg_config" install
}

uninstall() {
    make --directory="$tree" --silent PG_CONFIG="$pg_config" uninstall
    [[ ! -e $("$pg_config" --pkglibdir)/jira_spoke.so ]]
}

installcheck() {
    as_postgres make --directory="$tree" --silent PG_CONFIG="$pg_config" installcheck \
        || { cat "$tree/regression.diffs"; return 1; }
}

# --- Clusters: one as it comes; one that is used, in another language, with
# other defaults, and with a run of the tests that was broken off

make_other_cluster() {
    localedef --inputfile=de_DE --charmap=UTF-8 de_DE.UTF-8
    create_cluster "$version" --locale=de_DE.UTF-8 -o timezone=Asia/Kathmandu -o datestyle=German \
        -o intervalstyle=iso_8601 -o lc_messages=de_DE.UTF-8
    as_postgres createdb app
    as_postgres psql --quiet --dbname=app --set=ON_ERROR_STOP=1 <<-END
		CREATE EXTENSION jira_spoke;
		CREATE ROLE jira_spoke_backup;
		CREATE ROLE alice IN ROLE jira_spoke_user, jira_spoke_admin;
		CREATE ROLE regress_ann;
		SELECT jira_create_connection('work', 'https://example.atlassian.net', 'alice', 'token') \g /dev/null
	END
}

# --- The zip file, from a repository that has nothing but the tree

make_dist() {
    local git=(as_postgres git -C "$repository" -c user.name=plain -c user.email=plain@localhost)
    as_postgres cp --recursive "$tree" "$repository"
    as_postgres make --directory="$repository" --silent PG_CONFIG="$pg_config" clean
    "${git[@]}" init --quiet
    "${git[@]}" add --all
    "${git[@]}" commit --quiet --message='The tree'
    as_postgres make --directory="$repository" --silent dist
    unzip -tq "$repository"/jira_spoke-*.zip
}

files_in_zip() {
    local committed
    committed=$(as_postgres git -C "$repository" ls-files | grep --invert-match '^\.git[a-]' | sort)
    diff <(echo "$committed") <(unzip -Z1 "$repository"/jira_spoke-*.zip | sed 's,^jira_spoke-[0-9.]*/,,; /\/$/d; /^$/d' | sort)
}

with_pgxn() {
    HOME=$work pgxn "$1" --nosudo --yes --pg_config "$pg_config" "$(echo "$repository"/jira_spoke-*.zip)"
}

pgxn_check() {
    as_postgres HOME="$work" pgxn check --pg_config "$pg_config" "$(echo "$repository"/jira_spoke-*.zip)"
}

test_for() {
    local version=$1 pg_config=/usr/lib/postgresql/$1/bin/pg_config
    rm --recursive --force "$work"
    copy_tree "$top" "$tree"
    chown --recursive postgres: "$work"

    check "make" build "$tree"
    check "make install" install "$tree"
    create_cluster "$version"
    check "make installcheck" installcheck
    check "make installcheck, again" installcheck
    drop_cluster "$version"
    make_other_cluster
    check "make installcheck, used cluster" installcheck
    check "make installcheck, used cluster, again" installcheck
    drop_cluster "$version"
    check "make uninstall" uninstall

    check "make dist" make_dist
    check "files of the zip file" files_in_zip
    check "pgxn install" with_pgxn install
    create_cluster "$version"
    check "pgxn check" pgxn_check
    drop_cluster "$version"
    check "pgxn uninstall" with_pgxn uninstall
}

main() {
    local version
    promise_closing_line
    for version in $("$top/test/setup/pg_config.sh" all | cut --delimiter=/ --fields=5); do
        test_for "$version"
    done
}

main
