#!/bin/bash
# machine.sh CASE ROOT: runs "make test" in a chroot, inside namespaces of its
# own.  Ends with 77 if not even its packages can be installed.
set -euo pipefail

case=$1
root=$2
settings=()                             # what else is in its environment

inside() {
    env --ignore-environment PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
        HOME=/root TERM=dumb CI=true MIRROR="$MIRROR" "${settings[@]}" chroot "$root" "$@"
}

mount --types proc proc "$root/proc"
mount --bind /dev "$root/dev"
mount --types tmpfs tmpfs "$root/dev/shm"
mount --types devpts --options newinstance,ptmxmode=0666 devpts "$root/dev/pts"

# A service started by a package would outlive its purpose.
printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
chmod +x "$root/usr/sbin/policy-rc.d"

if [[ $case == assert || $case == asan ]]; then
    pg_config=$(inside /root/jira_spoke/test/matrix/server.sh "$case" /var/cache/jira_spoke) || exit 77
    settings=(PG_CONFIG="$pg_config")
fi
inside /root/jira_spoke/test/setup/packages.sh test || exit 77
inside make --directory=/root/jira_spoke --no-print-directory test TESTS="${TESTS:-}"
