#!/bin/bash
# What the module shows to the dynamic linker, and what the linker would find
# for it.  Both matter because the server's own symbols win every search.
source "$(dirname "${BASH_SOURCE[0]}")/../../setup/common.sh"

module=$STRICT/jira_spoke.so
server=$("$PG_CONFIG" --bindir)/postgres
problems=0

symbols() {
    nm --dynamic --format=posix "$@" | cut --delimiter=' ' --fields=1 | sed 's/@.*//' | sort --unique
}

# What the module needs; a weak symbol may be missing.
wanted() {
    nm --dynamic --undefined-only --format=posix "$module" | awk '$2 == "U" { sub("@.*", "", $1); print $1 }' | sort --unique
}

libraries() {
    ldd "$module" | sed --quiet 's/.* => \(\/[^ ]*\) .*/\1/p'
}

[[ -e $module ]] || die "no module to look at; see 10-compile.sh"

foreign=$(symbols --defined-only "$module" \
    | grep --invert-match --extended-regexp '^(jira_.*|Pg_magic_func|_PG_.*|pg_finfo_jira_.*)$') || true
if [[ -n $foreign ]]; then
    say "exported, but not named jira_, pg_finfo_jira_, _PG_ or Pg_magic_func:" "$foreign"
    problems=1
fi

# Functions that the module needs from a library and would get from the server.
for library in $(libraries | grep --extended-regexp '/lib(curl|jansson|crypto|ssl)'); do
    stolen=$(comm -12 <(wanted) <(symbols --defined-only "$library") \
        | comm -12 - <(symbols --defined-only "$server"))
    if [[ -n $stolen ]]; then
        say "called in $(basename "$library"), but the server has it too:" "$stolen"
        problems=1
    fi
done

mapfile -t providers < <(libraries)
nowhere=$(comm -23 <(wanted) <(symbols --defined-only "$server" "${providers[@]}"))
if [[ -n $nowhere ]]; then
    say "wanted, but defined nowhere:" "$nowhere"
    problems=1
fi

exit "$problems"
