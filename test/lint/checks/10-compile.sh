#!/bin/bash
# The C sources compile without a warning.
source "$(dirname "${BASH_SOURCE[0]}")/../../setup/common.sh"
source "$top/test/lint/warnings.sh"

copy_tree "$top" "$STRICT"
make --directory="$STRICT" --jobs="$JOBS" --no-print-directory --silent --keep-going \
    PG_CONFIG="$PG_CONFIG" COPT="${warnings[*]} ${warnings_gcc[*]}" jira_spoke.so
