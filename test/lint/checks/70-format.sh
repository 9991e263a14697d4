#!/bin/bash
# The C sources are laid out as "make format" lays them out.
exec python3 "$(dirname "${BASH_SOURCE[0]}")/../format.py"
