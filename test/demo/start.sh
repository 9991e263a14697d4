#!/bin/bash
# Starts a private cluster and the small Jira, through enter.sh, and shows what
# the extension does.  What runs already is used again; stop.sh ends it.
source "$(dirname "${BASH_SOURCE[0]}")/../setup/private.sh"
source "$top/test/setup/services.sh"

home=$stage/demo

# The database is made once, and again when the extension has changed since.
make_database() {
    local sum
    sum=$(cat "$private$("$PG_CONFIG" --sharedir)"/extension/jira_spoke--*.sql | sha256sum)
    if [[ $(cat "$home/installed" 2>/dev/null) == "$sum" ]]; then return; fi
    sql "$home" --dbname=postgres --command='DROP DATABASE IF EXISTS demo WITH (FORCE)' \
        --command='CREATE DATABASE demo' >/dev/null
    sql "$home" --dbname=demo --command='CREATE EXTENSION jira_spoke'
    echo "$sum" >"$home/installed"
}

tour() {
    sql "$home" --dbname=demo --set=url="$(jira_url "$home")" --file="$src/test/demo/prepare.sql"
    sql "$home" --dbname=demo --file="$src/test/demo/tour.sql"
}

farewell() {
    local psql at
    psql=$(command -v psql >/dev/null && echo psql || echo "$bindir/psql")
    at="--host=$(cluster_socket "$home") --username=demo --dbname=demo"
    cat <<-END
		The demo goes on running. Open it with:

		    $psql $at

		Its Jira is $(jira_url "$home"); the connection "demo" signs in there.

		Your own Jira takes three steps. Create a connection to it, in psql:

		    SELECT jira_create_connection('work', 'https://YOURS.atlassian.net', 'you@example.com');

		Store an API token (from https://id.atlassian.com/manage-profile/security/api-tokens), in a shell;
		the command asks for the token without showing it:

		    $bindir/jira_spoke_secret work $at

		Test the connection and read from it, in psql:

		    SELECT * FROM jira_test_connection('work');
		    SELECT key, summary FROM jira_lookup_issues_stream('assignee = currentUser()', connection => 'work') LIMIT 10;

		"make demo-stop" ends both and removes their files.
	END
}

main() {
    install_private
    mkdir --parents "$home"
    chmod 0700 "$home"
    start_jira "$home"
    start_cluster "$home"
    make_database
    tour
    farewell
}

main
