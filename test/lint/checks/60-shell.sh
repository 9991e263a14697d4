#!/bin/bash
# Shellcheck reports nothing in any shell script.
source "$(dirname "${BASH_SOURCE[0]}")/../../setup/common.sh"

cd "$top"
mapfile -t scripts < <(find .ci src test -type f \( -name '*.sh' -o -path .ci/run -o -path src/connection/jira_spoke_secret \) | sort)
shellcheck --external-sources --source-path=SCRIPTDIR --source-path=test/setup --shell=bash "${scripts[@]}"
