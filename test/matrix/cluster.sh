# shellcheck shell=bash
# Sourced by tests on a machine of the matrix: a cluster that is made the way of
# Debian's administrators.  Clients find it without options.

# as_postgres [NAME=VALUE]... COMMAND...: from a directory that it may enter.
as_postgres() {
    (cd / && setpriv --reuid=postgres --regid=postgres --init-groups \
        env --unset=MAKEFLAGS HOME=/var/lib/postgresql "$@")
}

# create_cluster VERSION [OPTION OF pg_createcluster]...  Other machines share the
# network.
create_cluster() {
    local version=$1
    shift
    pg_createcluster "$version" plain -o listen_addresses= "$@" >/dev/null
    pg_ctlcluster "$version" plain start
    PGPORT=$(pg_conftool --short "$version" plain show port)
    export PGPORT
}

drop_cluster() {
    pg_dropcluster --stop "$1" plain
}
