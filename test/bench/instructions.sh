#!/bin/bash
# Counts the instructions that a row of an issue takes, for several sets of columns:
# of a backend that reads 2,000 rows, less those for 1,000.  Instructions, unlike
# seconds, are the same on a machine that is busy.
source "$(dirname "${BASH_SOURCE[0]}")/../setup/private.sh"
source "$top/test/setup/services.sh"

home=$stage/instructions
profiles=$stage/callgrind               # for callgrind_annotate
few=1000
many=2000

# What is read, and the columns that are.
sets=(
    'ten columns' 'key summary status priority issue_type assignee assignee_name labels created updated'
    'key' 'key'
    'summary' 'summary'
    'all fields' 'fields'
)

# As start_jira starts the small Jira, so that stop_services ends it.
start_issues() {
    mkdir --parents "$home/jira"
    (
        cd "$home/jira" || exit
        log=$home/jira/log in_background python3 "$src/test/bench/ready_jira.py" --port-file "$home/jira/port"
        echo $! >"$home/jira/pid"
    )
    until [[ -s $home/jira/port ]]; do sleep 0.1; done
    curl --silent --output /dev/null --data "{\"issues\": $many}" "$(jira_url "$home")/_control"
}

make_database() {
    start_cluster "$home"
    sql "$home" --dbname=postgres --command='CREATE DATABASE demo' >/dev/null
    sql "$home" --dbname=demo --set=url="$(jira_url "$home")" --file=- <<-'END'
		CREATE EXTENSION jira_spoke;
		SELECT jira_create_connection('bench', :'url', 'demo@example.com', 'demo-token', is_default => true) \g /dev/null
	END
    end_process "$(cluster_pid "$home")" INT
}

# instructions COLUMNS ROWS: of a single-user backend from its start to its end.
instructions() {
    local query columns=$1
    query="SELECT count(${columns// /), count(}) FROM jira_lookup_issues_stream('project = BULK ORDER BY key', max_rows => $2)"
    PGUSER=demo valgrind --tool=callgrind --callgrind-out-file="$profiles/${columns// /_}.$2" \
        "$bindir/postgres" --single -D "$home/data" -c jit=off demo \
        <<<"$query" 2>&1 >"$home/rows" | sed --quiet 's/.*Collected : //p'
    if ! grep --quiet "\"$2\"" "$home/rows"; then
        tail "$home/rows" >&2
        die "there are no rows"
    fi
}

main() {
    local i from to
    install_private
    stop_services "$home"               # of a run that broke off
    trap 'stop_services "$home"' EXIT
    mkdir --parents "$profiles"
    start_issues
    make_database
    for (( i = 0; i < ${#sets[@]}; i += 2 )); do
        from=$(instructions "${sets[i + 1]}" $few)
        to=$(instructions "${sets[i + 1]}" $many)
        printf '%-12s %8d instructions a row\n' "${sets[i]}" $(( (to - from) / (many - few) ))
    done
}

main
