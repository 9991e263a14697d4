# shellcheck shell=bash
# Sourced by the checks that compile: all warnings, apart from those that
# PostgreSQL's own headers and habits cause.
# shellcheck disable=SC2034
warnings=(
    -Wall -Wextra -Werror
    -Wold-style-definition
    -Wno-unused-parameter -Wno-sign-compare
    -Wno-missing-field-initializers -Wno-cast-function-type
)

# PostgreSQL was configured for gcc: clang does not know all options and
# attributes that it brings along.
warnings_gcc=(-Wshadow=compatible-local)
warnings_clang=(-Wno-unknown-warning-option -Wno-ignored-attributes -Wno-ignored-optimization-argument)
