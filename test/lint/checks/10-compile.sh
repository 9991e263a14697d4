#!/bin/bash
# The C sources compile without a warning, apart from those that PostgreSQL's
# own headers and habits cause.
source "$(dirname "${BASH_SOURCE[0]}")/../../setup/common.sh"

flags=(
    -Wall -Wextra -Werror
    -Wold-style-definition -Wshadow=compatible-local
    -Wno-unused-parameter -Wno-sign-compare
    -Wno-missing-field-initializers -Wno-cast-function-type
)

copy_tree "$top" "$STRICT"
make --directory="$STRICT" --jobs="$JOBS" --no-print-directory --silent --keep-going \
    PG_CONFIG="$PG_CONFIG" COPT="${flags[*]}" jira_spoke.so
