#!/bin/bash
# run.sh DIRECTORY: writes the documentation there, through enter.sh, with a
# cluster and two Jiras of its own.
source "$(dirname "${BASH_SOURCE[0]}")/../setup/private.sh"
source "$top/test/setup/services.sh"

home=$stage/doc
out=$1

stop_all() {
    stop_services "$home/server"
    stop_services "$home"
}

main() {
    install_private
    stop_all                            # of a run that broke off
    trap stop_all EXIT
    mkdir --parents "$home/server"
    chmod 0700 "$home"
    start_jira "$home"
    start_jira "$home/server" --deployment server
    start_cluster "$home"
    sql "$home" --dbname=postgres --command='CREATE DATABASE doc'
    sql "$home" --dbname=doc --command='CREATE EXTENSION jira_spoke'
    PATH=$bindir:$PATH PGHOST=$(cluster_socket "$home") PGUSER=demo PGDATABASE=doc \
        perl "$src/test/doc/generate.pl" "$out" "$(jira_url "$home")" "$(jira_url "$home/server")"
}

main
