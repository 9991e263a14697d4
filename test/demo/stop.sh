#!/bin/bash
# Ends the demo's cluster and its Jira, and removes their files.
source "$(dirname "${BASH_SOURCE[0]}")/../setup/common.sh"
source "$top/test/setup/services.sh"

main() {
    local home found=
    for home in "$(stage_directory)"/pg*/demo; do
        if [[ -d $home ]]; then
            stop_services "$home"
            found=yes
        fi
    done
    if [[ -n $found ]]; then
        say "The demo is stopped and its files are removed."
    else
        say "There is no demo to stop."
    fi
}

main
