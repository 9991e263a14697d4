#!/bin/bash
# run.sh OUT: runs the benchmarks, through enter.sh, on a cluster of their own, and
# writes plots into the directory OUT.  BENCH="outbox" chooses some.
source "$(dirname "${BASH_SOURCE[0]}")/../setup/private.sh"
source "$top/test/setup/services.sh"

home=$stage/bench
psql=()
url=

# A database in which the default connection leads to a URL.
make_database() {
    sql "$home" --dbname=postgres --command="CREATE DATABASE $1" >/dev/null
    sql "$home" --dbname="$1" --set=url="$2" --file=- <<-'END'
		CREATE EXTENSION jira_spoke;
		SELECT jira_create_connection('bench', :'url', 'demo@example.com', 'demo-token', is_default => true) \g /dev/null
	END
    psql=("$bindir/psql" --no-psqlrc --quiet --host="$(cluster_socket "$home")" --username=demo "--dbname=$1")
}

# The server of ready replies, until the end of this shell, and a database for it.
start_ready_jira() {
    local port=$home/$1.port
    python3 "$src/test/bench/ready_jira.py" --port-file "$port" &
    trap 'kill $!' EXIT
    until [[ -s $port ]]; do sleep 0.1; done
    url=http://127.0.0.1:$(cat "$port")
    make_database "$1" "$url"
}

bench_reads() {
    start_ready_jira reads
    python3 "$src/test/bench/reads.py" "$url" "$1" "${psql[@]}"
}

# All sessions keep one pace where the server preloads the library.
bench_pace() {
    sql "$home" --dbname=postgres --command="ALTER SYSTEM SET shared_preload_libraries = 'jira_spoke'"
    end_process "$(cluster_pid "$home")" INT
    start_cluster "$home"
    start_ready_jira pace
    python3 "$src/test/bench/pace.py" "$url" "${psql[@]}"
}

bench_instructions() {
    bash "$src/test/bench/instructions.sh"
}

# What is planned needs no Jira; the import of tables does.
bench_planning() {
    start_jira "$home"
    make_database planning "$(jira_url "$home")"
    python3 "$src/test/bench/planning.py" "${psql[@]}"
    end_process "$(jira_pid "$home")" TERM
}

bench_outbox() {
    start_jira "$home" --issues "${ISSUES:-10000}"
    make_database outbox "$(jira_url "$home")"
    python3 "$src/test/bench/outbox.py" "$(jira_url "$home")" "${psql[@]}"
}

main() {
    local bench
    install_private
    stop_services "$home"               # of a run that broke off
    trap 'stop_services "$home"' EXIT
    start_cluster "$home"
    for bench in ${BENCH:-planning reads instructions outbox pace}; do
        ( "bench_$bench" "$1" )
    done
}

main "$@"
