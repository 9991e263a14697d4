#!/bin/bash
# server.sh KIND DIRECTORY: builds a PostgreSQL that Debian does not ship, as
# DIRECTORY/KIND-VERSION, unless it is there already, and prints where its
# pg_config is.  DIRECTORY is for nothing else.  Runs on a machine of the matrix,
# as root.  The kinds:
#
#   assert   with assertions
#   asan     with AddressSanitizer, to which memory contexts tell their chunks
#            as they do to valgrind: see memcheck.h
#
# The source is Debian's own.  apt gets it with sources and lists of our own,
# since a machine need not have deb-src among its.
source "$(dirname "${BASH_SOURCE[0]}")/../setup/common.sh"

kind=$1
directory=$2
mirror=${MIRROR:-http://deb.debian.org/debian}
package=postgresql-15
work=$(mktemp --directory)
trap 'rm --recursive --force "$work"' EXIT
exec 3>&1 1>&2                          # all else is for the log

build_packages=(gcc libc6-dev make dpkg-dev bzip2 xz-utils bison flex perl libipc-run-perl libssl-dev)
flags='-O1 -g'
case $kind in
    assert) options=(--enable-cassert) ;;
    asan)
        build_packages+=(clang libclang-rt-dev)
        flags+=' -fsanitize=address -fno-omit-frame-pointer'
        options=(CC=clang CPPFLAGS=-DUSE_VALGRIND "LDFLAGS_EX=$work/asan_options.o")
        # Of configure's programs, too: what the server leaks at its end is lost
        # with it, and its check of the stack's depth needs a stack in one place.
        export ASAN_OPTIONS=detect_leaks=0:detect_stack_use_after_return=0:abort_on_error=1
        ;;
    *) die "server.sh: unknown kind \"$kind\"" ;;
esac

# --- The source

write_source_list() {
    mkdir --parents "$work/lists/partial" "$work/archives/partial"
    chmod --recursive go+rX "$work"
    echo "deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror bookworm main" \
        >"$work/sources.list"
}

source_options=(
    --option "Dir::Etc::sourcelist=$work/sources.list"
    --option Dir::Etc::sourceparts=-
    --option "Dir::State::lists=$work/lists"
    --option "Dir::Cache=$work/archives"
    --option APT::Sandbox::User=root
)

# What the mirror has; without a mirror, what we have built before.
newest_version() {
    if apt-get --quiet --quiet "${source_options[@]}" --option APT::Update::Error-Mode=any update; then
        apt-cache "${source_options[@]}" showsrc --only-source "$package" \
            | sed --quiet 's/^Version: //p' | sort --version-sort | tail --lines=1
    else
        printf '%s\n' "$directory/$kind"-* | sed --quiet 's,.*/[a-z]*-\([0-9].*\),\1,p'
    fi
}

# Without Debian's patches, which put libraries into Debian's places, and without
# ecpg, which takes long to compile.
unpack_source() {
    cd "$work"
    apt-get --quiet --quiet "${source_options[@]}" --download-only source "$package=$1"
    dpkg-source --no-check --skip-patches --extract ./*.dsc "$work/source"
    sed --in-place '/^SUBDIRS/s/ ecpg//' "$work/source/src/interfaces/Makefile"
}

# --- The build: only what tests use.  It is renamed to its place when it is
# complete.

contrib=(auto_explain pg_stat_statements postgres_fdw dblink)

# With all of contrib that we need: an old build may lack some.
is_built() {
    local part
    [[ -x $1/bin/pg_config ]] || return
    for part in "${contrib[@]}"; do
        [[ -e $("$1/bin/pg_config" --pkglibdir)/$part.so ]] || return
    done
}

install_build_packages() {
    apt-get --quiet --quiet update
    DEBIAN_FRONTEND=noninteractive apt-get --quiet --quiet --yes --option Dpkg::Use-Pty=0 \
        install --no-install-recommends "${build_packages[@]}" </dev/null
}

# Sanitizers look for their options in the program before the environment.
prepare_asan() {
    mkdir "$work/source/src/include/valgrind"
    cp "$top/test/matrix/memcheck.h" "$work/source/src/include/valgrind/"
    printf 'const char *__asan_default_options(void) { return "%s"; }\n' "$ASAN_OPTIONS" \
        | clang -c -x c -o "$work/asan_options.o" -
}

build() {
    local prefix=$1 part
    cd "$work/source"
    if [[ $kind == asan ]]; then prepare_asan; fi
    ./configure --quiet --prefix="$prefix" CFLAGS="$flags" "${options[@]}" \
        --enable-debug --enable-tap-tests --with-openssl \
        --without-readline --without-zlib
    make --silent --jobs="$(nproc)" all
    for part in "${contrib[@]}"; do
        make --silent --jobs="$(nproc)" -C "contrib/$part" all
    done
}

install_to() {
    local prefix=$1 part
    cd "$work/source"
    for part in . src/test/isolation "${contrib[@]/#/contrib/}"; do
        make --silent -C "$part" install DESTDIR="$work/root"
    done
    if [[ $kind == asan ]]; then            # extensions include it, too
        cp --recursive src/include/valgrind "$work/root$prefix/include/postgresql/server/"
    fi
    mkdir --parents "$directory"
    rm --recursive --force "$directory/$kind"-*     # another version
    mv "$work/root$prefix" "$prefix.part"
    mv "$prefix.part" "$prefix"
}

# The user that PostgreSQL's packages make.
make_owner() {
    id postgres >/dev/null 2>&1 \
        || useradd --system --user-group --create-home --home-dir /var/lib/postgresql postgres
}

main() {
    local version prefix
    write_source_list
    version=$(newest_version)
    [[ -n $version ]] || die "no source of $package"
    prefix=$directory/$kind-${version%%-*}
    if ! is_built "$prefix"; then
        install_build_packages
        unpack_source "$version"
        build "$prefix"
        install_to "$prefix"
    fi
    make_owner
    echo "$prefix/bin/pg_config" >&3
}

main
