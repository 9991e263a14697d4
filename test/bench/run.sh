#!/bin/bash
# Runs the benchmarks, through enter.sh, on a cluster and a Jira of their own.
# BENCH="outbox" chooses some.
source "$(dirname "${BASH_SOURCE[0]}")/../setup/private.sh"
source "$top/test/setup/services.sh"

home=$stage/bench

main() {
    local bench
    install_private
    stop_services "$home"               # of a run that broke off
    trap 'stop_services "$home"' EXIT
    start_jira "$home" --issues "${ISSUES:-10000}"
    start_cluster "$home"
    sql "$home" --dbname=postgres --command='CREATE DATABASE demo' >/dev/null
    sql "$home" --dbname=demo --set=url="$(jira_url "$home")" --file=- <<-'END'
		CREATE EXTENSION jira_spoke;
		SELECT jira_create_connection('bench', :'url', 'demo@example.com', 'demo-token', is_default => true) \g /dev/null
	END
    for bench in ${BENCH:-stream outbox}; do
        python3 "$src/test/bench/$bench.py" "$(jira_url "$home")" \
            "$bindir/psql" --no-psqlrc --quiet --host="$(cluster_socket "$home")" --username=demo --dbname=demo
    done
}

main
