#!/bin/bash
# machine.sh CASE ROOT NEW_ROOT: runs "make test", or what the case is for, in a
# chroot, inside namespaces of its own.  Ends with 77 if not even its packages can
# be installed.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../setup/tally.sh"

case=$1
root=$2
settings=(SPOKE_QUERIES=500 JOBS="$JOBS")   # what else is in its environment

inside() {
    env --ignore-environment PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
        HOME=/root TERM=dumb CI=true MIRROR="$MIRROR" "${settings[@]}" chroot "$root" "$@"
}

start_machine() {
    mount --types proc proc "$root/proc"
    mount --bind /dev "$root/dev"
    mount --types tmpfs tmpfs "$root/dev/shm"
    mount --types devpts --options newinstance,ptmxmode=0666 devpts "$root/dev/pts"

    # A service started by a package would outlive its purpose.
    printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
    chmod +x "$root/usr/sbin/policy-rc.d"
}

install_packages() {
    local purpose
    for purpose in "$@"; do
        inside /root/jira_spoke/test/setup/packages.sh "$purpose" || exit 77
    done
}

in_tree() {
    inside make --directory=/root/jira_spoke --no-print-directory "$@"
}

build_server() {
    pg_config=$(inside /root/jira_spoke/test/matrix/server.sh "$case" /var/cache/jira_spoke) || exit 77
    settings+=(PG_CONFIG="$pg_config")
}

# One target of make after the other, with the sum of their numbers at the end.
test_tree() {
    local target log
    install_packages "$@"
    promise_closing_line
    log=$(mktemp)
    for target in "$@"; do
        in_tree "$target" TESTS="${TESTS:-}" FUZZ_SECONDS="${FUZZ_SECONDS:-5}" >"$log" 2>&1 || true
        adopt "$log"
    done
    rm --force "$log"
}

# The packages are built on one machine and installed on a new one.
test_packages() {
    local builder=$root
    install_packages deb
    rm --recursive --force "$root/var/tmp/packages"
    in_tree deb DEB_DIR=/var/tmp/packages
    root=$1
    start_machine
    cp --recursive "$builder/var/tmp/packages" "$root/var/tmp/packages"
    inside /root/jira_spoke/test/matrix/deb.sh /var/tmp/packages
}

start_machine
case $case in
    deb) test_packages "$3" ;;
    plain)
        install_packages plain
        inside /root/jira_spoke/test/matrix/plain.sh
        ;;
    assert) settings+=(SPOKE_FULL=1); build_server; test_tree test ;;
    trixie | forky) settings+=(SPOKE_FULL=1); test_tree test ;;
    asan) build_server; test_tree test fuzz ;;
    *) test_tree test ;;
esac
