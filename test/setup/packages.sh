#!/bin/bash
# packages.sh PURPOSE: installs what is missing for a purpose (see packages_for())
# through apt.  Nothing missing, nothing done: then neither root nor a network is
# needed.  With PG_CONFIG set, PostgreSQL is the caller's own and left out.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

# "a|b" is satisfied by either; the first is installed.  "a?" is left
# out where apt cannot install it.
build_packages() {
    echo gcc make libc6-dev rsync libjansson-dev libssl-dev \
        'libcurl4-openssl-dev|libcurl4-gnutls-dev'
}

# The clients of 137_real_clients.pl.
client_packages() {
    echo 'unixodbc?' 'odbc-postgresql?' 'python3-pyodbc?' 'node-pg?'
}

lint_packages() {
    echo python3 shellcheck 'pg-bsd-indent?'
}

packages_for() {
    case $1 in
        test) build_packages; lint_packages; echo perl libipc-run-perl libcpanel-json-xs-perl openssl ca-certificates 'valgrind?' 'nghttp2-proxy?'; client_packages ;;
        lint) build_packages; lint_packages ;;
        demo) build_packages; echo python3 ;;
        doc) build_packages; echo python3 perl ;;
        fuzz) build_packages; echo clang libclang-rt-dev llvm ;;
        bench) build_packages; echo python3 curl 'valgrind?' ;;
        plain) build_packages; echo pgxnclient unzip locales ;;
        deb) build_packages; echo build-essential debhelper dpkg-dev pkg-config postgresql-server-dev-all ;;
        matrix) echo rsync debootstrap ;;
        *) die "packages.sh: unknown purpose \"$1\"" ;;
    esac
}

installed() {
    [[ $(dpkg-query --show --showformat '${db:Status-Status}' "$1" 2>/dev/null) == installed ]]
}

# Adds the first of the alternatives, unless one of them is there.
missing_of() {
    local alternative alternatives=${1%\?}
    for alternative in ${alternatives//|/ }; do
        if installed "$alternative"; then return; fi
    done
    if [[ $1 == *\? ]]; then
        optional+=("$alternatives")
    else
        missing+=("${alternatives%%|*}")
    fi
}

# --- PostgreSQL: what is there, else what Debian's metapackage brings

newest_server() {
    local directory
    for directory in $(printf '%s\n' /usr/lib/postgresql/* | sort --version-sort --reverse); do
        if [[ -x $directory/bin/postgres ]] && (( ${directory##*/} >= 15 )); then
            echo "${directory##*/}"
            return
        fi
    done
}

version_of_metapackage() {
    apt-cache depends --important postgresql \
        | sed --quiet 's/^ *Depends: postgresql-\([0-9][0-9]*\)$/\1/p'
}

missing_postgresql() {
    local pg_config version
    if [[ -n ${PG_CONFIG:-} ]] || "$top/test/setup/pg_config.sh" server >/dev/null; then
        return
    fi
    if pg_config=$("$top/test/setup/pg_config.sh" headers); then
        pg_config=${pg_config%/bin/pg_config}
        version=${pg_config##*/}
    else
        version=$(newest_server)
    fi
    if [[ -z $version ]]; then
        need_root "${missing[@]}" postgresql postgresql-server-dev-all
        refresh_lists
        version=$(version_of_metapackage)
        [[ -n $version ]] || die "apt knows no package \"postgresql\""
    fi
    missing_of "postgresql-$version"
    missing_of "postgresql-server-dev-$version"
}

# --- apt

as_root() {
    if am_root; then
        "$@"
    elif [[ -t 0 ]]; then
        sudo "$@"
    else
        sudo --non-interactive "$@"
    fi
}

may_become_root() {
    am_root || { command -v sudo && { [[ -t 0 ]] || sudo --non-interactive true; }; } >/dev/null 2>&1
}

need_root() {
    may_become_root || die "Debian packages are missing, and sudo cannot install them. As root:
  apt-get install --no-install-recommends $*"
}

apt() {
    as_root env DEBIAN_FRONTEND=noninteractive apt-get --quiet --quiet --yes \
        --option DPkg::Lock::Timeout=300 --option Dpkg::Use-Pty=0 "$@" </dev/null
}

lists_are_fresh=
refresh_lists() {
    if [[ -z $lists_are_fresh ]]; then
        apt update || die "apt-get update failed"
        lists_are_fresh=yes
    fi
}

# A new server package would create and start a cluster of its own; ours are
# private, so it is told not to while we install.
no_main_cluster=/etc/postgresql-common/createcluster.d/jira_spoke.conf

forbid_main_cluster() {
    as_root mkdir --parents "${no_main_cluster%/*}"
    trap allow_main_cluster EXIT
    echo 'create_main_cluster = false' | as_root tee "$no_main_cluster" >/dev/null
}

allow_main_cluster() {
    as_root rm --force "$no_main_cluster"
    as_root rmdir --ignore-fail-on-non-empty "${no_main_cluster%/*}"
}

# The tests start nghttpx by themselves; the service of its package would listen
# on a port of this machine.
forbid_proxy_service() {
    as_root mkdir --parents /etc/systemd/system
    as_root ln --symbolic --force /dev/null /etc/systemd/system/nghttpx.service
}

# Those that apt knows, and whose dependencies can be met: a machine may have a Node.js
# that is not Debian's.
installable() {
    local package
    for package in "$@"; do
        if apt-get --quiet --quiet --simulate --no-install-recommends install "$package" >/dev/null 2>&1; then echo "$package"; fi
    done
}

install_packages() {
    local log
    say "Installing $*"
    if [[ " $* " == *" postgresql-"[1-9]* ]]; then
        forbid_main_cluster
    fi
    if [[ " $* " == *" nghttp2-proxy "* ]]; then
        forbid_proxy_service
    fi
    log=$(mktemp)
    if ! apt install --no-install-recommends "$@" >"$log" 2>&1; then
        cat "$log" >&2
        die "apt-get could not install: $*"
    fi
    rm --force "$log"
}

main() {
    local package missing=() optional=()
    for package in $(packages_for "$1"); do
        missing_of "$package"
    done
    if [[ $1 != matrix ]]; then
        missing_postgresql
    fi
    if (( ${#missing[@]} > 0 )); then
        need_root "${missing[@]}"
        refresh_lists
    fi
    if (( ${#optional[@]} > 0 )) && may_become_root; then
        mapfile -t -O "${#missing[@]}" missing < <(installable "${optional[@]}")
    fi
    if (( ${#missing[@]} > 0 )); then install_packages "${missing[@]}"; fi
}

main "$1"
