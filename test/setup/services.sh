# shellcheck shell=bash
# Sourced by the demo, the benchmarks and the tests: a private cluster and a small
# Jira that outlive the script which starts them.  Both live in one directory:
#
#   data/    the cluster; socket points to the directory of its socket, which
#            is elsewhere because a socket's path must be short
#   jira/    the working directory of the small Jira, its port and its log
#
# Starting takes these variables of private.sh, stopping does not.
src=${src:-}
bindir=${bindir:-}

# Detached from the caller's terminal and pipes, since it outlives the caller.
in_background() {
    setsid "$@" </dev/null >>"$log" 2>&1 &
}

# A process is ours if it works in our directory; by now another process may have
# the number in an old file.
works_in() {
    [[ -n $1 && $(readlink "/proc/$1/cwd" 2>/dev/null) == "$(realpath "$2")" ]]
}

# Sends a signal and waits for the end.
end_process() {
    local tries=0
    kill -s "$2" "$1"
    while [[ -e /proc/$1 ]] && (( ++tries < 300 )); do sleep 0.1; done
    [[ ! -e /proc/$1 ]] || die "process $1 does not end"
}

# --- the small Jira

jira_pid() {
    cat "$1/jira/pid" 2>/dev/null || true
}

jira_runs() {
    works_in "$(jira_pid "$1")" "$1/jira"
}

jira_url() {
    echo "http://127.0.0.1:$(cat "$1/jira/port")"
}

# start_jira HOME [OPTION]...
start_jira() {
    local home=$1 log=$1/jira/log tries=0
    shift
    if jira_runs "$home"; then return; fi
    mkdir --parents "$home/jira"
    rm --force "$home/jira/port"
    (
        cd "$home/jira" || exit
        in_background python3 "$src/test/jira" --deployment cloud --port-file "$home/jira/port" "$@"
        echo $! >"$home/jira/pid"
    )
    until [[ -s $home/jira/port ]]; do
        if ! jira_runs "$home" || (( ++tries > 600 )); then
            tail --lines=30 "$log" >&2
            die "the small Jira does not start; see $log"
        fi
        sleep 0.1
    done
}

# --- the cluster.  It does not listen on the network.  A user that may enter the
# directory of its socket can connect as superuser, so only the owner may enter.

cluster_pid() {
    head --lines=1 "$1/data/postmaster.pid" 2>/dev/null || true
}

cluster_runs() {
    works_in "$(cluster_pid "$1")" "$1/data"
}

cluster_socket() {
    readlink "$1/socket"
}

make_cluster() {
    local home=$1
    "$bindir/initdb" --pgdata="$home/data" --username=demo --auth=trust --no-sync \
        --encoding=UTF8 --locale=C.UTF-8 >"$home/initdb.log" 2>&1 \
        || { cat "$home/initdb.log" >&2; die "initdb failed"; }
    cat >>"$home/data/postgresql.conf" <<-END
		listen_addresses = ''
		cluster_name = 'jira_spoke'
		fsync = off
		jira_spoke.allow_http = on      # our small Jira has no certificate
	END
}

start_cluster() {
    local home=$1 log=$1/server.log directory
    if cluster_runs "$home"; then return; fi
    mkdir --parents "$home"
    [[ -e $home/data/PG_VERSION ]] || make_cluster "$home"
    directory=$(cluster_socket "$home" || true)
    if [[ ! -d $directory ]]; then
        directory=$(mktemp --directory /tmp/jira_spoke-XXXXXX)
        ln --symbolic --force --no-dereference "$directory" "$home/socket"
    fi
    "$bindir/pg_ctl" start --wait --silent --pgdata="$home/data" --log="$log" \
        --options="-c unix_socket_directories=$directory" </dev/null >/dev/null 2>&1 \
        || { tail --lines=30 "$log" >&2; die "the server does not start; see $log"; }
}

# sql HOME [PSQL OPTION]...
sql() {
    PGOPTIONS='-c client_min_messages=warning' \
        "$bindir/psql" --no-psqlrc --quiet --set=ON_ERROR_STOP=1 \
            --host="$(cluster_socket "$1")" --username=demo "${@:2}"
}

# --- both

# Ends both and removes their files.
stop_services() {
    local home=$1
    # SIGINT is the fast shutdown: sessions are ended, nothing is lost.
    if cluster_runs "$home"; then end_process "$(cluster_pid "$home")" INT; fi
    if jira_runs "$home"; then end_process "$(jira_pid "$home")" TERM; fi
    if [[ -L $home/socket ]]; then rm --recursive --force "$(cluster_socket "$home")"; fi
    rm --recursive --force "$home"
}
